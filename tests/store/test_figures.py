"""Figures are what the timelines say: SQL adds up what the rules work out entry by entry."""

import uuid
from collections import Counter
from dataclasses import asdict
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest

from domain.burden import Asked, weeks
from domain.figures import Case, FaultKind, Figure, faults, proof, standing, told
from domain.items import HOLDERS
from domain.spans import NOBODY, WorkingDays, spans
from store import burden, figures
from store.filters import Filters, scope_of
from store.reads import item_row
from store.session import ReadConnection
from tests.store.lives import made_up
from tests.store.stories import CALENDAR, OFFICE, ZONE, at

EVERYTHING = scope_of(OFFICE)
LIVES = 120
Every = list[tuple[figures.Found, Case]]


async def test_figures_are_what_the_timelines_say(database, store):
    """All on the same lives by chance: to make them up takes longer than to count them."""
    end = max(datetime.now(ZONE), at("2026-11-28 00:00")) + timedelta(minutes=1)
    for seed in range(LIVES):
        begin = at("2026-08-03 09:00") + timedelta(hours=17 * seed + 3)
        life = made_up(seed, begin, end, str(uuid.UUID(int=seed)))
        await life.record(store)
    async with database.read() as conn:
        every = [found async for found in figures.cases(conn, EVERYTHING, Filters(), page=7)]
        await sql_and_timelines_say_the_same(conn, every)
        for group_by in figures.GROUPS:
            await groups_add_up_and_open_to_their_lines(conn, group_by)
        await a_period_is_that_of_the_issue(conn)
        await spans_part_each_life_without_gap(conn, every)
        await no_faulty_item_is_passed_over(conn, every)
        await what_was_asked_adds_up(conn, every)
    faults_are_those_of_the_unit_that_had_it(every)


async def sql_and_timelines_say_the_same(conn: ReadConnection, every: Every) -> None:
    counted: Counter[Figure] = Counter()
    for figure in Figure:
        page = await figures.lines(conn, EVERYTHING, Filters(), figure, 1000)
        by_sql = {row.head.id: row.amount for row in page.items}
        by_rule = {}
        for head, case in every:
            found = proof(figure, told(case), head.now)
            if found.amount:
                by_rule[case.id] = found.amount
                assert set(found.entries) <= {line.seq for line in case.lines}
                assert found.entries or figure is Figure.NO_RESULT, figure
        assert by_sql == by_rule, figure
        counted[figure] = len(by_rule)
    # A figure that nothing was counted in has not been tried.
    elsewhere = {Figure.SLOTS, Figure.SLOTS_LAPSED, Figure.WAITING_FOR_PARTS}
    assert {figure for figure in Figure if not counted[figure]} == elsewhere


async def groups_add_up_and_open_to_their_lines(
    conn: ReadConnection, group_by: figures.GroupBy
) -> None:
    rows = await figures.groups(conn, EVERYTHING, Filters(), group_by, list(Figure))
    for figure in (Figure.ISSUED, Figure.RETURNS, Figure.CLOSED_SECONDS):
        page = await figures.lines(conn, EVERYTHING, Filters(), figure, 1000)
        total = sum(row.figures[figure] for row in rows)
        assert total == sum(line.amount for line in page.items) > 0
        for row in rows:
            own = await figures.lines(
                conn, EVERYTHING, Filters(), figure, 1000, group=(group_by, row.key)
            )
            assert row.figures[figure] == sum(line.amount for line in own.items)


async def a_period_is_that_of_the_issue(conn: ReadConnection) -> None:
    months = await figures.groups(conn, EVERYTHING, Filters(), "period", [Figure.ISSUED])
    assert len(months) > 2
    for row in months:
        first = date.fromisoformat(f"{row.key}-01")
        last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        wanted = Filters(issued_from=first, issued_until=last)
        page = await figures.lines(conn, EVERYTHING, wanted, Figure.ISSUED, 1000)
        assert len(page.items) == row.figures[Figure.ISSUED] > 0


async def spans_part_each_life_without_gap(conn: ReadConnection, every: Every) -> None:
    days = WorkingDays(CALENDAR)
    holders: Counter[str] = Counter()
    for head, case in every:
        now = head.now.astimezone(ZONE)
        found = spans(case, now)
        for one, following in pairwise(found):
            assert one.end == following.start
        holders.update(span.holder for span in found)
        whole = sum(span.seconds for span in found)
        assert whole == int((found[-1].end - found[0].start).total_seconds())
        working = sum(days.seconds(span.start, span.end) for span in found)
        assert working == days.seconds(found[0].start, found[-1].end) <= whole
        row = await item_row(conn, case.id)
        assert row is not None
        spent = asdict(row.spent)
        if row.holder:
            begun = max(row.holder_since, row.issued_at)
            spent[row.holder] += max((row.now - begun).total_seconds(), 0)
        for holder, seconds in spent.items():
            own = sum(span.seconds for span in found if span.holder == holder)
            assert own == pytest.approx(seconds, abs=len(found) + 1), (case.id, holder)
    assert set(holders) == {*HOLDERS.values(), NOBODY}


def faults_are_those_of_the_unit_that_had_it(every: Every) -> None:
    found: Counter[FaultKind] = Counter()
    units = set()
    for _, case in every:
        mine = faults(case)
        found.update(fault.kind for fault in mine)
        units |= {fault.unit for fault in mine}
        assert any(fault.kind is FaultKind.LATE for fault in mine) is told(case).lapsed
        reworks = [fault.seq for fault in mine if fault.kind is FaultKind.REWORK]
        assert len(reworks) == sum(
            line.act == "review" and "returns" in line.changed for line in standing(case.lines)
        )
    assert set(found) == set(FaultKind)
    assert units == {"ZJJ", "JTJ"}


async def no_faulty_item_is_passed_over(conn: ReadConnection, every: Every) -> None:
    found = figures.cases(conn, EVERYTHING, Filters(), figures.FAULTY)
    assert {case.id for _, case in every if faults(case)} <= {case.id async for _, case in found}
    for unit in ("ZJJ", "JTJ"):
        led = figures.cases(conn, EVERYTHING, Filters(), figures.led_by(unit))
        had = {case.id for head, case in every if unit in {s.unit for s in spans(case, head.now)}}
        assert had <= {case.id async for _, case in led}


async def what_was_asked_adds_up(conn: ReadConnection, every: Every) -> None:
    """By week as the sum of its lines; and the reminders are those of the timelines."""
    first, last = date(2026, 8, 1), date(2027, 1, 31)
    told_by_week = weeks(await burden.totals(conn, EVERYTHING, first, last))
    lines: list[burden.AskRow] = []
    for unit in ("ZJJ", "JTJ"):
        cursor = None
        while True:
            page = await burden.lines(conn, EVERYTHING, first, last, unit, 50, cursor)
            lines += page.items
            cursor = page.next_cursor
            if cursor is None:
                break
    assert weeks((line, 1) for line in lines) == told_by_week
    assert len({(line.item_id, line.on, line.what, line.name) for line in lines}) > 100
    reminded = Counter(line.item_id for line in lines if line.what is Asked.REMINDER)
    held = {case.id for _, case in every if told(case).handed_out}
    assert reminded == Counter(
        case.id
        for _, case in every
        for line in standing(case.lines)
        if line.act == "remind" and not line.covert and case.id in held
    )
    assert {line.what for line in lines} == {*Asked} - {Asked.SLOT, Asked.MILESTONE}
