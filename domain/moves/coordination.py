"""协调、决策: the obstacle ladder, and what a leader orders with his answer (T15–T17)."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain import acts
from domain.acts import Command
from domain.audience import deputy_of, unit, unit_of
from domain.clocks import Rule
from domain.errors import Forbidden, Invalid, Refused
from domain.items import Changes, Escalation, Item, Level, NewUnit
from domain.moves.doing import ANSWERED, Done, check_result_date, handed_over, moved, started, told
from domain.text import day_text


def request_coordination(item: Item, command: Command, now: datetime) -> Done:
    """T15, T16 提请协调、提请决策. No clock stops for it (O22)."""
    body = command.body
    assert isinstance(body, acts.RequestCoordination)
    before = item.coordination
    if before.level is not Level.NONE:
        raise Refused("coordination_pending")
    asked = Level(body.level.value)
    major = body.major or (asked is Level.CHIEF and before.major)
    unresolved = before.answered_level is Level.DEPUTY and before.outcome == "unresolved"
    if asked is Level.CHIEF and not (unresolved and major):
        raise Refused("deputy_first")
    to_chief = asked is Level.CHIEF
    summary = f"提请区政府{'主要领导决策' if to_chief else '分管领导协调'}：{body.problem}"
    return Done(
        summary=summary,
        changes=Changes(coordination=replace(before, level=asked, major=major)),
        notices=told(item, command, summary, "chief" if to_chief else deputy_of(item), "office"),
    )


def answer_coordination(item: Item, command: Command, now: datetime) -> Done:
    """T16, T17 答复: an opinion, and where ordered another date, unit or content."""
    body = command.body
    assert isinstance(body, acts.AnswerCoordination)
    level = item.coordination.level
    if level is Level.NONE:
        raise Refused("no_coordination_pending")
    if command.actor.verified and command.actor.role.value != level.value:
        raise Forbidden("not_addressed")
    if body.outcome is acts.CoordinationOutcome.TRANSFERRED and not body.new_lead_unit:
        raise Invalid("new_unit_required")
    if body.new_lead_unit == item.facts.lead_unit:
        raise Invalid("same_unit")
    check_result_date(item, body.new_due_on, now)
    if body.new_lead_unit and not command.actor.verified:
        raise Refused("needs_verified_actor")  # nobody has looked it up in the directory
    ordered = _ordered(item, command, body, now)
    answered = replace(
        item.coordination, level=Level.NONE, answered_level=level, outcome=body.outcome.value
    )
    outcome = {"resolved": "已解决", "unresolved": "未解决", "transferred": "转办"}[body.outcome]
    who = "主要领导" if level is Level.CHIEF else "分管领导"
    summary = f"区政府{who}答复（{outcome}）：{body.opinion}{ordered.summary}"
    readers = {unit_of(item), ordered.audience or unit_of(item)}
    return Done(
        summary=summary,
        changes=replace(ordered.changes, coordination=answered),
        notices=told(item, command, summary, *sorted(readers), "office"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ordered:
    """What a leader's answer orders beside the opinion."""

    changes: Changes
    summary: str = ""
    audience: str | None = None


def _ordered(
    item: Item, command: Command, body: acts.AnswerCoordination, now: datetime
) -> _Ordered:
    summary, facts, audience = "", item.facts, None
    changes = _new_limit(item, body, now)
    if body.new_due_on:
        summary += f" 期限改为{day_text(body.new_due_on)}（原期限保留）。"
    if body.new_content:
        facts = replace(facts, content=body.new_content)
        summary += " 办理内容有调整。"
    if facts != item.facts:
        changes = replace(changes, facts=facts)
    if body.new_lead_unit:
        name = command.unit_name or body.new_lead_unit
        audience = unit(body.new_lead_unit)
        summary += f" 改由{name}承办。"
        new = NewUnit(
            on=now.date(), unit=body.new_lead_unit, name=name, responsible=command.responsible
        )
        changes = handed_over(item, changes, new, now)
    return _Ordered(changes=changes, summary=summary, audience=audience)


def _new_limit(item: Item, body: acts.AnswerCoordination, now: datetime) -> Changes:
    """The date a leader orders. A result that is signed already has no limit to move; handed to
    another unit, the work begins again and needs one."""
    because = ANSWERED[item.coordination.level]
    if item.governing:
        if body.new_due_on is None:
            return Changes()
        clock = moved(item, item.governing, body.new_due_on, because, now)
    elif body.new_lead_unit:
        if body.new_due_on is None:
            raise Invalid("new_due_required")
        to, on = body.new_lead_unit, body.new_due_on
        clock = started(item, "result", Rule.NAMED_DATE, on, because, now, to)
    elif body.new_due_on:
        raise Refused("no_running_deadline")
    else:
        return Changes()
    return Changes(clocks=(clock,), escalation=Escalation.NONE)
