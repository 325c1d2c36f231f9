"""The yardstick: a workflow that gives Temporal exactly the commands of an item and does nothing
else, no rules and no database; and one whose update is empty. ``python -m bench.raw`` is their
worker, set up like the real one.

    python -m bench.raw SERVER QUEUE SCRIPTS SOCKET

Its activity writes nothing. It tells whoever waits, by one line on SOCKET, that it has run: that
stands for the notification by which the real record is awaited.
"""

import asyncio
import signal
import sys
import time
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import SearchAttributeKey, SearchAttributePair
from temporalio.worker import PollerBehaviorAutoscaling, Worker

with workflow.unsafe.imports_passed_through():
    from bench.script import Json, Loaded, Step, instant, load

RECORD_TIMEOUT = timedelta(seconds=20)
READY = "ready"


@workflow.defn(name="RawItem")
class RawItem:
    """Follows a script: each message is answered at once, recorded by one activity in the loop."""

    @workflow.init
    def __init__(self, start: Json) -> None:
        self._script = Loaded.scripts[start["script"]]
        self._due = instant(start["due"]) if start["due"] else None
        self._timer: asyncio.Task[None] | None = None
        self._arrived = 0
        self._arrive()

    @workflow.run
    async def run(self, start: Json) -> str:  # noqa: ARG002 - read in __init__
        """Every step, then the end."""
        for done, step in enumerate(self._script.steps):
            await workflow.wait_condition(partial(self._has_arrived, done))
            if step.shown:
                pairs = [_pair(*shown) for shown in step.shown]
                workflow.upsert_search_attributes([p.key.value_set(p.value) for p in pairs])
            await workflow.execute_activity(
                "raw_record",
                args=[step.record, workflow.now().isoformat()],
                start_to_close_timeout=RECORD_TIMEOUT,
                heartbeat_timeout=timedelta(seconds=step.heartbeat) if step.heartbeat else None,
                summary="记录一次办理",
            )
        await workflow.wait_condition(lambda: self._script.ends)
        return "closed"

    @workflow.update
    def act(self, sent: Json) -> Json | None:  # noqa: ARG002 - only its size counts
        """The next step of the script."""
        return self._arrive()

    def _has_arrived(self, step: int) -> bool:
        return self._arrived > step

    def _arrive(self) -> Json | None:
        step: Step = self._script.steps[self._arrived]
        self._arrived += 1
        if step.cancels and self._timer:
            self._timer.cancel()
        if step.timer is not None:
            self._timer = asyncio.create_task(self._sleep(step.timer))
        return step.answer

    async def _sleep(self, seconds: float) -> None:
        if self._due and self._arrived == 1:
            seconds = max((self._due - workflow.now()).total_seconds(), 0)
        await workflow.sleep(seconds, summary="办理结果到期提醒")
        self._timer = None
        self._arrive()


@workflow.defn(name="RawEmpty")
class RawEmpty:
    """Its update is empty: what a message costs at least."""

    @workflow.run
    async def run(self) -> None:
        """Stays."""
        await workflow.wait_condition(lambda: False)

    @workflow.update
    def nothing(self) -> None:
        """Does nothing."""


class RawActivities:
    """The activity that stands for the record."""

    def __init__(self, told: asyncio.StreamWriter) -> None:
        self._told = told

    @activity.defn(name="raw_record")
    async def record(self, record: Json, at: str) -> Json:  # noqa: ARG002
        """Tell that the step was recorded now, and when its workflow ordered it."""
        info = activity.info()
        line = f"{info.workflow_id} {int(info.activity_id) - 1} {at} {time.time()}\n"
        self._told.write(line.encode())
        return {"number": "政督〔2026〕12345号"}


def start_pairs(shown: list[tuple[str, str, Any]]) -> list[SearchAttributePair[Any]]:
    """Search attributes as a script holds them, typed."""
    return [_pair(*one) for one in shown]


def _pair(name: str, kind: str, value: Any) -> SearchAttributePair[Any]:  # noqa: ANN401
    if kind == "Bool":
        return SearchAttributePair(SearchAttributeKey.for_bool(name), value)
    if kind == "Datetime":
        return SearchAttributePair(SearchAttributeKey.for_datetime(name), instant(value))
    return SearchAttributePair(SearchAttributeKey.for_keyword(name), value)


async def _serve(server: str, queue: str, scripts: Path, socket: str) -> None:
    from worker.main import CACHED_WORKFLOWS, POLLS, STICKY_TIMEOUT, TASKS_AT_ONCE

    load(scripts)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    _, told = await asyncio.open_unix_connection(socket)
    worker = Worker(
        await Client.connect(server),
        task_queue=queue,
        workflows=[RawItem, RawEmpty],
        activities=[RawActivities(told).record],
        build_id="bench-raw",
        max_cached_workflows=CACHED_WORKFLOWS,
        max_concurrent_workflow_tasks=TASKS_AT_ONCE,
        sticky_queue_schedule_to_start_timeout=STICKY_TIMEOUT,
        workflow_task_poller_behavior=POLLS,
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
    )
    async with worker:
        told.write(f"{READY}\n".encode())
        await stop.wait()
    told.close()


def _main() -> None:
    server, queue, scripts, socket = sys.argv[1:]
    asyncio.run(_serve(server, queue, Path(scripts), socket))


if __name__ == "__main__":
    _main()
