"""``duban demo``: told to stop, held or in the middle of it, it leaves nothing behind."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.embedded.processes import ROOT, mentioning, until

HELD = """
import asyncio
from cli.demo import on_stage

async def short(stack):
    await stack.start_servers()

asyncio.run(on_stage(short, hold=True))
"""


def demo(folder: Path, *how: str) -> "subprocess.Popen[str]":
    """A demonstration in a process of its own, whose temporary files are in ``folder``."""
    return subprocess.Popen(
        [sys.executable, "-P", *how],
        env=os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


async def stopped(process: "subprocess.Popen[str]", number: int) -> tuple[int, str, str]:
    """Send it a signal; exit code and what it said after."""
    process.send_signal(number)
    out, err = await asyncio.to_thread(process.communicate)
    return process.returncode, out, err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_held_it_stays_until_told_to_stop(tmp_path: Path, number: int) -> None:
    with demo(tmp_path, "-c", HELD) as process:
        assert process.stdout is not None
        line = await asyncio.to_thread(process.stdout.readline)
        (ui,) = re.findall(r"Temporal 界面 (http://\S+)", line)
        answer = await asyncio.to_thread(urllib.request.urlopen, ui)
        assert answer.status == 200
        answer.close()
        assert process.poll() is None
        assert len(mentioning(tmp_path)) > 2
        code, said, error = await stopped(process, number)
    assert (code, error) == (0, "")
    assert "演示结束" in said
    assert (mentioning(tmp_path), list(tmp_path.iterdir())) == ([], [])


async def test_told_to_stop_in_the_middle(tmp_path: Path) -> None:
    with demo(tmp_path, "-m", "cli.main", "demo", "--hold") as process:
        await until(lambda: len(mentioning(tmp_path)) > 2, 30)
        code, _, error = await stopped(process, signal.SIGTERM)
    assert (code, error) == (0, "")
    await until(lambda: mentioning(tmp_path) == [])
    assert list(tmp_path.iterdir()) == []
