"""The settings: rules by edition with the clause beside each value, points by year, and what
documents say of the office."""

import asyncio
import re
from dataclasses import replace
from datetime import date
from typing import Any

from starlette.responses import Response

from api.circular_schemas import PointsTableIn
from api.document_schemas import OfficeIn
from domain.documents import DOCUMENTS
from domain.items import Json
from domain.office import SETTING_NAMES
from domain.permissions import Right, has_right
from web.backend import Problem, address_part
from web.forms import Field, Kind, fields_of, filled
from web.plain import Plain, drawn, sent
from web.visits import Visit, route
from web.words import LABELS_BELOW, SETTINGS, WEEKDAY_NAMES

EDITION = Field(name="edition", label="版次", kind=Kind.LINE, required=True, hint="例如 2027-01-01")
EFFECTIVE = Field(name="effective_on", label="施行日期", kind=Kind.DATE, required=True)
DONE = {"rules": "已录入一版规则。", "points": "已录入扣分标准。", "office": "已保存机关设置。"}
POINTS = fields_of(PointsTableIn, above="points")
OFFICE = tuple(
    replace(
        field,
        label=SETTING_NAMES[field.name],
        kind=Kind.NAMES if listed else field.kind,
        hint="每行一个" if listed else "",
        choices=() if listed else field.choices,
    )
    for field in fields_of(OfficeIn)
    for listed in (field.name in {"recipients", "copies", "leaders"},)
)
DOCUMENT_NAMES = {str(kind): spec.name for kind, spec in DOCUMENTS.items()}
YES, NO = "是", "否"
_OF_THE_TEXT = re.compile(r"(办法|条例) [^A-Z\[,]*")


async def settings(visit: Visit) -> Response:
    """``GET /settings``."""
    today = visit.context.now().astimezone(visit.zone).date()
    year = visit.asked().get("year", str(today.year))
    policies, points, office = await asyncio.gather(
        visit.api.get("/policies"),
        visit.api.get(f"/settings/points/{address_part(year)}"),
        visit.api.get("/settings/office"),
    )
    editions = policies["items"]
    wanted = visit.asked().get("edition")
    shown = next((one for one in editions if one["edition"] == wanted), None)
    in_force = _in_force(editions, today)
    shown = shown or in_force
    return visit.page(
        "settings",
        done=DONE.get(visit.asked().get("done", ""), ""),
        shown=shown,
        in_force=in_force,
        editions=editions,
        rows=[
            (name, _said(key, shown["settings"][key]), *_clause(shown["clauses"][key]))
            for key, name in SETTINGS.items()
        ],
        points=points,
        point_rows=[
            (LABELS_BELOW[f"points.{key}"], points[key], *_clause(clause))
            for key, clause in points["clauses"].items()
        ],
        office=[(name, office[key]) for key, name in SETTING_NAMES.items()],
        missing=[
            (DOCUMENT_NAMES[kind], [SETTING_NAMES[name] for name in names])
            for kind, names in office["missing"].items()
        ],
        history=[
            {**one, "changed": [SETTING_NAMES[name] for name in one["changed"]]}
            for one in office["history"]
        ],
        may_rule=has_right(Right.RULES, visit.visitor.person),
        may_head=has_right(Right.LETTERHEAD, visit.visitor.person),
    )


def _in_force(editions: list[dict[str, Any]], today: date) -> dict[str, Any]:
    """The last edition that has come into force."""
    begun = [one for one in editions if one["effective_on"] <= today.isoformat()]
    return (begun or editions)[-1 if begun else 0]


def _said(name: str, value: Any) -> str:  # noqa: ANN401 - as JSON has it
    if name == "week_slot_weekday":
        return WEEKDAY_NAMES[str(value)]
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, list):
        return "、".join(map(str, value))
    return "不设" if value is None else str(value).removesuffix(":00")


def _clause(text: str) -> tuple[str, bool]:
    """The clause as people read it, and whether the value is a default of ours."""
    found = _OF_THE_TEXT.match(text)
    return found[0].strip() if found else "原文未规定", "[D]" in text


def _fields(values: Json) -> tuple[Field, ...]:
    return (EDITION, EFFECTIVE, *(_field(key, name, values[key]) for key, name in SETTINGS.items()))


def _field(key: str, name: str, value: Any) -> Field:  # noqa: ANN401 - as JSON has it
    if key == "week_slot_weekday":
        choices = tuple(WEEKDAY_NAMES.items())
        return Field(name=key, label=name, kind=Kind.CHOICE, required=True, choices=choices)
    if isinstance(value, bool):
        choices = (("true", YES), ("false", NO))
        return Field(name=key, label=name, kind=Kind.YES_NO, required=True, choices=choices)
    if isinstance(value, int):
        return Field(name=key, label=name, kind=Kind.NUMBER, required=True)
    if isinstance(value, list):
        return Field(name=key, label=name, kind=Kind.LINE, required=True, hint="用顿号隔开")
    return Field(name=key, label=name, kind=Kind.LINE, hint="例如 17:30；不设的留空")


async def _edition(visit: Visit) -> Plain:
    today = visit.context.now().astimezone(visit.zone).date()
    present = _in_force((await visit.api.get("/policies"))["items"], today)
    values = present["settings"]
    said = {key: _input(values[key]) for key in SETTINGS if values[key] is not None}
    return Plain(
        title="录入一版规则",
        button="录入规则",
        address="/settings/rules",
        back="/settings",
        fields=_fields(values),
        said=said,
        also=(
            f"以下填着现行的{present['edition']}版。自施行日期起下达的事项适用新版，已下达的仍用原版。",
            "录入的版次不能再改，请核对后录入。",
        ),
        asks_again=True,
    )


def _input(value: Any) -> str:  # noqa: ANN401 - as JSON has it
    if isinstance(value, bool):
        return "true" if value else "false"
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)


async def edition_page(visit: Visit) -> Response:
    """``GET /settings/rules``."""
    return drawn(visit, await _edition(visit))


async def edition(visit: Visit) -> Response:
    """``POST /settings/rules``."""

    async def send(body: Json, _: str) -> str:
        # What is left blank is no default, which the API would take it for.
        for field in form.fields:
            said = body.setdefault(field.name, None)
            if field.required and (said is None or said == ""):
                raise Problem(422, "missing_field", f"{field.name}：请填写。", {})
        named = str(body.pop("edition")).strip()
        if "/" in named:
            raise Problem(422, "bad_name", "edition：不能含 /，例如 2027-02-01。", {})
        effective_on = body.pop("effective_on")
        given = {key: _read(key, value) for key, value in body.items()}
        at = f"/policies/{address_part(named)}"
        try:
            await visit.api.put(at, {"effective_on": effective_on, "settings": given})
        except Problem as problem:
            told = _in_words(problem.detail)
            raise Problem(problem.status, problem.code, told, problem.headers) from None
        return f"/settings?edition={address_part(named)}&done=rules"

    form = await _edition(visit)
    return await sent(visit, form, send)


def _read(key: str, value: Any) -> Any:  # noqa: ANN401 - as a form says it
    if key == "reminder_days" and value is not None:
        parts = [part for part in re.split(r"[、,，\s]+", str(value)) if part]
        return [int(part) if part.isdecimal() else part for part in parts]
    return int(value) if key == "week_slot_weekday" and str(value).isdecimal() else value


def _in_words(detail: str) -> str:
    """What the API says, with the settings' names as the page has them."""
    detail = detail.replace("settings.", "")
    for key in sorted(SETTINGS, key=len, reverse=True):
        # At the beginning it says which field is meant, which the form knows.
        detail = re.sub(rf"(?<![a-z_]){key}(?![a-z_]|[.\d]*：)", f"“{SETTINGS[key]}”", detail)
    return detail.replace("true", YES).replace("false", NO)


async def _points(visit: Visit) -> Plain:
    year = visit.path("year")
    at = f"/settings/points/{visit.part('year')}"
    present = await visit.api.get(at)
    return Plain(
        title=f"录入{year}年度的扣分标准",
        button="录入扣分标准",
        address=at,
        back=f"/settings?year={visit.part('year')}",
        fields=POINTS,
        said={field.name: str(present[field.name]) for field in POINTS if field.name != "reason"},
        also=("另成一版，以前各版保留；已经作出的扣分不变。",),
    )


async def points_page(visit: Visit) -> Response:
    """``GET /settings/points/{year}``."""
    return drawn(visit, await _points(visit))


async def points(visit: Visit) -> Response:
    """``POST /settings/points/{year}``."""
    form = await _points(visit)

    async def send(body: Json, _: str) -> str:
        year = visit.part("year")
        given = {name: str(value) for name, value in body.items()}
        await visit.api.put(f"/settings/points/{year}", given)
        return f"/settings?year={year}&done=points#h-points"

    return await sent(visit, form, send)


async def _office(visit: Visit) -> Plain:
    present = await visit.api.get("/settings/office")
    said = filled(OFFICE, present, visit.zone)
    return Plain(
        title="设置文书的机关",
        button="保存",
        address="/settings/office",
        back="/settings",
        fields=OFFICE,
        said=said,
        also=("自保存起出具的文书按此；已出具的不变。未填的为空，缺的文书不能出具。",),
    )


async def office_page(visit: Visit) -> Response:
    """``GET /settings/office``."""
    return drawn(visit, await _office(visit))


async def office(visit: Visit) -> Response:
    """``POST /settings/office``."""

    async def send(body: Json, _: str) -> str:
        await visit.api.put("/settings/office", body)
        return "/settings?done=office#h-office"

    return await sent(visit, await _office(visit), send)


ROUTES = [
    route("/settings", settings, right=Right.READ_RULES),
    route("/settings/rules", edition_page, right=Right.RULES),
    route("/settings/rules", edition, "POST", right=Right.RULES),
    route("/settings/points/{year}", points_page, right=Right.LETTERHEAD),
    route("/settings/points/{year}", points, "POST", right=Right.LETTERHEAD),
    route("/settings/office", office_page, right=Right.LETTERHEAD),
    route("/settings/office", office, "POST", right=Right.LETTERHEAD),
]
