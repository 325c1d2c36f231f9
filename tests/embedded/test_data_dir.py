"""Data folders that cannot be used: refused in one line, and left as they were."""

import asyncio
import fcntl
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded import Stack, StackError, StackOptions
from embedded.datadir import DataDir
from embedded.process import start_time
from tests.embedded.processes import running


def content(folder: Path) -> dict[str, bytes]:
    """Everything in a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


async def refused(folder: Path, **options: int) -> StackError:
    """The error that a start on the folder ends with."""
    stack = Stack(StackOptions(data_dir=folder, **options))  # type: ignore[arg-type]
    with pytest.raises(StackError) as caught:
        await stack.start_servers()
    assert "\n" not in caught.value.detail
    return caught.value


def foreign(folder: Path) -> None:
    (folder / "holiday.jpg").write_text("a picture")


def another_cluster(folder: Path) -> None:
    (folder / "PG_VERSION").write_text("16\n")


def secrets_lost(folder: Path) -> None:
    (folder / "postgres").mkdir()
    (folder / "postgres" / "PG_VERSION").write_text("18\n")


def secrets_broken(folder: Path) -> None:
    (folder / "secrets.json").write_text('{"secret_key": "half')


def secrets_incomplete(folder: Path) -> None:
    (folder / "secrets.json").write_text('{"secret_key": "x"}')


def older_postgres(folder: Path) -> None:
    secrets(folder)
    (folder / "postgres").mkdir()
    (folder / "postgres" / "PG_VERSION").write_text("16\n")


def half_a_cluster(folder: Path) -> None:
    secrets(folder)
    (folder / "postgres").mkdir()
    (folder / "postgres" / "PG_VERSION").write_text("18\n")


def empty_cluster(folder: Path) -> None:
    secrets(folder)
    (folder / "postgres").mkdir()


def secrets(folder: Path) -> None:
    names = ("postgres_password", "owner_password", "app_password", "secret_key")
    (folder / "secrets.json").write_text(json.dumps(dict.fromkeys(names, "x" * 40)))


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (foreign, "foreign_directory"),
        (another_cluster, "foreign_directory"),
        (secrets_lost, "secrets_missing"),
        (secrets_broken, "secrets_damaged"),
        (secrets_incomplete, "secrets_damaged"),
        (older_postgres, "postgres_version"),
        (half_a_cluster, "postgres_damaged"),
        (empty_cluster, "postgres_damaged"),
    ],
)
async def test_a_folder_that_is_not_ours_stays_as_it_was(
    tmp_path: Path, make: object, code: str
) -> None:
    make(tmp_path)  # type: ignore[operator]
    before = content(tmp_path)
    assert (await refused(tmp_path)).code == code
    after = content(tmp_path)
    assert {name: after.get(name) for name in before} == before
    assert not (tmp_path / "postgres" / "base").exists()


async def test_attachments_alone_do_not_make_a_folder_foreign(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / ".gitkeep").touch()
    folder = DataDir(tmp_path)
    folder.open(free_for_first_start=0, free_for_start=0)
    folder.close()


async def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("not a folder")
    error = await refused(tmp_path / "var")
    assert error.code == "directory_unusable"
    assert "不是目录" in error.detail


async def test_a_full_disk_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    error = await refused(tmp_path / "var", free_for_first_start=10**18)
    assert error.code == "no_room"
    assert not (tmp_path / "var" / "postgres").exists()
    assert not (tmp_path / "var" / "secrets.json").exists()


@pytest.fixture
def listener() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize(
    "option", ["postgres_port", "temporal_port", "temporal_ui_port", "api_port"]
)
async def test_a_port_in_use_is_named(tmp_path: Path, listener: int, option: str) -> None:
    error = await refused(tmp_path / "var", **{option: listener})
    assert error.code == "port_in_use"
    assert str(listener) in error.detail


async def test_a_second_stack_on_the_same_data_is_refused(tmp_path: Path) -> None:
    first = DataDir(tmp_path / "var")
    first.open(free_for_first_start=0, free_for_start=0)
    first.record_environment({"DUBAN_DATABASE_URL": "postgresql://x"})
    try:
        error = await refused(tmp_path / "var")
        assert error.code == "already_running"
        assert str(os.getpid()) in error.detail
        running_one = DataDir(tmp_path / "var").running_environment()
        assert running_one == {"DUBAN_DATABASE_URL": "postgresql://x"}
    finally:
        first.close()
    assert DataDir(tmp_path / "var").running_environment() is None


async def test_an_environment_left_by_a_dead_stack_is_not_believed(tmp_path: Path) -> None:
    folder = DataDir(tmp_path)
    folder.open(free_for_first_start=0, free_for_start=0)
    folder.record_environment({"DUBAN_DATABASE_URL": "postgresql://x"})
    left = (tmp_path / "stack.json").read_bytes()
    folder.close()
    (tmp_path / "stack.json").write_bytes(left)
    assert DataDir(tmp_path).running_environment() is None


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("ours", [True, False])
async def test_only_a_process_that_is_provably_ours_is_ended(
    tmp_path: Path, bystander: "subprocess.Popen[bytes]", ours: bool
) -> None:
    started = start_time(bystander.pid)
    assert started is not None
    recorded = {"pid": bystander.pid, "started": started if ours else f"{started}0"}
    secrets(tmp_path)
    (tmp_path / "run.json").write_text(json.dumps({"worker-1": recorded}))
    folder = DataDir(tmp_path)
    await asyncio.to_thread(folder.open, free_for_first_start=0, free_for_start=0)
    folder.close()
    assert running(bystander.pid) is not ours


@pytest.mark.parametrize("left", ["", "nonsense", "[]", '{"worker-1": {"pid": 1}}', '{"a": 1}'])
async def test_an_unreadable_run_file_is_no_obstacle(tmp_path: Path, left: str) -> None:
    secrets(tmp_path)
    (tmp_path / "run.json").write_text(left)
    folder = DataDir(tmp_path)
    folder.open(free_for_first_start=0, free_for_start=0)
    folder.close()


async def test_the_lock_goes_with_the_process_that_held_it(tmp_path: Path) -> None:
    script = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from embedded.datadir import DataDir\n"
        "DataDir(Path(sys.argv[1])).open(free_for_first_start=0, free_for_start=0)\n"
        "print('locked', flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"locked\n"
        with (tmp_path / "lock").open() as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        holder.kill()
    with (tmp_path / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
