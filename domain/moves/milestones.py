"""Nodes reached, added and moved (五(二), R41)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from domain import acts
from domain.acts import Command
from domain.audience import deputy_of, unit, unit_of
from domain.clocks import UNREPORTED, WITHDRAWN, Clock, Rule
from domain.errors import Invalid, Refused
from domain.items import Changes, Escalation, Facts, Item, Milestone
from domain.moves.doing import Done, check_new_date, governing_of, moved, told
from domain.moves.halting import check_orderer
from domain.nodes import check_nodes, start_node
from domain.text import day_text

BECAUSE = "调整时间节点"


def reach_milestone(item: Item, command: Command, name: str, now: datetime) -> Done:
    """A node has been reached: its limit is met at the hand-in, judged by itself. The last node is
    the result, which takes 阅签 and review."""
    clock = _not_met(_node(item, name))
    late = "逾期" if clock.lapsed else "按期"
    summary = f"时间节点“{name}”{late}完成。"
    return Done(
        summary=summary,
        changes=Changes(clocks=(clock.stop(now),)),
        notices=told(item, command, summary, "office"),
    )


def set_milestones(item: Item, command: Command, now: datetime) -> Done:
    """Nodes added, or moved to another day, by whoever orders the item; the item's own limit is
    that of the last, and moves with it."""
    body = command.body
    assert isinstance(body, acts.SetMilestones)
    if not command.actor.verified:
        raise Refused("needs_verified_actor")  # nobody has looked its units up in the directory
    check_orderer(item, command)
    if not body.milestones:
        raise Invalid("milestones_required")
    facts = ordered(item.facts, body.milestones)
    changes = nodes_moved(item, facts, body.milestones, now)
    said = "；".join(f"“{order.name}”{day_text(order.due_on)}" for order in body.milestones)
    summary = f"调整时间节点：{said}。{body.reason}"
    readers = dict.fromkeys(unit(node.unit) for node in facts.milestones)
    return Done(
        summary=summary,
        changes=changes,
        notices=told(item, command, summary, unit_of(item), deputy_of(item), *readers),
    )


def nodes_moved(
    item: Item, facts: Facts, orders: tuple[acts.MilestoneOrder, ...], now: datetime
) -> Changes:
    """What the ``orders`` that gave ``facts`` change: with the limit of the last node moved, the
    ladder begins at its foot."""
    for order in orders:
        check_new_date(item, order.due_on, now)
    result = governing_of(item)
    clocks = _clocks(item, facts.milestones, result, now)
    moved_on = any(c.key == result.key and c.due_version > result.due_version for c in clocks)
    return Changes(facts=facts, clocks=clocks, escalation=Escalation.NONE if moved_on else None)


def open_again(item: Item, on: date, because: str, now: datetime) -> tuple[Clock, ...]:
    """T30: the nodes that ended with the item, and nobody reported, are open again; where the day
    of one came while the item was closed, it has the day of the new round."""
    return tuple(
        _open_again(item, clock, on, because, now) for clock in item.clocks if clock.unreported
    )


def _open_again(item: Item, clock: Clock, on: date, because: str, now: datetime) -> Clock:
    rungs = tuple(rung for rung in clock.rungs if rung != UNREPORTED)
    clock = replace(clock, stopped_at=None, rungs=rungs, set_at=now)
    if clock.passed or now < clock.lapses_at:
        return clock
    return moved(item, clock, on, because, now)


def _node(item: Item, name: str) -> Clock:
    """The clock of a node. The last has none of its own; one that was the last for a while has one
    that was withdrawn."""
    if name not in {node.name for node in item.facts.milestones}:
        raise Invalid("no_such_milestone")
    own = (c for c in item.clocks if c.rule is Rule.MILESTONE and not c.withdrawn)
    clock = next((clock for clock in own if clock.name == name), None)
    if clock is None:
        raise Refused("last_milestone")
    return clock


def _not_met(clock: Clock) -> Clock:
    """``clock``. Raises ``Refused`` where its node was reached: it is not owed again."""
    if not clock.running:
        raise Refused("milestone_met")
    return clock


def ordered(facts: Facts, orders: tuple[acts.MilestoneOrder, ...]) -> Facts:
    """``facts`` with nodes added or moved as ordered; their units join the item."""
    lead, nodes = facts.lead_unit, {node.name: node for node in facts.milestones}
    for order in orders:
        known = nodes.get(order.name)
        nodes[order.name] = Milestone(
            name=order.name,
            due_on=order.due_on,
            unit=order.unit or (known.unit if known else lead),
            output=order.output or (known.output if known else ""),
        )
    check_nodes(tuple(nodes.values()))
    named = {order.name for order in orders}
    joined = (node.unit for node in nodes.values() if node.unit != lead)
    return replace(
        facts,
        milestones=_in_order(nodes.values(), facts.milestones[-1], named),
        co_units=tuple(dict.fromkeys((*facts.co_units, *joined))),
    )


def _in_order(
    nodes: Iterable[Milestone], last: Milestone, named: set[str]
) -> tuple[Milestone, ...]:
    """By their days; only an order takes the place of the ``last``, whose day a leader may have set
    before that of another."""

    def place(node: Milestone) -> tuple[date, bool]:
        day = node.due_on if node.name in named else min(node.due_on, last.due_on)
        return day, node.name == last.name

    return tuple(sorted(nodes, key=place))


def _clocks(
    item: Item, nodes: tuple[Milestone, ...], result: Clock, now: datetime
) -> tuple[Clock, ...]:
    """The item's own clock where the last node is another or moved, and those of the others."""
    *others, last = nodes
    before = item.facts.milestones[-1]
    known = {clock.name: clock for clock in item.clocks if clock.rule is Rule.MILESTONE}
    found: list[Clock] = []
    if (last.name, last.due_on) != (before.name, before.due_on):
        if last.due_on != result.due_on:
            result = moved(item, result, last.due_on, BECAUSE, now)
        found.append(replace(result, name=last.name))
    own = known.get(last.name)
    if own and not own.withdrawn:
        found.append(_not_met(own).stop(now).with_rung(WITHDRAWN))
    begun = sum(clock.key.startswith("node-") for clock in item.clocks)
    for node in others:
        clock = known.get(node.name)
        if clock is None or clock.withdrawn:
            begun += 1
            key = f"node-{begun}"
            found.append(start_node(node, key, Rule.MILESTONE, now, item.calendar, item.policy))
        elif clock.due_on != node.due_on:
            clock = moved(item, _not_met(clock), node.due_on, BECAUSE, now)
            found.append(replace(clock, unit=node.unit))
        elif clock.running and clock.unit != node.unit:
            found.append(replace(clock, unit=node.unit))
    return tuple(found)
