"""Builds ledgers for the tests: csv, xlsx and xls, with merged cells and dates."""

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import xlsxwriter
import xlwt

from ledger import Ledger, LedgerRow, Limit, Outcome, read_ledger

TODAY = date(2026, 1, 5)
Cell = Any
Rows = Sequence[Sequence[Cell]]
Merge = tuple[int, int, int, int]
Sheet = tuple[str, Rows, Sequence[Merge]]


def read(
    data: bytes | str, filename: str = "台账.csv", *, year: int | None = None, today: date = TODAY
) -> Ledger:
    """Read bytes, or text as UTF-8."""
    raw = data.encode() if isinstance(data, str) else data
    return read_ledger(raw, filename, year=year, today=today)


def as_csv(rows: Rows) -> str:
    """Rows as csv text."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["" if cell is None else cell for cell in row] for row in rows])
    return out.getvalue()


def xlsx(*sheets: Sheet, month_format: str | int = "", hidden: Sequence[str] = ()) -> bytes:
    """A workbook; a merge is (top, left, bottom, right) from 0."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    dated = book.add_format({"num_format": month_format or "yyyy-mm-dd"})
    for name, rows, merges in sheets:
        sheet = book.add_worksheet(name)
        if name in hidden:
            sheet.hide()
        for top, left, bottom, right in merges:
            sheet.merge_range(top, left, bottom, right, "")
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(r, c, value, dated)
                elif isinstance(value, int | float):
                    sheet.write_number(r, c, value)
                elif value:
                    sheet.write_string(r, c, value)
    book.close()
    return out.getvalue()


def xls(*sheets: Sheet) -> bytes:
    """The same as an old workbook."""
    book = xlwt.Workbook(encoding="utf-8")
    style = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for name, rows, merges in sheets:
        sheet = book.add_sheet(name)
        tops = {(top, left): (bottom, right) for top, left, bottom, right in merges}
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                extra = (style,) if isinstance(value, date) else ()
                if (r, c) in tops:
                    bottom, right = tops[r, c]
                    sheet.write_merge(r, bottom, c, right, value, *extra)
                elif value not in ("", None):
                    sheet.write(r, c, value, *extra)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def only(ledger: Ledger) -> LedgerRow:
    """The single row of a ledger that is an item."""
    rows = [row for row in ledger.rows if row.outcome is not Outcome.SKIPPED]
    assert len(rows) == 1
    return rows[0]


def limit_of(row: LedgerRow) -> Limit:
    """The limit of a row that is an item."""
    assert row.limit is not None
    return row.limit


def short(row: LedgerRow) -> str:
    """A row on one line, for comparison: lines, outcome, lead, helpers, when it is due, and the
    cycle or the number of nodes."""
    lines = "+".join(str(line) for line in row.lines)
    if row.outcome is Outcome.SKIPPED:
        return f"{lines} -- {row.reason}"
    due = row.due_on.isoformat() if row.due_on else (row.limit.kind.value if row.limit else "")
    mark = "ok" if row.outcome is Outcome.READY else "NO"
    helpers = f"({'、'.join(row.co_units)})" if row.co_units else ""
    phrases = f"[{'、'.join(row.unit_phrases)}]" if row.unit_phrases else ""
    more = f" {row.cycle}" if row.cycle else f" {len(row.nodes)} nodes" if row.nodes else ""
    return f"{lines} {mark} {row.lead}{helpers}{phrases} {due}{more}"
