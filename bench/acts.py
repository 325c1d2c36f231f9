"""Part 2: how long one act takes, alone, in a row and under load, beside an empty update."""

import asyncio
from collections.abc import Iterable, Sequence

from bench.figures import Figure, Goal, at_most, figure
from bench.lives import live
from bench.people import ACCEPT, PROGRESS, RECEIVE, RESULT, SIGN
from bench.sizes import Sizes
from bench.system import System
from bench.ways import Empty, Way, timed

LATENCY_GOAL = at_most(3)
# Of every sort: with and without a change of status, with and without another alarm.
ACTS = (RECEIVE, PROGRESS, RESULT, SIGN, ACCEPT)
PAUSE_SECONDS = 0.03
WARM_UP = 5

TITLES = {"http": "经 HTTP", "direct": "经 api.commands"}
Lap = tuple[str, float]


async def measure(system: System, sizes: Sizes) -> list[Figure]:
    """Each way alone, in a row, under load; empty updates in between tell what the machine gave."""
    ways: dict[str, Way] = {"http": system.http, "direct": system.direct}
    for way in ways.values():
        await _laps(way, await _items(way, WARM_UP), PAUSE_SECONDS)
    alone, empty = await _alone(system, ways, sizes.acts_alone)
    out = [figure("acts.empty", "空更新", "毫秒", empty)]
    for name in ways:
        out += _figures(f"acts.alone.{name}", f"单次办理，{TITLES[name]}", alone[name], empty)
    for name, way in ways.items():
        out += await _in_a_row(system, name, way, sizes.acts_in_a_row)
    for name, way in ways.items():
        out += await _under_load(system, name, way, sizes)
    return out


async def _alone(
    system: System, ways: dict[str, Way], acts: int
) -> tuple[dict[str, list[Lap]], list[float]]:
    """One after the other with pauses, the ways and empty updates in turn."""
    target, empty = await system.empty.start(), list[float]()
    laps: dict[str, list[Lap]] = {name: [] for name in ways}
    for _ in range(-(-acts // len(ACTS))):
        for name, way in ways.items():
            laps[name] += await _laps(way, await _items(way, 1), PAUSE_SECONDS)
            empty += await _empties(system.empty, target, len(ACTS), PAUSE_SECONDS)
    return laps, empty


async def _in_a_row(system: System, name: str, way: Way, acts: int) -> list[Figure]:
    """Without a pause, beside as many empty updates without a pause."""
    items = await _items(way, -(-acts // len(ACTS)))
    await asyncio.sleep(1)
    laps = await _laps(way, items, 0)
    empty = await _empties(system.empty, await system.empty.start(), acts, 0)
    key, title = f"acts.in_a_row.{name}", f"连续办理 {len(laps)} 次，{TITLES[name]}"
    halves = len(laps) // 2
    late = figure(f"{key}.second_half", f"{title}：后一半", "毫秒", [t for _, t in laps[halves:]])
    return [*_figures(key, title, laps, empty), late]


async def _under_load(system: System, name: str, way: Way, sizes: Sizes) -> list[Figure]:
    """While other items live their lives."""
    items = await _items(way, -(-sizes.acts_under_load // len(ACTS)))
    over = asyncio.Event()

    async def others() -> None:
        while not over.is_set():
            await live(system.http)

    crowd = [asyncio.create_task(others()) for _ in range(sizes.in_flight)]
    try:
        await asyncio.sleep(2)
        laps = await _laps(way, items, 0)
        empty = await _empties(system.empty, await system.empty.start(), len(laps) // 2, 0)
    finally:
        over.set()
        await asyncio.gather(*crowd)
    title = f"另有 {sizes.in_flight} 件同时在办时，{TITLES[name]}"
    return _figures(f"acts.under_load.{name}", title, laps, empty, goal=None)


async def _items(way: Way, count: int) -> list[str]:
    return [await way.issue() for _ in range(count)]


async def _laps(way: Way, items: Iterable[str], pause: float) -> list[Lap]:
    laps = []
    for item in items:
        for act in ACTS:
            await asyncio.sleep(pause)
            laps.append((act.name, await timed(way.act(item, act))))
    return laps


async def _empties(empty: Empty, target: str, count: int, pause: float) -> list[float]:
    out = []
    for _ in range(count):
        await asyncio.sleep(pause)
        out.append(await timed(empty.update(target)))
    return out


def _figures(
    key: str,
    title: str,
    laps: Sequence[Lap],
    empty: Sequence[float],
    goal: Goal | None = LATENCY_GOAL,
) -> list[Figure]:
    took = [milliseconds for _, milliseconds in laps]
    least = figure("", "", "", list(empty)).median
    return [
        figure(key, title, "毫秒", took),
        figure(f"{key}.p99", f"{title}：p99", "毫秒", took, statistic="p99"),
        figure(
            f"{key}.ratio",
            f"{title} ÷ 空更新中位数",
            "倍",
            [milliseconds / least for milliseconds in took],
            goal=goal,
            remark=f"空更新 {least:.1f} 毫秒",
        ),
    ]
