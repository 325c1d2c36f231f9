"""A service of the stack: started until it is ready, started again when it dies."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from embedded.errors import StackError
from embedded.process import Child, Command, Identity

FIRST_DELAY = 0.1
LONGEST_DELAY = 10.0
STEADY_AFTER = 3.0
"""Seconds of running after which an earlier failure no longer counts: the wait that grows is for
what fails at once, not for what is killed now and then."""
PROBE_INTERVAL = 0.05

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How one service is run."""

    name: str
    title: str
    command: Callable[[], Command]
    ready: Callable[[], Awaitable[bool]]
    log: Path
    ready_within: float = 30.0
    stop_signal: int = signal.SIGTERM
    stop_within: float = 15.0
    attempts: int = 1
    """How often a first start is tried before it counts as failed."""


def said(child: Child, log: Path) -> str:
    """The end of a message about a child that failed: what it said last, where to read on."""
    words = child.last_words()
    return f"它最后说：{words} （详见 {log}）" if words else f"详见 {log}。"


class Service:
    """Keeps one child process running."""

    def __init__(self, plan: Plan, report: Report, changed: Callable[[], None]) -> None:
        self.plan = plan
        self._report = report
        self._changed = changed
        self._child: Child | None = None
        self._begun = False
        self._keeper: asyncio.Task[None] | None = None
        self._may_restart = asyncio.Event()
        self._may_restart.set()
        self._is_ready = asyncio.Event()

    @property
    def identity(self) -> Identity | None:
        """The process that runs now."""
        return self._child.identity if self._child is not None and self._child.running else None

    async def begin(self) -> None:
        """Run the command now, without waiting for it; :meth:`start` goes on from there."""
        self._child = await Child.start(self.plan.command(), self.plan.log)
        self._begun = True
        self._changed()

    async def start(self) -> None:
        """Start and wait until it is ready; from then on it is kept running."""
        for attempt in range(1, self.plan.attempts + 1):
            try:
                await self._launch()
                break
            except StackError as error:
                if attempt == self.plan.attempts or error.code != "service_failed":
                    raise
                await asyncio.sleep(FIRST_DELAY * 2**attempt)
        self._keeper = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Stop for good."""
        await self._release()
        if self._child is not None:
            await self._child.stop(self.plan.stop_signal, self.plan.stop_within)
            self._changed()

    async def kill(self) -> None:
        """End the process at once, as a fault would; it is started again unless paused."""
        if self._child is not None:
            await self._child.kill()
            self._is_ready.clear()

    def pause_restart(self) -> None:
        """Leave it down when it dies, until :meth:`restart`."""
        self._may_restart.clear()

    async def restart(self) -> None:
        """Stop it if it runs, start it, and keep it running."""
        await self.stop()
        self._may_restart.set()
        await self.start()

    async def wait_ready(self) -> None:
        """Wait until it has been started again and is ready."""
        await self._is_ready.wait()

    async def _release(self) -> None:
        self._is_ready.clear()
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
            self._keeper = None

    async def _launch(self) -> None:
        if not self._begun:
            await self.begin()
        self._begun = False
        child = self._child
        assert child is not None
        try:
            await asyncio.wait_for(self._become_ready(child), self.plan.ready_within)
        except TimeoutError:
            await child.kill()
            raise self._failed(child, f"{self.plan.ready_within:.0f} 秒内没有就绪") from None
        except BaseException:
            await child.kill()
            raise
        self._is_ready.set()

    async def _become_ready(self, child: Child) -> None:
        while child.running:
            if await self.plan.ready():
                return
            await asyncio.sleep(PROBE_INTERVAL)
        raise self._failed(child, f"启动后即退出，代码 {await child.wait()}")

    def _failed(self, child: Child, reason: str) -> StackError:
        return StackError(
            "service_failed",
            f"{self.plan.title}没有启动成功（{reason}）。{said(child, self.plan.log)}",
        )

    async def _keep(self) -> None:
        delay = FIRST_DELAY
        while True:
            since = time.monotonic()
            code = await self._child.wait() if self._child is not None else 0
            self._is_ready.clear()
            self._changed()
            await self._may_restart.wait()
            if time.monotonic() - since > STEADY_AFTER:
                delay = FIRST_DELAY
            self._report(f"{self.plan.title}意外退出（代码 {code}），{delay:.1f} 秒后重新启动。")
            await asyncio.sleep(delay)
            delay = min(delay * 2, LONGEST_DELAY)
            try:
                await self._launch()
            except StackError as error:
                self._report(error.detail)
            else:
                self._report(f"{self.plan.title}已恢复。")
