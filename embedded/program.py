"""Duban's own commands as children: ``python -m cli.main migrate|worker|api``.

A child may be started before its turn: it imports what it needs while the servers start, then
waits until the file named by ``DUBAN_GATE`` exists. On a machine with two cores that is what
brings the start of the whole below five seconds.
"""

import os
import sys
import time
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from embedded.process import Command

ROOT = Path(__file__).resolve().parent.parent
"""Where the packages of Duban lie; children import them from here whatever their folder is."""
LOOK_AGAIN = 0.02
NOT_INHERITED = (
    "DUBAN_TEMPORAL_",
    "DUBAN_READY_",
    "DUBAN_GATE",
    # Without compiled modules each of our processes would take seconds longer to start.
    "PYTHONDONTWRITEBYTECODE",
)


def command(name: str, environment: Mapping[str, str], **more: str) -> Command:
    """The command that runs ``duban name`` with this environment on top of ours."""
    inherited = {
        variable: value
        for variable, value in os.environ.items()
        if not variable.startswith(NOT_INHERITED)
    }
    ours = {"PYTHONPATH": str(ROOT), "DUBAN_TRACEBACK": "1"}
    return Command(
        arguments=[sys.executable, "-P", "-m", "cli.main", name],
        environment={**inherited, **ours, **environment, **more},
    )


def await_turn(*modules: str) -> None:
    """In a child started early: import what it will need, then wait until its gate opens."""
    gate = os.environ.pop("DUBAN_GATE", None)
    if gate is None:
        return
    for module in modules:
        import_module(module)
    while not Path(gate).exists():
        time.sleep(LOOK_AGAIN)
