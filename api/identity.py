"""Who sent a request: what a bearer token is worth now."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from api.context import Context
from api.errors import Unauthorized
from api.scopes import scopes_allow
from api.tokens import Bearer
from domain.errors import Forbidden
from domain.items import Actor
from store import reads, service_accounts, sessions
from store.session import ReadConnection
from store.sessions import SessionRow, Way

WITH_ONE_TIME_PASSWORD = frozenset({"GET /me", "POST /auth/password", "POST /auth/logout"})
"""All that somebody may do who has not changed a one-time password yet."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who sent a request, by which session; ``scopes`` only of a machine."""

    actor: Actor
    session: SessionRow
    must_change: bool = False
    scopes: frozenset[str] | None = None


_HELD: ContextVar[tuple[str, SignedIn] | None] = ContextVar("held", default=None)


@contextmanager
def held(token: str, found: SignedIn) -> Iterator[None]:
    """For a block, that token is who was just ``found``: a page asks many questions at one moment,
    and is not asked each time who it is."""
    before = _HELD.set((token, found))
    try:
        yield
    finally:
        _HELD.reset(before)


async def identified(context: Context, token: str | None) -> SignedIn:
    """Whoever sent the bearer token. Raises ``Unauthorized``."""
    known = _HELD.get()
    return known[1] if known and known[0] == token else await looked_up(context, token)


async def looked_up(context: Context, token: str | None) -> SignedIn:
    """Whoever sent the bearer token, as the database knows them now: a session that was ended, or
    an account no longer active, dies here. Raises ``Unauthorized``."""
    bearer = context.tokens.read(token) if token else None
    found = await _found(context, bearer) if bearer else None
    if found is None:
        raise Unauthorized(
            "not_signed_in",
            "请先登录（POST /api/v1/auth/token）；登录已失效的，用 refresh_token 换取新令牌"
            "（POST /api/v1/auth/refresh）或重新登录。",
        )
    return found


def check_use(found: SignedIn, method: str, route: str) -> None:
    """Raises ``Forbidden`` where a machine lacks the scope for a route, or a person must change a
    one-time password first. ``route`` is as declared, below ``/api/v1``."""
    if found.must_change and f"{method} {route}" not in WITH_ONE_TIME_PASSWORD:
        raise Forbidden(
            "password_change_required",
            "您使用的是一次性密码，请先修改密码（POST /api/v1/auth/password）。",
        )
    if found.scopes is not None and not scopes_allow(found.scopes, method, route):
        raise Forbidden("scope_missing", "该服务账号的权限范围不含此项操作，请联系系统管理员。")


async def _found(context: Context, bearer: Bearer) -> SignedIn | None:
    async with context.database.read() as connection:
        session = await sessions.live(connection, bearer.session_id, context.settings.idle)
        if session is None or session.username != bearer.username:
            return None
        found = await _holder(connection, session)
    if found is not None and session.stale:
        async with context.database.write() as writing:
            await sessions.used(writing, session.id)
    return found


async def _holder(connection: ReadConnection, session: SessionRow) -> SignedIn | None:
    if session.way is Way.MACHINE:
        machine = await service_accounts.account(connection, session.username)
        if machine is None or not machine.usable:
            return None
        return SignedIn(machine.actor, session, scopes=frozenset(machine.scopes))
    user = await reads.user(connection, session.username)
    if user is None or not user.active:
        return None
    must_change = user.must_change and session.way is Way.PASSWORD
    return SignedIn(await reads.actor_of(connection, user), session, must_change)
