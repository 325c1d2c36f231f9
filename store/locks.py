"""Advisory locks, held to the end of the transaction. A projection takes the calendar's (shared)
before its item's, so that no two transactions wait for each other."""

from sqlalchemy import func, select

from store.session import WriteConnection

MIGRATION = 4_812_001
CALENDAR = 4_812_002
DRIFT = 4_812_003
POLICIES = 4_812_004
ACCESS = 4_812_005
STAND_INS = 4_812_006
DIRECTORY = 4_812_007
ADMINISTRATORS = 4_812_008
SOURCES = 4_812_012
OFFICE = 4_812_013
TEMPLATES = 4_812_014
STATEMENTS = 4_812_016
PROPOSALS = 4_812_017
POINTS = 4_812_018


async def exclusively(conn: WriteConnection, lock: int) -> None:
    """Alone among all that take the lock."""
    await conn.execute(select(func.pg_advisory_xact_lock(lock)))
