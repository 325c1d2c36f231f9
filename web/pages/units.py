"""The directory: units, the leaders in charge of them, and the three who answer for each (R47)."""

import re
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from api.directory_schemas import AppointIn
from api.schemas import UnitIn
from domain.items import Json
from domain.permissions import Right, has_right
from web.backend import Problem
from web.forms import Field, Kind, fields_of, filled
from web.plain import Plain, drawn, sent
from web.visits import Visit, route
from web.words import LABELS_BELOW, POSTS

TRIO = ("principal", "supervisor", "handler")
UNTIL = Field(name="until", label="任职的最后一日", kind=Kind.DATE)
CODE = Field(
    name="code",
    label=LABELS_BELOW["unit.code"],
    kind=Kind.LINE,
    required=True,
    hint="简短、不再改动，例如 ZJJ",
)
FIELDS = fields_of(UnitIn, above="unit")
POST_FIELDS = fields_of(AppointIn, above="post", without=("person_id",))


async def units(visit: Visit) -> Response:
    """``GET /units``."""
    asked = visit.asked()
    found = await visit.api.get(
        "/units",
        limit=50,
        cursor=asked.get("cursor"),
        q=asked.get("q"),
        incomplete=asked.get("incomplete"),
    )
    return visit.page(
        "units",
        units=found["items"],
        next_cursor=found["next_cursor"],
        asked={name: said for name, said in asked.items() if name != "cursor"},
        leaders=await _leaders(visit),
        posts=POSTS,
        may_change=has_right(Right.REGISTERS, visit.visitor.person),
    )


async def unit(visit: Visit) -> Response:
    """``GET /units/{code}``."""
    at = f"/units/{visit.part('code')}"
    found, person = await visit.api.get(at), visit.visitor.person
    try:
        trio = (await visit.api.get(f"{at}/posts", history=True))["items"]
    except Problem as problem:
        if problem.status != 403:
            raise
        trio = []
    return visit.page(
        "unit",
        unit=found,
        past=[one for one in trio if not one["current"] and not _is_to_come(visit, one)],
        to_come=[one for one in trio if _is_to_come(visit, one)],
        held={one["post"]: one for one in trio if one["current"]},
        posts=POSTS,
        own=TRIO,
        leaders=await _leaders(visit),
        may_change=has_right(Right.REGISTERS, person),
        may_appoint=has_right(Right.REGISTERS, person)
        or (has_right(Right.OWN_REGISTERS, person) and person.unit == found["code"]),
    )


def _is_to_come(visit: Visit, one: dict[str, Any]) -> bool:
    """Whether a service begins on a later day; one that ends before it begins never does."""
    today = visit.context.now().astimezone(visit.zone).date().isoformat()
    never = bool(one["until"]) and str(one["until"]) < str(one["since"])
    return bool(one["since"]) and str(one["since"]) > today and not never


async def _leaders(visit: Visit) -> dict[str, str]:
    return {one["username"]: one["name"] for one in (await visit.api.get("/leaders"))["items"]}


async def _form(visit: Visit, known: dict[str, Any] | None) -> Plain:
    leaders = tuple((await _leaders(visit)).items())
    fields = tuple(
        replace(field, kind=Kind.TICKS, choices=leaders) if field.name == "deputies" else field
        for field in FIELDS
    )
    if known is None:
        return Plain(
            title="登记单位",
            button="登记单位",
            address="/units/new",
            back="/units",
            fields=(CODE, *fields),
        )
    at = f"/units/{known['code']}"
    return Plain(
        title=f"修改单位：{known['name']}",
        button="保存",
        address=f"{at}/edit",
        back=at,
        fields=fields,
        said=filled(fields, known, visit.zone),
    )


async def new_page(visit: Visit) -> Response:
    """``GET /units/new``."""
    return drawn(visit, await _form(visit, None))


async def new(visit: Visit) -> Response:
    """``POST /units/new``."""

    async def send(body: Json, _: str) -> str:
        code = str(body.pop("code", "")).strip()
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", code):
            raise Problem(422, "bad_code", "code：请填 1 至 40 个字母、数字、- 或 _。", {})
        await visit.api.put(f"/units/{code}", body, new=True)
        return f"/units/{code}"

    return await sent(visit, await _form(visit, None), send)


async def edit_page(visit: Visit) -> Response:
    """``GET /units/{code}/edit``."""
    return drawn(visit, await _form(visit, await visit.api.get(f"/units/{visit.part('code')}")))


async def edit(visit: Visit) -> Response:
    """``POST /units/{code}/edit``."""
    at = f"/units/{visit.part('code')}"

    async def send(body: Json, _: str) -> str:
        await visit.api.put(at, {"deputies": [], **body})
        return at

    return await sent(visit, await _form(visit, await visit.api.get(at)), send)


def _post(visit: Visit) -> Plain:
    at, post = f"/units/{visit.part('code')}", visit.path("post")
    if post not in TRIO:
        raise Problem(404, "not_found", "没有这个地址，请从菜单重新进入。", {})
    return Plain(
        title=f"登记{POSTS[post]}",
        button="保存",
        address=f"{at}/posts/{post}",
        back=at,
        fields=POST_FIELDS,
        also=("原任的任职到前一日为止，记录保留；已下达的事项仍显示当时的姓名。",),
    )


async def post_page(visit: Visit) -> Response:
    """``GET /units/{code}/posts/{post}``."""
    return drawn(visit, _post(visit))


async def post(visit: Visit) -> Response:
    """``POST /units/{code}/posts/{post}``."""
    at = f"/units/{visit.part('code')}"

    async def send(body: Json, _: str) -> str:
        await visit.api.put(f"{at}/posts/{visit.part('post')}", body)
        return at

    return await sent(visit, _post(visit), send)


def _ending(visit: Visit) -> Plain:
    form = _post(visit)
    name = POSTS[visit.path("post")]
    return replace(
        form,
        title=f"终止{name}的任职",
        button="终止任职",
        address=f"{form.address}/end",
        fields=(UNTIL,),
        also=("不填即到昨日为止，自今日起空缺；尚未到任的一并取消。只记终止日期，不删除记录。",),
        asks_again=True,
    )


async def ending_page(visit: Visit) -> Response:
    """``GET /units/{code}/posts/{post}/end``."""
    return drawn(visit, _ending(visit))


async def ending(visit: Visit) -> Response:
    """``POST /units/{code}/posts/{post}/end``."""
    at = f"/units/{visit.part('code')}"

    async def send(body: Json, _: str) -> str:
        to = f"{at}/posts/{visit.part('post')}"
        await visit.api.answer("DELETE", to, query={"until": body.get("until")})
        return at

    return await sent(visit, _ending(visit), send)


ROUTES = [
    route("/units", units, right=Right.READ_RULES),
    route("/units/new", new_page, right=Right.REGISTERS),
    route("/units/new", new, "POST", right=Right.REGISTERS),
    route("/units/{code}", unit, right=Right.READ_RULES),
    route("/units/{code}/edit", edit_page, right=Right.REGISTERS),
    route("/units/{code}/edit", edit, "POST", right=Right.REGISTERS),
    route("/units/{code}/posts/{post}", post_page, right=Right.OWN_REGISTERS),
    route("/units/{code}/posts/{post}", post, "POST", right=Right.OWN_REGISTERS),
    route("/units/{code}/posts/{post}/end", ending_page, right=Right.OWN_REGISTERS),
    route("/units/{code}/posts/{post}/end", ending, "POST", right=Right.OWN_REGISTERS),
]
