"""AB角: who stands in for whom, and when. Ended, a stand-in is kept."""

from datetime import date
from typing import Any

from sqlalchemy import Select, and_, func, insert, literal, or_, select, update

from domain.acts import LONGEST_TEXT
from domain.errors import Invalid
from domain.items import Actor
from domain.stand_ins import check_stand_in
from store import reads
from store.locks import STAND_INS, exclusively
from store.persons import leader_names
from store.rows import StandInRow
from store.session import ReadConnection, WriteConnection
from store.tables import stand_ins
from store.terms import ended_at_once, serving, today

MOST_DAYS = 366


async def find(
    conn: ReadConnection,
    *,
    in_force: bool | None = None,
    username: str | None = None,
    limit: int = 50,
    offset: int = 0,
) -> tuple[StandInRow, ...]:
    """Stand-ins, the newest first; of one person those on either side."""
    query = _ALL
    if in_force is not None:
        query = query.where(serving(stand_ins) if in_force else ~serving(stand_ins))
    if username:
        query = query.where(or_(stand_ins.c.stand_in == username, stand_ins.c.absent == username))
    return await _rows(conn, query.order_by(stand_ins.c.id.desc()).limit(limit).offset(offset))


async def one(conn: ReadConnection, number: int) -> StandInRow | None:
    """One of them."""
    found = await _rows(conn, _ALL.where(stand_ins.c.id == number))
    return found[0] if found else None


_ALL = select(stand_ins, serving(stand_ins).label("current"))


async def _rows(conn: ReadConnection, query: Select[Any]) -> tuple[StandInRow, ...]:
    rows = (await conn.execute(query)).all()
    people = sorted({name for row in rows for name in (row.stand_in, row.absent)})
    names = await leader_names(conn, people)
    return tuple(
        StandInRow(
            id=row.id,
            stand_in=row.stand_in,
            stand_in_name=names[row.stand_in],
            absent=row.absent,
            absent_name=names[row.absent],
            since=row.since,
            until=row.until,
            reason=row.reason,
            made_by=row.made_by,
            current=row.current,
        )
        for row in rows
    )


async def add(
    conn: WriteConnection,
    *,
    stand_in: str,
    absent: str,
    since: date,
    until: date,
    reason: str,
    made_by: str,
) -> StandInRow:
    """A stand-in for a time. Raises ``Invalid``: for oneself, in a chain, across ranks, or where
    another stands in at that time."""
    if not since <= until or (until - since).days > MOST_DAYS:
        raise Invalid("bad_period", "代理的止日（until）须不早于起日，一次不超过一年，请核对。")
    if (since - await today(conn)).days > MOST_DAYS:
        raise Invalid("bad_period", "代理的起日（since）须在一年之内，请核对起止日期。")
    if not reason.strip() or len(reason) > LONGEST_TEXT:
        raise Invalid("reason_required", "须写明代理的原因（reason），例如“因公出差”。")
    acting = await reads.actor(conn, stand_in)
    if acting is None:
        raise Invalid(
            "no_account",
            f"没有用户名为“{stand_in[:60]}”的可用账号（stand_in）；请填用户名，或先建立账号。",
        )
    check_stand_in(acting, await _known(conn, absent))
    # Two that contradict each other must not be checked at the same moment.
    await exclusively(conn, STAND_INS)
    await _check_free(conn, stand_in, absent, since, until)
    new = insert(stand_ins).values(
        stand_in=stand_in,
        absent=absent,
        since=since,
        until=until,
        reason=reason.strip(),
        made_by=made_by,
    )
    made = await one(conn, (await conn.execute(new.returning(stand_ins.c.id))).scalar_one())
    assert made is not None
    return made


async def _known(conn: ReadConnection, username: str) -> Actor:
    found = await reads.capacity(conn, username)
    if found is None:
        raise Invalid("unknown_person", f"没有“{username[:60]}”这个人员的账号或任职，请先登记。")
    return found


async def _check_free(
    conn: ReadConnection, stand_in: str, absent: str, since: date, until: date
) -> None:
    overlap = and_(
        stand_ins.c.since <= until,
        stand_ins.c.until >= since,
        stand_ins.c.until >= stand_ins.c.since,
    )
    for condition, code, detail in (
        (
            stand_ins.c.absent == absent,
            "stand_in_overlap",
            "该人员在这段时间已有代理人，请先结束原来的代理。",
        ),
        (
            stand_ins.c.absent == stand_in,
            "stand_in_chain",
            "该代理人在这段时间本人也由他人代理，不能再代理别人，请另选代理人。",
        ),
        (
            stand_ins.c.stand_in == absent,
            "stand_in_chain",
            "该人员在这段时间正代理别人，不能转由他人代理；请先另行安排被代理的人。",
        ),
    ):
        query = select(func.count()).select_from(stand_ins).where(overlap, condition)
        if await conn.scalar(query):
            raise Invalid(code, detail)


async def end(conn: WriteConnection, number: int) -> StandInRow | None:
    """End a stand-in at once; one that is over already stays as it is."""
    last = ended_at_once(stand_ins)
    lasting = and_(stand_ins.c.id == number, stand_ins.c.until > last)
    await conn.execute(update(stand_ins).where(lasting).values(until=last))
    return await one(conn, number)


async def named(conn: ReadConnection, stand_in: str, said: str) -> StandInRow | None:
    """Which of his stand-ins somebody means who acts for ``said`` (a username, or a full name
    that only one of them has): one in force if there is one, else the latest."""
    query = _ALL.where(stand_ins.c.stand_in == literal(stand_in))
    every = await _rows(conn, query.order_by(serving(stand_ins).desc(), stand_ins.c.id.desc()))
    by_username = [row for row in every if row.absent == said]
    by_name = [row for row in every if row.absent_name == said]
    if len({row.absent for row in by_name if row.current}) > 1:
        by_name = []
    return next(iter(by_username or by_name), None)
