"""The signed-in person's desk: what waits for him."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.context import ContextDep
from api.present import head_out
from api.rights import ActorDep
from api.schemas import HeadOut
from domain.desk import Group, groups_of, units_led
from domain.items import Actor
from store import desk as lists
from store import inbox, reads
from store.filters import Filters

router = APIRouter(prefix="/desk", tags=["办公桌"])


class GroupOut(BaseModel):
    """One list: how many items wait in it, and the most pressing of them."""

    key: str
    title: str
    filters: dict[str, str] = Field(description="GET /items 的查询条件，列出其全部")
    count: int
    items: list[HeadOut] = Field(description="期限最近的在前，最多 most 项")


class DeskOut(BaseModel):
    """What waits for somebody."""

    groups: list[GroupOut]
    unread: int = Field(description="未读消息")


@router.get(
    "",
    summary="我的办公桌",
    description="按本人（及所代理的人）的身份，在等他办理和须他留意的事项：各有多少，期限最近的是哪些。",
)
async def desk(
    context: ContextDep, actor: ActorDep, most: Annotated[int, Query(ge=0, le=200)] = 10
) -> DeskOut:
    """The lists of the signed-in person's roles, in order."""
    groups = [(group, filters_of(group, actor)) for group in groups_of(actor)]
    async with context.database.read() as connection:
        scope = reads.scope_of(actor)
        wanted = [Filters(**given) for _, given in groups]  # type: ignore[arg-type]
        found = await lists.waits(connection, scope, wanted, most)
        unread = await inbox.unread(connection, actor)
    zone = context.settings.zone
    return DeskOut(
        groups=[
            GroupOut(
                key=group.key,
                title=group.title,
                filters=given,
                count=waits.count,
                items=[head_out(row, actor, zone) for row in waits.first],
            )
            for (group, given), waits in zip(groups, found, strict=True)
        ],
        unread=unread,
    )


def filters_of(group: Group, actor: Actor) -> dict[str, str]:
    """The filters of a list, as ``actor`` has it."""
    led = {"lead": ",".join(units_led(actor))} if group.leading else {}
    return {**group.filters, **led}
