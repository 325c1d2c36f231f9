"""Whatever dies, what was acknowledged is there exactly once, and every alarm rings exactly once.

One stack of its own under a steady load through the real API; each test breaks something, mends it,
lets the clients get their answers, and then compares everything that anybody was told with the
workflows, the rows, the timelines and the notices.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import httpx
import pytest
import pytest_asyncio
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter

from activities.messages import Drift
from domain.items import Role
from domain.records import Snapshot
from embedded import Stack, StackOptions
from embedded.postgres import DATABASE, SUPERUSER
from embedded.process import Child
from embedded.virtual_time import VirtualTime
from runtime.settings import Settings
from store import people
from store.session import Database
from tests.e2e.load import CREATION, Act, Load
from tests.people import ACCOUNTS, PASSWORD, UNITS, People, ordinary
from workflows.ids import RECONCILIATION_WORKFLOW, workflow_id

pytestmark = pytest.mark.timeout(180)

T = TypeVar("T")

DRAINED_WITHIN = 40.0
NEXT_ACT_WITHIN = 4.0
ALARM_WITHIN = timedelta(seconds=3)
"""An alarm that rings later than this after the system is well again is taken for lost."""
LATE_AFTER = timedelta(minutes=5)
AT_ONCE = 12


@dataclass(slots=True)
class System:
    """The stack under test, and the ways into it."""

    stack: Stack
    desk: People
    temporal: Client
    database: asyncpg.Pool[asyncpg.Record]
    """As the superuser, past every rule of ours."""
    shared: tuple[str, ...] = ()
    """Items on which all clients act at once."""
    figures: list[str] = field(default_factory=list)

    def load(self, seed: int, **options: Any) -> Load:
        """A load that is not running yet."""
        return Load(
            self.stack.api_url, self.desk.tokens, seed=seed, shared=self.shared, **options
        )

    async def reconcile(self) -> Drift:
        """Have the workflow that the schedule starts run now."""
        return await self.temporal.execute_workflow(
            RECONCILIATION_WORKFLOW,
            id=f"reconciliation-{time.monotonic_ns()}",
            task_queue="supervision",
            result_type=Drift,
        )

    def handle(self, item_id: str) -> WorkflowHandle[Any, Any]:
        """The item's workflow."""
        return self.temporal.get_workflow_handle(workflow_id(item_id))

    async def seq(self, item_id: str) -> int:
        """The item's ``seq`` as its workflow has it."""
        state: Snapshot = await self.handle(item_id).query("state", result_type=Snapshot)
        return state.seq


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    folder = tmp_path_factory.mktemp("faults") / "var"
    async with Stack(StackOptions(data_dir=folder)) as stack:
        await stack.start()
        await _enrol(stack)
        pool = await _superuser(stack)
        client = httpx.AsyncClient(base_url=f"{stack.api_url}/api/v1", timeout=30)
        temporal = await Client.connect(
            stack.temporal_address, data_converter=pydantic_data_converter
        )
        async with client, pool:
            desk = await People.signed_in(client, VirtualTime(temporal))
            found = System(stack, desk, temporal, pool)
            found.shared = tuple([(await desk.issue())["id"] for _ in range(2)])
            yield found
        print("", *found.figures, sep="\n")


async def _enrol(stack: Stack) -> None:
    names = {name.removeprefix("DUBAN_").lower(): text for name, text in stack.environment.items()}
    known = {name: text for name, text in names.items() if name in Settings.model_fields}
    database = Database(Settings(**known).async_database_url)
    digest = await people.hash_password(PASSWORD)
    async with database.write() as connection:
        for code, name, deputies in UNITS:
            await people.put_unit(connection, code, name, deputies)
        for username, name, role, unit in ACCOUNTS:
            await people.add_user(
                connection,
                username,
                role=Role(role),
                name=name,
                password_hash=digest,
                unit_code=unit,
            )
    await database.dispose()
