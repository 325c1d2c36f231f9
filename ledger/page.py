"""The tables of a web page: many office systems export one and name it .xls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

Address = tuple[int, int]
_BREAKS = {"br", "p", "div", "li"}


@dataclass(slots=True)
class _Cell:
    rows: int
    columns: int
    text: list[str] = field(default_factory=list)


class _Tables(HTMLParser):
    """Collects rows of cells; a table inside a cell adds its words to that cell."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[_Cell]]] = []
        self.depth = 0
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a table, a row or a cell."""
        if tag in ("script", "style"):
            self.silent += 1
        elif tag == "table":
            self.depth += 1
            if self.depth == 1:
                self.tables.append([])
        elif self.depth == 1 and tag == "tr":
            self.tables[-1].append([])
        elif self.depth == 1 and tag in ("td", "th"):
            self._open_cell(dict(attrs))
        elif tag in _BREAKS:
            self._write("\n")

    def _open_cell(self, attrs: dict[str, str | None]) -> None:
        if not self.tables[-1]:
            self.tables[-1].append([])
        self.tables[-1][-1].append(_Cell(_span(attrs, "rowspan"), _span(attrs, "colspan")))

    def handle_endtag(self, tag: str) -> None:
        """Close a table; a paragraph ends a line."""
        if tag in ("script", "style"):
            self.silent = max(0, self.silent - 1)
        elif tag == "table":
            self.depth = max(0, self.depth - 1)
        elif tag in _BREAKS:
            self._write("\n")

    def handle_data(self, data: str) -> None:
        """Words belong to the open cell; line ends of the source are blanks."""
        self._write(" ".join(data.split()) if data.strip() else "")

    def _write(self, words: str) -> None:
        if self.depth and not self.silent and self.tables[-1] and self.tables[-1][-1]:
            self.tables[-1][-1][-1].text.append(words)


def _span(attrs: dict[str, str | None], name: str) -> int:
    value = attrs.get(name) or "1"
    return max(1, int(value)) if value.isascii() and value.isdigit() and len(value) < 6 else 1


def page_tables(
    text: str, max_rows: int, max_columns: int
) -> Iterator[tuple[list[list[str]], dict[Address, Address]]]:
    """Each table as a grid of texts and its merged cells."""
    parser = _Tables()
    parser.feed(text)
    parser.close()
    for table in parser.tables:
        if table:
            yield _grid(table, max_rows, max_columns)


def _grid(
    table: list[list[_Cell]], max_rows: int, max_columns: int
) -> tuple[list[list[str]], dict[Address, Address]]:
    placed: dict[Address, str] = {}
    merged: dict[Address, Address] = {}
    height = min(len(table), max_rows + 1)
    for row, cells in enumerate(table[:height]):
        column = 0
        for cell in cells:
            while (row, column) in placed or (row, column) in merged:
                column += 1
            if column > max_columns:
                break
            words = "\n".join(line.strip() for line in "".join(cell.text).split("\n"))
            placed[row, column] = "\n".join(line for line in words.split("\n") if line)
            for r in range(row, min(row + cell.rows, height)):
                for c in range(column, min(column + cell.columns, max_columns + 1)):
                    if (r, c) != (row, column):
                        merged.setdefault((r, c), (row, column))
            column += cell.columns
    width = max((c for _, c in (*placed, *merged)), default=-1) + 1
    return [[placed.get((r, c), "") for c in range(width)] for r in range(height)], merged
