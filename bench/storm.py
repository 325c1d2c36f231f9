"""Part 4: many deadlines at one instant, beside as many raw timers with the same commands."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Text, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from bench.figures import Figure, figure
from bench.people import ORDINARY
from bench.script import read_script
from bench.sizes import Sizes
from bench.system import System
from bench.ways import Way
from domain.items import Facts, Kind
from store.tables import audit_events

STORM = "storm"
RUNG = "lapse"
PROBES = 20
# Issuing gets slower as the machine gets warmer; none may be issued after the instant.
SAFETY, AT_LEAST_SECONDS = 1.5, 5.0
LOOK_AGAIN = 0.25
PATIENCE = 300.0


@dataclass(frozen=True, slots=True)
class Rung:
    """One deadline that rang, in seconds after its instant: by its own time, and recorded."""

    rang: float
    recorded: float


async def measure(system: System, sizes: Sizes) -> list[Figure]:
    """The items first: the history of one of them is the raw timers' script."""
    rungs, item = await _items(system, sizes)
    await system.follow({STORM: read_script(await system.history(item))})
    raw = await _raw(system, sizes)
    return [
        *_figures("storm", "同时到期", rungs, raw),
        *_figures("storm.raw", "裸定时器", raw, None),
    ]


async def _items(system: System, sizes: Sizes) -> tuple[list[Rung], str]:
    facts = replace(ORDINARY, kind=Kind.DATED)
    due_at = await _instant(system, system.direct, facts, sizes)
    issued = await _issue(system.direct, replace(facts, due_at=due_at), sizes)
    await asyncio.sleep(max(due_at.timestamp() - time.time(), 0))
    deadline = time.monotonic() + PATIENCE
    while len(rungs := await _rung(system, issued, due_at)) < len(issued):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(rungs)} of {len(issued)} rang")
        await asyncio.sleep(LOOK_AGAIN)
    return rungs, issued[0]


async def _instant(system: System, way: Way, facts: Facts, sizes: Sizes) -> datetime:
    """A whole second far enough ahead for all items to be issued before it."""
    later = replace(facts, due_at=_ahead(system, 86_400))
    begun = time.perf_counter()
    probes = min(PROBES, sizes.storm)
    await _issue(way, later, replace(sizes, storm=probes))
    one = (time.perf_counter() - begun) / probes
    return _ahead(system, one * sizes.storm * SAFETY + AT_LEAST_SECONDS)


def _ahead(system: System, seconds: float) -> datetime:
    now = system.context.now()
    return datetime.fromtimestamp(int(now.timestamp() + seconds) + 1, now.tzinfo)


async def _issue(way: Way, facts: Facts, sizes: Sizes) -> list[str]:
    gate = asyncio.Semaphore(sizes.in_flight)

    async def one() -> str:
        async with gate:
            return await way.issue(facts)

    issued = await asyncio.gather(*(one() for _ in range(sizes.storm)))
    if facts.due_at and time.time() >= facts.due_at.timestamp():
        raise RuntimeError("the deadline came before all items were issued")
    return issued


async def _rung(system: System, issued: Sequence[str], due_at: datetime) -> list[Rung]:
    ours = audit_events.c.item_id == any_(literal(list(issued), ARRAY(Text)))
    query = select(audit_events.c.at, audit_events.c.recorded_at)
    async with system.context.database.read() as connection:
        rows = await connection.execute(query.where(audit_events.c.act == RUNG, ours))
        return [
            Rung((row.at - due_at).total_seconds(), (row.recorded_at - due_at).total_seconds())
            for row in rows
        ]


async def _raw(system: System, sizes: Sizes) -> list[Rung]:
    way, facts = system.raw(STORM), replace(ORDINARY, kind=Kind.DATED)
    due_at = await _instant(system, way, facts, sizes)
    started = await _issue(way, replace(facts, due_at=due_at), sizes)
    await asyncio.sleep(max(due_at.timestamp() - time.time(), 0))
    ran = await asyncio.gather(*(system.told.wait_for(one, 1) for one in started))
    return [
        Rung((step.ordered - due_at).total_seconds(), step.at - due_at.timestamp()) for step in ran
    ]


def _figures(
    key: str, title: str, rungs: Sequence[Rung], raw: Sequence[Rung] | None
) -> list[Figure]:
    rang, recorded = [r.rang for r in rungs], [r.recorded for r in rungs]
    title = f"{title}（{len(rungs)} 件）"
    out = [
        figure(f"{key}.lateness", f"{title}：到期时刻到触发，p99", "秒", rang, statistic="p99"),
        figure(
            f"{key}.recorded", f"{title}：到期时刻到记录，最后一件", "秒", recorded, statistic="max"
        ),
    ]
    if raw is not None:
        last = max(r.recorded for r in raw)
        out.append(
            figure(f"{key}.ratio", f"{title}：最后一件 ÷ 裸定时器", "倍", [max(recorded) / last])
        )
        p99 = figure("", "", "", [r.rang for r in raw]).p99
        ours = figure("", "", "", rang).p99
        out.append(
            figure(f"{key}.lateness_ratio", f"{title}：触发 p99 ÷ 裸定时器", "倍", [ours / p99])
        )
    return out
