"""``duban unit add``, ``duban user add``, and the administrator of a system started for the first
time."""

import asyncio
import secrets
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from cli.errors import CliError
from cli.serve import settings_from_environment
from domain.errors import DomainError
from domain.items import ROLE_NAMES, Role
from runtime.settings import Settings
from store import people
from store.session import Database

T = TypeVar("T")

ADMINISTRATOR = "admin"
LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without those that are mistaken for one another when read from paper."""
GENERATED_LENGTH = 16


def add_unit(code: str, name: str, *, deputies: list[str]) -> None:
    """Register a unit, or change its name and deputy leaders."""

    async def put(database: Database) -> None:
        async with database.write() as connection:
            await people.put_unit(connection, code, name, deputies)

    _run(settings_from_environment(), put)
    print(f"已登记单位 {code} {name}。")


def add_user(
    username: str, *, role: str, name: str | None, unit: str | None, password: str | None
) -> str | None:
    """Register a person; the password where one was made up for them, to be changed by them."""
    generated = None if password else _generate()

    async def add(database: Database) -> None:
        hashed = await people.hash_password(generated or password or "")
        async with database.write() as connection:
            await people.add_user(
                connection,
                username,
                role=Role(role),
                name=name or username,
                password_hash=hashed,
                unit_code=unit,
                must_change=generated is not None,
            )

    _run(settings_from_environment(), add)
    return generated


def first_administrator(environment: dict[str, str]) -> str | None:
    """Register an administrator where there is nobody yet; their one-time password."""
    prefix = "DUBAN_"
    given = {
        n.removeprefix(prefix).lower(): v for n, v in environment.items() if n.startswith(prefix)
    }
    generated = _generate()

    async def add(database: Database) -> str | None:
        async with database.read() as connection:
            if await people.any_users(connection):
                return None
        hashed = await people.hash_password(generated)
        async with database.write() as connection:
            await people.add_user(
                connection,
                ADMINISTRATOR,
                role=Role.ADMIN,
                name=ROLE_NAMES[Role.ADMIN],
                password_hash=hashed,
                must_change=True,
            )
        return generated

    return _run(Settings(**given), add)  # type: ignore[arg-type]


def _generate() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(GENERATED_LENGTH))


def _run(settings: Settings, work: Callable[[Database], Coroutine[Any, Any, T]]) -> T:
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
