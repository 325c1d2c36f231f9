"""The year at a glance: tasks by month (R45), and splitting an item (R10)."""

from collections import defaultdict
from typing import Any

from starlette.responses import Response

from api.schemas import SplitIn
from domain.items import Json
from domain.permissions import Right
from web.forms import fields_of
from web.plain import Plain, drawn, sent
from web.registers import units
from web.visits import Visit, route

FIELDS = fields_of(SplitIn, above="split")
MARKS = {"planned": "·", "open": "办", "closed": "✓", "terminated": "止", "skipped": "免"}
MEANINGS = (
    ("·", "未到期"),
    ("办", "办理中"),
    ("✓", "按期办结"),
    ("迟", "逾期后办结"),
    ("逾", "逾期未报"),
    ("免", "不要求报告"),
    ("止", "已终止"),
)


async def year(visit: Visit) -> Response:
    """``GET /year``."""
    asked = visit.asked()
    wanted = asked.get("year") or str(visit.context.now().year)
    found = await visit.api.get(
        "/year-tasks", year=wanted, unit=asked.get("unit"), cursor=asked.get("cursor"), limit=50
    )
    return visit.page(
        "year",
        year=wanted,
        tasks=[(task, _by_month(task)) for task in found["items"]],
        next_cursor=found["next_cursor"],
        asked={name: said for name, said in asked.items() if name != "cursor"},
        units=await units(visit),
        meanings=MEANINGS,
    )


def _by_month(task: dict[str, Any]) -> list[list[dict[str, str]]]:
    """The marks of a task's twelve months."""
    months: dict[int, list[dict[str, str]]] = defaultdict(list)
    for part in task["parts"]:
        if part["due_on"]:
            begun = part["state"] in {"open", "closed", "terminated"}
            months[int(part["due_on"][5:7])].append(
                {
                    "mark": _mark(part),
                    "told": f"{part['name']}，{part['due_on']}，{part['state_name']}",
                    "to": f"/items/{part['item_id']}" if begun else "",
                }
            )
    return [months[month] for month in range(1, 13)]


def _mark(part: dict[str, Any]) -> str:
    if part["state"] == "closed" and part["lapsed"]:
        return "迟"
    if part["state"] == "open" and part["lapsed"]:
        return "逾"
    return MARKS[part["state"]]


async def _split(visit: Visit) -> Plain:
    at = f"/items/{visit.part('item_id')}"
    item = await visit.api.get(at)
    return Plain(
        title=f"分解：{item['title']}",
        button="分解",
        address=f"{at}/split",
        back=at,
        fields=FIELDS,
        also=("每个分项各有承办单位、期限和记录；全部分项办结后，本事项方可办结。",),
        units=await units(visit),
    )


async def split_page(visit: Visit) -> Response:
    """``GET /items/{id}/split``."""
    return drawn(visit, await _split(visit))


async def split(visit: Visit) -> Response:
    """``POST /items/{id}/split``."""

    async def send(body: Json, key: str) -> str:
        at = f"/items/{visit.part('item_id')}"
        await visit.api.post(f"{at}/parts", {"parts": [], **body}, key=key)
        return f"{at}?done=split#now"

    return await sent(visit, await _split(visit), send)


ROUTES = [
    route("/year", year),
    route("/items/{item_id}/split", split_page, right=Right.REGISTER),
    route("/items/{item_id}/split", split, "POST", right=Right.REGISTER),
]
