"""Acts as updates: accepted ones count once, refused ones leave no trace, unproven ones none
either."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from temporalio.client import WorkflowUpdateFailedError

from domain.acts import IssueTerms
from domain.calendar import WorkingCalendar
from domain.items import Actor, Json
from domain.policy import Policy
from domain.seal import SealedAct, Seals, body_hash
from tests.workflows.house import CHIEF, DEPUTY, OFFICE, UNIT, House, Life, directive, ordinary, raw

REMIND: Json = {"form": "phone", "to": "李强", "said": "请抓紧"}
ANSWER = {"outcome": "resolved", "opinion": "同意"}
TOO_MANY = ["a" * 50] * 2001


async def length(life: Life) -> int:
    """How many events there are."""
    return len(await life.events())


async def test_an_accepted_act_answers_the_seq_that_covers_it(house: House) -> None:
    life = await house.issue()
    answer = await life.act(UNIT, "receive", comment="收到")
    assert answer.seq == 2
    assert answer.body_hash == body_hash([{"comment": "收到"}, None])
    row = await life.on_record()
    assert (row.seq, row.status) == (2, "in_progress")


@pytest.mark.parametrize(
    ("who", "act", "body", "code"),
    [
        (UNIT, "submit_feedback", {"text": "完成", "final": True}, "not_received"),
        (OFFICE, "review", {"accepted": True, "comment": "好"}, "sign_off_required"),
        (UNIT, "submit_plan", {"text": "方案"}, "not_received"),
        (OFFICE, "receive", {}, "not_your_role"),
        (replace(UNIT, unit="JTJ"), "receive", {}, "not_your_unit"),
        (OFFICE, "resume_item", {"reason": "好"}, "not_suspended"),
        (CHIEF, "answer_coordination", ANSWER, "no_coordination_pending"),
        (UNIT, "receive", {"comment": 5}, "invalid_field"),
        (UNIT, "receive", {"remark": "多余"}, "unknown_field"),
        (UNIT, "explain_delay", {"reason": "难"}, "missing_field"),
        (UNIT, "receive", {"comment": "x\u0000"}, "control_character"),
        (UNIT, "explain_delay", {"reason": "长" * 20_001, "next_step": "好"}, "text_too_long"),
        (UNIT, "submit_feedback", {"text": "好", "attachments": TOO_MANY}, "body_too_large"),
        (OFFICE, "close_item", {}, "unknown_act"),
        (UNIT, "apply_calendar", {}, "not_your_role"),
        (OFFICE, "apply_calendar", {"year": {}}, "missing_field"),
    ],
)
async def test_what_the_rules_refuse_leaves_no_trace(
    house: House, who: Actor, act: str, body: Json, code: str
) -> None:
    life = await house.issue()
    before = await length(life)
    assert await life.refused(who, act, **body) == code
    assert await length(life) == before
    assert (await life.on_record()).seq == 1


async def test_a_refused_act_leaves_no_trace_after_the_worker_was_restarted(house: House) -> None:
    life = await house.issue()
    before = await length(life)
    await house.restart_worker()
    assert await life.refused(DEPUTY, "sign_off", approved=True, comment="好") == "not_received"
    assert await life.refused(DEPUTY, "sign_off", approved=True, comment="好") == "not_received"
    assert await length(life) == before


async def test_a_refused_request_may_be_made_again(house: House) -> None:
    life = await house.issue()
    early = life.sealed(UNIT, "submit_feedback", {"text": "完成", "final": True})
    assert await life.refusal("submit_feedback", early, early.request_id) == "not_received"
    await life.act(UNIT, "receive")
    assert (await life.send("submit_feedback", early, early.request_id)).seq == 3


def _unsealed(life: Life) -> Json:
    return {"text": "完成", "final": True}


def _unsealed_claim(life: Life) -> SealedAct:
    return replace(life.sealed(UNIT, "receive", {}), seal="")


def _other_key(life: Life) -> SealedAct:
    act = SealedAct(body={}, actor=UNIT, request_id="1")
    return Seals("another key").sealed(act, life.id, "receive")


def _other_actor(life: Life) -> SealedAct:
    return replace(life.sealed(OFFICE, "receive", {}), actor=UNIT)


def _promoted_actor(life: Life) -> SealedAct:
    return replace(life.sealed(UNIT, "receive", {}), actor=replace(UNIT, verified=False))


def _other_item(life: Life) -> SealedAct:
    other = Life(house=life.house, id="other", handle=life.handle)
    return other.sealed(UNIT, "receive", {})


def _other_act(life: Life) -> SealedAct:
    return life.sealed(UNIT, "submit_plan", {})


def _other_body(life: Life) -> SealedAct:
    return replace(life.sealed(UNIT, "receive", {"comment": "收到"}), body={"comment": "拒收"})


def _other_request(life: Life) -> SealedAct:
    return replace(life.sealed(UNIT, "receive", {}), request_id="another")


def _other_target(life: Life) -> SealedAct:
    return replace(life.sealed(UNIT, "receive", {}), target_seq=1)


def _other_unit_name(life: Life) -> SealedAct:
    return replace(life.sealed(UNIT, "receive", {}), unit_name="冒名单位")


def _other_terms(life: Life) -> SealedAct:
    terms = IssueTerms(calendar=WorkingCalendar(), policy=Policy())
    return replace(life.sealed(UNIT, "receive", {}), terms=terms)


def _unreadable(life: Life) -> object:
    return raw(b"{not json")


@pytest.mark.parametrize(
    "forged",
    [
        _unsealed,
        _unsealed_claim,
        _other_key,
        _other_actor,
        _promoted_actor,
        _other_item,
        _other_act,
        _other_body,
        _other_request,
        _other_target,
        _other_unit_name,
        _other_terms,
        _unreadable,
    ],
)
async def test_what_the_api_did_not_seal_is_refused_without_a_trace(
    house: House, forged: Callable[[Life], object]
) -> None:
    life = await house.issue()
    before = await length(life)
    assert await life.refusal("receive", forged(life)) == "unsigned_command"
    assert await length(life) == before
    assert (await life.state()).status == "issued"


async def test_an_update_with_nothing_or_too_much_in_it_is_refused(house: House) -> None:
    life = await house.issue()
    handle = house.client.get_workflow_handle(life.handle.id)
    sealed = life.sealed(UNIT, "receive", {})
    messages: list[list[Any]] = [[], [None], [sealed, sealed], ["receive"], [[sealed]]]
    for args in messages:
        with pytest.raises(WorkflowUpdateFailedError):
            await handle.execute_update("receive", args=args)
    assert (await life.state()).seq == 1


async def test_the_same_request_twice_has_one_effect_and_equal_answers(house: House) -> None:
    life = await house.issue()
    sealed = life.sealed(OFFICE, "remind", REMIND)
    first = await life.send("remind", sealed, sealed.request_id)
    again = await life.send("remind", sealed, sealed.request_id)
    elsewhere = await life.send("remind", sealed, "another update id")
    assert first == again == elsewhere
    await life.on_record()
    assert life.acts() == ["issue", "remind"]


async def test_the_same_request_with_another_body_is_a_conflict(house: House) -> None:
    life = await house.issue()
    await life.send("remind", life.sealed(OFFICE, "remind", REMIND, request_id="one key"))
    other = life.sealed(OFFICE, "remind", REMIND | {"said": "另一句话"}, request_id="one key")
    await life.on_record()
    before = await length(life)
    assert await life.refusal("remind", other) == "idempotency_conflict"
    assert await length(life) == before


async def test_the_same_update_id_with_another_body_tells_by_its_hash(house: House) -> None:
    life = await house.issue()
    first = life.sealed(OFFICE, "remind", REMIND, request_id="one key")
    other = life.sealed(OFFICE, "remind", REMIND | {"said": "另一句话"}, request_id="one key")
    await life.send("remind", first, "one key")
    answer = await life.send("remind", other, "one key")
    assert answer.body_hash == body_hash([REMIND, None]) != body_hash([other.body, None])
    assert (await life.on_record()).seq == 2


async def test_five_acts_at_once_each_count_once(house: House) -> None:
    life = await house.issue()
    said = [f"第{n}句" for n in range(5)]
    acts = (life.act(OFFICE, "remind", form="phone", to="李强", said=words) for words in said)
    answers = await asyncio.gather(*acts)
    assert sorted(answer.seq for answer in answers) == [2, 3, 4, 5, 6]
    await life.on_record()
    recorded = {entry.body["said"] for entry in life.timeline()[1:]}
    assert recorded == set(said)
    assert [entry.seq for entry in life.timeline()] == [1, 2, 3, 4, 5, 6]


async def test_of_five_equal_acts_at_once_the_rules_let_one_pass(house: House) -> None:
    life = await house.issue()

    async def receive() -> str:
        try:
            await life.act(UNIT, "receive")
        except WorkflowUpdateFailedError as error:
            return str(getattr(error.cause, "type", ""))
        return "done"

    answers = await asyncio.gather(*(receive() for _ in range(5)))
    assert sorted(answers) == ["already_received"] * 4 + ["done"]
    await life.on_record()
    assert life.acts() == ["issue", "receive"]


async def test_only_the_office_applies_a_calendar_and_once(house: House) -> None:
    life = await house.issue(directive())
    year = (await life.state()).issued_at.year
    body: Json = {
        "year": {
            "year": year,
            "notice": "国办发明电〔2029〕9号",
            "rest_days": [],
            "work_days": [],
            "edition": 2,
        }
    }
    assert await life.refused(UNIT, "apply_calendar", **body) == "not_your_role"
    assert (await life.act(OFFICE, "apply_calendar", **body)).seq == 2
    assert await life.refused(OFFICE, "apply_calendar", **body) == "calendar_not_applicable"
    await life.on_record()
    assert life.acts() == ["issue", "apply_calendar"]


async def test_an_update_before_the_first_task_finds_the_item_opened(unopened: House) -> None:
    life = await unopened.begin(unopened.issue_of(ordinary()))
    sealed = life.sealed(UNIT, "receive", {})
    waiting = asyncio.create_task(life.send("receive", sealed, sealed.request_id))
    async with unopened:
        assert (await waiting).seq == 2
        await life.on_record()
        assert life.acts() == ["issue", "receive"]
