"""Doing something to an item: the form of an act, and what becomes of it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import Response

from domain.acts import ACTS, SubmitFeedback
from domain.items import Json
from web.backend import Problem
from web.complaints import Complaint, complaint
from web.forms import KEY, MORE, OWN, Field, Kind, body_of, fields_of, filled
from web.plain import REFUSED, check_seen, key_after, seen_after, seen_of
from web.registers import units
from web.render import day, new_key, plain
from web.visits import FileRefused, Visit, go, route
from web.words import DECISIONS

DESTRUCTIVE = frozenset(
    {"terminate_item", "annul_act", "suspend_item", "lift_circular", "end_early", "archive"}
)
"""Acts that ask once more."""
AGREED = "同意。"
REPORTS = frozenset(name for name, spec in ACTS.items() if spec.body is SubmitFeedback)
REVISES = "revise_draft"
ABOUT = {
    "sign_off": ("submit_feedback",),
    "review": ("submit_feedback", "sign_off"),
    "advise_extension": ("request_extension",),
    "decide_extension": ("request_extension", "advise_extension"),
    "answer_coordination": ("request_coordination",),
    "decide_return": ("return_assignment",),
}
"""What a decision is about: the acts that ask for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActForm:
    """The form of an act as it is drawn."""

    name: str
    title: str
    address: str
    fields: tuple[Field, ...]
    said: dict[str, str]
    key: str
    asks_again: bool
    on_behalf_of: str | None = None
    units: tuple[tuple[str, str], ...] = ()
    complaint: Complaint | None = None
    seen: str = ""
    about: tuple[dict[str, Any], ...] = ()
    files: Mapping[str, str] | None = None


async def form_of(
    visit: Visit,
    item: dict[str, Any],
    act: dict[str, Any],
    *,
    record: dict[str, Any] | None = None,
    said: dict[str, str] | None = None,
    key: str | None = None,
    wrong: Complaint | None = None,
) -> ActForm:
    """The form of an act that the API offers; ``said`` is what was filled in before."""
    if record is None and (act["name"] in REPORTS or act["name"] in ABOUT):
        record = await visit.api.get(f"/items/{item['id']}/timeline")
    timeline = record["items"] if record else []
    fields = _fields(act["name"], item)
    address = f"/items/{item['id']}/acts/{act['name']}"
    of_units = any(_names_unit(field) for field in fields)
    return ActForm(
        name=act["name"],
        title=act["title"],
        address=address,
        fields=fields,
        said=_beforehand(visit, item, act["name"], fields, timeline) if said is None else said,
        key=key or new_key(),
        asks_again=act["name"] in DESTRUCTIVE,
        on_behalf_of=act["on_behalf_of"],
        units=await units(visit) if of_units else (),
        complaint=wrong,
        seen=seen_of(filled(fields, item, visit.zone)) if act["name"] == REVISES else "",
        about=_about(act["name"], timeline),
        files=record["files"] if record else None,
    )


def _about(name: str, timeline: list[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """The last entries that say what is to be decided."""
    done = [entry for entry in timeline if entry["outcome"] == "done"]
    wanted = ABOUT.get(name, ())
    found = (next((e for e in reversed(done) if e["act"] == one), None) for one in wanted)
    return tuple(sorted((one for one in found if one), key=lambda one: int(one["seq"])))


def _names_unit(field: Field) -> bool:
    return field.kind in {Kind.UNIT, Kind.UNITS} or any(map(_names_unit, field.fields))


def _fields(name: str, item: dict[str, Any]) -> tuple[Field, ...]:
    """The fields of an act's body; those that do not concern this item are left out."""
    without = {"on_behalf_of", "circular_id"}
    if not item["targets"]:
        without.add("actuals")
    if not _nodes(item):
        without.add("milestone")
    if item["kind"] != "directive":
        without.add("interim_opinion")
    fields = fields_of(ACTS[name].body, without=sorted(without))
    return tuple(_of_item(field, name, item) for field in fields)


def _of_item(field: Field, name: str, item: dict[str, Any]) -> Field:
    """The field with what there is to choose or to fill in of this item."""
    match field.name:
        case "text" if name in REPORTS:
            return replace(field, hint="曾有反馈的，已填入上次的内容，请改写为本次的情况")
        case "accepted" if name == "decide_return":
            return replace(field, choices=tuple((key, f"{one}退件") for key, one in field.choices))
        case "milestone":
            return replace(field, kind=Kind.CHOICE, choices=_nodes(item))
        case "actuals":
            wanted = tuple((t["name"], _wanted(t)) for t in item["targets"])
            named = (
                replace(one, options=wanted) if one.name == "name" else one for one in field.fields
            )
            return replace(field, given="name", fields=tuple(named))
    return field


def _nodes(item: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """The nodes that can be reported by themselves: the last is the result."""
    nodes = item["milestones"][:-1]
    return tuple(
        (n["name"], f"{n['name']}（{day(n['due_on'])}）") for n in nodes if not n["met_at"]
    )


def _wanted(target: dict[str, Any]) -> str:
    return f"全年目标 {plain(target['target'])} {target['unit']}".strip()


def _beforehand(
    visit: Visit,
    item: dict[str, Any],
    name: str,
    fields: tuple[Field, ...],
    timeline: list[dict[str, Any]],
) -> dict[str, str]:
    """What a form opens with: the present draft, or the last report of the unit."""
    if name == REVISES:
        return filled(fields, item, visit.zone)
    if name in REPORTS:
        last = next((one for one in reversed(timeline) if one["act"] == name), None)
        rows = {f"actuals.{n}.name": target["name"] for n, target in enumerate(item["targets"])}
        return {"text": str((last or {}).get("body", {}).get("text", "")), **rows}
    if name in {"sign_off", "approve_issue", "advise_extension"}:
        return {"comment": AGREED}
    return {}


async def act_page(visit: Visit) -> Response:
    """``GET /items/{id}/acts/{name}``."""
    item, act = await _offered(visit)
    return visit.page("act", item=item, form=await form_of(visit, item, act), seq=_seq(visit))


async def act(visit: Visit) -> Response:
    """``POST /items/{id}/acts/{name}``."""
    name = visit.path("name")
    spec = ACTS.get(name)
    if spec is None:
        raise Problem(404, "not_found", "没有这项操作。", {})
    refused: FileRefused | None = None
    try:
        said = await visit.form()
    except FileRefused as problem:
        said, refused = problem.said, problem
    at = f"/items/{visit.part('item_id')}"
    item = await visit.api.get(at)
    fields = _fields(name, item)
    if MORE in said:
        return await _again(visit, item, said)
    try:
        if refused is not None:
            raise refused
        body = _body(visit, item, fields, said)
        route_ = spec.route.format(seq=said["seq"] if said.get("seq", "").isdecimal() else 0)
        await visit.api.post(f"{at}/{route_}", body, key=said.get(KEY))
    except Problem as problem:
        if problem.status not in REFUSED:
            raise
        wrong = complaint(fields, problem.detail, at=refused.at if refused else "")
        key = key_after(problem, said)
        return await _again(visit, item, said, problem=problem, key=key, wrong=wrong)
    return go(f"{at}?done={name}#now")


def _body(
    visit: Visit, item: dict[str, Any], fields: tuple[Field, ...], said: dict[str, str]
) -> Json:
    """What the form says. Raises :class:`Problem` for what is to be asked once more first."""
    name = visit.path("name")
    body = body_of(fields, said, visit.zone)
    if name == REVISES:
        now = filled(fields, item, visit.zone)
        check_seen(said, seen_of(now))
        as_it_is = body_of(fields, now, visit.zone)
        body = {n: value for n, value in body.items() if value != as_it_is.get(n)}
    if said.get("on_behalf_of"):
        body["on_behalf_of"] = said["on_behalf_of"]
    _check_opinion(body)
    if name in DESTRUCTIVE and said.get("sure") != "true":
        raise Problem(422, "not_sure", "请勾选确认后再提交。", {})
    return body


def _check_opinion(body: Json) -> None:
    """What stands in the form beforehand is said by who agrees alone."""
    refuses = any(body.get(name) is False for name in DECISIONS)
    if refuses and str(body.get("comment", "")).strip() == AGREED:
        raise Problem(422, "opinion_required", "comment：不同意的，请改写为不同意的理由。", {})


async def _again(
    visit: Visit,
    item: dict[str, Any],
    said: dict[str, str],
    *,
    problem: Problem | None = None,
    key: str | None = None,
    wrong: Complaint | None = None,
) -> Response:
    """The form once more, with what was filled in."""
    name = visit.path("name")
    known = {
        "name": name,
        "title": ACTS[name].title,
        "on_behalf_of": said.get("on_behalf_of"),
    }
    kept = {n: value for n, value in said.items() if n not in OWN}
    form = await form_of(visit, item, known, said=kept, key=key or said.get(KEY), wrong=wrong)
    form = replace(form, seen=seen_after(said, form.seen, problem))
    status = problem.status if problem else 200
    return visit.page("act", status=status, item=item, form=form, seq=said.get("seq", ""))


async def _offered(visit: Visit) -> tuple[dict[str, Any], dict[str, Any]]:
    """The item and what the API offers of that name. Raises :class:`Problem`."""
    at, name = f"/items/{visit.part('item_id')}", visit.path("name")
    item, acts = await asyncio.gather(visit.api.get(at), visit.api.get(f"{at}/acts"))
    found = next((one for one in acts["items"] if one["name"] == name), None)
    if found is None:
        told = "该事项现在不能办理此项操作，可能刚刚有人办过；请返回事项页查看。"
        raise Problem(409, "not_offered", told, {})
    return item, found


def _seq(visit: Visit) -> str:
    return visit.asked().get("seq", "")


ROUTES = [
    route("/items/{item_id}/acts/{name}", act_page),
    route("/items/{item_id}/acts/{name}", act, "POST"),
]
