"""The whole system from one command: `duban migrate`, `duban worker` and `duban api` run here."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from embedded import Stack, StackOptions
from embedded.ports import free_port
from tests.embedded.processes import ROOT, mentioning, running, until

# A machine that runs a whole test suite beside it is slower than an idle one.
READY_WITHIN = 30.0


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    folder = tmp_path_factory.mktemp("whole") / "var"
    async with Stack(StackOptions(data_dir=folder, workers=2)) as stack:
        await stack.start()
        yield stack


async def get(url: str) -> tuple[int, str]:
    """Status and body of an answer."""

    def fetch() -> tuple[int, str]:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.read().decode()

    return await asyncio.to_thread(fetch)


async def pollers(address: str) -> set[str]:
    """Who polls the supervision queue for workflow tasks."""
    client = await Client.connect(address)
    described = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace="default",
            task_queue=TaskQueue(name="supervision"),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
    )
    return {poller.identity for poller in described.pollers}


async def test_everything_runs(stack: Stack) -> None:
    assert set(stack.services) == {"postgres", "temporal", "worker-1", "worker-2", "api"}
    assert all(stack.pid(name) for name in stack.services)
    assert (await get(f"{stack.api_url}/readyz"))[0] == 200
    assert (await get(f"{stack.api_url}/api/v1/openapi.json"))[0] == 200
    while len(await pollers(stack.temporal_address)) < 2:
        await asyncio.sleep(0.1)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("name", ["worker-1", "api"])
async def test_one_that_dies_is_started_again(stack: Stack, name: str, number: int) -> None:
    pid = stack.pid(name)
    assert pid is not None
    os.kill(pid, number)
    await until(lambda: stack.pid(name) not in {pid, None}, READY_WITHIN)
    await stack.wait_ready(name)
    assert (await get(f"{stack.api_url}/readyz"))[0] == 200


async def test_worker_and_api_outlast_their_servers(stack: Stack) -> None:
    before = {name: stack.pid(name) for name in ("worker-1", "worker-2", "api")}
    await stack.kill("postgres")
    await stack.kill("temporal")
    await stack.wait_ready("postgres")
    await stack.wait_ready("temporal")

    async def ready() -> bool:
        try:
            return (await get(f"{stack.api_url}/readyz"))[0] == 200
        except OSError:
            return False

    async with asyncio.timeout(READY_WITHIN):
        while not await ready() or not await pollers(stack.temporal_address):
            await asyncio.sleep(0.1)
    assert {name: stack.pid(name) for name in before} == before


def duban(*arguments: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run a command beside the stack on that folder."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DUBAN_")}
    return subprocess.run(
        [sys.executable, "-P", "-m", "cli.main", *arguments],
        env=clean | {"DUBAN_DATA_DIR": str(folder), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


async def test_the_doctor_finds_the_running_system_well(stack: Stack) -> None:
    root = Path(stack.environment["DUBAN_DATA_DIR"])
    done = await asyncio.to_thread(duban, "doctor", "--json", folder=root)
    found = {finding["name"]: finding for finding in json.loads(done.stdout)["findings"]}
    assert done.returncode == 0, found
    wanted = ("数据库", "数据库结构", "Temporal", "检索属性", "工作进程", "签名密钥", "端口")
    assert {name: found[name]["state"] for name in wanted} == dict.fromkeys(wanted, "正常")
    assert sum("工作日历" in name for name in found) == 2
    assert "均未开通" in found["站外消息渠道"]["detail"]


async def test_commands_find_the_running_system(stack: Stack) -> None:
    root = Path(stack.environment["DUBAN_DATA_DIR"])
    done = await asyncio.to_thread(duban, "unit", "add", "GAJ", "区公安局", folder=root)
    assert (done.returncode, done.stderr) == (0, "")


async def test_migrating_again_changes_nothing(stack: Stack) -> None:
    await stack.migrate()
    assert (await get(f"{stack.api_url}/readyz"))[0] == 200


class Up:
    """``duban up`` in a process of its own."""

    def __init__(self, folder: Path) -> None:
        ports = [str(free_port()) for _ in range(3)]
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-P", "-m", "cli.main", "up", "--data-dir", str(folder)),
                *("--api-port", ports[0], "--temporal-port", ports[1], "--ui-port", ports[2]),
            ],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said = ""

    async def __aenter__(self) -> "Up":
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.process.poll() is None:
            await self.end(signal.SIGKILL)

    async def ready(self) -> str:
        """Wait until it says where the system is; what it has said so far."""
        assert self.process.stdout is not None
        while "停止。" not in self.said:
            line = await asyncio.to_thread(self.process.stdout.readline)
            assert line, self.said + (self.process.stderr.read() if self.process.stderr else "")
            self.said += line
        return self.said

    async def end(self, number: int) -> tuple[int, str, str]:
        """Send a signal; exit code and what it said after."""
        self.process.send_signal(number)
        return await self.ended()

    async def ended(self) -> tuple[int, str, str]:
        """Wait for the end; exit code and what it said until then."""

        def read() -> tuple[int, str, str]:
            assert self.process.stdout is not None
            assert self.process.stderr is not None
            with self.process:
                out, err = self.process.stdout.read(), self.process.stderr.read()
            return self.process.returncode, out, err

        return await asyncio.to_thread(read)


async def test_up_from_first_start_to_stop_and_again(tmp_path: Path) -> None:
    begun = time.monotonic()
    async with Up(tmp_path / "var") as first:
        said = await first.ready()
        print(f"first start to ready: {time.monotonic() - begun:.1f} s")
        assert "/api/v1/docs" in said
        assert "Temporal 界面" in said
        code, rest, error = await first.end(signal.SIGTERM)
    assert (code, error) == (0, "")
    assert re.search(r"密码 +\S{8,}\n", rest)
    assert mentioning(tmp_path) == []

    begun = time.monotonic()
    async with Up(tmp_path / "var") as second:
        await second.ready()
        print(f"second start to ready: {time.monotonic() - begun:.1f} s")
        code, rest, error = await second.end(signal.SIGINT)
    assert (code, error) == (0, "")
    assert "密码" not in rest
    assert mentioning(tmp_path) == []


async def test_up_killed_leaves_nothing_and_a_copy_is_refused(tmp_path: Path) -> None:
    async with Up(tmp_path / "var") as up:
        await up.ready()
        recorded = json.loads((tmp_path / "var" / "run.json").read_text())
        pids = [child["pid"] for child in recorded.values()]
        assert set(recorded) == {"postgres", "temporal", "worker-1", "api"}
        async with Up(tmp_path / "var") as copy:
            code, _, error = await copy.ended()
        assert code == 1
        assert error.count("\n") == 1
        assert "已在" in error
        assert all(map(running, pids))
        await up.end(signal.SIGKILL)
    await until(lambda: not any(map(running, pids)))
    async with Stack(StackOptions(data_dir=tmp_path / "var")) as again:
        await again.start()
    assert mentioning(tmp_path) == []


async def test_up_told_to_stop_while_starting(tmp_path: Path) -> None:
    async with Up(tmp_path / "var") as up:
        await until(lambda: len(mentioning(tmp_path / "var")) > 2)
        code, _, error = await up.end(signal.SIGTERM)
    assert (code, error) == (0, "")
    await until(lambda: mentioning(tmp_path) == [])
