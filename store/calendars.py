"""The working-day calendar: every edition of every year is kept, the newest governs."""

import asyncio
from dataclasses import dataclass, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
import holidays
from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.dialects.postgresql import distinct_on

from domain.calendar import SATURDAY, CalendarYear, WorkingCalendar
from domain.clocks import Clock
from store.codec import clock_of
from store.lamps import YELLOW_WORKING_DAYS, yellow_of
from store.locks import CALENDAR, exclusively
from store.policies import editions
from store.session import ReadConnection, WriteConnection
from store.tables import ENDED, calendar_years, item_clocks, items

FIRST_SEEDED_YEAR = 2021
SEED_NOTICE = "国务院办公厅放假通知（chinesecalendar 内置）"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeding:
    """What seeding did: the years loaded, and why others were not."""

    loaded: tuple[int, ...]
    warnings: tuple[str, ...]


async def calendar(conn: ReadConnection) -> WorkingCalendar:
    """The calendar that governs now."""
    newest = (
        select(calendar_years)
        .ext(distinct_on(calendar_years.c.year))
        .order_by(calendar_years.c.year, calendar_years.c.edition.desc())
    )
    rows = await conn.execute(newest)
    return WorkingCalendar(
        years=tuple(
            CalendarYear(
                year=row.year,
                notice=row.notice,
                rest_days=tuple(row.rest_days),
                work_days=tuple(row.work_days),
                edition=row.edition,
            )
            for row in rows
        )
    )


async def calendar_year(conn: ReadConnection, year: int) -> CalendarYear | None:
    """The governing edition of one year."""
    known = await calendar(conn)
    return next((found for found in known.years if found.year == year), None)


async def put_calendar_year(
    conn: WriteConnection, year: CalendarYear, loaded_by: str | None, zone: ZoneInfo
) -> CalendarYear:
    """Load one year as a new edition, and answer it; the same days and notice again change
    nothing. Open items' lamps are counted anew; their clocks move by ``apply_calendar`` only."""
    year = _in_order(year)
    await exclusively(conn, CALENDAR)
    newest = await calendar_year(conn, year.year)
    if newest and replace(_in_order(newest), edition=year.edition) == year:
        return newest
    loaded = replace(year, edition=newest.edition + 1 if newest else 1)
    await conn.execute(
        insert(calendar_years).values(
            year=loaded.year,
            edition=loaded.edition,
            notice=loaded.notice,
            rest_days=list(loaded.rest_days),
            work_days=list(loaded.work_days),
            loaded_by=loaded_by,
        )
    )
    await _relight(conn, zone)
    return loaded


def _in_order(year: CalendarYear) -> CalendarYear:
    return replace(
        year,
        rest_days=tuple(sorted(set(year.rest_days))),
        work_days=tuple(sorted(set(year.work_days))),
    )


async def _relight(conn: WriteConnection, zone: ZoneInfo) -> None:
    """Count again from when the lamps of open items are yellow."""
    governing = await calendar(conn)
    yellow_days = {known.edition: known.yellow_working_days for known in await editions(conn)}
    running = (
        select(item_clocks, items.c.yellow_from, items.c.edition)
        .join(items, items.c.id == item_clocks.c.item_id)
        .where(items.c.status.not_in(ENDED), item_clocks.c.stopped_at.is_(None))
    )
    clocks: dict[str, list[Clock]] = {}
    before, days = {}, {}
    for row in (await conn.execute(running)).mappings():
        item_id = row["item_id"]
        clocks.setdefault(item_id, []).append(clock_of(row))
        before[item_id] = row["yellow_from"]
        days[item_id] = yellow_days.get(row["edition"], YELLOW_WORKING_DAYS)
    after = {
        item_id: yellow_of(of_item, governing, zone, days[item_id])
        for item_id, of_item in clocks.items()
    }
    changed = [
        {"of_item": item_id, "yellow": yellow}
        for item_id, yellow in after.items()
        if yellow != before[item_id]
    ]
    if changed:
        relit = update(items).where(items.c.id == bindparam("of_item"))
        await conn.execute(relit.values(yellow_from=bindparam("yellow")), changed)


async def seed_calendar(conn: WriteConnection, zone: ZoneInfo) -> Seeding:
    """Load the years the installed libraries know and agree on. A year of which the office has
    loaded an edition is left alone."""
    await exclusively(conn, CALENDAR)
    by_people = select(calendar_years.c.year).where(calendar_years.c.loaded_by.is_not(None))
    theirs = set((await conn.execute(by_people)).scalars())
    before = await conn.scalar(select(func.max(calendar_years.c.id)))
    loaded, warnings = [], []
    known, differing = await asyncio.to_thread(library_years)
    warnings += [_difference(year, days) for year, days in differing.items() if year not in theirs]
    for year in known:
        if year.year in theirs:
            continue
        await put_calendar_year(conn, year, None, zone)
        after = await conn.scalar(select(func.max(calendar_years.c.id)))
        if after != before:
            loaded.append(year.year)
        before = after
    return Seeding(loaded=tuple(loaded), warnings=tuple(warnings))


def _difference(year: int, days: list[date]) -> str:
    return (
        f"{year}年：chinesecalendar 与 holidays 对 {days[0]} 等 {len(days)} 天说法不一，未予载入；"
        "请按国务院办公厅放假通知用 duban calendar load 载入。"
    )


def library_years() -> tuple[list[CalendarYear], dict[int, list[date]]]:
    """The years from 2021 on on which both libraries agree, and where they differ."""
    known: list[CalendarYear] = []
    differing: dict[int, list[date]] = {}
    newest = max(day.year for day in chinese_calendar.constants.holidays)
    for year in range(FIRST_SEEDED_YEAR, newest + 1):
        if days := _differences(year):
            differing[year] = days
        else:
            known.append(_library_year(year))
    return known, differing


def _differences(year: int) -> list[date]:
    official = holidays.country_holidays("CN", years=[year])
    return [
        day
        for day in _days_of(year)
        if chinese_calendar.is_workday(day) != official.is_working_day(day)
    ]


def _days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(n) for n in range((date(year + 1, 1, 1) - first).days)]


def _library_year(year: int) -> CalendarYear:
    constants = chinese_calendar.constants
    rest = sorted(day for day in constants.holidays if day.year == year)
    work = sorted(day for day in constants.workdays if day.year == year)
    return CalendarYear(
        year=year,
        notice=SEED_NOTICE,
        rest_days=tuple(rest),
        work_days=tuple(day for day in work if day.weekday() >= SATURDAY),
    )
