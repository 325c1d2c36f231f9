"""Who was refused what, who read what is restricted, who decoded what Temporal stores, and who
changed registers, rules or accounts: only ever added to."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import insert, select

from store.chain import BEGINNING, OF_AN_ACCESS, linked
from store.codec import Row
from store.cursors import from_cursor, to_cursor
from store.locks import ACCESS, exclusively
from store.rows import Page
from store.session import ReadConnection, WriteConnection
from store.tables import access_events


class AccessEvent(StrEnum):
    """What is kept of a request."""

    REFUSED = "refused"
    ORIGINAL_READ = "original_read"
    COVERT_READ = "covert_read"
    DECODED = "decoded"
    CHANGED = "changed"


ACCESS_NAMES = {
    AccessEvent.REFUSED: "被拒绝",
    AccessEvent.ORIGINAL_READ: "阅读批示原文",
    AccessEvent.COVERT_READ: "阅读暗访记录",
    AccessEvent.DECODED: "解密流程数据",
    AccessEvent.CHANGED: "修改名录、日历、规则或账号",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One request worth keeping. ``about`` is what the route names, as in the address."""

    at: datetime
    event: str
    username: str | None
    address: str
    method: str
    route: str
    about: str
    status: int
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRow(Access):
    """One that was kept."""

    id: int


async def keep(conn: WriteConnection, access: Access) -> None:
    """Add one to the chain."""
    await exclusively(conn, ACCESS)
    newest = select(access_events.c.hash).order_by(access_events.c.id.desc()).limit(1)
    before = (await conn.execute(newest)).scalar_one_or_none() or BEGINNING
    row: Row = {name: getattr(access, name) for name in OF_AN_ACCESS}
    await conn.execute(insert(access_events).values(**row, hash=linked(before, row, OF_AN_ACCESS)))


async def kept(
    conn: ReadConnection,
    *,
    event: str | None = None,
    username: str | None = None,
    about: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[AccessRow]:
    """The newest first; ``since`` ≤ ``at`` < ``until``. Raises ``Invalid('bad_cursor')``."""
    c = access_events.c
    query = select(access_events)
    for column, value in ((c.event, event), (c.username, username), (c.about, about)):
        if value is not None:
            query = query.where(column == value)
    if since is not None:
        query = query.where(c.at >= since)
    if until is not None:
        query = query.where(c.at < until)
    if cursor is not None:
        query = query.where(c.id < from_cursor("access", cursor, 1)[0])
    rows = (await conn.execute(query.order_by(c.id.desc()).limit(limit + 1))).mappings().all()
    names = AccessRow.__dataclass_fields__
    shown = tuple(AccessRow(**{name: row[name] for name in names}) for row in rows[:limit])
    more = len(rows) > limit
    return Page(items=shown, next_cursor=to_cursor("access", shown[-1].id) if more else None)
