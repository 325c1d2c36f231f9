"""The directory: persons, the trio of each unit, what each leader is in charge of. A service that
ends is kept with its dates; nothing here is erased."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, func, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert

from domain.directory import TRIO, Post, Responsible, check_phone
from domain.errors import Invalid
from domain.items import Role
from domain.text import plain_name
from store import reads
from store.locks import DIRECTORY, exclusively
from store.rows import FieldRow, LeaderRow, PersonRow, PostRow, SubjectRow, UnitRow
from store.session import ReadConnection, WriteConnection
from store.tables import leader_subjects, persons, unit_deputies, unit_posts, units, users
from store.terms import TODAY, ended_at_once, not_over, serving

LONGEST_NOTE = 1000
UNKNOWN_PERSON = Invalid("unknown_person", "没有登记这个人员，请先登记（POST /persons）。")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody as registered; a blank phone is allowed."""

    name: str
    phone: str = ""
    note: str = ""
    username: str | None = None


# --- persons ------------------------------------------------------------------------------------


async def person(conn: ReadConnection, person_id: int) -> PersonRow | None:
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
    found = await person(conn, (await conn.execute(made)).scalar_one())
    assert found is not None
    return found


async def change_person(conn: WriteConnection, person_id: int, to: Person) -> PersonRow:
    """A person's name, phone, note and account as they are from now on. Raises ``Invalid``."""
    await exclusively(conn, DIRECTORY)
    columns = _person_columns(to)
    await _check_no_duplicate(conn, columns, person_id)
    await conn.execute(update(persons).where(persons.c.id == person_id).values(columns))
    found = await person(conn, person_id)
    if found is None:
        raise UNKNOWN_PERSON
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


# --- the trio -----------------------------------------------------------------------------------


async def posts(
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
        if since is not None:
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
    """Whoever holds a post serves to the day before ``since``."""
    never = unit_posts.c.until < unit_posts.c.since
    there = and_(of_post, not_over(unit_posts, since), func.coalesce(~never, true()))
    later = or_(unit_posts.c.since >= since, unit_posts.c.until < TODAY)
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
    lasting = and_(
        unit_posts.c.unit_code == unit_code,
        unit_posts.c.post == post.value,
        not_over(unit_posts),
    )
    return await end_service(conn, unit_posts, lasting, until)


async def end_service(
    conn: WriteConnection, table: Table, which: ColumnElement[bool], until: date | None
) -> bool:
    """End services of ``table``; whether there was one. Raises ``Invalid('bad_period')``."""
    early = select(func.count()).select_from(table)
    if until and await conn.scalar(early.where(which, table.c.since > until)):
        raise Invalid("bad_period", "止日早于起日，请核对。")
    last = until or ended_at_once(table)
    done = await conn.execute(update(table).where(which).values(until=last))
    return bool(done.rowcount)


async def today(conn: ReadConnection) -> date:
    """The district's day."""
    found: date = (await conn.execute(select(TODAY))).scalar_one()
    return found


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
    known = await person(conn, found)
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


async def responsible(conn: ReadConnection, unit: UnitRow) -> tuple[Responsible, ...]:
    """The names of today: the unit's trio, then the deputy leaders in charge."""
    trio = [
        Responsible(post=Post(row.post), name=row.person.name, unit=unit.code)
        for row in await posts(conn, unit.code)
    ]
    names = await leader_names(conn, unit.deputies)
    leaders = [
        Responsible(post=Post.DEPUTY, name=names[username], unit=unit.code)
        for username in unit.deputies
    ]
    return (*trio, *leaders)


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


# --- units --------------------------------------------------------------------------------------


async def find_units(
    conn: ReadConnection,
    *,
    incomplete: bool | None = None,
    lodged: bool | None = None,
    sort: str | None = None,
    q: str | None = None,
) -> tuple[UnitRow, ...]:
    """Units by code. ``incomplete``: a post of the trio, or that of the deputy leader, is vacant,
    or one person holds two; ``lodged``: there is a 办理工作制度 (R48)."""
    return tuple(
        unit
        for unit in await reads.units(conn)
        if (incomplete is None or incomplete == bool(unit.vacant or unit.doubled))
        and (lodged is None or lodged == bool(unit.regulations))
        and (sort is None or sort == unit.sort)
        and (not q or q in unit.name or q in unit.code)
    )


# --- leaders ------------------------------------------------------------------------------------


async def leaders(conn: ReadConnection, *, history: bool = False) -> tuple[LeaderRow, ...]:
    """Everybody who is a leader by account or is in charge of a unit or subject, by username;
    services that are over only with ``history``."""
    fields: dict[str, list[FieldRow]] = {}
    query = select(
        unit_deputies, units.c.name.label("unit_name"), serving(unit_deputies).label("current")
    ).join(units, units.c.code == unit_deputies.c.unit_code)
    if not history:
        query = query.where(not_over(unit_deputies))
    for row in await conn.execute(query.order_by(unit_deputies.c.unit_code, unit_deputies.c.id)):
        fields.setdefault(row.username, []).append(
            FieldRow(
                unit_code=row.unit_code,
                unit_name=row.unit_name,
                since=row.since,
                until=row.until,
                current=row.current,
            )
        )
    subjects = await _subjects(conn, history=history)
    accounts = await conn.execute(
        select(users.c.username, users.c.active).where(
            users.c.role.in_((Role.DEPUTY.value, Role.CHIEF.value))
        )
    )
    usable = {row.username: row.active for row in accounts}
    everybody = sorted({*fields, *subjects, *usable})
    names = await leader_names(conn, everybody)
    return tuple(
        LeaderRow(
            username=username,
            name=names[username],
            reachable=usable.get(username, False),
            fields=tuple(fields.get(username, ())),
            subjects=tuple(subjects.get(username, ())),
        )
        for username in everybody
    )


async def leader(conn: ReadConnection, username: str, *, history: bool = False) -> LeaderRow | None:
    """One of :func:`leaders`."""
    everybody = await leaders(conn, history=history)
    return next((one for one in everybody if one.username == username), None)


async def _subjects(conn: ReadConnection, *, history: bool) -> dict[str, list[SubjectRow]]:
    query = select(leader_subjects, serving(leader_subjects).label("current"))
    if not history:
        query = query.where(not_over(leader_subjects))
    found: dict[str, list[SubjectRow]] = {}
    for row in await conn.execute(query.order_by(leader_subjects.c.id)):
        found.setdefault(row.username, []).append(
            SubjectRow(subject=row.subject, since=row.since, until=row.until, current=row.current)
        )
    return found


async def put_charge(
    conn: WriteConnection, unit_code: str, username: str, since: date | None
) -> None:
    """Have a leader in charge of a unit from ``since`` on (today where not said). Again, with
    another day, the day is corrected."""
    await exclusively(conn, DIRECTORY)
    username = plain_name(username, "分管领导用户名")
    lasting = and_(
        unit_deputies.c.unit_code == unit_code,
        unit_deputies.c.username == username,
        unit_deputies.c.until.is_(None),
    )
    present = (await conn.execute(select(unit_deputies.c.id).where(lasting))).one_or_none()
    if present is None:
        new = insert(unit_deputies).values(
            unit_code=unit_code, username=username, since=since or TODAY
        )
        await conn.execute(new)
    elif since:
        await conn.execute(update(unit_deputies).where(lasting).values(since=since))


async def end_charge(
    conn: WriteConnection, unit_code: str, username: str, until: date | None
) -> bool:
    """End a leader's charge of a unit; whether there was one."""
    lasting = and_(
        unit_deputies.c.unit_code == unit_code,
        unit_deputies.c.username == username,
        not_over(unit_deputies),
    )
    return await end_service(conn, unit_deputies, lasting, until)


async def put_subjects(conn: WriteConnection, username: str, subjects: Sequence[str]) -> None:
    """Have a leader in charge of exactly these subjects from today on."""
    username = plain_name(username, "分管领导用户名")
    wanted = list(dict.fromkeys(plain_name(subject, "分管事项") for subject in subjects))
    lasting = and_(leader_subjects.c.username == username, not_over(leader_subjects))
    query = select(leader_subjects.c.subject).where(lasting)
    present = set((await conn.execute(query)).scalars())
    gone = lasting & leader_subjects.c.subject.not_in(wanted)
    await end_service(conn, leader_subjects, gone, None)
    rows = [
        {"username": username, "subject": subject} for subject in wanted if subject not in present
    ]
    if rows:
        await conn.execute(insert(leader_subjects).values(since=TODAY), rows)
