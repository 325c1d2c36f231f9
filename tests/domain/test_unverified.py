"""Acts that came by an operator's signal (design §3.17): done, marked, blocking, confirmed or
annulled."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from domain.annulment import before_of
from domain.errors import Invalid, Refused
from domain.items import Changes, Escalation, Event, Item, Outcome, Status, Unverified
from domain.lifecycle import refuse
from domain.recalculation import apply_calendar
from tests.domain.life import (
    CHIEF,
    OFFICE,
    YEAR_2027,
    Life,
    at,
    confirmer,
    on,
    operator,
)


def signal(life: Life, act: str, **said: Any) -> Event:
    return life.do(act, operator(act), **said)


def annul(life: Life, act: Event) -> Event:
    return life.do("annul_act", target=act.seq)


def plainly(item: Item) -> Item:
    """An item without what every event moves, and without numbers of due versions: a date that
    goes back is a new version, so that nobody is told twice, or not at all."""
    clocks = tuple(replace(c, due_version=0) for c in item.clocks if not c.withdrawn)
    return replace(item, seq=0, as_of=item.issued_at, clocks=clocks)


def working(kind: str = "ordinary", when: datetime = at(11, 2, 9), **facts: Any) -> Life:
    life = Life(kind, when, **facts).at(when)
    life.do("receive")
    return life


def test_done_and_marked() -> None:
    life = Life("ordinary")
    done = signal(life, "receive")
    assert (life.item.status, done.outcome) == (Status.IN_PROGRESS, Outcome.DONE)
    assert done.summary.endswith("（经运维界面录入，未核实）")
    assert [u.seq for u in life.item.unverified] == [done.seq]
    told = [(n.title, n.audience) for n in done.notices]
    assert told == [("签收", ("office",)), ("有一项操作待核实", ("office",))]


def test_it_blocks_closing_until_confirmed() -> None:
    life = Life("ordinary")
    act = signal(life, "receive")
    life.signed()
    assert life.refused("review") == "unverified_act"
    assert life.refused("confirm_act", target=act.seq + 1) == "no_such_act"
    life.do("confirm_act", target=act.seq)
    assert life.item.unverified == ()
    assert life.refused("annul_act", target=act.seq) == "no_such_act"
    life.do("review")
    assert life.item.status is Status.CLOSED


def test_it_does_not_block_sending_back_nor_termination() -> None:
    life = Life("ordinary")
    signal(life, "remind")
    life.signed().do("review", accepted=False)
    life.do("terminate_item")


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ("review", {}),
        ("terminate_item", {}),
        ("confirm_act", {}),
        ("annul_act", {}),
    ],
)
def test_what_would_end_the_item_needs_a_person(act: str, said: dict[str, Any]) -> None:
    life = Life("ordinary").signed()
    assert life.refused(act, operator(act), **said) == "needs_verified_actor"


def test_a_unit_that_nobody_looked_up_is_not_given_the_item() -> None:
    life = working()
    life.do("request_coordination")
    to: dict[str, Any] = {"outcome": "transferred", "new_lead_unit": "nowhere"}
    actor = operator("answer_coordination")
    assert life.refused("answer_coordination", actor, **to) == "needs_verified_actor"


def test_an_operator_answers_and_decides_in_the_role_that_is_needed() -> None:
    life = working("directive")
    life.do("request_coordination", major=True)
    signal(life, "answer_coordination", outcome="unresolved")
    life.do("request_coordination", level="chief")
    signal(life, "answer_coordination")
    life.do("request_extension")
    signal(life, "decide_extension")
    assert life.clock("result").due_on == on(11, 27)
    signal(life, "suspend_item")


def test_an_operator_is_bound_by_the_rules() -> None:
    life = working()
    life.do("request_extension")
    actor = operator("decide_extension")
    assert life.refused("decide_extension", actor) == "opinion_required"
    assert life.refused("receive", operator("receive")) == "already_received"


# Annulled, everything is as it was.

WAYS: dict[str, tuple[str, str, dict[str, Any]]] = {
    # name: (brought to, act, what is said)
    "receipt": ("issued", "receive", {}),
    "plan": ("working directive", "submit_plan", {}),
    "progress": ("working", "submit_feedback", {}),
    "result": ("working", "submit_feedback", {"final": True}),
    "interim": ("working directive", "submit_feedback", {"interim_opinion": True}),
    "signature": ("handed in", "sign_off", {}),
    "leader's refusal": ("handed in", "sign_off", {"approved": False}),
    "sent back": ("signed", "review", {"accepted": False}),
    "interim accepted": ("interim signed", "review", {"new_due_on": on(11, 27)}),
    "explanation": ("working", "explain_delay", {}),
    "extension asked": ("working", "request_extension", {}),
    "opinion": ("asked", "advise_extension", {}),
    "extended": ("advised", "decide_extension", {}),
    "not extended": ("advised", "decide_extension", {"approved": False}),
    "obstacle": ("working", "request_coordination", {"major": True}),
    "answer": ("asked", "answer_coordination", {}),
    "answer with a date": ("asked", "answer_coordination", {"new_due_on": on(11, 27)}),
    "reminder": ("working", "remind", {}),
    "suspension": ("working directive", "suspend_item", {}),
    "resumption": ("suspended", "resume_item", {}),
    "resumption with a date": ("suspended", "resume_item", {"new_due_on": on(11, 27)}),
}


def brought_to(place: str) -> Life:
    life = Life("directive" if "directive" in place or "interim" in place else "ordinary")
    if place != "issued":
        life.do("receive")
    if place in {"handed in", "signed"}:
        life.do("submit_feedback", final=True)
    if place == "interim signed":
        life.do("submit_feedback", interim_opinion=True)
    if "signed" in place:
        life.do("sign_off")
    if place in {"asked", "advised"}:
        life.do("request_extension")
        life.do("request_coordination")
    if place == "advised":
        life.do("advise_extension")
    if place == "suspended":
        life.do("suspend_item")
    return life.at(at(11, 2, 12))


@pytest.mark.parametrize("way", WAYS)
def test_annulled_at_once_it_is_what_it_was(way: str) -> None:
    place, act, said = WAYS[way]
    life = brought_to(place)
    before = plainly(life.item)
    done = signal(life, act, **said)
    life.at(at(11, 2, 15))
    undone = annul(life, done)
    assert plainly(life.item) == before
    assert undone.settles == done.seq


@pytest.mark.parametrize("way", WAYS)
def test_annulled_late_it_is_what_it_would_have_been(way: str) -> None:
    """Four weeks later: the alarms that the act held up ring now, once, and those that it caused
    are taken back. The ladder stands where it would stand without the act."""
    place, act, said = WAYS[way]
    life = brought_to(place)
    twin = life.copy()
    done = signal(life, act, **said)
    life.at(at(11, 30, 10))
    annul(life, done)
    twin.at(at(11, 30, 10))
    mine, other = life.item, twin.item
    assert (mine.status, mine.lapsed, mine.escalation) == (
        other.status,
        other.lapsed,
        other.escalation if other.escalation is not Escalation.CHIEF else mine.escalation,
    )
    for clock in other.clocks:
        if clock.rule == "explanation":  # demanded when the lapse was really told
            assert any(c.running for c in mine.clocks if c.rule == clock.rule)
            continue
        again = life.clock(clock.key)
        assert (again.due_on, again.lapsed, again.lapsed_at, again.running) == (
            clock.due_on,
            clock.lapsed,
            clock.lapsed_at,
            clock.running,
        ), clock.key
    life.at(at(12, 31))
    twin.at(at(12, 31))
    assert life.item.escalation == twin.item.escalation


def test_alarms_missed_meanwhile_ring_now_marked_late() -> None:
    life = working().at(at(11, 3, 9))
    life.do("submit_feedback", final=True)
    signed_off = signal(life, "sign_off")
    life.at(at(11, 12, 10))
    assert not life.item.lapsed
    annul(life, signed_off)
    # Handed in early, it lies with the leader again: he is waited for, and that is said late.
    assert life.rung[-1] == ("11-12 10:00", "result leader_waiting")
    assert life.notices("leader_waiting")[0].late


def test_a_false_hand_in_spares_nobody() -> None:
    life = working().at(at(11, 3, 9))
    handed = signal(life, "submit_feedback", final=True)
    life.at(at(11, 12, 10))
    assert life.rung[-1] == ("11-10 00:00", "result leader_waiting")
    annul(life, handed)
    assert life.item.status is Status.IN_PROGRESS
    assert life.clock("result").lapsed_at == at(11, 10), "when the limit really passed"
    assert next(n for n in life.notices("lapse") if n.clock == "result").late


def test_a_false_refusal_makes_nobody_late() -> None:
    life = working().at(at(11, 3, 9))
    life.do("submit_feedback", final=True)
    life.at(at(11, 12, 10))
    refusal = signal(life, "sign_off", approved=False)
    assert (life.item.lapsed, life.item.escalation) == (True, Escalation.DEPUTY)
    life.at(at(11, 13, 9))
    annul(life, refusal)
    assert (life.item.lapsed, life.item.escalation) == (False, Escalation.NONE)
    assert life.item.status is Status.AWAITING_SIGN_OFF
    assert life.clock("explanation").withdrawn
    life.do("sign_off")
    life.do("review")
    assert "按期办结" in life.events[-1].summary


def test_a_false_date_s_lapse_goes_with_it() -> None:
    """Sent back by nobody knows whom, the rework ran out: annulled, the item is not late, and the
    withdrawn clock is not the one that is shown."""
    life = working().at(at(11, 3, 9)).signed()
    sent_back = signal(life, "review", accepted=False)
    life.at(at(11, 10, 10))
    assert (life.item.lapsed, life.item.escalation) == (True, Escalation.DEPUTY)
    annul(life, sent_back)
    assert (life.item.lapsed, life.item.escalation) == (False, Escalation.NONE)
    assert life.item.last_result_clock == life.clock("result")
    assert (life.clock("rework").lapsed, life.clock("rework").told_at) == (False, None)
    assert (life.item.returns, life.item.running_clocks) == (0, ())
    life.do("review", accepted=False)
    assert life.clock("rework-2").due_on == on(11, 13), "a key is never used twice"


def test_a_false_date_s_explanation_goes_with_it_where_the_true_date_had_passed_too() -> None:
    life = working().at(at(11, 16, 9))
    life.do("suspend_item")
    resumed = signal(life, "resume_item", new_due_on=on(11, 17))
    life.at(at(11, 18, 9))
    assert life.clock("explanation-2").running
    annul(life, resumed)
    assert life.item.status is Status.SUSPENDED
    assert life.clock("explanation-2").withdrawn
    assert (life.clock("result").lapsed_at, life.item.lapsed) == (at(11, 10), True)


def test_annulled_back_into_a_suspension_nothing_runs_on() -> None:
    """An explanation that was none is demanded again between: it is frozen with the others."""
    life = working().at(at(11, 10, 9))
    explained = signal(life, "explain_delay")
    life.do("suspend_item")
    resumed = signal(life, "resume_item")
    annul(life, explained)
    annul(life, resumed)
    assert life.item.status is Status.SUSPENDED
    assert life.clock("explanation").remaining == 0


def test_annulled_out_of_a_suspension_nothing_stays_frozen() -> None:
    life = working().at(at(11, 10, 9))
    explained = signal(life, "explain_delay")
    suspended = signal(life, "suspend_item")
    annul(life, explained)
    assert life.clock("explanation").remaining == 0
    annul(life, suspended)
    assert life.clock("explanation").remaining is None


def test_a_version_is_never_used_twice() -> None:
    """Else the notices of the true date would be taken for those of the false one."""
    life = brought_to("advised")
    extended = signal(life, "decide_extension")
    assert life.clock("result").due_version == 2
    annul(life, extended)
    assert (life.clock("result").due_on, life.clock("result").due_version) == (on(11, 9), 3)
    life.do("decide_extension", CHIEF)
    assert life.clock("result").due_version == 4


def test_the_time_between_was_not_the_leader_s() -> None:
    life = working().at(at(11, 3, 9))
    handed = signal(life, "submit_feedback", final=True)
    life.at(at(11, 6, 9))
    annul(life, handed)
    assert life.item.spent.deputy == 0
    life.hand_in()
    assert life.item.spent.unit == 4 * 86_400


@pytest.mark.parametrize(
    ("way", "later"),
    [
        ("receipt", "submit_feedback"),  # possible only since it was received
        ("receipt", "suspend_item"),
        ("result", "sign_off"),
        ("signature", "suspend_item"),
        ("obstacle", "answer_coordination"),
        ("extension asked", "advise_extension"),
        ("extended", "suspend_item"),
        ("suspension", "resume_item"),
        ("resumption", "explain_delay"),
        ("plan", "suspend_item"),
    ],
)
def test_what_something_rests_on_is_not_annulled(way: str, later: str) -> None:
    place, act, said = WAYS[way]
    life = brought_to(place)
    done = signal(life, act, **said)
    life.do(later)
    if (way, later) == ("plan", "suspend_item"):
        annul(life, done)  # a stopped clock rests on nothing: it is frozen with the others
        assert life.clock("plan").remaining == 1
        life.do("resume_item")
        return
    assert life.refused("annul_act", target=done.seq) == "act_superseded"
    life.do("confirm_act", confirmer(life.item.unverified[0]), target=done.seq)


@pytest.mark.parametrize("later", ["remind", "explain_delay", "request_coordination"])
def test_what_would_have_happened_anyway_rests_on_nothing(later: str) -> None:
    life = Life("ordinary")
    received = signal(life, "receive")
    life.do(later)
    annul(life, received)
    assert life.item.status is Status.ISSUED


def test_an_explanation_that_was_none_is_demanded_after_all() -> None:
    life = working().at(at(11, 5, 9))
    explained = signal(life, "explain_delay")
    life.at(at(11, 11, 9))
    assert life.item.lapsed
    assert life.item.clock("explanation") is None
    suspended = life.copy()
    annul(life, explained)
    assert life.clock("explanation").due_on == on(11, 12)
    suspended.do("suspend_item")
    annul(suspended, explained)
    assert suspended.clock("explanation").remaining == 1
    suspended.at(at(11, 17, 9)).do("resume_item")
    assert suspended.clock("explanation").due_on == on(11, 18)


def test_an_explanation_given_before_stands() -> None:
    life = working().at(at(11, 5, 9))
    life.do("explain_delay")
    again = signal(life, "explain_delay")
    life.at(at(11, 11, 9))
    annul(life, again)
    assert life.item.clock("explanation") is None


def test_two_are_annulled_last_one_first() -> None:
    life = Life("ordinary")
    before = plainly(life.item)
    received = signal(life, "receive")
    handed = signal(life, "submit_feedback", final=True)
    assert life.refused("annul_act", target=received.seq) == "act_superseded"
    annul(life, handed)
    annul(life, received)
    assert plainly(life.item) == before


def test_suspended_and_resumed_since_it_has_moved_on() -> None:
    """The same status is not the same time: what was counted between would be lost."""
    life = Life("ordinary")
    received = signal(life, "receive")
    life.at(at(11, 3, 9)).do("suspend_item")
    life.at(at(11, 4, 9)).do("resume_item")
    assert life.refused("annul_act", target=received.seq) == "act_superseded"


def test_a_calendar_loaded_meanwhile_is_not_passed_by() -> None:
    life = working(when=at(12, 28, 9))
    life.do("submit_feedback", final=True)
    signed_off = signal(life, "sign_off")
    life.happened(apply_calendar(life.item, YEAR_2027, OFFICE, life.now))
    assert life.clock("result").due_on == on(1, 5, 2027), "stopped: it does not move"
    annul(life, signed_off)
    clock = life.clock("result")
    assert (clock.due_on, clock.provisional) == (on(1, 6, 2027), False)


def test_the_unit_that_gets_an_item_back_is_told() -> None:
    """A transfer is not made by signal, but one that stands in an older history can be annulled."""
    life = working()
    facts = replace(life.item.facts, lead_unit="health")
    changes = Changes(facts=facts)
    held = Unverified(
        seq=99,
        act="answer_coordination",
        at=life.now,
        before=before_of(life.item, changes),
        after=changes,
    )
    life.item = replace(life.item, facts=facts, unverified=(held,))
    done = life.do("annul_act", target=99)
    assert done.notices[0].audience == ("unit:health", "deputy:health", "unit:edu", "deputy:edu")


# Covert checks and refused signals.


@pytest.mark.parametrize("settled", ["confirm_act", "annul_act"])
def test_a_covert_check_stays_covert_whatever_becomes_of_it(settled: str) -> None:
    life = working()
    check = signal(life, "remind", form="covert", said="现场未见施工")
    done = life.do(settled, target=check.seq)
    assert (check.covert, done.covert, done.settles) == (True, True, check.seq)
    assert life.item.unverified == ()
    told = [who for e in (check, done) for n in e.notices for who in n.audience]
    assert set(told) <= {"office"}


def test_a_refused_signal_stands_on_the_timeline() -> None:
    life = working()
    error = Refused("already_received")
    event = refuse(life.item, "receive", {}, operator("receive"), error, at(11, 3))
    before = life.item
    life.happened([event])
    assert (event.outcome, event.title, event.body["code"]) == (
        Outcome.REFUSED,
        "签收",
        "already_received",
    )
    assert event.notices[0].audience == ("office",)
    assert life.item == replace(before, seq=before.seq + 1, as_of=at(11, 3))


def test_an_unknown_signal_too() -> None:
    event = refuse(
        Life().item, "x" * 100, "乱", operator("receive"), Invalid("unknown_act"), at(11, 3)
    )
    assert (event.act, event.title, event.covert) == ("x" * 60, "x" * 60, False)


def test_the_words_of_a_refused_reminder_are_not_the_unit_s_to_read() -> None:
    error = Invalid("unreadable_body")
    event = refuse(Life().item, "remind", "form=covert…", operator("remind"), error, at(11, 3))
    assert event.covert


def test_a_refused_signal_rests_on_nothing() -> None:
    life = Life("ordinary")
    received = signal(life, "receive")
    error = Refused("plan_not_required")
    life.happened([refuse(life.item, "submit_plan", {}, operator("submit_plan"), error, life.now)])
    annul(life, received)
