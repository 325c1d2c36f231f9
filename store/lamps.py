"""From when an item's lamp is red, and from when yellow: two instants kept with its row, so that
the lamp itself can be read, and filtered by, at any later moment (design §3.7)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Protocol
from zoneinfo import ZoneInfo

from domain.calendar import WorkingCalendar
from domain.clocks import RESULT_RULES, Rule
from domain.items import HandedIn, Status, is_spared
from domain.policy import Policy
from domain.records import Snapshot
from store.rows import Lamp
from store.tables import GREY

__all__ = [
    "YELLOW_WORKING_DAYS",
    "Lamps",
    "Limit",
    "is_spared",
    "lamp_of",
    "lamps",
    "overdue_from",
    "yellow_of",
]

YELLOW_WORKING_DAYS = Policy().yellow_working_days
STEP_RULES = frozenset({Rule.DIRECTIVE_PLAN, Rule.MILESTONE})
"""A limit of theirs missed makes the item yellow: something is owed, the item is not yet late."""


class Limit(Protocol):
    """What the lamps depend on in a clock (:class:`domain.clocks.Clock` is one)."""

    @property
    def rule(self) -> Rule:
        """Which limit it is."""
        ...

    @property
    def due_on(self) -> date:
        """Its day."""
        ...

    @property
    def lapses_at(self) -> datetime:
        """The first instant after it."""
        ...

    @property
    def stopped_at(self) -> datetime | None:
        """When it was met or withdrawn."""
        ...

    @property
    def lapsed_at(self) -> datetime | None:
        """When it was missed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Lamps:
    """``None``: never, as things are. ``red_from`` is when the item is overdue."""

    red_from: datetime | None
    yellow_from: datetime | None


def lamps(
    limits: Iterable[Limit],
    status: Status,
    handed_in: HandedIn,
    calendar: WorkingCalendar,
    zone: ZoneInfo,
    yellow_days: int = YELLOW_WORKING_DAYS,
) -> Lamps:
    """The two instants of an item with these limits; ``yellow_days`` is its edition's."""
    running = [limit for limit in limits if limit.stopped_at is None]
    results = [limit for limit in running if limit.rule in RESULT_RULES]
    # What is spared is not missed: handed in early enough, its present limit never lapsed.
    red = [] if is_spared(status, handed_in) else [overdue_from(limit) for limit in results]
    return Lamps(
        red_from=min(red, default=None), yellow_from=yellow_of(running, calendar, zone, yellow_days)
    )


def yellow_of(
    running: Iterable[Limit], calendar: WorkingCalendar, zone: ZoneInfo, yellow_days: int
) -> datetime | None:
    """From when these running limits make an item yellow."""
    near, missed = [], []
    for limit in running:
        if limit.rule in RESULT_RULES:
            near.append(near_from(limit.due_on, calendar, zone, yellow_days))
        elif limit.rule in STEP_RULES:
            missed.append(overdue_from(limit))
    return min([*near, *missed], default=None)


def lamp_of(
    snapshot: Snapshot, calendar: WorkingCalendar, zone: ZoneInfo, now: datetime
) -> tuple[Lamp, bool]:
    """The lamp of a whole snapshot that has no row yet, and whether it is overdue;
    :mod:`store.filters` says the same of rows in SQL."""
    if snapshot.status.value in GREY:
        return Lamp.GREY, False
    days = snapshot.yellow_working_days
    lit = lamps(snapshot.clocks, snapshot.status, snapshot.handed_in, calendar, zone, days)
    at = max(now, snapshot.as_of)
    overdue = lit.red_from is not None and lit.red_from <= at
    if overdue or snapshot.behind_since:
        return Lamp.RED, overdue
    if snapshot.step_missed_since or (lit.yellow_from is not None and lit.yellow_from <= at):
        return Lamp.YELLOW, False
    return Lamp.GREEN, False


def near_from(
    due_on: date, calendar: WorkingCalendar, zone: ZoneInfo, yellow_days: int
) -> datetime:
    """The beginning of the day from which a limit is near."""
    day = calendar.back_working(due_on, yellow_days)
    return datetime.combine(day, time(0), zone)


def overdue_from(limit: Limit) -> datetime:
    """From when a running clock is overdue. One that lapsed and was moved is so again only when
    its new limit passes; that it lapsed stays on it for ever."""
    return max(limit.lapses_at, limit.lapsed_at or limit.lapses_at)
