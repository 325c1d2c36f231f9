"""Successions of leaders: recorded once, with the fields that passed on."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Column, Select, Table, and_, any_, func, insert, literal, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from activities.messages import Succession
from store.listen import CHANNEL
from store.locks import DIRECTORY, exclusively
from store.persons import leader_names
from store.rows import OpenRow, SuccessionRow
from store.session import ReadConnection, WriteConnection
from store.tables import ENDED, Words, items, leader_subjects, successions, unit_deputies
from store.terms import not_over


async def record(conn: WriteConnection, succession: Succession) -> list[str]:
    """End the predecessor's fields on the eve, give them to the successor from the day on; the
    codes of the units concerned. The same again changes nothing."""
    await exclusively(conn, DIRECTORY)
    known = await conn.scalar(select(successions.c.units).where(successions.c.id == succession.id))
    if known is not None:
        return list(known)
    change = succession.change
    units = await _pass_on(conn, succession, unit_deputies, unit_deputies.c.unit_code)
    await _pass_on(conn, succession, leader_subjects, leader_subjects.c.subject)
    await conn.execute(
        insert(successions).values(
            id=succession.id,
            predecessor=change.predecessor,
            successor=change.successor,
            on=change.on,
            reason=change.reason,
            units=units,
            made_by=succession.actor.username,
        )
    )
    await conn.execute(select(func.pg_notify(CHANNEL, f"{succession.id}:1")))
    return units


async def _pass_on(
    conn: WriteConnection, succession: Succession, table: Table, what: Column[Any]
) -> list[str]:
    """What of ``table`` was the predecessor's and is the successor's now."""
    change = succession.change
    old, new = table.c.username == change.predecessor, table.c.username == change.successor
    lasting = and_(old, not_over(table, change.on))
    passed = list(dict.fromkeys((await conn.execute(select(what).where(lasting))).scalars()))
    # One that was to begin later never was: its last day is the one before its first.
    eve = func.greatest(change.on - timedelta(days=1), table.c.since - 1)
    await conn.execute(update(table).where(lasting).values(until=eve))
    query = select(what).where(new, table.c.until.is_(None))
    has = set((await conn.execute(query)).scalars())
    rows = [
        {"username": change.successor, "since": change.on, what.name: one}
        for one in passed
        if one not in has
    ]
    if rows:
        await conn.execute(insert(table), rows)
    return passed


async def one(conn: ReadConnection, succession_id: str) -> SuccessionRow | None:
    """A succession, once it is recorded."""
    found = await _rows(conn, _ALL.where(successions.c.id == succession_id))
    return found[0] if found else None


async def of_leader(conn: ReadConnection, username: str) -> tuple[SuccessionRow, ...]:
    """Successions of a leader on either side, the newest first."""
    side = or_(successions.c.predecessor == username, successions.c.successor == username)
    return await _rows(conn, _ALL.where(side).order_by(successions.c.made_at.desc()))


_ALL = select(successions)


async def _rows(conn: ReadConnection, query: Select[Any]) -> tuple[SuccessionRow, ...]:
    rows = (await conn.execute(query)).all()
    people = sorted({name for row in rows for name in (row.predecessor, row.successor)})
    names = await leader_names(conn, people)
    return tuple(
        SuccessionRow(
            id=row.id,
            predecessor=row.predecessor,
            predecessor_name=names[row.predecessor],
            successor=row.successor,
            successor_name=names[row.successor],
            on=row.on,
            reason=row.reason,
            units=tuple(row.units),
            made_by=row.made_by,
        )
        for row in rows
    )


async def open_items_of(conn: ReadConnection, units: Sequence[str]) -> tuple[OpenRow, ...]:
    """The open items that one of these units leads."""
    led = items.c.lead_unit == any_(literal(list(units), ARRAY(Words)))
    query = select(items.c.id, items.c.seq, items.c.kind).where(led, items.c.status.not_in(ENDED))
    return tuple(OpenRow(**row) for row in (await conn.execute(query)).mappings())
