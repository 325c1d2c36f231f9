"""The messages of one person, and noting that they have been seen."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    any_,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from domain.items import Actor, Role
from store.cursors import from_cursor, to_cursor
from store.filters import scope_of
from store.rows import InboxRow, Page
from store.session import ReadConnection, WriteConnection
from store.tables import circulars, deliveries, items, notices

LARGEST_ID = 2**63


def _lies_with(actor: Actor) -> ColumnElement[bool]:
    """Deliveries to ``actor``; the office's desk is everybody's there, at whatever time."""
    own = deliveries.c.username == actor.username
    return or_(own, deliveries.c.desk) if actor.role is Role.OFFICE else own


async def inbox(
    conn: ReadConnection,
    actor: Actor,
    *,
    only_unread: bool = False,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[InboxRow]:
    """Notices for ``actor``, the newest first. Raises ``Invalid('bad_cursor')``."""
    query = _inbox(actor).where(_lies_with(actor))
    if only_unread:
        query = query.where(deliveries.c.read_at.is_(None))
    if cursor is not None:
        query = query.where(deliveries.c.id < from_cursor("inbox", cursor, 1)[0])
    query = query.order_by(deliveries.c.id.desc()).limit(limit + 1)
    rows = (await conn.execute(query)).mappings().all()
    shown = tuple(InboxRow(**row) for row in rows[:limit])
    more = len(rows) > limit
    return Page(items=shown, next_cursor=to_cursor("inbox", shown[-1].id) if more else None)


def _inbox(actor: Actor) -> Select[Any]:
    """A message stays; of an item that is there for ``actor`` no more it is all he reads (T7)."""
    there = and_(items.c.id == notices.c.item_id, scope_of(actor).condition)
    return (
        select(
            deliveries.c.id,
            deliveries.c.notice_id,
            notices.c.item_id,
            items.c.number,
            items.c.title.label("item_title"),
            circulars.c.id.label("circular_id"),
            circulars.c.number.label("circular_number"),
            notices.c.rung,
            notices.c.title,
            notices.c.text,
            notices.c.late,
            notices.c.at,
            deliveries.c.desk,
            deliveries.c.audience,
            deliveries.c.remark,
            deliveries.c.read_at,
            deliveries.c.read_by,
        )
        .select_from(deliveries)
        .join(notices, notices.c.id == deliveries.c.notice_id)
        .outerjoin(items, there)
        .outerjoin(circulars, circulars.c.id == notices.c.item_id)
    )


async def unread(conn: ReadConnection, actor: Actor) -> int:
    """How many notices ``actor`` has not seen yet."""
    query = select(func.count()).select_from(deliveries)
    query = query.where(_lies_with(actor), deliveries.c.read_at.is_(None))
    return int((await conn.execute(query)).scalar_one())


async def mark_read(
    conn: WriteConnection, actor: Actor, delivery_ids: Sequence[int] | None = None
) -> int:
    """Note that ``actor`` has seen these (or all) of his notices; how many were unseen."""
    seen = update(deliveries).where(_lies_with(actor), deliveries.c.read_at.is_(None))
    if delivery_ids is not None:
        seen = seen.where(deliveries.c.id == any_(literal(_ids(delivery_ids), ARRAY(BigInteger))))
    done = await conn.execute(seen.values(read_at=func.now(), read_by=actor.username))
    return done.rowcount


def _ids(given: Sequence[int]) -> list[int]:
    return [number for number in given if 0 < number < LARGEST_ID]
