"""The slots of a year (五(四), domain.md §3 rule 8), against the 国办 calendar of 2026."""

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import CalendarYear, WorkingCalendar
from domain.clocks import Rule, count_rule
from domain.cycles import NO_WORKING_DAY, Cycle, Slot, slots_of
from domain.parts import period_of, year_of_period
from domain.policy import Policy
from tests.domain.life import CALENDAR, days, on

DAY = timedelta(days=1)


def slots(cycle: Cycle, policy: Policy = Policy(), year: int = 2026) -> tuple[Slot, ...]:
    return slots_of(cycle, year, CALENDAR, policy)


def test_every_week_of_2026() -> None:
    """Fridays, but where the Friday rests: 1-2 (the make-up Sunday), 5-1 (Thursday 4-30), 6-19
    (Thursday), 9-25 (Thursday), 10-2 (Wednesday 9-30); the week of 2-20 rests whole."""
    moved = {
        on(1, 2): on(1, 4),
        on(5, 1): on(4, 30),
        on(6, 19): on(6, 18),
        on(9, 25): on(9, 24),
        on(10, 2): on(9, 30),
    }
    fridays = [on(1, 2) + 7 * n * DAY for n in range(52)]
    expected = [None if friday == on(2, 20) else moved.get(friday, friday) for friday in fridays]
    found = slots(Cycle.WEEK)
    assert [slot.due_on for slot in found] == [*expected, on(12, 31)]
    skipped = [slot for slot in found if slot.counted is None]
    assert [(s.key, s.starts_on, s.skipped) for s in skipped] == [
        ("week-08", on(2, 16), "该周全为休息日，不安排调度")
    ]
    assert len({slot.key for slot in found}) == 53


def test_the_week_whose_friday_is_new_year_s_day_is_the_last_of_the_year_before() -> None:
    last = slots(Cycle.WEEK)[-1]
    assert (last.key, last.name) == ("week-53", "第53周调度报告（12月28日至1月3日）")
    assert (last.starts_on, last.ends_on, last.due_on) == (
        on(12, 28),
        on(1, 3, 2027),
        on(12, 31),
    )
    first, second, *_ = slots(Cycle.WEEK, year=2027)
    assert (first.key, first.due_on, first.skipped) == (
        "week-01",
        None,
        "该周的工作日不在2027年，不安排调度",
    )
    assert (second.key, second.due_on) == ("week-02", on(1, 8, 2027))


def test_a_week_whose_slot_day_rests_at_the_end_of_the_year_may_be_the_first_of_the_next() -> None:
    """Monday 2018-12-31 rested: Friday 1-4 is the last working day of its week."""
    year_2018 = CalendarYear(
        year=2018,
        notice="国办发明电〔2018〕15号",
        rest_days=(on(12, 30, 2018), on(12, 31, 2018)),
        work_days=(on(12, 29, 2018),),
    )
    calendar, policy = WorkingCalendar(years=(year_2018,)), Policy(week_slot_weekday=0)
    of_2018, of_2019 = (slots_of(Cycle.WEEK, year, calendar, policy) for year in (2018, 2019))
    assert (of_2018[-1].key, of_2018[-1].due_on) == ("week-53", None)
    first, second, *_ = of_2019
    assert (first.key, first.name, first.due_on) == (
        "week-00",
        "年初跨年周调度报告（12月31日至1月6日）",
        on(1, 4, 2019),
    )
    assert year_of_period(period_of(first)) == 2019
    assert (second.key, second.due_on) == ("week-01", on(1, 7, 2019))


@st.composite
def calendars(draw: st.DrawFn) -> WorkingCalendar:
    """The days around the turns of the years at rest or worked, as no notice ever had them."""
    years = []
    for year in range(2023, 2034):
        near = (*days(on(1, 1, year), on(1, 7, year)), *days(on(12, 25, year), on(12, 31, year)))
        changed = draw(st.sets(st.sampled_from(near)))
        worked = tuple(day for day in changed if day.weekday() > 4)
        resting = tuple(day for day in changed if day.weekday() < 5)
        years.append(CalendarYear(year=year, notice="通知", rest_days=resting, work_days=worked))
    return WorkingCalendar(years=tuple(years))


@given(
    calendar=st.sampled_from([WorkingCalendar(), CALENDAR]) | calendars(),
    weekday=st.integers(0, 6),
)
def test_every_week_is_one_year_s(calendar: WorkingCalendar, weekday: int) -> None:
    """A task that runs in every year reports each week of 2024 to 2032 once, in the year of the
    report's day; a week of rest is said to be one, once."""
    found: Counter[date] = Counter()
    for year in range(2023, 2034):
        planned = slots_of(Cycle.WEEK, year, calendar, Policy(week_slot_weekday=weekday))
        assert len({slot.key for slot in planned}) == len(planned)
        assert [slot.starts_on for slot in planned] == sorted(slot.starts_on for slot in planned)
        for slot in planned:
            week = days(slot.starts_on, slot.ends_on)
            if slot.due_on:
                assert slot.due_on in week
                assert calendar.is_working(slot.due_on)
                assert slot.due_on.year == year == year_of_period(period_of(slot))
            resting = not any(calendar.is_working(day) for day in week)
            if slot.due_on or (resting and slot.skipped == NO_WORKING_DAY):
                found[slot.starts_on] += 1
    mondays = days(on(1, 1, 2024), on(12, 27, 2032))[::7]
    assert {monday: found[monday] for monday in mondays} == dict.fromkeys(mondays, 1)


def test_a_week_s_slot_is_the_last_working_day_up_to_its_friday_or_of_the_week() -> None:
    for slot in slots(Cycle.WEEK):
        week = [slot.starts_on + n * DAY for n in range(7)]
        worked = [day for day in week if CALENDAR.is_working(day)]
        friday = week[4]
        expected = friday if friday in worked else worked[-1] if worked else None
        assert slot.due_on == expected, slot.name


def test_every_month_of_2026_and_e10() -> None:
    """On the 25th; at rest on the next working day: 1-25 Sunday, 4-25 Saturday, 7-25 Saturday,
    9-25 中秋 (E10: Monday 9-28), 10-25 Sunday."""
    moved = {1: on(1, 26), 4: on(4, 27), 7: on(7, 27), 9: on(9, 28), 10: on(10, 26)}
    expected = [moved.get(month, on(month, 25)) for month in range(1, 13)]
    found = slots(Cycle.MONTH)
    assert [slot.due_on for slot in found] == expected
    assert [slot.key for slot in found][:2] == ["month-01", "month-02"]
    assert found[1].name == "2月调度报告"
    assert (found[1].starts_on, found[1].ends_on) == (on(2, 1), on(2, 28))
    assert not any(slot.counted and slot.counted.provisional for slot in found)


def test_every_quarter_and_the_option_to_roll_back() -> None:
    assert [s.due_on for s in slots(Cycle.QUARTER)] == [
        on(3, 25),
        on(6, 25),
        on(9, 28),
        on(12, 25),
    ]
    back = slots(Cycle.QUARTER, Policy(slot_rolls_forward=False))
    assert back[2].due_on == on(9, 24)
    assert [slot.key for slot in back] == ["quarter-1", "quarter-2", "quarter-3", "quarter-4"]
    assert (back[3].starts_on, back[3].ends_on) == (on(10, 1), on(12, 31))


def test_a_yearly_task_has_its_year_end_report_alone() -> None:
    assert slots(Cycle.YEAR) == ()


def test_e11_the_year_end_rolls_back_and_is_provisional_while_the_year_is_unknown() -> None:
    counted = count_rule(Rule.YEAR_END, on(1, 1, 2028), CALENDAR, Policy())
    assert (counted.due_on, counted.provisional) == (on(12, 29, 2028), True)


@pytest.mark.parametrize("weekday", range(7))
def test_another_weekday(weekday: int) -> None:
    for slot in slots(Cycle.WEEK, Policy(week_slot_weekday=weekday)):
        if slot.due_on:
            assert slot.starts_on <= slot.due_on <= slot.ends_on
            assert CALENDAR.is_working(slot.due_on)


@pytest.mark.parametrize("year", range(2024, 2040))
@pytest.mark.parametrize("cycle", list(Cycle))
def test_no_slot_leaves_its_year(cycle: Cycle, year: int) -> None:
    found = slots_of(cycle, year, WorkingCalendar(), Policy())
    assert all(slot.due_on is None or slot.due_on.year == year for slot in found)
    assert [s.starts_on for s in found] == sorted(s.starts_on for s in found)
