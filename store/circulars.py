"""Circulars, their record, and the ledger of deductions (R51, R52). The workflow of a circular is
the only one that writes here; what is history is only added to."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, and_, bindparam, func, literal, select, true
from sqlalchemy.dialects.postgresql import JSONPATH, insert

from domain.circular_records import (
    CircularLine,
    CircularProjection,
    CircularRecorded,
    Told,
)
from domain.circular_state import Circular
from domain.circulars import PUBLISHED, CircularEntry, Line, Stage, circular_number
from domain.items import Actor, Json, Level, Notice, Role
from store import office
from store.chain import BEGINNING, OF_A_CIRCULAR, linked
from store.codec import ACTOR, Row
from store.cursors import from_cursor, to_cursor
from store.listen import CHANNEL
from store.notices import deliver
from store.rows import Page
from store.session import Database, ReadConnection, WriteConnection
from store.tables import (
    Words,
    circular_entries,
    circular_events,
    circulars,
    deduction_lines,
    deductions,
    items,
    number_sequences,
)
from store.words import storable

SERIES = "circular"
STATE = TypeAdapter(Circular)
NOTICES = TypeAdapter(tuple[Notice, ...])
LINES = TypeAdapter(tuple[Line, ...])
NAMESPACE = uuid.UUID("0d1f3a52-5a1c-4f4e-9f0e-6465647563ff")


def deduction_id(circular_id: str, no: int) -> str:
    """The id of a deduction: always the same."""
    return str(uuid.uuid5(NAMESPACE, f"{circular_id}/{no}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class CircularRow:
    """A circular as it is on record."""

    circular: Circular
    year: int | None
    made_by: str
    made_at: datetime
    request_id: str | None
    body_hash: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CircularEventRow:
    """One entry of a circular's record."""

    seq: int
    act: str
    title: str
    at: datetime
    summary: str
    actor: Actor | None
    body: Json
    request_id: str | None
    body_hash: str | None
    lines: tuple[Line, ...]


class PostgresCircularStore:
    """:class:`domain.circular_records.CircularStore` on PostgreSQL."""

    def __init__(self, database: Database, name: str, zone: ZoneInfo) -> None:
        """``name`` is what circulars are called until the office's settings say it."""
        self._database = database
        self._name = name
        self._zone = zone

    async def project(self, projection: CircularProjection) -> CircularRecorded:
        """Record a projection in one transaction; the same again, or an older one that arrives
        late, changes nothing."""
        circular = projection.circular
        async with self._database.write() as conn:
            await _begin(conn, circular)
            known = await _known(conn, circular.id)
            number = circular.number or (known.number if known else None)
            if number is None and circular.stage in PUBLISHED:
                number = await self._number(conn, circular)
            circular = replace(circular, number=number)
            if known is None or known.seq < circular.seq:
                await _put(conn, projection, circular, self._zone)
            await _append(conn, circular, projection.entries)
        return CircularRecorded(number=number)

    async def _number(self, conn: WriteConnection, circular: Circular) -> str:
        """The next of the year. The row of the year stays locked to the end, so that none is ever
        left out."""
        assert circular.issued_at is not None
        year = circular.issued_at.astimezone(self._zone).year
        row = await conn.execute(NEXT_IN_SEQUENCE, {"of_year": year})
        name = await office.circular_name(conn, self._name)
        return circular_number(name, year, int(row.scalar_one()))

    async def told(self, circular_id: str, seq: int) -> Told | None:
        """What the items are to be told of a circular's entry ``seq``."""
        async with self._database.read() as conn:
            found = await one(conn, circular_id)
            event = await _event(conn, circular_id, seq)
            if found is None or event is None or found.circular.number is None:
                return None
            assert event.actor is not None
            entries = tuple(e for e in found.circular.draft.entries if e.criticises)
            wanted = items.c.id.in_([entry.item_id for entry in entries])
            rows = await conn.execute(select(items.c.id, items.c.kind).where(wanted))
            kinds = {row.id: row.kind for row in rows}
        return Told(
            number=found.circular.number,
            actor=event.actor,
            lifted=event.act == "withdraw_circular",
            reason=str(event.body.get("reason", "")),
            entries=tuple(entry for entry in entries if entry.item_id in kinds),
            kinds=kinds,
        )

    async def waiting(self, item_ids: tuple[str, ...]) -> tuple[str, ...]:
        """In which of these items a leader's answer is awaited."""
        async with self._database.read() as conn:
            return await waiting(conn, item_ids)


FIRST_IN_SEQUENCE = insert(number_sequences).values(kind=SERIES, year=bindparam("of_year"), last=1)
NEXT_IN_SEQUENCE = FIRST_IN_SEQUENCE.on_conflict_do_update(
    index_elements=["kind", "year"], set_={"last": number_sequences.c.last + 1}
).returning(number_sequences.c.last)


async def _begin(conn: WriteConnection, circular: Circular) -> None:
    """Two projections of one circular never run at once; who waits is told with the commit."""
    told = f"{circular.id}:{circular.seq}"
    await conn.execute(
        select(
            func.pg_advisory_xact_lock(
                func.hashtextextended(bindparam("of_circular", type_=Words), 0)
            ),
            func.pg_notify(bindparam("channel"), bindparam("told", type_=Words)),
        ),
        {"of_circular": circular.id, "channel": CHANNEL, "told": told},
    )


async def _known(conn: WriteConnection, circular_id: str) -> Any:  # noqa: ANN401 - a database row
    c = circulars.c
    query = select(c.number, c.seq, c.version).where(c.id == circular_id)
    return (await conn.execute(query)).one_or_none()


async def _put(
    conn: WriteConnection, projection: CircularProjection, circular: Circular, zone: ZoneInfo
) -> None:
    opening = projection.entries[0] if projection.entries else None
    issued_at = circular.issued_at
    changing: Row = {
        "number": circular.number,
        "year": issued_at.astimezone(zone).year if issued_at else None,
        "title": circular.draft.title,
        "stage": circular.stage.value,
        "seq": circular.seq,
        "as_of": circular.as_of,
        "issued_at": issued_at,
        "version": circular.version,
        "state": storable(STATE.dump_python(circular, mode="json")),
    }
    first: Row = {
        "id": circular.id,
        "made_at": opening.at if opening else circular.as_of,
        "made_by": circular.drafters[0],
        "request_id": opening.request_id if opening else None,
        "body_hash": opening.body_hash if opening else None,
    }
    new = insert(circulars).values(changing | first)
    await conn.execute(new.on_conflict_do_update(index_elements=["id"], set_=changing))
    if rows := [_entry_row(circular, entry) for entry in circular.draft.entries]:
        await conn.execute(insert(circular_entries).on_conflict_do_nothing(), rows)


def _entry_row(circular: Circular, entry: CircularEntry) -> Row:
    row = asdict(entry)
    said: Row = storable({name: row[name] for name in row if name != "new_due_on"})
    return said | {
        "circular_id": circular.id,
        "version": circular.version,
        "new_due_on": entry.new_due_on,
        "tone": entry.tone.value,
        "ground": entry.ground.value if entry.ground else None,
    }


async def _append(
    conn: WriteConnection, circular: Circular, entries: Sequence[CircularLine]
) -> None:
    """The record, the ledger and the notices. Of what is there already nothing is touched."""
    c = circular_events.c
    newest = (
        select(c.seq, c.hash).where(c.circular_id == circular.id).order_by(c.seq.desc()).limit(1)
    )
    last = (await conn.execute(newest)).one_or_none()
    new = [entry for entry in entries if last is None or entry.seq > last.seq]
    if not new:
        return
    before, rows = (last.hash if last else BEGINNING), []
    for entry in new:
        row = _event_row(circular.id, entry)
        before = linked(before, row, OF_A_CIRCULAR)
        rows.append(row | {"hash": before})
    await conn.execute(insert(circular_events), rows)
    await _deduct(conn, circular, new)
    await deliver(conn, circular.id, new)


def _event_row(circular_id: str, entry: CircularLine) -> Row:
    return {
        "circular_id": circular_id,
        "seq": entry.seq,
        "act": entry.act,
        "title": entry.title,
        "at": entry.at,
        "summary": storable(entry.summary),
        "actor": storable(ACTOR.dump_python(entry.actor, mode="json")) if entry.actor else None,
        "body": storable(entry.body),
        "request_id": entry.request_id,
        "body_hash": entry.body_hash,
        "notices": storable(NOTICES.dump_python(entry.notices, mode="json")),
        "lines": storable(LINES.dump_python(entry.lines, mode="json")),
    }


async def _deduct(conn: WriteConnection, circular: Circular, new: Sequence[CircularLine]) -> None:
    by_no = {one.no: one for one in circular.deductions}
    if by_no:
        await conn.execute(
            insert(deductions).on_conflict_do_nothing(),
            [
                {
                    "id": deduction_id(circular.id, one.no),
                    "circular_id": circular.id,
                    "no": one.no,
                    "entry_no": one.entry_no,
                    "item_id": one.item_id,
                    "unit": one.unit,
                    "unit_name": one.unit_name,
                    "ground": one.ground.value,
                    "year": one.year,
                    "points": one.points,
                    "proposal": one.proposal,
                    "made_at": one.made_at,
                }
                for one in by_no.values()
            ],
        )
    rows = [
        {
            "deduction_id": deduction_id(circular.id, line.deduction),
            "unit": by_no[line.deduction].unit,
            "year": by_no[line.deduction].year,
            "kind": line.kind.value,
            "points": line.points,
            "reason": storable(line.reason),
            "at": entry.at,
            "seq": entry.seq,
            "place": place,
        }
        for entry in new
        for place, line in enumerate(entry.lines)
    ]
    if rows:
        await conn.execute(insert(deduction_lines).on_conflict_do_nothing(), rows)


async def waiting(conn: ReadConnection, item_ids: Sequence[str]) -> tuple[str, ...]:
    """In which of these items a leader's answer is awaited."""
    query = select(items.c.id).where(
        items.c.id.in_(list(item_ids)), items.c.coordination_level != Level.NONE.value
    )
    return tuple((await conn.execute(query)).scalars())


def _visible(actor: Actor | None) -> ColumnElement[bool]:
    """Before a circular goes out it is the office's and the approving leader's; then everybody's
    (domain.md §6)."""
    early = {Role.OFFICE, Role.CHIEF}
    if actor is None or any(one.role in early for one in actor.capacities):
        return true()
    return circulars.c.stage.in_([stage.value for stage in PUBLISHED])


async def one(
    conn: ReadConnection, circular_id: str, actor: Actor | None = None
) -> CircularRow | None:
    """A circular; ``None`` where there is none for ``actor``."""
    query = select(circulars).where(circulars.c.id == circular_id, _visible(actor))
    row = (await conn.execute(query)).mappings().one_or_none()
    return None if row is None else row_of(row)


def _waits_for(actor: Actor) -> ColumnElement[bool]:
    unit = literal(actor.unit or "")
    signed = func.jsonb_path_exists(
        circulars.c.state,
        literal("$.receipts[*] ? (@.unit == $unit)", JSONPATH),
        func.jsonb_build_object("unit", unit),
    )
    sent = circulars.c.state["units"].has_key(unit)
    return and_(circulars.c.stage == Stage.ISSUED.value, sent, ~signed)


async def find(
    conn: ReadConnection,
    actor: Actor,
    *,
    stage: Stage | None = None,
    year: int | None = None,
    unreceived: bool = False,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[CircularRow]:
    """Circulars, the newest first; ``unreceived`` asks for those that wait for the 签收 of
    ``actor``'s unit. Raises ``Invalid('bad_cursor')``."""
    c = circulars.c
    query = select(circulars).where(_visible(actor))
    if stage is not None:
        query = query.where(c.stage == stage.value)
    if year is not None:
        query = query.where(c.year == year)
    if unreceived:
        query = query.where(_waits_for(actor))
    skipped = from_cursor("circulars", cursor, 1)[0] if cursor is not None else 0
    query = query.order_by(c.made_at.desc(), c.id).offset(skipped).limit(limit + 1)
    found = [row_of(row) for row in (await conn.execute(query)).mappings()]
    more = len(found) > limit
    return Page(
        items=tuple(found[:limit]),
        next_cursor=to_cursor("circulars", skipped + limit) if more else None,
    )


def row_of(row: Mapping[Any, Any]) -> CircularRow:
    """A row that holds all columns of a circular."""
    return CircularRow(
        circular=STATE.validate_python(row["state"]),
        year=row["year"],
        made_by=row["made_by"],
        made_at=row["made_at"],
        request_id=row["request_id"],
        body_hash=row["body_hash"],
    )


async def open_rows(conn: ReadConnection) -> dict[str, int]:
    """The ``seq`` of every circular whose workflow should be running."""
    c = circulars.c
    over = [Stage.WITHDRAWN.value, Stage.DISCARDED.value]
    query = select(c.id, c.seq).where(c.stage.not_in(over), ~c.state["closed"].as_boolean())
    return {row.id: row.seq for row in await conn.execute(query)}


async def known_ids(conn: ReadConnection, circular_ids: Sequence[str]) -> set[str]:
    """Which of these circulars have a row at all."""
    query = select(circulars.c.id).where(circulars.c.id.in_(list(circular_ids)))
    return set((await conn.execute(query)).scalars())


async def events(conn: ReadConnection, circular_id: str) -> tuple[CircularEventRow, ...]:
    """The whole record of a circular, in order."""
    c = circular_events.c
    query = select(circular_events).where(c.circular_id == circular_id).order_by(c.seq)
    return tuple(_event_of(row) for row in (await conn.execute(query)).mappings())


async def event_by_request(
    conn: ReadConnection, circular_id: str, request_id: str
) -> CircularEventRow | None:
    """What a request has done."""
    c = circular_events.c
    query = select(circular_events).where(c.circular_id == circular_id, c.request_id == request_id)
    row = (await conn.execute(query)).mappings().one_or_none()
    return None if row is None else _event_of(row)


async def _event(conn: ReadConnection, circular_id: str, seq: int) -> CircularEventRow | None:
    c = circular_events.c
    query = select(circular_events).where(c.circular_id == circular_id, c.seq == seq)
    row = (await conn.execute(query)).mappings().one_or_none()
    return None if row is None else _event_of(row)


def _event_of(row: Mapping[Any, Any]) -> CircularEventRow:
    return CircularEventRow(
        **{n: row[n] for n in ("seq", "act", "title", "at", "summary", "body")},
        actor=ACTOR.validate_python(row["actor"]) if row["actor"] else None,
        request_id=row["request_id"],
        body_hash=row["body_hash"],
        lines=LINES.validate_python(row["lines"]),
    )


async def last_criticism(conn: ReadConnection, item_id: str) -> tuple[str, int] | None:
    """The circular, and the entry in it, by which an item was criticised last; not one that was
    withdrawn."""
    query = (
        select(circular_entries.c.circular_id, circular_entries.c.no)
        .join(circulars, circulars.c.id == circular_entries.c.circular_id)
        .where(
            circulars.c.version == circular_entries.c.version,
            circulars.c.stage == Stage.ISSUED.value,
            circular_entries.c.item_id == item_id,
            circular_entries.c.ground.is_not(None),
        )
        .order_by(circulars.c.issued_at.desc(), circular_entries.c.no)
        .limit(1)
    )
    row = (await conn.execute(query)).one_or_none()
    return None if row is None else (row.circular_id, row.no)
