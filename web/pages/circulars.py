"""Circulars: what is proposed, drafted, approved, issued, received, corrected and withdrawn."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from api.circular_schemas import (
    ApprovalIn,
    CircularIn,
    CorrectionIn,
    IssueIn,
    ProposalIn,
    ReasonIn,
    WithdrawalIn,
)
from api.document_schemas import CircularDocumentIn
from api.schemas import Strict
from domain.circulars import Ground
from domain.items import Json
from domain.permissions import Right, has_right
from web.backend import Problem
from web.complaints import complaint
from web.forms import KEY, MORE, Field, Kind, body_of, fields_of, filled
from web.pages.papers import plainly
from web.plain import REFUSED, Plain, check_seen, drawn, key_after, seen_after, seen_of, sent
from web.registers import units
from web.render import absent, new_key
from web.visits import Visit, go, route
from web.words import NAMES

NUMBER = Field(
    name="item_number",
    label="事项编号",
    kind=Kind.LINE,
    required=True,
    hint="例如 2026-0001，见事项台账",
)
ENTRY = ("unit", "tone", "ground", "facts", "requirement", "new_due_on", "proposal")
BEHALF = ("on_behalf_of",)
TITLES = {"withdraw_circular": "撤销或作废"}


def _entries() -> tuple[Field, ...]:
    """The form of a draft: an item is named by its number."""
    found = {field.name: field for field in fields_of(CircularIn, above="circular")}
    rows = found["entries"]
    inner = {field.name: field for field in rows.fields}
    unit = replace(inner["unit"], kind=Kind.UNIT, label="单位", hint="不选即牵头承办单位")
    ground = replace(inner["ground"], choices=_grounds(), label="通报批评的情形")
    due = replace(inner["new_due_on"], label="要求办结的日期")
    asked = (*(inner[name] for name in ("tone",)), unit, ground, inner["facts"])
    below = (NUMBER, *asked, replace(inner["requirement"], label="要求"), due, inner["proposal"])
    return (found["title"], found["opening"], replace(rows, label="各条", fields=below))


def _grounds() -> tuple[tuple[str, str], ...]:
    return tuple(
        (str(one), NAMES["ground"][str(one)]) for one in Ground if one is not Ground.STILL_OPEN
    )


FIELDS = _entries()
FORMS: dict[str, tuple[str, str, tuple[Field, ...]]] = {
    "submit_circular": ("submission", "报批", fields_of(Strict)),
    "approve_circular": ("approval", "审批", fields_of(ApprovalIn, without=BEHALF)),
    "issue_circular": ("issue", "印发", fields_of(IssueIn, above="issue")),
    "withdraw_circular": ("withdrawal", "撤销", fields_of(WithdrawalIn, without=BEHALF)),
    "correct_circular": (
        "corrections",
        "更正",
        fields_of(CorrectionIn, above="correction", without=BEHALF),
    ),
    "receive_circular": ("receipts", "签收", fields_of(Strict)),
}
"""Of each act where the API takes it, and what it asks for."""
ASK_AGAIN = frozenset({"withdraw_circular", "issue_circular"})
NOTES = {
    "issue_circular": "印发后编定期号，发至全部单位；通报批评的各条计入“落实不力”并告知该单位。",
    "withdraw_circular": "未印发的作废；已印发的撤销，各项扣分逐一冲销，并告知各单位。",
    "correct_circular": "只更正一条的文字（事实、要求），原文保留；情形和扣分由复核或撤销决定。",
    "submit_circular": "报批后由他人审批；含通报批评的，由区政府主要领导批准。",
}


async def circulars(visit: Visit) -> Response:
    """``GET /circulars``."""
    asked = {n: v for n, v in visit.asked().items() if n in {"stage", "year", "unreceived"}}
    cursor = visit.asked().get("cursor")
    found = await visit.api.get("/circulars", **asked, limit=50, cursor=cursor)
    person = visit.visitor.person
    drafts = has_right(Right.CIRCULARS, person)
    return visit.page(
        "circulars",
        circulars=found["items"],
        next_cursor=found["next_cursor"],
        asked=asked,
        stages=NAMES["stage"],
        may_draft=drafts,
    )


async def proposals(visit: Visit, wrong: str = "") -> Response:
    """``GET /circulars/proposals``."""
    decided = visit.asked().get("decided", "false")
    found = await visit.api.get(
        "/circulars/proposals",
        decided=None if decided == "all" else decided,
        limit=50,
        cursor=visit.asked().get("cursor"),
    )
    return visit.page(
        "proposals",
        status=422 if wrong else 200,
        wrong=wrong,
        proposals=found["items"],
        next_cursor=found["next_cursor"],
        decided=decided,
        units=dict(await units(visit)),
        may_refuse=has_right(Right.ISSUE_CIRCULARS, visit.visitor.person),
    )


async def _proposal(visit: Visit, act: str) -> Plain:
    refuses = act == "refusal"
    return Plain(
        title="不予通报" if refuses else "通报后仍未办理，再扣分",
        button="不予通报" if refuses else "再扣分",
        address=f"/circulars/proposals/{visit.part('number')}/{act}",
        back="/circulars/proposals",
        fields=fields_of(ReasonIn),
        asks_again=not refuses,
        also=(
            "须写明理由；理由会记录在案。"
            if refuses
            else "在原通报之下再扣一次分，计入该单位的年度扣分表。",
        ),
    )


async def refusal_page(visit: Visit) -> Response:
    """``GET /circulars/proposals/{number}/refusal``."""
    return drawn(visit, await _proposal(visit, "refusal"))


async def deduction_page(visit: Visit) -> Response:
    """``GET /circulars/proposals/{number}/deduction``."""
    return drawn(visit, await _proposal(visit, "deduction"))


async def _decided(visit: Visit, act: str) -> Response:
    async def send(body: Json, key: str) -> str:
        await visit.api.post(f"/circulars/proposals/{visit.part('number')}/{act}", body, key)
        return "/circulars/proposals"

    return await sent(visit, await _proposal(visit, act), send)


async def refusal(visit: Visit) -> Response:
    """``POST /circulars/proposals/{number}/refusal``."""
    return await _decided(visit, "refusal")


async def deduction(visit: Visit) -> Response:
    """``POST /circulars/proposals/{number}/deduction``."""
    return await _decided(visit, "deduction")


async def _proposing(visit: Visit) -> Plain:
    item_id = visit.asked().get("item_id", "")
    if not item_id.replace("-", "").isalnum():
        raise Problem(404, "not_found", "请从事项页进入，建议把该事项列入通报。", {})
    item = await visit.api.get(f"/items/{item_id}")
    known = dict(await units(visit))
    among = (item["lead_unit"], *item["co_units"])
    return Plain(
        title="建议列入通报",
        button="提出建议",
        address=f"/circulars/proposals/new?item_id={item['id']}",
        back=f"/items/{item['id']}",
        fields=tuple(
            replace(field, kind=Kind.UNIT) if field.name == "unit" else field
            for field in fields_of(ProposalIn, above="proposal", without=("item_id",))
        ),
        units=tuple((code, known.get(code, code)) for code in among),
        also=(
            f"{item['number']} {item['title']}",
            "只是建议：由人决定是否列入通报，系统不会自行通报。",
        ),
    )


async def propose_page(visit: Visit) -> Response:
    """``GET /circulars/proposals/new``."""
    return drawn(visit, await _proposing(visit))


async def propose(visit: Visit) -> Response:
    """``POST /circulars/proposals/new``."""

    async def send(body: Json, key: str) -> str:
        item_id = visit.asked().get("item_id", "")
        await visit.api.post("/circulars/proposals", {"item_id": item_id, **body}, key)
        return "/circulars/proposals"

    return await sent(visit, await _proposing(visit), send)


async def new_page(visit: Visit) -> Response:
    """``GET /circulars/new``; proposals chosen are entries already."""
    chosen = set(visit.request.query_params.getlist("proposal"))
    if "choosing" in visit.asked() and not chosen:
        return await proposals(visit, wrong="请先勾选要列入通报稿的建议。")
    entries = [row async for row in _proposed(visit, chosen)] if chosen else []
    said = filled(FIELDS, {"entries": entries}, visit.zone)
    return await _drawn(visit, None, said)


async def _proposed(visit: Visit, chosen: set[str]) -> Any:  # noqa: ANN401 - an async generator
    cursor, left = None, set(chosen)
    while left:
        page = await visit.api.get("/circulars/proposals", decided=False, limit=200, cursor=cursor)
        for one in page["items"]:
            if str(one["id"]) in left and one["entry"]:
                left.discard(str(one["id"]))
                yield {**one["entry"], "item_number": one["item_number"]}
        if (cursor := page["next_cursor"]) is None:
            return


async def edit_page(visit: Visit) -> Response:
    """``GET /circulars/{id}/edit``."""
    found = await visit.api.get(f"/circulars/{visit.part('circular_id')}")
    return await _drawn(visit, found, filled(FIELDS, found, visit.zone))


async def _drawn(
    visit: Visit, known: dict[str, Any] | None, said: dict[str, str], **more: object
) -> Response:
    at = f"/circulars/{known['id']}" if known else "/circulars"
    seen = seen_of(filled(FIELDS, known or {}, visit.zone))
    given: dict[str, Any] = {"complaint": None, "key": new_key(), "seen": seen, **more}
    return visit.page(
        "circular_form",
        title="修改通报稿" if known else "拟写通报",
        button="保存通报稿",
        address=f"{at}/edit" if known else "/circulars/new",
        back=at,
        fields=FIELDS,
        said=said,
        units=await units(visit),
        **given,
    )


async def new(visit: Visit) -> Response:
    """``POST /circulars/new``."""
    return await _saved(visit, None)


async def edit(visit: Visit) -> Response:
    """``POST /circulars/{id}/edit``."""
    return await _saved(visit, await visit.api.get(f"/circulars/{visit.part('circular_id')}"))


async def _saved(visit: Visit, known: dict[str, Any] | None) -> Response:
    said = await visit.form()
    key, now = said.get(KEY, ""), seen_of(filled(FIELDS, known or {}, visit.zone))
    if MORE in said:
        return await _drawn(visit, known, said, key=key, seen=seen_after(said, now))
    try:
        check_seen(said, now)
        body = body_of(FIELDS, said, visit.zone)
        body["entries"] = [await _named(visit, n, row) for n, row in _rows(body)]
        if not body["entries"]:
            raise Problem(422, "no_entries", "entries：请至少填写一条。", {})
        method, to = ("PUT", f"/circulars/{known['id']}") if known else ("POST", "/circulars")
        made = (await visit.api.answer(method, to, json=body, key=key)).json()
    except Problem as problem:
        if problem.status not in REFUSED:
            raise
        wrong = complaint(FIELDS, problem.detail)
        again = {"key": key_after(problem, said), "seen": seen_after(said, now, problem)}
        return await _drawn(visit, known, said, status=problem.status, complaint=wrong, **again)
    return go(f"/circulars/{made['id']}")


def _rows(body: Json) -> Iterable[tuple[int, Json]]:
    return enumerate(body.get("entries") or [], 1)


async def _named(visit: Visit, n: int, row: Json) -> Json:
    """An entry with the item that its number names. Raises :class:`Problem`."""
    number = str(row.pop("item_number", ""))
    found = (await visit.api.get("/items", q=number, limit=20))["items"] if number else []
    item = next((one for one in found if one["number"] == number), None)
    if item is None:
        told = f"第{n}条：没有编号为“{number}”的事项，请到事项台账核对。"
        raise Problem(422, "unknown_item", told if number else f"第{n}条：请填事项编号。", {})
    return {"item_id": item["id"], "facts": "", **row}


async def circular(visit: Visit) -> Response:
    """``GET /circulars/{id}``."""
    at = f"/circulars/{visit.part('circular_id')}"
    found, person = await visit.api.get(at), visit.visitor.person
    record = []
    if has_right(Right.WATCH_CIRCULARS, person):
        record = (await visit.api.get(f"{at}/timeline"))["items"]
    deductions = []
    if has_right(Right.READ_DEDUCTIONS, person) and found["issued_at"]:
        asked = {"circular_id": found["id"], "limit": 200}
        deductions = (await visit.api.get("/deductions", **asked))["items"]
    done = FORMS.get(visit.asked().get("done", ""))
    issues = has_right(Right.ISSUE_CIRCULARS, person) and found["stage"] == "issued"
    return visit.page(
        "circular",
        circular=found,
        titles=TITLES,
        record=record,
        deductions=deductions,
        units=dict(await units(visit)),
        may_write=issues,
        done=f"已{done[1]}，现在是“{found['stage_name']}”。" if done else "",
    )


async def _act(visit: Visit) -> tuple[Plain, str | None]:
    """The form of an act that the API offers, and in whose place. Raises :class:`Problem`."""
    name, at = visit.path("name"), f"/circulars/{visit.part('circular_id')}"
    found = await visit.api.get(at)
    act = next((one for one in found["acts"] if one["name"] == name), None)
    if act is None or name not in FORMS:
        told = "该通报现在不能办理此项操作，可能刚刚有人办过；请返回通报页查看。"
        raise Problem(409, "not_offered", told, {})
    _, title, fields = FORMS[name]
    whom = act["on_behalf_of"]
    behalf = f"代 {absent(whom, visit.visitor)} 办理。" if whom else ""
    also = (found["number"] or found["title"], NOTES.get(name, ""), behalf)
    return Plain(
        title=f"{title}通报",
        button=f"{title}通报",
        address=f"{at}/acts/{name}",
        back=at,
        fields=fields,
        asks_again=name in ASK_AGAIN,
        also=tuple(one for one in also if one),
    ), act["on_behalf_of"]


async def act_page(visit: Visit) -> Response:
    """``GET /circulars/{id}/acts/{name}``."""
    return drawn(visit, (await _act(visit))[0])


async def act(visit: Visit) -> Response:
    """``POST /circulars/{id}/acts/{name}``."""
    form, behalf = await _act(visit)
    to = FORMS[visit.path("name")][0]

    async def send(body: Json, key: str) -> str:
        if behalf:
            body["on_behalf_of"] = behalf
        await visit.api.post(f"/circulars/{visit.part('circular_id')}/{to}", body, key)
        return f"{form.back}?done={visit.path('name')}"

    return await sent(visit, form, send)


async def _document(visit: Visit) -> Plain:
    at = f"/circulars/{visit.part('circular_id')}"
    found = await visit.api.get(at)
    return Plain(
        title="出具督查通报",
        button="出具督查通报",
        address=f"{at}/documents",
        back=at,
        fields=fields_of(CircularDocumentIn, above="paper"),
        also=(
            f"{found['number'] or ''} {found['title']}",
            "每稿一份；已经出具的，显示原有的一份。",
        ),
    )


async def document_page(visit: Visit) -> Response:
    """``GET /circulars/{id}/documents``."""
    return drawn(visit, await _document(visit))


async def document(visit: Visit) -> Response:
    """``POST /circulars/{id}/documents``."""

    async def send(body: Json, key: str) -> str:
        to = f"/circulars/{visit.part('circular_id')}/documents"
        try:
            made = await visit.api.post(to, body, key)
        except Problem as problem:
            raise plainly(problem) from problem
        return f"/documents/{made['id']}"

    return await sent(visit, await _document(visit), send)


ROUTES = [
    route("/circulars", circulars, right=Right.READ_CIRCULARS),
    route("/circulars/new", new_page, right=Right.CIRCULARS),
    route("/circulars/new", new, "POST", right=Right.CIRCULARS),
    route("/circulars/proposals", proposals, right=Right.CIRCULARS),
    route("/circulars/proposals/new", propose_page, right=Right.CIRCULARS),
    route("/circulars/proposals/new", propose, "POST", right=Right.CIRCULARS),
    route("/circulars/proposals/{number}/refusal", refusal_page, right=Right.ISSUE_CIRCULARS),
    route("/circulars/proposals/{number}/refusal", refusal, "POST", right=Right.ISSUE_CIRCULARS),
    route("/circulars/proposals/{number}/deduction", deduction_page, right=Right.ISSUE_CIRCULARS),
    route(
        "/circulars/proposals/{number}/deduction", deduction, "POST", right=Right.ISSUE_CIRCULARS
    ),
    route("/circulars/{circular_id}", circular, right=Right.READ_CIRCULARS),
    route("/circulars/{circular_id}/edit", edit_page, right=Right.CIRCULARS),
    route("/circulars/{circular_id}/edit", edit, "POST", right=Right.CIRCULARS),
    route("/circulars/{circular_id}/acts/{name}", act_page, right=Right.READ_CIRCULARS),
    route("/circulars/{circular_id}/acts/{name}", act, "POST", right=Right.READ_CIRCULARS),
    route("/circulars/{circular_id}/documents", document_page, right=Right.ISSUE_CIRCULARS),
    route("/circulars/{circular_id}/documents", document, "POST", right=Right.ISSUE_CIRCULARS),
]
