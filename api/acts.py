"""The act routes, one for each row of :data:`domain.acts.ACTS`."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import TypeAdapter

from api.context import ContextDep
from api.guide import ACCEPTED, EXAMPLES, FIELDS, description
from api.present import answer
from api.requests import KeyDep, documented, json_object
from api.rights import ActorDep
from api.schemas import ActOut, Acts, FieldOut, ItemOut
from domain.acts import ACTS, ActSpec
from domain.offer import Offer, offers
from store.revival import item_of

router = APIRouter(prefix="/items/{item_id}", tags=["办理"])
LARGEST_SEQ = 2**31 - 1


def _plain_route(spec: ActSpec) -> Callable[..., Awaitable[ItemOut]]:
    async def act(
        item_id: str,
        request: Request,
        response: Response,
        context: ContextDep,
        actor: ActorDep,
        key: KeyDep,
    ) -> ItemOut:
        raw = await json_object(request)
        done = await context.commands.act(
            actor=actor, item_id=item_id, act=spec.name, route=spec.route, raw=raw, key=key
        )
        return answer(done, actor, response, context.settings.zone)

    return act


def _target_route(spec: ActSpec) -> Callable[..., Awaitable[ItemOut]]:
    async def act(
        item_id: str,
        seq: Annotated[int, Path(ge=1, le=LARGEST_SEQ, description="待核实操作的序号")],
        request: Request,
        response: Response,
        context: ContextDep,
        actor: ActorDep,
        key: KeyDep,
    ) -> ItemOut:
        raw = await json_object(request)
        done = await context.commands.act(
            actor=actor,
            item_id=item_id,
            act=spec.name,
            route=spec.route.format(seq=seq),
            raw=raw,
            key=key,
            target_seq=seq,
        )
        return answer(done, actor, response, context.settings.zone)

    return act


def _body(spec: ActSpec) -> dict[str, Any]:
    extra = documented(spec.body)
    schema = extra["requestBody"]["content"]["application/json"]["schema"]
    for name, field in schema["properties"].items():
        field["description"] = FIELDS[name]
    schema["examples"] = [EXAMPLES[spec.name]]
    return extra


@router.get(
    "/acts",
    summary="现在可以办理的操作",
    description="按事项现在的状态、类型和本人（及所代理的人）的身份，可以办理的操作及其填写的内容。"
    "其余条件（例如有无待批的延期）在办理时核对。",
)
async def open_acts(item_id: str, context: ContextDep, actor: ActorDep) -> Acts:
    """What the signed-in person may do to the item now."""
    row, now = await context.references.visible(actor, item_id), context.now()
    async with context.database.read() as connection:
        item = await item_of(connection, row.id, now)
    return Acts(items=[_offered(offer) for offer in offers(item, actor, now)])


def _offered(offer: Offer) -> ActOut:
    spec = offer.spec
    schema = TypeAdapter(spec.body).json_schema()
    asked = set(schema.get("required", ()))
    return ActOut(
        name=spec.name,
        title=spec.title,
        route=spec.route,
        on_behalf_of=offer.on_behalf_of,
        fields=[
            FieldOut(name=name, required=name in asked, description=FIELDS[name])
            for name in schema["properties"]
        ],
    )


for _spec in ACTS.values():
    router.add_api_route(
        f"/{_spec.route}",
        _target_route(_spec) if "{seq}" in _spec.route else _plain_route(_spec),
        methods=["POST"],
        response_model=ItemOut,
        responses=ACCEPTED,
        name=_spec.name,
        operation_id=_spec.name,
        summary=_spec.title,
        description=description(_spec),
        openapi_extra=_body(_spec),
    )
