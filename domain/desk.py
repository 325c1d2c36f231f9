"""What waits for whom: the lists that somebody's first page opens with (domain.md R46, §6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from domain.items import Actor, Role, Status


class Waiting(StrEnum):
    """What an item waits for that its status does not say."""

    RATIFICATION = "ratification"
    RETURN = "return"
    OPINION = "opinion"
    DECISION = "decision"
    COORDINATION = "coordination"
    CHIEF = "chief"
    REPORT = "report"
    VERIFICATION = "verification"
    ESCALATED = "escalated"


WAITING_NAMES = {
    Waiting.RATIFICATION: "待补批",
    Waiting.RETURN: "退件待处理",
    Waiting.OPINION: "延期待提意见",
    Waiting.DECISION: "延期待批复",
    Waiting.COORDINATION: "提请分管领导协调",
    Waiting.CHIEF: "提请主要领导决策",
    Waiting.REPORT: "应向区领导报告",
    Waiting.VERIFICATION: "待核实",
    Waiting.ESCALATED: "逾期已报到主要领导",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One list of a desk. ``filters`` are those of the list of items; ``leading``: only what the
    reader's own units lead, for they act and the others look on."""

    key: str
    title: str
    roles: tuple[Role, ...]
    filters: Mapping[str, str] = field(default_factory=dict)
    leading: bool = False


_OFFICE, _CHIEF = (Role.OFFICE,), (Role.CHIEF,)
_DEPUTY, _UNIT = (Role.DEPUTY,), (Role.UNIT,)
GROUPS: tuple[Group, ...] = (
    Group(
        key="sign_off",
        title="待我阅签",
        roles=_DEPUTY,
        filters={"status": Status.AWAITING_SIGN_OFF},
        leading=True,
    ),
    Group(
        key="coordination",
        title="提请协调",
        roles=_DEPUTY,
        filters={"waiting": Waiting.COORDINATION},
        leading=True,
    ),
    Group(key="chief", title="提请决策", roles=_CHIEF, filters={"waiting": Waiting.CHIEF}),
    Group(
        key="opinion",
        title="延期申请待提意见",
        roles=_DEPUTY,
        filters={"waiting": Waiting.OPINION},
        leading=True,
    ),
    Group(
        key="approval",
        title="待批准下达",
        roles=(*_OFFICE, *_DEPUTY, *_CHIEF),
        filters={"status": Status.AWAITING_APPROVAL},
    ),
    Group(
        key="ratification",
        title="特急先行下达，待补批",
        roles=(*_OFFICE, *_DEPUTY, *_CHIEF),
        filters={"waiting": Waiting.RATIFICATION},
    ),
    Group(
        key="escalated",
        title="逾期已报到主要领导",
        roles=_CHIEF,
        filters={"waiting": Waiting.ESCALATED},
    ),
    Group(
        key="verification",
        title="经运维界面录入，待核实",
        roles=_OFFICE,
        filters={"waiting": Waiting.VERIFICATION},
    ),
    Group(
        key="review",
        title="待审核",
        roles=_OFFICE,
        filters={"status": Status.AWAITING_REVIEW},
    ),
    Group(key="return", title="退件待处理", roles=_OFFICE, filters={"waiting": Waiting.RETURN}),
    Group(key="decision", title="延期待批复", roles=_OFFICE, filters={"waiting": Waiting.DECISION}),
    Group(
        key="report",
        title="通报后仍未办结，应向区领导报告",
        roles=_OFFICE,
        filters={"waiting": Waiting.REPORT},
    ),
    Group(
        key="receipt",
        title="待签收",
        roles=_UNIT,
        filters={"status": Status.ISSUED},
        leading=True,
    ),
    Group(
        key="red",
        title="逾期或进度落后",
        roles=(*_OFFICE, *_DEPUTY, *_CHIEF, *_UNIT),
        filters={"lamp": "red"},
    ),
    Group(
        key="yellow",
        title="临期、阶段性期限已误或进度落后",
        roles=(*_OFFICE, *_DEPUTY, *_UNIT),
        filters={"lamp": "yellow"},
    ),
    Group(
        key="working",
        title="在办",
        roles=_UNIT,
        filters={"status": Status.IN_PROGRESS},
        leading=True,
    ),
    Group(key="drafts", title="拟办", roles=_OFFICE, filters={"status": Status.DRAFT}),
)


def groups_of(actor: Actor) -> tuple[Group, ...]:
    """The lists of somebody's desk; who stands in for others sees theirs as well."""
    roles = {one.role for one in actor.capacities}
    return tuple(group for group in GROUPS if roles & set(group.roles))


def units_led(actor: Actor) -> tuple[str, ...]:
    """The units whose items ``actor``, or somebody he stands in for, acts on as their lead."""
    units = {one.unit for one in actor.capacities if one.unit}
    return tuple(sorted(units.union(*(one.deputy_of for one in actor.capacities))))
