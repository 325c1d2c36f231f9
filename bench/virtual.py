"""Items on the test server, which has one clock for all and skips the time in which nothing
happens: the real worker and the real record, but no real days."""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from api.commands import Commands
from bench.people import STAFF, Act, body_of
from bench.system import System, settled_history
from bench.ways import fresh
from domain.items import Facts
from domain.records import Snapshot
from domain.seal import Seals
from embedded.temporal import NAMESPACE, SEARCH_ATTRIBUTES
from worker.main import build_worker
from workflows.ids import workflow_id

QUEUE = "bench-virtual"
KINDS = {
    "Keyword": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    "Bool": IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
    "Datetime": IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
}
# Python may crash at its end when the server was shut down just before.
CALM_SECONDS = 1.0
STEP = timedelta(days=1)
RECORDED_WITHIN = 30.0


@dataclass(frozen=True, slots=True)
class Virtual:
    """A test server with a worker of its own, recording in the system's database."""

    environment: WorkflowEnvironment
    commands: Commands
    zone: ZoneInfo
    system: System

    @classmethod
    @asynccontextmanager
    async def starting(cls, system: System) -> "AsyncIterator[Virtual]":
        """Started for a block."""
        context, binary = system.context, _binary()
        settings = context.settings.model_copy(update={"task_queue": QUEUE})
        environment = await WorkflowEnvironment.start_time_skipping(
            data_converter=context.client.data_converter, test_server_existing_path=str(binary)
        )
        try:
            await _add_search_attributes(environment)
            commands = Commands(
                client=environment.client,
                database=context.database,
                references=context.references,
                commits=context.commits,
                seals=Seals(settings.secret_key.get_secret_value()),
                task_queue=QUEUE,
            )
            async with build_worker(environment.client, context.database, settings):
                yield cls(environment, commands, settings.zone, system)
        finally:
            await environment.shutdown()
            await asyncio.sleep(CALM_SECONDS)

    async def now(self) -> datetime:
        """The server's time, as the district tells it."""
        return (await self.environment.get_current_time()).astimezone(self.zone)

    async def issue(self, facts: Facts) -> str:
        """A new item's id, once it is on record."""
        done = await self.commands.create(
            actor=STAFF["office"],
            key=fresh(),
            raw=body_of(facts),
            facts=facts,
            issued_at=None,
            now=await self.now(),
        )
        await self.system.context.commits.wait_for(done.item_id, 1, RECORDED_WITHIN)
        await self.history(done.item_id, facts.kind)
        return done.item_id

    async def act(self, item_id: str, act: Act) -> None:
        """Do one act, and let it settle."""
        await self.commands.act(
            actor=STAFF[act.who],
            item_id=item_id,
            act=act.name,
            route=act.route,
            raw=act.body,
            key=fresh(),
        )
        await self.history(item_id)

    async def until(self, at: datetime) -> None:
        """Let time pass up to then, every alarm before it rung at its own time."""
        while (left := at - await self.now()) > timedelta(0):
            # A call that outlasts the connection's patience, while much rings, is made again.
            with suppress(RPCError):
                await self.environment.sleep(min(left, STEP))

    async def past(self, item_id: str, key: str) -> None:
        """An hour past the limit of one clock, what rang recorded."""
        state = await self.state(item_id)
        clock = next(clock for clock in state.clocks if clock.key == key)
        await self.until(clock.lapses_at + timedelta(hours=1))
        await self.history(item_id)

    async def past_alarm(self, item_id: str) -> None:
        """An hour past the next alarm, recorded."""
        state = await self.state(item_id)
        assert state.next_alarm_at is not None
        await self.until(state.next_alarm_at + timedelta(hours=1))
        await self.history(item_id)

    async def state(self, item_id: str) -> Snapshot:
        """The item as its workflow knows it."""
        found = await self.commands.live(item_id)
        assert found is not None
        return found

    async def history(self, item_id: str, kind: str = "") -> list[HistoryEvent]:
        """The events of an item's workflow, once nothing is under way in it."""
        handle = self.environment.client.get_workflow_handle(workflow_id(item_id, kind))
        return await settled_history(handle)


def next_weekday(after: date, weekday: int) -> date:
    """The first day of that weekday after ``after``."""
    return after + timedelta(days=(weekday - after.weekday() - 1) % 7 + 1)


async def _add_search_attributes(environment: WorkflowEnvironment) -> None:
    request = AddSearchAttributesRequest(
        namespace=NAMESPACE,
        search_attributes={name: KINDS[kind] for name, kind in SEARCH_ATTRIBUTES.items()},
    )
    await environment.client.operator_service.add_search_attributes(request)


def _binary() -> Path:
    beside = Path(sys.executable).with_name("temporal-test-server")
    found = beside if beside.is_file() else shutil.which("temporal-test-server")
    if found is None:
        raise FileNotFoundError("temporal-test-server is not installed (requirements-dev.txt)")
    return Path(found)
