"""Bytes in, a read and judged ledger out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from ledger.model import Ledger

WorkingDays = Callable[[date, int], date]


def read_ledger(
    data: bytes,
    filename: str,
    *,
    year: int | None,
    today: date,
    working_days: WorkingDays | None = None,
) -> Ledger:
    """Read a whole ledger file; `working_days(start, n)` counts working days when it is given."""
    raise NotImplementedError
