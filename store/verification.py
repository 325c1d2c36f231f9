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


@dataclass(slots=True)
class _Record:
    """What has been read of one circular's record."""

    seq: int = 0
    last: str = BEGINNING
    lines: int = 0
    points: int = 0


async def _verify_circulars(conn: ReadConnection, verified: Verified, kept: Ends) -> None:
    """The record of every circular, and that the ledger holds what the record says it does."""
    expected = {row.id: row for row in await conn.execute(_CIRCULARS)}
    records: dict[str, _Record] = {}
    async for row in _streamed(conn, _CIRCULAR_EVENTS):
        circular_id = row["circular_id"]
        record, said = records.setdefault(circular_id, _Record()), _name(expected[circular_id])
        if row["seq"] != record.seq + 1:
            verified.found.append(f"{said}：缺第 {record.seq + 1} 至 {row['seq'] - 1} 项记录。")
        fits = linked(record.last, row, OF_A_CIRCULAR) == row["hash"]
        place = f"{CIRCULAR}/{circular_id}/{row['seq']}"
        if not fits or kept.pop(place, row["hash"]) != row["hash"]:
            verified.found.append(f"{said}：第 {row['seq']} 项记录（{row['title']}）与校验值不符。")
        record.seq, record.last = row["seq"], row["hash"]
        record.lines += len(row["lines"])
        record.points += sum(line["points"] for line in row["lines"])
    verified.circulars += len(records)
    ledger = {row.circular_id: row for row in await conn.execute(_LEDGER)}
    for name, circular in expected.items():
        verified.found += _shortcomings(circular, records.get(name), ledger.get(name))
    for name, record in records.items():
        verified.ends[f"{CIRCULAR}/{name}/{record.seq}"] = record.last


def _shortcomings(circular: Any, record: _Record | None, ledger: Any) -> list[str]:  # noqa: ANN401
    """What of a circular is not as its record says."""
    name = _name(circular)
    if record is None:
        return [f"{name}：没有任何记录。"]
    found = []
    if circular.seq != record.seq:
        found.append(f"{name}：通报已到第 {circular.seq} 项，记录只到第 {record.seq} 项。")
    lines, points = (ledger.lines, ledger.points) if ledger else (0, 0)
    if (lines, points) != (record.lines, record.points):
        told = f"账上 {lines} 行、合计 {points_text(points)} 分"
        kept = f"记录 {record.lines} 行、合计 {points_text(record.points)} 分"
        found.append(f"{name}：扣分与记录不符（{told}；{kept}）。")
    return found


def _name(circular: Any) -> str:  # noqa: ANN401 - a database row
    return f"通报“{circular.number or circular.title}”"


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
    select(
        deductions.c.circular_id,
        func.count().label("lines"),
        func.sum(deduction_lines.c.points).label("points"),
    )
    .join(deductions, deductions.c.id == deduction_lines.c.deduction_id)
    .group_by(deductions.c.circular_id)
)
_ENTRIES = select(audit_events).order_by(audit_events.c.item_id, audit_events.c.seq)
