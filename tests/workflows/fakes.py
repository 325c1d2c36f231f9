"""A record kept in memory, with the promises of the one in PostgreSQL."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

from domain.items import merge_clocks
from domain.ports import ItemStore, NotOnRecord
from domain.records import Entry, Projected, Projection, Snapshot


class MemoryStore:
    """:class:`domain.ports.ItemStore` whose database can be taken down and brought back."""

    def __init__(self) -> None:
        self.rows: dict[str, Snapshot] = {}
        self.entries: dict[str, dict[int, Entry]] = defaultdict(dict)
        self.projections: list[Projection] = []
        self.failed = 0
        self._up = True
        self._changed = asyncio.Condition()

    async def project(self, projection: Projection) -> Projected:
        """Record a projection; the same again, or an older one, changes nothing."""
        async with self._changed:
            self._changed.notify_all()
            if not self._up:
                self.failed += 1
                raise ConnectionError("the database is down")
            self.projections.append(projection)
            return self._recorded(projection)

    def take_down(self) -> None:
        """Let every projection fail from now on."""
        self._up = False

    def bring_back(self) -> None:
        """Let projections succeed again."""
        self._up = True

    def lose(self, item_id: str) -> None:
        """Forget an item, as a database restored from an older backup has."""
        del self.rows[item_id]
        self.entries.pop(item_id)

    async def until(self, condition: Callable[[], bool], seconds: float = 30.0) -> None:
        """Wait until what is on record makes ``condition`` true."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(condition)

    def timeline(self, item_id: str) -> list[Entry]:
        """The recorded entries of an item, in order."""
        return [entry for _, entry in sorted(self.entries[item_id].items())]

    def covers(self, item_id: str, seq: int) -> bool:
        """Whether the record has everything of an item up to ``seq``."""
        row = self.rows.get(item_id)
        return row is not None and row.seq >= seq and len(self.entries[item_id]) >= seq

    def _recorded(self, projection: Projection) -> Projected:
        snapshot, known = projection.snapshot, self.rows.get(projection.snapshot.id)
        number = known.number if known else f"督〔2030〕{len(self.rows) + 1}号"
        assert number is not None
        if known is None:
            if snapshot.facts is None:
                raise NotOnRecord(snapshot.id)
            number = snapshot.number or number
            self.rows[snapshot.id] = replace(snapshot, number=number)
        elif known.seq < snapshot.seq:
            self.rows[snapshot.id] = replace(
                snapshot,
                number=number,
                facts=snapshot.facts or known.facts,
                clocks=merge_clocks(known.clocks, snapshot.clocks),
            )
        for entry in projection.entries:
            self.entries[snapshot.id].setdefault(entry.seq, entry)
        return Projected(number=number)


_keeps_the_promise: type[ItemStore] = MemoryStore
