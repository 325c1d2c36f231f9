"""落实不力: deductions, what units say of them, 复核, the annual sheet, a year's points (R52)."""

from collections.abc import Mapping
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import Field

from api.audit import Changing
from api.circular_schemas import (
    AnswerIn,
    AnswerOut,
    DeductionList,
    DeductionOut,
    PointsTableIn,
    PointsTableOut,
    ReasonIn,
    RecheckDecisionIn,
    RecheckOut,
    SheetLineOut,
    SheetLinks,
    SheetOut,
)
from api.circulars import acts_out
from api.context import Context, ContextDep
from api.directory_schemas import CursorField, Limit
from api.errors import not_found
from api.requests import KeyDep, body_of, documented, json_object
from api.rights import (
    CircularUnitDep,
    DeductionReaderDep,
    RecheckerDep,
    RulesDep,
    RulesReaderDep,
)
from api.schemas import Strict
from api.source_schemas import Year
from domain.acts import require_text
from domain.circular_moves import recheck_until
from domain.circular_offer import offered_on
from domain.circulars import (
    GROUND_NAMES,
    LINE_NAMES,
    OUTCOME_NAMES,
    Answer,
    Ground,
    PointsTable,
    Recheck,
    points_of,
    points_text,
    running,
)
from domain.clocks import EARLIEST_YEAR, LATEST_YEAR
from domain.items import Actor, Json, Role
from domain.permissions import may_read_deductions
from store import deductions, points, reads
from store.deductions import DeductionRow, LedgerRow
from store.points import PointsRow

router = APIRouter(prefix="/deductions", tags=["落实不力"])
points_router = APIRouter(prefix="/settings/points", tags=["落实不力"], route_class=Changing)
DeductionPath = Annotated[str, Path(min_length=1, max_length=60, description="扣分的编号")]
YearPath = Annotated[int, Path(ge=EARLIEST_YEAR, le=LATEST_YEAR, description="年度")]
ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {"model": DeductionOut, "description": "已受理，稍后可见"}
}
BASE = "/api/v1"


class DeductionQuery(Strict):
    """Which deductions; every filter left out asks for everything."""

    unit: Annotated[str | None, Field(max_length=60, description="单位代码")] = None
    year: Year | None = None
    circular_id: Annotated[str | None, Field(max_length=60)] = None
    pending: Annotated[bool, Field(description="true：申请了复核、尚未决定的")] = False
    limit: Limit = 50
    cursor: CursorField = None


class SheetQuery(Strict):
    """Whose sheet, of which year."""

    year: Year
    unit: Annotated[str | None, Field(max_length=60, description="单位代码；单位不填为本单位")] = (
        None
    )


@router.get(
    "",
    summary="扣分一览",
    description="新的在前。单位看自己的，分管领导看所分管单位的，督查室和主要领导看全部。",
)
async def list_deductions(
    query: Annotated[DeductionQuery, Query()], context: ContextDep, actor: DeductionReaderDep
) -> DeductionList:
    """Those that are there for the reader."""
    async with context.database.read() as connection:
        page = await deductions.find_deductions(
            connection,
            actor,
            unit=query.unit,
            year=query.year,
            circular_id=query.circular_id,
            pending=query.pending,
            limit=query.limit,
            cursor=query.cursor,
        )
    zone = context.settings.zone
    return DeductionList(
        items=[_out(row, actor, zone) for row in page.items], next_cursor=page.next_cursor
    )


@router.get(
    "/sheet",
    summary="年度扣分表",
    description="一个单位一年的全部记录，逐行累计；合计即各行之和。暂缓、恢复、变更、撤销、冲销都另记"
    "一行，不改、不删已有的行。每一行可以打开所据通报、事项及其办理过程。",
)
async def sheet(
    query: Annotated[SheetQuery, Query()], context: ContextDep, actor: DeductionReaderDep
) -> SheetOut:
    """Every line with the running sum; the total is their sum."""
    code = query.unit or (actor.unit if actor.role is Role.UNIT else None)
    if code is None or not may_read_deductions(actor, code):
        raise not_found()
    async with context.database.read() as connection:
        unit = await reads.unit(connection, code)
        lines = await deductions.ledger(connection, actor, code, query.year)
        held = await deductions.held(connection, actor, code, query.year)
    if unit is None:
        raise not_found()
    sums = running(line.points for line in lines)
    return SheetOut(
        unit=unit.code,
        unit_name=unit.name,
        year=query.year,
        lines=[
            _line_out(line, total, context.settings.zone)
            for line, total in zip(lines, sums, strict=True)
        ],
        total=points_text(sums[-1] if sums else 0),
        held=points_text(held),
    )


def _line_out(line: LedgerRow, total: int, zone: ZoneInfo) -> SheetLineOut:
    ground = Ground(line.ground)
    return SheetLineOut(
        at=line.at.astimezone(zone),
        kind=line.kind,
        kind_name=LINE_NAMES[line.kind],
        points=points_text(line.points),
        sum=points_text(total),
        reason=line.reason,
        ground=ground,
        ground_name=GROUND_NAMES[ground],
        deduction_id=line.deduction_id,
        circular_id=line.circular_id,
        circular_number=line.circular_number,
        entry_no=line.entry_no,
        item_id=line.item_id,
        item_number=line.item_number,
        item_title=line.item_title,
        links=SheetLinks(
            circular=f"{BASE}/circulars/{line.circular_id}",
            deduction=f"{BASE}/deductions/{line.deduction_id}",
            item=f"{BASE}/items/{line.item_id}",
            timeline=f"{BASE}/items/{line.item_id}/timeline",
        ),
    )


@router.get("/{deduction_id}", summary="一项扣分", description="现在的扣分、陈述、复核。")
async def get_deduction(
    deduction_id: DeductionPath, context: ContextDep, actor: DeductionReaderDep
) -> DeductionOut:
    """As it stands."""
    return _out(await _found(context, actor, deduction_id), actor, context.settings.zone)


async def _found(context: Context, actor: Actor, deduction_id: str) -> DeductionRow:
    async with context.database.read() as connection:
        row = await deductions.one_deduction(connection, actor, deduction_id)
    if row is None:
        raise not_found()
    return row


async def _act(
    context: Context,
    actor: Actor,
    found: DeductionRow,
    act: str,
    said: Json,
    response: Response,
    key: str,
) -> DeductionOut:
    done = await context.circulars.act(
        actor=actor,
        circular_id=found.row.circular.id,
        act=act,
        raw={**said, "deduction": found.no},
        key=key,
        now=context.now(),
    )
    if not done.covered:
        response.status_code = 202
    return _out(await _found(context, actor, found.id), actor, context.settings.zone)


@router.post(
    "/{deduction_id}/answer",
    summary="陈述意见",
    description="被扣分的单位办，一次；超过期限的仍予记录，标明逾期。",
    responses=ACCEPTED,
    openapi_extra=documented(AnswerIn),
)
async def answer_deduction(
    deduction_id: DeductionPath,
    request: Request,
    response: Response,
    context: ContextDep,
    actor: CircularUnitDep,
    key: KeyDep,
    _: Annotated[AnswerIn, Depends(body_of(AnswerIn))],
) -> DeductionOut:
    """The unit is heard."""
    found = await _found(context, actor, deduction_id)
    raw = await json_object(request)
    return await _act(context, actor, found, "answer_deduction", raw, response, key)


@router.post(
    "/{deduction_id}/recheck",
    summary="申请复核",
    description="被扣分的单位办，自收到通报之日起 30 日内，一次；逾期申请的仍予受理并标明，"
    "由人决定。按规则，复核期间该项扣分暂缓计入。",
    responses=ACCEPTED,
    openapi_extra=documented(ReasonIn),
)
async def request_recheck(
    deduction_id: DeductionPath,
    request: Request,
    response: Response,
    context: ContextDep,
    actor: CircularUnitDep,
    key: KeyDep,
    _: Annotated[ReasonIn, Depends(body_of(ReasonIn))],
) -> DeductionOut:
    """C14."""
    found = await _found(context, actor, deduction_id)
    raw = await json_object(request)
    return await _act(context, actor, found, "request_recheck", raw, response, key)


@router.post(
    "/{deduction_id}/recheck/decision",
    summary="复核决定",
    description="由未参与该通报拟写、审批、印发的督查室负责人、区政府主要领导或其他区政府领导办"
    "（该单位的分管领导除外），申请之日起 30 日内。维持、变更或撤销都另记一行，不删已有记录。",
    responses=ACCEPTED,
    openapi_extra=documented(RecheckDecisionIn),
)
async def decide_recheck(
    deduction_id: DeductionPath,
    response: Response,
    context: ContextDep,
    actor: RecheckerDep,
    key: KeyDep,
    body: Annotated[RecheckDecisionIn, Depends(body_of(RecheckDecisionIn))],
) -> DeductionOut:
    """C14: by somebody else."""
    async with context.database.read() as connection:
        found = await deductions.one_deduction(connection, None, deduction_id)
    if found is None:
        raise not_found()
    said: Json = {"outcome": body.outcome.value, "opinion": body.opinion}
    if body.on_behalf_of is not None:
        said["on_behalf_of"] = body.on_behalf_of
    if body.points is not None:
        said["points"] = points_of(body.points)
    done = await context.circulars.act(
        actor=actor,
        circular_id=found.row.circular.id,
        act="decide_recheck",
        raw={**said, "deduction": found.no},
        key=key,
        now=context.now(),
    )
    if not done.covered:
        response.status_code = 202
    async with context.database.read() as connection:
        after = await deductions.one_deduction(connection, None, deduction_id)
    assert after is not None
    return _out(after, actor, context.settings.zone)


def _out(row: DeductionRow, actor: Actor, zone: ZoneInfo) -> DeductionOut:
    circular = row.row.circular
    one = circular.deduction(row.no)
    return DeductionOut(
        id=row.id,
        circular_id=circular.id,
        circular_number=circular.number,
        entry_no=one.entry_no,
        item_id=one.item_id,
        item_number=row.item_number,
        unit=one.unit,
        unit_name=one.unit_name,
        ground=one.ground,
        ground_name=GROUND_NAMES[one.ground],
        year=one.year,
        points=points_text(one.points),
        standing=points_text(one.standing),
        counted=points_text(one.counted),
        holds=list(one.holds),
        ended=one.ended,
        made_at=one.made_at.astimezone(zone),
        answer_due_on=one.answer_due_on,
        answer=_answer_out(one.answer, zone) if one.answer else None,
        answer_missed=one.answer_missed,
        recheck_until=recheck_until(circular, one),
        recheck=_recheck_out(one.recheck, zone) if one.recheck else None,
        acts=acts_out(offered_on(circular, one, actor)),
        seq=circular.seq,
    )


def _answer_out(said: Answer, zone: ZoneInfo) -> AnswerOut:
    at = said.at.astimezone(zone)
    return AnswerOut(text=said.text, at=at, by_name=said.by_name, late=said.late)


def _recheck_out(one: Recheck, zone: ZoneInfo) -> RecheckOut:
    return RecheckOut(
        reason=one.reason,
        asked_at=one.asked_at.astimezone(zone),
        by_name=one.by_name,
        late=one.late,
        decide_by=one.decide_by,
        overdue=one.overdue,
        outcome=one.outcome,
        outcome_name=OUTCOME_NAMES[one.outcome] if one.outcome else None,
        opinion=one.opinion,
        decided_at=one.decided_at.astimezone(zone) if one.decided_at else None,
        decided_by=one.decided_by,
    )


@points_router.get(
    "/{year}",
    summary="一个年度的扣分标准",
    description="该年度最后一版；没有的用以前年度的，都没有的用通用标准。",
)
async def get_points(year: YearPath, context: ContextDep, _: RulesReaderDep) -> PointsTableOut:
    """What a deduction made in that year costs."""
    async with context.database.read() as connection:
        return _points_out(year, await points.in_force(connection, year), context.settings.zone)


@points_router.put(
    "/{year}",
    summary="录入一个年度的扣分标准",
    description="督查室负责人办。另成一版，以前各版保留；已经作出的扣分不变。",
    openapi_extra=documented(PointsTableIn),
)
async def put_points(
    year: YearPath,
    context: ContextDep,
    actor: RulesDep,
    body: Annotated[PointsTableIn, Depends(body_of(PointsTableIn))],
) -> PointsTableOut:
    """Another edition; the same again changes nothing."""
    require_text(reason=body.reason)
    given = {name: points_of(getattr(body, name)) for name in PointsTable.__dataclass_fields__}
    async with context.database.write() as connection:
        await points.put(
            connection, year, PointsTable(**given), reason=body.reason, loaded_by=actor.username
        )
        found = await points.in_force(connection, year)
    return _points_out(year, found, context.settings.zone)


def _points_out(year: int, row: PointsRow, zone: ZoneInfo) -> PointsTableOut:
    known: Mapping[str, Any] = PointsTable.__dataclass_fields__
    return PointsTableOut(
        year=year,
        edition=row.edition,
        of_year=row.year,
        **{name: points_text(getattr(row.points, name)) for name in known},
        clauses={name: str(field.metadata["clause"]) for name, field in known.items()},
        reason=row.reason,
        loaded_by=row.loaded_by,
        loaded_at=row.loaded_at.astimezone(zone) if row.loaded_at else None,
    )
