"""What routes share in reading a request."""

import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

from fastapi import Depends, Header, Request, Response
from pydantic import TypeAdapter

from api.errors import Malformed
from domain.errors import Invalid
from domain.items import Json
from workflows.reading import read

T = TypeVar("T")

LONGEST_KEY = 200


async def json_object(request: Request) -> Json:
    """The request's body; none at all reads as an empty object. Raises ``Malformed`` or
    ``Invalid`` when it is no JSON object."""
    if not await request.body():
        return {}
    try:
        raw = await request.json()
    except (ValueError, RecursionError) as error:
        raise Malformed("malformed_json", "请求内容不是合法的 JSON。") from error
    if not isinstance(raw, dict):
        raise Invalid("invalid_body", "请求内容须为 JSON 对象。")
    return raw


async def each_once(request: Request) -> None:
    """Raises ``Invalid`` for a question that asks one thing twice: half of it would be dropped."""
    names = [name for name, _ in request.query_params.multi_items()]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise Invalid("repeated_parameter", f"参数 {'、'.join(twice)[:100]} 只能填写一次。")


def body_of(model: type[T]) -> Callable[[Request], Awaitable[T]]:
    """A dependency that reads the body as ``model``, as strictly as the acts are read."""
    adapter = TypeAdapter(model)

    async def body(request: Request) -> T:
        return read(adapter, await json_object(request))

    return body


def documented(model: type[Any]) -> dict[str, Any]:
    """What OpenAPI says of a body that is read by hand."""
    schema = TypeAdapter(model).json_schema(ref_template="#/components/schemas/{model}")
    schema = _inlined(schema, schema.pop("$defs", {}))
    content = {"application/json": {"schema": schema}}
    return {"requestBody": {"required": bool(schema.get("required")), "content": content}}


def _inlined(value: Any, nested: dict[str, Any]) -> Any:  # noqa: ANN401 - a piece of JSON schema
    if isinstance(value, list):
        return [_inlined(part, nested) for part in value]
    if not isinstance(value, dict):
        return value
    target = nested[value["$ref"].rsplit("/", 1)[1]] if "$ref" in value else {}
    beside = {key: _inlined(part, nested) for key, part in value.items() if key != "$ref"}
    return {**_inlined(target, nested), **beside} if target else beside


def not_kept(response: Response) -> None:
    """A dependency of routes whose answers hold secrets: nobody between may keep them."""
    response.headers["Cache-Control"] = "no-store"


def local(at: datetime, zone: ZoneInfo) -> datetime:
    """``at`` in the district's time. Raises ``Invalid`` at the ends of what a year can be."""
    try:
        return at.astimezone(zone)
    except OverflowError:
        raise Invalid("date_out_of_range") from None


def idempotency_key(
    idempotency_key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="同一请求重发时用同一个值；不填则每次都作为新的请求",
        ),
    ] = None,
) -> str:
    """The caller's key, or a fresh one for a caller who will not repeat the request."""
    if idempotency_key is None:
        return str(uuid.uuid4())
    if not idempotency_key.strip() or len(idempotency_key) > LONGEST_KEY:
        raise Invalid("bad_idempotency_key", f"Idempotency-Key 须为 1 至 {LONGEST_KEY} 个字符。")
    return idempotency_key


KeyDep = Annotated[str, Depends(idempotency_key)]
