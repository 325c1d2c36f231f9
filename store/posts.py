"""The trio of each unit (R47). A service that ends is kept with its dates; nothing is erased."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert

from domain.directory import TRIO, Post, Responsible
from domain.errors import Invalid
from store.locks import DIRECTORY, exclusively
from store.persons import leader_names
from store.rows import PersonRow, PostRow, UnitRow
from store.session import ReadConnection, WriteConnection
from store.tables import persons, unit_posts
from store.terms import TODAY, end_service, not_over, serving, today


async def services(
    conn: ReadConnection, unit_code: str | None, *, history: bool = False
) -> tuple[PostRow, ...]:
    """Who holds a unit's posts (``None``: every unit's); with ``history`` who ever did, the
    latest first."""
    query = select(unit_posts, serving(unit_posts).label("current"), *(_PERSON_LABELS)).join(
        persons, persons.c.id == unit_posts.c.person_id
    )
    if unit_code is not None:
        query = query.where(unit_posts.c.unit_code == unit_code)
    if not history:
        query = query.where(serving(unit_posts))
    rows = (await conn.execute(query.order_by(unit_posts.c.id.desc()))).mappings()
    found = [_post(row) for row in rows]
    order = {post.value: place for place, post in enumerate(TRIO)}
    return tuple(sorted(found, key=lambda row: order[row.post]))


_PERSON_LABELS = [
    persons.c[name].label(f"person_{name}") for name in ("name", "phone", "note", "username")
]


def _post(row: Any) -> PostRow:  # noqa: ANN401 - a database row
    return PostRow(
        id=row["id"],
        unit_code=row["unit_code"],
        post=row["post"],
        person=PersonRow(
            id=row["person_id"],
            name=row["person_name"],
            phone=row["person_phone"],
            note=row["person_note"],
            username=row["person_username"],
        ),
        since=row["since"],
        until=row["until"],
        current=row["current"],
    )


async def posts_of(conn: ReadConnection, username: str, unit_code: str) -> tuple[str, ...]:
    """Which posts of a unit the person with that account holds today."""
    query = select(unit_posts.c.post).join(persons, persons.c.id == unit_posts.c.person_id)
    query = query.where(
        persons.c.username == username, unit_posts.c.unit_code == unit_code, serving(unit_posts)
    )
    return tuple((await conn.execute(query)).scalars())


async def appoint(
    conn: WriteConnection, unit_code: str, post: Post, person_id: int, since: date | None
) -> None:
    """Have a person hold a post of a unit from ``since`` on (today where somebody is followed);
    whoever held it served to the day before. The same person again changes nothing but the day.

    Raises ``Invalid('bad_period')`` where somebody else served, or is to serve, later than that.
    """
    await exclusively(conn, DIRECTORY)
    of_post = and_(unit_posts.c.unit_code == unit_code, unit_posts.c.post == post.value)
    lasting = and_(of_post, unit_posts.c.until.is_(None), unit_posts.c.person_id == person_id)
    if await conn.scalar(select(unit_posts.c.id).where(lasting)):
        if since is None:
            return
        if since > await today(conn) and await conn.scalar(
            select(unit_posts.c.id).where(lasting, serving(unit_posts))
        ):
            told = "该人员正在任职，任职起日（since）不能晚于今天；不再任职的请终止其任职。"
            raise Invalid("bad_period", told)
        await conn.execute(update(unit_posts).where(lasting).values(since=since))
        return
    held = select(unit_posts.c.id).where(of_post, not_over(unit_posts))
    if since is None and (await conn.execute(held)).first():
        since = await today(conn)
    if since is not None:
        await _end_before(conn, of_post, since)
    await conn.execute(
        insert(unit_posts).values(
            unit_code=unit_code, post=post.value, person_id=person_id, since=since
        )
    )


async def _end_before(conn: WriteConnection, of_post: ColumnElement[bool], since: date) -> None:
    """Whoever holds a post serves to the day before ``since``; who was entered for that same day,
    by mistake, never served."""
    never = unit_posts.c.until < unit_posts.c.since
    there = and_(of_post, not_over(unit_posts, since), func.coalesce(~never, true()))
    later = or_(unit_posts.c.since > since, unit_posts.c.until < TODAY)
    query = select(persons.c.name, unit_posts.c.since, unit_posts.c.until)
    query = query.join(persons, persons.c.id == unit_posts.c.person_id).where(there, later)
    if other := (await conn.execute(query.limit(1))).one_or_none():
        served = f"{other.since or '……'} 至 {other.until or '今'}"
        raise Invalid(
            "bad_period",
            f"{other.name}的任职（{served}）与之重叠，请核对接任日期，或先终止其任职。",
        )
    await conn.execute(update(unit_posts).where(there).values(until=since - timedelta(days=1)))


async def dismiss(conn: WriteConnection, unit_code: str, post: Post, until: date | None) -> bool:
    """End whoever holds a post, on ``until`` (the last day; yesterday where not said, so that it
    holds at once); whether there was anybody."""
    await exclusively(conn, DIRECTORY)
    lasting = and_(
        unit_posts.c.unit_code == unit_code,
        unit_posts.c.post == post.value,
        not_over(unit_posts),
    )
    return await end_service(conn, unit_posts, lasting, until)


async def responsible(conn: ReadConnection, unit: UnitRow) -> tuple[Responsible, ...]:
    """The names of today: the unit's trio, then the deputy leaders in charge."""
    trio = [
        Responsible(post=Post(row.post), name=row.person.name, unit=unit.code)
        for row in await services(conn, unit.code)
    ]
    names = await leader_names(conn, unit.deputies)
    leaders = [
        Responsible(post=Post.DEPUTY, name=names[username], unit=unit.code)
        for username in unit.deputies
    ]
    return (*trio, *leaders)
