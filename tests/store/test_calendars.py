"""The calendar on record: seeded, loaded by the office, every edition kept."""

import asyncio
from datetime import date, datetime

import holidays
import pytest
from sqlalchemy import func, select

from domain.calendar import CalendarYear, WorkingCalendar
from domain.errors import Invalid
from domain.items import Kind
from store import calendars, reads, seeding
from store.session import Database
from store.tables import calendar_years, items
from tests.store.stories import ZONE, Story, at, year_of


async def load(database: Database, year: CalendarYear, by="office") -> CalendarYear:
    async with database.write() as conn:
        return await calendars.put_calendar_year(conn, year, by, ZONE)


async def seed(database: Database) -> seeding.Seeding:
    async with database.write() as conn:
        return await seeding.seed_calendar(conn, ZONE)


async def test_the_seeded_calendar_is_that_of_the_notices(database):
    assert (await seed(database)).loaded[-1] == 2026
    async with database.read() as conn:
        calendar = await reads.calendar(conn)
    for day, working in (
        ("2026-10-10", True),
        ("2026-09-20", True),
        ("2026-10-08", True),
        ("2026-10-07", False),
        ("2026-10-01", False),
        ("2026-02-14", True),
        ("2026-01-04", True),
        ("2026-01-01", False),
        ("2025-01-26", True),
        ("2025-01-28", False),
        ("2021-01-01", False),
    ):
        assert calendar.is_working(date.fromisoformat(day)) is working, day
        assert not calendar.day(date.fromisoformat(day)).provisional
    assert calendar.day(date(2027, 3, 1)).provisional
    assert calendar.add_working(date(2026, 9, 30), 5) == date(2026, 10, 13)


async def test_seeding_again_changes_nothing(database):
    first = await seed(database)
    assert (first.loaded, first.warnings) == (tuple(range(2021, 2027)), ())
    again = await seed(database)
    assert (again.loaded, again.warnings) == ((), ())
    async with database.read() as conn:
        assert (await conn.execute(select(func.count()).select_from(calendar_years))).scalar() == 6


async def test_what_the_office_loaded_is_never_seeded_over(database):
    theirs = year_of(2026, rest=[date(2026, 10, 1)], notice="区政府办通知")
    await load(database, theirs)
    assert 2026 not in (await seed(database)).loaded
    async with database.read() as conn:
        loaded = await reads.calendar_year(conn, 2026)
    assert loaded == theirs


async def test_a_year_the_libraries_disagree_on_is_refused_with_a_warning(database, monkeypatch):
    real = holidays.country_holidays

    class Wrong:
        def __init__(self, years: list[int]) -> None:
            self._real = real("CN", years=years)

        def is_working_day(self, day):
            return day == date(2025, 10, 1) or self._real.is_working_day(day)

    monkeypatch.setattr(holidays, "country_holidays", lambda _, years: Wrong(years), raising=True)
    seeding = await seed(database)
    assert 2025 not in seeding.loaded
    assert 2026 in seeding.loaded
    (warning,) = seeding.warnings
    assert "2025" in warning
    assert "2025-10-01" in warning


async def test_every_edition_is_kept_and_the_newest_governs(database):
    await seed(database)
    first = await load(database, year_of(2026, rest=[date(2026, 10, 1)]))
    second = await load(database, year_of(2026, rest=[date(2026, 10, 1), date(2026, 10, 2)]))
    same = await load(database, year_of(2026, rest=[date(2026, 10, 2), date(2026, 10, 1)]))
    assert (first.edition, second.edition, same.edition) == (2, 3, 3)
    async with database.read() as conn:
        calendar = await reads.calendar(conn)
        assert await reads.calendar_year(conn, 2026) == second
        assert await reads.calendar_year(conn, 1999) is None
        editions = select(func.count()).where(calendar_years.c.year == 2026)
        assert (await conn.execute(editions)).scalar_one() == 3
    assert calendar.is_working(date(2026, 10, 5))
    assert [year.year for year in calendar.years] == list(range(2021, 2027))


async def test_a_year_that_makes_no_sense_is_refused():
    with pytest.raises(Invalid):
        year_of(2026, rest=[date(2027, 1, 1)])


async def test_loading_a_year_lights_open_items_anew(database, store):
    """A named date of next year: the yellow lamp waits for the year's notice, too."""
    story = Story(
        issued_at=at("2026-10-08 10:00"),
        kind=Kind.DATED,
        due_on=date(2027, 1, 8),
        calendar=WorkingCalendar(),
    )
    await story.record(store)

    async def yellow() -> datetime:
        async with database.read() as conn:
            found: datetime = (await conn.execute(select(items.c.yellow_from))).scalar_one()
        return found.astimezone(ZONE)

    assert await yellow() == at("2027-01-05 00:00")
    rest = [date(2027, 1, day) for day in (5, 6, 7)]
    await load(database, year_of(2027, rest=rest))
    assert await yellow() == at("2026-12-31 00:00")
    await Story(issued_at=at("2026-10-09 10:00"), kind=Kind.DATED, due_on=date(2027, 1, 8)).record(
        store
    )
    async with database.read() as conn:
        assert len(set((await conn.execute(select(items.c.yellow_from))).scalars())) == 1


async def test_no_item_is_recorded_by_a_calendar_that_is_being_replaced(database, store):
    story = Story(kind=Kind.DATED, due_on=date(2027, 1, 8))
    rest = [date(2027, 1, day) for day in (5, 6, 7)]
    async with database.write() as conn:
        await calendars.put_calendar_year(conn, year_of(2027, rest=rest), "office", ZONE)
        recording = asyncio.create_task(story.record(store))
        await asyncio.sleep(0.2)
        assert not recording.done()
    await recording
    async with database.read() as conn:
        found: datetime = (await conn.execute(select(items.c.yellow_from))).scalar_one()
    assert found == at("2026-12-31 00:00")


async def test_items_with_provisional_dates_are_known(database, store):
    await Story(item_id="known", issued_at=at("2026-10-08 10:00")).record(store)
    await Story(item_id="unsure", issued_at=at("2026-12-30 10:00")).record(store)
    async with database.read() as conn:
        assert await reads.provisional_item_ids(conn) == ("unsure",)
