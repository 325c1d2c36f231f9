"""What the command line needs of a running system: the same parts the API works with."""

import asyncio
from contextlib import AbstractAsyncContextManager

from api.app import open_context
from api.calendars import load_year
from api.context import Context
from api.import_plan import KEPT_UNDER
from cli.serve import settings_from_environment
from domain.calendar import CalendarYear
from domain.items import Actor, Role

LEDGER_ACTOR = Actor(username=KEPT_UNDER, name="台账导入（命令行）", role=Role.OFFICE)
OPERATOR = Actor(username="operator", name="系统管理员（命令行）", role=Role.ADMIN)


def open_system() -> AbstractAsyncContextManager[Context]:
    """Database, Temporal and commands, by environment."""
    return open_context(settings_from_environment())


def load_calendar(year: CalendarYear) -> CalendarYear:
    """Load a year as the API does: stored, then rolled out to every open item."""

    async def load() -> CalendarYear:
        async with open_system() as context:
            return await load_year(context, year, OPERATOR)

    return asyncio.run(load())
