"""``duban api`` and ``duban worker``: the two processes, by environment."""

import asyncio
import contextlib
import sys
from types import FrameType

import uvicorn
from pydantic import ValidationError

from cli.errors import CliError
from runtime.settings import Settings

GRACE_SECONDS = 10
STARTUP_FAILURE = 3


def settings_from_environment() -> Settings:
    """The settings. Raises :class:`CliError` naming the variable that cannot be used."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "DUBAN_" + "_".join(str(part) for part in first["loc"]).upper()
        missing = first["type"] == "missing"
        reason = "未设置" if missing else str(first["msg"]).removeprefix("Value error, ")
        raise CliError(f"环境变量 {name}：{reason}") from None


def run_api() -> None:
    """Serve the API and the pages until SIGTERM or SIGINT."""
    from runtime.logging import configure_logging
    from web.app import create_site

    settings = settings_from_environment()
    configure_logging(settings.log_level)
    site = create_site(settings)

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            super().handle_exit(sig, frame)
            site.stop()

    config = uvicorn.Config(
        site,
        host=settings.api_host,
        port=settings.api_port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        server_header=False,
    )
    server = Server(config)
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(STARTUP_FAILURE)


def run_worker() -> None:
    """Run workflows and activities until SIGTERM or SIGINT."""
    from worker.main import run_worker as run

    asyncio.run(run(settings_from_environment()))
