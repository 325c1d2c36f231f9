"""Importing a ledger: a file, what it was taken for row by row with the dates, then issued by and
by; an import that is broken off goes on where it stood."""

from typing import Any

from pydantic import ValidationError
from starlette.responses import Response

from api.import_plan import FATE_NAMES, Fate
from api.import_schemas import ImportOptions
from domain.items import Json
from domain.permissions import Right, has_right
from web.backend import Problem
from web.forms import Field, Kind, fields_of
from web.plain import REFUSED, Plain, drawn, sent
from web.render import query
from web.visits import TABLES, Visit, passed_on, route

FILE = Field(
    name="ledger_file",
    label="台账文件",
    kind=Kind.FILE,
    accept=TABLES,
    required=True,
    hint="Excel（xlsx、xls）或 CSV，至少有“工作任务（事项）”和“责任单位（牵头单位）”两列",
)
OPTIONS = fields_of(ImportOptions, above="import")
NAMES = tuple(field.name for field in OPTIONS)
PAGE = 100
SHOWN = {fate: name for fate, name in FATE_NAMES.items() if fate is not Fate.ISSUED}


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
        return f"/import/{file_id}?{query(options)}"

    return await sent(visit, _form(visit), send)


def _options(visit: Visit, asked: Json) -> Json:
    """What is asked of the reading, as the API takes it; who does not issue registers only. Raises
    :class:`Problem`."""
    try:
        given = ImportOptions.model_validate({n: asked[n] for n in NAMES if asked.get(n)})
    except ValidationError as error:
        raise Problem(422, "bad_options", "导入的选项有误，请从“导入台账”重新进入。", {}) from error
    if not has_right(Right.ISSUE, visit.visitor.person):
        given.draft = True
    return given.model_dump(exclude_defaults=True)


async def trial(visit: Visit) -> Response:
    """``GET /import/{file_id}``: row by row; nothing goes on from an address."""
    return await _drawn(visit)


async def _drawn(visit: Visit, *, wrong: Problem | None = None, **so_far: Any) -> Response:  # noqa: ANN401
    asked, options = visit.asked(), _options(visit, visit.asked())
    found = await visit.api.get(
        f"/imports/{visit.part('file_id')}",
        **options,
        fate=asked.get("fate"),
        offset=asked.get("offset"),
        limit=PAGE,
    )
    given = {"progress": None, "issued": 0, "refused": "", **so_far}
    return visit.page(
        "importing",
        status=wrong.status if wrong else 200,
        found=found,
        options=options,
        fates=SHOWN,
        fate=asked.get("fate", ""),
        wrong=wrong.detail if wrong else "",
        labels={field.name: field.label for field in OPTIONS},
        **given,
    )


async def issue(visit: Visit) -> Response:
    """``POST /import/{file_id}``: the next rows. The answer itself goes on with what is left: by
    itself, or by a button."""
    said = await visit.form()
    issued, refused = _number(said.get("issued", "")), said.get("refused", "")
    try:
        if said.get("sure") != "true":
            raise Problem(422, "not_sure", "请勾选确认后再导入。", {})
        body = _options(visit, visit.asked()) | {"offset": _number(said.get("offset", ""))}
        done = await visit.api.post(f"/imports/{visit.part('file_id')}/issue", body)
    except Problem as problem:
        if problem.status not in REFUSED:
            raise
        return await _drawn(visit, wrong=problem)
    told = [f"第 {one['line']} 行 {one['title']}：{one['reason']}" for one in done["refused"]]
    return await _drawn(
        visit,
        progress=done,
        issued=issued + len(done["issued"]),
        refused="\n".join(filter(None, (refused, *told))),
    )


def _number(said: str) -> int:
    return int(said) if said.isdecimal() and len(said) < 8 else 0


async def rejected(visit: Visit) -> Response:
    """``GET /import/{file_id}/rejected``: the rows sent back, as a workbook."""
    options = _options(visit, visit.asked())
    to = f"/imports/{visit.part('file_id')}/rejected"
    return passed_on(await visit.api.answer("GET", to, query=options))


ROUTES = [
    route("/import", import_page, right=Right.REGISTER),
    route("/import", import_, "POST", right=Right.REGISTER),
    route("/import/{file_id}", trial, right=Right.REGISTER),
    route("/import/{file_id}", issue, "POST", right=Right.REGISTER),
    route("/import/{file_id}/rejected", rejected, right=Right.REGISTER),
]
