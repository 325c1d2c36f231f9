"""Records the histories that ``tests/replay`` replays, on a server of its own with virtual time.

    python -m scripts.record_histories                    tells what would differ; exit 1 if any
    python -m scripts.record_histories --write            replaces the files that differ
    python -m scripts.record_histories --write NAME ...   replaces those named, come what may

A recorded history stands for items that run somewhere. Replace one only when no such item can
exist; otherwise change the workflow under ``workflow.patched`` and record the new path beside it.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from activities.calendar import CalendarActivities
from activities.channels import ChannelActivities, Sending, Undelivered
from activities.messages import Drift, Line, Succession
from activities.reconciliation import ReconciliationActivities
from activities.statement import StatementActivities
from activities.succession import SuccessionActivities
from domain.calendar import CalendarYear
from domain.channels import Channel, Message, Owed
from domain.items import Kind
from domain.records import Snapshot
from domain.seal import Seals
from domain.statement import Examined, Finding
from domain.succession import HandOver
from embedded import Stack, StackOptions
from embedded.virtual_time import VirtualTime
from tests.replay import circular_story, histories
from tests.replay.stories import BEGIN, HAND_OVER, STORIES, Story
from tests.workflows.circulars import with_circulars
from tests.workflows.fakes import MemoryCirculars
from tests.workflows.house import OFFICE, House, Life, ten_in_the_morning
from workflows import ids, policies
from workflows.calendar import CalendarRolloutWorkflow
from workflows.channels import (
    ChannelTrialWorkflow,
    NoticeDispatchWorkflow,
    NoticeSenderWorkflow,
)
from workflows.messages import Rollout
from workflows.reconciliation import ReconciliationWorkflow
from workflows.statement import DailyStatementWorkflow
from workflows.succession import LeaderSuccessionWorkflow

QUEUE = "recording"
CIRCULARS = {"circular": None, "circular-carried-on": 60}
"""The circulars recorded, and after how many events each is carried on."""


class NoItems:
    """A record on which nothing is open."""

    async def open_workflows(self) -> dict[str, int]:
        """Nothing."""
        return {}

    async def open_circulars(self) -> dict[str, int]:
        """Nothing."""
        return {}

    async def known(self, item_ids: list[str]) -> set[str]:
        """Whatever other stories left on the server."""
        return set(item_ids)

    async def succeed(self, succession: Succession) -> list[str]:
        """One unit's charge passed on."""
        return ["ZJJ"] if succession else []

    async def open_items_of(self, units: list[str]) -> list[str]:
        """Nothing."""
        return [] if units else units

    async def record_drift(self, drift: Drift) -> None:
        """Kept nowhere."""

    async def differences(self, snapshot: Snapshot) -> tuple[str, ...]:
        """None of what there is not."""
        return (snapshot.id,)[:0]

    async def numbers(self, item_ids: list[str]) -> dict[str, str]:
        """None."""
        return dict.fromkeys(item_ids[:0], "")

    async def examine(self) -> Examined:
        """Nothing to see."""
        return Examined(open_items=0, ended_items=0, limits=0, entries=0, findings=(), marks={})

    async def keep(self, examined: Examined, findings: tuple[Finding, ...]) -> int:
        """Kept nowhere."""
        return 1 + examined.entries + len(findings)


@dataclass(frozen=True)
class Told:
    """Something to be sent."""

    message: Message | None
    channel: Channel = Channel.WEBHOOK
    username: str = "zjj"
    address: str = ""


class OneNotice:
    """Somebody who is owed one message, on a channel that refuses it once."""

    def __init__(self) -> None:
        owed = Owed(id=1, made_at=BEGIN, title="督查事项下达")
        self._owed: list[Message] = [Message(parts=(owed,), late=False, now=BEGIN)]
        self._refuses = True

    async def lines(self) -> list[Line]:
        """Nobody else."""
        return []

    async def prepare(self, line: Line) -> Told | None:
        """The one, once."""
        return Told(self._owed[0], username=line.username) if self._owed else None

    async def trial(self, line: Line) -> Told | None:
        """Taken at once."""
        return Told(None, username=line.username)

    async def sent(self, sending: Told) -> None:
        """Taken."""
        assert sending.message is not None
        self._owed.remove(sending.message)

    async def failed(self, sending: Told, why: str) -> None:
        """Kept nowhere."""

    async def carry(self, sending: Sending) -> None:
        """Refused once."""
        if sending.message is not None and self._refuses:
            self._refuses = False
            raise Undelivered("对方答复 503")


async def record(names: list[str]) -> dict[str, str]:
    """The histories of all stories (or those named), as the texts of their files."""
    with tempfile.TemporaryDirectory() as folder:
        options = StackOptions(data_dir=Path(folder) / "var", virtual_time=True)
        async with Stack(options) as stack:
            await stack.start_servers()
            client = await Client.connect(
                stack.temporal_address, data_converter=pydantic_data_converter
            )
            return await _all(client, names)


async def _all(client: Client, names: list[str]) -> dict[str, str]:
    seals, nothing = Seals("recorded"), NoItems()
    house = House(client=client, seals=seals, clock=VirtualTime(client), task_queue=QUEUE)
    succession = SuccessionActivities(client, nothing, seals)
    kept = with_circulars(house)
    one = OneNotice()
    channels = ChannelActivities(client, one, one)
    house.activities = (
        *house.activities,
        succession.record,
        succession.hand_over,
        CalendarActivities(client, nothing, seals).apply,
        ReconciliationActivities(client, nothing).reconcile,
        StatementActivities(client, nothing).make,
        channels.dispatch,
        channels.send,
        channels.trial,
    )
    texts: dict[str, str] = {}
    async with house:
        for story in STORIES:
            if not names or story.name in names:
                texts |= await _told(house, story)
        if not names or "calendar-rollout" in names:
            texts["calendar-rollout"] = await _rollout(house)
        if not names or "leader-succession" in names:
            texts["leader-succession"] = await _succession(house)
        for name in CIRCULARS:
            if not names or name in names:
                texts |= await _circular(house, kept, name)
        line = Line(username="zjj", channel="webhook")
        for name, run, given in (
            ("reconciliation", ReconciliationWorkflow.run, ()),
            ("daily-statement", DailyStatementWorkflow.run, ()),
            ("notice-dispatch", NoticeDispatchWorkflow.run, ()),
            ("notice-sender", NoticeSenderWorkflow.run, (line,)),
            ("channel-trial", ChannelTrialWorkflow.run, (line,)),
        ):
            if not names or name in names:
                texts[name] = await _scheduled(house, run, *given)
    return texts


async def _told(house: House, story: Story) -> dict[str, str]:
    sys.stderr.write(f"{story.name} ...\n")
    house.calendar = story.calendar
    issue = house.issue_of(
        story.facts,
        item_id=story.item_id,
        now=BEGIN,
        calendar=story.calendar,
        draft=story.draft,
    )
    if story.forged:
        issue = replace(issue, seal="")
    delay = BEGIN - ten_in_the_morning()
    life = await house.begin(issue, story.most_events, delay=delay)
    await house.clock.forward_to(life.handle.id, BEGIN)
    if not story.forged:
        await life.on_record()
    await story.tell(life)
    texts = await _runs(life, story.name)
    row = house.store.rows.get(life.id)
    for part in row.parts if row else ():
        if part.item_id in house.store.rows:
            child = house.life_of(part.item_id, Kind(part.kind))
            texts |= await _runs(child, f"{story.name}-{part.key}")
    return texts


async def _runs(life: Life, name: str) -> dict[str, str]:
    runs = [await _text(life, run) for run in reversed(await life.runs())]
    if len(runs) == 1:
        return {name: runs[0]}
    return {f"{name}-{number}": text for number, text in enumerate(runs, start=1)}


async def _text(life: Life, run: str) -> str:
    handle = life.house.client.get_workflow_handle(life.handle.id, run_id=run)
    return histories.written(await handle.fetch_history())


async def _circular(house: House, kept: MemoryCirculars, name: str) -> dict[str, str]:
    life = circular_story.life_of(house, kept, name)
    delay = BEGIN - ten_in_the_morning()
    await life.begin(circular_story.DRAFT, BEGIN, start_delay=delay, most_events=CIRCULARS[name])
    await house.clock.forward_to(life.life.handle.id, BEGIN)
    await circular_story.tell(life)
    return await _runs(life.life, name)


async def _rollout(house: House) -> str:
    year = CalendarYear(year=2030, notice="国办发明电〔2029〕9号", rest_days=(), work_days=())
    handle = await house.client.start_workflow(
        CalendarRolloutWorkflow.run,
        Rollout(year=year, actor=OFFICE),
        id=ids.rollout_id(year),
        task_queue=QUEUE,
    )
    await Life(house=house, id="", handle=handle).quiet()
    now = await house.clock.now(handle.id)
    await house.clock.forward_to(handle.id, now + policies.ROLLOUT_PAUSE)
    await handle.result()
    return histories.written(await handle.fetch_history())


async def _succession(house: House) -> str:
    now = ten_in_the_morning()
    begins_at = datetime.combine(now.date() + timedelta(days=1), time(0), now.tzinfo)
    change = TypeAdapter(HandOver).validate_python({**HAND_OVER, "on": begins_at.date()})
    succession = Succession(id="recorded", change=change, begins_at=begins_at, actor=OFFICE)
    handle = await house.client.start_workflow(
        LeaderSuccessionWorkflow.run,
        succession,
        id=ids.succession_workflow_id(succession.id),
        task_queue=QUEUE,
    )
    life = Life(house=house, id="", handle=handle)
    for until in (begins_at, begins_at + policies.ROLLOUT_PAUSE):
        await life.quiet()
        await house.clock.forward_to(handle.id, until)
    await handle.result()
    return histories.written(await handle.fetch_history())


async def _scheduled(house: House, run: Callable[..., Any], *given: Any) -> str:  # noqa: ANN401
    handle = await house.client.start_workflow(run, args=given, id="scheduled", task_queue=QUEUE)
    await handle.result()
    return histories.written(await handle.fetch_history())


def differing(texts: dict[str, str]) -> list[str]:
    """Which histories would not go the same way as the one on file."""
    return [
        name
        for name, text in texts.items()
        if not (path := histories.FOLDER / f"{name}.json").exists()
        or histories.outline(path.read_text(encoding="utf-8")) != histories.outline(text)
    ]


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help="replace the files")
    parser.add_argument("names", nargs="*", help="stories; all unless named")
    asked = parser.parse_args()
    texts = asyncio.run(record(asked.names))
    different = differing(texts)
    if not asked.write:
        sys.stdout.writelines(f"differs: {name}\n" for name in different)
        return 1 if different else 0
    for name in texts if asked.names else different:
        (histories.FOLDER / f"{name}.json").write_text(texts[name], encoding="utf-8")
        sys.stdout.write(f"written: {name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
