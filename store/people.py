"""Units and people, and their passwords (argon2id)."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.errors import Invalid
from domain.items import Post, Role
from store import reads
from store.rows import UnitRow, UserRow
from store.session import Database, ReadConnection, WriteConnection
from store.tables import unit_deputies, units, users

T = TypeVar("T")

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 1024
# A hash takes 64 MiB and a processor for a moment: many sign in at nine, few at the same instant.
HASHES_AT_ONCE = 2

_hasher = PasswordHasher()
_threads = ThreadPoolExecutor(HASHES_AT_ONCE, thread_name_prefix="argon2")


async def put_unit(conn: WriteConnection, code: str, name: str, deputies: Sequence[str]) -> UnitRow:
    """Have a unit of that code with that name and those deputy leaders in charge, who need not
    have accounts yet. Raises ``Invalid``."""
    code, name = _named(code, "单位代码"), _named(name, "单位全称")
    deputies = sorted({_named(username, "分管领导用户名") for username in deputies})
    taken = select(units.c.code).where(units.c.name == name, units.c.code != code)
    if other := await conn.scalar(taken):
        raise Invalid("unit_name_taken", f"单位全称“{name}”已属于代码 {other}。")
    new = insert(units).values(code=code, name=name)
    await conn.execute(new.on_conflict_do_update(index_elements=["code"], set_={"name": name}))
    of_unit = unit_deputies.c.unit_code == code
    await conn.execute(delete(unit_deputies).where(of_unit))
    if deputies:
        rows = [{"unit_code": code, "username": username} for username in deputies]
        await conn.execute(insert(unit_deputies).values(rows))
    put = await reads.unit(conn, code)
    assert put is not None
    return put


async def add_user(
    conn: WriteConnection,
    username: str,
    *,
    role: Role,
    name: str,
    password_hash: str,
    unit_code: str | None = None,
    must_change: bool = False,
    post: Post | None = None,
) -> UserRow:
    """A new person, with a hash from :func:`hash_password`. Raises ``Invalid``."""
    username, name = _named(username, "用户名"), _named(name, "姓名")
    await _check_unit(conn, role, unit_code)
    if post is not None and role is not Role.OFFICE:
        raise Invalid("post_not_applicable", "只有督查室的账号才分负责人和工作人员。")
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


def _named(value: str, what: str) -> str:
    plain = value.strip()
    if not plain or not plain.isprintable() or len(plain) > 200:
        raise Invalid("bad_name", f"{what}不能为空，不能含控制字符，不能超过 200 字。")
    return plain
