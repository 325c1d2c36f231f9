"""What a circular is at a moment, and what has happened to it."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.calendar import WorkingCalendar
from domain.circulars import Deduction, Draft, Hold, Line, Publication, Stage
from domain.errors import Refused
from domain.items import Actor, Json, Notice
from domain.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """签收 of one unit."""

    unit: str
    at: datetime
    by_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Circular:
    """The whole state of a circular; ``seq`` is the number of the last thing that happened.

    ``version`` counts the drafts; ``drafters`` are the usernames of those who wrote it,
    ``took_part`` of all who had a part in it: none of them decides on a 复核. ``calendar`` and
    ``policy`` are those it was issued on.
    ``closed``: its time is over, nothing more happens to it.
    """

    id: str
    seq: int
    as_of: datetime
    stage: Stage
    draft: Draft
    version: int = 1
    number: str | None = None
    drafters: tuple[str, ...] = ()
    took_part: tuple[str, ...] = ()
    approved_by: str = ""
    issued_at: datetime | None = None
    publication: Publication | None = None
    publication_reason: str = ""
    units: tuple[str, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    deductions: tuple[Deduction, ...] = ()
    closed: bool = False
    calendar: WorkingCalendar = WorkingCalendar()
    policy: Policy = Policy()

    @property
    def ended(self) -> bool:
        """Whether nothing more can happen to it."""
        return self.closed or self.stage in {Stage.DISCARDED, Stage.WITHDRAWN}

    @property
    def held_for_obstacles(self) -> tuple[Deduction, ...]:
        """The deductions that wait for a leader's answer to their unit."""
        waiting = (one for one in self.deductions if Hold.OBSTACLE in one.holds)
        return tuple(one for one in waiting if not one.ended)

    def deduction(self, no: int) -> Deduction:
        """The deduction of that number. Raises ``Refused('no_such_deduction')``."""
        for one in self.deductions:
            if one.no == no:
                return one
        raise Refused("no_such_deduction")

    def received(self, code: str) -> Receipt | None:
        """When and by whom a unit signed for it."""
        return next((one for one in self.receipts if one.unit == code), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One entry of a circular's record, and the circular after it. ``actor`` is ``None`` where the
    clock acted; ``lines`` are added to the ledger."""

    seq: int
    act: str
    title: str
    at: datetime
    summary: str
    actor: Actor | None
    body: Json = field(default_factory=dict)
    request_id: str | None = None
    body_hash: str | None = None
    notices: tuple[Notice, ...] = ()
    lines: tuple[Line, ...] = ()
    after: Circular


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What an act did."""

    after: Circular
    summary: str
    notices: tuple[Notice, ...] = ()
    lines: tuple[Line, ...] = ()


def tell_of(circular: Circular, what: str, title: str, text: str, *audience: str) -> Notice:
    """A notice that the next entry of the record owes somebody."""
    return Notice(
        clock="",
        rung=f"{what}@{circular.seq + 1}",
        due_version=0,
        audience=tuple(dict.fromkeys(audience)),
        title=title,
        text=f"《{_name(circular)}》：{text}",
    )


def _name(circular: Circular) -> str:
    return circular.number or circular.draft.title


def with_deduction(circular: Circular, changed: Deduction) -> Circular:
    """``circular`` with a deduction changed, or added."""
    others = {one.no: one for one in circular.deductions} | {changed.no: changed}
    return replace(circular, deductions=tuple(others[no] for no in sorted(others)))
