"""The signed-in person's messages."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.context import ContextDep
from api.present import notice_out
from api.requests import body_of, documented
from api.rights import ActorDep
from api.schemas import Inbox, ReadIn, ReadOut
from store import inbox as messages

router = APIRouter(prefix="/inbox", tags=["消息"])


@router.get(
    "",
    summary="我的消息",
    description="新的在前。督查室还会看到无人可送达的（desk 为 true），remark 说明原因和该怎么办。",
)
async def inbox(
    context: ContextDep,
    actor: ActorDep,
    unread: Annotated[bool, Query(description="只看未读的")] = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> Inbox:
    """Newest first; for the supervision office also what could be delivered to nobody."""
    async with context.database.read() as connection:
        page = await messages.inbox(
            connection, actor, only_unread=unread, limit=limit, cursor=cursor
        )
        waiting = await messages.unread(connection, actor)
    return Inbox(
        items=[notice_out(notice, context.settings.zone) for notice in page.items],
        next_cursor=page.next_cursor,
        unread=waiting,
    )


@router.post(
    "/read",
    summary="标记已读",
    description="本人的这些消息；不填 ids 即全部。",
    openapi_extra=documented(ReadIn),
)
async def mark_read(
    context: ContextDep, actor: ActorDep, body: Annotated[ReadIn, Depends(body_of(ReadIn))]
) -> ReadOut:
    """Marks these messages of mine as read; all of them when ``ids`` is left out."""
    async with context.database.write() as connection:
        return ReadOut(marked=await messages.mark_read(connection, actor, body.ids))
