"""Issuing items, listing and reading them."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import TypeAdapter

from api.commands import unknown_unit
from api.context import ActorDep, Context, ContextDep, OfficeDep
from api.errors import NOT_FOUND
from api.present import answer, entry_out, item_out, snapshot_out
from api.requests import KeyDep, json_object
from api.schemas import ClockOut, ItemIn, ItemList, ItemOut, Timeline
from domain.errors import Invalid
from domain.items import Category, Facts, Kind, Role, Source
from store import reads
from workflows.reading import read

router = APIRouter(prefix="/items", tags=["事项"])
ITEM_IN = TypeAdapter(ItemIn)
NOT_IN_THIS_RELEASE = ("milestones", "cycle", "year", "targets", "parent_id", "draft")


@router.post(
    "",
    status_code=201,
    summary="登记并下达事项",
    responses={202: {"model": ItemOut, "description": "已受理，稍后可见"}},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/ItemIn"}}
            },
        }
    },
)
async def create_item(
    request: Request, response: Response, context: ContextDep, actor: OfficeDep, key: KeyDep
) -> ItemOut:
    """Registers and issues in one act. The same key and body again answers the same item."""
    raw = await json_object(request)
    body = read(ITEM_IN, raw)
    done = await context.commands.create(
        actor=actor,
        key=key,
        raw=raw,
        facts=await facts_of(context, body),
        issued_at=body.issued_at,
        now=context.now(),
    )
    response.headers["Location"] = f"/api/v1/items/{done.item_id}"
    return answer(done, actor, response, 201)


async def facts_of(context: Context, body: ItemIn) -> Facts:
    """The facts to issue, with units looked up. Raises :class:`Invalid` for what is unknown."""
    for name in NOT_IN_THIS_RELEASE:
        if getattr(body, name):
            raise Invalid("unsupported_field", f"本版本尚不支持 {name}。")
    if body.kind not in set(Kind):
        raise Invalid("unsupported_kind")
    if body.category not in set(Category):
        allowed = "、".join(Category)
        raise Invalid("unknown_category", f"没有“{body.category[:20]}”这个类别（可用：{allowed}）。")
    async with context.database.read() as connection:
        lead = await reads.unit(connection, body.lead_unit)
        if lead is None:
            raise unknown_unit(body.lead_unit)
        co_units = []
        for named in body.co_units:
            unit = await reads.unit(connection, named)
            if unit is None:
                raise unknown_unit(named)
            co_units.append(unit.code)
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


def filters(
    status: str | None = None,
    lamp: str | None = None,
    unit: str | None = None,
    category: str | None = None,
    kind: str | None = None,
    lapsed: bool | None = None,
    due_before: str | None = None,
    due_after: str | None = None,
    q: str | None = None,
    year: Annotated[int | None, Query(ge=1900, le=9999)] = None,
) -> dict[str, Any]:
    """The list's filters."""
    return dict(locals())
