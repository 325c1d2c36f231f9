"""Who looks at a page: the cookie that names a session of the API's, and the mark that a form is
ours."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from api.context import Context
from api.errors import Unauthorized
from api.identity import SignedIn, held, looked_up
from api.rights import address_of
from api.tokens import Bearer, Tokens
from domain.items import Actor
from web.backend import Backend, Problem

COOKIE = "duban_session"
VISITOR = "duban_visitor"
LAST = "duban_last"
"""Who signed in last at this browser: what he left unfinished is shown to nobody else."""
CSRF = "csrf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who asks for a page. ``actor`` is ``None`` where nobody is signed in; ``mark`` proves that a
    form came from a page of this visitor's; ``newcomer`` is what a browser without a cookie is to
    be known by."""

    backend: Backend
    mark: str
    actor: Actor | None = None
    must_change: bool = False
    newcomer: str | None = None
    found: SignedIn | None = None

    def known(self) -> AbstractContextManager[None]:
        """For a block, the API knows who asks: it was looked up for this very request."""
        if self.found is None or self.backend.token is None:
            return nullcontext()
        return held(self.backend.token, self.found)

    @property
    def person(self) -> Actor:
        """Whoever is signed in. Raises :class:`Problem` (401)."""
        if self.actor is None:
            raise Problem(401, "not_signed_in", "请先登录。", {})
        return self.actor


class Sessions:
    """Cookies of pages. What they hold names a session and is good for nothing but pages; whether
    the session still holds, the API knows."""

    def __init__(self, context: Context) -> None:
        settings = context.settings
        secret = settings.secret_key.get_secret_value()
        self._context = context
        self._cookies = Tokens(secret, timedelta(hours=settings.session_hours), purpose="page")
        self._key = hashlib.sha256(b"form\n" + secret.encode()).digest()

    async def visitor(self, request: Request, api: ASGIApp) -> Visitor:
        """Who sent ``request``."""
        bearer = self._cookies.read(request.cookies.get(COOKIE, ""))
        backend = Backend(
            api=api,
            base=str(request.base_url).rstrip("/"),
            token=None,
            address=address_of(request),
            agent=request.headers.get("user-agent", ""),
        )
        found = await self._signed_in(bearer, backend) if bearer else None
        if found is not None:
            return found
        known = request.cookies.get(VISITOR)
        newcomer = None if known else secrets.token_urlsafe(16)
        return Visitor(backend=backend, mark=self._mark(known or newcomer), newcomer=newcomer)

    async def signed_in(self, access_token: str, backend: Backend) -> Visitor:
        """Whoever has just been given ``access_token`` by the API."""
        bearer = self._context.tokens.read(access_token)
        assert bearer is not None
        found = await self._signed_in(bearer, backend)
        assert found is not None
        return found

    async def _signed_in(self, bearer: Bearer, backend: Backend) -> Visitor | None:
        token = self._context.tokens.issue(bearer.username, bearer.session_id, self._context.now())
        try:
            found = await looked_up(self._context, token)
        except Unauthorized:
            return None
        return Visitor(
            backend=replace(backend, token=token),
            mark=self._mark(str(bearer.session_id)),
            actor=found.actor,
            must_change=found.must_change,
            found=found,
        )

    def begin(self, response: Response, request: Request, access_token: str) -> None:
        """Let ``response`` sign the browser in with what the API answered to a password."""
        bearer = self._context.tokens.read(access_token)
        assert bearer is not None
        self._set(response, request, COOKIE, self._cookie(bearer))
        self._set(response, request, LAST, quote(bearer.username))

    def is_another(self, request: Request, access_token: str) -> bool:
        """Whether somebody else than the one with that token signed in last at this browser."""
        bearer, last = self._context.tokens.read(access_token), request.cookies.get(LAST)
        assert bearer is not None
        return last is not None and unquote(last) != bearer.username

    def end(self, response: Response) -> None:
        """Let ``response`` sign the browser out."""
        response.delete_cookie(COOKIE, path="/")

    def introduce(self, response: Response, request: Request, newcomer: str) -> None:
        """Let ``response`` give the browser what it is known by while nobody is signed in."""
        self._set(response, request, VISITOR, newcomer)

    def _cookie(self, bearer: Bearer) -> str:
        return self._cookies.issue(bearer.username, bearer.session_id, self._context.now())

    def _set(self, response: Response, request: Request, name: str, value: str) -> None:
        secure = request.url.scheme == "https"
        response.set_cookie(name, value, path="/", secure=secure, httponly=True, samesite="lax")

    def _mark(self, known: str | None) -> str:
        assert known
        return hmac.new(self._key, known.encode(), hashlib.sha256).hexdigest()


def check_mark(visitor: Visitor, form: Mapping[str, object]) -> None:
    """Raises :class:`Problem` (403) for a form that no page of this visitor's sent."""
    if not hmac.compare_digest(visitor.mark.encode(), str(form.get(CSRF, "")).encode()):
        raise Problem(
            403,
            "form_expired",
            "本页已失效（登录已更换，或不是从本系统的页面提交）。请返回重新打开页面，再提交一次。",
            {},
        )
