"""The first page: what waits for whoever looks at it."""

from typing import Any

from starlette.responses import Response

from domain.permissions import Right, has_right
from web.pages.standing import overview
from web.visits import Visit, route

MOST_PAPERS = 200
DECIDES = "decide_recheck"


async def desk(visit: Visit) -> Response:
    """``GET /``."""
    found = await visit.api.get("/desk", most=8)
    groups = found["groups"]
    faults: dict[str, Any] | None = None
    if has_right(Right.RUNNING, visit.visitor.person):
        stated = (await visit.api.get("/statements", limit=1))["items"]
        faults = next((one for one in stated if not one["clean"]), None)
    return visit.page(
        "desk",
        groups=[group for group in groups if group["count"]],
        empty=[group for group in groups if not group["count"]],
        unread=found["unread"],
        may_register=has_right(Right.REGISTER, visit.visitor.person),
        faults=faults,
        waiting=await _of_circulars(visit),
        overview=await overview(visit),
    )


async def _of_circulars(visit: Visit) -> list[tuple[str, str, str]]:
    """Of circulars and deductions what waits for the visitor: words, how many, where."""
    person, stages = visit.visitor.person, "/circulars"
    found = []
    if has_right(Right.CIRCULARS, person):
        proposals = await visit.api.get("/circulars/proposals", decided=False, limit=MOST_PAPERS)
        found.append(("列入通报的建议", _many(proposals["items"]), "/circulars/proposals"))
        drafts = (await visit.api.get(stages, stage="draft", limit=MOST_PAPERS))["items"]
        found.append(("通报稿", _many(drafts), "/circulars?stage=draft"))
    if has_right(Right.WATCH_CIRCULARS, person):
        stage = "awaiting_approval"
        waiting = (await visit.api.get(stages, stage=stage, limit=MOST_PAPERS))["items"]
        found.append(("待批的通报", _many(waiting), "/circulars?stage=awaiting_approval"))
    if has_right(Right.ANSWER_CIRCULARS, person):
        sent = (await visit.api.get(stages, unreceived=True, limit=MOST_PAPERS))["items"]
        found.append(("待签收的通报", _many(sent), "/circulars?unreceived=true"))
    if has_right(Right.RECHECK, person):
        asked = (await visit.api.get("/deductions", pending=True, limit=MOST_PAPERS))["items"]
        his = [one for one in asked if any(act["name"] == DECIDES for act in one["acts"])]
        found.append(("待决定的复核申请", _many(his), "/deductions?pending=true"))
    return [(words, many, to) for words, many, to in found if many]


def _many(found: list[object]) -> str:
    return f"{len(found)} 以上" if len(found) == MOST_PAPERS else str(len(found) or "")


ROUTES = [route("/", desk)]
