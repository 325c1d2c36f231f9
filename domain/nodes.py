"""时间节点 (五(二), R41): each node judged by itself; the last one's day is the item's."""

from dataclasses import replace
from datetime import datetime

from domain.calendar import WorkingCalendar
from domain.clocks import Clock, Rule, named, start_clock
from domain.errors import Invalid
from domain.items import Facts, Milestone
from domain.policy import Policy
from domain.targets import check_names
from domain.text import is_blank

MOST_NODES = 50
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


def in_step(facts: Facts, clocks: tuple[Clock, ...]) -> Facts:
    """``facts`` whose last node has the day of the item's own limit, wherever an extension or a
    leader moved that."""
    if not facts.milestones:
        return facts
    *others, last = in_order(facts.milestones)
    limit = next(
        (c for c in reversed(clocks) if c.rule is Rule.NAMED_DATE and c.name == last.name), None
    )
    if limit is None or limit.due_on == last.due_on:
        return facts
    return replace(facts, milestones=(*others, replace(last, due_on=limit.due_on)))


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
