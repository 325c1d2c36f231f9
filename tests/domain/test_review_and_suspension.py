"""Review and return (T22–T23b), suspension to termination (T28, T29), reminders (T18)."""

from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

import pytest

from domain.clocks import DayKind
from domain.items import Escalation, Status
from domain.lifecycle import next_alarm, ring
from domain.policy import Policy
from domain.recalculation import apply_calendar
from tests.domain.life import CALENDAR, CHIEF, OFFICE, YEAR_2027, Life, at, on


def signed(kind: str = "ordinary") -> Life:
    return Life(kind, at(11, 2, 9)).at(at(11, 4, 9)).signed()


def test_sent_back_it_is_due_again_in_three_working_days() -> None:
    life = signed().at(at(11, 6, 9))
    done = life.do("review", accepted=False, comment="缺少验收材料。")
    clock = life.clock("rework")
    assert (clock.due_on, clock.rule, clock.day_kind) == (on(11, 11), "rework", DayKind.WORKING)
    assert (life.item.status, life.item.returns) == (Status.IN_PROGRESS, 1)
    assert life.item.handed_in.at is None
    assert done.notices[0].audience == ("unit:edu", "deputy:edu")
    life.signed().do("review", accepted=False, new_due_on=on(11, 30))
    assert life.clock("rework-2").due_on == on(11, 30)
    assert (life.item.returns, life.clock("result").lapsed) == (2, False)


def test_a_missed_rework_makes_the_item_late() -> None:
    life = signed().at(at(11, 6, 9))
    life.do("review", accepted=False)
    assert life.at(at(11, 12)).item.lapsed


def test_an_accepted_interim_opinion_meets_the_five_days_but_not_the_item() -> None:
    """T23b, R43."""
    life = Life("directive", at(11, 2, 9)).at(at(11, 4, 9))
    life.do("receive")
    life.do("submit_feedback", interim_opinion=True)
    life.do("sign_off")
    life.do("review", new_due_on=on(11, 30))
    assert (life.item.status, life.item.handed_in.interim) == (Status.IN_PROGRESS, False)
    assert not life.clock("result").running
    assert life.clock("result-2").rule == "named_date"
    life.at(at(11, 12))
    assert not life.item.lapsed
    life.signed().do("review")
    assert life.item.status is Status.CLOSED


def test_an_interim_opinion_that_came_late_gets_a_new_ladder_too() -> None:
    life = Life("directive", at(11, 2, 9)).at(at(11, 10, 9))
    life.do("receive")
    life.do("submit_feedback", interim_opinion=True)
    life.do("sign_off")
    life.do("review", new_due_on=on(11, 30))
    assert (life.item.lapsed, life.item.escalation) == (True, Escalation.NONE)


def test_an_interim_opinion_may_be_sent_back() -> None:
    life = Life("directive", at(11, 2, 9)).at(at(11, 4, 9))
    life.do("receive")
    life.do("submit_feedback", interim_opinion=True)
    life.do("sign_off")
    life.do("review", accepted=False)
    assert life.clock("rework").due_on == on(11, 9)


@pytest.mark.parametrize("kind", ["ordinary", "directive"])
def test_striking_off_tells_those_concerned(kind: str) -> None:
    done = signed(kind).do("review")
    chief = ("chief",) if kind == "directive" else ()
    assert done.notices[0].audience == ("unit:edu", "deputy:edu", *chief)


# Suspension: the days that were left are given back.


@pytest.mark.parametrize(
    ("facts", "suspended", "resumed", "due", "kind"),
    [
        # Ordinary, due Monday the 9th: three working days left on Wednesday.
        ({}, at(11, 4, 10), at(11, 17, 9), on(11, 20), DayKind.WORKING),
        # Resumed on a Saturday: Monday is the first of the three.
        ({}, at(11, 4, 10), at(11, 14, 9), on(11, 18), DayKind.WORKING),
        # Suspended on the due day itself: the day of resumption is the limit.
        ({}, at(11, 9, 10), at(11, 17, 9), on(11, 17), DayKind.NAMED),
        # … and a day of rest rolls.
        ({}, at(11, 9, 10), at(11, 14, 9), on(11, 16), DayKind.NAMED),
        # Dated the 20th: sixteen calendar days left, and the last is a Thursday.
        ({"kind": "dated"}, at(11, 4, 10), at(11, 17, 9), on(12, 3), DayKind.NAMED),
        # Eleven left of them, ending on a Saturday: a named date does not roll.
        ({"kind": "dated"}, at(11, 9, 10), at(11, 17, 9), on(11, 28), DayKind.NAMED),
        # An instant gets the whole of its last day.
        (
            {"kind": "dated", "due_on": None, "due_at": at(11, 20, 15)},
            at(11, 18, 10),
            at(11, 23, 9),
            on(11, 25),
            DayKind.NAMED,
        ),
        # A directive's five days are calendar days: five left on Wednesday.
        ({"kind": "directive"}, at(11, 4, 10), at(11, 17, 9), on(11, 23), DayKind.CALENDAR),
    ],
)
def test_the_days_left_are_given_back(
    facts: dict[str, Any], suspended: datetime, resumed: datetime, due: date, kind: DayKind
) -> None:
    life = Life(issued=at(11, 2, 9), **facts).at(at(11, 2, 10))
    life.do("receive")
    life.at(suspended).do("suspend_item", CHIEF)
    life.at(resumed).do("resume_item")
    clock = life.clock("result")
    assert (clock.due_on, clock.day_kind, clock.remaining) == (due, kind, None)
    assert (clock.due_version, clock.moved_because) == (2, "暂缓后恢复，按剩余天数计算")
    assert clock.lapses_at.date() > due
    assert clock.original_due_at == life.events[0].changes.clocks[0].due_at
    assert not life.item.lapsed


def test_nothing_rings_while_suspended() -> None:
    life = Life("directive", at(11, 2, 9)).at(at(11, 2, 10))
    life.do("suspend_item")
    assert next_alarm(life.item) is None
    assert ring(life.item, at(12, 31)) == []


def test_the_plan_too_gets_its_day_back() -> None:
    life = Life("directive", at(11, 2, 9)).at(at(11, 2, 10))
    life.do("suspend_item")
    life.at(at(11, 16, 9)).do("resume_item")
    assert (life.clock("plan").due_on, life.clock("receipt").due_on) == (on(11, 17), on(11, 17))
    assert life.item.status is Status.ISSUED


def test_resumed_with_a_new_date() -> None:
    life = Life("ordinary", at(11, 2, 9)).at(at(11, 4, 10))
    life.do("suspend_item")
    done = life.at(at(11, 17, 9)).do("resume_item", new_due_on=on(11, 30))
    assert life.clock("result").due_on == on(11, 30)
    assert "期限为11月30日24时" in done.summary


def test_a_new_date_for_what_has_none_running_is_refused() -> None:
    life = signed()
    life.do("suspend_item")
    assert life.refused("resume_item", new_due_on=on(11, 30)) == "no_running_deadline"
    life.do("resume_item")
    assert life.item.status is Status.AWAITING_REVIEW


def test_lapsed_before_it_stays_lapsed_and_the_chief_waits() -> None:
    """Suspended after the lapse: the chief is told a working day after the resumption."""
    life = Life("ordinary", at(11, 2, 9)).at(at(11, 10, 9))
    life.do("suspend_item")
    life.at(at(12, 10, 9)).do("resume_item")
    clock = life.clock("result")
    assert (clock.lapsed_at, clock.due_version, clock.passed) == (at(11, 10), 1, True)
    life.at(at(12, 31))
    assert life.rung[-1] == ("12-11 09:00", "result chief")
    assert not life.notices("chief")[0].late


def test_lapsed_and_resumed_with_a_new_date_the_ladder_starts_again() -> None:
    life = Life("ordinary", at(11, 2, 9)).at(at(11, 10, 9))
    life.do("suspend_item")
    life.at(at(12, 10, 9)).do("resume_item", new_due_on=on(12, 18))
    assert (life.item.lapsed, life.item.escalation) == (True, Escalation.NONE)
    assert life.at(at(12, 19)).item.escalation is Escalation.DEPUTY


def test_a_moved_lapsed_limit_is_frozen_like_any_other() -> None:
    life = Life("ordinary", at(11, 2, 9)).at(at(11, 10, 9))
    life.do("request_coordination")
    life.do("answer_coordination", new_due_on=on(11, 20))
    life.do("suspend_item")
    assert life.clock("result").remaining == 10
    life.at(at(12, 1, 9)).do("resume_item")
    assert life.clock("result").due_on == on(12, 11)


def test_resumed_after_business_has_closed() -> None:
    policy = Policy(close_of_business=time(17, 30))
    life = Life("ordinary", at(11, 2, 9), policy=policy).at(at(11, 9, 10))
    life.do("suspend_item")
    life.at(at(11, 17, 18)).do("resume_item")
    assert life.clock("result").due_on == on(11, 18)
    assert not life.item.lapsed


def test_suspended_twice_it_keeps_count() -> None:
    life = Life("ordinary", at(11, 2, 9)).at(at(11, 4, 10))
    life.do("suspend_item")
    life.at(at(11, 17, 9)).do("resume_item")
    life.at(at(11, 18, 9)).do("suspend_item")
    assert life.clock("result").remaining == 2
    life.at(at(11, 23, 9)).do("resume_item")
    assert life.clock("result").due_on == on(11, 25)


def test_suspended_before_its_issue_it_gains_no_days() -> None:
    life = Life("ordinary", at(11, 9, 9), entered=at(11, 2, 9)).at(at(11, 3, 9))
    life.do("suspend_item")
    assert life.clock("result").remaining == 5
    life.at(at(11, 4, 9)).do("resume_item")
    assert life.clock("result").due_on == on(11, 16)


def test_the_days_are_given_back_on_the_calendar_of_then() -> None:
    life = Life("ordinary", at(12, 28, 9)).at(at(12, 29, 9))
    life.do("suspend_item")
    life.happened(apply_calendar(life.item, YEAR_2027, OFFICE, life.now))
    assert life.clock("result").due_version == 1, "frozen: nothing to move"
    life.at(at(12, 31, 9)).do("resume_item")
    assert life.clock("result").due_on == on(1, 8, 2027)  # four days: 1-5 to 1-8
    assert life.clock("result").provisional is False


def test_a_date_years_away_stays_light() -> None:
    life = Life("dated", at(11, 2, 9), due_on=date(2035, 12, 31)).at(at(11, 3, 9))
    life.do("suspend_item")
    life.at(at(11, 4, 9)).do("resume_item")
    assert life.clock("result").due_on == date(2036, 1, 1), "a named date does not roll"
    assert len(life.clock("result").derivation) < 10


def test_termination_ends_everything() -> None:
    for prepare in ("receive", "suspend_item"):
        life = Life("ordinary", at(11, 2, 9)).at(at(11, 3, 9))
        life.do(prepare)
        done = life.do("terminate_item", OFFICE)
        assert (life.item.status, life.item.running_clocks) == (Status.TERMINATED, ())
        assert life.item.closed_at is None
        assert next_alarm(life.item) is None
        assert done.notices[0].audience == ("unit:edu", "deputy:edu")


# Reminders by the office (催办).


@pytest.mark.parametrize("form", ["phone", "item", "onsite", "other"])
def test_a_reminder_tells_the_unit(form: str) -> None:
    done = Life("ordinary").do("remind", form=form)
    assert done.notices[0].audience == ("unit:edu",)
    assert not done.covert


def test_a_covert_check_tells_the_unit_nothing() -> None:
    """R24."""
    life = Life("ordinary")
    before = life.item
    done = life.do("remind", form="covert", said="现场未见施工")
    assert (done.covert, done.notices) == (True, ())
    assert done.summary == "暗访核查（王科长）：现场未见施工"
    assert life.item == replace(before, seq=before.seq + 1), "and it moves nothing"


def test_calendar_is_not_shared_by_accident() -> None:
    assert Life().item.calendar == CALENDAR
