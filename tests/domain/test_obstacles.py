"""The obstacle ladder (办法 四(二), R29, R30) and extensions (T13, T14, O7)."""

from datetime import time
from typing import Any

import pytest

from domain.items import Actor, Coordination, Escalation, Level, Source, Status
from domain.policy import Policy
from tests.domain.life import CHIEF, DEPUTY, OFFICE, OTHER_DEPUTY, UNIT, Life, at, on


def working(kind: str = "ordinary", **more: Any) -> Life:
    life = Life(kind, at(11, 2, 9), **more).at(at(11, 2, 10))
    life.do("receive")
    return life


HEALTH = Actor(username="hea", name="卫健局", role=UNIT.role, unit="health")


def test_the_deputy_comes_first() -> None:
    life = working()
    to_chief: dict[str, Any] = {"level": "chief", "major": True}
    assert life.refused("request_coordination", **to_chief) == "deputy_first"
    asked = life.do("request_coordination", major=True)
    assert asked.notices[0].audience == ("deputy:edu", "office")
    assert life.refused("request_coordination", **to_chief) == "coordination_pending"
    life.do("answer_coordination", outcome="resolved")
    assert life.refused("request_coordination", **to_chief) == "deputy_first"
    life.do("request_coordination")
    life.do("answer_coordination", outcome="unresolved")
    not_major: dict[str, Any] = {"level": "chief", "major": False}
    assert life.refused("request_coordination", **not_major) == "deputy_first", "not major"
    asked = life.do("request_coordination", **to_chief)
    assert asked.notices[0].audience == ("chief", "office")
    assert life.item.coordination.level is Level.CHIEF


def test_major_once_said_of_an_obstacle_holds_for_its_second_request() -> None:
    life = working()
    life.do("request_coordination", major=True)
    life.do("answer_coordination", outcome="unresolved")
    life.do("request_coordination", level="chief", major=False)
    assert life.item.coordination.level is Level.CHIEF


def test_major_is_not_carried_from_one_obstacle_to_another() -> None:
    life = working()
    life.do("request_coordination", major=True)
    life.do("answer_coordination", outcome="resolved")
    life.do("request_coordination", major=False)
    life.do("answer_coordination", outcome="unresolved")
    assert life.refused("request_coordination", level="chief", major=False) == "deputy_first"


def test_after_the_chief_a_new_obstacle_begins_with_the_deputy() -> None:
    life = working()
    life.do("request_coordination", major=True)
    life.do("answer_coordination", outcome="unresolved")
    life.do("request_coordination", level="chief")
    life.do("answer_coordination", CHIEF, outcome="unresolved")
    assert life.item.coordination == Coordination(
        level=Level.NONE, major=True, answered_level=Level.CHIEF, outcome="unresolved"
    )
    assert life.refused("request_coordination", level="chief", major=True) == "deputy_first"


def test_only_whoever_was_asked_answers() -> None:
    life = working()
    life.do("request_coordination", major=True)
    assert life.refused("answer_coordination", CHIEF) == "not_addressed"
    assert life.refused("answer_coordination", OTHER_DEPUTY) == "not_your_unit"
    life.do("answer_coordination", DEPUTY, outcome="unresolved")
    life.do("request_coordination", level="chief")
    assert life.refused("answer_coordination", DEPUTY) == "not_addressed"
    life.do("answer_coordination", CHIEF)


def test_coordination_stops_no_clock() -> None:
    """O22."""
    life = working()
    before = life.item.clocks
    life.do("request_coordination")
    assert life.item.clocks == before
    assert life.at(at(11, 10)).item.lapsed


def test_an_answer_may_move_the_date_and_change_the_content() -> None:
    life = working()
    life.do("request_coordination")
    said = life.do("answer_coordination", new_due_on=on(11, 27), new_content="只改造东区")
    assert life.item.facts.content == "只改造东区"
    clock = life.clock("result")
    assert (clock.due_on, clock.original_due_at.date()) == (on(11, 27), on(11, 9))
    assert "期限改为2026年11月27日（周五）（原期限保留）" in said.summary
    assert said.notices[0].audience == ("unit:edu", "office")


@pytest.mark.parametrize("when", [on(11, 1), on(2, 1), on(1, 1, 1)])
def test_no_date_is_moved_into_the_past(when: object) -> None:
    life = working()
    life.do("request_coordination")
    assert life.refused("answer_coordination", new_due_on=when) == "due_not_after_now"
    life.signed()
    assert life.refused("review", accepted=False, new_due_on=when) == "due_not_after_now"
    life.do("suspend_item")
    assert life.refused("resume_item", new_due_on=when) == "due_not_after_now"


def test_no_date_is_moved_beyond_what_can_be_counted() -> None:
    far = on(12, 31, 9999)
    life = working()
    assert life.refused("request_extension", new_due_on=far) == "date_out_of_range"
    life.do("request_coordination")
    assert life.refused("answer_coordination", new_due_on=far) == "date_out_of_range"
    assert life.refused("answer_coordination", new_due_on=on(1, 1, 2101)) == "date_out_of_range"


def test_no_date_is_moved_out_of_sight() -> None:
    """366 days [D] after the present limit, or after today where that has passed."""
    life = working()  # due on 9 November
    assert life.refused("request_extension", new_due_on=on(11, 11, 2027)) == "new_date_too_far"
    life.do("request_extension", new_due_on=on(11, 10, 2027))
    life.do("request_coordination")
    late = life.copy().at(at(11, 30, 9))
    far = on(12, 2, 2027)
    assert late.refused("answer_coordination", new_due_on=far) == "new_date_too_far"
    late.do("answer_coordination", new_due_on=on(12, 1, 2027))
    life.signed()
    assert life.refused("review", accepted=False, new_due_on=far) == "new_date_too_far"
    life.do("suspend_item")
    assert life.refused("resume_item", new_due_on=far) == "new_date_too_far"
    near = working(policy=Policy(new_date_most_days=30))
    assert near.refused("request_extension", new_due_on=on(12, 10)) == "new_date_too_far"
    near.do("request_extension", new_due_on=on(12, 9))


def test_a_plan_is_not_expected_to_be_done_before_today() -> None:
    life = working("directive")
    assert life.refused("submit_plan", expected_done_on=on(11, 1)) == "expected_in_past"
    life.do("submit_plan", expected_done_on=on(11, 2))


def test_today_is_a_date_until_business_closes() -> None:
    life = working(policy=Policy(close_of_business=time(17, 30)))
    life.do("request_coordination")
    evening = life.copy().at(at(11, 2, 18))
    assert evening.refused("answer_coordination", new_due_on=on(11, 2)) == "due_not_after_now"
    life.do("answer_coordination", new_due_on=on(11, 2))
    assert not life.item.lapsed


@pytest.mark.parametrize("end", ["review", "terminate_item"])
def test_nothing_is_left_to_answer_at_the_end(end: str) -> None:
    life = working()
    life.do("request_extension")
    life.do("request_coordination")
    life.signed().do(end)
    assert life.item.coordination.level is Level.NONE
    assert not life.item.extension.pending


# Handing over (T17, O19).


def transfer(life: Life, **more: Any) -> None:
    life.do(
        "answer_coordination",
        outcome="transferred",
        new_lead_unit="health",
        unit_name="区卫生健康局",
        **more,
    )


def test_another_unit_signs_for_it_anew_and_the_date_stays() -> None:
    life = working("directive").at(at(11, 4, 9))  # its plan is late
    life.do("request_coordination")
    life.do("request_extension", new_due_on=on(11, 27))
    transfer(life)
    item = life.item
    assert (item.status, item.facts.lead_unit) == (Status.ISSUED, "health")
    assert item.facts.lead_unit_name == "区卫生健康局"
    assert life.clock("receipt-2").unit == "health"
    assert life.clock("receipt-2").due_on == on(11, 5)
    assert (life.clock("result").unit, life.clock("result").due_on) == ("health", on(11, 9))
    assert life.clock("result").due_version == 1
    assert (life.clock("plan").unit, life.clock("plan").lapsed) == ("health", True)
    assert life.refused("receive", UNIT) == "not_your_unit"
    assert life.events[-1].notices[0].audience == ("unit:edu", "unit:health", "office")
    life.do("receive", HEALTH)
    assert not life.clock("receipt-2").running


def test_the_old_unit_owes_no_explanation_any_more() -> None:
    life = working().at(at(11, 10, 9))
    life.do("request_coordination")
    transfer(life, new_due_on=on(11, 27))
    assert not life.clock("explanation").running
    assert (life.item.lapsed, life.item.escalation) == (True, Escalation.NONE)


def test_a_co_organiser_becomes_the_lead() -> None:
    life = working()
    life.do("request_coordination")
    life.do("answer_coordination", outcome="transferred", new_lead_unit="fin")
    assert life.item.facts.co_units == ()


def test_a_signed_result_handed_over_needs_a_new_limit() -> None:
    """Otherwise an open item would run without any."""
    life = working()
    life.do("request_coordination")
    life.signed()
    wanted: dict[str, Any] = {"outcome": "transferred", "new_lead_unit": "health"}
    assert life.refused("answer_coordination", **wanted) == "new_due_required"
    transfer(life, new_due_on=on(11, 27))
    assert life.item.governing is not None
    assert life.clock("result-2").unit == "health"
    assert life.at(at(11, 28)).item.lapsed


# Extensions.


def test_an_extension_step_by_step() -> None:
    life = working()
    asked = life.do("request_extension", new_due_on=on(11, 20))
    assert asked.notices[0].audience == ("office", "deputy:edu")
    assert life.refused("decide_extension", OFFICE) == "opinion_required"
    life.do("advise_extension", supports=False)
    assert life.refused("advise_extension") == "opinion_already_given"
    decided = life.do("decide_extension", OFFICE)
    clock = life.clock("result")
    assert (clock.due_on, clock.due_version, clock.moved_because) == (on(11, 20), 2, "批准延期")
    assert clock.original_due_at.date() == on(11, 9)
    assert "由11月9日24时改为11月20日24时（原期限保留）" in decided.summary
    assert life.refused("request_extension", new_due_on=on(12, 1)) == "extension_limit_reached"


def test_a_refused_extension_changes_nothing_and_is_used_up() -> None:
    life = working()
    life.do("request_extension", new_due_on=on(11, 20))
    life.do("advise_extension")
    life.do("decide_extension", OFFICE, approved=False)
    assert life.clock("result").due_version == 1
    assert life.refused("request_extension", new_due_on=on(11, 20)) == "extension_limit_reached"


@pytest.mark.parametrize(
    ("kind", "facts", "chief"),
    [
        ("ordinary", {}, False),
        ("dated", {}, False),
        ("directive", {}, True),
        ("directive", {"due_on": on(11, 20)}, True),
        ("dated", {"source": Source(type="directive", leader="张区长")}, True),
        # Five working days are the measures' own limit, whoever asked for the work.
        ("ordinary", {"source": Source(type="directive", leader="张区长")}, False),
    ],
)
def test_whoever_fixed_the_limit_decides(kind: str, facts: dict[str, Any], *, chief: bool) -> None:
    """O7."""
    life = working(kind, **facts)
    asked = life.do("request_extension")
    assert ("chief" in asked.notices[0].audience) is chief
    life.do("advise_extension")
    if chief:
        assert life.refused("decide_extension", OFFICE) == "not_the_approver"
        life.do("decide_extension", CHIEF)
    else:
        life.do("decide_extension", OFFICE)
    assert life.clock("result").due_on == on(11, 27)


def test_a_date_of_the_chief_s_own_is_his_to_extend() -> None:
    life = working()
    life.do("request_coordination", major=True)
    life.do("answer_coordination", outcome="unresolved")
    life.do("request_coordination", level="chief")
    life.do("answer_coordination", CHIEF, new_due_on=on(11, 20))
    life.do("request_extension")
    life.do("advise_extension")
    assert life.refused("decide_extension", OFFICE) == "not_the_approver"


def test_too_late_for_an_extension() -> None:
    life = working().at(at(11, 9, 23, 59))
    life.copy().do("request_extension")
    life.at(at(11, 10))
    assert life.refused("request_extension") == "too_late_for_extension"


def test_while_the_leader_is_waited_for_past_the_limit_it_is_too_late_too() -> None:
    life = working()
    life.hand_in()
    life.at(at(11, 10, 9))
    assert not life.item.lapsed
    assert life.refused("request_extension") == "too_late_for_extension"


def test_a_moved_limit_may_be_extended_before_it_passes() -> None:
    """What is too late is judged by the present limit; that the first was missed stays."""
    life = working().at(at(11, 11, 9))
    life.do("request_coordination")
    life.do("answer_coordination", new_due_on=on(11, 20))
    life.do("request_extension", new_due_on=on(11, 27))
    assert life.item.lapsed


def test_approved_after_the_limit_the_lapse_stays() -> None:
    life = working().at(at(11, 9, 15))
    life.do("request_extension", new_due_on=on(11, 20))
    life.do("advise_extension")
    life.at(at(11, 11, 9))
    before = life.item.escalation
    life.do("decide_extension", OFFICE)
    clock = life.clock("result")
    assert (clock.lapsed, clock.lapsed_at, clock.passed) == (True, at(11, 10), False)
    assert (before, life.item.escalation) == (Escalation.DEPUTY, Escalation.NONE)
    assert life.at(at(11, 21)).rung[-1] == ("11-21 00:00", "result lapse")


def test_a_date_that_has_passed_meanwhile_is_not_approved() -> None:
    life = working()
    life.do("request_extension", new_due_on=on(11, 12))
    life.do("advise_extension")
    life.at(at(11, 16, 9))
    assert life.refused("decide_extension", OFFICE) == "due_not_after_now"
    life.do("decide_extension", OFFICE, approved=False)


def test_an_extension_never_brings_a_date_forward() -> None:
    life = working()
    life.do("request_extension", new_due_on=on(11, 12))
    life.do("advise_extension")
    life.do("request_coordination")
    same = life.copy()
    same.do("answer_coordination", new_due_on=on(11, 12))
    assert same.refused("decide_extension", OFFICE) == "extension_overtaken"
    life.do("answer_coordination", new_due_on=on(11, 27))
    assert life.refused("decide_extension", OFFICE) == "extension_overtaken"
    life.do("decide_extension", OFFICE, approved=False)
    assert life.clock("result").due_on == on(11, 27)


def test_not_later_than_due() -> None:
    assert working().refused("request_extension", new_due_on=on(11, 9)) == "not_later_than_due"


def test_extensions_by_policy() -> None:
    off = working(policy=Policy(extension_enabled=False))
    assert off.refused("request_extension") == "extension_disabled"
    never = working(policy=Policy(extensions_most=0))
    assert never.refused("request_extension") == "extension_limit_reached"
    twice = working(policy=Policy(extensions_most=2))
    for due in (on(11, 20), on(11, 27)):
        twice.do("request_extension", new_due_on=due)
        twice.do("advise_extension")
        twice.do("decide_extension", OFFICE)
    assert twice.refused("request_extension") == "extension_limit_reached"
    assert twice.clock("result").due_version == 3
