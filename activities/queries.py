"""Asking a workflow how it is, only while it is at rest.

A query that waits for a worker, while something of the workflow is under way, can have the SDK
replay events that no task has brought yet. What that copy then decides goes out with the next task,
ahead of the updates it brings; a replay puts them the other way round, and the history could not be
replayed any more (docs/decisions/0008).
"""

from enum import Enum
from typing import Any

from temporalio.client import WorkflowHandle

# A task or an activity that failed so often will fail again.
STUCK_AFTER = 3


class Standing(Enum):
    """Whether a workflow may be asked now."""

    AT_REST = "at rest"
    BUSY = "busy"
    STUCK = "stuck"


async def standing(handle: WorkflowHandle[Any, Any]) -> Standing:
    """What of a workflow is under way. Raises ``RPCError`` where there is no such workflow."""
    found = (await handle.describe()).raw_description
    attempts = [activity.attempt for activity in found.pending_activities]
    if found.HasField("pending_workflow_task"):
        attempts.append(found.pending_workflow_task.attempt)
    if not attempts:
        return Standing.AT_REST
    return Standing.STUCK if max(attempts) > STUCK_AFTER else Standing.BUSY
