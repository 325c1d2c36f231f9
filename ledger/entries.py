"""Data lines become entries: one duty each, merged and left-out cells filled, and said so.

A line that only adds a unit, a date or a remark to the duty above is folded into it. A line that
leaves out its number takes what it leaves out from the line above, because the published table
had merged cells there; the report says so every time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from ledger.columns import Head
from ledger.files import Sheet
from ledger.lines import Line
from ledger.model import Field, Remark
from ledger.text import squeeze
from ledger.wordings import CellValue

_TEXTS = (Field.TITLE, Field.CONTENT, Field.STAGE, Field.CYCLE, Field.TARGET)
_GROUPING = (Field.TITLE, Field.CATEGORY, Field.SOURCE)
_DITTO = re.compile(r"同上[。.]?|同前|〃|″|''|\"|``|同上栏|同上行")
_SHORT = 8


@dataclass(slots=True, kw_only=True)
class Entry:
    """One duty under construction: its lines and what stands in each column."""

    head: Head
    table: int
    section: str
    rows: list[int]
    cells: dict[int, str]
    values: dict[int, list[CellValue]]
    shared: set[int] = field(default_factory=set)
    doubts: list[Remark] = field(default_factory=list)
    problem: str = ""

    def texts(self, *fields: Field) -> list[str]:
        """The non-empty texts under the columns of these fields, left to right."""
        return [text for index in self.head.of(*fields) if (text := self.cells.get(index, ""))]

    def text(self, *fields: Field) -> str:
        """These texts, one to a line."""
        return "\n".join(self.texts(*fields))


def find_entries(sheet: Sheet, lines: Iterable[Line], heads: dict[int, Head]) -> list[Entry]:
    """All duties of a sheet, in order; every data line belongs to exactly one."""
    builder = _Builder(sheet)
    for line in lines:
        if line.table is not None and line.table in heads:
            builder.add(line, heads[line.table])
    return builder.entries


class _Builder:
    """Decides for each data line: a new duty, or a part of the one above."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.entries: list[Entry] = []

    def _above(self, line: Line) -> Entry | None:
        if not self.entries:
            return None
        last = self.entries[-1]
        near = last.rows[-1] == line.row - 1
        return last if near and (last.table, last.section) == (line.table, line.section) else None

    def add(self, line: Line, head: Head) -> None:
        """Take in one data line."""
        above = self._above(line)
        if above is not None and head.of(Field.REASON):
            above = None  # our own file of rejected rows: every line is complete
        if above is not None and self._belongs(line.row, head, above):
            self._fold(line.row, head, above)
        else:
            self.entries.append(self._new(line, head, above))

    # -- folding

    def _belongs(self, row: int, head: Head, above: Entry) -> bool:
        """No number and no words of its own: the line only adds to the duty above."""
        number = head.one(Field.NUMBER)
        if number is not None and self.sheet.own_text(row, number):
            return False
        texts = head.of(*_TEXTS)
        if not texts or any(self.sheet.own_text(row, column) for column in texts):
            return False
        covered = {self.sheet.origin(row, c) for c in texts if self.sheet.text(row, c)}
        known = {self.sheet.origin(r, c) for r in above.rows for c in texts}
        return covered <= known

    def _fold(self, row: int, head: Head, above: Entry) -> None:
        above.rows.append(row)
        added: list[str] = []
        for column in head.columns:
            text = self.sheet.own_text(row, column.index)
            before = above.cells.get(column.index, "")
            if not text or text in before.split("\n"):
                continue
            joint = "；" if column.field is Field.LIMIT else "\n"
            above.cells[column.index] = f"{before}{joint}{text}" if before else text
            above.values.setdefault(column.index, []).append(self.sheet.value(row, column.index))
            added.append(text[:20])
        if added:
            said = f"第 {row + 1} 行没有事项内容，所写的“{'、'.join(added)}”并入上一行的事项"
            above.doubts.append(Remark(field="行", text=said))

    # -- new duties

    def _new(self, line: Line, head: Head, above: Entry | None) -> Entry:
        entry = Entry(
            head=head,
            table=line.table or 0,
            section=line.section,
            rows=[line.row],
            cells={},
            values={},
        )
        for column in head.columns:
            text = self.sheet.text(line.row, column.index)
            if text:
                entry.cells[column.index] = text
                entry.values[column.index] = [self.sheet.value(line.row, column.index)]
            if text and not self.sheet.own_text(line.row, column.index):
                entry.shared.add(column.index)
                self._mark_shared(column.index, line.row)
        if above is not None:
            self._ditto(entry, above)
            if not self._trusted(head):
                self._fill(entry, above)
        return entry

    def _mark_shared(self, column: int, row: int) -> None:
        origin = self.sheet.origin(row, column)
        for entry in reversed(self.entries):
            if any(self.sheet.origin(r, column) == origin for r in entry.rows):
                entry.shared.add(column)
            else:
                return

    def _trusted(self, head: Head) -> bool:
        """A workbook with cells merged downwards in this table means its blanks."""
        return any(
            row > head.last and row != top for (row, _), (top, _) in self.sheet.merged.items()
        )

    def _ditto(self, entry: Entry, above: Entry) -> None:
        for column in entry.head.columns:
            text = entry.cells.get(column.index, "")
            if text and _DITTO.fullmatch(squeeze(text)) and above.cells.get(column.index):
                self._copy(entry, above, column.index, f"写“{text}”，按上一行读")

    def _copy(self, entry: Entry, above: Entry, index: int, why: str) -> None:
        entry.cells[index] = above.cells[index]
        entry.values[index] = above.values[index]
        header = next(c.header for c in entry.head.columns if c.index == index)
        said = above.cells[index].replace("\n", "、")[:30]
        entry.doubts.append(Remark(field=header, text=f"{why}（“{said}”）"))

    def _fill(self, entry: Entry, above: Entry) -> None:
        """Fill what a table without merged cells left out."""
        head = entry.head
        texts = [c for c in head.of(*_TEXTS) if entry.cells.get(c)]
        if not texts:
            return
        number = head.one(Field.NUMBER)
        first_text = next(iter(head.of(*_TEXTS)))
        if number is not None:
            below = not entry.cells.get(number)
        else:
            below = len(head.of(*_TEXTS)) > 1 and not entry.cells.get(first_text)
        for index in head.of(*_GROUPING):
            if not entry.cells.get(index) and above.cells.get(index):
                self._copy(entry, above, index, "本行为空，按上一行读")
                entry.shared.add(index)
                above.shared.add(index)
        if below:
            self._fill_below(entry, above)
        lead = head.one(Field.LEAD)
        if lead is None or lead > first_text or entry.cells.get(lead):
            return
        if above.cells.get(lead):
            # Tasks grouped under their unit: the unit's cell was merged over all of them.
            self._copy(entry, above, lead, "本行单位为空，按与上一行合并的单元格读")

    def _fill_below(self, entry: Entry, above: Entry) -> None:
        head = entry.head
        own = {c.field for c in head.columns if entry.cells.get(c.index)} - {Field.REMARKS}
        words = entry.text(Field.TITLE, Field.CONTENT)
        if own <= set(_GROUPING) | set(_TEXTS) and len(squeeze(words)) < _SHORT:
            entry.problem = "本行只有一小段文字，看不出是小标题还是任务；是任务请补上序号和单位"
            return
        no_lead = not entry.texts(Field.LEAD)
        fields = [Field.LEAD, Field.CO_UNITS, Field.PERSON] if no_lead else []
        for wanted in (*fields, Field.LIMIT):
            for index in head.of(wanted):
                if not entry.cells.get(index) and above.cells.get(index):
                    self._copy(
                        entry, above, index, "本行没有序号、此栏为空，按与上一行合并的单元格读"
                    )
