"""A year task goes on whatever the record says of one of its slots."""

from datetime import timedelta

from domain.calendar import ONE_DAY, CalendarYear, WorkingCalendar
from domain.cycles import Cycle
from domain.items import Kind
from domain.parts import PartState
from tests.workflows.house import UNIT, House, ordinary, ten_in_the_morning

THURSDAY = 3


async def test_a_slot_that_the_record_s_calendar_leaves_no_report_is_skipped(house: House) -> None:
    now = ten_in_the_morning()
    thursday = now - timedelta(days=(now.weekday() - THURSDAY) % 7)
    friday = thursday.date() + ONE_DAY
    week = tuple(thursday.date() + ONE_DAY * n for n in range(-THURSDAY, 4))
    house.calendar = WorkingCalendar(
        years=tuple(
            CalendarYear(year=year, notice="更正", rest_days=days, work_days=())
            for year in sorted({day.year for day in week})
            if (days := tuple(day for day in week if day.year == year))
        )
    )
    facts = ordinary(kind=Kind.YEAR_ROUND, cycle=Cycle.WEEK, year=friday.year)
    life = await house.begin(house.issue_of(facts, now=thursday))
    await life.on_record()
    slot = next(p for p in house.store.rows[life.id].parts if p.period and p.due_on == friday)
    await life.heard_of(slot.key, PartState.SKIPPED)

    await life.act(UNIT, "receive")
    acts = [entry.act for entry in life.timeline()]
    assert acts.index("open_slot") < acts.index("skip_part")
    assert slot.item_id not in house.store.rows
