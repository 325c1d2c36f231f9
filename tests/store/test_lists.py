"""Lists: every filter, whole pages while items come in, search in Chinese, and who sees what."""

import asyncio
import base64
import itertools
from dataclasses import replace
from datetime import date

import pytest

from domain.errors import Invalid
from domain.figures import Figure
from domain.items import Actor, Category, Kind, Role, Source
from domain.permissions import sight
from store import figures, reads
from store.cursors import from_cursor, to_cursor
from store.reads import Filters
from store.rows import Page
from tests.store.stories import ADMIN, CHIEF, DEPUTY, OFFICE, UNIT, Story, at

EVERYTHING = reads.scope_of(OFFICE)


async def numbers(database, filters: Filters, scope=EVERYTHING) -> list[int]:
    """The sequence numbers of what is listed; the count must agree."""
    async with database.read() as conn:
        page = await reads.list_items(conn, scope, filters, 200)
        assert await reads.count(conn, scope, filters) == len(page.items)
    return [int(item.number.partition("〕")[2].removesuffix("号")) for item in page.items]


@pytest.fixture
async def ledger(database, store):
    """Six different items; the wall clock is after all their limits but the last one's."""
    directive = Source(type="领导批示", leader="区长")
    await Story(title="一").record(store)
    await Story(
        title="二", lead_unit="JTJ", lead_unit_name="区交通运输局", co_units=("ZJJ",)
    ).record(store)
    third = Story(title="三", kind=Kind.DIRECTIVE, category=Category.C1, source=directive)
    await third.until("2026-10-20 00:00").record(store)
    fourth = Story(title="四")
    fourth.act("receive", UNIT, "2026-10-08 11:00")
    fourth.act("submit_feedback", UNIT, "2026-10-09 09:00", text="办结", final=True)
    fourth.act("sign_off", DEPUTY, "2026-10-09 10:00", approved=True, comment="同意")
    await fourth.act("review", OFFICE, "2026-10-09 11:00", accepted=True, comment="好").record(
        store
    )
    fifth = Story(title="五", issued_at=at("2025-03-03 09:00"))
    await fifth.act("suspend_item", OFFICE, "2025-03-04 09:00", reason="资金未到位").record(store)
    far = date(2099, 6, 1)
    await Story(title="六", kind=Kind.DATED, due_on=far).record(store)
    return database


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), [5, 4, 3, 2, 1, 1]),
        (Filters(status="issued"), [5, 3, 2, 1]),
        (Filters(status="closed"), [4]),
        (Filters(status="suspended"), [1]),
        (Filters(lamp="red"), [3, 2, 1]),
        (Filters(lamp="green"), [5]),
        (Filters(lamp="yellow"), []),
        (Filters(lamp="grey"), [4, 1]),
        (Filters(unit="ZJJ"), [5, 4, 3, 2, 1, 1]),
        (Filters(unit="JTJ"), [2]),
        (Filters(unit="MZJ"), []),
        (Filters(category="C1"), [3]),
        (Filters(kind="dated"), [5]),
        (Filters(kind="ordinary", year=2025), [1]),
        (Filters(lapsed=True), [3]),
        (Filters(lapsed=False), [5, 4, 2, 1, 1]),
        (Filters(due_before=date(2026, 10, 14)), [3, 1]),
        (Filters(due_after=date(2026, 10, 14), due_before=date(2026, 10, 15)), [4, 2, 1]),
        (Filters(due_after=date(2099, 6, 1)), [5]),
        (Filters(due_after=date(2099, 6, 2)), []),
        (Filters(year=2025), [1]),
        (Filters(year=1999), []),
        (Filters(q="三", status="issued", lamp="red", lapsed=True, unit="ZJJ", year=2026), [3]),
        (Filters(lamp="mauve"), []),
    ],
)
async def test_filters(ledger, filters, expected):
    assert await numbers(ledger, filters) == expected


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("电梯", True),
        ("加装电梯", True),
        ("装电", True),
        ("梯加", False),
        ("电 梯", True),
        ("梯", True),
        ("龙", False),
        ("小区 底数", True),
        ("小区 无此词", False),
        ("政督〔2026〕1号", True),
        ("〔2026〕", True),
        ("1号", True),
        ("2号", False),
        ("住房和城乡", True),
        ("PPP", True),
        ("ppp项目", True),
        ("ＰＰＰ", True),
        ("pp", True),
        ("5%", True),
        ("1%的", False),
        ("%", True),
        ("_", False),
        ("15%_", False),
        ("\\", False),
        ("'; DROP TABLE items; --", False),
        ("机密原件", False),
        ("\0", False),
        ("\ud800", False),
        ("🏗", True),
        ("", True),
        ("   ", True),
    ],
)
async def test_search(database, store, query, found):
    await Story(
        title="老旧小区加装电梯（PPP项目）",
        content="摸清底数，\n按期完成 15% 的任务🏗。",
        original_text="机密原件",
    ).record(store)
    assert bool(await numbers(database, Filters(q=query))) is found


async def test_a_term_across_two_fields_is_no_hit(database, store):
    await Story(title="甲乙", content="丙丁").record(store)
    assert await numbers(database, Filters(q="乙丙")) == []


async def test_pages_are_complete_while_items_come_in(database, store):
    for _ in range(23):
        await Story().record(store)

    async def more() -> None:
        for _ in range(12):
            await Story().record(store)
            await Story(issued_at=at("2025-05-06 09:00")).record(store)

    coming = asyncio.create_task(more())
    seen, cursor = [], None
    while True:
        async with database.read() as conn:
            page = await reads.list_items(conn, EVERYTHING, Filters(year=2026), 4, cursor)
        assert 0 < len(page.items) <= 4
        seen += [item.number for item in page.items]
        await asyncio.sleep(0.01)
        if not (cursor := page.next_cursor):
            break
    await coming
    there = {f"政督〔2026〕{n}号" for n in range(1, 24)}
    assert len(seen) == len(set(seen))
    assert there <= set(seen)


async def test_the_last_page_says_so(database, store):
    for _ in range(4):
        await Story().record(store)
    async with database.read() as conn:
        first = await reads.list_items(conn, EVERYTHING, Filters(), 2)
        second = await reads.list_items(conn, EVERYTHING, Filters(), 2, first.next_cursor)
        empty = await reads.list_items(conn, EVERYTHING, Filters(q="没有"), 2)
    assert first.next_cursor is not None
    assert second.next_cursor is None
    assert empty == Page(items=(), next_cursor=None)


@pytest.mark.parametrize("looked_through", [1, 3, 8, 100])
@pytest.mark.parametrize("query", ["常见", "少见", "见 常", "没有", "%"])
async def test_a_search_finds_the_same_whether_among_the_newest_or_by_the_index(
    database, store, monkeypatch, looked_through, query
):
    titles = ["少见" if n in {2, 11} else f"常见 {n}%" for n in range(1, 13)]
    for title in titles:
        await Story(title=title, lead_unit="JTJ" if "1" in title else "ZJJ").record(store)
    monkeypatch.setattr(reads, "LOOKED_THROUGH", looked_through)
    for unit in (None, "JTJ"):
        found, cursor = [], ""
        while cursor is not None:
            async with database.read() as conn:
                wanted = Filters(q=query, unit=unit)
                page = await reads.list_items(conn, EVERYTHING, wanted, 2, cursor or None)
            found += [item.title for item in page.items]
            cursor = page.next_cursor
        assert found == [
            title
            for title in reversed(titles)
            if all(part in title for part in query.split()) and (unit is None or "1" in title)
        ]


GOOD = to_cursor("items", 2026, 7, 0)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "é",
        "政督",
        GOOD[:-1],
        GOOD + "=",
        GOOD + "A",
        GOOD.swapcase(),
        to_cursor("inbox", 2026, 7, 0),
        to_cursor("items", 2026, 7),
        to_cursor("items", 2026, 7, 1, 1),
        to_cursor("items", -2026, 7, 0),
        to_cursor("items", 2026, 2**63, 0),
        base64.urlsafe_b64encode(b"items:2026:7:00000000").decode(),
        base64.urlsafe_b64encode(b"items:2026:7' OR 1=1").decode(),
        "A" * 10_000,
    ],
)
async def test_a_bad_cursor_is_refused(database, cursor):
    assert from_cursor("items", GOOD, 3) == (2026, 7, 0)
    async with database.read() as conn:
        with pytest.raises(Invalid) as caught:
            await reads.list_items(conn, EVERYTHING, Filters(), 10, cursor)
    assert caught.value.code == "bad_cursor"


async def test_the_scope_in_sql_is_the_rule_of_the_domain(database, store):
    shapes = itertools.product(("A", "B", "C"), ((), ("B",), ("B", "C"), ("D",)))
    stories = {}
    for lead, co_units in shapes:
        if lead not in co_units:
            story = await Story(lead_unit=lead, lead_unit_name=lead, co_units=co_units).record(
                store
            )
            stories[story.id] = (lead, co_units)
    actors = [OFFICE, CHIEF, ADMIN, UNIT]
    actors += [Actor(username="u", name="u", role=Role.UNIT, unit=unit) for unit in "ABE"]
    actors += [
        Actor(username="d", name="d", role=Role.DEPUTY, deputy_of=codes)
        for codes in ((), ("A",), ("B", "D"), ("E",), ("A", "B", "C", "D"))
    ]
    actors.append(Actor(username="n", name="n", role=Role.UNIT))
    actors += [replace(actors[-3], stands_in_for=(other,)) for other in actors[-4:]]
    actors.append(replace(actors[-1], stands_in_for=(CHIEF,)))
    async with database.read() as conn:
        for actor in actors:
            scope = reads.scope_of(actor)
            page = await reads.list_items(conn, scope, Filters(), 200)
            seen = {item.id for item in page.items}
            allowed = {i for i, (lead, co) in stories.items() if sight(actor).reaches(lead, co)}
            assert seen == allowed, actor
            assert await reads.count(conn, scope, Filters()) == len(allowed)
            for item_id in stories:
                found = await reads.item_row(conn, item_id, scope)
                assert (found is not None) == (item_id in allowed)


async def test_figures_add_up(ledger):
    everything = [Figure(name) for name in ("issued", "open", "closed", "terminated")]
    of_housing = [*everything, Figure.CLOSED_ON_TIME, Figure.LAPSED, Figure.OVERDUE_NOW]
    async with ledger.read() as conn:
        for group in figures.GROUPS:
            rows = await figures.groups(conn, EVERYTHING, Filters(), group, everything)
            issued, open_, closed, terminated = (
                sum(r.figures[f] for r in rows) for f in everything
            )
            assert issued == open_ + closed + terminated == 6
        by_unit = await figures.groups(conn, EVERYTHING, Filters(year=2026), "unit", of_housing)
        limited = await figures.groups(conn, reads.scope_of(ADMIN), Filters(), "unit", everything)
    assert limited == ()
    housing = next(row for row in by_unit if row.key == "ZJJ")
    assert housing.name == "区住房和城乡建设局"
    assert list(housing.figures.values()) == [4, 3, 1, 0, 1, 1, 2]


async def test_a_day_of_issue_begins_at_midnight_in_the_district(database, store):
    await Story(title="昨", issued_at=at("2026-10-08 23:59")).record(store)
    await Story(title="今", issued_at=at("2026-10-09 00:00")).record(store)
    await Story(title="拟", issued_at=at("2026-10-09 00:00"), draft=True).record(store)
    day = date(2026, 10, 9)
    assert await numbers(database, Filters(issued_from=day)) == [2]
    assert await numbers(database, Filters(issued_until=day)) == [2, 1]
    assert await numbers(database, Filters(issued_until=date(2026, 10, 8))) == [1]
    assert await numbers(database, Filters(issued_from=day, issued_until=date.max)) == [2]
