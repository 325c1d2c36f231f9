"""Sources (来源): what each asked for clause by clause, and what came of it (漏办, R9, R49)."""

from typing import Any

from starlette.responses import Response

from api.source_schemas import ClauseChangeIn, ClausesIn, SourceIn
from domain.items import Json
from domain.permissions import Right, has_right
from web.forms import Field, Kind, fields_of
from web.plain import Plain, drawn, sent
from web.render import query
from web.visits import Visit, route
from web.words import CHOICES

FILTERS = ("q", "type", "year", "uncovered", "cursor")
NEW = fields_of(SourceIn, above="origin")
CLAUSES = fields_of(ClausesIn, above="origin")
REASON = tuple(field for field in fields_of(ClauseChangeIn) if field.name == "reason")


async def sources(visit: Visit) -> Response:
    """``GET /sources``; those with a clause that nobody took up stand first (漏办)."""
    asked = {name: said for name, said in visit.asked().items() if name in FILTERS}
    found = await visit.api.get("/sources", **asked, limit=50)
    first = "cursor" not in asked and "uncovered" not in asked
    missing = await visit.api.get("/sources", **asked, uncovered=True, limit=50) if first else {}
    return visit.page(
        "sources",
        sources=found["items"],
        missing=missing.get("items", []),
        more_missing=bool(missing.get("next_cursor")),
        next_cursor=found["next_cursor"],
        asked={name: said for name, said in asked.items() if name != "cursor"},
        types=CHOICES["origin.type"],
        may_change=has_right(Right.SOURCES, visit.visitor.person),
    )


async def source(visit: Visit) -> Response:
    """``GET /sources/{id}``."""
    found = await visit.api.get(f"/sources/{visit.part('source_id')}")
    person = visit.visitor.person
    return visit.page(
        "source",
        source=found,
        may_change=has_right(Right.SOURCES, person),
        may_register=has_right(Right.REGISTER, person),
        item_of=lambda clause: _item_of(found, clause),
    )


def _item_of(source: dict[str, Any], clause: dict[str, Any]) -> str:
    """Where an item is registered by a clause, with what is known of it."""
    known = {
        "title": str(clause["text"])[:200],
        "content": clause["text"],
        "source.id": source["id"],
        "source.clause": clause["no"],
    }
    return f"/items/new?{query(known)}"


def _new() -> Plain:
    return Plain(
        title="登记来源",
        button="登记来源",
        address="/sources/new",
        back="/sources",
        fields=NEW,
    )


async def new_page(visit: Visit) -> Response:
    """``GET /sources/new``."""
    return drawn(visit, _new())


async def new(visit: Visit) -> Response:
    """``POST /sources/new``."""

    async def send(body: Json, key: str) -> str:
        made = await visit.api.post("/sources", body, key=key)
        return f"/sources/{made['id']}"

    return await sent(visit, _new(), send)


def _more(visit: Visit) -> Plain:
    at = f"/sources/{visit.part('source_id')}"
    return Plain(
        title="增加条款", button="增加条款", address=f"{at}/clauses", back=at, fields=CLAUSES
    )


async def more_page(visit: Visit) -> Response:
    """``GET /sources/{id}/clauses``."""
    return drawn(visit, _more(visit))


async def more(visit: Visit) -> Response:
    """``POST /sources/{id}/clauses``."""

    async def send(body: Json, key: str) -> str:
        at = f"/sources/{visit.part('source_id')}"
        await visit.api.post(f"{at}/clauses", {"clauses": [], **body}, key=key)
        return at

    return await sent(visit, _more(visit), send)


def _needed(visit: Visit) -> Plain:
    at, no = f"/sources/{visit.part('source_id')}", visit.path("no")
    asked = Field(
        name="needed",
        label=f"第{no}条是否须立项",
        kind=Kind.YES_NO,
        required=True,
        choices=(("true", "须立项"), ("false", "不立项")),
    )
    return Plain(
        title=f"第{no}条：是否立项",
        button="保存",
        address=f"{at}/clauses/{visit.part('no')}",
        back=at,
        fields=(asked, *REASON),
        also=("不立项的，须写明理由；每次决定都保留，注明何人何时。",),
    )


async def needed_page(visit: Visit) -> Response:
    """``GET /sources/{id}/clauses/{no}``."""
    return drawn(visit, _needed(visit))


async def needed(visit: Visit) -> Response:
    """``POST /sources/{id}/clauses/{no}``."""

    async def send(body: Json, _: str) -> str:
        at = f"/sources/{visit.part('source_id')}"
        await visit.api.patch(f"{at}/clauses/{visit.part('no')}", body)
        return at

    return await sent(visit, _needed(visit), send)


ROUTES = [
    route("/sources", sources, right=Right.READ_SOURCES),
    route("/sources/new", new_page, right=Right.SOURCES),
    route("/sources/new", new, "POST", right=Right.SOURCES),
    route("/sources/{source_id}", source, right=Right.READ_SOURCES),
    route("/sources/{source_id}/clauses", more_page, right=Right.SOURCES),
    route("/sources/{source_id}/clauses", more, "POST", right=Right.SOURCES),
    route("/sources/{source_id}/clauses/{no}", needed_page, right=Right.SOURCES),
    route("/sources/{source_id}/clauses/{no}", needed, "POST", right=Right.SOURCES),
]
