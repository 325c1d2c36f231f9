"""One item: how it stands, what can be done, its limits, parts, papers and record."""

import asyncio
from dataclasses import fields as dataclass_fields
from typing import Any

from starlette.responses import Response

from api.running import flows_at
from domain.acts import ACTS
from domain.clocks import CLAUSES
from domain.permissions import Right, has_right
from web.backend import Problem
from web.pages.acting import form_of
from web.pages.papers import kinds_made
from web.registers import units
from web.visits import Visit, passed_on, route
from web.words import DECISIONS
from workflows.ids import workflow_id

OTHERS = {"registered": "已登记。", "split": "已分解。"}
AT_ONCE = ("receive", "sign_off", "review", "approve_issue", "advise_extension")
"""Acts whose form stands on the item's own page, the first that is open: one tap less."""


async def item(visit: Visit) -> Response:
    """``GET /items/{id}``."""
    at = f"/items/{visit.part('item_id')}"
    found, timeline, clocks, acts, papers, known = await asyncio.gather(
        visit.api.get(at),
        visit.api.get(f"{at}/timeline"),
        visit.api.get(f"{at}/clocks"),
        _acts(visit, at),
        _papers(visit, at),
        units(visit),
    )
    first = next((act for name in AT_ONCE for act in acts if act["name"] == name), None)
    told = timeline["items"]
    drawn = await form_of(visit, found, first, record=timeline) if first else None
    return visit.page(
        "item",
        item=found,
        timeline=told,
        files=timeline["files"],
        clocks=clocks["items"],
        acts=[act for act in acts if act is not first],
        first=drawn,
        papers=papers,
        makes=kinds_made(visit, found, told),
        may_propose=has_right(Right.CIRCULARS, visit.visitor.person) and bool(found["number"]),
        units=dict(known),
        clause=CLAUSES,
        may_split=_may_split(visit, found),
        flow=_flow(visit, found),
        done=_done(visit.asked().get("done", ""), told),
    )


def _may_split(visit: Visit, item: dict[str, Any]) -> bool:
    """Whether to offer it; the API decides."""
    right = Right.ISSUE if item["handed_out"] else Right.REGISTER
    over = {"closed", "archived", "terminated", "suspended", "awaiting_approval"}
    return has_right(right, visit.visitor.person) and item["status"] not in over


def _flow(visit: Visit, item: dict[str, Any]) -> str:
    """Where Temporal shows the item's workflow, for those who look after how the system runs. The
    address alone: the item's page does not wait for what ``GET /running`` asks of all parts."""
    prefix = flows_at(visit.context.settings)
    may = has_right(Right.RUNNING, visit.visitor.person)
    return f"{prefix}{workflow_id(item['id'], item['kind'])}" if prefix and may else ""


def _done(name: str, timeline: list[dict[str, Any]]) -> str:
    """What was just done, said to who did it; of a decision, what was decided."""
    if name in OTHERS:
        return OTHERS[name]
    if name not in ACTS:
        return ""
    last = next((entry for entry in reversed(timeline) if entry["act"] == name), None)
    if last and any(field.name in DECISIONS for field in dataclass_fields(ACTS[name].body)):
        return f"{last['title']}：{last['summary']}"
    return f"已{ACTS[name].title}。"


async def _acts(visit: Visit, at: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await visit.api.get(f"{at}/acts"))["items"]
    return found


async def _papers(visit: Visit, at: str) -> list[dict[str, Any]]:
    """The item's documents; none for those who read none."""
    try:
        found: list[dict[str, Any]] = (await visit.api.get(f"{at}/documents"))["items"]
    except Problem as problem:
        if problem.status not in {403, 404}:
            raise
        return []
    return found


async def file(visit: Visit) -> Response:
    """``GET /files/{id}``: as an attachment that a browser keeps and does not run."""
    return passed_on(await visit.api.answer("GET", f"/files/{visit.part('file_id')}"))


async def document(visit: Visit) -> Response:
    """``GET /documents/{id}/file``."""
    return passed_on(await visit.api.answer("GET", f"/documents/{visit.part('document_id')}/file"))


ROUTES = [
    route("/items/{item_id}", item),
    route("/files/{file_id}", file),
    route("/documents/{document_id}/file", document),
]
