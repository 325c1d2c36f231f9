"""The slots of a year-round task: one report a period, the whole year (办法 五(四), R45).

Pure date work; :mod:`domain.year` says what an item does with it.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from domain.calendar import ONE_DAY, WorkingCalendar
from domain.clocks import Counted, Rule, count_rule
from domain.errors import Invalid
from domain.policy import Policy

WEEK = timedelta(days=7)
NO_WORKING_DAY = "该周全为休息日，不安排调度"
FIRST_WEEKS = frozenset({"week-00", "week-01"})
LAST_WEEK = 54  # after the last of 53 slot days


class Cycle(StrEnum):
    """调度周期: 以周、月、季、年为周期."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


CYCLE_NAMES = {
    Cycle.WEEK: "每周",
    Cycle.MONTH: "每月",
    Cycle.QUARTER: "每季度",
    Cycle.YEAR: "每年",
}
CYCLE_OF = {
    Rule.SLOT_WEEK: Cycle.WEEK,
    Rule.SLOT_MONTH: Cycle.MONTH,
    Rule.SLOT_QUARTER: Cycle.QUARTER,
}
"""By which cycle a slot of a rule was planned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One period's report: ``due_on`` with the lines it was arrived at by, or why none is owed.

    ``starts_on`` and ``ends_on`` bound the period that is reported on; ``key`` names it within a
    year.
    """

    key: str
    name: str
    rule: Rule
    starts_on: date
    ends_on: date
    counted: Counted | None
    skipped: str = ""

    @property
    def due_on(self) -> date | None:
        """The day of the report; ``None`` where the slot is skipped."""
        return self.counted.due_on if self.counted else None


def slots_of(
    cycle: Cycle, year: int, calendar: WorkingCalendar, policy: Policy
) -> tuple[Slot, ...]:
    """The slots of a whole year, in order.

    A yearly task has none beside its year-end report: one fact is reported once (R59). A week
    belongs to the year of its report's day; one without a working day is skipped, with the reason.
    """
    match cycle:
        case Cycle.WEEK:
            return _weeks(year, calendar, policy)
        case Cycle.MONTH:
            return tuple(_months(year, month, 1, calendar, policy) for month in range(1, 13))
        case Cycle.QUARTER:
            return tuple(_months(year, month, 3, calendar, policy) for month in (1, 4, 7, 10))
        case Cycle.YEAR:
            return ()


def outside(year: int) -> str:
    """Why a week at the turn of the year has no report."""
    return f"该周的工作日不在{year}年，不安排调度"


def _weeks(year: int, calendar: WorkingCalendar, policy: Policy) -> tuple[Slot, ...]:
    """Numbered by their slot days in the year, whose keys stay as they are; the weeks before the
    first and after the last of them are the year's where their report falls into it."""
    first = date(year, 1, 1)
    slot_day = first + ONE_DAY * ((policy.week_slot_weekday - first.weekday()) % 7) - WEEK
    found: list[Slot] = []
    for number in range(LAST_WEEK + 1):
        week = _week(number, year, slot_day, calendar, policy)
        if week.counted or slot_day.year == year:
            found.append(week)
        slot_day += WEEK
    return tuple(found)


def _week(
    number: int, year: int, slot_day: date, calendar: WorkingCalendar, policy: Policy
) -> Slot:
    monday = slot_day - ONE_DAY * slot_day.weekday()
    sunday = monday + ONE_DAY * 6
    counted, skipped = None, ""
    try:
        counted = count_rule(Rule.SLOT_WEEK, slot_day, calendar, policy)
    except Invalid:
        skipped = NO_WORKING_DAY
    if counted and counted.due_on.year != year:
        counted, skipped = None, outside(year)
    named = f"第{number}周" if number else "年初跨年周"
    return Slot(
        key=f"week-{number:02d}",
        name=f"{named}调度报告（{_day(monday)}至{_day(sunday)}）",
        rule=Rule.SLOT_WEEK,
        starts_on=monday,
        ends_on=sunday,
        counted=counted,
        skipped=skipped,
    )


def _months(year: int, month: int, months: int, calendar: WorkingCalendar, policy: Policy) -> Slot:
    starts_on, last = date(year, month, 1), month + months - 1
    following = date(year + last // 12, last % 12 + 1, 1)
    quarterly = months > 1
    rule = Rule.SLOT_QUARTER if quarterly else Rule.SLOT_MONTH
    number = (month - 1) // months + 1
    return Slot(
        key=f"quarter-{number}" if quarterly else f"month-{number:02d}",
        name=f"第{number}季度调度报告" if quarterly else f"{number}月调度报告",
        rule=rule,
        starts_on=starts_on,
        ends_on=following - ONE_DAY,
        counted=count_rule(rule, starts_on, calendar, policy),
    )


def _day(on: date) -> str:
    return f"{on.month}月{on.day}日"
