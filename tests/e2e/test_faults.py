"""Whatever dies, what was acknowledged is there exactly once, and every alarm rings exactly once.

One stack of its own under a steady load through the real API. Each test breaks something, mends it,
lets the clients get their answers, and then compares all that anybody was told with the workflows,
the rows, the timelines and the notices. Real time: the items' limits lie seconds ahead.
"""

import asyncio
import json
import os
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, NoReturn
from unittest.mock import patch

import asyncpg
import httpx
import pytest
import pytest_asyncio
from sqlalchemy.engine import make_url
from temporalio.client import Client, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError, RPCStatusCode

from activities.messages import Drift
from api.app import open_context
from api.context import Context
from domain.calendar import WorkingCalendar
from domain.items import Category, Facts, Kind, Role, Source
from domain.policy import Policy
from domain.records import Projected, Projection, Snapshot
from embedded import Stack, StackOptions
from embedded.postgres import APP_ROLE, SUPERUSER
from embedded.virtual_time import VirtualTime
from runtime.settings import Settings
from store import people, reads
from store.items import PostgresItemStore
from store.session import Database
from tests.e2e.load import CREATION, Load
from tests.people import ACCOUNTS, PASSWORD, UNITS, Json, People, ordinary
from worker.main import run_worker
from workflows.ids import RECONCILIATION_WORKFLOW, workflow_id

pytestmark = pytest.mark.timeout(180)

NEXT_ACT_WITHIN = 4.0
WITH_A_WORKER_WITHIN = 3.0
"""The next act, counted from the new worker: for a machine so busy that this alone takes long."""
BOUNDED_BY = 10.0
"""No answer takes longer, whatever does not answer behind the API."""
LIVES = 3
READY_WITHIN = 60.0
DRAINED_WITHIN = 40.0
RINGS_WITHIN = timedelta(seconds=3)
"""An alarm that has not rung so long after its instant, the system being well again, is lost."""
LATE_AFTER = timedelta(minutes=5)
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
        """How far the item is by its workflow; None where there is none."""
        try:
            state: Snapshot = await self.handle(item_id).query("state", result_type=Snapshot)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise
        return state.seq

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


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    folder = tmp_path_factory.mktemp("faults") / "var"
    async with Stack(StackOptions(data_dir=folder)) as stack:
        await stack.start()
        settings = _settings(stack)
        await _enrol(settings)
        address, converter = stack.temporal_address, pydantic_data_converter
        temporal = await Client.connect(address, data_converter=converter)
        async with httpx.AsyncClient(base_url=f"{stack.api_url}/api/v1", timeout=30) as client:
            desk = await People.signed_in(client, VirtualTime(temporal))
            found = System(stack, settings, desk, temporal)
            yield found
    print("", *found.figures, sep="\n")


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def _mended(system: System) -> AsyncIterator[None]:
    """What a test that failed has left broken, the next one does not find broken."""
    yield
    await system.up(*(name for name in system.stack.services if system.stack.pid(name) is None))


def _settings(stack: Stack) -> Settings:
    names = {name.removeprefix("DUBAN_").lower(): text for name, text in stack.environment.items()}
    return Settings.model_validate(names)


async def _enrol(settings: Settings) -> None:
    database = Database(settings.async_database_url)
    digest = await people.hash_password(PASSWORD)
    async with database.write() as connection:
        for code, name, deputies in UNITS:
            await people.put_unit(connection, code, name, deputies)
        for username, name, role, unit in ACCOUNTS:
            await people.add_user(
                connection,
                username,
                role=Role(role),
                name=name,
                password_hash=digest,
                unit_code=unit,
            )
    await database.dispose()


# What must hold afterwards


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

    accepted: Counter[str]
    failed_tasks: list[str]
    stuck: bool


async def _life(system: System, item_id: str, gate: asyncio.Semaphore) -> Life:
    async with gate:
        handle, accepted, failed = system.handle(item_id), Counter[str](), []
        async for event in handle.fetch_history_events():
            if event.HasField("workflow_execution_update_accepted_event_attributes"):
                update = event.workflow_execution_update_accepted_event_attributes
                accepted[update.accepted_request.meta.update_id] += 1
            if event.HasField("workflow_task_failed_event_attributes"):
                failed.append(str(event.workflow_task_failed_event_attributes.failure.message))
        raw = (await handle.describe()).raw_description
        stuck = raw.HasField("pending_workflow_task") and raw.pending_workflow_task.attempt > 1
        return Life(accepted, failed, stuck)


async def _drained(system: System, load: Load) -> float:
    """Wait until every row is as far as its workflow; the seconds it took."""
    begun, left = time.monotonic(), load.items
    gate = asyncio.Semaphore(AT_ONCE)

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
    gate = asyncio.Semaphore(AT_ONCE)
    ids = sorted(books.rows)
    lives = await asyncio.gather(*(_life(system, item_id, gate) for item_id in ids))
    counted = _counted(books)
    wrong = [
        *_about_acts(load, counted),
        *_about_timelines(books, {act.request_id for act in load.acts} | {None}, load),
        *_about_alarms(load, books),
        *_about_workflows(load, counted, dict(zip(ids, lives, strict=True))),
        *await _about_numbers(system),
    ]
    system.figures.append(_figures(load, counted, what, drained=drained, **seconds))
    print(system.figures[-1])
    assert wrong == []
    drift = await system.reconcile()
    assert (drift.count, drift.checked > 0) == (0, True), drift


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
    for item_id, due in load.due.items():
        if item_id not in books.rows:
            continue
        timeline = books.timelines[item_id]
        signed = any(e["approved"] and e["act"] == "sign_off" and e["at"] < due for e in timeline)
        owed = 0 if signed or due > books.at - RINGS_WITHIN else 1
        rang = [e for e in timeline if e["rang"] and e["clock"] == "result"]
        if len(rang) > 1 or len(rang) < owed or (signed and rang):
            yield f"{len(rang)} alarms instead of {owed} on {item_id}"
        notices = books.notices[item_id]
        if len(notices) != len(rang):
            yield f"{len(notices)} notices of {len(rang)} alarms on {item_id}"
        for alarm, notice in zip(rang, notices, strict=False):
            if sorted(notice["told"]) != ["deputy", "office", "zjj"]:
                yield f"told to {notice['told']}: the alarm of {item_id}"
            late = alarm["at"] - due > LATE_AFTER
            if alarm["at"] < due or (alarm["late"], notice["late"]) != (late, late):
                yield f"at the wrong time: {alarm} {notice}"


def _about_workflows(
    load: Load, counted: dict[str, list[int]], lives: dict[str, Life]
) -> Iterator[str]:
    for item_id, life in lives.items():
        if life.stuck or life.failed_tasks:
            yield f"workflow tasks of {item_id} failed: {life.failed_tasks}"
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


# The faults


async def test_a_worker_is_killed_again_and_again(system: System) -> None:
    waited, ready = [], []
    async with system.load(1) as load:
        for _ in range(3):
            await asyncio.sleep(1.5)
            await system.stack.kill("worker-1")
            again = asyncio.create_task(_ready(system, "worker-1"))
            waited.append(await load.probe())
            ready.append(await again)
        what = "worker killed three times"
        await reckon(system, load, what, worker_again=max(ready), next_act=max(waited))
    for act, worker in zip(waited, ready, strict=True):
        assert act < max(NEXT_ACT_WITHIN, worker + WITH_A_WORKER_WITHIN)


async def _ready(system: System, name: str) -> float:
    """The seconds until a service is there again."""
    begun = time.monotonic()
    await system.stack.wait_ready(name, READY_WITHIN)
    return time.monotonic() - begun


async def test_no_worker_for_a_while(system: System) -> None:
    """Also: a creation sent again when its limit has passed is still the same item, and a creation
    that never began is refused for that."""
    async with system.load(11) as load:
        await asyncio.sleep(1)
        await system.down("worker-1")
        limit = datetime.now(system.settings.zone) + timedelta(seconds=4)
        body = ordinary(kind="dated", due_at=limit.isoformat())
        first = await system.desk.post("office", "/items", body, key="begun in time")
        await asyncio.sleep(4)
        again = await system.desk.post("office", "/items", body, key="begun in time")
        never = await system.desk.post("office", "/items", body, key="too late")
        await system.up("worker-1")
        await reckon(system, load, "no worker for 8 s")
    assert [answer.status_code for answer in (first, again, never)] == [202, 202, 422]
    assert first.json()["id"] == again.json()["id"]
    assert (await system.desk.settled(first.json()))["lapsed"]


def doomed_workers(*also: str) -> None:
    """Workers one after the other, each killed right after one of its commits, before Temporal
    can hear of it; services of the names ``also`` die in the same instant. To be run in a process
    of its own. Forked, so that each begins where everything has been imported."""
    rng, lives = Random(2), LIVES
    while lives:
        after = rng.randint(1, 4)
        if not (pid := os.fork()):
            _live(after, also)
        _, status = os.waitpid(pid, 0)
        # One that found no Temporal has ended otherwise.
        lives -= os.WIFSIGNALED(status)


def _live(left: int, also: Sequence[str]) -> NoReturn:
    class Doomed(PostgresItemStore):
        async def project(self, projection: Projection) -> Projected:
            nonlocal left
            projected = await super().project(projection)
            left -= 1
            if left == 0:
                running = json.loads((settings.data_dir / "run.json").read_text())
                for pid in [*(running[name]["pid"] for name in also), os.getpid()]:
                    os.kill(pid, signal.SIGKILL)
            return projected

    settings = Settings()
    try:
        with patch("worker.main.PostgresItemStore", Doomed):
            asyncio.run(run_worker(settings))
    finally:
        os._exit(1)


@pytest.mark.parametrize("also", [(), ("temporal",)], ids=["alone", "with_temporal"])
async def test_a_worker_dies_between_commit_and_completion(
    system: System, also: tuple[str, ...]
) -> None:
    async with system.load(3 if also else 2, clients=12) as load:
        await system.down("worker-1")
        script = f"from tests.e2e.test_faults import doomed_workers as d; d(*{also!r})"
        doomed = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", script),
            env={**os.environ, **system.stack.environment},
            cwd=Path(__file__).parents[2],
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            assert await asyncio.wait_for(doomed.wait(), READY_WITHIN) == 0
        finally:
            if doomed.returncode is None:
                os.killpg(doomed.pid, signal.SIGKILL)
        await system.up(*also)
        ahead = await _rows_ahead(system, load)
        begun = time.monotonic()
        await system.up("worker-1")
        await load.probe()
        recovery = time.monotonic() - begun
        who = " and ".join(["worker", *also])
        what = f"{who} killed {LIVES} times right after a commit ({len(ahead)} rows ahead)"
        await reckon(system, load, what, recovery=recovery)
    assert ahead == []


async def _rows_ahead(system: System, load: Load) -> list[str]:
    """Acts that are on record although their workflow has not accepted them."""
    books, gate = await Books.read(system, load.due), asyncio.Semaphore(AT_ONCE)
    ids = sorted(books.rows)
    lives = await asyncio.gather(*(_life(system, item_id, gate) for item_id in ids))
    return [
        f"{entry['act']} on {item_id}"
        for item_id, life in zip(ids, lives, strict=True)
        for entry in books.timelines[item_id]
        if entry["request_id"] and entry["seq"] > 1 and not life.accepted[entry["request_id"]]
    ]


async def test_the_api_is_killed_in_the_middle_of_requests(system: System) -> None:
    rng, waited = Random(4), []
    async with system.load(4) as load:
        for _ in range(3):
            await asyncio.sleep(1.5)
            while load.in_flight < 2:
                await asyncio.sleep(0.001)
            await asyncio.sleep(rng.uniform(0.0, 0.02))
            await system.stack.kill("api")
            waited.append(await load.probe())
        await reckon(system, load, "API killed three times", recovery=max(waited))


async def test_temporal_is_down_for_eight_seconds(system: System) -> None:
    """In the middle of it the API is killed as well: the new one has not reached Temporal once."""
    item = await _reminded_and_due_within(system, 4, 7)
    async with system.load(5, longest_limit=12) as load:
        await asyncio.sleep(2)
        await system.down("temporal")
        await asyncio.sleep(4)
        await system.stack.kill("api")
        await asyncio.sleep(4)
        begun = time.monotonic()
        await system.up("temporal")
        await load.probe()
        recovery = time.monotonic() - begun
        await reckon(system, load, "Temporal down for 8 s", recovery=recovery)
    await _rang_once(system, item)


async def _reminded_and_due_within(system: System, reminder: float, due: float) -> Json:
    """An item whose reminder and limit lie so many seconds ahead."""
    zone = system.settings.zone
    now = datetime.now(zone).replace(microsecond=0) + timedelta(seconds=1)
    at = now + timedelta(seconds=reminder)
    settings = {"reminder_time": at.time().isoformat()}
    body = {"effective_on": now.date().isoformat(), "settings": settings}
    answer = await system.desk.put("office", "/policies/faults", body)
    assert answer.status_code == 200, answer.text
    limit = now + timedelta(seconds=due)
    return await system.desk.issue(kind="dated", due_at=limit.isoformat())


async def _rang_once(system: System, item: Json) -> None:
    """The missed reminder was told with the lapse, and both only once."""
    books = await Books.read(system, [item["id"]])
    assert [e["act"] for e in books.timelines[item["id"]] if e["rang"]] == ["lapse"]
    assert [notice["rung"] for notice in books.notices[item["id"]]] == ["lapse"]
    due = datetime.fromisoformat(item["due_at"])
    if due.weekday() < 5:
        (row,) = await system.select(
            "SELECT rungs FROM item_clocks WHERE item_id = $1 AND key = 'result'", item["id"]
        )
        assert "remind-0" in row["rungs"]


async def test_postgres_is_down_for_thirty_seconds(system: System) -> None:
    async with system.load(6, longest_limit=30) as load:
        await asyncio.sleep(3)
        await system.down("postgres")
        await asyncio.sleep(30)
        begun = time.monotonic()
        await system.up("postgres")
        await load.probe()
        recovery = time.monotonic() - begun
        await reckon(system, load, "PostgreSQL down for 30 s", recovery=recovery)


async def test_everything_is_killed_at_random_for_half_a_minute(system: System) -> None:
    rng, names = Random(7), list(system.stack.services)
    async with system.load(7) as load:
        end, killed = time.monotonic() + 30, Counter[str]()
        while time.monotonic() < end:
            await asyncio.sleep(rng.uniform(1, 5))
            chosen = rng.sample(names, rng.choice((1, 1, 1, 2, 4)))
            killed.update(chosen)
            await asyncio.gather(*map(system.stack.kill, chosen))
        begun = time.monotonic()
        for name in names:
            await system.stack.wait_ready(name, READY_WITHIN)
        await load.probe()
        recovery = time.monotonic() - begun
        what = f"everything killed at random ({killed.total()} kills)"
        await reckon(system, load, what, recovery=recovery)


async def test_temporal_is_frozen_for_ten_seconds(system: System) -> None:
    pid = system.stack.pid("temporal")
    assert pid is not None
    async with system.load(8) as load:
        await asyncio.sleep(2)
        os.kill(pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(10)
        finally:
            os.kill(pid, signal.SIGCONT)
        begun = time.monotonic()
        await load.probe()
        recovery = time.monotonic() - begun
        await reckon(system, load, "Temporal frozen for 10 s", recovery=recovery)
    assert max(act.slowest for act in load.acts) < BOUNDED_BY


async def test_database_connections_are_cut_every_second(system: System) -> None:
    cut = 0
    async with system.load(9) as load:
        await asyncio.sleep(1)
        for _ in range(5):
            rows = await system.select(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1",
                APP_ROLE,
            )
            cut += len(rows)
            await asyncio.sleep(1)
        begun = time.monotonic()
        await load.probe()
        recovery = time.monotonic() - begun
        await reckon(system, load, f"{cut} database connections cut", recovery=recovery)


async def test_the_items_are_locked_for_five_seconds(system: System) -> None:
    async with system.load(10) as load:
        await asyncio.sleep(1)
        async with system.superuser() as connection, connection.transaction():
            await connection.execute("LOCK TABLE items IN ACCESS EXCLUSIVE MODE")
            await asyncio.sleep(5)
        begun = time.monotonic()
        await load.probe()
        recovery = time.monotonic() - begun
        await reckon(system, load, "items locked for 5 s", recovery=recovery)
    assert max(act.slowest for act in load.acts) < BOUNDED_BY


async def test_alarms_missed_for_days_ring_once_and_say_so(system: System) -> None:
    """Accepted by Temporal long ago; only now there is a worker."""
    now = datetime.now(system.settings.zone)
    async with open_context(system.settings) as context:
        async with context.database.read() as connection:
            calendar = await reads.calendar(connection)
        due_on, last = _due_with_missed_reminders(calendar, now)
        waiting = await _accepted(context, now - timedelta(days=30), due_on)
        passed = await _accepted(context, now - timedelta(days=30), now.date() - timedelta(days=9))
    for item, rung in ((waiting, last), (passed, "lapse")):
        await system.desk.settled(item)
        books = await Books.read(system, [item["id"]])
        rang = [e for e in books.timelines[item["id"]] if e["clock"] == "result"]
        assert [(e["act"], e["late"]) for e in rang] == [(rung.replace("-", "_"), True)]
        told = books.notices[item["id"]]
        assert [(notice["rung"], notice["late"]) for notice in told] == [(rung, True)]


def _due_with_missed_reminders(calendar: WorkingCalendar, now: datetime) -> tuple[date, str]:
    """A limit still to come of which two reminders or more have been missed, and the last."""
    policy = Policy()
    for due_on in (now.date() + timedelta(days=n) for n in range(15)):
        on = {days: calendar.back_working(due_on, days) for days in policy.reminder_days}
        at = {d: datetime.combine(day, policy.reminder_time, now.tzinfo) for d, day in on.items()}
        missed = [days for days in policy.reminder_days if at[days] < now]
        if calendar.is_working(due_on) and len(missed) > 1:
            return due_on, f"remind-{missed[-1]}"
    raise AssertionError("there is no such day")


async def _accepted(context: Context, then: datetime, due_on: date) -> Json:
    """An item that the API accepted ``then``."""
    async with context.database.read() as connection:
        office = await reads.actor(connection, "office")
    assert office is not None
    facts = Facts(
        title="积压",
        content="摸清底数，按期完成。",
        category=Category.D2,
        kind=Kind.DATED,
        lead_unit="ZJJ",
        lead_unit_name="区住房和城乡建设局",
        source=Source(type="会议"),
        due_on=due_on,
    )
    done = await context.commands.create(
        actor=office, key=f"{then} {due_on}", raw={}, facts=facts, issued_at=None, now=then
    )
    return {"id": done.item_id}


async def test_what_was_broken_by_hand_is_on_the_desk_once(system: System) -> None:
    cut, erased = [(await system.desk.issue())["id"] for _ in range(2)]
    await system.handle(cut).terminate("by an operator")
    await _erase(system, erased)
    for _ in range(2):
        drift = await system.reconcile()
        assert (drift.missing_workflows, drift.missing_rows) == ((cut,), (erased,))
    inbox = (await system.desk.get("office", "/inbox", limit=200)).json()["items"]
    alarms = [(n["item_id"], n["rung"]) for n in inbox if n["desk"]]
    assert alarms.count((cut, "drift:missing_workflows")) == 1
    assert alarms.count((erased, "drift:missing_rows")) == 1
    await system.handle(erased).terminate("mended")
    await _erase(system, cut)
    assert (await system.reconcile()).count == 0


async def _erase(system: System, item_id: str) -> None:
    """Delete an item from the record, as only a superuser can."""
    async with system.superuser() as connection, connection.transaction():
        for table in ("audit_events", "item_clocks", "item_search"):
            await connection.execute(f"DELETE FROM {table} WHERE item_id = $1", item_id)
        await connection.execute("DELETE FROM items WHERE id = $1", item_id)
    system.erased += 1
