"""What a request needs of the process: one object, made once at start."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from temporalio.client import Client

from api.circular_commands import CircularCommands
from api.commands import Commands
from api.references import References
from api.tokens import Tokens
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
    references: References
    commands: Commands
    circulars: CircularCommands
    tokens: Tokens

    def now(self) -> datetime:
        """The wall clock in the district's time zone."""
        return datetime.now(self.settings.zone)


def context(request: Request) -> Context:
    """The context of the process that answers ``request``."""
    found: Context = request.app.state.context
    return found


ContextDep = Annotated[Context, Depends(context)]
