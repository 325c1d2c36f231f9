"""What a request needs of the process: one object, made once at start."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import OAuth2PasswordBearer
from temporalio.client import Client

from api.commands import Commands
from api.errors import Unauthorized
from api.scopes import scopes_allow
from api.tokens import Bearer, Tokens
from domain.errors import Forbidden
from domain.items import Actor, Role
from runtime.settings import Settings
from store import reads, service_accounts, sessions
from store.listen import Commits
from store.session import Database, ReadConnection
from store.sessions import SessionRow, Way

WITH_ONE_TIME_PASSWORD = frozenset({"GET /me", "POST /auth/password", "POST /auth/logout"})
"""All that somebody may do who has not changed a one-time password yet."""


@dataclass(frozen=True, slots=True)
class Context:
    """The API process's parts."""

    settings: Settings
    database: Database
    client: Client
    commits: Commits
    commands: Commands
    tokens: Tokens

    def now(self) -> datetime:
        """The wall clock in the district's time zone."""
        return datetime.now(self.settings.zone)


def context(request: Request) -> Context:
    """The context of the process that answers ``request``."""
    found: Context = request.app.state.context
    return found


ContextDep = Annotated[Context, Depends(context)]
_bearer = OAuth2PasswordBearer(tokenUrl="/api/v1/auth/token", auto_error=False)


BearerDep = Annotated[str | None, Depends(_bearer)]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who sent a request, by which session; ``scopes`` only of a machine."""

    actor: Actor
    session: SessionRow
    must_change: bool = False
    scopes: frozenset[str] | None = None


async def identified(request: Request, context: ContextDep, token: BearerDep) -> SignedIn:
    """Whoever sent the bearer token, as the database knows them now: a session that was ended, or
    an account no longer active, dies here. Raises ``Unauthorized``, and :class:`Forbidden` where a
    machine lacks the scope or a person must change a one-time password first."""
    bearer = context.tokens.read(token) if token else None
    found = await _found(context, bearer) if bearer else None
    if found is None:
        raise Unauthorized(
            "not_signed_in",
            "请先登录（POST /api/v1/auth/token）；登录已失效的，用 refresh_token 换取新令牌"
            "（POST /api/v1/auth/refresh）或重新登录。",
        )
    route = f"{request.method} {route_path(request)}"
    if found.must_change and route not in WITH_ONE_TIME_PASSWORD:
        raise Forbidden(
            "password_change_required",
            "您使用的是一次性密码，请先修改密码（POST /api/v1/auth/password）。",
        )
    if found.scopes is not None and not scopes_allow(
        found.scopes, request.method, route_path(request)
    ):
        raise Forbidden(
            "scope_missing",
            "该服务账号的权限范围不含此项操作，请联系系统管理员。",
        )
    return found


SignedInDep = Annotated[SignedIn, Depends(identified)]


async def signed_in(found: SignedInDep) -> Actor:
    """Who acts."""
    return found.actor


def route_path(request: Request) -> str:
    """The route that answers, below the prefix: ``/items/{item_id}/plan``."""
    path: str = request.scope["route"].path
    return path.removeprefix("/api/v1")


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


ActorDep = Annotated[Actor, Depends(signed_in)]


class Require:
    """A dependency that lets only some roles pass."""

    def __init__(self, *roles: Role) -> None:
        self._roles = roles

    async def __call__(self, actor: ActorDep) -> Actor:
        """The signed-in person. Raises :class:`Forbidden`."""
        if actor.role not in self._roles:
            raise Forbidden("not_your_role")
        return actor


OfficeDep = Annotated[Actor, Depends(Require(Role.OFFICE))]
OfficeOrAdminDep = Annotated[Actor, Depends(Require(Role.OFFICE, Role.ADMIN))]
AdminDep = Annotated[Actor, Depends(Require(Role.ADMIN))]
