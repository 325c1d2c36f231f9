"""The ways by which an item is issued and acted upon. All are driven alike, so that what differs
between two figures is the way alone."""

import asyncio
import contextlib
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

import httpx
from temporalio.client import Client
from temporalio.common import TypedSearchAttributes

from api.commands import CommandResult
from api.context import Context
from api.errors import Unavailable
from bench.people import ORDINARY, PASSWORD, STAFF, Act, Json, body_of
from bench.raw import READY, start_pairs
from bench.script import Script
from domain.calendar import WorkingCalendar
from domain.issue import Issue, preview_of, sealed
from domain.items import Facts
from domain.policy import Policy
from domain.seal import SealedAct, Seals, body_hash
from store import reads
from workflows import details, ids
from workflows.item import ItemWorkflow
from workflows.messages import ActResult, ItemInput
from workflows.policies import TASK_TIMEOUT

PATIENCE = 60.0
SEND_AGAIN = 0.1


class Way(Protocol):
    """Issues items and does acts, each recorded when the call returns."""

    async def issue(self, facts: Facts = ORDINARY) -> str:
        """A new item's id."""
        ...

    async def act(self, item_id: str, act: Act) -> None:
        """Do one act."""
        ...


def fresh() -> str:
    """A key never used before."""
    return str(uuid.uuid4())


class Http:
    """Through the API, as a browser or another system does it."""

    def __init__(self, client: httpx.AsyncClient, tokens: dict[str, str]) -> None:
        self.client = client
        self.accepted = 0
        """How often the answer was 202: the record did not cover the request in time."""
        self.later = 0
        """How often it was 503: not accepted in time."""
        self._tokens = tokens

    @classmethod
    async def signed_in(cls, client: httpx.AsyncClient) -> "Http":
        """Everybody signs in."""
        tokens = {}
        for username in STAFF:
            form = {"username": username, "password": PASSWORD}
            answer = await client.post("/auth/token", data=form)
            answer.raise_for_status()
            tokens[username] = answer.json()["access_token"]
        return cls(client, tokens)

    def headers(self, who: str) -> dict[str, str]:
        """What a request of ``who`` carries."""
        return {"Authorization": f"Bearer {self._tokens[who]}", "Idempotency-Key": fresh()}

    async def issue(self, facts: Facts = ORDINARY) -> str:
        """A new item's id."""
        return await self._post("office", "/items", body_of(facts))

    async def act(self, item_id: str, act: Act) -> None:
        """Do one act."""
        await self._post(act.who, f"/items/{item_id}/{act.route}", act.body)

    async def _post(self, who: str, path: str, body: Json) -> str:
        """The id of the item, once its row covers the request: it is sent again with the same key
        as often as the answer is that it does not yet, or to try later."""
        headers = self.headers(who)
        while True:
            answer = await self.client.post(path, json=body, headers=headers)
            match answer.status_code:
                case httpx.codes.OK | httpx.codes.CREATED:
                    return str(answer.json()["id"])
                case httpx.codes.ACCEPTED:
                    self.accepted += 1
                case httpx.codes.SERVICE_UNAVAILABLE:
                    self.later += 1
                case _:
                    raise RuntimeError(f"{path}: {answer.status_code} {answer.text}")
            await asyncio.sleep(SEND_AGAIN)


class Direct:
    """Through :mod:`api.commands`, in this process."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def issue(self, facts: Facts = ORDINARY) -> str:
        """A new item's id."""
        create = partial(
            self._context.commands.create,
            actor=STAFF["office"],
            key=fresh(),
            raw=body_of(facts),
            facts=facts,
            issued_at=None,
            now=self._context.now(),
        )
        return await self._done(create)

    async def act(self, item_id: str, act: Act) -> None:
        """Do one act."""
        do = partial(
            self._context.commands.act,
            actor=STAFF[act.who],
            item_id=item_id,
            act=act.name,
            route=act.route,
            raw=act.body,
            key=fresh(),
        )
        await self._done(do)

    async def _done(self, ask: Callable[[], Awaitable[CommandResult]]) -> str:
        """The item's id, once its row covers what is asked; asked again until it does."""
        while True:
            with contextlib.suppress(Unavailable):
                done = await ask()
                if done.covered:
                    return done.item_id
            await asyncio.sleep(SEND_AGAIN)


class Plain:
    """By the calls of the Temporal client alone, as :class:`Raw` is driven."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._seals = Seals(context.settings.secret_key.get_secret_value())
        self._calendar: WorkingCalendar | None = None

    async def issue(self, facts: Facts = ORDINARY) -> str:
        """A new item's id."""
        issue = await self._issue(facts)
        await self._context.client.start_workflow(
            ItemWorkflow.run,
            ItemInput(issue=issue),
            id=ids.workflow_id(issue.item_id),
            task_queue=self._context.settings.task_queue,
            task_timeout=TASK_TIMEOUT,
            search_attributes=ids.search_attributes(preview_of(issue)),
            static_summary=details.summary(facts),
        )
        await self._recorded(issue.item_id, 1)
        return issue.item_id

    async def act(self, item_id: str, act: Act) -> None:
        """Do one act."""
        unsealed = SealedAct(body=act.body, actor=STAFF[act.who], request_id=fresh())
        sealed = self._seals.sealed(unsealed, item_id, act.name)
        handle = self._context.client.get_workflow_handle(ids.workflow_id(item_id))
        result: ActResult = await handle.execute_update(
            act.name, sealed, id=sealed.request_id, result_type=ActResult
        )
        await self._recorded(item_id, result.seq)

    async def _recorded(self, item_id: str, seq: int) -> None:
        if not await self._context.commits.wait_for(item_id, seq, PATIENCE):
            raise TimeoutError(f"{item_id} was not recorded")

    async def _issue(self, facts: Facts) -> Issue:
        if self._calendar is None:
            async with self._context.database.read() as connection:
                self._calendar = await reads.calendar(connection)
        now, key = self._context.now(), fresh()
        actor, item_id = STAFF["office"], ids.item_id_for("office", key)
        request_id = ids.update_id_for("office", item_id, "items", key)
        issue = Issue(
            item_id=item_id,
            facts=facts,
            issued_at=now,
            entered_at=now,
            actor=actor,
            calendar=self._calendar.slice(now.year, now.year + 2),
            policy=Policy(),
            request_id=request_id,
            body_hash=body_hash(body_of(facts)),
        )
        return sealed(issue, self._seals)


@dataclass(frozen=True, slots=True)
class Ran:
    """A step that the raw activity has run: when its workflow ordered it (its own time), and when
    it ran (the clock's)."""

    ordered: datetime
    at: float


@dataclass(slots=True)
class Told:
    """What the raw worker's activities tell, line by line."""

    ready: asyncio.Event = field(default_factory=asyncio.Event)
    ran: dict[tuple[str, int], Ran] = field(default_factory=dict)
    _waiters: dict[tuple[str, int], asyncio.Event] = field(default_factory=dict)

    async def listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take in lines until the worker ends."""
        async for line in reader:
            self._take(line.decode().split())
        writer.close()

    def _take(self, words: list[str]) -> None:
        if words == [READY]:
            self.ready.set()
            return
        workflow_id, step, ordered, at = words
        key = (workflow_id, int(step))
        self.ran[key] = Ran(datetime.fromisoformat(ordered), float(at))
        if waiter := self._waiters.pop(key, None):
            waiter.set()

    async def wait_for(self, workflow_id: str, step: int) -> Ran:
        """The step, once it has run."""
        key = (workflow_id, step)
        if key not in self.ran:
            waiter = self._waiters.setdefault(key, asyncio.Event())
            await asyncio.wait_for(waiter.wait(), PATIENCE)
        return self.ran[key]


class Raw:
    """The raw workflow, by the calls of the Temporal client."""

    def __init__(self, client: Client, queue: str, told: Told, name: str, script: Script) -> None:
        """``name`` is the script's in the worker."""
        self._client = client
        self._queue = queue
        self._told = told
        self._name = name
        self._script = script
        self._done: dict[str, int] = {}

    async def issue(self, facts: Facts = ORDINARY) -> str:
        """A new workflow's id; of ``facts`` only an instant as limit is taken."""
        workflow_id = f"raw-{fresh()}"
        due = facts.due_at.isoformat() if facts.due_at else None
        start: Json = {**self._script.steps[0].sent, "script": self._name, "due": due}
        await self._client.start_workflow(
            "RawItem",
            start,
            id=workflow_id,
            task_queue=self._queue,
            task_timeout=timedelta(seconds=self._script.task_timeout),
            search_attributes=TypedSearchAttributes(start_pairs(self._script.shown)),
            static_summary=details.summary(facts),
        )
        self._done[workflow_id] = 0
        await self._told.wait_for(workflow_id, 0)
        return workflow_id

    async def act(self, item_id: str, act: Act) -> None:  # noqa: ARG002 - the script says what
        """The script's next update."""
        self._done[item_id] += 1
        step = self._done[item_id]
        handle = self._client.get_workflow_handle(item_id)
        await handle.execute_update("act", self._script.steps[step].sent, id=fresh())
        await self._told.wait_for(item_id, step)


class Empty:
    """An update that does nothing."""

    def __init__(self, client: Client, queue: str) -> None:
        self._client = client
        self._queue = queue

    async def start(self) -> str:
        """A workflow to send it to."""
        workflow_id = f"empty-{fresh()}"
        await self._client.start_workflow("RawEmpty", id=workflow_id, task_queue=self._queue)
        return workflow_id

    async def update(self, workflow_id: str) -> None:
        """Send one and await its answer."""
        await self._client.get_workflow_handle(workflow_id).execute_update("nothing", id=fresh())


async def timed(work: Any) -> float:  # noqa: ANN401 - any awaitable
    """How many milliseconds it took."""
    begun = time.perf_counter()
    await work
    return (time.perf_counter() - begun) * 1000


def soon(seconds: float, now: datetime) -> datetime:
    """A whole second about that far ahead."""
    return (now + timedelta(seconds=seconds + 1)).replace(microsecond=0)
