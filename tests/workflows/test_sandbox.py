"""What keeps workflows deterministic: the sandbox around them. What is let through it is watched
by the linter (``tests/architecture/test_purity.py``)."""

import uuid
from collections.abc import AsyncIterator

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
