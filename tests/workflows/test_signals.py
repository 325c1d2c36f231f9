"""Messages from the Temporal UI and CLI: done and marked unverified, or refused on the timeline;
never lost, and never the end of the workflow."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from temporalio.client import WorkflowExecutionStatus

from domain.items import Json, Outcome, Status
from domain.records import Entry
from tests.workflows.house import DEPUTY, OFFICE, UNIT, House, Life, raw
from workflows.gate import MOST_UNVERIFIED

REMIND: Json = {"form": "phone", "to": "李强", "said": "请抓紧"}


@pytest_asyncio.fixture
async def life(house: House) -> AsyncIterator[Life]:
    """An item that is still alive and takes an act when the test is over."""
    life = await house.issue()
    yield life
    described = await life.described()
    assert described.status is WorkflowExecutionStatus.RUNNING
    seq = (await life.state()).seq
    assert (await life.act(OFFICE, "remind", **REMIND)).seq == seq + 1


async def last_entry(life: Life) -> Entry:
    """The newest line of the timeline, once there."""
    await life.on_record()
    return life.timeline()[-1]


async def test_a_signal_is_done_and_marked_unverified(life: Life) -> None:
    await life.signal("receive", {"comment": "电话告知已收到"})
    entry = await last_entry(life)
    assert (entry.act, entry.outcome, entry.unverified) == ("receive", "done", True)
    assert entry.status == "in_progress"
    assert "经运维界面录入，未核实" in entry.summary
    assert entry.actor is not None
    assert (entry.actor.username, entry.actor.verified) == ("", False)
    assert ("office",) in [notice.audience for notice in entry.notices]
    assert (await life.state()).unverified == (2,)
    assert "**待核实操作**：1 项" in await life.details()


async def test_a_signal_without_any_argument_is_an_empty_body(life: Life) -> None:
    await life.signal("receive")
    assert (await last_entry(life)).outcome == "done"


@pytest.mark.parametrize(
    ("name", "args", "code"),
    [
        ("submit_feedback", [{"text": "完成", "final": True}], "not_received"),
        ("review", [{"accepted": True, "comment": "好"}], "sign_off_required"),
        ("receive", [{"remark": "多余的字段"}], "unknown_field"),
        ("explain_delay", [{"reason": "难"}], "missing_field"),
        ("explain_delay", [{"reason": " ", "next_step": "好"}], "blank_text"),
        ("explain_delay", [{"reason": "长" * 20_001, "next_step": "好"}], "text_too_long"),
        ("submit_feedback", [{"text": "好", "attachments": ["长" * 100] * 2000}], "body_too_large"),
        ("remind", [{"form": "shout", "to": "李强", "said": "催"}], "invalid_field"),
        ("receive", [{"comment": "铃\u0007"}], "control_character"),
        ("receive", ["收到"], "unreadable_body"),
        ("receive", [[{}]], "unreadable_body"),
        ("receive", [{}, {}], "unreadable_body"),
        ("receive", [{}, "b", 3], "unreadable_body"),
        ("receive", [raw(b"{not json")], "unreadable_body"),
        ("receive", [raw(b"\xff\xfe", b"binary/plain")], "unreadable_body"),
        ("receive", [raw(b"[" * 5000)], "unreadable_body"),
        ("receive", [raw(b"{}", b"of/another/planet")], "unreadable_body"),
        ("close_it_please", [{}], "unknown_act"),
        ("签收", [], "unknown_act"),
        ("receive\u0000\n", [{}], "unknown_act"),
        ("x" * 900, [{}], "unknown_act"),
        ("apply_calendar", [{"year": {}}], "unknown_act"),
        ("change_edition", [{}], "unknown_act"),
        ("__temporal_signal", [{}], "unknown_act"),
        ("confirm_act", [{"comment": "好"}], "needs_verified_actor"),
        ("annul_act", [{"comment": "好"}], "needs_verified_actor"),
        ("terminate_item", [{"reason": "算了"}], "needs_verified_actor"),
    ],
)
async def test_what_cannot_be_done_is_a_refused_entry(
    life: Life, name: str, args: list[Any], code: str
) -> None:
    before = await life.state()
    await life.signal(name, *args)
    entry = await last_entry(life)
    assert (entry.outcome, entry.body["code"]) == ("refused", code)
    assert entry.summary.startswith("经运维界面录入的操作未予受理")
    assert len(entry.act) <= 60
    assert not any(ord(letter) < 32 for letter in entry.act + entry.title + entry.summary)
    assert len(str(entry.body["received"])) <= 520
    assert ("office",) in [notice.audience for notice in entry.notices]
    after = await life.state()
    assert (after.seq, after.status, after.clocks) == (2, before.status, before.clocks)
    assert after.unverified == ()


async def test_signals_and_their_refusals_keep_their_order(life: Life) -> None:
    for name in ("receive", "receive", "nonsense"):
        await life.signal(name, {})
    await last_entry(life)
    assert [(entry.act, entry.outcome) for entry in life.timeline()[1:]] == [
        ("receive", "done"),
        ("receive", "refused"),
        ("nonsense", "refused"),
    ]


async def test_signals_sent_while_no_worker_ran_are_taken_up_in_order(life: Life) -> None:
    await life.house.stop_worker()
    await life.signal("receive", {})
    await life.signal("submit_feedback", {"text": "进展顺利"})
    await life.house.start_worker()
    await last_entry(life)
    assert life.acts() == ["issue", "receive", "submit_feedback"]


async def test_an_unverified_act_blocks_closing_until_it_is_confirmed(life: Life) -> None:
    await life.signal("receive", {})
    await last_entry(life)
    await life.act(UNIT, "submit_feedback", text="完成", final=True)
    await life.act(DEPUTY, "sign_off", approved=True, comment="好")
    accepted: Json = {"accepted": True, "comment": "属实"}
    assert await life.refused(OFFICE, "review", **accepted) == "unverified_act"
    assert await life.refused(UNIT, "confirm_act", target_seq=2, comment="是我") == "not_your_role"
    assert await life.refused(OFFICE, "confirm_act", target_seq=1, comment="好") == "no_such_act"
    await life.act(OFFICE, "confirm_act", target_seq=2, comment="已电话核实")
    assert (await life.on_record()).unverified == ()
    assert life.timeline()[-1].settles == 2
    await life.act(OFFICE, "suspend_item", reason="且慢")  # leaves it running for the fixture
    await life.act(OFFICE, "resume_item", reason="继续")


async def test_an_annulled_act_is_put_back(life: Life) -> None:
    alarm = (await life.state()).next_alarm
    await life.signal("receive", {})
    assert (await last_entry(life)).status == "in_progress"
    await life.act(OFFICE, "annul_act", target_seq=2, comment="并未签收")
    row = await life.on_record()
    assert (row.status, row.unverified, row.next_alarm) == ("issued", (), alarm)


async def test_a_signal_never_closes_an_item(life: Life) -> None:
    await life.act(UNIT, "receive")
    await life.act(UNIT, "submit_feedback", text="完成", final=True)
    await life.act(DEPUTY, "sign_off", approved=True, comment="好")
    await life.signal("review", {"accepted": True, "comment": "属实"})
    entry = await last_entry(life)
    assert (entry.outcome, entry.body["code"]) == ("refused", "needs_verified_actor")
    assert (await life.state()).status == "awaiting_review"


async def test_only_so_many_acts_may_wait_for_confirmation(life: Life) -> None:
    for _ in range(MOST_UNVERIFIED + 2):
        await life.signal("remind", REMIND)
    entry = await last_entry(life)
    assert (entry.outcome, entry.body["code"]) == ("refused", "unverified_act")
    assert len((await life.state()).unverified) == MOST_UNVERIFIED


async def test_signals_are_refused_where_the_setting_is_off(unopened: House) -> None:
    unopened.operator_signals = False
    async with unopened as house:
        life = await house.issue()
        await life.signal("receive", {})
        entry = await last_entry(life)
        assert (entry.outcome, entry.body["code"]) == ("refused", "operator_signals_off")
        assert (await life.state()).status == "issued"


async def test_a_message_nobody_foresaw_does_not_stop_the_item(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overflow(*_: object) -> None:
        raise OverflowError("date value out of range")

    with monkeypatch.context() as patch:
        patch.setattr("workflows.gate.decide", overflow)
        await life.signal("receive", {})
        entry = await last_entry(life)
    assert (entry.outcome, entry.body["code"]) == ("refused", "unreadable_body")
    assert (await life.ring()).seq == 3


async def test_parts_do_not_follow_what_was_refused_of_the_whole(house: House) -> None:
    """Nobody ends the parts of an item from the Temporal UI by asking for what it refuses."""
    life = await house.issue()
    await life.split("道路开挖协调")
    part = await life.part("part-1")
    await life.signal("terminate_item", {"reason": "误触"})
    row = await life.on_record()
    assert (row.status, life.timeline()[-1].outcome) == (Status.ISSUED, Outcome.REFUSED)
    assert (await part.on_record()).status is Status.ISSUED
    assert part.acts() == ["issue"]
