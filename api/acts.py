"""The act routes, one for each row of :data:`domain.acts.ACTS`."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from api.context import ContextDep
from api.guide import ACCEPTED, EXAMPLES, FIELDS, description
from api.present import answer
from api.requests import KeyDep, documented, json_object
from api.rights import ActorDep
from api.schemas import ItemOut
from domain.acts import ACTS, ActSpec

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
