"""Root and ordinary users: PostgreSQL refuses root, and no permission may be loosened for it."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded import Stack, StackError, StackOptions, postgres
from embedded.datadir import DataDir
from embedded.process import Child, Command, User
from tests.embedded.processes import Host, mentioning, until

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture
def nobody() -> User:
    entry = pwd.getpwnam("nobody")
    return User(entry.pw_name, entry.pw_uid, entry.pw_gid)


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A folder every user may enter."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        place.chmod(0o755)
        yield place


@pytest.fixture
def closed_place() -> Iterator[Path]:
    """A folder that root alone may enter, like a clone in root's home."""
    with tempfile.TemporaryDirectory(dir=Path.home()) as folder:
        place = Path(folder)
        place.chmod(0o700)
        yield place


def modes(folder: Path) -> dict[Path, int]:
    """Permissions of a folder and all above it."""
    return {part: stat.S_IMODE(part.stat().st_mode) for part in (folder, *folder.parents)}


def installed_in(place: Path) -> Path:
    """Binaries installed below a folder."""
    site = postgres.bundled_binaries().parents[2]
    for part in postgres.PARTS:
        shutil.copytree(site / part, place / part)
    return place / postgres.INSTALL / "bin"


@as_root
async def test_root_runs_postgres_as_somebody_else(tmp_path: Path) -> None:
    async with Stack(StackOptions(data_dir=tmp_path / "var")) as stack:
        await stack.start_servers()
        pid = stack.pid("postgres")
        status = Path(f"/proc/{pid}/status").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in status if ":" in line)
    assert "0" not in fields["Uid"].split() + fields["Gid"].split() + fields["Groups"].split()
    assert int(fields["CapEff"], 16) == int(fields["CapAmb"], 16) == 0


@as_root
async def test_everything_below_a_folder_that_root_alone_may_enter(
    closed_place: Path, open_place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    binaries = installed_in(closed_place)
    monkeypatch.setattr(postgres, "bundled_binaries", lambda: binaries)
    monkeypatch.setattr(postgres, "PRIVATE_COPIES", (open_place / "cache",))
    before = modes(closed_place)
    for _ in range(2):
        async with Stack(StackOptions(data_dir=closed_place / "clone" / "var")) as stack:
            await stack.start_servers()
            await stack.kill("postgres")
            await stack.wait_ready("postgres")
    assert modes(closed_place) == before
    assert len(list((open_place / "cache").iterdir())) == 1


@as_root
async def test_a_private_copy_is_made_once_and_runs(
    closed_place: Path, open_place: Path, nobody: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "PRIVATE_COPIES", (open_place / "cache",))
    installed = installed_in(closed_place)
    binaries = postgres.reachable_binaries(installed, nobody)
    assert binaries.is_relative_to(open_place)
    assert postgres.reachable_binaries(installed, nobody) == binaries
    log = closed_place / "log"
    child = await Child.start(
        Command(arguments=[str(binaries / "postgres"), "--version"], environment={}, user=nobody),
        log,
    )
    assert await child.wait() == 0
    assert f" {postgres.MAJOR}." in log.read_text()


@as_root
def test_a_copy_that_others_may_write_is_not_trusted(
    closed_place: Path, open_place: Path, nobody: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = open_place / "cache"
    place.mkdir()
    place.chmod(0o777)
    monkeypatch.setattr(postgres, "PRIVATE_COPIES", (place,))
    with pytest.raises(StackError) as caught:
        postgres.reachable_binaries(installed_in(closed_place), nobody)
    assert caught.value.code == "postgres_unreachable"
    assert list(place.iterdir()) == []


@as_root
def test_binaries_within_reach_are_used_where_they_are(open_place: Path, nobody: User) -> None:
    binaries = installed_in(open_place)
    assert postgres.reachable_binaries(binaries, nobody) == binaries


@as_root
def test_the_data_of_another_user_is_refused(tmp_path: Path, nobody: User) -> None:
    (tmp_path / "secrets.json").write_text("{}")
    os.chown(tmp_path / "secrets.json", nobody.uid, nobody.gid)
    with pytest.raises(StackError) as caught:
        DataDir(tmp_path).open(free_for_first_start=0, free_for_start=0)
    assert caught.value.code == "other_owner"
    assert "nobody" in caught.value.detail


# An ordinary user, who may read (not write) everything: the interpreter of the tests can lie
# in root's home.
ORDINARY = [
    *("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"),
    *("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"),
]


@pytest.fixture
def ordinary(open_place: Path, nobody: User) -> Path:
    """A folder that belongs to an ordinary user."""
    tried = subprocess.run([*ORDINARY, sys.executable, "-c", ""], capture_output=True, check=False)
    if tried.returncode:
        pytest.skip(f"cannot become an ordinary user: {tried.stderr.decode()}")
    os.chown(open_place, nobody.uid, nobody.gid)
    return open_place


@as_root
async def test_an_ordinary_user_starts_kills_and_starts_again(ordinary: Path, nobody: User) -> None:
    for number in (signal.SIGKILL, signal.SIGTERM):
        async with Host(ordinary / "var", prefix=ORDINARY) as host:
            pids = (await host.told())["pids"]
            owners = {Path(f"/proc/{pid}").stat().st_uid for pid in pids.values()}
            assert owners == {nobody.uid}
            await host.end(number)
        await until(lambda: mentioning(ordinary) == [])


@as_root
async def test_an_ordinary_user_is_told_what_he_may_not_use(ordinary: Path) -> None:
    locked = ordinary / "locked"
    locked.mkdir(mode=0o700)
    for folder in (locked, locked / "var"):
        async with Host(folder, prefix=ORDINARY) as host:
            told = await host.told()
            assert await host.wait() == 1
        assert told["error"] == "directory_unusable"
        assert "没有权限" in told["detail"]
    assert list(locked.iterdir()) == []


@as_root
async def test_an_ordinary_user_is_refused_the_data_of_root(ordinary: Path) -> None:
    async with Stack(StackOptions(data_dir=ordinary / "var")) as stack:
        await stack.start_servers()
    async with Host(ordinary / "var", prefix=ORDINARY) as host:
        told = await host.told()
        assert await host.wait() == 1
    assert told["error"] in {"other_owner", "directory_unusable"}
