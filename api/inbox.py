"""The signed-in person's messages."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.context import ActorDep, ContextDep
from api.present import notice_out
from api.schemas import Inbox, ReadIn, ReadOut
from store import reads

router = APIRouter(prefix="/inbox", tags=["消息"])


@router.get("", summary="我的消息")
async def inbox(
    context: ContextDep,
    actor: ActorDep,
    unread: bool = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> Inbox:
    """Newest first; for the supervision office also what could be delivered to nobody."""
    async with context.database.read() as connection:
        page = await reads.inbox(connection, actor, only_unread=unread, limit=limit, cursor=cursor)
        waiting = await reads.unread(connection, actor)
    return Inbox(
        items=[notice_out(notice, context.settings.zone) for notice in page.items],
        next_cursor=page.next_cursor,
        unread=waiting,
    )


@router.post("/read", summary="标记已读")
async def mark_read(body: ReadIn, context: ContextDep, actor: ActorDep) -> ReadOut:
    """Marks these messages of mine as read; all of them when ``ids`` is left out."""
    async with context.database.write() as connection:
        return ReadOut(marked=await reads.mark_read(connection, actor, body.ids))
