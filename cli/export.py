"""``duban export``: every item as a table, in an open format."""

import asyncio
import csv
import io
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import xlsxwriter

from cli.client import open_system
from cli.errors import CliError
from domain.items import HOLDER_NAMES, KIND_NAMES, STATUS_NAMES, Actor, Kind, Role, Status
from ledger.cells import harmless
from store import reads
from store.filters import Filters
from store.rows import LAMP_NAMES, HeadRow

PAGE = 500
EVERYBODY = Actor(username="export", name="导出（命令行）", role=Role.OFFICE)
Cell = str | date | datetime | None
COLUMNS: tuple[tuple[str, Callable[[HeadRow], Cell]], ...] = (
    ("编号", lambda row: row.number),
    ("类别", lambda row: row.category),
    ("时限类型", lambda row: KIND_NAMES[Kind(row.kind)]),
    ("事项", lambda row: row.title),
    ("牵头单位", lambda row: row.lead_unit_name),
    ("协办单位", lambda row: "、".join(row.co_units)),
    ("下达时间", lambda row: row.issued_at),
    ("现期限", lambda row: row.due_at),
    ("灯", lambda row: LAMP_NAMES[row.lamp]),
    ("状态", lambda row: STATUS_NAMES[Status(row.status)]),
    ("现由", lambda row: HOLDER_NAMES.get(row.holder or "", "")),
    ("曾逾期", lambda row: "是" if row.lapsed else "否"),
    ("销号时间", lambda row: row.closed_at),
)


def run(*, format: str, output: Path | None) -> None:
    """Write all items to ``output``, or for csv to standard output."""
    if output is None and format == "xlsx":
        raise CliError("导出 xlsx 须用 --output 指定文件。")
    rows, zone = asyncio.run(_rows())
    data = _csv(rows, zone) if format == "csv" else _xlsx(rows, zone)
    if output is None:
        print(data.decode("utf-8-sig"), end="")
        return
    try:
        output.write_bytes(data)
    except OSError as error:
        raise CliError(f"无法写入 {output}：{error.strerror}。") from None
    print(f"已导出 {len(rows)} 项到 {output}。")


async def _rows() -> tuple[list[HeadRow], ZoneInfo]:
    found: list[HeadRow] = []
    async with open_system() as context:
        cursor = None
        while True:
            async with context.database.read() as connection:
                page = await reads.list_items(
                    connection, reads.scope_of(EVERYBODY), Filters(), PAGE, cursor
                )
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                return found, context.settings.zone


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
    return harmless("" if value is None else str(value))


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
