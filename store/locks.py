"""Advisory locks, held to the end of the transaction. Taken in the order in which they stand here
(calendar, item), so that no two transactions wait for each other."""

from sqlalchemy import func, select

from store.session import WriteConnection

MIGRATION = 4_812_001
CALENDAR = 4_812_002
DRIFT = 4_812_003
POLICIES = 4_812_004


async def exclusively(conn: WriteConnection, lock: int) -> None:
    """Alone among all that take the lock."""
    await conn.execute(select(func.pg_advisory_xact_lock(lock)))


async def for_item(conn: WriteConnection, item_id: str) -> None:
    """One projection of an item at a time, none while a calendar is being loaded."""
    of_item = func.pg_advisory_xact_lock(func.hashtextextended(item_id, 0))
    await conn.execute(select(func.pg_advisory_xact_lock_shared(CALENDAR), of_item))
