"""A steady load on the real API by clients that behave as good clients do.

Every act has a key of its own, is sent again with that key while the answer is 429, 503 or none,
and is remembered with every answer it got. The same seed gives the same wishes; when they are
sent depends on how fast the system answers.
"""

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Self

import httpx

from tests.people import ordinary
from workflows.ids import item_id_for, update_id_for

CREATION = "items"
AGAIN = frozenset({429, 503})
NO_ANSWER = 0
ANSWER_WITHIN = 20.0
"""An answer that takes longer is taken for none; no act of the API may take so long."""
NOT_BEYOND = 60.0
"""How long after the end of the load a client goes on asking for an answer."""
Json = dict[str, Any]
Step = tuple[str, str, Json, str]
"""Who does what with which body, and the field of it that tells the acts apart."""

REMINDER: Step = ("office", "reminders", {"form": "phone", "to": "李强"}, "said")
LIFE: tuple[Step, ...] = (
    ("zjj", "receipt", {}, "comment"),
    ("zjj", "feedback", {}, "text"),
    REMINDER,
    ("zjj", "feedback", {"final": True}, "text"),
    ("deputy", "sign-off", {"approved": True}, "comment"),
    ("office", "review", {"accepted": True}, "comment"),
)
"""What happens to an item, in order."""


@dataclass(slots=True, eq=False)
class Act:
    """One thing somebody wanted done, and every answer there was."""

    who: str
    item_id: str
    route: str
    key: str
    body: Json
    patient: bool = True
    answers: list[int] = field(default_factory=list)
    claims: list[int] = field(default_factory=list)
    """The ``seq`` of every answer of 200 or 201, each of which says that it covers the act."""
    slowest: float = 0.0

    @property
    def request_id(self) -> str:
        """The id by which workflow and record know it."""
        return update_id_for(self.who, self.item_id, self.route, self.key)

    @property
    def acknowledged(self) -> bool:
        """Whether any answer said that it is done or accepted."""
        return any(200 <= answer < 300 for answer in self.answers)

    @property
    def refused(self) -> bool:
        """Whether the last word was that it is not done."""
        last = self.answers[-1]
        return not self.acknowledged and 400 <= last < 500 and last not in AGAIN


class Load:
    """``async with Load(url, tokens, seed=1, shared=items) as load:`` acts until :meth:`finish`."""

    def __init__(
        self,
        url: str,
        tokens: dict[str, str],
        *,
        seed: int,
        shared: tuple[str, ...],
        clients: int = 6,
        longest_limit: float = 25.0,
    ) -> None:
        """``shared`` are items on which all clients act at once; ``longest_limit`` says within
        how many seconds the limits of the new items lie."""
        self.acts: list[Act] = []
        self.due: dict[str, datetime] = {}
        """The limit of every item that somebody wanted issued."""
        self.in_flight = 0
        """How many requests are under way at this moment."""
        self.shared = shared
        self._url = f"{url}/api/v1"
        self._tokens = tokens
        self._seed = seed
        self._clients = clients
        self._longest_limit = longest_limit
        self._ending = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._http = httpx.AsyncClient(
            timeout=ANSWER_WITHIN, limits=httpx.Limits(max_keepalive_connections=clients)
        )

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._client(n)) for n in range(self._clients)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.aclose()

    async def finish(self) -> None:
        """Begin nothing more, and wait until every patient client has its answer."""
        self._ending.set()
        async with asyncio.timeout(NOT_BEYOND):
            await asyncio.gather(*self._tasks)

    @property
    def items(self) -> set[str]:
        """Every item that anybody acted on or wanted issued."""
        return {*self.due, *self.shared}

    async def probe(self) -> float:
        """One act more on a shared item; the seconds until it was acknowledged."""
        begun = time.monotonic()
        act = _act(REMINDER, self.shared[0], f"probe {self._seed} {len(self.acts)}")
        self.acts.append(act)
        await self._do(act, pause=0.1)
        assert act.acknowledged, act
        return time.monotonic() - begun

    async def put_away(self) -> None:
        """End what is open, so that whoever asks all open items later is not held up by these."""
        gate = asyncio.Semaphore(self._clients)

        async def end(item_id: str) -> None:
            async with gate:
                key = f"away {item_id}"
                await self._send(Act("office", item_id, "termination", key, {"reason": key}), 5.0)

        await asyncio.gather(*map(end, self.items))

    async def _client(self, number: int) -> None:
        rng = Random(f"{self._seed} {number}")
        keys = (f"{self._seed}-{number}-{n}" for n in range(1_000_000))
        while not self._ending.is_set():
            issue = await self._wish(self._creation(rng, next(keys)), rng)
            if not issue.acknowledged or not await self._recorded(issue):
                continue
            for step in LIFE[: rng.randint(1, len(LIFE))]:
                if self._ending.is_set():
                    return
                await self._wish(_act(step, issue.item_id, next(keys)), rng)
                if rng.random() < 0.5:
                    await self._wish(_act(REMINDER, rng.choice(self.shared), next(keys)), rng)
                if rng.random() < 0.2:
                    await self._ask(issue)

    def _creation(self, rng: Random, key: str) -> Act:
        item_id = item_id_for("office", key)
        due = datetime.now(UTC) + timedelta(seconds=rng.uniform(2.0, self._longest_limit))
        self.due[item_id] = due
        body = ordinary(title=key, kind="dated", due_at=due.isoformat())
        return Act("office", item_id, CREATION, key, body)

    async def _wish(self, act: Act, rng: Random) -> Act:
        """One act: mostly patiently, sometimes by a client that goes away or repeats itself."""
        await asyncio.sleep(rng.uniform(0.0, 0.2))
        self.acts.append(act)
        manner, pause = rng.random(), rng.uniform(0.2, 0.8)
        if manner < 0.08:
            act.patient = False
            return await self._do(act, within=rng.uniform(0.005, 0.1))
        if manner < 0.14:
            await asyncio.gather(self._do(act, pause=pause), self._do(act, pause=pause))
            return act
        await self._do(act, pause=pause)
        if manner < 0.2 and act.acknowledged:
            await self._do(act, pause=pause)
        return act

    async def _do(self, act: Act, *, pause: float = 0.5, within: float = ANSWER_WITHIN) -> Act:
        while True:
            answer = await self._send(act, within)
            act.answers.append(answer)
            if not act.patient or answer not in {*AGAIN, NO_ANSWER}:
                return act
            await asyncio.sleep(pause)

    async def _recorded(self, issue: Act) -> bool:
        """An item answered with 202 is looked for where the answer said, until it is there."""
        there = bool(issue.claims)
        while not there and not self._ending.is_set():
            await asyncio.sleep(0.3)
            there = await self._get(issue, "") == 200
        return there

    async def _ask(self, issue: Act) -> None:
        """Ask an item's workflow for its state; that must change nothing."""
        answer = await self._get(issue, "/state")
        assert answer in {200, *AGAIN, NO_ANSWER}, answer

    async def _get(self, issue: Act, what: str) -> int:
        url = f"{self._url}/items/{issue.item_id}{what}"
        with contextlib.suppress(httpx.HTTPError):
            return (await self._http.get(url, headers=self._headers(issue))).status_code
        return NO_ANSWER

    def _headers(self, act: Act) -> dict[str, str]:
        token = self._tokens[act.who]
        return {"Authorization": f"Bearer {token}", "Idempotency-Key": act.key}

    async def _send(self, act: Act, within: float) -> int:
        path = CREATION if act.route == CREATION else f"items/{act.item_id}/{act.route}"
        begun = time.monotonic()
        self.in_flight += 1
        try:
            async with asyncio.timeout(within):
                answer = await self._http.post(
                    f"{self._url}/{path}", json=act.body, headers=self._headers(act)
                )
        except (httpx.HTTPError, TimeoutError):
            return NO_ANSWER
        finally:
            self.in_flight -= 1
            if act.patient:
                act.slowest = max(act.slowest, time.monotonic() - begun)
        if answer.status_code in {200, 201}:
            item = answer.json()
            assert item["id"] == act.item_id
            act.claims.append(item["seq"])
        return answer.status_code


def _act(step: Step, item_id: str, key: str) -> Act:
    who, route, body, said = step
    return Act(who, item_id, route, key, {**body, said: key})
