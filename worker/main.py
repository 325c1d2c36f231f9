"""Composition root of the worker: ports, activities and workflows put together."""

import asyncio
import os
import signal
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from temporalio.client import Client
from temporalio.worker import PollerBehaviorAutoscaling, Worker

from activities.calendar import CalendarActivities
from activities.channels import ChannelActivities
from activities.circulars import CircularActivities
from activities.family import FamilyActivities
from activities.items import ItemActivities
from activities.reconciliation import ReconciliationActivities
from activities.statement import StatementActivities
from activities.succession import SuccessionActivities
from domain.seal import Seals
from runtime.logging import configure_logging
from runtime.settings import Settings
from runtime.temporal import connect
from store.circulars import PostgresCircularStore
from store.items import PostgresItemStore
from store.session import Database
from worker.courier import Couriers
from worker.ports import PostgresFamily, PostgresOpenItems, PostgresOutbox, PostgresStatements
from worker.schedules import keep_reconciling, keep_sending, keep_stating, roll_out_seeded_years
from workflows.gate import configure
from workflows.registry import WORKFLOWS

# After a crash the next act waits this long before another worker may take it.
STICKY_TIMEOUT = timedelta(seconds=2)
GRACE = timedelta(seconds=10)
# One Python process works on one task at a time; more of them begun at once only wait for each
# other, after a restart longer than a task may take (workflows.policies.TASK_TIMEOUT).
TASKS_AT_ONCE = 20
# A poll holds a slot while it waits. There are two queues, the common one and this worker's own;
# together they must leave slots free, or the polls of one starve the other for a minute.
POLLS = PollerBehaviorAutoscaling(maximum=8)
CACHED_WORKFLOWS = 2000


def build_worker(client: Client, database: Database, settings: Settings) -> Worker:
    """A worker for the supervision queue. Also makes this process able to check seals."""
    seals = Seals(settings.secret_key.get_secret_value())
    configure(seals)
    store = PostgresItemStore(database, number_prefix=settings.number_prefix, zone=settings.zone)
    items = ItemActivities(store, seals, operator_signals=settings.operator_signals)
    open_items = PostgresOpenItems(database, chases=settings.statement_at is not None)
    reconciliation = ReconciliationActivities(client, open_items)
    statement = StatementActivities(client, PostgresStatements(database, open_items, settings.zone))
    family = FamilyActivities(client, PostgresFamily(database, settings.zone), seals)
    calendar = CalendarActivities(client, open_items, seals)
    succession = SuccessionActivities(client, open_items, seals)
    register = PostgresCircularStore(database, settings.circular_name, settings.zone)
    circulars = CircularActivities(client, register, seals)
    outbox = PostgresOutbox(database, settings.channel_rules, lambda: datetime.now(settings.zone))
    channels = ChannelActivities(client, outbox, Couriers(settings))
    return Worker(
        client,
        task_queue=settings.task_queue,
        # Named, because the SDK would otherwise hash every loaded module at start: seconds.
        build_id=f"duban-{version('duban')}",
        workflows=WORKFLOWS,
        activities=[
            items.record,
            items.admit,
            family.prepare,
            family.tell_parent,
            family.tell_parts,
            calendar.apply,
            reconciliation.reconcile,
            statement.make,
            succession.record,
            succession.hand_over,
            circulars.record,
            circulars.tell,
            circulars.waiting,
            channels.dispatch,
            channels.send,
            channels.trial,
        ],
        max_cached_workflows=CACHED_WORKFLOWS,
        max_concurrent_workflow_tasks=TASKS_AT_ONCE,
        sticky_queue_schedule_to_start_timeout=STICKY_TIMEOUT,
        graceful_shutdown_timeout=GRACE,
        workflow_task_poller_behavior=POLLS,
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
    )


async def run_worker(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT, then finish what is under way."""
    configure_logging(settings.log_level)
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    database = Database(settings.async_database_url, timezone=settings.timezone)
    client = await connect(settings)
    async with build_worker(client, database, settings):
        await keep_reconciling(client, settings)
        await keep_stating(client, settings)
        await keep_sending(client, database, settings)
        await roll_out_seeded_years(client, database, settings)
        if ready := os.environ.get("DUBAN_READY_FILE"):
            Path(ready).touch()
        await stop.wait()
    await database.dispose()
