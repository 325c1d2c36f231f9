"""What an item does by itself, and when: the rungs of its ladders, its slots, its new unit."""

from collections.abc import Callable
from datetime import datetime

from domain.items import Event, Item
from domain.ladder import Alarm, due_rungs, next_rung_alarm, ring_next
from domain.moves.yearly import taken_over
from domain.year import next_opening, open_next, takes_over_at


def next_alarm(item: Item) -> Alarm | None:
    """The earliest of what is to come, or ``None`` when nothing is owed."""
    alarms = [alarm for alarm in (next_rung_alarm(item), _opening(item), _new_unit(item)) if alarm]
    return min(alarms, key=lambda alarm: alarm.at, default=None)


def happen_next(item: Item, now: datetime) -> Event | None:
    """The event of the first thing due by ``now``; ``None`` when nothing is."""
    rungs = due_rungs(item, now)
    due: list[tuple[datetime, Callable[[Item, datetime], Event | None]]] = []
    if (at := takes_over_at(item)) and at <= now:
        due.append((at, taken_over))
    if (part := next_opening(item)) and part.opens_at and part.opens_at <= now:
        due.append((part.opens_at, open_next))
    if rungs:
        due.append((rungs[0].at, ring_next))
    if not due:
        return None
    return min(due, key=lambda one: one[0])[1](item, now)


def _opening(item: Item) -> Alarm | None:
    part = next_opening(item)
    if part is None or part.opens_at is None:
        return None
    return Alarm(at=part.opens_at, summary=f"{part.name}开启")


def _new_unit(item: Item) -> Alarm | None:
    at = takes_over_at(item)
    return Alarm(at=at, summary="改由其他单位承办") if at else None
