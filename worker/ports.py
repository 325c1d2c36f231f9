"""The store as the reconciliation, the calendar roll-out and successions ask it."""

from activities.messages import Drift, Succession
from store import reads, successions
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

    async def succeed(self, succession: Succession) -> list[str]:
        """Record it once, in one transaction; the codes of the units that passed on."""
        async with self._database.write() as connection:
            return await successions.record(connection, succession)

    async def open_items_of(self, units: list[str]) -> list[str]:
        """The ids of the open items that one of these units leads."""
        async with self._database.read() as connection:
            return await successions.open_items_of(connection, units)
