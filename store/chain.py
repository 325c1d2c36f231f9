"""Chains of hashes: what was recorded once cannot be changed, left out or put in between unseen.

Every item has two, one of the entries anybody who sees it may read and one of the covert ones, so
that no gap in the first tells of the second (R24). Refusals, restricted readings,
decodings and changes of registers, rules or accounts have one for the whole system.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from domain.seal import canonical
from store.codec import Row
from store.words import storable

BEGINNING = ""
OF_AN_ENTRY = (
    *("item_id", "seq", "act", "title", "at", "summary", "actor", "on_behalf_of", "body"),
    *("request_id", "body_hash", "outcome", "status", "covert", "unverified", "settles"),
    *("notices", "files", "changed"),
)
OF_A_CIRCULAR = (
    *("circular_id", "seq", "act", "title", "at", "summary", "actor", "body"),
    *("request_id", "body_hash", "notices", "lines"),
)
OF_AN_ACCESS = ("at", "event", "username", "address", "method", "route", "about", "status", "code")


def linked(before: str, row: Mapping[Any, Any], columns: tuple[str, ...]) -> str:
    """The hash of ``row`` behind the hash ``before``; the same of the row as it is read again."""
    content = storable([before, {name: plain(row[name]) for name in columns}])
    return hashlib.sha256(canonical(content)).hexdigest()


def chained(rows: list[Row], seen: str, covert: str) -> list[Row]:
    """New entries of an item with their hashes, behind the last ones of its two chains."""
    last = {False: seen, True: covert}
    out = []
    for row in rows:
        last[row["covert"]] = linked(last[row["covert"]], row, OF_AN_ENTRY)
        out.append(row | {"hash": last[row["covert"]]})
    return out


def plain(value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    """One spelling of a value, whether it is about to be stored or comes back: PostgreSQL keeps
    instants in UTC, and of a number neither exponent nor the dot before nothing."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case float() if value.is_integer():
            return int(Decimal(repr(value)))
        case dict():
            return {str(key): plain(part) for key, part in value.items()}
        case list() | tuple():
            return [plain(part) for part in value]
        case _:
            return value
