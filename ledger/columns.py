"""Header rows: where a table begins, how many rows its header has, and the role of each column."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ledger.files import Sheet
from ledger.headers import classify, field_name, reads_like_header, says_how_often, says_nodes
from ledger.measures import is_measure
from ledger.model import Column, Field
from ledger.text import narrow, squeeze, tidy
from ledger.units import is_phrase, looks_like_unit

LEVEL = "|"  # joins the levels of a header
_TEXT = (Field.TITLE, Field.CONTENT, Field.TARGET)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A header found: its rows (from 0) and its columns."""

    first: int
    last: int
    columns: tuple[Column, ...]
    notes: tuple[str, ...] = ()

    def of(self, *fields: Field) -> tuple[int, ...]:
        """The indices of the columns that mean one of these fields."""
        return tuple(column.index for column in self.columns if column.field in fields)

    def one(self, field: Field) -> int | None:
        """The index of the only column with this meaning, if there is one."""
        return next(iter(self.of(field)), None)

    @property
    def lead_said(self) -> bool:
        """Whether the lead column is called 牵头/主办 and not merely 责任单位."""
        index = self.one(Field.LEAD)
        return index is not None and classify(self._header(index))[1] == 0

    def _header(self, index: int) -> str:
        return next(column.header for column in self.columns if column.index == index)


# --- finding the header rows --------------------------------------------------------------------


def find_head(sheet: Sheet, row: int) -> Head | None:
    """The header that begins at this row, if one does."""
    labels = _labels(sheet, row)
    if not _is_head(labels):
        return None
    last = row
    while last + 1 < len(sheet.rows) and last - row < 2 and _continues(sheet, last + 1):
        last += 1
    headers = [_joined(sheet, row, last, column) for column in range(sheet.width)]
    columns, notes = _assign(headers, sheet, last)
    return Head(first=row, last=last, columns=columns, notes=notes)


def _labels(sheet: Sheet, row: int) -> list[str]:
    return [sheet.text(row, column) for column in range(sheet.width)]


def _is_label(text: str) -> bool:
    bare = squeeze(text)
    if not bare or len(bare) > 30 or re.fullmatch(r"[\d.\-/]+", bare):
        return False
    return not re.search(r"[。；;]|[:：].|,.*,", bare.rstrip(":："))


def _is_head(labels: Iterable[str]) -> bool:
    distinct = [label for label in dict.fromkeys(labels) if label]
    if len(distinct) < 2 or not all(len(squeeze(label)) <= 60 for label in distinct):
        return False
    if any(re.fullmatch(r"\d{1,4}[.、]?", squeeze(label)) for label in distinct):
        return False
    known = [
        classify(label)[0] for label in distinct if _is_label(label) and reads_like_header(label)
    ]
    fields = {field for field in known if field is not Field.UNKNOWN}
    if len(fields) < 2 or len([f for f in known if f is not Field.UNKNOWN]) * 2 < len(distinct):
        return False
    has_text = bool(fields & set(_TEXT))
    has_other = bool(fields - set(_TEXT) - {Field.STAGE})
    return (has_text and has_other) or {Field.LEAD, Field.LIMIT} <= fields


def _continues(sheet: Sheet, row: int) -> bool:
    """A second header row: it names only columns that lie under a wider or an empty cell."""
    own = [c for c in range(sheet.width) if sheet.own_text(row, c)]
    if not own:
        return False
    labels = [sheet.own_text(row, c) for c in own]
    if not all(_is_label(label) and len(squeeze(label)) <= 15 for label in labels):
        return False
    if not all(reads_like_header(label) for label in labels):
        return False
    return len(own) >= 2 and 2 * sum(_under_group(sheet, row, c) for c in own) >= len(own)


def _under_group(sheet: Sheet, row: int, column: int) -> bool:
    above = sheet.origin(row - 1, column)
    if not sheet.text(row - 1, column):
        return True
    if sheet.merged:
        spans = [c for c in range(sheet.width) if sheet.origin(row - 1, c) == above]
        return len(spans) > 1
    after = column + 1
    return after < sheet.width and not sheet.text(row - 1, after) and bool(sheet.text(row, after))


def _joined(sheet: Sheet, first: int, last: int, column: int) -> str:
    """All header cells over one column, top to bottom; in csv a group's name reaches right."""
    parts: list[str] = []
    for row in range(first, last + 1):
        text = sheet.text(row, column)
        if not text and row < last and not sheet.merged and sheet.text(row + 1, column):
            text = next((t for c in range(column, -1, -1) if (t := sheet.text(row, c))), "")
        flat = re.sub(r"\s+", "", tidy(text))
        if flat and flat not in parts:
            parts.append(flat)
    return LEVEL.join(parts)


def header_texts(sheet: Sheet, head: Head) -> tuple[str, ...]:
    """The header row as written, to recognise its repetition on a new page."""
    return tuple(squeeze(text) for text in _labels(sheet, head.first))


# --- giving each column its meaning -------------------------------------------------------------


def _meaning(header: str) -> tuple[Field, int]:
    """Of a header in levels the lowest known one decides, unless what it stands under says more."""
    parts = header.split(LEVEL)
    lowest = classify(parts[-1])
    if len(parts) == 1:
        return lowest
    above = classify(parts[-2])
    if lowest[0] is Field.STAGE and re.search("投资|资金|情况|进展", parts[-2]):
        return (Field.UNKNOWN, 0) if re.search("投资|资金", parts[-2]) else above
    if above[0] is Field.STAGE and lowest[0] in _TEXT:
        return above
    if lowest[0] is not Field.UNKNOWN:
        return lowest
    joined = classify("".join(parts))
    return joined if joined[0] is not Field.UNKNOWN else above


def _assign(
    headers: list[str], sheet: Sheet, last: int
) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    found = [_meaning(header) if header else (Field.UNKNOWN, 9) for header in headers]
    fields = [field for field, _ in found]
    ranks = [rank for _, rank in found]
    said = ["" for _ in headers]
    notes: list[str] = []
    samples = [_sample(sheet, last, column) for column in range(len(headers))]
    _look_at_cells(headers, fields, ranks, samples)
    _one_lead(headers, fields, ranks, said, notes)
    _one_limit(headers, fields, ranks, said)
    _one_each(fields, said)
    columns = tuple(
        Column(
            index=i,
            header=header,
            field=fields[i],
            taken_as=said[i] or _said(header, fields[i], i, samples[i]),
        )
        for i, header in enumerate(headers)
        if header or samples[i]
    )
    return columns, tuple(notes)


def _said(header: str, field: Field, index: int, sample: list[str]) -> str:
    if field is not Field.UNKNOWN:
        return field_name(field)
    if not header and sample:
        return f"第 {index + 1} 列没有表头，没有用到"
    return "认不出这一列，没有用到"


def _sample(sheet: Sheet, last: int, column: int) -> list[str]:
    rows = range(last + 1, min(last + 41, len(sheet.rows)))
    return [text for row in rows if (text := sheet.own_text(row, column))]


_DATED = re.compile(
    r"\d{1,2}月|\d{4}年|\d[./-]\d|年底|季度|半年|长期|立即|全年|持续|每[月季周年]|[按逐][月季周]"
)


def _look_at_cells(
    headers: list[str], fields: list[Field], ranks: list[int], samples: list[list[str]]
) -> None:
    """What a header leaves open, its cells settle: 单位 as a measure, a plan without any date."""
    for i, header in enumerate(headers):
        cells = samples[i]
        if not cells:
            continue
        if fields[i] is Field.LEAD and ranks[i] >= 2 and _no_units(cells, ranks[i]):
            fields[i] = _no_lead(header, cells)
        elif fields[i] is Field.LIMIT and ranks[i] >= 2:
            dated = sum(1 for cell in cells if _DATED.search(narrow(cell)))
            if dated * 2 < len(cells):
                fields[i] = Field.CONTENT if ranks[i] == 2 else Field.PROGRESS
        elif not header and Field.NUMBER not in fields and _mostly_numbers(cells):
            fields[i] = Field.NUMBER


def _no_lead(header: str, cells: list[str]) -> Field:
    """What a column is that names no units though its header could."""
    if max(map(len, cells)) > 12:
        return Field.CONTENT
    lines = "\n".join(cells).split("\n")
    measures = plain_header(header) == "单位" and all(map(is_measure, lines))
    return Field.MEASURE if measures else Field.UNKNOWN


def _no_units(cells: list[str], rank: int) -> bool:
    first = [re.split(r"[\n、，,；; ]", cell)[0] for cell in cells]
    units = sum(1 for name in first if looks_like_unit(name) or is_phrase(name))
    if rank == 2:
        return units == 0 and all(len(cell) > 30 for cell in cells)
    return units * 2 < len(cells)


def _mostly_numbers(cells: list[str]) -> bool:
    return sum(1 for cell in cells if re.fullmatch(r"\d{1,4}[.、]?", cell)) * 2 > len(cells)


def _one_lead(
    headers: list[str], fields: list[Field], ranks: list[int], said: list[str], notes: list[str]
) -> None:
    """The surest column leads; 责任单位 beside 牵头单位 names those who help."""
    leads = [i for i, field in enumerate(fields) if field is Field.LEAD]
    if not leads:
        return
    best = min(leads, key=lambda i: (ranks[i], i))
    for i in leads:
        if i != best:
            fields[i] = Field.CO_UNITS
            said[i] = f"协办单位（牵头的是“{headers[best]}”一列）"
            notes.append(f"“{headers[best]}”一列作牵头单位，“{headers[i]}”一列作协办单位")
    if ranks[best] > 0 and not notes:
        said[best] = "牵头单位（没有单列牵头，排第一的单位牵头）"


def _one_limit(headers: list[str], fields: list[Field], ranks: list[int], said: list[str]) -> None:
    """One column holds the limit; a plan or nodes beside it are content, a second date is the
    progress."""
    limits = [i for i, field in enumerate(fields) if field is Field.LIMIT]
    if not limits:
        return
    plans = {i for i in limits if ranks[i] >= 2 or says_nodes(headers[i].split(LEVEL)[-1])}
    best = min(limits, key=lambda i: (i in plans, ranks[i], i))
    for i in limits:
        if i == best:
            continue
        if says_how_often(headers[i].split(LEVEL)[-1]):
            fields[i] = Field.CYCLE
            continue
        fields[i] = Field.CONTENT if i in plans else Field.PROGRESS
        what = "事项内容" if i in plans else "实际时间，没有用到"
        said[i] = f"{what}（办理时限取“{headers[best]}”一列）"


def _one_each(fields: list[Field], said: list[str]) -> None:
    """Fields that a row has once: of several columns the first counts."""
    seen: Counter[Field] = Counter()
    for i, field in enumerate(fields):
        if field in (Field.NUMBER, Field.ISSUED_ON, Field.START):
            seen[field] += 1
            if seen[field] > 1:
                fields[i] = Field.UNKNOWN
                said[i] = f"已有一列“{field_name(field)}”，这一列没有用到"


def plain_header(header: str) -> str:
    """A header for labels in a text: one width, no blanks, the lowest level only."""
    return re.sub(r"\s+", "", narrow(header.split(LEVEL)[-1])).strip("*:：")
