"""Entries become rows: title, content, units, limit, source, and a judgement."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from ledger.columns import plain_header
from ledger.entries import Entry
from ledger.indicators import read_targets
from ledger.inside import limit_inside, units_inside
from ledger.lines import lead_in
from ledger.model import (
    Cycle,
    Field,
    LedgerRow,
    Limit,
    LimitKind,
    Milestone,
    MilestoneKind,
    Outcome,
    Remark,
    Urgency,
)
from ledger.moments import Frame
from ledger.plans import with_frequency, with_plan
from ledger.sources import guess_category, main_title
from ledger.text import fingerprint_text, make_title, narrow, squeeze, without_numbering
from ledger.units import Units, read_units
from ledger.wordings import CellValue, read_limit

MAX_CONTENT = 20_000
_READY_KINDS = (
    LimitKind.DATE,
    LimitKind.MILESTONES,
    LimitKind.ORDINARY,
    LimitKind.YEAR_ROUND,
)
_WORDS = (Field.TITLE, Field.CONTENT, Field.STAGE, Field.CYCLE, Field.TARGET)
_WHOLE_YEAR = re.compile(r"全年|年内|今年|本年|年度|长期|持续|增长\s*\d|20\d\d年")
_DONE = re.compile(
    r"(?:已|已经|全部|已全部)?(?:完成|完工|竣工|办结|销号|整改到位|完成整改|整改完成)(?:整改|"
    r"任务)?[。.!！]?|100%"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What stands around the rows: sheet, titles, file, and the frame for their wordings."""

    sheet: str
    title: str
    filename: str
    frame: Frame
    published_on: date | None
    year_given: bool
    today: date
    words: tuple[str, ...] = ()


@dataclass(slots=True)
class _Notes:
    """The sentences of one row, by sort."""

    taken: list[Remark] = field(default_factory=list)
    doubts: list[Remark] = field(default_factory=list)
    problems: list[Remark] = field(default_factory=list)

    def take(self, name: str, text: str) -> None:
        self.taken.append(Remark(field=name, text=text))

    def doubt(self, name: str, text: str) -> None:
        self.doubts.append(Remark(field=name, text=text))

    def refuse(self, name: str, text: str) -> None:
        self.problems.append(Remark(field=name, text=text))


def make_row(entry: Entry, around: Around) -> LedgerRow:
    """Read and judge one entry."""
    notes = _Notes(doubts=list(entry.doubts))
    title, content = _words(entry, notes)
    units = _units(entry, content, around, notes)
    issued_on = _issued_on(entry, around, notes)
    category, why = guess_category(
        [*entry.texts(Field.CATEGORY), *entry.texts(Field.SOURCE)], around.words
    )
    limit = _limit(entry, content, _frame(entry, around, issued_on), category, notes)
    notes.take("类别", why)
    targets, untold = read_targets(entry, title, limit, category)
    notes.doubts += untold
    _judge(entry, content, limit, notes)
    _compare(limit, issued_on, around, notes)
    past = _past(limit, issued_on, around, notes)
    outcome = Outcome.REJECTED if notes.problems else Outcome.READY
    return LedgerRow(
        sheet=around.sheet,
        lines=tuple(row + 1 for row in entry.rows),
        outcome=outcome,
        table=entry.table,
        cells=tuple(entry.cells.get(column.index, "") for column in entry.head.columns),
        number=entry.text(Field.NUMBER),
        title=title,
        content=content,
        lead=units.lead,
        co_units=units.co_units,
        unit_phrases=units.phrases,
        person="、".join(" ".join(text.split()) for text in entry.texts(Field.PERSON)),
        limit=limit,
        targets=targets,
        category=category,
        source=_source(entry, around),
        issued_on=issued_on,
        remarks=entry.text(Field.REMARKS),
        progress=entry.text(Field.PROGRESS),
        past=past,
        taken_as=tuple(notes.taken),
        doubts=tuple(dict.fromkeys(notes.doubts)),
        problems=tuple(dict.fromkeys(notes.problems)),
        fingerprint=_fingerprint(entry, units.lead, limit, around),
    )


# --- words --------------------------------------------------------------------------------------


def _words(entry: Entry, notes: _Notes) -> tuple[str, str]:
    """The content holds every column of words; the title is the row's own, cut at a stop."""
    columns = [
        column
        for column in entry.head.columns
        if column.field in _WORDS and entry.cells.get(column.index)
    ]
    if not columns:
        return "", ""
    texts = [(plain_header(column.header), entry.cells[column.index]) for column in columns]
    own = [c for c in columns if c.index not in entry.shared and c.field in _WORDS[:2]]
    named = next((c for c in own if c.field is Field.TITLE), (own or columns)[0])
    title = make_title(entry.cells[named.index])
    bare = not re.search("[\u4e00-\u9fffA-Za-z]", "".join(text for _, text in texts))
    if bare:
        title = make_title("，".join(f"{name}：{text}" for name, text in texts))
    if len(columns) == 1 and not bare:
        content = texts[0][1]
    else:
        content = "\n".join(f"{name}：{text}" if name else text for name, text in texts)
    if title != without_numbering(entry.cells[named.index]).strip("。；; \n"):
        notes.take("标题", f"取自“{plain_header(named.header)}”的开头：{title}")
    plan = _long_plan(entry)
    return title, f"{content}\n{plan}" if plan else content


def _long_plan(entry: Entry) -> str:
    """A limit column that tells a story is part of what is asked."""
    index = entry.head.one(Field.LIMIT)
    text = entry.cells.get(index, "") if index is not None else ""
    if index is None or len(text) <= 30:
        return ""
    header = next(c.header for c in entry.head.columns if c.index == index)
    return f"{plain_header(header)}：{text}"


def _source(entry: Entry, around: Around) -> str:
    parts = [
        f"{plain_header(column.header)}：{entry.cells[column.index]}"
        for column in entry.head.columns
        if column.field is Field.SOURCE and entry.cells.get(column.index)
    ]
    if not parts:
        parts = [main_title(around.title) or around.filename]
    return " ".join("；".join(parts).split())[:200]


# --- units --------------------------------------------------------------------------------------


def _units(entry: Entry, content: str, around: Around, notes: _Notes) -> Units:
    lead_cell, co_cell = entry.text(Field.LEAD), entry.text(Field.CO_UNITS)
    units = read_units(lead_cell, co_cell, lead_said=entry.head.lead_said)
    if not lead_cell or squeeze(lead_cell) in ("/", "-", "无"):
        units = _lead_elsewhere(entry, content, around, co_cell, units)
    for text in units.taken_as:
        notes.take("牵头单位", text)
    for text in units.doubts:
        notes.doubt("单位", text)
    for text in units.problems:
        notes.refuse("牵头单位", text)
    return units


def _lead_elsewhere(
    entry: Entry, content: str, around: Around, co_cell: str, units: Units
) -> Units:
    inside = units_inside(content)
    if inside is not None:
        doubt = f"单位栏没有写，取自事项内容：由“{inside.lead}”牵头，请核对"
        others = tuple(dict.fromkeys((*inside.co_units, *units.co_units)))
        return replace(inside, co_units=others, doubts=(doubt, *inside.doubts))
    has_column = bool(entry.head.of(Field.LEAD))
    places = (("小标题", entry.section), ("表题", around.title), ("工作表名", around.sheet))
    for where, text in places:
        for line in reversed(text.split("\n")):
            lead = lead_in(line)
            if lead and not (has_column and where != "小标题"):
                found = read_units(lead, co_cell, lead_said=False)
                doubt = f"单位栏没有写，按{where}“{line[:30]}”由“{found.lead}”牵头，请核对"
                return replace(found, doubts=(doubt, *found.doubts)) if found.lead else found
    return units


# --- the limit ----------------------------------------------------------------------------------


def _frame(entry: Entry, around: Around, issued_on: date | None) -> Frame:
    frame = around.frame
    index = entry.head.one(Field.LIMIT)
    header = next((c.header for c in entry.head.columns if c.index == index), "")
    year = re.search(r"(?<!\d)20\d{2}(?=年)", narrow(header))
    if year and not around.year_given:
        frame = replace(frame, year=int(year.group()), year_from=f"表头“{header}”")
    base = issued_on or _source_date(entry) or around.published_on
    return replace(frame, issued_on=base)


def _issued_on(entry: Entry, around: Around, notes: _Notes) -> date | None:
    index = entry.head.one(Field.ISSUED_ON)
    if index is None or not entry.cells.get(index):
        return None
    read = read_limit(entry.values[index][0], replace(around.frame, issued_on=None))
    if read.kind is LimitKind.DATE and not read.milestones:
        return read.due_on
    if read.phrase and read.kind is not LimitKind.ORDINARY:
        notes.doubt("交办日期", f"“{read.phrase}”没有读出日期，没有取用")
    return None


def _source_date(entry: Entry) -> date | None:
    """A full date among the source columns (批示时间, 会议时间): limits in days count from it."""
    for index in entry.head.of(Field.SOURCE):
        for value in entry.values.get(index, []):
            if isinstance(value, datetime):
                return value.date()
            if isinstance(value, date):
                return value
            full = re.search(r"(20\d{2})\D(\d{1,2})\D(\d{1,2})(?!\d)", narrow(str(value)))
            try:
                if full:
                    return date(int(full[1]), int(full[2]), int(full[3]))
            except ValueError:
                continue
    return None


def _limit(entry: Entry, content: str, frame: Frame, category: str, notes: _Notes) -> Limit:
    limit = with_plan(entry, _cell_limit(entry, frame), frame)
    limit = with_frequency(entry, limit, frame)
    if limit.kind is LimitKind.ORDINARY and not limit.phrase:
        limit = limit_inside(content, frame) or limit
    if limit.kind is LimitKind.ORDINARY and not limit.phrase and _WHOLE_YEAR.search(content):
        word = "没有写时限，内容却像全年任务；按五个工作日办理，请核对"
        limit = replace(limit, doubts=(*limit.doubts, word))
    if limit.kind is LimitKind.ORDINARY and not limit.phrase:
        limit = replace(limit, doubts=(*limit.doubts, *_silent(entry, category)))
    limit = _with_urgency(entry, _with_start(entry, limit, frame))
    notes.take("办理时限", limit.taken_as)
    if limit.kind in _READY_KINDS:
        for doubt in limit.doubts:
            notes.doubt("办理时限", doubt)
    return limit


def _silent(entry: Entry, category: str) -> Iterator[str]:
    """What may hide behind a limit that nobody wrote."""
    remarks = narrow(entry.text(Field.REMARKS))
    if re.search(r"\d月|年底|季度|汛|\d日前", remarks):
        yield f"备注里写有“{remarks[:30]}”，没有当作时限，请核对"
    if category in ("C1", "C2"):
        yield (
            "批示件、交办件没有时限的，办法五（三）要求次日报方案、5日内报意见或结果；"
            "本版导入按五个工作日办理，请核对"
        )


def _cell_limit(entry: Entry, frame: Frame) -> Limit:
    index = entry.head.one(Field.LIMIT)
    if index is None or not entry.cells.get(index):
        return read_limit("", frame)
    values = entry.values[index]
    if len(values) > 1:
        return read_limit(entry.cells[index], frame)
    header = narrow(next(c.header for c in entry.head.columns if c.index == index))
    return read_limit(_month_number(values[0], header), frame)


def _month_number(value: CellValue, header: str) -> CellValue:
    """Under 完成时限（月） a bare 6 is June."""
    text = squeeze(str(value)).removesuffix(".0")
    if re.search(r"月份|[(/]月\)?$", header) and re.fullmatch(r"[1-9]|1[0-2]", text):
        return f"{text}月"
    return value


def _with_start(entry: Entry, limit: Limit, frame: Frame) -> Limit:
    index = entry.head.one(Field.START)
    if index is None or not entry.cells.get(index):
        return limit
    start = read_limit(entry.values[index][0], frame)
    if start.due_on is None:
        said = f"开工（启动）时间“{start.phrase}”没有读出日期，没有取用"
        return replace(limit, doubts=(*limit.doubts, said)) if start.phrase else limit
    mark = Milestone(name="开工（启动）", due_on=start.due_on, kind=MilestoneKind.START)
    if limit.kind is LimitKind.MILESTONES:
        said = f"开工（启动）时间 {start.due_on.isoformat()} 没有另列为节点"
        return replace(limit, doubts=(*limit.doubts, said))
    if limit.due_on is not None:
        doubts = limit.doubts
        if limit.due_on < start.due_on:
            doubts = (*doubts, "完成时间早于开工（启动）时间，请核对")
        return replace(limit, milestones=(mark, *limit.milestones), doubts=doubts)
    if limit.kind is LimitKind.ORDINARY and not limit.phrase:
        doubt = "只写了开工（启动）时间，没有完成时间；按该日为办理时限，请核对"
        return replace(start, milestones=(mark,), doubts=(*start.doubts, doubt))
    return limit


def _with_urgency(entry: Entry, limit: Limit) -> Limit:
    """特急 or 加急 in a cell of its own (remarks, category, an urgency column)."""
    for text in entry.cells.values():
        word = squeeze(text)
        if word in ("特急", "特急件", "特提"):
            return replace(limit, urgency=Urgency.EXTRA_URGENT)
        if word in ("加急", "急件", "加急件", "急"):
            return replace(limit, urgency=Urgency.URGENT)
    return limit


# --- judgement ----------------------------------------------------------------------------------


def _judge(entry: Entry, content: str, limit: Limit, notes: _Notes) -> None:
    if entry.problem:
        notes.refuse("行", entry.problem)
    if not squeeze(content).strip("/-无"):
        notes.refuse("事项内容", "没有事项内容，请补上")
    if len(content) > MAX_CONTENT:
        notes.refuse("事项内容", f"超过 {MAX_CONTENT} 字，请精简")
    if limit.kind not in _READY_KINDS:
        for doubt in limit.doubts:
            notes.refuse("办理时限", doubt)
    if any(_DONE.fullmatch(squeeze(text)) for text in entry.texts(Field.PROGRESS)):
        done = next(t for t in entry.texts(Field.PROGRESS) if _DONE.fullmatch(squeeze(t)))
        notes.refuse("进展", f"进展栏写明“{done}”，不再下达；仍要下达请清空这一格")


def _compare(limit: Limit, issued_on: date | None, around: Around, notes: _Notes) -> None:
    due = limit.due_on
    if due is None:
        return
    for day, name in ((issued_on, "交办日期"), (around.published_on, "表前写明的日期")):
        if day is not None and due < day:
            notes.doubt("办理时限", f"时限 {due.isoformat()} 早于{name} {day.isoformat()}，请核对")
            break
    if due < around.today:
        notes.doubt(
            "办理时限",
            f"时限 {due.isoformat()} 已过，允许时限已过的事项（allow_past）才下达，下达即逾期",
        )
    if due.year > around.today.year + 10:
        notes.doubt("办理时限", f"时限在 {due.year} 年，太远，请核对")


def _past(limit: Limit, issued_on: date | None, around: Around, notes: _Notes) -> bool:
    """Whether the limit lies before today; without a calendar five working days are a week."""
    if limit.due_on is not None:
        return limit.due_on < around.today
    if issued_on is None or limit.kind is not LimitKind.ORDINARY:
        return False
    count = around.frame.working_days
    due = count(issued_on, 5) if count else issued_on + timedelta(days=7)
    if due < around.today:
        notes.doubt("办理时限", f"自 {issued_on.isoformat()} 起的五个工作日已过或将过，请核对")
    return due < around.today


def _fingerprint(entry: Entry, lead: str, limit: Limit, around: Around) -> str:
    words: Sequence[str] = entry.texts(*_WORDS)
    if limit.due_on is not None:
        # A task without a cycle of its own is due at the end of the year like any other.
        cycle = "" if limit.cycle in (None, Cycle.YEAR) else limit.cycle
        when = f"{limit.due_on.isoformat()}{cycle}"
    else:
        year = around.frame.year or around.today.year
        phrase = "" if limit.kind is LimitKind.ORDINARY else fingerprint_text(limit.phrase)
        when = f"{limit.kind}{phrase}{year}"
    parts = [*(fingerprint_text(word) for word in words), fingerprint_text(lead), when]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
