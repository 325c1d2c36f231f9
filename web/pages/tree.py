"""The tree of an item: the whole, its parts, theirs, and the reports of periods (R10)."""

from collections.abc import Iterator
from typing import Any

from starlette.responses import Response

from web.visits import Visit, route


async def tree(visit: Visit) -> Response:
    """``GET /items/{id}/tree``: from the topmost item that the visitor may see."""
    found = await visit.api.get(f"/items/{visit.part('item_id')}/tree")
    every = list(_below(found["root"]))
    over = sum(node["status"] in {"closed", "archived"} for node in every)
    return visit.page(
        "tree", item_id=found["item_id"], root=found["root"], parts=len(every), over=over
    )


def _below(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for child in node["children"]:
        yield child
        yield from _below(child)


ROUTES = [route("/items/{item_id}/tree", tree)]
