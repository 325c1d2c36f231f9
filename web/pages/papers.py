"""Official documents: made of an item or of several, listed, published, and the office's name that
stands on them."""

from dataclasses import replace
from typing import Any

from starlette.responses import Response

from api.document_schemas import CompilationIn, DocumentIn, PublicationIn
from domain.documents import DOCUMENTS, FOR_LEADERS, DocumentKind, is_offered
from domain.errors import Forbidden
from domain.items import Json, Status
from domain.permissions import Right, check_maker, has_right
from web.backend import Problem
from web.forms import Field, Kind, fields_of
from web.pages.ledger import FILTERS
from web.plain import Plain, drawn, sent
from web.visits import Visit, route
from web.words import NAMES

MARK = ("publication", "publication_reason")
OF_ITEMS = tuple(kind for kind in DOCUMENTS if kind not in {*FOR_LEADERS, DocumentKind.CIRCULAR})
PUBLICATION_FIELDS = fields_of(PublicationIn)
SET_BY_HEAD = "请督查室负责人在“设置”页的“机关设置”中填写。"


def kinds_made(
    visit: Visit, item: dict[str, Any], timeline: list[dict[str, Any]]
) -> list[tuple[str, str]]:
    """The documents of an item that are the visitor's to make."""
    if item["issued_at"] is None:
        return []
    done = {entry["act"] for entry in timeline if entry["outcome"] == "done"}
    return [
        (str(kind), DOCUMENTS[kind].name)
        for kind in OF_ITEMS
        if is_offered(kind, Status(item["status"]), done) and _makes(visit, kind, item["lead_unit"])
    ]


def _makes(visit: Visit, kind: DocumentKind, lead_unit: str) -> bool:
    try:
        check_maker(visit.visitor.person, kind, lead_unit)
    except Forbidden:
        return False
    return has_right(Right.DOCUMENTS, visit.visitor.person)


def _kind(visit: Visit, among: tuple[DocumentKind, ...]) -> DocumentKind:
    found = next((kind for kind in among if kind == visit.path("kind")), None)
    if found is None:
        raise Problem(404, "not_found", "没有这种文书，请从菜单重新进入。", {})
    return found


def _fields(kind: DocumentKind, body: type[DocumentIn | CompilationIn]) -> tuple[Field, ...]:
    """What documents of that kind take, and the mark that each of them bears."""
    wanted = {*DOCUMENTS[kind].takes, *MARK}
    found = (one for one in fields_of(body, above="paper") if one.name in wanted)
    return tuple(_told(one) for one in found)


def _told(field: Field) -> Field:
    if field.name == "publication":
        return replace(field, required=True)
    if field.name == "original":
        return replace(field, kind=Kind.YES_NO, choices=(("true", "载明"), ("false", "不载明")))
    return field


def plainly(problem: Problem) -> Problem:
    """A missing setting, said as the pages call it and where it is set."""
    if problem.code != "office_not_set":
        return problem
    named = problem.detail.split("；")[0]
    return Problem(problem.status, problem.code, f"{named}；{SET_BY_HEAD}", problem.headers)


async def _post(visit: Visit, to: str, body: Json, key: str) -> Any:  # noqa: ANN401
    try:
        return await visit.api.post(to, body, key)
    except Problem as problem:
        raise plainly(problem) from problem


async def _of_item(visit: Visit) -> Plain:
    kind, at = _kind(visit, OF_ITEMS), f"/items/{visit.part('item_id')}"
    item, name = await visit.api.get(at), DOCUMENTS[kind].name
    return Plain(
        title=f"出具{name}",
        button=f"出具{name}",
        address=f"{at}/documents/{kind}",
        back=at,
        fields=_fields(kind, DocumentIn),
        said={"original": "true"},
        also=(
            f"{item['number'] or ''} {item['title']}",
            "内容取自该事项的办理过程，出具时固定，编号不重用。",
        ),
    )


async def make_page(visit: Visit) -> Response:
    """``GET /items/{id}/documents/{kind}``."""
    return drawn(visit, await _of_item(visit))


async def make(visit: Visit) -> Response:
    """``POST /items/{id}/documents/{kind}``."""

    async def send(body: Json, key: str) -> str:
        to = f"/items/{visit.part('item_id')}/documents"
        made = await _post(visit, to, {"kind": visit.path("kind"), **body}, key)
        return f"/documents/{made['id']}"

    return await sent(visit, await _of_item(visit), send)


async def _compilation(visit: Visit) -> Plain:
    kind = _kind(visit, FOR_LEADERS)
    asked = {name: said for name, said in visit.asked().items() if name in FILTERS}
    items = (await visit.api.get("/items", **asked, limit=100))["items"]
    choices = tuple(
        (one["id"], f"{one['number']} {one['title']}") for one in items if one["number"]
    )
    fields = tuple(
        replace(field, kind=Kind.TICKS, choices=choices) if field.name == "item_ids" else field
        for field in _fields(kind, CompilationIn)
    )
    query = visit.request.url.query
    return Plain(
        title=f"编写{DOCUMENTS[kind].name}",
        button=f"编写{DOCUMENTS[kind].name}",
        address=f"/documents/new/{kind}" + (f"?{query}" if query else ""),
        back="/documents",
        fields=fields,
        also=(
            "由选定的事项编成，报送选定的领导。"
            + ("" if choices else "没有符合条件的事项，请回事项台账放宽条件。"),
        ),
    )


async def compile_page(visit: Visit) -> Response:
    """``GET /documents/new/{kind}``; filters of the ledger say which items are offered."""
    return drawn(visit, await _compilation(visit))


async def compile_(visit: Visit) -> Response:
    """``POST /documents/new/{kind}``."""

    async def send(body: Json, key: str) -> str:
        made = await _post(visit, "/documents", {"kind": visit.path("kind"), **body}, key)
        return f"/documents/{made['id']}"

    return await sent(visit, await _compilation(visit), send)


async def papers(visit: Visit) -> Response:
    """``GET /documents``."""
    asked = {n: said for n, said in visit.asked().items() if n in {"kind", "year", "item"}}
    cursor = visit.asked().get("cursor")
    found = await visit.api.get("/documents", **asked, limit=50, cursor=cursor)
    person = visit.visitor.person
    return visit.page(
        "papers",
        papers=found["items"],
        next_cursor=found["next_cursor"],
        asked=asked,
        kinds=NAMES["paper"],
        may_compile=has_right(Right.COMPILATIONS, person),
        may_set=has_right(Right.LETTERHEAD, person),
    )


async def paper(visit: Visit) -> Response:
    """``GET /documents/{id}``."""
    return visit.page(
        "paper",
        paper=await visit.api.get(f"/documents/{visit.part('document_id')}"),
        may_decide=has_right(Right.LETTERHEAD, visit.visitor.person),
    )


async def _publication(visit: Visit) -> Plain:
    at = f"/documents/{visit.part('document_id')}"
    found = await visit.api.get(at)
    return Plain(
        title="决定文书是否公开",
        button="保存决定",
        address=f"{at}/publication",
        back=at,
        fields=PUBLICATION_FIELDS,
        also=(
            f"{found['number']} {found['title']}",
            f"现在：{found['publication_name']}。历次决定都保留，文书本身不变。",
            "决定公开的，所收事项也都公开时，任何人都可在公开页下载；"
            "载有批示原文的和专报、汇总不在其中。",
        ),
    )


async def publication_page(visit: Visit) -> Response:
    """``GET /documents/{id}/publication``."""
    return drawn(visit, await _publication(visit))


async def publication(visit: Visit) -> Response:
    """``POST /documents/{id}/publication``."""
    at = f"/documents/{visit.part('document_id')}"

    async def send(body: Json, _: str) -> str:
        await visit.api.put(f"{at}/publication", body)
        return at

    return await sent(visit, await _publication(visit), send)


ROUTES = [
    route("/documents", papers),
    route("/documents/new/{kind}", compile_page, right=Right.COMPILATIONS),
    route("/documents/new/{kind}", compile_, "POST", right=Right.COMPILATIONS),
    route("/documents/{document_id}", paper),
    route("/documents/{document_id}/publication", publication_page, right=Right.LETTERHEAD),
    route("/documents/{document_id}/publication", publication, "POST", right=Right.LETTERHEAD),
    route("/items/{item_id}/documents/{kind}", make_page, right=Right.DOCUMENTS),
    route("/items/{item_id}/documents/{kind}", make, "POST", right=Right.DOCUMENTS),
]
