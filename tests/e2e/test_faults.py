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
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import NoReturn
from unittest.mock import patch

import asyncpg
import httpx
import pytest
import pytest_asyncio
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from temporalio.client import Client, WorkflowQueryFailedError
from temporalio.contrib.pydantic import pydantic_data_converter

from api.app import open_context
from api.context import Context
from domain.calendar import WorkingCalendar
from domain.clocks import LAPSE
from domain.items import Category, Facts, Kind, Role, Source
from domain.policy import Policy
from domain.records import Projected, Projection
from embedded import Stack, StackOptions
from embedded.postgres import APP_ROLE
from embedded.service import STEADY_AFTER
from embedded.virtual_time import VirtualTime
from runtime.settings import Settings
from store import passwords, reads, units, users
from store.items import PostgresItemStore
from store.session import Database
from tests.e2e.load import Load
from tests.e2e.reckoning import Books, System, lives_of, reckon
from tests.people import ACCOUNTS, PASSWORD, UNITS, Json, People, ordinary
from worker.main import run_worker

pytestmark = pytest.mark.timeout(180)

BOUNDED_BY = 10.0
"""No answer takes longer, whatever does not answer behind the API."""
LIVES = 3
READY_WITHIN = 60.0


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def system(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[System]:
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
    if terminal := request.config.pluginmanager.get_plugin("terminalreporter"):
        for line in ("", *found.figures):
            terminal.write_line(line)


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
    digest = await passwords.hash_password(PASSWORD)
    async with database.write() as connection:
        for code, name, deputies in UNITS:
            await units.put_unit(connection, code, name, deputies)
        for username, name, role, unit in ACCOUNTS:
            await users.add_user(
                connection,
                username,
                role=Role(role),
                name=name,
                password_hash=digest,
                unit_code=unit,
            )
    await database.dispose()


async def test_a_worker_is_killed_again_and_again(system: System, figures: list[str]) -> None:
    waited, ready = [], []
    async with system.load(1) as load:
        await asyncio.sleep(STEADY_AFTER)  # what died before counts no more against it
        for _ in range(3):
            await asyncio.sleep(1)
            await system.stack.kill("worker-1")
            again = asyncio.create_task(_ready(system, "worker-1"))
            waited.append(await load.probe())
            ready.append(await again)
        what = "worker killed three times"
        await reckon(system, load, what, worker_again=max(ready), next_act=max(waited))
    figures.append(
        f"next act after a worker was killed: {max(waited):.1f} s (goal 4 s on a quiet machine;"
        f" the worker itself was back after {max(ready):.1f} s)"
    )
    assert max(waited) < BOUNDED_BY


async def _ready(system: System, name: str) -> float:
    """The seconds until a service is there again."""
    begun = time.monotonic()
    await system.stack.wait_ready(name, READY_WITHIN)
    return time.monotonic() - begun


async def test_a_query_in_the_wrong_moment_puts_no_alarm_off(system: System) -> None:
    """It is sent before the limit to a worker that is dead, and answered after it by one that does
    not know the item yet."""
    limit = datetime.now(system.settings.zone) + timedelta(seconds=4)
    item = await system.desk.issue(kind="dated", due_at=limit.isoformat())
    while await system.seq(item["id"]) != item["seq"]:
        await asyncio.sleep(0.05)
    await system.stack.kill("worker-1")
    await asyncio.sleep((limit - datetime.now(limit.tzinfo)).total_seconds() - 0.4)
    with suppress(WorkflowQueryFailedError):
        await system.handle(item["id"]).query("state")
    await system.stack.wait_ready("worker-1", READY_WITHIN)
    async with asyncio.timeout(READY_WITHIN):
        while not (await system.desk.read(item))["lapsed"]:
            await asyncio.sleep(0.1)
    assert (await lives_of(system, [item["id"]]))[item["id"]].broken == []


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
    books = await Books.read(system, load.items)
    lives = await lives_of(system, books.rows)
    return [
        f"{entry['act']} on {item_id}"
        for item_id, life in lives.items()
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
    """An item whose reminder and limit lie so many seconds ahead, on one day."""
    now = datetime.now(system.settings.zone)
    while (limit := now + timedelta(seconds=due)).date() != now.date():
        await asyncio.sleep(1)
        now = datetime.now(system.settings.zone)
    at = now + timedelta(seconds=reminder)
    body = {
        "effective_on": now.date().isoformat(),
        "settings": {"reminder_time": at.time().isoformat()},
    }
    answer = await system.desk.put("office", "/policies/faults", body)
    assert answer.status_code == 200, answer.text
    return await system.desk.issue(kind="dated", due_at=limit.isoformat())


async def _rang_once(system: System, item: Json) -> None:
    """The missed reminder was told with the lapse, and both only once."""
    books = await Books.read(system, [item["id"]])
    assert [e["act"] for e in books.timelines[item["id"]] if e["rang"]] == [LAPSE]
    assert [notice["rung"] for notice in books.notices[item["id"]]] == [LAPSE]
    due = datetime.fromisoformat(item["due_at"])
    if (await system.calendar()).is_working(due.date()):  # nobody is reminded on a day of rest
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


async def test_a_connection_that_breaks_while_it_is_made_is_an_outage(system: System) -> None:
    broken = asyncpg.InterfaceError("connection is closed")
    database = Database(system.settings.async_database_url)
    with patch.object(PGDialect_asyncpg, "setup_asyncpg_json_codec", side_effect=broken):
        with pytest.raises(ConnectionError):
            async with database.read():
                pass
        with pytest.raises(ConnectionError):
            async with database.write():
                pass
    async with database.read() as connection:
        assert await reads.known_ids(connection, []) == set()
    await database.dispose()


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
    calendar = await system.calendar()
    async with open_context(system.settings) as context:
        due_on, last = _due_with_missed_reminders(calendar, now)
        waiting = await _accepted(context, now - timedelta(days=30), due_on)
        passed = await _accepted(context, now - timedelta(days=30), now.date() - timedelta(days=9))
    for item, rung in ((waiting, last), (passed, LAPSE)):
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
    cut, erased, edited, silent = [(await system.desk.issue())["id"] for _ in range(4)]
    before = await _statement(system)
    assert before["clean"], before["findings"]
    await system.handle(cut).terminate("by an operator")
    await _erase(system, erased)
    async with system.superuser() as connection:
        later = "UPDATE items SET due_at = due_at + interval '9 days' WHERE id = $1"
        await connection.execute(later, edited)
        untold = "UPDATE notices SET item_id = '' WHERE item_id = $1"
        await connection.execute(untold, silent)
    try:
        await _listed_as_ended(system, cut)
        for drift in await asyncio.gather(system.reconcile(), system.reconcile()):
            assert (drift.missing_workflows, drift.missing_rows) == ((cut,), (erased,))
        inbox = (await system.desk.get("office", "/inbox", limit=200)).json()["items"]
        alarms = [(n["item_id"], n["rung"]) for n in inbox if n["desk"]]
        assert alarms.count((cut, "drift:missing_workflows")) == 1
        assert alarms.count((erased, "drift:missing_rows")) == 1
        found = (await _statement(system))["findings"]
        named = {(one["item_id"], one["fault"]) for one in found}
        assert {(cut, "no_workflow"), (erased, "no_record"), (edited, "edited")} <= named
        assert (silent, "not_told") in named
    finally:
        await system.handle(erased).terminate("mended")
        await _erase(system, cut)
        await _listed_as_ended(system, erased)
    assert (await system.reconcile()).count == 0


async def _statement(system: System) -> Json:
    """The daily statement, made now."""
    answer = await system.desk.post("office", "/statements")
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def _listed_as_ended(system: System, item_id: str) -> None:
    """Wait for Temporal's list of workflows, which lags behind. A reconciliation that comes before
    finds it out the next time."""
    running = f"WorkflowId = '{system.handle(item_id).id}' AND ExecutionStatus = 'Running'"
    while (await system.temporal.count_workflows(running)).count:
        await asyncio.sleep(0.1)


async def _erase(system: System, item_id: str) -> None:
    """Delete an item from the record, as only a superuser can."""
    async with system.superuser() as connection, connection.transaction():
        for table in ("audit_events", "item_clocks", "item_search"):
            await connection.execute(f"DELETE FROM {table} WHERE item_id = $1", item_id)
        await connection.execute("DELETE FROM items WHERE id = $1", item_id)
    system.erased += 1
