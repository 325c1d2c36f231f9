"""Part 1: how many items live through their whole life in a second, beside the raw workflow."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from temporalio.api.enums.v1 import EventType

from bench.figures import Figure, at_least, figure
from bench.people import ORDINARY_LIFE
from bench.sizes import Sizes
from bench.system import System
from bench.ways import Http, Way

RATE_GOAL = at_least(0.8)
WARM_UP = 20
IDLE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Batch:
    """Lives lived: how many in a second, and the milliseconds of processor that one took of each
    process beyond what that takes at rest."""

    rate: float
    cpu: Mapping[str, float]


async def measure(system: System, sizes: Sizes) -> list[Figure]:
    """Rounds of one batch each way, one after the other, so that each pair saw the same machine."""
    ways: dict[str, Way] = {"raw": system.raw(), "plain": system.plain, "direct": system.direct}
    ways |= {"http": system.http}
    for way in ways.values():
        await _batch(system, way, min(WARM_UP, sizes.lives), sizes.in_flight, {})
    before = system.http.accepted, system.http.later
    idle = await _idle(system)
    batches: dict[str, list[Batch]] = {name: [] for name in ways}
    for turn in range(sizes.pairs):
        names = list(ways) if turn % 2 == 0 else list(reversed(ways))
        for name in names:
            batch = await _batch(system, ways[name], sizes.lives, sizes.in_flight, idle)
            batches[name].append(batch)
    return [
        *_rates(batches),
        *_put_off(system.http, before),
        *_costs(batches),
        *(
            figure(f"lives.idle.{name}", f"待机 CPU：{name}", "毫秒/秒", [seconds * 1000])
            for name, seconds in idle.items()
        ),
        await _alike(system),
    ]


def _put_off(http: Http, before: tuple[int, int]) -> list[Figure]:
    """How often the API had to put a caller off."""
    accepted, later = http.accepted - before[0], http.later - before[1]
    return [
        figure("lives.http.accepted", "经 HTTP：未及记录，答 202", "次", [accepted]),
        figure("lives.http.later", "经 HTTP：未及受理，答 503", "次", [later]),
    ]


async def _batch(
    system: System, way: Way, lives: int, in_flight: int, idle: Mapping[str, float]
) -> Batch:
    gate = asyncio.Semaphore(in_flight)

    async def one() -> None:
        async with gate:
            await live(way)

    before, begun = system.cpu(), time.perf_counter()
    await asyncio.gather(*(one() for _ in range(lives)))
    took, after = time.perf_counter() - begun, system.cpu()
    spent = {n: after[n] - before[n] - idle.get(n, 0.0) * took for n in after}
    return Batch(lives / took, {n: seconds * 1000 / lives for n, seconds in spent.items()})


async def _idle(system: System) -> dict[str, float]:
    """Processor seconds that each process takes in a second in which nothing happens."""
    before, begun = system.cpu(), time.perf_counter()
    await asyncio.sleep(IDLE_SECONDS)
    after, took = system.cpu(), time.perf_counter() - begun
    return {name: (after[name] - before[name]) / took for name in after}


async def live(way: Way) -> None:
    """One whole life."""
    item = await way.issue()
    for act in ORDINARY_LIFE:
        await way.act(item, act)


TITLES = {
    "raw": "裸流程",
    "plain": "Temporal 客户端直连",
    "direct": "经 api.commands",
    "http": "经 HTTP",
}


def _rates(batches: Mapping[str, list[Batch]]) -> list[Figure]:
    out = [
        figure(f"lives.rate.{name}", f"每秒事项数，{TITLES[name]}", "件/秒", [b.rate for b in done])
        for name, done in batches.items()
    ]
    for name in ("plain", "direct", "http"):
        pairs = zip(batches[name], batches["raw"], strict=True)
        out.append(
            figure(
                f"lives.ratio.{name}",
                f"每秒事项数，{TITLES[name]} ÷ 裸流程",
                "倍",
                [ours.rate / raw.rate for ours, raw in pairs],
                goal=RATE_GOAL if name == "plain" else None,
            )
        )
    return out


def _costs(batches: Mapping[str, list[Batch]]) -> list[Figure]:
    out = []
    for name, done in batches.items():
        for process in done[0].cpu:
            spent = [batch.cpu[process] for batch in done]
            if max(spent) >= 1:
                title = f"每件 CPU，{TITLES[name]}：{process}"
                out.append(figure(f"lives.cpu.{name}.{process}", title, "毫秒", spent))
        whole = [sum(batch.cpu.values()) for batch in done]
        out.append(figure(f"lives.cpu.{name}", f"每件 CPU，{TITLES[name]}：合计", "毫秒", whole))
    return out


async def _alike(system: System) -> Figure:
    """Whether the raw workflow really gave the same commands: events of either life by type."""
    ours, raw = await _events(system, system.plain), await _events(system, system.raw())
    differing = sum(((ours - raw) + (raw - ours)).values())
    return figure(
        "lives.raw_differs",
        "裸流程与事项历史事件不同的条数",
        "条",
        [differing],
        remark=f"各 {sum(ours.values())}、{sum(raw.values())} 条",
    )


async def _events(system: System, way: Way) -> Counter[str]:
    item = await way.issue()
    for act in ORDINARY_LIFE:
        await system.history(item)
        await way.act(item, act)
    return Counter(EventType.Name(event.event_type) for event in await system.history(item))
