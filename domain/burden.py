"""What is asked of a unit, week by week (R59): reports that fall due, and reminders it was sent.

Nothing that the system or the office asks of a unit is left out; what nobody ever asked for, a
report outside limit, slot or request, does not exist here to be counted.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from domain.clocks import RESULT_RULES, SLOT_RULES, Rule


class Asked(StrEnum):
    """What was asked of a unit."""

    RESULT = "result"
    SLOT = "slot"
    PLAN = "plan"
    MILESTONE = "milestone"
    EXPLANATION = "explanation"
    REMINDER = "reminder"
    NOTICE = "notice"


ASKED_NAMES = {
    Asked.RESULT: "办理结果",
    Asked.SLOT: "周期报告",
    Asked.PLAN: "办理方案",
    Asked.MILESTONE: "节点反馈",
    Asked.EXPLANATION: "未办结说明",
    Asked.REMINDER: "人工催办",
    Asked.NOTICE: "系统提醒",
}
REPORTS = frozenset({Asked.RESULT, Asked.SLOT, Asked.PLAN, Asked.MILESTONE, Asked.EXPLANATION})
"""What has to be written; the others only tell."""
_OTHERS = {
    Rule.DIRECTIVE_PLAN: Asked.PLAN,
    Rule.MILESTONE: Asked.MILESTONE,
    Rule.EXPLANATION: Asked.EXPLANATION,
}


def asked_by(rule: Rule) -> Asked | None:
    """What a limit asks its unit to write; ``None`` where it asks for nothing in writing (签收),
    or asks somebody else (补批, 报告区领导)."""
    if rule in SLOT_RULES:
        return Asked.SLOT
    return Asked.RESULT if rule in RESULT_RULES else _OTHERS.get(rule)


ASKING = {rule: what for rule in Rule if (what := asked_by(rule))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One thing asked of a unit, on the day it falls due or was sent."""

    unit: str
    on: date
    what: Asked

    @property
    def week(self) -> date:
        """The Monday of its week."""
        return self.on - timedelta(days=self.on.weekday())


@dataclass(slots=True, kw_only=True)
class Week:
    """What was asked of a unit in a week; ``monday`` is its first day."""

    unit: str
    monday: date
    asked: dict[Asked, int] = field(default_factory=dict)

    @property
    def reports(self) -> int:
        """How many had to be written."""
        return sum(count for what, count in self.asked.items() if what in REPORTS)

    @property
    def reminders(self) -> int:
        """How many only reminded."""
        return sum(count for what, count in self.asked.items() if what not in REPORTS)


def weeks(asks: Iterable[tuple[Ask, int]]) -> tuple[Week, ...]:
    """What was asked, so many times each, by unit and week."""
    found: dict[tuple[str, date], Week] = {}
    for ask, count in asks:
        place = (ask.unit, ask.week)
        week = found.setdefault(place, Week(unit=ask.unit, monday=ask.week))
        week.asked[ask.what] = week.asked.get(ask.what, 0) + count
    return tuple(found[place] for place in sorted(found))
