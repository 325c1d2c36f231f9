"""The act routes, one for each row of :data:`domain.acts.ACTS`."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import TypeAdapter

from api.context import ActorDep, ContextDep
from api.present import answer
from api.requests import KeyDep, json_object
from api.schemas import ItemOut
from domain.acts import ACTS, ActSpec

router = APIRouter(prefix="/items/{item_id}", tags=["办理"])
ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {"model": ItemOut, "description": "已受理，稍后可见"}
}
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
        seq: Annotated[int, Path(ge=1, le=LARGEST_SEQ)],
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


def _body_schema(spec: ActSpec) -> dict[str, Any]:
    schema = TypeAdapter(spec.body).json_schema(ref_template="#/components/schemas/{model}")
    nested = schema.pop("$defs", {})
    schema["properties"] = {
        name: _inlined(prop, nested) for name, prop in schema["properties"].items()
    }
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _inlined(value: Any, nested: dict[str, Any]) -> Any:  # noqa: ANN401 - a piece of JSON schema
    if isinstance(value, list):
        return [_inlined(part, nested) for part in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        return _inlined(nested[value["$ref"].rsplit("/", 1)[1]], nested)
    return {key: _inlined(part, nested) for key, part in value.items()}


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
        description=(_spec.body.__doc__ or ""),
        openapi_extra=_body_schema(_spec),
    )
