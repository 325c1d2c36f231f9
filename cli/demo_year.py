"""The demonstration of a year-round task: twelve virtual months in seconds, on the real servers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from api.context import Context
from domain.calendar import CalendarYear
from domain.cycles import Cycle
from domain.items import STATUS_NAMES, Category, Facts, Json, Kind, Source, Status
from domain.parts import PART_STATE_NAMES, Part, PartState, Target, in_order
from domain.text import day_text
from embedded.virtual_time import VirtualTime
from store import reads
from store.calendars import put_calendar_year
from store.rows import ItemRow
from workflows.ids import workflow_id

MISSED = "month-03"
TARGET = Target(name="开工项目", unit="个", target=24)
Act = Callable[[str, str, str, Json], Awaitable[None]]
PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class YearShow:
    """One monthly task through the coming year. ``act`` does an act on an item as somebody."""

    context: Context
    clock: VirtualTime
    act: Act
    say: Callable[[str], None]
    ui: str

    async def everything(self, lead_name: str) -> None:
        """Issue it, let the months pass, strike it off, and show what became of each slot."""
        year = self.context.now().year + 1
        await self._load(year)
        task = await self._issue(year, lead_name)
        await self.act(task, "housing", "receive", {})
        row = await self._row(task)
        done = 0
        for part in in_order(row.parts):
            if part.state is PartState.PLANNED:
                done += 2
                await self._month(task, part, done)
        await self._finish(task, year)
        self._show(await self._row(task))

    async def _load(self, year: int) -> None:
        """A calendar of the demonstration's own: in September the 25th lies in a holiday."""
        autumn = tuple(date(year, 9, day) for day in range(24, 28))
        spring = tuple(date(year, 2, day) for day in range(6, 13))
        loaded = CalendarYear(
            year=year, notice="演示用放假安排", rest_days=(*spring, *autumn), work_days=()
        )
        async with self.context.database.write() as connection:
            await put_calendar_year(connection, loaded, "demo", self.context.settings.zone)

    async def _issue(self, year: int, lead_name: str) -> str:
        facts = Facts(
            title=f"{year}年城市更新项目",
            content="按月调度，年底前报告落实完成情况。",
            category=Category.A2,
            kind=Kind.YEAR_ROUND,
            lead_unit="ZJJ",
            lead_unit_name=lead_name,
            source=Source(type="文件", reference="政府工作报告"),
            cycle=Cycle.MONTH,
            year=year,
            targets=(TARGET,),
        )
        async with self.context.database.read() as connection:
            office = await reads.actor(connection, "office")
        assert office is not None
        done = await self.context.commands.create(
            actor=office,
            key="year",
            raw={},
            facts=facts,
            issued_at=None,
            now=self.context.now(),
        )
        await self.context.commits.wait_for(done.item_id, 1, PATIENCE)
        return done.item_id

    async def _month(self, task: str, part: Part, done: int) -> None:
        """The slot opens by the clock; its report closes it. One is missed, and reported late."""
        assert part.opens_at is not None
        await self.clock.forward_to(workflow_id(task, Kind.YEAR_ROUND), part.opens_at)
        await self._until(task, part.key, PartState.OPEN)
        await self.context.commits.wait_for(part.item_id, 1, PATIENCE)
        if part.key == MISSED:
            slot = await self._row(part.item_id)
            limit = slot.clocks[0].clock.lapses_at + timedelta(hours=10)
            await self.clock.forward_to(workflow_id(part.item_id), limit)
        report = {"text": f"{part.name}：累计开工{done}个。"}
        figures = [{"name": TARGET.name, "value": done}]
        await self.act(part.item_id, "housing", "submit_feedback", {**report, "actuals": figures})
        await self._until(task, part.key, PartState.CLOSED)

    async def _finish(self, task: str, year: int) -> None:
        """The year-end report takes 阅签 and review; no slot report stands for it."""
        zone = self.context.settings.zone
        at = datetime.combine(date(year, 12, 29), time(10), zone)
        await self.clock.forward_to(workflow_id(task, Kind.YEAR_ROUND), at)
        final = {"text": "全年任务已完成，报告附后。", "final": True}
        await self.act(task, "housing", "submit_feedback", final)
        await self.act(task, "deputy", "sign_off", {"approved": True, "comment": "同意。"})
        await self.act(task, "office", "review", {"accepted": True, "comment": "属实。"})

    async def _until(self, task: str, key: str, state: PartState) -> None:
        """Wait until the task knows that a slot is in that state."""
        while True:
            row = await self._row(task)
            if any(part.key == key and part.state is state for part in row.parts):
                return
            await self.context.commits.wait_for(task, row.seq + 1, 0.2)

    async def _row(self, item: str) -> ItemRow:
        async with self.context.database.read() as connection:
            row = await reads.item_row(connection, item)
        assert row is not None
        return row

    def _show(self, row: ItemRow) -> None:
        self.say(f"编号 {row.number}　承办单位 {row.facts.lead_unit_name}　{row.facts.title}")
        for part in in_order(row.parts):
            due = day_text(part.due_on) if part.due_on else "——"
            moved = "（25日逢休息日顺延）" if part.due_on and part.due_on.day != 25 else ""
            fate = "逾期后报送，逾期永久记录" if part.lapsed_at else PART_STATE_NAMES[part.state]
            self.say(f"  {part.name}　期限{due}{moved}　{fate}")
        late = sum(part.lapsed_at is not None for part in row.parts)
        state = STATUS_NAMES[Status(row.status)]
        self.say(f"  共{len(row.parts)}期，逾期{late}期；年底前报告经阅签、审核，{state}。")
        self.say(f"  Temporal 中的父流程：{workflow_id(row.id, row.kind)}，各期为其子流程")
        self.say(f"  （{self.ui}，Relationships 一栏可逐级查看；演示结束即关闭）")
