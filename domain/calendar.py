"""Working-day arithmetic over an explicit calendar value (domain.md §3; 办法 五)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from domain.errors import Invalid
from domain.text import day_text

ONE_DAY = timedelta(days=1)
SATURDAY = 5
YEARS_AHEAD = 2  # of its year an item carries so many more: no limit lies farther (design §3.6)

# Holidays whose dates are known before the State Council's notice of a year (rule 11).
FIXED_HOLIDAYS = {
    (1, 1): "元旦",
    (5, 1): "劳动节",
    (5, 2): "劳动节",
    (10, 1): "国庆节",
    (10, 2): "国庆节",
    (10, 3): "国庆节",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarYear:
    """One year's rest days and make-up working days, as its ``notice`` announced them.

    Raises ``Invalid('bad_calendar')`` for dates of another year or a day in both lists.
    """

    year: int
    notice: str
    rest_days: tuple[date, ...]
    work_days: tuple[date, ...]
    edition: int = 1

    def __post_init__(self) -> None:
        for name, days in (("rest_days", self.rest_days), ("work_days", self.work_days)):
            if strangers := [day for day in days if day.year != self.year]:
                told = f"{day_text(strangers[0])}不属于 {self.year} 年（{name}）。"
                raise Invalid("bad_calendar", told)
        both = sorted(set(self.rest_days) & set(self.work_days))
        if both:
            raise Invalid("bad_calendar", f"{day_text(both[0])}既放假又上班（work_days），请核对。")
        weekdays = sorted(day for day in self.work_days if day.weekday() < SATURDAY)
        if weekdays:
            told = f"{day_text(weekdays[0])}本来就是工作日，不是调休上班的日子（work_days）。"
            raise Invalid("bad_calendar", told)
        if not self.notice.strip():
            raise Invalid("bad_calendar", "须写明放假通知的文号（notice）。")


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What a calendar says of one date."""

    on: date
    working: bool
    reason: str
    provisional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingCalendar:
    """The loaded years. A date of any other year is answered by weekends and the fixed
    holidays alone, and marked provisional (暂定)."""

    years: tuple[CalendarYear, ...] = ()

    def day(self, on: date) -> Day:
        """What kind of day ``on`` is, and why."""
        for year in self.years:
            if year.year == on.year:
                working, reason = _announced(year, on)
                return Day(on=on, working=working, reason=reason, provisional=False)
        working, reason = _unannounced(on)
        return Day(on=on, working=working, reason=f"{reason}（暂定）", provisional=True)

    def is_working(self, on: date) -> bool:
        """Whether ``on`` is a 工作日."""
        return self.day(on).working

    def working_days_after(self, start: date) -> Iterator[date]:
        """The working days after ``start``, in order, without end."""
        for day in days_after(start):
            if self.is_working(day):
                yield day

    def add_working(self, start: date, days: int) -> date:
        """The ``days``-th working day after ``start`` (``days`` ≥ 1)."""
        following = self.working_days_after(start)
        return [next(following) for _ in range(days)][-1]

    def back_working(self, start: date, days: int) -> date:
        """The ``days``-th working day before ``start`` (``days`` ≥ 0; 0 is ``start`` itself)."""
        day = start
        while days:
            day -= ONE_DAY
            days -= self.is_working(day)
        return day

    def on_or_after(self, on: date) -> date:
        """``on``, or the first working day after it."""
        return on if self.is_working(on) else self.add_working(on, 1)

    def on_or_before(self, on: date) -> date:
        """``on``, or the last working day before it."""
        return on if self.is_working(on) else self.back_working(on, 1)

    def working_days_between(self, start: date, end: date) -> int:
        """How many working days lie after ``start`` up to and including ``end`` (0 if none)."""
        return sum(self.is_working(start + ONE_DAY * n) for n in range(1, (end - start).days + 1))

    def with_year(self, year: CalendarYear) -> "WorkingCalendar":
        """This calendar with one year loaded or replaced."""
        others = [known for known in self.years if known.year != year.year]
        return WorkingCalendar(years=tuple(sorted([*others, year], key=lambda y: y.year)))

    def slice(self, first: int, last: int) -> "WorkingCalendar":
        """Only the years from ``first`` to ``last``: what one item needs to carry."""
        return WorkingCalendar(years=tuple(y for y in self.years if first <= y.year <= last))


def days_after(start: date) -> Iterator[date]:
    """Every date after ``start``, in order, without end."""
    day = start
    while True:
        day += ONE_DAY
        yield day


def _announced(year: CalendarYear, on: date) -> tuple[bool, str]:
    if on in year.work_days:
        return True, "调休上班"
    if on in year.rest_days:
        return False, "节假日休息"
    return _weekly(on)


def _unannounced(on: date) -> tuple[bool, str]:
    holiday = FIXED_HOLIDAYS.get((on.month, on.day))
    return (False, f"{holiday}休息") if holiday else _weekly(on)


def _weekly(on: date) -> tuple[bool, str]:
    return (False, "周末休息") if on.weekday() >= SATURDAY else (True, "工作日")
