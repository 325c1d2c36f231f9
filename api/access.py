"""What each route asks of whoever calls it: declared on the route, decided in
:mod:`domain.permissions`. A route that declares nothing fails a test."""

from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import OAuth2PasswordBearer

from api.context import ContextDep
from api.errors import Unauthorized
from domain.items import Actor
from domain.permissions import Right, check_right
from store import reads

BearerDep = Annotated[
    str | None, Depends(OAuth2PasswordBearer(tokenUrl="/api/v1/auth/token", auto_error=False))
]


async def signed_in(request: Request, context: ContextDep, token: BearerDep) -> Actor:
    """Whoever sent the bearer token, as the directory knows them now."""
    username = context.tokens.username(token) if token else None
    if username:
        async with context.database.read() as connection:
            actor = await reads.actor(connection, username)
        if actor:
            actor = replace(actor, address=address_of(request))
            request.state.actor = actor
            return actor
    raise Unauthorized(
        "not_signed_in", "请先登录（POST /api/v1/auth/token）；令牌 8 小时后失效，须重新登录。"
    )


def address_of(request: Request) -> str:
    """Whence a request came, as far as it can be known."""
    return request.client.host if request.client else ""


class Allow:
    """The dependency of a route that asks for ``right``: whoever is signed in and has it."""

    def __init__(self, right: Right) -> None:
        self.right = right

    async def __call__(
        self, request: Request, actor: Annotated[Actor, Depends(signed_in)]
    ) -> Actor:
        """The signed-in person. Raises :class:`Forbidden`."""
        check_right(self.right, actor)
        request.state.right = self.right
        return actor


class Open(Allow):
    """The dependency of a route for which nobody need sign in."""

    def __init__(self) -> None:
        super().__init__(Right.OPEN)

    async def __call__(self) -> None:  # type: ignore[override]
        """Lets everybody pass."""


FOR_EVERYBODY = Depends(Open())
ActorDep = Annotated[Actor, Depends(Allow(Right.SIGNED_IN))]
RulesReaderDep = Annotated[Actor, Depends(Allow(Right.READ_RULES))]
IssuerDep = Annotated[Actor, Depends(Allow(Right.ISSUE))]
RulesDep = Annotated[Actor, Depends(Allow(Right.RULES))]
RegistersDep = Annotated[Actor, Depends(Allow(Right.REGISTERS))]
RunningDep = Annotated[Actor, Depends(Allow(Right.RUNNING))]
AuditDep = Annotated[Actor, Depends(Allow(Right.AUDIT))]
