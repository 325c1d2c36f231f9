"""The directory as a sheet (责任人名册): read, with what is wrong row by row; and written.

One row a unit. A blank cell says nothing: what is registered stays. Whether a row fits what is
registered is not judged here.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import xlsxwriter

from domain.directory import (
    OBJECT_TYPE_NAMES,
    POST_NAMES,
    SORT_NAMES,
    TRIO,
    ObjectType,
    Post,
    Sort,
    check_phone,
)
from domain.errors import Invalid
from ledger.cells import harmless, original
from ledger.files import Sheet, load
from ledger.model import LedgerError
from ledger.text import squeeze

T = TypeVar("T")

CODE, NAME, SORT, OBJECT_TYPE = "单位代码", "单位全称", "类别", "对象类型"
ACTIVE_FROM, ACTIVE_UNTIL = "启用日期", "停用日期"
PHONE, ACCOUNT, DEPUTIES = "电话", "账号", POST_NAMES[Post.DEPUTY]
UNIT_COLUMNS = (
    *(CODE, NAME, SORT, OBJECT_TYPE, ACTIVE_FROM, ACTIVE_UNTIL),
    *(f"{POST_NAMES[post]}{more}" for post in TRIO for more in ("", PHONE, ACCOUNT)),
    DEPUTIES,
)
USERNAME, LEADER, SUBJECTS = "用户名", "姓名", "分管事项"
LEADER_COLUMNS = (USERNAME, LEADER, SUBJECTS)
UNIT_SHEET, LEADER_SHEET = "单位和责任人", "区政府领导"
# Written for the record, and not read.
HISTORY_SHEET, STAND_IN_SHEET = "历任责任人", "代理（AB角）"
POST, SINCE, UNTIL = "职务", "任职起日", "任职止日"
HISTORY_COLUMNS = (CODE, POST, LEADER, PHONE, SINCE, UNTIL)
STAND_IN, ABSENT, FROM, TO, REASON = "代理人", "被代理人", "代理起日", "代理止日", "原因"
STAND_IN_COLUMNS = (STAND_IN, ABSENT, FROM, TO, REASON)
_HEADER_WITHIN = 20
_SORTS = {name: sort for sort, name in SORT_NAMES.items()}
_OBJECT_TYPES = {name: kind for kind, name in OBJECT_TYPE_NAMES.items()}
_GOOD_CODE = re.compile(r"[A-Za-z0-9_\-]{1,40}")
_BETWEEN = re.compile(r"[、，,;；\n]+")
_WITH_USERNAME = re.compile(r".*[（(]([^（()）]+)[)）]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong, or worth a look, with a row: ``detail`` says what to do."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Somebody in a post, as written; a blank phone or account says nothing."""

    post: Post
    name: str
    phone: str = ""
    username: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitEntry:
    """A row of the sheet of units; ``None`` and blanks say nothing. ``row`` counts from 1."""

    row: int
    code: str
    name: str
    sort: Sort | None = None
    object_type: ObjectType | None = None
    active_from: date | None = None
    active_until: date | None = None
    holders: tuple[Holder, ...] = ()
    deputies: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    def holder(self, post: Post) -> Holder | None:
        """Who is to hold a post, where the row says so."""
        return next((holder for holder in self.holders if holder.post is post), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaderEntry:
    """A row of the sheet of leaders: a leader, as written, and his subjects."""

    row: int
    leader: str
    subjects: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """A directory as read from a file."""

    units: tuple[UnitEntry, ...]
    leaders: tuple[LeaderEntry, ...] = ()
    notes: tuple[str, ...] = ()


def username_of(said: str) -> str:
    """The username in “姓名（用户名）”, or the whole where there is none."""
    found = _WITH_USERNAME.fullmatch(said)
    return found[1].strip() if found else said


def read_roster(data: bytes, filename: str) -> Roster:
    """Read a directory. Raises :class:`LedgerError` where the file as a whole cannot be read."""
    loaded = load(data, filename)
    units: list[UnitEntry] = []
    leaders: list[LeaderEntry] = []
    found = False
    for sheet in loaded.sheets:
        if columns := _header(sheet, (CODE, NAME)):
            found = True
            units += _unit_entries(sheet, *columns)
        elif columns := _header(sheet, (USERNAME, SUBJECTS)):
            leaders += _leader_entries(sheet, *columns)
    if not found:
        raise LedgerError(
            "not_a_directory",
            f"没有找到含“{CODE}”“{NAME}”的表头；请先导出名册，在导出的表上修改后再导入",
        )
    if not units:
        raise LedgerError("empty_directory", "表头之下没有单位，请填写后再导入")
    return Roster(units=tuple(units), leaders=tuple(leaders), notes=loaded.notes)


def _header(sheet: Sheet, needed: Sequence[str]) -> tuple[int, dict[str, int]] | None:
    """The row of the headings, and the column of each; a bare 电话 or 账号 is of the post before
    it."""
    for row in range(min(len(sheet.rows), _HEADER_WITHIN)):
        names: dict[str, int] = {}
        before = ""
        for column in range(sheet.width):
            name = squeeze(sheet.text(row, column))
            if name in {PHONE, ACCOUNT}:
                name = before + name
            elif name in POST_NAMES.values():
                before = name
            names.setdefault(name, column)
        if all(name in names for name in needed):
            return row, names
    return None


def _unit_entries(sheet: Sheet, header: int, columns: Mapping[str, int]) -> list[UnitEntry]:
    entries = []
    for row in range(header + 1, len(sheet.rows)):
        cells = {
            name: original(sheet.text(row, column))
            for name, column in columns.items()
            if name in UNIT_COLUMNS
        }
        if any(cells.values()):
            entries.append(_unit_entry(row + 1, cells))
    return entries


def _unit_entry(row: int, cells: Mapping[str, str]) -> UnitEntry:
    problems: list[Problem] = []

    def said(name: str) -> str:
        return cells.get(name, "")

    if not _GOOD_CODE.fullmatch(said(CODE)):
        detail = f"单位代码“{said(CODE)[:40]}”须为 1 至 40 个字母、数字、- 或 _，请改正。"
        problems.append(Problem(code="bad_code", detail=detail))
    if not said(NAME):
        problems.append(Problem(code="name_missing", detail="没有单位全称，请填写。"))
    return UnitEntry(
        row=row,
        code=said(CODE),
        name=said(NAME),
        sort=_word(said(SORT), _SORTS, SORT, "unknown_sort", problems),
        object_type=_word(
            said(OBJECT_TYPE), _OBJECT_TYPES, OBJECT_TYPE, "unknown_object_type", problems
        ),
        active_from=_day(said(ACTIVE_FROM), ACTIVE_FROM, problems),
        active_until=_day(said(ACTIVE_UNTIL), ACTIVE_UNTIL, problems),
        holders=tuple(_holders(cells, problems)),
        deputies=tuple(dict.fromkeys(_split(said(DEPUTIES)))),
        problems=tuple(problems),
    )


def _holders(cells: Mapping[str, str], problems: list[Problem]) -> list[Holder]:
    holders = []
    for post in TRIO:
        title = POST_NAMES[post]
        name, phone = cells.get(title, ""), cells.get(f"{title}{PHONE}", "")
        username = cells.get(f"{title}{ACCOUNT}", "")
        try:
            phone = check_phone(phone)
        except Invalid as error:
            problems.append(Problem(code=error.code, detail=f"{title}：{error.detail}"))
        if name:
            holders.append(Holder(post=post, name=name, phone=phone, username=username))
        elif phone or username:
            detail = f"{title}只有电话或账号，没有姓名，请补填姓名。"
            problems.append(Problem(code="name_missing", detail=detail))
    return holders


def _leader_entries(sheet: Sheet, header: int, columns: Mapping[str, int]) -> list[LeaderEntry]:
    entries = []
    for row in range(header + 1, len(sheet.rows)):
        leader = original(sheet.text(row, columns[USERNAME]))
        subjects = _split(original(sheet.text(row, columns[SUBJECTS])))
        if leader and subjects:
            entries.append(LeaderEntry(row=row + 1, leader=leader, subjects=tuple(subjects)))
    return entries


def _split(text: str) -> list[str]:
    return [part.strip() for part in _BETWEEN.split(text) if part.strip()]


def _word(
    text: str, known: Mapping[str, T], what: str, code: str, problems: list[Problem]
) -> T | None:
    found = known.get(squeeze(text))
    if text and found is None:
        detail = f"没有“{text[:20]}”这种{what}，请填：{'、'.join(known)}。"
        problems.append(Problem(code=code, detail=detail))
    return found


def _day(text: str, what: str, problems: list[Problem]) -> date | None:
    if not text:
        return None
    found = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", text)
    try:
        if found:
            return date(*map(int, found.groups()))
    except ValueError:
        pass
    detail = f"{what}“{text[:20]}”不是日期，请写成 2026-10-01 的样子。"
    problems.append(Problem(code="bad_date", detail=detail))
    return None


# --- writing ------------------------------------------------------------------------------------

Line = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """What is written: the lines of each sheet, by column."""

    units: tuple[Line, ...]
    leaders: tuple[Line, ...] = ()
    history: tuple[Line, ...] = ()
    stand_ins: tuple[Line, ...] = ()


def as_csv(lines: Lines) -> bytes:
    """The sheet of units, as Excel reads it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(UNIT_COLUMNS)
    for line in lines.units:
        writer.writerow([harmless(line.get(name, "")) for name in UNIT_COLUMNS])
    return out.getvalue().encode("utf-8-sig")


def as_workbook(lines: Lines) -> bytes:
    """All sheets; every cell is text, so that codes and phones stay as they are."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    bold = book.add_format({"bold": True, "text_wrap": True, "bg_color": "#DDEBF7"})
    as_text = book.add_format({"num_format": "@", "valign": "top"})
    for title, columns, of_sheet in (
        (UNIT_SHEET, UNIT_COLUMNS, lines.units),
        (LEADER_SHEET, LEADER_COLUMNS, lines.leaders),
        (HISTORY_SHEET, HISTORY_COLUMNS, lines.history),
        (STAND_IN_SHEET, STAND_IN_COLUMNS, lines.stand_ins),
    ):
        sheet = book.add_worksheet(title)
        sheet.set_column(0, len(columns) - 1, 16, as_text)
        sheet.freeze_panes(1, 2)
        for place, name in enumerate(columns):
            sheet.write_string(0, place, name, bold)
        for number, line in enumerate(of_sheet, start=1):
            for place, name in enumerate(columns):
                sheet.write_string(number, place, harmless(line.get(name, "")), as_text)
    book.close()
    return out.getvalue()
