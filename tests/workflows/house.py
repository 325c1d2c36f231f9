"""A house with a worker and a record, in which items live, each on the real Temporal server."""

import asyncio
import itertools
import json
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Self

import pytest
from pydantic import TypeAdapter
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import (
    Client,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowUpdateFailedError,
)
from temporalio.common import RawValue
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Worker

from activities.family import FamilyActivities
from activities.items import ItemActivities
from domain import revival
from domain.acts import IssueTerms
from domain.calendar import CalendarYear, WorkingCalendar
from domain.issue import Issue, preview_of, sealed
from domain.items import Actor, Category, Facts, Item, Json, Kind, Role, Source
from domain.policy import Policy
from domain.records import Entry, Snapshot
from domain.revival import Revival
from domain.seal import SealedAct, Seals, body_hash
from embedded.virtual_time import VirtualTime
from tests.workflows.fakes import MemoryFamily, MemoryStore
from workflows import details, ids
from workflows.gate import configure
from workflows.messages import ActResult, AddParts, ItemInput
from workflows.registry import WORKFLOWS

OFFICE = Actor(username="office", name="督查室 王敏", role=Role.OFFICE)
UNIT = Actor(username="zjj", name="住建局 李强", role=Role.UNIT, unit="ZJJ")
JTJ = Actor(username="jtj", name="交通局 周涛", role=Role.UNIT, unit="JTJ")
DEPUTY = Actor(username="deputy", name="副区长 赵刚", role=Role.DEPUTY, deputy_of=("ZJJ", "JTJ"))
CHIEF = Actor(username="chief", name="区长 孙立", role=Role.CHIEF)
STICKY_TIMEOUT = timedelta(seconds=2)
OF_TIME_SKIPPING = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED,
}


def ordinary(**changed: Any) -> Facts:
    """An ordinary item."""
    facts = Facts(
        title="老旧小区改造",
        content="摸清底数，按期完成。",
        category=Category.D2,
        kind=Kind.ORDINARY,
        lead_unit="ZJJ",
        lead_unit_name="区住房和城乡建设局",
        source=Source(type="会议", reference="区长办公会纪要〔2026〕8号"),
    )
    return replace(facts, **changed)


def directive(**changed: Any) -> Facts:
    """A leader's directive."""
    source = Source(type="批示", leader="区长")
    return ordinary(kind=Kind.DIRECTIVE, category=Category.C1, source=source, **changed)


def ten_in_the_morning() -> datetime:
    """Now, in the time zone in which it is past ten in the morning: far from every alarm."""
    now = datetime.now(UTC)
    return now.astimezone(timezone(timedelta(hours=10 - now.hour)))


def every_day_works(first: int) -> WorkingCalendar:
    """Three years without a day of rest: what a test sees does not depend on its weekday."""
    return WorkingCalendar(years=tuple(_without_rest(year) for year in range(first, first + 3)))


def _without_rest(year: int) -> CalendarYear:
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    weekends = tuple(day for day in days if day.weekday() >= 5 and day.year == year)
    return CalendarYear(year=year, notice="试验", rest_days=(), work_days=weekends)


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 30.0) -> None:
    """Wait for a condition that only asking can tell, and fail when it does not come about."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.02)


@dataclass(slots=True)
class House:
    """One task queue with its worker and record. What its worker is made of may
    be changed before a (re)start."""

    client: Client
    seals: Seals
    clock: VirtualTime
    store: MemoryStore = field(default_factory=MemoryStore)
    workflows: tuple[type, ...] = WORKFLOWS
    activities: tuple[Callable[..., Any], ...] = ()
    operator_signals: bool = True
    calendar: WorkingCalendar = WorkingCalendar()
    worker_options: dict[str, Any] = field(default_factory=dict)
    task_queue: str = field(default_factory=lambda: f"house-{uuid.uuid4()}")
    _worker: Worker | None = None

    async def __aenter__(self) -> Self:
        await self.start_worker()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop_worker()

    async def start_worker(self) -> None:
        """Start the worker."""
        configure(self.seals)
        items = ItemActivities(self.store, self.seals, operator_signals=self.operator_signals)
        record = MemoryFamily(self.store, lambda: self.calendar)
        family = FamilyActivities(self.client, record, self.seals)
        self._worker = Worker(
            self.client,
            task_queue=self.task_queue,
            # Named, because the SDK would otherwise hash every loaded module at every start.
            build_id="tests",
            workflows=self.workflows,
            activities=[
                items.record,
                items.admit,
                family.prepare,
                family.tell_parent,
                family.tell_parts,
                *self.activities,
            ],
            sticky_queue_schedule_to_start_timeout=STICKY_TIMEOUT,
            **self.worker_options,
        )
        await self._worker.__aenter__()

    async def stop_worker(self) -> None:
        """Stop the worker; nothing of its memory is left."""
        if self._worker:
            await self._worker.__aexit__(None, None, None)
            self._worker = None

    async def restart_worker(self) -> None:
        """Another worker in the place of this one."""
        await self.stop_worker()
        await self.start_worker()

    def issue_of(
        self,
        facts: Facts,
        *,
        item_id: str | None = None,
        now: datetime | None = None,
        calendar: WorkingCalendar | None = None,
        draft: bool = False,
    ) -> Issue:
        """An issue as the API seals it."""
        item_id, now = item_id or str(uuid.uuid4()), now or ten_in_the_morning()
        request_id = f"{item_id}/0"
        issue = Issue(
            item_id=item_id,
            facts=facts,
            issued_at=now,
            entered_at=now,
            actor=OFFICE,
            calendar=calendar or every_day_works(now.year),
            policy=Policy(),
            request_id=request_id,
            body_hash=body_hash(request_id),
            draft=draft,
        )
        return sealed(issue, self.seals)

    def life_of(self, item_id: str, kind: Kind) -> "Life":
        """An item that another has begun."""
        handle = self.client.get_workflow_handle(ids.workflow_id(item_id, kind))
        return Life(house=self, id=item_id, handle=handle)

    async def issue(self, facts: Facts | None = None, most_events: int | None = None) -> "Life":
        """An item as the API issues it, on record."""
        life = await self.begin(self.issue_of(facts or ordinary()), most_events)
        await life.on_record()
        return life

    async def begin(
        self,
        issue: Issue,
        most_events: int | None = None,
        *,
        workflow_id: str | None = None,
        delay: timedelta | None = None,
    ) -> "Life":
        """Start a workflow like the API does, without waiting for its record."""
        handle = await self.client.start_workflow(
            ids.workflow_type(issue.facts.kind),
            ItemInput(issue=issue, most_events=most_events),
            id=workflow_id or ids.workflow_id(issue.item_id, issue.facts.kind),
            task_queue=self.task_queue,
            search_attributes=ids.search_attributes(preview_of(issue)),
            static_summary=details.summary(issue.facts),
            start_delay=delay,
        )
        return Life(house=self, id=issue.item_id, handle=handle)


@dataclass(slots=True)
class Life:
    """One item of a house: acts done on it, and what is seen of it."""

    house: House
    id: str
    handle: WorkflowHandle[Any, Any]
    _requests: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    called_back: list[str] = field(default_factory=list)

    async def part(self, key: str) -> "Life":
        """The item of a part, once it is on record."""
        await self.house.store.until(lambda: self._has_begun(key))
        part = next(p for p in self.house.store.rows[self.id].parts if p.key == key)
        await self.house.store.until(lambda: self.house.store.covers(part.item_id, 1))
        return self.house.life_of(part.item_id, Kind(part.kind))

    def _has_begun(self, key: str) -> bool:
        parts = self.house.store.rows[self.id].parts
        return any(part.key == key and part.state == "open" for part in parts)

    async def heard_of(self, key: str, state: str) -> None:
        """Wait until it knows that a part is in that state."""
        store = self.house.store

        def knows() -> bool:
            parts = store.rows[self.id].parts
            return any(part.key == key and part.state == state for part in parts)

        await store.until(knows)

    def sealed(
        self,
        who: Actor,
        name: str,
        body: Json,
        *,
        request_id: str | None = None,
        target_seq: int | None = None,
        unit_name: str | None = None,
        terms: IssueTerms | None = None,
    ) -> SealedAct:
        """An act as the API seals it."""
        act = SealedAct(
            body=body,
            actor=who,
            request_id=request_id or f"{self.id}/{next(self._requests)}",
            target_seq=target_seq,
            unit_name=unit_name,
            terms=terms,
        )
        return self.house.seals.sealed(act, self.id, name)

    async def send(self, name: str, sealed: object, update_id: str | None = None) -> ActResult:
        """An update, whatever it carries."""
        answer: ActResult = await self.handle_now().execute_update(
            name, sealed, id=update_id, result_type=ActResult
        )
        return answer

    async def act(
        self,
        who: Actor,
        name: str,
        *,
        target_seq: int | None = None,
        unit_name: str | None = None,
        terms: IssueTerms | None = None,
        **body: Any,
    ) -> ActResult:
        """An act through the front door."""
        sealed = self.sealed(
            who, name, body, target_seq=target_seq, unit_name=unit_name, terms=terms
        )
        return await self.send(name, sealed, sealed.request_id)

    async def split(self, *titles: str) -> ActResult:
        """Split the item as the API does, into parts of the same unit."""
        row = self.house.store.rows[self.id]
        assert row.facts is not None
        issues = tuple(
            self.house.issue_of(
                replace(row.facts, title=title, parent_id=self.id),
                item_id=str(uuid.uuid5(uuid.UUID(self.id), title)),
                now=row.as_of,
                draft=not row.handed_out,
            )
            for title in titles
        )
        body = TypeAdapter(AddParts).dump_python(AddParts(asked={}, parts=issues), mode="json")
        sealed = self.sealed(OFFICE, "add_parts", body)
        return await self.send("add_parts", sealed, sealed.request_id)

    async def refused(
        self, who: Actor, name: str, *, target_seq: int | None = None, **body: Any
    ) -> str:
        """The code with which an act is refused."""
        return await self.refusal(name, self.sealed(who, name, body, target_seq=target_seq))

    async def refusal(self, name: str, sealed: object, update_id: str | None = None) -> str:
        """The code with which an update is refused, whatever it carries."""
        with pytest.raises(WorkflowUpdateFailedError) as caught:
            await self.send(name, sealed, update_id)
        cause = caught.value.cause
        assert isinstance(cause, ApplicationError)
        assert cause.type is not None
        return cause.type

    async def signal(self, name: str, *args: Any) -> None:
        """A message from the Temporal UI or CLI."""
        await self.handle_now().signal(name, args=args)

    async def state(self) -> Snapshot:
        """What the workflow says of itself."""
        answer: Snapshot = await self._ask("state", Snapshot)
        return answer

    async def _ask(self, query: str, answer: type) -> Any:
        handle = self.handle_now()
        async with asyncio.timeout(30):
            while True:
                try:
                    return await handle.query(query, result_type=answer)
                except RPCError as error:
                    # A run that is just being carried on has no task yet.
                    if error.status is not RPCStatusCode.FAILED_PRECONDITION:
                        raise

    async def on_record(self) -> Snapshot:
        """The row once it has caught up with the workflow and nothing is under way."""
        await self.quiet()
        seq = (await self.state()).seq
        await self.house.store.until(lambda: self.house.store.covers(self.id, seq))
        await self.quiet()
        return self.house.store.rows[self.id]

    async def quiet(self) -> None:
        """Wait until the workflow has nothing to do but to wait."""

        async def idle() -> bool:
            described = (await self.described()).raw_description
            return not described.pending_activities and not described.HasField(
                "pending_workflow_task"
            )

        await until(idle)

    async def ended(self) -> str:
        """What the workflow answered at its end."""
        handle = self.house.client.get_workflow_handle(self.handle.id, result_type=str)
        async with asyncio.timeout(30):
            return str(await handle.result())

    async def failed(self) -> ApplicationError:
        """Why the workflow failed."""
        with pytest.raises(WorkflowFailureError) as caught:
            await self.ended()
        cause: BaseException | None = caught.value.cause
        if isinstance(cause, ActivityError):
            cause = cause.cause
        assert isinstance(cause, ApplicationError)
        return cause

    def handle_now(self) -> WorkflowHandle[Any, Any]:
        """A handle of whatever run is the present one."""
        return self.house.client.get_workflow_handle(self.handle.id)

    async def described(self) -> Any:
        """What the server says of the workflow."""
        return await self.handle_now().describe()

    async def shown(self) -> dict[str, object]:
        """Its search attributes as the server has them this moment."""
        pairs = (await self.described()).typed_search_attributes.search_attributes
        return {pair.key.name: pair.value for pair in pairs if pair.key.name.startswith("Duban")}

    async def details(self) -> str:
        """What an operator reads on its page in the Temporal UI."""
        told = await self._ask("__temporal_workflow_metadata", WorkflowMetadata)
        return str(told.current_details)

    async def forward_to(self, until: datetime) -> Snapshot:
        """The item at ``until`` (virtual), every alarm before it rung and recorded."""
        await self.on_record()
        await self.house.clock.forward_to(self.handle.id, until)
        return await self.on_record()

    async def ring(self) -> Snapshot:
        """The item once its next alarm has rung."""
        alarm = (await self.state()).next_alarm_at
        assert alarm is not None, "nothing is owed"
        return await self.forward_to(alarm)

    def timeline(self) -> list[Entry]:
        """What is on record of it."""
        return self.house.store.timeline(self.id)

    def acts(self) -> list[str]:
        """The names of what is on record of it."""
        return [entry.act for entry in self.timeline()]

    async def events(self) -> list[HistoryEvent]:
        """The history of its present run, without what moving virtual time adds."""
        events = [event async for event in self.handle_now().fetch_history_events()]
        return [event for event in events if event.event_type not in OF_TIME_SKIPPING]

    async def runs(self) -> list[str]:
        """The ids of its runs, the newest first."""
        found: list[str] = []
        for run in ((await self.described()).run_id, *reversed(self.called_back)):
            while run:
                found.append(run)
                handle = self.house.client.get_workflow_handle(self.handle.id, run_id=run)
                async for event in handle.fetch_history_events(page_size=1):
                    started = event.workflow_execution_started_event_attributes
                    run = started.continued_execution_run_id
                    break
        return found

    async def call_back(self, name: str, **body: Any) -> None:
        """A new run of the ended item, as the API begins it (T30, T31)."""
        self.called_back.append((await self.described()).run_id)
        row = self.house.store.rows[self.id]
        known = {f.name: getattr(row, f.name) for f in fields(Item) if hasattr(row, f.name)}
        item = Item(**{**known, "unverified": ()}, policy=Policy(), calendar=self.house.calendar)
        act = SealedAct(body=body, actor=OFFICE, request_id=f"{self.id}/{next(self._requests)}")
        begun = Revival(item=item, name=name, act=act, at=row.as_of)
        await self.house.client.start_workflow(
            ids.workflow_type(item.facts.kind),
            ItemInput(revived=revival.sealed(begun, self.house.seals)),
            id=self.handle.id,
            task_queue=self.house.task_queue,
            search_attributes=ids.search_attributes(row),
            static_summary=details.summary(item.facts),
        )
        await self.house.store.until(lambda: self.house.store.covers(self.id, item.seq + 1))

    async def timer_names(self) -> list[str]:
        """What the timers of its present run are called in the Temporal UI, in order."""
        started = [event for event in await self.events() if name_of(event) == "TIMER_STARTED"]
        return [json.loads(event.user_metadata.summary.data) for event in started]

    async def counted(self) -> Counter[str]:
        """How many events of each type its present run has."""
        return Counter(name_of(event) for event in await self.events())


def name_of(event: HistoryEvent) -> str:
    """``TIMER_STARTED``, …"""
    return EventType.Name(event.event_type).removeprefix("EVENT_TYPE_")


def raw(text: bytes, encoding: bytes = b"json/plain") -> RawValue:
    """A payload exactly as written."""
    from temporalio.api.common.v1 import Payload

    return RawValue(Payload(metadata={"encoding": encoding}, data=text))
