"""The row-by-row report as data, and the file of rejected rows that can be fed in again."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import xlsxwriter

from ledger.headers import field_name
from ledger.model import Field, Ledger, LedgerError, LedgerRow, Limit, Outcome, Remark, Table

REASON_HEADER = "退回原因"
PLACE_HEADER = "原文件位置"
_OUTCOMES = {Outcome.READY: "可下达", Outcome.REJECTED: "退回", Outcome.SKIPPED: "不是事项"}


def report(ledger: Ledger) -> dict[str, object]:
    """Everything read, what it was taken for, and what was not understood, ready for JSON."""
    return {
        "filename": ledger.filename,
        "year": ledger.year,
        "year_basis": ledger.year_basis,
        "published_on": ledger.published_on.isoformat() if ledger.published_on else None,
        "notes": list(ledger.notes),
        "counts": {
            "ready": len(ledger.ready),
            "past": sum(1 for row in ledger.ready if row.past),
            "rejected": len(ledger.rejected),
            "skipped": len(ledger.skipped),
            "kinds": dict(Counter(row.kind for row in ledger.ready)),
        },
        "tables": [_table(table) for table in ledger.tables],
        "rows": [_row(row) for row in ledger.rows],
    }


def _table(table: Table) -> dict[str, object]:
    return {
        "sheet": table.sheet,
        "title": table.title,
        "header_lines": list(table.header_lines),
        "year": table.year,
        "columns": [
            {"header": c.header, "field": c.field.value, "taken_as": c.taken_as}
            for c in table.columns
        ],
    }


def _row(row: LedgerRow) -> dict[str, object]:
    return {
        "sheet": row.sheet,
        "lines": list(row.lines),
        "outcome": row.outcome.value,
        "outcome_name": _OUTCOMES[row.outcome],
        "number": row.number,
        "title": row.title,
        "content": row.content,
        "lead": row.lead,
        "co_units": list(row.co_units),
        "unit_phrases": list(row.unit_phrases),
        "person": row.person,
        "limit": _limit(row.limit) if row.limit else None,
        "kind": row.kind if row.outcome is Outcome.READY else None,
        "targets": [asdict(target) for target in row.targets],
        "category": row.category,
        "source": row.source,
        "issued_on": row.issued_on.isoformat() if row.issued_on else None,
        "remarks": row.remarks,
        "progress": row.progress,
        "past": row.past,
        "taken_as": _remarks(row.taken_as),
        "doubts": _remarks(row.doubts),
        "problems": _remarks(row.problems),
        "fingerprint": row.fingerprint,
    }


def _limit(limit: Limit) -> dict[str, object]:
    return {
        "kind": limit.kind.value,
        "phrase": limit.phrase,
        "due_on": limit.due_on.isoformat() if limit.due_on else None,
        "urgency": limit.urgency.value,
        "cycle": limit.cycle.value if limit.cycle else None,
        "milestones": [
            {
                "name": m.name,
                "due_on": m.due_on.isoformat(),
                "kind": m.kind.value,
                "output": m.output,
            }
            for m in limit.milestones
        ],
        "taken_as": limit.taken_as,
        "doubts": list(limit.doubts),
    }


def _remarks(remarks: Sequence[Remark]) -> list[dict[str, str]]:
    return [{"field": remark.field, "text": remark.text} for remark in remarks]


# --- the file of rejected rows ------------------------------------------------------------------

_EXTRA: tuple[tuple[Field, Callable[[LedgerRow], str]], ...] = (
    (Field.LEAD, lambda row: _units(row)),
    (Field.CATEGORY, lambda row: row.category),
    (Field.SOURCE, lambda row: row.source),
)
_Block = tuple[str, list[list[str]]]


def write_rejected(ledger: Ledger, rejected: Sequence[tuple[LedgerRow, str]], path: Path) -> None:
    """Write :func:`rejected_file` to ``path``, as its ending says."""
    path.write_bytes(rejected_file(ledger, rejected, path.suffix.lower()))


def rejected_file(
    ledger: Ledger, rejected: Sequence[tuple[LedgerRow, str]], kind: str = ".xlsx"
) -> bytes:
    """Rows with their reasons as .xlsx or .csv, to be corrected and read again.

    Merged cells are filled, so that every line is complete by itself; a unit that stood in a
    section title gets a column; the year of the ledger stands in the first line.
    """
    blocks = [
        _block(table, [(r, why) for r, why in rejected if r.table == index])
        for index, table in enumerate(ledger.tables)
        if any(r.table == index for r, _ in rejected)
    ]
    if kind == ".csv":
        return _as_csv(blocks)
    if kind == ".xlsx":
        return _as_workbook(blocks)
    raise LedgerError("bad_filename", "退回行的文件名请以 .xlsx 或 .csv 结尾")


def _block(table: Table, rows: Sequence[tuple[LedgerRow, str]]) -> _Block:
    fields = {column.field for column in table.columns}
    kept = [i for i, c in enumerate(table.columns) if c.field is not Field.REASON]
    extra: list[tuple[str, Callable[[LedgerRow], str]]] = [
        (field_name(field), value) for field, value in _EXTRA if field not in fields
    ]
    headers = [table.columns[i].header or f"第{table.columns[i].index + 1}列" for i in kept]
    lines = [[_heading(table)]]
    lines.append([*headers, *(header for header, _ in extra), PLACE_HEADER, REASON_HEADER])
    for row, why in rows:
        cells = [_cell(row, table, i) for i in kept]
        place = f"{row.sheet} 第{'、'.join(str(line) for line in row.lines)}行"
        lines.append([*cells, *(value(row) for _, value in extra), place, why])
    return table.sheet, lines


def _units(row: LedgerRow) -> str:
    """All units of a row whose table has no column for them."""
    others = "、".join((*row.co_units, *row.unit_phrases))
    return f"牵头单位：{row.lead}；配合单位：{others}" if row.lead and others else row.lead


def _heading(table: Table) -> str:
    parts = [f"{table.year}年"] if table.year else []
    if table.published_on:
        parts.append(f"{table.published_on.isoformat()}印发")
    return f"退回的督办事项（{'，'.join(parts)}）" if parts else "退回的督办事项"


def _cell(row: LedgerRow, table: Table, index: int) -> str:
    text = row.cells[index] if index < len(row.cells) else ""
    if not text and table.columns[index].field is Field.NUMBER:
        return f"第{row.lines[0]}行"
    return text


def _as_csv(blocks: Sequence[_Block]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for _, lines in blocks:
        writer.writerows(lines)
    return out.getvalue().encode("utf-8-sig")


def _as_workbook(blocks: Sequence[_Block]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    wrap = book.add_format({"text_wrap": True, "valign": "top", "border": 1})
    bold = book.add_format({"bold": True, "text_wrap": True, "border": 1, "bg_color": "#DDEBF7"})
    for number, (_, lines) in enumerate(blocks or [("", [["没有退回的行"]])], 1):
        sheet = book.add_worksheet(f"退回{number}")
        for at, cells in enumerate(lines):
            for column, text in enumerate(cells):
                sheet.write_string(at, column, text, bold if at == 1 else wrap)
        sheet.set_column(0, max(len(cells) for cells in lines) - 1, 22)
        sheet.freeze_panes(min(2, len(lines)), 0)
    book.close()
    return out.getvalue()
