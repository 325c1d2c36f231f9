"""Part 8: year-round tasks through a whole virtual year: what a task and a slot cost in events,
bytes and processor time, and how that grows with their number."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from datetime import time as clock_time

from temporalio.api.history.v1 import HistoryEvent
from temporalio.service import RPCError

from bench.figures import Figure, at_most, figure
from bench.people import ACCEPT, ORDINARY, RECEIVE, RESULT, SIGN, STAFF, Act
from bench.processes import cpu_seconds, memory
from bench.sizes import Sizes
from bench.system import System
from bench.virtual import Virtual
from bench.ways import fresh
from domain.cycles import Cycle
from domain.items import Kind
from domain.parts import Part, PartState
from store import reads
from store.rows import ItemRow
from workflows.ids import workflow_id

SLOTS = 12
LINEAR, NONE = at_most(1.05), at_most(0)
AT_ONCE = 20
# With more its clock stood still in some runs, and nothing went on (docs/year-tasks.md).
MOST_AT_ONCE = 5
STANDS_STILL = 180.0
"""Seconds in which a group that goes on at all has long lived its year."""
TRIES = 5
RECORDED_WITHIN = 120.0
REPORT = Act("unit", "submit_feedback", {"text": "本期任务已完成。"})
SAMPLE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """What a year of ``tasks`` tasks took, and whether every slot was there once; ``repeated``
    groups were begun again with other tasks, because their test server failed."""

    tasks: int
    repeated: int
    missing: int
    doubled: int
    cpu: float
    wall: float
    resident: int
    of_task: list[list[HistoryEvent]]
    of_slot: list[list[HistoryEvent]]


async def measure(system: System, sizes: Sizes) -> list[Figure]:
    """The same year with few and with many tasks, all in one record."""
    years = [await _lived_through(system, count) for count in sizes.year_tasks]
    few, many = years[0], years[-1]
    return [
        figure("years.missing", "全年任务：缺少", "期", [y.missing for y in years], goal=NONE),
        figure("years.doubled", "全年任务：重复", "期", [y.doubled for y in years], goal=NONE),
        figure(
            "years.repeated",
            "全年任务：测试服务器停住或断开、另行重来的组",
            "组",
            [y.repeated for y in years],
        ),
        *_sizes("years.task", "每件全年任务（十二期）", many.of_task),
        *_sizes("years.slot", "每期报告", many.of_slot),
        *_spent(years),
        figure(
            "years.growth.cpu",
            f"全年任务：每件的处理器用时，{many.tasks}件 ÷ {few.tasks}件",
            "倍",
            [(many.cpu / many.tasks) / (few.cpu / few.tasks)],
            goal=LINEAR,
        ),
        figure(
            "years.growth.events",
            f"全年任务：每件的历史事件，{many.tasks}件 ÷ {few.tasks}件",
            "倍",
            [_mean(many.of_task) / _mean(few.of_task)],
            goal=LINEAR,
        ),
    ]


def _spent(years: Sequence[Year]) -> list[Figure]:
    found = []
    for year in years:
        key, told = f"years.{year.tasks}", f"{year.tasks}件任务、{year.tasks * SLOTS}期"
        per_slot = 1000 * year.cpu / year.tasks / SLOTS
        found += [
            figure(f"{key}.wall", f"{told}过完一年", "秒", [year.wall]),
            figure(f"{key}.cpu", f"{told}：每期的处理器用时（全部进程）", "毫秒", [per_slot]),
            figure(f"{key}.memory", f"{told}：进程内存", "MiB", [year.resident / 2**20]),
        ]
    return found


def _sizes(key: str, title: str, histories: Sequence[Sequence[HistoryEvent]]) -> list[Figure]:
    kilobytes = [sum(event.ByteSize() for event in history) / 1024 for history in histories]
    return [
        figure(f"{key}.events", f"历史事件：{title}", "条", [len(h) for h in histories]),
        figure(f"{key}.bytes", f"历史大小：{title}", "KiB", kilobytes),
    ]


def _mean(histories: Sequence[Sequence[HistoryEvent]]) -> float:
    return sum(map(len, histories)) / len(histories)


async def _lived_through(system: System, count: int) -> Year:
    """So many tasks, group by group, each group on a test server of its own."""
    groups = [
        await _group(system, min(left, MOST_AT_ONCE)) for left in range(count, 0, -MOST_AT_ONCE)
    ]
    return Year(
        tasks=count,
        repeated=sum(group.repeated for group in groups),
        missing=sum(group.missing for group in groups),
        doubled=sum(group.doubled for group in groups),
        cpu=sum(group.cpu for group in groups),
        wall=sum(group.wall for group in groups),
        resident=max(group.resident for group in groups),
        of_task=[history for group in groups for history in group.of_task],
        of_slot=[history for group in groups for history in group.of_slot],
    )


async def _group(system: System, count: int) -> Year:
    """A group's year. Raises what its server did where that fails again and again."""
    tried = 0
    while True:
        try:
            async with Virtual.starting(system) as virtual, asyncio.timeout(STANDS_STILL):
                return replace(await _lived(virtual, count), repeated=tried)
        except (TimeoutError, RPCError):
            tried += 1
            if tried == TRIES:
                raise


async def _lived(virtual: Virtual, count: int) -> Year:
    began, cpu = time.monotonic(), cpu_seconds(os.getpid())
    year = (await virtual.now()).year + 1
    facts = replace(ORDINARY, kind=Kind.YEAR_ROUND, cycle=Cycle.MONTH, year=year)
    tasks = await _each(range(count), lambda _: virtual.issue(facts))
    await _each(tasks, lambda task: _act(virtual, task, RECEIVE))
    rows = [await _row(virtual, task) for task in tasks]
    for part in rows[0].parts:
        assert part.due_on is not None
        await virtual.until(_at_ten(part.due_on, virtual))
        await _each(tasks, lambda task, part=part: _report(virtual, task, part.key))
    await virtual.until(_at_ten(date(year, 12, 29), virtual))
    for act in (RESULT, SIGN, ACCEPT):
        await _each(tasks, lambda task, act=act: _act(virtual, task, act))
    rows = [await _where(virtual, task, lambda row: row.status == "closed") for task in tasks]
    slots = [[part.item_id for part in row.parts] for row in rows]
    told = [await _opened(virtual, task) for task in tasks]
    return Year(
        tasks=count,
        repeated=0,
        missing=sum(SLOTS - len(set(opened)) for opened in told),
        doubled=sum(len(opened) - len(set(opened)) for opened in told),
        cpu=cpu_seconds(os.getpid()) - cpu,
        wall=time.monotonic() - began,
        resident=memory(os.getpid()).own,
        of_task=[await _events(virtual, task, Kind.YEAR_ROUND) for task in tasks[:SAMPLE]],
        of_slot=[await _events(virtual, one, Kind.SLOT) for ids in slots[:SAMPLE] for one in ids],
    )


async def _each(names: Sequence[object] | range, do: Callable[..., Awaitable[object]]) -> list[str]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(name: object) -> object:
        async with gate:
            return await do(name)

    return [str(done) for done in await asyncio.gather(*(one(name) for name in names))]


def _at_ten(on: date, virtual: Virtual) -> datetime:
    return datetime.combine(on, clock_time(10), virtual.zone)


async def _act(virtual: Virtual, item: str, act: Act) -> None:
    await virtual.commands.act(
        actor=STAFF[act.who],
        item_id=item,
        act=act.name,
        route=act.route,
        raw=act.body,
        key=fresh(),
    )


async def _report(virtual: Virtual, task: str, key: str) -> None:
    """The slot's item, which the task has opened in time, is reported and heard of."""

    def part_of(row: ItemRow) -> Part:
        return next(part for part in row.parts if part.key == key)

    row = await _where(virtual, task, lambda row: part_of(row).state is PartState.OPEN)
    slot = part_of(row).item_id
    await _where(virtual, slot, lambda row: row.status == "in_progress")
    await _act(virtual, slot, REPORT)
    await _where(virtual, task, lambda row: part_of(row).state is PartState.CLOSED)


async def _row(virtual: Virtual, item: str) -> ItemRow:
    return await _where(virtual, item, lambda _: True)


async def _where(virtual: Virtual, item: str, wanted: Callable[[ItemRow], bool]) -> ItemRow:
    context = virtual.system.context
    async with asyncio.timeout(RECORDED_WITHIN):
        while True:
            async with context.database.read() as connection:
                row = await reads.item_row(connection, item)
            if row is not None and wanted(row):
                return row
            await context.commits.wait_for(item, (row.seq if row else 0) + 1, 1.0)


async def _opened(virtual: Virtual, task: str) -> list[str]:
    async with virtual.system.context.database.read() as connection:
        entries = await reads.timeline(connection, task, include_covert=True)
    return [entry.body["slot"] for entry in entries if entry.act == "open_slot"]


async def _events(virtual: Virtual, item: str, kind: Kind) -> list[HistoryEvent]:
    """Of every run."""
    client, run = virtual.environment.client, None
    found: list[HistoryEvent] = []
    while True:
        handle = client.get_workflow_handle(workflow_id(item, kind), run_id=run)
        events = list((await handle.fetch_history()).events)
        found = events + found
        run = events[0].workflow_execution_started_event_attributes.continued_execution_run_id
        if not run:
            return found
