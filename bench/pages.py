"""Part 9: the pages, as the server answers a browser, with a hundred thousand items and a million
events on record."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import cycle

import httpx
from sqlalchemy import func, select

from bench import lists
from bench.archive import RARE, UNITS
from bench.figures import Figure, at_most, figure
from bench.people import PASSWORD
from bench.sizes import Sizes
from bench.system import System
from bench.ways import timed
from domain.items import Role
from store import passwords, units, users
from store.tables import items

PAGE_GOAL = at_most(100)
UNIT, LED = "U07", ("U03", "U07", "U11")
ACCOUNTS = {"page-unit": (Role.UNIT, UNIT), "page-deputy": (Role.DEPUTY, None)}
READERS = ("office", "chief", *ACCOUNTS)
ITEMS = 50
"""Of as many items is the page asked for, one after the other."""
_MARK = re.compile(r'name="csrf" value="([0-9a-f]+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page, asked for by somebody; where there are several addresses, by turns."""

    key: str
    title: str
    who: str
    paths: Sequence[str]


async def measure(system: System, sizes: Sizes) -> list[Figure]:
    """Every page in turn, round after round."""
    await lists.fill(system, sizes)
    await _register(system)
    asked = pages(await _some(system), system.context.now().year - 2)
    took: dict[str, list[float]] = {page.key: [] for page in asked}
    async with _signed_in(system.stack.api_url) as readers:
        addresses = {page.key: cycle(page.paths) for page in asked}
        for warm in (True, *[False] * sizes.reads):
            for page in asked:
                needed = await timed(_ask(readers[page.who], next(addresses[page.key])))
                if not warm:
                    took[page.key].append(needed)
    return [
        figure(
            f"pages.{page.key}",
            f"{sizes.records} 件，页面：{page.title}，p95",
            "毫秒",
            took[page.key],
            statistic="p95",
            goal=PAGE_GOAL,
        )
        for page in asked
    ]


def pages(ids: Sequence[str], year: int) -> list[Page]:
    """Ledger, filters, searches, items and desks, for those who work with them."""

    def of(key: str, title: str, *paths: str, who: str = "office") -> Page:
        return Page(key=key, title=title, who=who, paths=paths)

    every = [f"/items/{item_id}" for item_id in ids]
    return [
        of("ledger", "台账第一页", "/items"),
        of("ledger_unit", "台账第一页，承办单位所见", "/items", who="page-unit"),
        of("filtered", "台账，状态", "/items?status=in_progress"),
        of("filtered_unit", "台账，单位、曾逾期", f"/items?unit={UNIT}&lapsed=true"),
        of("filtered_year", "台账，年度、类型", f"/items?year={year}&kind=dated"),
        of("filtered_lamp", "台账，红灯", "/items?lamp=red"),
        of("searched", "台账，检索：老旧小区", "/items?q=老旧小区"),
        of("searched_rare", "台账，检索：少见", f"/items?q={RARE}"),
        of("searched_unit", "台账，检索加单位", f"/items?q=道路大中修&unit={UNIT}"),
        of("item", "事项页", *every),
        of("item_chief", "事项页，主要领导所见", *every, who="chief"),
        of("desk", "办公桌，督查室", "/"),
        of("desk_unit", "办公桌，承办单位", "/", who="page-unit"),
        of("desk_deputy", "办公桌，分管领导", "/", who="page-deputy"),
        of("desk_chief", "办公桌，主要领导", "/", who="chief"),
    ]


async def _register(system: System) -> None:
    """The units of the record, and somebody of one and a leader in charge of some."""
    digest = await passwords.hash_password(PASSWORD)
    async with system.context.database.write() as connection:
        for code, name in UNITS:
            await units.put_unit(connection, code, name, ["page-deputy"] if code in LED else [])
        for username, (role, unit) in ACCOUNTS.items():
            await users.add_user(
                connection,
                username,
                role=role,
                name=username,
                password_hash=digest,
                unit_code=unit,
            )


async def _some(system: System) -> list[str]:
    """Items spread over the record."""
    query = select(items.c.id).order_by(func.md5(items.c.id)).limit(ITEMS)
    async with system.context.database.read() as connection:
        return list((await connection.execute(query)).scalars())


@asynccontextmanager
async def _signed_in(base: str) -> "AsyncIterator[dict[str, httpx.AsyncClient]]":
    """Everybody, each with cookies of his own."""
    async with AsyncExitStack() as opened:
        found = {}
        for who in READERS:
            client = httpx.AsyncClient(base_url=base, timeout=60)
            found[who] = await opened.enter_async_context(client)
            mark = _MARK.search((await client.get("/sign-in")).text)
            assert mark is not None
            form = {"csrf": mark[1], "username": who, "password": PASSWORD}
            answer = await client.post("/sign-in", data=form)
            assert answer.status_code == 303
        yield found


async def _ask(client: httpx.AsyncClient, path: str) -> None:
    (await client.get(path)).raise_for_status()
