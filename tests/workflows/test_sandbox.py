"""What keeps workflows deterministic: the sandbox around them, and the linter for what is let
through it."""

import subprocess
import sys
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

import worker.main
from runtime.settings import Settings
from store.session import Database
from tests.workflows.house import until
from tests.workflows.impure import IMPURE, RemembersOthers
from workflows import gate

QUEUE = "sandbox"
ROOT = Path(__file__).parents[2]
RUFF = Path(sys.executable).with_name("ruff")


@pytest_asyncio.fixture
async def real_worker(client: Client, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Worker]:
    """The worker of production, which was given workflows it must not run."""
    monkeypatch.setattr(worker.main, "WORKFLOWS", (*IMPURE, RemembersOthers))
    monkeypatch.setattr(gate._Process, "seals", None)
    settings = Settings(secret_key="k" * 32, task_queue=QUEUE)
    database = Database(settings.async_database_url)
    async with worker.main.build_worker(client, database, settings) as running:
        yield running
    await database.dispose()


@pytest.mark.parametrize("impure", IMPURE, ids=lambda impure: str(impure.__name__))
async def test_the_real_worker_stops_what_is_not_deterministic(
    client: Client, real_worker: Worker, impure: type
) -> None:
    handle = await client.start_workflow(impure.__name__, id=str(uuid.uuid4()), task_queue=QUEUE)
    failures: list[str] = []

    async def stopped() -> bool:
        async for event in handle.fetch_history_events():
            if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
                failures.append(event.workflow_task_failed_event_attributes.failure.message)
        return bool(failures)

    await until(stopped)
    assert "restricted" in failures[0] or "Cannot access" in failures[0]
    await handle.terminate()


async def test_nothing_of_one_item_is_left_for_another(client: Client, real_worker: Worker) -> None:
    answers = [
        await client.execute_workflow("RemembersOthers", id=str(uuid.uuid4()), task_queue=QUEUE)
        for _ in range(2)
    ]
    assert answers == [1, 1]


async def test_the_sandbox_lets_nothing_through_but_what_a_workflow_names(
    real_worker: Worker,
) -> None:
    runner = real_worker.config()["workflow_runner"]
    assert isinstance(runner, SandboxedWorkflowRunner)
    assert runner.restrictions == SandboxRestrictions.default
    assert not real_worker.config().get("workflow_failure_exception_types")


@pytest.mark.parametrize("folder", ["domain", "workflows"])
@pytest.mark.parametrize(
    "planted",
    [
        "from datetime import UTC, datetime\n\nNOW = datetime.now(UTC)\n",
        "from datetime import date\n\nTODAY = date.today()\n",
        "import time\n\nNOW = time.time()\n",
        "import uuid\n\nID = uuid.uuid4()\n",
        "import random\n\nDICE = random.random()\n",
    ],
    ids=["clock", "today", "seconds", "id", "dice"],
)
def test_the_linter_finds_what_the_sandbox_lets_through(folder: str, planted: str) -> None:
    """``domain`` passes the sandbox, so that its values are the same on both sides: there a call
    of the clock would work in silence, and be another on replay."""
    found = subprocess.run(
        [RUFF, "check", "--stdin-filename", f"{folder}/planted.py", "-"],
        input=planted,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert "TID251" in found.stdout
