"""Issuing items, listing, exporting and reading them."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field, TypeAdapter

from api.audit import remember, shown
from api.context import Context, ContextDep
from api.export import AS_FILE, Format
from api.guide import ACCEPTED
from api.ledger_columns import LEDGERS
from api.ledger_files import exported
from api.present import (
    Numbering,
    answer,
    clock_out,
    entry_out,
    head_out,
    item_out,
    preview_out,
    snapshot_out,
)
from api.references import unit_named
from api.requests import KeyDep, documented, json_object, local
from api.rights import ActorDep, RegistrarDep
from api.schemas import (
    Clocks,
    Day,
    ItemIn,
    ItemList,
    ItemOut,
    ItemPreviewOut,
    SourceIn,
    Strict,
    Timeline,
)
from domain.cycles import Cycle
from domain.desk import Waiting
from domain.errors import Invalid, within
from domain.items import ENDED, Actor, Category, Facts, Kind, Milestone, Source, Status
from domain.nodes import in_order
from domain.parts import Target
from domain.permissions import Right, check_right, may_know_covert
from domain.sources import filled, limited_by_reply
from domain.text import is_blank
from store import files, reads, sources
from store.access import AccessEvent
from store.filters import Filters
from store.rows import ItemRow
from store.session import ReadConnection
from workflows.reading import read

router = APIRouter(prefix="/items", tags=["事项"])
ITEM_IN = TypeAdapter(ItemIn)


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
    done = await context.commands.created(actor.username, key, raw)
    if done is None:
        done = await context.commands.create(
            actor=actor,
            key=key,
            raw=raw,
            facts=await facts_of(context, body),
            issued_at=local(body.issued_at, zone) if body.issued_at else None,
            now=context.now(),
            draft=body.draft,
            parent=await parent_of(context, actor, body),
        )
    return answer(done, actor, response, zone)


@router.post(
    "/preview",
    summary="试算：如现在下达，期限如何",
    description="与下达同样核对、同样推算，不登记任何事项；登记人先看各项期限、各期报告和需要留意的情况。"
    "draft、parent_id 不起作用。",
    openapi_extra=documented(ItemIn),
)
async def preview_item(
    request: Request, context: ContextDep, actor: RegistrarDep
) -> ItemPreviewOut:
    """What ``POST /items`` would issue now."""
    body, zone = read(ITEM_IN, await json_object(request)), context.settings.zone
    found = await context.commands.preview(
        actor=actor,
        facts=await facts_of(context, body),
        issued_at=local(body.issued_at, zone) if body.issued_at else None,
        now=context.now(),
    )
    return preview_out(found, zone)


async def parent_of(context: Context, actor: Actor, body: ItemIn) -> ItemRow | None:
    """The item that the new one is to be a part of. Raises ``NotFound``."""
    if body.parent_id is None:
        return None
    return await context.references.visible(actor, body.parent_id)


async def facts_of(context: Context, body: ItemIn) -> Facts:
    """The facts to issue, with units looked up. Raises :class:`Invalid` for what is unknown."""
    if body.kind not in set(Kind):
        raise Invalid("unsupported_kind")
    if body.category not in set(Category):
        allowed = "、".join(Category)
        raise Invalid(
            "unknown_category", f"没有“{body.category[:20]}”这个类别（可用：{allowed}）。"
        )
    if is_blank(body.lead_unit):
        raise Invalid("unknown_unit", "lead_unit：请填写牵头承办单位。")
    [((lead, lead_name), co_units)] = await unit_codes(context, [(body.lead_unit, body.co_units)])
    nodes = await _nodes(context, body, lead)
    joined = (node.unit for node in nodes if node.unit != lead)
    async with context.database.read() as connection:
        source = await _source_of(connection, body.source)
    facts = Facts(
        title=body.title,
        content=body.content,
        category=Category(body.category),
        kind=Kind(body.kind),
        lead_unit=lead,
        lead_unit_name=lead_name,
        co_units=tuple(dict.fromkeys((*co_units, *joined))),
        source=source,
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
        parent_id=body.parent_id,
        cycle=Cycle(body.cycle) if body.cycle else None,
        year=body.year,
        targets=tuple(Target(**target.model_dump()) for target in body.targets),
        milestones=in_order(nodes),
    )
    return limited_by_reply(facts)


async def _nodes(context: Context, body: ItemIn, lead: str) -> tuple[Milestone, ...]:
    named = [(node.unit or lead, ()) for node in body.milestones]
    units = await unit_codes(context, named, rows="milestones")
    return tuple(
        Milestone(name=node.name, due_on=node.due_on, unit=code, output=node.output)
        for node, ((code, _), _) in zip(body.milestones, units, strict=True)
    )


async def _source_of(connection: ReadConnection, said: SourceIn) -> Source:
    """The source as said, and as registered where it says which. Raises :class:`Invalid`."""
    if said.id is None and said.type is None:
        raise Invalid("missing_field", "source.type：请填写。")
    source = Source(**said.model_dump(exclude={"type"}), type=said.type or "")
    if said.id is None:
        return source
    registered = await sources.registered(connection, said.id)
    if registered is None:
        raise Invalid("unknown_source")
    source = replace(source, clause=said.clause.strip())
    if source.clause and not await sources.has_clause(connection, said.id, source.clause):
        raise Invalid("unknown_clause")
    return filled(source, registered)


async def unit_codes(
    context: Context, named: Sequence[tuple[str, Sequence[str]]], rows: str = ""
) -> list[tuple[tuple[str, str], tuple[str, ...]]]:
    """Of each lead unit and its co-units as people name them: code and name of the one, codes of
    the others; ``rows`` is the field they are rows of. Raises :class:`Invalid` for a unit that is
    not in the directory."""
    found = []
    async with context.database.read() as connection:
        for n, (lead, others) in enumerate(named):
            with within(f"{rows}.{n}") if rows else nullcontext():
                every = (lead, *dict.fromkeys(others))
                units = [await unit_named(connection, one) for one in every]
            codes = tuple(dict.fromkeys(unit.code for unit in units[1:]))
            found.append(((units[0].code, units[0].name), codes))
    return found


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
    source: Annotated[int | None, Field(ge=1, le=2**62, description="登记的来源的编号")] = None
    parent_id: Annotated[str | None, Field(description="只看该事项的分项")] = None
    top: Annotated[bool | None, Field(description="true：不含分项和周期报告")] = None
    slots: Annotated[bool | None, Field(description="false：不含周期报告；true：只看它们")] = None
    issued_from: Annotated[Day | None, Field(description="下达日不早于")] = None
    issued_until: Annotated[Day | None, Field(description="下达日不晚于，含当日")] = None
    waiting: Annotated[
        Waiting | None,
        Field(
            description="在等什么：ratification 补批，return 退件处理，"
            "opinion 分管领导对延期的意见，decision 延期批复，"
            "coordination 分管领导协调，chief 主要领导决策，report 向区领导报告，"
            "verification 核实，escalated 逾期已报到主要领导"
        ),
    ] = None
    lead: Annotated[
        str | None, Field(max_length=2000, description="牵头单位代码，几个用逗号分开")
    ] = None


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
    description="总台账：与查询同样的条件，本人可见的全部事项，不分页；xlsx 或 csv。"
    "与 /ledgers/items/export 相同。",
    response_class=Response,
    responses=AS_FILE,
)
async def export_items(
    query: Annotated[ExportQuery, Query()], context: ContextDep, actor: ActorDep
) -> Response:
    """The same items as a list with the same filters, as a table."""
    wanted = Filters(**query.model_dump(exclude={"format"}))
    return await exported(context, LEDGERS["items"], actor, wanted, query.format)


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
        attached = (one for entry in entries for one in entry.body.get("attachments") or ())
        named = await files.names_of(connection, attached)
    if any(entry.covert for entry in entries):
        await remember(context, request, AccessEvent.COVERT_READ)
    numbering = Numbering.without_gaps(entry.seq for entry in entries)
    shown = [entry_out(entry, numbering, zone) for entry in entries]
    return Timeline(items=shown, files=named)


@router.get(
    "/{item_id}/state",
    summary="流程实时状态",
    description="督查室和主要领导直接问流程，至多比入册的早一瞬；流程正忙时，以及其他人和已办结、终止的，"
    "即为入册的。",
)
async def state(item_id: str, request: Request, context: ContextDep, actor: ActorDep) -> ItemOut:
    """The item as its workflow knows it, ahead of the record by a moment at most; for those who
    may not know everything, and for what has ended, as recorded."""
    row = await context.references.visible(actor, item_id)
    # Of what has ended the history may be gone; and only the record knows what to keep from whom.
    if row.status in ENDED or not may_know_covert(actor):
        return await shown(context, request, item_out(row, actor, context.settings.zone))
    live = await context.commands.live(row.id, row.kind)
    if live is None:
        row = await context.references.visible(actor, item_id)
        return await shown(context, request, item_out(row, actor, context.settings.zone))
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
