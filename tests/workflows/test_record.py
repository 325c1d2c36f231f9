"""Recording: tried until it succeeds, coalesced, in order, in portions Temporal can carry; and
nothing of what the API did not begin."""

import asyncio
from dataclasses import replace

import pytest
from temporalio.client import WorkflowExecutionStatus
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities import heartbeat
from activities.items import ItemActivities
from domain.issue import Issue, digest_of
from domain.lifecycle import evolve
from domain.opening import open_item
from domain.records import Projected, Projection, entry_of, snapshot_of
from domain.seal import Seals
from tests.workflows.fakes import MemoryStore
from tests.workflows.house import DEPUTY, OFFICE, UNIT, House, Life, ordinary
from workflows import ids, policies
from workflows.item import ItemWorkflow
from workflows.messages import Carried, ItemInput


def opened(issue: Issue) -> tuple[ItemInput, Projection]:
    """An item as if carried over from an earlier run, and the first projection of it."""
    item, event = open_item(
        item_id=issue.item_id,
        facts=issue.facts,
        issued_at=issue.issued_at,
        now=issue.entered_at,
        actor=issue.actor,
        calendar=issue.calendar,
        policy=issue.policy,
        raw={},
        request_id=issue.request_id,
    )
    item = evolve(item, event)
    projection = Projection(
        snapshot=snapshot_of(item),
        entries=(entry_of(event),),
        opening_seal=issue.seal,
        opening_digest=digest_of(issue),
    )
    return ItemInput(carried=Carried(item=item, seen=())), projection


async def test_acts_are_taken_while_nothing_can_be_recorded_and_recorded_later(
    house: House,
) -> None:
    life, store = await house.issue(), house.store
    store.take_down()
    await life.act(UNIT, "receive")
    await store.until(lambda: store.failed > 1)
    await life.act(UNIT, "submit_feedback", text="进展顺利")
    await life.act(OFFICE, "remind", form="phone", to="李强", said="催")
    await life.act(UNIT, "submit_feedback", text="完成", final=True)
    await life.act(DEPUTY, "sign_off", approved=True, comment="好")
    assert (await life.state()).status == "awaiting_review"
    assert life.acts() == ["issue"]

    store.bring_back()
    row = await life.on_record()
    assert row.status == "awaiting_review"
    assert [entry.seq for entry in life.timeline()] == [1, 2, 3, 4, 5, 6]
    portions = [[e.act for e in projection.entries] for projection in store.projections]
    assert portions == [
        ["issue"],
        ["receive"],
        ["submit_feedback", "remind", "submit_feedback", "sign_off"],
    ]


async def test_an_alarm_rings_while_nothing_can_be_recorded(house: House) -> None:
    life, store = await house.issue(), house.store
    store.take_down()
    await life.act(OFFICE, "remind", form="phone", to="李强", said="催")
    await store.until(lambda: store.failed > 0)
    store.bring_back()
    alarm = (await life.state()).next_alarm
    await life.ring()
    assert life.acts()[-1] == "lapse"
    assert life.timeline()[-1].title == alarm


async def test_only_what_is_new_is_sent_to_the_record(house: House) -> None:
    life, store = await house.issue(), house.store
    await life.act(UNIT, "receive")
    await life.on_record()
    first, second = store.projections
    assert first.snapshot.facts is not None
    assert second.snapshot.facts is None
    assert [clock.rule for clock in second.snapshot.clocks] == ["receipt"]
    assert len(store.rows[life.id].clocks) == len(first.snapshot.clocks) == 2


async def test_a_long_outage_is_recorded_in_portions_that_temporal_carries(house: House) -> None:
    """Without portions the item is stuck for ever: no message may exceed 2 MB."""
    life, store = await house.issue(), house.store
    store.take_down()
    for n in range(16):
        await life.act(OFFICE, "remind", form="phone", to="李强", said=f"{n}" + "长" * 19_990)
    store.bring_back()
    assert (await life.on_record()).seq == 17
    assert [entry.seq for entry in life.timeline()] == list(range(1, 18))
    sizes = [len(projection.entries) for projection in store.projections]
    assert sum(sizes) == 17
    assert max(sizes) < 5
    assert (await life.described()).status is WorkflowExecutionStatus.RUNNING


async def test_a_record_that_succeeded_but_was_not_answered_is_made_again(house: House) -> None:
    life, store = await house.issue(), house.store
    project, answered = store.project, asyncio.Event()

    async def lost(projection: Projection) -> Projected:
        projected = await project(projection)
        if not answered.is_set():
            answered.set()
            raise ConnectionResetError("the answer was lost")
        return projected

    store.project = lost  # type: ignore[method-assign]
    await life.act(UNIT, "receive")
    row = await life.on_record()
    assert (row.seq, life.acts()) == (2, ["issue", "receive"])
    assert [len(projection.entries) for projection in store.projections] == [1, 1, 1]


async def test_a_start_that_the_api_did_not_seal_fails_and_records_nothing(house: House) -> None:
    issue = house.issue_of(ordinary())
    for forged in (
        replace(issue, item_id="1", seal=""),
        replace(issue, item_id="2", seal="0" * 64),
        replace(issue, item_id="3"),
        replace(house.issue_of(ordinary()), facts=ordinary(title="另一件事")),
        replace(house.issue_of(ordinary()), actor=DEPUTY),
        replace(house.issue_of(ordinary(), draft=True), draft=False),
        replace(house.issue_of(ordinary()), request_id="another"),
    ):
        life = await house.begin(forged)
        assert (await life.failed()).type == "unsigned_command"
    assert house.store.projections == []


async def test_a_start_under_another_workflow_id_fails(house: House) -> None:
    issue = house.issue_of(ordinary())
    twin = await house.begin(issue, workflow_id="item-twin")
    assert (await twin.failed()).type == "unsigned_command"
    assert house.store.projections == []


async def test_a_state_that_no_run_carried_over_is_no_beginning(house: House) -> None:
    forged, _ = opened(house.issue_of(ordinary()))
    assert forged.carried
    handle = await house.client.start_workflow(
        ItemWorkflow.run,
        forged,
        id=ids.workflow_id(forged.carried.item.id),
        task_queue=house.task_queue,
    )
    life = Life(house=house, id=forged.carried.item.id, handle=handle)
    assert (await life.failed()).type == "unsigned_command"
    assert house.store.projections == []


async def test_a_slow_record_says_that_its_worker_lives(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a dead one is found out in seconds (``policies.RECORD_HEARTBEAT``)."""
    monkeypatch.setattr(heartbeat, "HEARTBEAT_SECONDS", 0.01)
    beats = asyncio.Semaphore(0)

    class Slow(MemoryStore):
        async def project(self, projection: Projection) -> Projected:
            for _ in range(3):
                await beats.acquire()
            return await super().project(projection)

    _, projection = opened(house.issue_of(ordinary()))
    environment, store = ActivityEnvironment(), Slow()
    environment.on_heartbeat = lambda *_: beats.release()
    activities = ItemActivities(store, house.seals, operator_signals=True)
    await environment.run(activities.record, projection)
    assert len(store.projections) == 1
    assert policies.RECORD_HEARTBEAT.total_seconds() > 3 * 1.0


async def test_a_record_made_twice_changes_nothing(house: House) -> None:
    _, projection = opened(house.issue_of(ordinary()))
    store = MemoryStore()
    activities = ItemActivities(store, house.seals, operator_signals=True)
    first = await ActivityEnvironment().run(activities.record, projection)
    row, timeline = store.rows[projection.snapshot.id], store.timeline(projection.snapshot.id)
    assert await ActivityEnvironment().run(activities.record, projection) == first
    assert store.rows[projection.snapshot.id] == row
    assert store.timeline(projection.snapshot.id) == timeline


async def test_a_record_without_the_seal_of_its_beginning_is_refused(house: House) -> None:
    _, projection = opened(house.issue_of(ordinary()))
    store = MemoryStore()
    stranger = ItemActivities(store, Seals("another key"), operator_signals=True)
    with pytest.raises(ApplicationError) as caught:
        await ActivityEnvironment().run(stranger.record, projection)
    assert (caught.value.type, caught.value.non_retryable) == ("unsigned_command", True)
    assert store.projections == []


async def test_an_item_lost_with_its_database_is_recorded_whole_at_its_next_act(
    house: House,
) -> None:
    life, store = await house.issue(), house.store
    before = await life.on_record()
    store.lose(life.id)
    await life.act(UNIT, "receive")
    await store.until(lambda: life.id in store.rows)
    row = store.rows[life.id]
    assert row.facts == before.facts
    assert row.number == before.number
    assert {clock.key for clock in row.clocks} == {clock.key for clock in before.clocks}
