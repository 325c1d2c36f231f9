"""The lists of somebody's desk: how many items wait in each, and the most pressing of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, exists, func, select

from store.filters import Filters, Scope, conditions
from store.reads import HEAD, PLACE, head_fields
from store.rows import HeadRow
from store.session import ReadConnection
from store.tables import IS_OPEN, items


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """One list: how many there are, and the first of them by their limit."""

    count: int
    first: tuple[HeadRow, ...]


async def waits(
    conn: ReadConnection, scope: Scope, lists: Sequence[Filters], most: int
) -> list[Waits]:
    """Of each of ``lists``, all of items that have not ended, the count and at most ``most`` items;
    one statement where nothing waits, one more for each list in which something does."""
    # Said as it stands there, the index on open items serves whatever the lists ask.
    wanted = [and_(IS_OPEN, scope.condition, *conditions(filters)) for filters in lists]
    if not wanted:
        return []
    counted = await conn.execute(
        select(*(func.count().filter(one).label(f"n{n}") for n, one in enumerate(wanted)))
        .select_from(items)
        .where(IS_OPEN, scope.condition)
    )
    counts = counted.one()
    found = []
    for count, one in zip(counts, wanted, strict=True):
        first: tuple[HeadRow, ...] = ()
        if count:
            query = select(*HEAD).where(one).order_by(items.c.due_at, *PLACE).limit(most)
            rows = (await conn.execute(query)).mappings()
            first = tuple(HeadRow(**head_fields(row)) for row in rows)
        found.append(Waits(count=count, first=first))
    return found


async def concerns(conn: ReadConnection, scope: Scope, item_ids: Sequence[str]) -> bool:
    """Whether one of the items is within ``scope``."""
    wanted = exists().where(items.c.id.in_(item_ids), scope.condition)
    return bool(await conn.scalar(select(wanted)))
