"""Comparing workflows with rows (design §3.5): nothing may live in only one of the two."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowQueryFailedError
from temporalio.service import RPCError, RPCStatusCode

from activities.item_ids import (
    CIRCULAR_WORKFLOW,
    ITEM_WORKFLOW,
    YEAR_WORKFLOW,
    circular_id_of,
    item_id_of,
)
from activities.messages import Drift
from activities.queries import Standing, standing
from domain.circular_state import Circular
from domain.records import Snapshot

AT_ONCE = 8
ANSWER_WITHIN = timedelta(seconds=2)
# A workflow whose task fails again and again answers nothing: it rings no alarm either.
NO_ANSWER = {
    RPCStatusCode.CANCELLED,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.FAILED_PRECONDITION,
}
Share = Callable[[list[str]], tuple[str, ...]]
"""Which of these workflows are asked this time."""
Look = Callable[[Snapshot], Awaitable[None]]
"""What is done with the whole state of a workflow that was asked."""


class Rows(Protocol):
    """What a comparison needs of the store."""

    async def open_workflows(self) -> dict[str, int]:
        """The ``seq`` of every item that is not ended, by its workflow."""
        ...

    async def open_circulars(self) -> dict[str, int]:
        """The ``seq`` of every circular that is not ended, by its workflow."""
        ...

    async def known(self, item_ids: list[str]) -> set[str]:
        """Which of these items and circulars have a row at all."""
        ...


async def compare(client: Client, rows: Rows, share: Share, look: Look | None = None) -> Drift:
    """What disagrees at this moment, by workflow; a difference that a moment heals is a projection
    under way."""
    return await _Comparison(client, rows, look).run(share)


def common(first: Drift, second: Drift) -> Drift:
    """What two comparisons both found, in items instead of workflows, as people read it."""

    def both(a: tuple[str, ...], b: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_subject_of(workflow) or workflow for workflow in a if workflow in b)

    return replace(
        second,
        missing_rows=both(first.missing_rows, second.missing_rows),
        missing_workflows=both(first.missing_workflows, second.missing_workflows),
        behind=both(first.behind, second.behind),
    )


def _subject_of(workflow: str) -> str | None:
    """The item, or circular, whose workflow that is."""
    return item_id_of(workflow) or circular_id_of(workflow)


class _Comparison:
    def __init__(self, client: Client, rows: Rows, look: Look | None) -> None:
        self._client = client
        self._rows = rows
        self._look = look

    async def run(self, share: Share) -> Drift:
        # Workflows are listed before rows and asked after them, so that an item issued or closed
        # meanwhile shows at most once as a difference and settles at the second look.
        running = {workflow async for workflow in self._running()}
        rows = await self._rows.open_workflows() | await self._rows.open_circulars()
        unrecorded = await self._unrecorded(running - rows.keys())
        behind = await self._behind(rows, share(sorted(rows.keys() & running)))
        missing = [one for one in rows.keys() - running if not await self._exists(one)]
        return Drift(
            checked=len(running | rows.keys()),
            missing_rows=unrecorded,
            missing_workflows=tuple(sorted(missing)),
            behind=behind,
        )

    async def _running(self) -> AsyncIterator[str]:
        types = f"'{ITEM_WORKFLOW}', '{YEAR_WORKFLOW}', '{CIRCULAR_WORKFLOW}'"
        query = f"WorkflowType IN ({types}) AND ExecutionStatus = 'Running'"
        async for found in self._client.list_workflows(query):
            if _subject_of(found.id):
                yield found.id

    async def _unrecorded(self, candidates: set[str]) -> tuple[str, ...]:
        by_item = {_subject_of(workflow) or "": workflow for workflow in candidates}
        known = await self._rows.known(sorted(by_item))
        return tuple(sorted(by_item[item] for item in by_item.keys() - known))

    async def _behind(self, rows: dict[str, int], asked: tuple[str, ...]) -> tuple[str, ...]:
        gate = asyncio.Semaphore(AT_ONCE)

        async def differs(workflow: str) -> bool:
            async with gate:
                answer = await self._state(workflow)
                if isinstance(answer, Standing):
                    return answer is Standing.STUCK
                agrees = answer.seq == rows.get(workflow)
                if agrees and self._look and isinstance(answer, Snapshot):
                    await self._look(answer)
                return not agrees

        found = await asyncio.gather(*(differs(workflow) for workflow in asked))
        return tuple(item for item, differ in zip(asked, found, strict=True) if differ)

    async def _state(self, workflow: str) -> Snapshot | Circular | Standing:
        """Its state; ``STUCK`` where it does not answer, ``BUSY`` where it cannot be asked now."""
        handle = self._client.get_workflow_handle(workflow)
        try:
            found = await standing(handle)
            if found is not Standing.AT_REST:
                return found
            kind: type[Snapshot | Circular] = Circular if circular_id_of(workflow) else Snapshot
            state: Snapshot | Circular = await handle.query(
                "state", result_type=kind, rpc_timeout=ANSWER_WITHIN
            )
        except WorkflowQueryFailedError:
            return Standing.STUCK
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return Standing.BUSY
            if error.status in NO_ANSWER:
                return Standing.STUCK
            raise
        return state

    async def _exists(self, workflow: str) -> bool:
        """Visibility lags; the workflow itself is asked before it is called missing."""
        try:
            found = await self._client.get_workflow_handle(workflow).describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise
        return found.status is WorkflowExecutionStatus.RUNNING
