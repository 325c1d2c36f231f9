"""The people of the tests, and how they act through the API."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from embedded.virtual_time import VirtualTime
from workflows.ids import workflow_id

PASSWORD = "correct horse 督办"
UNITS = (
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
Json = dict[str, Any]


def ordinary(**changed: Any) -> Json:
    """The body of an ordinary item; anything in it may be changed."""
    return {
        "title": "老旧小区改造",
        "content": "摸清底数，按期完成。",
        "category": "D2",
        "kind": "ordinary",
        "lead_unit": "ZJJ",
        "source": {"type": "会议", "reference": "区长办公会纪要〔2026〕8号"},
        **changed,
    }


def directive(**changed: Any) -> Json:
    """The body of a leader's directive."""
    source = {"type": "批示", "leader": "区长"}
    return ordinary(kind="directive", category="C1", source=source, **changed)


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
        for username, *_ in ACCOUNTS:
            form = {"username": username, "password": PASSWORD}
            answer = await client.post("/auth/token", data=form)
            assert answer.status_code == 200, answer.text
            everybody.tokens[username] = answer.json()["access_token"]
        return everybody

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
        live = await self.get("office", f"/items/{item['id']}/state")
        while (row := await self.read(item))["seq"] < live.json()["seq"]:
            pass
        return row

    def _headers(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[who]}"}
