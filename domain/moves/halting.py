"""暂缓、恢复、终止, by whoever ordered the item (T28, T29)."""

from dataclasses import replace
from datetime import date, datetime

from domain import acts
from domain.acts import Command
from domain.audience import deputy_of, unit_of
from domain.clocks import Clock, freeze, thaw
from domain.errors import Forbidden, Refused
from domain.items import Changes, Escalation, Item, Role, Status
from domain.moves.doing import (
    Done,
    check_result_date,
    check_verified,
    check_year,
    governing_of,
    moved,
    nothing_pending,
    ordered_by_leader,
    told,
)
from domain.nodes import ended_with
from domain.parts import PartState
from domain.text import instant_text
from domain.year import missed_while_suspended, skipped


def suspend_item(item: Item, command: Command, now: datetime) -> Done:
    """T28 暂缓: every running limit keeps the days it has left."""
    body = command.body
    assert isinstance(body, acts.SuspendItem)
    check_orderer(item, command)
    summary = f"暂缓办理：{body.reason}"
    return Done(
        summary=summary,
        changes=suspended(item, now),
        notices=told(item, command, summary, unit_of(item), deputy_of(item)),
    )


def suspended(item: Item, now: datetime) -> Changes:
    """What a suspension changes."""
    clocks = tuple(freeze(c, item.calendar, now) for c in item.running_clocks if not c.passed)
    return Changes(status=Status.SUSPENDED, clocks=clocks)


def resume_item(item: Item, command: Command, now: datetime) -> Done:
    """T29 恢复: the days that were left are given back, or the result gets a new date. Of the slots
    whose day passed meanwhile no report is owed. Raises ``Refused('suspended_with_parent')``."""
    body = command.body
    assert isinstance(body, acts.ResumeItem)
    if item.with_parent or item.parent_suspended:
        raise Refused("suspended_with_parent")
    check_result_date(item, body.new_due_on, now)
    if body.new_due_on:
        governing_of(item)
    changes = resumed(item, body.new_due_on, now)
    governing = next((c for c in changes.clocks if c.is_result), None)
    check_year(item, governing.due_on if governing else None, now)
    until = f"，期限为{instant_text(governing.due_at, now)}" if governing else ""
    missed = f"（暂缓期间的{len(changes.parts)}期不要求报告）" if changes.parts else ""
    summary = f"恢复办理{until}{missed}：{body.reason}"
    return Done(
        summary=summary,
        changes=changes,
        notices=told(item, command, summary, unit_of(item), deputy_of(item)),
    )


def resumed(item: Item, new_due_on: date | None, now: datetime) -> Changes:
    """What a resumption changes."""
    clocks = tuple(_resumed(item, clock, new_due_on, now) for clock in item.running_clocks)
    governing = next((c for c in clocks if c.is_result), None)
    return Changes(
        status=item.suspended_from or Status.IN_PROGRESS,
        clocks=clocks,
        escalation=Escalation.NONE if governing and not governing.passed else None,
        parts=missed_while_suspended(item, now),
        with_parent=False if item.with_parent else None,
    )


def _resumed(item: Item, clock: Clock, new_due_on: date | None, now: datetime) -> Clock:
    if new_due_on and clock == item.governing:
        return moved(item, clock, new_due_on, "恢复办理", now)
    if clock.passed:
        return replace(clock, told_at=now)
    return thaw(clock, item.calendar, item.policy, now)


def terminate_item(item: Item, command: Command, now: datetime) -> Done:
    """T28 终止, by whoever ordered the item, its parts with it; what was never issued the office
    withdraws (R8)."""
    body = command.body
    assert isinstance(body, acts.TerminateItem)
    check_verified(command)
    if not item.never_issued:
        check_orderer(item, command)
    summary = f"终止办理：{body.reason}"
    readers = (unit_of(item), deputy_of(item)) if item.handed_out else ("office",)
    return Done(
        summary=summary,
        changes=terminated(item, now),
        notices=told(item, command, summary, *readers),
    )


def terminated(item: Item, now: datetime) -> Changes:
    """What a termination changes."""
    clocks = ended_with(item, now)
    ended = (
        replace(p, state=PartState.TERMINATED) for p in item.parts if p.state is PartState.OPEN
    )
    parts = (*ended, *skipped(item.parts, "任务已终止，不再要求"))
    return replace(nothing_pending(item), status=Status.TERMINATED, clocks=clocks, parts=parts)


def check_orderer(item: Item, command: Command) -> None:
    """T28: whoever ordered an item puts it off or ends it."""
    by_office = command.actor.role is Role.OFFICE and command.actor.verified
    if by_office and ordered_by_leader(item):
        raise Forbidden("not_the_orderer")
