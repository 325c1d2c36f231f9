"""The working days that the installed libraries know: where a new system's calendar comes from.

Apart from :mod:`store.calendars`, because only ``duban migrate`` needs the libraries.
"""

import asyncio
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
import holidays
from sqlalchemy import func, select

from domain.calendar import SATURDAY, CalendarYear
from store.calendars import put_calendar_year
from store.locks import CALENDAR, exclusively
from store.session import WriteConnection
from store.tables import calendar_years

FIRST_SEEDED_YEAR = 2021
SEED_NOTICE = "国务院办公厅放假通知（chinesecalendar 内置）"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeding:
    """What seeding did: the years loaded, and why others were not."""

    loaded: tuple[int, ...]
    warnings: tuple[str, ...]


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
