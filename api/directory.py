"""The whole directory as one table: read and judged, imported at once or not at all, exported."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, File, Query, Request, Response, UploadFile

from api.audit import Changing
from api.context import ContextDep
from api.directory_files import export_roster, import_roster, outcome_of, read_file
from api.directory_schemas import ProblemOut, ReportOut, RowOut
from api.rights import RegistersDep
from store.roster import Plan, Verdict

router = APIRouter(prefix="/directory", tags=["名册导入导出"], route_class=Changing)
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@router.post(
    "/import",
    summary="导入名册",
    description="督查室负责人或系统管理员办。xlsx、xls 或 csv，每个单位一行，列名同导出的表。"
    "默认只试读，逐行报告将作的改动、须改正的和需要留意的；commit=true 才导入，"
    "有一行须改正就全部不导入（422 `directory_has_problems`）。空格不改动已登记的内容。",
)
async def import_directory(
    request: Request,
    context: ContextDep,
    _: RegistersDep,
    file: Annotated[UploadFile, File()],
    commit: Annotated[bool, Query(description="真正导入")] = False,
) -> ReportOut:
    """Reads and judges a directory; with ``commit`` puts it on record, all of it or nothing."""
    request.state.trial = not commit
    data = await file.read()
    read = await asyncio.to_thread(read_file, data, file.filename or "")
    planned = await import_roster(context.database, read, commit=commit)
    return _report(planned, read.notes, committed=commit)


def _report(planned: Plan, notes: tuple[str, ...], *, committed: bool) -> ReportOut:
    rows = [_row(verdict) for verdict in planned.verdicts]
    count = {
        outcome: sum(row.outcome == outcome for row in rows)
        for outcome in ("new", "changed", "unchanged", "wrong")
    }
    return ReportOut(rows=rows, notes=list(notes), **count, committed=committed)


def _row(verdict: Verdict) -> RowOut:
    return RowOut(
        row=verdict.row,
        code=verdict.code,
        name=verdict.name,
        outcome=outcome_of(verdict),
        changes=list(verdict.changes),
        problems=[ProblemOut(**asdict(one)) for one in verdict.problems],
        remarks=[ProblemOut(**asdict(one)) for one in verdict.remarks],
    )


@router.get(
    "/export",
    summary="导出名册",
    description="督查室负责人或系统管理员办。xlsx 有“单位和责任人”“区政府领导”“历任责任人”"
    "“代理（AB角）”四张表，"
    "csv 只有第一张；前两张改动后可再导入，原样导入没有任何改动。",
    response_class=Response,
    responses={200: {"content": {kind: {"schema": {"type": "string"}} for kind in TYPES.values()}}},
)
async def export_directory(
    context: ContextDep,
    _: RegistersDep,
    format: Annotated[Literal["xlsx", "csv"], Query(description="文件格式")] = "xlsx",
) -> Response:
    """The directory as a file that can be changed and imported again."""
    data = await export_roster(context.database, format)
    headers = {"Content-Disposition": f'attachment; filename="directory.{format}"'}
    return Response(data, media_type=TYPES[format], headers=headers)
