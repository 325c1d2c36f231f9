"""Whose word an unverified act needs (design §3.17): a leader's act is confirmed by the leader, his
signature also from the paper; and nobody signs or reviews what he handed in himself."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from pydantic import TypeAdapter

from domain.errors import Forbidden
from domain.items import HandedIn, Role, Source, Status
from domain.lifecycle import decide
from tests.domain.life import (
    CHIEF,
    DEPUTY,
    OFFICE,
    OTHER_DEPUTY,
    UNIT,
    Life,
    at,
    command,
    on,
    operator,
)

LEADERS = (DEPUTY, CHIEF)


def signalled(act: str, **said: Any) -> Life:
    """A life in which ``act`` came by a signal, at noon of the second day."""
    life = Life("directive" if act == "decide_extension" else "ordinary", at(11, 2, 9))
    life.do("receive")
    if act == "sign_off":
        life.at(at(11, 3, 9)).do("submit_feedback", final=True)
    if act in {"advise_extension", "decide_extension"}:
        life.do("request_extension")
    if act == "answer_coordination":
        life.do("request_coordination", major=True)
    life.at(at(11, 3, 12)).do(act, operator(act), **said)
    return life


def to_chief() -> Life:
    life = Life("ordinary")
    life.do("receive")
    life.do("request_coordination", major=True)
    life.do("answer_coordination", outcome="unresolved")
    life.do("request_coordination", level="chief")
    life.do("answer_coordination", operator("answer_coordination"))
    return life


def ordered_and_suspended() -> Life:
    life = Life("ordinary", source=Source(type="directive", leader="张区长"))
    life.do("suspend_item", operator("suspend_item"))
    return life


def pending(life: Life) -> int:
    (act,) = life.item.unverified
    return act.seq


def paper(when: datetime) -> dict[str, Any]:
    return {"recorded_from_paper": {"signed_at": when, "file_id": "扫描件-3"}}


@pytest.mark.parametrize(
    ("life", "leader"),
    [
        (lambda: signalled("sign_off"), DEPUTY),
        (lambda: signalled("sign_off", approved=False), DEPUTY),
        (lambda: signalled("advise_extension"), DEPUTY),
        (lambda: signalled("answer_coordination"), DEPUTY),
        (lambda: signalled("decide_extension"), CHIEF),
        (to_chief, CHIEF),
        (ordered_and_suspended, CHIEF),
    ],
)
def test_what_took_a_leader_s_word_only_he_confirms(life: Any, leader: Any) -> None:
    told = life()
    target = pending(told)
    for other in (OFFICE, *LEADERS):
        if other is not leader:
            assert told.refused("confirm_act", other, target=target) == "leader_must_confirm"
    assert told.refused("confirm_act", OTHER_DEPUTY, target=target) == "not_your_unit"
    assert told.refused("confirm_act", UNIT, target=target) == "not_your_role"
    waiting = [n.audience for n in told.notices("unverified")]
    assert waiting == [("office", "chief" if leader is CHIEF else "deputy:edu")]
    told.do("confirm_act", leader, target=target)
    assert told.item.unverified == ()


@pytest.mark.parametrize("act", ["receive", "submit_feedback", "remind", "suspend_item"])
def test_what_took_no_leader_s_word_the_office_confirms(act: str) -> None:
    life = Life("ordinary")
    if act != "receive":
        life.do("receive")
    life.do(act, operator(act))
    for leader in LEADERS:
        assert life.refused("confirm_act", leader, target=pending(life)) == "not_your_role"
    life.do("confirm_act", OFFICE, target=pending(life))


def test_the_refusal_says_what_to_do() -> None:
    said = []
    for act in ("sign_off", "advise_extension"):
        life = signalled(act)
        with pytest.raises(Forbidden) as caught:
            decide(life.item, command("confirm_act", OFFICE, target=pending(life)), life.now)
        said.append(caught.value.detail)
    assert said == [
        "该操作系以区政府分管领导身份录入，须由其本人核实，"
        "或由督查室负责人凭其纸质签批代录（recorded_from_paper）。",
        "该操作系以区政府分管领导身份录入，须由其本人核实。",
    ]


def test_annulment_stays_with_the_office() -> None:
    life = signalled("sign_off")
    for leader in LEADERS:
        assert life.refused("annul_act", leader, target=pending(life)) == "not_your_role"
    life.do("annul_act", OFFICE, target=pending(life))


def test_a_leader_learns_nothing_of_a_covert_check() -> None:
    """R24: it is answered for as one that is not there."""
    life = Life("ordinary")
    life.do("remind", operator("remind"), form="covert")
    assert life.refused("confirm_act", DEPUTY, target=pending(life)) == "no_such_act"
    assert life.refused("confirm_act", CHIEF, target=pending(life)) == "not_your_role"


def test_the_office_records_the_signature_from_the_paper() -> None:
    life = signalled("sign_off")
    life.item = replace(life.item, handed_in=replace(life.item.handed_in, in_time=False))
    done = life.at(at(11, 4, 9)).do("confirm_act", target=pending(life), **paper(at(11, 3, 10)))
    assert done.summary == (
        "11月3日12:00录入的“分管领导阅签”已核实（督查室代录纸质签批，签批时间11月3日10:00）。"
    )
    assert life.clock("result").stopped_at == at(11, 3, 10)
    life.do("review")
    assert life.item.status is Status.CLOSED


def test_handed_in_early_the_paper_changes_no_time() -> None:
    life = signalled("sign_off")
    life.do("confirm_act", target=pending(life), **paper(at(11, 3, 10)))
    assert life.clock("result").stopped_at == at(11, 3, 9)


def test_signed_on_paper_before_the_limit_the_signal_after_it_made_nobody_late() -> None:
    life = Life("ordinary", at(11, 2, 9)).at(at(11, 9, 9))
    life.hand_in()
    life.at(at(11, 10, 9)).do("sign_off", operator("sign_off"))
    assert life.item.lapsed
    (act,) = life.item.unverified
    twin = life.copy()
    done = life.do("confirm_act", target=act.seq, **paper(at(11, 9, 16)))
    assert (life.item.lapsed, life.item.escalation) == (False, "none")
    assert life.clock("explanation").withdrawn
    assert done.summary.endswith("此前所记逾期予以撤销，不再要求未办结说明。")
    assert done.notices[0].audience == ("unit:edu", "deputy:edu")
    twin.do("confirm_act", DEPUTY, target=act.seq)
    assert twin.item.lapsed, "signed when it was signalled"


def test_a_refusal_too_is_confirmed_from_the_paper() -> None:
    life = signalled("sign_off", approved=False)
    life.do("confirm_act", target=pending(life), **paper(at(11, 3, 10)))
    assert life.item.unverified == ()


def test_what_a_paper_cannot_say() -> None:
    life = signalled("sign_off").at(at(11, 5, 9))
    target = pending(life)
    before, after = paper(at(11, 3, 8)), paper(at(11, 3, 13))
    assert life.refused("confirm_act", target=target, **before) == "signed_before_hand_in"
    assert life.refused("confirm_act", target=target, **after) == "signed_in_future", "as signalled"
    right = paper(at(11, 3, 10))
    for leader in LEADERS:
        refusal = life.refused("confirm_act", leader, target=target, **right)
        assert refusal == "paper_record_not_allowed"
    for act in ("advise_extension", "remind"):
        other = signalled(act)
        refusal = other.refused("confirm_act", target=pending(other), **right)
        assert refusal == "paper_record_not_allowed"


def test_nothing_is_decided_on_a_signature_nobody_has_confirmed() -> None:
    life = signalled("sign_off")
    for accepted in (True, False):
        assert life.refused("review", accepted=accepted) == "unverified_act"
        assert life.refused("review", operator("review"), accepted=accepted) == "unverified_act"
    life.do("confirm_act", DEPUTY, target=pending(life))
    life.do("review", accepted=False)


def test_no_extension_is_granted_on_an_opinion_nobody_has_confirmed() -> None:
    life = signalled("advise_extension")
    assert life.refused("decide_extension", OFFICE) == "unverified_act"
    twin = life.copy()
    twin.do("annul_act", target=pending(twin))
    assert twin.refused("decide_extension", OFFICE) == "opinion_required"
    life.do("confirm_act", DEPUTY, target=pending(life))
    life.do("decide_extension", OFFICE)


def test_no_summary_tells_by_its_number_of_a_covert_check_before() -> None:
    """R24: an act's number is shown to the unit without the checks it may not know of."""
    life = Life("ordinary")
    life.do("remind", form="covert")
    for settled in ("confirm_act", "annul_act"):
        act = life.do("explain_delay", operator("explain_delay"))
        assert "第" not in life.do(settled, target=act.seq).summary


# Confirmed in their order: no act is left that can be neither confirmed nor annulled.


def test_what_rests_on_an_unverified_act_is_confirmed_after_it() -> None:
    life = Life("ordinary")
    received = life.do("receive", operator("receive"))
    handed = life.do("submit_feedback", operator("submit_feedback"), final=True)
    assert life.refused("confirm_act", target=handed.seq) == "earlier_act_unverified"
    twin = life.copy()
    life.do("confirm_act", target=received.seq)
    life.do("confirm_act", target=handed.seq)
    twin.do("annul_act", target=handed.seq)
    twin.do("annul_act", target=received.seq)
    assert (life.item.unverified, twin.item.unverified) == ((), ())


def test_an_answer_rests_on_its_question_and_a_date_on_the_date_before() -> None:
    life = Life("ordinary")
    life.do("receive")
    asked = life.do("request_coordination", operator("request_coordination"))
    date = {"new_due_on": on(11, 27)}
    answered = life.do("answer_coordination", operator("answer_coordination"), **date)
    life.do("suspend_item", operator("suspend_item"))
    life.do("resume_item", operator("resume_item"), new_due_on=on(11, 30))
    refused = [
        life.refused("confirm_act", CHIEF if u.confirmed_by is Role.CHIEF else who, target=u.seq)
        for u, who in zip(life.item.unverified[1:], (DEPUTY, OFFICE, OFFICE), strict=True)
    ]
    assert refused == ["earlier_act_unverified"] * 3
    assert answered.seq == asked.seq + 1


def test_what_rests_on_nothing_is_confirmed_in_any_order() -> None:
    life = Life("ordinary")
    life.do("receive", operator("receive"))
    reminded = life.do("remind", operator("remind"))
    explained = life.do("explain_delay", operator("explain_delay"))
    for act in (explained, reminded):
        life.do("confirm_act", target=act.seq)


# Separation (domain.md §6): nobody accepts his own report.


def test_nobody_signs_or_reviews_what_he_handed_in() -> None:
    life = Life("ordinary")
    life.hand_in()
    assert life.item.handed_in.by == (UNIT.username,)
    same_deputy = replace(DEPUTY, username=UNIT.username)
    same_office = replace(OFFICE, username=UNIT.username)
    assert life.refused("sign_off", same_deputy) == "own_report"
    assert life.refused("sign_off", same_office, **paper(life.now)) == "own_report"
    life.do("sign_off")
    for accepted in (True, False):
        assert life.refused("review", same_office, accepted=accepted) == "own_report"
    life.do("review")


def test_nor_does_he_whose_stand_in_handed_it_in_nor_a_stand_in_of_the_leader() -> None:
    life = Life("ordinary")
    life.do("receive")
    clerk = replace(UNIT, username="clerk", acts_for="boss")
    life.do("submit_feedback", clerk, final=True, on_behalf_of="局长")
    assert life.item.handed_in.by == ("clerk", "boss")
    for username, acts_for in (("boss", None), ("clerk", None), ("li", "boss"), ("clerk", "li")):
        signer = replace(DEPUTY, username=username, acts_for=acts_for)
        assert life.refused("sign_off", signer) == "own_report", (username, acts_for)
    life.do("sign_off", replace(DEPUTY, username="wu", acts_for="li"))


@pytest.mark.parametrize("approved", [True, False])
def test_nor_does_he_confirm_the_signature(*, approved: bool) -> None:
    life = signalled("sign_off", approved=approved)
    target = pending(life)
    same_deputy = replace(DEPUTY, username=UNIT.username)
    assert life.refused("confirm_act", same_deputy, target=target) == "own_report"
    same_office = replace(OFFICE, username=UNIT.username)
    said = paper(at(11, 3, 10))
    assert life.refused("confirm_act", same_office, target=target, **said) == "own_report"


def test_a_signal_names_nobody() -> None:
    life = Life("ordinary")
    life.do("receive")
    life.do("submit_feedback", operator("submit_feedback"), final=True)
    assert life.item.handed_in.by == ()
    life.do("sign_off", replace(DEPUTY, username=""))


def test_a_hand_in_of_an_older_state_is_nobody_s() -> None:
    older = TypeAdapter(HandedIn).validate_json('{"at": null, "interim": false, "in_time": true}')
    assert older.by == ()
