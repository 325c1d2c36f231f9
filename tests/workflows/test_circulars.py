"""A circular reaches the items that stand in it once, whatever crashes; and nobody gets in but
through the API."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from temporalio.client import WorkflowFailureError, WorkflowUpdateFailedError
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.circulars import CircularActivities
from domain.circulars import CircularEntry, Draft, Stage
from tests.workflows.circulars import (
    OTHER_HEAD,
    STAFF,
    CircularLife,
    criticism,
    terms,
    with_circulars,
)
from tests.workflows.fakes import MemoryCirculars
from tests.workflows.house import (
    CHIEF,
    OFFICE,
    UNIT,
    House,
    Life,
    every_day_works,
    ten_in_the_morning,
    until,
)
from workflows import ids
from workflows.circular import CircularWorkflow
from workflows.messages import CircularInput


@dataclass
class Office:
    """A house in which circulars are issued."""

    house: House
    store: MemoryCirculars

    async def draft(self, *entries: CircularEntry, **policy: Any) -> CircularLife:
        """A draft, on record."""
        now = ten_in_the_morning()
        life = CircularLife(
            house=self.house,
            store=self.store,
            id=str(uuid.uuid4()),
            terms=terms(every_day_works(now.year), **policy),
        )
        await life.begin(Draft(title="督查通报", entries=entries), now)
        await life.quiet()
        return life

    @property
    def activities(self) -> CircularActivities:
        """What the worker runs."""
        return CircularActivities(self.house.client, self.store, self.house.seals)


@pytest_asyncio.fixture
async def office(unopened: House) -> AsyncIterator[Office]:
    store = with_circulars(unopened)
    async with unopened as house:
        yield Office(house=house, store=store)


async def heard(item: Life) -> list[str]:
    await item.on_record()
    return [act for act in item.acts() if "circular" in act]


async def test_a_crash_between_the_issue_and_the_item_loses_and_doubles_nothing(
    office: Office,
) -> None:
    item, gone = await office.house.issue(), str(uuid.uuid4())
    circular = await office.draft(criticism(item.id), criticism(gone, 2))
    office.store.down = True
    await circular.act_only("submit_circular", STAFF)
    await circular.act_only("approve_circular", CHIEF, approved=True, comment="同意。")
    await circular.act_only("issue_circular", OFFICE, publication="public")

    async def tried_in_vain() -> bool:
        return office.store.asked > 0

    await until(tried_in_vain)
    assert await heard(item) == []
    assert office.store.rows[circular.id].stage is Stage.ISSUED
    await office.house.restart_worker()
    office.store.down = False
    await circular.quiet()
    assert await heard(item) == ["record_circular"]
    run = ActivityEnvironment().run
    issued = circular.acts().index("issue_circular") + 1
    for _ in range(2):
        await run(office.activities.tell, circular.id, issued)
    assert await heard(item) == ["record_circular"]
    before = dict(office.store.entries[circular.id])
    assert [one.counted for one in (await circular.state()).deductions] == [20, 20]
    assert [line.points for entry in before.values() for line in entry.lines] == [20, 20]

    await circular.act(CHIEF, "withdraw_circular", reason="情况不实。")
    assert await circular.life.ended() == Stage.WITHDRAWN
    assert await heard(item) == ["record_circular", "lift_circular"]
    for _ in range(2):
        await run(office.activities.tell, circular.id, len(circular.acts()))
    assert await heard(item) == ["record_circular", "lift_circular"]


async def test_a_date_that_has_passed_meanwhile_is_counted_instead(office: Office) -> None:
    item = await office.house.issue()
    later = ten_in_the_morning() + timedelta(days=2)
    circular = await office.draft(criticism(item.id, new_due_on=later.date()))
    await item.forward_to(later + timedelta(days=1))
    await circular.issue()
    assert await heard(item) == ["record_circular"]
    (clock,) = [c for c in (await item.state()).clocks if c.rule == "after_circular"]
    assert clock.count is not None, "by the rule, since its own date is over"


async def test_the_same_request_again_is_done_once(office: Office) -> None:
    circular = await office.draft(criticism("none"))
    draft = Draft(title="督查通报", entries=(criticism("none"),))
    body = {"entries": [], "title": "甲"}
    revised = circular.sealed(STAFF, "revise_circular", body, "once", draft=draft)
    first = await circular.send("revise_circular", revised)
    assert first == await circular.send("revise_circular", revised)
    other = circular.sealed(STAFF, "revise_circular", body | {"title": "乙"}, "once", draft=draft)
    assert await refusal(circular, "revise_circular", other) == "idempotency_conflict"
    await circular.quiet()
    assert circular.acts() == ["draft_circular", "revise_circular"]


async def refusal(circular: CircularLife, name: str, sealed: Any) -> str:
    handle = circular.life.handle_now()
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await handle.execute_update(name, sealed, id=str(uuid.uuid4()))
    cause = caught.value.cause
    assert isinstance(cause, ApplicationError)
    return str(cause.type)


async def test_nobody_acts_but_through_the_api(office: Office) -> None:
    circular = await office.draft(criticism("none"))
    events = len(await circular.life.events())
    good = circular.sealed(STAFF, "submit_circular", {})
    for name, forged, code in (
        ("submit_circular", replace(good, seal="0" * 64), "unsigned_command"),
        ("submit_circular", replace(good, actor=CHIEF), "unsigned_command"),
        ("withdraw_circular", good, "unsigned_command"),
        ("submit_circular", {"body": {}}, "unsigned_command"),
        ("publish", good, "unknown_act"),
        ("submit_circular", circular.sealed(UNIT, "submit_circular", {}), "not_your_role"),
        ("issue_circular", circular.sealed(OFFICE, "issue_circular", {}), "missing_field"),
    ):
        assert await refusal(circular, name, forged) == code, (name, code)
    assert len(await circular.life.events()) == events, "a refusal leaves no trace"
    await circular.life.handle_now().cancel()
    await circular.act(STAFF, "submit_circular")
    assert circular.acts() == ["draft_circular", "submit_circular"]


async def test_one_that_the_api_did_not_begin_fails(office: Office) -> None:
    now = ten_in_the_morning()
    forged = CircularLife(
        house=office.house,
        store=office.store,
        id=str(uuid.uuid4()),
        terms=terms(every_day_works(now.year)),
    )
    sealed = forged.sealed(
        STAFF, "draft_circular", {"entries": []}, draft=Draft(title="题"), at=now
    )
    for circular_id, begun in (
        (forged.id, replace(sealed, seal="")),
        (str(uuid.uuid4()), sealed),
    ):
        handle = await office.house.client.start_workflow(
            CircularWorkflow.run,
            CircularInput(circular_id=circular_id, begin=begun),
            id=ids.circular_workflow_id(circular_id),
            task_queue=office.house.task_queue,
        )
        with pytest.raises(WorkflowFailureError) as caught:
            await handle.result()
        cause: BaseException | None = caught.value.cause
        cause = cause.cause if isinstance(cause, ActivityError) else cause
        assert isinstance(cause, ApplicationError)
        assert cause.type == "unsigned_command"
    assert office.store.rows == {}


async def test_what_is_held_for_a_leader_s_answer_counts_once_he_has_answered(
    office: Office,
) -> None:
    office.store.waits = ("item-1",)
    circular = await office.draft(criticism("item-1"), held_for_obstacle=True)
    circular.terms = replace(circular.terms, waiting=office.store.waits)
    await circular.issue()
    (one,) = (await circular.state()).deductions
    assert one.counted == 0
    day = timedelta(days=1, minutes=1)
    now = await office.house.clock.now(ids.circular_workflow_id(circular.id))
    await circular.forward_to(now + day)
    assert "release_deduction" not in circular.acts()
    office.store.waits = ()
    await circular.forward_to(now + 2 * day)
    assert circular.acts()[-1] == "release_deduction"
    assert (await circular.state()).deductions[0].counted == 20
    await circular.act(UNIT, "request_recheck", deduction=1, reason="有异议。")
    await circular.act(OTHER_HEAD, "decide_recheck", deduction=1, outcome="upheld", opinion="清楚")
    assert (await circular.state()).deductions[0].counted == 20
