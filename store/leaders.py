"""区政府领导: what each is in charge of. A service that ends is kept with its dates; nothing is
erased."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import and_, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.items import Role
from domain.text import plain_name
from store.locks import DIRECTORY, exclusively
from store.persons import leader_names
from store.rows import FieldRow, LeaderRow, SubjectRow
from store.session import ReadConnection, WriteConnection
from store.tables import leader_subjects, unit_deputies, units, users
from store.terms import TODAY, end_service, not_over, serving


async def all_leaders(conn: ReadConnection, *, history: bool = False) -> tuple[LeaderRow, ...]:
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


async def one(conn: ReadConnection, username: str, *, history: bool = False) -> LeaderRow | None:
    """One of :func:`all_leaders`."""
    everybody = await all_leaders(conn, history=history)
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
    await exclusively(conn, DIRECTORY)
    lasting = and_(
        unit_deputies.c.unit_code == unit_code,
        unit_deputies.c.username == username,
        not_over(unit_deputies),
    )
    return await end_service(conn, unit_deputies, lasting, until)


async def put_subjects(conn: WriteConnection, username: str, subjects: Sequence[str]) -> None:
    """Have a leader in charge of exactly these subjects from today on."""
    await exclusively(conn, DIRECTORY)
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
