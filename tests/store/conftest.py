"""A real PostgreSQL for the whole session, emptied for each test."""

import contextlib
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from store.items import PostgresItemStore
from store.session import Database
from store.tables import metadata
from tests.postgres import Urls, pool, server, urls
from tests.store.stories import ZONE

__all__ = ["pool", "server", "urls"]


@pytest.fixture
def emptied(urls: Urls) -> Callable[[], Awaitable[None]]:
    """Empties the database."""

    async def empty() -> None:
        owner = await asyncpg.connect(urls.plain("owner"))
        names = ", ".join(metadata.tables)
        try:
            # What an earlier test left running may still hold what is emptied, and want the rest.
            for _ in range(10):
                with contextlib.suppress(asyncpg.exceptions.DeadlockDetectedError):
                    await owner.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
                    break
            else:
                raise AssertionError("the database is not to be emptied")
        finally:
            await owner.close()

    return empty


@pytest.fixture
async def database(emptied: Callable[[], Awaitable[None]], pool: Database) -> Database:
    """As the application sees it, empty."""
    await emptied()
    return pool


@pytest.fixture
def store(database: Database) -> PostgresItemStore:
    return PostgresItemStore(database, number_prefix="政督", zone=ZONE)
