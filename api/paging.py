"""Pages of short lists: a cursor that counts."""

from collections.abc import Sequence
from typing import TypeVar

from store.cursors import from_cursor, to_cursor

T = TypeVar("T")


def place(sort: str, cursor: str | None) -> int:
    """How many rows come before the page a cursor names. Raises ``Invalid('bad_cursor')``."""
    return from_cursor(sort, cursor, 1)[0] if cursor is not None else 0


def page(sort: str, rows: Sequence[T], limit: int, offset: int) -> tuple[Sequence[T], str | None]:
    """Of at most ``limit + 1`` rows those of the page, and the cursor of the next one."""
    more = len(rows) > limit
    return rows[:limit], to_cursor(sort, offset + limit) if more else None
