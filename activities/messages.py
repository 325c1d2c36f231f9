"""Inputs and results of the activities that are not the domain's own records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.acts import IssueTerms
from domain.family import News
from domain.items import Actor
from domain.orders import Order
from domain.succession import HandOver


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Whether operators' signals are admitted at this moment (``DUBAN_OPERATOR_SIGNALS``)."""

    admitted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What a reconciliation found: items whose row and workflow disagree."""

    checked: int
    missing_rows: tuple[str, ...] = ()
    missing_workflows: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many items disagree."""
        return len(self.missing_rows) + len(self.missing_workflows) + len(self.behind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A daily statement that was kept: its number, and how much it found wrong."""

    number: int
    findings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One person on one channel: what is sent there goes in order."""

    username: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """How a test message fared; ``why`` not, without address or secret."""

    sent: bool
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RolledOut:
    """How many open items were told of a change, and how many then changed."""

    items: int
    applied: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotOpening:
    """Which slot of which task is opened, and when."""

    task_id: str
    key: str
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """An item that another tells something, or is told by: its kind says which workflow it is."""

    id: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartNews:
    """Where a part stands, and whom it tells."""

    parent: Child
    news: News


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What was done to an item, by whom, and its parts that have not ended; of a 下达 what each of
    them, by its id, needs for its own."""

    order: Order
    actor: Actor
    children: tuple[Child, ...]
    terms: Mapping[str, IssueTerms] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """A leader's succession: what changes, by whom it was entered, and when the day begins."""

    id: str
    change: HandOver
    begins_at: datetime
    actor: Actor
