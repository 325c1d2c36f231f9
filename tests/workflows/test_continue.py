"""Into a fresh run and on: the item, the requests done and the pending alarm go along, and no
acknowledged act is lost on the way."""

import asyncio
from datetime import timedelta
from functools import partial

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.service import RPCError, RPCStatusCode

from domain.seal import SealedAct
from tests.workflows.house import OFFICE, UNIT, House, Life, name_of, raw
from workflows.messages import ActResult

SOON = 20
PEOPLE, ACTS_EACH = 4, 12


async def fresh_run(life: Life) -> str:
    """Do acts until another run has taken over; its id."""
    before = (await life.described()).run_id
    while (await life.described()).run_id == before:
        await life.act(OFFICE, "remind", form="phone", to="李强", said="催")
        await life.on_record()
    return str((await life.described()).run_id)


async def as_the_api_does(life: Life, name: str, sealed: SealedAct) -> ActResult:
    """A run that is just being carried on answers NOT_FOUND; the next takes the same request."""
    while True:
        try:
            return await life.send(name, sealed, sealed.request_id)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise


async def test_the_item_goes_along(house: House) -> None:
    life = await house.issue(most_events=SOON)
    await life.act(UNIT, "receive")
    await life.signal("submit_feedback", {"text": "进展顺利"})
    await life.on_record()
    state = await life.state()
    await fresh_run(life)
    carried = await life.state()
    assert (carried.number, carried.status, carried.clocks, carried.unverified) == (
        house.store.rows[life.id].number,
        state.status,
        state.clocks,
        state.unverified,
    )
    assert carried.seq == house.store.rows[life.id].seq == len(life.timeline())
    assert (await life.described()).typed_search_attributes
    details = await life.details()
    assert "督查事项 · 一般事项 · D2类" in details
    assert "**状态**：办理中" in details


async def test_the_requests_done_go_along(house: House) -> None:
    life = await house.issue(most_events=SOON)
    sealed = life.sealed(UNIT, "receive", {})
    first = await life.send("receive", sealed, sealed.request_id)
    await fresh_run(life)
    await fresh_run(life)
    other = life.sealed(UNIT, "receive", {"comment": "另写"}, request_id=sealed.request_id)
    assert await life.refusal("receive", other, sealed.request_id) == "idempotency_conflict"
    assert await life.send("receive", sealed, sealed.request_id) == first
    await life.on_record()
    assert life.acts().count("receive") == 1


async def test_the_pending_alarm_goes_along_and_rings_once(house: House) -> None:
    life = await house.issue(most_events=SOON)
    alarm = await life.state()
    await fresh_run(life)
    assert (await life.counted())["TIMER_STARTED"] == 1
    assert await life.timer_names() == [alarm.next_alarm]
    await life.ring()
    rung = [entry for entry in life.timeline() if entry.actor is None]
    assert [entry.title for entry in rung] == [alarm.next_alarm]
    assert alarm.next_alarm_at
    assert (rung[0].at - alarm.next_alarm_at).total_seconds() < 5


async def test_the_whole_ladder_rings_once_across_runs(house: House) -> None:
    life = await house.issue(most_events=SOON)
    state = await life.state()
    await life.forward_to(state.as_of + timedelta(days=12))
    assert (await life.state()).escalation == "chief"
    assert len(await life.runs()) > 2
    titles = [(entry.title, entry.at.date()) for entry in life.timeline()]
    assert len(set(titles)) == len(titles) == 8
    assert [entry.seq for entry in life.timeline()] == list(range(1, 9))


async def test_only_what_is_new_is_sent_after_a_change_of_runs(house: House) -> None:
    life = await house.issue(most_events=SOON)
    await fresh_run(life)
    await life.act(UNIT, "receive")
    await life.on_record()
    assert house.store.projections[-1].snapshot.facts is None
    assert house.store.projections[-1].opening_seal is None
    assert house.store.rows[life.id].facts is not None


async def test_a_cancellation_refused_does_not_keep_the_item_from_going_on(house: House) -> None:
    life = await house.issue(most_events=SOON)
    await life.handle_now().cancel()
    await life.on_record()
    await fresh_run(life)
    await life.handle_now().cancel()
    await life.on_record()
    await life.act(UNIT, "receive")
    await life.on_record()
    assert life.acts().count("cancel") == 2
    assert life.acts()[-1] == "receive"


async def test_no_acknowledged_act_is_lost_while_runs_change(house: House) -> None:
    life = await house.issue(most_events=SOON)
    acknowledged: dict[int, str] = {}

    async def somebody(who: int) -> None:
        for n in range(ACTS_EACH):
            said = f"{who}-{n}"
            body = {"form": "phone", "to": "李强", "said": said}
            sealed = life.sealed(OFFICE, "remind", body, request_id=said)
            answer = await as_the_api_does(life, "remind", sealed)
            acknowledged[answer.seq] = said
            await house.store.until(partial(house.store.covers, life.id, answer.seq))
            assert await as_the_api_does(life, "remind", sealed) == answer

    await asyncio.gather(*(somebody(who) for who in range(PEOPLE)))
    await life.on_record()
    recorded = {entry.seq: entry.body["said"] for entry in life.timeline()[1:]}
    assert recorded == acknowledged
    assert sorted(recorded) == list(range(2, PEOPLE * ACTS_EACH + 2))
    assert len(await life.runs()) > 2


async def test_signals_survive_a_change_of_runs(house: House) -> None:
    life = await house.issue(most_events=SOON)
    for n in range(8):
        await life.signal("nonsense", raw(f'{{"n": {n}}}'.encode()))
        await life.act(OFFICE, "remind", form="phone", to="李强", said=f"{n}")
    await life.on_record()
    received = [e.body["received"] for e in life.timeline() if e.outcome == "refused"]
    assert sorted(received) == [f'{{"n": {n}}}' for n in range(8)]
    assert life.acts().count("remind") == 8


async def test_a_run_that_an_operator_resets_goes_on(house: House) -> None:
    life = await house.issue(most_events=SOON)
    await fresh_run(life)
    await life.act(UNIT, "receive")
    await life.on_record()
    done = next(e for e in await life.events() if name_of(e) == "WORKFLOW_TASK_COMPLETED")
    await house.client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=house.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=life.handle.id),
            reason="a test",
            request_id="reset",
            workflow_task_finish_event_id=done.event_id,
        )
    )
    await life.on_record()
    assert (await life.state()).status == "in_progress"
    assert life.acts().count("receive") == 1
