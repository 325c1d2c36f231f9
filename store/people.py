"""Units and people, and their passwords (argon2id)."""

import asyncio
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
from domain.errors import Invalid
from domain.items import Role
from store import reads
from store.locks import DIRECTORY, exclusively
from store.rows import UnitRow, UserRow
from store.service import TODAY, YESTERDAY, serving
from store.session import Database, ReadConnection, WriteConnection
from store.tables import unit_deputies, units, users

T = TypeVar("T")

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 1024
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
    code, name = named(code, "单位代码"), named(name, "单位全称")
    taken = select(units.c.code).where(units.c.name == name, units.c.code != code)
    if other := await conn.scalar(taken):
        raise Invalid("unit_name_taken", f"单位全称“{name}”已属于代码 {other}。")
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
    wanted = {named(username, "分管领导用户名") for username in deputies}
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
) -> UserRow:
    """A new person, with a hash from :func:`hash_password`. Raises ``Invalid``."""
    username, name = named(username, "用户名"), named(name, "姓名")
    await _check_unit(conn, role, unit_code)
    row = {
        "username": username,
        "role": role.value,
        "name": name,
        "unit_code": unit_code,
        "password_hash": password_hash,
        "must_change": must_change,
    }
    new = insert(users).values(row).on_conflict_do_nothing().returning(users.c.username)
    if (await conn.execute(new)).scalar_one_or_none() is None:
        raise Invalid("username_taken", f"用户名“{username}”已被使用。")
    added = await reads.user(conn, username)
    assert added is not None
    return added


async def any_users(conn: ReadConnection) -> bool:
    """Whether there is any account at all."""
    return bool(await conn.scalar(select(exists().select_from(users))))


async def set_active(conn: WriteConnection, username: str, *, active: bool) -> bool:
    """Let a person sign in, or no longer; whether there is such a person."""
    done = await conn.execute(
        update(users).where(users.c.username == username).values(active=active)
    )
    return bool(done.rowcount)


async def set_password(
    conn: WriteConnection, username: str, password_hash: str, *, must_change: bool = False
) -> bool:
    """Replace a password by its hash; whether there is such a person."""
    done = await conn.execute(
        update(users)
        .where(users.c.username == username)
        .values(password_hash=password_hash, must_change=must_change)
    )
    return bool(done.rowcount)


async def verify_password(database: Database, username: str, password: str) -> UserRow | None:
    """The person, if active and this is the password. It takes as long for a name nobody has;
    no connection is held meanwhile."""
    async with database.read() as conn:
        query = select(users.c.password_hash).where(users.c.username == username)
        known = await conn.scalar(query)
        found = await reads.user(conn, username) if known is not None else None
    right = await _in_thread(lambda: _matches(known or _nobodys_hash(), password))
    return found if right and found is not None and found.active else None


async def hash_password(password: str) -> str:
    """The hash to keep of a new password. Raises ``Invalid('weak_password')``."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Invalid("weak_password", f"密码至少 {SHORTEST_PASSWORD} 个字符。")
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


async def _check_unit(conn: ReadConnection, role: Role, unit_code: str | None) -> None:
    if role is not Role.UNIT:
        if unit_code is not None:
            raise Invalid("unit_not_applicable", "只有承办单位的账号才属于某个单位。")
        return
    if unit_code is None:
        raise Invalid("unit_required", "承办单位的账号须写明所属单位。")
    if await conn.scalar(select(units.c.code).where(units.c.code == unit_code)) is None:
        raise Invalid("unknown_unit", f"没有代码为“{unit_code}”的单位，请先登记单位。")


def named(value: str, what: str) -> str:
    """``value`` without the spaces around it. Raises ``Invalid('bad_name')``."""
    plain = value.strip()
    if not plain or not plain.isprintable() or len(plain) > 200:
        raise Invalid("bad_name", f"{what}不能为空，不能含控制字符，不能超过 200 字。")
    return plain
