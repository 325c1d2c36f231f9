"""审核: strike off, accept as interim, or send back (T22, T23, T23b)."""

from dataclasses import replace
from datetime import datetime

from domain import acts
from domain.acts import Command
from domain.audience import deputy_of, unit_of
from domain.clocks import Clock, Rule
from domain.errors import Invalid, Refused
from domain.items import Changes, Escalation, HandedIn, Item, Kind, Status
from domain.moves.circulars import check_demands
from domain.moves.doing import (
    Done,
    check_parts,
    check_result_date,
    check_year,
    counted,
    nothing_pending,
    started,
    told,
)
from domain.moves.signing import check_not_own
from domain.nodes import ended_with, unreached
from domain.text import day_text


def review(item: Item, command: Command, now: datetime) -> Done:
    """T22, T23, T23b 审核: strike off, accept as interim with a new date, or send back."""
    body = command.body
    assert isinstance(body, acts.Review)
    check_not_own(item.handed_in, command)
    _check_signature(item)
    check_result_date(item, body.new_due_on, now)
    if not body.accepted:
        return _send_back(item, command, body, now)
    if item.handed_in.interim:
        return _accept_interim(item, command, body, now)
    if body.new_due_on:
        raise Invalid("new_due_not_applicable")
    if item.crossed and item.governing:
        return _accept_year_end(item, command, item.governing)
    return _strike_off(item, command, now)


def _check_signature(item: Item) -> None:
    """An unverified 阅签 is none yet: nothing is decided on it that could not be taken back."""
    for act in item.unverified:
        if act.act == "sign_off" and act.moved_status and act.at == item.holder_since:
            raise Refused("unverified_act", "该事项的阅签尚未核实，须先核实或撤销，方可审核。")


def _strike_off(item: Item, command: Command, now: datetime) -> Done:
    if not command.actor.verified:
        raise Refused("needs_verified_actor")
    if item.unverified:
        raise Refused("unverified_act")
    if item.approval.owed:
        raise Refused("ratification_owed")  # R13: after the closing nobody could give it any more
    check_parts(item)
    check_demands(item)
    clocks = ended_with(item, now)
    summary = "审核通过，办结销号（逾期办结）。" if item.lapsed else "审核通过，按期办结销号。"
    summary += _unreported_text(item)
    readers = (unit_of(item), deputy_of(item), *_chief_of(item))
    return Done(
        summary=summary,
        changes=replace(nothing_pending(item), status=Status.CLOSED, clocks=clocks),
        notices=told(item, command, summary, *readers),
    )


def _unreported_text(item: Item) -> str:
    """R41: the result covers the nodes that nobody reported; which, is said."""
    left = unreached(item)
    return f"未单独报送的时间节点：{'、'.join(left)}。" if left else ""


def _accept_year_end(item: Item, command: Command, clock: Clock) -> Done:
    """O18: the year-end report is accepted, and the work goes on to its date in the next year."""
    summary = f"年底前的报告审核通过；任务跨年办理，办结期限为{day_text(clock.due_on)}。"
    changes = Changes(status=Status.IN_PROGRESS, handed_in=HandedIn(), escalation=Escalation.NONE)
    return Done(
        summary=summary,
        changes=changes,
        notices=told(item, command, summary, unit_of(item), deputy_of(item)),
    )


def _chief_of(item: Item) -> tuple[str, ...]:
    return ("chief",) if item.facts.kind is Kind.DIRECTIVE else ()


def _accept_interim(item: Item, command: Command, body: acts.Review, now: datetime) -> Done:
    if body.new_due_on is None:
        raise Invalid("new_due_required")
    clock = started(item, "result", Rule.NAMED_DATE, body.new_due_on, "接受阶段性意见时", now)
    summary = f"作为阶段性意见接受，办结期限定为{day_text(body.new_due_on)}。"
    return Done(
        summary=summary,
        changes=Changes(
            status=Status.IN_PROGRESS,
            handed_in=HandedIn(),
            clocks=(clock,),
            escalation=Escalation.NONE,
        ),
        notices=told(item, command, summary, unit_of(item)),
    )


def _send_back(item: Item, command: Command, body: acts.Review, now: datetime) -> Done:
    if body.new_due_on:
        clock = started(item, "rework", Rule.REWORK, body.new_due_on, "退回补办时", now)
    else:
        clock = counted(item, "rework", Rule.REWORK, item.facts.lead_unit, now)
        check_year(item, clock.due_on, now)
    summary = f"退回补办：{body.comment} 请于{day_text(clock.due_on)}前重新报送。"
    return Done(
        summary=summary,
        changes=Changes(
            status=Status.IN_PROGRESS,
            handed_in=HandedIn(),
            clocks=(clock,),
            escalation=Escalation.NONE,
            returns=item.returns + 1,
        ),
        notices=told(item, command, summary, unit_of(item), deputy_of(item)),
    )
