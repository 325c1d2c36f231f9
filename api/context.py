"""What a request needs of the process: one object, made once at start."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import OAuth2PasswordBearer
from temporalio.client import Client

from api.commands import Commands
from api.identity import identified
from api.tokens import Tokens
from domain.errors import Forbidden
from domain.items import Actor, Role
from runtime.settings import Settings
from store.listen import Commits
from store.session import Database


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


async def signed_in(request: Request, context: ContextDep, token: BearerDep) -> Actor:
    """Whoever sent the bearer token, as the directory knows them now."""
    path: str = request.scope["route"].path
    found = await identified(context, token, request.method, path.removeprefix("/api/v1"))
    request.state.signed_in = found
    return found.actor


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
