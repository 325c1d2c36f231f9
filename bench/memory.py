"""Part 7: what a thousand open items take, in memory and on disk."""

import asyncio
import sqlite3
from collections.abc import Mapping
from contextlib import closing

from sqlalchemy import text

from bench import processes
from bench.figures import Figure, figure
from bench.lives import live
from bench.people import RECEIVE
from bench.processes import Memory
from bench.sizes import Sizes
from bench.system import System

WARM_UP = 20
CALM_SECONDS = 2.0
MEBIBYTE, KIBIBYTE = 1 << 20, 1 << 10
PROCESSES = {"worker": "工作进程", "server": "Temporal", "postgres": "PostgreSQL", "api": "API"}


async def measure(system: System, sizes: Sizes) -> list[Figure]:
    """Before and after so many items were issued and received, beginning with a fresh worker."""
    await system.stack.restart("worker-1")
    for _ in range(min(WARM_UP, sizes.open_items)):
        await live(system.direct)
    before, disk_before = await _memory(system), await _disk(system)
    await _open(system, sizes)
    after, disk_after = await _memory(system), await _disk(system)
    thousands = sizes.open_items / 1000
    out = []
    for name, title in PROCESSES.items():
        more = (_used(name, after) - _used(name, before)) / MEBIBYTE / thousands
        whole = _used(name, after) / MEBIBYTE
        out.append(
            figure(
                f"memory.{name}",
                f"每千件在办事项的内存：{title}",
                "MiB",
                [more],
                remark=f"{sizes.open_items} 件时共 {whole:.0f} MiB",
            )
        )
    for name, title in {"postgres": "业务库", "server": "Temporal 库"}.items():
        each = (disk_after[name] - disk_before[name]) / KIBIBYTE / sizes.open_items
        out.append(figure(f"disk.{name}", f"每件在办事项的磁盘：{title}", "KiB", [each]))
    return out


def _used(name: str, taken: Mapping[str, Memory]) -> int:
    """PostgreSQL's processes share most of theirs, which must not be counted many times."""
    return taken[name].own if name == "postgres" else taken[name].resident


async def _open(system: System, sizes: Sizes) -> None:
    gate = asyncio.Semaphore(sizes.in_flight)

    async def one() -> None:
        async with gate:
            await system.direct.act(await system.direct.issue(), RECEIVE)

    await asyncio.gather(*(one() for _ in range(sizes.open_items)))


async def _memory(system: System) -> Mapping[str, Memory]:
    await asyncio.sleep(CALM_SECONDS)
    return {name: processes.memory(pid) for name, pid in system.pids().items()}


async def _disk(system: System) -> Mapping[str, int]:
    """Bytes of either database, without its log of changes still to be written."""
    async with system.context.database.read() as connection:
        postgres = await connection.scalar(text("SELECT pg_database_size(current_database())"))
    file = system.folder / "var" / "temporal" / "temporal.db"
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as temporal:
        pages, size = (_pragma(temporal, name) for name in ("page_count", "page_size"))
    return {"postgres": int(postgres or 0), "server": pages * size}


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
