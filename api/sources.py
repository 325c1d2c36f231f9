"""来源: what hands out work, by which clauses, and how far the items have come (R5, R9, R49)."""

from dataclasses import asdict
from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import Field

from api.audit import Changing
from api.context import ContextDep
from api.directory_schemas import CursorField, Limit
from api.errors import not_found
from api.requests import body_of, documented
from api.rights import SourcesDep, SourcesReaderDep
from api.schemas import Strict
from api.source_schemas import (
    ClauseChangeIn,
    ClauseIn,
    ClauseOut,
    ClausesIn,
    CountsOut,
    DecisionOut,
    SourceBase,
    SourceHeadOut,
    SourceIn,
    SourceItemOut,
    SourceList,
    SourceOfItemsOut,
    Year,
)
from domain.items import STATUS_NAMES, Actor
from domain.origins import (
    MEETING_TYPE_NAMES,
    PROPOSAL_ROLE_NAMES,
    SOURCE_LEVEL_NAMES,
    SOURCE_TYPE_NAMES,
    SourceType,
)
from domain.permissions import sight
from domain.sources import Clause, Registered, counts, uncovered
from store import sources
from store.rows import ClauseRow, DecisionRow, SourceItemRow, SourceRow
from store.session import ReadConnection

router = APIRouter(prefix="/sources", tags=["来源"], route_class=Changing)
SourcePath = Annotated[int, Path(ge=1, le=2**62, description="来源的编号")]
NoPath = Annotated[str, Path(min_length=1, max_length=20, description="条款的序号")]


class SourceQuery(Strict):
    """Which sources; every filter left out asks for everything."""

    type: SourceType | None = None
    year: Year | None = None
    q: Annotated[
        str | None, Field(max_length=200, description="标题、文号、领导、提出人、条款中的文字")
    ] = None
    uncovered: Annotated[
        bool | None, Field(description="true 有条款未立项的（漏办），false 没有的")
    ] = None
    limit: Limit = 50
    cursor: CursorField = None


@router.get(
    "",
    summary="来源清单",
    description="督查室、主要领导看全部；分管领导只看有分管单位事项的，只计这些事项。新登记的在前。"
    "uncovered=true 即漏办检查：有条款既无事项、又未决定不立项的。",
)
async def list_sources(
    query: Annotated[SourceQuery, Query()], context: ContextDep, actor: SourcesReaderDep
) -> SourceList:
    """Sources, the newest first."""
    filters = sources.SourceFilters(**query.model_dump(exclude={"limit", "cursor"}))
    async with context.database.read() as connection:
        page = await sources.find(connection, actor, filters, query.limit, query.cursor)
    zone = context.settings.zone
    return SourceList(
        items=[SourceHeadOut(**_head(row, zone)) for row in page.items],
        next_cursor=page.next_cursor,
    )


@router.post(
    "",
    status_code=201,
    summary="登记来源",
    description="督查室办。会议、文件、批示、建议提案等，连同各条款；一个来源可分解为许多事项。"
    "同类来源的文号、编号不能重复（409 `source_exists`）。",
    openapi_extra=documented(SourceIn),
)
async def add_source(
    request: Request,
    context: ContextDep,
    actor: SourcesDep,
    body: Annotated[SourceIn, Depends(body_of(SourceIn))],
) -> SourceOfItemsOut:
    """A new source, with its clauses as far as they are known."""
    said = _said(body, context.now().date())
    async with context.database.write() as connection:
        added = await sources.add(connection, said, _clauses(body.clauses), actor.username)
        request.state.about = added
        return await _whole(connection, actor, added, context.settings.zone)


@router.get(
    "/{source_id}",
    summary="一个来源及其落实情况",
    description="各条款及其事项，“件件有结果，事事有反馈”的件数和清单，未立项的条款（漏办）。"
    "都由事项现状算出；分管领导只见分管单位的事项及其条款。",
)
async def get_source(
    source_id: SourcePath, context: ContextDep, actor: SourcesReaderDep
) -> SourceOfItemsOut:
    """A source, its clauses, their items, and how far these have come."""
    async with context.database.read() as connection:
        return await _whole(connection, actor, source_id, context.settings.zone)


@router.put(
    "/{source_id}",
    summary="更正来源",
    description="督查室办。按所填的全部更正；条款不在其中。已下达的事项仍显示下达时所填的来源。",
    openapi_extra=documented(SourceBase),
)
async def put_source(
    source_id: SourcePath,
    context: ContextDep,
    actor: SourcesDep,
    body: Annotated[SourceBase, Depends(body_of(SourceBase))],
) -> SourceOfItemsOut:
    """A source as it is from now on."""
    said = _said(body, context.now().date())
    async with context.database.write() as connection:
        if not await sources.change(connection, source_id, said):
            raise not_found()
        return await _whole(connection, actor, source_id, context.settings.zone)


@router.post(
    "/{source_id}/clauses",
    status_code=201,
    summary="增加条款",
    description="督查室办。序号已有的，全部不增加（409 `clause_exists`）。",
    openapi_extra=documented(ClausesIn),
)
async def add_clauses(
    source_id: SourcePath,
    context: ContextDep,
    actor: SourcesDep,
    body: Annotated[ClausesIn, Depends(body_of(ClausesIn))],
) -> SourceOfItemsOut:
    """More clauses."""
    async with context.database.write() as connection:
        if await sources.registered(connection, source_id) is None:
            raise not_found()
        await sources.add_clauses(connection, source_id, _clauses(body.clauses))
        return await _whole(connection, actor, source_id, context.settings.zone)


@router.patch(
    "/{source_id}/clauses/{no}",
    summary="更正条款，决定是否立项",
    description="督查室办。只改所填的。needed=false 决定该条不立项，须写明理由；"
    "历次决定、决定人和时间都保留。",
    openapi_extra=documented(ClauseChangeIn),
)
async def change_clause(
    source_id: SourcePath,
    no: NoPath,
    context: ContextDep,
    actor: SourcesDep,
    body: Annotated[ClauseChangeIn, Depends(body_of(ClauseChangeIn))],
) -> SourceOfItemsOut:
    """Correct a clause, or decide whether it needs an item."""
    async with context.database.write() as connection:
        if not await sources.change_clause(
            connection, source_id, no, text=body.text, note=body.note
        ):
            raise not_found()
        if body.needed is not None:
            await sources.decide(
                connection,
                source_id,
                no,
                needed=body.needed,
                reason=body.reason,
                made_by=actor.username,
            )
        return await _whole(connection, actor, source_id, context.settings.zone)


def _said(body: SourceBase, today: date) -> Registered:
    said = body.model_dump(exclude={"clauses", "year"})
    return Registered(**said, year=body.year or (body.date or today).year)


def _clauses(said: list[ClauseIn]) -> list[Clause]:
    return [Clause(**clause.model_dump()) for clause in said]


async def _whole(
    connection: ReadConnection, actor: Actor, source_id: int, zone: ZoneInfo
) -> SourceOfItemsOut:
    """The source as ``actor`` sees it. Raises ``NotFound``."""
    row = await sources.one(connection, actor, source_id)
    if row is None:
        raise not_found()
    clauses = await sources.clauses_of(connection, source_id)
    items = await sources.items_of(connection, actor, source_id)
    return _followed(row, clauses, items, sees_all=sight(actor).everything, zone=zone)


def _followed(
    row: SourceRow,
    clauses: tuple[ClauseRow, ...],
    items: tuple[SourceItemRow, ...],
    *,
    sees_all: bool,
    zone: ZoneInfo,
) -> SourceOfItemsOut:
    settled = [clause.said.no for clause in clauses if clause.not_needed]
    missing = uncovered((clause.said.no for clause in clauses), settled, items) if sees_all else ()
    figures = counts(items, len(missing) if sees_all else None)
    handed_out = {item.clause for item in items}
    shown = [clause for clause in clauses if sees_all or clause.said.no in handed_out]
    return SourceOfItemsOut(
        **_head(row, zone),
        clauses=[_clause(clause, items, zone) for clause in shown],
        without_clause=[_item(item) for item in items if item.clause is None],
        uncovered=list(missing),
        without_feedback=[_item(item) for item in items if item.awaits_feedback],
        counts=CountsOut(**asdict(figures)),
        sentence=figures.sentence,
    )


def _head(row: SourceRow, zone: ZoneInfo) -> dict[str, object]:
    said = row.said
    return {
        **asdict(said),
        "id": row.id,
        "type_name": SOURCE_TYPE_NAMES[said.type],
        "meeting_type_name": said.meeting_type and MEETING_TYPE_NAMES[said.meeting_type],
        "level_name": said.level and SOURCE_LEVEL_NAMES[said.level],
        "role_name": said.role and PROPOSAL_ROLE_NAMES[said.role],
        "made_by": row.made_by,
        "made_at": row.made_at.astimezone(zone),
        "clause_count": row.clauses,
        "item_count": row.items,
        "uncovered_count": row.uncovered,
    }


def _clause(row: ClauseRow, items: tuple[SourceItemRow, ...], zone: ZoneInfo) -> ClauseOut:
    return ClauseOut(
        **asdict(row.said),
        not_needed=_decision(row.not_needed, zone) if row.not_needed else None,
        decisions=[_decision(one, zone) for one in row.decisions],
        items=[_item(item) for item in items if item.clause == row.said.no],
    )


def _decision(row: DecisionRow, zone: ZoneInfo) -> DecisionOut:
    return DecisionOut(
        needed=row.needed,
        reason=row.reason,
        made_by=row.made_by,
        made_at=row.made_at.astimezone(zone),
    )


def _item(row: SourceItemRow) -> SourceItemOut:
    return SourceItemOut(
        id=row.id,
        number=row.number,
        title=row.title,
        clause=row.clause,
        lead_unit=row.lead_unit,
        lead_unit_name=row.lead_unit_name,
        status=row.status,
        status_name=STATUS_NAMES[row.status],
        lamp=row.lamp.value,
        has_result=row.has_result,
        handed_in=row.handed_in,
        has_feedback=row.has_feedback,
    )
