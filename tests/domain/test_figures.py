"""What counts in a figure, entry by entry; whose time is whose, to the second; what is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from domain.burden import REPORTS, Ask, Asked, asked_by, weeks
from domain.clocks import Rule
from domain.figures import CIRCULAR, LIFTED, Case, FaultKind, Figure, faults, proof, told
from domain.spans import NOBODY, Share, WorkingDays, shares, spans
from tests.domain.life import CALENDAR, YEAR_2027, at

NOW = at(11, 2, 9)
DUE = at(10, 14, 23, 59)


@dataclass(frozen=True, kw_only=True)
class Line:
    """An entry as a test says it."""

    seq: int
    act: str
    at: datetime
    status: str
    outcome: str = "done"
    covert: bool = False
    settles: int | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
    changed: Mapping[str, Any] = field(default_factory=dict)


def case(*said: tuple[Any, ...], lead_unit: str = "edu", issued_at: datetime | None = None) -> Case:
    """An item of these entries: act, time, status, and what else there is to say."""
    lines: list[Line] = []
    before = "draft"
    for seq, (act, when, status, *more) in enumerate(said, start=1):
        extra = more[0] if more else {}
        changed = dict(extra.get("changed", {}))
        if lines and status != before:
            changed["status"] = [before, status]
        rest = {name: value for name, value in extra.items() if name != "changed"}
        lines.append(Line(seq=seq, act=act, at=when, status=status, changed=changed, **rest))
        before = status
    return Case(
        id="item",
        kind="ordinary",
        lead_unit=lead_unit,
        issued_at=issued_at or said[0][1],
        first_due_at=DUE,
        lines=tuple(lines),
    )


def amounts(of: Case, *figures: Figure) -> list[int]:
    return [proof(figure, told(of), NOW).amount for figure in figures]


ISSUE = ("issue", at(10, 8, 10), "issued")
RECEIVE = ("receive", at(10, 8, 12), "in_progress")
LAPSE = (
    "lapse",
    at(10, 15),
    "in_progress",
    {"body": {"clock": "result", "due_at": DUE.isoformat()}, "changed": {"lapsed": [False, True]}},
)
HAND_IN = ("submit_feedback", at(10, 16), "awaiting_sign_off", {"body": {"final": True}})
SIGN = ("sign_off", at(10, 17), "awaiting_review", {"body": {"approved": True}})
CLOSE = ("review", at(10, 18), "closed")


def test_late_is_late_until_a_paper_shows_that_it_was_not():
    late = case(ISSUE, RECEIVE, LAPSE)
    assert amounts(late, Figure.LAPSED, Figure.OVERDUE_NOW, Figure.NO_RESULT) == [1, 1, 1]
    assert proof(Figure.LAPSED, told(late), NOW).entries == (3,)
    moved = ("decide_extension", at(10, 15, 9), "in_progress",
             {"changed": {"due_at": [DUE.isoformat(), at(12, 1).isoformat()]}})  # fmt: skip
    assert amounts(case(ISSUE, RECEIVE, LAPSE, moved), Figure.LAPSED, Figure.OVERDUE_NOW) == [1, 0]
    closed = case(ISSUE, RECEIVE, LAPSE, HAND_IN, SIGN, CLOSE)
    settled = (Figure.CLOSED, Figure.CLOSED_ON_TIME, Figure.SETTLED, Figure.OVERDUE_NOW)
    assert amounts(closed, *settled) == [1, 0, 1, 0]
    paper = ("sign_off", at(10, 17), "awaiting_review",
             {"body": {"approved": True, "recorded_from_paper": {"file_id": "f"}},
              "changed": {"lapsed": [True, False]}})  # fmt: skip
    entered = case(ISSUE, RECEIVE, LAPSE, HAND_IN, paper, CLOSE)
    assert amounts(entered, Figure.CLOSED_ON_TIME, Figure.LAPSED) == [1, 0]
    assert faults(entered) == ()


def test_a_terminated_item_settles_nothing():
    ended = case(ISSUE, RECEIVE, LAPSE, ("terminate_item", at(10, 16), "terminated"))
    figures = (Figure.ISSUED, Figure.TERMINATED, Figure.DUE, Figure.SETTLED, Figure.OPEN)
    assert amounts(ended, *figures) == [1, 1, 0, 0, 0]


def test_what_was_taken_back_counts_no_more():
    """Neither as handed out, nor what an annulled act said; covert checks never count."""
    back = ("decide_return", at(10, 9), "draft", {"changed": {"misassigned": [0, 1]}})
    returned = case(ISSUE, ("return_assignment", at(10, 8, 11), "issued"), back)
    assert amounts(returned, Figure.ISSUED, Figure.UNSIGNED, Figure.MISASSIGNED) == [0, 0, 1]
    remind = ("remind", at(10, 9), "in_progress")
    urged = case(
        ISSUE,
        RECEIVE,
        remind,
        ("remind", at(10, 9), "in_progress", {"covert": True}),
        remind,
        ("annul_act", at(10, 9), "in_progress", {"settles": 5}),
        ("remind", at(10, 9), "in_progress", {"outcome": "refused"}),
        (CIRCULAR, at(10, 10), "in_progress", {"body": {"number": "3"}}),
        (CIRCULAR, at(10, 11), "in_progress", {"body": {"number": "4"}}),
        (LIFTED, at(10, 12), "in_progress", {"body": {"number": "4"}}),
    )
    assert proof(Figure.REMINDERS, told(urged), NOW).entries == (3,)
    assert proof(Figure.CIRCULARS, told(urged), NOW).entries == (8,)


@pytest.mark.parametrize(
    ("attachments", "paper", "missing"),
    [([], None, 1), (["a"], None, 0), ([], {"file_id": "f"}, 0), (None, None, 1)],
)
def test_a_result_without_paper(attachments, paper, missing):
    first = ("submit_feedback", at(10, 9), "in_progress",
             {"body": {"final": True, "attachments": ["old"]}})  # fmt: skip
    result = (*HAND_IN[:3], {"body": {"final": True, "attachments": attachments}})
    sign = (*SIGN[:3], {"body": {"approved": True, "recorded_from_paper": paper}})
    assert amounts(case(ISSUE, RECEIVE, first, result, sign, CLOSE), Figure.NO_REPORT) == [missing]
    assert amounts(case(ISSUE, RECEIVE, first, result, sign), Figure.NO_REPORT) == [0]


def test_faults_name_the_unit_that_had_it_then():
    receipt = ("lapse", at(10, 10), "issued",
               {"body": {"clock": "receipt", "due_at": at(10, 9, 23).isoformat()}})  # fmt: skip
    another = ("answer_coordination", at(10, 20), "issued",
               {"changed": {"lead_unit": ["edu", "road"]}})  # fmt: skip
    again = ("lapse", at(10, 25), "in_progress",
             {"body": {"clock": "rework-2", "due_at": at(10, 24).isoformat()}})  # fmt: skip
    handed_on = ("take_over", at(10, 26), "issued",
                 {"changed": {"lead_unit": ["road", "health"]}})  # fmt: skip
    rework = ("review", at(10, 24), "in_progress", {"changed": {"returns": [0, 1]}})
    of = case(
        *(ISSUE, receipt, RECEIVE, LAPSE, again, another, RECEIVE, rework, again, again),
        handed_on,
        lead_unit="health",
    )
    assert [(fault.kind, fault.unit, fault.seq) for fault in faults(of)] == [
        (FaultKind.MISSED, "edu", 2),
        (FaultKind.LATE, "edu", 4),
        (FaultKind.MISASSIGNED, "edu", 6),
        (FaultKind.REWORK, "road", 8),
        (FaultKind.LATE, "road", 9),
    ]


# --- whose time -----------------------------------------------------------------------------------


def told_spans(of: Case, now: datetime = NOW) -> list[tuple[str, str, datetime, datetime]]:
    return [(span.holder, span.unit, span.start, span.end) for span in spans(of, now)]


def test_a_life_is_parted_to_its_last_second():
    reopened = ("reopen", at(10, 25), "in_progress")
    of = case(
        ISSUE, RECEIVE, HAND_IN, SIGN, CLOSE, reopened, ("suspend_item", at(10, 28), "suspended")
    )
    assert told_spans(of) == [
        ("unit", "edu", at(10, 8, 10), at(10, 16)),
        ("deputy", "edu", at(10, 16), at(10, 17)),
        ("office", "edu", at(10, 17), at(10, 18)),
        (NOBODY, "edu", at(10, 18), at(10, 25)),
        ("unit", "edu", at(10, 25), at(10, 28)),
        ("suspended", "edu", at(10, 28), NOW),
    ]


def test_an_annulled_signature_moved_nothing():
    annulled = ("annul_act", at(10, 20), "awaiting_sign_off", {"settles": 4})
    of = case(ISSUE, RECEIVE, HAND_IN, SIGN, annulled)
    assert told_spans(of)[-1] == ("deputy", "edu", at(10, 16), NOW)


def test_what_is_issued_with_an_earlier_day_is_the_units_since_then():
    """Nobody's time is counted twice."""
    of = case(
        ("register", at(10, 8), "draft"),
        ("submit_for_approval", at(10, 9), "awaiting_approval"),
        ("approve_issue", at(10, 10), "issued", {"body": {"issued_at": at(10, 8, 12).isoformat()}}),
        issued_at=at(10, 8, 12),
    )
    assert told_spans(of) == [
        ("office", "edu", at(10, 8), at(10, 8, 12)),
        ("unit", "edu", at(10, 8, 12), NOW),
    ]


def test_what_is_issued_with_a_day_to_come_is_nobodys_until_then():
    assert told_spans(case(ISSUE, issued_at=at(11, 5))) == []
    of = case(
        ("register", at(10, 8), "draft"),
        ("approve_issue", at(10, 10), "issued", {"body": {"issued_at": at(10, 12).isoformat()}}),
        issued_at=at(10, 12),
    )
    assert told_spans(of) == [
        ("office", "edu", at(10, 8), at(10, 10)),
        (NOBODY, "edu", at(10, 10), at(10, 12)),
        ("unit", "edu", at(10, 12), NOW),
    ]


def test_another_units_time_is_its_own():
    another = ("take_over", at(10, 20), "issued", {"changed": {"lead_unit": ["edu", "road"]}})
    of = case(ISSUE, RECEIVE, another, lead_unit="road")
    assert told_spans(of) == [
        ("unit", "edu", at(10, 8, 10), at(10, 20)),
        ("unit", "road", at(10, 20), NOW),
    ]


def test_days_of_rest_are_no_working_time():
    days = WorkingDays(CALENDAR)
    of = case(("issue", at(9, 30, 12), "issued"))
    share = shares(spans(of, at(10, 9, 6)), days)
    # From noon of 9月30日 to 06:00 of 10月9日; the 1st to the 7th are rest.
    assert share == {"unit": Share(seconds=8 * 86_400 + 18 * 3600, working=42 * 3600)}


def test_counting_many_times_counts_alike():
    calendar = CALENDAR.with_year(YEAR_2027)
    days = WorkingDays(calendar)
    for start in (date(2025, 12, 30), date(2026, 1, 4), date(2026, 10, 1), date(2027, 1, 8)):
        for ahead in (-3, 0, 1, 9, 40, 400, 800):
            end = start + timedelta(days=ahead)
            assert days.between(start, end) == calendar.working_days_between(start, end)
        assert days.is_working(start) is calendar.is_working(start)


# --- what is asked --------------------------------------------------------------------------------


def test_every_rule_asks_for_something_or_for_nothing():
    asked = {rule: asked_by(rule) for rule in Rule}
    silent = {rule for rule, what in asked.items() if what is None}
    assert silent == {
        *(Rule.RECEIPT, Rule.RATIFICATION, Rule.RECHECK_30D, Rule.AFTER_CIRCULAR),
        *(Rule.LEADER_REPORT, Rule.HANDLING),
    }
    assert set(asked.values()) - {None} == REPORTS


def test_weeks_begin_with_monday():
    def ask(day: int, what: Asked, unit: str = "edu") -> Ask:
        return Ask(unit=unit, on=date(2026, 10, day), what=what)

    found = weeks(
        [
            (ask(12, Asked.RESULT), 2),
            (ask(18, Asked.REMINDER), 1),
            (ask(18, Asked.RESULT), 1),
            (ask(19, Asked.SLOT), 1),
            (ask(12, Asked.NOTICE, "fin"), 3),
        ]
    )
    assert [(w.unit, w.monday.day, w.reports, w.reminders) for w in found] == [
        ("edu", 12, 3, 1),
        ("edu", 19, 1, 0),
        ("fin", 12, 0, 3),
    ]
