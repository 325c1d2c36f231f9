"""For those who run the system: how it runs, what the last daily statement found, and which clause
of the 办法 is enforced by whom."""

import asyncio
from typing import Any

from starlette.responses import Response

from domain.permissions import Right
from web.forms import KEY
from web.render import new_key
from web.visits import Visit, go, route


async def health(visit: Visit) -> Response:
    """``GET /health``."""
    running, drift, stated = await asyncio.gather(
        visit.api.get("/running"),
        visit.api.get("/drift"),
        visit.api.get("/statements", limit=10, cursor=visit.asked().get("cursor")),
    )
    return visit.page(
        "health",
        running=running,
        drift=drift,
        statements=stated["items"],
        next_cursor=stated["next_cursor"],
        first="cursor" not in visit.asked(),
        asked=visit.asked().get("asked", ""),
        key=new_key(),
    )


async def state_now(visit: Visit) -> Response:
    """``POST /health``: make a statement now."""
    said = await visit.form()
    made = await visit.api.post("/statements", key=said.get(KEY))
    return go("/health?asked=" + ("done" if made else "later"))


async def rules(visit: Visit) -> Response:
    """``GET /rules``."""
    found: list[dict[str, Any]] = (await visit.api.get("/coverage"))["items"]
    by = visit.asked().get("by", "")
    names = {one["by"]: one["by_name"] for one in found}
    return visit.page(
        "rules",
        covered=[one for one in found if not by or one["by"] == by],
        by=by,
        counts=[(key, name, sum(one["by"] == key for one in found)) for key, name in names.items()],
        total=len(found),
    )


ROUTES = [
    route("/health", health, right=Right.RUNNING),
    route("/health", state_now, "POST", right=Right.RUNNING),
    route("/rules", rules, right=Right.READ_RULES),
]
