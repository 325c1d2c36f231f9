"""Bytes in, a read and judged ledger out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from ledger.blocks import Rebuilt, rebuild
from ledger.entries import find_entries
from ledger.files import Sheet, load
from ledger.lines import Found, LineKind, find_lines
from ledger.model import Column, Field, Ledger, LedgerError, LedgerRow, Outcome, Remark, Table
from ledger.moments import EARLIEST, LATEST, Frame, WorkingDays
from ledger.own import find_own
from ledger.rows import Around, make_row
from ledger.sources import find_published, find_year, title_lines
from ledger.text import fingerprint_text

__all__ = ["WorkingDays", "read_ledger"]


def read_ledger(
    data: bytes,
    filename: str,
    *,
    year: int | None,
    today: date,
    working_days: WorkingDays | None = None,
) -> Ledger:
    """Read a whole ledger file.

    `year` bases wordings without a year; without it the year of a title, a sheet or the file name
    does. `today` only marks limits that have passed. `working_days(start, n)` counts n working
    days after start; without it “3个工作日内” cannot be read.
    """
    if year is not None and not EARLIEST <= year <= LATEST:
        raise LedgerError("bad_year", f"年份 {year} 不合常理，请指明正确的年份（year）")
    loaded = load(data, filename)
    reading = _Reading(filename, year, today, working_days)
    for sheet in loaded.sheets:
        reading.sheet(sheet)
    if not reading.tables:
        raise LedgerError(
            "no_table",
            "没有找到表头；请保证有一行写明列名，"
            "至少有“工作任务（事项）”和“责任单位（牵头单位）”两列",
        )
    rows = _mark_repeats(reading.rows)
    notes = (*loaded.notes, *reading.notes, *_about_tables(reading.tables, rows))
    return Ledger(
        filename=filename,
        rows=tuple(rows),
        tables=tuple(reading.tables),
        notes=tuple(dict.fromkeys(notes)),
        year=reading.year,
        year_basis=reading.year_basis,
        published_on=reading.published_on,
    )


class _Reading:
    """Collects the rows of all sheets."""

    def __init__(
        self, filename: str, year: int | None, today: date, working_days: WorkingDays | None
    ) -> None:
        self.filename = filename
        self.given = year
        self.today = today
        self.working_days = working_days
        self.tables: list[Table] = []
        self.rows: list[LedgerRow] = []
        self.notes: list[str] = []
        self.year = year
        self.year_basis = "" if year is None else f"指定为 {year} 年"
        self.published_on: date | None = None

    def sheet(self, sheet: Sheet) -> None:
        """Read one sheet: its lines, its tables, its duties."""
        own = find_own(sheet, len(self.tables), self.today)
        if own is not None:
            self.tables.append(own.table)
            self.notes += own.notes
            self.rows += own.rows
            return
        found = find_lines(sheet, len(self.tables))
        rebuilt = None if found.heads else rebuild(sheet)
        if rebuilt is not None:
            self.notes.append(f"工作表“{sheet.name}”没有表格，按逐条列出的任务和单位读")
            sheet = rebuilt.sheet
            found = find_lines(sheet, len(self.tables))
        around = self._around(sheet, found)
        self._keep_tables(sheet, found, around)
        heads = {len(self.tables) - len(found.heads) + i: h for i, h in enumerate(found.heads)}
        data = [line for line in found.lines if line.kind is LineKind.DATA]
        entries = find_entries(sheet, data, heads)
        first = len(self.tables) - len(found.heads)
        rows = [make_row(entry, around[entry.table - first]) for entry in entries]
        rows += [
            _skipped(sheet, line.row, line.kind)
            for line in found.lines
            if line.kind is not LineKind.DATA
        ]
        if rebuilt is not None:
            rows = [r for row in rows if (r := _moved(row, rebuilt)).lines]
        self.rows += sorted(rows, key=lambda row: row.lines)
        if not found.heads and any(line.kind is not LineKind.BLANK for line in found.lines):
            self.notes.append(f"工作表“{sheet.name}”里没有找到表头，没有读")

    def _keep_tables(self, sheet: Sheet, found: Found, around: list[Around]) -> None:
        for head, beside in zip(found.heads, around, strict=True):
            self.tables.append(
                Table(
                    sheet=sheet.name,
                    header_lines=tuple(range(head.first + 1, head.last + 2)),
                    columns=head.columns,
                    title=beside.title,
                    year=beside.frame.year,
                    published_on=beside.published_on,
                )
            )
            self.notes += head.notes

    def _around(self, sheet: Sheet, found: Found) -> list[Around]:
        around = []
        titles: list[str] = []
        for title, head in zip(found.titles, found.heads, strict=True):
            headers = " ".join(column.header for column in head.columns)
            if title:
                titles.append(title)
            top = "\n".join(titles[:1] + titles[-1:])
            frame = self._frame(top, sheet.name)
            published = find_published(top)
            self.published_on = self.published_on or published
            around.append(
                Around(
                    sheet=sheet.name,
                    title=title or (titles[-1] if titles else ""),
                    filename=self.filename,
                    frame=frame,
                    published_on=published,
                    year_given=self.given is not None,
                    today=self.today,
                    words=(*_title_words(titles), headers, sheet.name, self.filename),
                )
            )
        return around

    def _frame(self, title: str, sheet: str) -> Frame:
        if self.given is not None:
            return Frame(year=self.given, year_from="指定的年份", working_days=self.working_days)
        own_name = "" if sheet in self.filename else sheet
        for text, where in ((title, "表题"), (own_name, "工作表名"), (self.filename, "文件名")):
            year, several = find_year(text)
            if several:
                self.notes.append(f"{where}里有几个年份，没有取用；请指明台账所属的年份（year）")
                break
            if year is not None:
                basis = f"取自{where}的 {year} 年"
                self.year = self.year or year
                self.year_basis = self.year_basis or basis
                return Frame(year=year, year_from=where, working_days=self.working_days)
        return Frame(working_days=self.working_days)


def _title_words(titles: Sequence[str]) -> list[str]:
    """The nearest title first."""
    return [line for title in reversed(titles) for line in title_lines(title)]


def _moved(row: LedgerRow, rebuilt: Rebuilt) -> LedgerRow:
    """The row with the line numbers of the list it was rebuilt from."""
    lines = (line + 1 for made in row.lines for line in rebuilt.origin[made - 1])
    return replace(row, lines=tuple(lines))


def _skipped(sheet: Sheet, row: int, kind: LineKind) -> LedgerRow:
    texts = dict.fromkeys(sheet.text(row, column) for column in range(sheet.width))
    content = " ".join(text for text in texts if text)
    return LedgerRow(
        sheet=sheet.name,
        lines=(row + 1,),
        outcome=Outcome.SKIPPED,
        content=content,
        problems=(Remark(field="", text=kind.value),),
    )


def _mark_repeats(rows: Sequence[LedgerRow]) -> list[LedgerRow]:
    """The same duty twice in one file is issued once; nearly the same is only pointed out."""
    seen: dict[str, LedgerRow] = {}
    words: dict[str, LedgerRow] = {}
    judged = []
    for row in rows:
        if row.outcome is Outcome.SKIPPED or not row.content:
            judged.append(row)
            continue
        first = seen.setdefault(row.fingerprint, row)
        key = fingerprint_text(row.content)
        alike = words.setdefault(key, row)
        if first is not row and row.outcome is Outcome.READY:
            remark = Remark(field="行", text=f"与{_place(first, row)}完全相同，不重复下达")
            row = replace(row, outcome=Outcome.REJECTED, problems=(*row.problems, remark))
        elif alike is not row:
            what = "时限" if alike.lead == row.lead else "单位或时限"
            remark = Remark(field="行", text=f"与{_place(alike, row)}内容相同、{what}不同，请核对")
            row = replace(row, doubts=(*row.doubts, remark))
        judged.append(row)
    return judged


def _place(row: LedgerRow, beside: LedgerRow) -> str:
    sheet = "" if row.sheet == beside.sheet else f"工作表“{row.sheet}”"
    return f"{sheet}第 {row.lines[0]} 行"


def _about_tables(tables: Sequence[Table], rows: Sequence[LedgerRow]) -> list[str]:
    notes = []
    for index, table in enumerate(tables):
        own = [r for r in rows if r.table == index and r.outcome is not Outcome.SKIPPED]
        fields = {column.field for column in table.columns}
        where = f"工作表“{table.sheet}”第 {table.header_lines[0]} 行起的表"
        unused = [_column_name(c) for c in table.columns if c.field is Field.UNKNOWN]
        if unused:
            notes.append(f"{where}有没用到的列：{'、'.join(unused)}")
        ordinary = [r for r in own if r.outcome is Outcome.READY and r.kind == "ordinary"]
        if Field.LIMIT not in fields and ordinary:
            notes.append(
                f"{where}没有时限列，{len(ordinary)} 行按五个工作日办理（办法五（一））；"
                "如是全年任务，请加一列“完成时限”再导入"
            )
    return notes


def _column_name(column: Column) -> str:
    return f"“{column.header}”" if column.header else f"第 {column.index + 1} 列（没有表头）"
