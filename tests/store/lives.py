"""Lives of items made up by chance: whatever may be done is done, in any order the rules allow."""

import random
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from domain import acts
from domain.acts import IssueTerms
from domain.errors import DomainError
from domain.items import Actor, Category, Event, Kind, Role, Source, Status
from domain.lifecycle import decide, ring
from domain.policy import Policy
from tests.store.stories import CALENDAR, CHIEF, OFFICE, Story

BOTH = Actor(username="deputy", name="副区长 赵刚", role=Role.DEPUTY, deputy_of=("ZJJ", "JTJ"))
SOMEBODY = Actor(username="", name="运维", role=Role.OFFICE, verified=False)
UNITS = {"ZJJ": "区住房和城乡建设局", "JTJ": "区交通运输局"}


class Life(Story):
    """A story that goes on by chance."""

    def try_act(self, name: str, actor: Actor, when: datetime, **body: Any) -> None:
        """Do it, if it may be done."""
        target = body.pop("target_seq", None)
        try:
            command = acts.Command(
                act=name,
                actor=actor,
                body=TypeAdapter(acts.ACTS[name].body).validate_python(body),
                raw=TypeAdapter(Any).dump_python(body, mode="json"),
                target_seq=target,
                unit_name=UNITS.get(body.get("new_lead_unit") or body.get("lead_unit") or ""),
                terms=IssueTerms(calendar=CALENDAR, policy=Policy(), approver=CHIEF),
            )
            self._happen(decide(self.item, command, when))
        except DomainError:
            return

    def noted(self, act: str, when: datetime, number: int) -> None:
        """An entry that changes nothing here: what a 通报 does to an item is tested with it."""
        event = Event(
            seq=self.item.seq + 1,
            act=act,
            title="通报",
            at=max(when, self.item.as_of),
            summary="列入通报",
            actor=OFFICE,
            body={"number": f"第{number}期"},
            status=self.item.status,
        )
        self._happen([event])

    def rung(self, when: datetime) -> None:
        """Everything that happens by itself by then."""
        self._happen(ring(self.item, when))


def _unit(life: Life) -> Actor:
    lead = life.item.facts.lead_unit
    return Actor(username=lead.lower(), name=UNITS[lead], role=Role.UNIT, unit=lead)


def _step(life: Life, chance: random.Random, now: datetime) -> None:
    """One act, most of them such as would be expected next."""
    later = now.date() + timedelta(days=chance.randint(1, 30))
    unit, item = _unit(life), life.item
    likely: dict[Status, list[tuple[str, Actor, dict[str, Any]]]] = {
        Status.DRAFT: [
            ("revise_draft", OFFICE, {"lead_unit": chance.choice(list(UNITS))}),
            ("submit_for_approval", OFFICE, {}),
            ("revise_draft", OFFICE, {"kind": Kind.DATED, "due_on": later}),
        ],
        Status.AWAITING_APPROVAL: [
            ("approve_issue", OFFICE, {"approved": chance.random() < 0.8, "comment": "可"}),
            (
                "approve_issue",
                OFFICE,
                {"approved": True, "comment": "可", "issued_at": now - timedelta(minutes=30)},
            ),
        ],
        Status.ISSUED: [
            ("receive", unit, {}),
            ("receive", unit, {}),
            ("return_assignment", unit, {"reason": "不属本单位"}),
            ("decide_return", OFFICE, {"accepted": chance.random() < 0.7, "comment": "可"}),
        ],
        Status.IN_PROGRESS: [
            ("submit_feedback", unit, {"text": "结果", "final": True}),
            ("submit_feedback", unit, {"text": "结果", "final": True, "attachments": ("a",)}),
            ("submit_feedback", unit, {"text": "进展"}),
            ("submit_feedback", unit, {"text": "意见", "interim_opinion": True}),
            ("submit_feedback", SOMEBODY, {"text": "结果", "final": True}),
        ],
        Status.AWAITING_SIGN_OFF: [
            ("sign_off", BOTH, {"approved": chance.random() < 0.8, "comment": "阅"}),
            (
                "sign_off",
                OFFICE,
                {
                    "approved": True,
                    "comment": "阅",
                    "recorded_from_paper": {
                        "signed_at": now - timedelta(hours=chance.randint(0, 40)),
                        "file_id": "scan",
                    },
                },
            ),
        ],
        Status.AWAITING_REVIEW: [
            ("review", OFFICE, {"accepted": chance.random() < 0.6, "comment": "审"}),
            ("review", OFFICE, {"accepted": True, "comment": "审", "new_due_on": later}),
        ],
        Status.CLOSED: [
            ("reopen", OFFICE, {"reason": "反弹", "new_due_on": later}),
            ("archive", OFFICE, {}),
        ],
        Status.SUSPENDED: [("resume_item", OFFICE, {"reason": "可"})],
    }
    anytime: list[tuple[str, Actor, dict[str, Any]]] = [
        ("remind", OFFICE, {"form": "phone", "to": "某", "said": "快"}),
        ("remind", OFFICE, {"form": "covert", "to": "某", "said": "快"}),
        ("request_extension", unit, {"reason": "雨", "new_due_on": later}),
        ("request_extension", SOMEBODY, {"reason": "雨", "new_due_on": later}),
        ("advise_extension", BOTH, {"supports": True, "comment": "可"}),
        ("decide_extension", OFFICE, {"approved": True, "comment": "可"}),
        ("suspend_item", OFFICE, {"reason": "等"}),
        ("explain_delay", unit, {"reason": "雨", "next_step": "赶"}),
        ("request_coordination", unit, {"problem": "钱", "tried": "问", "asked": "给"}),
        (
            "answer_coordination",
            BOTH,
            {
                "outcome": "transferred",
                "opinion": "可",
                "new_lead_unit": chance.choice(list(UNITS)),
                "new_due_on": later,
            },
        ),
        ("terminate_item", OFFICE, {"reason": "取消"}),
        ("remind", SOMEBODY, {"form": "phone", "to": "某", "said": "快"}),
    ]
    waiting = [(act, one.seq) for one in item.unverified for act in ("annul_act", "confirm_act")]
    if waiting and chance.random() < 0.5:
        act, seq = chance.choice(waiting)
        life.try_act(act, OFFICE, now, comment="核", target_seq=seq)
        return
    expected = likely.get(item.status, [])
    choices = expected if expected and chance.random() < 0.7 else anytime
    act, actor, body = chance.choice(choices)
    if act == "terminate_item" and chance.random() < 0.7:
        return
    if item.sent_back.pending and item.status is Status.ISSUED:
        act, actor, body = likely[Status.ISSUED][3]
    life.try_act(act, actor, now, **body)


def made_up(seed: int, begin: datetime, end: datetime, item_id: str) -> Life:
    """A life that begins then, and whose alarms have all rung by ``end``."""
    chance = random.Random(seed)
    kind = chance.choice([Kind.ORDINARY, Kind.DATED, Kind.DIRECTIVE])
    dated: dict[str, Any] = {}
    if kind is Kind.DATED:
        dated["due_on"] = begin.date() + timedelta(days=chance.randint(0, 20))
    draft = chance.random() < 0.3
    life = Life(
        item_id=item_id,
        issued_at=begin,
        entered_at=begin + timedelta(days=0 if draft else chance.choice([0, 0, 0, 3])),
        draft=draft,
        kind=kind,
        category=chance.choice(list(Category)),
        source=Source(type="会议", reference="纪要"),
        past_limit_accepted=True,
        **dated,
    )
    now = life.item.as_of
    for _ in range(chance.randint(3, 25)):
        now += timedelta(hours=chance.randint(1, 70))
        if now >= end:
            break
        life.rung(now)
        if chance.random() < 0.06:
            act = chance.choice(["record_circular", "record_circular", "lift_circular"])
            life.noted(act, now, chance.randint(1, 2))
        _step(life, chance, now)
    life.rung(max(end, life.item.as_of))
    return life
