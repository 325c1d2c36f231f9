"""What a worker sees to at start: the Temporal Schedules, and years that an upgrade brought."""

import contextlib
from dataclasses import replace
from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError

from domain.items import Actor, Role
from runtime.settings import Settings
from store import channels, reads
from store.session import Database
from workflows.calendar import CalendarRolloutWorkflow
from workflows.channels import NoticeDispatchWorkflow
from workflows.ids import DISPATCH_ID, RECONCILIATION_ID, STATEMENT_ID, rollout_id
from workflows.messages import Rollout
from workflows.reconciliation import ReconciliationWorkflow
from workflows.statement import DailyStatementWorkflow

EVERY = timedelta(minutes=5)
# So long an ordinary message may wait for its sender.
LOOK_EVERY = timedelta(seconds=30)
# A statement missed while nothing ran is made as soon as something does.
CATCH_UP = timedelta(hours=24)
SEEDED_BY = Actor(username="migrate", name="系统（内置日历）", role=Role.ADMIN)


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


async def keep_stating(client: Client, settings: Settings) -> None:
    """Make sure the daily statement is made at the hour the settings say, or not at all."""
    schedule = client.get_schedule_handle(STATEMENT_ID)
    at = settings.statement_at
    if at is None:
        with contextlib.suppress(RPCError):
            await schedule.delete()
        return
    daily = Schedule(
        action=ScheduleActionStartWorkflow(
            DailyStatementWorkflow.run, id=STATEMENT_ID, task_queue=settings.task_queue
        ),
        spec=ScheduleSpec(
            calendars=[
                ScheduleCalendarSpec(
                    hour=[ScheduleRange(at.hour)], minute=[ScheduleRange(at.minute)]
                )
            ],
            time_zone_name=settings.timezone,
        ),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=CATCH_UP),
    )
    try:
        await client.create_schedule(STATEMENT_ID, daily)
    except ScheduleAlreadyRunningError:
        await schedule.update(
            lambda known: ScheduleUpdate(replace(daily, state=known.description.schedule.state))
        )


async def keep_sending(client: Client, database: Database, settings: Settings) -> None:
    """Put the switches of the channels as the settings have them, and look for what is to be sent
    as long as any of them is on."""
    async with database.write() as connection:
        await channels.switch(connection, settings.channels_on)
    schedule = client.get_schedule_handle(DISPATCH_ID)
    if not settings.channels_on:
        with contextlib.suppress(RPCError):
            await schedule.delete()
        return
    looking = Schedule(
        action=ScheduleActionStartWorkflow(
            NoticeDispatchWorkflow.run, id=DISPATCH_ID, task_queue=settings.task_queue
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=LOOK_EVERY)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=LOOK_EVERY),
    )
    with contextlib.suppress(ScheduleAlreadyRunningError):
        await client.create_schedule(DISPATCH_ID, looking)


async def roll_out_seeded_years(client: Client, database: Database, settings: Settings) -> None:
    """A year that an upgraded library brought (``duban migrate``) reaches the open items whose
    dates were provisional without it, as one loaded by the office does."""
    async with database.read() as connection:
        if not await reads.provisional_item_ids(connection):
            return
        calendar = await reads.calendar(connection)
        newest = max(calendar.years, key=lambda year: year.year, default=None)
    if newest is None:
        return
    await client.start_workflow(
        CalendarRolloutWorkflow.run,
        Rollout(year=newest, actor=SEEDED_BY),
        id=rollout_id(newest),
        task_queue=settings.task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
