"""What anybody may read (R20): items that somebody decided to make public, since their 下达; a few
columns of them, and no words but their titles."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, tuple_

from store.cursors import from_cursor, to_cursor
from store.filters import IS_SLOT
from store.reads import NEWEST, PLACE
from store.rows import Page
from store.session import ReadConnection
from store.tables import items


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicRow:
    """An item as the public reads of it."""

    number: str
    title: str
    lead_unit_name: str
    status: str
    issued_at: datetime
    due_on: date | None
    closed_at: datetime | None


async def public_items(
    conn: ReadConnection, q: str | None, limit: int, cursor: str | None = None
) -> Page[PublicRow]:
    """The newest first; ``q`` is looked for in titles alone. Raises ``Invalid('bad_cursor')``."""
    shown = [items.c[name] for name in PublicRow.__dataclass_fields__]
    query = select(*shown, *PLACE).where(items.c.public, items.c.handed_out, ~IS_SLOT)
    if q is not None:
        query = query.where(items.c.title.icontains(q, autoescape=True))
    if cursor is not None:
        query = query.where(tuple_(*PLACE) < tuple_(*from_cursor("public", cursor, len(PLACE))))
    query = query.order_by(*NEWEST).limit(limit + 1)
    rows = (await conn.execute(query)).mappings().all()
    found = rows[:limit]
    return Page(
        items=tuple(
            PublicRow(**{name: row[name] for name in PublicRow.__dataclass_fields__})
            for row in found
        ),
        next_cursor=to_cursor("public", *(found[-1][c.name] for c in PLACE))
        if len(rows) > limit
        else None,
    )
