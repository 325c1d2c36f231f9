"""Registering an item: the form, the dates it would have, and the deed."""

from typing import Any

from starlette.responses import Response

from api.schemas import ItemIn
from domain.permissions import Right, has_right
from web.backend import Problem
from web.complaints import Complaint, complaint
from web.forms import KEY, Field, body_of, fields_of
from web.plain import REFUSED, key_after
from web.registers import units
from web.render import new_key
from web.visits import Visit, go, route

FIELDS = fields_of(ItemIn)
ABOVE = ("title", "content", "category", "kind", "lead_unit", "co_units", "source", "due_on")
BY_KIND = {
    "milestones": "milestones",
    "cycle": "year_round",
    "year": "year_round",
    "targets": "year_round",
    "plan_due_on": "directive",
    "due_reason": "ordinary",
}
"""Fields that one kind of item alone has."""
RULES = {"ordinary": ("ordinary_result",), "directive": ("directive_plan", "directive_result")}


async def register_page(visit: Visit) -> Response:
    """``GET /items/new``; what stands in the address is filled in already."""
    return await _drawn(visit, {"kind": "ordinary", "urgency": "normal", **visit.asked()})


async def register(visit: Visit) -> Response:
    """``POST /items/new``: to look at the dates, or to do it."""
    said = await visit.form()
    body = body_of(FIELDS, said, visit.zone)
    wants = said.get("wants", "draft")
    if wants in {"issue", "preview"}:
        body.pop("draft", None)
    else:
        body["draft"] = True
    try:
        if wants == "preview":
            return await _drawn(visit, said, dates=await _dates(visit, body))
        made = await visit.api.post("/items", body, key=said.get(KEY))
    except Problem as problem:
        if problem.status not in REFUSED:
            raise
        wrong = complaint(FIELDS, problem.detail)
        said[KEY] = key_after(problem, said)
        return await _drawn(visit, said, status=problem.status, wrong=wrong)
    return go(f"/items/{made['id']}?done=registered#now")


async def _drawn(
    visit: Visit,
    said: dict[str, str],
    *,
    status: int = 200,
    dates: list[dict[str, Any]] | None = None,
    wrong: Complaint | None = None,
) -> Response:
    fields = {field.name: field for field in FIELDS}
    below = [field for field in FIELDS if field.name not in {*ABOVE, "draft"}]
    return visit.page(
        "register",
        status=status,
        above=[fields[name] for name in ABOVE],
        below=below,
        opened=_opened(below, said),
        by_kind=BY_KIND,
        said=said,
        key=said.get(KEY) or new_key(),
        units=await units(visit),
        dates=dates,
        complaint=wrong,
        may_issue=has_right(Right.ISSUE, visit.visitor.person),
    )


def _opened(below: list[Field], said: dict[str, str]) -> bool:
    """Whether something is filled in of what lies folded."""
    usual = {"normal", "office"}
    names = {field.name for field in below}
    return any(v and v not in usual and n.split(".")[0] in names for n, v in said.items())


async def _dates(visit: Visit, body: dict[str, Any]) -> list[dict[str, Any]]:
    """The limits that the item would have if it were issued now. Raises :class:`Problem`."""
    now = visit.context.now().isoformat()
    named = [
        (name, str(body[name]))
        for name in ("due_on", "scheme_due_on", "plan_due_on")
        if body.get(name)
    ]
    asked = [("named_date", day) for _, day in named]
    if "due_on" not in body and "due_at" not in body:
        asked += [(rule, now) for rule in RULES.get(str(body.get("kind")), ())]
    asked += [("named_date", str(node.get("due_on", ""))) for node in body.get("milestones", ())]
    return [
        await visit.api.post("/calendar/preview", {"rule": rule, "start": start})
        for rule, start in asked
    ]


ROUTES = [
    route("/items/new", register_page, right=Right.REGISTER),
    route("/items/new", register, "POST", right=Right.REGISTER),
]
