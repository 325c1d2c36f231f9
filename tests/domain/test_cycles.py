"""The slots of a year (五(四), domain.md §3 rule 8), against the 国办 calendar of 2026."""

from datetime import timedelta

import pytest

from domain.calendar import WorkingCalendar
from domain.clocks import Rule, count_rule
from domain.cycles import Cycle, Slot, slots_of
from domain.policy import Policy
from tests.domain.life import CALENDAR, on

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
    assert [slot.due_on for slot in found] == expected
    skipped = [slot for slot in found if slot.counted is None]
    assert [(s.key, s.starts_on, s.skipped) for s in skipped] == [
        ("week-08", on(2, 16), "该周全为休息日，不安排调度")
    ]
    assert len({slot.key for slot in found}) == 52


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
