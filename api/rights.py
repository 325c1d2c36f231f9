"""What each route asks of whoever calls it: declared on the route, decided in
:mod:`domain.permissions`. A route that declares nothing fails a test."""

from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import OAuth2PasswordBearer

from api.context import ContextDep
from api.identity import SignedIn, check_use, identified
from domain.items import Actor
from domain.permissions import Right, check_right

BearerDep = Annotated[
    str | None, Depends(OAuth2PasswordBearer(tokenUrl="/api/v1/auth/token", auto_error=False))
]


async def signed_in(request: Request, context: ContextDep, token: BearerDep) -> SignedIn:
    """Whoever sent the bearer token, and from where. Raises ``Unauthorized`` and
    :class:`Forbidden`."""
    found = await identified(context, token)
    actor = replace(found.actor, address=address_of(request))
    request.state.actor = actor  # before anything is refused: the audit says to whom
    route: str = request.scope["route"].path
    check_use(found, request.method, route.removeprefix("/api/v1"))
    return replace(found, actor=actor)


IdentifiedDep = Annotated[SignedIn, Depends(signed_in)]


def address_of(request: Request) -> str:
    """Whence a request came, as far as it can be known."""
    return request.client.host if request.client else ""


class Allow:
    """The dependency of a route that asks for ``right``: whoever is signed in and has it."""

    def __init__(self, right: Right) -> None:
        self.right = right

    async def __call__(self, request: Request, found: IdentifiedDep) -> Actor:
        """The signed-in person. Raises :class:`Forbidden`."""
        return self.passed(request, found).actor

    def passed(self, request: Request, found: SignedIn) -> SignedIn:
        """``found``, who has the right. Raises :class:`Forbidden`."""
        check_right(self.right, found.actor)
        request.state.right = self.right
        return found


class AllowSession(Allow):
    """The same for a route that is about the session by which somebody is signed in."""

    async def __call__(  # type: ignore[override]
        self, request: Request, found: IdentifiedDep
    ) -> SignedIn:
        """The session. Raises :class:`Forbidden`."""
        return self.passed(request, found)


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
RegistrarDep = Annotated[Actor, Depends(Allow(Right.REGISTER))]
RulesDep = Annotated[Actor, Depends(Allow(Right.RULES))]
RegistersDep = Annotated[Actor, Depends(Allow(Right.REGISTERS))]
OwnRegistersDep = Annotated[Actor, Depends(Allow(Right.OWN_REGISTERS))]
RunningDep = Annotated[Actor, Depends(Allow(Right.RUNNING))]
AuditDep = Annotated[Actor, Depends(Allow(Right.AUDIT))]
CircularReaderDep = Annotated[Actor, Depends(Allow(Right.READ_CIRCULARS))]
CircularWatcherDep = Annotated[Actor, Depends(Allow(Right.WATCH_CIRCULARS))]
CircularsDep = Annotated[Actor, Depends(Allow(Right.CIRCULARS))]
CircularApproverDep = Annotated[Actor, Depends(Allow(Right.APPROVE_CIRCULARS))]
CircularIssuerDep = Annotated[Actor, Depends(Allow(Right.ISSUE_CIRCULARS))]
CircularUnitDep = Annotated[Actor, Depends(Allow(Right.ANSWER_CIRCULARS))]
DeductionReaderDep = Annotated[Actor, Depends(Allow(Right.READ_DEDUCTIONS))]
RecheckerDep = Annotated[Actor, Depends(Allow(Right.RECHECK))]
SourcesDep = Annotated[Actor, Depends(Allow(Right.SOURCES))]
SourcesReaderDep = Annotated[Actor, Depends(Allow(Right.READ_SOURCES))]
DocumentsDep = Annotated[Actor, Depends(Allow(Right.DOCUMENTS))]
CompilationsDep = Annotated[Actor, Depends(Allow(Right.COMPILATIONS))]
LetterheadDep = Annotated[Actor, Depends(Allow(Right.LETTERHEAD))]
