"""The pages that are open to everybody."""

from starlette.responses import Response

from web.visits import Visit, passed_on, route


async def public(visit: Visit) -> Response:
    """``GET /public``."""
    asked = {name: said for name, said in visit.asked().items() if name in {"q", "cursor"}}
    found = await visit.api.get("/public/items", **asked, limit=50)
    return visit.page("public", items=found["items"], next_cursor=found["next_cursor"], asked=asked)


async def papers(visit: Visit) -> Response:
    """``GET /public/documents``."""
    found = await visit.api.get("/public/documents", cursor=visit.asked().get("cursor"), limit=50)
    return visit.page("public_papers", papers=found["items"], next_cursor=found["next_cursor"])


async def paper(visit: Visit) -> Response:
    """``GET /public/documents/{id}/file``."""
    at = f"/public/documents/{visit.part('document_id')}/file"
    return passed_on(await visit.api.answer("GET", at))


ROUTES = [
    route("/public", public, open=True),
    route("/public/documents", papers, open=True),
    route("/public/documents/{document_id}/file", paper, open=True),
]
