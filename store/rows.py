"""What reads answer. Instants are aware, in UTC; the reader puts them into the local time zone."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Generic, TypeVar

from domain.clocks import Clock, Warned
from domain.directory import Post, is_doubled, missing_posts
from domain.items import (
    Actor,
    Aftermath,
    Approval,
    Coordination,
    Extension,
    Facts,
    HandedIn,
    Json,
    Notice,
    SentBack,
    TimeSpent,
)
from domain.parts import Part, Reported
from domain.sources import Clause, Registered, Tracked
from domain.statement import Finding

T = TypeVar("T")


class Lamp(StrEnum):
    """亮灯 (domain.md §4)."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    GREY = "grey"


LAMP_NAMES = {Lamp.GREEN: "绿灯", Lamp.YELLOW: "黄灯", Lamp.RED: "红灯", Lamp.GREY: "灰灯"}


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadRow:
    """An item as a list shows it. ``now`` is the moment it was read as of, never earlier than its
    own last event; ``lamp`` and ``overdue`` hold for that moment. ``original_due_at`` is the limit
    as it was first set. ``covert`` are the entries of which not every reader may know, and
    ``last_seen_at`` is the time of the last of the others."""

    id: str
    number: str
    title: str
    category: str
    kind: str
    lead_unit: str
    lead_unit_name: str
    co_units: tuple[str, ...]
    urgency: str
    public: bool
    status: str
    lamp: Lamp
    overdue: bool
    lapsed: bool
    escalation: str
    coordination: Coordination
    extension: Extension
    returns: int
    handed_out: bool
    misassigned: int
    approval: Approval
    sent_back: SentBack
    rounds: int
    aftermath: Aftermath
    holder: str | None
    holder_since: datetime
    issued_at: datetime
    entered_at: datetime
    closed_at: datetime | None
    due_on: date | None
    due_at: datetime | None
    original_due_at: datetime | None
    next_alarm: str | None
    next_alarm_at: datetime | None
    unverified: tuple[int, ...]
    warnings: tuple[Warned, ...]
    seq: int
    as_of: datetime
    now: datetime
    covert: frozenset[int]
    last_seen_at: datetime
    parent_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRow:
    """One clock of an item; ``overdue``: running past its limit at the item's ``now``."""

    clock: Clock
    overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow(HeadRow):
    """An item, whole. ``facts`` holds the restricted original text, too."""

    content: str
    facts: Facts
    handed_in: HandedIn
    spent: TimeSpent
    edition: str
    request_id: str | None
    body_hash: str | None
    parts: tuple[Part, ...]
    actuals: tuple[Reported, ...]
    crossed: bool
    unit_since: datetime | None
    clocks: tuple[ClockRow, ...]

    @property
    def unfinished_parts(self) -> tuple[Part, ...]:
        """The parts without which it cannot close (R10)."""
        return tuple(part for part in self.parts if part.unfinished)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """A line of a timeline."""

    item_id: str
    seq: int
    act: str
    title: str
    at: datetime
    summary: str
    actor: Actor | None
    on_behalf_of: str | None
    body: Json
    request_id: str | None
    body_hash: str | None
    outcome: str
    status: str
    covert: bool
    unverified: bool
    settles: int | None
    notices: tuple[Notice, ...]
    changed: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRow:
    """An item whose workflow should be running."""

    id: str
    seq: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """A part of a list; ``next_cursor`` is ``None`` on the last."""

    items: tuple[T, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """A notice as given to one person, or lying on the office's desk. ``number`` and
    ``item_title`` are ``None`` where the item is not there for the reader, or has no row (then
    ``circular_id`` may say which circular it is about);
    ``remark`` says why it is on the desk."""

    id: int
    notice_id: int
    item_id: str
    number: str | None
    item_title: str | None
    circular_id: str | None
    circular_number: str | None
    rung: str
    title: str
    text: str
    late: bool
    at: datetime
    desk: bool
    audience: str
    remark: str
    read_at: datetime | None
    read_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRow:
    """A person who may sign in, without the password's hash."""

    username: str
    name: str
    role: str
    unit_code: str | None
    active: bool
    must_change: bool
    created_at: datetime
    post: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRow:
    """承办单位, with the usernames of the deputy leaders in charge, by date of service;
    ``unreachable`` are those of them who have no usable account. ``held`` are the posts of its
    trio that somebody holds, ``holders`` how many different people do. Items may be issued to it
    from ``active_from`` to ``active_until``, both included."""

    code: str
    name: str
    deputies: tuple[str, ...]
    unreachable: tuple[str, ...] = ()
    sort: str = "other"
    object_type: str | None = None
    active_from: date | None = None
    active_until: date | None = None
    held: tuple[str, ...] = ()
    holders: int = 0
    regulations: int = 0

    @property
    def vacant(self) -> tuple[Post, ...]:
        """The posts nobody holds, that of the district's deputy leader included."""
        return missing_posts((*self.held, *((Post.DEPUTY,) if self.deputies else ())))

    @property
    def doubled(self) -> bool:
        """Whether somebody holds two posts of the trio (R47: three different persons)."""
        return is_doubled(len(self.held), self.holders)

    def active_on(self, day: date) -> bool:
        """Whether items may be issued to it on that day."""
        began = self.active_from is None or self.active_from <= day
        return began and (self.active_until is None or day <= self.active_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """An uploaded file; its bytes are elsewhere."""

    id: uuid.UUID
    name: str
    content_type: str
    size: int
    sha256: str
    uploaded_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftRow:
    """A reconciliation's report."""

    at: datetime
    checked: int
    missing_rows: tuple[str, ...]
    missing_workflows: tuple[str, ...]
    behind: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many items disagree."""
        return len(self.missing_rows) + len(self.missing_workflows) + len(self.behind)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRow:
    """A daily statement as it is kept."""

    id: int
    at: datetime
    open_items: int
    ended_items: int
    limits: int
    entries: int
    findings: tuple[Finding, ...]
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """Somebody of the directory, with or without an account; ``posts`` are ``(unit, post)``."""

    id: int
    name: str
    phone: str
    note: str
    username: str | None
    posts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRow:
    """A service in a unit's trio; ``current`` holds for the day it was read."""

    id: int
    unit_code: str
    post: str
    person: PersonRow
    since: date | None
    until: date | None
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRow:
    """A unit in a leader's charge, and since when, until when."""

    unit_code: str
    unit_name: str
    since: date | None
    until: date | None
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectRow:
    """A subject in a leader's charge, in free words."""

    subject: str
    since: date | None
    until: date | None
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaderRow:
    """区政府领导, with the units and subjects in charge; ``reachable``: there is a usable
    account."""

    username: str
    name: str
    reachable: bool
    fields: tuple[FieldRow, ...]
    subjects: tuple[SubjectRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StandInRow:
    """AB角: ``stand_in`` acts for ``absent`` from ``since`` to ``until``, both included."""

    id: int
    stand_in: str
    stand_in_name: str
    absent: str
    absent_name: str
    since: date
    until: date
    reason: str
    made_by: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RegulationRow:
    """A unit's lodged 办理工作制度 (R48)."""

    id: int
    unit_code: str
    title: str
    adopted_on: date
    file_id: uuid.UUID
    lodged_by: str
    withdrawn_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessionRow:
    """A leader who left office and who followed; ``units`` are those whose charge passed on."""

    id: str
    predecessor: str
    predecessor_name: str
    successor: str
    successor_name: str
    on: date
    reason: str
    units: tuple[str, ...]
    made_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """A source of the register. ``clauses`` and ``items`` are counted as far as the reader sees
    them; ``uncovered`` is ``None`` for whoever does not see all items."""

    id: int
    said: Registered
    made_by: str
    made_at: datetime
    clauses: int
    items: int
    uncovered: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """What a person decided: whether a clause needs an item."""

    needed: bool
    reason: str
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseRow:
    """A clause of a source; of ``decisions`` the last one holds."""

    said: Clause
    decisions: tuple[DecisionRow, ...] = ()

    @property
    def not_needed(self) -> DecisionRow | None:
        """The decision by which it needs no item, if it stands."""
        last = self.decisions[-1] if self.decisions else None
        return last if last and not last.needed else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceItemRow(Tracked):
    """An item of a source."""

    id: str
    number: str
    title: str
    lead_unit: str
    lead_unit_name: str
    lamp: Lamp
