"""The store as the reconciliation and the calendar roll-out ask it."""

from activities.messages import Drift
from store import reads
from store.drift import record_drift
from store.session import Database


class PostgresOpenItems:
    """Which items should be running, and where reports of drift go."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open_rows(self) -> dict[str, int]:
        """The ``seq`` of every item that is not ended, by id."""
        async with self._database.read() as connection:
            return {row.id: row.seq for row in await reads.open_rows(connection)}

    async def known(self, item_ids: list[str]) -> set[str]:
        """Which of these items have a row at all."""
        async with self._database.read() as connection:
            return await reads.known_ids(connection, item_ids)

    async def record_drift(self, drift: Drift) -> None:
        """Keep the report; what is new in it is an alarm on the supervision office's desk."""
        await record_drift(self._database, drift)
