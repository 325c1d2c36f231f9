"""Passwords: hashed (argon2id), compared, made up."""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import func, select, update

from domain.passwords import check_length
from store import reads
from store.rows import UserRow
from store.session import Database, ReadConnection, WriteConnection
from store.tables import users

T = TypeVar("T")

LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without those that are mistaken for one another when read from paper."""
GENERATED_LENGTH = 16
# A hash takes 64 MiB and a processor for a moment: many sign in at nine, few at the same instant.
HASHES_AT_ONCE = 2

_hasher = PasswordHasher()
_threads = ThreadPoolExecutor(HASHES_AT_ONCE, thread_name_prefix="argon2")


async def verify_password(database: Database, username: str, password: str) -> UserRow | None:
    """The person, if active and this is the password. It takes as long for a name nobody has;
    no connection is held meanwhile."""
    async with database.read() as conn:
        query = select(users.c.password_hash).where(users.c.username == username)
        known = await conn.scalar(query)
        found = await reads.user(conn, username) if known is not None else None
    right = await _in_thread(lambda: _matches(known or _nobodys_hash(), password))
    return found if right and found is not None and found.active else None


async def used_before(database: Database, username: str, password: str) -> bool:
    """Whether this was the person's password before the present one."""
    async with database.read() as conn:
        query = select(users.c.previous_hash).where(users.c.username == username)
        known = await conn.scalar(query)
    return known is not None and await _in_thread(lambda: _matches(known, password))


async def password_mark(conn: ReadConnection, username: str, *, hold: bool = False) -> str | None:
    """What is another after every change of the password, and ``None`` for somebody who may not
    sign in. ``hold`` lets nobody change either before the transaction ends."""
    query = select(func.md5(users.c.password_hash))
    query = query.where(users.c.username == username, users.c.active)
    mark: str | None = await conn.scalar(query.with_for_update(read=True) if hold else query)
    return mark


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
