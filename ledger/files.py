"""Bytes in, sheets out: csv in any usual encoding, xls, xlsx, and the web pages named .xls.

A file that cannot be read as a whole raises `LedgerError`, whose detail says what to do next.
"""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from types import MappingProxyType

import python_calamine

from ledger import ole
from ledger.model import LedgerError
from ledger.page import page_tables
from ledger.text import tidy
from ledger.wordings import CellValue

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 20_000
MAX_COLUMNS = 256
_MAX_UNPACKED = 300 * 1024 * 1024
_MAX_CELL = 32_767
_DELIMITERS = ",\t;|，"

Address = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One rectangular sheet; `merged` maps every covered cell to the top left of its range."""

    name: str
    rows: tuple[tuple[CellValue, ...], ...]
    merged: Mapping[Address, Address] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.rows[0]) if self.rows else 0

    def value(self, row: int, column: int) -> CellValue:
        """The value shown at a place: of a merged range, that of its top left cell."""
        row, column = self.merged.get((row, column), (row, column))
        return self.rows[row][column]

    def text(self, row: int, column: int) -> str:
        """The value as tidy text."""
        return text_of(self.value(row, column))

    def own_text(self, row: int, column: int) -> str:
        """The text, empty where the cell is covered by a merged range."""
        return "" if (row, column) in self.merged else text_of(self.rows[row][column])

    def origin(self, row: int, column: int) -> Address:
        """The place whose value is shown here."""
        return self.merged.get((row, column), (row, column))


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """All sheets of a file and what is worth telling about the file itself."""

    sheets: tuple[Sheet, ...]
    notes: tuple[str, ...] = ()


def text_of(value: CellValue) -> str:
    """A cell as text: whole numbers without .0, dates in ISO form."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, datetime | date):
        return value.isoformat()
    return tidy(str(value))


def load(data: bytes, filename: str) -> Loaded:
    """Read any supported file, whatever its name says it is."""
    if not data.strip(b"\x00 \t\r\n"):
        raise LedgerError("empty_file", "文件是空的，请检查是否选错了文件")
    if len(data) > MAX_BYTES:
        raise LedgerError("file_too_large", "文件超过 20 MB，请去掉图片和无关的工作表再导入")
    if data.startswith(ole.MAGIC):
        return _from_xls(data)
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _from_xlsx(data)
    _refuse_foreign(data)
    text, encoding = decode(data)
    notes = () if encoding == "UTF-8" else (f"文件编码为 {encoding}",)
    head = text.lstrip("\ufeff \t\r\n")[:4000].lower()
    if re.match(r"<(?:!doctype|html|table|head|meta|body|div|style)", head) or (
        "<html" in head or "<table" in head
    ):
        return Loaded(sheets=_from_page(text), notes=(*notes, "文件其实是网页，按其中的表格读"))
    if head.startswith("<?xml"):
        raise LedgerError(
            "not_a_ledger", "这是 XML 文件，请用 Excel 或 WPS 打开后另存为 .xlsx 再导入"
        )
    return _from_text(text, notes, filename)


def _refuse_foreign(data: bytes) -> None:
    for magic, name in (
        (b"%PDF", "PDF"), (b"{\\rtf", "RTF"), (b"\x89PNG", "图片"), (b"\xff\xd8\xff", "图片"),
        (b"Rar!", "压缩包"), (b"7z\xbc\xaf", "压缩包"), (b"\x1f\x8b", "压缩包"), (b"GIF8", "图片"),
    ):  # fmt: skip
        if data.startswith(magic):
            raise LedgerError(
                "not_a_ledger", f"这是{name}文件，请把其中的表格存成 .xlsx 或 .csv 再导入"
            )


# --- text ---------------------------------------------------------------------------------------


def decode(data: bytes) -> tuple[str, str]:
    """Text and the name of its encoding; damaged text is refused, never guessed at."""
    for bom, name, label in (
        (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
        (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
        (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
        (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
    ):
        if data.startswith(bom):
            return _sane(_strict(data, name, label)), label
    wide = _wide_without_bom(data)
    if wide:
        return _sane(_strict(data, wide, "UTF-16")), "UTF-16"
    try:
        return _sane(data.decode("utf-8")), "UTF-8"
    except UnicodeDecodeError as error:
        _refuse_damaged_utf8(data, error.start)
    return _sane(_strict(data, "gb18030", "GB18030")), "GB18030"


def _strict(data: bytes, name: str, label: str) -> str:
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise LedgerError(
            "broken_encoding",
            f"文件像是 {label} 编码，但第 {line} 行附近的字节读不出来；"
            f"请用 Excel 重新另存为 .xlsx 再导入",
        ) from error


def _refuse_damaged_utf8(data: bytes, start: int) -> None:
    """GB18030 reads almost any bytes; a mostly valid UTF-8 file must not become nonsense."""
    good = len(re.findall(rb"[\xe4-\xe9][\x80-\xbf]{2}", data))
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    if good > 3 and good > 4 * bad:
        line = data[:start].count(b"\n") + 1
        raise LedgerError(
            "broken_encoding",
            f"文件像是 UTF-8 编码，但第 {line} 行附近有损坏的字节；请用原来的程序重新导出，"
            f"或另存为 .xlsx 再导入",
        )


def _wide_without_bom(data: bytes) -> str:
    """UTF-16 without a mark: the commas and line ends of a ledger leave zeros on one side."""
    sample = data[:4000]
    if len(data) % 2 or sample.count(0) < 4:
        return ""
    even, odd = sample[::2], sample[1::2]
    little = sum(1 for a, b in zip(even, odd, strict=False) if b == 0 and a in b",\t\r\n;")
    big = sum(1 for a, b in zip(even, odd, strict=False) if a == 0 and b in b",\t\r\n;")
    if max(little, big) < 2:
        return ""
    return "utf-16-le" if little > big else "utf-16-be"


def _sane(text: str) -> str:
    strange = sum(1 for char in text if _is_strange(char))
    if "锟斤拷" in text or "\ufffd" in text or strange > max(3, len(text) // 200):
        raise LedgerError(
            "broken_encoding",
            "文件里有乱码，原来的字已经丢失；请从原始文件重新导出（UTF-8 或 GB18030），"
            "或另存为 .xlsx 再导入",
        )
    return text


def _is_strange(char: str) -> bool:
    code = ord(char)
    control = code < 32 and char not in "\t\r\n\x0b\x0c"
    return control or 0x7F <= code < 0xA0 or 0xE000 <= code <= 0xF8FF or code >= 0xF0000


def _from_text(text: str, notes: tuple[str, ...], filename: str) -> Loaded:
    delimiter = _delimiter(text)
    rows = _parse(text, delimiter, quoted=True)
    if any(_swallowed(cell, delimiter) for row in rows for cell in row):
        rows = _parse(text, delimiter, quoted=False)
        notes = (*notes, "文件里的引号不成对，按不带引号的文本读，请核对换行和逗号")
    name = re.sub(r"\.[^.]{1,5}$", "", filename.replace("\\", "/").rsplit("/", 1)[-1])
    return Loaded(sheets=(_sheet(name, rows, {}),), notes=notes)


def _parse(text: str, delimiter: str, *, quoted: bool) -> list[list[str]]:
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
    )
    rows: list[list[str]] = []
    try:
        for row in reader:
            rows.append(row)
            if len(rows) > MAX_ROWS:
                raise _too_many_rows()
    except csv.Error as error:
        raise LedgerError(
            "broken_csv", f"第 {len(rows) + 1} 行读不出来（引号或换行不对），请另存为 .xlsx 再导入"
        ) from error
    return rows


def _delimiter(text: str) -> str:
    """The character that cuts most lines into the same number of cells."""
    lines = text.splitlines()[:300]
    if lines and re.fullmatch(r"\ufeff?sep=.", lines[0].strip()):
        return lines[0].strip()[-1]
    best, best_score = ",", (0.0, 0)
    for delimiter in _DELIMITERS:
        try:
            reader = csv.reader(io.StringIO("\n".join(lines), newline=""), delimiter=delimiter)
            widths = Counter(len(row) for row in reader if any(row))
        except csv.Error:
            continue
        wide = {width: count for width, count in widths.items() if width > 1}
        if not wide:
            continue
        width, count = max(wide.items(), key=lambda pair: (pair[1], pair[0]))
        score = (round(count / widths.total(), 1), width)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _swallowed(cell: str, delimiter: str) -> bool:
    return cell.count("\n") >= 5 and cell.count(delimiter) >= 10


def _too_many_rows() -> LedgerError:
    return LedgerError("too_many_rows", f"超过 {MAX_ROWS} 行，请删去多余的空行，或分成几个文件导入")


def _sheet(
    name: str, rows: Sequence[Sequence[CellValue]], merged: Mapping[Address, Address]
) -> Sheet:
    if len(rows) > MAX_ROWS:
        raise _too_many_rows()
    width = max((_used(row) for row in rows), default=0)
    if width > MAX_COLUMNS:
        raise LedgerError(
            "too_many_columns", f"超过 {MAX_COLUMNS} 列，请删去表格右边多余的列再导入"
        )
    padded = tuple(
        tuple(_capped(row[i]) if i < len(row) else "" for i in range(width)) for row in rows
    )
    inside = {k: v for k, v in merged.items() if k[0] < len(padded) and k[1] < width}
    return Sheet(name=name, rows=padded, merged=MappingProxyType(inside))


def _used(row: Sequence[CellValue]) -> int:
    return max((i + 1 for i, value in enumerate(row) if value not in ("", None)), default=0)


def _capped(value: CellValue) -> CellValue:
    if isinstance(value, str) and len(value) > _MAX_CELL:
        raise LedgerError("cell_too_long", "有一格超过 32767 字，多半是引号不成对，请检查后再导入")
    return value


def _from_page(text: str) -> tuple[Sheet, ...]:
    sheets = []
    for number, (rows, merged) in enumerate(page_tables(text, MAX_ROWS, MAX_COLUMNS), 1):
        sheets.append(_sheet(f"表{number}", rows, merged))
    return tuple(sheets)


# --- workbooks ----------------------------------------------------------------------------------


def _from_xls(data: bytes) -> Loaded:
    try:
        inside = ole.look_inside(data)
    except ole.DamagedError as error:
        raise _broken() from error
    if inside.locked:
        raise _locked()
    if not inside.streams & {"Workbook", "Book"}:
        raise LedgerError(
            "not_a_ledger", "这是 Word 等其他文件，请把其中的表格复制到 Excel，存成 .xlsx 再导入"
        )
    _check_extent(inside.rows, inside.columns)
    with _without_panic_messages():
        return _from_workbook(data, {})


@contextmanager
def _without_panic_messages() -> Iterator[None]:
    """A damaged .xls makes the reader write a stack trace to the terminal before we can speak."""
    try:
        terminal, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    except OSError:
        yield
        return
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)
        os.close(nowhere)


def _from_xlsx(data: bytes) -> Loaded:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            months = _look_into_zip(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise _broken() from error
    except (ValueError, KeyError, zlib.error) as error:
        raise _broken() from error
    return _from_workbook(data, months)


def _look_into_zip(archive: zipfile.ZipFile) -> dict[str, set[Address]]:
    names = archive.namelist()
    if sum(info.file_size for info in archive.infolist()) > _MAX_UNPACKED:
        raise LedgerError("file_too_large", "文件解开以后过大，请去掉图片和无关的工作表再导入")
    if "xl/workbook.xml" not in names:
        kind = "Word 文件" if "word/document.xml" in names else "不受支持的文件"
        raise LedgerError(
            "not_a_ledger", f"这是{kind}，请把其中的表格用 Excel 或 WPS 另存为 .xlsx 再导入"
        )
    for name in names:
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            rows, columns = _extent(archive.read(name))
            _check_extent(rows, columns)
    return month_cells(archive)


_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*)>")
_PLACE = re.compile(rb"""\br=["']([A-Z]{1,3})(\d{1,7})["']""")


def _extent(xml: bytes) -> Address:
    """The last row and column holding anything; the real reader reserves that rectangle."""
    rows = columns = 0
    for cell in _CELL.finditer(xml):
        if cell[1].endswith(b"/"):
            continue
        place = _PLACE.search(cell[1])
        if place:
            rows = max(rows, int(place[2]))
            columns = max(columns, _column(place[1]))
    return rows, columns


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _check_extent(rows: int, columns: int) -> None:
    if rows > MAX_ROWS:
        raise LedgerError(
            "too_many_rows",
            f"第 {rows} 行还有内容，超过 {MAX_ROWS} 行；请删去表格下面多余的内容，"
            f"或分成几个文件导入",
        )
    if columns > MAX_COLUMNS:
        raise LedgerError(
            "too_many_columns",
            f"第 {columns} 列还有内容，超过 {MAX_COLUMNS} 列；请删去表格右边多余的内容再导入",
        )


def _from_workbook(data: bytes, months: Mapping[str, set[Address]]) -> Loaded:
    sheets, notes = [], []
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        for meta in book.sheets_metadata:
            if meta.typ is not python_calamine.SheetTypeEnum.WorkSheet:
                continue
            if meta.visible is not python_calamine.SheetVisibleEnum.Visible:
                notes.append(f"工作表“{meta.name}”是隐藏的，没有读")
                continue
            sheets.append(_read_sheet(book, meta.name, months.get(meta.name, set())))
    except python_calamine.PasswordError as error:
        raise _locked() from error
    except (LedgerError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a damaged file makes the reader panic, which is no Exception
        raise _broken() from error
    return Loaded(sheets=tuple(sheets), notes=tuple(notes))


def _read_sheet(book: python_calamine.CalamineWorkbook, name: str, months: set[Address]) -> Sheet:
    sheet = book.get_sheet_by_name(name)
    rows: list[list[CellValue]] = [list(row) for row in sheet.to_python(skip_empty_area=False)]
    for row, column in months:
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = _month_text(rows[row][column])
    merged: dict[Address, Address] = {}
    height, width = len(rows), max((len(row) for row in rows), default=0)
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
        for row in range(top, min(bottom + 1, height)):
            for column in range(left, min(right + 1, width)):
                if (row, column) != (top, left):
                    merged[row, column] = (top, left)
    return _sheet(name, rows, merged)


def _month_text(value: CellValue) -> CellValue:
    """Excel turns 2026年6月 into the first of June but shows the month: so read the month."""
    if isinstance(value, date | datetime):
        return f"{value.year}年{value.month}月"
    return value


def _broken() -> LedgerError:
    return LedgerError(
        "broken_workbook", "表格文件已损坏或格式不符，请用 Excel 或 WPS 打开后另存为 .xlsx 再导入"
    )


def _locked() -> LedgerError:
    return LedgerError("encrypted", "文件设了打开密码，请先去掉密码另存一份再导入")


def month_cells(archive: zipfile.ZipFile) -> dict[str, set[Address]]:
    """By sheet name, the cells whose number format shows a year and a month but no day."""
    names = archive.namelist()
    if "xl/styles.xml" not in names or "xl/_rels/workbook.xml.rels" not in names:
        return {}
    styles = _month_styles(archive.read("xl/styles.xml").decode("utf-8", "replace"))
    if not styles:
        return {}
    book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
    links = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    targets = {
        _attribute(tag, "Id"): _attribute(tag, "Target")
        for tag in re.findall(r"<(?:\w+:)?Relationship\b[^>]*>", links)
    }
    found: dict[str, set[Address]] = {}
    for tag in re.findall(r"<(?:\w+:)?sheet\b[^>]*>", book):
        target = targets.get(_attribute(tag, "r:id"), "").removeprefix("/xl/").removeprefix("xl/")
        if f"xl/{target}" in names:
            cells = _cells_of_style(archive.read(f"xl/{target}"), styles)
            if cells:
                found[_unescape(_attribute(tag, "name"))] = cells
    return found


_DAYLESS = re.compile(r"y.*m(?!.*d)", re.IGNORECASE)


def _month_styles(xml: str) -> set[int]:
    formats = {
        int(_attribute(tag, "numFmtId") or 0): _unescape(_attribute(tag, "formatCode"))
        for tag in re.findall(r"<(?:\w+:)?numFmt\b[^>]*>", xml)
    }
    dayless = {27, 36, 50, 57}  # the built-in Chinese forms of year and month
    for number, code in formats.items():
        plain = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", code).split(";")[0]
        if _DAYLESS.search(plain) and not re.search("[hs]", plain, re.IGNORECASE):
            dayless.add(number)
        else:
            dayless.discard(number)
    block = re.search(r"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", xml, re.DOTALL)
    tags = re.findall(r"<(?:\w+:)?xf\b[^>]*>", block.group()) if block else []
    return {i for i, tag in enumerate(tags) if int(_attribute(tag, "numFmtId") or 0) in dayless}


def _cells_of_style(xml: bytes, styles: set[int]) -> set[Address]:
    found: set[Address] = set()
    for cell in _CELL.finditer(xml):
        style = re.search(rb"""\bs=["'](\d+)["']""", cell[1])
        place = _PLACE.search(cell[1])
        if style and place and int(style[1]) in styles:
            found.add((int(place[2]) - 1, _column(place[1]) - 1))
    return found


def _attribute(tag: str, name: str) -> str:
    match = re.search(rf"""(?<![\w:]){re.escape(name)}\s*=\s*(["'])(.*?)\1""", tag)
    return match[2] if match else ""


def _unescape(text: str) -> str:
    for code, char in (("&quot;", '"'), ("&lt;", "<"), ("&gt;", ">"), ("&apos;", "'")):
        text = text.replace(code, char)
    return text.replace("&amp;", "&")
