"""通报: proposals, drafts, approval, issue, receipts, withdrawal (R38, R51, T24)."""

from collections.abc import Sequence
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import Field, TypeAdapter

from api.circular_commands import CircularResult
from api.circular_schemas import (
    ApprovalIn,
    CircularActOut,
    CircularEntryOut,
    CircularEventOut,
    CircularHeadOut,
    CircularIn,
    CircularList,
    CircularOut,
    CircularTimeline,
    CorrectionIn,
    DraftedEntryOut,
    IssueIn,
    ProposalIn,
    ProposalList,
    ProposalOut,
    ReasonIn,
    ReceiptOut,
    WithdrawalIn,
)
from api.context import Context, ContextDep
from api.directory_schemas import CursorField, Limit
from api.errors import not_found
from api.present import ledger
from api.references import unit_named
from api.requests import KeyDep, body_of, documented, json_object
from api.rights import (
    CircularApproverDep,
    CircularIssuerDep,
    CircularReaderDep,
    CircularsDep,
    CircularUnitDep,
    CircularWatcherDep,
)
from api.schemas import ActorOut, Strict
from api.source_schemas import Year
from domain.acts import require_text
from domain.circular_offer import CircularOffer, offered
from domain.circulars import (
    GROUND_NAMES,
    STAGE_NAMES,
    TONE_NAMES,
    CircularEntry,
    Ground,
    Stage,
    Tone,
)
from domain.errors import Invalid, Refused
from domain.items import Actor, Role
from domain.seal import body_hash
from store import circular_proposals, circulars
from store.circular_proposals import ProposalRow
from store.circulars import CircularRow
from workflows import ids
from workflows.reading import read

router = APIRouter(prefix="/circulars", tags=["通报"])
CircularPath = Annotated[str, Path(min_length=1, max_length=60, description="通报的编号")]
ProposalPath = Annotated[int, Path(ge=1, le=2**62, description="建议的编号")]
_LOCATION = {"Location": {"description": "通报的地址", "schema": {"type": "string"}}}
ACCEPTED: dict[int | str, dict[str, Any]] = {
    200: {"headers": _LOCATION},
    202: {"model": CircularOut, "description": "已受理，稍后可见", "headers": _LOCATION},
}
CREATED: dict[int | str, dict[str, Any]] = {
    201: {"headers": _LOCATION},
    202: ACCEPTED[202],
}


class ProposalQuery(Strict):
    """Which proposals; every filter left out asks for everything."""

    decided: Annotated[bool | None, Field(description="false：尚未处理的")] = None
    ground: Ground | None = None
    unit: Annotated[str | None, Field(max_length=60, description="单位代码")] = None
    limit: Limit = 50
    cursor: CursorField = None


@router.get(
    "/proposals",
    summary="列入通报的建议",
    description="督查室办。逾期上报主要领导时由系统提出（G4），其他情形由人提出并附佐证；"
    "每条建议要么列入通报，要么写明理由决定不予通报。decided=false 即尚待处理的。",
)
async def list_proposals(
    query: Annotated[ProposalQuery, Query()], context: ContextDep, actor: CircularsDep
) -> ProposalList:
    """The newest first."""
    async with context.database.read() as connection:
        page = await circular_proposals.find(
            connection,
            actor,
            decided=query.decided,
            ground=query.ground,
            unit=query.unit,
            limit=query.limit,
            cursor=query.cursor,
        )
    zone = context.settings.zone
    return ProposalList(
        items=[_proposal_out(row, zone) for row in page.items], next_cursor=page.next_cursor
    )


@router.post(
    "/proposals",
    status_code=201,
    summary="建议列入通报",
    description="督查室办。写明情形和事实，可附佐证；只是建议，由人决定是否列入。",
    openapi_extra=documented(ProposalIn),
)
async def propose(
    request: Request, context: ContextDep, actor: CircularsDep, key: KeyDep
) -> ProposalOut:
    """Once for the caller and the key."""
    raw = await json_object(request)
    body = read(PROPOSAL_IN, raw)
    require_text(text=body.text)
    item = await context.references.visible(actor, body.item_id)
    if not item.handed_out:
        raise Invalid("unknown_item")
    await context.references.check_named_files(actor, body.attachments)
    async with context.database.read() as connection:
        unit = (await unit_named(connection, body.unit)).code if body.unit else item.lead_unit
    if unit not in (item.lead_unit, *item.co_units):
        raise Invalid("not_of_the_item")
    async with context.database.write() as writing:
        number = await circular_proposals.add(
            writing,
            item_id=item.id,
            unit=unit,
            ground=Ground(body.ground),
            text=body.text,
            files=body.attachments,
            made_by=actor.username,
            at=context.now(),
            request_id=ids.update_id_for(actor.username, "", "proposals", key),
            body_hash=body_hash(raw),
        )
    return await _proposal(context, actor, number)


@router.post(
    "/proposals/{number}/refusal",
    summary="不予通报",
    description="督查室负责人办。须写明理由；“通报后仍未办理”的建议，即决定不再扣分。",
    openapi_extra=documented(ReasonIn),
)
async def refuse_proposal(
    number: ProposalPath,
    request: Request,
    context: ContextDep,
    actor: CircularIssuerDep,
    key: KeyDep,
) -> ProposalOut:
    """Once; the same key and body again answers the same."""
    raw = await json_object(request)
    body = read(REASON_IN, raw)
    require_text(reason=body.reason)
    await _proposal(context, actor, number)
    async with context.database.write() as connection:
        await circular_proposals.refuse(
            connection,
            number,
            reason=body.reason,
            made_by=actor.username,
            request_id=ids.update_id_for(actor.username, str(number), "refusal", key),
            body_hash=body_hash(raw),
        )
    return await _proposal(context, actor, number)


@router.post(
    "/proposals/{number}/deduction",
    summary="通报后仍未办理，再扣分",
    description="督查室负责人办。只用于“通报后仍未办理”的建议：在原通报之下再扣一次分。"
    "答复原通报。（办法 六(三)）",
    responses=ACCEPTED,
    openapi_extra=documented(ReasonIn),
)
async def deduct_further(
    number: ProposalPath,
    request: Request,
    response: Response,
    context: ContextDep,
    actor: CircularIssuerDep,
    key: KeyDep,
) -> CircularOut:
    """A further deduction, on a person's word."""
    body = read(REASON_IN, await json_object(request))
    require_text(reason=body.reason)
    async with context.database.read() as connection:
        found = await circular_proposals.one(connection, actor, number)
        if found is None:
            raise not_found()
        before = await circulars.last_criticism(connection, found.item_id)
    if found.ground is not Ground.STILL_OPEN:
        raise Invalid("not_a_further_one")
    if found.refused_because is not None:
        raise Refused("proposal_decided")
    if before is None:
        raise Invalid("unknown_proposal")
    circular_id, entry = before
    done = await context.circulars.act(
        actor=actor,
        circular_id=circular_id,
        act="deduct_further",
        raw={"entry": entry, "proposal": number, "reason": body.reason},
        key=key,
        now=context.now(),
    )
    return answer(done, actor, response, context.settings.zone)


class CircularQuery(Strict):
    """Which circulars; every filter left out asks for everything."""

    stage: Stage | None = None
    year: Year | None = None
    unreceived: Annotated[bool, Field(description="true：等本单位签收的")] = False
    limit: Limit = 50
    cursor: CursorField = None


@router.get(
    "",
    summary="通报一览",
    description="新的在前。印发前只有督查室和审批的区政府主要领导可见；印发后各单位、各领导可见。",
)
async def list_circulars(
    query: Annotated[CircularQuery, Query()], context: ContextDep, actor: CircularReaderDep
) -> CircularList:
    """Those that are there for the reader."""
    async with context.database.read() as connection:
        page = await circulars.find(
            connection,
            actor,
            stage=query.stage,
            year=query.year,
            unreceived=query.unreceived,
            limit=query.limit,
            cursor=query.cursor,
        )
    zone = context.settings.zone
    return CircularList(
        items=[head_out(row, zone) for row in page.items], next_cursor=page.next_cursor
    )


@router.post(
    "",
    status_code=201,
    summary="拟稿",
    description="督查室办。选定事项（可据建议），写明表扬、情况通报或通报批评；系统不会自行通报。",
    responses=CREATED,
    openapi_extra=documented(CircularIn),
)
async def draft(
    request: Request, response: Response, context: ContextDep, actor: CircularsDep, key: KeyDep
) -> CircularOut:
    """Once for the caller and the key."""
    raw = await json_object(request)
    read(CIRCULAR_IN, raw)
    done = await context.circulars.draft(actor=actor, key=key, raw=raw, now=context.now())
    return answer(done, actor, response, context.settings.zone)


@router.get("/{circular_id}", summary="一份通报", description="全文、签收情况。")
async def get_circular(
    circular_id: CircularPath, context: ContextDep, actor: CircularReaderDep
) -> CircularOut:
    """As it is on record."""
    async with context.database.read() as connection:
        row = await circulars.one(connection, circular_id, actor)
    if row is None:
        raise not_found()
    return circular_out(row, actor, context.settings.zone)


@router.get(
    "/{circular_id}/timeline",
    summary="通报的办理过程",
    description="督查室和区政府主要领导看：何人何时拟写、审批、印发、陈述、复核。",
)
async def circular_timeline(
    circular_id: CircularPath, context: ContextDep, actor: CircularWatcherDep
) -> CircularTimeline:
    """The whole record."""
    async with context.database.read() as connection:
        if await circulars.one(connection, circular_id, actor) is None:
            raise not_found()
        found = await circulars.events(connection, circular_id)
    zone = context.settings.zone
    return CircularTimeline(
        items=[
            CircularEventOut(
                seq=one.seq,
                act=one.act,
                title=one.title,
                at=one.at.astimezone(zone),
                summary=one.summary,
                actor=ActorOut(
                    username=one.actor.username,
                    name=one.actor.name,
                    role=one.actor.role,
                    unit=one.actor.unit,
                )
                if one.actor
                else None,
            )
            for one in found
        ]
    )


async def _act(
    context: Context,
    actor: Actor,
    circular_id: str,
    act: str,
    request: Request,
    response: Response,
    key: str,
) -> CircularOut:
    done = await context.circulars.act(
        actor=actor,
        circular_id=circular_id,
        act=act,
        raw=await json_object(request),
        key=key,
        now=context.now(),
    )
    return answer(done, actor, response, context.settings.zone)


@router.put(
    "/{circular_id}",
    summary="改稿",
    description="督查室办，拟稿阶段。填写的为全部；以前各稿都保留。",
    responses=ACCEPTED,
    openapi_extra=documented(CircularIn),
)
async def revise(
    circular_id: CircularPath,
    request: Request,
    response: Response,
    context: ContextDep,
    actor: CircularsDep,
    key: KeyDep,
    _: Annotated[CircularIn, Depends(body_of(CircularIn))],
) -> CircularOut:
    """Another version; none is taken away."""
    return await _act(context, actor, circular_id, "revise_circular", request, response, key)


@router.post(
    "/{circular_id}/submission",
    summary="报批",
    description="督查室办。",
    responses=ACCEPTED,
    openapi_extra=documented(Strict),
)
async def submit(
    circular_id: CircularPath,
    request: Request,
    response: Response,
    context: ContextDep,
    actor: CircularsDep,
    key: KeyDep,
    _: Annotated[Strict, Depends(body_of(Strict))],
) -> CircularOut:
    """To be approved by somebody else."""
    return await _act(context, actor, circular_id, "submit_circular", request, response, key)


@router.post(
    "/{circular_id}/approval",
    summary="审批",
    description="督查室负责人或区政府主要领导办，不得审批自己拟写的；含通报批评的，按规则由区政府"
    "主要领导批准。",
    responses=ACCEPTED,
    openapi_extra=documented(ApprovalIn),
)
async def approve(
    circular_id: CircularPath,
    request: Request,
    response: Response,
    context: ContextDep,
    actor: CircularApproverDep,
    key: KeyDep,
    _: Annotated[ApprovalIn, Depends(body_of(ApprovalIn))],
) -> CircularOut:
    """Approved, or sent back to be revised."""
    return await _act(context, actor, circular_id, "approve_circular", request, response, key)


@router.post(
    "/{circular_id}/issue",
    summary="印发",
    description="督查室负责人办。编定期号，发至全部单位；通报批评的各条计入“落实不力”并告知该单位，"
    "所涉事项自此计算通报后的办理期限。公开属性逐次确定。（办法 四(四)、六(三)）",
    responses=ACCEPTED,
    openapi_extra=documented(IssueIn),
)
async def issue(
    circular_id: CircularPath,
    request: Request,
    response: Response,
    context: ContextDep,
    actor: CircularIssuerDep,
    key: KeyDep,
    _: Annotated[IssueIn, Depends(body_of(IssueIn))],
) -> CircularOut:
    """T24, T25."""
    return await _act(context, actor, circular_id, "issue_circular", request, response, key)


@router.post(
    "/{circular_id}/receipts",
    summary="签收通报",
    description="各单位办，每单位一次。",
    responses=ACCEPTED,
    openapi_extra=documented(Strict),
)
async def receive(
    circular_id: CircularPath,
    request: Request,
    response: Response,
    context: ContextDep,
    actor: CircularUnitDep,
    key: KeyDep,
    _: Annotated[Strict, Depends(body_of(Strict))],
) -> CircularOut:
    """R51: the receipt is tracked for each unit."""
    return await _act(context, actor, circular_id, "receive_circular", request, response, key)


@router.post(
    "/{circular_id}/corrections",
    summary="更正",
    description="督查室负责人或区政府主要领导办。更正已印发通报一条的文字（事实、要求），告知各单位；"
    "原文保留。情形和扣分不在此更改：由复核或撤销决定。",
    responses=ACCEPTED,
    openapi_extra=documented(CorrectionIn),
)
async def correct(
    circular_id: CircularPath,
    request: Request,
    response: Response,
    context: ContextDep,
    actor: CircularApproverDep,
    key: KeyDep,
    _: Annotated[CorrectionIn, Depends(body_of(CorrectionIn))],
) -> CircularOut:
    """Another version; none is taken away."""
    return await _act(context, actor, circular_id, "correct_circular", request, response, key)


@router.post(
    "/{circular_id}/withdrawal",
    summary="撤销",
    description="督查室负责人或区政府主要领导办，须写明理由。未印发的作废；已印发的撤销，其各项扣分逐一"
    "以冲销记录抵消（不删除），并告知各单位和所涉事项。",
    responses=ACCEPTED,
    openapi_extra=documented(WithdrawalIn),
)
async def withdraw(
    circular_id: CircularPath,
    request: Request,
    response: Response,
    context: ContextDep,
    actor: CircularApproverDep,
    key: KeyDep,
    _: Annotated[WithdrawalIn, Depends(body_of(WithdrawalIn))],
) -> CircularOut:
    """R52: by counter-entries, never by deletion."""
    return await _act(context, actor, circular_id, "withdraw_circular", request, response, key)


PROPOSAL_IN = TypeAdapter(ProposalIn)
REASON_IN = TypeAdapter(ReasonIn)
CIRCULAR_IN = TypeAdapter(CircularIn)


def answer(done: CircularResult, actor: Actor, response: Response, zone: ZoneInfo) -> CircularOut:
    """The circular after a command; 202 where the record does not cover it yet."""
    response.headers["Location"] = f"/api/v1/circulars/{done.circular_id}"
    if not done.covered:
        response.status_code = 202
    assert done.row is not None
    return circular_out(done.row, actor, zone)


def head_out(row: CircularRow, zone: ZoneInfo) -> CircularHeadOut:
    """A circular as a list shows it."""
    circular = row.circular
    return CircularHeadOut(
        id=circular.id,
        number=circular.number,
        title=circular.draft.title,
        stage=circular.stage,
        stage_name=STAGE_NAMES[circular.stage],
        made_by=row.made_by,
        made_at=row.made_at.astimezone(zone),
        issued_at=circular.issued_at.astimezone(zone) if circular.issued_at else None,
        publication=circular.publication,
        entries_count=len(circular.draft.entries),
        critical_count=sum(entry.criticises for entry in circular.draft.entries),
        sent_to=len(circular.units),
        received_by=len(circular.receipts),
        seq=circular.seq,
    )


def circular_out(row: CircularRow, actor: Actor, zone: ZoneInfo) -> CircularOut:
    """A circular, whole; of the receipts a unit sees its own."""
    circular = row.circular
    known = {one.unit: one for one in circular.receipts}
    shown = [code for code in circular.units if actor.role is not Role.UNIT or code == actor.unit]
    receipts = [
        ReceiptOut(
            unit=code,
            at=known[code].at.astimezone(zone) if code in known else None,
            by_name=known[code].by_name if code in known else None,
        )
        for code in shown
    ]
    return CircularOut(
        **head_out(row, zone).model_dump(),
        opening=circular.draft.opening,
        publication_reason=circular.publication_reason,
        approved_by=circular.approved_by,
        entries=[_entry_out(entry) for entry in circular.draft.entries],
        receipts=receipts,
        acts=acts_out(offered(circular, actor)),
    )


def acts_out(offers: Sequence[CircularOffer]) -> list[CircularActOut]:
    """Acts that are open to the reader."""
    return [
        CircularActOut(name=one.spec.name, title=one.spec.title, on_behalf_of=one.on_behalf_of)
        for one in offers
    ]


def _entry_out(entry: CircularEntry) -> CircularEntryOut:
    return CircularEntryOut(
        no=entry.no,
        item_id=entry.item_id,
        item_number=entry.item_number,
        item_title=entry.item_title,
        unit=entry.unit,
        unit_name=entry.unit_name,
        tone=entry.tone,
        tone_name=TONE_NAMES[entry.tone],
        ground=entry.ground,
        ground_name=GROUND_NAMES[entry.ground] if entry.ground else None,
        facts=entry.facts,
        requirement=entry.requirement,
        new_due_on=entry.new_due_on,
        proposal=entry.proposal,
    )


async def _proposal(context: Context, actor: Actor, number: int) -> ProposalOut:
    async with context.database.read() as connection:
        found = await circular_proposals.one(connection, actor, number)
    if found is None:
        raise not_found()
    return _proposal_out(found, context.settings.zone)


def _drafted(row: ProposalRow) -> DraftedEntryOut | None:
    if row.ground is Ground.STILL_OPEN:
        return None
    return DraftedEntryOut(
        item_id=row.item_id,
        unit=row.unit,
        tone=Tone.CRITICISE,
        ground=row.ground,
        facts=row.text,
        proposal=row.id,
    )


def _proposal_out(row: ProposalRow, zone: ZoneInfo) -> ProposalOut:
    return ProposalOut(
        id=row.id,
        item_id=row.item_id,
        item_number=row.item_number,
        item_title=row.item_title,
        unit=row.unit,
        ground=row.ground,
        ground_name=GROUND_NAMES[row.ground],
        text=row.text,
        attachments=list(row.files),
        made_by=row.made_by,
        at=row.at.astimezone(zone),
        entry=_drafted(row),
        time_ledger=ledger(row.spent, row.holder, row.holder_since, row.now),
        decided=row.decided,
        circular_id=row.circular_id,
        refused_because=row.refused_because,
        refused_by=row.refused_by,
    )
