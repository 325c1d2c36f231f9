"""From when an item's lamp is red, and from when yellow: two instants kept with its row, so that
the lamp itself can be read, and filtered by, at any later moment (design §3.7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from domain.calendar import WorkingCalendar
from domain.clocks import Clock, Rule
from domain.items import HandedIn, Status
from domain.policy import Policy

YELLOW_WORKING_DAYS = Policy().yellow_working_days
STEP_RULES = frozenset(
    {
        Rule.DIRECTIVE_PLAN,
        Rule.SLOT_WEEK,
        Rule.SLOT_MONTH,
        Rule.SLOT_QUARTER,
        Rule.SLOT_YEAR,
        Rule.YEAR_END,
    }
)
"""A limit of theirs missed makes the item yellow: something is owed, the item is not yet late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lamps:
    """``None``: never, as things are."""

    red_from: datetime | None
    yellow_from: datetime | None


def lamps(
    clocks: Sequence[Clock],
    status: Status,
    handed_in: HandedIn,
    calendar: WorkingCalendar,
    zone: ZoneInfo,
) -> Lamps:
    """The two instants of an item with these clocks."""
    running = [clock for clock in clocks if clock.running]
    results = [clock for clock in running if clock.is_result]
    spared = is_spared(status, handed_in)
    red = [_lapse(clock) for clock in results if clock.lapsed or not spared]
    yellow = [yellow_from(clock.due_on, calendar, zone) for clock in results]
    yellow += [_lapse(clock) for clock in running if clock.rule in STEP_RULES]
    return Lamps(red_from=min(red, default=None), yellow_from=min(yellow, default=None))


def is_spared(status: Status, handed_in: HandedIn) -> bool:
    """A leader's delay is not the unit's (O6): handed in early enough, it waits for 阅签."""
    return status is Status.AWAITING_SIGN_OFF and handed_in.in_time


def yellow_from(due_on: date, calendar: WorkingCalendar, zone: ZoneInfo) -> datetime:
    """The beginning of the day from which a limit is near."""
    day = calendar.back_working(due_on, YELLOW_WORKING_DAYS)
    return datetime.combine(day, time(0), zone)


def _lapse(clock: Clock) -> datetime:
    return clock.lapsed_at or clock.lapses_at
