"""The system's own 总台账, read back column by column: nothing in it is guessed at.

What the export writes stands under the names of :class:`Own`; the columns of :data:`READ` make the
item again, all others only tell of it and are left aside.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from ledger.cells import original
from ledger.files import Sheet
from ledger.model import (
    Column,
    Cycle,
    Exact,
    Field,
    LedgerRow,
    Limit,
    LimitKind,
    Milestone,
    MilestoneKind,
    Outcome,
    Remark,
    Table,
    Target,
    Urgency,
)
from ledger.sources import CATEGORY_NAMES
from ledger.text import fingerprint_text

T = TypeVar("T")


class Own(StrEnum):
    """The columns of the 总台账: those of domain.md §5, then what an import needs beside them."""

    PLACE = "序号"
    NUMBER = "编号"
    CATEGORY = "类别"
    SOURCE = "来源"
    TITLE = "事项"
    LEAD = "牵头单位"
    CO_UNITS = "协办"
    PERSON = "责任人"
    ISSUED_ON = "交办日"
    KIND = "时限类型"
    DUE_ON = "现期限"
    DAYS_LEFT = "剩余/逾期天数"
    LAMP = "灯"
    PROGRESS = "最新进展（日期）"
    REMINDERS = "催办次数"
    EXTENSIONS = "延期次数"
    COORDINATION = "协调级别"
    CIRCULARS = "通报期号"
    STATUS = "状态"
    CLOSED_ON = "办结日"
    ON_TIME = "是否按期"
    STRUCK_BY = "销号人"
    CONTENT = "事项内容"
    URGENCY = "紧急程度"
    SOURCE_TYPE = "来源类型"
    LEADER = "交办领导"
    SOURCE_DATE = "来源日期"
    BASIS = "依据"
    STATED = "指定期限"
    WHY = "另定期限的理由"
    FIRST_DUE_ON = "原期限"
    CYCLE = "调度周期"
    NODES = "时间节点"
    TARGETS = "指标"


READ: Mapping[Own, Field] = {
    Own.NUMBER: Field.NUMBER,
    Own.CATEGORY: Field.CATEGORY,
    Own.SOURCE: Field.SOURCE,
    Own.TITLE: Field.TITLE,
    Own.LEAD: Field.LEAD,
    Own.CO_UNITS: Field.CO_UNITS,
    Own.ISSUED_ON: Field.ISSUED_ON,
    Own.KIND: Field.CYCLE,
    Own.DUE_ON: Field.LIMIT,
    Own.STATUS: Field.PROGRESS,
    Own.CONTENT: Field.CONTENT,
    Own.URGENCY: Field.REMARKS,
    Own.SOURCE_TYPE: Field.SOURCE,
    Own.LEADER: Field.SOURCE,
    Own.SOURCE_DATE: Field.SOURCE,
    Own.BASIS: Field.SOURCE,
    Own.STATED: Field.LIMIT,
    Own.WHY: Field.REMARKS,
    Own.FIRST_DUE_ON: Field.LIMIT,
    Own.CYCLE: Field.CYCLE,
    Own.NODES: Field.STAGE,
    Own.TARGETS: Field.TARGET,
}
"""The columns an import reads, and what they are to the rest of this package."""
KINDS = {
    "明确时限": "dated",
    "一般事项": "ordinary",
    "批示交办": "directive",
    "时间节点": "milestones",
    "全年任务": "year_round",
    "周期报告": "slot",
}
URGENCIES = {"平件": Urgency.NORMAL, "加急": Urgency.URGENT, "特急": Urgency.EXTRA_URGENT}
CYCLES = {"周": Cycle.WEEK, "月": Cycle.MONTH, "季": Cycle.QUARTER, "年": Cycle.YEAR}
BAR = "｜"
NAMES = "、"
ENDED = {
    "办结销号": "已办结销号，不再下达",
    "归档": "已归档，不再下达",
    "终止": "已终止，不再下达",
    "拟办": "尚未下达，请在原系统报批",
    "待批": "尚未下达，请在原系统报批",
}
_TITLE_ROWS = 3
_NOT_READ = "只供查阅，导入时不用"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTable:
    """A 总台账 found in a sheet."""

    table: Table
    rows: tuple[LedgerRow, ...]
    notes: tuple[str, ...]


def find_own(sheet: Sheet, number: int, today: date) -> OwnTable | None:
    """The sheet as the system's own 总台账; ``None`` where it is some other table. ``number`` is
    that of the table in its file."""
    head = next((r for r in range(min(_TITLE_ROWS, len(sheet.rows))) if _is_head(sheet, r)), None)
    if head is None:
        return None
    places = {sheet.text(head, c): c for c in range(sheet.width) if sheet.text(head, c)}
    columns = tuple(_column(name, at) for name, at in places.items())
    table = Table(sheet=sheet.name, header_lines=(head + 1,), columns=columns)
    below = range(head + 1, len(sheet.rows))
    read = [
        _Reading(sheet, at, places, columns, number).row(today)
        for at in below
        if any(sheet.text(at, c) for c in places.values())
    ]
    note = f"工作表“{sheet.name}”是本系统导出的总台账，按列名逐项读取"
    return OwnTable(table=table, rows=tuple(read), notes=(note,))


def _is_head(sheet: Sheet, row: int) -> bool:
    names = {sheet.text(row, column) for column in range(sheet.width)}
    return {name.value for name in READ} <= names


def _column(name: str, at: int) -> Column:
    own = Own(name) if name in set(Own) else None
    field = READ.get(own) if own else None
    return Column(
        index=at,
        header=name,
        field=field or Field.UNKNOWN,
        taken_as=f"按“{name}”读取" if field else _NOT_READ,
    )


class _Reading:
    """One line of an own ledger."""

    def __init__(
        self,
        sheet: Sheet,
        at: int,
        places: Mapping[str, int],
        columns: Sequence[Column],
        table: int,
    ) -> None:
        self.sheet, self.at, self.places = sheet, at, places
        self.columns, self.table = columns, table
        self.problems: list[Remark] = []
        self.doubts: list[Remark] = []

    def text(self, name: Own) -> str:
        """What stands under ``name``, as it was before it was made harmless."""
        return original(self.sheet.text(self.at, self.places[name]))

    def day(self, name: Own) -> date | None:
        """The date under ``name``."""
        value = self.sheet.value(self.at, self.places[name])
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        return self.parsed(name, _day, "不是日期（年-月-日）")

    def parsed(self, name: Own, read: Callable[[str], T], wrong: str) -> T | None:
        """The text under ``name``, read; nothing, and a problem, where it cannot be."""
        text = self.text(name)
        if not text:
            return None
        try:
            return read(text)
        except (ValueError, KeyError):
            self.problems.append(Remark(field=name, text=f"“{text[:30]}”{wrong}"))
            return None

    def row(self, today: date) -> LedgerRow:
        """The line, read and judged."""
        lead = self.text(Own.LEAD)
        for name in (Own.TITLE, Own.CONTENT, Own.LEAD):
            if not self.text(name):
                self.problems.append(Remark(field=name, text="没有填写"))
        category = self.parsed(Own.CATEGORY, _category, "不是本系统的类别")
        kind = self.parsed(Own.KIND, KINDS.__getitem__, "不是本系统的时限类型")
        limit = self.limit(kind or "ordinary")
        issued_on = self.day(Own.ISSUED_ON)
        exact = Exact(
            kind=kind or "ordinary",
            source_type=self.text(Own.SOURCE_TYPE),
            leader=self.text(Own.LEADER),
            source_date=self.day(Own.SOURCE_DATE),
            basis=self.text(Own.BASIS),
            due_on=limit.due_on if kind in {"ordinary", "directive"} else None,
            due_reason=self.text(Own.WHY),
        )
        if exact.due_on and kind == "ordinary" and not exact.due_reason:
            exact = replace(exact, due_reason="导入时的现期限")
        outcome = self.outcome(kind)
        return LedgerRow(
            sheet=self.sheet.name,
            lines=(self.at + 1,),
            outcome=outcome,
            table=self.table,
            cells=tuple(original(self.sheet.text(self.at, c.index)) for c in self.columns),
            number=self.text(Own.NUMBER),
            title=self.text(Own.TITLE),
            content=self.text(Own.CONTENT),
            lead=lead,
            co_units=tuple(name for name in self.text(Own.CO_UNITS).split(NAMES) if name),
            limit=limit,
            targets=self.targets(),
            category=category or "",
            source=self.text(Own.SOURCE),
            issued_on=issued_on,
            past=limit.due_on is not None and limit.due_on < today,
            doubts=tuple(self.doubts),
            problems=tuple(self.problems),
            fingerprint=self.fingerprint(lead, limit),
            exact=exact,
        )

    def outcome(self, kind: str | None) -> Outcome:
        """Whether it can be issued; what a year-round task makes by itself is no item here."""
        if kind == "slot":
            self.problems = [Remark(field="", text="周期报告由全年任务自动产生")]
            return Outcome.SKIPPED
        if why := ENDED.get(self.text(Own.STATUS)):
            self.problems.append(Remark(field=Own.STATUS, text=why))
        return Outcome.REJECTED if self.problems else Outcome.READY

    def limit(self, kind: str) -> Limit:
        """The limit in force: as it was stated, or where it has been moved since, as it is."""
        present, first, stated = self.day(Own.DUE_ON), self.day(Own.FIRST_DUE_ON), None
        if self.text(Own.STATED):
            stated = self.day(Own.STATED)
        if present and first and present != first:
            self.doubts.append(
                Remark(field=Own.DUE_ON, text=f"期限由 {first} 改为 {present}，按现期限读取")
            )
            stated = present
        urgency = self.parsed(Own.URGENCY, URGENCIES.__getitem__, "不是平件、加急、特急")
        cycle = self.parsed(Own.CYCLE, _cycle, "不是周、月、季、年")
        taken: dict[str, Any] = {
            "urgency": urgency or Urgency.NORMAL,
            "phrase": "",
            "taken_as": "按列名读取",
        }
        match kind:
            case "year_round":
                due_on = date(cycle[1], 12, 31) if cycle else present
                every = cycle[0] if cycle else Cycle.YEAR
                return Limit(kind=LimitKind.YEAR_ROUND, due_on=due_on, cycle=every, **taken)
            case "milestones":
                nodes = self.parsed(Own.NODES, _nodes, "读不出时间节点") or ()
                last = max((node.due_on for node in nodes), default=None)
                return Limit(kind=LimitKind.MILESTONES, due_on=last, milestones=nodes, **taken)
            case "dated":
                return Limit(kind=LimitKind.DATE, due_on=stated or present, **taken)
            case _:
                sort = LimitKind.DATE if stated else LimitKind.ORDINARY
                return Limit(kind=sort, due_on=stated, **taken)

    def targets(self) -> tuple[Target, ...]:
        """The indicators, one a line."""
        return self.parsed(Own.TARGETS, _targets, "读不出指标") or ()

    def fingerprint(self, lead: str, limit: Limit) -> str:
        """The same for the same item in a later export."""
        number, title = self.text(Own.NUMBER), self.text(Own.TITLE)
        words = (number, fingerprint_text(title), fingerprint_text(lead), str(limit.due_on))
        return hashlib.sha256("\n".join(words).encode()).hexdigest()[:32]


def _day(text: str) -> date:
    return date.fromisoformat(text[:10])


def _category(text: str) -> str:
    code = text.split(" ")[0]
    if code not in CATEGORY_NAMES:
        raise ValueError(text)
    return code


def cycle_text(cycle: str, year: int) -> str:
    """``2026年按月`` as the export writes it."""
    names = {cycle.value: name for name, cycle in CYCLES.items()}
    return f"{year}年按{names[cycle]}"


def _cycle(text: str) -> tuple[Cycle, int]:
    found = re.fullmatch(r"(\d{4})年按([周月季年])", text)
    if found is None:
        raise ValueError(text)
    return CYCLES[found[2]], int(found[1])


def node_text(name: str, due_on: date, output: str) -> str:
    """One node as the export writes it."""
    return BAR.join((due_on.isoformat(), name, output))


def _nodes(text: str) -> tuple[Milestone, ...]:
    found = []
    for line in text.split("\n"):
        on, name, output = line.split(BAR, 2)
        found.append(Milestone(name=name, due_on=_day(on), kind=MilestoneKind.STAGE, output=output))
    return tuple(found)


def target_text(name: str, value: float, unit: str) -> str:
    """One indicator as the export writes it."""
    return BAR.join((name, repr(value), unit))


def _targets(text: str) -> tuple[Target, ...]:
    found = []
    for line in text.split("\n"):
        name, value, unit = line.rsplit(BAR, 2)
        found.append(Target(name=name, unit=unit, value=float(value)))
    return tuple(found)
