"""Recording items: the one write every act rests on (design §3.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import func, literal, select, true, update
from sqlalchemy.dialects.postgresql import insert

from domain.calendar import WorkingCalendar
from domain.clocks import Clock
from domain.items import merge_clocks
from domain.records import Entry, Projected, Projection, Snapshot
from store.calendars import calendar
from store.codec import Row, audit_row, clock_of, clock_row, facts_row, head_row, search_words
from store.errors import NotOnRecord
from store.lamps import lamps
from store.locks import for_item
from store.notices import deliver, tell_of_fork
from store.session import Database, WriteConnection
from store.tables import (
    audit_events,
    calendar_years,
    item_clocks,
    item_search,
    items,
    number_sequences,
)
from store.words import grams

CHANNEL = "duban_items"
ITEM_SERIES = "item"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is on record of an item before a projection."""

    number: str | None
    seq: int
    calendar_version: int


class PostgresItemStore:
    """:class:`domain.ports.ItemStore` on PostgreSQL."""

    def __init__(self, database: Database, number_prefix: str, zone: ZoneInfo) -> None:
        """``zone`` says in which year an item is issued, and when a day begins."""
        self._database = database
        self._prefix = number_prefix
        self._zone = zone
        self._calendar = WorkingCalendar()
        self._calendar_version = -1

    async def project(self, projection: Projection) -> Projected:
        """Record a projection in one transaction. The same again, or an older one that arrives
        late, changes nothing. Raises :class:`store.errors.NotOnRecord`."""
        snapshot = projection.snapshot
        async with self._database.write() as conn:
            await for_item(conn, snapshot.id)
            known = await _known(conn, snapshot.id)
            number = known.number
            if number is None:
                number = await self._insert(conn, projection, known)
            elif known.seq < snapshot.seq:
                await self._update(conn, snapshot, number, known)
            await _append(conn, snapshot.id, projection.entries)
            await conn.execute(select(func.pg_notify(CHANNEL, f"{snapshot.id}:{snapshot.seq}")))
        return Projected(number=number)

    async def _insert(self, conn: WriteConnection, projection: Projection, known: _Known) -> str:
        snapshot = projection.snapshot
        if snapshot.facts is None:
            raise NotOnRecord(snapshot.id)
        opening = projection.entries[0] if projection.entries else None
        year = snapshot.issued_at.astimezone(self._zone).year
        sequence = await _next_in_sequence(conn, year)
        number = f"{self._prefix}〔{year}〕{sequence}号"
        lit = await self._lamps(conn, snapshot, snapshot.clocks, known)
        row: Row = {
            **head_row(snapshot),
            **facts_row(snapshot.facts),
            **lit,
            "id": snapshot.id,
            "number": number,
            "year": year,
            "sequence": sequence,
            "request_id": opening.request_id if opening else None,
            "body_hash": opening.body_hash if opening else None,
        }
        await conn.execute(insert(items).values(row))
        await _put_clocks(conn, snapshot.id, snapshot.clocks, snapshot.clocks)
        await _put_search(conn, snapshot, number)
        return number

    async def _update(
        self, conn: WriteConnection, snapshot: Snapshot, number: str, known: _Known
    ) -> None:
        clocks = merge_clocks(await _clocks(conn, snapshot.id), snapshot.clocks)
        row: Row = {
            **head_row(snapshot),
            **(facts_row(snapshot.facts) if snapshot.facts else {}),
            **await self._lamps(conn, snapshot, clocks, known),
        }
        await conn.execute(update(items).where(items.c.id == snapshot.id).values(row))
        await _put_clocks(conn, snapshot.id, clocks, snapshot.clocks)
        if snapshot.facts:
            await _put_search(conn, snapshot, number)

    async def _lamps(
        self,
        conn: WriteConnection,
        snapshot: Snapshot,
        clocks: Sequence[Clock],
        known: _Known,
    ) -> Row:
        if known.calendar_version != self._calendar_version:
            self._calendar = await calendar(conn)
            self._calendar_version = known.calendar_version
        lit = lamps(clocks, snapshot.status, snapshot.handed_in, self._calendar, self._zone)
        return {"red_from": lit.red_from, "yellow_from": lit.yellow_from}


async def _known(conn: WriteConnection, item_id: str) -> _Known:
    version = select(func.coalesce(func.max(calendar_years.c.id), 0)).scalar_subquery()
    one = select(literal(1)).subquery()
    query = select(version.label("version"), items.c.number, items.c.seq).select_from(
        one.outerjoin(items, (items.c.id == item_id) & true())
    )
    row = (await conn.execute(query)).one()
    return _Known(number=row.number, seq=row.seq or 0, calendar_version=row.version)


async def _next_in_sequence(conn: WriteConnection, year: int) -> int:
    """The next number; the row stays locked until the end, so that none is ever left out."""
    first = insert(number_sequences).values(kind=ITEM_SERIES, year=year, last=1)
    taken = first.on_conflict_do_update(
        index_elements=["kind", "year"], set_={"last": number_sequences.c.last + 1}
    )
    return int((await conn.execute(taken.returning(number_sequences.c.last))).scalar_one())


async def _clocks(conn: WriteConnection, item_id: str) -> tuple[Clock, ...]:
    query = select(item_clocks).where(item_clocks.c.item_id == item_id)
    rows = await conn.execute(query.order_by(item_clocks.c.position))
    return tuple(clock_of(row) for row in rows.mappings())


async def _put_clocks(
    conn: WriteConnection, item_id: str, clocks: Sequence[Clock], changed: Sequence[Clock]
) -> None:
    if not changed:
        return
    position = {clock.key: n for n, clock in enumerate(clocks)}
    rows = [clock_row(item_id, position[clock.key], clock) for clock in changed]
    new = insert(item_clocks)
    replaced = {c.name: c for c in new.excluded if c.name not in {"item_id", "key"}}
    put = new.on_conflict_do_update(index_elements=["item_id", "key"], set_=replaced)
    await conn.execute(put, rows)


async def _put_search(conn: WriteConnection, snapshot: Snapshot, number: str) -> None:
    assert snapshot.facts is not None
    words = search_words(number, snapshot.facts)
    new = insert(item_search).values(item_id=snapshot.id, words=words, grams=grams(words))
    replaced = {"words": new.excluded.words, "grams": new.excluded.grams}
    await conn.execute(new.on_conflict_do_update(index_elements=["item_id"], set_=replaced))


async def _append(conn: WriteConnection, item_id: str, entries: Sequence[Entry]) -> None:
    """Timeline and notices. Of what is there already nothing is touched, and nobody told twice."""
    if not entries:
        return
    rows = [audit_row(item_id, entry) for entry in entries]
    added = await _add_audit(conn, rows)
    if len(added) < len(rows):
        added |= await _settle(conn, item_id, [row for row in rows if row["seq"] not in added])
    new = [entry for entry in entries if entry.seq in added]
    await deliver(conn, item_id, new)


async def _add_audit(conn: WriteConnection, rows: list[Row]) -> set[int]:
    new = insert(audit_events).on_conflict_do_nothing().returning(audit_events.c.seq)
    return set((await conn.execute(new, rows)).scalars())


async def _settle(conn: WriteConnection, item_id: str, left: list[Row]) -> set[int]:
    """Entries that could not be added: mostly on record already. One that repeats a request long
    forgotten by its workflow is added without that request's id; one whose place is taken by
    another entry means that the workflow was reset, and is told to the office."""
    seqs = [row["seq"] for row in left]
    query = select(audit_events.c.seq, audit_events.c.at, audit_events.c.act)
    there = {
        row.seq: (row.at, row.act)
        for row in await conn.execute(
            query.where(audit_events.c.item_id == item_id, audit_events.c.seq.in_(seqs))
        )
    }
    lost = [row for row in left if there.get(row["seq"]) not in {None, (row["at"], row["act"])}]
    if lost:
        await tell_of_fork(conn, item_id, lost)
    repeated = [row | {"request_id": None} for row in left if row["seq"] not in there]
    return await _add_audit(conn, repeated) if repeated else set()
