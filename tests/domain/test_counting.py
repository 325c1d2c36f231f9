"""Examples E1–E14 (domain.md §3), each with its derivation, and the options of the rules."""

from datetime import date, time

import pytest

from domain.calendar import CalendarYear, WorkingCalendar
from domain.clocks import (
    Counted,
    DayKind,
    Rule,
    collapse_warning,
    count_calendar,
    count_rule,
    date_warnings,
    day_zero,
    due_instant,
)
from domain.errors import Invalid
from domain.policy import Policy
from tests.domain.life import CALENDAR, at, days, on

REST, WEEKEND, WORK, MAKE_UP = "节假日休息", "周末休息", "工作日", "调休上班"
DAY_0 = "起算日，不计入"
ROLLED = "期限末日逢休息日，顺延至此"


def count(rule: Rule, start: date, policy: Policy = Policy()) -> Counted:
    return count_rule(rule, start, CALENDAR, policy)


def lines(counted: Counted) -> list[tuple[str, int | None, str]]:
    return [(f"{x.date:%m-%d}", x.counted, x.reason) for x in counted.derivation]


NATIONAL_DAY = [(f"10-0{n}", None, REST) for n in range(1, 8)]
AFTER_IT = [
    ("10-08", 1, WORK),
    ("10-09", 2, WORK),
    ("10-10", 3, MAKE_UP),
    ("10-11", None, WEEKEND),
    ("10-12", 4, WORK),
    ("10-13", 5, WORK),
]

ORDINARY = {
    "E1": (on(9, 30), on(10, 13), [("09-30", 0, DAY_0), *NATIONAL_DAY, *AFTER_IT]),
    "E2": (on(10, 3), on(10, 13), [("10-03", 0, DAY_0), *NATIONAL_DAY[3:], *AFTER_IT]),
    "E3": (
        on(10, 10),
        on(10, 16),
        [
            ("10-10", 0, DAY_0),
            ("10-11", None, WEEKEND),
            *((f"10-{11 + n}", n, WORK) for n in range(1, 6)),
        ],
    ),
    "E4": (
        on(9, 18),
        on(9, 24),
        [
            ("09-18", 0, DAY_0),
            ("09-19", None, WEEKEND),
            ("09-20", 1, MAKE_UP),
            *((f"09-{19 + n}", n, WORK) for n in range(2, 6)),
        ],
    ),
}


@pytest.mark.parametrize("example", ORDINARY)
def test_ordinary_examples(example: str) -> None:
    start, due, derivation = ORDINARY[example]
    counted = count(Rule.ORDINARY_RESULT, start)
    assert (counted.due_on, counted.day_kind, counted.provisional) == (due, DayKind.WORKING, False)
    assert lines(counted) == derivation
    assert date_warnings(counted, CALENDAR) == []


DIRECTIVES = {  # issued → plan, result, whether they fall on one day
    "E5": (on(9, 29), on(9, 30), on(10, 8), False),
    "E6": (on(9, 30), on(10, 8), on(10, 8), True),
    "E7": (on(11, 27), on(11, 30), on(12, 2), False),
    "E8": (on(11, 23), on(11, 24), on(11, 30), False),
    "E9": (on(10, 3), on(10, 8), on(10, 8), True),
}


@pytest.mark.parametrize("example", DIRECTIVES)
def test_directive_examples(example: str) -> None:
    start, plan_on, result_on, collapse = DIRECTIVES[example]
    plan, result = count(Rule.DIRECTIVE_PLAN, start), count(Rule.DIRECTIVE_RESULT, start)
    assert (plan.due_on, result.due_on) == (plan_on, result_on)
    assert {plan.day_kind, result.day_kind} == {DayKind.CALENDAR}
    warned = [w.code for w in collapse_warning(plan.due_on, result.due_on)]
    assert warned == (["timers_collapse"] if collapse else [])


def test_the_directive_of_e5_line_by_line() -> None:
    assert lines(count(Rule.DIRECTIVE_PLAN, on(9, 29))) == [
        ("09-29", 0, DAY_0),
        ("09-30", 1, "第1日（工作日）"),
    ]
    assert lines(count(Rule.DIRECTIVE_RESULT, on(9, 29))) == [
        ("09-29", 0, DAY_0),
        ("09-30", 1, "第1日（工作日）"),
        *((f"10-0{n}", n + 1, f"第{n + 1}日（{REST}）") for n in range(1, 5)),
        *((f"10-0{n}", None, f"顺延（{REST}）") for n in range(5, 8)),
        ("10-08", None, ROLLED),
    ]


def test_the_plan_of_e7_rolls_over_the_weekend() -> None:
    assert lines(count(Rule.DIRECTIVE_PLAN, on(11, 27))) == [
        ("11-27", 0, DAY_0),
        ("11-28", 1, f"第1日（{WEEKEND}）"),
        ("11-29", None, f"顺延（{WEEKEND}）"),
        ("11-30", None, ROLLED),
    ]


def test_the_options_of_e5() -> None:
    unrolled = count(Rule.DIRECTIVE_RESULT, on(9, 29), Policy(roll_calendar_days=False))
    assert (unrolled.due_on, len(unrolled.derivation)) == (on(10, 4), 6)
    working = count(Rule.DIRECTIVE_RESULT, on(9, 29), Policy(directive_in_working_days=True))
    assert (working.due_on, working.day_kind) == (on(10, 12), DayKind.WORKING)
    assert [n for _, n, _ in lines(working) if n] == [1, 2, 3, 4, 5]


def test_the_next_day_may_be_set_not_to_roll() -> None:
    assert count(Rule.DIRECTIVE_PLAN, on(11, 27), Policy(roll_next_day=False)).due_on == on(11, 28)
    urgent_only = Policy(roll_next_day_extra_urgent=False)
    dues = {
        urgency: count(Rule.DIRECTIVE_PLAN, on(11, 27), urgent_only.for_urgency(urgency)).due_on
        for urgency in ("normal", "urgent", "extra_urgent")
    }
    assert dues == {"normal": on(11, 30), "urgent": on(11, 30), "extra_urgent": on(11, 28)}


def test_e10_a_monthly_slot_rolls_forward() -> None:
    slot = count(Rule.SLOT_MONTH, on(9, 1))
    assert slot.due_on == on(9, 28)
    assert lines(slot) == [
        ("09-25", None, REST),
        ("09-26", None, REST),
        ("09-27", None, REST),
        ("09-28", None, "逢休息日，顺延至此"),
    ]
    back = count(Rule.SLOT_MONTH, on(9, 1), Policy(slot_rolls_forward=False))
    assert lines(back) == [("09-25", None, REST), ("09-24", None, "逢休息日，提前至此")]


def test_e11_the_year_end_rolls_back() -> None:
    for rule in (Rule.YEAR_END, Rule.SLOT_YEAR):
        end = count(rule, on(3, 1, 2028))
        assert (end.due_on, end.provisional) == (on(12, 29, 2028), True)
        assert lines(end) == [
            ("12-31", None, f"{WEEKEND}（暂定）"),
            ("12-30", None, f"{WEEKEND}（暂定）"),
            ("12-29", None, "逢休息日，提前至此"),
        ]
    assert count(Rule.YEAR_END, on(3, 1)).due_on == on(12, 31)


def test_e12_thirty_days_for_a_recheck() -> None:
    counted = count(Rule.RECHECK_30D, on(9, 5))
    assert counted.due_on == on(10, 8)
    derived = lines(counted)
    assert derived[0] == ("09-05", 0, DAY_0)
    assert derived[30] == ("10-05", 30, f"第30日（{REST}）")
    assert derived[31:] == [
        ("10-06", None, f"顺延（{REST}）"),
        ("10-07", None, f"顺延（{REST}）"),
        ("10-08", None, ROLLED),
    ]


def test_e13_a_named_date_is_not_moved_but_warned_of() -> None:
    counted = count(Rule.NAMED_DATE, on(10, 3))
    assert (counted.due_on, counted.day_kind) == (on(10, 3), DayKind.NAMED)
    assert lines(counted) == [("10-03", None, "指定日期，含当日；当日为节假日休息，指定日期不顺延")]
    assert [w.code for w in date_warnings(counted, CALENDAR)] == ["rest_day"]
    assert due_instant(counted.due_on, Policy(), at(9, 1))[0] == at(10, 3, 23, 59).replace(
        second=59
    )


def test_e14_a_year_without_a_notice_is_provisional() -> None:
    counted = count(Rule.ORDINARY_RESULT, on(12, 28))
    assert (counted.due_on, counted.provisional) == (on(1, 5, 2027), True)
    assert lines(counted) == [
        ("12-28", 0, DAY_0),
        ("12-29", 1, WORK),
        ("12-30", 2, WORK),
        ("12-31", 3, WORK),
        ("01-01", None, "元旦休息（暂定）"),
        ("01-02", None, f"{WEEKEND}（暂定）"),
        ("01-03", None, f"{WEEKEND}（暂定）"),
        ("01-04", 4, f"{WORK}（暂定）"),
        ("01-05", 5, f"{WORK}（暂定）"),
    ]
    assert [w.code for w in date_warnings(counted, CALENDAR)] == ["provisional"]


def test_only_what_hangs_on_an_unknown_year_is_provisional() -> None:
    """Without rolling, a calendar day is the same day whatever the notice says."""
    start = on(12, 30)
    assert count(Rule.DIRECTIVE_RESULT, start).provisional
    assert not count(Rule.DIRECTIVE_RESULT, start, Policy(roll_calendar_days=False)).provisional
    assert not count(Rule.NAMED_DATE, on(3, 1, 2027)).provisional


WEEKLY = {  # a day of the week → its slot (None: the whole week is rest)
    on(1, 2): on(1, 4),  # Friday rests, Sunday is worked instead
    on(1, 8): on(1, 9),
    on(2, 10): on(2, 13),
    on(2, 18): None,
    on(2, 25): on(2, 27),
    on(5, 2): on(4, 30),
    on(6, 17): on(6, 18),
    on(9, 22): on(9, 24),
    on(9, 30): on(9, 30),
    on(10, 6): on(10, 9),
    on(12, 30): on(12, 31),
}


@pytest.mark.parametrize("day", WEEKLY, ids=str)
def test_weekly_slots_of_2026(day: date) -> None:
    expected = WEEKLY[day]
    if expected is None:
        with pytest.raises(Invalid, match="slot_skipped"):
            count(Rule.SLOT_WEEK, day)
    else:
        assert count(Rule.SLOT_WEEK, day).due_on == expected


def test_a_weekly_slot_may_land_later_in_its_week() -> None:
    """Friday rests, Saturday works: the week's last working day is the Saturday."""
    calendar = WorkingCalendar(
        years=(
            CalendarYear(year=2026, notice="试", rest_days=(on(11, 6),), work_days=(on(11, 7),)),
        )
    )
    slot = count_rule(Rule.SLOT_WEEK, on(11, 4), calendar, Policy())
    assert slot.due_on == on(11, 7)
    assert lines(slot) == [
        ("11-06", None, REST),
        ("11-07", None, "逢休息日，改为本周最后一个工作日"),
    ]


MONTHLY = [
    on(1, 26), on(2, 25), on(3, 25), on(4, 27), on(5, 25), on(6, 25),
    on(7, 27), on(8, 25), on(9, 28), on(10, 26), on(11, 25), on(12, 25),
]  # fmt: skip


def test_monthly_and_quarterly_slots_of_2026() -> None:
    assert [count(Rule.SLOT_MONTH, on(m, 1)).due_on for m in range(1, 13)] == MONTHLY
    for month in range(1, 13):
        quarter = (month - 1) // 3 * 3 + 3
        assert count(Rule.SLOT_QUARTER, on(month, 14)).due_on == MONTHLY[quarter - 1]


def test_every_week_of_2026_has_a_slot_but_one() -> None:
    skipped = []
    for day in days(on(1, 5), on(12, 31)):
        try:
            slot = count(Rule.SLOT_WEEK, day).due_on
        except Invalid:
            skipped.append(day)
        else:
            assert slot.isocalendar()[:2] == day.isocalendar()[:2]
            assert CALENDAR.is_working(slot)
    assert tuple(skipped) == days(on(2, 16), on(2, 22))


def test_day_zero_is_the_date_of_issue_whatever_the_hour() -> None:
    assert day_zero(at(11, 6, 23, 59), Policy()) == on(11, 6)
    late = Policy(late_issue_counts_next_day=True)
    assert day_zero(at(11, 6, 17, 30), late, CALENDAR) == on(11, 6)
    assert day_zero(at(11, 6, 17, 31), late, CALENDAR) == on(11, 9), "Friday evening is Monday"
    assert day_zero(at(9, 30, 18), late, CALENDAR) == on(10, 8)
    early = Policy(late_issue_counts_next_day=True, close_of_business=time(16))
    assert day_zero(at(11, 5, 16, 30), early, CALENDAR) == on(11, 6)


def test_a_day_ends_at_midnight_or_at_close_of_business() -> None:
    due_at, lapses_at = due_instant(on(10, 13), Policy(), at(9, 30))
    assert (due_at, lapses_at) == (at(10, 13, 23, 59).replace(second=59), at(10, 14))
    closing = at(10, 13, 17, 30)
    policy = Policy(close_of_business=time(17, 30))
    assert due_instant(on(10, 13), policy, at(9, 30)) == (closing, closing)


def test_other_periods_of_working_days() -> None:
    dues = {
        rule: count(rule, on(9, 30)).due_on
        for rule in (Rule.RECEIPT, Rule.EXPLANATION, Rule.REWORK, Rule.AFTER_CIRCULAR)
    }
    assert dues == {
        Rule.RECEIPT: on(10, 8),
        Rule.EXPLANATION: on(10, 8),
        Rule.REWORK: on(10, 10),
        Rule.AFTER_CIRCULAR: on(10, 13),
    }


def test_a_count_of_many_days_shows_its_two_ends() -> None:
    """What is left of a date years away must not make the record heavy."""
    assert len(count_calendar(CALENDAR, on(1, 1), 62, roll=False).derivation) == 63
    assert len(count_calendar(CALENDAR, on(1, 1), 63, roll=False).derivation) == 2
    counted = count_calendar(CALENDAR, on(1, 1), 1000, roll=True)
    assert [line.counted for line in counted.derivation] == [0, 1000]
    assert counted.due_on == date(2028, 9, 27)
