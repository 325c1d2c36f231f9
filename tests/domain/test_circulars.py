"""通报 and 落实不力 (R38, R50–R52, C14): who may what, when; and that the ledger adds up and loses
nothing, whatever is done."""

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from domain.circular_acts import CIRCULAR_ACTS, CircularBody, CircularCommand, Terms
from domain.circular_life import STAGE_CODES, TELLING, answered, begin, decide, next_alarm, ring
from domain.circular_moves import MOVES, recheck_until
from domain.circular_records import SealedCircularAct
from domain.circular_state import Circular, Happened
from domain.circulars import (
    GROUND_NAMES,
    HOLD_NAMES,
    LINE_NAMES,
    OUTCOME_NAMES,
    PUBLICATION_NAMES,
    STAGE_NAMES,
    TONE_NAMES,
    CircularEntry,
    Draft,
    Ground,
    Hold,
    LineKind,
    PointsTable,
    Publication,
    RecheckOutcome,
    Stage,
    Tone,
    points_of,
    points_text,
    running,
)
from domain.errors import DomainError, Invalid
from domain.items import Actor, Role
from domain.policy import Policy
from domain.seal import Seals
from tests.domain.life import (
    ADMIN,
    CALENDAR,
    CHIEF,
    DEPUTY,
    INSPECTOR,
    OFFICE,
    OTHER_DEPUTY,
    OTHER_UNIT,
    STAFF,
    THIRD_PARTY,
    UNIT,
    at,
    on,
)

HEAD = replace(OFFICE, username="head2", name="副主任")
BODIES: dict[str, TypeAdapter[CircularBody]] = {
    name: TypeAdapter(act.body) for name, act in CIRCULAR_ACTS.items()
}
SAID: dict[str, dict[str, Any]] = {
    "revise_circular": {"entries": []},
    "submit_circular": {},
    "approve_circular": {"approved": True, "comment": "同意。"},
    "issue_circular": {"publication": "public"},
    "withdraw_circular": {"reason": "依据有误。"},
    "correct_circular": {"entry": 1, "facts": "逾期三日未报。", "reason": "笔误。"},
    "receive_circular": {},
    "answer_deduction": {"deduction": 1, "text": "管线未迁。"},
    "request_recheck": {"deduction": 1, "reason": "已提前报告。"},
    "decide_recheck": {"deduction": 1, "outcome": "upheld", "opinion": "事实清楚。"},
    "deduct_further": {"entry": 1, "proposal": 7, "reason": "仍未办结。"},
}
BY = {
    "revise_circular": STAFF,
    "submit_circular": STAFF,
    "approve_circular": CHIEF,
    "issue_circular": OFFICE,
    "withdraw_circular": OFFICE,
    "correct_circular": OFFICE,
    "receive_circular": UNIT,
    "answer_deduction": UNIT,
    "request_recheck": UNIT,
    "decide_recheck": HEAD,
    "deduct_further": OFFICE,
}
UNITS = ("edu", "road", "fin")


def entry(no: int = 1, unit: str = "edu", **changed: Any) -> CircularEntry:
    made = CircularEntry(
        no=no,
        item_id=f"item-{no}",
        item_number=f"政督〔2026〕{no}号",
        item_title="校舍安全改造",
        unit=unit,
        unit_name=unit,
        tone=Tone.CRITICISE,
        ground=Ground.G4,
        facts="逾期未报。",
    )
    return replace(made, **changed)


ENTRIES = (
    entry(),
    entry(2, "road", ground=Ground.G1),
    entry(3, "fin", tone=Tone.PRAISE, ground=None),
)
TERMS = Terms(calendar=CALENDAR, units=UNITS)


@dataclass
class Life:
    """A circular, and all that has happened to it."""

    entries: tuple[CircularEntry, ...] = ENTRIES
    terms: Terms = TERMS
    now: datetime = at(11, 2, 10)
    happened: list[Happened] = field(default_factory=list)
    ledger: dict[int, list[tuple[LineKind, int]]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.take([begin("c", self.command("draft_circular", STAFF, entries=[]), self.now)])

    @property
    def circular(self) -> Circular:
        return self.happened[-1].after

    def command(self, act: str, who: Actor | None = None, **said: Any) -> CircularCommand:
        return CircularCommand(
            act=act,
            body=BODIES[act].validate_python({**SAID.get(act, {}), **said}),
            actor=who or BY[act],
            draft=Draft(title="督查通报", entries=self.entries),
            terms=self.terms,
        )

    def take(self, happened: list[Happened]) -> None:
        self.happened += happened
        for one in happened:
            for line in one.lines:
                self.ledger[line.deduction].append((line.kind, line.points))

    def do(self, act: str, who: Actor | None = None, **said: Any) -> Happened:
        self.take(decide(self.circular, self.command(act, who, **said), self.now))
        return self.happened[-1]

    def refused(self, act: str, who: Actor | None = None, **said: Any) -> str:
        before = self.circular
        with pytest.raises(DomainError) as caught:
            decide(before, self.command(act, who, **said), self.now)
        return caught.value.code

    def at(self, when: datetime) -> "Life":
        while (alarm := next_alarm(self.circular)) and alarm.at <= when:
            self.take(ring(self.circular, alarm.at))
        self.now = when
        return self

    def points(self, no: int = 1) -> list[tuple[str, int]]:
        return [(kind.value, points) for kind, points in self.ledger[no]]


def to_draft(life: Life) -> None:
    pass


def to_awaiting(life: Life) -> None:
    life.do("submit_circular")


def to_approved(life: Life) -> None:
    to_awaiting(life)
    life.do("approve_circular")


def to_issued(life: Life) -> None:
    to_approved(life)
    life.do("issue_circular")


def to_withdrawn(life: Life) -> None:
    to_issued(life)
    life.do("withdraw_circular")


def to_discarded(life: Life) -> None:
    life.do("withdraw_circular")


TO = {
    Stage.DRAFT: to_draft,
    Stage.AWAITING_APPROVAL: to_awaiting,
    Stage.APPROVED: to_approved,
    Stage.ISSUED: to_issued,
    Stage.WITHDRAWN: to_withdrawn,
    Stage.DISCARDED: to_discarded,
}
D, A, P, ISSUED, W, X = (s.value for s in Stage)
CODES = tuple(STAGE_CODES[s] for s in Stage)
NOT_DRAFT, NOT_OPEN = CODES[1:], CODES[4:]
# What comes of each act in each stage: the next stage, or the code.
TABLE: dict[str, tuple[str, ...]] = {
    "revise_circular": (D, *NOT_DRAFT),
    "submit_circular": (A, *NOT_DRAFT),
    "approve_circular": (CODES[0], P, *CODES[2:]),
    "issue_circular": (*CODES[:2], ISSUED, *CODES[3:]),
    "withdraw_circular": (X, X, X, W, *NOT_OPEN),
    "correct_circular": (*CODES[:3], ISSUED, *NOT_OPEN),
    "receive_circular": (*CODES[:3], ISSUED, *NOT_OPEN),
    "answer_deduction": (*CODES[:3], ISSUED, *NOT_OPEN),
    "request_recheck": (*CODES[:3], ISSUED, *NOT_OPEN),
    "decide_recheck": (*CODES[:3], "no_recheck_pending", *NOT_OPEN),
    "deduct_further": (*CODES[:3], ISSUED, *NOT_OPEN),
}


def life_in(stage: Stage, **more: Any) -> Life:
    life = Life(**more)
    TO[stage](life)
    assert life.circular.stage is stage
    return life


@pytest.mark.parametrize("act", TABLE)
def test_every_act_in_every_stage(act: str) -> None:
    for stage, expected in zip(Stage, TABLE[act], strict=True):
        life = life_in(stage)
        if expected in set(Stage):
            life.do(act)
            assert life.circular.stage == expected, stage
        else:
            assert life.refused(act) == expected, stage


def test_the_tables_are_complete() -> None:
    assert set(TABLE) == set(MOVES) == set(CIRCULAR_ACTS) - {"draft_circular"}
    assert set(MOVES) >= TELLING
    for names, of in (
        (STAGE_NAMES, Stage),
        (TONE_NAMES, Tone),
        (GROUND_NAMES, Ground),
        (PUBLICATION_NAMES, Publication),
        (LINE_NAMES, LineKind),
        (HOLD_NAMES, Hold),
        (OUTCOME_NAMES, RecheckOutcome),
    ):
        assert set(names) == set(of)


PEOPLE = (OFFICE, STAFF, UNIT, DEPUTY, CHIEF, INSPECTOR, THIRD_PARTY, ADMIN)
MAY = {
    "draft_circular": {"office", "staff"},
    "revise_circular": {"office", "staff"},
    "submit_circular": {"office", "staff"},
    "approve_circular": {"office", "zhang"},
    "issue_circular": {"office"},
    "withdraw_circular": {"office", "zhang"},
    "correct_circular": {"office", "zhang"},
    "receive_circular": {"edu"},
    "answer_deduction": {"edu"},
    "request_recheck": {"edu"},
    "decide_recheck": {"office", "zhang", "li"},
    "deduct_further": {"office"},
}


@pytest.mark.parametrize("act", MAY)
def test_every_act_by_everybody(act: str) -> None:
    assert set(MAY) == set(CIRCULAR_ACTS)
    for who in PEOPLE:
        said: dict[str, Any] = {"entries": []} if act == "draft_circular" else {}
        life = Life()
        command = life.command(act, who, **said)
        try:
            if act == "draft_circular":
                begin("c", command, life.now)
            else:
                decide(life.circular, command, life.now)
            code = ""
        except DomainError as error:
            code = error.code
        may = code not in {"not_your_role", "head_required"}
        assert may is (who.username in MAY[act]), (who.username, code)
        assert code != "head_required" or who is STAFF


def test_nobody_approves_what_he_wrote_and_criticism_is_the_chief_leader_s() -> None:
    life = Life()
    life.do("revise_circular", OFFICE)
    life.do("submit_circular", OFFICE)
    assert life.refused("approve_circular", OFFICE) == "own_circular"
    assert life.refused("approve_circular", HEAD) == "chief_must_approve"
    life.do("approve_circular", CHIEF, approved=False)
    assert life.circular.stage is Stage.DRAFT
    praise = Life(entries=(ENTRIES[2],))
    praise.do("submit_circular")
    praise.do("approve_circular", HEAD)
    assert praise.circular.stage is Stage.APPROVED
    free = Life(terms=replace(TERMS, policy=Policy(criticism_needs_chief=False)))
    free.do("submit_circular")
    free.do("approve_circular", HEAD)
    assert free.circular.approved_by == "副主任"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ((entry(ground=None),), "ground_required"),
        ((entry(ground=Ground.STILL_OPEN),), "ground_required"),
        ((entry(tone=Tone.INFORM),), "ground_not_applicable"),
        ((entry(tone=Tone.PRAISE, ground=None, new_due_on=on(11, 9)),), "ground_not_applicable"),
        ((entry(new_due_on=on(11, 1)),), "due_not_after_now"),
        ((entry(), replace(entry(2), item_id="item-1")), "same_entry"),
    ],
)
def test_what_no_circular_can_say(wrong: tuple[CircularEntry, ...], code: str) -> None:
    with pytest.raises(Invalid, match=code):
        Life(entries=wrong)


def test_an_empty_one_is_not_submitted() -> None:
    assert Life(entries=()).refused("submit_circular") == "no_entries"


def test_only_criticism_costs_points() -> None:
    """R38, R52: praise and information stand in it, too."""
    life = life_in(Stage.ISSUED)
    made = [(d.unit, d.ground, d.points, d.year) for d in life.circular.deductions]
    assert made == [("edu", Ground.G4, 20, 2026), ("road", Ground.G1, 50, 2026)]
    assert life.points(1) == [("deducted", 20)]
    issue = life.happened[-1]
    assert issue.notices[0].audience == ("unit:edu", "unit:road", "unit:fin", "chief", "office")
    assert [n.audience for n in issue.notices[1:]] == [
        ("unit:edu", "deputy:edu"),
        ("unit:road", "deputy:road"),
    ]
    assert "扣0.20分" in issue.notices[1].text
    dearer = Life(terms=replace(TERMS, points=PointsTable(g4=35)))
    to_issued(dearer)
    assert dearer.points(1) == [("deducted", 35)]


def test_why_it_is_not_public_is_said() -> None:
    """R57."""
    with pytest.raises(Invalid, match="blank_text"):
        Life().command("issue_circular", publication="none")
    life = life_in(Stage.APPROVED)
    life.do("issue_circular", publication="on_request", publication_reason="涉及个人。")
    assert life.circular.publication is Publication.ON_REQUEST


def test_a_correction_changes_words_and_nothing_else() -> None:
    life = life_in(Stage.ISSUED)
    before = life.circular
    done = life.do("correct_circular", CHIEF)
    assert done.summary == "更正第1条：“逾期未报。”更正为“逾期三日未报。”。笔误。"
    assert done.notices[0].audience[:3] == ("unit:edu", "unit:road", "unit:fin")
    after = life.circular
    assert (after.version, after.deductions) == (before.version + 1, before.deductions)
    assert after.draft.entries[1:] == before.draft.entries[1:]
    assert life.refused("correct_circular") == "nothing_revised"
    assert life.refused("correct_circular", entry=9) == "no_such_entry"
    with pytest.raises(Invalid, match="nothing_revised"):
        life.command("correct_circular", facts=None)
    life.do("request_recheck")
    third = replace(HEAD, username="third")
    life.do("correct_circular", third, requirement="立即办结。", facts=None)
    assert life.refused("decide_recheck", third) == "took_part"


def test_a_unit_signs_once_and_answers_once() -> None:
    life = life_in(Stage.ISSUED)
    life.do("receive_circular")
    assert life.refused("receive_circular") == "circular_received"
    stranger = replace(UNIT, unit="nowhere")
    assert life.refused("receive_circular", stranger) == "not_your_unit"
    assert life.refused("answer_deduction", OTHER_UNIT) == "not_your_unit"
    assert life.refused("answer_deduction", deduction=9) == "no_such_deduction"
    life.do("answer_deduction")
    assert life.refused("answer_deduction") == "already_answered"


def test_an_answer_has_its_time_and_late_ones_are_kept() -> None:
    life = life_in(Stage.ISSUED)
    assert {d.answer_due_on for d in life.circular.deductions} == {on(11, 9)}
    life.do("answer_deduction")
    life.at(at(11, 10, 9))
    missed = [h for h in life.happened if h.act == "answer_missed"]
    assert [(h.at, h.notices[0].audience) for h in missed] == [
        (at(11, 10, 0), ("office", "unit:road"))
    ]
    life.do("answer_deduction", OTHER_UNIT, deduction=2)
    answers = [d.answer.late for d in life.circular.deductions if d.answer]
    assert answers == [False, True]


def test_a_recheck_holds_the_deduction_until_somebody_else_decides() -> None:
    """C14."""
    life = life_in(Stage.ISSUED)
    life.do("request_recheck")
    assert life.points() == [("deducted", 20), ("held", -20)]
    assert life.refused("request_recheck") == "recheck_pending"
    for who in (OFFICE, CHIEF):
        assert life.refused("decide_recheck", who) == "took_part"
    assert life.refused("decide_recheck", STAFF) == "head_required"
    assert life.refused("decide_recheck", DEPUTY) == "in_charge_of_the_unit"
    stand_in = HEAD.acting_for(CHIEF)
    assert life.refused("decide_recheck", stand_in) == "took_part"
    assert life.refused("decide_recheck", outcome="changed", points=20) == "same_points"
    assert life.refused("decide_recheck", outcome="changed", points=21) == "recheck_not_heavier"
    life.do("decide_recheck", OTHER_DEPUTY)
    assert life.points()[2:] == [("released", 20)]
    assert life.refused("request_recheck") == "recheck_decided"
    assert life.refused("decide_recheck") == "no_recheck_pending"


@pytest.mark.parametrize(
    ("said", "lines", "standing"),
    [
        ({"outcome": "upheld"}, [("released", 20)], 20),
        ({"outcome": "changed", "points": 5}, [("released", 20), ("changed", -15)], 5),
        ({"outcome": "revoked"}, [("released", 20), ("revoked", -20)], 0),
    ],
)
def test_upheld_changed_revoked(
    said: dict[str, Any], lines: list[tuple[str, int]], standing: int
) -> None:
    life = life_in(Stage.ISSUED)
    life.do("request_recheck")
    life.do("decide_recheck", **said)
    assert life.points() == [("deducted", 20), ("held", -20), *lines]
    (first, _) = life.circular.deductions
    assert (first.standing, first.ended) == (standing, said["outcome"] == "revoked")
    if first.ended:
        assert life.refused("answer_deduction") == "deduction_ended"


def test_not_held_where_the_rules_say_so() -> None:
    life = life_in(Stage.ISSUED, terms=replace(TERMS, policy=Policy(held_for_recheck=False)))
    life.do("request_recheck")
    assert life.points() == [("deducted", 20)]
    life.do("decide_recheck", outcome="revoked")
    assert life.points()[1:] == [("revoked", -20)]


def test_thirty_days_from_receipt_and_late_ones_are_marked() -> None:
    """C14: day 0 is that of the receipt; without one no time has begun."""
    life = life_in(Stage.ISSUED)
    (first, _) = life.circular.deductions
    assert recheck_until(life.circular, first) is None
    life.at(at(11, 4, 9)).do("receive_circular")
    assert recheck_until(life.circular, first) == on(12, 4)
    late = life_in(Stage.ISSUED)
    late.do("receive_circular")
    late.at(at(12, 3, 9)).do("request_recheck")
    life.at(at(12, 4, 9)).do("request_recheck")
    asked = [one.circular.deductions[0].recheck for one in (life, late)]
    assert [r.late for r in asked if r] == [False, True]


def test_a_recheck_undecided_for_thirty_days_is_told_once() -> None:
    life = life_in(Stage.ISSUED)
    life.do("request_recheck")
    life.at(at(12, 20, 9))
    told = [h for h in life.happened if h.act == "recheck_overdue"]
    assert [(h.at, h.notices[0].audience) for h in told] == [(at(12, 3, 0), ("office", "chief"))]


def test_while_a_leader_s_answer_is_awaited_it_is_held() -> None:
    """The switch (off unless the office turns it on)."""
    waits = replace(TERMS, waiting=("item-1",))
    assert life_in(Stage.ISSUED, terms=waits).points() == [("deducted", 20)]
    on_ = replace(waits, policy=Policy(held_for_obstacle=True))
    life = life_in(Stage.ISSUED, terms=on_)
    assert life.points() == [("deducted", 20), ("held", -20)]
    assert [d.no for d in life.circular.held_for_obstacles] == [1]
    life.do("request_recheck")
    assert life.points()[2:] == [("held", 0)]
    life.do("decide_recheck", outcome="changed", points=10)
    assert life.points()[3:] == [("released", 0), ("changed", 0)]
    assert answered(life.circular, ("item-1",), life.now) == []
    life.take(answered(life.circular, (), life.now))
    assert life.points()[5:] == [("released", 10)]


def test_a_further_deduction_is_a_person_s() -> None:
    """R53: once for each entry."""
    life = life_in(Stage.ISSUED)
    assert life.refused("deduct_further", entry=3) == "no_such_entry"
    life.do("deduct_further")
    assert life.points(3) == [("deducted", 100)]
    assert life.circular.deduction(3).proposal == 7
    assert life.refused("deduct_further") == "further_deducted"
    life.do("request_recheck", OTHER_UNIT, deduction=2)
    life.do("decide_recheck", deduction=2, outcome="revoked")
    assert life.refused("deduct_further", entry=2) == "deduction_ended"


def test_withdrawn_each_deduction_is_taken_back_by_a_line() -> None:
    """R52: never by deletion."""
    life = life_in(Stage.ISSUED)
    life.do("request_recheck")
    life.do("withdraw_circular", CHIEF)
    assert life.points(1) == [("deducted", 20), ("held", -20), ("withdrawn", 0)]
    assert life.points(2) == [("deducted", 50), ("withdrawn", -50)]
    assert life.circular.ended
    assert next_alarm(life.circular) is None


def test_after_the_year_s_assessment_it_is_closed() -> None:
    life = life_in(Stage.ISSUED)
    life.do("request_recheck")
    life.at(at(1, 2, 9, year=2028))
    assert not life.circular.closed, "not while a 复核 is pending"
    life.do("decide_recheck")
    life.at(at(1, 2, 10, year=2028))
    assert life.happened[-1].act == "close_circular"
    assert life.refused("answer_deduction", OTHER_UNIT, deduction=2) == "circular_closed"
    assert next_alarm(life.circular) is None


def test_points_are_exact() -> None:
    for text, points in (("0.5", 50), ("1", 100), ("0.05", 5), ("100.00", 10_000)):
        assert points_of(text) == points
    for wrong in ("-1", "0.005", "100.01", "1e2", "", ".5", "１"):
        with pytest.raises(Invalid, match="bad_points"):
            points_of(wrong)
    assert [points_text(n) for n in (0, 5, -20, 10_000)] == ["0.00", "0.05", "-0.20", "100.00"]
    with pytest.raises(Invalid, match="bad_points"):
        PointsTable(g1=-1)


@given(st.integers(-10_000, 10_000))
def test_points_read_as_they_are(points: int) -> None:
    assert round(float(points_text(points)) * 100) == points


def test_what_is_sealed_is_whole() -> None:
    seals = Seals("k" * 32)
    draft = Draft(title="督查通报", entries=ENTRIES)
    act = SealedCircularAct(
        body={"entries": []},
        actor=STAFF,
        request_id="1",
        draft=draft,
        terms=TERMS,
        at=at(11, 2, 10),
    ).sealed_by(seals, "c", "draft_circular")
    carried = TypeAdapter(SealedCircularAct).validate_json(
        TypeAdapter(SealedCircularAct).dump_json(act)
    )
    assert carried == act
    assert carried.holds(seals, "c", "draft_circular")
    dearer = replace(TERMS, points=PointsTable(g1=9_999))
    for forged in (
        replace(act, terms=dearer),
        replace(act, draft=replace(draft, title="另一题")),
        replace(act, at=at(11, 3, 10)),
        replace(act, actor=CHIEF),
        replace(act, body={}),
    ):
        assert not forged.holds(seals, "c", "draft_circular")
    assert not act.holds(seals, "d", "draft_circular")
    assert not act.holds(seals, "c", "revise_circular")


ANYBODY = (*PEOPLE, HEAD, OTHER_UNIT, OTHER_DEPUTY)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(sorted(MOVES)),
        st.sampled_from([None, None, *ANYBODY]),
        st.integers(1, 4),
        st.sampled_from(list(RecheckOutcome)),
        st.integers(0, 120),
        st.sampled_from([0, 0, 1, 24, 200, 1000]),
        st.booleans(),
    ),
    max_size=40,
)


def said_in(act: str, no: int, outcome: RecheckOutcome, points: int) -> dict[str, Any]:
    if act in {"answer_deduction", "request_recheck"}:
        return {"deduction": no}
    if act == "decide_recheck":
        changed = outcome is RecheckOutcome.CHANGED
        return {"deduction": no, "outcome": outcome, "points": points if changed else None}
    return {"entry": no} if act == "deduct_further" else {}


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS, waiting=st.booleans(), holds=st.booleans())
def test_the_sheet_adds_up_after_any_sequence_and_nothing_vanishes(
    steps: list[tuple[Any, ...]], *, waiting: bool, holds: bool
) -> None:
    policy = Policy(held_for_obstacle=waiting, held_for_recheck=holds)
    life = Life(terms=replace(TERMS, policy=policy, waiting=("item-1",)))
    to_issued(life)
    lines_before: list[Any] = []
    for act, who, no, outcome, points, hours, leaders_answer in steps:
        life.at(life.now + timedelta(hours=hours))
        by_unit = {1: UNIT, 2: OTHER_UNIT}.get(no) if BY[act].role is Role.UNIT else None
        with suppress(DomainError):
            life.do(act, who or by_unit, **said_in(act, no, outcome, points))
        if leaders_answer:
            life.take(answered(life.circular, (), life.now))
        lines = [line for h in life.happened for line in h.lines]
        assert lines[: len(lines_before)] == lines_before, "nothing vanishes"
        lines_before = lines
        for one in life.circular.deductions:
            mine = [points for _, points in life.ledger[one.no]]
            assert running(mine)[-1] == one.counted, "it adds up"
            assert all(total >= 0 for total in running(mine))
            assert life.ledger[one.no][0] == (LineKind.DEDUCTED, one.points)
            assert not one.ended or one.standing == 0
        assert [h.seq for h in life.happened] == list(range(1, len(life.happened) + 1))
        told = [(n.rung, n.clock) for h in life.happened for n in h.notices]
        assert len(told) == len(set(told))
    circular = life.circular
    if circular.stage is Stage.WITHDRAWN:
        assert sum(one.counted for one in circular.deductions) == 0
    carried = TypeAdapter(Circular)
    assert carried.validate_json(carried.dump_json(circular)) == circular
