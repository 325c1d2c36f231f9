"""``duban demo``: three matters, from issue to their end, on the real parts in virtual time; then
who sees and who may."""

import asyncio
import itertools
import os
import secrets
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx

from api.app import open_context
from api.context import Context
from api.import_plan import Options
from cli.demo_people import Offices
from cli.demo_year import YearShow
from cli.import_ledger import import_file
from cli.stopping import done_unless, told_to_stop
from domain.clocks import Clock
from domain.errors import DomainError
from domain.items import STATUS_NAMES, Actor, Category, Facts, Json, Kind, Role, Source, Status
from domain.text import instant_text
from embedded import Stack, StackOptions
from embedded.virtual_time import VirtualTime
from runtime.settings import Settings
from store import passwords, reads, units, users
from store.rows import ItemRow
from workflows.ids import workflow_id

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
LEDGER = EXAMPLES / "dazhu-livelihood-2016.csv"
PEOPLE = (
    ("office", "督查室 王敏", Role.OFFICE, None),
    ("housing", "住建局 李强", Role.UNIT, "ZJJ"),
    ("deputy", "副区长 赵刚", Role.DEPUTY, None),
    ("chief", "区长 孙立", Role.CHIEF, None),
)
LEAD = "区住房和城乡建设局"
LINE = "─" * 72
KEYS = itertools.count(1)


def run(*, hold: bool = False) -> None:
    """Show it, print it, leave nothing behind; ``hold`` leaves it running until it is stopped."""
    asyncio.run(on_stage(_everything, hold=hold))


async def on_stage(show: Callable[[Stack], Awaitable[None]], *, hold: bool) -> None:
    """``show`` on a system of its own, which is gone when it is over, or told to stop."""
    begun, stop = time.monotonic(), told_to_stop()
    with tempfile.TemporaryDirectory(prefix="duban-demo-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)  # PostgreSQL may run as another user below it.
        options = StackOptions(data_dir=Path(folder) / "var", virtual_time=True)
        async with Stack(options, _say) as stack:
            if await done_unless(stop, show(stack)) and hold:
                _say(f"系统保持运行，Temporal 界面 {stack.ui_url} ，按 Ctrl-C 结束。")
                await stop.wait()
    _say(f"演示结束，用时 {time.monotonic() - begun:.0f} 秒。")


async def _everything(stack: Stack) -> None:
    await stack.start()
    _say(f"系统就绪。API {stack.api_url}/api/v1/docs ，Temporal 界面 {stack.ui_url}")
    os.environ.update(stack.environment)
    async with open_context(Settings()) as context:
        show = Show.of(context)
        await show.everything()
        _heading("五、全年任务：按月调度，十二期报告，一期逾期，年底前报告")
        await YearShow(context, show.clock, show.act, _say, stack.ui_url).everything(LEAD)
        _heading("六、五个人登录：各见其所见，AB角代签，越权留痕")
        async with httpx.AsyncClient(base_url=f"{stack.api_url}/api/v1") as http:
            await Offices(context, http, _say).everything()


def _say(text: str) -> None:
    print(text, flush=True)


def _heading(text: str) -> None:
    _say(f"\n{LINE}\n{text}\n{LINE}")


@dataclass(frozen=True, slots=True)
class Show:
    """The demonstration: whose acts are done, and whose time is moved."""

    context: Context
    clock: VirtualTime

    @classmethod
    def of(cls, context: Context) -> "Show":
        """A demonstration on a running system."""
        return cls(context, VirtualTime(context.client))

    async def everything(self) -> None:
        """The directory, a real ledger, then the three matters."""
        await self._directory()
        _heading("一、导入真实台账（改按明年）")
        year = self.context.now().year + 1
        options = Options(year=year, create_units=True)
        await import_file(self.context, LEDGER, options, yes=True)
        await self._told("二、一般事项，按期办结", self._on_time)
        await self._told("三、领导批示件：方案迟报、结果逾期，终以逾期办结", self._late)
        await self._told("四、遇到困难：分管领导协调未果，主要领导决策并改期", self._obstacle)

    async def _directory(self) -> None:
        unusable = await passwords.hash_password(secrets.token_urlsafe())
        async with self.context.database.write() as connection:
            await units.put_unit(connection, "ZJJ", LEAD, ["deputy"])
            for username, name, role, unit in PEOPLE:
                await users.add_user(
                    connection,
                    username,
                    role=role,
                    name=name,
                    password_hash=unusable,
                    unit_code=unit,
                )

    async def _on_time(self) -> str:
        item = await self._issue("老旧小区管网改造进展", Kind.ORDINARY, Category.D2)
        await self._forward(item, hours=2)
        await self._act(item, "housing", "receive", {"comment": "已接收，立即安排"})
        await self._forward(item, hours=24)
        await self._act(
            item, "housing", "submit_feedback", {"text": "已完成管网摸排，施工队进场。"}
        )
        await self._forward(item, hours=24)
        await self._act(item, "housing", "submit_feedback", _result("改造完成，验收合格。"))
        await self._forward(item, hours=3)
        await self._act(item, "deputy", "sign_off", _approve("同意，报督查室。"))
        await self._forward(item, hours=2)
        await self._act(item, "office", "review", _accept("属实，销号。"))
        return item

    async def _late(self) -> str:
        item = await self._issue("区长批示：农贸市场周边占道经营", Kind.DIRECTIVE, Category.C1)
        await self._forward(item, hours=1)
        await self._act(item, "housing", "receive", {})
        await self._past(item, "plan", hours=10)
        await self._act(item, "housing", "submit_plan", {"text": "分三步清理，责任到人。"})
        await self._past(item, "result", hours=10)
        reason = {"reason": "夜间反弹，尚未根治。", "next_step": "增派夜班，三日内完成。"}
        await self._act(item, "housing", "explain_delay", reason)
        later = (await self._virtual(item) + timedelta(days=10)).date().isoformat()
        late = {"reason": "请求宽限", "new_due_on": later}
        await self._act(item, "housing", "request_extension", late)
        await self._until_chief(item)
        await self._act(item, "housing", "submit_feedback", _result("已清理完毕，建立长效机制。"))
        await self._forward(item, hours=4)
        await self._act(item, "deputy", "sign_off", _approve("同意。"))
        await self._forward(item, hours=20)
        await self._act(item, "office", "review", _accept("现场核查属实。"))
        return item

    async def _obstacle(self) -> str:
        item = await self._issue("跨区排水干管接入", Kind.ORDINARY, Category.B2)
        await self._forward(item, hours=1)
        await self._act(item, "housing", "receive", {})
        ask = {"problem": "干管须穿越邻区，对方未同意。", "tried": "已三次会商。", "major": True}
        ask = {**ask, "asked": "请协调邻区同意接入。"}
        await self._act(item, "housing", "request_coordination", {**ask, "level": "chief"})
        await self._act(item, "housing", "request_coordination", ask)
        await self._forward(item, hours=24)
        answer = {"outcome": "unresolved", "opinion": "超出本级协调范围，提请区长决策。"}
        await self._act(item, "deputy", "answer_coordination", answer)
        await self._act(item, "housing", "request_coordination", {**ask, "level": "chief"})
        await self._forward(item, hours=24)
        due = (await self._virtual(item) + timedelta(days=14)).date().isoformat()
        decision = {"outcome": "resolved", "opinion": "已商定，按新方案实施。", "new_due_on": due}
        await self._act(item, "chief", "answer_coordination", decision)
        await self._forward(item, hours=24 * 5)
        await self._act(item, "housing", "submit_feedback", _result("干管已接通。"))
        await self._forward(item, hours=2)
        await self._act(item, "deputy", "sign_off", _approve("同意。"))
        await self._act(item, "office", "review", _accept("按期完成。"))
        return item

    async def _issue(self, title: str, kind: Kind, category: Category) -> str:
        leader = "区长" if kind is Kind.DIRECTIVE else ""
        facts = Facts(
            title=title,
            content=f"{title}：抓紧办理，按时报告结果。",
            category=category,
            kind=kind,
            lead_unit="ZJJ",
            lead_unit_name=LEAD,
            source=Source(type="批示" if leader else "会议", leader=leader),
        )
        done = await self.context.commands.create(
            actor=await self._actor("office"),
            key=title,
            raw={"title": title},
            facts=facts,
            issued_at=None,
            now=self.context.now(),
        )
        await self._settled(done.item_id)
        return done.item_id

    async def act(self, item: str, who: str, act: str, body: Json) -> None:
        """Do it as that person."""
        await self.context.commands.act(
            actor=await self._actor(who),
            item_id=item,
            act=act,
            route=act,
            raw=body,
            key=f"{act}-{next(KEYS)}",
        )

    async def _act(self, item: str, who: str, act: str, body: Json) -> None:
        """The same, at its own time; a refusal is part of the story."""
        try:
            await self.act(item, who, act, body)
        except DomainError as error:
            at = instant_text((await self._virtual(item)).astimezone(self.context.settings.zone))
            _say(f"  ✕ {at} 系统不予受理（{error.code}）：{error.detail}")

    async def _actor(self, username: str) -> Actor:
        async with self.context.database.read() as connection:
            actor = await reads.actor(connection, username)
        assert actor is not None
        return actor

    async def _virtual(self, item: str) -> datetime:
        return await self.clock.now(workflow_id(item))

    async def _forward(self, item: str, *, hours: float) -> None:
        await self._to(item, await self._virtual(item) + timedelta(hours=hours))

    async def _past(self, item: str, key: str, *, hours: float) -> None:
        """On to some hours after the limit of one clock."""
        row = await self._row(item)
        clock = next(c.clock for c in row.clocks if c.clock.key == key)
        await self._to(item, clock.lapses_at + timedelta(hours=hours))

    async def _until_chief(self, item: str) -> None:
        row = await self._row(item)
        assert row.next_alarm_at is not None
        await self._to(item, row.next_alarm_at + timedelta(hours=9))

    async def _to(self, item: str, until: datetime) -> None:
        await self.clock.forward_to(workflow_id(item), until)
        await self._settled(item)

    async def _settled(self, item: str) -> None:
        live = await self.context.commands.live(item)
        if live is not None:
            await self.context.commits.wait_for(item, live.seq, 10.0)

    async def _row(self, item: str) -> ItemRow:
        async with self.context.database.read() as connection:
            row = await reads.item_row(connection, item)
        assert row is not None
        return row

    async def _told(self, heading: str, story: Callable[[], Awaitable[str]]) -> None:
        _heading(heading)
        item = await story()
        row = await self._row(item)
        async with self.context.database.read() as connection:
            entries = await reads.timeline(connection, item, include_covert=True)
        _say(f"编号 {row.number}　承办单位 {row.facts.lead_unit_name}　{row.facts.title}")
        for entry in entries:
            who = entry.actor.name if entry.actor else "系统"
            at = entry.at.astimezone(self.context.settings.zone)
            _say(f"  {at:%Y-%m-%d %H:%M} {entry.title}〔{who}〕{entry.summary}")
        _say("  期限为什么是这一天：")
        for clock in row.clocks:
            _say(self._derivation(clock.clock))
        state = STATUS_NAMES[Status(row.status)]
        _say(f"  结局：{state}{'，逾期办结（永久记录）' if row.lapsed else '，按期'}")

    def _derivation(self, clock: Clock) -> str:
        """One line a clock: which day counted as what, and what became of it."""
        zone = self.context.settings.zone
        days = "，".join(
            f"{line.date:%m-%d}{'=' + str(line.counted) if line.counted is not None else ''}"
            f"（{line.reason}）"
            for line in clock.derivation
        )
        moved = ""
        if clock.due_at != clock.original_due_at:
            original = instant_text(clock.original_due_at.astimezone(zone))
            moved = f"；原期限{original}，{clock.moved_because}"
        fate = "逾期" if clock.lapsed else "按期" if clock.stopped_at else "在办"
        due = instant_text(clock.due_at.astimezone(zone))
        return f"    {clock.name}：{due}〔{fate}〕 {days}{moved}"


def _result(text: str) -> Json:
    return {"text": text, "final": True}


def _approve(comment: str) -> Json:
    return {"approved": True, "comment": comment}


def _accept(comment: str) -> Json:
    return {"accepted": True, "comment": comment}
