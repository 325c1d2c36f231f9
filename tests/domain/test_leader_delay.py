"""A leader's delay is not the unit's (O6, design §3.8), and the time ledger that shows whose it
was."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.items import Escalation, Status
from domain.lifecycle import next_alarm
from domain.policy import Policy
from tests.domain.life import DEPUTY, OFFICE, SECOND, Life, at, on

DUE = on(11, 20)  # a Friday


def handed_in(when: datetime, **more: Any) -> Life:
    life = Life("dated", at(11, 2, 9), **more).at(when)
    life.hand_in()
    return life


def test_handed_in_a_working_day_before_the_item_does_not_lapse() -> None:
    life = handed_in(at(11, 19, 23, 59)).at(at(11, 21))
    assert life.rung[-1] == ("11-21 00:00", "result leader_waiting")
    (notice,) = life.notices("leader_waiting")
    assert notice.audience == ("deputy:edu", "office")
    assert (life.item.lapsed, life.item.escalation) == (False, Escalation.NONE)
    assert next_alarm(life.item) is None
    life.at(at(11, 25, 10)).do("sign_off")
    assert life.clock("result").stopped_at == at(11, 19, 23, 59), "stopped at hand-in"
    life.do("review")
    assert not life.item.lapsed
    assert "按期办结" in life.events[-1].summary


def test_handed_in_later_it_lapses_at_the_limit() -> None:
    life = handed_in(at(11, 20, 0, 1)).at(at(11, 21))
    assert life.rung[-1] == ("11-21 00:00", "result lapse")
    life.at(at(11, 23, 9)).do("sign_off")
    assert life.clock("result").stopped_at == at(11, 23, 9), "stopped at the signature"
    assert life.item.lapsed


def test_signed_before_the_limit_it_is_on_time_however_late_the_hand_in() -> None:
    life = handed_in(at(11, 20, 15)).at(at(11, 20, 16))
    life.do("sign_off")
    assert life.clock("result").stopped_at == at(11, 20, 16)
    life.at(at(11, 30)).do("review")
    assert not life.item.lapsed


@pytest.mark.parametrize(
    ("due", "hand_in", "in_time"),
    [
        (on(11, 20), at(11, 19, 9), True),
        (on(11, 20), at(11, 20, 0, 0), False),
        (on(11, 23), at(11, 22, 20), True),  # Sunday evening: the leader has all of Monday
        (on(11, 23), at(11, 20, 9), True),
        (on(10, 3), at(9, 30, 9), False),  # due on a holiday: no working day is left to sign in
        (on(10, 3), at(9, 29, 9), True),
    ],
)
def test_in_time_means_a_whole_working_day_for_the_leader(
    due: object, hand_in: datetime, *, in_time: bool
) -> None:
    life = Life("dated", at(9, 1, 9), due_on=due).at(hand_in)
    life.hand_in()
    assert life.item.handed_in.in_time is in_time


def test_the_window_is_a_setting() -> None:
    assert not handed_in(
        at(11, 18, 9), policy=Policy(leader_delay_working_days=3)
    ).item.handed_in.in_time
    assert handed_in(
        at(11, 17, 9), policy=Policy(leader_delay_working_days=3)
    ).item.handed_in.in_time


def test_switched_off_the_leader_s_delay_counts() -> None:
    life = handed_in(at(11, 10, 9), policy=Policy(leader_delay_spared=False)).at(at(11, 21))
    assert life.item.lapsed
    life.at(at(11, 23, 9)).do("sign_off")
    assert life.clock("result").stopped_at == at(11, 23, 9)


def test_a_refusal_after_the_limit_lapses_it_then() -> None:
    life = handed_in(at(11, 18, 9)).at(at(11, 25, 10))
    life.do("sign_off", approved=False)
    assert life.rung[-1] == ("11-25 10:00", "result lapse")
    clock = life.clock("result")
    assert (clock.lapsed_at, clock.told_at) == (at(11, 25, 10), at(11, 25, 10))
    (notice,) = [n for n in life.notices("lapse") if n.clock == "result"]
    assert not notice.late, "nobody was told late: it lapsed just now"
    assert life.clock("explanation").due_on == on(11, 26), "counted from the refusal"
    life.at(at(12, 5))
    assert life.rung[-1] == ("12-01 00:00", "result chief"), "three working days from the refusal"


def test_a_refusal_before_the_limit_only_sends_it_back() -> None:
    life = handed_in(at(11, 18, 9)).at(at(11, 19, 10))
    life.do("sign_off", approved=False)
    assert (life.item.status, life.item.handed_in.at) == (Status.IN_PROGRESS, None)
    assert life.at(at(11, 21)).rung[-1] == ("11-21 00:00", "result lapse")
    assert life.clock("result").lapsed_at == at(11, 21)


def test_handed_in_again_too_late_it_lapses() -> None:
    life = handed_in(at(11, 18, 9)).at(at(11, 20, 10))
    life.do("sign_off", approved=False)
    life.hand_in()
    assert life.at(at(11, 21)).rung[-1] == ("11-21 00:00", "result lapse")


def test_while_the_leader_has_it_the_reminders_are_his() -> None:
    life = handed_in(at(11, 12, 9)).at(at(11, 21) - SECOND)
    assert [n.audience for r in (3, 1, 0) for n in life.notices(f"remind-{r}")] == [
        ("deputy:edu", "office")
    ] * 3


def test_a_plan_is_owed_no_more_once_the_result_is_there() -> None:
    """五(三): handing in the result on the first day, the unit cannot report a plan any more."""
    life = Life("directive", at(11, 23, 10)).at(at(11, 23, 15))
    life.hand_in()
    assert life.clock("plan").stopped_at == at(11, 23, 15)
    assert life.refused("submit_plan") == "awaiting_sign_off"
    assert not life.at(at(11, 26)).clock("plan").lapsed


def test_progress_leaves_the_plan_owed() -> None:
    life = Life("directive", at(11, 23, 10)).at(at(11, 23, 15))
    life.do("receive")
    life.do("submit_feedback")
    assert life.at(at(11, 25)).clock("plan").lapsed


def test_a_second_limit_spares_the_unit_as_the_first_did() -> None:
    """Lapsed once, moved by a leader, then handed in early: O6 holds for the new date too."""
    life = Life("dated", at(11, 2, 9)).at(at(11, 23, 9))
    life.do("request_coordination")
    life.do("answer_coordination", new_due_on=on(12, 4))
    life.at(at(12, 1, 9)).hand_in()
    life.at(at(12, 8))
    assert life.rung[-1] == ("12-05 00:00", "result leader_waiting")


# 代录: the office records a signature on paper.


def paper(when: datetime) -> dict[str, Any]:
    return {"recorded_from_paper": {"signed_at": when, "file_id": "扫描件-3"}}


def test_the_office_records_a_signature_on_paper() -> None:
    life = handed_in(at(11, 20, 9)).at(at(11, 20, 17))
    assert life.refused("sign_off", OFFICE) == "paper_record_required"
    done = life.do("sign_off", OFFICE, **paper(at(11, 20, 15)))
    assert "督查室代录纸质签批" in done.summary
    assert done.at == at(11, 20, 17)
    assert life.clock("result").stopped_at == at(11, 20, 15), "both times are kept"


def test_what_a_paper_record_cannot_say() -> None:
    life = handed_in(at(11, 18, 9)).at(at(11, 19, 17))
    assert life.refused("sign_off", DEPUTY, **paper(at(11, 19, 15))) == "paper_record_not_allowed"
    assert life.refused("sign_off", OFFICE, **paper(at(11, 17, 9))) == "signed_before_hand_in"
    assert life.refused("sign_off", OFFICE, **paper(at(11, 19, 18))) == "signed_in_future"
    ancient = datetime(1, 1, 1, tzinfo=UTC)
    assert life.refused("sign_off", OFFICE, **paper(ancient)) == "signed_before_hand_in"
    latest = datetime(9999, 12, 31, 23, tzinfo=UTC)
    assert life.refused("sign_off", OFFICE, **paper(latest)) == "signed_in_future"


def test_the_minute_on_paper_may_be_that_of_the_hand_in() -> None:
    life = handed_in(at(11, 20, 9) + 40 * SECOND).at(at(11, 20, 17))
    life.do("sign_off", OFFICE, **paper(at(11, 20, 9).astimezone(UTC)))
    stopped = life.clock("result").stopped_at
    assert stopped == at(11, 20, 9) + 40 * SECOND


def test_a_paper_refusal_sends_it_back() -> None:
    life = handed_in(at(11, 18, 9)).at(at(11, 19, 17))
    life.do("sign_off", OFFICE, approved=False, **paper(at(11, 19, 15)))
    assert life.item.status is Status.IN_PROGRESS


def entered_late(when: datetime) -> Life:
    """Handed in at 9 on the due day, lapsed at midnight, the paper entered ``when``."""
    return handed_in(at(11, 20, 9)).at(when)


def test_signed_in_time_and_entered_late_it_was_not_late() -> None:
    """R17, design §3.8: the paper's own time is what counts."""
    life = entered_late(at(11, 21, 10))
    assert (life.item.lapsed, life.item.escalation) == (True, Escalation.DEPUTY)
    done = life.do("sign_off", OFFICE, **paper(at(11, 20, 16)))
    clock = life.clock("result")
    assert (clock.stopped_at, clock.lapsed_at, clock.passed) == (at(11, 20, 16), None, False)
    assert (life.item.lapsed, life.item.escalation) == (False, Escalation.NONE)
    assert life.clock("explanation").withdrawn
    assert done.summary == (
        "分管领导已阅签（督查室代录纸质签批），报送督查室审核。"
        "签批时间11月20日16:00早于期限，系事后补录，此前所记逾期予以撤销，不再要求未办结说明。"
    )
    assert done.notices[0].audience == ("office", "unit:edu", "deputy:edu")
    life.do("review")
    assert "按期办结" in life.events[-1].summary


def test_the_chief_who_was_told_is_told_again() -> None:
    life = entered_late(at(11, 30, 10))
    assert life.item.escalation is Escalation.CHIEF
    done = life.do("sign_off", OFFICE, **paper(at(11, 20, 23, 59)))
    assert done.notices[0].audience == ("office", "unit:edu", "deputy:edu", "chief")
    assert (life.item.lapsed, life.item.escalation) == (False, Escalation.NONE)
    assert not life.clock("explanation").lapsed, "it should never have been asked for"


@pytest.mark.parametrize("signed", [at(11, 21), at(11, 21, 9)])
def test_signed_late_it_stays_late(signed: datetime) -> None:
    life = entered_late(at(11, 23, 10))
    life.do("sign_off", OFFICE, **paper(signed))
    assert (life.item.lapsed, life.item.escalation) == (True, Escalation.DEPUTY)
    assert not life.clock("explanation").withdrawn
    life.do("review")
    assert "逾期办结" in life.events[-1].summary


def test_handed_in_late_no_paper_makes_it_early() -> None:
    life = Life("dated", at(11, 2, 9)).at(at(11, 21, 9))
    life.hand_in()
    life.at(at(11, 21, 12))
    assert life.refused("sign_off", OFFICE, **paper(at(11, 20, 16))) == "signed_before_hand_in"
    life.do("sign_off", OFFICE, **paper(at(11, 21, 9)))
    assert life.item.lapsed


def test_an_earlier_lapse_stays_where_only_the_later_was_none() -> None:
    life = Life("dated", at(11, 2, 9)).at(at(11, 23, 9))
    life.do("request_coordination")
    life.do("answer_coordination", new_due_on=on(11, 27))
    life.at(at(11, 27, 9)).hand_in()
    life.at(at(11, 28, 9))
    assert life.clock("result").passed
    life.do("sign_off", OFFICE, **paper(at(11, 27, 16)))
    clock = life.clock("result")
    assert (clock.passed, clock.lapsed_at, life.item.escalation) == (
        False,
        at(11, 21),
        Escalation.NONE,
    )


def test_moved_since_the_first_limit_was_met_too() -> None:
    """Signed before the first limit, which lapsed and was moved before the paper came."""
    life = entered_late(at(11, 23, 9))
    life.do("request_coordination")
    life.do("answer_coordination", new_due_on=on(11, 27))
    life.do("sign_off", OFFICE, **paper(at(11, 20, 16)))
    assert not life.item.lapsed


# The time ledger.


def test_whose_the_time_was_adds_up_to_the_whole() -> None:
    life = Life("dated", at(11, 2, 9)).at(at(11, 4, 9))
    life.hand_in()  # two days with the unit
    life.at(at(11, 5, 9)).do("sign_off", approved=False)  # one with the leader
    life.at(at(11, 6, 9)).hand_in()  # one with the unit
    life.at(at(11, 9, 9)).do("suspend_item")  # three with the leader
    life.at(at(11, 13, 9)).do("resume_item")  # four suspended
    life.at(at(11, 14, 9)).do("sign_off")  # one with the leader
    life.at(at(11, 19, 9)).do("review")  # five with the office
    spent, day = life.item.spent, timedelta(days=1).total_seconds()
    assert (spent.unit, spent.deputy, spent.suspended, spent.office) == (
        3 * day,
        5 * day,
        4 * day,
        5 * day,
    )
    assert life.item.closed_at == at(11, 19, 9)
    assert sum((spent.unit, spent.deputy, spent.suspended, spent.office)) == 17 * day


def test_the_ledger_begins_with_the_issue_not_with_the_entry() -> None:
    life = Life("dated", at(11, 2, 9), entered=at(11, 4, 9)).at(at(11, 5, 9))
    life.do("terminate_item")
    assert life.item.spent.unit == timedelta(days=3).total_seconds()
