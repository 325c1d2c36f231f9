"""What is open to everybody, without signing in (R20)."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.context import ContextDep
from api.rights import FOR_EVERYBODY
from domain.items import STATUS_NAMES, Status
from store import public

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
