"""Telling an open page that what it shows has changed (server-sent events)."""

import asyncio
from collections.abc import AsyncIterator

from starlette.responses import Response, StreamingResponse

from store import desk, reads
from web.visits import Visit, route

BEAT_SECONDS = 20.0
GATHERING_SECONDS = 0.3
"""Several changes of one act are told as one."""


async def live(visit: Visit) -> Response:
    """``GET /live``: of the item named, or of any that the visitor sees."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    stream = _events(visit, visit.asked().get("item"))
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


async def _events(visit: Visit, item_id: str | None) -> AsyncIterator[str]:
    yield "retry: 3000\n\n"
    with visit.context.commits.changes() as changes:
        while not visit.context.commits.over and await _still_signed_in(visit):
            try:
                changed = [await asyncio.wait_for(changes.get(), BEAT_SECONDS)]
            except TimeoutError:
                yield ": \n\n"
                continue
            await asyncio.sleep(GATHERING_SECONDS)
            while not changes.empty():
                changed.append(changes.get_nowait())
            if visit.context.commits.over:
                return
            # Whoever was signed out while nothing happened is told of nothing any more.
            if await _still_signed_in(visit) and await _concern(visit, changed, item_id):
                yield "event: changed\ndata: \n\n"
    yield "event: over\ndata: \n\n"


async def _still_signed_in(visit: Visit) -> bool:
    visitor = await visit.sessions.visitor(visit.request, visit.api.api)
    return visitor.actor is not None


async def _concern(visit: Visit, changed: list[str], item_id: str | None) -> bool:
    """Whether it is of interest here; a blank id may be anything."""
    if "" in changed:
        return True
    if item_id is not None:
        return item_id in changed
    async with visit.context.database.read() as connection:
        scope = reads.scope_of(visit.visitor.person)
        return await desk.concerns(connection, scope, changed)


ROUTES = [route("/live", live)]
