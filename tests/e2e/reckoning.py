"""What must hold after a load, whatever was broken meanwhile: all that anybody was told, held
against the workflows, the rows, the timelines and the notices."""

import asyncio
import json
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy.engine import make_url
from temporalio.client import (
    Client,
    WorkflowHandle,
    WorkflowHistory,
    WorkflowQueryFailedError,
)
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Replayer

from activities.messages import Drift
from activities.queries import Standing, standing
from domain.calendar import WorkingCalendar
from domain.clocks import LAPSE
from domain.records import Snapshot
from embedded import Stack
from embedded.postgres import SUPERUSER
from runtime.settings import Settings
from store import reads
from store.session import Database
from tests.e2e.load import CREATION, Load
from tests.people import People
from workflows.ids import RECONCILIATION_WORKFLOW, workflow_id
from workflows.registry import WORKFLOWS

DRAINED_WITHIN = 40.0
RINGS_WITHIN = timedelta(seconds=2)
"""An alarm that has not rung so long after its instant, all workflows being at rest, is lost."""
TOLD_OF_A_LAPSE = ["deputy", "office", "zjj"]
AT_ONCE = 12


@dataclass(slots=True)
class System:
    """The stack under test, and the ways into it."""

    stack: Stack
    settings: Settings
    desk: People
    temporal: Client
    erased: int = 0
    figures: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def load(self, seed: int, **options: Any) -> AsyncIterator[Load]:
        """A running load, with two items of its own on which all clients act at once."""
        shared = tuple([(await self.desk.issue())["id"] for _ in range(2)])
        url, tokens = self.stack.api_url, self.desk.tokens
        async with Load(url, tokens, seed=seed, shared=shared, **options) as load:
            yield load
            await load.put_away()

    @asynccontextmanager
    async def superuser(self) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        """A connection past every rule of ours."""
        folder = Path(self.stack.environment["DUBAN_DATA_DIR"])
        password = json.loads((folder / "secrets.json").read_text())["postgres_password"]
        url = make_url(self.stack.environment["DUBAN_DATABASE_URL"])
        url = url.set(username=SUPERUSER, password=password)
        connection = await asyncpg.connect(url.render_as_string(hide_password=False))
        try:
            yield connection
        finally:
            await connection.close()

    async def select(self, query: str, *values: Any) -> list[Any]:
        """Rows, read past every rule of ours."""
        async with self.superuser() as connection:
            return list(await connection.fetch(query, *values))

    def handle(self, item_id: str) -> WorkflowHandle[Any, Any]:
        """The item's workflow."""
        return self.temporal.get_workflow_handle(workflow_id(item_id))

    async def seq(self, item_id: str) -> int | None:
        """How far the item is by its workflow, -1 while that has something to do still; None
        where there is no workflow."""
        handle = self.handle(item_id)
        try:
            # Before the question as well: a busy one must not be asked (docs/decisions/0008).
            if await standing(handle) is not Standing.AT_REST:
                return -1
            state: Snapshot = await handle.query("state", result_type=Snapshot)
            at_rest = await standing(handle) is Standing.AT_REST
        except WorkflowQueryFailedError:
            return -1
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise
        return state.seq if at_rest else -1

    async def calendar(self) -> WorkingCalendar:
        """The working days as loaded."""
        database = Database(self.settings.async_database_url)
        try:
            async with database.read() as connection:
                return await reads.calendar(connection)
        finally:
            await database.dispose()

    async def reconcile(self) -> Drift:
        """What the reconciliation finds now."""
        found: Drift = await self.temporal.execute_workflow(
            RECONCILIATION_WORKFLOW,
            id=f"reconciliation-{time.monotonic_ns()}",
            task_queue=self.settings.task_queue,
            result_type=Drift,
        )
        return found

    async def down(self, *names: str) -> None:
        """``kill -9`` services that stay down."""
        for name in names:
            self.stack.pause_restart(name)
        await asyncio.gather(*(self.stack.kill(name) for name in names))

    async def up(self, *names: str) -> None:
        """Start services that are down."""
        await asyncio.gather(*(self.stack.restart(name) for name in names))


@dataclass(slots=True)
class Books:
    """All that is on record of the items of a load."""

    at: datetime
    rows: dict[str, Any]
    timelines: dict[str, list[Any]]
    notices: dict[str, list[Any]]

    @classmethod
    async def read(cls, system: System, items: Iterable[str]) -> "Books":
        """Everything at one moment."""
        ids, found = list(items), []
        async with (
            system.superuser() as connection,
            connection.transaction(isolation="repeatable_read"),
        ):
            at = await connection.fetchval("SELECT now()")
            for query in (
                "SELECT id AS item_id, seq, status FROM items WHERE id = ANY($1)",
                "SELECT item_id, seq, act, at, request_id, actor IS NULL AS rang, "
                "body->>'clock' AS clock, (body->>'late')::boolean AS late, "
                "body->>'approved' AS approved "
                "FROM audit_events WHERE item_id = ANY($1) ORDER BY item_id, seq",
                "SELECT item_id, rung, late, "
                "array(SELECT username FROM deliveries WHERE notice_id = notices.id) AS told "
                "FROM notices WHERE item_id = ANY($1) AND clock = 'result'",
            ):
                found.append(await connection.fetch(query, ids))
        rows, entries, notices = found
        books = cls(at, {row["item_id"]: row for row in rows}, defaultdict(list), defaultdict(list))
        for entry in entries:
            books.timelines[entry["item_id"]].append(entry)
        for notice in notices:
            books.notices[notice["item_id"]].append(notice)
        return books


@dataclass(slots=True)
class Life:
    """What an item's workflow knows of itself."""

    accepted: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    """Workflow tasks that failed, and why its history cannot be replayed."""


async def lives_of(system: System, items: Iterable[str]) -> dict[str, Life]:
    """The lives of items by their workflows' histories."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def history(item_id: str) -> WorkflowHistory:
        async with gate:
            return await system.handle(item_id).fetch_history()

    histories = await asyncio.gather(*map(history, items))
    lives = {}
    for told in histories:
        lives[told.workflow_id.removeprefix("item-")] = found = Life()
        for event in told.events:
            if event.HasField("workflow_execution_update_accepted_event_attributes"):
                update = event.workflow_execution_update_accepted_event_attributes
                found.accepted[update.accepted_request.meta.update_id] += 1
            if event.HasField("workflow_task_failed_event_attributes"):
                failed = event.workflow_task_failed_event_attributes
                found.broken.append(failed.failure.message)
    replayer = Replayer(workflows=WORKFLOWS, data_converter=system.temporal.data_converter)
    async with replayer.workflow_replay_iterator(_each(histories)) as replayed:
        async for result in replayed:
            if result.replay_failure:
                item_id = result.history.workflow_id.removeprefix("item-")
                kept = Path(tempfile.gettempdir()) / f"{result.history.workflow_id}.json"
                kept.write_text(result.history.to_json(), encoding="utf-8")
                lives[item_id].broken.append(f"{result.replay_failure} (see {kept})")
    return lives


async def _each(histories: Iterable[WorkflowHistory]) -> AsyncIterator[WorkflowHistory]:
    for history in histories:
        yield history


async def _drained(system: System, load: Load) -> float:
    """Wait until every workflow rests and its row is as far; the seconds it took."""
    begun, left, gate = time.monotonic(), load.items, asyncio.Semaphore(AT_ONCE)

    async def seq(item_id: str) -> int | None:
        async with gate:
            return await system.seq(item_id)

    while left:
        assert time.monotonic() - begun < DRAINED_WITHIN, f"{len(left)} rows are behind"
        ids = sorted(left)
        workflows = dict(zip(ids, await asyncio.gather(*map(seq, ids)), strict=True))
        rows = await system.select("SELECT id, seq FROM items WHERE id = ANY($1)", ids)
        recorded = {row["id"]: row["seq"] for row in rows}
        left = {item for item in ids if workflows[item] != recorded.get(item)}
        await asyncio.sleep(0.1)
    return time.monotonic() - begun


async def reckon(system: System, load: Load, what: str, **seconds: float) -> None:
    """Let the load come to its end, and hold what everybody was told against what is there."""
    await load.finish()
    drained = await _drained(system, load)
    books = await Books.read(system, load.items)
    lives = await lives_of(system, books.rows)
    counted = _counted(books)
    wrong = [
        *_about_acts(load, counted),
        *_about_timelines(books, {act.request_id for act in load.acts} | {None}, load),
        *_about_alarms(load, books),
        *_about_workflows(load, counted, lives),
        *await _about_numbers(system),
    ]
    system.figures.append(_figures(load, counted, what, drained=drained, **seconds))
    assert not wrong, "\n".join([system.figures[-1], *wrong])
    drift = await system.reconcile()
    assert drift.checked, "nothing was compared"
    assert not drift.count, str(drift)


def _counted(books: Books) -> dict[str, list[int]]:
    """At which numbers of a timeline each request stands."""
    counted = defaultdict[str, list[int]](list)
    for timeline in books.timelines.values():
        for entry in timeline:
            if entry["request_id"]:
                counted[entry["request_id"]].append(entry["seq"])
    return counted


def _about_acts(load: Load, counted: dict[str, list[int]]) -> Iterator[str]:
    for act in load.acts:
        stands = counted.get(act.request_id, [])
        if act.acknowledged and not stands:
            yield f"lost: {act}"
        if len(stands) > 1:
            yield f"doubled: {act}"
        if act.refused and stands:
            yield f"refused and yet done: {act}"
        if any(500 <= answer != 503 for answer in act.answers):
            yield f"not an honest answer: {act}"
        if stands and any(claim < stands[0] for claim in act.claims):
            yield f"answered before it was on record: {act}"


def _about_timelines(books: Books, known: set[str | None], load: Load) -> Iterator[str]:
    for item_id, row in books.rows.items():
        timeline = books.timelines[item_id]
        if [entry["seq"] for entry in timeline] != list(range(1, row["seq"] + 1)):
            yield f"gaps in the timeline of {item_id}"
        if item_id not in load.due:
            continue
        if strange := [e["act"] for e in timeline if e["request_id"] not in known]:
            yield f"nobody asked for {strange} on {item_id}"


def _about_alarms(load: Load, books: Books) -> Iterator[str]:
    """A limit rings once, and besides it the reminder where nine o'clock falls between. No fault
    here lasts so long that an alarm counts as late."""
    for item_id, due in load.due.items():
        timeline, notices = books.timelines[item_id], books.notices[item_id]
        rang = [entry for entry in timeline if entry["rang"] and entry["clock"] == "result"]
        lapses = [entry for entry in rang if entry["act"] == LAPSE]
        signed = any(e["approved"] and e["act"] == "sign_off" and e["at"] < due for e in timeline)
        owed = bool(timeline) and due < books.at - RINGS_WITHIN
        if len(lapses) > 1 or (signed and lapses) or (owed and not signed and not lapses):
            yield f"{len(lapses)} lapses on {item_id}, due {due}"
        rungs = [entry["act"].replace("_", "-") for entry in rang]
        if sorted(rungs) != sorted(notice["rung"] for notice in notices):
            yield f"rang {rungs}, told {notices} on {item_id}"
        if any(n["rung"] == LAPSE and sorted(n["told"]) != TOLD_OF_A_LAPSE for n in notices):
            yield f"told to others: {notices} on {item_id}"
        if any(entry["at"] < due for entry in lapses) or any(a["late"] for a in (*rang, *notices)):
            yield f"rang at a wrong time, or said so: {rang} on {item_id}, due {due}"


def _about_workflows(
    load: Load, counted: dict[str, list[int]], lives: dict[str, Life]
) -> Iterator[str]:
    for item_id, life in lives.items():
        if life.broken:
            yield f"the workflow of {item_id} is broken: {life.broken}"
    for act in load.acts:
        if act.route == CREATION or act.item_id not in lives:
            continue
        stands, accepted = len(counted.get(act.request_id, [])), lives[act.item_id].accepted
        if accepted[act.request_id] != stands:
            yield f"{accepted[act.request_id]} times in the workflow, {stands} on record: {act}"


async def _about_numbers(system: System) -> list[str]:
    (row,) = await system.select("SELECT count(*) AS items, max(sequence) AS last FROM items")
    left_out = row["last"] - row["items"] - system.erased
    return [f"{left_out} numbers were given to no item"] if left_out else []


def _figures(load: Load, counted: dict[str, list[int]], what: str, **seconds: float) -> str:
    acknowledged = [act for act in load.acts if act.acknowledged]
    lost = sum(act.request_id not in counted for act in acknowledged)
    doubled = sum(len(counted.get(act.request_id, [])) > 1 for act in load.acts)
    refused = sum(act.refused for act in load.acts)
    unknown = len(load.acts) - len(acknowledged) - refused
    slowest = max(act.slowest for act in load.acts)
    times = "".join(f", {name} {value:.1f} s" for name, value in seconds.items())
    return (
        f"{what}: {len(load.acts)} acts, {len(acknowledged)} acknowledged, {lost} lost, "
        f"{doubled} doubled, {refused} refused, {unknown} without an answer"
        f"{times}, slowest answer {slowest:.1f} s"
    )
