"""Our own commands as children."""

import sys
import threading
import time
from pathlib import Path

import pytest

from embedded.program import await_turn, command


def test_a_child_started_early_imports_then_waits_for_its_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUBAN_GATE", str(tmp_path / "turn"))
    waiting = threading.Thread(target=await_turn, args=("colorsys",))
    sys.modules.pop("colorsys", None)
    waiting.start()
    time.sleep(0.2)
    assert waiting.is_alive()
    assert "colorsys" in sys.modules
    (tmp_path / "turn").touch()
    waiting.join(5)
    assert not waiting.is_alive()


def test_without_a_gate_there_is_no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DUBAN_GATE", raising=False)
    await_turn("no_such_module")


def test_children_get_the_environment_of_their_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBAN_TEMPORAL_TLS_CERT", "/elsewhere")
    monkeypatch.setenv("DUBAN_DATABASE_URL", "postgresql://elsewhere")
    monkeypatch.setenv("DUBAN_LOG_LEVEL", "DEBUG")
    environment = command("api", {"DUBAN_DATABASE_URL": "postgresql://here"}).environment
    assert environment["DUBAN_DATABASE_URL"] == "postgresql://here"
    assert environment["DUBAN_LOG_LEVEL"] == "DEBUG"
    assert "DUBAN_TEMPORAL_TLS_CERT" not in environment
