"""Saved views (常用查询) of the list of items: everybody's own."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field

from api.context import ContextDep
from api.errors import not_found
from api.items import FilterQuery
from api.requests import body_of, documented
from api.rights import ActorDep
from api.schemas import Strict
from domain.errors import Invalid
from store import views
from store.views import ViewRow

router = APIRouter(prefix="/views", tags=["常用查询"])
NamePath = Annotated[str, Path(min_length=1, max_length=40, description="名称")]


class ViewIn(Strict):
    """What a view asks for."""

    filters: FilterQuery = Field(description="条件，同 GET /items")


class ViewOut(BaseModel):
    """A saved view."""

    name: str
    filters: dict[str, Any] = Field(description="条件，同 GET /items")


class ViewList(BaseModel):
    """All of one's own."""

    items: list[ViewOut]
    next_cursor: str | None = None


@router.get("", summary="本人的常用查询", description="按名称排列，最多 50 个。")
async def list_views(context: ContextDep, actor: ActorDep) -> ViewList:
    """The saved views of whoever asks."""
    async with context.database.read() as connection:
        found = await views.views_of(connection, actor.username)
    return ViewList(items=[ViewOut(name=one.name, filters=dict(one.filters)) for one in found])


@router.put(
    "/{name}",
    summary="保存常用查询",
    description="同名的被替换。",
    openapi_extra=documented(ViewIn),
)
async def put_view(
    name: NamePath,
    context: ContextDep,
    actor: ActorDep,
    body: Annotated[ViewIn, Depends(body_of(ViewIn))],
) -> ViewOut:
    """Keep filters under a name."""
    named = " ".join(name.split())
    if not named:
        raise Invalid("missing_field", "name：请填写名称。")
    filters = body.filters.model_dump(mode="json", exclude_none=True)
    async with context.database.write() as connection:
        await views.keep(connection, actor.username, ViewRow(name=named, filters=filters))
    return ViewOut(name=named, filters=filters)


@router.delete(
    "/{name}", status_code=204, summary="删除常用查询", description="只删本人的，不影响任何事项。"
)
async def delete_view(name: NamePath, context: ContextDep, actor: ActorDep) -> None:
    """Forget a view. Raises ``NotFound``."""
    async with context.database.write() as connection:
        if not await views.remove(connection, actor.username, name):
            raise not_found()
