"""A year-round task: its slots, its year-end report, and what is ordered of it (五(四), R45)."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from domain.calendar import WorkingCalendar
from domain.clocks import Rule
from domain.cycles import Cycle
from domain.errors import DomainError, Invalid
from domain.family import News, add_parts, hear, is_worth_telling, news_of
from domain.issue import Issue
from domain.items import Event, Item, Source, Status
from domain.lifecycle import next_alarm
from domain.opening import open_item
from domain.orders import Order, follow
from domain.parts import Actual, PartState, Target
from domain.recalculation import apply_calendar
from domain.records import snapshot_of
from domain.targets import most_behind, standings
from domain.year import slot_facts
from tests.domain.life import (
    CHIEF,
    OFFICE,
    STAFF,
    YEAR_2026,
    YEAR_2027,
    Life,
    at,
    on,
    operator,
)

OUTPUT = Target(name="产值", unit="亿元", target=100)


def task(cycle: Cycle = Cycle.MONTH, issued: Any = None, **more: Any) -> Life:
    return Life("year_round", issued or at(1, 5, 9), cycle=cycle, **more)


def states(item: Item) -> dict[str, str]:
    return {part.key: part.state.value for part in item.parts}


def report(life: Life, key: str, *, late: bool = False, **more: Any) -> None:
    """What the item of a slot tells when it has been reported."""
    part = life.item.part(key)
    assert part is not None
    news = News(
        item_id=part.item_id,
        seq=part.seq + 2,
        state=PartState.CLOSED,
        unit=part.unit,
        unit_name=part.unit_name,
        due_on=part.due_on,
        lapsed_at=life.now if late else None,
        **more,
    )
    life.happened(hear(life.item, news, life.now))


def told(life: Life) -> tuple[Any, Any, Any]:
    return life.item.facts, life.item.parts, life.item.actuals


def opened(events: list[Event]) -> list[tuple[str, date]]:
    return [(e.body["slot"], e.at.date()) for e in events if e.act == "open_slot"]


def slot_life(life: Life, key: str) -> Life:
    """The item of a slot, as the task opens it."""
    part = life.item.part(key)
    assert part is not None
    assert part.opens_at is not None
    child = object.__new__(Life)
    child.now, child.events = part.opens_at, []
    child.unopened, event = open_item(
        item_id=part.item_id,
        facts=slot_facts(life.item.id, life.item.facts, part),
        issued_at=part.opens_at,
        now=part.opens_at,
        actor=OFFICE,
        calendar=life.item.calendar,
        policy=life.item.policy,
        raw={},
    )
    child.item = child.unopened
    child.happened([event])
    return child


def test_a_whole_year_of_months() -> None:
    """Each slot opens on the day of its first reminder, three working days before."""
    life = task()
    life.do("receive")
    assert life.item.status is Status.IN_PROGRESS
    life.at(at(12, 30))
    assert opened(life.events) == [
        ("month-01", on(1, 21)),
        ("month-02", on(2, 13)),
        ("month-03", on(3, 20)),
        ("month-04", on(4, 22)),
        ("month-05", on(5, 20)),
        ("month-06", on(6, 22)),
        ("month-07", on(7, 22)),
        ("month-08", on(8, 20)),
        ("month-09", on(9, 22)),
        ("month-10", on(10, 21)),
        ("month-11", on(11, 20)),
        ("month-12", on(12, 22)),
    ]
    assert len({part.item_id for part in life.item.parts}) == 12
    governing = life.item.governing
    assert governing is not None
    assert (governing.rule, governing.due_on) == (Rule.YEAR_END, on(12, 31))


def test_begun_in_mid_year_only_what_is_still_to_come_is_owed() -> None:
    life = task(issued=at(7, 27, 10))
    assert [part.key for part in life.item.parts] == [f"month-{m:02d}" for m in range(7, 13)]
    # The July slot is due on the very day of issue.
    assert states(life.item)["month-07"] == "open"
    assert "首期2026年7月27日" in life.events[0].summary
    life = task(issued=at(7, 28, 10))
    assert life.item.parts[0].key == "month-08"


def test_a_paper_task_entered_late_opens_what_has_passed_at_once() -> None:
    life = task(issued=at(1, 5, 9), entered=at(3, 2, 9))
    assert [key for key, _ in opened(life.events)] == ["month-01", "month-02"]


def test_a_task_for_next_year_issued_in_december() -> None:
    life = Life(
        "year_round",
        at(12, 21, 9),
        cycle=Cycle.QUARTER,
        year=2027,
        calendar=WorkingCalendar(years=(YEAR_2026, YEAR_2027)),
    )
    assert [part.due_on for part in life.item.parts] == [
        on(3, 25, 2027),
        on(6, 25, 2027),
        on(9, 27, 2027),
        on(12, 27, 2027),
    ]
    assert life.item.governing is not None
    assert life.item.governing.due_on == on(12, 31, 2027)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"cycle": None}, "cycle_required"),
        ({"year": 2028}, "bad_year"),
        ({"year": 2025}, "bad_year"),
        ({"due_on": on(6, 30)}, "not_for_year_round"),
        ({"targets": (Target(name="a", unit="件", target=1),) * 2}, "same_target"),
    ],
)
def test_what_no_year_task_can_be_issued_with(facts: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        Life("year_round", at(1, 5, 9), **facts)
    assert refused.value.code == code


def test_only_a_year_task_has_a_cycle() -> None:
    with pytest.raises(Invalid, match="only_year_round"):
        Life("ordinary", cycle=Cycle.MONTH)


def test_the_report_of_a_slot_closes_it_at_once() -> None:
    child = slot_life(task(), "month-03")
    assert child.item.status is Status.IN_PROGRESS
    assert [clock.rule for clock in child.item.clocks] == [Rule.SLOT_MONTH]
    assert child.item.facts.title.endswith("（3月调度报告）")
    assert not child.events[0].notices
    child.at(at(3, 24, 15))
    assert [e.act for e in child.events[1:]] == ["remind_3", "remind_1"]
    child.do("submit_feedback")
    assert (child.item.status, child.item.lapsed) == (Status.CLOSED, False)
    assert next_alarm(child.item) is None


def test_a_missed_slot_is_its_own_lapse() -> None:
    child = slot_life(task(), "month-03").at(at(3, 26, 9))
    assert child.item.lapsed
    told = news_of(child.item)
    assert (told.state, told.lapsed_at) == (PartState.OPEN, at(3, 26))
    child.do("submit_feedback", final=True)
    assert child.item.status is Status.CLOSED
    assert child.item.lapsed
    assert is_worth_telling(told, news_of(child.item))


def test_an_unverified_signal_reports_no_slot() -> None:
    child = slot_life(task(), "month-03")
    assert child.refused("submit_feedback", operator("submit_feedback")) == "needs_verified_actor"


def test_the_year_end_report_takes_sign_off_and_review_and_no_slot_stands_for_it() -> None:
    life = task(Cycle.QUARTER)
    life.do("receive")
    life.at(at(12, 28, 9))
    for key in ("quarter-1", "quarter-2", "quarter-3"):
        report(life, key)
    life.do("submit_feedback", final=True)
    life.do("sign_off")
    with pytest.raises(DomainError) as refused:
        life.do("review")
    assert refused.value.code == "parts_open"
    assert "第4季度调度报告（区教育和体育局，办理中）" in refused.value.detail
    report(life, "quarter-4", late=True)
    life.do("review")
    assert life.item.status is Status.CLOSED
    assert states(life.item) == {f"quarter-{n}": "closed" for n in range(1, 5)}
    assert not life.item.lapsed  # the late slot's lapse is the slot's own


def test_from_months_to_weeks_in_july() -> None:
    life = task()
    life.do("receive")
    life.at(at(7, 1, 9))
    life.do("change_cycle", cycle="week", from_on=on(7, 13), reason="进入攻坚期")
    found = {part.key: part for part in life.item.parts}
    assert [found[f"month-{m:02d}"].state.value for m in range(1, 13)] == [
        *["open"] * 6,
        *["skipped"] * 6,
    ]
    assert "7月13日" in found["month-07"].reason
    weeks = [p for p in life.item.parts if p.key.startswith("week") and p.state.value == "planned"]
    assert weeks[0].due_on == on(7, 17)
    assert len(weeks) == 25
    assert life.item.facts.cycle is Cycle.WEEK
    entry = life.events[-1]
    assert (entry.actor, "进入攻坚期" in entry.summary) == (OFFICE, True)
    life.do("change_cycle", cycle="month", from_on=on(9, 1))
    life.at(at(9, 30))
    assert states(life.item)["month-09"] == "open"
    assert states(life.item)["month-07"] == "skipped"


def test_another_cycle_leaves_alone_what_was_split_off() -> None:
    life = task()
    life.do("receive")
    part = split_off(life, "part-item", "JTJ", "区交通运输局")
    life.happened(add_parts(life.item, (part,), OFFICE, life.now))
    before = life.item.part("part-1")
    life.do("change_cycle", cycle="quarter", reason="减轻负担")
    assert life.item.facts.cycle is Cycle.QUARTER
    assert life.item.part("part-1") == before


def test_suspended_in_august_resumed_in_september() -> None:
    life = task()
    life.do("receive")
    life.at(at(8, 3, 9)).do("suspend_item", OFFICE)
    assert next_alarm(life.item) is None
    life.at(at(9, 7, 9)).do("resume_item")
    part = life.item.part("month-08")
    assert part is not None
    assert (part.state, part.reason) == (PartState.SKIPPED, "暂缓期间，本期不要求报告")
    assert "暂缓期间的1期不要求报告" in life.events[-1].summary
    assert states(life.item)["month-09"] == "planned"
    governing = life.item.governing
    assert governing is not None
    assert (governing.due_on, governing.due_version) == (on(12, 31), 1)
    life.at(at(9, 23))
    assert states(life.item)["month-09"] == "open"


def test_an_open_slot_is_suspended_with_its_task_and_taken_up_again() -> None:
    life = task()
    child = slot_life(life, "month-08").at(at(8, 21, 9))
    order = Order(act="suspend_item", reason="政策调整", parent_seq=9)
    child.happened(follow(child.item, order, CHIEF, child.now))
    assert child.item.status.value == "suspended"
    assert child.events[-1].actor == CHIEF
    with pytest.raises(DomainError, match="nothing_new"):
        follow(child.item, order, CHIEF, child.now)
    child.at(at(8, 24, 9))
    order = Order(act="resume_item", reason="政策明确", parent_seq=12)
    child.happened(follow(child.item, order, OFFICE, child.now))
    assert child.item.status is Status.IN_PROGRESS
    assert child.item.governing is not None
    assert child.item.governing.due_on == on(8, 25)
    # Suspended by itself, it is not taken up with the parent.
    child.do("suspend_item", OFFICE)
    with pytest.raises(DomainError, match="nothing_new"):
        follow(child.item, order, OFFICE, child.now)
    order = Order(act="terminate_item", reason="取消", parent_seq=14)
    child.happened(follow(child.item, order, CHIEF, child.now))
    assert child.item.ended


def test_another_unit_from_a_day_on() -> None:
    life = task()
    life.do("receive")
    life.at(at(5, 6, 9))
    life.do("change_unit", new_lead_unit="road", from_on=on(6, 1), unit_name="区交通运输局")
    assert life.item.facts.lead_unit == "edu"
    units = {part.key: part.unit for part in life.item.parts}
    assert (units["month-05"], units["month-06"]) == ("edu", "road")
    life.at(at(6, 1, 1))
    item = life.item
    assert (item.facts.lead_unit, item.facts.lead_unit_name) == ("road", "区交通运输局")
    assert (item.status, item.unit_since) == (Status.ISSUED, at(6, 1))
    receipts = [clock for clock in item.running_clocks if clock.rule is Rule.RECEIPT]
    assert [(clock.unit, clock.due_on) for clock in receipts] == [("road", on(6, 2))]
    assert item.governing is not None
    assert (item.governing.unit, item.governing.due_on) == ("road", on(12, 31))
    life.at(at(6, 30))
    assert states(life.item)["month-06"] == "open"


def test_ended_early_the_report_is_still_owed() -> None:
    life = task()
    life.do("receive")
    life.at(at(9, 1, 9))
    for month in range(1, 9):
        report(life, f"month-{month:02d}")
    life.do("end_early", final_due_on=on(9, 30))
    assert set(states(life.item).values()) == {"closed", "skipped"}
    assert life.item.governing is not None
    assert life.item.governing.due_on == on(9, 30)
    assert life.refused("end_early") == "nothing_to_end"
    life.do("submit_feedback", final=True)
    life.do("sign_off")
    life.do("review")
    assert life.item.status is Status.CLOSED


def test_going_on_into_the_next_year_the_year_end_report_is_still_owed() -> None:
    life = task(Cycle.YEAR)
    life.do("receive")
    life.at(at(12, 10, 9))
    assert life.refused("carry_over", new_due_on=on(12, 30)) == "not_next_year"
    life.do("carry_over")
    assert life.item.crossed
    assert life.item.governing is not None
    assert life.item.governing.rule is Rule.YEAR_END
    life.do("submit_feedback", final=True)
    life.do("sign_off")
    life.do("review")
    assert life.item.status is Status.IN_PROGRESS
    assert life.item.governing is not None
    assert life.item.governing.due_on == on(6, 30, 2027)
    life.at(at(6, 1, 9, year=2027))
    life.do("submit_feedback", final=True)
    life.do("sign_off")
    life.do("review")
    assert (life.item.status, life.item.lapsed) == (Status.CLOSED, False)


def test_no_other_date_takes_the_year_end_report_into_the_next_year() -> None:
    """O18: only 跨年 does, and who approves that is not who extends."""
    new_year, march = on(1, 4, 2027), on(3, 31, 2027)
    life = task(Cycle.YEAR)
    life.do("receive")
    life.at(at(12, 10, 9))
    life.do("request_coordination")
    answer: dict[str, Any] = {"new_due_on": march}
    assert life.refused("answer_coordination", **answer) == "needs_carry_over"
    life.do("answer_coordination")
    assert life.refused("request_extension", new_due_on=new_year) == "needs_carry_over"
    life.do("suspend_item")
    assert life.refused("resume_item", new_due_on=new_year) == "needs_carry_over"
    life.do("resume_item", new_due_on=on(12, 31))
    life.do("submit_feedback", final=True)
    life.do("sign_off")
    sent_back: dict[str, Any] = {"accepted": False, "new_due_on": new_year}
    assert life.refused("review", **sent_back) == "needs_carry_over"
    life.do("carry_over", new_due_on=march)
    life.do("review", **sent_back)


def test_sent_back_at_the_end_of_the_year_its_day_is_named_within_the_year() -> None:
    """T22: the three working days of a rework would end in January."""
    life = task(Cycle.YEAR)
    life.do("receive")
    life.at(at(12, 29, 9)).do("submit_feedback", final=True)
    life.do("sign_off")
    crossed = life.copy()
    assert life.refused("review", accepted=False) == "needs_carry_over"
    life.do("review", accepted=False, new_due_on=on(12, 31))
    assert life.item.governing is not None
    assert life.item.governing.due_on == on(12, 31)
    crossed.do("carry_over")
    crossed.do("review", accepted=False)
    life.at(at(12, 30, 9)).do("suspend_item")
    life.at(at(12, 31, 9))
    assert life.refused("resume_item") == "needs_carry_over"  # a day is left
    life.do("resume_item", new_due_on=on(12, 31))
    earlier = task(Cycle.YEAR)
    earlier.do("receive")
    earlier.at(at(12, 28, 9)).do("submit_feedback", final=True)
    earlier.do("sign_off")
    earlier.do("review", accepted=False)
    assert earlier.item.governing is not None
    assert earlier.item.governing.due_on == on(12, 31)


def test_once_its_year_is_over_a_late_report_is_owed_in_the_next() -> None:
    life = task(Cycle.YEAR)
    life.do("receive")
    life.at(at(1, 5, 9, year=2027))
    life.do("submit_feedback", final=True)
    life.do("sign_off")
    life.do("review", accepted=False, new_due_on=on(1, 15, 2027))
    assert life.item.governing is not None
    assert life.item.governing.due_on == on(1, 15, 2027)


def test_a_leader_s_task_goes_on_by_his_word_alone() -> None:
    life = task(source=Source(type="批示", leader="张区长"))
    life.do("receive")
    assert life.refused("carry_over", OFFICE) == "not_the_orderer"
    assert life.refused("carry_over", STAFF) == "head_required"
    life.do("carry_over", CHIEF)


@pytest.mark.parametrize("act", ["change_cycle", "change_unit", "end_early", "carry_over"])
def test_only_year_tasks_take_the_orders_of_year_tasks(act: str) -> None:
    life = Life()
    life.do("receive")
    assert life.refused(act, OFFICE) == "not_year_round"


def test_a_loaded_calendar_moves_the_slots_to_come() -> None:
    life = Life("year_round", at(12, 1, 9), cycle=Cycle.WEEK, year=2027, calendar=WorkingCalendar())
    before = life.item.part("week-01")
    assert before is not None
    # Friday 2027-01-01 is 元旦, and no working day of that week lies in 2027.
    assert before.state is PartState.SKIPPED
    life.happened(apply_calendar(life.item, YEAR_2027, OFFICE, life.now))
    second = life.item.part("week-02")
    assert second is not None
    assert (second.due_on, second.provisional) == (on(1, 8, 2027), False)


def test_terminated_its_parts_end_with_it() -> None:
    life = task()
    life.at(at(3, 21))
    life.do("terminate_item", OFFICE)
    assert set(states(life.item).values()) == {"terminated", "skipped"}


def test_targets_against_the_year() -> None:
    target = Target(name="投资额", unit="亿元", target=120)
    life = task(targets=(target,))
    assert standings(*told(life))[0].actual is None
    life.at(at(6, 26, 9))
    for month, value in ((1, 12.0), (6, 30.0), (3, 28.0)):
        report(life, f"month-{month:02d}", actuals=(Actual(name="投资额", value=value),))
    (standing,) = standings(*told(life))
    assert (standing.actual, standing.as_of) == (30.0, "6月调度报告")
    assert (standing.completion, standing.expected, standing.behind) == (25.0, 50.0, 25.0)
    assert most_behind(*told(life)) == 25.0
    child = slot_life(life, "month-07")
    wrong = [{"name": "产值", "value": 1.0}]
    assert child.refused("submit_feedback", actuals=wrong) == "unknown_target"
    twice = [{"name": "投资额", "value": 1}, {"name": "投资额", "value": 2}]
    assert child.refused("submit_feedback", actuals=twice) == "repeated_target"
    child.do("submit_feedback", actuals=[{"name": "投资额", "value": 70.0}])
    assert news_of(child.item).actuals == (Actual(name="投资额", value=70.0),)


def test_a_year_that_has_not_begun_expects_nothing_yet() -> None:
    life = Life("year_round", at(11, 2, 9), cycle=Cycle.MONTH, year=2027, targets=(OUTPUT,))
    life.do("receive")
    life.do("submit_feedback", actuals=[{"name": "产值", "value": 0.0}])
    (standing,) = standings(*told(life))
    assert (standing.actual, standing.completion, standing.expected) == (0.0, 0.0, 0.0)
    assert snapshot_of(life.item).behind_since is None
    assert snapshot_of(life.item).step_missed_since is None


def test_what_a_year_task_reports_itself_is_judged_by_the_day_and_until_the_next_report() -> None:
    life = task(targets=(OUTPUT, Target(name="投资额", unit="亿元", target=10)))
    life.do("receive")
    life.at(at(4, 10, 9))
    both = [{"name": "产值", "value": 10.0}, {"name": "投资额", "value": 9.0}]
    life.do("submit_feedback", actuals=both)
    life.at(at(5, 11, 9)).do("submit_feedback", actuals=[{"name": "投资额", "value": 9.5}])
    output, invested = standings(*told(life))
    assert (output.as_of, output.expected) == ("2026年4月10日（周五）报告", 27.4)
    assert (output.behind, invested.actual) == (17.4, 9.5)
    life.at(at(5, 26, 9))
    report(life, "month-05", actuals=(Actual(name="产值", value=50.0),))
    output, invested = standings(*told(life))
    assert (output.as_of, output.expected, output.behind) == ("5月调度报告", 41.67, 0.0)
    assert (invested.as_of, invested.actual) == ("2026年5月11日（周一）报告", 9.5)
    # One of an earlier month that comes late says less than what is known.
    report(life, "month-03", actuals=(Actual(name="产值", value=5.0),))
    assert standings(*told(life))[0].as_of == "5月调度报告"


def test_an_item_without_a_year_is_not_measured_against_one() -> None:
    life = Life(targets=(OUTPUT,))
    life.do("receive")
    life.do("submit_feedback", actuals=[{"name": "产值", "value": 1.0}])
    (standing,) = standings(*told(life))
    assert (standing.completion, standing.expected, standing.behind) == (1.0, None, 0.0)


def test_news_of_a_stranger_and_old_news_change_nothing() -> None:
    life = task()
    life.at(at(3, 21))
    report(life, "month-01")
    part = life.item.part("month-01")
    assert part is not None
    for news in (
        News(item_id="nobody", seq=9, state=PartState.CLOSED, unit="edu", unit_name=""),
        News(
            item_id=part.item_id,
            seq=part.seq,
            state=PartState.OPEN,
            unit=part.unit,
            unit_name=part.unit_name,
        ),
    ):
        with pytest.raises(DomainError, match="nothing_new"):
            hear(life.item, news, life.now)


def test_split_into_three_the_parent_waits_for_each() -> None:
    life = Life()
    life.do("receive")
    parts = (
        split_off(life, "a", "road", "区交通运输局"),
        split_off(life, "b", "fin", "区财政局"),
        split_off(life, "c", "health", "区卫健局"),
    )
    life.happened(add_parts(life.item, parts, OFFICE, life.now))
    assert [part.key for part in life.item.parts] == ["part-1", "part-2", "part-3"]
    life.do("submit_feedback", final=True)
    life.do("sign_off")
    for one in ("a", "b"):
        news = News(
            item_id=one, seq=5, state=PartState.CLOSED, unit="x", unit_name="某局", due_on=None
        )
        life.happened(hear(life.item, news, life.now))
    late = News(
        item_id="c",
        seq=4,
        state=PartState.OPEN,
        unit="health",
        unit_name="区卫健局",
        lapsed_at=at(11, 10),
    )
    life.happened(hear(life.item, late, life.now))
    with pytest.raises(DomainError) as refused:
        life.do("review")
    assert refused.value.detail == "还有未办结的分项，不能办结：分项（区卫健局，逾期）。"
    more = add_parts(life.item, parts[:1], OFFICE, life.now)
    assert more[0].changes.parts[0].key == "part-4"


def split_off(life: Life, item_id: str, unit: str, name: str) -> Issue:
    facts = replace(
        life.item.facts,
        title="分项",
        lead_unit=unit,
        lead_unit_name=name,
        co_units=(),
        parent_id=life.item.id,
    )
    return Issue(
        item_id=item_id,
        facts=facts,
        issued_at=life.now,
        entered_at=life.now,
        actor=OFFICE,
        calendar=life.item.calendar,
        policy=life.item.policy,
        request_id=item_id,
        body_hash="",
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 1e15])
def test_what_is_no_number_is_no_figure(value: float) -> None:
    with pytest.raises(Invalid, match="完成数须为一个数"):
        Actual(name="投资", value=value)


def test_a_report_whose_part_is_open_does_not_close() -> None:
    life = task()
    life.at(at(6, 26, 9))
    child = slot_life(life, "month-07")
    part = split_off(child, "part", "fin", "区财政局")
    child.happened(add_parts(child.item, (part,), OFFICE, child.now))
    assert child.refused("submit_feedback") == "parts_open"
