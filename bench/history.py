"""Part 3: how many events an act, an ordinary item and the whole failure ladder leave, and how
many bytes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from temporalio.api.history.v1 import HistoryEvent

from bench.figures import Figure, Goal, at_most, figure
from bench.people import ACCEPT, DIRECTIVE, ORDINARY, PROGRESS, RECEIVE, RESULT, SIGN, Act
from bench.sizes import Sizes
from bench.system import System
from bench.virtual import Virtual, next_weekday
from domain.errors import DomainError
from domain.items import Escalation, Facts
from domain.records import Snapshot

ACT_GOAL, STILL_GOAL, REFUSED_GOAL = at_most(14), at_most(11), at_most(0)
ORDINARY_GOAL, LADDER_GOAL = at_most(66), at_most(140)
LIVES = 3
MONDAY, AT_TEN, OWN_LIMIT = 0, time(10), timedelta(days=7)

REMIND = Act("office", "remind", {"form": "phone", "to": "李强", "said": "请抓紧报送。"})
ASK = {"problem": "须跨区协调。", "tried": "已两次会商。", "asked": "请予协调。", "major": True}
ASK_DEPUTY = Act("unit", "request_coordination", ASK)
ASK_CHIEF = Act("unit", "request_coordination", {**ASK, "level": "chief"})
UNRESOLVED = Act("deputy", "answer_coordination", {"outcome": "unresolved", "opinion": "报区长。"})
RESOLVED = Act("chief", "answer_coordination", {"outcome": "resolved", "opinion": "已商定。"})
ADVISE = Act("deputy", "advise_extension", {"supports": True, "comment": "同意。"})
EXTEND = Act("office", "decide_extension", {"approved": True, "comment": "同意。"})
SUSPEND = Act("office", "suspend_item", {"reason": "汛期停工。"})
RESUME = Act("office", "resume_item", {"reason": "汛期已过。"})
TERMINATE = Act("chief", "terminate_item", {"reason": "事项并入其他工作。"})
RETURN = Act("deputy", "sign_off", {"approved": False, "comment": "请补充数据。"})
REWORK = Act("office", "review", {"accepted": False, "comment": "佐证不足。"})
PLAN = Act("unit", "submit_plan", {"text": "分三步清理，责任到人。"})
EXPLAIN = Act(
    "unit", "explain_delay", {"reason": "夜间反弹。", "next_step": "增派夜班，三日内完成。"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The events that one act left, and whether it moved anything but the timeline."""

    name: str
    events: int
    moved: bool


async def measure(system: System, sizes: Sizes) -> list[Figure]:
    """Acts and ordinary items on the real server in real time; the ladder on the test server,
    whose clock all items share, because skipped time leaves events of its own on the real one."""
    costs = [*await _walk(system, ORDINARY, _ordinary_walk(system))]
    costs += await _walk(system, DIRECTIVE, _directive_walk())
    costs += await _walk(system, DIRECTIVE, [TERMINATE])
    return [
        *_acts(costs),
        figure(
            "history.refused",
            "历史事件：被拒绝的办理",
            "条",
            await _refused(system),
            statistic="max",
            goal=REFUSED_GOAL,
        ),
        *await _lives(system),
        *await _ladders(system, sizes.ladders),
    ]


def _ordinary_walk(system: System) -> list[Act]:
    later = system.context.now().date() + timedelta(days=40)
    ask = Act("unit", "request_extension", {"reason": "材料未齐。", "new_due_on": str(later)})
    return [
        *(RECEIVE, PROGRESS, REMIND, ASK_DEPUTY, UNRESOLVED, ASK_CHIEF, RESOLVED),
        *(ask, ADVISE, EXTEND, SUSPEND, RESUME, EXPLAIN),
        *(RESULT, RETURN, RESULT, SIGN, REWORK, RESULT, SIGN, ACCEPT),
    ]


def _directive_walk() -> list[Act]:
    interim = Act("unit", "submit_feedback", {"text": "已有意见。", "interim_opinion": True})
    return [RECEIVE, PLAN, PLAN, PROGRESS, interim, RETURN, RESULT, SIGN, ACCEPT]


async def _walk(system: System, facts: Facts, walk: Sequence[Act]) -> list[Cost]:
    item, costs = await system.direct.issue(facts), []
    events, state = await system.history(item), await system.state(item)
    for act in walk:
        await system.direct.act(item, act)
        after = await system.history(item)
        moved = state
        if not act.name.startswith("terminate") and act is not ACCEPT:
            moved = await system.state(item)
        changed = moved is state or _searchable(moved) != _searchable(state)
        costs.append(Cost(name=act.name, events=len(after) - len(events), moved=changed))
        events, state = after, moved
    return costs


def _searchable(state: Snapshot) -> tuple[object, ...]:
    """What operators can search by, and the next alarm."""
    levels = (state.escalation, state.coordination.level, state.lapsed)
    return (state.status, *levels, state.due_at, state.next_alarm, state.next_alarm_at)


def _acts(costs: Sequence[Cost]) -> list[Figure]:
    still = [cost.events for cost in costs if not cost.moved]
    most = max(costs, key=lambda cost: cost.events)
    out = [
        figure(
            "history.act",
            "历史事件：每次办理",
            "条",
            [cost.events for cost in costs],
            statistic="max",
            goal=ACT_GOAL,
            remark=f"最多：{most.name}",
        ),
        figure(
            "history.still_act",
            "历史事件：状态、提醒、层级都不变的办理",
            "条",
            still,
            statistic="max",
            goal=STILL_GOAL,
            remark="、".join(sorted({cost.name for cost in costs if not cost.moved})),
        ),
    ]
    for name in sorted({cost.name for cost in costs}):
        events = [cost.events for cost in costs if cost.name == name]
        out.append(figure(f"history.act.{name}", f"历史事件：{name}", "条", events))
    return out


async def _refused(system: System) -> list[float]:
    """Events left by acts that the rules refuse, the first of them also by a fresh worker."""
    item = await system.direct.issue()
    before = len(await system.history(item))
    left: list[float] = []
    for act in (SIGN, ACCEPT, RESUME, EXTEND, ADVISE):
        try:
            await system.direct.act(item, act)
        except DomainError:
            left.append(len(await system.history(item)) - before)
    await system.stack.restart("worker-1")
    try:
        await system.direct.act(item, SIGN)
    except DomainError:
        left.append(len(await system.history(item)) - before)
    return left


async def _lives(system: System) -> list[Figure]:
    histories = []
    for _ in range(LIVES):
        item = await system.direct.issue()
        for act in (RECEIVE, RESULT, SIGN, ACCEPT):
            await system.direct.act(item, act)
        histories.append(await system.history(item))
    return _sizes("ordinary", "一般事项（下达至销号）", histories, ORDINARY_GOAL)


def _sizes(
    key: str, title: str, histories: Sequence[Sequence[HistoryEvent]], goal: Goal | None
) -> list[Figure]:
    events = [len(history) for history in histories]
    kilobytes = [sum(event.ByteSize() for event in history) / 1024 for history in histories]
    return [
        figure(f"history.{key}", f"历史事件：{title}", "条", events, statistic="max", goal=goal),
        figure(f"history.{key}.bytes", f"历史大小：{title}", "KiB", kilobytes),
    ]


async def _ladders(system: System, count: int) -> list[Figure]:
    """One directive issued on each weekday: with the limits of the rule, a plan the next day and
    the result in five; with a limit of its own, and so without a plan; then one of which nothing
    is done in time. An ordinary item shows whether that server counts as the real one does."""
    async with Virtual.starting(system) as virtual:
        control = await _life_there(virtual)
        climbed = [await _climb(virtual, (MONDAY + n) % 5) for n in range(count)]
        dated = [await _climb(virtual, (MONDAY + n) % 5, dated=True) for n in range(count)]
        worst = await _climb(virtual, MONDAY, sluggish=True)
    return [
        *_sizes("ladder", "批示件走完逾期阶梯（方案也迟报）", climbed, LADDER_GOAL),
        *_sizes("ladder_dated", "批示件走完逾期阶梯（自带期限，无方案）", dated, LADDER_GOAL),
        *_sizes("ladder_worst", "批示件走完逾期阶梯（签收、说明也逾期）", [worst], None),
        *_sizes("control", "一般事项，在测试服务器上", [control], None),
    ]


async def _life_there(virtual: Virtual) -> list[HistoryEvent]:
    item = await virtual.issue(ORDINARY)
    for act in (RECEIVE, RESULT, SIGN, ACCEPT):
        await virtual.act(item, act)
    return await virtual.history(item)


async def _climb(
    virtual: Virtual, weekday: int, *, dated: bool = False, sluggish: bool = False
) -> list[HistoryEvent]:
    """A directive whose plan, where one is owed, comes late and whose result comes after the chief
    leader was told. ``sluggish``: the receipt and the explanation come late, too."""
    begin = next_weekday((await virtual.now()).date(), weekday)
    await virtual.until(datetime.combine(begin, AT_TEN, virtual.zone))
    facts = replace(DIRECTIVE, due_on=begin + OWN_LIMIT) if dated else DIRECTIVE
    item = await virtual.issue(facts)
    if not sluggish:
        await virtual.act(item, RECEIVE)
    if not dated:
        await virtual.past(item, "plan")
    if sluggish:
        await virtual.past(item, "receipt")
        await virtual.act(item, RECEIVE)
    if not dated:
        await virtual.act(item, PLAN)
    await virtual.past(item, "result")
    if not sluggish:
        await virtual.act(item, EXPLAIN)
    while (await virtual.state(item)).escalation is not Escalation.CHIEF:
        await virtual.past_alarm(item)
    if sluggish:
        await virtual.act(item, EXPLAIN)
    for act in (RESULT, SIGN, ACCEPT):
        await virtual.act(item, act)
    return await virtual.history(item)
