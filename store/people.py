"""Units and people, and their passwords (argon2id)."""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import and_, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.directory import ObjectType, Sort
from domain.errors import Invalid, Refused
from domain.items import OfficePost, Role
from domain.machines import CLIENT_PREFIX
from domain.passwords import check_length
from store import reads
from store.locks import ADMINISTRATORS, DIRECTORY, exclusively
from store.rows import UnitRow, UserRow
from store.service import TODAY, YESTERDAY, serving
from store.session import Database, ReadConnection, WriteConnection
from store.tables import unit_deputies, units, users

T = TypeVar("T")

LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without those that are mistaken for one another when read from paper."""
GENERATED_LENGTH = 16
# A hash takes 64 MiB and a processor for a moment: many sign in at nine, few at the same instant.
HASHES_AT_ONCE = 2

_hasher = PasswordHasher()
_threads = ThreadPoolExecutor(HASHES_AT_ONCE, thread_name_prefix="argon2")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitDetails:
    """What else is known of a unit; the dates are the first and last day of its being."""

    sort: Sort = Sort.OTHER
    object_type: ObjectType | None = None
    active_from: date | None = None
    active_until: date | None = None


async def put_unit(
    conn: WriteConnection,
    code: str,
    name: str,
    deputies: Sequence[str] | None,
    details: UnitDetails | None = None,
) -> UnitRow:
    """Have a unit of that code with that name and those deputy leaders in charge from today on,
    who need not have accounts yet; a service that ends is kept. ``None`` leaves deputies, or
    details, as they are. Raises ``Invalid``."""
    await exclusively(conn, DIRECTORY)
    code, name = plain_name(code, "单位代码"), plain_name(name, "单位全称")
    taken = select(units.c.code).where(units.c.name == name, units.c.code != code)
    if other := await conn.scalar(taken):
        raise Invalid(
            "unit_name_taken", f"单位全称“{name}”已属于代码 {other}，请核对代码，或先将该单位改名。"
        )
    new = insert(units).values(code=code, name=name, **_columns(details))
    put = new.on_conflict_do_update(
        index_elements=["code"], set_={"name": name, **_columns(details)}
    )
    await conn.execute(put)
    if deputies is not None:
        await _put_deputies(conn, code, deputies)
    found = await reads.unit(conn, code)
    assert found is not None
    return found


def _columns(details: UnitDetails | None) -> dict[str, object]:
    if details is None:
        return {}
    first, last = details.active_from, details.active_until
    if first and last and last < first:
        raise Invalid("bad_period", "单位的停用日期不能早于启用日期，请核对。")
    return {
        "sort": details.sort.value,
        "object_type": details.object_type.value if details.object_type else None,
        "active_from": first,
        "active_until": last,
    }


async def _put_deputies(conn: WriteConnection, code: str, deputies: Sequence[str]) -> None:
    """Those in charge today are exactly these; what is to begin later is left as it is, or begins
    today."""
    wanted = {plain_name(username, "分管领导用户名") for username in deputies}
    of_unit = unit_deputies.c.unit_code == code
    in_charge = and_(of_unit, serving(unit_deputies))
    query = select(unit_deputies.c.username).where(in_charge)
    present = set((await conn.execute(query)).scalars())
    gone = and_(in_charge, unit_deputies.c.username.not_in(wanted))
    last = func.greatest(YESTERDAY, unit_deputies.c.since - 1)
    await conn.execute(update(unit_deputies).where(gone).values(until=last))
    coming = and_(
        of_unit, unit_deputies.c.username.in_(wanted - present), unit_deputies.c.until.is_(None)
    )
    begun = update(unit_deputies).where(coming).values(since=TODAY)
    present |= set((await conn.execute(begun.returning(unit_deputies.c.username))).scalars())
    rows = [{"unit_code": code, "username": username} for username in sorted(wanted - present)]
    if rows:
        await conn.execute(insert(unit_deputies).values(since=TODAY), rows)


async def add_user(
    conn: WriteConnection,
    username: str,
    *,
    role: Role,
    name: str,
    password_hash: str,
    unit_code: str | None = None,
    must_change: bool = False,
    post: OfficePost | None = None,
) -> UserRow:
    """A new person, with a hash from :func:`hash_password`. Raises ``Invalid``."""
    username, name = plain_name(username, "用户名"), plain_name(name, "姓名")
    if username.startswith(CLIENT_PREFIX):
        raise Invalid("reserved_name", f"{CLIENT_PREFIX} 开头的名字留给服务账号，请另选用户名。")
    await check_unit(conn, role, unit_code)
    _check_post(role, post)
    row = {
        "username": username,
        "role": role.value,
        "name": name,
        "unit_code": unit_code,
        "password_hash": password_hash,
        "must_change": must_change,
        "post": post.value if post else None,
    }
    new = insert(users).values(row).on_conflict_do_nothing().returning(users.c.username)
    if (await conn.execute(new)).scalar_one_or_none() is None:
        raise Invalid("username_taken", f"用户名“{username}”已被使用，请另选用户名。")
    added = await reads.user(conn, username)
    assert added is not None
    return added


async def any_users(conn: ReadConnection) -> bool:
    """Whether there is any account at all."""
    return bool(await conn.scalar(select(exists().select_from(users))))


async def set_password(
    conn: WriteConnection, username: str, password_hash: str, *, must_change: bool = False
) -> bool:
    """Replace a password by its hash, keeping the hash before it; whether there is such a
    person."""
    done = await conn.execute(
        update(users)
        .where(users.c.username == username)
        .values(
            password_hash=password_hash,
            must_change=must_change,
            previous_hash=users.c.password_hash,
        )
    )
    return bool(done.rowcount)


async def password_mark(conn: ReadConnection, username: str, *, hold: bool = False) -> str | None:
    """What is another after every change of the password, and ``None`` for somebody who may not
    sign in. ``hold`` lets nobody change either before the transaction ends."""
    query = select(func.md5(users.c.password_hash))
    query = query.where(users.c.username == username, users.c.active)
    mark: str | None = await conn.scalar(query.with_for_update(read=True) if hold else query)
    return mark


async def used_before(database: Database, username: str, password: str) -> bool:
    """Whether this was the person's password before the present one."""
    async with database.read() as conn:
        query = select(users.c.previous_hash).where(users.c.username == username)
        known = await conn.scalar(query)
    return known is not None and await _in_thread(lambda: _matches(known, password))


async def all_users(conn: ReadConnection) -> list[UserRow]:
    """Everybody with an account, by username."""
    rows = await conn.execute(select(*reads.USER).order_by(users.c.username))
    return [UserRow(**row) for row in rows.mappings()]


async def change_user(
    conn: WriteConnection,
    username: str,
    *,
    name: str | None = None,
    role: Role | None = None,
    unit_code: str | None = None,
    active: bool | None = None,
    post: OfficePost | None = None,
) -> UserRow | None:
    """Change what is given of a person; ``None`` where there is none. With a role goes its unit.

    Raises ``Invalid``, and ``Refused('last_administrator')`` when nobody could keep accounts
    afterwards.
    """
    await exclusively(conn, ADMINISTRATORS)
    before = await reads.user(conn, username)
    if before is None:
        return None
    if unit_code is None and role in {None, before.role}:
        unit_code = before.unit_code
    role = role or Role(before.role)
    await check_unit(conn, role, unit_code)
    if post is None and role == before.role and before.post:
        post = OfficePost(before.post)
    _check_post(role, post)
    values = {
        "name": before.name if name is None else plain_name(name, "姓名"),
        "role": role.value,
        "unit_code": unit_code,
        "post": post.value if post else None,
        "active": before.active if active is None else active,
    }
    await conn.execute(update(users).where(users.c.username == username).values(values))
    if before.role == Role.ADMIN and before.active:
        await _check_administrators(conn)
    return await reads.user(conn, username)


async def verify_password(database: Database, username: str, password: str) -> UserRow | None:
    """The person, if active and this is the password. It takes as long for a name nobody has;
    no connection is held meanwhile."""
    async with database.read() as conn:
        query = select(users.c.password_hash).where(users.c.username == username)
        known = await conn.scalar(query)
        found = await reads.user(conn, username) if known is not None else None
    right = await _in_thread(lambda: _matches(known or _nobodys_hash(), password))
    return found if right and found is not None and found.active else None


def one_time_password() -> str:
    """A password made up here, to be changed by its owner at once."""
    return "".join(secrets.choice(LETTERS) for _ in range(GENERATED_LENGTH))


async def hash_password(password: str) -> str:
    """The hash to keep of a new password. Raises ``Invalid('weak_password')`` for its length
    alone; what else is asked of one that a person chooses says ``domain.passwords``."""
    check_length(password)
    return await _in_thread(lambda: _hasher.hash(_bytes(password)))


async def _in_thread(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(_threads, work)


def _matches(known: str, password: str) -> bool:
    try:
        return _hasher.verify(known, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


@cache
def _nobodys_hash() -> str:
    return _hasher.hash("nobody's password")


async def _check_administrators(conn: ReadConnection) -> None:
    left = select(exists().where(users.c.role == Role.ADMIN, users.c.active))
    if not await conn.scalar(left):
        raise Refused(
            "last_administrator",
            "这是最后一个可用的系统管理员账号，不能停用或改任；请先登记另一名系统管理员。",
        )


async def check_unit(conn: ReadConnection, role: Role, unit_code: str | None) -> None:
    """Whether an account of that role belongs to that unit. Raises ``Invalid``."""
    if role is not Role.UNIT:
        if unit_code is not None:
            raise Invalid(
                "unit_not_applicable", "只有承办单位的账号才属于某个单位，请不要填写单位。"
            )
        return
    if unit_code is None:
        raise Invalid("unit_required", "承办单位的账号须写明所属单位，请填写单位代码。")
    if await conn.scalar(select(units.c.code).where(units.c.code == unit_code)) is None:
        raise Invalid("unknown_unit", f"没有代码为“{unit_code}”的单位，请先登记单位。")


def _check_post(role: Role, post: OfficePost | None) -> None:
    if post is not None and role is not Role.OFFICE:
        raise Invalid(
            "post_not_applicable", "只有督查室的账号才分负责人和工作人员，其他账号请不要填写 post。"
        )


def plain_name(value: str, what: str) -> str:
    """``value`` without blanks around it. Raises ``Invalid('bad_name')``."""
    plain = value.strip()
    if not plain or not plain.isprintable() or len(plain) > 200:
        raise Invalid("bad_name", f"{what}不能为空，不能含控制字符，不能超过 200 字。")
    return plain
