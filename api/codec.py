"""The codec server of the Temporal UI and command line: what is stored encrypted, readable for the
head of the supervision office.

Nobody else may read it: a payload holds whole items, whomever they concern. The system
administrator keeps accounts and backups and has no business content (domain.md §6).
"""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Cookie, Depends, Request, Response
from fastapi.routing import APIRoute
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from pydantic import BaseModel, Field
from temporalio.api.common.v1 import Payloads

from api.audit import remember, remember_refusal
from api.context import ContextDep, context
from api.errors import of_domain
from api.requests import documented, json_object
from api.rights import FOR_EVERYBODY, Allow, BearerDep, signed_in
from domain.errors import DomainError, Forbidden, Invalid, Refused
from domain.items import Actor
from domain.permissions import Right
from runtime.codec import PayloadUnreadable
from store.access import AccessEvent

COOKIE = "duban_codec"
DEFAULT_PORTS = {"http": ":80", "https": ":443"}
PREFLIGHT = {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "authorization, content-type, x-namespace",
    "Access-Control-Max-Age": "600",
}
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class PayloadJson(BaseModel):
    """A payload in protobuf's JSON form."""

    metadata: dict[str, str] = Field({}, description="值为 base64")
    data: str = Field("", description="base64")


class PayloadsJson(BaseModel):
    """What Temporal's remote codec protocol sends and expects."""

    payloads: list[PayloadJson] = []


class FromTemporalUI(APIRoute):
    """A route that pages of the Temporal UI may call. Their browser is told so in every answer,
    refusals included; pages from elsewhere are refused before anything is read."""

    def get_route_handler(self) -> Handler:
        """The usual handler, between the two."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            allowed: dict[str, str] = {}
            try:
                allowed = _check_origin(request)
                answer = await handle(request)
            except DomainError as error:
                await remember_refusal(request, error)
                answer = of_domain(error)
            answer.headers.update(allowed)
            answer.headers.add_vary_header("Origin")
            return answer

        return handled


router = APIRouter(prefix="/codec", tags=["运行"], route_class=FromTemporalUI)


class AllowReader(Allow):
    """Whoever may decode, by a bearer token: in the header, or kept by :func:`keep_token`."""

    async def __call__(  # type: ignore[override]
        self,
        request: Request,
        context: ContextDep,
        token: BearerDep,
        kept: Annotated[str | None, Cookie(alias=COOKIE, include_in_schema=False)] = None,
    ) -> Actor:
        """The reader. Raises :class:`Forbidden`."""
        found = await signed_in(request, context, token or kept)
        return self.passed(request, found).actor


ReaderDep = Annotated[Actor, Depends(AllowReader(Right.DECODE))]
RememberDep = Annotated[Actor, Depends(Allow(Right.DECODE))]


@router.post(
    "/decode",
    summary="解密载荷",
    description="督查室负责人用。Temporal 远程编解码协议：在 Temporal 界面或 temporal 命令中，把"
    "编解码服务指向 /api/v1/codec，即可阅读加密的内容。未加密的载荷原样返回；每次解密记入审计。",
    openapi_extra=documented(PayloadsJson),
)
async def decode(request: Request, context: ContextDep, _: ReaderDep) -> PayloadsJson:
    """The payloads as they were before encryption. Raises ``Refused`` where the key is missing."""
    sent = await _sent(request)
    codec = context.client.data_converter.payload_codec
    assert codec is not None
    try:
        decoded = await codec.decode(sent.payloads)
    except PayloadUnreadable as error:
        raise Refused("payload_unreadable", str(error)) from error
    if decoded:
        await remember(context, request, AccessEvent.DECODED)
    answered = [PayloadJson.model_validate(MessageToDict(payload)) for payload in decoded]
    return PayloadsJson(payloads=answered)


@router.post(
    "/encode",
    summary="加密载荷（不提供）",
    description="凡有载荷都不予受理（403）。没有载荷的答复为空：temporal 命令查询之前也会这样问。",
    openapi_extra=documented(PayloadsJson),
)
async def encode(request: Request, _: ReaderDep) -> PayloadsJson:
    """Refuses whatever there is to encode: nobody writes to Temporal past the API through us."""
    if (await _sent(request)).payloads:
        raise Forbidden(
            "encoding_not_offered", "编解码服务只解密，不加密；有内容的操作请在督办系统中办理。"
        )
    return PayloadsJson()


@router.post(
    "/session",
    status_code=204,
    summary="让浏览器记住令牌，供 Temporal 界面解密",
    description="督查室负责人用。Temporal 界面不能带上本系统的令牌：先在本页登录并调用一次，再在"
    " Temporal 界面的编解码设置中勾选 Include cross-origin credentials。"
    "关闭浏览器或令牌到期即失效。",
)
async def keep_token(
    request: Request, response: Response, _: RememberDep, token: BearerDep
) -> None:
    """Keeps the bearer token in a cookie that only these routes get and no script can read."""
    response.set_cookie(
        COOKIE,
        token or "",
        path=request.url.path.removesuffix("/session"),
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


@router.options("/{route}", include_in_schema=False, dependencies=[FOR_EVERYBODY])
async def preflight() -> Response:
    """What a browser asks before it sends a page's request to another origin."""
    return Response(status_code=204, headers=PREFLIGHT)


async def _sent(request: Request) -> Payloads:
    """The payloads in a request. Raises ``Malformed`` or ``Invalid``."""
    try:
        return ParseDict(await json_object(request), Payloads(), ignore_unknown_fields=True)
    except ParseError as error:
        raise Invalid("unreadable_payloads", "不是 Temporal 远程编解码协议的载荷。") from error


def _check_origin(request: Request) -> dict[str, str]:
    """The headers that let the Temporal UI's pages read the answer. Raises ``Forbidden`` for pages
    from anywhere but there and here."""
    origin = request.headers.get("origin")
    if origin is None or origin.partition("://")[2] == request.url.netloc:
        return {}
    if origin != _origin_of(context(request).settings.temporal_ui_url):
        raise Forbidden(
            "origin_not_allowed", "只接受 Temporal 界面（DUBAN_TEMPORAL_UI_URL）页面发来的请求。"
        )
    return {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true"}


def _origin_of(url: str) -> str:
    """The origin of an address, as browsers write it."""
    scheme, netloc, *_ = urlsplit(url.lower())
    return f"{scheme}://{netloc.removesuffix(DEFAULT_PORTS.get(scheme, ''))}"
