"""Issuing items, listing, exporting and reading them."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field, TypeAdapter

from api.audit import remember, shown
from api.context import Context, ContextDep
from api.export import MEDIA_TYPES, Format, as_table, exported
from api.guide import ACCEPTED
from api.present import (
    Numbering,
    answer,
    clock_out,
    entry_out,
    head_out,
    item_out,
    snapshot_out,
)
from api.references import unit_named
from api.requests import KeyDep, documented, json_object, local
from api.rights import ActorDep, RegistrarDep
from api.schemas import Clocks, Day, ItemIn, ItemList, ItemOut, Strict, Timeline
from domain.errors import Invalid
from domain.items import ENDED, Category, Facts, Kind, Source, Status
from domain.permissions import Right, check_right, may_know_covert
from store import reads
from store.access import AccessEvent
from store.filters import Filters
from workflows.reading import read

router = APIRouter(prefix="/items", tags=["事项"])
ITEM_IN = TypeAdapter(ItemIn)
NOT_IN_THIS_RELEASE = ("milestones", "cycle", "year", "targets", "parent_id")


@router.post(
    "",
    status_code=201,
    summary="登记并下达事项，或只登记",
    description="督查室负责人办：登记和下达一次完成，答复编号、各项期限及逐日推算、需要留意的情况（warnings）。"
    "draft 为 true 的只登记（拟办），督查室工作人员也可以办，此后报批、批准下达；编号不再改变。"
    "同一 Idempotency-Key 再发一次，答复同一事项。",
    responses={201: ACCEPTED[200], 202: ACCEPTED[202]},
    openapi_extra=documented(ItemIn),
)
async def create_item(
    request: Request, response: Response, context: ContextDep, actor: RegistrarDep, key: KeyDep
) -> ItemOut:
    """Registers and issues in one act, or registers only. The same key and body again answers the
    same item."""
    raw, zone = await json_object(request), context.settings.zone
    body = read(ITEM_IN, raw)
    if not body.draft:
        check_right(Right.ISSUE, actor)
    elif body.issued_at:
        raise Invalid("issued_at_not_applicable")
    done = await context.commands.created(actor, key, raw)
    if done is None:
        done = await context.commands.create(
            actor=actor,
            key=key,
            raw=raw,
            facts=await facts_of(context, body),
            issued_at=local(body.issued_at, zone) if body.issued_at else None,
            now=context.now(),
            draft=body.draft,
        )
    return answer(done, actor, response, zone)


async def facts_of(context: Context, body: ItemIn) -> Facts:
    """The facts to issue, with units looked up. Raises :class:`Invalid` for what is unknown."""
    for name in NOT_IN_THIS_RELEASE:
        if getattr(body, name):
            raise Invalid("unsupported_field", f"本版本尚不支持 {name}，请不要填写。")
    if body.kind not in set(Kind):
        raise Invalid("unsupported_kind")
    if body.category not in set(Category):
        allowed = "、".join(Category)
        raise Invalid(
            "unknown_category", f"没有“{body.category[:20]}”这个类别（可用：{allowed}）。"
        )
    async with context.database.read() as connection:
        lead = await unit_named(connection, body.lead_unit)
        co_units = [
            (await unit_named(connection, named)).code for named in dict.fromkeys(body.co_units)
        ]
    return Facts(
        title=body.title,
        content=body.content,
        category=Category(body.category),
        kind=Kind(body.kind),
        lead_unit=lead.code,
        lead_unit_name=lead.name,
        co_units=tuple(dict.fromkeys(co_units)),
        source=Source(**body.source.model_dump()),
        basis=body.basis,
        issuing_name=body.issuing_name,
        urgency=body.urgency,
        public=body.public,
        original_text=body.original_text,
        due_on=body.due_on,
        due_at=body.due_at,
        due_reason=body.due_reason,
        plan_due_on=body.plan_due_on,
        scheme_due_on=body.scheme_due_on,
    )


class FilterQuery(Strict):
    """What to look for; every filter left out asks for everything."""

    status: Status | None = None
    lamp: Literal["green", "yellow", "red", "grey"] | None = None
    unit: Annotated[str | None, Field(description="单位代码（牵头或协办）")] = None
    category: Category | None = None
    kind: Kind | None = None
    lapsed: bool | None = None
    due_before: Day | None = None
    due_after: Day | None = None
    q: Annotated[str | None, Field(max_length=200, description="标题、内容、编号、单位")] = None
    year: Annotated[int | None, Field(ge=1900, le=9999, description="编号的年度")] = None


class ListQuery(FilterQuery):
    """What to list, and from where."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str | None, Field(description="上一页的 next_cursor")] = None


class ExportQuery(FilterQuery):
    """What to export, and as what."""

    format: Format = Format.XLSX


@router.get(
    "",
    summary="查询事项",
    description="本人可见的事项中符合全部条件的，编号新的在前。due_after ≤ 期限 ＜ due_before。"
    "next_cursor 不为 null 时，把它作为 cursor 取下一页。",
)
async def list_items(
    query: Annotated[ListQuery, Query()], context: ContextDep, actor: ActorDep
) -> ItemList:
    """Those of the items the signed-in person may see that fit, the newest first."""
    wanted = Filters(**query.model_dump(exclude={"limit", "cursor"}))
    async with context.database.read() as connection:
        page = await reads.list_items(
            connection, reads.scope_of(actor), wanted, query.limit, query.cursor
        )
    zone = context.settings.zone
    return ItemList(
        items=[head_out(head, actor, zone) for head in page.items], next_cursor=page.next_cursor
    )


@router.get(
    "/export",
    summary="导出事项",
    description="与查询同样的条件，本人可见的全部事项，不分页；xlsx 或 csv。",
    response_class=Response,
    responses={200: {"content": {kind: {} for kind in MEDIA_TYPES.values()}}},
)
async def export_items(
    query: Annotated[ExportQuery, Query()], context: ContextDep, actor: ActorDep
) -> Response:
    """The same items as a list with the same filters, as a table."""
    wanted = Filters(**query.model_dump(exclude={"format"}))
    rows = await exported(context.database, reads.scope_of(actor), wanted)
    table = await asyncio.to_thread(as_table, rows, query.format, context.settings.zone)
    name = f"ledger.{query.format}"
    return Response(
        table,
        media_type=MEDIA_TYPES[query.format],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.get(
    "/{item_id}",
    summary="事项详情",
    description="入册的事项；灯色、是否逾期、各方用时按此刻计算。",
)
async def get_item(item_id: str, request: Request, context: ContextDep, actor: ActorDep) -> ItemOut:
    """The item as recorded, its lamp as of now."""
    row = await context.references.visible(actor, item_id)
    return await shown(context, request, item_out(row, actor, context.settings.zone))


@router.get(
    "/{item_id}/timeline",
    summary="办理过程",
    description="每项操作、提醒、到期和未予受理的录入，先后为序。暗访核查只有督查室和主要领导可见。",
)
async def timeline(
    item_id: str, request: Request, context: ContextDep, actor: ActorDep
) -> Timeline:
    """Every act, alarm and refused signal, oldest first. A covert check (暗访) shows to the
    supervision office and the chief leader only."""
    row = await context.references.visible(actor, item_id)
    knows, zone = may_know_covert(actor), context.settings.zone
    async with context.database.read() as connection:
        entries = await reads.timeline(connection, row.id, include_covert=knows)
    if any(entry.covert for entry in entries):
        await remember(context, request, AccessEvent.COVERT_READ)
    numbering = Numbering.without_gaps(entry.seq for entry in entries)
    return Timeline(items=[entry_out(entry, numbering, zone) for entry in entries])


@router.get(
    "/{item_id}/state",
    summary="流程实时状态",
    description="督查室和主要领导直接问流程，至多比入册的早一瞬；其他人，以及已办结、终止的，即为入册的。",
)
async def state(item_id: str, request: Request, context: ContextDep, actor: ActorDep) -> ItemOut:
    """The item as its workflow knows it, ahead of the record by a moment at most; for those who
    may not know everything, and for what has ended, as recorded."""
    row = await context.references.visible(actor, item_id)
    # Of what has ended the history may be gone; and only the record knows what to keep from whom.
    if row.status in ENDED or not may_know_covert(actor):
        return await shown(context, request, item_out(row, actor, context.settings.zone))
    live = await context.commands.live(row.id)
    async with context.database.read() as connection:
        calendar = await reads.calendar(connection)
    now = max(row.now, live.as_of)
    found = snapshot_out(live, actor, calendar, now, context.settings.zone)
    return await shown(context, request, found)


@router.get(
    "/{item_id}/clocks",
    summary="各项期限及推算",
    description="每项期限现在和最初的日期、改动的原因、逐日推算。",
)
async def clocks(item_id: str, context: ContextDep, actor: ActorDep) -> Clocks:
    """Every limit with its derivation line by line."""
    row = await context.references.visible(actor, item_id)
    zone = context.settings.zone
    return Clocks(items=[clock_out(clock.clock, zone) for clock in row.clocks])
