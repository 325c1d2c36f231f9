"""Messages."""

from starlette.responses import Response

from web.visits import Visit, go, route


async def inbox(visit: Visit) -> Response:
    """``GET /inbox``."""
    asked = visit.asked()
    found = await visit.api.get(
        "/inbox", unread=asked.get("unread"), cursor=asked.get("cursor"), limit=50
    )
    return visit.page("inbox", notices=found, asked=asked)


async def mark_read(visit: Visit) -> Response:
    """``POST /inbox``: all of them, or the one named."""
    said = await visit.form()
    ids = [int(said["id"])] if said.get("id", "").isdecimal() else None
    await visit.api.post("/inbox/read", {"ids": ids} if ids else {})
    return go("/inbox")


ROUTES = [route("/inbox", inbox), route("/inbox", mark_read, "POST")]
