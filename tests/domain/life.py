"""One item's life, driven without a server: tests say what happens when, and look."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter

from domain.acts import ACTS, Command, IssueTerms
from domain.calendar import CalendarYear, WorkingCalendar
from domain.clocks import Clock
from domain.cycles import Cycle
from domain.errors import DomainError
from domain.items import (
    Actor,
    Category,
    Event,
    Facts,
    Kind,
    Milestone,
    Notice,
    OfficePost,
    Role,
    Source,
    Unverified,
)
from domain.lifecycle import decide, evolve, next_alarm, ring
from domain.opening import check_facts, open_item
from domain.policy import Policy

ZONE = ZoneInfo("Asia/Shanghai")
SECOND = timedelta(seconds=1)
ITEM_ID = "7b1d9a36-0f5e-4f0e-9a50-6d6f64756267"


def on(month: int, day: int, year: int = 2026) -> date:
    return date(year, month, day)


def at(month: int, day: int, hour: int = 0, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZONE)


def days(first: date, last: date) -> tuple[date, ...]:
    return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))


# 国务院办公厅关于2026年部分节假日安排的通知 (domain.md §3)
YEAR_2026 = CalendarYear(
    year=2026,
    notice="国办发明电〔2025〕7号",
    rest_days=(
        *days(on(1, 1), on(1, 3)),
        *days(on(2, 15), on(2, 23)),
        *days(on(4, 4), on(4, 6)),
        *days(on(5, 1), on(5, 5)),
        *days(on(6, 19), on(6, 21)),
        *days(on(9, 25), on(9, 27)),
        *days(on(10, 1), on(10, 7)),
    ),
    work_days=(on(1, 4), on(2, 14), on(2, 28), on(5, 9), on(9, 20), on(10, 10)),
)
# No notice of 2027 is known: this one is the tests' own.
YEAR_2027 = CalendarYear(
    year=2027,
    notice="国办发明电〔2026〕9号",
    rest_days=days(on(1, 1, 2027), on(1, 4, 2027)),
    work_days=(on(1, 9, 2027),),
)
CALENDAR = WorkingCalendar(years=(YEAR_2026,))

OFFICE = Actor(username="office", name="督查室", role=Role.OFFICE)
UNIT = Actor(username="edu", name="教体局", role=Role.UNIT, unit="edu")
CO_UNIT = Actor(username="fin", name="财政局", role=Role.UNIT, unit="fin")
OTHER_UNIT = Actor(username="road", name="交通局", role=Role.UNIT, unit="road")
DEPUTY = Actor(username="li", name="李副区长", role=Role.DEPUTY, deputy_of=("edu", "health"))
OTHER_DEPUTY = Actor(username="wu", name="吴副区长", role=Role.DEPUTY, deputy_of=("road", "fin"))
CHIEF = Actor(username="zhang", name="张区长", role=Role.CHIEF)
STAFF = Actor(username="staff", name="督查室科员", role=Role.OFFICE, post=OfficePost.STAFF)
INSPECTOR = Actor(username="inspector", name="特邀督查员", role=Role.INSPECTOR)
THIRD_PARTY = Actor(username="third", name="第三方机构", role=Role.THIRD_PARTY)
ADMIN = Actor(username="admin", name="管理员", role=Role.ADMIN)

# The kinds that can be issued on any day without saying more.
ANY_DAY = [Kind.ORDINARY, Kind.DIRECTIVE, Kind.DATED, Kind.YEAR_ROUND]
TERMS = IssueTerms(calendar=CALENDAR, policy=Policy())

TEXTS: dict[str, dict[str, Any]] = {
    "revise_draft": {"content": "完成校舍安全隐患整治，分期验收"},
    "submit_for_approval": {},
    "approve_issue": {"approved": True, "comment": "同意下达"},
    "ratify": {"comment": "同意"},
    "return_assignment": {"reason": "不属本单位职责"},
    "decide_return": {"accepted": True, "comment": "情况属实"},
    "receive": {},
    "submit_plan": {"text": "分三步办理"},
    "submit_feedback": {"text": "正在办理"},
    "sign_off": {"approved": True, "comment": "同意"},
    "review": {"accepted": True, "comment": "属实"},
    "explain_delay": {"reason": "雨季停工", "next_step": "倒排工期"},
    "request_extension": {"reason": "雨季停工", "new_due_on": on(11, 27)},
    "advise_extension": {"supports": True, "comment": "情况属实"},
    "decide_extension": {"approved": True, "comment": "同意"},
    "request_coordination": {"problem": "用地", "tried": "已协商", "asked": "请协调"},
    "answer_coordination": {"outcome": "resolved", "opinion": "已协调"},
    "remind": {"form": "phone", "to": "王科长", "said": "请抓紧"},
    "suspend_item": {"reason": "政策调整"},
    "resume_item": {"reason": "政策明确"},
    "terminate_item": {"reason": "政策调整"},
    "change_cycle": {"cycle": "quarter", "reason": "减轻基层负担"},
    "change_unit": {"new_lead_unit": "health", "reason": "职能划转"},
    "end_early": {"reason": "目标提前完成"},
    "carry_over": {"reason": "工程跨年", "new_due_on": on(6, 30, 2027)},
    "set_milestones": {
        "milestones": [{"name": "验收", "due_on": on(12, 18)}],
        "reason": "雨季顺延",
    },
    "record_circular": {"number": "督查通报〔2026〕第3期"},
    "lift_circular": {"number": "督查通报〔2026〕第3期", "reason": "情况不实"},
    "report_to_leaders": {"text": "通报后仍未办结"},
    "order_handling": {"text": "由主要负责人到现场督办"},
    "report_handling": {"text": "已到现场督办"},
    "reopen": {"reason": "问题反弹", "new_due_on": on(11, 27)},
    "archive": {},
    "confirm_act": {"comment": "已电话核实"},
    "annul_act": {"comment": "误操作"},
}
ACTORS: dict[str, Actor] = {
    "revise_draft": STAFF,
    "submit_for_approval": STAFF,
    "approve_issue": DEPUTY,
    "ratify": DEPUTY,
    "return_assignment": UNIT,
    "decide_return": OFFICE,
    "receive": UNIT,
    "submit_plan": UNIT,
    "submit_feedback": UNIT,
    "sign_off": DEPUTY,
    "review": OFFICE,
    "explain_delay": UNIT,
    "request_extension": UNIT,
    "advise_extension": DEPUTY,
    "decide_extension": CHIEF,
    "request_coordination": UNIT,
    "answer_coordination": DEPUTY,
    "remind": OFFICE,
    "suspend_item": CHIEF,
    "resume_item": OFFICE,
    "terminate_item": CHIEF,
    "change_cycle": OFFICE,
    "change_unit": OFFICE,
    "end_early": OFFICE,
    "carry_over": OFFICE,
    "set_milestones": OFFICE,
    "record_circular": OFFICE,
    "lift_circular": OFFICE,
    "report_to_leaders": OFFICE,
    "order_handling": CHIEF,
    "report_handling": UNIT,
    "reopen": OFFICE,
    "archive": OFFICE,
    "confirm_act": OFFICE,
    "annul_act": OFFICE,
}
BODIES: dict[str, TypeAdapter[Any]] = {name: TypeAdapter(spec.body) for name, spec in ACTS.items()}


def operator(act: str) -> Actor:
    """Whoever sends ``act`` as a signal from the Temporal UI."""
    return Actor(username="", name="运维界面", role=ACTS[act].roles[0], verified=False)


def confirmer(act: Unverified) -> Actor:
    """Whose word an unverified act needs."""
    return {Role.DEPUTY: DEPUTY, Role.CHIEF: CHIEF}.get(act.confirmed_by, OFFICE)


def command(
    act: str,
    actor: Actor | None = None,
    *,
    target: int | None = None,
    unit_name: str | None = None,
    approved_by: Actor | None = None,
    terms: IssueTerms | None = TERMS,
    **body: Any,
) -> Command:
    if approved_by:
        body["approver"] = approved_by.username
    made = BODIES[act].validate_python({**TEXTS[act], **body})
    return Command(
        act=act,
        body=made,
        actor=actor or ACTORS[act],
        raw=BODIES[act].dump_python(made, mode="json"),
        target_seq=target,
        unit_name=unit_name,
        terms=terms and replace(terms, approver=approved_by),
    )


def facts_of(kind: Kind, **more: Any) -> Facts:
    made = Facts(
        title="校舍安全改造",
        content="完成校舍安全隐患整治",
        category=Category.B2,
        kind=kind,
        lead_unit="edu",
        lead_unit_name="区教育和体育局",
        source=Source(type="document"),
        co_units=("fin",),
    )
    if kind is Kind.DATED:
        made = replace(made, due_on=on(11, 20))
    if kind is Kind.YEAR_ROUND:
        made = replace(made, cycle=Cycle.MONTH)
    if kind is Kind.MILESTONES:
        days_of = {"开工": on(11, 13), "验收": on(12, 18)}
        nodes = (Milestone(name=name, due_on=day, unit="edu") for name, day in days_of.items())
        made = replace(made, milestones=tuple(nodes))
    return replace(made, **more)


class Life:
    """An item and the time at which things happen to it. ``events`` has all that happened."""

    def __init__(
        self,
        kind: Kind | str = Kind.ORDINARY,
        issued: datetime | None = None,
        *,
        entered: datetime | None = None,
        policy: Policy | None = None,
        calendar: WorkingCalendar = CALENDAR,
        draft: bool = False,
        **facts: Any,
    ) -> None:
        self.now = entered or issued or at(11, 2, 9)
        made = facts_of(Kind(kind), **facts)
        check_facts(made, issued or self.now, self.now)
        unopened, event = open_item(
            item_id=ITEM_ID,
            facts=made,
            issued_at=issued or self.now,
            now=self.now,
            actor=OFFICE,
            calendar=calendar,
            policy=policy or Policy(),
            raw={},
            draft=draft,
        )
        self.unopened = self.item = unopened
        self.events: list[Event] = []
        self._happen([event])
        self._happen(ring(self.item, self.now))

    def _happen(self, events: list[Event]) -> None:
        for event in events:
            self.item = evolve(self.item, event)
        self.events += events

    def copy(self) -> "Life":
        twin = object.__new__(Life)
        twin.now, twin.unopened = self.now, self.unopened
        twin.item, twin.events = self.item, list(self.events)
        return twin

    def at(self, when: datetime) -> "Life":
        """Time passes until ``when``, every alarm ringing at its own instant."""
        while (alarm := next_alarm(self.item)) and alarm.at <= when:
            self._happen(ring(self.item, alarm.at))
        self.now = when
        return self

    def outage(self, until: datetime) -> "Life":
        """Nothing rings until ``until``; then everything that is due does."""
        self.now = until
        self._happen(ring(self.item, until))
        return self

    def do(self, act: str, actor: Actor | None = None, **more: Any) -> Event:
        """An act, done now; the event of the act itself."""
        done = decide(self.item, command(act, actor, **more), self.now)
        self._happen(done)
        return next(event for event in done if event.act == act)

    def refused(self, act: str, actor: Actor | None = None, **more: Any) -> str:
        """The code with which an act is refused now. A refusal leaves no trace."""
        before = self.item
        with pytest.raises(DomainError) as caught:
            decide(self.item, command(act, actor, **more), self.now)
        assert self.item == before
        return caught.value.code

    def happened(self, events: list[Event]) -> None:
        """Events made elsewhere (a loaded calendar, another edition)."""
        self._happen(events)

    def clock(self, key: str) -> Clock:
        found = self.item.clock(key)
        assert found is not None
        return found

    @property
    def rung(self) -> list[tuple[str, str]]:
        """What rang, and when: ``("11-09 09:00", "result remind_1")``."""
        return [
            (f"{e.at:%m-%d %H:%M}", f"{e.body.get('clock') or e.body['slot']} {e.act}")
            for e in self.events
            if e.actor is None
        ]

    def notices(self, rung: str) -> list[Notice]:
        """The notices of a rung, or of an act."""
        return [n for e in self.events for n in e.notices if n.rung.split("@")[0] == rung]

    def hand_in(self, **more: Any) -> Event:
        """Received if need be, and the result handed in."""
        if self.item.status.value == "issued":
            self.do("receive")
        return self.do("submit_feedback", final=True, **more)

    def signed(self) -> "Life":
        self.hand_in()
        self.do("sign_off")
        return self
