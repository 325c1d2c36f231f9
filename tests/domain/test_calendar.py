"""Laws of the calendar, for any days of rest whatever."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendar import FIXED_HOLIDAYS, CalendarYear, WorkingCalendar
from domain.clocks import count_calendar, count_working
from domain.errors import Invalid
from tests.domain.life import CALENDAR, YEAR_2026, YEAR_2027, days, on

few = settings(max_examples=40, deadline=None)
DATES = st.dates(min_value=date(2025, 6, 1), max_value=date(2028, 6, 1))


@st.composite
def calendars(draw: st.DrawFn) -> WorkingCalendar:
    years = []
    for year in draw(st.sets(st.sampled_from([2025, 2026, 2027, 2028]))):
        whole = st.dates(min_value=date(year, 1, 1), max_value=date(year, 12, 31))
        rest = draw(st.sets(whole, max_size=30))
        weekends = whole.filter(lambda d: d.weekday() >= 5)
        work = draw(st.sets(weekends, max_size=8)) - rest
        years.append(
            CalendarYear(
                year=year, notice="试", rest_days=tuple(sorted(rest)), work_days=tuple(sorted(work))
            )
        )
    return WorkingCalendar(years=tuple(years))


@few
@given(calendars(), DATES, st.integers(1, 40))
def test_forth_and_back(calendar: WorkingCalendar, start: date, n: int) -> None:
    there = calendar.add_working(start, n)
    assert calendar.is_working(there)
    assert calendar.working_days_between(start, there) == n
    assert calendar.back_working(there, n) <= start
    if calendar.is_working(start):
        assert calendar.back_working(there, n) == start


@few
@given(calendars(), DATES, st.integers(1, 20), st.integers(1, 20))
def test_counting_in_two_goes(calendar: WorkingCalendar, start: date, a: int, b: int) -> None:
    assert calendar.add_working(calendar.add_working(start, a), b) == calendar.add_working(
        start, a + b
    )


@few
@given(calendars(), DATES, DATES)
def test_later_is_never_due_earlier(calendar: WorkingCalendar, one: date, other: date) -> None:
    first, second = sorted((one, other))
    assert calendar.add_working(first, 5) <= calendar.add_working(second, 5)
    assert calendar.on_or_before(second) <= second <= calendar.on_or_after(second)
    between = calendar.working_days_between(first, second)
    assert 0 <= between <= (second - first).days
    assert calendar.working_days_between(second, first) == 0


@few
@given(calendars(), DATES, st.integers(1, 40))
def test_a_derivation_tells_every_day_once(calendar: WorkingCalendar, start: date, n: int) -> None:
    counted = count_working(calendar, start, n)
    told = [line.date for line in counted.derivation]
    assert told == list(days(start, counted.due_on))
    assert [x.counted for x in counted.derivation if x.counted is not None] == list(range(n + 1))
    for line in counted.derivation[1:]:
        assert (line.counted is not None) == calendar.is_working(line.date)
    assert counted.due_on == calendar.add_working(start, n)
    unknown = {d.year for d in told[1:]} - {y.year for y in calendar.years}
    assert counted.provisional is bool(unknown)


@few
@given(calendars(), DATES, st.integers(1, 40))
def test_a_rolled_day_is_the_first_that_works(
    calendar: WorkingCalendar, start: date, n: int
) -> None:
    plain = count_calendar(calendar, start, n, roll=False)
    rolled = count_calendar(calendar, start, n, roll=True)
    assert plain.due_on == start + timedelta(days=n)
    assert rolled.due_on == calendar.on_or_after(plain.due_on)
    assert [line.date for line in rolled.derivation] == list(days(start, rolled.due_on))


@pytest.mark.parametrize(
    "wrong",
    [
        {"rest_days": (date(2027, 1, 1),)},
        {"work_days": (date(2025, 12, 28),)},
        {"rest_days": (on(1, 4),), "work_days": (on(1, 4),)},
        {"work_days": (on(11, 2),)},
        {"notice": " "},
    ],
    ids=str,
)
def test_what_is_no_calendar(wrong: dict[str, Any]) -> None:
    made: dict[str, Any] = {"year": 2026, "notice": "试", "rest_days": (), "work_days": ()}
    with pytest.raises(Invalid, match="bad_calendar"):
        CalendarYear(**{**made, **wrong})


def test_a_year_without_a_notice_knows_the_fixed_holidays() -> None:
    """Rule 11."""
    empty = WorkingCalendar()
    rest = [d for d in days(on(1, 1, 2027), on(12, 31, 2027)) if not empty.is_working(d)]
    weekdays = {(d.month, d.day) for d in rest if d.weekday() < 5}
    assert weekdays == {(1, 1), (10, 1)}
    assert set(FIXED_HOLIDAYS) == {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}
    assert all(empty.day(d).provisional and "暂定" in empty.day(d).reason for d in rest)


def test_the_year_2026_has_as_many_working_days_as_its_notice_says() -> None:
    worked = sum(CALENDAR.is_working(d) for d in days(on(1, 1), on(12, 31)))
    assert worked == 248


def test_years_are_loaded_replaced_and_cut() -> None:
    both = CALENDAR.with_year(YEAR_2027)
    assert both.years == (YEAR_2026, YEAR_2027)
    assert both.with_year(YEAR_2026) == both
    assert both.slice(2027, 2029).years == (YEAR_2027,)
