"""Registering an item: the form, the dates it would have, and the deed."""

from typing import Any

from starlette.responses import Response

from api.schemas import ItemIn
from domain.permissions import Right, has_right
from web.backend import Problem
from web.complaints import Complaint, complaint
from web.forms import KEY, MORE, Field, body_of, fields_of
from web.plain import REFUSED, key_after
from web.registers import units
from web.render import new_key
from web.visits import Visit, go, route

FIELDS = fields_of(ItemIn, without=("draft", "parent_id"))
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


async def register_page(visit: Visit) -> Response:
    """``GET /items/new``; what stands in the address is filled in already."""
    return await _drawn(visit, {"kind": "ordinary", "urgency": "normal", **visit.asked()})


async def register(visit: Visit) -> Response:
    """``POST /items/new``: to look at the dates, or to do it."""
    said = await visit.form()
    if MORE in said:
        return await _drawn(visit, said)
    body = body_of(FIELDS, said, visit.zone)
    wants = said.get("wants", "draft")
    if wants not in {"issue", "preview"}:
        body["draft"] = True
    try:
        if wants == "preview":
            found = await visit.api.post("/items/preview", body)
            return await _drawn(visit, said, preview=found)
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
    preview: dict[str, Any] | None = None,
    wrong: Complaint | None = None,
) -> Response:
    fields = {field.name: field for field in FIELDS}
    below = [field for field in FIELDS if field.name not in ABOVE]
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
        preview=preview,
        complaint=wrong,
        may_issue=has_right(Right.ISSUE, visit.visitor.person),
    )


def _opened(below: list[Field], said: dict[str, str]) -> bool:
    """Whether something is filled in of what lies folded."""
    usual = {"normal", "office"}
    names = {field.name for field in below}
    return any(v and v not in usual and n.split(".")[0] in names for n, v in said.items())


ROUTES = [
    route("/items/new", register_page, right=Right.REGISTER),
    route("/items/new", register, "POST", right=Right.REGISTER),
]
