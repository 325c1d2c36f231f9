"""Virtual time on the real Temporal server, for demonstrations and training only.

One module around an experimental interface of the SDK (design §3.12): it moves the clock of one
workflow forward; activities and other workflows keep the wall clock.
"""

import asyncio
from datetime import datetime, timedelta

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.testing import TimeSkipper, TimeSkippingConfig

# A skip that ends exactly at an alarm does not ring it.
PAST_THE_ALARM = timedelta(seconds=3)
# A failing activity blocks a skip silently.
PATIENCE_SECONDS = 30.0


class VirtualTime:
    """Moves single workflows of a server started with ``virtual_time=True`` forward."""

    def __init__(self, client: Client) -> None:
        self._client = client
        # A child begins at its parent's time, and stands still until it is moved itself.
        still = TimeSkippingConfig(enabled=False, disable_propagation=True)
        self._skipper = TimeSkipper(client, config=still)

    async def now(self, workflow_id: str) -> datetime:
        """The workflow's own time, UTC."""
        handle = self._client.get_workflow_handle(workflow_id)
        return await self._skipper.get_current_time(handle)

    async def forward_to(self, workflow_id: str, until: datetime) -> None:
        """Let every alarm up to ``until`` ring, each at its own virtual time, in order.

        Raises ``TimeoutError`` when the skip does not end, as when an activity keeps failing.
        """
        handle = self._client.get_workflow_handle(workflow_id)
        distance = until - await self.now(workflow_id) + PAST_THE_ALARM
        if distance <= timedelta(0):
            return
        arrived = await asyncio.wait_for(
            self._skipper.fast_forward(handle, distance), PATIENCE_SECONDS
        )
        if not arrived:
            found = await handle.describe()
            if found.status is WorkflowExecutionStatus.RUNNING:
                raise TimeoutError(f"{workflow_id} 未能快进到 {until.isoformat()}")
