"""What an act and a life cost in events of history (design §5), measured on the real server.

What moving virtual time adds to a history is left out; real time adds nothing.
"""

import asyncio
from collections import Counter
from datetime import timedelta

from domain.items import Actor, Json
from tests.workflows.house import (
    CHIEF,
    DEPUTY,
    OFFICE,
    UNIT,
    House,
    Life,
    directive,
    name_of,
)

ACT, STILL_ACT, ORDINARY, REFUSED = 14, 11, 66, 0
# The goal of design §5 is 140. Every rung that rings costs 11, and cannot cost less while its
# record is a regular activity: seven of them, the start and six acts come to the figure below,
# which is kept from growing.
LADDER = 163

REMIND: Json = {"form": "phone", "to": "李强", "said": "请抓紧"}
ASK: Json = {"problem": "难", "tried": "试过", "asked": "请协调"}
ANSWER: Json = {"outcome": "unresolved", "opinion": "请区长定"}


Step = tuple[Actor, str, Json]


async def cost(life: Life, before: int) -> int:
    """How many events there are since ``before``."""
    await life.quiet()
    return len(await life.events()) - before


async def test_no_act_costs_more_than_its_goal(house: House) -> None:
    life = await house.issue(directive())
    soon = ((await life.state()).as_of + timedelta(days=20)).date().isoformat()
    walk: list[Step] = [
        (UNIT, "receive", {}),
        (UNIT, "submit_plan", {"text": "分三步"}),
        (UNIT, "submit_feedback", {"text": "进展顺利"}),
        (OFFICE, "remind", REMIND),
        (UNIT, "request_extension", {"reason": "材料未齐", "new_due_on": soon}),
        (DEPUTY, "advise_extension", {"supports": True, "comment": "同意"}),
        (CHIEF, "decide_extension", {"approved": True, "comment": "同意"}),
        (UNIT, "request_coordination", ASK | {"major": True}),
        (DEPUTY, "answer_coordination", ANSWER),
        (UNIT, "request_coordination", ASK | {"level": "chief"}),
        (CHIEF, "answer_coordination", {"outcome": "resolved", "opinion": "按新方案办"}),
        (CHIEF, "suspend_item", {"reason": "等图纸"}),
        (CHIEF, "resume_item", {"reason": "图纸已到"}),
        (UNIT, "explain_delay", {"reason": "难", "next_step": "加班"}),
        (UNIT, "submit_feedback", {"text": "完成", "final": True}),
        (DEPUTY, "sign_off", {"approved": False, "comment": "请补充"}),
        (UNIT, "submit_feedback", {"text": "完成", "final": True}),
        (DEPUTY, "sign_off", {"approved": True, "comment": "同意"}),
        (OFFICE, "review", {"accepted": False, "comment": "佐证不足"}),
        (UNIT, "submit_feedback", {"text": "完成", "final": True}),
        (DEPUTY, "sign_off", {"approved": True, "comment": "同意"}),
        (OFFICE, "review", {"accepted": True, "comment": "属实"}),
    ]
    dear = []
    for who, act, body in walk:
        before, shown = len(await life.events()), await life.shown()
        await life.act(who, act, **body)
        spent = await cost(life, before)
        moved = Counter(name_of(event) for event in (await life.events())[before:])
        still = await life.shown() == shown and not moved["TIMER_STARTED"] + moved["TIMER_CANCELED"]
        if spent > (STILL_ACT if still else ACT):
            dear.append((act, spent, moved))
    assert dear == []


async def test_a_refused_act_costs_nothing(house: House) -> None:
    life = await house.issue()
    before = len(await life.events())
    for _ in range(3):
        await life.refused(OFFICE, "review", accepted=True, comment="好")
    assert await cost(life, before) == REFUSED


async def test_an_ordinary_item_costs_no_more_than_its_goal(house: House) -> None:
    life = await house.issue()
    walk: list[Step] = [
        (UNIT, "receive", {}),
        (UNIT, "submit_feedback", {"text": "完成", "final": True}),
        (DEPUTY, "sign_off", {"approved": True, "comment": "同意"}),
        (OFFICE, "review", {"accepted": True, "comment": "属实"}),
    ]
    for who, act, body in walk:
        await life.act(who, act, **body)
        await life.quiet()
    await life.ended()
    assert len(await life.events()) <= ORDINARY


async def test_what_a_directive_costs_that_goes_through_the_whole_ladder(house: House) -> None:
    life = await house.issue(directive())
    await life.act(UNIT, "receive")
    plan = next(c for c in (await life.state()).clocks if c.key == "plan")
    await life.forward_to(plan.lapses_at)
    await life.act(UNIT, "submit_plan", text="分三步")
    while not (await life.state()).lapsed:
        await life.ring()
    await life.act(UNIT, "explain_delay", reason="难", next_step="加班")
    while (await life.state()).escalation != "chief":
        await life.ring()
    await life.act(UNIT, "submit_feedback", text="完成", final=True)
    await life.on_record()
    await life.act(DEPUTY, "sign_off", approved=True, comment="同意")
    await life.on_record()
    await life.act(OFFICE, "review", accepted=True, comment="属实")
    await life.ended()
    events = Counter(name_of(event) for event in await life.events())
    rungs, acts = events["TIMER_FIRED"], events["WORKFLOW_EXECUTION_UPDATE_ACCEPTED"]
    assert (rungs, acts) == (7, 6)
    assert events.total() <= LADDER
    # What a ladder costs at least with one regular activity for each thing that happens.
    assert events["ACTIVITY_TASK_SCHEDULED"] == rungs + acts + 1


async def test_five_acts_at_once_share_their_record(house: House) -> None:
    life = await house.issue()
    before = len(await life.events())
    await asyncio.gather(*(life.act(OFFICE, "remind", **REMIND) for _ in range(5)))
    assert await cost(life, before) <= 5 * STILL_ACT
    assert len(life.timeline()) == 6
    assert len(house.store.projections) < 7
