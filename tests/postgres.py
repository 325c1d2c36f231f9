"""A real PostgreSQL alone, its schema built by the migrations: fixtures for some tests."""

import asyncio
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from embedded import postgres
from embedded.datadir import DataDir
from embedded.ports import claim
from embedded.process import Child
from store.migrate import migrate
from store.session import Database


@dataclass(frozen=True)
class Urls:
    """Addresses of the test database, by role."""

    app: str
    owner: str
    superuser: str

    def plain(self, role: str) -> str:
        """As asyncpg takes it."""
        found: str = getattr(self, role)
        return found.replace("+asyncpg", "")


@pytest.fixture(scope="session")
async def server(tmp_path_factory) -> AsyncIterator[Urls]:
    folder = DataDir(tmp_path_factory.mktemp("store") / "var")
    kept = folder.open(free_for_first_start=0, free_for_start=0)
    prepared = await postgres.prepare(folder, kept)
    port = claim(None, "PostgreSQL ", "")
    child = await Child.start(prepared.server(port), folder.log("postgres"))
    try:
        async with asyncio.timeout(30):
            while not await postgres.answers(port, kept.postgres_password):
                await asyncio.sleep(0.05)
        await postgres.create_roles(port, kept)
        await _hurry(port, kept.postgres_password)
        at = f"127.0.0.1:{port}/{postgres.DATABASE}"
        yield Urls(
            app=f"postgresql+asyncpg://{postgres.APP_ROLE}:{kept.app_password}@{at}",
            owner=f"postgresql+asyncpg://{postgres.OWNER_ROLE}:{kept.owner_password}@{at}",
            superuser=f"postgresql+asyncpg://{postgres.SUPERUSER}:{kept.postgres_password}@{at}",
        )
    finally:
        await child.stop(signal.SIGINT, 10)
        folder.close()


async def _hurry(port: int, password: str) -> None:
    """Nothing here has to survive a power cut."""
    superuser = await postgres.connect(port, postgres.SUPERUSER, password, postgres.SUPERUSER)
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        await superuser.execute(f"ALTER SYSTEM SET {name} = off")
    await superuser.execute("SELECT pg_reload_conf()")
    await superuser.close()


@pytest.fixture(scope="session")
async def urls(server: Urls) -> Urls:
    """With the schema in place."""
    await migrate(server.owner, postgres.APP_ROLE)
    return server


@pytest.fixture(scope="session")
async def pool(urls: Urls) -> AsyncIterator[Database]:
    database = Database(urls.app)
    yield database
    await database.dispose()
