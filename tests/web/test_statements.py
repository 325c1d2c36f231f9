"""How much of the database a page takes: as many statements for many rows as for few (no N+1)."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import httpx
import pytest_asyncio
from sqlalchemy import Engine, event

from api.app import create_app
from domain.items import Role
from embedded import Stack
from runtime.settings import Settings
from store import passwords, units, users
from store.session import Database
from tests.people import PASSWORD, People, dated
from tests.web.reader import Reader
from web.app import Site

UNIT = "STM"
PEOPLE = ("office", "stm", "stm-deputy", "chief")
PAGES = ("/", "/items", "/items?q=语句", "/inbox", "/stats", "/year")
"""Of lists; each is asked for with one item and with many."""
MOST = {"/": 20, "/items": 8, "/items?q=语句": 10, "item": 24}


@pytest_asyncio.fixture(scope="module")
async def site(stack: Stack) -> AsyncIterator[Site]:
    """The whole site in this process, so that its statements can be counted."""
    names = {name.removeprefix("DUBAN_").lower(): v for name, v in stack.environment.items()}
    found = Site(create_app(Settings.model_validate(names)))
    async with found.api.router.lifespan_context(found.api):
        yield found


async def test_statements_do_not_grow_with_the_rows(
    site: Site, desk: People, database: Database
) -> None:
    digest = await passwords.hash_password(PASSWORD)
    async with database.write() as connection:
        await units.put_unit(connection, UNIT, "语句单位", ["stm-deputy"])
        for username, role, unit in (
            ("stm", Role.UNIT, UNIT),
            ("stm-deputy", Role.DEPUTY, None),
        ):
            await users.add_user(
                connection,
                username,
                role=role,
                name=username,
                password_hash=digest,
                unit_code=unit,
            )
    # One in each of the lists that there are, so that none more is asked for later.
    first = await desk.issue(dated(lead_unit=UNIT, title="语句 一"))
    await desk.issue(dated(lead_unit=UNIT, title="语句 二"))
    await desk.sign_in("stm")
    await desk.act("stm", first, "receipt")
    await desk.act("stm", first, "feedback", text="进展")
    few = await _counted(site, first["id"])
    for number in range(10):
        await desk.issue(dated(lead_unit=UNIT, title=f"语句 {number}"))
    for number in range(10):
        await desk.act("stm", first, "feedback", text=f"进展 {number}")
    many = await _counted(site, first["id"])
    assert many == few
    for (who, path), count in many.items():
        assert count <= MOST.get(path, 40), (who, path, count)


async def _counted(site: Site, item_id: str) -> dict[tuple[str, str], int]:
    """The statements of each page for each person."""
    found = {}
    for who in PEOPLE:
        transport = httpx.ASGITransport(site)
        async with httpx.AsyncClient(transport=transport, base_url="http://duban") as client:
            reader = Reader(client)
            await reader.sign_in(who)
            for path in (*PAGES, f"/items/{item_id}"):
                name = "item" if item_id in path else path
                # What is looked up once for all is looked up.
                await reader.get(path)
                with _counting() as statements:
                    answer = await reader.get(path)
                assert answer.status_code == 200, (who, path)
                found[who, name] = len(statements)
    return found


@contextmanager
def _counting() -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)
