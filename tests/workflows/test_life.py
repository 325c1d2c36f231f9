"""The order of an item's life, and what operators see of it in the Temporal UI at every turn."""

from datetime import timedelta

from temporalio.client import WorkflowExecutionStatus

from tests.workflows.house import CHIEF, DEPUTY, OFFICE, UNIT, House, directive


async def test_an_item_lives_from_issue_to_striking_off(house: House) -> None:
    life = await house.issue()
    await life.act(UNIT, "receive")
    await life.act(UNIT, "submit_feedback", text="已完成", final=True)
    await life.act(DEPUTY, "sign_off", approved=True, comment="同意")
    await life.act(OFFICE, "review", accepted=True, comment="属实")

    assert await life.ended() == "closed"
    assert (await life.described()).status is WorkflowExecutionStatus.COMPLETED
    assert [(entry.seq, entry.act, entry.status) for entry in life.timeline()] == [
        (1, "issue", "issued"),
        (2, "receive", "in_progress"),
        (3, "submit_feedback", "awaiting_sign_off"),
        (4, "sign_off", "awaiting_review"),
        (5, "review", "closed"),
    ]
    assert [entry.actor and entry.actor.username for entry in life.timeline()] == [
        "office",
        "zjj",
        "zjj",
        "deputy",
        "office",
    ]


async def test_a_terminated_item_ends_as_terminated(house: House) -> None:
    life = await house.issue(directive())
    await life.act(CHIEF, "terminate_item", reason="情况变化，无需办理。")
    assert await life.ended() == "terminated"


async def test_status_and_details_are_shown_right_after_every_act(house: House) -> None:
    life = await house.issue()
    assert (await life.shown())["DubanStatus"] == "issued"
    assert "**状态**：已下达" in await life.details()
    for who, act, body, status, told in (
        (UNIT, "receive", {}, "in_progress", "办理中"),
        (UNIT, "submit_feedback", {"text": "好", "final": True}, "awaiting_sign_off", "待阅签"),
        (DEPUTY, "sign_off", {"approved": True, "comment": "同意"}, "awaiting_review", "待审核"),
        (OFFICE, "suspend_item", {"reason": "等图纸"}, "suspended", "暂缓"),
        (OFFICE, "resume_item", {"reason": "图纸已到"}, "awaiting_review", "待审核"),
        (OFFICE, "review", {"accepted": True, "comment": "属实"}, "closed", None),
    ):
        await life.act(who, act, **body)
        assert (await life.shown())["DubanStatus"] == status
        if told:
            assert f"**状态**：{told}" in await life.details()


async def test_status_is_shown_even_while_nothing_can_be_recorded(house: House) -> None:
    life = await house.issue()
    house.store.take_down()
    await life.act(UNIT, "receive")
    await house.store.until(lambda: house.store.failed > 0)
    await life.act(UNIT, "submit_feedback", text="已完成", final=True)
    assert (await life.shown())["DubanStatus"] == "awaiting_sign_off"
    assert "**现由**：区政府分管领导（阅签）" in await life.details()
    assert house.store.rows[life.id].status == "issued"
    house.store.bring_back()
    assert (await life.on_record()).status == "awaiting_sign_off"


async def test_search_attributes_follow_lateness_escalation_unit_and_date(house: House) -> None:
    life = await house.issue()
    first = await life.shown()
    assert first == {
        "DubanStatus": "issued",
        "DubanUnit": "ZJJ",
        "DubanKind": "ordinary",
        "DubanDueAt": (await life.state()).due_at,
        "DubanLapsed": False,
        "DubanEscalation": "none",
        "DubanCoordination": "none",
    }
    while not (await life.state()).lapsed:
        await life.ring()
    late = await life.shown()
    assert (late["DubanLapsed"], late["DubanEscalation"]) == (True, "deputy")
    assert "（已逾期）" in await life.details()
    await life.act(UNIT, "receive")
    await life.act(UNIT, "request_coordination", problem="难", tried="试过", asked="请协调")
    assert (await life.shown())["DubanCoordination"] == "deputy"
    later = ((await life.state()).as_of + timedelta(days=20)).date().isoformat()
    await life.act(
        DEPUTY,
        "answer_coordination",
        outcome="transferred",
        opinion="改由交通局办理",
        new_lead_unit="JTJ",
        unit_name="区交通运输局",
        new_due_on=later,
    )
    moved = await life.shown()
    assert (moved["DubanUnit"], moved["DubanCoordination"]) == ("JTJ", "none")
    assert moved["DubanDueAt"] == (await life.state()).due_at != first["DubanDueAt"]
    assert moved["DubanLapsed"] is True
    assert "**承办单位**：区交通运输局" in await life.details()


async def test_an_operator_reads_what_it_is_and_what_comes_next(house: House) -> None:
    life = await house.issue(directive(title="不宜外传的标题", original_text="批示原文"))
    assert await (await life.described()).static_summary() == "督查事项 · 批示交办 · C1类"
    details = await life.details()
    assert details.splitlines()[0] == "督查事项 · 批示交办 · C1类"
    assert f"**编号**：{house.store.rows[life.id].number}" in details
    assert "**现由**：承办单位" in details
    assert "**下一提醒**：" in details
    assert "到期" in details
    assert "不宜外传的标题" not in details
    assert "批示原文" not in details


async def test_nothing_can_be_done_once_it_has_ended_but_is_not_on_record(house: House) -> None:
    life = await house.issue(directive())
    house.store.take_down()
    await life.act(CHIEF, "terminate_item", reason="无需办理。")
    assert await life.refused(UNIT, "receive") == "terminated"
    await life.signal("receive", {})
    house.store.bring_back()
    assert await life.ended() == "terminated"
    assert [(e.act, e.outcome) for e in life.timeline()][-2:] == [
        ("terminate_item", "done"),
        ("receive", "refused"),
    ]


async def test_a_cancellation_in_the_temporal_ui_is_refused_and_told(house: House) -> None:
    life = await house.issue()
    await life.handle_now().cancel()
    await life.on_record()
    entry = life.timeline()[-1]
    assert (entry.title, entry.outcome) == ("取消", "refused")
    assert [notice.audience for notice in entry.notices] == [("office",)]
    await house.restart_worker()
    await life.act(UNIT, "receive")
    assert (await life.on_record()).status == "in_progress"


async def test_a_cancellation_while_a_record_is_under_way_loses_nothing(house: House) -> None:
    life = await house.issue()
    house.store.take_down()
    await life.act(UNIT, "receive")
    await house.store.until(lambda: house.store.failed > 0)
    await life.handle_now().cancel()
    house.store.bring_back()
    await life.on_record()
    assert life.acts() == ["issue", "receive", "cancel"]
