"""Counting again: a calendar loaded, or an item moved to another edition of the rules.

Running clocks whose date was counted, and is not missed yet, move; both dates and the reason stay
(design §3.6, domain.md §3.11). A lapse is a fact and is not counted again, nor is a date somebody
named. No date moves into the past: nobody is made late by what was loaded too late.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from domain.audience import deputy_of, unit_of
from domain.calendar import CalendarYear
from domain.clocks import (
    Clock,
    Counted,
    DayLine,
    count_again,
    count_rule,
    due_instant,
    first_open_day,
    recount,
)
from domain.errors import Refused
from domain.items import UNISSUED, Actor, Changes, Event, Item, Notice, merge_clocks
from domain.ladder import due_rungs
from domain.lifecycle import evolve, evolve_all, local, ring
from domain.parts import Part
from domain.policy import Policy
from domain.text import instant_text
from domain.year import recounted


def apply_calendar(item: Item, year: CalendarYear, actor: Actor, now: datetime) -> list[Event]:
    """The events of loading one year's calendar into an open item.

    Raises ``Refused('calendar_not_applicable')`` when the item already counts on it, and
    ``Refused`` with the status when it has ended.
    """
    _check_open(item)
    if year in item.calendar.years:
        raise Refused("calendar_not_applicable")
    calendar = item.calendar.with_year(year)
    return _recalculated(
        item,
        act="apply_calendar",
        title="录入工作日历",
        because=f"{year.year}年放假安排（{year.notice}）",
        changes=Changes(calendar=calendar),
        count=lambda clock: count_again(calendar, clock, item.policy),
        actor=actor,
        now=now,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A date that would move; ``after`` is ``None`` for a slot that would fall away."""

    name: str
    before: date | None
    after: date | None


def foreseen(item: Item, year: CalendarYear, actor: Actor, now: datetime) -> tuple[Move, ...]:
    """Which dates of an open item would move if ``year`` were loaded now; nothing is done."""
    try:
        events = apply_calendar(item, year, actor, now)
    except Refused:
        return ()
    changes = next(event.changes for event in events if event.act == "apply_calendar")
    clocks = [
        (clock.name, before.due_on, clock.due_on)
        for clock in changes.clocks
        if (before := item.clock(clock.key))
    ]
    slots = [
        (part.name, was.due_on, part.due_on)
        for part in changes.parts
        if (was := item.part(part.key)) and not item.clock(part.key)
    ]
    return tuple(
        Move(name=name, before=before, after=after)
        for name, before, after in [*clocks, *slots]
        if before != after
    )


def change_edition(
    item: Item, policy: Policy, reason: str, actor: Actor, now: datetime
) -> list[Event]:
    """The events of moving an open item to another edition of the rules (design §3.19)."""
    _check_open(item)
    if policy == item.policy:
        raise Refused("same_edition")
    return _recalculated(
        item,
        act="change_edition",
        title="改用规则版次",
        because=f"改用{policy.edition}版规则：{reason}",
        changes=Changes(policy=policy),
        count=lambda clock: _by_edition(item, clock, policy),
        actor=actor,
        now=now,
    )


def _by_edition(item: Item, clock: Clock, policy: Policy) -> Counted:
    """By the rule anew where the rule gave the date; days given back after a suspension stay as
    many as they were."""
    assert clock.count_from is not None
    urgency, start = item.facts.urgency, clock.count_from
    before = count_rule(clock.rule, start, item.calendar, item.policy.for_urgency(urgency))
    if (before.count, before.day_kind) != (clock.count, clock.day_kind):
        return count_again(item.calendar, clock, item.policy)
    return count_rule(clock.rule, start, item.calendar, policy.for_urgency(urgency))


def _check_open(item: Item) -> None:
    """What is not issued counts on what is in force when it is."""
    if item.ended or item.status in UNISSUED:
        raise Refused(item.status.value)


def _recalculated(
    item: Item,
    *,
    act: str,
    title: str,
    because: str,
    changes: Changes,
    count: Callable[[Clock], Counted],
    actor: Actor,
    now: datetime,
) -> list[Event]:
    now = local(item, now)
    rung = ring(item, now)
    item = evolve_all(item, rung)
    policy = changes.policy or item.policy
    parts = recounted(item, changes.calendar or item.calendar, policy, now)
    clocks = [
        _counted_again(clock, count(clock), policy, because, now) if clock.counts else clock
        for clock in item.running_clocks
    ]
    if changes.policy:
        clocks = _without_past_reminders(item, clocks, policy, now)
    clocks = [clock for clock in clocks if clock != _before(item, clock)]
    moved = [c for c in clocks if c.due_version != _before(item, c).due_version]
    told = "；".join(
        f"{c.name}期限由{instant_text(_before(item, c).due_at, now)}"
        f"改为{instant_text(c.due_at, now)}"
        for c in moved
    )
    told = "；".join(part for part in (told, _slots_text(item, parts)) if part)
    summary = f"{because}：{told or '各项期限不变'}。"
    event = Event(
        seq=item.seq + 1,
        act=act,
        title=title,
        at=now,
        summary=summary,
        actor=actor,
        body={"because": because},
        status=item.status,
        changes=replace(changes, clocks=tuple(clocks), parts=parts),
        notices=_notices(item, moved, act, title, summary),
    )
    return [*rung, event, *ring(evolve(item, event), now)]


def _slots_text(item: Item, parts: tuple[Part, ...]) -> str:
    """Which slots move, or fall away. A date that only became firm is not worth a word."""
    said = []
    for part in parts:
        before = item.part(part.key)
        if before and before.due_on != part.due_on:
            said.append(f"{part.name}{_date(before.due_on)}改为{_date(part.due_on)}")
    return "；".join(said)


def _date(on: date | None) -> str:
    return f"{on.month}月{on.day}日" if on else "不安排"


def _counted_again(
    clock: Clock, counted: Counted, policy: Policy, because: str, now: datetime
) -> Clock:
    """``clock`` with its new date, or with today where that has passed already."""
    _, lapses_at = due_instant(counted.due_on, policy, now)
    if lapses_at <= now:
        today = first_open_day(policy, now)
        line = DayLine(date=today, counted=None, reason="重新计算的日期已过，以此日为限")
        derivation = (*counted.derivation, line)
        counted = replace(counted, due_on=today, derivation=derivation, count_from=None, count=None)
    return recount(clock, counted, because=because, now=now, policy=policy)


def _without_past_reminders(
    item: Item, clocks: list[Clock], policy: Policy, now: datetime
) -> list[Clock]:
    """Reminders that only the new edition would have sent before now are not owed."""
    after = replace(item, policy=policy, clocks=merge_clocks(item.clocks, tuple(clocks)))
    past = [rung for rung in due_rungs(after, now) if rung.is_reminder]
    return [
        clock.with_rung(*(rung.name for rung in past if rung.clock.key == clock.key))
        for clock in clocks
    ]


def _before(item: Item, clock: Clock) -> Clock:
    before = item.clock(clock.key)
    assert before is not None
    return before


def _notices(
    item: Item, moved: list[Clock], act: str, title: str, summary: str
) -> tuple[Notice, ...]:
    if not moved:
        return ()
    notice = Notice(
        clock="",
        rung=f"{act}@{item.seq + 1}",
        due_version=0,
        audience=(unit_of(item), deputy_of(item), "office"),
        title=title,
        text=f"“{item.facts.title}”：{summary}",
    )
    return (notice,)
