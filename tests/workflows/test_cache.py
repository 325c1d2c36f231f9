"""What a worker remembers is no part of an item: forgetting between any two tasks, or being
replaced, changes nothing."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.workflows.house import DEPUTY, OFFICE, UNIT, House, Life, directive, ordinary

ITEMS = 4


@pytest_asyncio.fixture(params=[0, 2, 1000], ids=lambda most: f"remembers-{most}")
async def forgetful(unopened: House, request: pytest.FixtureRequest) -> AsyncIterator[House]:
    """A house whose worker keeps only so many items in memory."""
    unopened.worker_options = {"max_cached_workflows": request.param}
    async with unopened as house:
        yield house


async def lived(life: Life) -> list[tuple[int, str, str, str, str]]:
    """One whole life; what is on record of it, without times."""
    await life.act(UNIT, "receive")
    await life.signal("remind", {"form": "phone", "to": "李强", "said": "请抓紧"})
    await life.signal("nonsense", 5)
    await life.on_record()
    await life.act(OFFICE, "confirm_act", target_seq=3, comment="属实")
    assert await life.refused(UNIT, "receive") == "already_received"
    await life.act(OFFICE, "suspend_item", reason="等图纸")
    await life.act(OFFICE, "resume_item", reason="图纸已到")
    await life.ring()
    await life.act(UNIT, "submit_feedback", text="完成", final=True)
    await life.act(DEPUTY, "sign_off", approved=True, comment="好")
    await life.act(OFFICE, "review", accepted=True, comment="属实")
    assert await life.ended() == "closed"
    return [
        (entry.seq, entry.act, entry.outcome.value, entry.status.value, entry.title)
        for entry in life.timeline()
    ]


async def test_items_live_alike_however_much_their_worker_forgets(forgetful: House) -> None:
    lives = [await forgetful.issue(ordinary(), most_events=40) for _ in range(ITEMS)]
    told = await asyncio.gather(*(lived(life) for life in lives))
    assert all(one == told[0] for one in told)
    assert [(act, outcome) for _, act, outcome, _, _ in told[0]] == [
        ("issue", "done"),
        ("receive", "done"),
        ("remind", "done"),
        ("nonsense", "refused"),
        ("confirm_act", "done"),
        ("suspend_item", "done"),
        ("resume_item", "done"),
        ("remind_3", "done"),
        ("submit_feedback", "done"),
        ("sign_off", "done"),
        ("review", "done"),
    ]


async def test_an_item_survives_a_new_worker_between_any_two_acts(house: House) -> None:
    life = await house.issue(directive())
    for who, act, body in (
        (UNIT, "receive", {}),
        (UNIT, "submit_plan", {"text": "分三步"}),
        (UNIT, "submit_feedback", {"text": "完成", "final": True}),
        (DEPUTY, "sign_off", {"approved": True, "comment": "好"}),
    ):
        await house.restart_worker()
        await life.act(who, act, **body)
    await house.restart_worker()
    await life.on_record()
    assert life.acts() == ["issue", "receive", "submit_plan", "submit_feedback", "sign_off"]
