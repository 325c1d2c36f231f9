"""The first page: what waits for whoever looks at it."""

from starlette.responses import Response

from web.visits import Visit, route


async def desk(visit: Visit) -> Response:
    """``GET /``."""
    found = await visit.api.get("/desk", most=8)
    groups = found["groups"]
    return visit.page(
        "desk",
        groups=[group for group in groups if group["count"]],
        empty=[group for group in groups if not group["count"]],
        unread=found["unread"],
    )


ROUTES = [route("/", desk)]
