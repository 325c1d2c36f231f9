"""The people of the tests, and how they act through the API."""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from temporalio.client import Client, WorkflowExecutionDescription

from embedded.virtual_time import VirtualTime
from workflows.ids import workflow_id

PASSWORD = "correct horse 督办"
UNITS: tuple[tuple[str, str, list[str]], ...] = (
    ("ZJJ", "区住房和城乡建设局", ["deputy"]),
    ("JTJ", "区交通运输局", ["deputy", "deputy2"]),
    ("MZJ", "区民政局", ["deputy2"]),
    ("ORPHAN", "无分管领导单位", []),
)
ACCOUNTS = (
    ("office", "督查室 王敏", "office", None),
    ("zjj", "住建局 李强", "unit", "ZJJ"),
    ("jtj", "交通局 周涛", "unit", "JTJ"),
    ("mzj", "民政局 钱芳", "unit", "MZJ"),
    ("deputy", "副区长 赵刚", "deputy", None),
    ("deputy2", "副区长 吴洁", "deputy", None),
    ("chief", "区长 孙立", "chief", None),
    ("admin", "管理员", "admin", None),
)
ZONE = ZoneInfo("Asia/Shanghai")
Json = dict[str, Any]


def days_ahead(days: int) -> str:
    """The date so many days from now, in the district."""
    return (datetime.now(ZONE) + timedelta(days=days)).date().isoformat()


def ordinary(**changed: Any) -> Json:
    """The body of an ordinary item; anything in it may be changed."""
    return {
        "title": "老旧小区改造",
        "content": "摸清底数，按期完成。",
        "category": "D2",
        "kind": "ordinary",
        "lead_unit": "ZJJ",
        "source": {
            "type": "会议",
            "reference": "区长办公会纪要〔2026〕8号",
            "date": "2026-10-08",
            "clause": "三",
        },
        **changed,
    }


def directive(**changed: Any) -> Json:
    """The body of a leader's directive."""
    source = {"type": "批示", "leader": "区长"}
    return ordinary(kind="directive", category="C1", source=source, **changed)


def dated(**changed: Any) -> Json:
    """The body of an item with a limit of its own, sixty days ahead."""
    return ordinary(**{"kind": "dated", "due_on": days_ahead(60), **changed})


@dataclass(slots=True)
class People:
    """Everybody's tokens; ``who`` below is a username."""

    client: httpx.AsyncClient
    clock: VirtualTime
    tokens: dict[str, str] = field(default_factory=dict)

    @classmethod
    async def signed_in(cls, client: httpx.AsyncClient, clock: VirtualTime) -> "People":
        """Everybody signs in."""
        everybody = cls(client, clock)
        await everybody.sign_in(*(username for username, *_ in ACCOUNTS))
        return everybody

    async def sign_in(self, *usernames: str) -> None:
        """These people sign in, all with the password of the tests."""
        for username in usernames:
            form = {"username": username, "password": PASSWORD}
            answer = await self.client.post("/auth/token", data=form)
            assert answer.status_code == 200, answer.text
            self.tokens[username] = answer.json()["access_token"]

    async def send(
        self, who: str | None, method: str, path: str, key: str | None = None, **sent: Any
    ) -> httpx.Response:
        """Any request at all, by somebody signed in or by nobody."""
        headers = self._headers(who) if who else {}
        if key is not None:
            headers["Idempotency-Key"] = key
        headers |= sent.pop("headers", {})
        return await self.client.request(method, path, headers=headers, **sent)

    async def get(self, who: str, path: str, **params: Any) -> httpx.Response:
        """GET as ``who``."""
        return await self.client.get(path, params=params, headers=self._headers(who))

    async def post(
        self, who: str, path: str, body: Any = None, key: str | None = None
    ) -> httpx.Response:
        """POST as ``who``, with a fresh key unless one is given."""
        headers = self._headers(who) | {"Idempotency-Key": key or str(uuid.uuid4())}
        return await self.client.post(path, json=body if body is not None else {}, headers=headers)

    async def put(self, who: str, path: str, body: Any) -> httpx.Response:
        """PUT as ``who``."""
        return await self.client.put(path, json=body, headers=self._headers(who))

    async def issue(self, body: Json | None = None, **changed: Any) -> Json:
        """An item issued by the office, as answered."""
        answer = await self.post("office", "/items", (body or ordinary()) | changed)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def act(self, who: str, item: Json, route: str, **body: Any) -> Json:
        """An act that must succeed; the item after it."""
        answer = await self.post(who, f"/items/{item['id']}/{route}", body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def refused(self, who: str, item: Json, route: str, **body: Any) -> tuple[int, str]:
        """An act that must not succeed: status and code."""
        answer = await self.post(who, f"/items/{item['id']}/{route}", body)
        assert answer.headers["content-type"] == "application/problem+json", answer.text
        return answer.status_code, answer.json()["code"]

    async def read(self, item: Json, who: str = "office") -> Json:
        """The item as ``who`` reads it."""
        answer = await self.get(who, f"/items/{item['id']}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def timeline(self, item: Json, who: str = "office") -> list[Json]:
        """The item's timeline as ``who`` reads it."""
        answer = await self.get(who, f"/items/{item['id']}/timeline")
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    async def inbox(self, who: str, item: Json) -> list[Json]:
        """What ``who`` has been told of the item, the newest first."""
        found: list[Json] = []
        cursor: Json = {}
        while True:
            page = (await self.get(who, "/inbox", limit=200, **cursor)).json()
            found += [notice for notice in page["items"] if notice["item_id"] == item["id"]]
            if page["next_cursor"] is None:
                return found
            cursor = {"cursor": page["next_cursor"]}

    async def upload(self, who: str, name: str, content: bytes) -> Json:
        """A file uploaded by ``who``."""
        answer = await self.send(who, "POST", "/files", files={"file": (name, content)})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def until(self, item: Json, wanted: Callable[[Json], bool]) -> Json:
        """The item once it is as ``wanted``; the test's own time limit ends a vain wait."""
        while not wanted(row := await self.read(item)):
            await asyncio.sleep(0.02)
        return row

    async def forward_to(self, item: Json, until: datetime) -> Json:
        """The item at ``until`` (virtual), every alarm before it rung and recorded."""
        await self.clock.forward_to(workflow_id(item["id"]), until)
        return await self.settled(item)

    async def forward(self, item: Json, **distance: float) -> Json:
        """The item some time later (virtual)."""
        now = await self.clock.now(workflow_id(item["id"]))
        return await self.forward_to(item, now + timedelta(**distance))

    async def settled(self, item: Json) -> Json:
        """The item once its row has caught up with its workflow."""
        # A run just carried on into the next cannot be asked before its first moment.
        while (live := await self.get("office", f"/items/{item['id']}/state")).status_code == 503:
            await asyncio.sleep(0.1)
        return await self.until(item, lambda row: row["seq"] >= live.json()["seq"])

    def _headers(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[who]}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Everything an act could leave behind: the record, the timeline, the workflow's history."""

    seq: int
    entries: int
    events: int

    @classmethod
    async def of(cls, desk: People, temporal: Client, item: Json) -> "Trace":
        """What the item's acts have left behind, once nothing of them is under way any more."""
        handle = temporal.get_workflow_handle(workflow_id(item["id"]))
        while _is_busy(found := await handle.describe()):
            await asyncio.sleep(0.01)
        return cls(
            seq=(await desk.read(item))["seq"],
            entries=len(await desk.timeline(item)),
            events=found.history_length,
        )


def _is_busy(found: WorkflowExecutionDescription) -> bool:
    raw = found.raw_description
    return bool(raw.pending_activities) or raw.HasField("pending_workflow_task")
