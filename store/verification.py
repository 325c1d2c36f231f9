"""Whether what was recorded is still what was recorded: every chain of hashes, link by link."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from store.chain import BEGINNING, OF_AN_ACCESS, OF_AN_ENTRY, linked
from store.session import ReadConnection
from store.tables import access_events, audit_events, items

AT_ONCE = 500


@dataclass(slots=True, kw_only=True)
class Verified:
    """How much was verified, what was found (in Chinese, one line each), and one hash over the ends
    of all chains: kept elsewhere, it shows later that nothing before it was rewritten whole."""

    items: int = 0
    entries: int = 0
    accesses: int = 0
    found: list[str] = field(default_factory=list)
    digest: str = ""


async def verify(conn: ReadConnection) -> Verified:
    """Verify the timelines of all items, and the record of accesses."""
    verified, ends = Verified(), hashlib.sha256()
    expected = {row.id: row for row in await conn.execute(_ITEMS)}
    last: dict[bool, str] = {}
    item_id, seq = None, 0
    async for row in _streamed(conn, _ENTRIES):
        if row["item_id"] != item_id:
            if item_id is not None:
                _check_end(verified, expected.pop(item_id), seq)
            item_id, seq = row["item_id"], 0
            last = {False: BEGINNING, True: BEGINNING}
            verified.items += 1
        number = expected[item_id].number
        if row["seq"] != seq + 1:
            verified.found.append(f"{number}：缺第 {seq + 1} 至 {row['seq'] - 1} 项记录。")
        seq = row["seq"]
        if linked(last[row["covert"]], row, OF_AN_ENTRY) != row["hash"]:
            verified.found.append(f"{number}：第 {seq} 项记录（{row['title']}）与校验值不符。")
        last[row["covert"]] = row["hash"]
        ends.update(row["hash"].encode())
        verified.entries += 1
    if item_id is not None:
        _check_end(verified, expected.pop(item_id), seq)
    verified.found += [f"{row.number}：没有任何记录。" for row in expected.values()]
    await _verify_accesses(conn, verified, ends)
    verified.digest = ends.hexdigest()
    return verified


def _check_end(verified: Verified, item: Any, seq: int) -> None:  # noqa: ANN401 - a database row
    if item.seq != seq:
        verified.found.append(f"{item.number}：事项已到第 {item.seq} 项，记录只到第 {seq} 项。")


async def _verify_accesses(conn: ReadConnection, verified: Verified, ends: Any) -> None:  # noqa: ANN401
    last = BEGINNING
    async for row in _streamed(conn, select(access_events).order_by(access_events.c.id)):
        if linked(last, row, OF_AN_ACCESS) != row["hash"]:
            verified.found.append(f"访问记录第 {row['id']} 条与校验值不符。")
        last = row["hash"]
        ends.update(last.encode())
        verified.accesses += 1


async def _streamed(conn: ReadConnection, query: Any) -> AsyncIterator[Mapping[Any, Any]]:  # noqa: ANN401
    result = await conn.stream(query.execution_options(yield_per=AT_ONCE))
    async for row in result.mappings():
        yield row


_ITEMS = select(items.c.id, items.c.number, items.c.seq)
_ENTRIES = select(audit_events).order_by(audit_events.c.item_id, audit_events.c.seq)
