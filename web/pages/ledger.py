"""The list of items: filters that stay in the address, pages, and the same as a file."""

from starlette.responses import Response

from domain.items import Json
from domain.permissions import Right, has_right
from web.backend import in_address
from web.registers import units
from web.visits import Visit, passed_on, route
from web.words import NAMES

FILTERS = (
    *("q", "status", "lamp", "waiting", "kind", "category", "unit", "lead", "lapsed", "year"),
    *("due_after", "due_before", "issued_from", "issued_until", "source", "parent_id"),
    *("top", "slots"),
)
PAGE = 50


async def ledger(visit: Visit) -> Response:
    """``GET /items``."""
    asked = {name: said for name, said in visit.asked().items() if name in FILTERS}
    cursor = visit.asked().get("cursor")
    found = await visit.api.get("/items", **asked, limit=PAGE, cursor=cursor)
    return visit.page(
        "ledger",
        items=found["items"],
        next_cursor=found["next_cursor"],
        first=cursor is None,
        asked=asked,
        names=NAMES,
        units=await units(visit),
        views=[_view(one, asked) for one in (await visit.api.get("/views"))["items"]],
        may_register=has_right(Right.REGISTER, visit.visitor.person),
        may_compile=has_right(Right.COMPILATIONS, visit.visitor.person),
    )


def _view(view: Json, asked: Json) -> Json:
    """A saved view, and whether it is what is asked for now."""
    filters = {name: in_address(value) for name, value in view["filters"].items()}
    return {"name": view["name"], "filters": filters, "here": filters == asked}


async def export(visit: Visit) -> Response:
    """``GET /items/export``: exactly what the filters show, all pages of it."""
    asked = {name: said for name, said in visit.asked().items() if name in {*FILTERS, "format"}}
    return passed_on(await visit.api.answer("GET", "/items/export", query=asked))


ROUTES = [route("/items", ledger), route("/items/export", export)]
