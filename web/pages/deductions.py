"""落实不力: the annual sheet of a unit, each deduction, and what is said and decided of it."""

from dataclasses import replace
from typing import Any

from starlette.responses import Response

from api.circular_schemas import AnswerIn, ReasonIn, RecheckDecisionIn
from domain.items import Json, Role
from domain.permissions import Right, may_read_deductions
from web.backend import Problem
from web.complaints import in_words
from web.forms import Field, Kind, fields_of
from web.plain import Plain, drawn, sent
from web.registers import units
from web.visits import Visit, route

FORMS: dict[str, tuple[str, str, tuple[Field, ...]]] = {
    "answer": (
        "陈述意见",
        "一次；超过期限的仍予记录，标明逾期。",
        fields_of(AnswerIn, above="answer"),
    ),
    "recheck": (
        "申请复核",
        "自收到通报之日起 30 日内，一次；逾期申请的仍予受理并标明。"
        "按规则，复核期间该项扣分暂缓计入。",
        fields_of(ReasonIn),
    ),
    "decision": (
        "复核决定",
        "由未参与该通报拟写、审批、印发的人办理；维持、变更或撤销都另记一行，不删已有记录。",
        fields_of(RecheckDecisionIn, above="recheck", without=("on_behalf_of",)),
    ),
}
ACTS = {"answer_deduction": "answer", "request_recheck": "recheck", "decide_recheck": "decision"}
ROUTE = {"answer": "answer", "recheck": "recheck", "decision": "recheck/decision"}


async def sheet(visit: Visit) -> Response:
    """``GET /deductions``: of the unit asked for, or the visitor's own."""
    asked, person = visit.asked(), visit.visitor.person
    known = tuple(
        (code, name) for code, name in await units(visit) if may_read_deductions(person, code)
    )
    own = person.unit if person.role is Role.UNIT else known[0][0] if len(known) == 1 else ""
    unit, year = asked.get("unit") or own, asked.get("year", str(visit.context.now().year))
    found: dict[str, Any] | None = None
    listed: dict[str, Any] = {"items": [], "next_cursor": None}
    wrong = ""
    try:
        if asked.get("pending"):
            listed = await visit.api.get(
                "/deductions", pending=True, limit=50, cursor=asked.get("cursor")
            )
        elif unit:
            found = await visit.api.get("/deductions/sheet", unit=unit, year=year)
        else:
            listed = await visit.api.get(
                "/deductions", year=year, limit=50, cursor=asked.get("cursor")
            )
    except Problem as problem:
        if problem.status != 422:
            raise
        wrong = in_words(problem.detail)
    return visit.page(
        "deductions",
        status=422 if wrong else 200,
        sheet=found,
        listed=listed["items"],
        next_cursor=listed["next_cursor"],
        units=known,
        unit=unit or "",
        year=year,
        pending=bool(asked.get("pending")),
        done="已作出复核决定。" if asked.get("done") else "",
        wrong=wrong,
    )


async def deduction(visit: Visit) -> Response:
    """``GET /deductions/{id}``."""
    found = await visit.api.get(f"/deductions/{visit.part('deduction_id')}")
    return visit.page(
        "deduction",
        one=found,
        acts=[(name, FORMS[name][0]) for name in _offered(found)],
    )


def _offered(one: dict[str, Any]) -> list[str]:
    return [ACTS[act["name"]] for act in one["acts"]]


async def _form(visit: Visit) -> Plain:
    name, at = visit.path("act"), f"/deductions/{visit.part('deduction_id')}"
    found = await visit.api.get(at)
    if name not in _offered(found):
        told = "这项扣分现在不能办理此项操作，可能刚刚有人办过；请返回查看。"
        raise Problem(409, "not_offered", told, {})
    title, note, fields = FORMS[name]
    stand_ins = tuple((one.username, one.name) for one in visit.visitor.person.stands_in_for)
    if name == "decision" and stand_ins:
        behalf = fields_of(RecheckDecisionIn, above="recheck")
        fields = (
            *fields,
            *(_behalf(field, stand_ins) for field in behalf if field.name == "on_behalf_of"),
        )
    about = f"{found['unit_name']}　{found['ground_name']}　{found['circular_number'] or ''}"
    return Plain(
        title=title,
        button=title,
        address=f"{at}/{name}",
        back=at,
        fields=fields,
        also=(about, note),
    )


def _behalf(field: Field, stand_ins: tuple[tuple[str, str], ...]) -> Field:
    return replace(field, kind=Kind.CHOICE, choices=stand_ins)


async def act_page(visit: Visit) -> Response:
    """``GET /deductions/{id}/{act}``."""
    return drawn(visit, await _form(visit))


async def act(visit: Visit) -> Response:
    """``POST /deductions/{id}/{act}``."""
    at = f"/deductions/{visit.part('deduction_id')}"

    async def send(body: Json, key: str) -> str:
        if "points" in body:
            body["points"] = str(body["points"])
        await visit.api.post(f"{at}/{ROUTE[visit.path('act')]}", body, key)
        return at if visit.path("act") != "decision" else "/deductions?pending=true&done=decided"

    return await sent(visit, await _form(visit), send)


ROUTES = [
    route("/deductions", sheet, right=Right.READ_DEDUCTIONS),
    route("/deductions/{deduction_id}", deduction, right=Right.READ_DEDUCTIONS),
    route("/deductions/{deduction_id}/{act}", act_page, right=Right.READ_DEDUCTIONS),
    route("/deductions/{deduction_id}/{act}", act, "POST", right=Right.READ_DEDUCTIONS),
]
