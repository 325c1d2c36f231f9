"""Errors as RFC 9457 problem details; HTTP's meaning of every refusal is assigned here alone."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from structlog import get_logger
from temporalio.service import RPCError, RPCStatusCode

from domain.errors import DomainError, Forbidden, Invalid, Refused
from workflows.reading import invalid

PROBLEM = "application/problem+json"
RETRY_SECONDS = "2"
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
    """Too much at once; the same request may be sent again (429)."""


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
DATABASE_DOWN = Unavailable(
    "database_unavailable", "数据库暂时不可用，请稍后用同一 Idempotency-Key 重试。"
)
TEMPORAL_DOWN = Unavailable(
    "temporal_unavailable", "流程引擎暂时不可用，请稍后用同一 Idempotency-Key 重试。"
)
NOT_FOUND = NotFound("not_found", "未找到，或您无权查看。")


def problem(status: int, code: str, detail: str) -> JSONResponse:
    """One problem document."""
    headers = {}
    if status in {429, 503}:
        headers["Retry-After"] = RETRY_SECONDS
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
    return problem(STATUS[type(error)], error.code, error.detail)


def of_rpc(error: RPCError) -> DomainError:
    """What it means to the caller that Temporal did not do it."""
    if error.status is RPCStatusCode.RESOURCE_EXHAUSTED:
        return TooMany("busy", "该事项同时办理的请求过多，请稍后重试。")
    return TEMPORAL_DOWN


def install(app: FastAPI) -> None:
    """Make every error of ``app`` a problem document."""

    @app.exception_handler(DomainError)
    async def _domain(_: Request, error: DomainError) -> JSONResponse:
        return of_domain(error)

    @app.exception_handler(RequestValidationError)
    async def _request(_: Request, error: RequestValidationError) -> JSONResponse:
        errors: list[Any] = list(error.errors())
        if errors[0]["type"] == "json_invalid":
            return problem(400, "malformed_json", "请求内容不是合法的 JSON。")
        return of_domain(invalid(errors))

    @app.exception_handler(HTTPException)
    async def _http(_: Request, error: HTTPException) -> JSONResponse:
        code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "bad_request")
        detail = {404: "没有这个地址。", 405: "该地址不支持这种请求方式。"}
        status = error.status_code if error.status_code in TITLES else 400
        return problem(status, code, detail.get(status, "请求格式有误。"))

    @app.exception_handler(RPCError)
    async def _rpc(_: Request, error: RPCError) -> JSONResponse:
        return of_domain(of_rpc(error))

    @app.exception_handler(DBAPIError)
    @app.exception_handler(PoolTimeout)
    @app.exception_handler(OSError)
    async def _database(_: Request, error: Exception) -> JSONResponse:
        log.warning("database_unavailable", error=type(error).__name__)
        return of_domain(DATABASE_DOWN)

    @app.exception_handler(Exception)
    async def _unknown(_: Request, error: Exception) -> JSONResponse:
        log.error("internal_error", exc_info=error)
        return problem(500, "internal_error", "系统内部错误，已记录；请稍后重试或联系管理员。")


RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {
        "description": TITLES[status],
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status in (400, 401, 403, 404, 409, 413, 422, 429, 503)
}
