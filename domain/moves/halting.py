"""暂缓、恢复、终止, by whoever ordered the item (T28, T29)."""

from dataclasses import replace
from datetime import date, datetime

from domain import acts
from domain.acts import Command
from domain.audience import deputy_of, unit_of
from domain.clocks import Clock, freeze, thaw
from domain.errors import Forbidden
from domain.items import Changes, Escalation, Item, Role, Status
from domain.moves.doing import (
    Done,
    check_new_date,
    check_verified,
    governing_of,
    moved,
    nothing_pending,
    ordered_by_leader,
    told,
)
from domain.text import instant_text


def suspend_item(item: Item, command: Command, now: datetime) -> Done:
    """T28 暂缓: every running limit keeps the days it has left."""
    body = command.body
    assert isinstance(body, acts.SuspendItem)
    _check_orderer(item, command)
    clocks = tuple(freeze(c, item.calendar, now) for c in item.running_clocks if not c.passed)
    summary = f"暂缓办理：{body.reason}"
    return Done(
        summary=summary,
        changes=Changes(status=Status.SUSPENDED, clocks=clocks),
        notices=told(item, command, summary, unit_of(item), deputy_of(item)),
    )


def resume_item(item: Item, command: Command, now: datetime) -> Done:
    """T29 恢复: the days that were left are given back, or the result gets a new date."""
    body = command.body
    assert isinstance(body, acts.ResumeItem)
    check_new_date(item, body.new_due_on, now)
    if body.new_due_on:
        governing_of(item)
    clocks = tuple(_resumed(item, clock, body.new_due_on, now) for clock in item.running_clocks)
    governing = next((c for c in clocks if c.is_result), None)
    until = f"，期限为{instant_text(governing.due_at, now)}" if governing else ""
    summary = f"恢复办理{until}：{body.reason}"
    return Done(
        summary=summary,
        changes=Changes(
            status=item.suspended_from or Status.IN_PROGRESS,
            clocks=clocks,
            escalation=Escalation.NONE if governing and not governing.passed else None,
        ),
        notices=told(item, command, summary, unit_of(item), deputy_of(item)),
    )


def _resumed(item: Item, clock: Clock, new_due_on: date | None, now: datetime) -> Clock:
    if new_due_on and clock == item.governing:
        return moved(item, clock, new_due_on, "恢复办理", now)
    if clock.passed:
        return replace(clock, told_at=now)
    return thaw(clock, item.calendar, item.policy, now)


def terminate_item(item: Item, command: Command, now: datetime) -> Done:
    """T28 终止, by whoever ordered the item; what was never issued the office withdraws (R8)."""
    body = command.body
    assert isinstance(body, acts.TerminateItem)
    check_verified(command)
    if not item.never_issued:
        _check_orderer(item, command)
    clocks = tuple(c.stop(now) for c in item.running_clocks)
    summary = f"终止办理：{body.reason}"
    readers = (unit_of(item), deputy_of(item)) if item.handed_out else ("office",)
    return Done(
        summary=summary,
        changes=replace(nothing_pending(item), status=Status.TERMINATED, clocks=clocks),
        notices=told(item, command, summary, *readers),
    )


def _check_orderer(item: Item, command: Command) -> None:
    """T28: whoever ordered an item puts it off or ends it."""
    by_office = command.actor.role is Role.OFFICE and command.actor.verified
    if by_office and ordered_by_leader(item):
        raise Forbidden("not_the_orderer")
