"""The data folder: checked before anything is written, used by one stack at a time."""

import contextlib
import errno
import fcntl
import json
import os
import secrets
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from embedded.errors import StackError
from embedded.options import MEBIBYTE
from embedded.process import Identity

OWN_NAMES = frozenset({"files", "lock", "logs", "lost+found"})
"""What may lie in a data folder that has never been started."""
STALE_GRACE = 10.0
"""Seconds given to a child left behind before it is killed."""
LARGEST_LOG = 16 * MEBIBYTE


@dataclass(frozen=True, slots=True)
class Secrets:
    """Made on first start and kept; the data is of no use without them."""

    postgres_password: str
    owner_password: str
    app_password: str
    secret_key: str

    @classmethod
    def fresh(cls) -> "Secrets":
        """New random secrets."""
        return cls(**{field.name: secrets.token_urlsafe(36) for field in fields(cls)})


class DataDir:
    """The folder of one stack and the files in it that are not PostgreSQL's or Temporal's."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.postgres = self.root / "postgres"
        self.temporal = self.root / "temporal"
        self.logs = self.root / "logs"
        self.ready = self.root / "ready"
        self._secrets = self.root / "secrets.json"
        self._run = self.root / "run.json"
        self._stack = self.root / "stack.json"
        self._lock = self.root / "lock"
        self._locked: int | None = None

    @property
    def used_before(self) -> bool:
        """Whether a stack has been started here before."""
        return os.path.exists(self._secrets)  # unlike Path.exists: no error without permission

    def open(self, *, free_for_first_start: int, free_for_start: int) -> Secrets:
        """Check the folder, take it for this process, end what an earlier one left behind."""
        with told(self.root):
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._check_ours()
            self._take()
            try:
                self._check_room(free_for_start if self.used_before else free_for_first_start)
                self._end_stale()
                kept = self._load_secrets()
                for folder in (self.temporal, self.logs, self.ready):
                    folder.mkdir(mode=0o700, exist_ok=True)
                for old in self.ready.iterdir():
                    old.unlink()
            except BaseException:
                self.close()
                raise
        return kept

    def examine(self, *, free_for_first_start: int, free_for_start: int) -> None:
        """Raise what a start would raise, without changing anything."""
        with told(self.root):
            place = self.root
            while not place.exists():
                place = place.parent
            if not place.is_dir():
                raise NotADirectoryError(place)
            if not os.access(place, os.R_OK | os.W_OK | os.X_OK):
                read_only = os.statvfs(place).f_flag & os.ST_RDONLY
                raise OSError(errno.EROFS if read_only else errno.EACCES, "")
            if place == self.root:
                self._check_ours()
            self._check_room(free_for_start if self.used_before else free_for_first_start, at=place)

    def close(self) -> None:
        """Leave the folder to the next stack."""
        if self._locked is not None:
            self._stack.unlink(missing_ok=True)
            self._run.unlink(missing_ok=True)
            os.close(self._locked)
            self._locked = None

    def log(self, name: str) -> Path:
        """The log of one service."""
        return self.logs / f"{name}.log"

    def trim_logs(self) -> None:
        """Keep one old part of every log that has grown too long."""
        for log in self.logs.glob("*.log"):
            if log.stat().st_size > LARGEST_LOG:
                shutil.copyfile(log, log.with_suffix(".log.1"))
                os.truncate(log, 0)

    def record_processes(self, running: Mapping[str, Identity]) -> None:
        """Write down our children, for the start that follows a crash of this process."""
        write_private(self._run, {name: asdict(child) for name, child in running.items()})

    def record_environment(self, environment: Mapping[str, str]) -> None:
        """Write down how to reach this stack, for commands run beside it."""
        write_private(self._stack, {"pid": os.getpid(), "environment": dict(environment)})

    def running_environment(self) -> dict[str, str] | None:
        """The environment of the stack that runs here now; None when there is none."""
        with told(self.root):
            if not self._stack.exists() or not self._is_taken():
                return None
            recorded = _read_json(self._stack)
        environment = recorded.get("environment")
        return environment if isinstance(environment, dict) else None

    def _check_ours(self) -> None:
        found = {entry.name for entry in self.root.iterdir()}
        if "PG_VERSION" in found:
            raise StackError(
                "foreign_directory",
                f"{self.root} 是另一个 PostgreSQL 的数据目录，未作任何改动。"
                "请用 DUBAN_DATA_DIR 另指一个空目录。",
            )
        if "secrets.json" in found:
            self._check_owner()
        elif found & {"postgres", "temporal"}:
            raise StackError(
                "secrets_missing",
                f"{self.root} 里有数据，但缺少 secrets.json（数据库密码和签名密钥），未作任何改动。"
                "请从备份中恢复该文件，或另指一个空目录。",
            )
        elif others := sorted(n for n in found - OWN_NAMES if not n.startswith(".")):
            raise StackError(
                "foreign_directory",
                f"{self.root} 不是督办系统的数据目录（里面有 {others[0]} 等），未作任何改动。"
                "请用 DUBAN_DATA_DIR 另指一个空目录。",
            )

    def _check_owner(self) -> None:
        owner = self._secrets.stat().st_uid
        if owner != os.geteuid():
            raise StackError(
                "other_owner",
                f"{self.root} 属于另一个系统用户（{user_name(owner)}），未作任何改动。"
                "请用该用户运行，或另指一个目录。",
            )

    def _take(self) -> None:
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 20).decode("ascii", "replace").strip() or "未知"
            os.close(descriptor)
            raise StackError(
                "already_running",
                f"督办系统已在 {self.root} 上运行（进程 {holder}）。"
                "请直接使用，或先停止它，或用 DUBAN_DATA_DIR 另指一个目录。",
            ) from None
        except OSError:
            os.close(descriptor)
            raise
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._locked = descriptor

    def _is_taken(self) -> bool:
        descriptor = os.open(self._lock, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def _check_room(self, needed: int, at: Path | None = None) -> None:
        free = shutil.disk_usage(at or self.root).free
        if free < needed:
            raise StackError(
                "no_room",
                f"{self.root} 所在磁盘只剩 {free // MEBIBYTE} MiB，"
                f"至少需要 {needed // MEBIBYTE} MiB。"
                "请清理磁盘，或用 DUBAN_DATA_DIR 另指一个目录。",
            )

    def _load_secrets(self) -> Secrets:
        if not self._secrets.exists():
            write_private(self._secrets, asdict(Secrets.fresh()))
        try:
            return Secrets(**_read_json(self._secrets))
        except (TypeError, ValueError) as error:
            raise StackError(
                "secrets_damaged",
                f"{self._secrets} 无法识别，未作任何改动。请从备份中恢复该文件。",
            ) from error

    def _end_stale(self) -> None:
        for name, child in self._recorded_processes():
            if child.alive:
                _end(child, signal.SIGINT if name == "postgres" else signal.SIGTERM)
        self._run.unlink(missing_ok=True)
        self._stack.unlink(missing_ok=True)

    def _recorded_processes(self) -> list[tuple[str, Identity]]:
        # The last started first: the worker lets go before its servers do.
        try:
            return [(n, Identity(**c)) for n, c in _read_json(self._run).items()][::-1]
        except (FileNotFoundError, TypeError, ValueError, AttributeError):
            return []


def write_private(path: Path, content: object) -> None:
    """Replace a file at once with JSON that its owner alone may read."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def user_name(uid: int) -> str:
    """The name of an account, or its number where it has none."""
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _read_json(path: Path) -> dict[str, Any]:
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise TypeError(f"{path} does not hold an object")
    return content


def _end(child: Identity, first: int) -> None:
    """End a process that is provably a child of an earlier stack on this folder."""
    for number in (first, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(child.pid, number)
            os.kill(child.pid, signal.SIGCONT)  # a stopped process acts on nothing else
        if _becomes(lambda: not child.alive, STALE_GRACE):
            return


def _becomes(condition: Callable[[], bool], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """Put an error of the file system into words."""
    try:
        yield
    except OSError as error:
        raise StackError(
            "directory_unusable",
            f"数据目录 {path} 不能使用（{_reason(error)}）。"
            "请改正其权限，或用 DUBAN_DATA_DIR 另指一个可读写的目录。",
        ) from error


def _reason(error: OSError) -> str:
    match error:
        case PermissionError():
            return "没有权限"
        case NotADirectoryError() | FileExistsError():
            return "它不是目录"
        case _ if error.errno == errno.EROFS:
            return "所在文件系统只读"
        case _ if error.errno == errno.ENOSPC:
            return "磁盘已满"
        case _:
            return error.strerror or str(error)
