"""Signing in and out, and one's own password."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.sign_in import OIDC_COOKIE, OIDC_PAGE
from domain.acts import ACTS
from web.backend import Problem
from web.forms import OWN
from web.render import page, spoken
from web.sessions import Visitor, check_mark
from web.visits import PASSWORD, Visit, go, own_address, read_form, route

KEPT = "kept."
SIGN_OUT = "/sign-out"
FORGOTTEN = frozenset({PASSWORD, SIGN_OUT})
"""Forms of which nothing is kept for sending again."""


async def sign_in_page(visit: Visit) -> Response:
    """``GET /sign-in``."""
    if visit.visitor.actor is not None:
        return go(own_address(visit.asked().get("next", "/")))
    return signing_in(visit.request, visit.visitor, to=visit.asked().get("next"))


def signing_in(
    request: Request,
    visitor: Visitor,
    *,
    to: str | None = None,
    username: str = "",
    problem: str = "",
    kept: Sequence[tuple[str, str]] = (),
    kept_path: str = "",
) -> HTMLResponse:
    """The page to sign in at; ``kept`` is what a form said whose sender was signed out."""
    return page(
        request,
        "sign_in",
        visitor,
        status=422 if problem else 200,
        to=to or "/",
        username=username,
        problem=problem,
        kept=kept,
        kept_path=kept_path,
        provider=_provider(request),
    )


def _provider(request: Request) -> bool:
    """Whether the government's own identity provider is set up."""
    return bool(request.app.state.api.state.context.settings.oidc_issuer)


async def sign_in(visit: Visit) -> Response:
    """``POST /sign-in``."""
    posted = await read_form(visit.request)
    said = {name: str(value) for name, value in posted.items()}
    kept = [
        (name.removeprefix(KEPT), str(value))
        for name, value in posted.multi_items()
        if name.startswith(KEPT)
    ]
    kept_path, to = said.get("kept_path", ""), own_address(said.get("next", "/"))
    try:
        check_mark(visit.visitor, said)
        tokens = await visit.api.form(
            "/auth/token", username=said.get("username", ""), password=said.get("password", "")
        )
    except Problem as problem:
        return signing_in(
            visit.request,
            visit.visitor,
            to=to,
            username=said.get("username", ""),
            problem=problem.detail,
            kept=kept,
            kept_path=kept_path,
        )
    token = tokens["access_token"]
    his = kept_path and not visit.sessions.is_another(visit.request, token)
    answer = await _resend(visit, token, own_address(kept_path), kept) if his else go(to)
    visit.sessions.begin(answer, visit.request, token)
    return answer


async def sign_in_by_provider(visit: Visit) -> Response:
    """``GET /sign-in/oidc``: what the provider said is the API's to judge."""
    asked, kept = visit.asked(), visit.request.cookies.get(OIDC_COOKIE, "")
    try:
        answer = await visit.api.answer(
            "GET",
            "/auth/oidc/callback",
            query={"state": asked.get("state"), "code": asked.get("code")},
            cookie=f"{OIDC_COOKIE}={kept}" if kept else None,
        )
    except Problem as problem:
        return signing_in(visit.request, visit.visitor, problem=problem.detail)
    signed_in = go("/")
    visit.sessions.begin(signed_in, visit.request, answer.json()["access_token"])
    signed_in.delete_cookie(OIDC_COOKIE, path="/")
    return signed_in


NOT_SHOWN = OWN | {"wants", "offset", "issued"}


async def _resend(visit: Visit, token: str, path: str, kept: Sequence[tuple[str, str]]) -> Response:
    """What was being sent when nobody was signed in any more, to be sent by who is now."""
    visitor = await visit.sessions.signed_in(token, visit.api)
    act = ACTS.get(path.rpartition("/acts/")[2].partition("?")[0])
    return page(
        visit.request,
        "resend",
        visitor,
        kept=kept,
        kept_path=path,
        what=act.title if act else "",
        shown=[
            (name, spoken(name, said))
            for name, said in kept
            if name not in NOT_SHOWN and said and not name.endswith(".names")
        ],
    )


async def sign_out(visit: Visit) -> Response:
    """``POST /sign-out``."""
    await visit.form()
    await visit.api.post("/auth/logout")
    answer = go("/sign-in")
    visit.sessions.end(answer)
    return answer


async def password_page(visit: Visit) -> Response:
    """``GET /password``."""
    return visit.page("password", problem="")


async def change_password(visit: Visit) -> Response:
    """``POST /password``."""
    said = await visit.form()
    try:
        if said.get("new_password") != said.get("again"):
            raise Problem(422, "not_the_same", "两次填写的新密码不一致，请重新填写。", {})
        tokens = await visit.api.post(
            "/auth/password",
            {
                "old_password": said.get("old_password", ""),
                "new_password": said.get("new_password", ""),
            },
        )
    except Problem as problem:
        return visit.page("password", status=422, problem=problem.detail)
    answer = go("/")
    visit.sessions.begin(answer, visit.request, tokens["access_token"])
    return answer


ROUTES = [
    route("/sign-in", sign_in_page, open=True),
    route("/sign-in", sign_in, "POST", open=True),
    route(OIDC_PAGE, sign_in_by_provider, open=True),
    route(SIGN_OUT, sign_out, "POST"),
    route(PASSWORD, password_page),
    route(PASSWORD, change_password, "POST"),
]
