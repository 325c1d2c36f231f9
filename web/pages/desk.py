"""The first page: what waits for whoever looks at it."""

from typing import Any

from starlette.responses import Response

from domain.permissions import Right, has_right
from web.visits import Visit, route


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
        faults=faults,
    )


ROUTES = [route("/", desk)]
