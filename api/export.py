"""Ledgers as tables in open formats, for ``GET /ledgers/{name}/export`` and ``duban export``.

Rows come from the database page by page and go into the file at once: memory does not grow with
their number, and one transaction makes all of them one moment's.
"""

import asyncio
import csv
from collections.abc import AsyncIterator, Sequence
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import xlsxwriter

from api.ledger_columns import WIDTHS, Cell, Ledger, View
from domain.desk import WAITING_NAMES
from domain.items import KIND_NAMES, STATUS_NAMES, Actor
from domain.spans import WorkingDays
from ledger.cells import harmless
from ledger.own import Own
from store import reads
from store.filters import Filters
from store.rows import LAMP_NAMES
from store.session import Database, ReadConnection

PAGE = 1000
MOST_LINES = 1_048_000
"""A sheet has not many more; what is longer goes on in a second one."""
LONGEST_CELL = 32_767


class Format(StrEnum):
    """Formats of an export."""

    CSV = "csv"
    XLSX = "xlsx"


MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
AS_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {} for kind in MEDIA_TYPES.values()}}
}
"""What a route that exports declares to answer."""
FILTER_NAMES = {
    "status": "状态",
    "lamp": "灯",
    "unit": "单位",
    "category": "类别",
    "kind": "时限类型",
    "lapsed": "曾逾期",
    "due_before": "期限早于",
    "due_after": "期限不早于",
    "q": "检索",
    "year": "编号年度",
    "source": "来源",
    "parent_id": "上级事项",
    "top": "不含分项",
    "slots": "周期报告",
    "issued_from": "下达不早于",
    "issued_until": "下达不晚于",
    "waiting": "在等什么",
    "lead": "牵头单位",
    "plan_year": "任务年度",
}
_YES_NO = {"True": "是", "False": "否"}
_VALUES: dict[str, dict[str, str]] = {
    "status": {str(one): name for one, name in STATUS_NAMES.items()},
    "kind": {str(one): name for one, name in KIND_NAMES.items()},
    "lamp": {str(one.value): name for one, name in LAMP_NAMES.items()},
    "waiting": {str(one): name for one, name in WAITING_NAMES.items()},
}


def said(filters: Filters, besides: Sequence[str] = ()) -> str:
    """The conditions in force, as the first line of a sheet says them."""
    asked = (
        (f.name, str(value))
        for f in fields(filters)
        if (value := getattr(filters, f.name)) is not None
    )
    told = [
        f"{FILTER_NAMES[name]}＝{_VALUES.get(name, _YES_NO).get(value, value)}"
        for name, value in asked
    ]
    return "；".join([*besides, *told]) or "全部"


async def view_of(conn: ReadConnection, now: datetime, zone: Any) -> View:  # noqa: ANN401
    """What cells are worked out with, as of ``now``."""
    names = {unit.code: unit.name for unit in await reads.units(conn)}
    return View(now=now, zone=zone, days=WorkingDays(await reads.calendar(conn)), units=names)


class Sheet(Protocol):
    """A file that takes rows one after the other."""

    def put(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Write these rows below the last."""
        ...

    def close(self) -> None:
        """Finish the file."""
        ...


async def write(
    database: Database,
    ledger: Ledger,
    actor: Actor,
    filters: Filters,
    *,
    format: Format,
    path: Path,
    now: datetime,
    zone: Any,  # noqa: ANN401 - a zone
) -> int:
    """Write what ``actor`` may see of a ledger to ``path``; how many rows there are."""
    headings = [Own.PLACE.value, *(column.heading for column in ledger.columns)]
    when = now.astimezone(zone)
    asked = said(filters, ledger.besides)
    top = f"{ledger.title}　条件：{asked}　导出：{when:%Y-%m-%d %H:%M}　{actor.name}"
    sheet: Sheet = (
        _Csv(path, headings) if format is Format.CSV else _Workbook(path, ledger, top, headings)
    )
    count = 0
    async with database.read() as connection:
        view = await view_of(connection, now, zone)
        async for page in _pages(connection, ledger, actor, filters):
            numbered = enumerate(page, start=count + 1)
            rows = [[n, *(c.value(row, view) for c in ledger.columns)] for n, row in numbered]
            await asyncio.to_thread(sheet.put, rows)
            count += len(page)
    await asyncio.to_thread(sheet.close)
    return count


async def _pages(
    conn: ReadConnection, ledger: Ledger, actor: Actor, filters: Filters
) -> AsyncIterator[Sequence[Any]]:
    cursor = None
    while True:
        page = await ledger.read(conn, actor, filters, PAGE, cursor)
        yield page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def text_of(value: Cell) -> str:
    """A cell as text; what a spreadsheet would run as a formula is made harmless."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, str):
        return harmless(value)
    return "" if value is None else str(value)


class _Csv:
    """Comma-separated, with the mark by which Excel knows UTF-8."""

    def __init__(self, path: Path, headings: Sequence[str]) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(headings)

    def put(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Write these rows below the last."""
        self._writer.writerows([[text_of(value) for value in row] for row in rows])

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


class _Workbook:
    """One sheet, or several where one cannot hold all: what was asked, the headings, the rows.
    Text is written as text; nothing in it is ever a formula."""

    def __init__(self, path: Path, ledger: Ledger, top: str, headings: Sequence[str]) -> None:
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self._book = xlsxwriter.Workbook(str(path), options)
        self._title, self._top, self._headings = ledger.title, top, headings
        self._widths = [WIDTHS[column.width] for column in ledger.columns]
        self._bold = self._book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._instant = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self._count = 0
        self._open()

    def _open(self) -> None:
        self._count += 1
        name = self._title if self._count == 1 else f"{self._title}{self._count}"
        self._sheet = self._book.add_worksheet(name)
        self._sheet.set_column(0, 0, 7)
        for at, width in enumerate(self._widths, start=1):
            self._sheet.set_column(at, at, width)
        self._sheet.freeze_panes(2, 0)
        self._sheet.write_string(0, 0, self._top, self._bold)
        for at, heading in enumerate(self._headings):
            self._sheet.write_string(1, at, heading, self._bold)
        self._line = 2

    def put(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Write these rows below the last."""
        for row in rows:
            if self._line > MOST_LINES:
                self._finish()
                self._open()
            for at, value in enumerate(row):
                self._cell(at, value)
            self._line += 1

    def _cell(self, at: int, value: Cell) -> None:
        if value is None or value == "":
            return
        if isinstance(value, datetime):
            plain = value.replace(tzinfo=None)
            self._sheet.write_datetime(self._line, at, plain, self._instant)
        elif isinstance(value, date):
            self._sheet.write_datetime(self._line, at, value, self._day)
        elif isinstance(value, int | Decimal):
            self._sheet.write_number(self._line, at, value)
        else:
            self._sheet.write_string(self._line, at, value[:LONGEST_CELL])

    def _finish(self) -> None:
        self._sheet.autofilter(1, 0, max(self._line - 1, 1), len(self._headings) - 1)

    def close(self) -> None:
        """Finish the file."""
        self._finish()
        self._book.close()
