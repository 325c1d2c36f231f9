"""Alarms: each rings once, at its own (virtual) time; one timer runs, none is left behind."""

from datetime import datetime, timedelta

from tests.workflows.house import (
    OFFICE,
    UNIT,
    House,
    Life,
    directive,
    name_of,
    ordinary,
    ten_in_the_morning,
)
from workflows import policies

WITHIN = timedelta(seconds=5)


async def all_alarms(life: Life) -> list[tuple[datetime, str]]:
    """Every alarm of an item of which nothing is done, in order, each let ring by itself."""
    rung = []
    while (state := await life.state()).next_alarm_at:
        assert state.next_alarm
        rung.append((state.next_alarm_at, state.next_alarm))
        await life.ring()
    return rung


def rung(life: Life) -> list[tuple[datetime, str]]:
    """What rang, as it is on record."""
    return [(entry.at, entry.title) for entry in life.timeline() if entry.actor is None]


async def test_every_alarm_rings_once_at_its_own_time(house: House) -> None:
    life = await house.issue()
    expected = await all_alarms(life)
    assert [title for _, title in rung(life)] == [title for _, title in expected]
    assert [title for _, title in expected] == [
        "签收到期",
        "办理结果到期提醒",
        "办理结果到期提醒",
        "办理结果到期提醒",
        "办理结果到期",
        "未办结说明到期",
        "办理结果逾期上报主要领导",
    ]
    for (told_at, _), (due_at, _) in zip(rung(life), expected, strict=True):
        assert due_at <= told_at < due_at + WITHIN
    assert not any(notice.late for entry in life.timeline() for notice in entry.notices)


async def test_many_alarms_crossed_in_one_go_ring_each_at_its_own_time(house: House) -> None:
    life = await house.issue(directive())
    await life.forward_to((await life.state()).as_of + timedelta(days=12))
    assert [title for _, title in rung(life)] == [
        "办理方案到期提醒",
        "办理方案到期",
        "签收到期",
        "办理意见或结果到期提醒",
        "办理意见或结果到期提醒",
        "办理意见或结果到期提醒",
        "办理意见或结果到期",
        "未办结说明到期",
        "办理意见或结果逾期上报主要领导",
    ]
    times = [entry.at for entry in life.timeline()]
    assert times == sorted(times)
    # Only what is due at the same midnight may share its wake-up.
    assert len(set(times)) == len(times) - 1


async def test_what_fell_due_while_no_worker_ran_rings_once_and_says_so(unopened: House) -> None:
    two_days_ago = ten_in_the_morning() - timedelta(days=2)
    issue = unopened.issue_of(directive(), now=two_days_ago)
    life = await unopened.begin(issue)
    async with unopened:
        await life.on_record()
        late = [entry for entry in life.timeline() if entry.actor is None]
        assert "办理方案到期" in [entry.title for entry in late]
        assert all(entry.body["late"] for entry in late)
        await unopened.restart_worker()
        await life.act(UNIT, "receive")
        await life.on_record()
    assert len([entry for entry in life.timeline() if entry.actor is None]) == len(late)


async def test_an_act_that_touches_no_alarm_leaves_the_timer_running(house: House) -> None:
    life = await house.issue()
    for n in range(3):
        await life.act(OFFICE, "remind", form="phone", to="李强", said=f"第{n + 1}次催办")
        await life.on_record()
    counted = await life.counted()
    assert counted["WORKFLOW_EXECUTION_UPDATE_ACCEPTED"] == 3
    assert (counted["TIMER_STARTED"], counted["TIMER_CANCELED"]) == (1, 0)


async def test_an_act_that_moves_the_alarm_replaces_the_timer(house: House) -> None:
    life = await house.issue()
    await life.act(UNIT, "receive")
    await life.on_record()
    counted = await life.counted()
    assert (counted["TIMER_STARTED"], counted["TIMER_CANCELED"]) == (2, 1)


async def test_closing_neither_cancels_nor_arms(house: House) -> None:
    life = await house.issue()
    await life.act(OFFICE, "terminate_item", reason="无需办理。")
    await life.ended()
    counted = await life.counted()
    assert (counted["TIMER_STARTED"], counted["TIMER_CANCELED"]) == (1, 0)


async def test_no_timer_is_leaked_however_often_the_alarm_moves(house: House) -> None:
    life = await house.issue()
    await life.act(UNIT, "receive")
    for _ in range(5):
        await life.act(OFFICE, "suspend_item", reason="等图纸")
        await life.act(OFFICE, "resume_item", reason="图纸已到")
    await life.ring()
    await life.act(OFFICE, "suspend_item", reason="等图纸")
    await life.act(OFFICE, "resume_item", reason="图纸已到")
    state = await life.on_record()
    counted = await life.counted()
    still_running = counted["TIMER_STARTED"] - counted["TIMER_CANCELED"] - counted["TIMER_FIRED"]
    assert state.next_alarm_at
    assert still_running == 1


async def test_a_timer_is_named_for_operators(house: House) -> None:
    life = await house.issue(directive())
    alarm = (await life.state()).next_alarm
    assert await life.timer_names() == [alarm]


async def test_an_item_that_sleeps_long_is_carried_on_and_still_rings(house: House) -> None:
    now = ten_in_the_morning()
    due_on = (now + timedelta(days=75)).date()
    life = await house.issue(ordinary(due_on=due_on, due_reason="须跨汛期施工"))
    await life.act(UNIT, "receive")
    first_run = (await life.described()).run_id
    assert (await life.timer_names())[-1] == policies.CARRY_ON
    await life.forward_to(now + policies.LONGEST_RUN + timedelta(hours=1))
    assert (await life.described()).run_id != first_run
    assert life.acts() == ["issue", "receive"]
    await life.ring()
    assert life.acts() == ["issue", "receive", "remind_3"]


async def test_an_item_that_nothing_wakes_is_carried_on_too(house: House) -> None:
    life = await house.issue()
    await life.act(OFFICE, "suspend_item", reason="等上级批复")
    assert (await life.state()).next_alarm_at is None
    first_run = (await life.described()).run_id
    await life.forward_to(ten_in_the_morning() + policies.LONGEST_RUN + timedelta(hours=1))
    assert (await life.described()).run_id != first_run
    assert life.acts() == ["issue", "suspend_item"]
    assert [name_of(event) for event in await life.events()][-1] == "TIMER_STARTED"
