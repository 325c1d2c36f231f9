"""The comparison of workflows with rows that runs every few minutes."""

import asyncio
from typing import Protocol

from temporalio import activity
from temporalio.client import Client

from activities.comparison import Rows, common, compare
from activities.messages import Drift

# A difference that a moment heals is a projection under way, not drift.
SETTLE_SECONDS = 5.0
# Asking a workflow wakes it on its worker; a bounded share of the items is asked each run.
MOST_ASKED = 500


class OpenItems(Rows, Protocol):
    """What the reconciliation needs of the store."""

    async def record_drift(self, drift: Drift) -> None:
        """Keep the report; what is new in it is an alarm on the supervision office's desk, and so
        is a daily statement that is overdue."""
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
        drift = await compare(self._client, self._store, self._share)
        first = drift
        if drift.count:
            await asyncio.sleep(SETTLE_SECONDS)
            drift = await compare(
                self._client, self._store, lambda rows: first.behind or self._share(rows)
            )
        drift = common(first, drift)
        await self._store.record_drift(drift)
        return drift

    def _share(self, ids: list[str]) -> tuple[str, ...]:
        if len(ids) <= MOST_ASKED:
            return tuple(ids)
        start = self._next % len(ids)
        self._next = start + MOST_ASKED
        return tuple((ids + ids)[start : start + MOST_ASKED])
