"""The page that is open to everybody."""

from starlette.responses import Response

from web.visits import Visit, route


async def public(visit: Visit) -> Response:
    """``GET /public``."""
    asked = {name: said for name, said in visit.asked().items() if name in {"q", "cursor"}}
    found = await visit.api.get("/public/items", **asked, limit=50)
    return visit.page("public", items=found["items"], next_cursor=found["next_cursor"], asked=asked)


ROUTES = [route("/public", public, open=True)]
