"""A real PostgreSQL for the whole session, emptied for each test."""

import asyncpg
import pytest

from store.items import PostgresItemStore
from store.session import Database
from store.tables import metadata
from tests.postgres import Urls, pool, server, urls
from tests.store.stories import ZONE

__all__ = ["pool", "server", "urls"]


@pytest.fixture
async def database(urls: Urls, pool: Database) -> Database:
    """As the application sees it, empty."""
    owner = await asyncpg.connect(urls.plain("owner"))
    names = ", ".join(metadata.tables)
    await owner.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
    await owner.close()
    return pool


@pytest.fixture
def store(database: Database) -> PostgresItemStore:
    return PostgresItemStore(database, number_prefix="政督", zone=ZONE)
