"""Waiting for a record to be written: how an answer comes to cover the act it answers."""

import asyncio
import contextlib
import logging
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import asyncpg
from sqlalchemy import any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import make_url

from store.session import ANSWER_SECONDS, CONNECT_SECONDS, Database
from store.tables import Words, circulars, items

CHANNEL = "duban_items"
LOOK_WHILE_DEAF = 0.2
LOOK_WHILE_LISTENING = 1.0
"""Also while the listener is up: a connection may be dead without anybody knowing."""
LONGEST_PAUSE = 2.0
REMEMBERED = 4096
MOST_UNREAD = 256

_log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class _Waiter:
    item_id: str
    seq: int
    reached: asyncio.Event = field(default_factory=asyncio.Event)


class Commits:
    """One per process: ``async with Commits(database) as commits``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiters: dict[str, set[_Waiter]] = {}
        self._watchers: set[asyncio.Queue[str]] = set()
        self.over = False
        """Set when this process is about to stop: whoever watches lets go."""
        self._heard: OrderedDict[str, int] = OrderedDict()
        self._listening = False
        self._look_now = asyncio.Event()
        self._wanted: set[str] = set()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [
            asyncio.create_task(self._listen(), name="duban-listen"),
            asyncio.create_task(self._look(), name="duban-look"),
        ]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def listening(self) -> bool:
        """Whether notifications arrive; without them waiting goes on by looking."""
        return self._listening

    @property
    def waiting(self) -> int:
        """How many wait at this moment."""
        return sum(map(len, self._waiters.values()))

    async def wait_for(self, item_id: str, seq: int, timeout: float) -> bool:
        """Whether the item's row covers ``seq`` within ``timeout`` seconds; returns as soon as it
        does. A database that does not answer counts as no."""
        if self._heard.get(item_id, -1) >= seq:
            return True
        waiter = _Waiter(item_id, seq)
        # Registered before it is looked for: what is recorded in between is heard.
        self._waiters.setdefault(item_id, set()).add(waiter)
        self._look_for({item_id})
        try:
            async with asyncio.timeout(timeout):
                await waiter.reached.wait()
        except TimeoutError:
            return waiter.reached.is_set()
        finally:
            self._forget(waiter)
        return True

    @contextlib.contextmanager
    def changes(self) -> Iterator["asyncio.Queue[str]"]:
        """The ids of what is recorded from now on; a blank one where something may have been
        missed: nobody listened for a moment, or the reader was slow."""
        watcher = asyncio.Queue[str](MOST_UNREAD)
        self._watchers.add(watcher)
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)

    def let_go(self) -> None:
        """Have all who watch look up, and see that it is over."""
        self.over = True
        self._tell("")

    def _tell(self, item_id: str) -> None:
        for watcher in self._watchers:
            if watcher.full():
                while not watcher.empty():
                    watcher.get_nowait()
                watcher.put_nowait("")
            else:
                watcher.put_nowait(item_id)

    def _forget(self, waiter: _Waiter) -> None:
        waiters = self._waiters[waiter.item_id]
        waiters.discard(waiter)
        if not waiters:
            del self._waiters[waiter.item_id]

    def _learn(self, item_id: str, seq: int) -> None:
        for waiter in self._waiters.get(item_id, ()):
            if waiter.seq <= seq:
                waiter.reached.set()

    def _look_for(self, item_ids: Iterable[str]) -> None:
        self._wanted.update(item_ids)
        self._look_now.set()

    async def _look(self) -> None:
        """Look in the database: at once for those who have just come, and for everybody from time
        to time, often while nothing can be heard. One query at a time serves all who wait."""
        all_looked_for = 0.0
        while True:
            pause = LOOK_WHILE_LISTENING if self._listening else LOOK_WHILE_DEAF
            left = all_looked_for + pause - time.monotonic()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._look_now.wait(), max(left, 0))
            if time.monotonic() >= all_looked_for + pause:
                all_looked_for = time.monotonic()
                self._wanted.update(self._waiters)
            self._look_now.clear()
            wanted = sorted(self._wanted & self._waiters.keys())
            self._wanted.clear()
            if wanted:
                await self._look_once(wanted)

    async def _look_once(self, item_ids: list[str]) -> None:
        ids = literal(item_ids, ARRAY(Words))
        try:
            async with self._database.read() as conn:
                for table in (items, circulars):
                    query = select(table.c.id, table.c.seq).where(table.c.id == any_(ids))
                    for row in await conn.execute(query):
                        self._learn(row.id, row.seq)
        except Exception as error:  # whatever it is, those who wait are looked for again
            _log.warning("cannot look for commits: %s", error)
            await asyncio.sleep(LOOK_WHILE_DEAF)

    async def _listen(self) -> None:
        pause = LOOK_WHILE_DEAF
        while True:
            try:
                await self._listen_once()
                pause = LOOK_WHILE_DEAF
            except Exception as error:  # whatever it is, listening is tried again
                _log.warning("not listening to the database: %s", error)
                pause = min(pause * 2, LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def _listen_once(self) -> None:
        """Listen until the connection ends."""
        ended = asyncio.Event()
        connection = await _connect(self._database.url)
        try:
            connection.add_termination_listener(lambda _: ended.set())
            await connection.add_listener(CHANNEL, self._hear)
            self._listening = True
            # What was recorded while nobody listened is found by looking.
            self._look_for(self._waiters)
            self._tell("")
            await ended.wait()
        finally:
            self._listening = False
            self._look_for(self._waiters)
            connection.terminate()

    def _hear(self, _connection: object, _pid: int, _channel: str, payload: Any) -> None:  # noqa: ANN401
        item_id, _, seq = str(payload).rpartition(":")
        if not seq.isdecimal():
            return
        self._heard[item_id] = max(int(seq), self._heard.pop(item_id, -1))
        while len(self._heard) > REMEMBERED:
            self._heard.popitem(last=False)
        self._learn(item_id, int(seq))
        self._tell(item_id)


async def _connect(url: str) -> "asyncpg.Connection[asyncpg.Record]":
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return await asyncpg.connect(
        plain,
        timeout=CONNECT_SECONDS,
        command_timeout=ANSWER_SECONDS,
        server_settings={"application_name": "duban-listen"},
    )
