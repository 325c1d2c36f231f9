"""All services of Duban as one thing that can be started, watched and stopped.

    async with Stack(StackOptions(data_dir=folder)) as stack:
        await stack.start_servers()    # PostgreSQL and Temporal
        await stack.migrate()
        await stack.start_services()   # workers and API
        ... stack.environment, stack.api_url ...

Leaving the block stops everything, in reverse order.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from embedded import postgres, temporal
from embedded.datadir import DataDir, Secrets, told
from embedded.errors import StackError
from embedded.options import StackOptions
from embedded.ports import claim, is_free
from embedded.process import Child, Command
from embedded.readiness import answers_ok
from embedded.service import Plan, Report, Service, said

ROOT = Path(__file__).resolve().parent.parent
"""Where the packages of Duban lie; children import them from here whatever their folder is."""
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
        self.temporal_address = ""
        self.ui_url = ""
        self.api_url = ""
        self._folder = DataDir(options.data_dir)
        self._report = report
        self._services: dict[str, Service] = {}
        self._passing: Child | None = None
        self._api_port = 0
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
        await self.start_servers()
        await self.migrate()
        await self.start_services()

    async def start_servers(self) -> None:
        """Start PostgreSQL and Temporal and wait until both are ready.

        Raises :class:`StackError`; nothing is left running then.
        """
        kept = await asyncio.to_thread(
            self._folder.open,
            free_for_first_start=self.options.free_for_first_start,
            free_for_start=self.options.free_for_start,
        )
        try:
            with told(self._folder.root):
                await self._start_servers(kept)
        except BaseException:
            await self.stop()
            raise
        self._describe(kept)
        self._trimmer = asyncio.create_task(self._trim_logs())

    async def migrate(self) -> None:
        """Bring the database to the newest schema."""
        log = self._folder.log("migrate")
        self._passing = child = await Child.start(self._python("migrate"), log)
        self._record()
        try:
            code = await asyncio.wait_for(child.wait(), MIGRATE_WITHIN)
        except BaseException:
            await child.kill()
            raise
        if code != 0:
            raise StackError(
                "migrate_failed",
                f"数据库结构升级失败（代码 {code}），数据未改动。{said(child, log)}",
            )

    async def start_services(self) -> None:
        """Start the workers and the API and wait until all are ready."""
        self._claim_api_port()
        workers = [self._worker_plan(number) for number in range(1, self.options.workers + 1)]
        services = [self._add(plan) for plan in (*workers, self._api_plan())]
        await _together(*(service.start() for service in services))

    async def stop(self) -> None:
        """Stop everything in reverse order of starting; may be called at any time."""
        if self._trimmer is not None:
            self._trimmer.cancel()
            self._trimmer = None
        await self._stop_services()
        self._folder.close()

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

    async def _start_servers(self, kept: Secrets) -> None:
        for attempt in range(1, PORT_ATTEMPTS + 1):
            self._claim_ports()
            try:
                await _together(self._start_postgres(kept), self._start_temporal())
                return
            except StackError as error:
                await self._stop_services()
                lost_port = error.code == "service_failed" and not all(map(is_free, self._ports))
                if attempt == PORT_ATTEMPTS or not lost_port:
                    raise

    async def _stop_services(self) -> None:
        servers = [s for name, s in self._services.items() if name in SERVERS]
        for service in reversed(self._services.values()):
            if service not in servers:
                await service.stop()
        await asyncio.gather(*(server.stop() for server in servers))
        self._services.clear()

    @property
    def _ports(self) -> tuple[int, ...]:
        return self._postgres_port, self._temporal_port, self._ui_port

    def _claim_ports(self) -> None:
        chosen = self.options
        self._postgres_port = claim(chosen.postgres_port, "PostgreSQL ", "--postgres-port")
        self._temporal_port = claim(chosen.temporal_port, "Temporal ", "--temporal-port")
        self._ui_port = claim(chosen.temporal_ui_port, "Temporal 界面", "--ui-port")
        self._claim_api_port()
        self.temporal_address = f"127.0.0.1:{self._temporal_port}"
        self.ui_url = f"http://127.0.0.1:{self._ui_port}"

    def _claim_api_port(self) -> None:
        chosen = self.options
        if chosen.api_port is None and self._api_port and is_free(self._api_port, chosen.api_host):
            return
        self._api_port = claim(chosen.api_port, "API ", "--api-port", chosen.api_host)
        self.api_url = f"http://{self._api_reached_at}:{self._api_port}"
        if self.environment:
            self.environment["DUBAN_API_PORT"] = str(self._api_port)
            self._folder.record_environment(self.environment)

    @property
    def _api_reached_at(self) -> str:
        return "127.0.0.1" if self.options.api_host == "0.0.0.0" else self.options.api_host

    def _describe(self, kept: Secrets) -> None:
        at = f"127.0.0.1:{self._postgres_port}/{postgres.DATABASE}"
        self.environment = {
            "DUBAN_DATABASE_URL": f"postgresql://{postgres.APP_ROLE}:{kept.app_password}@{at}",
            "DUBAN_MIGRATE_DATABASE_URL": (
                f"postgresql://{postgres.OWNER_ROLE}:{kept.owner_password}@{at}"
            ),
            "DUBAN_TEMPORAL_ADDRESS": self.temporal_address,
            "DUBAN_TEMPORAL_NAMESPACE": temporal.NAMESPACE,
            "DUBAN_TEMPORAL_UI_URL": self.ui_url,
            "DUBAN_API_HOST": self.options.api_host,
            "DUBAN_API_PORT": str(self._api_port),
            "DUBAN_DATA_DIR": str(self._folder.root),
            "DUBAN_SECRET_KEY": kept.secret_key,
        }
        self._folder.record_environment(self.environment)

    async def _start_postgres(self, kept: Secrets) -> None:
        prepared = await postgres.prepare(self._folder, kept)
        service = self._add(
            Plan(
                name="postgres",
                title="PostgreSQL ",
                command=lambda: prepared.server(self._postgres_port),
                ready=lambda: postgres.answers(self._postgres_port, kept.postgres_password),
                log=self._folder.log("postgres"),
                stop_signal=signal.SIGINT,
                stop_within=30.0,
                # After a kill -9 the backends may hold the shared memory a little longer.
                attempts=5,
            )
        )
        await service.start()
        await postgres.create_roles(self._postgres_port, kept)

    async def _start_temporal(self) -> None:
        database = self._folder.temporal / "temporal.db"
        await self._add(
            Plan(
                name="temporal",
                title="Temporal ",
                command=lambda: temporal.server(
                    database,
                    self._temporal_port,
                    self._ui_port,
                    virtual_time=self.options.virtual_time,
                ),
                ready=lambda: temporal.healthy(self.temporal_address),
                log=self._folder.log("temporal"),
                attempts=2,
            )
        ).start()

    def _worker_plan(self, number: int) -> Plan:
        name = f"worker-{number}"
        flag = self._folder.ready / name

        async def ready() -> bool:
            return flag.exists()

        return self._python_plan(name, f"工作进程 {number} ", "worker", ready)

    def _api_plan(self) -> Plan:
        return self._python_plan(
            "api",
            "API ",
            "api",
            lambda: answers_ok(self._api_reached_at, self._api_port, "/readyz"),
        )

    def _python_plan(
        self, name: str, title: str, command: str, ready: Callable[[], Awaitable[bool]]
    ) -> Plan:
        flag = self._folder.ready / name

        def start_afresh() -> Command:
            flag.unlink(missing_ok=True)
            return self._python(command, DUBAN_READY_FILE=str(flag))

        return Plan(
            name=name, title=title, command=start_afresh, ready=ready, log=self._folder.log(name)
        )

    def _python(self, command: str, **more: str) -> Command:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DUBAN_TEMPORAL_", "DUBAN_READY_"))
        }
        return Command(
            arguments=[sys.executable, "-P", "-m", "cli.main", command],
            environment=inherited | {"PYTHONPATH": str(ROOT)} | self.environment | more,
        )

    def _add(self, plan: Plan) -> Service:
        service = Service(plan, self._report, self._record)
        self._services[plan.name] = service
        return service

    def _record(self) -> None:
        running = {name: service.identity for name, service in self._services.items()}
        if self._passing is not None and self._passing.running:
            running["migrate"] = self._passing.identity
        self._folder.record_processes({n: i for n, i in running.items() if i is not None})

    async def _trim_logs(self) -> None:
        while True:
            await asyncio.sleep(TRIM_INTERVAL)
            self._folder.trim_logs()


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
