"""Errors as RFC 9457 problem details; HTTP's meaning of every refusal is assigned here alone."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from structlog import get_logger
from temporalio.exceptions import TemporalError
from temporalio.service import RPCError, RPCStatusCode

from domain.errors import DomainError, Forbidden, Invalid, Refused
from workflows.reading import invalid

# Connections, resources, operators, locks and timeouts: what passes by itself.
OUTAGES = frozenset({"08", "40", "53", "55", "57", "58"})
PROBLEM = "application/problem+json"
RETRY_SECONDS = 2
log = get_logger(__name__)


class Unauthorized(DomainError):
    """Nobody is signed in (401)."""


class NotFound(DomainError):
    """It does not exist, or not for this person (404): the two answer alike."""


class TooLarge(DomainError):
    """The body is larger than this route takes (413)."""


class Unavailable(DomainError):
    """A part of the system does not answer; the same request may be sent again (503)."""


class TooMany(DomainError):
    """Too much at once; the same request may be sent again (429), after ``seconds``."""

    def __init__(self, code: str, detail: str | None = None, seconds: int = RETRY_SECONDS) -> None:
        super().__init__(code, detail)
        self.seconds = seconds


class Malformed(DomainError):
    """The body is no JSON at all (400)."""


STATUS: dict[type[DomainError], int] = {
    Malformed: 400,
    Unauthorized: 401,
    Forbidden: 403,
    NotFound: 404,
    Refused: 409,
    TooLarge: 413,
    Invalid: 422,
    TooMany: 429,
    Unavailable: 503,
}
TITLES = {
    400: "请求格式有误",
    401: "尚未登录",
    403: "无权办理",
    404: "未找到",
    405: "不支持的请求方式",
    409: "当前不能办理",
    413: "内容过大",
    422: "填写有误",
    429: "请求过多",
    500: "系统内部错误",
    503: "暂时无法办理",
}


def database_down() -> Unavailable:
    """PostgreSQL does not answer."""
    return Unavailable(
        "database_unavailable",
        "数据库暂时不可用，请稍后再试一次，不会重复办理（用同一 Idempotency-Key）。",
    )


def temporal_down() -> Unavailable:
    """Temporal does not answer."""
    return Unavailable(
        "temporal_unavailable",
        "流程引擎暂时不可用，请稍后再试一次，不会重复办理（用同一 Idempotency-Key）。",
    )


def not_found() -> NotFound:
    """It is not there, or not for this person. A new one each time: an error that is raised again
    keeps what was raised before."""
    return NotFound("not_found", "未找到，或您无权查看。")


def problem(
    status: int, code: str, detail: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """One problem document."""
    headers = dict(headers or {})
    if status in {429, 503}:
        headers.setdefault("Retry-After", str(RETRY_SECONDS))
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    body = {"type": "about:blank", "title": TITLES[status], "status": status}
    return JSONResponse(
        {**body, "code": code, "detail": detail},
        status_code=status,
        media_type=PROBLEM,
        headers=headers,
    )


def of_domain(error: DomainError) -> JSONResponse:
    """The problem document of a refusal."""
    later = {"Retry-After": str(error.seconds)} if isinstance(error, TooMany) else None
    return problem(STATUS[type(error)], error.code, error.detail, later)


def of_rpc(error: RPCError) -> DomainError:
    """What it means to the caller that Temporal did not do it."""
    if error.status is RPCStatusCode.RESOURCE_EXHAUSTED:
        return TooMany("busy", "该事项同时办理的请求过多，请稍后重试。")
    return temporal_down()


async def _request(_: Request, error: Any) -> Response:  # noqa: ANN401 - as Starlette has it
    return of_domain(invalid(list(error.errors())))


async def _http(_: Request, error: Any) -> Response:  # noqa: ANN401
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "bad_request")
    detail = {404: "没有这个地址。", 405: "该地址不支持这种请求方式。"}
    status = error.status_code if error.status_code in TITLES else 400
    return problem(status, code, detail.get(status, "请求格式有误。"), error.headers)


async def _rpc(_: Request, error: Any) -> Response:  # noqa: ANN401
    return of_domain(of_rpc(error))


async def _temporal(_: Request, error: Any) -> Response:  # noqa: ANN401
    log.error("temporal_unavailable", exc_info=error)
    return of_domain(temporal_down())


async def _database(request: Request, error: Any) -> Response:  # noqa: ANN401
    if isinstance(error, DBAPIError) and not _is_outage(error):
        return await _unknown(request, error)
    log.warning("database_unavailable", error=type(error).__name__)
    return of_domain(database_down())


async def _gone(_: Request, __: Any) -> Response:  # noqa: ANN401
    # Nobody reads this. Without it a caller who goes away is logged as an error of ours.
    return problem(400, "client_gone", "请求尚未传完，连接已断开。")


async def _unknown(_: Request, error: Any) -> Response:  # noqa: ANN401
    log.error("internal_error", exc_info=error)
    return problem(500, "internal_error", "系统内部错误，已记录；请稍后重试或联系管理员。")


def _is_outage(error: DBAPIError) -> bool:
    """Whether the database could not answer, rather than was asked what it cannot understand."""
    state = getattr(error.orig, "sqlstate", None)
    return state is None or state[:2] in OUTAGES or error.connection_invalidated


HANDLERS: dict[type[Exception], Callable[[Request, Any], Awaitable[Response]]] = {
    RequestValidationError: _request,
    HTTPException: _http,
    RPCError: _rpc,
    TemporalError: _temporal,
    DBAPIError: _database,
    PoolTimeout: _database,
    OSError: _database,
    ClientDisconnect: _gone,
    Exception: _unknown,
}


def install(app: FastAPI, *, on_refusal: Callable[[Request, DomainError], Awaitable[None]]) -> None:
    """Make every error of ``app`` a problem document; ``on_refusal`` hears of each that says no."""

    async def refused(request: Request, error: Any) -> Response:  # noqa: ANN401
        await on_refusal(request, error)
        return of_domain(error)

    app.add_exception_handler(DomainError, refused)
    for kind, handler in HANDLERS.items():
        app.add_exception_handler(kind, handler)


RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {
        "description": TITLES[status],
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status in (400, 401, 403, 404, 409, 413, 422, 429, 503)
}
