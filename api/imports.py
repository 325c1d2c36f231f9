"""Importing a ledger (台账): read and judged row by row, then issued some rows at a time.

The ledger is an uploaded file (``POST /files``). Nothing is kept of an import but the items: each
row is one item, whoever imports it how often, so that an import that was broken off goes on where
it stood.
"""

import asyncio
import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api import contents
from api.audit import remember
from api.context import Context, ContextDep
from api.errors import Unavailable, not_found
from api.import_plan import (
    FATE_NAMES,
    OPTION,
    Fate,
    Options,
    Plan,
    Verdict,
    issue_row,
    planned,
    read_file,
    register_units,
)
from api.import_schemas import (
    ColumnOut,
    ImportIn,
    ImportOptions,
    ImportOut,
    ImportQuery,
    IssuedOut,
    NewUnitOut,
    NodeOut,
    ProgressOut,
    RefusedOut,
    RemarkOut,
    RowOut,
    SheetOut,
)
from api.requests import body_of, documented
from api.rights import RegistrarDep
from api.schemas import TargetIn
from domain.cycles import CYCLE_NAMES
from domain.errors import Invalid
from domain.items import KIND_NAMES, Actor
from domain.permissions import Right, check_right
from ledger import LedgerError, rejected_file
from store import reads
from store.access import AccessEvent

router = APIRouter(prefix="/imports", tags=["台账导入"])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get(
    "/{file_id}",
    summary="试读台账",
    description="先用 POST /files 由本人上传台账（xlsx、xls、csv），再以其 id 试读：逐行报告认成"
    "什么事项、期限哪一日、哪些须核对、哪些退回及原因。不登记任何事项。",
)
async def preview_import(
    file_id: uuid.UUID,
    query: Annotated[ImportQuery, Query()],
    context: ContextDep,
    actor: RegistrarDep,
) -> ImportOut:
    """What an import would do, row by row."""
    plan = await _plan(context, actor, file_id, _options(query))
    shown = [one for one in plan.verdicts if query.fate in {None, one.fate}]
    upto = query.offset + query.limit
    return ImportOut(
        file_id=str(file_id),
        filename=plan.ledger.filename,
        year=plan.ledger.year,
        year_basis=plan.ledger.year_basis,
        notes=list(plan.ledger.notes),
        sheets=[
            SheetOut(
                name=table.sheet,
                columns=[ColumnOut(heading=c.header, taken_as=c.taken_as) for c in table.columns],
            )
            for table in plan.ledger.tables
        ],
        counts={fate: len(plan.of(fate)) for fate in Fate if fate is not Fate.ISSUED},
        unknown_units=list(plan.unknown),
        new_units=[NewUnitOut(name=name, code=code) for name, code in plan.new_units.items()],
        rows=[_row(one) for one in shown[query.offset : upto]],
        next_offset=upto if upto < len(shown) else None,
    )


@router.get(
    "/{file_id}/rejected",
    summary="退回的行",
    description="退回的各行连同原因，xlsx；改正后可以再导入。",
    response_class=Response,
    responses={200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}},
)
async def rejected_rows(
    file_id: uuid.UUID,
    query: Annotated[ImportOptions, Query()],
    context: ContextDep,
    actor: RegistrarDep,
) -> Response:
    """The rows that are sent back, each with its reason, as a workbook to be corrected."""
    plan = await _plan(context, actor, file_id, _options(query))
    rejected = [(one.row, OPTION.sub("", one.reason)) for one in plan.of(Fate.REJECTED)]
    data = await asyncio.to_thread(rejected_file, plan.ledger, rejected)
    headers = {"Content-Disposition": 'attachment; filename="rejected.xlsx"'}
    return Response(data, media_type=XLSX, headers=headers)


@router.post(
    "/{file_id}/issue",
    summary="导入台账的行",
    description="把可以导入的行逐行下达（draft=true 的只登记），一次最多 limit 行，答复还剩多少；"
    "督查室工作人员只能登记，create_units 须由督查室负责人办。next_offset "
    "不为 null 时，以它为 offset 再发，接着办。同一行不论由谁、导入几次，都是同一事项；"
    "中断后再发即接着办理。",
    openapi_extra=documented(ImportIn),
)
async def issue_rows(
    file_id: uuid.UUID,
    request: Request,
    context: ContextDep,
    actor: RegistrarDep,
    body: Annotated[ImportIn, Depends(body_of(ImportIn))],
) -> ProgressOut:
    """Issues the next rows. Sent again it goes on, and issues none twice."""
    plan = await _plan(context, actor, file_id, _options(body))
    if not body.draft:
        check_right(Right.ISSUE, actor)
    if body.create_units:
        check_right(Right.REGISTERS, actor)
    if plan.new_units:
        await register_units(context, plan)
        await remember(context, request, AccessEvent.CHANGED)
    ready = [n for n, one in enumerate(plan.verdicts) if one.fate is Fate.READY]
    later = [n for n in ready if n >= body.offset]
    now, left = later[: body.limit], later[body.limit :]
    tried = [plan.verdicts[n] for n in now]
    for one in tried:
        await issue_row(context, plan, one, actor)
    return ProgressOut(
        issued=[
            IssuedOut(line=one.row.lines[0], item_id=str(one.item_id), title=one.row.title)
            for one in tried
            if one.fate is Fate.ISSUED
        ],
        refused=[
            RefusedOut(line=one.row.lines[0], title=one.row.title, reason=one.reason)
            for one in tried
            if one.fate is Fate.REJECTED
        ],
        on_record=len(plan.of(Fate.ON_RECORD)),
        rejected=len(plan.of(Fate.REJECTED)),
        left=len(left),
        next_offset=left[0] if left else None,
    )


def _options(asked: ImportOptions) -> Options:
    return Options(
        year=asked.year,
        create_units=asked.create_units,
        allow_past=asked.allow_past,
        draft=asked.draft,
    )


async def _plan(context: Context, actor: Actor, file_id: uuid.UUID, options: Options) -> Plan:
    """The plan of a file that ``actor`` uploaded himself: what others wrote is his to read, not to
    issue in his name. Raises ``NotFound`` and ``Invalid``."""
    async with context.database.read() as connection:
        kept = await reads.file(connection, file_id)
    if kept is None or kept.uploaded_by != actor.username:
        raise not_found()
    data = await asyncio.to_thread(contents.found, context, kept.sha256)
    if data is None:
        raise Unavailable("file_missing", "台账文件暂时读取不到，请重新上传。")
    try:
        ledger = await read_file(context, data, kept.name, options)
    except LedgerError as error:
        raise Invalid(error.code, f"{error.detail.rstrip('。')}。") from error
    return await planned(context, ledger, options)


def _row(verdict: Verdict) -> RowOut:
    row, facts = verdict.row, verdict.facts
    nodes, targets = (facts.milestones, facts.targets) if facts else ((), ())
    return RowOut(
        sheet=row.sheet,
        lines=list(row.lines),
        fate=verdict.fate,
        fate_name=FATE_NAMES[verdict.fate],
        reason=verdict.reason,
        title=row.title,
        lead_unit_name=row.lead,
        co_unit_names=list(row.co_units),
        kind=facts.kind if facts else None,
        kind_name=KIND_NAMES[facts.kind] if facts else None,
        cycle_name=CYCLE_NAMES[facts.cycle] if facts and facts.cycle else None,
        limit=row.limit.taken_as if row.limit else "",
        due_on=verdict.due_on,
        nodes=[NodeOut(name=node.name, due_on=node.due_on) for node in nodes],
        targets=[TargetIn(name=one.name, unit=one.unit, target=one.target) for one in targets],
        doubts=[RemarkOut(field=one.field, text=one.text) for one in row.doubts],
        item_id=verdict.item_id,
    )
