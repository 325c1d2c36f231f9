"""The same request again, however often and however close together, does its work once."""

import asyncio
import random
import uuid
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
import pytest
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from domain.acts import ACTS
from domain.items import Actor, Role
from domain.seal import SealedAct, Seals
from embedded import Stack
from tests.people import Json, People, dated, days_ahead, directive, ordinary
from workflows.ids import item_id_for, update_id_for, workflow_id
from workflows.messages import ActResult


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One act as it is sent, and sent again."""

    who: str
    route: str
    body: Json
    key: str = field(default_factory=lambda: str(uuid.uuid4()))

    async def to(self, desk: People, item: Json) -> httpx.Response:
        """Send it."""
        return await desk.post(self.who, f"/items/{item['id']}/{self.route}", self.body, self.key)


def a_whole_life() -> list[Sent]:
    """Acts of every sort that one item can take, in their order."""
    comment = {"comment": "好"}
    asked = {"problem": "难", "tried": "试过", "asked": "请协调", "major": True}
    return [
        Sent(who="zjj", route="receipt", body={}),
        Sent(who="zjj", route="plan", body={"text": "三步"}),
        Sent(who="zjj", route="feedback", body={"text": "进展"}),
        Sent(who="office", route="reminders", body={"form": "phone", "to": "李强", "said": "催"}),
        Sent(who="zjj", route="coordination", body=asked),
        Sent(
            who="deputy",
            route="coordination/answer",
            body={"outcome": "unresolved", "opinion": "难"},
        ),
        Sent(who="zjj", route="coordination", body={**asked, "level": "chief"}),
        Sent(
            who="chief",
            route="coordination/answer",
            body={"outcome": "resolved", "opinion": "办", "new_due_on": days_ahead(50)},
        ),
        Sent(who="zjj", route="delay-explanation", body={"reason": "难", "next_step": "赶"}),
        Sent(who="zjj", route="extension", body={"reason": "难", "new_due_on": days_ahead(90)}),
        Sent(who="deputy", route="extension/opinion", body={"supports": True, **comment}),
        Sent(who="chief", route="extension/decision", body={"approved": True, **comment}),
        Sent(who="chief", route="suspension", body={"reason": "等"}),
        Sent(who="chief", route="resumption", body={"reason": "续"}),
        Sent(who="zjj", route="feedback", body={"text": "完成", "final": True}),
        Sent(who="deputy", route="sign-off", body={"approved": False, **comment}),
        Sent(who="zjj", route="feedback", body={"text": "确已完成", "final": True}),
        Sent(who="deputy", route="sign-off", body={"approved": True, **comment}),
        Sent(who="office", route="review", body={"accepted": True, **comment}),
    ]


async def test_twenty_creates_with_one_key_make_one_item(desk: People, temporal: Client) -> None:
    key, title = str(uuid.uuid4()), f"老旧小区改造 {uuid.uuid4().hex}"
    body = ordinary(title=title)
    answers = await asyncio.gather(*(desk.post("office", "/items", body, key) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {201}
    items = [answer.json() for answer in answers]
    for item in items:
        item.pop("time_ledger")  # it runs on
    assert all(item == items[0] for item in items)
    item_id = items[0]["id"]
    assert {answer.headers["location"] for answer in answers} == {f"/api/v1/items/{item_id}"}

    rows = (await desk.get("office", "/items", q=title.split()[1])).json()["items"]
    assert [row["id"] for row in rows] == [item_id]
    runs = [run async for run in temporal.list_workflows(f'WorkflowId = "item-{item_id}"')]
    assert len(runs) == 1
    assert len(await desk.timeline(items[0])) == 1
    assert [notice["rung"] for notice in await desk.inbox("zjj", items[0])] == ["issue"]


async def test_a_create_sent_again_answers_the_item_as_it_now_is(desk: People) -> None:
    key, body = str(uuid.uuid4()), ordinary(lead_unit="区住房和城乡建设局")
    item = (await desk.post("office", "/items", body, key)).json()
    await desk.act("zjj", item, "receipt")
    again = await desk.post("office", "/items", dict(reversed(body.items())), key)
    assert again.status_code == 201
    assert (again.json()["id"], again.json()["status"]) == (item["id"], "in_progress")
    assert item["id"] == item_id_for("office", key)


async def test_a_create_sent_again_is_known_whatever_has_changed_since(desk: People) -> None:
    """The unit that was named has another name by now."""
    code, key = f"U-{uuid.uuid4().hex[:8]}", str(uuid.uuid4())
    await desk.put("office", f"/units/{code}", {"name": f"原名 {code}"})
    body = ordinary(lead_unit=f"原名 {code}")
    item = (await desk.post("office", "/items", body, key)).json()
    await desk.put("office", f"/units/{code}", {"name": f"新名 {code}"})
    assert (await desk.post("office", "/items", body)).status_code == 422
    again = await desk.post("office", "/items", body, key)
    assert (again.status_code, again.json()["id"]) == (201, item["id"])


@pytest.mark.parametrize("changed", [{"title": "另一事项"}, {"lead_unit": "JTJ"}, {"public": True}])
async def test_a_key_used_for_another_item_is_refused(desk: People, changed: Json) -> None:
    key = str(uuid.uuid4())
    item = (await desk.post("office", "/items", ordinary(), key)).json()
    answer = await desk.post("office", "/items", ordinary(**changed), key)
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_conflict")
    assert (await desk.read(item))["title"] == item["title"]


async def test_a_key_used_for_another_act_is_refused(desk: People) -> None:
    item = await desk.issue()
    await desk.act("zjj", item, "receipt")
    key = str(uuid.uuid4())
    path = f"/items/{item['id']}/feedback"
    assert (await desk.post("zjj", path, {"text": "进展一"}, key)).status_code == 200
    answer = await desk.post("zjj", path, {"text": "进展二"}, key)
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_conflict")
    assert [entry["act"] for entry in await desk.timeline(item)].count("submit_feedback") == 1


async def test_twenty_acts_with_one_key_and_two_bodies_make_one_act(desk: People) -> None:
    item = await desk.issue()
    await desk.act("zjj", item, "receipt")
    key, path = str(uuid.uuid4()), f"/items/{item['id']}/feedback"
    bodies = [{"text": "进展一"}, {"text": "进展二"}] * 10
    answers = await asyncio.gather(*(desk.post("zjj", path, body, key) for body in bodies))
    done = [answer for answer in answers if answer.status_code == 200]
    refused = [answer.json()["code"] for answer in answers if answer.status_code == 409]
    assert (len(done), refused) == (10, ["idempotency_conflict"] * 10)
    assert len(await desk.timeline(item)) == 3


async def test_a_key_belongs_to_one_person_one_item_and_one_act(desk: People) -> None:
    key = str(uuid.uuid4())
    first, second = await desk.issue(directive()), await desk.issue(directive())
    for item in (first, second):
        for route in ("receipt", "feedback"):
            body = {"text": "进展"} if route == "feedback" else {}
            answer = await desk.post("zjj", f"/items/{item['id']}/{route}", body, key)
            assert answer.status_code == 200
        assert len(await desk.timeline(item)) == 3


async def test_a_refused_act_does_not_use_up_its_key(desk: People) -> None:
    item = await desk.issue()
    early = Sent(who="zjj", route="feedback", body={"text": "进展"})
    assert (await early.to(desk, item)).status_code == 409
    await desk.act("zjj", item, "receipt")
    assert (await early.to(desk, item)).status_code == 200


async def test_a_crowd_at_one_item_is_served_or_asked_to_come_again(desk: People) -> None:
    item = await desk.issue()
    crowd = [
        Sent(who="office", route="reminders", body={"form": "phone", "to": "李强", "said": str(n)})
        for n in range(25)
    ]
    waiting = crowd
    while waiting:
        answers = await asyncio.gather(*(act.to(desk, item) for act in waiting))
        again = []
        for act, answer in zip(waiting, answers, strict=True):
            if answer.status_code != 200:
                assert (answer.status_code, answer.json()["code"]) == (429, "busy")
                assert answer.headers["retry-after"].isdigit()
                again.append(act)
        waiting = again
    said = [entry["body"]["said"] for entry in (await desk.timeline(item))[1:]]
    assert sorted(said) == sorted(act.body["said"] for act in crowd)


async def test_a_whole_life_repeated_and_shuffled_happens_once(desk: People) -> None:
    chance = random.Random(20)
    item = await desk.issue(dated(kind="directive", plan_due_on=days_ahead(9)))
    done: list[Sent] = []
    for act in a_whole_life():
        done.append(act)
        answers = await asyncio.gather(*(act.to(desk, item) for _ in range(3)))
        assert [answer.status_code for answer in answers] == [200, 200, 200], answers[0].text
        earlier = await asyncio.gather(*(sent.to(desk, item) for sent in chance.sample(done, 1)))
        assert {answer.status_code for answer in earlier} == {200}
    before = await desk.timeline(item)
    names = {spec.route: name for name, spec in ACTS.items()}
    assert [entry["act"] for entry in before] == ["issue", *(names[act.route] for act in done)]

    again = [act for act in done for _ in range(3)]
    chance.shuffle(again)
    answers = await asyncio.gather(*(act.to(desk, item) for act in again))
    assert {answer.status_code for answer in answers} == {200}
    assert {(a.json()["status"], a.json()["seq"]) for a in answers} == {("closed", len(before))}
    assert await desk.timeline(item) == before


async def test_a_repeated_request_is_known_after_the_workflow_was_carried_on(
    desk: People, temporal: Client, stack: Stack
) -> None:
    """By the record, and by the next run of the workflow itself."""
    item = await desk.issue(dated(due_on=days_ahead(120)))
    act = Sent(who="zjj", route="receipt", body={})
    assert (await act.to(desk, item)).status_code == 200
    handle = temporal.get_workflow_handle(workflow_id(item["id"]))
    first_run = (await handle.describe()).run_id
    await desk.forward(item, days=35)
    await desk.act("zjj", item, "feedback", text="进展")
    while (await handle.describe()).run_id == first_run:
        await asyncio.sleep(0.05)

    assert (await act.to(desk, item)).status_code == 200
    request_id = update_id_for("zjj", item["id"], "receipt", act.key)
    sealed = _sealed(stack, item, request_id, {})
    result = await handle.execute_update(
        "receive", sealed, id=request_id, result_type=ActResult, rpc_timeout=timedelta(seconds=30)
    )
    assert result.seq == 2
    other = _sealed(stack, item, request_id, {"comment": "另一内容"})
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await handle.execute_update("receive", other, id=f"{request_id}-other")
    assert isinstance(refused.value.cause, ApplicationError)
    assert refused.value.cause.type == "idempotency_conflict"
    acts = [entry["act"] for entry in await desk.timeline(item)]
    assert acts.count("receive") == 1


def _sealed(stack: Stack, item: Json, request_id: str, body: Json) -> SealedAct:
    """What the API would send to the workflow, had it lost the record."""
    actor = Actor(username="zjj", name="住建局 李强", role=Role.UNIT, unit="ZJJ")
    act = SealedAct(body=body, actor=actor, request_id=request_id)
    return Seals(stack.environment["DUBAN_SECRET_KEY"]).sealed(act, item["id"], "receive")
