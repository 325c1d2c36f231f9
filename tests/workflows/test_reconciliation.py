"""Comparing workflows with rows: what lives in only one of the two, or does not answer, is told."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from temporalio.testing import ActivityEnvironment

import domain.lifecycle
from activities import comparison, reconciliation
from activities.item_ids import workflow_id
from activities.messages import Drift
from activities.reconciliation import ReconciliationActivities
from domain.circulars import Draft
from tests.workflows.circulars import CircularLife, terms, with_circulars
from tests.workflows.fakes import MemoryCirculars
from tests.workflows.house import (
    CHIEF,
    House,
    Life,
    every_day_works,
    ten_in_the_morning,
    until,
)
from workflows.reconciliation import ReconciliationWorkflow


@dataclass
class OpenItems:
    """The record as the reconciliation asks it, and what it was told."""

    house: House
    forgotten: set[str] = field(default_factory=set)
    invented: dict[str, int] = field(default_factory=dict)
    told: list[Drift] = field(default_factory=list)
    circulars: dict[str, int] = field(default_factory=dict)

    async def open_workflows(self) -> dict[str, int]:
        """The open items on record."""
        rows = self.house.store.rows.values()
        known = {row.id: row.seq for row in rows if row.closed_at is None and row.holder}
        kept = {i: n for i, n in known.items() if i not in self.forgotten} | self.invented
        return {workflow_id(item_id): seq for item_id, seq in kept.items()}

    async def open_circulars(self) -> dict[str, int]:
        """Those on record."""
        return {f"circular-{name}": seq for name, seq in self.circulars.items()}

    async def known(self, item_ids: list[str]) -> set[str]:
        """Those that have a row; the items of other tests count as known."""
        return set(item_ids) - self.forgotten

    async def record_drift(self, drift: Drift) -> None:
        """Keep the report."""
        self.told.append(drift)


@dataclass
class Desk:
    """A house whose record and workflows are compared."""

    house: House
    rows: OpenItems
    activities: ReconciliationActivities
    kept: MemoryCirculars

    async def compare(self) -> Drift:
        """One comparison."""
        return await ActivityEnvironment().run(self.activities.reconcile)


@pytest_asyncio.fixture
async def desk(unopened: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setattr(reconciliation, "SETTLE_SECONDS", 0)
    rows = OpenItems(unopened)
    activities = ReconciliationActivities(unopened.client, rows)
    circulars = with_circulars(unopened)
    unopened.activities = (*unopened.activities, activities.reconcile)
    async with unopened as house:
        yield Desk(house, rows, activities, circulars)


async def listed(life: Life) -> None:
    """Wait until the list of workflows, which lags, has the item."""

    async def found() -> bool:
        query = f"WorkflowId = '{life.handle.id}' AND ExecutionStatus = 'Running'"
        return bool([one async for one in life.house.client.list_workflows(query)])

    await until(found)


async def test_where_all_agree_nothing_is_told(desk: Desk) -> None:
    await listed(await desk.house.issue())
    drift = await desk.compare()
    assert drift.count == 0
    assert drift.checked >= 1
    assert desk.rows.told == [drift]


async def test_a_workflow_without_a_row_is_told(desk: Desk) -> None:
    life = await desk.house.issue()
    await listed(life)
    desk.rows.forgotten.add(life.id)
    assert (await desk.compare()).missing_rows == (life.id,)


async def test_a_row_without_a_workflow_is_told(desk: Desk) -> None:
    life = await desk.house.issue()
    await life.handle.terminate()
    desk.rows.invented["never-there"] = 3
    # Temporal's list of what is open learns of an end a little later.
    for _ in range(100):
        found = (await desk.compare()).missing_workflows
        if life.id in found:
            break
        await asyncio.sleep(0.1)
    assert found == tuple(sorted([life.id, "never-there"]))


async def test_a_row_that_is_behind_is_told(desk: Desk) -> None:
    life = await desk.house.issue()
    await listed(life)
    desk.rows.invented[life.id] = 0
    assert (await desk.compare()).behind == (life.id,)


async def test_circulars_are_compared_too(desk: Desk) -> None:
    now = ten_in_the_morning()
    circular = CircularLife(
        house=desk.house,
        store=desk.kept,
        id=str(uuid.uuid4()),
        terms=terms(every_day_works(now.year)),
    )
    await circular.begin(Draft(title="督查通报"), now)
    await circular.quiet()
    await listed(circular.life)
    desk.rows.circulars[circular.id] = 1
    assert (await desk.compare()).count == 0
    desk.rows.circulars |= {circular.id: 0, "never-there": 2}
    drift = await desk.compare()
    assert (drift.behind, drift.missing_workflows) == ((circular.id,), ("never-there",))
    desk.rows.circulars.clear()
    desk.rows.forgotten.add(circular.id)
    assert (await desk.compare()).missing_rows == (circular.id,)


async def test_an_item_that_has_ended_is_no_drift(desk: Desk) -> None:
    life = await desk.house.issue()
    await life.act(CHIEF, "terminate_item", reason="无需办理。")
    await life.ended()
    assert (await desk.compare()).count == 0


async def test_an_item_that_does_not_answer_is_told_and_hides_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, behind = await desk.house.issue(), await desk.house.issue()
    await listed(stuck)
    await listed(behind)
    desk.rows.invented[behind.id] = 0
    real = domain.lifecycle.next_alarm

    def wedged(item: object) -> object:
        if getattr(item, "id", "") == stuck.id:
            raise RuntimeError("a bug that only this item meets")
        return real(item)  # type: ignore[arg-type]

    monkeypatch.setattr(comparison, "ANSWER_WITHIN", comparison.ANSWER_WITHIN / 5)
    with monkeypatch.context() as patch:
        patch.setattr(domain.lifecycle, "next_alarm", wedged)
        await desk.house.restart_worker()
        assert (await desk.compare()).behind == tuple(sorted([stuck.id, behind.id]))


async def test_the_workflow_answers_the_drift(desk: Desk) -> None:
    await listed(await desk.house.issue())
    answer = await desk.house.client.execute_workflow(
        ReconciliationWorkflow.run,
        id=f"reconciliation-{desk.house.task_queue}",
        task_queue=desk.house.task_queue,
    )
    assert answer == desk.rows.told[-1]
