"""拟办、报批、批准下达、补批、退件: T1–T5u, T7 (domain.md §4; R8, R13, R31, R49; C7; O19)."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from domain.acts import ACTS, IssueTerms
from domain.calendar import CalendarYear, WorkingCalendar
from domain.clocks import Rule
from domain.cycles import Cycle
from domain.directory import Post, Responsible
from domain.errors import Invalid, Refused
from domain.items import Actor, Escalation, Event, Kind, Source, Status
from domain.lifecycle import next_alarm, ring
from domain.parts import Target
from domain.permissions import Right, has_right, may_approve
from domain.policy import Policy
from domain.recalculation import apply_calendar, change_edition
from domain.seal import SealedAct, Seals, opening_digest
from domain.succession import HandOver, hand_over
from tests.domain.life import (
    CALENDAR,
    CHIEF,
    DEPUTY,
    OFFICE,
    OTHER_DEPUTY,
    STAFF,
    TERMS,
    UNIT,
    YEAR_2027,
    Life,
    at,
    command,
    facts_of,
    on,
    operator,
)

HEALTH = Actor(username="hea", name="卫健局", role=UNIT.role, unit="health")
BASIS = "区政府常务会议决定"


def draft(kind: str = "ordinary", when: datetime = at(11, 2, 9), **facts: Any) -> Life:
    return Life(kind, when, draft=True, **{"basis": BASIS, **facts})


def readers(event: Event) -> set[str]:
    return {who for notice in event.notices for who in notice.audience}


def issued_through_approval(kind: str = "ordinary", **facts: Any) -> Life:
    life = draft(kind, **facts)
    life.do("submit_for_approval")
    life.do("approve_issue")
    return life


# 登记


def test_a_draft_is_registered_only() -> None:
    life = draft("directive")
    (event,) = life.events
    assert (event.act, event.title, event.status) == ("register", "登记", Status.DRAFT)
    assert (event.notices, life.item.clocks, life.item.handed_out) == ((), (), False)
    assert next_alarm(life.item) is None
    assert ring(life.item, at(12, 31)) == []
    assert life.item.holder == "office"


def test_the_office_s_staff_register_and_its_head_issues() -> None:
    assert has_right(Right.REGISTER, STAFF)
    assert not has_right(Right.ISSUE, STAFF)
    assert not has_right(Right.REGISTER, UNIT)


# 修改


def test_only_what_is_given_changes() -> None:
    life = draft("dated")
    before = life.item.facts
    life.do("revise_draft", content=None, title="校舍改造（二期）", public=True)
    assert life.item.facts == replace(before, title="校舍改造（二期）", public=True)
    assert life.refused("revise_draft", content=None) == "nothing_revised"
    assert life.refused("revise_draft", content=" ") == "blank_text"
    assert life.refused("revise_draft", content=None, due_on=on(11, 1)) == "due_in_past"


def test_a_limit_is_part_of_its_kind() -> None:
    life = draft("dated")
    assert life.refused("revise_draft", kind="dated") == "due_required"
    life.do("revise_draft", due_at=at(11, 13, 15))
    assert (life.item.facts.due_on, life.item.facts.due_at) == (None, at(11, 13, 15))
    life.do("revise_draft", due_on=on(11, 13))
    assert (life.item.facts.due_on, life.item.facts.due_at) == (on(11, 13), None)
    life.do("revise_draft", kind="ordinary")
    assert (life.item.facts.kind, life.item.facts.due_on) == (Kind.ORDINARY, None)
    assert life.refused("revise_draft", due_on=on(11, 13), due_at=at(11, 13)) == "due_twice"


def test_another_unit_leads_and_joins_no_more() -> None:
    life = draft(vacant=(Post.DEPUTY,))
    assert [warned.code for warned in life.item.warnings] == ["no_deputy"]
    life.do("revise_draft", lead_unit="fin", unit_name="区财政局")
    assert life.item.warnings == ()
    facts = life.item.facts
    assert (facts.lead_unit, facts.lead_unit_name, facts.co_units) == ("fin", "区财政局", ())
    assert life.refused("revise_draft", co_units=("fin",)) == "co_unit_is_lead"
    source = {"type": "会议", "date": on(10, 30)}
    life.do("revise_draft", source=source)
    assert life.item.facts.source == Source(type="会议", date=on(10, 30))


def test_cycle_year_and_targets_of_a_draft() -> None:
    """Revised and approved it is as if it had been registered so."""
    life = draft("year_round", cycle=Cycle.MONTH, year=2026)
    assert life.refused("revise_draft", content=None, cycle="month", due_on=on(12, 1)) == (
        "not_for_year_round"
    )
    assert life.refused("revise_draft", content=None, year=2028) == "bad_year"
    target = {"name": "投资额", "unit": "亿元", "target": 120}
    same = [target, {**target, "target": 1}]
    assert life.refused("revise_draft", content=None, targets=same) == "same_target"
    for long in ({"name": "长" * 201}, {"unit": "长" * 41}):
        refused = life.refused("revise_draft", content=None, targets=[{**target, **long}])
        assert refused == "name_too_long"
    life.do("revise_draft", content=None, cycle="quarter", targets=[target])
    facts: dict[str, Any] = {
        "basis": BASIS,
        "cycle": Cycle.QUARTER,
        "targets": (Target(name="投资额", unit="亿元", target=120.0),),
    }
    assert life.item.facts == facts_of(Kind.YEAR_ROUND, year=2026, **facts)
    life.do("submit_for_approval")
    life.do("approve_issue")
    twin = Life("year_round", at(11, 2, 9), year=2026, **facts)
    assert (life.item.parts, life.item.clocks) == (twin.item.parts, twin.item.clocks)
    assert [part.key for part in life.item.parts] == ["quarter-4"]


def test_who_gives_the_kind_gives_the_cycle() -> None:
    life = draft("year_round")
    assert life.refused("revise_draft", kind="year_round") == "cycle_required"
    life.do("revise_draft", kind="year_round", cycle="week")
    assert life.item.facts.cycle is Cycle.WEEK
    assert life.refused("revise_draft", kind="ordinary") == "year_round_for_good"
    other = draft()
    assert other.refused("revise_draft", kind="year_round", cycle="week") == "year_round_for_good"
    assert other.refused("revise_draft", cycle="week") == "only_year_round"
    assert other.refused("revise_draft", year=2026) == "only_year_round"


def test_the_milestones_of_a_draft() -> None:
    life = draft()
    nodes = [
        {"name": "竣工", "due_on": on(12, 25), "output": "验收报告"},
        {"name": "招标", "due_on": on(11, 20), "unit": "road"},
    ]
    assert life.refused("revise_draft", milestones=nodes) == "only_milestones"
    assert life.refused("revise_draft", kind="milestones") == "milestones_required"
    for more, code in (
        ({"milestones": [*nodes, nodes[0]]}, "same_milestone"),
        ({"milestones": [{**nodes[0], "name": "长" * 201}]}, "name_too_long"),
        ({"milestones": [{**nodes[0], "due_on": on(11, 1)}]}, "due_in_past"),
        ({"milestones": nodes, "due_on": on(12, 25)}, "not_for_milestones"),
    ):
        assert life.refused("revise_draft", kind="milestones", **more) == code
    life.do("revise_draft", kind="milestones", milestones=nodes)
    assert life.item.facts.co_units == ("fin", "road")
    # The lead hands its nodes on; those of others stay with them.
    life.do("revise_draft", content=None, lead_unit="health", unit_name="区卫健局")
    assert [(n.name, n.unit) for n in life.item.facts.milestones] == [
        ("招标", "road"),
        ("竣工", "health"),
    ]
    life.do("submit_for_approval")
    life.do("approve_issue")
    assert [(c.key, c.name, c.unit, c.due_on) for c in life.item.clocks[:2]] == [
        ("result", "竣工", "health", on(12, 25)),
        ("node-1", "招标", "road", on(11, 20)),
    ]


def test_what_was_handed_out_before_keeps_its_plan() -> None:
    """O19: what runs since the first 下达 is moved by acts of its own."""
    life = returned("dated")
    node = {"name": "竣工", "due_on": on(12, 25)}
    refused = life.refused("revise_draft", kind="milestones", milestones=[node])
    assert refused == "planned_at_first_issue"
    life = returned("year_round")
    assert life.refused("revise_draft", content=None, cycle="week") == "planned_at_first_issue"


def test_the_timeline_keeps_the_directive_s_own_words_to_itself() -> None:
    life = draft()
    event = life.do("revise_draft", original_text="请速办")
    assert life.item.facts.original_text == "请速办"
    assert "请速办" not in str(event.body)


# 报批、批准


@pytest.mark.parametrize(
    ("facts", "refused"),
    [
        ({"basis": " "}, True),
        ({"basis": BASIS}, False),
        ({"basis": "", "source": Source(type="文件", reference="周政发〔2026〕1号")}, False),
        ({"basis": "", "source": Source(type="批示", leader="张区长")}, False),
        ({"basis": "", "source": Source(type="会议", date=on(10, 30))}, False),
    ],
)
def test_no_basis_no_issue(facts: dict[str, Any], refused: bool) -> None:
    """C7."""
    life = draft(**facts)
    if refused:
        assert life.refused("submit_for_approval") == "basis_required"
        life.do("revise_draft", basis=BASIS)
    life.do("submit_for_approval")
    assert (life.item.status, life.item.holder) == (Status.AWAITING_APPROVAL, "approver")


def test_who_is_asked() -> None:
    life = draft()
    assert life.refused("submit_for_approval", approved_by=OTHER_DEPUTY) == (
        "approver_cannot_approve"
    )
    assert life.refused("submit_for_approval", approved_by=STAFF) == "approver_cannot_approve"
    assert life.refused("submit_for_approval", approver="nobody") == "approver_cannot_approve"
    assert readers(life.copy().do("submit_for_approval")) == {"office", "deputy:edu"}
    event = life.do("submit_for_approval", approved_by=CHIEF)
    assert readers(event) == {"office", "chief"}
    assert life.item.approval.approver == "zhang"
    assert {
        a.username
        for a in (OFFICE, STAFF, UNIT, DEPUTY, OTHER_DEPUTY, CHIEF)
        if may_approve(a, "edu")
    } == {"office", "li", "zhang"}


def test_refused_it_is_a_draft_again() -> None:
    life = draft()
    life.do("submit_for_approval")
    event = life.do("approve_issue", approved=False, comment="承办单位不妥")
    assert life.item.status is Status.DRAFT
    assert "承办单位不妥" in event.summary
    assert readers(event) == {"office"}
    life.do("revise_draft", lead_unit="health")
    life.do("submit_for_approval")
    assert life.refused("approve_issue", OTHER_DEPUTY) == "not_your_unit"
    life.do("approve_issue")
    assert life.item.handed_out


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.SLOT])
@pytest.mark.parametrize("issued", [None, at(11, 4, 9)])
def test_approved_it_is_as_if_issued_at_once(kind: str, issued: datetime | None) -> None:
    responsible = (Responsible(post=Post.PRINCIPAL, name="甲", unit="edu"),)
    terms = replace(TERMS, responsible=responsible, vacant=(Post.DEPUTY,))
    life = draft(kind).at(at(11, 5, 10))
    life.do("submit_for_approval")
    event = life.do("approve_issue", terms=terms, issued_at=issued)
    facts: dict[str, Any] = {"responsible": responsible, "vacant": (Post.DEPUTY,), "basis": BASIS}
    twin = Life(kind, issued or life.now, entered=life.now, **facts)
    for name in (
        "facts",
        "clocks",
        "parts",
        "warnings",
        "issued_at",
        "entered_at",
        "holder_since",
        "policy",
    ):
        assert getattr(life.item, name) == getattr(twin.item, name), name
    assert twin.events[0].notices[0] in event.notices
    assert readers(event) == {"unit:edu", "unit:fin", "office"}
    assert life.item.handed_out
    assert life.at(at(12, 31)).rung == twin.at(at(12, 31)).rung
    assert life.item.spent.unit == twin.item.spent.unit


def test_the_time_before_the_issue_is_not_the_unit_s() -> None:
    life = draft().at(at(11, 3, 9))
    life.do("submit_for_approval")
    life.at(at(11, 5, 9)).do("approve_issue")
    life.at(at(11, 5, 15)).do("receive")
    life.hand_in()
    hour = 3600
    spent = life.item.spent
    assert (spent.office, spent.approver, spent.unit) == (24 * hour, 48 * hour, 6 * hour)


def test_a_paper_approval_opens_what_has_passed_already_as_lapsed() -> None:
    """R17."""
    life = draft("dated", at(11, 2, 9), due_on=on(11, 4)).at(at(11, 3, 9))
    life.do("submit_for_approval")
    life.at(at(11, 6, 9)).do("approve_issue", issued_at=at(11, 3, 10))
    assert [act for _, act in life.rung] == ["result lapse", "receipt lapse"]
    assert life.item.lapsed


def test_a_limit_past_at_the_approval_is_none() -> None:
    life = draft("dated", at(11, 2, 9), due_on=on(11, 4))
    life.do("submit_for_approval")
    assert life.at(at(11, 6, 9)).refused("approve_issue") == "due_in_past"


def test_approval_needs_what_the_api_looks_up() -> None:
    life = draft()
    assert life.refused("submit_for_approval", terms=None, approved_by=None, approver="li") == (
        "terms_required"
    )
    life.do("submit_for_approval")
    assert life.refused("approve_issue", terms=None) == "terms_required"
    life.do("approve_issue", approved=False, terms=None)


@pytest.mark.parametrize(
    "act", ["revise_draft", "submit_for_approval", "approve_issue", "ratify", "decide_return"]
)
def test_nobody_unknown_touches_a_draft(act: str) -> None:
    life = draft()
    if act == "approve_issue":
        life.do("submit_for_approval")
    if act in {"ratify", "decide_return"}:
        life = issued_through_approval()
    assert life.refused(act, operator(act)) == "needs_verified_actor"


# 什么都不响


def test_what_is_not_issued_is_not_counted_again_nor_handed_over() -> None:
    change = HandOver(
        predecessor="li",
        predecessor_name="李副区长",
        successor="wu",
        successor_name="吴副区长",
        on=on(11, 3),
        reason="分工调整",
    )
    life = draft()
    for status in ("draft", "awaiting_approval"):
        with pytest.raises(Refused, match=status):
            apply_calendar(life.item, YEAR_2027, OFFICE, life.now)
        with pytest.raises(Refused, match=status):
            change_edition(life.item, Policy(edition="2"), "修订", OFFICE, life.now)
        with pytest.raises(Refused, match=status):
            hand_over(life.item, change, OFFICE, life.now)
        if status == "draft":
            life.do("submit_for_approval")


@pytest.mark.parametrize("actor", [STAFF, OFFICE, CHIEF])
def test_a_draft_is_withdrawn_and_stays_on_record(actor: Actor) -> None:
    """R8."""
    life = draft("directive", source=Source(type="批示", leader="张区长"))
    event = life.do("terminate_item", actor)
    assert (life.item.status, life.item.handed_out) == (Status.TERMINATED, False)
    assert readers(event) == {"office"}


def test_what_awaits_approval_only_the_head_withdraws() -> None:
    life = draft()
    life.do("submit_for_approval")
    assert life.refused("terminate_item", STAFF) == "head_required"
    life.do("terminate_item", OFFICE)


# 特急: 先下达，后补批


def urgent(approver: Actor = DEPUTY, **facts: Any) -> Life:
    life = draft(urgency="extra_urgent", **facts)
    life.do("submit_for_approval", approved_by=approver, at_once=True)
    return life


def test_only_what_is_extra_urgent_is_issued_before_its_approval() -> None:
    life = draft(urgency="urgent")
    assert life.refused("submit_for_approval", approved_by=DEPUTY, at_once=True) == (
        "not_extra_urgent"
    )
    with pytest.raises(Invalid, match="approver_required"):
        command("submit_for_approval", at_once=True)


def test_the_missing_approval_is_seen_until_it_is_given() -> None:
    """R13."""
    life = urgent()
    assert (life.item.status, life.item.handed_out) == (Status.ISSUED, True)
    assert {"unit:edu", "unit:fin", "deputy:edu", "office"} == readers(life.events[-1])
    clock = life.clock("ratification")
    assert (clock.rule, clock.name, clock.due_on) == (Rule.RATIFICATION, "补批", on(11, 3))
    assert life.item.approval.owed
    life.do("receive")
    life.at(at(11, 2, 15)).do("ratify")
    assert (life.item.approval.owed, life.clock("ratification").running) == (False, False)
    assert life.refused("ratify") == "nothing_to_ratify"
    life.at(at(12, 31))
    assert "ratification lapse" not in {act for _, act in life.rung}


@pytest.mark.parametrize(
    ("approver", "told"), [(DEPUTY, "deputy:edu"), (CHIEF, "chief"), (OFFICE, "office")]
)
def test_not_ratified_in_time_office_and_approver_are_told(approver: Actor, told: str) -> None:
    life = urgent(approver).at(at(11, 4))
    (notice,) = (n for n in life.notices("lapse") if n.clock == "ratification")
    assert set(notice.audience) == {"office", told}
    assert not life.item.lapsed, "the unit is not late for it"
    life.do("ratify", approver)
    assert life.clock("ratification").lapsed


def test_who_ratifies() -> None:
    life = urgent(CHIEF)
    assert life.refused("ratify", DEPUTY) == "not_the_named_approver"
    assert life.refused("ratify", STAFF) == "head_required"
    life.copy().do("ratify", OFFICE)
    standing_in = replace(DEPUTY, username="wu", acts_for="li")
    urgent(DEPUTY).do("ratify", standing_in)
    life.do("ratify", CHIEF)


# 退件


def returned(kind: str = "ordinary", **facts: Any) -> Life:
    life = issued_through_approval(kind, **facts)
    life.at(at(11, 3, 9)).do("return_assignment")
    life.at(at(11, 3, 15)).do("decide_return")
    return life


def test_a_unit_sends_back_what_is_not_its_own_within_a_working_day() -> None:
    life = issued_through_approval()
    too_late = life.copy().at(at(11, 4))
    assert too_late.refused("return_assignment") == "too_late_to_return"
    life.at(at(11, 3, 23)).do("return_assignment")
    assert (life.item.status, life.item.sent_back.pending) == (Status.ISSUED, True)
    assert life.refused("return_assignment") == "return_pending"
    signed = life.copy()
    signed.do("receive")
    assert not signed.item.sent_back.pending
    assert signed.refused("decide_return") == "no_return_pending"
    life.at(at(11, 10))
    assert "result lapse" in {act for _, act in life.rung}, "it goes on running"


def test_refused_it_stays() -> None:
    life = issued_through_approval()
    life.do("return_assignment")
    assert life.refused("decide_return", STAFF) == "head_required"
    event = life.do("decide_return", accepted=False)
    assert readers(event) == {"unit:edu"}
    assert (life.item.status, life.item.handed_out) == (Status.ISSUED, True)
    assert (life.item.sent_back.pending, life.item.misassigned) == (False, 0)


def test_accepted_it_is_nobody_s_and_counts_as_misassigned() -> None:
    """R49."""
    life = returned("directive")
    assert (life.item.status, life.item.handed_out) == (Status.DRAFT, False)
    assert (life.item.misassigned, life.item.never_issued) == (1, False)
    assert [c.key for c in life.item.running_clocks] == ["result"]
    assert readers(life.events[-1]) == {"unit:edu", "unit:fin", "deputy:edu"}
    rung = list(life.rung)
    assert life.at(at(12, 31)).rung == rung
    assert life.refused("terminate_item", STAFF) == "head_required", "it was issued once"


def test_issued_again_to_another_unit_the_first_date_stays() -> None:
    """O19."""
    life = returned("directive")
    first = life.clock("result")
    life.do("revise_draft", lead_unit="health", unit_name="区卫健局")
    life.do("submit_for_approval")
    event = life.at(at(11, 4, 9)).do("approve_issue")
    assert life.clock("result") == replace(first, unit="health")
    assert (life.clock("plan-2").due_on, life.clock("plan-2").unit) == (on(11, 5), "health")
    assert (life.clock("receipt-2").due_on, life.clock("receipt").running) == (on(11, 5), False)
    assert life.item.issued_at == at(11, 4, 9)
    assert "unit:health" in readers(event)
    assert len(life.notices("issue")) == 2
    assert len({(n.rung, n.due_version) for n in life.notices("issue")}) == 2, "both are told"
    life.do("receive", HEALTH)
    life.at(at(11, 10))
    assert life.item.lapsed


def test_where_the_first_date_has_passed_another_is_needed() -> None:
    life = returned().at(at(11, 10, 9))
    life.do("submit_for_approval")
    assert life.refused("approve_issue") == "new_due_required"
    life.do("approve_issue", approved=False)
    assert life.refused("revise_draft", due_on=on(11, 9), due_reason="另定") == (
        "due_not_after_now"
    )
    life.do("revise_draft", due_on=on(11, 20), due_reason="改由本单位办理")
    life.do("submit_for_approval")
    life.do("approve_issue")
    clock = life.clock("result")
    assert (clock.due_on, clock.original_due_at.date()) == (on(11, 20), on(11, 9))
    assert life.item.escalation is Escalation.NONE


def test_late_before_the_return_it_was_late() -> None:
    life = issued_through_approval("dated", due_on=None, due_at=at(11, 2, 12))
    life.at(at(11, 2, 15)).do("return_assignment")
    life.do("decide_return")
    assert [c.key for c in life.item.running_clocks] == ["result"], "no explanation is owed"
    life.do("revise_draft", due_at=at(11, 5, 12))
    life.do("submit_for_approval")
    life.do("approve_issue")
    assert life.clock("result").due_at == at(11, 5, 12)
    assert (life.item.lapsed, life.item.escalation) == (True, Escalation.NONE)


def test_a_calendar_loaded_meanwhile_counts_at_the_second_issue() -> None:
    days = (on(11, 5), on(11, 6))
    year = CalendarYear(year=2026, notice="补充通知", rest_days=days, work_days=(), edition=2)
    terms = IssueTerms(calendar=WorkingCalendar(years=(year,)), policy=Policy(edition="2"))
    life = returned()
    life.do("submit_for_approval")
    life.do("approve_issue", terms=terms)
    clock = life.clock("result")
    assert (clock.due_on, clock.original_due_at.date()) == (on(11, 11), on(11, 9))
    assert life.item.policy == Policy(), "an item keeps its edition"


def test_the_second_issue_is_not_before_the_first() -> None:
    life = returned()
    life.do("submit_for_approval")
    assert life.refused("approve_issue", issued_at=at(11, 1, 9)) == "issued_before_return"


def test_an_unverified_return_is_settled_first() -> None:
    life = issued_through_approval()
    event = life.do("return_assignment", operator("return_assignment"))
    assert life.refused("decide_return") == "unverified_act"
    annulled = life.copy()
    annulled.do("annul_act", target=event.seq)
    assert not annulled.item.sent_back.pending
    life.do("confirm_act", target=event.seq)
    life.do("remind", operator("remind"))
    assert life.refused("decide_return") == "unverified_act"
    life.do("decide_return", accepted=False)


def test_what_a_leader_hands_to_another_unit_is_sent_back_no_more() -> None:
    life = issued_through_approval()
    life.do("return_assignment")
    life.do("request_coordination")
    life.do("answer_coordination", outcome="transferred", new_lead_unit="health")
    assert not life.item.sent_back.pending
    assert life.at(at(11, 3, 15)).refused("return_assignment", UNIT) == "not_your_unit"
    life.do("return_assignment", HEALTH)


def test_a_ratification_is_owed_no_more_for_what_came_back() -> None:
    life = urgent()
    life.do("return_assignment")
    life.do("decide_return")
    assert not life.item.approval.owed
    life.do("submit_for_approval", approved_by=DEPUTY, at_once=True)
    assert life.clock("ratification-2").running


# 封签


def test_a_seal_covers_the_terms_and_old_seals_hold() -> None:
    seals = Seals("k" * 32)
    act = SealedAct(body={"a": 1}, actor=OFFICE, request_id="r")
    assert set(act.sealed()) == {"body", "target_seq", "unit_name", "responsible"}
    with_terms = replace(act, terms=TERMS)
    seal = seals.sealed(with_terms, "7", "approve_issue").seal
    forged = replace(with_terms, terms=replace(TERMS, policy=Policy(edition="2")))
    held = [
        seals.holds(seal, OFFICE, "7", "approve_issue", one.sealed(), "r")
        for one in (with_terms, act, forged)
    ]
    assert held == [True, False, False]


def test_the_opening_of_a_draft_is_another() -> None:
    begun = (facts_of(Kind.ORDINARY), at(11, 2), at(11, 2), CALENDAR, Policy())
    assert opening_digest(*begun, draft=True) != opening_digest(*begun)
    assert opening_digest(*begun, draft=False) == opening_digest(*begun)
    settings = (*begun[:-1], Policy(return_working_days=2))
    assert opening_digest(*settings) != opening_digest(*begun)


def test_every_act_of_an_issued_item_is_refused_before_the_issue() -> None:
    before = {"revise_draft", "submit_for_approval", "approve_issue", "terminate_item"}
    life = draft()
    for act in ACTS.keys() - before:
        assert life.refused(act, target=1) == "draft", act


def test_what_is_not_ratified_is_not_struck_off() -> None:
    """R13: the approval that is owed stays visible until it is given."""
    life = urgent(DEPUTY)
    life.do("receive")
    life.do("submit_feedback", final=True)
    life.do("sign_off")
    assert life.refused("review") == "ratification_owed"
    life.do("ratify")
    life.do("review")
