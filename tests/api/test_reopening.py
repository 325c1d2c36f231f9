"""What can be done to an item after 销号: called back for another round, or archived (T30, T31)."""

import asyncio
import uuid
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowHandle,
)
from temporalio.exceptions import ActivityError, ApplicationError

from api.app import open_context
from api.references import References
from domain.errors import Refused
from domain.items import Actor, Item, OfficePost, Role, Status
from domain.revival import Revival, sealed
from domain.seal import SealedAct, Seals
from embedded import Stack
from runtime.settings import Settings
from store.revival import item_of
from store.session import Database
from tests.people import ZONE, Json, People, days_ahead, ordinary
from workflows.ids import workflow_id, workflow_type
from workflows.messages import ItemInput

REPORT: Json = {"text": "已完成。", "final": True}
APPROVED: Json = {"approved": True, "comment": "同意。"}
ACCEPTED: Json = {"accepted": True, "comment": "属实。"}
AGAIN: Json = {"reason": "回头看发现问题反弹。", "new_due_on": days_ahead(20)}
OFFICE = Actor(username="office", name="督查室 王敏", role=Role.OFFICE, post=OfficePost.HEAD)
QUEUE = "supervision"
Run = WorkflowHandle[Any, Any]


async def struck_off(desk: People, item: Json, who: str = "zjj") -> Json:
    """The item, handed in, signed and accepted."""
    await desk.act(who, item, "feedback", **REPORT)
    await desk.act("deputy", item, "sign-off", **APPROVED)
    return await desk.act("office", item, "review", **ACCEPTED)


async def closed(desk: People, **changed: Any) -> Json:
    """An item brought from issue to 销号."""
    item = await desk.issue(**changed)
    await desk.act("zjj", item, "receipt")
    return await struck_off(desk, item)


async def closed_late(desk: People) -> Json:
    """The same, after its limit."""
    item = await desk.issue()
    await desk.act("zjj", item, "receipt")
    item = await desk.forward_to(item, _due(item, "result") + timedelta(hours=1))
    assert item["lapsed"]
    return await struck_off(desk, item)


def _due(item: Json, key: str) -> datetime:
    due = next(clock["due_at"] for clock in item["clocks"] if clock["key"] == key)
    return datetime.fromisoformat(due)


async def trace(desk: People, item: Json) -> tuple[int, str, list[str]]:
    """All that an act could leave behind on record."""
    row = await desk.read(item)
    return row["seq"], row["status"], [entry["act"] for entry in await desk.timeline(item)]


async def test_from_round_to_round_until_it_is_archived(desk: People) -> None:
    first = await closed(desk)
    assert (first["rounds"], first["closed_at"] is not None) == (1, True)

    item = await desk.act("office", first, "reopening", **AGAIN)
    assert (item["status"], item["holder"], item["rounds"]) == ("in_progress", "unit", 2)
    assert (item["seq"], item["closed_at"]) == (first["seq"] + 1, None)
    assert (item["due_on"], item["escalation"], item["lapsed"]) == (
        AGAIN["new_due_on"],
        "none",
        False,
    )
    clock = next(clock for clock in item["clocks"] if clock["key"] == "result-2")
    assert (clock["rule"], clock["moved_because"]) == ("named_date", "重新交办")
    assert "重新交办" in clock["derivation"][0]["reason"]
    assert item["clocks"][0]["stopped_at"] == first["clocks"][0]["stopped_at"]
    entry = (await desk.timeline(item))[-1]
    assert (entry["act"], entry["title"]) == ("reopen", "重新交办")
    assert entry["changed"]["rounds"] == [1, 2]
    for who in ("zjj", "deputy"):
        assert (await desk.inbox(who, item))[0]["title"] == "重新交办"
    live = (await desk.get("office", f"/items/{item['id']}/state")).json()
    assert (live["seq"], live["rounds"], live["number"]) == (item["seq"], 2, first["number"])

    item = await desk.forward_to(item, _due(item, "result-2") + timedelta(hours=1))
    assert (item["lapsed"], item["lamp"], item["escalation"]) == (True, "red", "deputy")
    item = await struck_off(desk, item)
    assert (item["status"], item["lapsed"], item["rounds"]) == ("closed", True, 2)
    spent = item["time_ledger"]
    item = await desk.act("office", item, "archive")
    assert (item["status"], item["status_name"], item["lamp"]) == ("archived", "归档", "grey")
    assert (item["closed_at"] is not None, item["time_ledger"]) == (True, spent)
    acts = [entry["act"] for entry in await desk.timeline(item)]
    assert [act for act in acts if act in {"review", "reopen", "archive"}] == [
        "review",
        "reopen",
        "review",
        "archive",
    ]
    assert [e["seq"] for e in await desk.timeline(item)] == list(range(1, item["seq"] + 1))


async def test_nothing_more_is_done_to_what_is_archived(desk: People) -> None:
    item = await desk.act("office", await closed(desk), "archive")
    before = await trace(desk, item)
    archived = (409, "archived")
    assert await desk.refused("office", item, "reopening", **AGAIN) == archived
    assert await desk.refused("office", item, "archive") == archived
    assert await desk.refused("zjj", item, "feedback", **REPORT) == archived
    said = {"form": "phone", "to": "李强", "said": "催"}
    assert await desk.refused("office", item, "reminders", **said) == archived
    assert await trace(desk, item) == before


async def test_late_stays_late_and_the_ladder_starts_from_the_foot(desk: People) -> None:
    item = await closed_late(desk)
    spent = item["time_ledger"]["unit"]
    item = await desk.act("office", item, "reopening", **AGAIN)
    assert (item["lapsed"], item["overdue"], item["escalation"]) == (True, False, "none")
    assert item["lamp"] == "green"
    assert item["time_ledger"]["unit"] >= spent


async def test_who_may_and_when(desk: People) -> None:
    item = await closed(desk)
    before = await trace(desk, item)
    for who in ("zjj", "deputy", "chief"):
        assert await desk.refused(who, item, "reopening", **AGAIN) == (403, "not_your_role")
        assert await desk.refused(who, item, "archive") == (403, "not_your_role")
    past = AGAIN | {"new_due_on": days_ahead(-1)}
    assert await desk.refused("office", item, "reopening", **past) == (422, "due_not_after_now")
    far = AGAIN | {"new_due_on": days_ahead(800)}
    assert await desk.refused("office", item, "reopening", **far) == (422, "new_date_too_far")
    blank = AGAIN | {"reason": " "}
    assert await desk.refused("office", item, "reopening", **blank) == (422, "blank_text")
    assert (await desk.post("mzj", f"/items/{item['id']}/archive")).status_code == 404
    assert await trace(desk, item) == before

    under_way = await desk.issue()
    for route, body in (("reopening", AGAIN), ("archive", {})):
        assert await desk.refused("office", under_way, route, **body) == (409, "not_closed")
        assert await desk.refused("zjj", under_way, route, **body) == (403, "not_your_role")
    ended = await desk.act("office", under_way, "termination", reason="取消。")
    for route, body in (("reopening", AGAIN), ("archive", {})):
        assert await desk.refused("office", ended, route, **body) == (409, "terminated")


async def test_the_same_request_again_and_another_under_its_key(desk: People) -> None:
    item = await closed(desk)
    key, path = str(uuid.uuid4()), f"/items/{item['id']}/reopening"
    answers = await asyncio.gather(*(desk.post("office", path, AGAIN, key) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["seq"] for answer in answers} == {item["seq"] + 1}
    other = await desk.post("office", path, AGAIN | {"reason": "另一原因。"}, key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")
    await struck_off(desk, item)
    again = await desk.post("office", path, AGAIN, key)
    assert (again.status_code, again.json()["status"]) == (200, "closed")
    assert (await trace(desk, item))[2].count("reopen") == 1


async def test_of_several_at_once_exactly_one_wins(desk: People) -> None:
    for _ in range(3):
        item = await closed(desk)
        orders = [("reopening", AGAIN), ("archive", {})] * 3
        answers = await asyncio.gather(
            *(desk.post("office", f"/items/{item['id']}/{route}", body) for route, body in orders)
        )
        codes = [answer.status_code for answer in answers]
        assert codes.count(200) == 1, [answer.text for answer in answers]
        others = {a.json()["code"] for a in answers if a.status_code != 200}
        assert others <= {"revived_meanwhile", "not_closed", "archived"}
        seq, _, acts = await trace(desk, item)
        assert (seq, len(acts)) == (item["seq"] + 1, item["seq"] + 1)


async def test_a_part_under_way_again_shows_in_its_parent_and_keeps_it_open(
    desk: People, temporal: Client, database: Database, seals: Seals
) -> None:
    parent = await desk.issue()
    part = await desk.issue(parent_id=parent["id"])
    await desk.act("zjj", part, "receipt")
    part = await struck_off(desk, part)
    await desk.until(parent, lambda row: row["parts_open"] == 0)
    await desk.act("office", part, "reopening", **AGAIN)
    row = await desk.until(parent, lambda row: row["parts_open"] == 1)
    assert (row["parts"][0]["state"], row["parts"][0]["due_on"]) == ("open", AGAIN["new_due_on"])
    assert "重新办理" in (await desk.timeline(parent))[-1]["summary"]
    await desk.act("zjj", parent, "receipt")
    await desk.act("zjj", parent, "feedback", **REPORT)
    await desk.act("deputy", parent, "sign-off", **APPROVED)
    assert await desk.refused("office", parent, "review", **ACCEPTED) == (409, "parts_open")

    part = await struck_off(desk, part)
    await desk.until(parent, lambda row: row["parts_open"] == 0)
    await desk.act("office", parent, "review", **ACCEPTED)
    assert await desk.refused("office", part, "reopening", **AGAIN) == (409, "parent_ended")
    before = await trace(desk, part)
    past_the_api = sealed(reopening(await on_record(database, part)), seals)
    assert await started(temporal, past_the_api) == "parent_ended"
    assert await trace(desk, part) == before
    await desk.act("office", part, "archive")
    parent = await desk.act("office", parent, "reopening", **AGAIN)
    assert (parent["status"], parent["parts_open"]) == ("in_progress", 0)


async def test_whoever_asks_hears_that_the_record_would_not_have_it(
    desk: People, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole ends after the API has looked at it, and before the part's new run is recorded."""
    parent = await desk.issue()
    part = await closed(desk, parent_id=parent["id"])
    await desk.until(parent, lambda row: row["parts_open"] == 0)
    await desk.act("zjj", parent, "receipt")
    await struck_off(desk, parent)

    async def looked_before(*_: object) -> None:
        return None

    monkeypatch.setattr(References, "check_parent", looked_before)
    names = {name.removeprefix("DUBAN_").lower(): text for name, text in stack.environment.items()}
    async with open_context(Settings.model_validate(names)) as context:
        with pytest.raises(Refused) as refused:
            await context.commands.act(
                actor=OFFICE,
                item_id=part["id"],
                act="reopen",
                route="reopening",
                raw=AGAIN,
                key=str(uuid.uuid4()),
            )
    assert refused.value.code == "parent_ended"
    assert (await desk.read(part))["status"] == "closed"


async def test_the_report_of_a_slot_is_asked_for_again(desk: People) -> None:
    year = datetime.now(ZONE).year + 1
    task = await desk.issue(ordinary(kind="year_round", category="A1", cycle="quarter", year=year))
    await desk.act("zjj", task, "receipt")
    opens_at = datetime.fromisoformat(task["parts"][0]["opens_at"])
    await desk.clock.forward_to(workflow_id(task["id"], "year_round"), opens_at)
    task = await desk.until(task, lambda row: row["parts"][0]["state"] == "open")
    slot = {"id": task["parts"][0]["item_id"]}
    while (await desk.get("zjj", f"/items/{slot['id']}")).status_code != 200:
        await asyncio.sleep(0.02)
    await desk.act("zjj", slot, "feedback", text="一季度进展。")
    await desk.until(task, lambda row: row["parts"][0]["state"] == "closed")
    again = AGAIN | {"new_due_on": task["parts"][0]["due_on"]}
    slot = await desk.act("office", slot, "reopening", **again)
    assert (slot["status"], slot["kind"]) == ("in_progress", "slot")
    row = await desk.until(task, lambda row: row["parts"][0]["state"] == "open")
    assert row["parts_open"] == task["parts_open"]
    slot = await desk.act("zjj", slot, "feedback", text="已补正。")
    assert slot["status"] == "closed"
    await desk.until(task, lambda row: row["parts"][0]["state"] == "closed")
    assert (await desk.act("office", slot, "archive"))["status"] == "archived"


@pytest.fixture
def seals(stack: Stack) -> Seals:
    return Seals(stack.environment["DUBAN_SECRET_KEY"])


async def on_record(database: Database, item: Json) -> Item:
    async with database.read() as connection:
        return await item_of(connection, item["id"], datetime.now(ZONE))


def reopening(item: Item) -> Revival:
    """As the API makes it, not sealed."""
    head = Actor(username="office", name="督查室 王敏", role=Role.OFFICE)
    act = SealedAct(body=AGAIN, actor=head, request_id=str(uuid.uuid4()))
    return Revival(item=item, name="reopen", act=act, at=datetime.now(ZONE))


async def begin(temporal: Client, begun: Revival) -> Run:
    """Start a new run past the API, once the one before is over: the row may be ahead of that."""
    kind = begun.item.facts.kind
    workflow = workflow_id(begun.item.id, kind)
    with suppress(WorkflowFailureError):
        await temporal.get_workflow_handle(workflow).result()
    return await temporal.start_workflow(
        workflow_type(kind), ItemInput(revived=begun), id=workflow, task_queue=QUEUE
    )


async def started(temporal: Client, begun: Revival) -> str:
    """Start a new run past the API; with which code it fails."""
    handle = await begin(temporal, begun)
    with pytest.raises(WorkflowFailureError) as caught:
        await handle.result()
    assert (await handle.describe()).status is WorkflowExecutionStatus.FAILED
    cause: BaseException | None = caught.value.cause
    cause = cause.cause if isinstance(cause, ActivityError) else cause
    assert isinstance(cause, ApplicationError)
    return str(cause.type)


async def test_reaching_the_port_of_temporal_is_not_enough(
    desk: People, temporal: Client, database: Database, seals: Seals
) -> None:
    item = await closed(desk)
    before = await trace(desk, item)
    last = await on_record(database, item)
    genuine = sealed(reopening(last), seals)
    facts = replace(last.facts, lead_unit="JTJ")
    forged = {
        "not sealed": reopening(last),
        "of another key": sealed(reopening(last), Seals("another")),
        "for another state": replace(genuine, item=replace(last, facts=facts)),
        "for another time": replace(genuine, at=genuine.at + timedelta(hours=1)),
        "with another body": replace(
            genuine, act=replace(genuine.act, body=AGAIN | {"reason": "另一原因。"})
        ),
        "as another act": replace(genuine, name="archive", act=replace(genuine.act, body={})),
    }
    for what, begun in forged.items():
        assert await started(temporal, begun) == "unsigned_command", what
    no_such = replace(genuine, name="remind")
    assert await started(temporal, no_such) == "unsigned_command"
    open_still = replace(genuine, item=replace(last, status=Status.IN_PROGRESS))
    assert await started(temporal, open_still) == "not_closed"
    assert await trace(desk, item) == before
    assert (await desk.act("office", item, "reopening", **AGAIN))["rounds"] == 2


async def test_a_run_that_begins_from_what_has_passed_records_nothing(
    desk: People, temporal: Client, database: Database, seals: Seals
) -> None:
    item = await closed(desk)
    stale = sealed(reopening(await on_record(database, item)), seals)
    await desk.act("office", item, "archive")
    before = await trace(desk, item)
    assert await started(temporal, stale) == "revived_meanwhile"
    assert await trace(desk, item) == before


async def test_a_crash_between_the_start_and_the_record_loses_nothing(
    desk: People, temporal: Client, database: Database, seals: Seals
) -> None:
    """All that the API does before it waits is one durable write: whoever makes it may die."""
    item = await closed(desk)
    await begin(temporal, sealed(reopening(await on_record(database, item)), seals))
    row = await desk.until(item, lambda row: row["rounds"] == 2)
    assert (row["status"], row["seq"]) == ("in_progress", item["seq"] + 1)
    assert (await desk.act("zjj", item, "feedback", text="进展。"))["seq"] == item["seq"] + 2
