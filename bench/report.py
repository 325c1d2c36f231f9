"""The table, and the file in which the results are kept."""

import json
import os
import platform
import subprocess
import time
from collections.abc import Awaitable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import processes
from bench.figures import Figure
from bench.processes import PROC
from bench.sizes import Sizes

WIDTH = 150
MET = {True: "[green]达到[/]", False: "[red]未达到[/]", None: ""}
STATISTICS = {"median": "中位", "p95": "p95", "p99": "p99", "max": "最大"}
PACKAGES = ("duban", "temporalio", "fastapi", "pydantic", "sqlalchemy", "asyncpg", "uvicorn")
KIBIBYTE = 1 << 10


@dataclass(frozen=True, slots=True)
class Part:
    """The figures of one part. ``others`` is how many processors other programs kept busy
    meanwhile: they make every figure worse."""

    title: str
    seconds: float
    others: float
    figures: list[Figure]


@dataclass(slots=True)
class Report:
    """What one run measured."""

    sizes: Sizes
    servers: Mapping[str, str] = field(default_factory=dict)
    explained: Mapping[str, str] = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)

    async def measure(self, name: str, title: str, work: Awaitable[list[Figure]]) -> None:
        """Await one part and take in its figures."""
        print(f"{title} ……", end="", flush=True)
        begun, before = time.monotonic(), _others()
        found = await work
        seconds, others = time.monotonic() - begun, max(_others() - before, 0.0)
        self.parts[name] = Part(title, seconds, others / seconds, found)
        print(f" {seconds:.0f} 秒", flush=True)

    def show(self) -> None:
        """Print every figure beside its goal."""
        console = Console()
        if not console.is_terminal:
            console.width = WIDTH
        for part in self.parts.values():
            console.print(_table(part))
        goals = [one for part in self.parts.values() for one in part.figures if one.goal]
        missed = [one for one in goals if not one.met]
        console.print(
            f"目标 {len(goals)} 项，达到 {len(goals) - len(missed)} 项。", highlight=False
        )
        for one in missed:
            console.print(f"  未达到：{_goal(one)}", highlight=False)

    def save(self, folder: Path, suffix: str = "") -> Path:
        """Keep everything in a new file of ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        now = datetime.now().astimezone()
        file = folder / f"{now:%Y-%m-%dT%H%M%S}{suffix}.json"
        file.write_text(json.dumps(self._whole(now), ensure_ascii=False, indent=1) + "\n")
        return file

    def _whole(self, now: datetime) -> dict[str, Any]:
        return {
            "date": now.isoformat(timespec="seconds"),
            "commit": _commit(),
            "versions": _versions() | dict(self.servers),
            "machine": machine(),
            "sizes": asdict(self.sizes),
            "parts": {
                name: {
                    "seconds": round(part.seconds, 1),
                    "cores_busy_with_others": round(part.others, 2),
                    "figures": [one.as_json() for one in part.figures],
                }
                for name, part in self.parts.items()
            },
            "explained": dict(self.explained),
        }


def machine() -> dict[str, Any]:
    """What it ran on."""
    known = dict(_pairs(PROC / "cpuinfo")) | dict(_pairs(PROC / "meminfo"))
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": known.get("model name", platform.machine()),
        "memory_gib": round(int(known["MemTotal"].split()[0]) / KIBIBYTE / KIBIBYTE, 1),
        "system": platform.platform(),
    }


def _pairs(file: Path) -> list[tuple[str, str]]:
    lines = [line.partition(":") for line in file.read_text().splitlines()]
    return [(name.strip(), value.strip()) for name, _, value in lines]


def _others() -> float:
    """Processor seconds that were not ours."""
    return processes.machine_seconds() - processes.cpu_seconds(os.getpid())


def _versions() -> dict[str, str]:
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def _commit() -> str | None:
    """What was measured, where that is known."""
    asked = ["git", "describe", "--always", "--dirty"]
    try:
        told = subprocess.run(
            asked, cwd=Path(__file__).parent, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return told.stdout.strip()


def _table(part: Part) -> Table:
    title = f"{part.title}（{part.seconds:.0f} 秒；其他程序占用 {part.others:.2f} 核）"
    table = Table(title=title, title_justify="left")
    for heading in ("项目", "单位"):
        table.add_column(heading, overflow="fold")
    for heading in ("n", "最小", "中位", "最大", "取值", "目标"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("备注", overflow="fold")
    for one in part.figures:
        table.add_row(*_row(one))
    return table


def _row(one: Figure) -> tuple[str, ...]:
    spread = (_number(value) for value in (one.least, one.median, one.most))
    value = f"{STATISTICS[one.statistic]} {_number(one.value)}"
    goal = one.goal.said if one.goal else ""
    return (one.title, one.unit, str(one.n), *spread, value, goal, MET[one.met], one.remark)


def _goal(one: Figure) -> str:
    assert one.goal is not None
    return f"{one.title}：{_number(one.value)} {one.unit}（目标 {one.goal.said}）"


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
