"""The site's composition root: the API and the pages behind one door."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send
from structlog import get_logger

from api.app import PREFIX, create_app
from api.limits import BodyLimit
from runtime.settings import Settings
from web.backend import Problem
from web.complaints import in_words
from web.pages import ROUTES
from web.pages.signing_in import FORGOTTEN, signing_in
from web.render import SECURITY, STATIC, here, label, page
from web.sessions import CSRF, Visitor
from web.visits import read_form, sign_in_address
from web.words import LONG, MEGABYTE, MOST_FILES

log = get_logger(__name__)
OF_THE_API = (PREFIX, "/healthz", "/readyz")
STATIC_KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}
"""Their addresses change with what is in them."""
TITLES = {
    400: "没有看懂这次请求",
    403: "无权办理",
    404: "没有这个页面",
    405: "没有这个页面",
    409: "当前不能办理",
    413: "内容过大",
    422: "填写有误",
    429: "请求过多",
    503: "暂时无法办理",
}


def create_site(settings: Settings) -> "Site":
    """The whole site."""
    return Site(create_app(settings))


class Site:
    """Hands the API's addresses to the API, and all others to the pages."""

    def __init__(self, api: FastAPI) -> None:
        self.api = api
        self.pages: ASGIApp = BodyLimit(_pages(api), MOST_FILES, _too_large)

    def stop(self) -> None:
        """End the streams of open pages, for which a server that stops would wait."""
        if (context := getattr(self.api.state, "context", None)) is not None:
            context.commits.let_go()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; the API's start and end are the site's."""
        path = scope.get("path", "")
        is_api = any(path == one or path.startswith(f"{one}/") for one in OF_THE_API)
        to = self.api if scope["type"] == "lifespan" or is_api else self.pages
        await to(scope, receive, send)


def _pages(api: FastAPI) -> Starlette:
    static = Mount("/static", StaticFiles(directory=STATIC), name="static")
    app = Starlette(
        routes=[*ROUTES, static],
        exception_handlers={Problem: _problem, HTTPException: _http, Exception: _unknown},
    )
    app.state.api = api
    app.add_middleware(_Secure)
    return app


class _Secure:
    """Every answer says what a browser may do with it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        static = scope.get("path", "").startswith("/static/")

        async def secured(message: Any) -> None:  # noqa: ANN401 - as ASGI has it
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                kept = STATIC_KEPT if static and message["status"] == 200 else {}
                message["headers"] = [
                    *message["headers"],
                    *(
                        (name.lower().encode(), value.encode())
                        for name, value in {**SECURITY, **kept}.items()
                        if name.lower().encode() not in given
                    ),
                ]
            await send(message)

        await self._app(scope, receive, secured)


def _too_large(most: int) -> ASGIApp:
    """A page that says so; nothing of the form has been read."""
    told = (
        f"提交的内容超过 {most // MEGABYTE} MB，没有收下。"
        "请返回上一页，减少附件或分几次报送；填写的文字仍在。"
    )

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        page = _error(Request(scope), 413, told, "body_too_large")
        await _Secure(page)(scope, receive, send)

    return answer


async def _problem(request: Request, error: Any) -> Response:  # noqa: ANN401 - as Starlette has it
    if error.status == 401:
        return await _signed_out(request)
    detail = error.detail
    if error.status == 404 and request.url.path.startswith("/items/"):
        detail += "退件或转办后改由其他单位承办的事项，原单位不能再看。"
    return _error(request, error.status, detail, error.code, await _texts(request))


async def _signed_out(request: Request) -> Response:
    """To sign in; what a form said meanwhile is kept in the browser, and not lost."""
    if request.url.path in FORGOTTEN and request.method == "POST":
        return RedirectResponse("/sign-in", status_code=303)
    if request.method != "POST":
        return RedirectResponse(sign_in_address(request), status_code=303)
    try:
        posted = await read_form(request)
    except Problem as problem:
        return _error(request, problem.status, problem.detail, problem.code)
    kept = [(name, str(said)) for name, said in posted.multi_items() if isinstance(said, str)]
    visitor: Visitor = request.state.visitor
    answer = signing_in(
        request,
        visitor,
        kept=[(name, said) for name, said in kept if name != CSRF],
        kept_path=here(request),
    )
    if visitor.newcomer:
        request.state.sessions.introduce(answer, request, visitor.newcomer)
    return answer


async def _http(request: Request, error: Any) -> Response:  # noqa: ANN401
    told = {404: "没有这个地址，请检查是否输错，或从菜单重新进入。"}
    return _error(
        request,
        error.status_code,
        told.get(error.status_code, "这个地址不能这样打开，请从菜单重新进入。"),
        "http",
    )


async def _unknown(request: Request, error: Any) -> Response:  # noqa: ANN401
    log.error("page_failed", exc_info=error)
    told = "系统内部错误，已记录；请稍后重试或联系管理员。"
    return _error(request, 500, told, "internal_error")


async def _texts(request: Request) -> list[tuple[str, str]]:
    """What somebody wrote into a form that leads nowhere any more, for him to take along."""
    if request.method != "POST" or request.url.path in FORGOTTEN:
        return []
    try:
        posted = await read_form(request)
    except (Problem, HTTPException):
        return []
    written = ((name, said) for name, said in posted.multi_items() if isinstance(said, str))
    return [(label(name), said) for name, said in written if name in LONG and said.strip()]


def _error(
    request: Request,
    status: int,
    detail: str,
    code: str,
    texts: Sequence[tuple[str, str]] = (),
) -> Response:
    return page(
        request,
        "error",
        getattr(request.state, "visitor", None),
        status=status,
        title=TITLES.get(status, "系统内部错误"),
        detail=in_words(detail),
        code=code if status >= 500 else "",
        texts=texts,
        again=request.url.path if status == 422 and request.url.query else "",
    )
