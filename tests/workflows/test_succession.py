"""A leader's succession reaches every open item that waits for him once, whatever crashes."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pytest_asyncio
from temporalio.testing import ActivityEnvironment

from activities.item_ids import workflow_id
from activities.messages import RolledOut, Succession
from activities.succession import SuccessionActivities
from domain.items import Json
from domain.succession import HandOver
from tests.replay.stories import REPORT
from tests.workflows.house import CHIEF, OFFICE, UNIT, House, Life, ordinary, ten_in_the_morning
from workflows import ids, policies
from workflows.succession import LeaderSuccessionWorkflow

CHANGE = HandOver(
    predecessor="wu",
    predecessor_name="吴副区长",
    successor="deputy",
    successor_name="赵副区长",
    on=date(2030, 1, 1),
    reason="分工调整。",
)


@dataclass
class Register:
    """The directory as far as a succession goes."""

    items: list[str] = field(default_factory=list)
    recorded: list[str] = field(default_factory=list)

    async def succeed(self, succession: Succession) -> list[str]:
        """Recorded at most once."""
        if succession.id not in self.recorded:
            self.recorded.append(succession.id)
        return ["ZJJ"]

    async def open_items_of(self, units: list[str]) -> list[str]:
        """What the store answers."""
        assert units == ["ZJJ"]
        return [workflow_id(item_id) for item_id in self.items]


@dataclass
class Office:
    """A house in which leaders leave."""

    house: House
    register: Register
    activities: SuccessionActivities

    def succession(self, begins_at: datetime | None = None) -> Succession:
        """One that holds at once, or from a later time on."""
        begins_at = begins_at or ten_in_the_morning() - timedelta(hours=10)
        name = f"succession-{self.house.task_queue}"
        return Succession(id=name, change=CHANGE, begins_at=begins_at, actor=OFFICE)

    async def hand_over(self) -> RolledOut:
        """Once, as the activity does."""
        run = ActivityEnvironment().run
        return await run(self.activities.hand_over, self.succession(), ["ZJJ"])

    async def issue(self, *, handed_in: bool) -> Life:
        """An open item, waiting for the leader or not."""
        life = await self.house.issue(ordinary())
        self.register.items.append(life.id)
        if handed_in:
            await life.act(UNIT, "receive")
            await life.act(UNIT, "submit_feedback", **REPORT)
            await life.on_record()
        return life

    async def begin(self, succession: Succession) -> Life:
        """The workflow, begun."""
        handle = await self.house.client.start_workflow(
            LeaderSuccessionWorkflow.run,
            succession,
            id=ids.succession_workflow_id(succession.id),
            task_queue=self.house.task_queue,
        )
        return Life(house=self.house, id="", handle=handle)


@pytest_asyncio.fixture
async def office(unopened: House) -> AsyncIterator[Office]:
    register = Register()
    activities = SuccessionActivities(unopened.client, register, unopened.seals)
    unopened.activities = (activities.record, activities.hand_over)
    async with unopened as house:
        yield Office(house=house, register=register, activities=activities)


async def test_what_waits_is_handed_over_once_and_nothing_else_is_touched(office: Office) -> None:
    waiting, quiet = await office.issue(handed_in=True), await office.issue(handed_in=False)
    ended = await office.issue(handed_in=True)
    await ended.act(CHIEF, "terminate_item", reason="无需办理。")
    await ended.ended()
    office.register.items.append("gone")
    events = len(await quiet.events())
    first = await office.hand_over()
    assert first == await office.hand_over() == RolledOut(items=4, applied=1)
    await waiting.on_record()
    assert waiting.acts() == ["issue", "receive", "submit_feedback", "hand_over"]
    assert len(await quiet.events()) == events, "a refusal leaves no trace"


async def test_the_workflow_waits_for_the_day_and_asks_twice(office: Office) -> None:
    waiting = await office.issue(handed_in=True)
    begins_at = ten_in_the_morning() + timedelta(days=3)
    succession = office.succession(begins_at)
    life = await office.begin(succession)
    await life.quiet()
    assert (office.register.recorded, waiting.acts()[-1]) == ([succession.id], "submit_feedback")
    await office.house.restart_worker()
    await office.house.clock.forward_to(life.handle.id, begins_at)
    await life.quiet()
    await waiting.on_record()
    assert waiting.acts()[-1] == "hand_over"
    late = await office.issue(handed_in=True)
    now = await office.house.clock.now(life.handle.id)
    await office.house.clock.forward_to(life.handle.id, now + policies.ROLLOUT_PAUSE)
    assert await life.handle.result() == RolledOut(items=2, applied=2)
    for one in (waiting, late):
        await one.on_record()
        assert one.acts().count("hand_over") == 1


async def test_nobody_but_the_system_can_hand_over(office: Office) -> None:
    life = await office.issue(handed_in=True)
    body: Json = {
        "predecessor": "wu",
        "predecessor_name": "吴",
        "successor": "deputy",
        "successor_name": "赵",
        "on": "2030-01-01",
        "reason": "分工调整。",
    }
    assert await life.refused(UNIT, "hand_over", **body) == "not_your_role"
    assert await life.refused(OFFICE, "hand_over", successor="deputy") == "missing_field"
    await life.signal("hand_over", body)
    await life.on_record()
    assert life.timeline()[-1].outcome == "refused"
