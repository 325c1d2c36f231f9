"""Keeping one process running."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from embedded import Stack, StackError, StackOptions, service
from embedded.datadir import DataDir
from embedded.process import Command
from embedded.service import Plan, Service
from tests.embedded.processes import until


@asynccontextmanager
async def kept(
    folder: Path, script: str, **plan: float
) -> AsyncIterator[tuple[Service, list[str]]]:
    """A service that runs a shell script, ready as soon as the file ``ready`` is there."""
    heard: list[str] = []

    async def ready() -> bool:
        return (folder / "ready").exists()

    kept = Service(
        Plan(
            name="script",
            title="脚本",
            command=lambda: Command(
                arguments=["/bin/sh", "-c", script], environment={"PATH": "/bin"}, directory=folder
            ),
            ready=ready,
            log=folder / "log",
            **plan,  # type: ignore[arg-type]
        ),
        heard.append,
        lambda: None,
    )
    try:
        yield kept, heard
    finally:
        await kept.stop()


RUN = "touch ready; exec sleep 60"


async def test_one_that_ends_before_it_is_ready_says_why(tmp_path: Path) -> None:
    async with kept(tmp_path, "echo 端口不对; exit 3") as (script, _):
        with pytest.raises(StackError) as caught:
            await script.start()
    assert caught.value.code == "service_failed"
    assert "代码 3" in caught.value.detail
    assert "端口不对" in caught.value.detail


async def test_what_an_earlier_run_said_is_not_repeated(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("昨天的话\n")
    async with kept(tmp_path, "exit 3") as (script, _):
        with pytest.raises(StackError) as caught:
            await script.start()
    assert "昨天的话" not in caught.value.detail


async def test_one_that_is_never_ready_is_ended(tmp_path: Path) -> None:
    async with kept(tmp_path, "exec sleep 60", ready_within=0.3) as (script, _):
        with pytest.raises(StackError) as caught:
            await script.start()
        assert script.identity is None
    assert "没有就绪" in caught.value.detail


async def test_a_first_start_may_take_several_attempts(tmp_path: Path) -> None:
    script = f"[ -e again ] && {{ {RUN}; }}; touch again; exit 1"
    async with kept(tmp_path, script, attempts=2) as (service, _):
        await service.start()
        assert service.identity is not None


async def test_the_wait_grows_while_it_keeps_failing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "LONGEST_DELAY", 0.4)
    async with kept(tmp_path, f"[ -e broken ] && exit 1; {RUN}") as (script, heard):
        await script.start()
        (tmp_path / "ready").unlink()
        (tmp_path / "broken").touch()
        await script.kill()
        await until(lambda: "0.4 秒后" in "".join(heard[-2:]))
        assert ["0.1 秒后" in line or "0.2 秒后" in line for line in heard].count(True) == 2
        (tmp_path / "broken").unlink()
        await asyncio.wait_for(script.wait_ready(), 5)
        assert heard[-1] == "脚本已恢复。"


async def test_one_that_ignores_the_signal_is_killed(tmp_path: Path) -> None:
    deaf = "trap '' TERM; touch ready; while :; do sleep 0.1; done"
    async with kept(tmp_path, deaf, stop_within=0.3) as (script, _):
        await script.start()
        begun = time.monotonic()
        await script.stop()
        assert time.monotonic() - begun < 3
        assert script.identity is None


async def test_a_disk_that_takes_no_record_is_no_reason_to_leave_a_service_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    async with Stack(StackOptions(data_dir=tmp_path / "var")) as stack:
        await stack.start_servers()
        monkeypatch.setattr(DataDir, "record_processes", full)
        await stack.kill("temporal")
        await stack.wait_ready("temporal")
        monkeypatch.undo()
