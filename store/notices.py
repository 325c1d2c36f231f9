"""Notices: each made once, and given to the people it concerns at that moment. Where there is
nobody to give it to, it lies on the supervision office's desk and says so."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import and_, any_, bindparam, func, or_, select, union
from sqlalchemy.dialects.postgresql import ARRAY, insert

from domain.items import ROLE_NAMES, Notice, Role
from store.codec import Row
from store.outbox import owe
from store.session import WriteConnection
from store.tables import (
    Words,
    deliveries,
    notices,
    persons,
    stand_ins,
    unit_deputies,
    unit_posts,
    units,
    users,
)
from store.terms import serving

DESK = "desk"
CODES = bindparam("codes", type_=ARRAY(Words))


class Telling(Protocol):
    """An entry of a record that owes somebody something."""

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What it owes."""
        ...

    @property
    def at(self) -> datetime:
        """Since when."""
        ...


async def deliver(conn: WriteConnection, item_id: str, entries: Iterable[Telling]) -> None:
    """Make the notices of ``entries`` that are not made yet, and hand them out. ``item_id`` is that
    of the item, or circular, that they are about."""
    owed = {
        (notice.clock, notice.rung, notice.due_version): (notice, entry.at)
        for entry in entries
        for notice in entry.notices
    }
    if not owed:
        return
    rows = [_row(item_id, notice, at) for notice, at in owed.values()]
    made = (await conn.execute(MAKE, rows)).all()
    new_ones = [(row.id, owed[row.clock, row.rung, row.due_version][0]) for row in made]
    people = await _people(conn, {whom for _, notice in new_ones for whom in notice.audience})
    out = [row for number, notice in new_ones for row in _deliveries(number, notice, people)]
    if out:
        await owe(conn, list((await conn.execute(HAND_OUT, out)).scalars()))


async def put_on_desk(
    conn: WriteConnection,
    item_id: str,
    *,
    rung: str,
    version: int,
    title: str,
    text: str,
    outside: bool = True,
) -> bool:
    """A notice of the system's own for the office's desk; whether it is a new one. ``outside``:
    whether it goes out on the office's channels as well."""
    notice = Notice(
        clock="", rung=rung, due_version=version, audience=(DESK,), title=title, text=text
    )
    row = _row(item_id, notice, None)
    new = insert(notices).values(row).on_conflict_do_nothing()
    made = (await conn.execute(new.returning(notices.c.id))).scalar_one_or_none()
    if made is None:
        return False
    desk = await conn.execute(HAND_OUT, [_delivery(made, DESK, None, "")])
    if outside:
        await owe(conn, list(desk.scalars()))
    return True


async def tell_of_fork(conn: WriteConnection, item_id: str, lost: Sequence[Row]) -> None:
    """The workflow was reset: acts happened anew under numbers the timeline has given already."""
    told = "；".join(f"第{row['seq']}号“{row['title']}”（{row['summary']}）" for row in lost)
    await put_on_desk(
        conn,
        item_id,
        rung=f"forked@{lost[0]['seq']}:{lost[0]['at'].isoformat()}",
        version=0,
        title="时间线出现分叉，请立即核查",
        text=f"该事项的流程曾在运维界面被重置，以下操作与已存档的记录序号相同，未能存入时间线：{told}。"
        "请对照运维界面核实，并以人工方式补记。",
    )


def _row(item_id: str, notice: Notice, at: datetime | None) -> Row:
    return {
        "item_id": item_id,
        "clock": notice.clock,
        "rung": notice.rung,
        "due_version": notice.due_version,
        "title": notice.title,
        "text": notice.text,
        "late": notice.late,
        "at": func.now() if at is None else at,
    }


def _delivery(notice_id: int, audience: str, username: str | None, remark: str) -> Row:
    return {
        "notice_id": notice_id,
        "audience": audience,
        "username": username,
        "desk": username is None,
        "remark": remark,
    }


def _deliveries(notice_id: int, notice: Notice, people: dict[str, "_Whom"]) -> list[Row]:
    """One for each person, however many of the audiences he belongs to; who is concerned himself
    is not told in another's place."""
    told: dict[str, tuple[str, str]] = {}
    out = []
    for audience in dict.fromkeys(notice.audience):
        whom = people[audience]
        for reader in whom.readers:
            known = told.get(reader.username)
            if known is None or (known[1] and not reader.remark):
                told[reader.username] = (audience, reader.remark)
        if not whom.readers:
            out.append(_delivery(notice_id, audience, None, whom.remark))
    return [
        *(_delivery(notice_id, audience, name, said) for name, (audience, said) in told.items()),
        *out,
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Somebody who is told; ``remark`` says in whose place."""

    username: str
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Whom:
    """Who an audience is at this moment; ``remark`` says why it is nobody."""

    readers: tuple[_Reader, ...] = ()
    remark: str = ""


async def _people(conn: WriteConnection, audiences: set[str]) -> dict[str, _Whom]:
    """Who each audience is: ``office``, ``chief``, ``unit:CODE``, ``deputy:CODE``; whoever stands
    in for one of them today is told as well."""
    if not audiences:
        return {}
    codes = sorted({code for _, sign, code in (a.partition(":") for a in audiences) if sign})
    found: dict[str, list[_Reader]] = {audience: [] for audience in audiences}
    for row in await conn.execute(LIVING, {"codes": codes}):
        if row.audience in found:
            found[row.audience].append(_Reader(username=row.username))
    for other in await conn.execute(IN_THEIR_PLACE, {"codes": codes}):
        if other.audience in found:
            remark = f"代 {other.name}"
            found[other.audience].append(_Reader(username=other.username, remark=remark))
    return {
        audience: _Whom(readers=tuple(sorted(readers, key=lambda one: one.username)))
        if readers
        else _Whom(remark=await _nobody(conn, audience))
        for audience, readers in found.items()
    }


# Everybody who may be an audience, and which, whether he has an account or not.
CONCERNED = union(
    select(users.c.role.label("audience"), users.c.username).where(
        users.c.role.in_((Role.OFFICE.value, Role.CHIEF.value))
    ),
    select("unit:" + users.c.unit_code, users.c.username).where(
        users.c.role == Role.UNIT.value, users.c.unit_code == any_(CODES)
    ),
    select("unit:" + unit_posts.c.unit_code, persons.c.username)
    .join(persons, persons.c.id == unit_posts.c.person_id)
    .where(
        persons.c.username.is_not(None), unit_posts.c.unit_code == any_(CODES), serving(unit_posts)
    ),
    select("deputy:" + unit_deputies.c.unit_code, unit_deputies.c.username).where(
        unit_deputies.c.unit_code == any_(CODES), serving(unit_deputies)
    ),
).subquery("concerned")
# Of a unit's audience are its own accounts alone, whatever account a person was linked to; of a
# deputy leader's the leaders'.
LIVING = (
    select(CONCERNED.c.audience, CONCERNED.c.username)
    .join(users, users.c.username == CONCERNED.c.username)
    .where(
        users.c.active,
        or_(
            CONCERNED.c.audience == users.c.role,
            and_(
                users.c.role == Role.UNIT.value,
                CONCERNED.c.audience == "unit:" + users.c.unit_code,
            ),
            and_(
                users.c.role == Role.DEPUTY.value,
                CONCERNED.c.audience.startswith("deputy:"),
            ),
        ),
    )
)
_ABSENT = users.alias("absent")
IN_THEIR_PLACE = (
    select(
        CONCERNED.c.audience,
        users.c.username,
        func.coalesce(_ABSENT.c.name, persons.c.name, stand_ins.c.absent).label("name"),
    )
    .select_from(CONCERNED)
    .join(stand_ins, stand_ins.c.absent == CONCERNED.c.username)
    .join(users, users.c.username == stand_ins.c.stand_in)
    .outerjoin(_ABSENT, _ABSENT.c.username == stand_ins.c.absent)
    .outerjoin(persons, persons.c.username == stand_ins.c.absent)
    .where(users.c.active, serving(stand_ins))
)
MAKE = (
    insert(notices)
    .on_conflict_do_nothing()
    .returning(notices.c.id, notices.c.clock, notices.c.rung, notices.c.due_version)
)
HAND_OUT = insert(deliveries).returning(deliveries.c.id)


async def _nobody(conn: WriteConnection, audience: str) -> str:
    """Why nobody could be told, and what to do."""
    sort, _, code = audience.partition(":")
    name = await conn.scalar(select(units.c.name).where(units.c.code == code)) or code
    match sort:
        case Role.UNIT:
            return (
                f"未能通知承办单位“{name}”：该单位没有可用的账号。"
                "请以电话等方式告知并作记录，同时为其建立账号。"
            )
        case Role.DEPUTY:
            return (
                f"未能通知“{name}”的区政府分管领导：{await _no_deputy(conn, code)}。"
                "请以电话等方式报告并作记录，同时登记分管领导并建立账号。"
            )
        case Role.CHIEF | Role.OFFICE:
            return (
                f"未能通知{ROLE_NAMES[Role(sort)]}：没有可用的账号。"
                "请以电话等方式报告并作记录，同时建立账号。"
            )
        case _:
            return f"未能通知“{audience}”：系统不认识这一对象。请报告系统管理员。"


async def _no_deputy(conn: WriteConnection, code: str) -> str:
    query = select(unit_deputies.c.username).where(
        unit_deputies.c.unit_code == code, serving(unit_deputies)
    )
    named = "、".join((await conn.execute(query.order_by(unit_deputies.c.username))).scalars())
    return f"登记的分管领导（{named}）没有可用的账号" if named else "没有登记分管领导"
