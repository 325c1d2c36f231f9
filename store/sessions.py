"""Sessions: one row for every time somebody signed in, and the refresh tokens that carry it on.

The database's clock decides; no token is kept, only its SHA-256.
"""

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    and_,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from store.digests import digest
from store.session import ReadConnection, WriteConnection
from store.tables import refresh_tokens, sessions

TOUCHED_EVERY = timedelta(minutes=1)
KEPT = timedelta(days=30)
"""So long after its end a session stays on record."""
LONGEST_AGENT = 300


class Way(StrEnum):
    """How somebody signed in."""

    PASSWORD = "password"
    OIDC = "oidc"
    MACHINE = "machine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """From where a request comes."""

    address: str
    user_agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """A session; ``stale`` where its last use is to be noted anew."""

    id: uuid.UUID
    username: str
    way: Way
    address: str
    user_agent: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    stale: bool


async def begin(
    conn: WriteConnection, username: str, way: Way, caller: Caller, lasts: timedelta
) -> uuid.UUID:
    """A new session of at most ``lasts``; those of that name that ended long ago are dropped."""
    now = func.clock_timestamp()
    old = and_(sessions.c.username == username, sessions.c.expires_at < now - KEPT)
    await conn.execute(delete(sessions).where(old))
    session_id = uuid.uuid4()
    new = insert(sessions).values(
        id=session_id,
        username=username,
        way=way.value,
        address=caller.address,
        user_agent=caller.user_agent[:LONGEST_AGENT],
        expires_at=now + lasts,
    )
    await conn.execute(new)
    return session_id


async def live(conn: ReadConnection, session_id: uuid.UUID, idle: timedelta) -> SessionRow | None:
    """The session, unless it was ended, is over, or lay unused for ``idle``."""
    found = (await conn.execute(_live(idle).where(sessions.c.id == session_id))).mappings()
    row = found.one_or_none()
    return None if row is None else _session(row)


async def of_user(conn: ReadConnection, username: str, idle: timedelta) -> list[SessionRow]:
    """Everywhere a person is signed in, the latest first."""
    query = _live(idle).where(sessions.c.username == username)
    rows = await conn.execute(query.order_by(sessions.c.created_at.desc()))
    return [_session(row) for row in rows.mappings()]


async def used(conn: WriteConnection, session_id: uuid.UUID) -> None:
    """Note that the session was used now; of many requests at once, one does it."""
    now = func.clock_timestamp()
    stale = and_(sessions.c.id == session_id, sessions.c.last_used_at < now - TOUCHED_EVERY)
    await conn.execute(update(sessions).where(stale).values(last_used_at=now))


async def end(
    conn: WriteConnection, session_id: uuid.UUID, because: str, *, of: str | None = None
) -> bool:
    """End one session (if it is ``of`` that person); whether there was one to end."""
    which = sessions.c.id == session_id
    if of is not None:
        which = and_(which, sessions.c.username == of)
    return bool(await _end(conn, which, because))


async def end_all(conn: WriteConnection, username: str, because: str) -> int:
    """End every session of somebody; how many there were."""
    return await _end(conn, sessions.c.username == username, because)


async def seen_from(conn: ReadConnection, username: str, address: str) -> bool:
    """Whether that person has lately signed in from there."""
    lately = sessions.c.created_at > func.clock_timestamp() - KEPT
    query = exists().where(sessions.c.username == username, sessions.c.address == address, lately)
    return bool(await conn.scalar(select(query)))


async def give_refresh_token(conn: WriteConnection, session_id: uuid.UUID) -> str:
    """A token that carries the session on once."""
    token = secrets.token_urlsafe(32)
    await conn.execute(insert(refresh_tokens).values(hash=digest(token), session_id=session_id))
    return token


async def take_refresh_token(
    conn: WriteConnection, token: str, idle: timedelta
) -> SessionRow | None:
    """The live session that an unused token carries on; it is used now.

    One that was used before is in two hands: its session ends, for both. Commit in either case.
    """
    mine = refresh_tokens.c.hash == digest(token)
    unused = and_(mine, refresh_tokens.c.used_at.is_(None))
    taken = update(refresh_tokens).where(unused).values(used_at=func.clock_timestamp())
    session_id = await conn.scalar(taken.returning(refresh_tokens.c.session_id))
    if session_id is not None:
        return await live(conn, session_id, idle)
    stolen = await conn.scalar(select(refresh_tokens.c.session_id).where(mine))
    if stolen is not None:
        await end(conn, stolen, "refresh_token_reused")
    return None


def _live(idle: timedelta) -> Select[Any]:
    now = func.clock_timestamp()
    return select(sessions, (sessions.c.last_used_at < now - TOUCHED_EVERY).label("stale")).where(
        sessions.c.revoked_at.is_(None),
        sessions.c.expires_at > now,
        sessions.c.last_used_at > now - idle,
    )


async def _end(conn: WriteConnection, which: ColumnElement[bool], because: str) -> int:
    ended = update(sessions).where(
        which, sessions.c.revoked_at.is_(None), sessions.c.expires_at > func.clock_timestamp()
    )
    values = {"revoked_at": func.clock_timestamp(), "revoked_because": because}
    return (await conn.execute(ended.values(values))).rowcount


def _session(row: RowMapping) -> SessionRow:
    kept: dict[str, Any] = {name: row[name] for name in SessionRow.__dataclass_fields__}
    return SessionRow(**{**kept, "way": Way(row["way"])})
