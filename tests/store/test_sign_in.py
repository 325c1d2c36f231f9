"""Sessions and counted failures, as they are kept."""

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
from sqlalchemy import Table, func, select

from domain.errors import Refused
from domain.items import Role
from domain.passwords import ACCOUNT
from store import attempts, passwords, sessions, users
from store.session import Database
from store.sessions import Caller, Way
from store.tables import refresh_tokens, sign_in_attempts
from store.tables import sessions as session_table
from tests.postgres import Urls

HERE = Caller(address="192.0.2.7", user_agent="x" * 1000)
DAY = timedelta(days=1)


async def began(database: Database, username: str = "wu") -> tuple[UUID, str]:
    async with database.write() as conn:
        session = await sessions.begin(conn, username, Way.PASSWORD, HERE, DAY)
        return session, await sessions.give_refresh_token(conn, session)


async def count(database: Database, table: Table) -> int:
    async with database.read() as conn:
        return int(await conn.scalar(select(func.count()).select_from(table)) or 0)


async def test_what_ended_long_ago_is_dropped(database: Database, urls: Urls) -> None:
    await began(database)
    await began(database, "another")
    owner = await asyncpg.connect(urls.plain("owner"))
    await owner.execute("UPDATE sessions SET expires_at = expires_at - interval '32 days'")
    await owner.close()
    await began(database)
    assert await count(database, session_table) == 2
    assert await count(database, refresh_tokens) == 2


async def test_of_a_long_user_agent_the_beginning_is_kept(database: Database) -> None:
    session, _ = await began(database)
    async with database.read() as conn:
        row = await sessions.live(conn, session, DAY)
        assert row is not None
        assert len(row.user_agent) == sessions.LONGEST_AGENT
        assert await sessions.seen_from(conn, "wu", HERE.address)
        assert not await sessions.seen_from(conn, "wu", "192.0.2.8")
        assert not await sessions.seen_from(conn, "li", HERE.address)


async def test_a_token_carries_on_no_session_that_is_over(database: Database) -> None:
    session, token = await began(database)
    async with database.write() as conn:
        assert await sessions.end(conn, session, "signed_out", of="wu")
        assert not await sessions.end(conn, session, "signed_out", of="wu")
    async with database.write() as conn:
        assert await sessions.take_refresh_token(conn, token, DAY) is None


async def test_failures_of_long_ago_are_forgotten(database: Database, urls: Urls) -> None:
    async with database.write() as conn:
        for number in range(3):
            await attempts.failed(conn, attempts.account_key(f"old-{number}"), ACCOUNT)
    owner = await asyncpg.connect(urls.plain("owner"))
    await owner.execute("UPDATE sign_in_attempts SET since = since - interval '2 days'")
    await owner.close()
    async with database.write() as conn:
        await attempts.failed(conn, attempts.account_key("new"), ACCOUNT)
    assert await count(database, sign_in_attempts) == 1


async def test_failures_at_the_same_moment_are_all_counted(database: Database) -> None:
    key = attempts.account_key("wu")

    async def fail() -> None:
        async with database.write() as conn:
            await attempts.failed(conn, key, ACCOUNT)

    await asyncio.gather(*(fail() for _ in range(8)))
    async with database.read() as conn:
        failures = await conn.scalar(select(sign_in_attempts.c.failures))
        assert failures == 8
        assert 7 * 60 < await attempts.wait(conn, key) <= 8 * 60


async def test_two_administrators_cannot_end_each_other(database: Database) -> None:
    digest = await passwords.hash_password("correct horse")
    async with database.write() as conn:
        for username in ("one", "two"):
            await users.add_user(
                conn, username, role=Role.ADMIN, name=username, password_hash=digest
            )

    async def deactivate(username: str) -> None:
        async with database.write() as conn:
            await users.change_user(conn, username, active=False)

    done = await asyncio.gather(*map(deactivate, ("one", "two")), return_exceptions=True)
    refused = [error for error in done if error is not None]
    assert [type(error) for error in refused] == [Refused]
    async with database.read() as reading:
        assert sum(user.active for user in await users.all_users(reading)) == 1


async def test_a_sign_in_waits_for_a_change_of_the_password(
    database: Database,
) -> None:
    digest = await passwords.hash_password("correct horse")
    async with database.write() as conn:
        await users.add_user(conn, "wu", role=Role.CHIEF, name="wu", password_hash=digest)
    async with database.read() as reading:
        before = await passwords.password_mark(reading, "wu")
    changing = asyncio.Event()

    async def change() -> None:
        async with database.write() as conn:
            await passwords.set_password(conn, "wu", await passwords.hash_password("another horse"))
            changing.set()

    async def sign_in() -> str | None:
        await changing.wait()
        async with database.write() as conn:
            return await passwords.password_mark(conn, "wu", hold=True)

    _, held = await asyncio.gather(change(), sign_in())
    assert held != before
    async with database.write() as conn:
        await users.change_user(conn, "wu", active=False)
        assert await passwords.password_mark(conn, "wu") is None
