"""What is offered is what the gate lets pass, as far as kind, status and rights go."""

from dataclasses import replace

import pytest

from domain.acts import ACTS
from domain.cycles import Cycle
from domain.errors import DomainError, Forbidden, Refused
from domain.items import Actor, Milestone
from domain.lifecycle import decide
from domain.offer import offers
from tests.domain.life import (
    ADMIN,
    CHIEF,
    CO_UNIT,
    DEPUTY,
    INSPECTOR,
    OFFICE,
    OTHER_DEPUTY,
    STAFF,
    UNIT,
    Life,
    command,
    on,
)

EVERYBODY = (OFFICE, STAFF, UNIT, CO_UNIT, DEPUTY, OTHER_DEPUTY, CHIEF, INSPECTOR, ADMIN)


def names(life: Life, actor: Actor) -> set[str]:
    """What is open to somebody."""
    return {offer.spec.name for offer in offers(life.item, actor, life.now)}


@pytest.mark.parametrize("actor", EVERYBODY, ids=lambda actor: actor.username)
def test_the_gate_stops_whatever_is_not_offered(actor: Actor) -> None:
    life = Life()
    for step in ("", "receive", "hand_in", "sign_off", "review"):
        if step == "hand_in":
            life.hand_in()
        elif step:
            life.do(step)
        offered = names(life, actor)
        for act in ACTS.keys() - offered:
            with pytest.raises((Forbidden, Refused)):
                decide(life.item, command(act, actor), life.now)
        wrong = {act for act in offered if _code(life, act, actor) in NOT_HIS}
        assert wrong <= ({"review"} if actor is STAFF else set())  # staff review to send back


NOT_HIS = {"not_your_role", "not_your_unit", "head_required"}


def _code(life: Life, act: str, actor: Actor) -> str:
    try:
        decide(life.item, command(act, actor), life.now)
    except DomainError as error:
        return error.code
    return ""


def test_a_unit_that_joins_is_offered_its_own_node_alone() -> None:
    node = Milestone(name="招标", due_on=on(11, 9), unit=CO_UNIT.unit or "")
    life = Life("milestones", milestones=(node,))
    life.do("receive")
    assert names(life, CO_UNIT) == {"submit_feedback"}
    assert "set_milestones" in names(life, CHIEF)
    assert names(Life(), CO_UNIT) == set()


def test_a_stand_in_is_offered_what_the_absent_may_in_his_name() -> None:
    life = Life()
    life.hand_in()
    both = replace(OTHER_DEPUTY, stands_in_for=(DEPUTY,))
    offered = {o.spec.name: o.on_behalf_of for o in offers(life.item, both, life.now)}
    assert offered["sign_off"] == DEPUTY.username
    own = {o.on_behalf_of for o in offers(life.item, DEPUTY, life.now)}
    assert own == {None}


def test_staff_withdraw_a_draft_that_was_never_issued() -> None:
    life = Life(draft=True)
    assert {"revise_draft", "terminate_item"} <= names(life, STAFF)
    assert "approve_issue" not in names(life, OFFICE)


def test_only_what_there_is_something_for_is_offered() -> None:
    life = Life("directive")
    pointless = {"ratify", "decide_return", "advise_extension", "decide_extension"}
    pointless |= {"answer_coordination", "lift_circular", "report_to_leaders", "order_handling"}
    pointless |= {"report_handling", "confirm_act", "annul_act"}
    life.do("receive")
    for actor in EVERYBODY:
        assert not names(life, actor) & pointless, actor.username
    assert {"request_extension", "request_coordination"} <= names(life, UNIT)
    life.do("request_extension")
    life.do("request_coordination")
    assert not {"request_extension", "request_coordination"} & names(life, UNIT)
    assert {"advise_extension", "answer_coordination"} <= names(life, DEPUTY)
    assert "answer_coordination" not in names(life, CHIEF)
    # The limit of a directive is the leader's own.
    assert "decide_extension" in names(life, CHIEF)
    assert not {"decide_extension", "suspend_item", "terminate_item"} & names(life, OFFICE)


def test_the_orders_of_a_year_task_are_offered_on_one_alone() -> None:
    only = {act for act, spec in ACTS.items() if spec.only_for is not None}
    for kind in ("ordinary", "dated", "directive"):
        assert not names(Life(kind), CHIEF) & only
    task = Life("year_round", cycle=Cycle.MONTH, year=2026)
    assert names(task, CHIEF) & only == {"change_cycle", "change_unit", "end_early", "carry_over"}
