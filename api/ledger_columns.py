"""Every ledger (domain.md §5) by one declaration: its rows, its columns, who may read it.

The list, the file and the command line are made of what stands here (:mod:`api.ledgers`,
:mod:`api.export`).
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from domain.acts import FORM_NAMES, Form
from domain.circulars import (
    GROUND_NAMES,
    LINE_NAMES,
    STAGE_NAMES,
    TONE_NAMES,
    Ground,
    Stage,
    Tone,
)
from domain.directory import POST_NAMES, Post
from domain.items import KIND_NAMES, STATUS_NAMES, Actor, Kind, Level, Status
from domain.origins import (
    MEETING_TYPE_NAMES,
    PROPOSAL_ROLE_NAMES,
    SOURCE_LEVEL_NAMES,
    SOURCE_TYPE_NAMES,
    SourceType,
)
from domain.permissions import Right
from domain.spans import WorkingDays
from ledger.own import NAMES, URGENCIES, Own, cycle_text, node_text, target_text
from ledger.sources import CATEGORY_NAMES
from store import circular_ledgers, ledgers
from store.circular_ledgers import DeductionLine, EntryLine
from store.filters import Filters
from store.ledgers import ItemLine, PostLine, ReminderLine
from store.rows import LAMP_NAMES, Page
from store.session import ReadConnection

Cell = str | int | Decimal | date | datetime | None
R = TypeVar("R")


class Width(StrEnum):
    """How wide a column is on a sheet."""

    NARROW = "narrow"
    NORMAL = "normal"
    WIDE = "wide"


WIDTHS = {Width.NARROW: 9, Width.NORMAL: 16, Width.WIDE: 44}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What cells are worked out with: the moment, the district's zone and working days, and the
    names of units by their codes."""

    now: datetime
    zone: ZoneInfo
    days: WorkingDays
    units: Mapping[str, str]

    def day(self, at: datetime | None) -> date | None:
        """The district's day of an instant."""
        return at.astimezone(self.zone).date() if at else None

    def names(self, codes: tuple[str, ...]) -> str:
        """Units as a sheet names them."""
        return NAMES.join(self.units.get(code, code) for code in codes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Generic[R]):
    """One column: its ``key`` in JSON, its heading on a sheet, and what stands in it."""

    key: str
    heading: str
    value: Callable[[R, View], Cell]
    width: Width = Width.NORMAL


Reader = Callable[[ReadConnection, Actor, Filters, int, str | None], Awaitable[Page[Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """A ledger. ``read`` answers a page of its rows as far as somebody may see them; ``filters``
    are those of :class:`store.filters.Filters` that it knows, ``None``: every one; ``besides`` says
    what else its rows were asked by."""

    name: str
    title: str
    read: Reader
    columns: tuple[Column[Any], ...]
    right: Right = Right.SIGNED_IN
    filters: frozenset[str] | None = None
    besides: tuple[str, ...] = ()


def _c(
    key: str, heading: str, value: Callable[[Any, View], Cell], width: Width = Width.NORMAL
) -> Column[Any]:
    return Column(key=key, heading=str(heading), value=value, width=width)


# --- 总台账 ---------------------------------------------------------------------------------------


def _days_left(row: ItemLine, view: View) -> int | None:
    """Working days to the limit; past it, so many with a minus."""
    today = view.now.astimezone(view.zone).date()
    if row.due_on is None:
        return None
    if row.overdue:
        return -view.days.between(row.due_on, today)
    waits = row.lamp.value != "grey" and row.due_on >= today
    return view.days.between(today, row.due_on) if waits else None


def _progress(row: ItemLine, view: View) -> str:
    day = view.day(row.progress_at)
    return f"{row.progress or ''}（{day}）" if day else ""


_LEVELS = {Level.DEPUTY: "分管领导", Level.CHIEF: "主要领导"}


def _coordination(row: ItemLine, _: View) -> str:
    asked, answered = row.coordination.level, row.coordination.answered_level
    if asked is not Level.NONE:
        return f"{_LEVELS[asked]}（待答复）"
    return "" if answered is Level.NONE else f"{_LEVELS[answered]}（已答复）"


def _on_time(row: ItemLine, _: View) -> str:
    if row.closed_at and row.status != Status.TERMINATED:
        return "逾期" if row.lapsed else "按期"
    return "曾逾期" if row.lapsed else ""


def _person(row: ItemLine, _: View) -> str:
    """具体责任人 by the name of the time; where there was none, the unit's first."""
    by_post = {one.post: one.name for one in row.responsible}
    posts = (Post.HANDLER, Post.SUPERVISOR, Post.PRINCIPAL)
    return next((by_post[post] for post in posts if post in by_post), "")


def _stated(row: ItemLine, view: View) -> Cell:
    """The limit that was named, whatever became of it since."""
    named = (row.facts.due_on, view.day(row.facts.due_at), row.facts.scheme_due_on)
    return min((on for on in named if on is not None), default=None)


def _cycle(row: ItemLine, view: View) -> str:
    year = row.facts.year or row.issued_at.astimezone(view.zone).year
    return cycle_text(row.facts.cycle, year) if row.facts.cycle else ""


def _nodes(row: ItemLine, _: View) -> str:
    return "\n".join(node_text(n.name, n.due_on, n.output) for n in row.facts.milestones)


def _targets(row: ItemLine, _: View) -> str:
    return "\n".join(target_text(t.name, t.target, t.unit) for t in row.facts.targets)


_URGENCY_NAMES = {urgency.value: name for name, urgency in URGENCIES.items()}
NUMBER = _c("number", Own.NUMBER, lambda row, _: row.number)
CATEGORY = _c(
    "category", Own.CATEGORY, lambda row, _: f"{row.category} {CATEGORY_NAMES[row.category]}"
)
TITLE = _c("title", Own.TITLE, lambda row, _: row.title, Width.WIDE)
LEAD = _c("lead_unit_name", Own.LEAD, lambda row, _: row.lead_unit_name)
CO_UNITS = _c("co_units", Own.CO_UNITS, lambda row, view: view.names(row.co_units))
ISSUED_ON = _c(
    "issued_on",
    Own.ISSUED_ON,
    lambda row, view: view.day(row.issued_at) if row.handed_out else None,
)
DUE_ON = _c("due_on", Own.DUE_ON, lambda row, _: row.due_on)
LAMP = _c("lamp", Own.LAMP, lambda row, _: LAMP_NAMES[row.lamp], Width.NARROW)
PROGRESS = _c("progress", Own.PROGRESS, _progress, Width.WIDE)
STATUS = _c("status", Own.STATUS, lambda row, _: STATUS_NAMES[Status(row.status)])
CLOSED_ON = _c("closed_on", Own.CLOSED_ON, lambda row, view: view.day(row.closed_at))
ON_TIME = _c("on_time", Own.ON_TIME, _on_time, Width.NARROW)
_HOW_IT_STANDS = (DUE_ON, LAMP, PROGRESS, STATUS, CLOSED_ON, ON_TIME)

ITEM_COLUMNS: tuple[Column[Any], ...] = (
    NUMBER,
    CATEGORY,
    _c("source", Own.SOURCE, lambda row, _: row.facts.source.reference),
    TITLE,
    LEAD,
    CO_UNITS,
    _c("person", Own.PERSON, _person),
    ISSUED_ON,
    _c("kind", Own.KIND, lambda row, _: KIND_NAMES[Kind(row.kind)]),
    DUE_ON,
    _c("days_left", Own.DAYS_LEFT, _days_left),
    LAMP,
    PROGRESS,
    _c("reminders", Own.REMINDERS, lambda row, _: row.reminders, Width.NARROW),
    _c("extensions", Own.EXTENSIONS, lambda row, _: row.extensions, Width.NARROW),
    _c("coordination", Own.COORDINATION, _coordination),
    _c("circulars", Own.CIRCULARS, lambda row, _: NAMES.join(row.circulars)),
    STATUS,
    CLOSED_ON,
    ON_TIME,
    _c("struck_by", Own.STRUCK_BY, lambda row, _: row.struck_by or ""),
    _c("content", Own.CONTENT, lambda row, _: row.facts.content, Width.WIDE),
    _c("urgency", Own.URGENCY, lambda row, _: _URGENCY_NAMES[row.urgency], Width.NARROW),
    _c("source_type", Own.SOURCE_TYPE, lambda row, _: row.facts.source.type),
    _c("leader", Own.LEADER, lambda row, _: row.facts.source.leader),
    _c("source_date", Own.SOURCE_DATE, lambda row, _: row.facts.source.date),
    _c("basis", Own.BASIS, lambda row, _: row.facts.basis),
    _c("stated_on", Own.STATED, _stated),
    _c("due_reason", Own.WHY, lambda row, _: row.facts.due_reason),
    _c("first_due_on", Own.FIRST_DUE_ON, lambda row, view: view.day(row.original_due_at)),
    _c("cycle", Own.CYCLE, _cycle),
    _c("milestones", Own.NODES, _nodes),
    _c("targets", Own.TARGETS, _targets),
)


# --- 批示件, 会议议定事项, 建议提案 ---------------------------------------------------------------


def _wait(row: ItemLine, view: View) -> int | None:
    """第一时间 (R42): working days from the receipt of the directive to the 下达."""
    received = view.day(row.facts.source.received_at)
    issued = view.day(row.issued_at) if row.handed_out else None
    return view.days.between(received, issued) if received and issued else None


def _level(row: ItemLine, _: View) -> str:
    level = row.facts.source.level
    return SOURCE_LEVEL_NAMES[level] if level else ""


def _source_name(row: ItemLine, _: View) -> str:
    kind = row.source_kind
    return SOURCE_TYPE_NAMES[SourceType(kind)] if kind else row.facts.source.type


DIRECTIVE_COLUMNS: tuple[Column[Any], ...] = (
    NUMBER,
    _c("leader", "批示（交办）领导", lambda row, _: row.facts.source.leader),
    _c("level", "层级", _level, Width.NARROW),
    _c("reference", "批示件号", lambda row, _: row.facts.source.reference),
    _c("source_date", "批示日期", lambda row, _: row.facts.source.date),
    _c("received_on", "收到日", lambda row, view: view.day(row.facts.source.received_at)),
    ISSUED_ON,
    _c("days_to_issue", "收到至交办（工作日）", _wait),
    TITLE,
    LEAD,
    CO_UNITS,
    *_HOW_IT_STANDS,
)
MEETING_COLUMNS: tuple[Column[Any], ...] = (
    _c(
        "meeting_type",
        "会议类型",
        lambda row, _: MEETING_TYPE_NAMES.get(row.facts.source.meeting_type, ""),
    ),
    _c("reference", "会议（纪要）", lambda row, _: row.facts.source.reference),
    _c("source_date", "会议日期", lambda row, _: row.facts.source.date),
    _c("clause", "议定事项号", lambda row, _: row.facts.source.clause, Width.NARROW),
    NUMBER,
    TITLE,
    LEAD,
    CO_UNITS,
    ISSUED_ON,
    *_HOW_IT_STANDS,
)
PROPOSAL_COLUMNS: tuple[Column[Any], ...] = (
    _c("sort", "建议或提案", _source_name),
    _c("level", "层级", _level, Width.NARROW),
    _c("reference", "建议提案号", lambda row, _: row.facts.source.reference),
    _c("proposer", "提出人", lambda row, _: row.facts.source.proposer),
    _c(
        "role",
        "主办或会办",
        lambda row, _: PROPOSAL_ROLE_NAMES.get(row.facts.source.role, ""),
        Width.NARROW,
    ),
    _c("reply_due_on", "答复期限", lambda row, _: row.facts.source.reply_due_on),
    NUMBER,
    TITLE,
    LEAD,
    CO_UNITS,
    ISSUED_ON,
    *_HOW_IT_STANDS,
)


# --- 催办, 责任人名册 -----------------------------------------------------------------------------


def _form(row: ReminderLine, _: View) -> str:
    return FORM_NAMES[Form(row.form)] if row.form in set(Form) else row.form


REMINDER_COLUMNS: tuple[Column[Any], ...] = (
    NUMBER,
    TITLE,
    LEAD,
    DUE_ON,
    _c("at", "催办时间", lambda row, view: row.at.astimezone(view.zone)),
    _c("nth", "第几次", lambda row, _: row.nth, Width.NARROW),
    _c("form", "形式", _form),
    _c("to", "对象", lambda row, _: row.to),
    _c("said", "内容", lambda row, _: row.said, Width.WIDE),
    _c("reply", "答复", lambda row, _: row.reply, Width.WIDE),
    _c("by", "经办人", lambda row, _: row.by),
)
POST_COLUMNS: tuple[Column[Any], ...] = (
    _c("unit_code", "单位代码", lambda row, _: row.unit_code, Width.NARROW),
    _c("unit_name", "单位", lambda row, _: row.unit_name),
    _c("post", "职责", lambda row, _: POST_NAMES[Post(row.post)]),
    _c("name", "姓名", lambda row, _: row.name),
    _c("phone", "电话", lambda row, _: row.phone),
    _c("since", "任职起", lambda row, _: row.since),
)


# --- 通报, 落实不力 -------------------------------------------------------------------------------


def _ground(row: EntryLine | DeductionLine, _: View) -> str:
    return f"{row.ground} {GROUND_NAMES[Ground(row.ground)]}" if row.ground else ""


_UNIT_NAME = _c("unit_name", "单位", lambda row, _: row.unit_name)
_CIRCULAR = _c("circular_number", "通报期号", lambda row, _: row.circular_number)
_ITEM_NUMBER = _c("item_number", "编号", lambda row, _: row.item_number)
_ITEM_TITLE = _c("item_title", "事项", lambda row, _: row.item_title, Width.WIDE)
CIRCULAR_COLUMNS: tuple[Column[Any], ...] = (
    _CIRCULAR,
    _c("issued_on", "印发日", lambda row, view: view.day(row.issued_at)),
    _c("circular_title", "标题", lambda row, _: row.circular_title),
    _c("stage", "状态", lambda row, _: STAGE_NAMES[Stage(row.stage)], Width.NARROW),
    _UNIT_NAME,
    _ITEM_NUMBER,
    _ITEM_TITLE,
    _c("tone", "性质", lambda row, _: TONE_NAMES[Tone(row.tone)]),
    _c("ground", "情形", _ground),
    _c("facts", "情况", lambda row, _: row.facts, Width.WIDE),
    _c("requirement", "要求", lambda row, _: row.requirement, Width.WIDE),
    _c("new_due_on", "通报后期限", lambda row, _: row.new_due_on),
)


def _points(row: DeductionLine, _: View) -> Decimal:
    return Decimal(row.points).scaleb(-2)


DEDUCTION_COLUMNS: tuple[Column[Any], ...] = (
    _c("year", "年度", lambda row, _: row.year, Width.NARROW),
    _c("unit", "单位代码", lambda row, _: row.unit, Width.NARROW),
    _UNIT_NAME,
    _CIRCULAR,
    _ITEM_NUMBER,
    _ITEM_TITLE,
    _c("ground", "情形", _ground),
    _c("kind", "类型", lambda row, _: LINE_NAMES[row.kind]),
    _c("points", "扣分（冲销为负）", _points, Width.NARROW),
    _c("reason", "说明", lambda row, _: row.reason, Width.WIDE),
    _c("at", "记入时间", lambda row, view: row.at.astimezone(view.zone)),
)


LEDGERS: dict[str, Ledger] = {
    ledger.name: ledger
    for ledger in (
        Ledger(name="items", title="总台账", read=ledgers.item_lines, columns=ITEM_COLUMNS),
        Ledger(
            name="directives",
            title="批示件台账",
            read=partial(ledgers.item_lines, only=ledgers.DIRECTIVES),
            columns=DIRECTIVE_COLUMNS,
        ),
        Ledger(
            name="meetings",
            title="会议议定事项台账",
            read=partial(ledgers.item_lines, only=ledgers.MEETINGS),
            columns=MEETING_COLUMNS,
        ),
        Ledger(
            name="proposals",
            title="建议提案台账",
            read=partial(ledgers.item_lines, only=ledgers.PROPOSALS),
            columns=PROPOSAL_COLUMNS,
        ),
        Ledger(
            name="reminders",
            title="催办台账",
            read=ledgers.reminder_lines,
            columns=REMINDER_COLUMNS,
        ),
        Ledger(
            name="responsible",
            title="责任人名册",
            read=ledgers.post_lines,
            columns=POST_COLUMNS,
            right=Right.READ_RULES,
            filters=frozenset({"unit"}),
        ),
        Ledger(
            name="circulars",
            title="通报台账",
            read=circular_ledgers.entry_lines,
            columns=CIRCULAR_COLUMNS,
            right=Right.READ_CIRCULARS,
            filters=frozenset({"unit", "year"}),
        ),
        Ledger(
            name="deductions",
            title="落实不力台账",
            read=circular_ledgers.deduction_ledger,
            columns=DEDUCTION_COLUMNS,
            right=Right.READ_DEDUCTIONS,
            filters=frozenset({"unit", "year"}),
        ),
    )
}

__all__ = ["LEDGERS", "WIDTHS", "Cell", "Column", "ItemLine", "Ledger", "PostLine", "View"]
