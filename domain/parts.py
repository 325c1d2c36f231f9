"""The parts of an item: the slots of a year-round task, and the items it was split into (R10, R45).

Values only; :mod:`domain.year` plans slots, :mod:`domain.family` says what parents and children
tell each other.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.clocks import Rule
from domain.cycles import FIRST_WEEKS, Slot
from domain.errors import Invalid
from domain.text import is_blank

MOST_TARGETS = 50
MOST = 1e15
"""No figure of a target reaches it."""


class PartState(StrEnum):
    """Where a part stands, as its parent knows it."""

    PLANNED = "planned"
    """A slot whose day has not come: no item yet."""
    OPEN = "open"
    CLOSED = "closed"
    TERMINATED = "terminated"
    SKIPPED = "skipped"
    """No report is owed for that period, for the ``reason``."""


PART_STATE_NAMES = {
    PartState.PLANNED: "未到期",
    PartState.OPEN: "办理中",
    PartState.CLOSED: "已办结",
    PartState.TERMINATED: "已终止",
    PartState.SKIPPED: "不要求",
}
UNFINISHED = frozenset({PartState.PLANNED, PartState.OPEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """指标 (A2): what is to be reached by the end of the year, in ``unit``."""

    name: str
    unit: str
    target: float

    def __post_init__(self) -> None:
        if is_blank(self.name):
            raise Invalid("blank_text", "targets.name：文字内容不能为空，请填写。")
        # One spelling of a number: a seal over 120 does not hold for 120.0.
        object.__setattr__(self, "target", float(self.target))
        if not 0 < self.target < MOST:
            raise Invalid("bad_target", f"指标“{self.name[:40]}”的目标值须大于零。")


@dataclass(frozen=True, slots=True, kw_only=True)
class Actual:
    """What has been reached of a target since the beginning of the year."""

    name: str
    value: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", float(self.value))
        if not abs(self.value) < MOST:
            raise Invalid("bad_actual", f"指标“{self.name[:40]}”的完成数须为一个数。")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported(Actual):
    """An :class:`Actual` as an item keeps it: ``on`` the day it was reported, unknown for what was
    reported before days were kept."""

    on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The period that a slot's item reports on: its ``key`` in the year, its days, its rule."""

    key: str
    name: str
    rule: Rule
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part, by ``key``. ``item_id`` is the item it is, or will be; ``seq`` the last of that
    item's events that the parent has heard of, ``kind`` that item's kind. ``opens_at`` is when a
    planned slot begins."""

    key: str
    name: str
    item_id: str
    unit: str
    unit_name: str
    state: PartState
    kind: str = "slot"
    period: Period | None = None
    due_on: date | None = None
    opens_at: datetime | None = None
    provisional: bool = False
    reason: str = ""
    lapsed_at: datetime | None = None
    seq: int = 0
    actuals: tuple[Actual, ...] = ()

    @property
    def unfinished(self) -> bool:
        """Whether the parent cannot close because of it."""
        return self.state in UNFINISHED

    @property
    def late(self) -> bool:
        """Whether its limit was missed and it is still owed."""
        return self.state is PartState.OPEN and self.lapsed_at is not None


def part_item_id(parent_id: str, key: str) -> str:
    """The id of the item that a slot becomes: always the same (design §3.10)."""
    return str(uuid.uuid5(uuid.UUID(parent_id), key))


def merge_parts(parts: tuple[Part, ...], changed: tuple[Part, ...]) -> tuple[Part, ...]:
    """``parts`` with the changed ones in place and the new ones at the end."""
    new = {part.key: part for part in changed}
    kept = [new.pop(part.key, part) for part in parts]
    return (*kept, *new.values())


def period_of(slot: Slot) -> Period:
    """The period of a slot."""
    return Period(
        key=slot.key,
        name=slot.name,
        rule=slot.rule,
        starts_on=slot.starts_on,
        ends_on=slot.ends_on,
    )


def year_of_period(period: Period) -> int:
    """The year whose period it is: a week at the turn of two years is the first of the later one,
    or the last of the earlier."""
    return (period.ends_on if period.key in FIRST_WEEKS else period.starts_on).year


def in_order(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Parts as people read them: split ones as they came, slots by their day."""

    def place(part: Part) -> tuple[date, str]:
        on = part.due_on or (part.period.ends_on if part.period else None)
        return (on if part.period and on else date.min, part.key if part.period else "")

    return tuple(sorted(parts, key=place))


def part_text(part: Part) -> str:
    """``3月调度报告（区教育和体育局，逾期）``."""
    state = "逾期" if part.late else PART_STATE_NAMES[part.state]
    return f"{part.name}（{part.unit_name}，{state}）"
