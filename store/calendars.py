"""The working-day calendar: every edition of every year is kept, the newest governs."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import distinct_on

from domain.calendar import CalendarYear, WorkingCalendar
from domain.clocks import Clock
from store.codec import clock_of
from store.lamps import YELLOW_WORKING_DAYS, yellow_of
from store.locks import CALENDAR, exclusively
from store.policies import editions
from store.session import ReadConnection, WriteConnection
from store.tables import ENDED, calendar_years, item_clocks, items


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
