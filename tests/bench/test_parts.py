"""Every part of the bench runs, at a tiny size. What it measures is not judged here."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bench import ready
from bench.__main__ import PARTS, TITLES
from bench.figures import Figure, at_least, at_most, figure, quantile
from bench.report import Report
from bench.sizes import TINY
from bench.system import System, running


@pytest_asyncio.fixture(scope="module")
async def system() -> AsyncIterator[System]:
    async with running() as started:
        yield started


@pytest.mark.parametrize("name", PARTS)
async def test_a_part_measures(system: System, name: str) -> None:
    figures = await PARTS[name](system, TINY)
    check(figures)
    # The yardstick is one only as long as it gives exactly an item's commands.
    assert all(one.value == 0 for one in figures if one.key == "lives.raw_differs")


async def test_starting_is_measured() -> None:
    check(await ready.measure(TINY))


async def test_results_are_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def work() -> list[Figure]:
        return [figure("a.b", "甲", "毫秒", [1, 2, 9], goal=at_most(2), statistic="max")]

    report = Report(TINY)
    await report.measure("lives", TITLES["lives"], work())
    report.show()
    assert "未达到" in capsys.readouterr().out
    kept = json.loads(report.save(tmp_path).read_text())
    (one,) = kept["parts"]["lives"]["figures"]
    spread = (one["n"], one["least"], one["median"], one["most"])
    assert spread == (3, 1, 2, 9)
    assert (one["goal"], one["met"]) == ("≤ 2", False)
    assert {"cores", "memory_gib"} <= kept["machine"].keys()
    assert {"python", "temporalio"} <= kept["versions"].keys()


def test_a_goal_is_kept_at_its_limit() -> None:
    assert figure("", "", "", [0.8], goal=at_least(0.8)).met
    assert not figure("", "", "", [0.79], goal=at_least(0.8)).met


@pytest.mark.parametrize(("share", "value"), [(0.5, 2), (0.95, 4), (0.99, 4), (0.25, 1)])
def test_quantiles_are_values_that_were_measured(share: float, value: float) -> None:
    assert quantile([4, 1, 3, 2], share) == value


def check(figures: list[Figure]) -> None:
    """Figures there are, each told apart, and none of nothing."""
    keys = [one.key for one in figures]
    assert keys
    assert len(set(keys)) == len(keys)
    assert all(one.n and one.title and one.unit for one in figures)
