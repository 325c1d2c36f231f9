"""Ledgers as files: every column, real dates, no formulas, what is not to be shown, and the sample
ledgers in and out and in again."""

import csv
import io
import uuid
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import openpyxl
import pytest

from api.context import Context
from api.export import FILTER_NAMES, Format, said, write
from api.import_plan import Fate, Options, planned
from api.ledger_columns import LEDGERS
from domain.cycles import Cycle
from domain.directory import Post, Responsible
from domain.items import Actor, Category, Facts, Kind, Milestone, Role, Source
from domain.parts import Target
from ledger import read_ledger
from ledger.own import Own
from store import persons, posts, units
from store.filters import Filters
from store.session import Database
from tests.store.stories import DEPUTY, OFFICE, UNIT, ZONE, Story, at

EXAMPLES = Path(__file__).parents[2] / "examples"
NOW = at("2026-11-02 09:00")
CO = Actor(username="jtj", name="周涛", role=Role.UNIT, unit="JTJ")
COLUMNS = [
    "序号",
    "编号",
    "类别",
    "来源",
    "事项",
    "牵头单位",
    "协办",
    "责任人",
    "交办日",
    "时限类型",
    "现期限",
    "剩余/逾期天数",
    "灯",
    "最新进展（日期）",
    "催办次数",
    "延期次数",
    "协调级别",
    "通报期号",
    "状态",
    "办结日",
    "是否按期",
    "销号人",
]


async def export(
    database: Database,
    path: Path,
    name: str = "items",
    actor: Actor = OFFICE,
    format: Format = Format.XLSX,
    **filters: Any,
) -> int:
    return await write(
        database,
        LEDGERS[name],
        actor,
        Filters(**filters),
        format=format,
        path=path,
        now=NOW,
        zone=ZONE,
    )


def sheet(path: Path) -> Any:
    return openpyxl.load_workbook(path).active


def lines(path: Path) -> list[dict[str, Any]]:
    _, heads, *rows = sheet(path).iter_rows(values_only=True)
    return [dict(zip(heads, row, strict=True)) for row in rows]


@pytest.fixture
async def district(database: Database) -> Database:
    async with database.write() as conn:
        await units.put_unit(conn, "ZJJ", "区住房和城乡建设局", ["deputy"])
        await units.put_unit(conn, "JTJ", "区交通运输局", [])
        person = persons.Person(name="李强", phone="0533-6180000")
        number = await persons.person_for_post(conn, "ZJJ", person)
        await posts.appoint(conn, "ZJJ", Post.HANDLER, number, None)
    return database


async def test_the_ledger_tells_all_of_an_item(district, store, tmp_path):
    handler = Responsible(post=Post.HANDLER, name="李强", unit="ZJJ")
    story = Story(
        title="=HYPERLINK(1)",
        co_units=("JTJ",),
        responsible=(handler,),
        source=Source(type="会议", reference="区政府常务会议纪要〔2026〕3号"),
    )
    story.act("receive", UNIT, "2026-10-08 11:00")
    for form in ("phone", "covert"):
        story.act("remind", OFFICE, "2026-10-09 09:00", form=form, to="李强", said="-请抓紧")
    story.act("submit_feedback", UNIT, "2026-10-10 09:00", text="已完成摸底")
    story.act("submit_feedback", UNIT, "2026-10-15 09:00", text="已完成改造", final=True)
    story.act("sign_off", DEPUTY, "2026-10-15 10:00", approved=True, comment="同意")
    story.act("review", OFFICE, "2026-10-16 11:00", accepted=True, comment="好")
    await story.record(store)
    await Story(title="逾期的").until("2026-10-20 00:00").record(store)

    file = tmp_path / "台账.xlsx"
    assert await export(district, file) == 2
    found = sheet(file)
    top = found["A1"].value
    assert top == "总台账　条件：全部　导出：2026-11-02 09:00　督查室 王敏"
    assert (found.freeze_panes, found.auto_filter.ref) == ("A3", "A2:AH4")
    assert [cell.value for cell in found[2]][: len(COLUMNS)] == COLUMNS
    late, closed = lines(file)
    assert closed == {
        **dict.fromkeys(name.value for name in Own),
        "序号": 2,
        "编号": "政督〔2026〕1号",
        "类别": "D2 会议决定事项",
        "来源": "区政府常务会议纪要〔2026〕3号",
        "事项": "=HYPERLINK(1)",
        "牵头单位": "区住房和城乡建设局",
        "协办": "区交通运输局",
        "责任人": "李强",
        "交办日": datetime(2026, 10, 8),
        "时限类型": "一般事项",
        "现期限": datetime(2026, 10, 14),
        "灯": "灰灯",
        "最新进展（日期）": "已完成改造（2026-10-15）",
        "催办次数": 1,
        "延期次数": 0,
        "状态": "办结销号",
        "办结日": datetime(2026, 10, 16),
        "是否按期": "逾期",
        "销号人": "督查室 王敏",
        "事项内容": "摸清底数，按期完成。",
        "紧急程度": "平件",
        "来源类型": "会议",
        "原期限": datetime(2026, 10, 14),
    }
    assert (late["序号"], late["剩余/逾期天数"], late["灯"]) == (1, -13, "红灯")
    cell = next(cell for cell in found[4] if cell.value == "=HYPERLINK(1)")
    assert cell.data_type == "s"

    table = tmp_path / "台账.csv"
    await export(district, table, format=Format.CSV)
    rows = list(csv.DictReader(io.StringIO(table.read_text(encoding="utf-8-sig"))))
    assert [row["事项"] for row in rows] == ["逾期的", "'=HYPERLINK(1)"]
    assert rows[1]["现期限"] == "2026-10-14"

    reminded = tmp_path / "催办.xlsx"
    assert await export(district, reminded, "reminders") == 1
    [line] = lines(reminded)
    assert (line["形式"], line["内容"], line["第几次"]) == ("电话催报", "-请抓紧", 1)
    assert line["催办时间"] == datetime(2026, 10, 9, 9)


async def test_each_sees_of_a_ledger_what_is_there_for_him(district, store, tmp_path):
    secret = "请务必从严办理"
    order = Source(
        type="批示", leader="区长", date=date(2026, 10, 7), received_at=at("2026-10-07 15:00")
    )
    directive: dict[str, Any] = {"kind": Kind.DIRECTIVE, "category": Category.C1, "source": order}
    await Story(title="批示件一", original_text=secret, **directive).record(store)
    await Story(title="别家的", lead_unit="MZJ", lead_unit_name="区民政局").record(store)
    joined = Story(title="协办的", lead_unit="MZJ", lead_unit_name="区民政局", co_units=("JTJ",))
    await joined.act("remind", OFFICE, "2026-10-09 09:00", form="phone", to="某", said="快").record(
        store
    )
    seen = {OFFICE: 3, UNIT: 1, DEPUTY: 1, CO: 1}
    for actor, count in seen.items():
        file = tmp_path / f"{actor.username}.xlsx"
        assert await export(district, file, actor=actor) == count
        assert secret not in str(lines(file))
    [line] = lines(tmp_path / "jtj.xlsx")
    assert line["事项"] == "协办的"
    assert await export(district, tmp_path / "a.xlsx", "reminders", UNIT) == 0
    assert await export(district, tmp_path / "b.xlsx", "reminders", CO) == 1
    assert await export(district, tmp_path / "c.xlsx", "directives") == 1
    [line] = lines(tmp_path / "c.xlsx")
    assert (line["批示（交办）领导"], line["收到至交办（工作日）"]) == ("区长", 1)
    assert secret not in str(line)
    assert await export(district, tmp_path / "d.xlsx", "responsible") == 2
    assert await export(district, tmp_path / "e.xlsx", "responsible", CO) == 0
    assert await export(district, tmp_path / "f.xlsx", "items", unit="JTJ", status="issued") == 1
    assert "单位＝JTJ" in sheet(tmp_path / "f.xlsx")["A1"].value


async def test_pages_join_without_gap(district, store, tmp_path, monkeypatch):
    monkeypatch.setattr("api.export.PAGE", 2)
    for n in range(5):
        story = Story(title=f"第{n}项")
        story.act("remind", OFFICE, "2026-10-09 09:00", form="phone", to="某", said=str(n))
        await story.act(
            "remind", OFFICE, "2026-10-09 09:00", form="item", to="某", said="又"
        ).record(store)
    await export(district, tmp_path / "a.xlsx")
    found = lines(tmp_path / "a.xlsx")
    assert [(line["序号"], line["事项"]) for line in found] == [
        (n + 1, f"第{4 - n}项") for n in range(5)
    ]
    assert await export(district, tmp_path / "b.xlsx", "reminders") == 10
    told = [(line["事项"], line["第几次"]) for line in lines(tmp_path / "b.xlsx")]
    assert told == [(f"第{n}项", nth) for n in (4, 3, 2, 1, 0) for nth in (2, 1)]


# --- in, out, and in again ------------------------------------------------------------------------


async def read(database: Database, data: bytes, name: str) -> tuple[Sequence[Facts], list[Any]]:
    """What an import would issue, in the order of the file."""
    context = SimpleNamespace(
        database=database, now=lambda: NOW, settings=SimpleNamespace(zone=ZONE)
    )
    ledger = read_ledger(data, name, year=2027, today=NOW.date())
    options = Options(create_units=True, allow_past=True)
    plan = await planned(cast(Context, context), ledger, options)
    for name, code in plan.new_units.items():
        async with database.write() as conn:
            await units.put_unit(conn, code, name, [])
    assert plan.of(Fate.REJECTED) == []
    ready = plan.of(Fate.READY)
    return [one.facts for one in ready if one.facts], [one.row for one in ready]


async def put(store: Any, every: Sequence[Facts], issued_at: Sequence[datetime]) -> None:
    """Record items as an import issues them, the first of the list first."""
    for facts, when in zip(every, issued_at, strict=True):
        told = {f.name: getattr(facts, f.name) for f in fields(Facts)}
        await Story(item_id=str(uuid.uuid4()), issued_at=when, **told).record(store)


@pytest.mark.parametrize("name", ["dazhu-livelihood-2016.csv", "guangzhou-talent-2012.csv"])
async def test_the_sample_ledgers_go_round(database, emptied, store, tmp_path, name):
    first, _ = await read(database, (EXAMPLES / name).read_bytes(), name)
    await put(store, first, [at("2026-11-02 09:00")] * len(first))
    file = tmp_path / "一.xlsx"
    await export(database, file)
    exported = lines(file)
    # Into the same system nothing goes twice.
    assert await read(database, file.read_bytes(), file.name) == ([], [])

    await emptied()
    again, rows = await read(database, file.read_bytes(), file.name)
    assert [asdict(one) for one in reversed(again)] == [asdict(one) for one in first]
    assert {row.issued_on for row in rows} == {date(2026, 11, 2)}
    when = [at("2026-11-02 09:00")] * len(again)
    await put(store, list(reversed(again)), when)
    second = tmp_path / "二.xlsx"
    await export(database, second)
    assert lines(second) == exported


OF_ALL_KINDS: list[dict[str, Any]] = [
    {
        "kind": Kind.DIRECTIVE,
        "category": Category.C1,
        "urgency": "urgent",
        "source": Source(type="批示", leader="区长", date=date(2026, 10, 7)),
    },
    {
        "kind": Kind.ORDINARY,
        "category": Category.D2,
        "urgency": "extra_urgent",
        "source": Source(type="会议", reference="纪要〔2026〕3号"),
        "due_on": date(2026, 12, 1),
        "due_reason": "会议明确",
        "basis": "办法 一(四)",
    },
    {
        "kind": Kind.YEAR_ROUND,
        "category": Category.A2,
        "cycle": Cycle.MONTH,
        "year": 2027,
        "source": Source(type="台账", reference="报告"),
        "targets": (Target(name="投资｜总额", unit="亿元", target=120.5),),
    },
    {
        "kind": Kind.MILESTONES,
        "category": Category.B2,
        "source": Source(type="台账", reference="方案"),
        "milestones": (
            Milestone(name="立项", due_on=date(2027, 3, 31), unit="U1"),
            Milestone(name="竣工", due_on=date(2027, 12, 31), unit="U1", output="验收报告｜全套"),
        ),
    },
]


async def test_what_only_the_own_ledger_can_say(database, emptied, store, tmp_path):
    """Kinds, cycles, nodes, targets, sources, stated limits: all that makes an item comes back."""
    every = [
        Facts(
            title=f"事项{n}",
            content=f"内容{n}。\n第二行，= 不是公式",
            lead_unit="U1",
            lead_unit_name="区教育和体育局",
            past_limit_accepted=True,
            **more,
        )
        for n, more in enumerate(OF_ALL_KINDS)
    ]
    async with database.write() as conn:
        await units.put_unit(conn, "U1", "区教育和体育局", [])
    await put(store, every, [at("2026-11-02 09:00")] * len(every))
    files = [tmp_path / f"台账.{format}" for format in Format]
    for file, format in zip(files, Format, strict=True):
        await export(database, file, format=format)
    await emptied()
    async with database.write() as conn:
        await units.put_unit(conn, "U1", "区教育和体育局", [])
    for file in files:
        again, rows = await read(database, file.read_bytes(), file.name)
        assert list(reversed(again)) == every
        assert all(row.doubts == () for row in rows)


async def test_what_is_over_is_not_issued_again(database, store, tmp_path):
    story = Story(title="办结的")
    story.act("receive", UNIT, "2026-10-08 11:00")
    story.act("submit_feedback", UNIT, "2026-10-10 09:00", text="好", final=True)
    story.act("sign_off", DEPUTY, "2026-10-10 10:00", approved=True, comment="同意")
    await story.act("review", OFFICE, "2026-10-10 11:00", accepted=True, comment="好").record(store)
    moved = Story(title="延期的", kind=Kind.DATED, due_on=date(2026, 10, 30))
    moved.act("receive", UNIT, "2026-10-08 11:00")
    moved.act(
        "request_extension", UNIT, "2026-10-09 09:00", reason="雨", new_due_on=date(2026, 12, 15)
    )
    moved.act("advise_extension", DEPUTY, "2026-10-09 10:00", supports=True, comment="可")
    await moved.act(
        "decide_extension", OFFICE, "2026-10-09 11:00", approved=True, comment="可"
    ).record(store)
    file = tmp_path / "台账.xlsx"
    await export(database, file)
    ledger = read_ledger(file.read_bytes(), file.name, year=None, today=NOW.date())
    assert [row.reason for row in ledger.rejected] == ["状态：已办结销号，不再下达"]
    [row] = ledger.ready
    assert (row.due_on, len(row.doubts)) == (date(2026, 12, 15), 1)
    assert any("没用到的列" in note and "“灯”" in note for note in ledger.notes)


def test_a_sheet_says_every_filter_in_chinese() -> None:
    assert FILTER_NAMES.keys() == Filters.__dataclass_fields__.keys()
    told = said(Filters(status="issued", waiting="report", lapsed=True, q="供热"))
    assert told == "状态＝已下达；曾逾期＝是；检索＝供热；在等什么＝应向区领导报告"
    assert said(Filters()) == "全部"
