"""Comparing workflows with rows (design §3.5): nothing may live in only one of the two."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

from temporalio import activity
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

# A difference that a moment heals is a projection under way, not drift.
SETTLE_SECONDS = 5.0
# Asking a workflow wakes it on its worker; a bounded share of the items is asked each run.
MOST_ASKED = 500
AT_ONCE = 8
ANSWER_WITHIN = timedelta(seconds=5)
# A workflow whose task fails again and again answers nothing: it rings no alarm either.
NO_ANSWER = {
    RPCStatusCode.CANCELLED,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.FAILED_PRECONDITION,
}
UNANSWERED = -1


class OpenItems(Protocol):
    """What the reconciliation needs of the store."""

    async def open_workflows(self) -> dict[str, int]:
        """The ``seq`` of every item that is not ended, by its workflow."""
        ...

    async def open_circulars(self) -> dict[str, int]:
        """The ``seq`` of every circular that is not ended, by its workflow."""
        ...

    async def known(self, item_ids: list[str]) -> set[str]:
        """Which of these items and circulars have a row at all."""
        ...

    async def record_drift(self, drift: Drift) -> None:
        """Keep the report; what is new in it is an alarm on the supervision office's desk."""
        ...


class ReconciliationActivities:
    """The activity of the ``Reconciliation`` workflow, run by a schedule."""

    def __init__(self, client: Client, store: OpenItems) -> None:
        self._client = client
        self._store = store
        self._next = 0

    @activity.defn(name="reconcile")
    async def reconcile(self) -> Drift:
        """Report what disagrees and still does after a moment."""
        drift = await self._compare()
        if drift.count:
            await asyncio.sleep(SETTLE_SECONDS)
            drift = _common(drift, await self._compare(asked=drift.behind))
        drift = _by_item(drift)
        await self._store.record_drift(drift)
        return drift

    async def _compare(self, asked: tuple[str, ...] = ()) -> Drift:
        # Workflows are listed before rows and asked after them, so that an item issued or closed
        # meanwhile shows at most once as a difference and settles at the second look.
        running = {workflow async for workflow in self._running()}
        rows = await self._store.open_workflows() | await self._store.open_circulars()
        unrecorded = await self._unrecorded(running - rows.keys())
        behind = await self._behind(rows, asked or self._share(sorted(rows.keys() & running)))
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
        known = await self._store.known(sorted(by_item))
        return tuple(sorted(by_item[item] for item in by_item.keys() - known))

    def _share(self, ids: list[str]) -> tuple[str, ...]:
        if len(ids) <= MOST_ASKED:
            return tuple(ids)
        start = self._next % len(ids)
        self._next = start + MOST_ASKED
        return tuple((ids + ids)[start : start + MOST_ASKED])

    async def _behind(self, rows: dict[str, int], asked: tuple[str, ...]) -> tuple[str, ...]:
        gate = asyncio.Semaphore(AT_ONCE)

        async def differs(workflow: str) -> bool:
            async with gate:
                seq = await self._seq(workflow)
                return seq is not None and seq != rows.get(workflow)

        found = await asyncio.gather(*(differs(workflow) for workflow in asked))
        return tuple(item for item, differ in zip(asked, found, strict=True) if differ)

    async def _seq(self, workflow: str) -> int | None:
        handle = self._client.get_workflow_handle(workflow)
        try:
            match await standing(handle):
                case Standing.BUSY:
                    return None
                case Standing.STUCK:
                    return UNANSWERED
            kind: type[Snapshot | Circular] = Circular if circular_id_of(workflow) else Snapshot
            state = await handle.query("state", result_type=kind, rpc_timeout=ANSWER_WITHIN)
        except WorkflowQueryFailedError:
            return UNANSWERED
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            if error.status in NO_ANSWER:
                return UNANSWERED
            raise
        seq: int = state.seq
        return seq

    async def _exists(self, workflow: str) -> bool:
        """Visibility lags; the workflow itself is asked before it is called missing."""
        try:
            found = await self._client.get_workflow_handle(workflow).describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise
        return found.status is WorkflowExecutionStatus.RUNNING


def _subject_of(workflow: str) -> str | None:
    """The item, or circular, whose workflow that is."""
    return item_id_of(workflow) or circular_id_of(workflow)


def _by_item(drift: Drift) -> Drift:
    """The report as people read it: items instead of their workflows."""

    def items(workflows: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_subject_of(workflow) or workflow for workflow in workflows)

    return replace(
        drift,
        missing_rows=items(drift.missing_rows),
        missing_workflows=items(drift.missing_workflows),
        behind=items(drift.behind),
    )


def _common(first: Drift, second: Drift) -> Drift:
    def both(a: tuple[str, ...], b: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(item for item in a if item in b)

    return Drift(
        checked=second.checked,
        missing_rows=both(first.missing_rows, second.missing_rows),
        missing_workflows=both(first.missing_workflows, second.missing_workflows),
        behind=both(first.behind, second.behind),
    )
