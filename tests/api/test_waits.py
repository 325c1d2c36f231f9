"""While no worker runs nothing is lost and nobody is kept waiting: the same request, sent again,
finds its work done once."""

import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from embedded import Stack
from tests.people import Json, People, ordinary
from tests.surroundings import surroundings

PATIENCE = 5.0
"""Three seconds of waiting, and some for a busy machine."""


@asynccontextmanager
async def no_worker(stack: Stack) -> AsyncIterator[None]:
    """The worker killed, and started again at the end."""
    stack.pause_restart("worker-1")
    await stack.kill("worker-1")
    try:
        yield
    finally:
        with surroundings():
            await stack.restart("worker-1")


async def test_an_act_that_no_worker_takes_is_refused_soon_and_done_on_repetition(
    desk: People, stack: Stack
) -> None:
    item, key = await desk.issue(), str(uuid.uuid4())
    path = f"/items/{item['id']}/receipt"
    async with no_worker(stack):
        asked = time.monotonic()
        answer = await desk.post("zjj", path, {}, key)
        assert time.monotonic() - asked < PATIENCE
        assert answer.headers["content-type"] == "application/problem+json"
        assert (answer.status_code, answer.json()["code"]) == (503, "not_accepted_in_time")
        assert "同一 Idempotency-Key" in answer.json()["detail"]
        assert answer.headers["retry-after"].isdigit()
        assert (await desk.read(item))["status"] == "issued"
        state = await desk.get("office", f"/items/{item['id']}/state")
        # The act waits for a worker: the workflow is not asked, the record answers (decision 0008).
        assert (state.status_code, state.json()["status"]) == (200, "issued")
        ready = await desk.client.get("/readyz")
        assert ready.status_code == 200, "the API itself goes on"
    again = await desk.post("zjj", path, {}, key)
    assert (again.status_code, again.json()["status"]) == (200, "in_progress")
    assert [entry["act"] for entry in await desk.timeline(item)] == ["issue", "receive"]


async def test_a_create_that_no_worker_takes_is_accepted_and_recorded_later(
    desk: People, stack: Stack
) -> None:
    key, body = str(uuid.uuid4()), ordinary(original_text="批示")
    async with no_worker(stack):
        asked = time.monotonic()
        answer = await desk.post("office", "/items", body, key)
        assert time.monotonic() - asked < PATIENCE
        accepted: Json = answer.json()
        assert answer.status_code == 202
        assert (accepted["number"], accepted["clocks"]) == (None, [])
        assert (accepted["status"], accepted["title"]) == ("issued", body["title"])
        assert answer.headers["location"] == f"/api/v1/items/{accepted['id']}"
        again = await desk.post("office", "/items", body, key)
        assert (again.status_code, again.json()["id"]) == (202, accepted["id"])
        other = await desk.post("office", "/items", {**body, "title": "另一事项"}, key)
        assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")
    while (found := await desk.send("office", "GET", f"/items/{accepted['id']}")).is_error:
        assert found.status_code == 404
    item = found.json()
    assert item["number"]
    assert item.keys() == accepted.keys()
    for name in ("due_at", "original_due_at", "seq", "issued_at", "warnings", "next_alarm_at"):
        assert item[name] == accepted[name]
    final = await desk.post("office", "/items", body, key)
    assert (final.status_code, final.json()["number"]) == (201, item["number"])
    assert len(await desk.timeline(item)) == 1
