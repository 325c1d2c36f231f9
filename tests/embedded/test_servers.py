"""PostgreSQL and Temporal as children: started, used, killed, stopped."""

import asyncio
import os
import signal
import stat
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from temporalio.client import Client

from embedded import Stack, StackOptions
from embedded.temporal import SEARCH_ATTRIBUTES
from tests.embedded.processes import mentioning, running, until


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    folder = tmp_path_factory.mktemp("stack") / "var"
    async with Stack(StackOptions(data_dir=folder)) as stack:
        await stack.start_servers()
        yield stack


async def query(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url, timeout=5)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_both_roles_reach_the_database(stack: Stack) -> None:
    asked = "select current_user::text"
    app = await query(stack.environment["DUBAN_DATABASE_URL"], asked)
    owner = await query(stack.environment["DUBAN_MIGRATE_DATABASE_URL"], asked)
    assert (app, owner) == ("duban_app", "duban_owner")


@pytest.mark.parametrize("sql", ["create table x (y int)", "create temp table x (y int)"])
async def test_the_application_may_not_define_tables(stack: Stack, sql: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await query(stack.environment["DUBAN_DATABASE_URL"], sql)


async def test_a_wrong_password_is_refused(stack: Stack) -> None:
    url = stack.environment["DUBAN_DATABASE_URL"].replace("duban_app:", "duban_app:x")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await query(url, "select 1")


async def test_temporal_knows_the_search_attributes(stack: Stack) -> None:
    from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest

    client = await Client.connect(stack.temporal_address)
    listed = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace="default")
    )
    assert set(SEARCH_ATTRIBUTES) <= set(listed.custom_attributes)


async def test_only_loopback_is_listened_on(stack: Stack) -> None:
    pids = {pid for name in stack.services if (pid := stack.pid(name))}
    addresses = {address for pid in pids for address in listening(pid)}
    assert len(addresses) >= 3
    assert {address.rpartition(":")[0] for address in addresses} <= {"127.0.0.1", "[::1]"}


def listening(pid: int) -> set[str]:
    """Addresses a process listens on."""
    sockets = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            sockets.add(os.readlink(entry).removeprefix("socket:[").removesuffix("]"))
        except OSError:
            continue
    lines = [
        line.split()
        for name in ("tcp", "tcp6")
        for line in Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]
    ]
    return {written(line[1]) for line in lines if line[3] == "0A" and line[9] in sockets}


def written(address: str) -> str:
    """An address of /proc/net/tcp as people write it."""
    host, _, port = address.partition(":")
    if len(host) == 8:
        parts = [str(int(host[i : i + 2], 16)) for i in (6, 4, 2, 0)]
        return f"{'.'.join(parts)}:{int(port, 16)}"
    loopback = host == "00000000000000000000000001000000"
    mapped = host == "0000000000000000FFFF00000100007F"
    return f"{'[::1]' if loopback else '127.0.0.1' if mapped else host}:{int(port, 16)}"


@pytest.mark.parametrize("name", ["postgres", "temporal"])
async def test_a_killed_server_comes_back_with_its_data(stack: Stack, name: str) -> None:
    owner = stack.environment["DUBAN_MIGRATE_DATABASE_URL"]
    await query(owner, f"create table kept_{name} as select 1 as one")
    before = stack.pid(name)
    await stack.kill(name)
    await stack.wait_ready(name)
    assert stack.pid(name) != before
    assert await query(owner, f"select one from kept_{name}") == 1
    await (await Client.connect(stack.temporal_address)).count_workflows()


async def test_a_server_that_is_paused_stays_down_until_restarted(stack: Stack) -> None:
    stack.pause_restart("temporal")
    await stack.kill("temporal")
    await asyncio.sleep(0.5)
    assert stack.pid("temporal") is None
    await stack.restart("temporal")
    assert stack.pid("temporal") is not None
    await stack.kill("temporal")
    await stack.wait_ready("temporal")


async def test_a_death_is_reported(tmp_path: Path) -> None:
    heard: list[str] = []
    async with Stack(StackOptions(data_dir=tmp_path / "var"), heard.append) as stack:
        await stack.start_servers()
        pid = stack.pid("postgres")
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await until(lambda: len(heard) == 2)
    assert heard[0].startswith("PostgreSQL 意外退出（代码 -9）")
    assert heard[1] == "PostgreSQL 已恢复。"


async def test_secrets_are_for_the_owner_alone(stack: Stack) -> None:
    root = Path(stack.environment["DUBAN_DATA_DIR"])
    assert stat.S_IMODE(root.stat().st_mode) == 0o700
    for name in ("secrets.json", "stack.json", "run.json"):
        assert stat.S_IMODE((root / name).stat().st_mode) == 0o600, name


async def test_a_second_start_finds_the_data_and_is_quick(tmp_path: Path) -> None:
    options = StackOptions(data_dir=tmp_path / "var", virtual_time=True)
    async with Stack(options) as first:
        await first.start_servers()
        await query(first.environment["DUBAN_MIGRATE_DATABASE_URL"], "create table kept ()")
    assert mentioning(tmp_path) == []
    begun = time.monotonic()
    async with Stack(options) as second:
        await second.start_servers()
        assert time.monotonic() - begun < 15
        assert second.environment["DUBAN_SECRET_KEY"] == first.environment["DUBAN_SECRET_KEY"]
        app = second.environment["DUBAN_MIGRATE_DATABASE_URL"]
        assert await query(app, "select to_regclass('kept')::text") == "kept"


async def test_stopping_leaves_nothing_and_may_be_repeated(tmp_path: Path) -> None:
    stack = Stack(StackOptions(data_dir=tmp_path / "var"))
    await stack.start_servers()
    pids = [pid for name in stack.services if (pid := stack.pid(name))]
    await stack.stop()
    await stack.stop()
    assert not any(map(running, pids))
    assert not (tmp_path / "var" / "stack.json").exists()
    assert not (tmp_path / "var" / "run.json").exists()


async def test_a_start_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    stack = Stack(StackOptions(data_dir=tmp_path / "var"))
    starting = asyncio.create_task(stack.start_servers())
    await until(lambda: bool(mentioning(tmp_path)))
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    await until(lambda: mentioning(tmp_path) == [])
    async with Stack(StackOptions(data_dir=tmp_path / "var")) as again:
        await again.start_servers()


async def test_children_outlive_the_thread_that_asked_for_them(tmp_path: Path) -> None:
    """The kernel ends a child when the forking thread ends: it must not be the caller's."""
    stack = Stack(StackOptions(data_dir=tmp_path / "var"))
    box: list[int] = []

    async def start_and_leave() -> None:
        from embedded.process import Child, Command

        (tmp_path / "log").touch()
        child = await Child.start(
            Command(arguments=["/bin/sleep", "30"], environment={}), tmp_path / "log"
        )
        box.append(child.pid)

    await asyncio.to_thread(lambda: asyncio.run(start_and_leave()))
    await asyncio.sleep(0.3)
    assert running(box[0])
    os.kill(box[0], signal.SIGKILL)
    await stack.stop()
