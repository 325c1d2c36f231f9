"""The Temporal Schedules this system keeps."""

from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
)

from runtime.settings import Settings
from workflows.ids import RECONCILIATION_ID
from workflows.reconciliation import ReconciliationWorkflow

EVERY = timedelta(minutes=5)


async def keep_reconciling(client: Client, settings: Settings) -> None:
    """Make sure the reconciliation runs every five minutes, however many workers ask for it."""
    schedule = Schedule(
        action=ScheduleActionStartWorkflow(
            ReconciliationWorkflow.run,
            id=RECONCILIATION_ID,
            task_queue=settings.task_queue,
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=EVERY)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=EVERY),
    )
    try:
        await client.create_schedule(RECONCILIATION_ID, schedule)
    except ScheduleAlreadyRunningError:
        return
