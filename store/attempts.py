"""Failures to sign in, counted where every API process sees them.

A count only ever makes people wait: nobody is locked out for ever. What is refused during a wait
is not counted, so that hammering does not lengthen it.
"""

from datetime import datetime, timedelta

from sqlalchemy import case, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.passwords import Patience, wait_after
from store.digests import digest
from store.session import ReadConnection, WriteConnection
from store.tables import sign_in_attempts as attempts

FORGOTTEN_AFTER = timedelta(days=1)
FORGOTTEN_AT_ONCE = 100


def account_key(username: str) -> str:
    """Under which wrong passwords of an account are counted, whoever has it or nobody."""
    return key("account", username)


def change_key(username: str) -> str:
    """The same for passwords given by somebody signed in: guessing with a stolen token must not
    keep the owner from signing in."""
    return key("change", username)


def key(kind: str, name: str) -> str:
    """The key under which failures of ``name`` are counted; it cannot be read back."""
    return digest(f"{kind}\n{name}")


async def wait(conn: ReadConnection, counted: str) -> int:
    """Seconds until another try is allowed, at least 1; 0: now."""
    query = select(func.max(attempts.c.waits_until), func.clock_timestamp()).where(
        attempts.c.key == counted, attempts.c.waits_until > func.clock_timestamp()
    )
    until, now = (await conn.execute(query)).one()
    return 0 if until is None else _seconds(until, now)


async def failed(conn: WriteConnection, counted: str, patience: Patience) -> None:
    """Count one failure, in a transaction of its own or the last part of one."""
    now = func.clock_timestamp()
    over = attempts.c.since < now - patience.window
    new = insert(attempts).values(key=counted, failures=1, since=now)
    again = new.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "failures": case((over, 1), else_=attempts.c.failures + 1),
            "since": case((over, now), else_=attempts.c.since),
        },
    )
    failures = (await conn.execute(again.returning(attempts.c.failures))).scalar_one()
    if pause := wait_after(failures, patience):
        waiting = update(attempts).where(attempts.c.key == counted)
        await conn.execute(waiting.values(waits_until=now + pause))
    await _forget(conn)


async def unlock(conn: WriteConnection, username: str) -> bool:
    """Let somebody try again at once; whether anything had been counted."""
    return await cleared(conn, account_key(username), change_key(username))


async def cleared(conn: WriteConnection, *keys: str) -> bool:
    """Begin to count from zero; whether there was anything."""
    done = await conn.execute(delete(attempts).where(attempts.c.key.in_(keys)))
    return bool(done.rowcount)


async def _forget(conn: WriteConnection) -> None:
    """A few rows that no longer mean anything; locked ones are left to others."""
    old = attempts.c.since < func.clock_timestamp() - FORGOTTEN_AFTER
    idle = or_(attempts.c.waits_until.is_(None), attempts.c.waits_until < func.clock_timestamp())
    found = select(attempts.c.key).where(old, idle).limit(FORGOTTEN_AT_ONCE)
    gone = attempts.c.key.in_(found.with_for_update(skip_locked=True))
    await conn.execute(delete(attempts).where(gone))


def _seconds(until: datetime, now: datetime) -> int:
    return max(1, -int((now - until).total_seconds() // 1))
