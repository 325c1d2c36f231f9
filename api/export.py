"""Items as a table in an open format, for ``GET /items/export`` and ``duban export``."""

import csv
import io
from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

import xlsxwriter

from domain.items import HOLDER_NAMES, KIND_NAMES, STATUS_NAMES, Kind, Status
from store import reads
from store.filters import Filters, Scope
from store.rows import LAMP_NAMES, HeadRow
from store.session import Database

PAGE = 500
Cell = str | date | datetime | None
COLUMNS: tuple[tuple[str, Callable[[HeadRow], Cell]], ...] = (
    ("编号", lambda row: row.number),
    ("类别", lambda row: row.category),
    ("时限类型", lambda row: KIND_NAMES[Kind(row.kind)]),
    ("事项", lambda row: row.title),
    ("牵头单位", lambda row: row.lead_unit_name),
    ("协办单位", lambda row: "、".join(row.co_units)),
    ("下达时间", lambda row: row.issued_at if row.handed_out else None),
    ("现期限", lambda row: row.due_at),
    ("灯", lambda row: LAMP_NAMES[row.lamp]),
    ("状态", lambda row: STATUS_NAMES[Status(row.status)]),
    ("现由", lambda row: HOLDER_NAMES.get(row.holder or "", "")),
    ("曾逾期", lambda row: "是" if row.lapsed else "否"),
    ("销号时间", lambda row: row.closed_at),
)
# A cell that begins so would be run as a formula by a spreadsheet.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Format(StrEnum):
    """Formats of an export."""

    CSV = "csv"
    XLSX = "xlsx"


MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


async def exported(database: Database, scope: Scope, filters: Filters) -> list[HeadRow]:
    """All items of ``scope`` that fit, the newest number first."""
    found: list[HeadRow] = []
    cursor = None
    async with database.read() as connection:
        while True:
            page = await reads.list_items(connection, scope, filters, PAGE, cursor)
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                return found


def as_table(rows: list[HeadRow], format: Format, zone: ZoneInfo) -> bytes:
    """The bytes of a file with one line an item."""
    return _csv(rows, zone) if format is Format.CSV else _xlsx(rows, zone)


def _csv(rows: list[HeadRow], zone: ZoneInfo) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([heading for heading, _ in COLUMNS])
    for row in rows:
        writer.writerow([_text(value(row), zone) for _, value in COLUMNS])
    return text.getvalue().encode("utf-8-sig")


def _text(value: Cell, zone: ZoneInfo) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%Y-%m-%d %H:%M:%S}"
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _xlsx(rows: list[HeadRow], zone: ZoneInfo) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"constant_memory": True, "strings_to_formulas": False})
    sheet, bold = book.add_worksheet("总台账"), book.add_format({"bold": True})
    instant = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(rows), 1), len(COLUMNS) - 1)
    sheet.set_column(3, 3, 50)
    sheet.set_column(6, 7, 18)
    for column, (heading, _) in enumerate(COLUMNS):
        sheet.write_string(0, column, heading, bold)
    for line, row in enumerate(rows, start=1):
        for column, (_, value) in enumerate(COLUMNS):
            cell = value(row)
            if isinstance(cell, datetime):
                sheet.write_datetime(
                    line, column, cell.astimezone(zone).replace(tzinfo=None), instant
                )
            else:
                sheet.write_string(line, column, _text(cell, zone))
    book.close()
    return buffer.getvalue()
