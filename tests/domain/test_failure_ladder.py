"""The failure ladder (design §3.2): what rings, at which instant, whom it tells."""

from datetime import UTC, datetime, time, timedelta

import pytest

from domain.items import Escalation, Status
from domain.ladder import Alarm, due_rungs
from domain.lifecycle import next_alarm, ring
from domain.policy import Policy
from tests.domain.life import CHIEF, OFFICE, SECOND, Life, at, on, operator


def test_an_ordinary_item_left_alone() -> None:
    """E1: issued before the holidays, due Tuesday 13 October."""
    life = Life("ordinary", at(9, 30, 16)).at(at(11, 1))
    assert life.rung == [
        ("10-09 00:00", "receipt lapse"),
        ("10-09 09:00", "result remind_3"),  # 10-10 is a working Saturday
        ("10-12 09:00", "result remind_1"),
        ("10-13 09:00", "result remind_0"),
        ("10-14 00:00", "result lapse"),
        ("10-15 00:00", "explanation lapse"),
        ("10-17 00:00", "result chief"),
    ]
    assert next_alarm(life.item) is None
    assert (life.item.escalation, life.item.lapsed) == (Escalation.CHIEF, True)


def test_a_directive_left_alone() -> None:
    """E8: the plan the next day, the result on Saturday the 28th, so on Monday the 30th."""
    life = Life("directive", at(11, 23, 10)).at(at(12, 20))
    assert life.rung == [
        ("11-24 09:00", "plan remind_0"),
        ("11-25 00:00", "plan lapse"),
        ("11-25 00:00", "receipt lapse"),
        ("11-25 09:00", "result remind_3"),
        ("11-27 09:00", "result remind_1"),
        ("11-30 09:00", "result remind_0"),
        ("12-01 00:00", "result lapse"),
        ("12-02 00:00", "explanation lapse"),
        ("12-04 00:00", "result chief"),
    ]


def test_every_rung_tells_whom_it_concerns() -> None:
    life = Life("directive", at(11, 23, 10)).at(at(12, 20))
    told = [(n.clock, n.rung, n.audience) for e in life.events[1:] for n in e.notices]
    unit, deputy = "unit:edu", "deputy:edu"
    assert told == [
        ("plan", "remind-0", (unit,)),
        ("plan", "lapse", ("office", unit)),
        ("receipt", "lapse", ("office", unit)),
        ("result", "remind-3", (unit,)),
        ("result", "remind-1", (unit,)),
        ("result", "remind-0", (unit,)),
        ("result", "lapse", (unit, "office", deputy)),
        ("explanation", "lapse", ("office", unit)),
        ("result", "chief", ("chief", "office")),
    ]
    assert all(n.due_version == 1 and not n.late for e in life.events[1:] for n in e.notices)


def test_a_late_plan_is_its_own_lateness() -> None:
    """R43: neither the item nor the deputy leader hears of it."""
    life = Life("directive", at(11, 23, 10)).at(at(11, 25, 9))
    assert (life.clock("plan").lapsed, life.item.lapsed) == (True, False)
    assert life.item.escalation is Escalation.NONE
    life.do("receive")
    assert "迟报" in life.do("submit_plan").summary
    assert (life.clock("plan").lapsed, life.clock("plan").running) == (True, False)


def test_the_very_instant_of_a_lapse() -> None:
    life = Life("ordinary", at(9, 30, 16)).at(at(10, 14) - SECOND)
    assert not life.item.lapsed
    life.do("receive")
    life.at(at(10, 14))
    assert life.item.lapsed
    assert life.clock("result").lapsed_at == at(10, 14)
    assert life.item.escalation is Escalation.DEPUTY
    assert "10月13日24时" in life.events[-1].summary


def test_the_lapse_demands_an_explanation_within_a_working_day() -> None:
    """The due day is day 0: its 24:00 belongs to it."""
    life = Life("ordinary", at(9, 30, 16)).at(at(10, 14))
    explanation = life.clock("explanation")
    assert (explanation.due_on, explanation.started_at) == (on(10, 14), at(10, 14))
    assert "请于2026年10月14日（周三）前说明原因" in life.events[-1].summary
    life.at(at(10, 14, 15)).do("explain_delay")
    assert not life.clock("explanation").running
    assert life.clock("result").due_version == 1, "an explanation moves no date (R28)"
    assert life.at(at(10, 16)).rung[-1] == ("10-14 00:00", "result lapse")


def test_an_explanation_filed_before_the_limit_suppresses_the_demand() -> None:
    life = Life("ordinary", at(9, 30, 16)).at(at(10, 13, 15))
    life.do("explain_delay")
    life.at(at(10, 14))
    assert life.item.clock("explanation") is None
    assert "请于" not in life.events[-1].summary


def test_reminders_at_or_before_issue_are_dropped() -> None:
    life = Life("dated", at(11, 19, 9), due_on=on(11, 20)).at(at(11, 21) - SECOND)
    assert life.rung == [("11-20 09:00", "result remind_0")], "D-1 at nine is the very issue"
    life = Life("dated", at(11, 19, 9) - SECOND, due_on=on(11, 20)).at(at(11, 21) - SECOND)
    assert [r for r in life.rung if "result" in r[1]] == [
        ("11-19 09:00", "result remind_1"),
        ("11-20 09:00", "result remind_0"),
    ]


def test_no_reminder_falls_on_a_day_of_rest() -> None:
    """E13: due on a holiday; D-1 is the last working day before, and the due day is not rung."""
    life = Life("dated", at(9, 1, 9), due_on=on(10, 3)).at(at(10, 20))
    assert [r for r in life.rung if r[1].startswith("result")] == [
        ("09-28 09:00", "result remind_3"),
        ("09-30 09:00", "result remind_1"),
        ("10-04 00:00", "result lapse"),
        ("10-11 00:00", "result chief"),  # 10-8, 10-9, 10-10 are the three working days
    ]


def test_reminders_follow_the_policy() -> None:
    policy = Policy(reminder_days=(5, 2), reminder_time=time(14, 30))
    life = Life("dated", at(11, 2, 9), policy=policy).at(at(11, 21) - SECOND)
    assert [r for r in life.rung if "remind" in r[1]] == [
        ("11-13 14:30", "result remind_5"),
        ("11-18 14:30", "result remind_2"),
    ]
    silent = Life("dated", at(11, 2, 9), policy=Policy(reminder_days=()))
    assert silent.at(at(11, 21)).rung == [
        ("11-04 00:00", "receipt lapse"),
        ("11-21 00:00", "result lapse"),
    ]


def test_a_limit_that_is_an_instant() -> None:
    life = Life("dated", at(11, 2, 9), due_on=None, due_at=at(11, 20, 15))
    clock = life.clock("result")
    assert (clock.due_at, clock.lapses_at, clock.due_on) == (
        at(11, 20, 15),
        at(11, 20, 15),
        on(11, 20),
    )
    assert [line.reason for line in clock.derivation] == ["指定时刻"]
    life.at(at(12, 1))
    assert [r for r in life.rung if "receipt" not in r[1]] == [
        ("11-17 09:00", "result remind_3"),
        ("11-19 09:00", "result remind_1"),
        ("11-20 09:00", "result remind_0"),
        ("11-20 15:00", "result lapse"),
        ("11-24 00:00", "explanation lapse"),  # day 0 Friday, day 1 Monday
        ("11-26 00:00", "result chief"),
    ]


def test_an_instant_in_another_zone_rings_by_the_district_s_clock() -> None:
    due = at(11, 20, 15)
    here = Life("dated", at(11, 2, 9), due_on=None, due_at=due)
    there = Life("dated", at(11, 2, 9), due_on=None, due_at=due.astimezone(UTC))
    assert here.at(at(12, 1)).rung == there.at(at(12, 1)).rung
    assert "11月20日15:00" in there.events[0].summary


def test_an_early_instant_has_no_reminder_on_its_day() -> None:
    life = Life("dated", at(11, 2, 9), due_on=None, due_at=at(11, 20, 8)).at(at(11, 20, 12))
    assert ("11-20 08:00", "result lapse") in life.rung
    assert "result remind_0" not in [r for _, r in life.rung]


def test_close_of_business() -> None:
    life = Life("ordinary", at(9, 30, 16), policy=Policy(close_of_business=time(17, 30)))
    assert life.clock("result").due_at == at(10, 13, 17, 30)
    life.at(at(10, 13, 17, 30))
    assert life.rung[-1] == ("10-13 17:30", "result lapse")
    assert life.clock("explanation").due_at == at(10, 14, 17, 30)


def test_the_chief_hears_of_it_after_three_working_days_of_silence_only() -> None:
    life = Life("ordinary", at(9, 30, 16)).at(at(10, 16, 20))
    life.hand_in()
    life.do("sign_off")
    life.at(at(10, 25))
    assert life.item.escalation is Escalation.DEPUTY
    assert (life.item.status, life.item.lapsed) == (Status.AWAITING_REVIEW, True)
    assert "逾期办结" in life.do("review").summary


def test_handing_in_late_is_not_enough() -> None:
    """Still open while the leader has not signed: the chief is told."""
    life = Life("ordinary", at(9, 30, 16)).at(at(10, 16, 20))
    life.hand_in()
    assert life.at(at(10, 17)).item.escalation is Escalation.CHIEF


def test_nothing_rings_twice_nor_after_the_end() -> None:
    life = Life("ordinary", at(9, 30, 16)).at(at(10, 14))
    assert ring(life.item, at(10, 14)) == []
    life.do("terminate_item", CHIEF)
    assert next_alarm(life.item) is None
    assert ring(life.item, at(12, 31)) == []
    assert life.item.running_clocks == ()


def test_the_alarm_of_operators_names_its_clock() -> None:
    life = Life("directive", at(11, 23, 10))
    assert next_alarm(life.item) == Alarm(at=at(11, 24, 9), summary="办理方案到期提醒")
    life.at(at(11, 24, 9))
    assert next_alarm(life.item) == Alarm(at=at(11, 25), summary="办理方案到期")


# Outages: what is missed is told once, and says that it is late.


def test_missed_reminders_collapse_into_one_marked_late() -> None:
    life = Life("dated", at(11, 2, 9)).at(at(11, 16)).outage(at(11, 19, 12))
    assert [r for r in life.rung if "result" in r[1]] == [("11-19 12:00", "result remind_1")]
    (notice,) = life.notices("remind-1")
    assert notice.late
    assert "系统补发，应于11月17日09:00提示" in notice.text
    assert life.at(at(11, 20, 9)).rung[-1] == ("11-20 09:00", "result remind_0")
    assert not life.notices("remind-0")[0].late


def test_a_missed_reminder_is_not_hidden_by_one_on_time() -> None:
    """Back one minute after D-1: D-3 was missed, and that is said."""
    life = Life("dated", at(11, 2, 9)).at(at(11, 16)).outage(at(11, 19, 9, 1))
    assert life.notices("remind-3") == []
    assert life.notices("remind-1")[0].late


def test_five_minutes_are_not_late() -> None:
    life = Life("dated", at(11, 2, 9)).at(at(11, 16)).outage(at(11, 17, 9, 5))
    assert not life.notices("remind-3")[0].late
    life = Life("dated", at(11, 2, 9)).at(at(11, 16)).outage(at(11, 17, 9, 5) + SECOND)
    assert life.notices("remind-3")[0].late


def test_reminders_missed_until_after_the_limit_collapse_into_the_lapse() -> None:
    life = Life("dated", at(11, 2, 9)).at(at(11, 16)).outage(at(11, 23, 10))
    assert [r for r in life.rung if "result" in r[1]] == [("11-23 10:00", "result lapse")]
    clock = life.clock("result")
    assert clock.rungs == ("remind-3", "remind-1", "remind-0", "lapse")
    assert clock.lapsed_at == at(11, 21), "missed when it was missed"
    assert clock.told_at == at(11, 23, 10)
    assert life.notices("lapse")[-1].late


@pytest.mark.parametrize(
    ("back", "chief"),
    [
        (at(11, 23, 10), at(11, 26)),  # three working days after the limit: later than the grace
        (at(11, 25, 10), at(11, 26, 10)),  # one whole working day after the deputy was told
        (at(11, 27, 15), at(11, 30, 15)),  # Friday afternoon to Monday afternoon
        (at(11, 28, 10), at(12, 1)),  # told on a Saturday: the whole of Monday
        (at(12, 10, 8), at(12, 11, 8)),
    ],
)
def test_after_an_outage_the_deputy_has_a_working_day_before_the_chief(
    back: datetime, chief: datetime
) -> None:
    life = Life("dated", at(11, 2, 9)).at(at(11, 20, 12)).outage(back)
    assert life.item.escalation.value == "deputy"
    alarms = [r.at for r in due_rungs(life.item, at(12, 31)) if r.name == "chief"]
    assert alarms == [chief]
    life.at(at(12, 31))
    assert life.item.escalation is Escalation.CHIEF
    assert not life.notices("chief")[0].late


def test_the_explanation_is_counted_from_when_the_unit_was_really_told() -> None:
    life = Life("dated", at(11, 2, 9)).at(at(11, 20, 12)).outage(at(11, 25, 10))
    assert life.clock("explanation").due_on == on(11, 26)


def test_an_act_after_an_outage_finds_what_should_have_rung() -> None:
    life = Life("dated", at(11, 2, 9)).at(at(11, 10))
    life.now = at(11, 23, 10)
    assert life.refused("request_extension", new_due_on=on(11, 30)) == "too_late_for_extension"
    life.do("receive")
    assert [e.act for e in life.events[-2:]] == ["lapse", "receive"]
    assert life.item.lapsed


# Entered after the event (R17, design §3.13).


def test_limits_past_at_issue_open_as_lapsed_without_a_burst() -> None:
    life = Life("ordinary", at(9, 30, 16), entered=at(11, 2, 9))
    assert life.rung == [("11-02 09:00", "receipt lapse"), ("11-02 09:00", "result lapse")]
    assert not any(n.late for e in life.events for n in e.notices)
    clock = life.clock("result")
    assert (clock.due_on, clock.lapsed_at, clock.told_at) == (on(10, 13), at(10, 14), at(11, 2, 9))
    assert life.clock("explanation").due_on == on(11, 3)
    assert (life.item.issued_at, life.item.entered_at) == (at(9, 30, 16), at(11, 2, 9))
    life.at(at(11, 30))
    assert ("11-03 09:00", "result chief") in life.rung


def test_reminders_before_the_entry_are_dropped() -> None:
    life = Life("dated", at(11, 2, 9), entered=at(11, 18, 9), due_on=on(11, 20)).at(at(11, 21))
    assert [r for r in life.rung if "result" in r[1]] == [
        ("11-19 09:00", "result remind_1"),
        ("11-20 09:00", "result remind_0"),
        ("11-21 00:00", "result lapse"),
    ]
    assert not life.notices("lapse")[-1].late


def test_a_limit_before_the_issue_is_accepted_where_that_is_said() -> None:
    life = Life("dated", at(11, 2, 9), due_on=on(10, 20), past_limit_accepted=True)
    assert life.item.lapsed
    assert life.clock("result").lapsed_at == at(10, 21)


def test_issued_ahead_of_time_everything_runs_from_the_issue() -> None:
    life = Life("ordinary", at(11, 9, 9), entered=at(11, 2, 9))
    assert life.clock("result").due_on == on(11, 16)
    assert [w.code for w in life.item.warnings] == ["issued_in_future"]
    life.at(at(11, 20))
    assert life.rung[0] == ("11-11 00:00", "receipt lapse")


@pytest.mark.parametrize(
    "act", ["receive", "explain_delay", "request_extension", "request_coordination", "remind"]
)
def test_before_its_issue_nobody_works_on_it(act: str) -> None:
    """Issued ahead (下达时间晚于录入): whoever ordered it may still put it off or end it."""
    life = Life("ordinary", at(11, 9, 9), entered=at(11, 2, 9)).at(at(11, 9, 8, 59))
    assert life.refused(act) == "not_yet_issued"
    assert life.refused(act, operator(act)) == "not_yet_issued"
    ended = life.copy()
    life.at(at(11, 9, 9)).do(act)
    ended.do("suspend_item")
    ended.do("resume_item")
    ended.do("terminate_item")
    assert ended.refused(act) == "terminated"
    assert ended.item.spent.unit == 0


# Moved: a new version whose ladder starts again; the original date and the lapse stay.


def test_a_moved_limit_starts_its_ladder_again() -> None:
    life = Life("dated", at(11, 2, 9)).at(at(11, 19, 12))
    life.do("request_coordination")
    life.do("answer_coordination", new_due_on=on(11, 27))
    clock = life.clock("result")
    assert (clock.due_on, clock.due_version, clock.rungs) == (on(11, 27), 2, ())
    assert clock.original_due_at == at(11, 20, 23, 59) + 59 * SECOND
    assert clock.moved_because == "区政府分管领导答复"
    life.at(at(12, 10))
    told = [n for e in life.events for n in e.notices if n.clock == "result"]
    versions = [(n.rung, n.due_version) for n in told]
    assert versions == [
        ("remind-3", 1),
        ("remind-1", 1),
        ("remind-3", 2),
        ("remind-1", 2),
        ("remind-0", 2),
        ("lapse", 2),
        ("chief", 2),
    ]


def test_a_limit_moved_after_its_lapse_lapses_again_at_the_new_date() -> None:
    """Late is late for ever, and the new date is a limit like any other."""
    life = Life("dated", at(11, 2, 9)).at(at(11, 23, 12))
    life.do("receive")
    life.do("request_coordination")
    life.do("answer_coordination", new_due_on=on(12, 4))
    clock = life.clock("result")
    assert (clock.lapsed, clock.lapsed_at, clock.passed) == (True, at(11, 21), False)
    assert (life.item.lapsed, life.item.escalation) == (True, Escalation.NONE)
    assert next_alarm(life.item) is not None
    life.at(at(12, 5))
    assert [r for r in life.rung if r[1].startswith("result")][-4:] == [
        ("12-01 09:00", "result remind_3"),
        ("12-03 09:00", "result remind_1"),
        ("12-04 09:00", "result remind_0"),
        ("12-05 00:00", "result lapse"),
    ]
    assert life.clock("result").lapsed_at == at(11, 21), "since when it is late"
    assert life.item.escalation is Escalation.DEPUTY
    assert life.clock("explanation-2").due_on == on(12, 7)
    assert life.at(at(12, 10)).item.escalation is Escalation.CHIEF


def test_a_limit_moved_after_its_lapse_may_be_met() -> None:
    life = Life("dated", at(11, 2, 9)).at(at(11, 23, 12))
    life.do("request_coordination")
    life.do("answer_coordination", new_due_on=on(12, 4))
    life.signed().do("review", OFFICE)
    assert life.item.lapsed
    assert "逾期办结" in life.events[-1].summary


def test_rework_starts_a_ladder_of_its_own() -> None:
    life = Life("dated", at(11, 2, 9)).at(at(11, 24))
    life.signed().do("review", accepted=False)
    assert life.item.escalation is Escalation.NONE, "the new limit is not missed yet"
    assert life.clock("rework").due_on == on(11, 27)
    life.at(at(11, 28))
    assert (life.rung[-1], life.item.escalation) == (
        ("11-28 00:00", "rework lapse"),
        Escalation.DEPUTY,
    )


def test_a_skewed_clock_never_goes_back() -> None:
    life = Life("ordinary", at(9, 30, 16)).at(at(10, 14))
    life.now = at(10, 13, 23)
    life.do("receive")
    assert life.item.as_of == at(10, 14)
    life.now = at(10, 14) + timedelta(hours=1)
    assert life.do("remind").at == life.now
