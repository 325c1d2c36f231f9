"""Lists without a table: a task, then lines such as “牵头单位：…” and “完成时限：…” below it.

They are turned into a table first, so that everything else reads them like any other ledger.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ledger.files import Sheet
from ledger.headers import classify, reads_like_header
from ledger.model import Field

_LABEL = re.compile(r"(?:^|(?<=[;；。\s，,]))\s*([^\s:：;；。，,]{2,12})\s*[:：]")
_NUMBER = re.compile(r"^\s*([(（]?\d{1,3}[)）]?[.、．﹒]?)\s*(?=\D)")
_SECTION = re.compile(
    r"^\s*(?:[一二三四五六七八九十]{1,3}[、.．]|[(（][一二三四五六七八九十]{1,3}[)）]|第.{1,3}[章节部])"
)
_USED = (
    Field.LEAD, Field.CO_UNITS, Field.PERSON, Field.LIMIT, Field.CONTENT, Field.SOURCE,
    Field.REMARKS, Field.PROGRESS,
)  # fmt: skip
_UNITS = (Field.LEAD, Field.CO_UNITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """The table made of a list, and for each of its rows the rows of the sheet it came from."""

    sheet: Sheet
    origin: tuple[tuple[int, ...], ...]


@dataclass(slots=True)
class _Item:
    """A task under construction."""

    rows: list[int]
    number: str
    words: list[str]
    cells: dict[str, str] = field(default_factory=dict)


def rebuild(sheet: Sheet) -> Rebuilt | None:
    """The list as a table, or None where it names no units in this way."""
    parts: list[_Item | tuple[int, str]] = []
    for row in range(len(sheet.rows)):
        cells = dict.fromkeys(sheet.text(row, column) for column in range(sheet.width))
        _take(row, "，".join(cell for cell in cells if cell), parts)
    items = [part for part in parts if isinstance(part, _Item)]
    for item in items:
        item.cells = _alike(item.cells, items)
    headers = list(dict.fromkeys(label for item in items for label in item.cells))
    leads = sum(
        1 for item in items if any(classify(label)[0] is Field.LEAD for label in item.cells)
    )
    return _table(sheet, parts, headers) if leads >= 2 else None


def _take(row: int, text: str, parts: list[_Item | tuple[int, str]]) -> None:
    open_item = parts[-1] if parts and isinstance(parts[-1], _Item) else None
    labelled = _labels(text)
    if labelled and open_item is not None:
        open_item.rows.append(row)
        for label, value in labelled:
            before = open_item.cells.get(label)
            open_item.cells[label] = f"{before}\n{value}" if before else value
    elif not text or _SECTION.match(text):
        parts.append((row, text))
    elif number := _NUMBER.match(text):
        parts.append(_Item([row], number[1], [text[number.end() :]]))
    elif open_item is not None and not open_item.cells:
        open_item.rows.append(row)
        open_item.words.append(text)
    else:
        parts.append((row, text))


def _alike(cells: dict[str, str], items: list[_Item]) -> dict[str, str]:
    """牵头单位 here and 牵头责任单位 there are one column, named as it was first named."""
    names: dict[tuple[Field, int], str] = {}
    for label in (label for item in items for label in item.cells):
        names.setdefault(classify(label), label)
    merged: dict[str, str] = {}
    for label, value in cells.items():
        name = names[classify(label)] if classify(label)[0] in _UNITS else label
        merged[name] = f"{merged[name]}\n{value}" if name in merged else value
    return merged


def _labels(text: str) -> list[tuple[str, str]]:
    found = [
        match
        for match in _LABEL.finditer(text)
        if classify(match[1])[0] in _USED and reads_like_header(match[1])
    ]
    if not found or text[: found[0].start()].strip():
        return []
    ends = [match.start() for match in found[1:]] + [len(text)]
    return [
        (match[1], text[match.end() : end].strip(" ;；。，,"))
        for match, end in zip(found, ends, strict=True)
    ]


def _table(sheet: Sheet, parts: list[_Item | tuple[int, str]], headers: list[str]) -> Rebuilt:
    first = next(i for i, part in enumerate(parts) if isinstance(part, _Item))
    width = len(headers) + 2
    rows: list[tuple[str, ...]] = []
    origin: list[tuple[int, ...]] = []
    for index, part in enumerate(parts):
        if index == first:
            rows.append(("序号", "工作任务", *headers))
            origin.append(())
        if isinstance(part, _Item):
            cells = (part.cells.get(header, "") for header in headers)
            rows.append((part.number, "\n".join(part.words), *cells))
            origin.append(tuple(part.rows))
        else:
            rows.append((part[1], *[""] * (width - 1)))
            origin.append((part[0],))
    return Rebuilt(sheet=Sheet(name=sheet.name, rows=tuple(rows)), origin=tuple(origin))
