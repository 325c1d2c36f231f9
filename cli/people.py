"""``duban unit add``, ``duban user add``, and the administrator of a system started for the first
time."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from cli.errors import CliError
from cli.serve import settings_from_environment
from domain.errors import DomainError
from domain.items import ROLE_NAMES, OfficePost, Role
from domain.passwords import check_password
from runtime.settings import Settings
from store import passwords, units, users
from store.session import Database

T = TypeVar("T")

ADMINISTRATOR = "admin"


def add_unit(code: str, name: str, *, deputies: list[str] | None) -> None:
    """Register a unit, or change its name and deputy leaders; ``None`` leaves those there are."""

    async def put(database: Database) -> None:
        async with database.write() as connection:
            await units.put_unit(connection, code, name, deputies)

    on_database(settings_from_environment(), put)
    print(f"已登记单位 {code} {name}。")


def add_user(
    username: str,
    *,
    role: str,
    name: str | None,
    unit: str | None,
    password: str | None,
    post: str | None = None,
    must_change: bool = False,
) -> str | None:
    """Register a person; the password where one was made up for them. ``must_change``: it opens
    nothing but its own change."""
    generated = None if password else passwords.one_time_password()

    async def add(database: Database) -> None:
        hashed = await passwords.hash_password(generated or password or "")
        async with database.write() as connection:
            await users.add_user(
                connection,
                username,
                role=Role(role),
                name=name or username,
                password_hash=hashed,
                unit_code=unit,
                must_change=must_change,
                post=OfficePost(post) if post else None,
            )

    on_database(settings_from_environment(), add)
    if password:
        warn_if_weak(username, password)
    return generated


def first_administrator(environment: dict[str, str]) -> str | None:
    """Register an administrator where there is nobody yet; their one-time password."""
    prefix = "DUBAN_"
    given = {
        n.removeprefix(prefix).lower(): v for n, v in environment.items() if n.startswith(prefix)
    }
    generated = passwords.one_time_password()

    async def add(database: Database) -> str | None:
        async with database.read() as connection:
            if await users.any_users(connection):
                return None
        hashed = await passwords.hash_password(generated)
        async with database.write() as connection:
            await users.add_user(
                connection,
                ADMINISTRATOR,
                role=Role.ADMIN,
                name=ROLE_NAMES[Role.ADMIN],
                password_hash=hashed,
                must_change=True,
            )
        return generated

    return on_database(Settings(**given), add)  # type: ignore[arg-type]


def warn_if_weak(username: str, password: str) -> None:
    """The operator may give whatever password is long enough; its owner is told to change it."""
    try:
        check_password(username, password)
    except DomainError as error:
        print(f"提醒：{error.detail}请本人尽快修改。", file=sys.stderr)


def on_database(settings: Settings, work: Callable[[Database], Coroutine[Any, Any, T]]) -> T:
    """Do ``work`` on the application's database; what it refuses is one line on stderr."""

    async def run() -> T:
        database = Database(settings.async_database_url, pool_size=1, timezone=settings.timezone)
        try:
            return await work(database)
        finally:
            await database.dispose()

    try:
        return asyncio.run(run())
    except DomainError as error:
        raise CliError(error.detail) from error
