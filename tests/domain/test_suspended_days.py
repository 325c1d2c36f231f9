"""The days given back after a suspension (T29), for every kind and rule: none lost, none moved; a
named date never rolls (domain.md §3)."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clocks import Clock, DayKind, Rule, count_rule, freeze, named, start_clock, thaw
from domain.items import Kind
from domain.lifecycle import next_alarm
from domain.policy import Policy
from domain.recalculation import apply_calendar
from tests.domain.life import ANY_DAY, CALENDAR, OFFICE, YEAR_2027, ZONE, Life, at, on

ISSUED = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31, 23, 59), timezones=st.just(ZONE))
POLICIES = st.sampled_from(
    [
        Policy(),
        Policy(edition="b", roll_calendar_days=False, roll_next_day=False),
        Policy(edition="c", directive_in_working_days=True),
        Policy(edition="d", close_of_business=time(17, 30)),
    ]
)
AHEAD = st.integers(0, 20)
COUNTED = [
    Rule.ORDINARY_RESULT,
    Rule.DIRECTIVE_PLAN,
    Rule.DIRECTIVE_RESULT,
    Rule.RECEIPT,
    Rule.EXPLANATION,
    Rule.REWORK,
    Rule.NAMED_DATE,
]


def limits(life: Life) -> list[tuple[str, date, datetime, int, DayKind]]:
    running = life.item.running_clocks
    return [(c.key, c.due_on, c.due_at, c.due_version, c.day_kind) for c in running]


@given(
    kind=st.sampled_from(ANY_DAY),
    issued=ISSUED,
    after=st.integers(0, 30 * 24),
    ahead=AHEAD,
    instant=st.booleans(),
    urgency=st.sampled_from(["normal", "extra_urgent"]),
    policy=POLICIES,
)
def test_suspended_and_resumed_in_the_same_instant_nothing_has_moved(
    kind: Kind,
    issued: datetime,
    after: int,
    ahead: int,
    policy: Policy,
    urgency: str,
    *,
    instant: bool,
) -> None:
    limit: dict[str, Any] = {}
    if kind is Kind.DATED:
        due = issued + timedelta(days=ahead, minutes=1)
        limit = {"due_on": None, "due_at": due} if instant else {"due_on": due.date()}
    life = Life(kind, issued, policy=policy, urgency=urgency, **limit)
    life.at(issued + timedelta(hours=after))
    before, alarm = limits(life), next_alarm(life.item)
    reasons = [c.derivation for c in life.item.running_clocks]
    life.do("suspend_item")
    life.do("resume_item")
    assert limits(life) == before
    assert [c.derivation for c in life.item.running_clocks] == reasons
    later = next_alarm(life.item)
    if alarm and not life.item.lapsed:  # the chief's day of grace begins anew
        assert later == alarm


@given(
    rule=st.sampled_from(COUNTED),
    issued=ISSUED,
    suspended=st.integers(0, 20),
    resumed=st.integers(0, 40),
    policy=POLICIES,
)
def test_the_days_left_are_given_back(
    rule: Rule, issued: datetime, suspended: int, resumed: int, policy: Policy
) -> None:
    clock = started(rule, issued, policy)
    begin = issued + timedelta(days=suspended)
    if begin >= clock.lapses_at:
        return
    end = begin + timedelta(days=resumed)
    frozen = freeze(clock, CALENDAR, begin)
    given = thaw(frozen, CALENDAR, policy, end)
    assert given.remaining is None
    assert given.lapses_at > end
    assert (given.day_kind is DayKind.NAMED) >= (rule is Rule.NAMED_DATE), "it stays a named date"
    if not frozen.remaining:
        return
    if clock.day_kind is DayKind.WORKING:
        left = CALENDAR.working_days_between(end.date(), given.due_on)
        assert left == CALENDAR.working_days_between(begin.date(), clock.due_on)
        return
    exact = end.date() + (clock.due_on - begin.date())
    assert given.due_on == (CALENDAR.on_or_after(exact) if clock.rolls else exact)


def started(rule: Rule, issued: datetime, policy: Policy) -> Clock:
    start = issued.date() + timedelta(days=9) if rule is Rule.NAMED_DATE else issued.date()
    counted = count_rule(rule, start, CALENDAR, policy)
    return start_clock(
        key="x", rule=rule, unit="edu", started_at=issued, counted=counted, policy=policy
    )


@pytest.mark.parametrize("suspended", [at(9, 30, 9), at(10, 3, 9)])
def test_a_named_day_of_rest_stays_one(suspended: datetime) -> None:
    """E13, rule 7: 10月3日 is a holiday and stays the limit."""
    life = Life("dated", at(9, 28, 9), due_on=on(10, 3)).at(suspended)
    life.do("suspend_item")
    life.do("resume_item")
    assert life.clock("result").due_on == on(10, 3)


def test_given_back_a_named_date_says_why_and_does_not_roll() -> None:
    life = Life("dated", at(11, 2, 9), due_on=on(11, 20)).at(at(11, 3, 9))
    life.do("suspend_item")
    life.at(at(11, 5, 9)).do("resume_item")
    clock = life.clock("result")
    assert (clock.due_on, clock.day_kind, clock.rule) == (on(11, 22), DayKind.NAMED, "named_date")
    assert [line.reason for line in clock.derivation] == [
        "指定日期，暂缓时剩余17日，自11-05起续算，含当日；当日为周末休息，指定日期不顺延"
    ]


def test_an_instant_is_kept_where_no_day_was_lost() -> None:
    life = Life("dated", at(11, 2, 9), due_on=None, due_at=at(11, 20, 15)).at(at(11, 20, 9))
    life.do("suspend_item")
    kept = life.copy().at(at(11, 20, 14))
    kept.do("resume_item")
    assert kept.clock("result").lapses_at == at(11, 20, 15)
    life.at(at(11, 20, 16)).do("resume_item")
    assert life.clock("result").lapses_at == at(11, 21), "it passed meanwhile: the whole day"


def test_a_calendar_loaded_meanwhile_makes_the_kept_date_firm() -> None:
    life = Life("ordinary", at(12, 25, 9)).at(at(12, 30, 9))
    assert life.clock("result").provisional
    life.do("suspend_item")
    life.happened(apply_calendar(life.item, YEAR_2027, OFFICE, life.now))
    life.do("resume_item")
    clock = life.clock("result")
    assert (clock.due_on, clock.provisional) == (on(1, 5, 2027), False)


def test_named_counts_nothing() -> None:
    counted = named(CALENDAR, on(10, 3), "指定日期")
    assert (counted.count, counted.count_from, counted.day_kind) == (None, None, DayKind.NAMED)
