"""A calendar year that was loaded reaches every open item once, whatever stands in the way."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import pytest
import pytest_asyncio
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

import domain.lifecycle
from activities import open_items
from activities.calendar import CalendarActivities
from activities.item_ids import workflow_id
from activities.messages import RolledOut
from domain.calendar import CalendarYear
from domain.seal import Seals
from tests.workflows.house import CHIEF, OFFICE, House, Life, ordinary, until
from workflows import ids, policies
from workflows.calendar import CalendarRolloutWorkflow
from workflows.messages import Rollout


@dataclass
class OpenItems:
    """The items that are open according to the record."""

    seqs: dict[str, int] = field(default_factory=dict)

    async def open_workflows(self) -> dict[str, int]:
        """What the store answers."""
        return {workflow_id(item_id): seq for item_id, seq in self.seqs.items()}


@dataclass
class Office:
    """A house in which calendars are loaded."""

    house: House
    open_items: OpenItems
    activities: CalendarActivities
    year: CalendarYear

    async def roll_out(self) -> RolledOut:
        """Once, as the activity does."""
        environment = ActivityEnvironment()
        return await environment.run(self.activities.apply, self.year, OFFICE)

    async def issue(self) -> Life:
        """An item that is open, according to the record."""
        life = await self.house.issue(ordinary())
        self.open_items.seqs[life.id] = 1
        return life


@pytest_asyncio.fixture
async def office(unopened: House) -> AsyncIterator[Office]:
    items = OpenItems()
    activities = CalendarActivities(unopened.client, items, unopened.seals)
    unopened.activities = (activities.apply,)
    issue = unopened.issue_of(ordinary())
    new = replace(issue.calendar.years[0], notice="国办发明电〔2029〕9号", edition=2)
    async with unopened as house:
        yield Office(house=house, open_items=items, activities=activities, year=new)


async def test_every_open_item_counts_on_the_new_year_once(office: Office) -> None:
    lives = [await office.issue() for _ in range(3)]
    assert await office.roll_out() == RolledOut(items=3, applied=3)
    for life in lives:
        await life.on_record()
        assert life.acts() == ["issue", "apply_calendar"]


async def test_an_attempt_that_is_repeated_counts_what_the_first_one_did(office: Office) -> None:
    life = await office.issue()
    first = await office.roll_out()
    assert await office.roll_out() == first == RolledOut(items=1, applied=1)
    await life.on_record()
    assert life.acts() == ["issue", "apply_calendar"]


async def test_items_that_have_ended_or_are_gone_keep_nobody_waiting(office: Office) -> None:
    ended, life = await office.issue(), await office.issue()
    await ended.act(CHIEF, "terminate_item", reason="无需办理。")
    await ended.ended()
    office.open_items.seqs["gone"] = 4
    assert await office.roll_out() == RolledOut(items=3, applied=1)
    await life.on_record()
    assert ended.acts() == ["issue", "terminate_item"]


async def test_an_item_that_does_not_answer_keeps_no_other_waiting(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    lives = sorted([await office.issue(), await office.issue()], key=lambda life: life.id)
    stuck, other = lives
    monkeypatch.setattr(open_items, "ANSWER_WITHIN", policies.ROLLOUT_PAUSE / 60)
    real = domain.lifecycle.next_alarm

    def wedged(item: object) -> object:
        if getattr(item, "id", "") == stuck.id:
            raise RuntimeError("a bug that only this item meets")
        return real(item)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(domain.lifecycle, "next_alarm", wedged)
        await office.house.restart_worker()
        with pytest.raises(ApplicationError) as caught:
            await office.roll_out()
        assert caught.value.type == "items_left"
        assert not caught.value.non_retryable
        assert stuck.id in str(caught.value)
        await other.on_record()
        assert other.acts() == ["issue", "apply_calendar"]
    await office.house.restart_worker()
    told: list[RolledOut] = []

    async def mended() -> bool:
        with contextlib.suppress(ApplicationError):
            told.append(await office.roll_out())
        return bool(told)

    await until(mended)
    assert told == [RolledOut(items=2, applied=2)]


async def test_a_refusal_for_any_other_reason_is_not_taken_for_success(office: Office) -> None:
    await office.issue()
    office.activities = CalendarActivities(
        office.house.client, office.open_items, Seals("another key")
    )
    with pytest.raises(ApplicationError) as caught:
        await office.roll_out()
    assert caught.value.type == "items_left"


async def test_the_workflow_asks_twice_and_counts_every_item_once(office: Office) -> None:
    lives = [await office.issue() for _ in range(2)]
    handle = await office.house.client.start_workflow(
        CalendarRolloutWorkflow.run,
        Rollout(year=office.year, actor=OFFICE),
        id=f"{ids.rollout_id(office.year)}-{office.house.task_queue}",
        task_queue=office.house.task_queue,
    )
    life = Life(house=office.house, id="", handle=handle)
    await life.quiet()
    late = await office.issue()
    now = await office.house.clock.now(handle.id)
    await office.house.clock.forward_to(handle.id, now + policies.ROLLOUT_PAUSE)
    assert await handle.result() == RolledOut(items=3, applied=3)
    for one in (*lives, late):
        await one.on_record()
        assert one.acts() == ["issue", "apply_calendar"]
