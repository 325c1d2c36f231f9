"""A hundred thousand items of past years, written as the store writes them: lives lived by the
rules themselves, each told of many items that differ in what people write and read. Of each there
are some ten events: a million in all."""

import itertools
import json
import random
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

import asyncpg
from sqlalchemy import Column, Table
from sqlalchemy.dialects.postgresql import JSONB

from bench.people import ACCEPT, ORDINARY, PROGRESS, RECEIVE, RESULT, SIGN, STAFF, Act
from domain.acts import ACTS, Command
from domain.calendar import WorkingCalendar
from domain.items import Category, Event, Facts, Item, Kind
from domain.lifecycle import decide, evolve, evolve_all, ring
from domain.opening import open_item
from domain.policy import Policy
from domain.records import entry_of, snapshot_of
from store.calendars import calendar
from store.chain import BEGINNING, chained
from store.codec import Row, audit_row, clock_row, facts_row, head_row, search_words
from store.items import ITEM_SERIES
from store.lamps import lamps
from store.session import Database
from store.tables import audit_events, item_clocks, item_search, items
from store.words import grams

T = TypeVar("T")
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

SEED = 2026
YOUNGEST, OLDEST = 120, 5 * 365
"""Days since an item that has ended was issued."""
LIVES_TOLD = 50
"""How many items tell of one life."""
FATES = {"on_time": 80, "late": 14, "terminated": 3, "sent_back": 3}
KINDS = {Kind.ORDINARY: 55, Kind.DIRECTIVE: 25, Kind.DATED: 20}
OPEN_SHARE, SUSPENDED_SHARE = 0.01, 0.05
EVENTS = 10
"""Of each item that has ended, as far as reports on the way make them up."""


def _words(text: str) -> list[str]:
    return text.split()


BUREAUS = _words(
    "发改 教体 科技 工信 公安 民政 司法 财政 人社 自然资源 生态环境 住建 城管 交通 水务 农业农村 "
    "商务 文旅 卫健 退役军人 应急 审计 市场监管 统计 医保 信访 国资 行政审批 大数据 园林"
)
UNITS = [(f"U{number:02}", f"区{name}局") for number, name in enumerate(BUREAUS, 1)]
PLACES = _words("南门 北郊 东湖 西岭 周村 王村 丝绸路 新华街 青年路 人民广场 高新园区 古城片区")
WORKS = _words(
    "老旧小区改造 农贸市场整治 排水管网提升 道路大中修 学校食堂安全 河道清淤 危房搬迁 充电桩建设 "
    "养老服务中心 停车位增设 加装电梯 供热管网 黑臭水体治理 口袋公园 乡村公路 污水处理厂 消防通道 "
    "扬尘治理 食品安全 营商环境 项目落地 资金拨付 信访积案 防汛备汛 安全生产大检查 稳岗就业"
)
ENDS = _words("工作进展 问题整改 落实情况 推进方案 群众反映问题办理 专项行动 收尾验收 资金保障")
SENTENCES = (
    "请牵头单位会同有关单位摸清底数，倒排工期，按期完成。",
    "对照任务清单逐项核实，佐证材料随办理结果一并报送。",
    "办理中遇到的困难和需要协调的问题及时提请分管领导协调。",
    "要举一反三，建立长效机制，防止问题反弹。",
    "办理结果经分管领导阅签后报区政府督查室。",
    "涉及群众切身利益的，要做好解释和回访，提高满意率。",
)
RARE = "独山水库溢洪道闸门检修"
RARE_SHARE = 0.001
TERMINATE = Act("chief", "terminate_item", {"reason": "并入其他事项。"})
SUSPEND = Act("chief", "suspend_item", {"reason": "汛期停工。"})
SEND_BACK = Act("office", "review", {"accepted": False, "comment": "佐证不足。"})


CHUNK = 5000


@dataclass(frozen=True, slots=True)
class Life:
    """One life: what the rules made of it, as the store keeps it, without what people wrote."""

    facts: Facts
    issued_at: datetime
    head: Row
    clocks: tuple[Row, ...]
    entries: tuple[Row, ...]


@dataclass(slots=True)
class Living:
    """A life as it is being lived: the item, and all that has happened to it."""

    item: Item
    events: list[Event]

    def happen(self, events: list[Event]) -> None:
        """Something happens."""
        self.item = evolve_all(self.item, events)
        self.events += events

    def act(self, act: Act, at: datetime) -> None:
        """Somebody acts."""
        body = ACTS[act.name].body(**act.body)
        command = Command(act=act.name, body=body, actor=STAFF[act.who], raw=act.body)
        self.happen(decide(self.item, command, max(at, self.item.as_of)))


@dataclass(frozen=True, slots=True)
class Told:
    """One item: its rows in the four tables."""

    item: Row
    clocks: list[Row]
    search: Row
    entries: list[Row]


async def fill(database: Database, url: str, count: int, zone: ZoneInfo, now: datetime) -> None:
    """Write ``count`` items. ``url`` is the owner's, who may have the tables analysed, too."""
    async with database.read() as connection:
        days = await calendar(connection)
    chance = random.Random(SEED)
    lives = [*_lives(chance, count, days, zone, now)]
    owner = await asyncpg.connect(url)
    try:
        last = await _last_numbers(owner)
        for chunk in _chunks(_told(chance, lives, count, last)):
            await _copy(owner, items, (told.item for told in chunk))
            await _copy(owner, item_clocks, (row for told in chunk for row in told.clocks))
            await _copy(owner, item_search, (told.search for told in chunk))
            await _copy(owner, audit_events, (row for told in chunk for row in told.entries))
        await _put_last_numbers(owner, last)
        for table in (items, item_clocks, item_search, audit_events):
            await owner.execute(f"VACUUM ANALYZE {table.name}")
    finally:
        await owner.close()


def _chunks(told: Iterator[Told]) -> Iterator[list[Told]]:
    while chunk := list(itertools.islice(told, CHUNK)):
        yield chunk


def _lives(
    chance: random.Random, count: int, days: WorkingCalendar, zone: ZoneInfo, now: datetime
) -> Iterator[Life]:
    lives = max(count // LIVES_TOLD, 10)
    for number in range(lives):
        is_open = number < max(lives * OPEN_SHARE, 1)
        age = chance.uniform(0, 12) if is_open else chance.uniform(YOUNGEST, OLDEST)
        issued_at = (now - timedelta(days=age)).replace(hour=chance.randrange(24))
        issued_at = min(issued_at, now - timedelta(minutes=1))
        life = _issued(chance, issued_at, days)
        if is_open:
            _live_until(chance, life, now)
        else:
            _live(chance, life)
        item = life.item
        snapshot = snapshot_of(item)
        lit = lamps(snapshot.clocks, snapshot.status, snapshot.handed_in, days, zone)
        yield Life(
            facts=item.facts,
            issued_at=issued_at,
            head=head_row(snapshot) | {"red_from": lit.red_from, "yellow_from": lit.yellow_from},
            clocks=tuple(clock_row("", n, clock) for n, clock in enumerate(snapshot.clocks)),
            entries=tuple(audit_row("", entry_of(event)) for event in life.events),
        )


def _issued(chance: random.Random, issued_at: datetime, days: WorkingCalendar) -> Living:
    kind = _chosen(chance, KINDS)
    due_on = issued_at.date() + timedelta(days=chance.randrange(7, 90))
    facts = replace(
        ORDINARY,
        kind=kind,
        category=chance.choice(list(Category)),
        due_on=due_on if kind is Kind.DATED else None,
    )
    item, opened = open_item(
        item_id="",
        facts=facts,
        issued_at=issued_at,
        now=issued_at,
        actor=STAFF["office"],
        calendar=days.slice(issued_at.year, issued_at.year + 2),
        policy=Policy(),
        raw={},
    )
    return Living(evolve(item, opened), [opened])


def _live(chance: random.Random, life: Living) -> None:
    """To its end, in time or not, reporting all the while."""
    fate, due = _chosen(chance, FATES), life.item.clocks[0].lapses_at
    begun = life.item.issued_at + timedelta(hours=2)
    life.act(RECEIVE, begun)
    if fate == "terminated":
        life.act(TERMINATE, due - timedelta(hours=8))
        return
    reports = EVENTS - len(life.events) - len((RESULT, SIGN, ACCEPT))
    at = due - timedelta(hours=6)
    for number in range(reports):
        life.act(PROGRESS, begun + (at - begun) * number / reports)
    if fate == "late":
        at += timedelta(days=chance.randrange(1, 20))
    if fate == "sent_back":
        for act in (RESULT, SIGN, SEND_BACK):
            life.act(act, at)
        at += timedelta(days=1)
    for act in (RESULT, SIGN, ACCEPT):
        life.act(act, at)


def _live_until(chance: random.Random, life: Living, now: datetime) -> None:
    """Open still: received, handed in, signed, or none of these; a few are put off."""
    at = life.item.issued_at + (now - life.item.issued_at) / 8
    for act in (RECEIVE, RESULT, SIGN)[: chance.randrange(4)]:
        life.act(act, at)
    life.happen(ring(life.item, now))
    if chance.random() < SUSPENDED_SHARE:
        life.act(SUSPEND, now)


def _told(
    chance: random.Random, lives: Sequence[Life], count: int, last: dict[int, int]
) -> Iterator[Told]:
    """So many items in the order of their numbers, those of one life apart from one another."""
    drawn = [chance.choice(lives) for _ in range(count)]
    drawn.sort(key=lambda life: life.issued_at + timedelta(days=chance.uniform(-15, 15)))
    for life in drawn:
        year = life.issued_at.year
        last[year] = last.get(year, 0) + 1
        yield _tell(chance, life, year, last[year])


def _tell(chance: random.Random, life: Life, year: int, sequence: int) -> Told:
    code, name = chance.choice(UNITS)
    others = chance.sample(UNITS, chance.choice((0, 0, 1, 3)))
    facts = replace(
        life.facts,
        title=_title(chance),
        content="".join(chance.sample(SENTENCES, chance.randrange(2, len(SENTENCES)))),
        lead_unit=code,
        lead_unit_name=name,
        co_units=tuple(unit for unit, _ in others if unit != code),
    )
    item_id, number = str(uuid.UUID(int=chance.getrandbits(128))), f"政督〔{year}〕{sequence}号"
    words = search_words(number, facts)
    item = {
        **life.head,
        **facts_row(facts),
        "id": item_id,
        "number": number,
        "year": year,
        "sequence": sequence,
        "sub": 0,
        "parts": [],
        "request_id": item_id,
        "body_hash": item_id,
    }
    clocks = [clock | {"item_id": item_id, "unit": code} for clock in life.clocks]
    entries = chained([row | {"item_id": item_id} for row in life.entries], BEGINNING, BEGINNING)
    return Told(item, clocks, {"item_id": item_id, "words": words, "grams": grams(words)}, entries)


def _title(chance: random.Random) -> str:
    rare = RARE if chance.random() < RARE_SHARE else chance.choice(WORKS)
    return f"{chance.choice(PLACES)}{rare}{chance.choice(ENDS)}"


def _chosen(chance: random.Random, weights: Mapping[T, int]) -> T:
    return chance.choices(list(weights), list(weights.values()))[0]


async def _copy(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    columns = [column for column in table.columns if column.name != "recorded_at"]
    await connection.copy_records_to_table(
        table.name,
        columns=[column.name for column in columns],
        records=[[_stored(column, row[column.name]) for column in columns] for row in rows],
    )


def _stored(column: "Column[Any]", value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    return json.dumps(value, ensure_ascii=False) if isinstance(column.type, JSONB) else value


async def _last_numbers(connection: Connection) -> dict[int, int]:
    rows = await connection.fetch(
        "SELECT year, last FROM number_sequences WHERE kind = $1", ITEM_SERIES
    )
    return {row["year"]: row["last"] for row in rows}


async def _put_last_numbers(connection: Connection, last: Mapping[int, int]) -> None:
    await connection.executemany(
        "INSERT INTO number_sequences (kind, year, last) VALUES ($1, $2, $3) "
        "ON CONFLICT (kind, year) DO UPDATE SET last = excluded.last",
        [(ITEM_SERIES, year, number) for year, number in last.items()],
    )
