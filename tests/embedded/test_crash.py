"""The process that runs the stack dies, or is told to stop: nothing stays behind."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from embedded import Stack, StackOptions
from tests.embedded.processes import Host, mentioning, running, until


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_told_to_stop_it_stops_everything(tmp_path: Path, number: int) -> None:
    async with Host(tmp_path / "var") as host:
        pids = (await host.told())["pids"].values()
        assert await host.end(number) == 0
        assert not any(map(running, pids))
    assert mentioning(tmp_path) == []


async def test_killed_it_takes_its_children_along_and_the_next_start_works(tmp_path: Path) -> None:
    async with Host(tmp_path / "var") as host:
        told = await host.told()
        await host.end(signal.SIGKILL)
        await until(lambda: not any(map(running, told["pids"].values())))
    async with Stack(StackOptions(data_dir=tmp_path / "var")) as stack:
        await stack.start_servers()
        assert stack.environment["DUBAN_SECRET_KEY"] == told["environment"]["DUBAN_SECRET_KEY"]
    await until(lambda: mentioning(tmp_path) == [])


async def test_a_start_right_after_the_kill_ends_what_is_left(tmp_path: Path) -> None:
    async with Host(tmp_path / "var") as host:
        pids = (await host.told())["pids"]
        # A stopped process cannot act on the death signal: it is left behind.
        os.kill(pids["temporal"], signal.SIGSTOP)
        await host.end(signal.SIGKILL)
        assert running(pids["temporal"])
        async with Stack(StackOptions(data_dir=tmp_path / "var")) as stack:
            await stack.start_servers()
            assert not any(map(running, pids.values()))
    await until(lambda: mentioning(tmp_path) == [])


async def test_killed_while_the_database_is_being_made(tmp_path: Path) -> None:
    async with Host(tmp_path / "var") as host:
        await until(lambda: bool(list(tmp_path.glob("var/postgres.draft-*/data/PG_VERSION"))))
        await host.end(signal.SIGKILL)
    assert not (tmp_path / "var" / "postgres").exists()
    async with Stack(StackOptions(data_dir=tmp_path / "var")) as stack:
        await stack.start_servers()
        assert not list(tmp_path.glob("var/postgres.draft-*"))
    await until(lambda: mentioning(tmp_path) == [])


async def test_a_second_copy_is_refused_and_the_first_not_disturbed(tmp_path: Path) -> None:
    async with Host(tmp_path / "var") as first:
        pids = (await first.told())["pids"].values()
        async with Host(tmp_path / "var") as second:
            assert (await second.told())["error"] == "already_running"
            assert await second.wait() == 1
        await asyncio.sleep(0.2)
        assert all(map(running, pids))
        assert (tmp_path / "var" / "stack.json").exists()
        assert await first.end(signal.SIGTERM) == 0


async def test_a_pid_file_whose_number_another_process_has_now_is_no_obstacle(
    tmp_path: Path,
) -> None:
    async with Host(tmp_path / "var") as host:
        await host.told()
        await host.end(signal.SIGKILL)
    await until(lambda: mentioning(tmp_path) == [])
    record = tmp_path / "var" / "postgres" / "postmaster.pid"
    lines = record.read_text().splitlines() if record.exists() else [""]
    record.write_text("\n".join([str(os.getppid()), *lines[1:]]) + "\n")
    async with Stack(StackOptions(data_dir=tmp_path / "var")) as stack:
        await stack.start_servers()
