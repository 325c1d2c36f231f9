"""Persons of the directory: names, phones, the accounts some of them have. Nobody is erased."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.directory import check_phone
from domain.errors import Invalid
from domain.text import plain_name
from store.locks import DIRECTORY, exclusively
from store.rows import PersonRow
from store.session import ReadConnection, WriteConnection
from store.tables import persons, unit_posts, users
from store.terms import serving

LONGEST_NOTE = 1000


def unknown_person() -> Invalid:
    """There is nobody of that number."""
    return Invalid("unknown_person", "没有登记这个人员，请先登记（POST /persons）。")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody as registered; a blank phone is allowed."""

    name: str
    phone: str = ""
    note: str = ""
    username: str | None = None


async def one(conn: ReadConnection, person_id: int) -> PersonRow | None:
    """Somebody of the directory."""
    found = await _persons(conn, _PERSONS.where(persons.c.id == person_id))
    return found[0] if found else None


async def find_persons(
    conn: ReadConnection,
    *,
    q: str | None = None,
    unit: str | None = None,
    limit: int = 50,
    offset: int = 0,
) -> tuple[PersonRow, ...]:
    """Persons by number; of one unit those who hold a post in it."""
    query = _PERSONS
    if q:
        texts = (persons.c.name, persons.c.phone, persons.c.username)
        query = query.where(or_(*(text.contains(q, autoescape=True) for text in texts)))
    if unit:
        held = select(unit_posts.c.person_id)
        held = held.where(unit_posts.c.unit_code == unit, serving(unit_posts))
        query = query.where(persons.c.id.in_(held))
    return await _persons(conn, query.order_by(persons.c.id).limit(limit).offset(offset))


_PERSONS = select(persons.c.id, persons.c.name, persons.c.phone, persons.c.note, persons.c.username)


async def _persons(conn: ReadConnection, query: Select[Any]) -> tuple[PersonRow, ...]:
    rows = (await conn.execute(query)).mappings().all()
    held: dict[int, list[tuple[str, str]]] = {}
    posts = select(unit_posts.c.person_id, unit_posts.c.unit_code, unit_posts.c.post)
    posts = posts.where(
        unit_posts.c.person_id.in_([row["id"] for row in rows]), serving(unit_posts)
    )
    for post in await conn.execute(posts.order_by(unit_posts.c.id)):
        held.setdefault(post.person_id, []).append((post.unit_code, post.post))
    return tuple(PersonRow(**row, posts=tuple(held.get(row["id"], ()))) for row in rows)


async def add_person(conn: WriteConnection, new: Person) -> PersonRow:
    """A new person. Raises ``Invalid``: a duplicate has the same account, or name and phone."""
    await exclusively(conn, DIRECTORY)
    columns = _person_columns(new)
    await _check_no_duplicate(conn, columns, None)
    made = insert(persons).values(columns).returning(persons.c.id)
    found = await one(conn, (await conn.execute(made)).scalar_one())
    assert found is not None
    return found


async def change_person(conn: WriteConnection, person_id: int, to: Person) -> PersonRow:
    """A person's name, phone, note and account as they are from now on. Raises ``Invalid``."""
    await exclusively(conn, DIRECTORY)
    columns = _person_columns(to)
    await _check_no_duplicate(conn, columns, person_id)
    await conn.execute(update(persons).where(persons.c.id == person_id).values(columns))
    found = await one(conn, person_id)
    if found is None:
        raise unknown_person()
    return found


def _person_columns(of: Person) -> dict[str, Any]:
    note = of.note.strip()
    if len(note) > LONGEST_NOTE:
        raise Invalid("note_too_long", f"备注过长，不能超过 {LONGEST_NOTE} 字。")
    return {
        "name": plain_name(of.name, "姓名"),
        "phone": check_phone(of.phone),
        "note": note,
        "username": plain_name(of.username, "用户名") if of.username else None,
    }


async def _check_no_duplicate(
    conn: ReadConnection, columns: dict[str, Any], person_id: int | None
) -> None:
    same: list[ColumnElement[bool]] = []
    if columns["username"]:
        same.append(persons.c.username == columns["username"])
    if columns["phone"]:
        same.append(and_(persons.c.name == columns["name"], persons.c.phone == columns["phone"]))
    if not same:
        return
    query = select(persons.c.id, persons.c.name).where(or_(*same), persons.c.id != (person_id or 0))
    if other := (await conn.execute(query.limit(1))).one_or_none():
        raise Invalid(
            "duplicate_person",
            f"“{other.name}”（编号 {other.id}）已登记，账号或姓名电话相同，请直接使用该人员。",
        )


async def person_for_post(conn: WriteConnection, unit_code: str, said: Person) -> int:
    """The person meant by a name in a unit: who has that account, or served there under that name;
    else somebody new. Phone, note and account are put as said.

    Raises ``Invalid``: an account is one person's.
    """
    await exclusively(conn, DIRECTORY)
    found = None
    if said.username:
        query = select(persons.c.id, persons.c.name).where(persons.c.username == said.username)
        if linked := (await conn.execute(query)).one_or_none():
            if linked.name != said.name.strip():
                raise account_taken(said.username, linked.name)
            found = linked.id
    if found is None:
        served = select(unit_posts.c.person_id).where(unit_posts.c.unit_code == unit_code)
        query = select(persons.c.id).where(
            persons.c.id.in_(served), persons.c.name == said.name.strip()
        )
        if said.username:
            query = query.where(persons.c.username.is_(None))
        found = await conn.scalar(query.order_by(persons.c.id.desc()).limit(1))
    if found is None and said.phone:
        query = select(persons.c.id).where(
            persons.c.name == said.name.strip(), persons.c.phone == said.phone.strip()
        )
        found = await conn.scalar(query.limit(1))
    if found is None:
        return (await add_person(conn, said)).id
    known = await one(conn, found)
    assert known is not None
    kept = Person(
        name=said.name,
        phone=said.phone or known.phone,
        note=said.note or known.note,
        username=said.username or known.username,
    )
    await change_person(conn, found, kept)
    return int(found)


def account_taken(username: str, name: str) -> Invalid:
    """The account is another person's."""
    return Invalid(
        "account_taken",
        f"账号“{username}”已关联{name}，请核对；换人使用的，请先修改{name}的账号。",
    )


async def linked_names(conn: ReadConnection, usernames: Sequence[str]) -> dict[str, str]:
    """The names of the persons to whom accounts are linked, by username."""
    query = select(persons.c.username, persons.c.name).where(persons.c.username.in_(usernames))
    return {row.username: row.name for row in await conn.execute(query)}


async def leader_names(conn: ReadConnection, usernames: Sequence[str]) -> dict[str, str]:
    """People's names by username: the account's, else the directory's, else the username."""
    found = {username: username for username in usernames}
    for table in (persons, users):
        query = select(table.c.username, table.c.name).where(table.c.username.in_(usernames))
        found |= {row.username: row.name for row in await conn.execute(query)}
    return found
