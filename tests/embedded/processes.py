"""Looking at processes from outside."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from embedded.process import start_time

ROOT = Path(__file__).parents[2]
HOST = Path(__file__).with_name("host.py")


class Host:
    """A stack in a process of its own, so that it can be killed."""

    def __init__(self, folder: Path, *, prefix: Sequence[str] = ()) -> None:
        self.process = subprocess.Popen(
            [*prefix, sys.executable, str(HOST), str(folder)],
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            start_new_session=True,
        )

    async def told(self) -> dict[str, Any]:
        """The line it prints."""
        assert self.process.stdout is not None
        line = await asyncio.to_thread(self.process.stdout.readline)
        return dict(json.loads(line))

    async def end(self, number: int) -> int:
        """Send it a signal; its exit code."""
        self.process.send_signal(number)
        return await self.wait()

    async def wait(self) -> int:
        """Its exit code."""
        code = await asyncio.to_thread(self.process.wait)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code

    async def __aenter__(self) -> "Host":
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.process.poll() is None:
            await self.end(signal.SIGKILL)
        elif self.process.stdout is not None:
            self.process.stdout.close()


async def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for a condition, and fail when it does not come about."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        await asyncio.sleep(0.05)


def running(pid: int) -> bool:
    """Whether the process runs (a zombie does not)."""
    return start_time(pid) is not None


def mentioning(text: str | Path) -> list[int]:
    """Running processes whose command line or working folder names ``text``."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().decode("utf-8", "replace")
            folder = str((entry / "cwd").readlink())
        except OSError:
            continue
        if str(text) in command or str(text) in folder:
            found.append(int(entry.name))
    return [pid for pid in found if running(pid)]
