"""退件: a unit says that an item is not its own, and the office decides (T7, O19)."""

from dataclasses import replace
from datetime import datetime

from domain import acts
from domain.acts import Command
from domain.audience import deputy_of, unit, unit_of
from domain.clocks import Clock, Rule, count_working, due_instant
from domain.errors import Refused
from domain.items import Approval, Changes, Item, SentBack, Status
from domain.moves.doing import Done, check_verified, nothing_pending, told


def return_assignment(item: Item, command: Command, now: datetime) -> Done:
    """T7 退件, within a working day of its 下达 [D]. Its limit goes on running."""
    body = command.body
    assert isinstance(body, acts.ReturnAssignment)
    if item.sent_back.pending:
        raise Refused("return_pending")
    if now >= _latest(item, now):
        raise Refused("too_late_to_return")
    summary = f"承办单位认为不属本单位职责，申请退件：{body.reason}"
    return Done(
        summary=summary,
        changes=Changes(sent_back=SentBack(pending=True, reason=body.reason)),
        notices=told(item, command, summary, "office"),
    )


def _latest(item: Item, now: datetime) -> datetime:
    """The first instant at which it is too late: counted as the unit's own receipt is, which
    begins anew where it is handed to another."""
    receipt = next(clock for clock in reversed(item.clocks) if clock.rule is Rule.RECEIPT)
    start = receipt.count_from or receipt.started_at.date()
    last = count_working(item.calendar, start, item.policy.return_working_days).due_on
    return due_instant(last, item.policy, now)[1]


def decide_return(item: Item, command: Command, now: datetime) -> Done:
    """T7: accepted, the item is a draft again, nobody's, and a 误办 more (R49); the limits of its
    result and of its nodes stay (O19, R41). Refused, it stays where it is."""
    body = command.body
    assert isinstance(body, acts.DecideReturn)
    check_verified(command)
    if not item.sent_back.pending:
        raise Refused("no_return_pending")
    if any(u.act == "return_assignment" for u in item.unverified):
        raise Refused("unverified_act", "退件申请尚未核实，须先核实或撤销，方可处理。")
    if not body.accepted:
        summary = f"不同意退件，请签收办理：{body.comment}"
        changes = Changes(sent_back=SentBack())
        notices = told(item, command, summary, unit_of(item))
        return Done(summary=summary, changes=changes, notices=notices)
    if item.unverified:
        raise Refused("unverified_act", "该事项有尚未核实的操作，须先核实或撤销，方可同意退件。")
    summary = f"同意退件，事项退回拟办：{body.comment}"
    readers = (unit_of(item), *(unit(code) for code in item.facts.co_units), deputy_of(item))
    return Done(
        summary=summary,
        changes=replace(
            nothing_pending(item),
            status=Status.DRAFT,
            handed_out=False,
            misassigned=item.misassigned + 1,
            approval=Approval(),
            clocks=tuple(c.stop(now) for c in item.running_clocks if not _stays(c)),
        ),
        notices=told(item, command, summary, *readers),
    )


def _stays(clock: Clock) -> bool:
    """O19: what is the item's own, whoever has it."""
    return clock.is_result or clock.rule is Rule.MILESTONE
