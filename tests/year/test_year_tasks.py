"""Year-round tasks through the whole coming year, on the time-skipping server."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import EventType

from domain.cycles import Cycle, slots_of
from domain.items import Kind
from domain.parts import PartState
from domain.policy import Policy
from store import reads
from tests.people import ZONE
from tests.year.house import DEPUTY, OFFICE, REPORT, UNIT, YearHouse
from workflows.ids import workflow_id

FINAL = {"text": "全年任务已完成。", "final": True}
MOST_EVENTS = 2000


@dataclass(frozen=True)
class Step:
    """On a day, an act of the unit on a slot's item."""

    on: date
    task: str
    key: str


async def plan_of(house: YearHouse, task: str, missed: str) -> list[Step]:
    """The unit reports each slot on its day, but one three days late."""
    row = await house.row_where(task, lambda row: bool(row.parts))
    return [
        Step(part.due_on + timedelta(days=3 if part.key == missed else 0), task, part.key)
        for part in row.parts
        if part.due_on
    ]


async def report(house: YearHouse, step: Step) -> None:
    row = await house.row_where(
        step.task, lambda row: any(p.key == step.key and p.state == "open" for p in row.parts)
    )
    part = next(part for part in row.parts if part.key == step.key)
    await house.row_where(part.item_id, lambda row: row.status == "in_progress")
    await house.act(UNIT, part.item_id, "submit_feedback", REPORT)
    await house.row_where(
        step.task, lambda row: any(p.key == step.key and p.state == "closed" for p in row.parts)
    )


async def finish(house: YearHouse, task: str) -> None:
    await house.act(UNIT, task, "submit_feedback", FINAL)
    await house.act(DEPUTY, task, "sign_off", {"approved": True, "comment": "同意。"})
    await house.act(OFFICE, task, "review", {"accepted": True, "comment": "属实。"})
    await house.row_where(task, lambda row: row.status == "closed")


async def lived(
    house: YearHouse, missed: dict[Cycle, str], disturb: Mapping[int, float] = {}
) -> dict[Cycle, str]:
    """Tasks of these cycles through the whole coming year; their ids. ``disturb`` says in which
    steps the worker is killed, and how many seconds after they begin."""
    year = (await house.now()).year + 1
    tasks = {cycle: await house.issue(cycle, year) for cycle in missed}
    steps: list[Step] = []
    for cycle, task in tasks.items():
        await house.act(UNIT, task, "receive", {})
        steps += await plan_of(house, task, missed[cycle])
    for number, step in enumerate(sorted(steps, key=lambda step: (step.on, step.key))):
        await house.until(step.on)
        async with asyncio.TaskGroup() as at_once:
            if number in disturb:
                at_once.create_task(_killed(house, disturb[number]))
            at_once.create_task(report(house, step))
    await house.until(date(year, 12, 29))
    for task in tasks.values():
        await finish(house, task)
    return tasks


async def _killed(house: YearHouse, after: float) -> None:
    await asyncio.sleep(after)
    await house.kill()


async def check(house: YearHouse, task: str, cycle: Cycle, missed: str) -> None:
    """Each slot one item, reported; one lapse, that of the missed slot; no long history."""
    row = await house.row(task)
    assert row is not None
    year = row.facts.year
    assert year is not None
    async with house.context.database.read() as connection:
        calendar = await reads.calendar(connection)
        children = await reads.tree(connection, reads.scope_of(OFFICE), task)
    planned = slots_of(cycle, year, calendar, Policy())
    assert [part.due_on for part in row.parts] == [slot.due_on for slot in planned]
    owed = {part.key: part for part in row.parts if part.state is not PartState.SKIPPED}
    assert {part.state for part in owed.values()} == {PartState.CLOSED}
    slots = [child for child in children if child.parent_id == task]
    assert sorted(child.id for child in slots) == sorted(part.item_id for part in owed.values())
    due = {child.id: child.due_at.astimezone(ZONE) for child in slots if child.due_at}
    ends = {part.item_id: part.due_on for part in owed.values()}
    assert {i: (at.date(), at.time()) for i, at in due.items()} == {
        i: (on, time(23, 59, 59)) for i, on in ends.items()
    }
    late = [child for child in slots if child.lapsed]
    assert [child.id for child in late] == [owed[missed].item_id]
    told = [entry for child in slots for entry in await house.timeline(child.id)]
    assert [e.body["clock"] for e in told if e.act == "lapse"].count("result") == 1
    assert not row.lapsed
    opened = [
        entry.body["slot"] for entry in await house.timeline(task) if entry.act == "open_slot"
    ]
    assert sorted(opened) == sorted(owed)
    for events in await house.runs(task, Kind.YEAR_ROUND):
        assert len(events) < MOST_EVENTS
    for child in slots:
        for events in await house.runs(child.id, Kind.SLOT):
            assert len(events) < MOST_EVENTS


async def links_of(house: YearHouse, task: str) -> set[str]:
    """The children an operator finds in the parent's histories in the Temporal UI."""
    started = EventType.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED
    return {
        event.child_workflow_execution_started_event_attributes.workflow_execution.workflow_id
        for events in await house.runs(task, Kind.YEAR_ROUND)
        for event in events
        if event.event_type == started
    }


@pytest.mark.timeout(300)
async def test_a_weekly_and_a_monthly_task_through_the_whole_year(house: YearHouse) -> None:
    await house.start()
    missed = {Cycle.WEEK: "week-11", Cycle.MONTH: "month-03"}
    tasks = await lived(house, missed)
    for cycle, task in tasks.items():
        await check(house, task, cycle, missed[cycle])
        row = await house.row(task)
        assert row is not None
        assert await links_of(house, task) == {
            workflow_id(part.item_id, part.kind)
            for part in row.parts
            if part.state is PartState.CLOSED
        }
        for part in row.parts:
            if part.state is PartState.CLOSED:
                runs = await house.runs(part.item_id, Kind.SLOT)
                begun = runs[-1][0].workflow_execution_started_event_attributes
                parent = begun.parent_workflow_execution.workflow_id
                assert parent == workflow_id(task, Kind.YEAR_ROUND)


@pytest.mark.timeout(300)
async def test_killing_the_worker_again_and_again_changes_nothing(
    house: YearHouse, tmp_path: Path
) -> None:
    await house.start_process(tmp_path)
    dice = random.Random()
    seed = dice.randrange(2**32)
    dice.seed(seed)
    print(f"seed {seed}")
    kills = {step: dice.uniform(0, 0.5) for step in dice.sample(range(12), 4)}
    missed = {Cycle.MONTH: "month-03"}
    tasks = await lived(house, missed, kills)
    await check(house, tasks[Cycle.MONTH], Cycle.MONTH, "month-03")
