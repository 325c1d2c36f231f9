"""The lives whose histories are recorded: every closed path, one still open, one carried on."""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from typing import Any

from pydantic import TypeAdapter

from domain.acts import IssueTerms
from domain.calendar import CalendarYear, WorkingCalendar
from domain.cycles import Cycle
from domain.items import Actor, Category, Facts, Json, Kind, Milestone
from domain.policy import Policy
from tests.workflows.house import CHIEF, DEPUTY, JTJ, OFFICE, UNIT, Life, directive, ordinary, raw

SHANGHAI = timezone(timedelta(hours=8))
BEGIN = datetime(2030, 3, 4, 10, tzinfo=SHANGHAI)  # a Monday, in virtual time
NAMESPACE = uuid.UUID("0d5f5a52-3f6e-4a8b-9a55-64756261ffff")
CALENDAR = WorkingCalendar(
    years=(
        CalendarYear(
            year=2030,
            notice="国办发明电〔2029〕9号",
            rest_days=(date(2030, 3, 6), date(2030, 4, 5)),
            work_days=(date(2030, 3, 9),),
        ),
    )
)
NODES = (
    Milestone(name="招标", due_on=date(2030, 3, 8), unit="ZJJ"),
    Milestone(name="开工", due_on=date(2030, 3, 13), unit="ZJJ"),
    Milestone(name="竣工", due_on=date(2030, 3, 29), unit="ZJJ"),
)
REPORT: Json = {"text": "已按期完成。", "final": True}
APPROVED: Json = {"approved": True, "comment": "同意。"}
ACCEPTED: Json = {"accepted": True, "comment": "属实。"}
REMIND: Json = {"form": "phone", "to": "李强", "said": "请抓紧报送。"}
HAND_OVER: Json = {
    "predecessor": "wu",
    "predecessor_name": "副区长 吴洁",
    "successor": "deputy",
    "successor_name": "副区长 赵刚",
    "on": "2030-03-05",
    "reason": "区政府领导分工调整。",
}
TERMS = IssueTerms(calendar=CALENDAR, policy=Policy())
ASK: Json = {"problem": "须跨区协调。", "tried": "已两次会商。", "asked": "请予协调。"}


@dataclass(frozen=True)
class Story:
    """One item's life: what it is, what happens to it, and why its history is kept."""

    name: str
    why: str
    facts: Facts
    tell: Callable[[Life], Awaitable[None]]
    most_events: int | None = None
    calendar: WorkingCalendar = CALENDAR
    forged: bool = False
    draft: bool = False

    @property
    def item_id(self) -> str:
        """Always the same, so that two recordings can be compared."""
        return str(uuid.uuid5(NAMESPACE, self.name))


async def _sign_and_strike_off(life: Life) -> None:
    await life.act(DEPUTY, "sign_off", **APPROVED)
    await life.on_record()
    await life.act(OFFICE, "review", **ACCEPTED)
    await life.ended()


async def _do(life: Life, *steps: tuple[Any, ...]) -> None:
    for who, name, body in steps:
        await life.act(who, name, **body)
        await life.on_record()


async def _on_time(life: Life) -> None:
    await _do(life, (UNIT, "receive", {"comment": "已签收。"}), (OFFICE, "remind", REMIND))
    await life.ring()
    await _do(life, (UNIT, "submit_feedback", {"text": "正在推进。"}))
    await _do(life, (UNIT, "submit_feedback", REPORT))
    await _sign_and_strike_off(life)


async def _late(life: Life) -> None:
    await _do(life, (UNIT, "receive", {}))
    while not any(c.key == "plan" and c.lapsed for c in (await life.state()).clocks):
        await life.ring()
    await _do(life, (UNIT, "submit_plan", {"text": "分三步清理。"}))
    while not (await life.state()).lapsed:
        await life.ring()
    await _do(life, (UNIT, "explain_delay", {"reason": "夜间反弹。", "next_step": "增派夜班。"}))
    while (await life.state()).escalation != "chief":
        await life.ring()
    await _do(life, (UNIT, "submit_feedback", REPORT))
    await _sign_and_strike_off(life)


async def _circulated(life: Life) -> None:
    """Late to a circular, and beyond: the leaders are told, and what they ask for is carried out.
    A second circular is withdrawn."""
    number = "督查通报〔2030〕第1期"
    other = {"number": "督查通报〔2030〕第2期", "reason": "情况不实。"}
    await _do(life, (UNIT, "receive", {}))
    while (await life.state()).escalation != "chief":
        await life.ring()
    await _do(
        life,
        (OFFICE, "record_circular", {"number": number, "ground": "G4"}),
        (OFFICE, "record_circular", {"number": other["number"], "new_due_on": "2030-03-29"}),
        (OFFICE, "lift_circular", other),
    )
    while not (await life.state()).aftermath.report_owed:
        await life.ring()
    await _do(
        life,
        (OFFICE, "report_to_leaders", {"text": "通报后仍未办结。"}),
        (CHIEF, "order_handling", {"text": "主要负责人到现场督办。"}),
        (UNIT, "report_handling", {"text": "已到现场督办。"}),
        (UNIT, "submit_feedback", REPORT),
    )
    await _sign_and_strike_off(life)


async def _nothing_done(life: Life) -> None:
    while (await life.state()).next_alarm_at:
        await life.ring()


async def _terminated(life: Life) -> None:
    await _do(life, (UNIT, "receive", {}))
    await life.act(CHIEF, "terminate_item", reason="情况变化，无需办理。")
    await life.ended()


async def _suspended(life: Life) -> None:
    await _do(
        life,
        (UNIT, "receive", {}),
        (OFFICE, "suspend_item", {"reason": "汛期停工。"}),
        (OFFICE, "resume_item", {"reason": "汛期已过。"}),
        (UNIT, "submit_feedback", REPORT),
    )
    await _sign_and_strike_off(life)


async def _transferred(life: Life) -> None:
    answer = {"outcome": "unresolved", "opinion": "超出本级协调范围。"}
    order = {
        "outcome": "transferred",
        "opinion": "改由交通局牵头。",
        "new_lead_unit": "JTJ",
        "new_due_on": "2030-03-20",
    }
    await _do(
        life,
        (UNIT, "receive", {}),
        (UNIT, "request_coordination", ASK | {"major": True}),
        (DEPUTY, "answer_coordination", answer),
        (UNIT, "request_coordination", ASK | {"level": "chief"}),
        (CHIEF, "answer_coordination", order | {"unit_name": "区交通运输局"}),
        (JTJ, "receive", {}),
        (JTJ, "submit_feedback", REPORT),
    )
    await _sign_and_strike_off(life)


async def _interim(life: Life) -> None:
    opinion = {"text": "已拟订方案，六月底前完成。", "interim_opinion": True}
    await _do(
        life,
        (UNIT, "receive", {}),
        (UNIT, "submit_plan", {"text": "分三步清理。"}),
        (UNIT, "submit_feedback", opinion),
        (DEPUTY, "sign_off", APPROVED),
        (OFFICE, "review", ACCEPTED | {"new_due_on": "2030-03-25"}),
        (UNIT, "submit_feedback", REPORT),
    )
    await _sign_and_strike_off(life)


async def _reworked(life: Life) -> None:
    await _do(
        life,
        (UNIT, "receive", {}),
        (UNIT, "submit_feedback", REPORT),
        (DEPUTY, "sign_off", {"approved": False, "comment": "请补充数据。"}),
        (UNIT, "submit_feedback", REPORT),
        (DEPUTY, "sign_off", APPROVED),
        (OFFICE, "review", {"accepted": False, "comment": "佐证不足。"}),
        (UNIT, "submit_feedback", REPORT),
    )
    await _sign_and_strike_off(life)


async def _extended(life: Life) -> None:
    await _do(
        life,
        (UNIT, "receive", {}),
        (UNIT, "request_extension", {"reason": "材料未齐。", "new_due_on": "2030-03-22"}),
        (DEPUTY, "advise_extension", {"supports": True, "comment": "同意。"}),
        (OFFICE, "decide_extension", {"approved": True, "comment": "同意。"}),
        (UNIT, "submit_feedback", REPORT),
    )
    await _sign_and_strike_off(life)


async def _recounted(life: Life) -> None:
    year = {"year": 2030, "notice": "国办发明电〔2029〕9号", "rest_days": ["2030-03-06"]}
    policy = Policy(edition="2030-01-01", reminder_days=(2, 0))
    edition = {
        "policy": TypeAdapter(Policy).dump_python(policy, mode="json"),
        "reason": "新规则施行。",
    }
    await _do(
        life,
        (OFFICE, "apply_calendar", {"year": year | {"work_days": [], "edition": 2}}),
        (OFFICE, "change_edition", edition),
    )
    await life.ring()


async def _handed_over(life: Life) -> None:
    await _do(
        life,
        (UNIT, "receive", {}),
        (UNIT, "submit_feedback", REPORT),
        (OFFICE, "hand_over", HAND_OVER),
    )
    await _sign_and_strike_off(life)


async def _unverified(life: Life) -> None:
    await life.signal("receive", {"comment": "电话告知。"})
    await life.on_record()
    await life.signal("submit_feedback", {"text": "进展顺利。"})
    await life.on_record()
    await life.signal("submit_feedback", raw("{未".encode()))
    await life.on_record()
    await life.signal("close_it", 5)
    await life.on_record()
    await life.handle_now().cancel()
    await life.on_record()
    await life.act(OFFICE, "confirm_act", target_seq=2, comment="已电话核实。")
    await life.on_record()
    await life.act(OFFICE, "annul_act", target_seq=3, comment="并无此事。")
    await life.on_record()
    await _do(life, (UNIT, "submit_feedback", REPORT))
    await _sign_and_strike_off(life)


async def _open(life: Life) -> None:
    await _do(life, (UNIT, "receive", {}), (OFFICE, "remind", REMIND))


async def _carried_on(life: Life) -> None:
    await _do(life, (UNIT, "receive", {}))
    await life.signal("remind", REMIND)
    await life.on_record()
    first = life.sealed(OFFICE, "remind", REMIND)
    await life.send("remind", first, first.request_id)
    await life.on_record()
    await life.send("remind", first, first.request_id)
    await life.on_record()
    await _do(life, (OFFICE, "confirm_act", {"target_seq": 3, "comment": "属实。"}))
    await _do(life, (UNIT, "submit_feedback", REPORT))
    await _sign_and_strike_off(life)


async def _asleep(life: Life) -> None:
    await _do(life, (UNIT, "receive", {}))
    await life.forward_to(BEGIN + timedelta(days=31))
    await life.ring()


async def _year(life: Life) -> None:
    """A slot reported in time, one missed and reported late, one suspended with the task; another
    cycle, another unit; the rest ended early; the year-end report, and on into the next year."""
    await _do(life, (UNIT, "receive", {}))
    slot = await _opened(life, "quarter-1")
    await slot.act(UNIT, "submit_feedback", text="一季度进展顺利。")
    await slot.ended()
    await life.heard_of("quarter-1", "closed")
    late = await _opened(life, "quarter-2")
    while not (await late.state()).lapsed:
        await late.ring()
    await late.act(UNIT, "submit_feedback", text="二季度迟报。")
    await late.ended()
    await life.heard_of("quarter-2", "closed")
    await _do(life, (OFFICE, "change_cycle", {"cycle": "month", "reason": "进入攻坚期。"}))
    slot = await _opened(life, "month-06")
    await _do(life, (OFFICE, "suspend_item", {"reason": "汛期停工。"}))
    await life.house.store.until(lambda: slot.acts()[-1] == "follow_parent")
    await _do(life, (OFFICE, "resume_item", {"reason": "汛期已过。"}))
    await life.house.store.until(lambda: slot.acts().count("follow_parent") == 2)
    await slot.act(UNIT, "submit_feedback", text="六月进展。")
    await slot.ended()
    await life.heard_of("month-06", "closed")
    to_jtj = {"new_lead_unit": "JTJ", "reason": "职能划转。", "unit_name": "区交通运输局"}
    await _do(
        life,
        (OFFICE, "change_unit", to_jtj),
        (JTJ, "receive", {}),
        (OFFICE, "carry_over", {"reason": "工程跨年。", "new_due_on": "2031-03-31"}),
        (OFFICE, "end_early", {"reason": "余下各期并入年底报告。"}),
        (JTJ, "submit_feedback", REPORT),
        (DEPUTY, "sign_off", APPROVED),
        (OFFICE, "review", ACCEPTED),
        (JTJ, "submit_feedback", REPORT),
    )
    await _sign_and_strike_off(life)


async def _opened(life: Life, key: str) -> Life:
    """The item of a slot, opened by the clock."""
    while not life._has_begun(key):
        await life.ring()
    return await life.part(key)


async def _split(life: Life) -> None:
    """Split into two, of which one is terminated with it."""
    await _do(life, (UNIT, "receive", {}))
    await life.split("道路开挖协调", "住户工作")
    first = await life.part("part-1")
    await first.act(UNIT, "receive")
    await first.act(UNIT, "submit_feedback", **REPORT)
    await _sign_and_strike_off(first)
    await life.heard_of("part-1", "closed")
    second = await life.part("part-2")
    await life.act(CHIEF, "terminate_item", reason="情况变化，无需办理。")
    await life.ended()
    await second.ended()


async def _reopened(life: Life) -> None:
    """Struck off, handed out again, struck off again, archived."""
    await _do(life, (UNIT, "receive", {}), (UNIT, "submit_feedback", REPORT))
    await _sign_and_strike_off(life)
    await life.call_back("reopen", reason="回头看发现反弹。", new_due_on="2030-03-29")
    await _do(life, (UNIT, "submit_feedback", REPORT))
    await _sign_and_strike_off(life)
    await life.call_back("archive")
    await life.ended()


async def _by_nodes(life: Life) -> None:
    """A node reached, one missed, one added; then the last."""
    await _do(life, (UNIT, "receive", {}))
    reached: Json = {"text": "已招标。", "milestone": "招标"}
    later = [{"name": "交付", "due_on": "2030-04-30"}]
    await _do(life, (UNIT, "submit_feedback", reached))
    while not any(clock.key == "node-2" and clock.lapsed for clock in (await life.state()).clocks):
        await life.ring()
    await _do(
        life,
        (OFFICE, "set_milestones", {"milestones": later, "reason": "增加节点。"}),
        (UNIT, "submit_feedback", REPORT),
    )
    await _sign_and_strike_off(life)


async def _drafted(life: Life) -> None:
    await _do(
        life,
        (OFFICE, "revise_draft", {"content": "摸清底数，分期完成。"}),
        (OFFICE, "submit_for_approval", {}),
        (DEPUTY, "approve_issue", {"approved": False, "comment": "请补充要求。"}),
        (OFFICE, "revise_draft", {"basis": "区政府常务会议定。"}),
        (OFFICE, "submit_for_approval", {}),
        (DEPUTY, "approve_issue", APPROVED | {"terms": TERMS}),
        (UNIT, "receive", {}),
        (UNIT, "submit_feedback", REPORT),
    )
    await _sign_and_strike_off(life)


async def _ratified(life: Life) -> None:
    asked: Json = {"approver": "deputy", "at_once": True, "terms": replace(TERMS, approver=DEPUTY)}
    await _do(life, (OFFICE, "submit_for_approval", asked), (UNIT, "receive", {}))
    while not any(c.key == "ratification" and c.lapsed for c in (await life.state()).clocks):
        await life.ring()
    await _do(life, (DEPUTY, "ratify", {"comment": "同意先行下达。"}))


async def _sent_back(life: Life) -> None:
    other = {"lead_unit": "JTJ", "unit_name": "区交通运输局"}
    await _do(
        life,
        (UNIT, "return_assignment", {"reason": "属交通运输局职责。"}),
        (OFFICE, "decide_return", {"accepted": True, "comment": "另行交办。"}),
        (OFFICE, "revise_draft", other),
        (OFFICE, "submit_for_approval", {}),
        (DEPUTY, "approve_issue", APPROVED | {"terms": TERMS}),
        (JTJ, "receive", {}),
        (JTJ, "submit_feedback", REPORT),
    )
    await _sign_and_strike_off(life)


async def _drafted_parts(life: Life) -> None:
    """Of three, one is withdrawn; the others are sent back and issued with the whole."""
    await life.split("道路开挖协调", "住户工作", "另行安排")
    parts = [await life.part(f"part-{n}") for n in (1, 2, 3)]
    await parts[2].act(OFFICE, "terminate_item", reason="不再单列。")
    await parts[2].ended()
    await life.heard_of("part-3", "terminated")
    steps: tuple[tuple[Actor, str, Json], ...] = (
        (OFFICE, "submit_for_approval", {}),
        (DEPUTY, "approve_issue", {"approved": False, "comment": "请补充要求。"}),
        (OFFICE, "submit_for_approval", {}),
        (DEPUTY, "approve_issue", APPROVED | {"terms": TERMS}),
    )
    for times, (who, name, body) in enumerate(steps, start=1):
        await life.act(who, name, **body)
        await _followed(times, life, *parts[:2])
    await _do(life, (UNIT, "receive", {}))


async def _ratified_parts(life: Life) -> None:
    await life.split("道路开挖协调")
    part = await life.part("part-1")
    asked: Json = {"approver": "deputy", "at_once": True, "terms": replace(TERMS, approver=DEPUTY)}
    await life.act(OFFICE, "submit_for_approval", **asked)
    await _followed(1, life, part)
    await life.act(DEPUTY, "ratify", comment="同意先行下达。")
    await _followed(2, life, part)


async def _followed(times: int, life: Life, *parts: Life) -> None:
    """Wait until each of the parts has followed so often, and the whole knows how it stands."""

    def done() -> bool:
        return all(part.acts().count("follow_parent") == times for part in parts)

    await life.house.store.until(done)
    for one in (*parts, life):
        await one.on_record()


async def _withdrawn(life: Life) -> None:
    await life.act(OFFICE, "terminate_item", reason="重复登记。")
    await life.ended()


async def _forged(life: Life) -> None:
    await life.failed()


STORIES = (
    Story("ordinary", "一般事项按期办结销号", ordinary(), _on_time),
    Story("directive-late", "批示件方案迟报、结果逾期，走完逾期阶梯后办结", directive(), _late),
    Story(
        "circulated", "逾期后通报，仍未办理，报区领导，落实处理要求后办结", directive(), _circulated
    ),
    Story("nothing-done", "无人办理，各期限逐一到期", ordinary(), _nothing_done),
    Story("terminated", "终止", directive(), _terminated),
    Story("suspended", "暂缓、恢复后办结", ordinary(), _suspended),
    Story("transferred", "协调未决，提请决策，转办另一单位并改期", ordinary(), _transferred),
    Story("interim", "批示件先报办理意见，作为阶段性意见接受", directive(), _interim),
    Story("reworked", "阅签退回、审核退回补办", ordinary(), _reworked),
    Story("extended", "申请延期获批", ordinary(), _extended),
    Story(
        "recounted",
        "录入工作日历、改用规则版次后期限重算（在办）",
        ordinary(),
        _recounted,
        calendar=WorkingCalendar(),
    ),
    Story("handed-over", "分管领导离任，待阅签事项移交继任者", ordinary(), _handed_over),
    Story(
        "unverified",
        "经运维界面录入：核实、撤销、拒绝；取消被拒绝",
        ordinary(),
        _unverified,
    ),
    Story("open", "在办，下一提醒未到", directive(), _open),
    Story("carried-on", "历史过长而续接，前后各一段", ordinary(), _carried_on, most_events=40),
    Story(
        "asleep",
        "久候期限，按月续接，前后各一段",
        ordinary(due_on=date(2030, 4, 26), due_reason="须跨汛期施工。"),
        _asleep,
    ),
    Story(
        "year-task",
        "全年任务：按期、迟报、暂缓、改周期、换单位、提前结束、跨年",
        ordinary(kind=Kind.YEAR_ROUND, category=Category.A1, cycle=Cycle.QUARTER),
        _year,
    ),
    Story("split", "分解为两项，一项办结，一项随上级事项终止", directive(), _split),
    Story(
        "milestones",
        "时间节点：按期完成、逾期、增加节点后办结",
        ordinary(kind=Kind.MILESTONES, milestones=NODES),
        _by_nodes,
    ),
    Story("drafted", "登记拟办，退回后再报，批准下达，办结", ordinary(), _drafted, draft=True),
    Story(
        "ratified",
        "特急先行下达，逾期未补批，后补批（在办）",
        ordinary(urgency="extra_urgent"),
        _ratified,
        draft=True,
    ),
    Story(
        "drafted-parts",
        "拟办时分解为三项，一项撤回，其余随上级事项退回、再报、批准下达（在办）",
        ordinary(),
        _drafted_parts,
        draft=True,
    ),
    Story(
        "ratified-parts",
        "分项随上级事项特急下达，随之补批（在办）",
        ordinary(urgency="extra_urgent"),
        _ratified_parts,
        draft=True,
    ),
    Story("sent-back", "退件获同意，改由另一单位承办，原期限不变", directive(), _sent_back),
    Story("withdrawn", "拟办事项未下达即终止", ordinary(), _withdrawn, draft=True),
    Story("reopened", "办结后重新交办，再办结，归档，各为一段", ordinary(), _reopened),
    Story("forged", "未经接口登记的启动，流程失败", ordinary(), _forged, forged=True),
)
