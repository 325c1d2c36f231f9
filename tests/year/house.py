"""A district on the test server: virtual years, and everything else as it really is."""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Self

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.testing import WorkflowEnvironment

from api.app import open_context
from api.context import Context
from api.errors import Unavailable
from domain.calendar import CalendarYear
from domain.cycles import Cycle
from domain.items import Actor, Category, Facts, Json, Kind, Role, Source
from embedded.process import Child, Command
from embedded.program import ROOT
from embedded.temporal import NAMESPACE, SEARCH_ATTRIBUTES
from runtime.settings import Settings
from runtime.temporal import connect
from store import reads, units
from store.calendars import put_calendar_year
from store.rows import ItemRow
from worker.main import build_worker
from workflows.ids import workflow_id

KINDS = {
    "Keyword": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    "Bool": IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
    "Datetime": IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
}
CALM_SECONDS = 1.0
SECRET = "a key of these tests, long enough"
OFFICE = Actor(username="office", name="督查室 王敏", role=Role.OFFICE)
UNIT = Actor(username="zjj", name="住建局 李强", role=Role.UNIT, unit="ZJJ")
JTJ = Actor(username="jtj", name="交通局 周涛", role=Role.UNIT, unit="JTJ")
DEPUTY = Actor(username="deputy", name="副区长 赵刚", role=Role.DEPUTY, deputy_of=("ZJJ", "JTJ"))
UNITS = {"ZJJ": "区住房和城乡建设局", "JTJ": "区交通运输局"}
ROUTES = {
    "receive": "receipt",
    "submit_feedback": "feedback",
    "sign_off": "sign-off",
    "review": "review",
    "suspend_item": "suspension",
    "resume_item": "resumption",
    "change_cycle": "cycle",
    "change_unit": "unit",
    "end_early": "early-end",
    "carry_over": "carry-over",
}
REPORT: Json = {"text": "本期任务已完成。"}


def _days(first: date, last: date) -> tuple[date, ...]:
    return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))


def holidays(year: int) -> CalendarYear:
    """A calendar the tests load: a week that rests whole, and rests on many a 25th."""
    rest = (
        *_days(date(year, 1, 1), date(year, 1, 3)),
        *_days(date(year, 2, 13), date(year, 2, 23)),
        *_days(date(year, 4, 23), date(year, 4, 26)),
        *_days(date(year, 9, 24), date(year, 9, 27)),
        *_days(date(year, 10, 1), date(year, 10, 7)),
    )
    return CalendarYear(
        year=year, notice=f"国办发明电〔{year - 1}〕9号", rest_days=rest, work_days=()
    )


@dataclass(slots=True)
class YearHouse:
    """One test server, one worker (in this process or a process of its own), one record."""

    environment: WorkflowEnvironment
    context: Context
    settings: Settings
    folder: Path | None = None
    _worker: Any = None
    _process: Child | None = None
    _requests: dict[str, int] = field(default_factory=dict)

    @classmethod
    @asynccontextmanager
    async def opened(cls, database_url: str) -> "AsyncIterator[Self]":
        """Started for a block, with the coming year's calendar loaded."""
        environment = await WorkflowEnvironment.start_time_skipping(
            test_server_existing_path=str(_binary())
        )
        try:
            await _add_search_attributes(environment)
            settings = Settings(
                database_url=database_url,
                temporal_address=environment.client.service_client.config.target_host,
                secret_key=SECRET,
                task_queue=f"year-{uuid.uuid4()}",
            )
            async with AsyncExitStack() as stack:
                context = await stack.enter_async_context(open_context(settings))
                house = cls(environment, context, settings)
                await house._furnish()
                yield house
                await house.stop()
        finally:
            await environment.shutdown()
            await asyncio.sleep(CALM_SECONDS)  # Python may crash at its end otherwise.

    async def _furnish(self) -> None:
        async with self.context.database.write() as connection:
            for code, name in UNITS.items():
                await units.put_unit(connection, code, name, ["deputy"])
            year = (await self.now()).year
            for one in (year, year + 1):
                await put_calendar_year(connection, holidays(one), "office", self.settings.zone)

    async def start(self) -> None:
        """A worker in this process."""
        client = await connect(self.settings)
        self._worker = build_worker(client, self.context.database, self.settings)
        await self._worker.__aenter__()

    async def start_process(self, folder: Path) -> None:
        """A worker in a process of its own, that can be killed."""
        self.folder = folder
        environment = {
            "DUBAN_DATABASE_URL": self.settings.database_url.get_secret_value(),
            "DUBAN_TEMPORAL_ADDRESS": self.settings.temporal_address,
            "DUBAN_SECRET_KEY": SECRET,
            "DUBAN_TASK_QUEUE": self.settings.task_queue,
            "PYTHONPATH": str(ROOT),
        }
        self._process = await Child.start(
            Command(
                arguments=[sys.executable, "-m", "tests.year.worker"],
                environment=os.environ | environment,
            ),
            folder / "worker.log",
        )

    async def kill(self) -> None:
        """The worker's process is gone from one instant to the next; another one starts."""
        assert self._process is not None
        assert self.folder is not None
        await self._process.kill()
        await self.start_process(self.folder)

    async def stop(self) -> None:
        """No worker any more."""
        if self._worker is not None:
            await self._worker.__aexit__(None, None, None)
            self._worker = None
        if self._process is not None:
            await self._process.stop(signal.SIGKILL, 5)
            self._process = None

    async def now(self) -> datetime:
        """The server's time, as the district tells it."""
        return (await self.environment.get_current_time()).astimezone(self.settings.zone)

    async def until(self, on: date, hour: int = 10) -> None:
        """Let time pass up to then, everything before it happening at its own time."""
        at = datetime.combine(on, time(hour), self.settings.zone)
        left = at - await self.now()
        if left > timedelta(0):
            await self.environment.sleep(left)

    async def issue(self, cycle: Cycle, year: int, **changed: Any) -> str:
        """A year-round task, as the office issues it; its id."""
        facts = Facts(
            title="棚户区改造",
            content="按期完成年度任务。",
            category=Category.A1,
            kind=Kind.YEAR_ROUND,
            lead_unit="ZJJ",
            lead_unit_name=UNITS["ZJJ"],
            source=Source(type="文件", reference="周政发〔2026〕1号"),
            cycle=cycle,
            year=year,
            **changed,
        )
        key = str(uuid.uuid4())
        done = await self.context.commands.create(
            actor=OFFICE,
            key=key,
            raw={"key": key},
            facts=facts,
            issued_at=None,
            now=await self.now(),
        )
        await self.row_where(done.item_id, lambda row: row.seq >= 1)
        return done.item_id

    async def act(self, who: Actor, item_id: str, act: str, body: Json) -> None:
        """An act, as the API does it, tried again like by a patient caller."""
        n = self._requests[item_id] = self._requests.get(item_id, 0) + 1

        async def accepted() -> bool:
            with contextlib.suppress(Unavailable):
                await self.context.commands.act(
                    actor=who, item_id=item_id, act=act, route=ROUTES[act], raw=body, key=f"{n}"
                )
                return True
            return False

        await until(accepted)

    async def row(self, item_id: str) -> ItemRow | None:
        """The item as recorded."""
        async with self.context.database.read() as connection:
            return await reads.item_row(connection, item_id)

    async def row_where(self, item_id: str, wanted: Callable[[ItemRow], bool]) -> ItemRow:
        """The item once it is recorded as ``wanted``."""
        found: list[ItemRow] = []

        async def there() -> bool:
            row = await self.row(item_id)
            found[:] = [row] if row else []
            return row is not None and wanted(row)

        await until(there)
        return found[0]

    async def timeline(self, item_id: str) -> list[Any]:
        """The recorded entries of an item."""
        async with self.context.database.read() as connection:
            return list(await reads.timeline(connection, item_id, include_covert=True))

    async def runs(self, item_id: str, kind: Kind) -> list[list[Any]]:
        """The histories of every run of an item's workflow, the newest first."""
        workflow, found, run = workflow_id(item_id, kind), [], None
        while True:
            handle = self.context.client.get_workflow_handle(workflow, run_id=run)
            events = list((await handle.fetch_history()).events)
            found.append(events)
            run = events[0].workflow_execution_started_event_attributes.continued_execution_run_id
            if not run:
                return found


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 150.0) -> None:
    """Wait for what only asking can tell."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.02)


async def _add_search_attributes(environment: WorkflowEnvironment) -> None:
    request = AddSearchAttributesRequest(
        namespace=NAMESPACE,
        search_attributes={name: KINDS[kind] for name, kind in SEARCH_ATTRIBUTES.items()},
    )
    await environment.client.operator_service.add_search_attributes(request)


def _binary() -> Path:
    beside = Path(sys.executable).with_name("temporal-test-server")
    found = beside if beside.is_file() else shutil.which("temporal-test-server")
    assert found is not None, "temporal-test-server is not installed (requirements-dev.txt)"
    return Path(found)
