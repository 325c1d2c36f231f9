"""AB角: who stands in for whom, and when."""

from dataclasses import replace
from datetime import date
from typing import Any

from starlette.responses import Response

from api.directory_schemas import StandInIn
from domain.items import Json
from domain.permissions import Right, has_right, may_read_stand_ins
from web.backend import Problem
from web.forms import Field, Kind, fields_of
from web.plain import Plain, drawn, sent
from web.registers import people
from web.render import day
from web.visits import Visit, route

FIELDS = sorted(fields_of(StandInIn, above="stand_in"), key=lambda field: field.name != "absent")
"""Who is away comes first."""
DONE = {"made": "已登记代理，自起日生效。", "ended": "已终止代理，记录保留。"}


async def stand_ins(visit: Visit) -> Response:
    """``GET /stand-ins``."""
    asked, person = visit.asked(), visit.visitor.person
    found = await visit.api.get(
        "/stand-ins",
        limit=50,
        cursor=asked.get("cursor"),
        in_force=asked.get("in_force"),
        username=asked.get("username"),
    )
    return visit.page(
        "stand_ins",
        stand_ins=[(one, _stage(visit, one)) for one in found["items"]],
        next_cursor=found["next_cursor"],
        asked={name: said for name, said in asked.items() if name not in {"cursor", "done"}},
        done=DONE.get(asked.get("done", ""), ""),
        of_all=may_read_stand_ins(person),
        may_change=has_right(Right.REGISTERS, person),
    )


def _stage(visit: Visit, one: dict[str, Any]) -> str:
    """Whether it lasts, is to come, is over, or was ended before it had lasted a day."""
    if one["current"]:
        return "current"
    first, last = date.fromisoformat(one["since"]), date.fromisoformat(one["until"])
    if last < first:
        return "dropped"
    return "to_come" if first > visit.context.now().astimezone(visit.zone).date() else "over"


async def _form(visit: Visit) -> Plain:
    known = await people(visit)
    return Plain(
        title="登记代理",
        button="登记代理",
        address="/stand-ins/new",
        back="/stand-ins",
        fields=tuple(_with_people(field, known) for field in FIELDS),
        also=(
            "代理期内，代理人可以看到被代理人的事项，收到同样的消息，并可代为办理；"
            "办理过程中载明双方姓名。",
        ),
    )


def _with_people(field: Field, known: tuple[tuple[str, str], ...]) -> Field:
    if field.name == "reason":
        return replace(field, kind=Kind.LINE)
    return replace(field, options=known) if field.kind is Kind.LINE else field


async def new_page(visit: Visit) -> Response:
    """``GET /stand-ins/new``."""
    return drawn(visit, await _form(visit))


async def new(visit: Visit) -> Response:
    """``POST /stand-ins/new``."""

    async def send(body: Json, key: str) -> str:
        await visit.api.post("/stand-ins", body, key=key)
        return "/stand-ins?done=made"

    return await sent(visit, await _form(visit), send)


async def _ending(visit: Visit) -> Plain:
    one = await _one(visit, visit.path("number"))
    return Plain(
        title=f"终止代理：{one['absent_name']}由{one['stand_in_name']}代理",
        button="终止代理",
        address=f"/stand-ins/{one['id']}/end",
        back="/stand-ins",
        fields=(),
        also=(
            f"登记的代理期：{day(one['since'])}至{day(one['until'])}，{one['reason']}。",
            "即刻终止，代理人不再看到被代理人的事项；已经代为办理的仍然有效，记录保留。",
        ),
        asks_again=True,
    )


async def _one(visit: Visit, number: str) -> dict[str, Any]:
    """The stand-in of that number. Raises :class:`Problem` (404)."""
    cursor = None
    while True:
        page = await visit.api.get("/stand-ins", limit=200, cursor=cursor)
        for one in page["items"]:
            if str(one["id"]) == number:
                return dict(one)
        if (cursor := page["next_cursor"]) is None:
            raise Problem(404, "not_found", "没有这项代理，请从代理名册重新进入。", {})


async def end_page(visit: Visit) -> Response:
    """``GET /stand-ins/{number}/end``: asks once more."""
    return drawn(visit, await _ending(visit))


async def end(visit: Visit) -> Response:
    """``POST /stand-ins/{number}/end``."""

    async def send(_: Json, __: str) -> str:
        await visit.api.delete(f"/stand-ins/{visit.part('number')}")
        return "/stand-ins?done=ended"

    return await sent(visit, await _ending(visit), send)


ROUTES = [
    route("/stand-ins", stand_ins, right=Right.READ_RULES),
    route("/stand-ins/new", new_page, right=Right.REGISTERS),
    route("/stand-ins/new", new, "POST", right=Right.REGISTERS),
    route("/stand-ins/{number}/end", end_page, right=Right.REGISTERS),
    route("/stand-ins/{number}/end", end, "POST", right=Right.REGISTERS),
]
