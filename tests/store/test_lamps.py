"""The lamp of an item at a moment: the same in SQL, by row and by snapshot (domain.md §4)."""

from dataclasses import replace
from datetime import date, datetime
from uuid import uuid4

import pytest
from sqlalchemy import literal, update

from domain.cycles import Cycle
from domain.items import Kind, Source
from domain.parts import Target
from domain.policy import Policy
from domain.records import snapshot_of
from store import reads
from store.calendars import put_calendar_year
from store.lamps import lamp_of
from store.policies import put_edition
from store.reads import Filters
from store.rows import Lamp
from store.tables import items
from tests.store.stories import CALENDAR, CHIEF, DEPUTY, OFFICE, UNIT, ZONE, Story, at, year_of

ALL = reads.scope_of(OFFICE)
NEXT_YEAR = 2030
"""After any wall clock of these tests, so that an item's own time is what counts."""


def future(text: str) -> str:
    return f"{NEXT_YEAR}-{text}"


def ordinary(**changed) -> Story:
    """Issued on Monday 7 January 2030; due on Monday the 14th, near from Wednesday the 9th."""
    return Story(issued_at=at(future("01-07 10:00")), **changed)


def received() -> Story:
    return ordinary().act("receive", UNIT, future("01-07 11:00"))


def handed_in(when: str) -> Story:
    return received().act("submit_feedback", UNIT, future(when), text="办结", final=True)


def signed(when: str) -> Story:
    return handed_in(when).act("sign_off", DEPUTY, future(when), approved=True, comment="同意")


def directive() -> Story:
    """The plan is due on the 8th, the result on the 14th (the 12th is a Saturday)."""
    source = Source(type="领导批示", leader="区长")
    return ordinary(kind=Kind.DIRECTIVE, source=source)


TABLE = [
    ("just issued", ordinary, "01-07 10:00", Lamp.GREEN),
    ("the evening before it is near", ordinary, "01-08 23:59", Lamp.GREEN),
    ("three working days before", ordinary, "01-09 00:00", Lamp.YELLOW),
    ("the last second of its day", ordinary, "01-14 23:59", Lamp.YELLOW),
    ("the first instant after it", ordinary, "01-15 00:00", Lamp.RED),
    ("lapsed and still running", ordinary, "01-20 00:00", Lamp.RED),
    (
        "handed in early, the leader waits",
        lambda: handed_in("01-10 09:00"),
        "01-16 09:00",
        "yellow",
    ),
    ("handed in on the last day", lambda: handed_in("01-14 15:00"), "01-15 09:00", Lamp.RED),
    ("signed in time, under review", lambda: signed("01-11 09:00"), "01-16 09:00", Lamp.GREEN),
    ("the plan missed, the item not due", directive, "01-09 00:00", Lamp.YELLOW),
    ("the plan not missed yet", directive, "01-08 23:59", Lamp.GREEN),
    (
        "a named date far away",
        lambda: ordinary(kind=Kind.DATED, due_on=date(2030, 3, 1)),
        "02-01 09:00",
        Lamp.GREEN,
    ),
    (
        "suspended after its limit",
        lambda: (
            ordinary()
            .until(future("01-16 09:00"))
            .act("suspend_item", OFFICE, future("01-17 09:00"), reason="资金未到位")
        ),
        "01-20 00:00",
        Lamp.GREY,
    ),
    (
        "terminated",
        lambda: ordinary().act("terminate_item", CHIEF, future("01-08 09:00"), reason="并入他项"),
        "01-20 00:00",
        Lamp.GREY,
    ),
    (
        "closed late",
        lambda: (
            handed_in("01-20 09:00")
            .act("sign_off", DEPUTY, future("01-20 10:00"), approved=True, comment="同意")
            .act("review", OFFICE, future("01-20 11:00"), accepted=True, comment="属实")
        ),
        "01-25 00:00",
        Lamp.GREY,
    ),
    (
        "closed in time",
        lambda: signed("01-10 09:00").act(
            "review", OFFICE, future("01-10 11:00"), accepted=True, comment="属实"
        ),
        "01-25 00:00",
        Lamp.GREY,
    ),
]


@pytest.fixture
async def database(database):
    async with database.write() as conn:
        for year in CALENDAR.years:
            await put_calendar_year(conn, year, "office", ZONE)
    return database


@pytest.mark.parametrize(
    ("story", "when", "lamp"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
async def test_lamps(database, store, story, when, lamp):
    told = story()
    told.until(future(when))
    await told.record(store)
    # The row's own moment is that of its last event: set it to the moment in question.
    moment = at(future(when))
    async with database.write() as conn:
        await conn.execute(update(items).values(as_of=literal(moment)))
    async with database.read() as conn:
        read = await reads.item_row(conn, told.id)
        by_filter = {
            name
            for name in Lamp
            if await reads.count(conn, reads.scope_of(OFFICE), Filters(lamp=name)) == 1
        }
    assert read is not None
    assert read.now == moment
    assert read.lamp == lamp
    assert read.overdue is (lamp == Lamp.RED)
    assert by_filter == {lamp}
    assert lamp_of(snapshot_of(told.item), CALENDAR, ZONE, moment) == (lamp, read.overdue)


async def test_a_row_is_never_read_before_its_own_last_event(database, store):
    """Virtual time: the item lives in 2030, whatever the wall clock says."""
    story = await ordinary().until(future("01-16 09:00")).record(store)
    async with database.read() as conn:
        read = await reads.item_row(conn, story.id)
    assert read is not None
    assert read.now == story.item.as_of
    assert read.lamp == Lamp.RED
    assert {row.clock.key: row.overdue for row in read.clocks}["result"]


async def test_a_row_is_read_now_when_its_last_event_is_past(database, store):
    story = await Story(issued_at=at("2026-03-02 10:00")).record(store)
    async with database.read() as conn:
        read = await reads.item_row(conn, story.id)
    assert read is not None
    assert abs((datetime.now(ZONE) - read.now).total_seconds()) < 60
    assert read.lamp == Lamp.RED
    assert not read.lapsed  # what its workflow has not told is no fact yet


async def test_a_moved_date_is_read_by_its_new_limit_and_stays_lapsed(database, store):
    story = await ordinary().until(future("01-16 09:00")).record(store)
    asked = {"problem": "资金缺口", "tried": "已对接财政", "asked": "请协调", "major": False}
    story.act("receive", UNIT, future("01-16 10:00"))
    story.act("request_coordination", UNIT, future("01-16 11:00"), **asked)
    answer = {"outcome": "resolved", "opinion": "已落实", "new_due_on": date(2030, 3, 1)}
    await story.act("answer_coordination", DEPUTY, future("01-17 09:00"), **answer).record(store)
    async with database.read() as conn:
        read = await reads.item_row(conn, story.id)
    assert read is not None
    result = next(row for row in read.clocks if row.clock.key == "result")
    assert (read.lapsed, result.clock.lapsed) == (True, True)
    assert (read.lamp, read.overdue, result.overdue) == (Lamp.GREEN, False, False)
    assert result.clock.original_due_at < result.clock.due_at


async def test_far_behind_the_year_is_red_and_not_overdue(database, store):
    target = Target(name="投资额", unit="亿元", target=100)
    own = {"item_id": str(uuid4()), "kind": Kind.YEAR_ROUND, "cycle": Cycle.MONTH}
    story = ordinary(**own, targets=(target,))
    story.act("receive", UNIT, future("01-07 11:00"))
    told = {"text": "尚未开工", "actuals": [{"name": "投资额", "value": 0.0}]}
    await story.act("submit_feedback", UNIT, future("06-28 10:00"), **told).record(store)
    async with database.read() as conn:
        read = await reads.item_row(conn, story.id)
    assert read is not None
    assert (read.lamp, read.overdue) == (Lamp.RED, False)
    assert lamp_of(snapshot_of(story.item), CALENDAR, ZONE, read.now) == (Lamp.RED, False)


async def test_yellow_is_by_the_edition_the_item_is_under(database, store):
    week = replace(Policy(), edition="2029版", effective_on=date(2029, 1, 1), yellow_working_days=5)
    async with database.write() as conn:
        await put_edition(conn, week, "office")
    old, new = ordinary(), ordinary(policy=week)
    for story in (old, new):
        await story.record(store)
    async with database.read() as conn:
        seen = {i.id: i.lamp for i in (await reads.list_items(conn, ALL, Filters(), 9)).items}
    assert seen == {old.id: Lamp.GREEN, new.id: Lamp.YELLOW}
    for story in (old, new):
        now = story.item.as_of
        assert lamp_of(snapshot_of(story.item), CALENDAR, ZONE, now)[0] == seen[story.id]
    async with database.write() as conn:
        await put_calendar_year(conn, year_of(NEXT_YEAR), "office", ZONE)
    async with database.read() as conn:
        assert await reads.count(conn, ALL, Filters(lamp="yellow")) == 1
