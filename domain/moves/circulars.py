"""通报 and what follows in the item: the limit after it, the report to the leaders, what they ask
for, and how that is carried out (T24–T27, R53)."""

from dataclasses import replace
from datetime import datetime

from domain import acts
from domain.acts import AskLevel, Command
from domain.audience import deputy_of, unit_of
from domain.circulars import GROUND_NAMES
from domain.clocks import WITHDRAWN, Clock, Rule, freeze
from domain.errors import Refused
from domain.items import Changes, Demand, Item, Status
from domain.moves.doing import (
    Done,
    check_new_date,
    check_verified,
    counted,
    started,
    stopped,
    told,
)
from domain.text import day_text

LEADER_NAMES = {AskLevel.DEPUTY: "区政府分管领导", AskLevel.CHIEF: "区政府主要领导"}


def record_circular(item: Item, command: Command, now: datetime) -> Done:
    """T24 列入通报: a limit begins after which the leaders are told (O11). A later circular's takes
    the place of an earlier one's."""
    body = command.body
    assert isinstance(body, acts.RecordCircular)
    check_verified(command)
    if body.number in item.aftermath.circulars:
        raise Refused("circular_recorded")
    check_new_date(item, body.new_due_on, now)
    clock = _after_circular(item, body, now)
    grounds = f"，情形为“{GROUND_NAMES[body.ground]}”" if body.ground else ""
    asked = f"要求：{body.requirement}" if body.requirement else ""
    summary = f"列入《{body.number}》通报{grounds}，请于{day_text(clock.due_on)}前办结。{asked}"
    before = stopped(item, Rule.AFTER_CIRCULAR, now)
    after = replace(item.aftermath, circulars=(*item.aftermath.circulars, body.number))
    return Done(
        summary=summary,
        changes=Changes(clocks=(*before, clock), aftermath=after),
        notices=told(item, command, summary, unit_of(item), deputy_of(item)),
    )


def _after_circular(item: Item, body: acts.RecordCircular, now: datetime) -> Clock:
    rule = Rule.AFTER_CIRCULAR
    if body.new_due_on:
        clock = started(item, rule.value, rule, body.new_due_on, "通报中", now)
    else:
        clock = counted(item, rule.value, rule, item.facts.lead_unit, now)
    suspended = item.status is Status.SUSPENDED
    return freeze(clock, item.calendar, now) if suspended else clock


def lift_circular(item: Item, command: Command, now: datetime) -> Done:
    """The circular was withdrawn: what followed from it alone is owed no more (R52)."""
    body = command.body
    assert isinstance(body, acts.LiftCircular)
    check_verified(command)
    if body.number not in item.aftermath.circulars:
        raise Refused("not_circulated")
    left = tuple(number for number in item.aftermath.circulars if number != body.number)
    summary = f"《{body.number}》通报已撤销：{body.reason}"
    changes = Changes(aftermath=replace(item.aftermath, circulars=left))
    if not left:
        changes = Changes(
            aftermath=replace(item.aftermath, circulars=left, report_owed=False),
            clocks=tuple(_taken_back(item, now)),
        )
    return Done(
        summary=summary,
        changes=changes,
        notices=told(item, command, summary, unit_of(item), deputy_of(item)),
    )


def _taken_back(item: Item, now: datetime) -> list[Clock]:
    """The limits that were never owed."""
    of_circulars = {Rule.AFTER_CIRCULAR, Rule.LEADER_REPORT}
    return [
        replace(clock.stop(clock.stopped_at or now).with_rung(WITHDRAWN), lapsed_at=None)
        for clock in item.clocks
        if clock.rule in of_circulars and not clock.withdrawn
    ]


def report_to_leaders(item: Item, command: Command, now: datetime) -> Done:
    """T26 情况汇报."""
    body = command.body
    assert isinstance(body, acts.ReportToLeaders)
    check_verified(command)
    if not item.aftermath.report_owed:
        raise Refused("no_report_owed")
    leaders = tuple(dict.fromkeys(body.leaders))
    named = "、".join(LEADER_NAMES[one] for one in leaders)
    summary = f"向{named}报告通报后仍未办理的情况：{body.text}"
    readers = {AskLevel.DEPUTY: deputy_of(item), AskLevel.CHIEF: "chief"}
    after = replace(item.aftermath, report_owed=False, reports=item.aftermath.reports + 1)
    return Done(
        summary=summary,
        changes=Changes(clocks=stopped(item, Rule.LEADER_REPORT, now), aftermath=after),
        notices=told(item, command, summary, *(readers[one] for one in leaders)),
    )


def order_handling(item: Item, command: Command, now: datetime) -> Done:
    """T27 处理要求: tracked from now on until it is carried out."""
    body = command.body
    assert isinstance(body, acts.OrderHandling)
    check_verified(command)
    if not item.aftermath.reports:
        raise Refused("not_reported")
    check_new_date(item, body.due_on, now)
    seq, rule = item.seq + 1, Rule.HANDLING
    key = f"{rule.value}@{seq}"
    if body.due_on:
        clock = started(item, key, rule, body.due_on, "处理要求", now)
    else:
        clock = counted(item, key, rule, item.facts.lead_unit, now)
    if item.status is Status.SUSPENDED:
        clock = freeze(clock, item.calendar, now)
    demand = Demand(seq=seq, text=body.text, by_name=command.actor.name, due_on=clock.due_on)
    summary = f"{command.actor.name}要求：{body.text}请于{day_text(clock.due_on)}前落实。"
    after = replace(item.aftermath, demands=(*item.aftermath.demands, demand))
    return Done(
        summary=summary,
        changes=Changes(clocks=(clock,), aftermath=after),
        notices=told(item, command, summary, unit_of(item), "office"),
    )


def report_handling(item: Item, command: Command, now: datetime) -> Done:
    """T27 落实情况: what the leader asked for has been carried out."""
    body = command.body
    assert isinstance(body, acts.ReportHandling)
    check_verified(command)
    demand = _meant(item, body.demand)
    done = tuple(
        replace(one, done=True) if one.seq == demand.seq else one for one in item.aftermath.demands
    )
    clock = item.clock(f"{Rule.HANDLING.value}@{demand.seq}")
    summary = f"处理要求“{demand.text}”已落实：{body.text}"
    return Done(
        summary=summary,
        changes=Changes(
            clocks=(clock.stop(now),) if clock and clock.running else (),
            aftermath=replace(item.aftermath, demands=done),
        ),
        notices=told(item, command, summary, "office", deputy_of(item), "chief"),
    )


def _meant(item: Item, seq: int | None) -> Demand:
    left = item.aftermath.open_demands
    if seq is None and len(left) > 1:
        raise Refused("which_demand")
    for demand in left:
        if seq in {None, demand.seq}:
            return demand
    raise Refused("no_demand_open")


def check_demands(item: Item) -> None:
    """T27: what the leaders asked for is tracked until it is done; before that it is not struck
    off. Raises ``Refused('demands_open')``."""
    if item.aftermath.open_demands:
        raise Refused("demands_open")
