"""One request for a page: who sends it, what is asked of the API, and what is drawn."""

import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import httpx
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api.context import Context
from domain.errors import Forbidden
from domain.permissions import Right, check_right
from web.backend import Backend, Problem, address_part
from web.render import here, page
from web.sessions import CSRF, Sessions, Visitor, check_mark
from web.words import MEGABYTE

PASSWORD = "/password"
MOST_FIELDS = 2000
MOST_TEXT = 8 * MEGABYTE
"""Of one field: far more than the API takes, which says so above the form that keeps it."""
TABLES = (".xlsx", ".xls", ".csv")
_ALL: Mapping[str, Sequence[str]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a view works with."""

    request: Request
    visitor: Visitor
    context: Context
    sessions: Sessions

    @property
    def api(self) -> Backend:
        """The API, as this visitor."""
        return self.visitor.backend

    @property
    def zone(self) -> ZoneInfo:
        """The district's time zone."""
        return self.context.settings.zone

    def path(self, name: str) -> str:
        """A part of the address."""
        return str(self.request.path_params[name])

    def part(self, name: str) -> str:
        """The same as it stands in an address, whatever characters it has."""
        return address_part(self.path(name))

    def asked(self) -> dict[str, str]:
        """What stands behind the question mark, blanks left out."""
        return {name: said for name, said in self.request.query_params.items() if said.strip()}

    def page(self, name: str, *, status: int = 200, **said: Any) -> Response:  # noqa: ANN401
        """A page drawn."""
        return page(self.request, name, self.visitor, status=status, **said)

    async def form(self, kinds: Mapping[str, Sequence[str]] = _ALL) -> dict[str, str]:
        """What a form says: of each name the values, with commas between; files are handed to the
        API, and stand there as their ids; ``kinds`` are those taken where not all are. Raises
        :class:`Problem` for a form that is not ours, :class:`FileRefused` for a file that is not
        taken."""
        posted = await read_form(self.request)
        check_mark(self.visitor, {CSRF: posted.get(CSRF, "")})
        found: dict[str, str] = {}
        files: list[tuple[str, UploadFile]] = []
        for name, one in posted.multi_items():
            if isinstance(one, str):
                _add(found, name, one, ",")
            elif one.filename:
                files.append((name, one))
        # All texts come first: a file that is refused takes none of them along.
        for name, file in files:
            try:
                _check_kind(str(file.filename), kinds.get(name, ()))
                kept = await self.api.upload("/files", str(file.filename), await file.read())
            except Problem as problem:
                if problem.status not in {413, 422}:
                    raise
                raise FileRefused(problem, found, name) from problem
            _add(found, name, str(kept["id"]), ",")
            _add(found, f"{name}.names", str(kept["name"]), "、")
        return found


class FileRefused(Problem):
    """A file that the API does not take; ``said`` is what else was filled in, for the field ``at``
    to be filled in again."""

    def __init__(self, problem: Problem, said: dict[str, str], at: str) -> None:
        super().__init__(problem.status, problem.code, problem.detail, problem.headers)
        self.said = said
        self.at = at


View = Callable[[Visit], Awaitable[Response]]


async def read_form(request: Request) -> FormData:
    """What was posted. Raises :class:`Problem` for what is far larger than any form."""
    try:
        return await request.form(max_fields=MOST_FIELDS, max_part_size=MOST_TEXT)
    except HTTPException as error:
        if "exceeded" not in error.detail and "Too many" not in error.detail:
            raise
        told = "填写的内容过多，没有收下。请返回上一页减少内容，较长的材料作为附件上传。"
        raise Problem(413, "body_too_large", told, {}) from error


def _check_kind(name: str, kinds: Sequence[str]) -> None:
    if kinds and not name.lower().endswith(tuple(kinds)):
        shown = "、".join(kind.removeprefix(".").upper() for kind in kinds)
        raise Problem(422, "file_not_allowed", f"不能用这种文件，请选择 {shown} 文件。", {})


def _add(found: dict[str, str], name: str, said: str, between: str) -> None:
    found[name] = between.join(filter(None, (found.get(name), said)))


def go(to: str) -> Response:
    """On to another page, which is asked for anew."""
    return RedirectResponse(to, status_code=303)


def passed_on(answer: httpx.Response) -> Response:
    """A file of the API's, as it is."""
    kept = ("content-type", "content-disposition")
    headers = {name: answer.headers[name] for name in kept if name in answer.headers}
    return Response(answer.content, headers=headers)


def route(
    path: str, view: View, *methods: str, right: Right = Right.SIGNED_IN, open: bool = False
) -> Route:
    """Where a view is found. Unless ``open``, for those who are signed in and have the ``right``,
    so that nobody fills in what he may not send; who has a one-time password changes it first."""

    async def endpoint(request: Request) -> Response:
        site = request.app.state
        _check_site(request)
        context: Context = site.api.state.context
        sessions = Sessions(context)
        visitor = await sessions.visitor(request, site.api)
        request.state.visitor = visitor
        request.state.sessions = sessions
        visit = Visit(request=request, visitor=visitor, context=context, sessions=sessions)
        if not open and visitor.person and visitor.must_change and request.url.path != PASSWORD:
            return go(PASSWORD)
        if not open:
            _check_right(right, visitor)
        # What does something is asked who it is at the moment of doing it.
        with visitor.known() if request.method == "GET" else contextlib.nullcontext():
            answer = await view(visit)
        if visitor.newcomer:
            sessions.introduce(answer, request, visitor.newcomer)
        return answer

    return Route(path, endpoint, methods=list(methods or ("GET",)))


def _check_right(right: Right, visitor: Visitor) -> None:
    try:
        check_right(right, visitor.person)
    except Forbidden as error:
        raise Problem(403, error.code, error.detail, {}) from error


def _check_site(request: Request) -> None:
    """Raises :class:`Problem` for a form that another site's page sends."""
    if request.method == "POST" and request.headers.get("sec-fetch-site") in {
        "cross-site",
        "same-site",
    }:
        raise Problem(403, "other_site", "该请求来自其他网站，未予受理。", {})


def sign_in_address(request: Request) -> str:
    """The page to sign in at, which leads back here."""
    to = here(request)
    return "/sign-in" if to == "/" else f"/sign-in?next={quote(to)}"


def own_address(to: str) -> str:
    """``to`` where it is a page of ours; the desk otherwise."""
    with contextlib.suppress(ValueError):
        if to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable():
            return to
    return "/"
