"""时间节点 (五(二), R41): each node judged by itself; the last one's day is the item's."""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from domain.calendar import WorkingCalendar
from domain.clocks import UNREPORTED, WITHDRAWN, Clock, Rule, named, start_clock
from domain.errors import Invalid
from domain.items import Changes, Facts, Item, Milestone, merge_clocks
from domain.policy import Policy
from domain.targets import check_names
from domain.text import is_blank

MOST_NODES = 50
NODE_RULES = {Rule.MILESTONE, Rule.NAMED_DATE}
BECAUSE = "确定的时间节点，含当日"


def check_nodes(nodes: tuple[Milestone, ...]) -> None:
    """Raises :class:`Invalid` for nodes without a name, named twice, or too many."""
    if len(nodes) > MOST_NODES:
        raise Invalid("too_many_milestones")
    names = [node.name for node in nodes]
    if any(is_blank(name) for name in names):
        raise Invalid("blank_text", "milestones.name：文字内容不能为空，请填写。")
    check_names("milestones.name", names)
    if len(set(names)) < len(names):
        raise Invalid("same_milestone")


def in_order(nodes: tuple[Milestone, ...]) -> tuple[Milestone, ...]:
    """By their days; those of one day as they were given."""
    return tuple(sorted(nodes, key=lambda node: node.due_on))


def nodes_of_another(nodes: tuple[Milestone, ...], former: str, unit: str) -> tuple[Milestone, ...]:
    """Those of the unit that led before are the new one's (O19)."""
    return tuple(replace(node, unit=unit) if node.unit == former else node for node in nodes)


def node_clocks(
    facts: Facts, issued_at: datetime, calendar: WorkingCalendar, policy: Policy
) -> list[Clock]:
    """The limit of the last node, which is the item's own and the lead unit's, then those of the
    others in order."""
    *others, last = in_order(facts.milestones)
    result = start_node(last, "result", Rule.NAMED_DATE, issued_at, calendar, policy)
    return [
        replace(result, unit=facts.lead_unit),
        *(
            start_node(node, f"node-{n}", Rule.MILESTONE, issued_at, calendar, policy)
            for n, node in enumerate(others, start=1)
        ),
    ]


def with_node_days(item: Item, changes: Changes) -> Changes:
    """``changes`` with the days of the nodes as their limits have them after it: an extension, a
    leader's date, a new round or a resumption moves the limit, and with it the node. Late work sent
    back has a limit of its own, which is no node's."""
    facts = changes.facts or item.facts
    if not facts.milestones or not changes.clocks:
        return changes
    running = [clock for clock in merge_clocks(item.clocks, changes.clocks) if clock.running]
    days = {clock.name: clock.due_on for clock in running if clock.rule is Rule.MILESTONE}
    result = (clock.due_on for clock in running if clock.rule is Rule.NAMED_DATE)
    *others, last = facts.milestones
    nodes = (
        *(replace(node, due_on=days.get(node.name, node.due_on)) for node in others),
        replace(last, due_on=next(result, last.due_on)),
    )
    if nodes == facts.milestones:
        return changes
    return replace(changes, facts=replace(facts, milestones=nodes))


class NodeState(StrEnum):
    """Where a node stands. What ended with its item, and nobody reported, is not met."""

    OPEN = "open"
    MET = "met"
    UNREPORTED = "unreported"


NODE_STATE_NAMES = {
    NodeState.OPEN: "未完成",
    NodeState.MET: "已完成",
    NodeState.UNREPORTED: "未报送",
}


def state_of(clock: Clock | None) -> NodeState:
    """Where the node with that limit stands; one of a draft has no limit yet."""
    if clock is None or clock.running:
        return NodeState.OPEN
    return NodeState.UNREPORTED if clock.unreported else NodeState.MET


def ended_with(item: Item, now: datetime) -> tuple[Clock, ...]:
    """The running clocks as they stop when the item ends; a node is not reached by that (R41)."""
    names = {node.name for node in item.facts.milestones}
    return tuple(
        clock.stop(now).with_rung(UNREPORTED)
        if clock.rule in NODE_RULES and clock.name in names
        else clock.stop(now)
        for clock in item.running_clocks
    )


def running_nodes(item: Item) -> tuple[Clock, ...]:
    """The limits of the nodes that nobody has reported yet, the last left aside: it is the
    result."""
    running = {c.name: c for c in item.running_clocks if c.rule is Rule.MILESTONE}
    return tuple(running[n.name] for n in item.facts.milestones if n.name in running)


def unreached(item: Item) -> tuple[str, ...]:
    """The nodes of :func:`running_nodes`, by name."""
    return tuple(clock.name for clock in running_nodes(item))


def handed_on(running: tuple[Clock, ...], facts: Facts, issued_at: datetime) -> tuple[Clock, ...]:
    """The nodes of an item that is issued again: they run on, for whoever answers for them now
    (R41, O19). One that the item has no more is withdrawn."""
    units = {node.name: node.unit for node in facts.milestones}
    return tuple(
        replace(clock, unit=units[clock.name])
        if clock.name in units
        else clock.stop(issued_at).with_rung(WITHDRAWN)
        for clock in running
        if clock.rule is Rule.MILESTONE
    )


def start_node(
    node: Milestone,
    key: str,
    rule: Rule,
    now: datetime,
    calendar: WorkingCalendar,
    policy: Policy,
) -> Clock:
    """The clock of a node that begins now."""
    return start_clock(
        key=key,
        rule=rule,
        name=node.name,
        unit=node.unit,
        started_at=now,
        counted=named(calendar, node.due_on, BECAUSE),
        policy=policy,
    )
