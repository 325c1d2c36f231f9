"""Requests and answers of the API."""

import datetime as dt
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from domain.clocks import DayKind, Rule
from domain.items import Kind, Status

Text = Annotated[str, Field(description="最多 20000 字")]


class Strict(BaseModel):
    """Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class Problem(BaseModel):
    """An error, RFC 9457, with a stable ``code`` and a Chinese ``detail``."""

    type: str
    title: str
    status: int
    code: str
    detail: str


class SourceIn(Strict):
    """来源."""

    type: str
    reference: str = ""
    leader: str = ""
    date: dt.date | None = None
    received_at: AwareDatetime | None = None
    upstream_due_on: dt.date | None = None


class ItemIn(Strict):
    """登记并下达一个事项 (T1, T5)."""

    title: str
    content: Text
    category: str
    kind: Literal["dated", "ordinary", "directive", "milestones", "year_round"]
    lead_unit: str
    co_units: list[str] = []
    source: SourceIn
    basis: str = ""
    issuing_name: Literal["government", "office"] = "office"
    due_on: date | None = None
    due_at: AwareDatetime | None = None
    due_reason: str = ""
    plan_due_on: date | None = None
    scheme_due_on: date | None = None
    milestones: list[dict[str, Any]] | None = None
    cycle: Literal["week", "month", "quarter", "year"] | None = None
    year: int | None = None
    targets: list[dict[str, Any]] | None = None
    urgency: Literal["normal", "urgent", "extra_urgent"] = "normal"
    original_text: str = ""
    parent_id: str | None = None
    issued_at: AwareDatetime | None = None
    public: bool = False
    draft: bool = False


class DerivationOut(BaseModel):
    """One line of the count: what the date counted as, and why."""

    date: dt.date
    counted: int | None
    reason: str


class WarningOut(BaseModel):
    """Something to look at; it stopped nothing."""

    code: str
    detail: str


class ClockOut(BaseModel):
    """One limit with its derivation (design §4)."""

    key: str
    name: str
    rule: Rule
    unit: str
    day_kind: DayKind
    started_at: datetime
    due_on: date
    due_at: datetime
    original_due_at: datetime
    due_version: int
    moved_because: str
    provisional: bool
    derivation: list[DerivationOut]
    stopped_at: datetime | None
    lapsed: bool
    lapsed_at: datetime | None


class TimeLedgerOut(BaseModel):
    """Seconds the item has lain with each holder (the present one up to now)."""

    unit: float
    deputy: float
    office: float
    suspended: float


class HeadOut(BaseModel):
    """An item as a list shows it."""

    id: str
    number: str | None
    status: Status
    status_name: str
    kind: Kind
    kind_name: str
    category: str
    title: str
    lead_unit: str
    lead_unit_name: str
    co_units: list[str]
    urgency: str
    public: bool
    issued_at: datetime
    entered_at: datetime
    due_on: date | None
    due_at: datetime | None
    lamp: Literal["green", "yellow", "red", "grey"]
    overdue: bool
    lapsed: bool
    escalation: str
    coordination: str
    extension: dict[str, Any]
    returns: int
    holder: str | None
    holder_since: datetime
    unverified: list[int]
    next_alarm: str | None
    next_alarm_at: datetime | None
    warnings: list[WarningOut]
    seq: int
    as_of: datetime
    closed_at: datetime | None


class ItemOut(HeadOut):
    """An item, whole. ``original_text`` (批示原文) only to those who may read it."""

    content: str
    source: dict[str, Any]
    basis: str
    issuing_name: str
    due_reason: str
    original_text: str | None
    original_due_at: datetime | None
    coordination_answer: str
    time_ledger: TimeLedgerOut
    edition: str
    clocks: list[ClockOut]


class ItemList(BaseModel):
    """A page of items, newest first."""

    items: list[HeadOut]
    next_cursor: str | None


class Clocks(BaseModel):
    """All limits of an item, the governing one's sort first."""

    items: list[ClockOut]
    next_cursor: str | None = None


class ActorOut(BaseModel):
    """Who acted."""

    username: str
    name: str
    role: str
    unit: str | None


class EntryOut(BaseModel):
    """One entry of the timeline."""

    seq: int
    act: str
    title: str
    at: datetime
    summary: str
    actor: ActorOut | None
    on_behalf_of: str | None
    body: dict[str, Any]
    outcome: str
    status: str
    unverified: bool
    settles: int | None


class Timeline(BaseModel):
    """All entries, oldest first."""

    items: list[EntryOut]
    next_cursor: str | None = None


class TokenOut(BaseModel):
    """A bearer token."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"
    expires_in: int


class MeOut(BaseModel):
    """Who is signed in."""

    username: str
    name: str
    role: str
    role_name: str
    unit: str | None
    deputy_of: list[str]


class UnitIn(Strict):
    """A unit and the usernames of the deputy leaders in charge of it."""

    name: str
    deputies: list[str] = []


class UnitOut(BaseModel):
    """A unit as the directory has it; ``warnings`` say who of its deputies cannot be told."""

    code: str
    name: str
    deputies: list[str]
    warnings: list[WarningOut] = []


class UnitList(BaseModel):
    """All units."""

    items: list[UnitOut]
    next_cursor: str | None = None


class CalendarYearIO(Strict):
    """A year's 放假安排: all official rest days, and the weekend days that are worked."""

    year: int
    notice: str
    rest_days: list[date]
    work_days: list[date]


class CalendarYearOut(BaseModel):
    """A year as loaded; ``provisional`` when no notice has been loaded."""

    year: int
    notice: str
    rest_days: list[date]
    work_days: list[date]
    edition: int
    provisional: bool
    moving: int = Field(default=0, description="正在重新计算期限的在办事项数")


class PreviewIn(Strict):
    """``start`` is day 0 (for ``named_date`` the date itself)."""

    rule: Rule
    start: date | AwareDatetime


class PreviewOut(BaseModel):
    """A date and its derivation."""

    rule: Rule
    due_on: date
    due_at: datetime
    provisional: bool
    derivation: list[DerivationOut]
    warnings: list[WarningOut]


class NoticeOut(BaseModel):
    """One message of the inbox."""

    id: int
    item_id: str
    item_number: str | None
    item_title: str | None
    rung: str
    title: str
    text: str
    at: datetime
    late: bool
    desk: bool = Field(description="无人可送达，留在督查室案头")
    remark: str
    read_at: datetime | None


class Inbox(BaseModel):
    """A page of messages, newest first."""

    items: list[NoticeOut]
    next_cursor: str | None
    unread: int


class ReadIn(Strict):
    """Which messages have been read; all of mine when left out."""

    ids: list[Annotated[int, Field(ge=1, le=2**62)]] | None = None


class ReadOut(BaseModel):
    """How many were unread until now."""

    marked: int


class FileOut(BaseModel):
    """An uploaded file; its id goes into ``attachments[]``."""

    id: str
    name: str
    size: int
    sha256: str
    content_type: str


class StatsRow(BaseModel):
    """Figures of one group; each can be listed by the filters of ``GET /items``."""

    key: str
    name: str
    issued: int
    open: int
    closed: int
    terminated: int
    closed_on_time: int
    lapsed: int
    overdue_now: int
    extensions: int
    returns: int


class StatsOut(BaseModel):
    """Figures by group and in all."""

    group_by: str
    items: list[StatsRow]


class DriftOut(BaseModel):
    """The last comparison of workflows with rows."""

    at: datetime | None
    checked: int
    drift: int
    missing_rows: list[str]
    missing_workflows: list[str]
    behind: list[str]


class PolicyIn(Strict):
    """A new edition of the rules; settings left out keep the source's own values."""

    effective_on: date
    settings: dict[str, Any] = {}


class PolicyOut(BaseModel):
    """An edition: its settings, and the clause each rests on."""

    edition: str
    effective_on: date
    settings: dict[str, Any]
    clauses: dict[str, str]


class PolicyList(BaseModel):
    """All editions, by the day from which they are in force."""

    items: list[PolicyOut]
    next_cursor: str | None = None


class ChangeEditionIn(Strict):
    """To which edition, and why."""

    edition: str
    reason: Text
