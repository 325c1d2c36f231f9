"""The act table is the contract's (design §4), and what people may say is checked."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from domain.acts import ACTS
from domain.errors import DomainError, Invalid
from domain.items import (
    ENDED,
    HOLDER_NAMES,
    HOLDERS,
    KIND_NAMES,
    RESTING,
    ROLE_NAMES,
    STATUS_NAMES,
    Kind,
    Role,
    Status,
)
from domain.lifecycle import decide
from domain.moves import MOVES
from domain.permissions import may_know_covert, sight
from domain.text import day_text, instant_text
from tests.domain.life import (
    ADMIN,
    BODIES,
    CHIEF,
    CO_UNIT,
    DEPUTY,
    OFFICE,
    OTHER_DEPUTY,
    OTHER_UNIT,
    TEXTS,
    UNIT,
    Life,
    at,
    command,
    on,
)

CONTRACT = {  # update and signal: (route below the item, the body's fields; ? = may be left out)
    "revise_draft": (
        "draft",
        "title? content? category? kind? lead_unit? co_units? source? basis? issuing_name? urgency?"
        " public? original_text? due_on? due_at? due_reason? plan_due_on? scheme_due_on?"
        " cycle? year? targets? milestones?",
    ),
    "submit_for_approval": ("submission", "approver? at_once?"),
    "approve_issue": ("approval", "approved comment issued_at?"),
    "ratify": ("ratification", "comment"),
    "return_assignment": ("return", "reason"),
    "decide_return": ("return/decision", "accepted comment"),
    "receive": ("receipt", "comment?"),
    "submit_plan": ("plan", "text expected_done_on? attachments?"),
    "submit_feedback": (
        "feedback",
        "text final? interim_opinion? issued_by? attachments? actuals? milestone?",
    ),
    "sign_off": ("sign-off", "approved comment recorded_from_paper?"),
    "review": ("review", "accepted comment new_due_on?"),
    "explain_delay": ("delay-explanation", "reason next_step proposed_due_on?"),
    "request_extension": ("extension", "reason new_due_on"),
    "advise_extension": ("extension/opinion", "supports comment"),
    "decide_extension": ("extension/decision", "approved comment"),
    "request_coordination": ("coordination", "problem tried asked major? level?"),
    "answer_coordination": (
        "coordination/answer",
        "outcome opinion new_due_on? new_lead_unit? new_content?",
    ),
    "remind": ("reminders", "form to said reply?"),
    "suspend_item": ("suspension", "reason"),
    "resume_item": ("resumption", "reason new_due_on?"),
    "terminate_item": ("termination", "reason"),
    "change_cycle": ("cycle", "cycle reason from_on?"),
    "change_unit": ("unit", "new_lead_unit reason from_on?"),
    "end_early": ("early-end", "reason final_due_on?"),
    "carry_over": ("carry-over", "reason new_due_on"),
    "set_milestones": ("milestones", "milestones reason"),
    "record_circular": (
        "circular",
        "number new_due_on? ground? requirement? circular_id?",
    ),
    "lift_circular": ("circular/withdrawal", "number reason"),
    "report_to_leaders": ("leader-report", "text leaders? attachments?"),
    "order_handling": ("handling", "text due_on?"),
    "report_handling": ("handling/result", "text demand? attachments?"),
    "reopen": ("reopening", "reason new_due_on"),
    "archive": ("archive", ""),
    "confirm_act": ("acts/{seq}/confirmation", "comment recorded_from_paper?"),
    "annul_act": ("acts/{seq}/annulment", "comment"),
}


@pytest.mark.parametrize("act", CONTRACT)
def test_names_routes_and_bodies(act: str) -> None:
    route, said = CONTRACT[act]
    spec = ACTS[act]
    assert (spec.name, spec.route) == (act, route)
    schema = BODIES[act].json_schema()
    wanted = {word.rstrip("?") for word in said.split()}
    assert set(schema["properties"]) == wanted | {"on_behalf_of"}
    required = {word for word in said.split() if not word.endswith("?")}
    assert set(schema.get("required", [])) == required
    assert schema["additionalProperties"] is False


def test_the_contract_is_complete() -> None:
    assert set(CONTRACT) == set(ACTS) == set(MOVES)


def test_every_state_outside_an_act_s_has_its_code() -> None:
    """The gate looks it up: a missing one would be a crash in front of a user."""
    for spec in ACTS.values():
        open_states = set(Status) - ENDED
        answered = set(spec.allowed_in) | dict(spec.otherwise).keys() | RESTING
        assert answered >= open_states, spec.name


def test_every_name_has_its_chinese() -> None:
    assert set(STATUS_NAMES) == set(Status)
    assert set(KIND_NAMES) == set(Kind)
    assert set(ROLE_NAMES) == set(Role)
    assert set(HOLDERS.values()) == set(HOLDER_NAMES)


def test_who_sees_what_is_not_handed_out() -> None:
    """T1–T5, T7: the office and the leaders, no unit."""
    seen = {
        actor.username
        for actor in (OFFICE, UNIT, CO_UNIT, OTHER_UNIT, DEPUTY, OTHER_DEPUTY, CHIEF, ADMIN)
        if sight(actor).reaches("edu", ("fin",), handed_out=False)
    }
    assert seen == {"office", "li", "wu", "zhang"}
    standing_in = replace(UNIT, stands_in_for=(OTHER_UNIT,))
    assert not sight(standing_in).reaches("edu", ("road",), handed_out=False)


def said(name: str, text: str) -> dict[str, Any]:
    return {name: text}


def said_of(act: str) -> list[str]:
    """The texts of an act that must not be blank."""
    texts = TEXTS[act].items() if act != "revise_draft" else ()  # checked with the other facts
    return [name for name, value in texts if isinstance(value, str) and value]


@pytest.mark.parametrize("act", CONTRACT)
def test_texts_are_neither_blank_nor_endless(act: str) -> None:
    enumerated = {"outcome", "form", "level", "cycle"}
    for name in set(said_of(act)) - enumerated:
        for text, code in (
            ("", "blank_text"),
            (" \n　", "blank_text"),
            ("\u200b\u3000\u00ad\u2060\ufeff", "blank_text"),
            ("长" * 20_001, "text_too_long"),
        ):
            with pytest.raises(Invalid) as caught:
                command(act, None, **said(name, text))
            assert caught.value.code == code
            assert caught.value.detail.startswith(f"{name}：")
        command(act, None, **said(name, "长" * 20_000))


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ("receive", {"comment": "长" * 20_001}),
        ("submit_feedback", {"issued_by": "长" * 20_001}),
        ("remind", {"reply": "长" * 20_001}),
        ("answer_coordination", {"new_content": "长" * 20_001}),
        ("answer_coordination", {"new_lead_unit": "长" * 20_001}),
        ("revise_draft", {"lead_unit": "长" * 20_001}),
        ("submit_for_approval", {"approver": "长" * 20_001}),
    ],
)
def test_texts_that_may_be_left_out_are_not_endless_either(act: str, said: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="text_too_long"):
        command(act, **said)


@pytest.mark.parametrize("act", ["receive", "remind", "suspend_item"])
def test_a_stand_in_s_name_is_not_endless(act: str) -> None:
    life = Life()
    made = command(act)
    endless = replace(made, body=replace(made.body, on_behalf_of="长" * 20_001))
    with pytest.raises(DomainError, match="text_too_long"):
        decide(life.item, endless, life.now)


def test_a_stand_in_stands_on_the_timeline() -> None:
    event = Life().do("receive", on_behalf_of="王局长")
    assert (event.on_behalf_of, event.actor) == ("王局长", UNIT)


@pytest.mark.parametrize(
    ("act", "said", "code"),
    [
        ("submit_feedback", {"final": True, "interim_opinion": True}, "final_or_interim"),
        ("submit_for_approval", {"at_once": True}, "approver_required"),
        ("approve_issue", {"issued_at": datetime(2026, 11, 3)}, "naive_datetime"),
        ("revise_draft", {"due_at": datetime(2026, 11, 3)}, "naive_datetime"),
        (
            "sign_off",
            {"recorded_from_paper": {"signed_at": datetime(2026, 11, 3), "file_id": "3"}},
            "naive_datetime",
        ),
        (
            "sign_off",
            {"recorded_from_paper": {"signed_at": at(11, 3), "file_id": " "}},
            "blank_text",
        ),
    ],
)
def test_what_makes_no_sense(act: str, said: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as caught:
        command(act, **said)
    assert caught.value.code == code


@pytest.mark.parametrize("act", CONTRACT)
def test_unknown_fields_are_refused(act: str) -> None:
    with pytest.raises(ValidationError):
        command(act, colour="red")


def test_bodies_are_frozen() -> None:
    for act in CONTRACT:
        body = command(act).body
        with pytest.raises(AttributeError):
            setattr(body, fields(body)[0].name, None)


def test_who_sees_an_item() -> None:
    seen = {
        actor.username: sight(actor).reaches("edu", ("fin",))
        for actor in (OFFICE, UNIT, CO_UNIT, OTHER_UNIT, DEPUTY, OTHER_DEPUTY, CHIEF, ADMIN)
    }
    assert seen == {
        "office": True,
        "edu": True,
        "fin": True,
        "road": False,
        "li": True,
        "wu": True,  # in charge of the co-organiser
        "zhang": True,
        "admin": False,
    }


def test_who_may_know_of_a_covert_check() -> None:
    """R24."""
    knowing = {
        a.username for a in (OFFICE, UNIT, CO_UNIT, DEPUTY, CHIEF, ADMIN) if may_know_covert(a)
    }
    assert knowing == {"office", "zhang"}


def test_dates_read_in_chinese() -> None:
    assert day_text(on(10, 13)) == "2026年10月13日（周二）"
    assert instant_text(at(10, 13, 9)) == "10月13日09:00"
    assert instant_text(at(10, 13, 23, 59).replace(second=59)) == "10月13日24时"
    assert instant_text(at(10, 13, 9), at(12, 31, 23, 59)) == "10月13日09:00"
    turn = at(1, 1, 0, year=2027).astimezone(UTC)
    assert instant_text(at(1, 5, 9, year=2027), turn) == "1月5日09:00", "in its own time zone"
