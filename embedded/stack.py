"""All services of Duban as one thing that can be started, watched and stopped.

    async with Stack(StackOptions(data_dir=folder)) as stack:
        await stack.start_servers()    # PostgreSQL and Temporal
        await stack.migrate()
        await stack.start_services()   # workers and API
        ... stack.environment, stack.api_url ...

Leaving the block stops everything, in reverse order.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from embedded import postgres, program, temporal
from embedded.addresses import Addresses
from embedded.datadir import DataDir, Secrets, told
from embedded.errors import StackError
from embedded.options import StackOptions
from embedded.process import Child, Command
from embedded.readiness import answers_ok
from embedded.service import Plan, Report, Service, said

SERVERS = ("postgres", "temporal")
PORT_ATTEMPTS = 3
TRIM_INTERVAL = 60.0
MIGRATE_WITHIN = 600.0


def _silent(_: str) -> None:
    pass


class Stack:
    """One stack on one data folder."""

    def __init__(self, options: StackOptions, report: Report = _silent) -> None:
        """``report`` is told, in Chinese, when a service died or came back."""
        self.options = options
        self.environment: dict[str, str] = {}
        """Every ``DUBAN_*`` variable that worker, API and commands need; once servers run."""
        self._folder = DataDir(options.data_dir)
        self._report = report
        self._addresses: Addresses | None = None
        self._services: dict[str, Service] = {}
        self._migration: Child | None = None
        self._trimmer: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start everything: servers, migration, services."""
        await self._start_servers(early=True)
        await self.migrate()
        await self.start_services()

    async def start_servers(self) -> None:
        """Start PostgreSQL and Temporal and wait until both are ready.

        Raises :class:`StackError`; nothing is left running then.
        """
        await self._start_servers(early=False)

    async def migrate(self) -> None:
        """Bring the database to the newest schema."""
        child = self._migration or await self._begin_migration()
        self._gate("migrate").touch()
        try:
            code = await asyncio.wait_for(child.wait(), MIGRATE_WITHIN)
        finally:
            await child.kill()
            self._migration = None
            self._record()
        if code != 0:
            reason = said(child, self.log("migrate"))
            raise StackError(
                "migrate_failed", f"数据库结构升级失败（代码 {code}），数据未改动。{reason}"
            )

    async def start_services(self) -> None:
        """Start the workers and the API and wait until all are ready."""
        for plan in self._service_plans():
            if plan.name not in self._services:
                self._add(plan)
            self._gate(plan.name).touch()
        await _together(*(s.start() for n, s in self._services.items() if n not in SERVERS))

    async def stop(self) -> None:
        """Stop everything in reverse order of starting; may be called at any time."""
        if self._trimmer is not None:
            self._trimmer.cancel()
            self._trimmer = None
        await self._stop_services()
        self._folder.close()

    @property
    def temporal_address(self) -> str:
        """Host and port of the Temporal server."""
        return self._at.temporal

    @property
    def ui_url(self) -> str:
        """Temporal's pages."""
        return self._at.ui_url

    @property
    def api_url(self) -> str:
        """The API and the pages."""
        return self._at.api_url

    @property
    def services(self) -> tuple[str, ...]:
        """Names of the services: ``postgres``, ``temporal``, ``worker-1``…, ``api``."""
        return tuple(self._services)

    def pid(self, name: str) -> int | None:
        """The process number of a service, None while it is down."""
        identity = self._services[name].identity
        return None if identity is None else identity.pid

    def log(self, name: str) -> Path:
        """The file that holds what a service printed."""
        return self._folder.log(name)

    async def kill(self, name: str) -> None:
        """``kill -9`` a service; it comes back by itself unless :meth:`pause_restart`."""
        await self._services[name].kill()

    def pause_restart(self, name: str) -> None:
        """Leave a service down once it dies, until :meth:`restart`."""
        self._services[name].pause_restart()

    async def restart(self, name: str) -> None:
        """Stop a service cleanly if it runs, start it and wait until it is ready."""
        await self._services[name].restart()

    async def wait_ready(self, name: str, timeout: float = 30.0) -> None:
        """Wait until a service is ready (again)."""
        await asyncio.wait_for(self._services[name].wait_ready(), timeout)

    @property
    def _at(self) -> Addresses:
        if self._addresses is None:
            raise RuntimeError("the stack has not been started")
        return self._addresses

    async def _start_servers(self, *, early: bool) -> None:
        kept = await asyncio.to_thread(
            self._folder.open,
            free_for_first_start=self.options.free_for_first_start,
            free_for_start=self.options.free_for_start,
        )
        try:
            with told(self._folder.root):
                await self._try_ports(kept, early=early)
                self._folder.record_environment(self.environment)
        except BaseException:
            await self.stop()
            raise
        self._trimmer = asyncio.create_task(self._trim_logs())

    async def _try_ports(self, kept: Secrets, *, early: bool) -> None:
        for attempt in range(1, PORT_ATTEMPTS + 1):
            self._addresses = at = Addresses.choose(self.options)
            self.environment = at.environment(kept, self._folder.root) | _payload_keys()
            starts = [self._start_postgres(kept), self._start_temporal()]
            if early:
                starts.append(self._begin_early())
            try:
                await _together(*starts)
                return
            except StackError as error:
                await self._stop_services()
                lost_port = error.code == "service_failed" and at.taken_by_others
                if attempt == PORT_ATTEMPTS or not lost_port:
                    raise

    async def _begin_early(self) -> None:
        """Have our own processes import what they need while the servers start."""
        await self._begin_migration()
        for plan in self._service_plans():
            await self._add(plan).begin()

    async def _begin_migration(self) -> Child:
        gate = self._gate("migrate")
        gate.unlink(missing_ok=True)
        command = program.command("migrate", self.environment, DUBAN_GATE=str(gate))
        self._migration = await Child.start(command, self.log("migrate"))
        self._record()
        return self._migration

    async def _stop_services(self) -> None:
        if self._migration is not None:
            await self._migration.kill()
            self._migration = None
        servers = [service for name, service in self._services.items() if name in SERVERS]
        for service in reversed(self._services.values()):
            if service not in servers:
                await service.stop()
        await asyncio.gather(*(server.stop() for server in servers))
        self._services.clear()

    async def _start_postgres(self, kept: Secrets) -> None:
        port = self._at.postgres_port
        prepared = await postgres.prepare(self._folder, kept)
        service = self._add(
            Plan(
                name="postgres",
                title="PostgreSQL ",
                command=lambda: prepared.server(port),
                ready=lambda: postgres.answers(port, kept.postgres_password),
                log=self.log("postgres"),
                stop_signal=signal.SIGINT,
                stop_within=30.0,
                # After a kill -9 the backends may hold the shared memory a little longer.
                attempts=5,
            )
        )
        await service.start()
        await postgres.create_roles(port, kept)

    async def _start_temporal(self) -> None:
        at = self._at
        database = self._folder.temporal / "temporal.db"
        plan = Plan(
            name="temporal",
            title="Temporal ",
            command=lambda: temporal.server(
                database, at.temporal_port, at.ui_port, virtual_time=self.options.virtual_time
            ),
            ready=lambda: temporal.healthy(at.temporal),
            log=self.log("temporal"),
            attempts=2,
        )
        await self._add(plan).start()

    def _service_plans(self) -> list[Plan]:
        at = self._at
        workers = [f"worker-{number}" for number in range(1, self.options.workers + 1)]
        return [
            *(self._own_plan(name, f"工作进程 {name} ", "worker") for name in workers),
            self._own_plan(
                "api", "API ", "api", lambda: answers_ok(at.api_reached_at, at.api_port, "/readyz")
            ),
        ]

    def _own_plan(
        self,
        name: str,
        title: str,
        command: str,
        ready: Callable[[], Awaitable[bool]] | None = None,
    ) -> Plan:
        flag = self._folder.ready / name

        async def flagged() -> bool:
            return flag.exists()

        def afresh() -> Command:
            flag.unlink(missing_ok=True)
            files = {"DUBAN_READY_FILE": str(flag), "DUBAN_GATE": str(self._gate(name))}
            return program.command(command, self.environment, **files)

        return Plan(
            name=name, title=title, command=afresh, ready=ready or flagged, log=self.log(name)
        )

    def _gate(self, name: str) -> Path:
        """The file whose coming into being tells a child that it is its turn."""
        return self._folder.ready / f"{name}.turn"

    def _add(self, plan: Plan) -> Service:
        service = Service(plan, self._report, self._record)
        self._services[plan.name] = service
        return service

    def _record(self) -> None:
        running = {name: service.identity for name, service in self._services.items()}
        if self._migration is not None and self._migration.running:
            running["migrate"] = self._migration.identity
        try:
            self._folder.record_processes({n: i for n, i in running.items() if i is not None})
        except OSError as error:  # a full disk, say: no reason to leave a service down
            self._report(f"无法记录进程号（{error.strerror}）：{self._folder.root}")

    async def _trim_logs(self) -> None:
        while True:
            await asyncio.sleep(TRIM_INTERVAL)
            with contextlib.suppress(OSError):
                self._folder.trim_logs()


def _payload_keys() -> dict[str, str]:
    """The caller's keys of payload encryption. Recorded with the rest, because a command run beside
    the stack would write to Temporal in plain without them."""
    name = "DUBAN_PAYLOAD_KEYS"
    return {name: os.environ[name]} if os.environ.get(name) else {}


async def _together(*starts: Awaitable[None]) -> None:
    """Await all; when one fails, give up the others and raise what it raised."""
    tasks = [asyncio.ensure_future(start) for start in starts]
    try:
        await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
