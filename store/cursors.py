"""Cursors of lists: where a page ended. Nothing rests on their secrecy: what a reader may see is
decided by the scope of each query, whatever the cursor says."""

import base64
import binascii
import re

from domain.errors import Invalid

LARGEST = 2**62


def to_cursor(sort: str, *place: int) -> str:
    """An opaque cursor for a list of that sort."""
    plain = ":".join((sort, *map(str, place)))
    sum_ = binascii.crc32(plain.encode())
    return base64.urlsafe_b64encode(f"{plain}:{sum_:08x}".encode()).decode().rstrip("=")


def from_cursor(sort: str, cursor: str, count: int) -> tuple[int, ...]:
    """The place a cursor names. Raises ``Invalid('bad_cursor')`` for anything else."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        plain = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
    except ValueError:
        plain = ""
    found = re.fullmatch(rf"{sort}((?::\d{{1,19}}){{{count}}}):[0-9a-f]{{8}}", plain)
    place = tuple(map(int, found[1][1:].split(":"))) if found else ()
    if not place or max(place) > LARGEST or to_cursor(sort, *place) != cursor:
        raise Invalid("bad_cursor", "翻页标记（cursor）无效，请从第一页重新查询。")
    return place
