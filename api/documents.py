"""Official documents (文书): made from the record, numbered, kept with the facts they say."""

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import FileResponse
from pydantic import Field
from structlog import get_logger

from api import contents
from api.audit import Changing, remember
from api.context import Context, ContextDep
from api.directory_schemas import CursorField, Limit
from api.document_schemas import (
    CompilationIn,
    DocumentIn,
    DocumentList,
    DocumentOut,
    PublicationIn,
    PublicationOut,
    WholeDocumentOut,
)
from api.errors import Unavailable, not_found
from api.office import template_bytes
from api.requests import KeyDep, body_of, documented
from api.rights import ActorDep, CompilationsDep, DocumentsDep, LetterheadDep
from api.schemas import Strict
from documents.facts import Paper
from documents.frozen import facts_hash, frozen
from documents.gather import Asked, Letterhead, gathered, holds_original
from documents.layouts import laid_out
from documents.template import filled_in
from domain.acts import check_text
from domain.documents import (
    DOCUMENTS,
    MOST_ITEMS,
    PUBLICATION_NAMES,
    DocumentKind,
    Mark,
    Publication,
    check_taken,
    number_of,
)
from domain.errors import Invalid, Refused
from domain.items import Actor, Json
from domain.office import check_set
from domain.permissions import check_maker, may_read_original
from domain.seal import body_hash
from store import document_templates, documents, office
from store.access import AccessEvent
from store.document_templates import TemplateRow
from store.documents import DocumentFilters, DocumentRow, Made
from store.rows import Page
from store.session import WriteConnection

router = APIRouter(tags=["文书"], route_class=Changing)
log = get_logger(__name__)
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
DocumentPath = Annotated[uuid.UUID, Path(description="文书的编号")]
Kind = Annotated[DocumentKind | None, Field(description="文书的种类")]


class ItemDocumentsQuery(Strict):
    """Which documents of an item."""

    kind: Kind = None
    year: Annotated[int | None, Field(ge=1900, le=9999, description="文号的年度")] = None
    limit: Limit = 50
    cursor: CursorField = None


class DocumentsQuery(ItemDocumentsQuery):
    """Which documents."""

    item: Annotated[str | None, Field(max_length=200, description="收入该事项的")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody asks for: a document of that kind, of these items."""

    actor: Actor
    key: str
    digest: str
    kind: DocumentKind
    item_ids: tuple[str, ...]
    asked: Asked
    mark: Mark


@router.post(
    "/items/{item_id}/documents",
    status_code=201,
    summary="出具一件事项的文书",
    description="内容取自该事项的记录，出具时固定，编号不重用；记录中没有所依据的，不能出具（409）。"
    "同一 Idempotency-Key 再发一次，答复同一份。",
    openapi_extra=documented(DocumentIn),
)
async def make_document(
    item_id: str,
    context: ContextDep,
    actor: DocumentsDep,
    key: KeyDep,
    body: Annotated[DocumentIn, Depends(body_of(DocumentIn))],
) -> DocumentOut:
    """A document of one item, numbered and stored."""
    kind = DocumentKind(body.kind)
    wish = Wish(
        actor=actor,
        key=key,
        digest=body_hash([item_id, body.model_dump(mode="json")]),
        kind=kind,
        item_ids=(item_id,),
        asked=_asked(kind, body),
        mark=_mark(body),
    )
    return await _made(context, wish)


@router.post(
    "/documents",
    status_code=201,
    summary="出具督查专报、汇总",
    description="督查室办。由选定的事项，或一段期间下达的事项编成，报送选定的领导。",
    openapi_extra=documented(CompilationIn),
)
async def compile_document(
    context: ContextDep,
    actor: CompilationsDep,
    key: KeyDep,
    body: Annotated[CompilationIn, Depends(body_of(CompilationIn))],
) -> DocumentOut:
    """A document that gathers items, numbered and stored."""
    kind = DocumentKind(body.kind)
    asked, mark = _asked(kind, body), _mark(body)
    wish = Wish(
        actor=actor,
        key=key,
        digest=body_hash(body.model_dump(mode="json")),
        kind=kind,
        item_ids=await _chosen(context, actor, body),
        asked=asked,
        mark=mark,
    )
    return await _made(context, wish)


async def _chosen(context: Context, actor: Actor, body: CompilationIn) -> tuple[str, ...]:
    """The items that are named, or were issued in the period. Raises ``Invalid``."""
    in_period = body.since is not None or body.until is not None
    if in_period is bool(body.item_ids):
        raise Invalid("items_or_period")
    if body.since and body.until and body.since > body.until:
        raise Invalid("bad_period", "期间的起日（since）不能晚于止日（until）。")
    if body.item_ids:
        return tuple(dict.fromkeys(body.item_ids))
    async with context.database.read() as connection:
        found = await documents.issued_between(
            connection, actor, body.since, body.until, MOST_ITEMS + 1
        )
    if len(found) > MOST_ITEMS:
        raise Invalid("too_many_items")
    return found


def _asked(kind: DocumentKind, body: DocumentIn | CompilationIn) -> Asked:
    """What is asked for beside the record. Raises ``Invalid``."""
    marks = {"kind", "publication", "publication_reason"}
    check_taken(kind, body.model_fields_set - marks)
    said = body.model_dump(exclude=marks | {"item_ids"})
    check_text(**{name: text for name, text in said.items() if isinstance(text, str)})
    return Asked(**said | {"recipients": tuple(body.recipients)})


def _mark(body: DocumentIn | CompilationIn) -> Mark:
    if body.publication is None:
        return Mark()
    check_text(publication_reason=body.publication_reason)
    return Mark(publication=body.publication, reason=body.publication_reason)


async def _made(context: Context, wish: Wish) -> DocumentOut:
    """The document, made now or by the same request before."""
    async with context.database.write() as connection:
        earlier = await documents.earlier(connection, wish.actor.username, wish.key)
        if earlier is None:
            document_id = await _make(context, connection, wish)
        else:
            document_id, digest = earlier
            if digest != wish.digest:
                raise Refused("idempotency_conflict")
        row = await documents.one(connection, wish.actor, document_id)
    if row is None:
        raise not_found()
    return document_out(row, context.settings.zone)


async def _make(context: Context, connection: WriteConnection, wish: Wish) -> uuid.UUID:
    """Number, facts and bytes in one transaction: what goes wrong on the way takes no number."""
    zone, now = context.settings.zone, context.now()
    records = await documents.records(connection, wish.actor, wish.item_ids, zone)
    if records is None:
        raise not_found()
    leads = [record.facts.lead_unit for record in records]
    for lead in leads:
        check_maker(wish.actor, wish.kind, lead)
    letterhead = await office.present(connection)
    check_set(letterhead, DOCUMENTS[wish.kind].needs)
    reads = all(may_read_original(wish.actor, lead) for lead in leads)
    asked = replace(wish.asked, original=wish.asked.original and reads)
    sequence = await documents.next_in_sequence(connection, wish.kind, now.year)
    head = Letterhead(
        number=number_of(wish.kind, letterhead.number_prefix, now.year, sequence),
        made_on=now.date(),
        now=now,
        office=letterhead,
        mark=wish.mark,
    )
    facts = gathered(wish.kind, records, asked, head)
    template = await document_templates.present(connection, wish.kind)
    content = await content_of(context, wish.kind, facts, template)
    kept = frozen(wish.kind, facts)
    made = Made(
        id=uuid.uuid4(),
        kind=wish.kind,
        year=now.year,
        sequence=sequence,
        number=head.number,
        title=kept["title"],
        item_ids=wish.item_ids,
        facts_sha256=facts_hash(kept),
        file_sha256=await stored(context, content),
        file_size=len(content),
        holds_original=holds_original(facts),
        template_edition=template.edition if template else None,
        publication=wish.mark.publication,
        publication_reason=wish.mark.reason,
        made_by=wish.actor.username,
        made_at=now,
    )
    await documents.add(connection, made, kept, wish.key, wish.digest)
    return made.id


async def content_of(
    context: Context, kind: DocumentKind, facts: Paper, template: TemplateRow | None
) -> bytes:
    """The document that says ``facts``, by the office's template or in our layout."""
    if template is None or template.sha256 is None:
        return await asyncio.to_thread(laid_out, facts)
    own = await template_bytes(context, template.sha256)
    return await asyncio.to_thread(filled_in, kind, own, facts)


async def stored(context: Context, content: bytes) -> str:
    """The SHA-256 of what is kept. Raises ``Unavailable``."""
    try:
        return await asyncio.to_thread(contents.keep, context, content)
    except OSError as error:
        log.error("document_not_kept", error=str(error))
        detail = "文书没有存下来，已记录；请稍后重试，或联系管理员检查存储空间。"
        raise Unavailable("storage_unavailable", detail) from error


@router.get(
    "/items/{item_id}/documents",
    summary="一件事项的文书",
    description="收入该事项、本人可见的文书，新的在前。",
)
async def item_documents(
    item_id: str,
    query: Annotated[ItemDocumentsQuery, Query()],
    context: ContextDep,
    actor: ActorDep,
) -> DocumentList:
    """The documents made of an item, as far as they are there for the reader."""
    await context.references.visible(actor, item_id)
    return await _listed(context, actor, query, item_id)


@router.get(
    "/documents",
    summary="文书清单",
    description="所收事项都可见的文书，新的在前；载有批示原文的，只有可读批示原文的人可见；"
    "专报、汇总只有督查室和区政府领导可见；督查通报印发后可读通报的人都可见。",
)
async def list_documents(
    query: Annotated[DocumentsQuery, Query()], context: ContextDep, actor: ActorDep
) -> DocumentList:
    """Documents all of whose items exist for the reader."""
    return await _listed(context, actor, query, query.item)


async def _listed(
    context: Context, actor: Actor, query: ItemDocumentsQuery, item: str | None
) -> DocumentList:
    filters = DocumentFilters(kind=query.kind, year=query.year, item=item)
    async with context.database.read() as connection:
        page: Page[DocumentRow] = await documents.find(
            connection, actor, filters, query.limit, query.cursor
        )
    return DocumentList(
        items=_outs(page.items, context.settings.zone), next_cursor=page.next_cursor
    )


def _outs(rows: Sequence[DocumentRow], zone: ZoneInfo) -> list[DocumentOut]:
    return [document_out(row, zone) for row in rows]


@router.get(
    "/documents/{document_id}",
    summary="一份文书",
    description="出具时固定的内容，以及内容、文件与出具时的摘要是否仍然一致。",
)
async def get_document(
    document_id: DocumentPath, request: Request, context: ContextDep, actor: ActorDep
) -> WholeDocumentOut:
    """A document with its facts, and whether they and the file are still the same."""
    row = await _visible(context, request, actor, document_id)
    return await _whole(context, row)


async def _visible(
    context: Context, request: Request, actor: Actor, document_id: uuid.UUID
) -> DocumentRow:
    """The document. Raises ``NotFound``. Reading one with a leader's own words is kept first."""
    async with context.database.read() as connection:
        row = await documents.one(connection, actor, document_id)
    if row is None:
        raise not_found()
    if row.holds_original:
        await remember(context, request, AccessEvent.ORIGINAL_READ)
    return row


async def _whole(context: Context, row: DocumentRow) -> WholeDocumentOut:
    async with context.database.read() as connection:
        facts: Json = await documents.facts_of(connection, row.id)
        decided = await documents.decisions(connection, row.id)
    content = await asyncio.to_thread(contents.found, context, row.file_sha256)
    zone = context.settings.zone
    return WholeDocumentOut(
        **document_out(row, zone).model_dump(),
        facts=facts,
        facts_intact=facts_hash(facts) == row.facts_sha256,
        file_intact=content is not None,
        decisions=[
            PublicationOut(
                publication=one.publication,
                publication_name=PUBLICATION_NAMES[Publication(one.publication)],
                reason=one.reason,
                decided_by=one.decided_by,
                decided_at=one.decided_at.astimezone(zone),
            )
            for one in decided
        ],
    )


@router.get(
    "/documents/{document_id}/file",
    summary="下载文书",
    description="docx 文件，与出具时完全相同；存储的文件有变的不给（503）。",
    response_class=FileResponse,
    responses={200: {"content": {DOCX: {"schema": {"type": "string", "format": "binary"}}}}},
)
async def document_file(
    document_id: DocumentPath, request: Request, context: ContextDep, actor: ActorDep
) -> FileResponse:
    """The file as it was made, as an attachment."""
    return await file_of(context, await _visible(context, request, actor, document_id))


async def file_of(context: Context, row: DocumentRow) -> FileResponse:
    """A document's file. Raises ``Unavailable`` where it is not what was made."""
    if await asyncio.to_thread(contents.found, context, row.file_sha256) is None:
        log.error("document_missing", document=str(row.id), sha256=row.file_sha256)
        raise Unavailable(
            "file_missing", "文书的文件读取不到，或已不是出具时的文件；请联系管理员从备份恢复。"
        )
    return FileResponse(
        contents.path_of(context, row.file_sha256),
        media_type=DOCX,
        headers={"X-Content-Type-Options": "nosniff", "Content-Disposition": _named(row)},
    )


def _named(row: DocumentRow) -> str:
    """The file's name in Chinese (RFC 5987), and a plain one for whoever does not read that."""
    name = f"{DOCUMENTS[DocumentKind(row.kind)].name} {row.number}.docx"
    plain = f"{row.kind}-{row.year}-{row.sequence}.docx"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


@router.put(
    "/documents/{document_id}/publication",
    summary="决定文书是否公开",
    description="督查室负责人办。不公开、依申请公开的须写明理由；历次决定都保留，文书本身不变。",
    openapi_extra=documented(PublicationIn),
)
async def put_publication(
    document_id: DocumentPath,
    request: Request,
    context: ContextDep,
    actor: LetterheadDep,
    body: Annotated[PublicationIn, Depends(body_of(PublicationIn))],
) -> WholeDocumentOut:
    """Whether it is published, from now on (R57)."""
    check_text(reason=body.reason)
    mark = Mark(publication=body.publication, reason=body.reason)
    await _visible(context, request, actor, document_id)
    async with context.database.write() as connection:
        await documents.decide(connection, document_id, mark, actor.username)
        row = await documents.one(connection, actor, document_id)
    if row is None:
        raise not_found()
    return await _whole(context, row)


def document_out(row: DocumentRow, zone: ZoneInfo) -> DocumentOut:
    """A document as a list shows it."""
    return DocumentOut(
        id=row.id,
        kind=row.kind,
        kind_name=DOCUMENTS[DocumentKind(row.kind)].name,
        number=row.number,
        title=row.title,
        year=row.year,
        item_ids=list(row.item_ids),
        made_by=row.made_by,
        made_at=row.made_at.astimezone(zone),
        holds_original=row.holds_original,
        template_edition=row.template_edition,
        circular_id=row.circular_id,
        version=row.version,
        corrected=row.corrected,
        withdrawn=row.withdrawn,
        facts_sha256=row.facts_sha256,
        file_sha256=row.file_sha256,
        file_size=row.file_size,
        publication=row.publication,
        publication_name=PUBLICATION_NAMES[Publication(row.publication)],
        publication_reason=row.publication_reason,
    )
