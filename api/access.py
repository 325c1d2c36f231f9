"""What each route asks of whoever calls it: declared on the route, decided in
:mod:`domain.permissions`. A route that declares nothing fails a test."""

from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import OAuth2PasswordBearer

from api.context import Context, ContextDep
from api.errors import Unauthorized
from api.scopes import scopes_allow
from api.tokens import Bearer
from domain.errors import Forbidden
from domain.items import Actor
from domain.permissions import Right, check_right
from store import reads, service_accounts, sessions
from store.session import ReadConnection
from store.sessions import SessionRow, Way

WITH_ONE_TIME_PASSWORD = frozenset({"GET /me", "POST /auth/password", "POST /auth/logout"})
"""All that somebody may do who has not changed a one-time password yet."""

BearerDep = Annotated[
    str | None, Depends(OAuth2PasswordBearer(tokenUrl="/api/v1/auth/token", auto_error=False))
]


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
    found = await _found(context, bearer, address_of(request)) if bearer else None
    if found is None:
        raise Unauthorized(
            "not_signed_in",
            "请先登录（POST /api/v1/auth/token）；登录已失效的，用 refresh_token 换取新令牌"
            "（POST /api/v1/auth/refresh）或重新登录。",
        )
    request.state.actor = found.actor
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


def route_path(request: Request) -> str:
    """The route that answers, below the prefix: ``/items/{item_id}/plan``."""
    path: str = request.scope["route"].path
    return path.removeprefix("/api/v1")


async def _found(context: Context, bearer: Bearer, address: str) -> SignedIn | None:
    async with context.database.read() as connection:
        session = await sessions.live(connection, bearer.session_id, context.settings.idle)
        if session is None or session.username != bearer.username:
            return None
        found = await _holder(connection, session)
    if found is None:
        return None
    if session.stale:
        async with context.database.write() as writing:
            await sessions.used(writing, session.id)
    return replace(found, actor=replace(found.actor, address=address))


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


IdentifiedDep = Annotated[SignedIn, Depends(identified)]


def address_of(request: Request) -> str:
    """Whence a request came, as far as it can be known."""
    return request.client.host if request.client else ""


class Allow:
    """The dependency of a route that asks for ``right``: whoever is signed in and has it."""

    def __init__(self, right: Right) -> None:
        self.right = right

    async def __call__(self, request: Request, found: IdentifiedDep) -> Any:  # noqa: ANN401
        """The signed-in person. Raises :class:`Forbidden`."""
        check_right(self.right, found.actor)
        request.state.right = self.right
        return found.actor


class AllowSession(Allow):
    """The same for a route that is about the session by which somebody is signed in."""

    async def __call__(self, request: Request, found: IdentifiedDep) -> SignedIn:
        """The session. Raises :class:`Forbidden`."""
        await super().__call__(request, found)
        return found


class Open(Allow):
    """The dependency of a route for which nobody need sign in."""

    def __init__(self) -> None:
        super().__init__(Right.OPEN)

    async def __call__(self) -> None:  # type: ignore[override]
        """Lets everybody pass."""


FOR_EVERYBODY = Depends(Open())
ActorDep = Annotated[Actor, Depends(Allow(Right.SIGNED_IN))]
SignedInDep = Annotated[SignedIn, Depends(AllowSession(Right.SIGNED_IN))]
AccountsDep = Annotated[Actor, Depends(Allow(Right.ACCOUNTS))]
RulesReaderDep = Annotated[Actor, Depends(Allow(Right.READ_RULES))]
IssuerDep = Annotated[Actor, Depends(Allow(Right.ISSUE))]
RulesDep = Annotated[Actor, Depends(Allow(Right.RULES))]
RegistersDep = Annotated[Actor, Depends(Allow(Right.REGISTERS))]
OwnRegistersDep = Annotated[Actor, Depends(Allow(Right.OWN_REGISTERS))]
RunningDep = Annotated[Actor, Depends(Allow(Right.RUNNING))]
AuditDep = Annotated[Actor, Depends(Allow(Right.AUDIT))]
