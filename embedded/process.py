"""One child process: started so that it cannot outlive us, told apart from any other."""

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from embedded.errors import StackError

LAUNCHER = Path(__file__).with_name("launch.py")
LONGEST_TAIL = 4096
COMPLAINT = re.compile(r"\b(error|FATAL|PANIC):")
"""How PostgreSQL's programs begin a complaint; what they say after it is of less use."""

# The kernel sends the death signal when the THREAD that forked ends, not the process. All
# children are therefore forked by one thread that lives until the interpreter ends, whichever
# thread runs the event loop.
_forker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="duban-forker")


@dataclass(frozen=True, slots=True)
class User:
    """An account of the operating system."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What to run: program and arguments, its whole environment, and as whom."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    directory: Path | None = None
    """Working directory; ``{directory}`` in an argument stands for it."""
    user: User | None = None
    death_signal: int = signal.SIGKILL
    """Sent by the kernel when this process dies without stopping its children."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A process that can be recognised later: a number is used again, its start time is not."""

    pid: int
    started: str

    @property
    def alive(self) -> bool:
        """Whether this very process still runs."""
        return bool(self.started) and start_time(self.pid) == self.started


def start_time(pid: int) -> str | None:
    """When the process started, in a form only good for comparison; None if it does not run."""
    if sys.platform == "linux":
        return _linux_start_time(pid)
    shown = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.strip()
    return None if not shown or shown.startswith("Z") else shown.partition(" ")[2]


def _linux_start_time(pid: int) -> str | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        namespace = os.stat("/proc/self/ns/pid").st_ino
    except OSError:
        return None
    state, started = fields[0], fields[19]
    return None if state in {"Z", "X"} else f"{boot}/{namespace}/{started}"


class Child:
    """A running child of ours."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path, begins: int) -> None:
        self._process = process
        self._log = log
        self._begins = begins
        self._loop = asyncio.get_running_loop()
        self._exit: asyncio.Future[int] = self._loop.create_future()
        self.identity = Identity(process.pid, start_time(process.pid) or "")
        threading.Thread(target=self._await_exit, daemon=True).start()

    @classmethod
    async def start(cls, command: Command, log: Path) -> "Child":
        """Start the command; what it prints goes to the end of ``log``."""
        try:
            with log.open("ab") as output:
                begins = output.tell()
                return cls(await _fork(command, output.fileno()), log, begins)
        except OSError as error:
            program = command.arguments[0]
            raise StackError("cannot_start", f"无法运行 {program}：{error.strerror}。") from error

    @property
    def pid(self) -> int:
        """The process number."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.returncode is None

    def send(self, number: int) -> None:
        """Send a signal; nothing happens when the process has ended."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    def last_words(self) -> str:
        """What it printed last: its last complaint in English, else its last line."""
        with contextlib.suppress(OSError), self._log.open("rb") as log:
            log.seek(max(self._begins, self._log.stat().st_size - LONGEST_TAIL))
            lines = log.read().decode("utf-8", "replace").strip().splitlines()
            complaints = [line for line in lines if COMPLAINT.search(line)]
            return (complaints or lines or [""])[-1].strip()
        return ""

    async def wait(self) -> int:
        """The exit code, once the process has ended; minus the signal that ended it."""
        return await asyncio.shield(self._exit)

    async def stop(self, number: int, grace: float) -> None:
        """Ask it to end; kill it when it has not after ``grace`` seconds."""
        self.send(number)
        self.send(signal.SIGCONT)  # a stopped process acts on nothing else
        try:
            await asyncio.wait_for(self.wait(), grace)
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End it at once, without a chance to clean up."""
        self.send(signal.SIGKILL)
        await self.wait()

    def _await_exit(self) -> None:
        code = self._process.wait()
        with contextlib.suppress(RuntimeError):  # the loop has been closed meanwhile
            self._loop.call_soon_threadsafe(self._ended, code)

    def _ended(self, code: int) -> None:
        if not self._exit.done():
            self._exit.set_result(code)


async def _fork(command: Command, output: int) -> subprocess.Popen[bytes]:
    user = command.user
    spec = {
        "parent": os.getpid(),
        "death_signal": int(command.death_signal),
        "directory": None if command.directory is None else str(command.directory),
        "uid": None if user is None else user.uid,
        "gid": None if user is None else user.gid,
    }
    launch = [sys.executable, "-I", "-S", str(LAUNCHER), json.dumps(spec), *command.arguments]

    def popen() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            launch,
            env=dict(command.environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in the terminal reaches us alone
        )

    forked = _forker.submit(popen)
    try:
        return await asyncio.wrap_future(forked)
    except asyncio.CancelledError:
        if not forked.cancelled():
            process = forked.result()
            process.kill()
            process.wait()
        raise
