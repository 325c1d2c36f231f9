"""A look inside an old .xls before it is opened: is it one, is it locked, how big is it.

The real reader reserves memory for the whole rectangle a file claims; a damaged file can claim
billions of cells and bring the process down. So the claim is read first, here.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END = 0xFFFFFFFA  # every sector number from here on is a marker, not a sector
_CELL_RECORDS = {0x0006, 0x0203, 0x0204, 0x0205, 0x027E, 0x00FD, 0x00D6}
_MULTI_RK, _DIMENSIONS, _FILEPASS, _STRINGS = 0x00BD, 0x0200, 0x002F, 0x00FC


class DamagedError(Exception):
    """The container does not hold together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """What the container holds: stream names, whether locked, and the claimed extent."""

    streams: frozenset[str]
    locked: bool = False
    rows: int = 0
    columns: int = 0


def look_inside(data: bytes) -> Inside:
    """Read the directory, and of a workbook its cell addresses."""
    try:
        container = _Container(data)
        entries = container.entries()
        names = frozenset(entries)
        if "EncryptedPackage" in names:
            return Inside(streams=names, locked=True)
        book = "Workbook" if "Workbook" in names else "Book" if "Book" in names else ""
        if not book:
            return Inside(streams=names)
        return _extent(container.stream(*entries[book]), names)
    except (struct.error, IndexError, ValueError, OverflowError) as error:
        raise DamagedError(str(error)) from error


class _Container:
    """Just enough of the compound file format to read its directory and one stream."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        shift, mini_shift = struct.unpack_from("<HH", data, 30)
        if shift not in (9, 12) or mini_shift != 6:
            raise DamagedError("sector size")
        self.size = 1 << shift
        (self.directory,) = struct.unpack_from("<I", data, 48)
        self.mini_fat_start = struct.unpack_from("<I", data, 60)[0]
        self.fat = self._read_fat()
        self.root: tuple[int, int] = (_END, 0)

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self.size
        sector = self.data[start : start + self.size]
        if not sector:
            raise DamagedError("sector beyond the end")
        return sector

    def _read_fat(self) -> list[int]:
        numbers = list(struct.unpack_from("<109I", self.data, 76))
        (following,) = struct.unpack_from("<I", self.data, 68)
        for _ in range(len(self.data) // self.size + 1):
            if following >= _END:
                break
            words = self._words(self._sector(following))
            numbers += words[:-1]
            following = words[-1]
        fat: list[int] = []
        for number in numbers:
            if number < _END:
                fat += self._words(self._sector(number))
        return fat

    @staticmethod
    def _words(raw: bytes) -> list[int]:
        return list(struct.unpack(f"<{len(raw) // 4}I", raw[: len(raw) // 4 * 4]))

    def _chain(self, start: int, table: list[int]) -> list[int]:
        chain: list[int] = []
        while start < _END:
            chain.append(start)
            if len(chain) > len(table):
                raise DamagedError("sectors in a circle")
            start = table[start]
        return chain

    def _read(self, start: int) -> bytes:
        return b"".join(self._sector(number) for number in self._chain(start, self.fat))

    def entries(self) -> dict[str, tuple[int, int]]:
        """Every stream: its first sector and its length."""
        raw = self._read(self.directory)
        found: dict[str, tuple[int, int]] = {}
        for at in range(0, len(raw) - 127, 128):
            (length,) = struct.unpack_from("<H", raw, at + 64)
            kind = raw[at + 66]
            start, size = struct.unpack_from("<II", raw, at + 116)
            if kind == 5:
                self.root = (start, size)
            if kind == 2 and 2 <= length <= 64:
                name = raw[at : at + length - 2].decode("utf-16-le", "replace")
                found.setdefault(name, (start, size))
        return found

    def stream(self, start: int, size: int) -> bytes:
        """The bytes of one stream; short ones live inside the root's stream."""
        if size >= 4096:
            return self._read(start)[:size]
        table = self._words(self._read(self.mini_fat_start)) if self.mini_fat_start < _END else []
        minis = self._read(self.root[0]) if self.root[0] < _END else b""
        chain = self._chain(start, table)
        return b"".join(minis[number * 64 : number * 64 + 64] for number in chain)[:size]


def _extent(stream: bytes, names: frozenset[str]) -> Inside:
    rows = columns = position = 0
    locked = False
    while position + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, position)
        body = stream[position + 4 : position + 4 + length]
        position += 4 + length
        if kind == _FILEPASS:
            locked = True
        if kind == _STRINGS and struct.unpack_from("<II", body)[1] > len(stream):
            raise DamagedError("more strings than bytes")
        if kind == _DIMENSIONS:
            _check_claim(body)
        row, column = _address(kind, body)
        rows, columns = max(rows, row), max(columns, column)
    return Inside(streams=names, locked=locked, rows=rows, columns=columns)


def _address(kind: int, body: bytes) -> tuple[int, int]:
    if kind in _CELL_RECORDS and len(body) >= 4:
        row, column = struct.unpack_from("<HH", body)
        return row + 1, column + 1
    if kind == _MULTI_RK and len(body) >= 6:
        (row,) = struct.unpack_from("<H", body)
        (column,) = struct.unpack_from("<H", body, len(body) - 2)
        return row + 1, column + 1
    return 0, 0


def _check_claim(body: bytes) -> None:
    """The extent a sheet claims for itself: empty rows are fine, the impossible is not."""
    wide = len(body) >= 14
    rows = struct.unpack_from("<II" if wide else "<HH", body)
    columns = struct.unpack_from("<HH", body, 8 if wide else 4)
    if rows[0] > rows[1] or columns[0] > columns[1] or rows[1] > 65536 or columns[1] > 256:
        raise DamagedError("impossible extent")
