"""What an item is: its facts, its state, and the values its states are made of."""

import datetime as dt
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from domain.calendar import WorkingCalendar
from domain.clocks import Clock, Warned
from domain.cycles import Cycle
from domain.directory import Post, Responsible
from domain.origins import MeetingType, ProposalRole, SourceLevel
from domain.parts import Part, Period, Reported, Target
from domain.policy import Policy
from domain.stated import LATER

Json = dict[str, Any]


class Status(StrEnum):
    """主状态 (domain.md §4). Lateness, coordination and extension lie over it, never in it."""

    DRAFT = "draft"
    AWAITING_APPROVAL = "awaiting_approval"
    ISSUED = "issued"
    IN_PROGRESS = "in_progress"
    AWAITING_SIGN_OFF = "awaiting_sign_off"
    AWAITING_REVIEW = "awaiting_review"
    CLOSED = "closed"
    ARCHIVED = "archived"
    TERMINATED = "terminated"
    SUSPENDED = "suspended"


STATUS_NAMES = {
    Status.DRAFT: "拟办",
    Status.AWAITING_APPROVAL: "待批",
    Status.ISSUED: "已下达",
    Status.IN_PROGRESS: "办理中",
    Status.AWAITING_SIGN_OFF: "待阅签",
    Status.AWAITING_REVIEW: "待审核",
    Status.CLOSED: "办结销号",
    Status.ARCHIVED: "归档",
    Status.TERMINATED: "终止",
    Status.SUSPENDED: "暂缓",
}
ENDED = frozenset({Status.CLOSED, Status.ARCHIVED, Status.TERMINATED})
UNISSUED = frozenset({Status.DRAFT, Status.AWAITING_APPROVAL})
RESTING = UNISSUED | {Status.SUSPENDED}
"""Statuses in which nothing rings."""


class Kind(StrEnum):
    """时限类型 (办法 五)."""

    DATED = "dated"
    ORDINARY = "ordinary"
    DIRECTIVE = "directive"
    MILESTONES = "milestones"
    YEAR_ROUND = "year_round"
    SLOT = "slot"
    """The report of one period of a year-round task; never issued by people."""


KIND_NAMES = {
    Kind.DATED: "明确时限",
    Kind.ORDINARY: "一般事项",
    Kind.DIRECTIVE: "批示交办",
    Kind.MILESTONES: "时间节点",
    Kind.YEAR_ROUND: "全年任务",
    Kind.SLOT: "周期报告",
}


class Category(StrEnum):
    """督查重点 (办法 一): the six sources, with their sub-kinds."""

    A1 = "A1"
    A2 = "A2"
    B1 = "B1"
    B2 = "B2"
    C1 = "C1"
    C2 = "C2"
    D1 = "D1"
    D2 = "D2"
    E = "E"
    F = "F"


class Escalation(StrEnum):
    """How far the clock has climbed the failure ladder (design §3.2)."""

    NONE = "none"
    DEPUTY = "deputy"
    CHIEF = "chief"


class Level(StrEnum):
    """Whom a unit's request for coordination waits on (the obstacle ladder)."""

    NONE = "none"
    DEPUTY = "deputy"
    CHIEF = "chief"


class Role(StrEnum):
    """Who a signed-in person is to the system."""

    OFFICE = "office"
    UNIT = "unit"
    DEPUTY = "deputy"
    CHIEF = "chief"
    INSPECTOR = "inspector"
    THIRD_PARTY = "third_party"
    ADMIN = "admin"


class OfficePost(StrEnum):
    """What somebody of the supervision office is there; an account without one is its head."""

    HEAD = "head"
    STAFF = "staff"


ROLE_NAMES = {
    Role.OFFICE: "督查室",
    Role.UNIT: "承办单位",
    Role.DEPUTY: "区政府分管领导",
    Role.CHIEF: "区政府主要领导",
    Role.INSPECTOR: "特邀督查员",
    Role.THIRD_PARTY: "第三方",
    Role.ADMIN: "系统管理员",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts. ``deputy_of`` are the codes of the units a deputy leader is in charge of; ``post``
    is that of the supervision office's people, ``address`` whence the request came; a ``machine``
    has a service account.

    An actor that came by a signal from outside the API is not ``verified``. Who acts for another
    (代) has that person's role, unit and fields; ``acts_for`` is that person's username.
    ``stands_in_for`` are those whom he may see and act for at present.
    """

    username: str
    name: str
    role: Role
    unit: str | None = None
    deputy_of: tuple[str, ...] = ()
    verified: bool = True
    post: OfficePost | None = None
    address: str = ""
    machine: bool = False
    acts_for: str | None = None
    stands_in_for: tuple["Actor", ...] = ()

    @property
    def usernames(self) -> tuple[str, ...]:
        """In whose name he acts: his own, and that of the person he acts for."""
        return (self.username,) if self.acts_for is None else (self.username, self.acts_for)

    @property
    def capacities(self) -> tuple["Actor", ...]:
        """In whose place he sees: his own, and those of everybody he stands in for."""
        return (self, *self.stands_in_for)

    @property
    def himself(self) -> "Actor":
        """Without those he stands in for: who acts, as it is sealed and recorded."""
        return replace(self, stands_in_for=())

    def acting_for(self, absent: "Actor") -> "Actor":
        """Himself in the place of ``absent``, for one act."""
        return replace(
            self,
            role=absent.role,
            unit=absent.unit,
            deputy_of=absent.deputy_of,
            post=absent.post,
            acts_for=absent.username,
            stands_in_for=(),
        )


SYSTEM = Actor(username="", name="督办系统", role=Role.ADMIN)
"""Who issues the item of a slot, and tells of parts: nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """来源 of an item: a document, a meeting, a leader's directive (R3–R7, R42). ``id`` is that of
    a source in the register, ``clause`` the number of the clause it was handed out by."""

    type: str
    reference: str = ""
    leader: str = ""
    date: dt.date | None = None
    received_at: datetime | None = None
    upstream_due_on: dt.date | None = None
    id: int | None = field(default=None, metadata=LATER)
    clause: str = field(default="", metadata=LATER)
    meeting_type: MeetingType | None = field(default=None, metadata=LATER)
    level: SourceLevel | None = field(default=None, metadata=LATER)
    proposer: str = field(default="", metadata=LATER)
    role: ProposalRole | None = field(default=None, metadata=LATER)
    reply_due_on: dt.date | None = field(default=None, metadata=LATER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """时间节点 (R41): what is to be there by which day, and who answers for it."""

    name: str
    due_on: date
    unit: str
    output: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was handed out, as registered. Exactly one of ``due_on`` and ``due_at`` may be set.

    ``responsible`` are the names of their time (R47); ``vacant`` are the posts of the lead unit
    that nobody held then. ``cycle``, ``year`` and ``targets`` are a year-round task's; an item
    with a ``period`` is the report of one of its slots. ``milestones`` are in the order of their
    days; the last is the item's own limit. ``parent_id`` is the item it is a part of.
    """

    title: str
    content: str
    category: Category
    kind: Kind
    lead_unit: str
    lead_unit_name: str
    source: Source
    co_units: tuple[str, ...] = ()
    basis: str = ""
    issuing_name: str = "office"
    urgency: str = "normal"
    public: bool = False
    original_text: str = ""
    due_on: date | None = None
    due_at: datetime | None = None
    due_reason: str = ""
    plan_due_on: date | None = None
    scheme_due_on: date | None = None
    past_limit_accepted: bool = False
    responsible: tuple[Responsible, ...] = ()
    vacant: tuple[Post, ...] = ()
    parent_id: str | None = field(default=None, metadata=LATER)
    period: Period | None = field(default=None, metadata=LATER)
    cycle: Cycle | None = field(default=None, metadata=LATER)
    year: int | None = field(default=None, metadata=LATER)
    targets: tuple[Target, ...] = field(default=(), metadata=LATER)
    milestones: tuple[Milestone, ...] = field(default=(), metadata=LATER)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUnit:
    """改由其他单位承办 from a day on: the unit, as the directory has it, and who answers for it."""

    on: date
    unit: str
    name: str
    responsible: tuple[Responsible, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordination:
    """The obstacle ladder: what waits above, and how the last question was answered (R29, R30)."""

    level: Level = Level.NONE
    major: bool = False
    answered_level: Level = Level.NONE
    outcome: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """延期: the request under way, if any, and how many have been made (O7)."""

    pending: bool = False
    new_due_on: date | None = None
    supported: bool | None = None
    made: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """报批、补批 (T3–T5u): who was asked to approve the 下达. ``owed``: it was issued before he
    did (特急), and his word is still to come."""

    approver: str = ""
    approver_name: str = ""
    approver_role: Role | None = None
    owed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SentBack:
    """退件 (T7): the unit says that the item is not its own; ``pending`` until that is decided."""

    pending: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedIn:
    """The result or interim opinion that is on its way up; ``None`` when there is none.

    ``in_time`` says it came early enough that the leader's delay is not the unit's (O6); ``by`` is
    the usernames in whose name it was handed in, none for an operator's signal.
    """

    at: datetime | None = None
    interim: bool = False
    in_time: bool = False
    by: tuple[str, ...] = ()


def is_spared(status: Status | None, handed_in: HandedIn | None) -> bool:
    """O6, for the ladder, annulment and the lamps alike: the result lies with the leader, and came
    early enough that his delay is not the unit's. No limit lapses meanwhile."""
    return status is Status.AWAITING_SIGN_OFF and handed_in is not None and handed_in.in_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """处理要求 of a leader (T27): ``seq`` is the entry it was made by."""

    seq: int
    text: str
    by_name: str
    due_on: date | None = None
    done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """已通报 and what follows (T24–T27): the numbers of the circulars it stands in, whether a
    report to the leaders is owed, how many were made, and what the leaders then asked for."""

    circulars: tuple[str, ...] = ()
    report_owed: bool = False
    reports: int = 0
    demands: tuple[Demand, ...] = ()

    @property
    def open_demands(self) -> tuple[Demand, ...]:
        """What the leaders asked for and nobody has carried out yet."""
        return tuple(demand for demand in self.demands if not demand.done)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSpent:
    """Seconds an item has lain with each holder, up to its last change of status."""

    approver: float = 0.0
    unit: float = 0.0
    deputy: float = 0.0
    office: float = 0.0
    suspended: float = 0.0


HOLDERS = {
    Status.DRAFT: "office",
    Status.AWAITING_APPROVAL: "approver",
    Status.ISSUED: "unit",
    Status.IN_PROGRESS: "unit",
    Status.AWAITING_SIGN_OFF: "deputy",
    Status.AWAITING_REVIEW: "office",
    Status.SUSPENDED: "suspended",
}
HOLDER_NAMES = {
    "approver": "待批准下达",
    "unit": "承办单位",
    "deputy": "区政府分管领导（阅签）",
    "office": "督查室（拟办、审核）",
    "suspended": "暂缓",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What one event makes different; ``None`` (or no clock) means unchanged."""

    status: Status | None = None
    escalation: Escalation | None = None
    coordination: Coordination | None = None
    extension: Extension | None = None
    handed_in: HandedIn | None = None
    clocks: tuple[Clock, ...] = ()
    facts: Facts | None = None
    calendar: WorkingCalendar | None = None
    policy: Policy | None = None
    returns: int | None = None
    spent: TimeSpent | None = None
    holder_since: datetime | None = None
    parts: tuple[Part, ...] = ()
    actuals: tuple[Reported, ...] | None = None
    crossed: bool | None = None
    with_parent: bool | None = None
    parent_suspended: bool | None = None
    unit_since: datetime | None = None
    new_unit: NewUnit | None = None
    handed_out: bool | None = None
    misassigned: int | None = None
    approval: Approval | None = None
    sent_back: SentBack | None = None
    issued_at: datetime | None = None
    entered_at: datetime | None = None
    warnings: tuple[Warned, ...] | None = None
    rounds: int | None = None
    aftermath: Aftermath | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unverified:
    """An act that came by an operator's signal and waits for confirmation or annulment, with
    what it changed and what was there before (design §3.17). ``rested_on`` are the later acts
    that could not have been done without it; ``confirmed_by`` is whose word it needs."""

    seq: int
    act: str
    at: datetime
    before: Changes
    after: Changes
    covert: bool = False
    rested_on: tuple[int, ...] = ()
    confirmed_by: Role = Role.OFFICE

    @property
    def moved_status(self) -> bool:
        """Whether it brought the item from one status to another."""
        return self.after.status not in {None, self.before.status}

    def hand_in(self, item: "Item") -> HandedIn:
        """The hand-in that it was done on, which it may have ended itself."""
        return self.before.handed_in or item.handed_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message owed to somebody, at most once per item × clock × rung × due version."""

    clock: str
    rung: str
    due_version: int
    audience: tuple[str, ...]
    title: str
    text: str
    late: bool = False


class Outcome(StrEnum):
    """Whether an entry of the timeline changed the item."""

    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One entry of the timeline: an act, an alarm that rang, or a refused signal.

    ``actor`` is ``None`` when the clock acted. ``body`` is the act as it was sent (JSON).
    """

    seq: int
    act: str
    title: str
    at: datetime
    summary: str
    actor: Actor | None = None
    on_behalf_of: str | None = None
    body: Json = field(default_factory=dict)
    request_id: str | None = None
    body_hash: str | None = None
    outcome: Outcome = Outcome.DONE
    status: Status
    changes: Changes = Changes()
    notices: tuple[Notice, ...] = ()
    covert: bool = False
    unverified: Unverified | None = None
    settles: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """The whole state of a supervision item; ``seq`` is the number of its last event.

    ``actuals`` is what it last reported of each of its targets. ``crossed`` (跨年): it goes on into
    the next year with approval (O18). ``with_parent``: it was suspended with the item it is a part
    of; ``parent_suspended``: that item is, whether this one is because of it or not. ``unit_since``
    is when the present unit took over (O19), ``new_unit`` who will. ``handed_out``: a unit has it,
    from 下达 on, and until the office takes a wrongly assigned one back (T7). ``issued_at`` is
    the last 下达, and before the first the registration. ``rounds`` is how often it was handed out
    to be done: once, and with every 重新交办 once more (T30).
    """

    id: str
    number: str | None = None
    seq: int
    status: Status
    facts: Facts
    policy: Policy
    calendar: WorkingCalendar
    issued_at: datetime
    entered_at: datetime
    as_of: datetime
    clocks: tuple[Clock, ...] = ()
    escalation: Escalation = Escalation.NONE
    coordination: Coordination = Coordination()
    extension: Extension = Extension()
    handed_in: HandedIn = HandedIn()
    returns: int = 0
    warnings: tuple[Warned, ...] = ()
    unverified: tuple[Unverified, ...] = ()
    spent: TimeSpent = TimeSpent()
    holder_since: datetime
    suspended_from: Status | None = None
    closed_at: datetime | None = None
    parts: tuple[Part, ...] = ()
    actuals: tuple[Reported, ...] = ()
    crossed: bool = False
    with_parent: bool = False
    parent_suspended: bool = False
    unit_since: datetime | None = None
    new_unit: NewUnit | None = None
    handed_out: bool = True
    misassigned: int = 0
    approval: Approval = Approval()
    sent_back: SentBack = SentBack()
    rounds: int = 1
    aftermath: Aftermath = Aftermath()

    @property
    def ended(self) -> bool:
        """Closed, archived or terminated: nothing more can happen in this run."""
        return self.status in ENDED

    @property
    def lapsed(self) -> bool:
        """Whether a result limit was ever missed: late is late for ever (design §3.7)."""
        return any(c.lapsed for c in self.result_clocks)

    @property
    def holder(self) -> str | None:
        """Who has it now: one of ``HOLDERS``, or nobody."""
        return HOLDERS.get(self.status)

    @property
    def never_issued(self) -> bool:
        """Whether no unit has ever had it (R8: only such a one is withdrawn by the office)."""
        return not self.handed_out and not self.misassigned

    @property
    def running_clocks(self) -> tuple[Clock, ...]:
        """The clocks neither met nor withdrawn."""
        return tuple(c for c in self.clocks if c.running)

    @property
    def result_clocks(self) -> tuple[Clock, ...]:
        """The clocks by which a result was ever owed."""
        return tuple(c for c in self.clocks if c.is_result and not c.withdrawn)

    @property
    def governing(self) -> Clock | None:
        """The running clock by which the result is owed."""
        return next((c for c in self.result_clocks if c.running), None)

    @property
    def last_result_clock(self) -> Clock | None:
        """The governing clock, or the last one that governed."""
        results = self.result_clocks
        return self.governing or (results[-1] if results else None)

    @property
    def unfinished_parts(self) -> tuple[Part, ...]:
        """The parts without which it cannot close (R10)."""
        return tuple(part for part in self.parts if part.unfinished)

    def part(self, key: str) -> Part | None:
        """The part of that key."""
        return next((part for part in self.parts if part.key == key), None)

    def numbered(self, number: str) -> "Item":
        """With the number the record gave it."""
        return self if self.number == number else replace(self, number=number)

    def clock(self, key: str) -> Clock | None:
        """The clock of that key, running or not."""
        return next((c for c in self.clocks if c.key == key), None)

    def next_key(self, base: str) -> str:
        """A key for one more clock of its sort: ``rework``, ``rework-2``, …"""
        used = sum(c.key == base or c.key.startswith(f"{base}-") for c in self.clocks)
        return base if not used else f"{base}-{used + 1}"


def merge_clocks(clocks: tuple[Clock, ...], changed: tuple[Clock, ...]) -> tuple[Clock, ...]:
    """``clocks`` with the changed ones in place and the new ones at the end."""
    new = {clock.key: clock for clock in changed}
    kept = [new.pop(clock.key, clock) for clock in clocks]
    return (*kept, *new.values())


def spend(item: Item, until: datetime) -> TimeSpent:
    """The time ledger with the present holder's time up to ``until`` added, from the issue on."""
    if item.holder is None:
        return item.spent
    begun = max(item.holder_since, item.issued_at)
    seconds = max((until - begun).total_seconds(), 0.0)
    before: float = getattr(item.spent, item.holder)
    return replace(item.spent, **{item.holder: before + seconds})
