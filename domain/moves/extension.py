"""延期: asked for, advised on, decided (T13, T14, O7)."""

from dataclasses import replace
from datetime import datetime

from domain import acts
from domain.acts import Command
from domain.audience import deputy_of, unit_of
from domain.errors import Forbidden, Invalid, Refused
from domain.items import Changes, Escalation, Extension, Item, Kind, Level, Role
from domain.moves.doing import (
    ANSWERED,
    EXTENDED,
    Done,
    check_result_date,
    governing_of,
    moved,
    ordered_by_leader,
    told,
)
from domain.text import day_text, instant_text


def request_extension(item: Item, command: Command, now: datetime) -> Done:
    """T13 申请延期: before the limit, once [D], to a later date."""
    body = command.body
    assert isinstance(body, acts.RequestExtension)
    if not item.policy.extension_enabled:
        raise Refused("extension_disabled")
    clock = governing_of(item)
    if now >= clock.lapses_at:
        raise Refused("too_late_for_extension")
    if item.extension.pending:
        raise Refused("extension_pending")
    if item.extension.made >= item.policy.extensions_most:
        raise Refused("extension_limit_reached")
    if body.new_due_on <= clock.due_on:
        raise Invalid("not_later_than_due")
    check_result_date(item, body.new_due_on, now)
    pending = Extension(pending=True, new_due_on=body.new_due_on, made=item.extension.made + 1)
    summary = f"承办单位申请延期至{day_text(body.new_due_on)}：{body.reason}"
    readers = ("office", deputy_of(item), *(("chief",) if chief_decides(item) else ()))
    return Done(
        summary=summary,
        changes=Changes(extension=pending),
        notices=told(item, command, summary, *readers),
    )


def advise_extension(item: Item, command: Command, now: datetime) -> Done:
    """分管领导意见 on a pending extension."""
    body = command.body
    assert isinstance(body, acts.AdviseExtension)
    if not item.extension.pending:
        raise Refused("no_extension_pending")
    if item.extension.supported is not None:
        raise Refused("opinion_already_given")
    summary = f"分管领导{'同意' if body.supports else '不同意'}延期：{body.comment}"
    return Done(
        summary=summary,
        changes=Changes(extension=replace(item.extension, supported=body.supports)),
        notices=told(item, command, summary, "office", *_chief_if_deciding(item)),
    )


def _chief_if_deciding(item: Item) -> tuple[str, ...]:
    return ("chief",) if chief_decides(item) else ()


def chief_decides(item: Item) -> bool:
    """O7: whoever fixed the limit decides on it: the chief for a directive, for a date that came
    with a leader's order, and for one of his own answers; else the office."""
    clock = item.last_result_clock
    if clock and clock.moved_because == ANSWERED[Level.CHIEF]:
        return True
    return ordered_by_leader(item) and item.facts.kind is not Kind.ORDINARY


def decide_extension(item: Item, command: Command, now: datetime) -> Done:
    """T14 批复. Approved after the limit, the days already late stay late."""
    body = command.body
    assert isinstance(body, acts.DecideExtension)
    extension = item.extension
    if not extension.pending:
        raise Refused("no_extension_pending")
    if command.actor.role is Role.OFFICE:
        _check_office_may_decide(item, command)
    settled = replace(extension, pending=False)
    if not body.approved:
        summary = f"不同意延期：{body.comment}"
        changes = Changes(extension=settled)
        return Done(
            summary=summary, changes=changes, notices=told(item, command, summary, unit_of(item))
        )
    assert extension.new_due_on is not None
    before = governing_of(item)
    check_result_date(item, extension.new_due_on, now)
    if extension.new_due_on <= before.due_on:
        raise Refused("extension_overtaken")
    clock = moved(item, before, extension.new_due_on, EXTENDED, now)
    summary = (
        f"同意延期：{before.name}期限由{instant_text(before.due_at, now)}"
        f"改为{instant_text(clock.due_at, now)}（原期限保留）。"
    )
    return Done(
        summary=summary,
        changes=Changes(extension=settled, clocks=(clock,), escalation=Escalation.NONE),
        notices=told(item, command, summary, unit_of(item), "office"),
    )


def _check_office_may_decide(item: Item, command: Command) -> None:
    """The office decides where it fixed the limit, and hears the deputy leader first (O7)."""
    if not chief_decides(item):
        if item.extension.supported is None:
            raise Refused("opinion_required")
        if any(u.after.extension == item.extension for u in item.unverified):
            raise Refused("unverified_act", "分管领导的意见尚未核实，须先核实或撤销，方可批复。")
    elif command.actor.verified:
        raise Forbidden("not_the_approver")
