"""``python -m bench [--quick] [--only PART]…``: measure, print the table, keep the results."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from bench import acts, history, lists, lives, memory, pages, ready, storm, years
from bench.figures import Figure
from bench.report import Report
from bench.sizes import FULL, QUICK, Sizes
from bench.system import System, running

Measure = Callable[[System, Sizes], Awaitable[list[Figure]]]

READY = "ready"
PARTS: dict[str, Measure] = {
    "lives": lives.measure,
    "acts": acts.measure,
    "history": history.measure,
    "memory": memory.measure,
    "storm": storm.measure,
    "years": years.measure,
    "lists": lists.measure,
    "pages": pages.measure,
}
"""In this order on one system: what fills it comes last."""
TITLES = {
    READY: "六、启动到就绪",
    "lives": "一、整件办理的速率",
    "acts": "二、单次办理的时延",
    "history": "三、历史事件",
    "memory": "七、内存与磁盘",
    "storm": "四、同时到期",
    "years": "八、全年任务",
    "lists": "五、查询十万件",
    "pages": "九、十万件时的页面",
}
RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Measure what the arguments ask for."""
    asked = _arguments(sys.argv[1:])
    logging.basicConfig(level=logging.ERROR)
    # What is measured is the embedded system as it comes, whatever the caller works with.
    for name in [name for name in os.environ if name.startswith("DUBAN_")]:
        del os.environ[name]
    sizes = QUICK if asked.quick else FULL
    report = Report(sizes)
    asyncio.run(measure(asked.only or [READY, *PARTS], sizes, report))
    report.show()
    print(f"结果已存入 {report.save(asked.results, '-quick' if asked.quick else '')}")


def _arguments(given: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="性能测量。")
    parser.add_argument("--quick", action="store_true", help="量少，只看大概")
    parser.add_argument(
        "--only", action="append", choices=[READY, *PARTS], help="只测这一部分；可多次给出"
    )
    parser.add_argument("--results", type=Path, default=RESULTS, help="结果存放的目录")
    return parser.parse_args(given)


async def measure(names: Sequence[str], sizes: Sizes, report: Report) -> None:
    """The parts of these names: starting first, with nothing else running; then the others, all
    on one system."""
    if READY in names:
        await report.measure(READY, TITLES[READY], ready.measure(sizes))
    on_system = [name for name in PARTS if name in names]
    if not on_system:
        return
    async with running() as system:
        report.servers = await system.versions()
        report.explained = system.explained
        for name in on_system:
            await report.measure(name, TITLES[name], PARTS[name](system, sizes))


if __name__ == "__main__":
    main()
