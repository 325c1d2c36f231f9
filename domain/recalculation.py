"""Counting again: a calendar loaded, or an item moved to another edition of the rules.

Running, unlapsed clocks whose date was counted move; both dates and the reason stay (design §3.6,
domain.md §3.11). A lapse is a fact and is not counted again, nor is a date somebody named.
"""

from dataclasses import replace
from datetime import datetime

from domain.calendar import CalendarYear, WorkingCalendar
from domain.clocks import Clock, count_again, move
from domain.errors import Refused
from domain.items import Actor, Changes, Event, Item, Notice
from domain.lifecycle import evolve, local, ring
from domain.policy import Policy
from domain.text import instant_text


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
        actor=actor,
        now=now,
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
        actor=actor,
        now=now,
    )


def _check_open(item: Item) -> None:
    if item.ended:
        raise Refused(item.status.value)


def _recalculated(
    item: Item,
    *,
    act: str,
    title: str,
    because: str,
    changes: Changes,
    actor: Actor,
    now: datetime,
) -> list[Event]:
    now = local(item, now)
    calendar = changes.calendar or item.calendar
    policy = changes.policy or item.policy
    clocks = [
        again
        for clock in item.running_clocks
        if (again := _again(clock, calendar, policy, because, now)) != clock
    ]
    moved = [c for c in clocks if c.due_version != _before(item, c).due_version]
    told = "；".join(
        f"{c.name}期限由{instant_text(_before(item, c).due_at)}改为{instant_text(c.due_at)}"
        for c in moved
    )
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
        changes=replace(changes, clocks=tuple(clocks)),
        notices=_notices(item, moved, act, title, summary),
    )
    return [event, *ring(evolve(item, event), now)]


def _again(
    clock: Clock, calendar: WorkingCalendar, policy: Policy, because: str, now: datetime
) -> Clock:
    if clock.count_from is None or clock.lapsed or clock.remaining is not None:
        return clock
    counted = count_again(calendar, clock)
    if counted.due_on != clock.due_on:
        return move(clock, counted, because=because, now=now, policy=policy)
    return replace(clock, derivation=counted.derivation, provisional=counted.provisional)


def _before(item: Item, clock: Clock) -> Clock:
    before = item.clock(clock.key)
    assert before is not None
    return before


def _notices(
    item: Item, moved: list[Clock], act: str, title: str, summary: str
) -> tuple[Notice, ...]:
    if not moved:
        return ()
    lead = item.facts.lead_unit
    notice = Notice(
        clock="",
        rung=f"{act}@{item.seq + 1}",
        due_version=0,
        audience=(f"unit:{lead}", f"deputy:{lead}", "office"),
        title=title,
        text=f"“{item.facts.title}”：{summary}",
    )
    return (notice,)
