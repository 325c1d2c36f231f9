"""Whether what was recorded is still what was recorded: every chain of hashes, link by link."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from domain.circulars import points_text
from store.chain import BEGINNING, OF_A_CIRCULAR, OF_AN_ACCESS, OF_AN_ENTRY, linked
from store.session import ReadConnection
from store.tables import (
    access_events,
    audit_events,
    circular_events,
    circulars,
    deduction_lines,
    deductions,
    items,
)

AT_ONCE = 500
ACCESS = "access"
CIRCULAR = "circular"
Ends = dict[str, str]
"""Where chains ended: ``<item id>/<seq>``, ``circular/<id>/<seq>`` or ``access/<id>`` → the hash
there. Kept elsewhere, it shows later that nothing up to there was rewritten, not even whole, or cut
off."""


@dataclass(slots=True, kw_only=True)
class Verified:
    """How much was verified, what was found (in Chinese, one line each), where the chains end, and
    one hash over them all."""

    items: int = 0
    entries: int = 0
    circulars: int = 0
    accesses: int = 0
    found: list[str] = field(default_factory=list)
    ends: Ends = field(default_factory=dict)
    digest: str = ""


async def verify(conn: ReadConnection, earlier: Ends | None = None) -> Verified:
    """Verify the timelines of all items, the records of circulars with their ledger, and the record
    of accesses; with ``earlier`` also that they
    still go through where they ended then."""
    verified, whole, kept = Verified(), hashlib.sha256(), dict(earlier or {})
    await _verify_items(conn, verified, kept)
    await _verify_circulars(conn, verified, kept)
    await _verify_accesses(conn, verified, kept)
    verified.found += [f"{place}：以前保存的校验值所在的记录已不存在。" for place in kept]
    for place, end in sorted(verified.ends.items()):
        whole.update(f"{place} {end}\n".encode())
    verified.digest = whole.hexdigest()
    return verified


async def _verify_items(conn: ReadConnection, verified: Verified, kept: Ends) -> None:
    expected = {row.id: row for row in await conn.execute(_ITEMS)}
    last: dict[bool, tuple[int, str]] = {}
    item_id, seq = None, 0
    async for row in _streamed(conn, _ENTRIES):
        if row["item_id"] != item_id:
            if item_id is not None:
                _end_item(verified, expected.pop(item_id), seq, last)
            item_id, seq, last = row["item_id"], 0, {}
            verified.items += 1
        number = expected[item_id].number
        if row["seq"] != seq + 1:
            verified.found.append(f"{number}：缺第 {seq + 1} 至 {row['seq'] - 1} 项记录。")
        seq = row["seq"]
        _, before = last.get(row["covert"], (0, BEGINNING))
        fits = linked(before, row, OF_AN_ENTRY) == row["hash"]
        if not fits or kept.pop(f"{item_id}/{seq}", row["hash"]) != row["hash"]:
            verified.found.append(f"{number}：第 {seq} 项记录（{row['title']}）与校验值不符。")
        last[row["covert"]] = (seq, row["hash"])
        verified.entries += 1
    if item_id is not None:
        _end_item(verified, expected.pop(item_id), seq, last)
    verified.found += [f"{row.number}：没有任何记录。" for row in expected.values()]


def _end_item(
    verified: Verified,
    item: Any,  # noqa: ANN401 - a database row
    seq: int,
    last: dict[bool, tuple[int, str]],
) -> None:
    verified.ends |= {f"{item.id}/{at}": end for at, end in last.values()}
    if item.seq != seq:
        verified.found.append(f"{item.number}：事项已到第 {item.seq} 项，记录只到第 {seq} 项。")


async def _verify_circulars(conn: ReadConnection, verified: Verified, kept: Ends) -> None:
    """The record of every circular, and that the ledger holds what the record says it does."""
    expected = {row.id: row for row in await conn.execute(_CIRCULARS)}
    ledger = {row.circular_id: row for row in await conn.execute(_LEDGER)}
    circular_id, seq, last, points = None, 0, BEGINNING, 0
    async for row in _streamed(conn, _CIRCULAR_EVENTS):
        if row["circular_id"] != circular_id:
            if circular_id is not None:
                _end_circular(verified, expected.pop(circular_id), seq, last, points, ledger)
            circular_id, seq, last, points = row["circular_id"], 0, BEGINNING, 0
            verified.circulars += 1
        name = expected[circular_id].number or expected[circular_id].title
        if row["seq"] != seq + 1:
            verified.found.append(f"{name}：缺第 {seq + 1} 至 {row['seq'] - 1} 项记录。")
        seq = row["seq"]
        points += sum(line["points"] for line in row["lines"])
        place = f"{CIRCULAR}/{circular_id}/{seq}"
        fits = linked(last, row, OF_A_CIRCULAR) == row["hash"]
        if not fits or kept.pop(place, row["hash"]) != row["hash"]:
            verified.found.append(f"{name}：第 {seq} 项记录（{row['title']}）与校验值不符。")
        last = row["hash"]
    if circular_id is not None:
        _end_circular(verified, expected.pop(circular_id), seq, last, points, ledger)
    verified.found += [f"{row.number or row.title}：没有任何记录。" for row in expected.values()]


def _end_circular(
    verified: Verified,
    circular: Any,  # noqa: ANN401 - a database row
    seq: int,
    last: str,
    points: int,
    ledger: Mapping[str, Any],
) -> None:
    verified.ends[f"{CIRCULAR}/{circular.id}/{seq}"] = last
    name = circular.number or circular.title
    if circular.seq != seq:
        verified.found.append(f"{name}：通报已到第 {circular.seq} 项，记录只到第 {seq} 项。")
    kept = ledger[circular.id].points if circular.id in ledger else 0
    if kept != points:
        told = f"账上合计 {points_text(kept)} 分，记录合计 {points_text(points)} 分"
        verified.found.append(f"{name}：扣分与记录不符（{told}）。")


async def _verify_accesses(conn: ReadConnection, verified: Verified, kept: Ends) -> None:
    number, last = 0, BEGINNING
    async for row in _streamed(conn, select(access_events).order_by(access_events.c.id)):
        number = row["id"]
        fits = linked(last, row, OF_AN_ACCESS) == row["hash"]
        if not fits or kept.pop(f"{ACCESS}/{number}", row["hash"]) != row["hash"]:
            verified.found.append(f"访问记录第 {number} 条与校验值不符。")
        last = row["hash"]
        verified.accesses += 1
    if number:
        verified.ends[f"{ACCESS}/{number}"] = last


async def _streamed(conn: ReadConnection, query: Any) -> AsyncIterator[Mapping[Any, Any]]:  # noqa: ANN401
    result = await conn.stream(query.execution_options(yield_per=AT_ONCE))
    async for row in result.mappings():
        yield row


_ITEMS = select(items.c.id, items.c.number, items.c.seq)
_CIRCULARS = select(circulars.c.id, circulars.c.number, circulars.c.title, circulars.c.seq)
_CIRCULAR_EVENTS = select(circular_events).order_by(
    circular_events.c.circular_id, circular_events.c.seq
)
_LEDGER = (
    select(deductions.c.circular_id, func.sum(deduction_lines.c.points).label("points"))
    .join(deductions, deductions.c.id == deduction_lines.c.deduction_id)
    .group_by(deductions.c.circular_id)
)
_ENTRIES = select(audit_events).order_by(audit_events.c.item_id, audit_events.c.seq)
