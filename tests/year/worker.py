"""A worker in a process of its own, as ``duban worker`` runs it, but for the schedules, which the
test server does not have; and it remembers no workflow, because that server never takes back a
task it gave to a worker by name."""

import asyncio

from runtime.settings import Settings
from runtime.temporal import connect
from store.session import Database
from worker import main


async def run() -> None:
    """Until it is killed."""
    main.CACHED_WORKFLOWS = 0
    settings = Settings()
    database = Database(settings.async_database_url, timezone=settings.timezone)
    async with main.build_worker(await connect(settings), database, settings):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(run())
