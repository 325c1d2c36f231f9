"""The temporary system on which everything is measured: the embedded stack as ``duban up`` runs
it, this process as one of its callers, and the raw worker beside it."""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import GetSystemInfoRequest
from temporalio.client import WorkflowHandle

from api.app import PREFIX, open_context
from api.context import Context
from bench import people, processes, script
from bench.script import Script
from bench.ways import Direct, Empty, Http, Plain, Raw, Told
from domain.records import Snapshot
from embedded import Stack, StackOptions
from embedded.process import Child, Command
from embedded.program import ROOT
from runtime.settings import Settings
from workflows.ids import workflow_id

RAW_QUEUE = "bench-raw"
LIFE = "life"
SETTLE_SECONDS = 0.05
AT_REST = (
    EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
)


@dataclass(slots=True)
class System:
    """Everything a part needs."""

    stack: Stack
    context: Context
    http: Http
    folder: Path
    told: Told
    scripts: dict[str, Script]
    raw_worker: Child | None = None
    explained: dict[str, str] = field(default_factory=dict)
    """How the database answers what takes it too long."""
    filled: bool = False
    """Whether the record of past years is written."""

    @property
    def direct(self) -> Direct:
        """Acts through :mod:`api.commands`."""
        return Direct(self.context)

    @property
    def plain(self) -> Plain:
        """Acts by the Temporal client alone."""
        return Plain(self.context)

    def raw(self, name: str = LIFE) -> Raw:
        """The raw workflow on one of the scripts."""
        return Raw(self.context.client, RAW_QUEUE, self.told, name, self.scripts[name])

    @property
    def empty(self) -> Empty:
        """Empty updates."""
        return Empty(self.context.client, RAW_QUEUE)

    async def versions(self) -> dict[str, str]:
        """Of the servers."""
        async with self.context.database.read() as connection:
            postgres = str(await connection.scalar(text("SHOW server_version")))
        answer = await self.context.client.workflow_service.get_system_info(GetSystemInfoRequest())
        return {"postgresql": postgres, "temporal": answer.server_version}

    def pids(self) -> dict[str, int]:
        """The processes whose use is counted, by what they are."""
        named = {"server": "temporal", "postgres": "postgres", "worker": "worker-1", "api": "api"}
        found = {name: self.stack.pid(service) for name, service in named.items()}
        if self.raw_worker:
            found["raw"] = self.raw_worker.pid
        return {name: pid for name, pid in found.items() if pid is not None}

    def cpu(self) -> dict[str, float]:
        """Processor seconds of each so far; ``caller`` is this process."""
        used = {name: processes.cpu_seconds(pid) for name, pid in self.pids().items()}
        return used | {"caller": processes.cpu_seconds_alone(os.getpid())}

    async def history(self, item_id: str) -> list[HistoryEvent]:
        """The events of an item's workflow, or of a raw one, once nothing is under way in it."""
        known = item_id if item_id.startswith(("raw-", "empty-")) else workflow_id(item_id)
        return await settled_history(self.context.client.get_workflow_handle(known))

    async def state(self, item_id: str) -> Snapshot:
        """The item as its workflow knows it, once nothing is under way in it."""
        found = await self.context.commands.live(item_id)
        assert found is not None
        return found

    async def follow(self, scripts: Mapping[str, Script]) -> None:
        """(Re)start the raw worker with further scripts."""
        self.scripts.update(scripts)
        if self.raw_worker:
            await self.raw_worker.stop(signal.SIGTERM, 15)
        self.told.ready.clear()
        file = self.folder / "scripts.json"
        script.save(self.scripts, file)
        arguments = (self.stack.temporal_address, RAW_QUEUE, str(file), str(_socket(self.folder)))
        self.raw_worker = await Child.start(
            Command(
                arguments=[sys.executable, "-m", "bench.raw", *arguments],
                environment=os.environ | self.stack.environment | {"PYTHONPATH": str(ROOT)},
            ),
            self.folder / "raw.log",
        )
        await asyncio.wait_for(self.told.ready.wait(), 60)


async def settled_history(handle: WorkflowHandle[Any, Any]) -> list[HistoryEvent]:
    """The events of a workflow, once nothing is under way in it."""
    events: list[HistoryEvent] = []
    while True:
        before, events = len(events), list((await handle.fetch_history()).events)
        if len(events) == before and events[-1].event_type in AT_REST:
            return events
        await asyncio.sleep(SETTLE_SECONDS)


def _socket(folder: Path) -> Path:
    return folder / "told"


@asynccontextmanager
async def temporary_folder() -> AsyncIterator[Path]:
    """A folder for a stack, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="duban-bench-", ignore_cleanup_errors=True) as name:
        os.chmod(name, 0o755)  # PostgreSQL may run as another user below it.
        yield Path(name)


@asynccontextmanager
async def running() -> AsyncIterator[System]:
    """The system, with the staff signed in and one ordinary life lived to be the raw workflow's
    script."""
    async with temporary_folder() as folder, Stack(StackOptions(data_dir=folder / "var")) as stack:
        await stack.start()
        async with (
            open_context(settings_of(stack.environment)) as context,
            httpx.AsyncClient(base_url=f"{stack.api_url}{PREFIX}", timeout=60) as client,
        ):
            await people.register(context.database)
            told = Told()
            listening = await asyncio.start_unix_server(told.listen, _socket(folder))
            system = System(stack, context, await Http.signed_in(client), folder, told, {})
            try:
                await system.follow({LIFE: script.read_script(await _one_life(system))})
                yield system
            finally:
                if system.raw_worker:
                    await system.raw_worker.stop(signal.SIGTERM, 15)
                listening.close()


async def _one_life(system: System) -> list[HistoryEvent]:
    """The history of an ordinary item; each act done when the one before has settled."""
    item = await system.direct.issue()
    for act in people.ORDINARY_LIFE:
        await system.history(item)
        await system.direct.act(item, act)
    return await system.history(item)


def settings_of(environment: Mapping[str, str]) -> Settings:
    """The settings of a stack's processes."""
    names = {name.removeprefix("DUBAN_").lower(): value for name, value in environment.items()}
    return Settings.model_validate(
        {name: value for name, value in names.items() if name in Settings.model_fields}
    )
