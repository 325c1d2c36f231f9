"""What routes share in reading a request."""

import uuid
from typing import Annotated

from fastapi import Depends, Header, Request

from api.errors import Malformed
from domain.errors import Invalid
from domain.items import Json

LONGEST_KEY = 200


async def json_object(request: Request) -> Json:
    """The request's body. Raises ``Malformed`` or ``Invalid`` when it is no JSON object."""
    try:
        raw = await request.json()
    except (ValueError, RecursionError) as error:
        raise Malformed("malformed_json", "请求内容不是合法的 JSON。") from error
    if not isinstance(raw, dict):
        raise Invalid("invalid_body", "请求内容须为 JSON 对象。")
    return raw


def idempotency_key(
    idempotency_key: Annotated[
        str | None,
        Header(description="同一请求重发时用同一个值；不填则每次都作为新的请求"),
    ] = None,
) -> str:
    """The caller's key, or a fresh one for a caller who will not repeat the request."""
    if idempotency_key is None:
        return str(uuid.uuid4())
    if not idempotency_key.strip() or len(idempotency_key) > LONGEST_KEY:
        raise Invalid("bad_idempotency_key", f"Idempotency-Key 须为 1 至 {LONGEST_KEY} 个字符。")
    return idempotency_key


KeyDep = Annotated[str, Depends(idempotency_key)]
