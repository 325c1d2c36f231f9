"""A calendar loaded, an edition changed (design §3.6, §3.19): what moves, and what stays."""

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest

from domain.calendar import CalendarYear
from domain.errors import DomainError, Refused
from domain.items import Event
from domain.policy import Policy
from domain.recalculation import apply_calendar, change_edition
from tests.domain.life import ADMIN, OFFICE, YEAR_2026, YEAR_2027, Life, at, on


def load(life: Life, year: CalendarYear = YEAR_2027) -> Event:
    done = apply_calendar(life.item, year, ADMIN, life.now)
    life.happened(done)
    return next(e for e in done if e.act == "apply_calendar")


def edit(life: Life, **settings: Any) -> Event:
    policy = replace(Policy(), edition="2027-01-01", **settings)
    done = change_edition(life.item, policy, "区政府修订", OFFICE, life.now)
    life.happened(done)
    return next(e for e in done if e.act == "change_edition")


def december(kind: str = "ordinary", **facts: Any) -> Life:
    """E14: issued on Monday 28 December, due provisionally on Tuesday 5 January."""
    return Life(kind, at(12, 28, 9), **facts).at(at(12, 29, 9))


def test_e14_moves_and_keeps_both_dates_and_the_reason() -> None:
    life = december()
    assert [w.code for w in life.item.warnings] == ["provisional"]
    done = load(life)
    clock = life.clock("result")
    assert (clock.due_on, clock.provisional) == (on(1, 6, 2027), False)
    assert clock.original_due_at == at(1, 6, year=2027) - timedelta(seconds=1)
    assert (clock.due_version, clock.set_at) == (2, at(12, 29, 9))
    assert clock.moved_because == "2027年放假安排（国办发明电〔2026〕9号）"
    assert clock.derivation[-3].reason == "节假日休息"
    assert "办理结果期限由2027年1月5日24时改为2027年1月6日24时" in done.summary
    (notice,) = done.notices
    assert notice.audience == ("unit:edu", "deputy:edu", "office")
    assert life.item.warnings == (), "it is provisional no more"
    assert (done.actor, life.item.calendar.years[-1]) == (ADMIN, YEAR_2027)


def test_the_ladder_follows_the_new_date() -> None:
    life = december()
    load(life)
    life.at(at(1, 31, year=2027))
    assert [r for r in life.rung if r[1].startswith("result")] == [
        ("12-30 09:00", "result remind_3"),
        ("01-05 09:00", "result remind_1"),
        ("01-06 09:00", "result remind_0"),
        ("01-07 00:00", "result lapse"),
        ("01-10 00:00", "result chief"),  # the 7th, the 8th and Saturday the 9th are worked
    ]


def test_the_same_date_becomes_firm_without_a_word() -> None:
    life = december()
    quiet = replace(YEAR_2027, rest_days=(on(1, 1, 2027),), work_days=())
    done = load(life, quiet)
    clock = life.clock("result")
    assert (clock.due_on, clock.due_version, clock.provisional) == (on(1, 5, 2027), 1, False)
    assert (done.notices, life.item.warnings) == ((), ())
    assert done.summary.endswith("各项期限不变。")


def test_what_does_not_move() -> None:
    named = december("dated", due_on=on(1, 3, 2027))
    instant = december("dated", due_on=None, due_at=at(1, 3, 12, year=2027))
    for life in (named, instant):
        load(life)
        assert life.clock("result").due_version == 1
    met = december()
    met.signed()
    load(met)
    assert met.clock("result").due_version == 1
    lapsed = december().at(at(1, 6, year=2027))
    assert lapsed.item.lapsed
    load(lapsed)
    assert (lapsed.clock("result").due_version, lapsed.clock("result").provisional) == (1, True)


@pytest.mark.parametrize("end", ["review", "terminate_item"])
def test_ended_items_never_change(end: str) -> None:
    life = december()
    if end == "review":
        life.signed()
    life.do(end, OFFICE)
    for again in (load, edit):
        with pytest.raises(Refused, match=r"closed|terminated"):
            again(life)


def test_what_is_due_rings_before_it_is_counted_again() -> None:
    """The limit passed while nothing ran: a lapse is a fact, whatever is loaded afterwards."""
    life = december()
    life.now = at(1, 6, 9, year=2027)
    load(life)
    assert life.item.lapsed
    assert life.clock("result").due_on == on(1, 5, 2027)


def test_no_date_moves_into_the_past() -> None:
    """Loaded on 5 January, the notice makes Saturday the 2nd a working day: the limit would have
    been yesterday."""
    early = replace(YEAR_2027, rest_days=(on(1, 1, 2027),), work_days=(on(1, 2, 2027),))
    life = december().at(at(1, 5, 9, year=2027))
    load(life, early)
    clock = life.clock("result")
    assert not life.item.lapsed
    assert (clock.due_on, clock.due_version, clock.provisional) == (on(1, 5, 2027), 1, False)
    assert clock.derivation[-1].reason == "重新计算的日期已过，以此日为限"
    assert (clock.count_from, clock.count) == (None, None), "it is counted no more"
    assert life.at(at(1, 6, year=2027)).item.lapsed


def test_a_date_that_passes_this_instant_has_passed() -> None:
    early = replace(YEAR_2027, rest_days=(on(1, 1, 2027),), work_days=(on(1, 2, 2027),))
    life = december().at(at(1, 5, year=2027))
    load(life, early)
    assert not life.item.lapsed


def test_a_suspended_item_takes_the_calendar_along() -> None:
    life = december()
    life.do("suspend_item")
    load(life)
    assert life.clock("result").due_version == 1
    assert YEAR_2027 in life.item.calendar.years


def test_a_year_that_is_there_already_is_refused() -> None:
    life = december()
    load(life)
    with pytest.raises(Refused, match="calendar_not_applicable"):
        load(life)
    with pytest.raises(Refused, match="calendar_not_applicable"):
        load(life, YEAR_2026)
    load(life, replace(YEAR_2027, edition=2, work_days=()))


def test_a_corrected_notice_moves_running_items_of_this_year_too() -> None:
    life = Life("ordinary", at(9, 30, 16)).at(at(10, 8, 9))
    without = replace(YEAR_2026, edition=2, work_days=YEAR_2026.work_days[:-1])
    load(life, without)
    assert life.clock("result").due_on == on(10, 14), "10-10 is worked no more"


# Another edition of the rules.


def test_another_edition_counts_by_its_own_rules() -> None:
    life = Life("directive", at(9, 29, 10)).at(at(9, 29, 12))
    done = edit(life, directive_in_working_days=True)
    assert life.clock("result").due_on == on(10, 12)
    assert life.item.policy.edition == "2027-01-01"
    assert "改用2027-01-01版规则：区政府修订" in done.summary
    assert life.clock("result").moved_because == "改用2027-01-01版规则：区政府修订"
    edit(life, roll_calendar_days=False)
    assert life.clock("result").due_on == on(10, 4)
    edit(life)
    assert (life.clock("result").due_on, life.clock("result").due_version) == (on(10, 8), 4)


def test_another_count_may_give_the_same_date() -> None:
    """From Monday, five calendar days and five working days both end on the next Monday."""
    life = Life("directive", at(11, 2, 9)).at(at(11, 3, 9))
    edit(life, directive_in_working_days=True)
    clock = life.clock("result")
    assert (clock.due_on, clock.due_version) == (on(11, 9), 1)
    assert (clock.day_kind, clock.derivation[-1].counted) == ("working", 5)


def test_another_edition_may_set_another_period() -> None:
    life = Life("ordinary", at(11, 2, 9)).at(at(11, 3, 9)).signed()
    life.do("review", accepted=False)
    assert life.clock("rework").due_on == on(11, 6)
    edit(life, rework_working_days=5)
    assert life.clock("rework").due_on == on(11, 10)


def test_another_end_of_the_day_moves_the_limit_to_it() -> None:
    life = Life("ordinary", at(11, 2, 9)).at(at(11, 3, 9))
    edit(life, close_of_business=time(17, 30))
    clock = life.clock("result")
    assert (clock.due_at, clock.due_version) == (at(11, 9, 17, 30), 2)


def test_urgency_counts_in_another_edition_as_at_issue() -> None:
    policy = Policy(roll_next_day_extra_urgent=False)
    life = Life("directive", at(11, 27, 9), urgency="extra_urgent", policy=policy)
    assert life.clock("plan").due_on == on(11, 28)
    edit(life, roll_next_day_extra_urgent=False, explanation_working_days=2)
    assert life.clock("plan").due_version == 1
    edit(life)
    assert life.clock("plan").due_on == on(11, 30)


def test_days_given_back_stay_as_many_as_they_were() -> None:
    life = Life("directive", at(11, 2, 9)).at(at(11, 4, 9))
    life.do("suspend_item")
    life.at(at(11, 17, 9)).do("resume_item")
    due = life.clock("result").due_on
    assert life.clock("result").count == 5
    life.at(at(11, 18, 9)).do("suspend_item")
    life.at(at(11, 19, 9)).do("resume_item")
    assert life.clock("result").count == 5
    life.at(at(11, 20, 9)).do("suspend_item")
    life.at(at(11, 20, 10)).do("resume_item")
    assert life.clock("result").count == 5, "no day was lost: counted as before"
    life.do("suspend_item")
    life.at(at(11, 21, 10)).do("resume_item")
    assert life.clock("result").count == 4
    edit(life, directive_in_working_days=True)
    assert life.clock("result").count == 4
    assert life.clock("result").day_kind == "calendar"
    assert due == on(11, 23)


def test_reminders_of_the_new_edition_that_would_be_past_are_not_owed() -> None:
    life = Life("dated", at(11, 2, 9)).at(at(11, 16, 12))
    edit(life, reminder_days=(10, 5, 2))
    life.at(at(11, 19))
    assert [r for r in life.rung if "remind" in r[1]] == [("11-18 09:00", "result remind_2")]
    assert not life.notices("remind-2")[0].late


def test_the_same_edition_is_refused() -> None:
    life = december()
    with pytest.raises(Refused, match="same_edition"):
        change_edition(life.item, Policy(), "无", OFFICE, life.now)


def test_nothing_is_left_behind_by_a_refusal() -> None:
    life = december()
    load(life)
    before = life.item
    with pytest.raises(DomainError):
        load(life)
    assert life.item == before


def test_seq_goes_on() -> None:
    life = december()
    load(life)
    edit(life, explanation_working_days=2)
    assert [e.seq for e in life.events] == list(range(1, len(life.events) + 1))
    assert life.item.seq == len(life.events)
    assert isinstance(life.clock("result").due_on, date)
