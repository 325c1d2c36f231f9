"""What is open to everybody, without signing in (R20)."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from api.context import ContextDep
from api.documents import DOCX, DocumentPath, file_of
from api.errors import not_found
from api.rights import FOR_EVERYBODY
from domain.documents import DOCUMENTS, DocumentKind
from domain.items import STATUS_NAMES, Status
from store import documents, public

router = APIRouter(prefix="/public", tags=["公开"], dependencies=[FOR_EVERYBODY])


class PublicItemOut(BaseModel):
    """An item that was made public."""

    number: str
    title: str
    lead_unit_name: str
    status_name: str
    issued_on: date
    due_on: date | None = Field(description="现期限")
    closed_on: date | None


class PublicList(BaseModel):
    """A page of them, the newest first."""

    items: list[PublicItemOut]
    next_cursor: str | None


@router.get(
    "/items",
    summary="公开的事项",
    description="督查室决定公开的、已下达的事项：编号、标题、牵头单位、状态和日期，别无其他。无须登录。",
)
async def public_items(
    context: ContextDep,
    q: Annotated[str | None, Query(max_length=200, description="标题中的文字")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> PublicList:
    """Items that were made public, as far as everybody may know of them."""
    async with context.database.read() as connection:
        page = await public.public_items(connection, q, limit, cursor)
    zone = context.settings.zone
    return PublicList(
        items=[
            PublicItemOut(
                number=row.number,
                title=row.title,
                lead_unit_name=row.lead_unit_name,
                status_name=STATUS_NAMES[Status(row.status)],
                issued_on=row.issued_at.astimezone(zone).date(),
                due_on=row.due_on,
                closed_on=row.closed_at.astimezone(zone).date() if row.closed_at else None,
            )
            for row in page.items
        ],
        next_cursor=page.next_cursor,
    )


class PublicDocumentOut(BaseModel):
    """A document that was published."""

    id: UUID
    kind_name: str
    number: str = Field(description="文号、期号")
    title: str
    made_on: date


class PublicDocumentList(BaseModel):
    """A page of them, the newest first."""

    items: list[PublicDocumentOut]
    next_cursor: str | None


@router.get(
    "/documents",
    summary="公开的文书",
    description="督查室负责人决定公开、所收事项也都公开的文书；载有批示原文的，专报、汇总，"
    "所据通报已更正、撤销的，都不在其中。无须登录。",
)
async def public_documents(
    context: ContextDep,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> PublicDocumentList:
    """Documents that the head published, of items that are public."""
    async with context.database.read() as connection:
        page = await documents.published(connection, limit, cursor)
    zone = context.settings.zone
    return PublicDocumentList(
        items=[
            PublicDocumentOut(
                id=row.id,
                kind_name=DOCUMENTS[DocumentKind(row.kind)].name,
                number=row.number,
                title=row.title,
                made_on=row.made_at.astimezone(zone).date(),
            )
            for row in page.items
        ],
        next_cursor=page.next_cursor,
    )


@router.get(
    "/documents/{document_id}/file",
    summary="下载公开的文书",
    description="docx 文件，与出具时完全相同；没有公开的答复 404。无须登录。",
    response_class=FileResponse,
    responses={200: {"content": {DOCX: {"schema": {"type": "string", "format": "binary"}}}}},
)
async def public_document_file(document_id: DocumentPath, context: ContextDep) -> FileResponse:
    """The file of a document that is published now."""
    async with context.database.read() as connection:
        row = await documents.published_one(connection, document_id)
    if row is None:
        raise not_found()
    return await file_of(context, row)
