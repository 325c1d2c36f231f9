"""How people are called outside the system (消息渠道), and the record of what went out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import Response

from api.channels import ChannelIn
from domain.channels import CHANNEL_NAMES, STATE_NAMES, Channel
from domain.items import Json
from domain.permissions import Right
from web.backend import Problem, address_part
from web.forms import Field, fields_of
from web.plain import Plain, drawn, sent
from web.visits import Visit, route
from web.words import URGENCY_NAMES

FIELDS = fields_of(ChannelIn, above="channel", without=("channel",))
ADDRESSES = {
    Channel.EMAIL: "电子邮件地址",
    Channel.WECOM: "群机器人的密钥（机器人地址中“key=”之后的部分）；"
    "系统接有企业微信应用的，填本人的成员账号",
    Channel.DINGTALK: "群机器人的令牌（机器人地址中“access_token=”之后的部分）；"
    "加签的写成“密钥@令牌”",
    Channel.FEISHU: "群机器人地址的最后一段",
    Channel.WEBHOOK: "系统管理员允许的主机上的地址，以“http://”或“https://”开头",
    Channel.SMS: "11 位手机号码",
}
"""What an address is, as people find it."""
DONE = {"set": "已保存。", "removed": "已不再使用该渠道。"}
FILTERS = ("username", "channel", "state", "item_id")
_PLACE = re.compile(r"channels\.\d+\.")
"""Where in the API's body a channel stands: of no interest to who fills in the form of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """Whose channels: one's own, or ``username``'s; where the API and the pages have them."""

    username: str
    api: str
    at: str


def _whose(visit: Visit) -> Whose:
    username = visit.request.path_params.get("username", "")
    name = address_part(username)
    return Whose(
        username=username,
        api=f"/users/{name}/channels" if name else "/me/channels",
        at=f"/accounts/{name}/channels" if name else "/channels",
    )


async def _all(visit: Visit, whose: Whose) -> list[dict[str, Any]]:
    return list((await visit.api.get(whose.api))["items"])


async def _one(visit: Visit, whose: Whose) -> tuple[dict[str, Any], list[Json]]:
    """The channel of the address, and the body of all others that are set: addresses that are not
    named stay. Raises :class:`Problem` (404)."""
    every = await _all(visit, whose)
    wanted = visit.path("channel")
    found = next((one for one in every if one["channel"] == wanted), None)
    if found is None:
        raise Problem(404, "not_found", "没有这个渠道，请从“消息渠道”重新进入。", {})
    others = [
        {name: one[name] for name in ("channel", "active", "urgencies")}
        for one in every
        if one is not found and one["address"]
    ]
    return found, others


async def channels(visit: Visit) -> Response:
    """``GET /channels``, ``GET /accounts/{username}/channels``."""
    return await _shown(visit, done=DONE.get(visit.asked().get("done", ""), ""))


async def _shown(
    visit: Visit, *, done: str = "", tried: Json | None = None, as_: str = ""
) -> Response:
    whose = _whose(visit)
    return visit.page(
        "channels",
        whose=whose,
        channels=await _all(visit, whose),
        urgencies=URGENCY_NAMES,
        done=done,
        tried=tried,
        tried_as=as_,
    )


def _form(whose: Whose, one: dict[str, Any]) -> Plain:
    chosen = URGENCY_NAMES if not one["address"] else one["urgencies"]
    of = f"：{whose.username}" if whose.username else ""
    off = () if one["available"] else ("系统没有开通该渠道：可以先填写，开通后才发送。",)
    return Plain(
        title=f"设置{one['name']}{of}",
        button="保存",
        address=f"{whose.at}/{one['channel']}/edit",
        back=whose.at,
        fields=tuple(_field(field, one) for field in FIELDS),
        said={
            "urgencies": ",".join(chosen),
            "active": "true" if one["active"] or not one["address"] else "",
        },
        also=off,
        keeps=False,
    )


def _field(field: Field, one: dict[str, Any]) -> Field:
    if field.name != "address":
        return field
    what = ADDRESSES[Channel(one["channel"])]
    if not one["address"]:
        return replace(field, required=True, hint=f"{what}。保存后不再显示全文")
    return replace(field, hint=f"{what}。现为 {one['address']}，不改的不填")


async def edit_page(visit: Visit) -> Response:
    """``GET …/{channel}/edit``."""
    whose = _whose(visit)
    one, _ = await _one(visit, whose)
    return drawn(visit, _form(whose, one))


async def edit(visit: Visit) -> Response:
    """``POST …/{channel}/edit``."""
    whose = _whose(visit)
    one, others = await _one(visit, whose)

    async def send(body: Json, _: str) -> str:
        # What is not ticked is not sent: it is meant all the same.
        unticked = {"channel": one["channel"], "active": False, "urgencies": []}
        await _put(visit, whose, [*others, unticked | body])
        return f"{whose.at}?done=set"

    return await sent(visit, _form(whose, one), send)


async def _put(visit: Visit, whose: Whose, chosen: Sequence[Json]) -> None:
    try:
        await visit.api.put(whose.api, {"channels": chosen})
    except Problem as problem:
        detail = _PLACE.sub("", problem.detail, count=1)
        raise Problem(problem.status, problem.code, detail, problem.headers) from problem


def _giving_up(whose: Whose, one: dict[str, Any]) -> Plain:
    of = f"：{whose.username}" if whose.username else ""
    return Plain(
        title=f"不再使用{one['name']}{of}",
        button="不再使用",
        address=f"{whose.at}/{one['channel']}/remove",
        back=whose.at,
        fields=(),
        also=(
            "所填的地址即删去，等待发送的消息不再发送；站内消息不受影响。",
            "只想暂停的，请返回修改，改为不启用。",
        ),
        asks_again=True,
    )


async def remove_page(visit: Visit) -> Response:
    """``GET …/{channel}/remove``: asks once more."""
    whose = _whose(visit)
    one, _ = await _one(visit, whose)
    return drawn(visit, _giving_up(whose, one))


async def remove(visit: Visit) -> Response:
    """``POST …/{channel}/remove``."""
    whose = _whose(visit)
    one, others = await _one(visit, whose)

    async def send(_: Json, __: str) -> str:
        await _put(visit, whose, others)
        return f"{whose.at}?done=removed"

    return await sent(visit, _giving_up(whose, one), send)


async def trial(visit: Visit) -> Response:
    """``POST …/{channel}/test``: what became of it stands on the page that is drawn."""
    await visit.form()
    whose = _whose(visit)
    one, _ = await _one(visit, whose)
    answer = await visit.api.answer("POST", f"{whose.api}/{one['channel']}/test", json={})
    tried = answer.json()
    as_ = "notice" if answer.status_code == 202 else "done" if tried["sent"] else "wrong"
    return await _shown(visit, tried={"name": one["name"], **tried}, as_=as_)


async def sendings(visit: Visit) -> Response:
    """``GET /sendings``."""
    asked = {name: said for name, said in visit.asked().items() if name in FILTERS}
    cursor = visit.asked().get("cursor")
    found = await visit.api.get("/sendings", **asked, limit=50, cursor=cursor)
    return visit.page(
        "sendings",
        asked=asked,
        sendings=found["items"],
        next_cursor=found["next_cursor"],
        first=cursor is None,
        names={str(one): name for one, name in CHANNEL_NAMES.items()},
        states={str(one): name for one, name in STATE_NAMES.items()},
    )


def _of(at: str, right: Right) -> list[Any]:
    """The pages of somebody's channels."""
    return [
        route(at, channels, right=right),
        route(f"{at}/{{channel}}/edit", edit_page, right=right),
        route(f"{at}/{{channel}}/edit", edit, "POST", right=right),
        route(f"{at}/{{channel}}/remove", remove_page, right=right),
        route(f"{at}/{{channel}}/remove", remove, "POST", right=right),
        # Looked at again, its address shows the channels.
        route(f"{at}/{{channel}}/test", channels, right=right),
        route(f"{at}/{{channel}}/test", trial, "POST", right=right),
    ]


ROUTES = [
    *_of("/channels", Right.SIGNED_IN),
    *_of("/accounts/{username}/channels", Right.ACCOUNTS),
    route("/sendings", sendings, right=Right.RUNNING),
]
