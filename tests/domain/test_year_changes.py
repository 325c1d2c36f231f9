"""What happens to the slots of a year task when several things come together (五(四), R45)."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from domain.calendar import CalendarYear, WorkingCalendar
from domain.cycles import Cycle
from domain.errors import DomainError
from domain.family import not_begun
from domain.issue import Issue, preview_of
from domain.items import Item, Status
from domain.parts import Actual, PartState, Reported, Target
from domain.recalculation import apply_calendar
from domain.targets import standings
from domain.year import slot_facts
from tests.domain.life import (
    OFFICE,
    YEAR_2026,
    Life,
    at,
    days,
    on,
    operator,
)

# With the whole week of 2027-02-08 at rest.
NEXT_YEAR = CalendarYear(
    year=2027,
    notice="国办发明电〔2026〕9号",
    rest_days=(*days(on(1, 1, 2027), on(1, 3, 2027)), *days(on(2, 5, 2027), on(2, 14, 2027))),
    work_days=(),
)


def task(cycle: Cycle = Cycle.MONTH, issued: object = None, **more: object) -> Life:
    life = Life("year_round", issued or at(1, 5, 9), cycle=cycle, **more)  # type: ignore[arg-type]
    life.do("receive")
    return life


def planned(item: Item) -> dict[str, str]:
    """Whose each slot to come is."""
    return {part.key: part.unit for part in item.parts if part.state is PartState.PLANNED}


def corrected(*no_rest: date) -> CalendarYear:
    """The calendar of 2026 with days of rest taken back."""
    rest = tuple(day for day in YEAR_2026.rest_days if day not in no_rest)
    return replace(YEAR_2026, notice="更正", rest_days=rest)


def test_a_calendar_loaded_before_another_cycle_begins_counts_the_former_slots_too() -> None:
    life = task(Cycle.WEEK, at(12, 10, 9), year=2027)
    life.do("change_cycle", cycle="month", from_on=on(7, 1, 2027))
    life.happened(apply_calendar(life.item, NEXT_YEAR, OFFICE, life.now))
    resting = life.item.part("week-07")
    assert resting is not None
    assert (resting.period.starts_on if resting.period else None) == on(2, 8, 2027)
    assert (resting.state, resting.due_on) == (PartState.SKIPPED, None)
    assert resting.reason == "该周全为休息日，不安排调度"
    moved = life.item.part("week-06")
    assert moved is not None
    assert (moved.due_on, moved.provisional) == (on(2, 4, 2027), False)
    assert f"{resting.name}2月12日改为不安排" in life.events[-1].summary
    assert life.item.part("week-30").state is PartState.SKIPPED  # type: ignore[union-attr]
    assert life.item.part("month-07").state is PartState.PLANNED  # type: ignore[union-attr]


def test_a_week_that_another_calendar_gives_to_the_next_year_falls_away_and_may_return() -> None:
    life = task(Cycle.WEEK, at(11, 2, 9))
    before = life.item.part("week-53")
    assert before is not None
    assert (before.due_on, before.provisional) == (on(12, 31), True)
    worked = replace(NEXT_YEAR, work_days=(on(1, 3, 2027),), rest_days=(on(1, 1, 2027),))
    life.happened(apply_calendar(life.item, worked, OFFICE, life.now))
    fallen = life.item.part("week-53")
    assert fallen is not None
    assert (fallen.state, fallen.due_on) == (PartState.SKIPPED, None)
    assert fallen.reason == "该周的工作日不在2026年，不安排调度"
    assert f"{fallen.name}12月31日改为不安排" in life.events[-1].summary
    life.happened(apply_calendar(life.item, NEXT_YEAR, OFFICE, life.now))
    assert life.item.part("week-53") == replace(before, provisional=False)


def test_the_unit_that_a_leader_transfers_to_has_every_slot_to_come() -> None:
    life = task()
    life.do("change_unit", new_lead_unit="health", from_on=on(6, 1), unit_name="区卫健局")
    life.do("request_coordination")
    life.do(
        "answer_coordination", outcome="transferred", new_lead_unit="road", unit_name="区交通局"
    )
    assert set(planned(life.item).values()) == {"road"}
    assert life.item.new_unit is None
    life.at(at(1, 24, 9))
    part = life.item.part("month-01")
    assert part is not None
    assert (part.state, part.unit, part.unit_name) == (PartState.OPEN, "road", "区交通局")


def test_a_change_of_unit_that_is_put_off_leaves_the_slots_before_it_to_the_present_one() -> None:
    life = task()
    life.do("change_unit", new_lead_unit="health", from_on=on(6, 1), unit_name="区卫健局")
    life.do("change_unit", new_lead_unit="road", from_on=on(9, 1), unit_name="区交通局")
    units = planned(life.item)
    assert {units[f"month-{month:02d}"] for month in range(1, 9)} == {"edu"}
    assert {units[f"month-{month:02d}"] for month in range(9, 13)} == {"road"}


def test_a_change_of_unit_is_cancelled_by_naming_the_present_one() -> None:
    life = task()
    life.do("change_unit", new_lead_unit="health", from_on=on(6, 1), unit_name="区卫健局")
    event = life.do("change_unit", new_lead_unit="edu", reason="不再划转")
    assert "起改由区卫健局承办，仍由区教育和体育局承办" in event.summary
    assert life.item.new_unit is None
    assert life.item.status is Status.IN_PROGRESS
    assert set(planned(life.item).values()) == {"edu"}
    life.at(at(6, 2, 9))
    assert life.item.facts.lead_unit == "edu"
    assert life.refused("change_unit", new_lead_unit="edu") == "same_unit"


def test_another_cycle_leaves_the_later_slots_to_the_unit_that_takes_over() -> None:
    life = task()
    life.do("change_unit", new_lead_unit="health", from_on=on(9, 1), unit_name="区卫健局")
    life.do("change_cycle", cycle="quarter", from_on=on(5, 1))
    units = planned(life.item)
    assert (units["quarter-2"], units["quarter-3"], units["month-04"]) == ("edu", "health", "edu")


@pytest.mark.parametrize("act", ["end_early", "change_cycle"])
def test_no_correction_of_the_calendar_brings_back_a_week_given_up(act: str) -> None:
    life = task(Cycle.WEEK)
    life.do(act)
    before = planned(life.item)
    life.happened(apply_calendar(life.item, corrected(on(2, 20)), OFFICE, life.now))
    assert planned(life.item) == before


def test_a_week_of_rest_to_come_is_worked_after_all_and_one_that_passed_is_not() -> None:
    life = task(Cycle.WEEK)
    life.happened(apply_calendar(life.item, corrected(on(2, 20)), OFFICE, life.now))
    assert "week-08" in planned(life.item)
    life = task(Cycle.WEEK).at(at(3, 2, 9))
    life.happened(apply_calendar(life.item, corrected(on(2, 20)), OFFICE, life.now))
    part = life.item.part("week-08")
    assert part is not None
    assert part.state is PartState.SKIPPED


def test_what_passed_while_nobody_had_the_task_is_not_owed() -> None:
    life = Life("year_round", at(11, 9, 9), cycle=Cycle.WEEK, basis="会议纪要")
    life.do("return_assignment")
    life.do("decide_return")
    life.at(at(11, 25, 9))
    life.do("revise_draft", lead_unit="road", unit_name="区交通局")
    life.do("submit_for_approval")
    event = life.do("approve_issue", OFFICE)
    passed = [p for p in life.item.parts if p.due_on and p.due_on < on(11, 25)]
    assert [part.due_on for part in passed] == [on(11, 13), on(11, 20)]
    assert {part.state for part in passed} == {PartState.SKIPPED}
    assert passed[0].reason == "退件后重新下达前已过，本期不要求报告"
    assert "首期2026年11月27日" in event.summary
    assert "退件期间已过的2期不要求报告" in event.summary
    assert "全为休息日" not in event.summary
    assert {e.body["slot"] for e in life.events if e.act == "open_slot"} == {"week-48"}
    assert set(planned(life.item).values()) == {"road"}


def test_a_task_returned_to_its_own_unit_says_what_is_to_come() -> None:
    life = Life("year_round", at(11, 9, 9), cycle=Cycle.MONTH, basis="会议纪要")
    life.do("return_assignment")
    life.do("decide_return")
    life.do("submit_for_approval")
    assert "共2期，首期2026年11月25日" in life.do("approve_issue", OFFICE).summary


def test_a_task_that_goes_on_into_the_next_year_can_get_another_unit_there() -> None:
    life = task(Cycle.YEAR)
    life.at(at(12, 1, 9)).do("carry_over")
    far: dict[str, Any] = {"new_lead_unit": "health", "unit_name": "区卫健局"}
    assert life.refused("change_unit", from_on=on(7, 1, 2027), **far) == "from_after_year"
    life.signed().do("review")
    life.at(at(1, 20, 9, year=2027))
    assert life.refused("change_cycle", cycle="month") == "from_after_year"
    life.do("change_unit", **far)
    assert life.item.facts.lead_unit == "health"


TARGET = Target(name="投资额", unit="亿元", target=100)
OWN = (Reported(name="投资额", value=40.0, on=on(6, 27)),)


def test_the_last_week_of_a_year_expects_the_whole_of_it() -> None:
    calendar = WorkingCalendar(years=(YEAR_2026, NEXT_YEAR))
    life = Life(
        "year_round",
        at(1, 4, 9, year=2027),
        cycle=Cycle.WEEK,
        year=2027,
        targets=(TARGET,),
        calendar=calendar,
    )
    last = life.item.parts[-1]
    assert last.period is not None
    assert last.period.ends_on == on(1, 2, 2028)
    figures = (Actual(name="投资额", value=40.0),)
    reported = replace(last, state=PartState.CLOSED, actuals=figures)
    (whole,) = standings(life.item.facts, (reported,), ())
    (own,) = standings(replace(life.item.facts, cycle=None, period=last.period), (), OWN)
    assert (whole.expected, own.expected) == (100.0, 100.0)
    assert whole.behind == own.behind == 60.0


def test_a_slot_s_own_share_of_the_year_is_that_of_its_task() -> None:
    life = task(Cycle.WEEK, targets=(TARGET,))
    figures = (Actual(name="投资额", value=40.0),)
    part = life.item.part("week-26")
    assert part is not None
    assert part.period is not None
    reported = replace(part, state=PartState.CLOSED, actuals=figures)
    (whole,) = standings(life.item.facts, (reported,), ())
    (own,) = standings(replace(life.item.facts, cycle=None, period=part.period), (), OWN)
    assert own.expected == whole.expected == round(179 / 365 * 100, 2)


def test_a_slot_that_opens_with_the_resumption_is_not_late_by_the_system() -> None:
    life = task()
    life.at(at(8, 3, 9)).do("suspend_item")
    life.at(at(8, 24, 9)).do("resume_item")
    event = life.events[-1]
    assert (event.act, event.body["slot"], event.body["late"]) == ("open_slot", "month-08", False)
    assert "系统补开" not in event.summary
    assert not event.notices
    life.outage(at(9, 24, 9))
    event = next(e for e in life.events if e.body.get("slot") == "month-09")
    assert "系统补开，应于9月22日" in event.summary


def test_a_slot_of_another_cycle_is_not_late_by_the_system() -> None:
    life = task(Cycle.QUARTER).at(at(5, 24, 9))
    life.do("change_cycle", cycle="month")
    event = life.events[-1]
    assert (event.act, event.body["slot"]) == ("open_slot", "month-05")
    assert "系统补开" not in event.summary


@pytest.mark.parametrize("act", ["end_early", "change_cycle"])
def test_annulled_an_order_gives_the_slots_back(act: str) -> None:
    life = task(Cycle.WEEK)
    before = planned(life.item)
    was = life.item.parts
    seq = life.do(act, operator(act)).seq
    assert planned(life.item) != before
    life.do("annul_act", target=seq)
    assert planned(life.item) == before
    assert life.item.facts.cycle is Cycle.WEEK
    assert life.item.parts[: len(was)] == was
    # And it lives on as if nothing had been.
    life.happened(apply_calendar(life.item, corrected(on(2, 20)), OFFICE, life.now))
    assert set(planned(life.item)) == {*before, "week-08"}


def test_annulled_later_the_slots_that_passed_are_not_owed_and_the_next_is_not_late() -> None:
    life = task(Cycle.MONTH)
    seq = life.do("end_early", operator("end_early")).seq
    life.at(at(3, 24, 9)).do("annul_act", target=seq)
    found = {part.key: (part.state, part.reason) for part in life.item.parts}
    passed = (PartState.SKIPPED, "有关操作撤销前本期已过，不要求报告")
    assert found["month-01"] == found["month-02"] == passed
    assert found["month-03"] == (PartState.OPEN, "")
    assert found["month-04"] == (PartState.PLANNED, "")
    assert "系统补开" not in life.events[-1].summary


def test_annulled_later_what_has_opened_meanwhile_stays() -> None:
    life = task(Cycle.MONTH)
    seq = life.do("change_cycle", operator("change_cycle"), cycle="week").seq
    life.at(at(1, 9, 9)).do("annul_act", target=seq)
    found = {part.key: part.state for part in life.item.parts}
    assert found["week-02"] is PartState.OPEN
    assert found["week-03"] is PartState.SKIPPED
    assert found["month-01"] is PartState.PLANNED


@pytest.mark.parametrize(
    ("act", "then"), [("end_early", "change_cycle"), ("change_cycle", "end_early")]
)
def test_not_annulled_once_the_slots_were_planned_otherwise(act: str, then: str) -> None:
    life = task(Cycle.MONTH)
    seq = life.do(act, operator(act)).seq
    life.do(then)
    assert life.refused("annul_act", target=seq) == "act_superseded"


def test_annulled_a_resumption_leaves_it_to_the_next_what_was_missed() -> None:
    life = task(Cycle.MONTH).at(at(8, 3, 9))
    life.do("suspend_item")
    life.at(at(9, 7, 9))
    seq = life.do("resume_item", operator("resume_item")).seq
    life.do("annul_act", target=seq)
    assert life.item.status is Status.SUSPENDED
    assert "month-08" in planned(life.item)
    life.do("resume_item")
    part = life.item.part("month-08")
    assert part is not None
    assert part.reason == "暂缓期间，本期不要求报告"


def test_a_slot_whose_item_cannot_begin_is_skipped_and_that_is_on_record() -> None:
    """The record has a calendar that the task has not heard of yet."""
    life = task(Cycle.WEEK, at(12, 10, 9), year=2027).at(at(2, 9, 9, year=2027))
    part = life.item.part("week-07")
    assert part is not None
    assert part.state is PartState.OPEN
    issue = Issue(
        item_id=part.item_id,
        facts=slot_facts(life.item.id, life.item.facts, part),
        issued_at=life.now,
        entered_at=life.now,
        actor=OFFICE,
        calendar=WorkingCalendar(years=(NEXT_YEAR,)),
        policy=life.item.policy,
        request_id="slot",
        body_hash="",
    )
    with pytest.raises(DomainError) as error:
        preview_of(issue)
    life.happened(not_begun(life.item, issue.item_id, error.value, life.now))
    skipped = life.item.part("week-07")
    assert skipped is not None
    assert (skipped.state, skipped.reason) == (PartState.SKIPPED, error.value.detail)
    assert "全为休息日" in life.events[-1].summary
    assert not_begun(life.item, issue.item_id, error.value, life.now) == []
    life.at(at(2, 17, 9, year=2027))
    assert life.item.part("week-08").state is PartState.OPEN  # type: ignore[union-attr]
