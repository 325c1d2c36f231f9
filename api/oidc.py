"""Signing in through the government's own identity provider (OpenID Connect, code flow with PKCE).

The provider says who somebody is; what they may do, the directory alone says. Nothing here is there
unless ``DUBAN_OIDC_ISSUER`` is set.
"""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Annotated, cast
from urllib.parse import urlencode

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from fastapi import APIRouter, Cookie, Query, Request, Response
from fastapi.responses import RedirectResponse
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization
from structlog import get_logger

from api import sign_in
from api.context import Context, ContextDep
from api.errors import Unauthorized, Unavailable
from api.rights import FOR_EVERYBODY
from api.schemas import TokenOut
from api.sign_in import OIDC_COOKIE, OIDC_PAGE
from domain.errors import Forbidden
from domain.items import Json
from runtime.settings import Settings
from store import oidc, reads
from store.oidc import OidcRequest
from store.sessions import Way

SECONDS = 5.0
LEEWAY_SECONDS = 60
# Signed with a private key of the provider's: never "none", never a secret that both have.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]


def down() -> Unavailable:
    """The provider does not answer as it should."""
    return Unavailable(
        "oidc_unavailable", "统一身份认证服务没有正常应答，请稍后重试，或用用户名和密码登录。"
    )


def stale() -> Unauthorized:
    """Not what this browser began, or too late."""
    return Unauthorized(
        "bad_state", "本次统一身份认证已用过、已超过 10 分钟，或不是在本浏览器发起，请重新登录。"
    )


def not_proven() -> Unauthorized:
    """What the provider said does not hold."""
    return Unauthorized(
        "bad_id_token", "统一身份认证的结果未能通过核验，请重新登录；仍不行的，请联系系统管理员。"
    )


def no_account() -> Forbidden:
    """The directory does not know that person."""
    return Forbidden("no_account", "您在本系统没有可用的账号，请联系系统管理员登记。")


router = APIRouter(prefix="/auth/oidc", tags=["登录"], dependencies=[FOR_EVERYBODY])
log = get_logger(__name__)


@router.get(
    "/login",
    status_code=303,
    summary="用统一身份认证登录",
    description="转到统一身份认证的页面；登录后由它转回 /auth/oidc/callback。",
)
async def login(request: Request, context: ContextDep) -> RedirectResponse:
    """Sends the browser to the provider."""
    async with _provider(context.settings) as provider:
        metadata = await provider.metadata()
    async with context.database.write() as connection:
        asked = await oidc.ask(connection)
    answer = RedirectResponse(_address(request, context.settings, metadata, asked), 303)
    answer.set_cookie(
        OIDC_COOKIE,
        asked.state,
        max_age=int(oidc.ANSWERED_WITHIN.total_seconds()),
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return answer


@router.get(
    "/callback",
    name="oidc_callback",
    summary="统一身份认证转回",
    description="核验认证结果，答复令牌；浏览器（Accept 含 text/html）则转到登录页。"
    "目录中没有该用户的，答复 403 no_account：账号须由系统管理员登记，身份以目录为准。",
    response_model=TokenOut,
)
async def callback(
    request: Request,
    response: Response,
    context: ContextDep,
    state: Annotated[str, Query(description="原样转回")] = "",
    code: Annotated[str, Query(description="授权码")] = "",
    kept: Annotated[str | None, Cookie(alias=OIDC_COOKIE, include_in_schema=False)] = None,
) -> TokenOut | RedirectResponse:
    """A session for the directory's account of whom the provider names. Raises ``Unauthorized``,
    ``Forbidden`` and ``Unavailable``."""
    if "text/html" in request.headers.get("accept", ""):
        return RedirectResponse(f"{OIDC_PAGE}?{urlencode({'state': state, 'code': code})}", 303)
    asked = None
    if state and kept == state:
        async with context.database.write() as connection:
            asked = await oidc.answered(connection, state)
    if asked is None:
        raise stale()
    if not code:
        raise not_proven()
    username = await _username(request, context.settings, code, asked)
    response.delete_cookie(OIDC_COOKIE, path="/")
    response.headers["Cache-Control"] = "no-store"
    return await _signed_in(context, username, request)


async def _signed_in(context: Context, username: str, request: Request) -> TokenOut:
    async with context.database.write() as connection:
        user = await reads.user(connection, username)
        if user is None or not user.active:
            log.warning("oidc_without_account", username=username)
            raise no_account()
        caller = sign_in.caller_of(request)
        return await sign_in.opened(context, connection, user, Way.OIDC, caller)


async def _username(request: Request, settings: Settings, code: str, asked: OidcRequest) -> str:
    async with _provider(settings) as provider:
        metadata = await provider.metadata()
        answer = await provider.tokens(metadata, code, asked.verifier, _here(request, settings))
        keys = await provider.keys(metadata)
    try:
        claims = _proven(settings, metadata, answer, keys, asked.nonce)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        log.warning("oidc_not_proven", error=type(error).__name__, reason=str(error)[:200])
        raise not_proven() from error
    username = claims.get(settings.oidc_username_claim)
    if not isinstance(username, str) or not username:
        log.warning("oidc_without_username", claim=settings.oidc_username_claim)
        raise no_account()
    return username


def _proven(settings: Settings, metadata: Json, answer: Json, keys: Json, nonce: str) -> Json:
    """The claims of an id token that is the provider's, for us, for this request and of now."""
    key_set = KeySet.import_key_set(cast("KeySetSerialization", keys))
    token = jwt.decode(answer["id_token"], key_set, algorithms=ALGORITHMS)
    client_id = settings.oidc_client_id
    claims = CodeIDToken(
        token.claims,
        token.header,
        options={
            "iss": {"essential": True, "value": metadata["issuer"]},
            "aud": {"essential": True, "value": client_id},
            "exp": {"essential": True},
            "nonce": {"essential": True, "value": nonce},
        },
        params={"client_id": client_id, "nonce": nonce, "access_token": answer.get("access_token")},
    )
    claims.validate(leeway=LEEWAY_SECONDS)
    return dict(claims)


def _address(request: Request, settings: Settings, metadata: Json, asked: OidcRequest) -> str:
    """Where the browser goes, with everything that ties the answer to this request."""
    sent = {
        "response_type": "code",
        "client_id": settings.oidc_client_id,
        "redirect_uri": _here(request, settings),
        "scope": "openid profile",
        "state": asked.state,
        "nonce": asked.nonce,
        "code_challenge": create_s256_code_challenge(asked.verifier),
        "code_challenge_method": "S256",
    }
    address = str(metadata["authorization_endpoint"])
    return f"{address}{'&' if '?' in address else '?'}{urlencode(sent)}"


def _here(request: Request, settings: Settings) -> str:
    return settings.oidc_redirect_url or str(request.url_for("oidc_callback"))


class _Provider:
    """Asks the provider. Whatever it cannot be asked, or answers amiss, is ``Unavailable``."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient) -> None:
        self._settings = settings
        self._http = http

    async def metadata(self) -> Json:
        """Its endpoints, and the name by which it signs."""
        url = f"{self._settings.oidc_issuer}/.well-known/openid-configuration"
        found = await self._json(self._http.get(url))
        needed = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
        if any(not isinstance(found.get(name), str) for name in needed):
            raise down()
        if found["issuer"].rstrip("/") != self._settings.oidc_issuer:
            log.error("oidc_other_issuer", issuer=found["issuer"])
            raise down()
        return found

    async def keys(self, metadata: Json) -> Json:
        """The public keys it signs with."""
        return await self._json(self._http.get(metadata["jwks_uri"]))

    async def tokens(self, metadata: Json, code: str, verifier: str, here: str) -> Json:
        """What it gives for the code. Raises ``Unauthorized`` where it gives nothing."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": here,
            "code_verifier": verifier,
        }
        who = (
            self._settings.oidc_client_id,
            self._settings.oidc_client_secret.get_secret_value(),
        )
        asked = self._http.post(metadata["token_endpoint"], data=form, auth=who)
        return await self._json(asked)

    async def _json(self, asked: Awaitable[httpx.Response]) -> Json:
        try:
            answer = await asked
            found = answer.json() if answer.is_success else None
        except (httpx.HTTPError, ValueError) as error:
            log.warning("oidc_unavailable", error=type(error).__name__)
            raise down() from error
        if 400 <= answer.status_code < 500:
            log.warning("oidc_refused", status=answer.status_code, url=answer.url.path)
            raise not_proven()
        if not isinstance(found, dict):
            raise down()
        return found


@asynccontextmanager
async def _provider(settings: Settings) -> AsyncIterator[_Provider]:
    async with httpx.AsyncClient(timeout=SECONDS) as http:
        yield _Provider(settings, http)
