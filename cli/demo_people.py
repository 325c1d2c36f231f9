"""The demonstration's last part: five people sign in over HTTP, each sees what is theirs; one act
is done by a stand-in, and refused attempts stand in the audit."""

import secrets
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import httpx

from api.context import Context
from domain.items import Json, Role
from store import passwords, units, users
from store.verification import verify

STAFF = (
    ("wangmin", "督查室 王敏", Role.OFFICE, None),
    ("liqiang", "住建局 李强", Role.UNIT, "ZJJ"),
    ("zhoutao", "交通局 周涛", Role.UNIT, "JTJ"),
    ("zhaogang", "副区长 赵刚", Role.DEPUTY, None),
    ("wujie", "副区长 吴洁", Role.DEPUTY, None),
)
UNITS = (("ZJJ", "区住房和城乡建设局", ["deputy", "zhaogang"]), ("JTJ", "区交通运输局", ["wujie"]))


class Offices:
    """Five people at their desks, each with a token of his own."""

    def __init__(
        self, context: Context, http: httpx.AsyncClient, say: Callable[[str], None]
    ) -> None:
        self._context = context
        self._http = http
        self._say = say
        self._tokens: dict[str, str] = {}
        self._names = {username: name for username, name, *_ in STAFF}

    async def everything(self) -> None:
        """From signing in to the audit."""
        await self._sign_in()
        housing = await self._issue("老旧小区电梯加装", "ZJJ")
        await self._issue("农村公路养护", "JTJ")
        await self._who_sees_what()
        await self._do("liqiang", housing, "receipt", {})
        await self._do("liqiang", housing, "feedback", {"text": "已全部加装。", "final": True})
        await self._stand_in()
        signed = {"approved": True, "comment": "同意。"}
        await self._do("wujie", housing, "sign-off", signed)
        await self._do("wujie", housing, "sign-off", {**signed, "on_behalf_of": "副区长 赵刚"})
        await self._do("liqiang", housing, "review", {"accepted": True, "comment": "自评合格"})
        await self._do("zhoutao", housing, "feedback", {"text": "代报"})
        await self._do("wangmin", housing, "review", {"accepted": True, "comment": "属实，销号。"})
        await self._timeline(housing)
        await self._audit(housing)

    async def _sign_in(self) -> None:
        password = secrets.token_urlsafe()
        digest = await passwords.hash_password(password)
        async with self._context.database.write() as connection:
            for code, name, deputies in UNITS:
                await units.put_unit(connection, code, name, deputies)
            for username, name, role, unit in STAFF:
                await users.add_user(
                    connection, username, role=role, name=name, password_hash=digest, unit_code=unit
                )
        for username in self._names:
            form = {"username": username, "password": password}
            answer = await self._http.post("/auth/token", data=form)
            self._tokens[username] = answer.raise_for_status().json()["access_token"]

    async def _send(self, who: str, method: str, path: str, **sent: Any) -> httpx.Response:  # noqa: ANN401
        headers = {
            "Authorization": f"Bearer {self._tokens[who]}",
            "Idempotency-Key": str(uuid.uuid4()),
        }
        return await self._http.request(method, path, headers=headers, **sent)

    async def _get(self, who: str, path: str, **params: str) -> list[Json]:
        answer = await self._send(who, "GET", path, params=params)
        found: list[Json] = answer.raise_for_status().json()["items"]
        return found

    async def _issue(self, title: str, unit: str) -> str:
        body = {
            "title": title,
            "content": f"{title}：抓紧办理。",
            "category": "D2",
            "kind": "ordinary",
            "lead_unit": unit,
            "source": {"type": "会议"},
        }
        answer = await self._send("wangmin", "POST", "/items", json=body)
        item_id: str = answer.raise_for_status().json()["id"]
        return item_id

    async def _who_sees_what(self) -> None:
        self._say("  五人登录，各见其所见：")
        for who, name in self._names.items():
            seen = [item["title"] for item in await self._get(who, "/items", q="老旧小区电梯加装")]
            seen += [item["title"] for item in await self._get(who, "/items", q="农村公路养护")]
            self._say(f"    {name}：{'、'.join(seen) or '（无）'}")

    async def _stand_in(self) -> None:
        today = self._context.now().date()
        body = {"stand_in": "wujie", "absent": "zhaogang", "reason": "因公出差"}
        body |= {"since": today.isoformat(), "until": _days_after(today, 3)}
        (await self._send("wangmin", "POST", "/stand-ins", json=body)).raise_for_status()
        self._say("  督查室登记：副区长 赵刚因公出差，由副区长 吴洁代理三日。")

    async def _do(self, who: str, item: str, act: str, body: Json) -> None:
        answer = await self._send(who, "POST", f"/items/{item}/{act}", json=body)
        if answer.is_error:
            told = answer.json()
            self._say(f"  ✕ {self._names[who]} 不予受理（{told['code']}）：{told['detail']}")

    async def _timeline(self, item: str) -> None:
        for entry in await self._get("wangmin", f"/items/{item}/timeline"):
            who = entry["actor"]["name"] if entry["actor"] else "系统"
            instead = f"代{entry['on_behalf_of']}" if entry["on_behalf_of"] else ""
            self._say(f"  {entry['title']}〔{who}{instead}〕{entry['summary']}")

    async def _audit(self, item: str) -> None:
        self._say("  访问审计里留下的：")
        for kept in reversed(await self._get("wangmin", "/audit", about=item)):
            self._say(
                f"    {kept['username']} {kept['event_name']} {kept['route']}（{kept['code']}）"
            )
        async with self._context.database.read() as connection:
            verified = await verify(connection)
        fits = "全部相符" if not verified.found else f"{len(verified.found)} 处不符"
        self._say(f"  审计核对：{verified.items} 件事项的 {verified.entries} 项记录，{fits}。")


def _days_after(day: date, days: int) -> str:
    return (day + timedelta(days=days)).isoformat()
