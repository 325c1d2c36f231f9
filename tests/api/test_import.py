"""``duban import`` on the running system: year-round tasks, nodes, targets, and nothing twice."""

import asyncio
import os
import subprocess
import sys
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from domain.items import Json
from embedded import Stack
from tests.people import UNITS, ZONE, People

ROOT = Path(__file__).parents[2]
YEAR = datetime.now(ZONE).year + 1
CODE, LEAD, _ = UNITS[0]
STAGES = "3月底前完成立项；6月底前开工；9月底前完成主体；12月底前竣工验收"
EARLY = f"{YEAR - 3}年3月底前完成立项"


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """A ledger whose titles end with a word of their own, and the command on the running system."""

    word: str
    file: Path
    folder: str

    def write(self) -> None:
        rows = [
            f"{YEAR}年政府工作报告任务分解,,,,,",
            "序号,工作任务,责任单位,完成时限,目标值,计量单位",
            f"1,清欠调度{self.word},{LEAD},每周五前,,",
            f"2,固定资产投资{self.word},{LEAD},按月调度,120,亿元",
            f"3,老旧小区改造{self.word},{LEAD},{STAGES},,",
            f"4,文化馆{self.word},{LEAD},{EARLY};{YEAR}年12月底前竣工,,",
            f"5,人行天桥{self.word},{LEAD},年底前,,",
            f"6,半年总结{self.word},{LEAD},每半年,,",
            f"7,远期任务{self.word},{LEAD},{YEAR + 1}年全年,,",
        ]
        self.file.write_text("\n".join(rows), encoding="utf-8")

    def run(self, *options: str) -> str:
        """Import the file as an operator does; answers what was printed."""
        clean = {name: text for name, text in os.environ.items() if not name.startswith("DUBAN_")}
        done = subprocess.run(
            [sys.executable, "-P", "-m", "cli.main", "import", str(self.file), *options],
            env=clean | {"DUBAN_DATA_DIR": self.folder, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
            timeout=90,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout


@pytest.fixture
def ledger(stack: Stack, tmp_path: Path) -> Import:
    """A ledger nobody has imported yet."""
    made = Import(
        word=uuid.uuid4().hex[:8],
        file=tmp_path / "台账.csv",
        folder=stack.environment["DUBAN_DATA_DIR"],
    )
    made.write()
    return made


async def found(desk: People, title: str) -> list[Json]:
    """The items of that title."""
    return list((await desk.get("office", "/items", q=title)).json()["items"])


async def read(desk: People, title: str) -> Json:
    """The one item of that title, whole."""
    (item,) = await found(desk, title)
    return await desk.read(item)


def nodes(item: Json) -> list[tuple[str, str, str]]:
    return [(node["name"], node["due_on"], node["unit"]) for node in item["milestones"]]


async def test_a_dry_run_tells_kind_cycle_nodes_and_targets(desk: People, ledger: Import) -> None:
    told = await asyncio.to_thread(ledger.run)
    lines = [line.strip() for line in told.splitlines()]
    assert "类型：全年任务，每周调度" in lines
    assert "类型：全年任务，每月调度" in lines
    assert f"指标：固定资产投资{ledger.word} 120 亿元" in lines
    assert f"节点：{YEAR}-06-30 开工" in lines
    assert any(line.startswith(f"节点：{YEAR - 3}-03-31 完成立项（已过，不列入") for line in lines)
    assert any("请核对 办理时限：“每周五前”里的日子没有列入" in line for line in lines)
    assert any("原因：办理时限：“每半年”不是全年任务的调度周期" in line for line in lines)
    counts = "试读：可下达 6 项（明确时限 2，时间节点 2，全年任务 2），退回 1 行，跳过 2 行。"
    assert lines[-1].startswith(counts)
    late = await asyncio.to_thread(ledger.run, "--allow-past")
    assert f"         节点：{YEAR - 3}-03-31 完成立项\n" in late
    assert await found(desk, f"清欠调度{ledger.word}") == []


async def test_the_items_have_their_cycle_and_nodes_and_are_issued_once(
    desk: People, ledger: Import
) -> None:
    done = await asyncio.to_thread(ledger.run, "--yes")
    assert "已下达 6 项（明确时限 2，时间节点 2，全年任务 2），此前已下达 0 项" in done

    weekly = await read(desk, f"清欠调度{ledger.word}")
    assert (weekly["kind"], weekly["cycle"], weekly["plan_year"]) == ("year_round", "week", YEAR)
    assert len(weekly["parts"]) >= 52
    assert "（台账时限：每周五前）" in weekly["content"]

    monthly = await read(desk, f"固定资产投资{ledger.word}")
    assert (monthly["cycle"], len(monthly["parts"])) == ("month", 12)
    (target,) = monthly["targets"]
    assert (target["name"], target["unit"], target["target"]) == (
        f"固定资产投资{ledger.word}",
        "亿元",
        120,
    )

    staged = await read(desk, f"老旧小区改造{ledger.word}")
    assert (staged["kind"], staged["due_on"]) == ("milestones", f"{YEAR}-12-31")
    assert nodes(staged) == [
        ("完成立项", f"{YEAR}-03-31", CODE),
        ("开工", f"{YEAR}-06-30", CODE),
        ("完成主体", f"{YEAR}-09-30", CODE),
        ("竣工验收", f"{YEAR}-12-31", CODE),
    ]
    late = await read(desk, f"文化馆{ledger.word}")
    assert (late["kind"], nodes(late)) == ("milestones", [("竣工", late["due_on"], CODE)])
    dated = await read(desk, f"人行天桥{ledger.word}")
    assert (dated["kind"], dated["cycle"], dated["milestones"]) == ("dated", None, [])

    far = await read(desk, f"远期任务{ledger.word}")
    assert (far["kind"], far["due_on"]) == ("dated", f"{YEAR + 1}-12-31")

    again = await asyncio.to_thread(ledger.run, "--yes")
    assert "已下达 0 项，此前已下达 6 项" in again
    assert len(await found(desk, f"老旧小区改造{ledger.word}")) == 1
