"""Importing a ledger: a file, what it was taken for row by row with the dates, then issued by and
by; an import that is broken off goes on where it stood."""

from typing import Any

from starlette.responses import Response

from api.import_plan import Fate
from api.import_schemas import ImportOptions
from domain.items import Json
from domain.permissions import Right, has_right
from web.backend import Problem
from web.forms import KEY, Field, Kind, fields_of
from web.plain import Plain, drawn, sent
from web.render import new_key, query
from web.visits import Visit, go, passed_on, route

FILE = Field(
    name="ledger_file",
    label="台账文件",
    kind=Kind.FILE,
    required=True,
    hint="Excel（xlsx、xls）或 CSV，至少有“工作任务（事项）”和“责任单位（牵头单位）”两列",
)
OPTIONS = fields_of(ImportOptions, above="import")
NAMES = tuple(field.name for field in OPTIONS)
PAGE = 100
SHOWN = {
    Fate.READY: "可以导入",
    Fate.ON_RECORD: "已有此事项",
    Fate.REJECTED: "退回",
    Fate.SKIPPED: "不是事项",
}


def _form(visit: Visit) -> Plain:
    person = visit.visitor.person
    offered = {
        "draft": has_right(Right.ISSUE, person),
        "create_units": has_right(Right.REGISTERS, person),
    }
    return Plain(
        title="导入台账",
        button="试读",
        address="/import",
        back="/items",
        fields=(FILE, *(field for field in OPTIONS if offered.get(field.name, True))),
        said={name: said for name, said in visit.asked().items() if name in NAMES},
        also=(
            "先试读，不登记任何事项：逐行看认成什么事项、期限是哪一日、哪些行要改，再决定是否导入。",
        ),
    )


async def import_page(visit: Visit) -> Response:
    """``GET /import``."""
    return drawn(visit, _form(visit))


async def import_(visit: Visit) -> Response:
    """``POST /import``: the file is kept, and on to what it was taken for."""

    async def send(body: Json, _: str) -> str:
        file_id = body.pop("ledger_file", None)
        if not file_id:
            raise Problem(422, "missing_field", "ledger_file：请选择台账文件。", {})
        options = _options(visit, body)
        await visit.api.get(f"/imports/{file_id}", **options, limit=1)
        return f"/import/{file_id}?{query(_address(options))}"

    return await sent(visit, _form(visit), send)


def _options(visit: Visit, asked: Json) -> Json:
    """What is asked of the reading; who does not issue registers only."""
    options = {name: asked[name] for name in NAMES if asked.get(name)}
    if not has_right(Right.ISSUE, visit.visitor.person):
        options["draft"] = "true"
    return options


def _address(options: Json) -> Json:
    return {
        name: str(said).lower() if isinstance(said, bool) else said
        for name, said in options.items()
    }


async def trial(visit: Visit) -> Response:
    """``GET /import/{file_id}``: row by row, and how far the import is."""
    return await _drawn(visit)


async def _drawn(visit: Visit, *, wrong: str = "", refused: list[Any] | None = None) -> Response:
    asked, file_id = visit.asked(), visit.path("file_id")
    options = _options(visit, asked)
    found = await visit.api.get(
        f"/imports/{file_id}",
        **options,
        fate=asked.get("fate"),
        offset=asked.get("offset"),
        limit=PAGE,
    )
    return visit.page(
        "importing",
        status=422 if wrong else 200,
        found=found,
        options=options,
        fates=SHOWN,
        fate=asked.get("fate", ""),
        going=asked.get("going") == "true" and found["counts"]["ready"] > 0,
        finished=asked.get("going") == "true" and not found["counts"]["ready"],
        refused=refused or [],
        wrong_text=wrong,
        key=new_key(),
        labels={field.name: field.label for field in OPTIONS},
    )


async def issue(visit: Visit) -> Response:
    """``POST /import/{file_id}``: the next rows. What is left goes on by itself, or by a button."""
    said, file_id = await visit.form(), visit.path("file_id")
    options = _options(visit, visit.asked())
    if said.get("sure") != "true":
        return await _drawn(visit, wrong="请勾选确认后再导入。")
    done = await visit.api.post(f"/imports/{file_id}/issue", _body(options), said.get(KEY))
    if done["refused"] or (done["left"] and not done["issued"]):
        return await _drawn(visit, refused=done["refused"])
    return go(f"/import/{file_id}?{query(_address(options), going='true')}#progress")


def _body(options: Json) -> Json:
    """The options as the API's body has them."""
    year = {"year": int(options["year"])} if str(options.get("year", "")).isdigit() else {}
    return year | {name: True for name in options if name != "year"}


async def rejected(visit: Visit) -> Response:
    """``GET /import/{file_id}/rejected``: the rows sent back, as a workbook."""
    options = _options(visit, visit.asked())
    to = f"/imports/{visit.path('file_id')}/rejected"
    return passed_on(await visit.api.answer("GET", to, query=options))


ROUTES = [
    route("/import", import_page, right=Right.REGISTER),
    route("/import", import_, "POST", right=Right.REGISTER),
    route("/import/{file_id}", trial, right=Right.REGISTER),
    route("/import/{file_id}", issue, "POST", right=Right.REGISTER),
    route("/import/{file_id}/rejected", rejected, right=Right.REGISTER),
]
