"""The row-by-row report as data, and the file of rejected rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ledger.model import Ledger, LedgerRow


def report(ledger: Ledger) -> dict[str, object]:
    """Everything read, what it was taken for, and what was not understood, ready for JSON."""
    raise NotImplementedError


def write_rejected(ledger: Ledger, rejected: Sequence[tuple[LedgerRow, str]], path: Path) -> None:
    """Write rows with their reasons to .xlsx or .csv, to be corrected and read again."""
    raise NotImplementedError
