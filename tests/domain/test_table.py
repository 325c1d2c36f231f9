"""Every act in every status, for every kind; and every act by everybody (domain.md §4, §6).

The two tables are written out here, not taken from ``domain.acts``: what the rules answer is
compared with what the measures ask for.
"""

from collections.abc import Callable
from typing import Any

import pytest

from domain.acts import ACTS
from domain.errors import DomainError, Forbidden
from domain.items import Actor, Kind, Role, Source, Status
from domain.lifecycle import decide
from tests.domain.life import (
    ACTORS,
    ADMIN,
    CHIEF,
    CO_UNIT,
    DEPUTY,
    INSPECTOR,
    OFFICE,
    OTHER_DEPUTY,
    OTHER_UNIT,
    STAFF,
    THIRD_PARTY,
    UNIT,
    Life,
    at,
    command,
    on,
)

ISSUED, WORKING, SIGNING, REVIEWING = (
    "issued",
    "in_progress",
    "awaiting_sign_off",
    "awaiting_review",
)
CLOSED, TERMINATED, SUSPENDED = "closed", "terminated", "suspended"
ARCHIVED = "archived"
DRAFT, APPROVING = "draft", "awaiting_approval"
STATUSES = (
    ISSUED,
    WORKING,
    SIGNING,
    REVIEWING,
    CLOSED,
    TERMINATED,
    ARCHIVED,
    SUSPENDED,
    DRAFT,
    APPROVING,
)
KINDS = ("ordinary", "directive", "dated")


def to_issued(life: Life) -> None:
    pass


def to_working(life: Life) -> None:
    life.do("receive")


def to_signing(life: Life) -> None:
    life.hand_in()


def to_reviewing(life: Life) -> None:
    life.signed()


def to_closed(life: Life) -> None:
    life.signed().do("review")


def to_archived(life: Life) -> None:
    to_closed(life)
    life.do("archive")


def to_terminated(life: Life) -> None:
    life.do("terminate_item")


def to_suspended(life: Life) -> None:
    life.do("receive")
    life.do("suspend_item")


def to_approving(life: Life) -> None:
    life.do("submit_for_approval")


TO: dict[str, Callable[[Life], None]] = {
    ISSUED: to_issued,
    WORKING: to_working,
    SIGNING: to_signing,
    REVIEWING: to_reviewing,
    CLOSED: to_closed,
    TERMINATED: to_terminated,
    ARCHIVED: to_archived,
    SUSPENDED: to_suspended,
    DRAFT: to_issued,
    APPROVING: to_approving,
}


def life_in(status: str, kind: str = "ordinary") -> Life:
    """Issued on Monday at nine, and brought to ``status`` at ten, before anything is due."""
    draft = status in {DRAFT, APPROVING}
    life = Life(kind, at(11, 2, 9), draft=draft, basis="区政府常务会议决定").at(at(11, 2, 10))
    TO[status](life)
    assert life.item.status.value == status
    return life.at(at(11, 2, 11))


def asked(life: Life) -> None:
    """With an extension asked for and a coordination under way, where that can be."""
    if life.item.status in {Status.ISSUED, Status.IN_PROGRESS, Status.AWAITING_SIGN_OFF}:
        life.do("request_extension")
        life.do("request_coordination")
        if life.item.status is Status.ISSUED:
            life.do("return_assignment")
    elif life.item.status is Status.AWAITING_REVIEW:
        life.do("request_coordination")


ENDS = [CLOSED, TERMINATED, ARCHIVED]  # the codes of the ended statuses
SAME = [ISSUED, WORKING, SIGNING, REVIEWING]
BEFORE = [DRAFT, APPROVING]  # refused by their own names, too
AWAY = [*ENDS, SUSPENDED, *BEFORE]
LATE = ["already_issued"] * 4
OPEN_YET = ["not_closed"] * 4

# act, what is said → what comes of it in each of STATUSES: the next status, or the code of refusal.
TABLE: dict[tuple[str, str], list[str]] = {
    ("revise_draft", ""): [*LATE, *ENDS, SUSPENDED, DRAFT, APPROVING],
    ("submit_for_approval", ""): [*LATE, *ENDS, SUSPENDED, APPROVING, APPROVING],
    ("submit_for_approval", "at once"): [*LATE, *ENDS, SUSPENDED, "not_extra_urgent", APPROVING],
    ("approve_issue", ""): [*LATE, *ENDS, SUSPENDED, DRAFT, ISSUED],
    ("approve_issue", "no"): [*LATE, *ENDS, SUSPENDED, DRAFT, DRAFT],
    ("ratify", ""): [*["nothing_to_ratify"] * 4, *ENDS, "nothing_to_ratify", *BEFORE],
    ("return_assignment", ""): [ISSUED, *["already_received"] * 3, *AWAY],
    ("decide_return", ""): [*["no_return_pending"] * 4, *AWAY],
    ("receive", ""): [WORKING, *["already_received"] * 3, *AWAY],
    ("submit_plan", ""): ["not_received", WORKING, SIGNING, REVIEWING, *AWAY],
    ("submit_feedback", ""): ["not_received", WORKING, SIGNING, REVIEWING, *AWAY],
    ("submit_feedback", "final"): ["not_received", SIGNING, SIGNING, REVIEWING, *AWAY],
    ("submit_feedback", "interim"): ["not_received", SIGNING, SIGNING, REVIEWING, *AWAY],
    ("sign_off", ""): ["not_received", "nothing_to_sign", REVIEWING, "nothing_to_sign", *AWAY],
    ("sign_off", "no"): ["not_received", "nothing_to_sign", WORKING, "nothing_to_sign", *AWAY],
    ("review", ""): [*["sign_off_required"] * 3, CLOSED, *AWAY],
    ("review", "no"): [*["sign_off_required"] * 3, WORKING, *AWAY],
    ("review", "dated"): [*["sign_off_required"] * 3, "new_due_not_applicable", *AWAY],
    ("explain_delay", ""): [*SAME, *AWAY],
    ("request_extension", ""): [ISSUED, WORKING, SIGNING, "no_running_deadline", *AWAY],
    ("advise_extension", ""): [*["no_extension_pending"] * 4, *AWAY],
    ("decide_extension", ""): [*["no_extension_pending"] * 4, *AWAY],
    ("request_coordination", ""): [*SAME, *AWAY],
    ("request_coordination", "chief"): [*["deputy_first"] * 4, *AWAY],
    ("answer_coordination", ""): [*["no_coordination_pending"] * 4, *AWAY],
    ("remind", ""): [*SAME, *AWAY],
    ("suspend_item", ""): [*[SUSPENDED] * 4, *AWAY],
    ("resume_item", ""): [*["not_suspended"] * 4, *ENDS, WORKING, *BEFORE],
    ("terminate_item", ""): [*[TERMINATED] * 4, *ENDS, *[TERMINATED] * 3],
    ("change_cycle", ""): [*["not_year_round"] * 4, *AWAY],
    ("change_unit", ""): [*["not_year_round"] * 4, *AWAY],
    ("end_early", ""): [*["not_year_round"] * 4, *AWAY],
    ("carry_over", ""): [*["not_year_round"] * 4, *AWAY],
    ("set_milestones", ""): [*["only_milestones"] * 4, *AWAY],
    ("record_circular", ""): [*SAME, *AWAY],
    ("lift_circular", ""): [*["not_circulated"] * 4, *ENDS, "not_circulated", *BEFORE],
    ("report_to_leaders", ""): [*["no_report_owed"] * 4, *ENDS, "no_report_owed", *BEFORE],
    ("order_handling", ""): [*["not_reported"] * 4, *ENDS, "not_reported", *BEFORE],
    ("report_handling", ""): [*["no_demand_open"] * 4, *ENDS, "no_demand_open", *BEFORE],
    ("reopen", ""): [*OPEN_YET, WORKING, TERMINATED, ARCHIVED, SUSPENDED, *BEFORE],
    ("archive", ""): [*OPEN_YET, ARCHIVED, TERMINATED, ARCHIVED, SUSPENDED, *BEFORE],
    ("confirm_act", ""): [*["no_such_act"] * 4, *ENDS, "no_such_act", *BEFORE],
    ("annul_act", ""): [*["no_such_act"] * 4, *ENDS, "no_such_act", *BEFORE],
}
# The same with an extension asked for and a coordination under way (asked()).
PENDING: dict[tuple[str, str], list[str]] = {
    ("return_assignment", ""): ["return_pending"],
    ("decide_return", ""): [DRAFT],
    ("decide_return", "no"): [ISSUED],
    ("receive", ""): [WORKING],
    ("request_extension", ""): [*["extension_pending"] * 3, "no_running_deadline"],
    ("advise_extension", ""): [ISSUED, WORKING, SIGNING, "no_extension_pending"],
    ("decide_extension", ""): [ISSUED, WORKING, SIGNING, "no_extension_pending"],
    ("decide_extension", "no"): [ISSUED, WORKING, SIGNING, "no_extension_pending"],
    ("request_coordination", ""): ["coordination_pending"] * 4,
    ("request_coordination", "chief"): ["coordination_pending"] * 4,
    ("answer_coordination", ""): SAME,
    ("answer_coordination", "dated"): [ISSUED, WORKING, SIGNING, "no_running_deadline"],
    ("answer_coordination", "transfer"): [ISSUED, ISSUED, ISSUED, "new_due_required"],
    ("answer_coordination", "transfer, dated"): [ISSUED] * 4,
    ("answer_coordination", "transfer to nobody"): ["new_unit_required"] * 4,
    ("answer_coordination", "transfer to itself"): ["same_unit"] * 4,
}
SAID: dict[tuple[str, str], dict[str, Any]] = {
    ("submit_for_approval", "at once"): {"at_once": True, "approved_by": DEPUTY},
    ("approve_issue", "no"): {"approved": False},
    ("decide_return", "no"): {"accepted": False},
    ("submit_feedback", "final"): {"final": True},
    ("submit_feedback", "interim"): {"interim_opinion": True},
    ("sign_off", "no"): {"approved": False},
    ("review", "no"): {"accepted": False},
    ("review", "dated"): {"new_due_on": on(11, 27)},
    ("decide_extension", "no"): {"approved": False},
    ("request_coordination", "chief"): {"level": "chief", "major": True},
    ("answer_coordination", "dated"): {"new_due_on": on(11, 27)},
    ("answer_coordination", "transfer"): {"outcome": "transferred", "new_lead_unit": "health"},
    ("answer_coordination", "transfer, dated"): {
        "outcome": "transferred",
        "new_lead_unit": "health",
        "new_due_on": on(11, 27),
    },
    ("answer_coordination", "transfer to nobody"): {"outcome": "transferred"},
    ("answer_coordination", "transfer to itself"): {
        "outcome": "transferred",
        "new_lead_unit": "edu",
    },
}
# Where the kinds differ. In the two waiting statuses the unit is told what it waits for.
WAITING = {SIGNING: "awaiting_sign_off", REVIEWING: "awaiting_review"}
OTHERWISE = {
    ("submit_plan", ""): "plan_not_required",
    ("submit_feedback", "interim"): "interim_not_allowed",
}


def expected(kind: str, row: tuple[str, str], status: str, answer: str) -> str:
    if row[0] in {"submit_plan", "submit_feedback"} and status in WAITING:
        return WAITING[status]
    if row in OTHERWISE and status == WORKING and kind != "directive":
        return OTHERWISE[row]
    return answer


def outcome(life: Life, row: tuple[str, str]) -> str:
    """The next status, or the code; refused, the item is what it was."""
    before = life.item
    try:
        life.do(row[0], **SAID.get(row, {}))
    except DomainError as error:
        assert life.item == before
        return error.code
    return life.item.status.value


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("row", TABLE, ids=" ".join)
def test_every_act_in_every_status(row: tuple[str, str], kind: str) -> None:
    for status, answer in zip(STATUSES, TABLE[row], strict=True):
        life = life_in(status, kind)
        assert outcome(life, row) == expected(kind, row, status, answer), (kind, status)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("row", PENDING, ids=" ".join)
def test_the_same_while_something_is_asked_for(row: tuple[str, str], kind: str) -> None:
    for status, answer in zip(STATUSES, PENDING[row], strict=False):
        life = life_in(status, kind)
        asked(life)
        assert outcome(life, row) == answer, (kind, status)


def test_an_interim_opinion_is_accepted_with_a_new_date_only() -> None:
    life = life_in(WORKING, "directive")
    life.do("submit_feedback", interim_opinion=True)
    life.do("sign_off")
    assert life.refused("review") == "new_due_required"
    life.do("review", new_due_on=on(11, 27))
    assert life.item.status is Status.IN_PROGRESS
    assert (life.clock("result-2").due_on, life.clock("result").running) == (on(11, 27), False)


@pytest.mark.parametrize("status", [ISSUED, WORKING, SIGNING, REVIEWING])
def test_resumption_returns_to_the_status_before(status: str) -> None:
    life = life_in(status)
    life.do("suspend_item")
    assert life.item.suspended_from == Status(status)
    life.do("resume_item")
    assert life.item.status == Status(status)
    assert life.item.suspended_from is None


def test_the_tables_are_complete() -> None:
    assert {act for act, _ in TABLE} == set(ACTS)
    assert {s.value for s in Status} == set(STATUSES)
    assert {k.value for k in Kind} == {*KINDS, "milestones", "year_round", "slot"}


# Who may. The office signs off from paper only.
MAY: dict[str, set[Role]] = {
    "revise_draft": {Role.OFFICE},
    "submit_for_approval": {Role.OFFICE},
    "approve_issue": {Role.OFFICE, Role.DEPUTY, Role.CHIEF},
    "ratify": {Role.OFFICE, Role.DEPUTY, Role.CHIEF},
    "return_assignment": {Role.UNIT},
    "decide_return": {Role.OFFICE},
    "receive": {Role.UNIT},
    "submit_plan": {Role.UNIT},
    "submit_feedback": {Role.UNIT},
    "sign_off": {Role.DEPUTY, Role.OFFICE},
    "review": {Role.OFFICE},
    "explain_delay": {Role.UNIT},
    "request_extension": {Role.UNIT},
    "advise_extension": {Role.DEPUTY},
    "decide_extension": {Role.OFFICE, Role.CHIEF},
    "request_coordination": {Role.UNIT},
    "answer_coordination": {Role.DEPUTY, Role.CHIEF},
    "remind": {Role.OFFICE},
    "suspend_item": {Role.OFFICE, Role.CHIEF},
    "resume_item": {Role.OFFICE, Role.CHIEF},
    "terminate_item": {Role.OFFICE, Role.CHIEF},
    "change_cycle": {Role.OFFICE, Role.CHIEF},
    "change_unit": {Role.OFFICE, Role.CHIEF},
    "end_early": {Role.OFFICE, Role.CHIEF},
    "carry_over": {Role.OFFICE, Role.CHIEF},
    "set_milestones": {Role.OFFICE, Role.CHIEF},
    "record_circular": {Role.OFFICE},
    "lift_circular": {Role.OFFICE, Role.CHIEF},
    "report_to_leaders": {Role.OFFICE},
    "order_handling": {Role.CHIEF, Role.DEPUTY},
    "report_handling": {Role.UNIT},
    "reopen": {Role.OFFICE},
    "archive": {Role.OFFICE},
    "confirm_act": {Role.OFFICE, Role.DEPUTY, Role.CHIEF},
    "annul_act": {Role.OFFICE},
}
PEOPLE = {
    actor.role: actor for actor in (OFFICE, UNIT, DEPUTY, CHIEF, INSPECTOR, THIRD_PARTY, ADMIN)
}
# Of the office's acts, those its head alone does; of a review only the acceptance.
HEADS = {
    "record_circular",
    "lift_circular",
    "report_to_leaders",
    "approve_issue",
    "ratify",
    "decide_return",
    "decide_extension",
    "suspend_item",
    "resume_item",
    "terminate_item",
    "change_cycle",
    "change_unit",
    "end_early",
    "carry_over",
    "reopen",
    "archive",
    "set_milestones",
    "confirm_act",
    "annul_act",
    "review",
}


def code_for(actor: Actor, act: str, life: Life) -> str | None:
    """The code of a 403, or ``None`` where the person may do it (the item may still say no)."""
    try:
        decide(life.item, command(act, actor), life.now)
    except Forbidden as error:
        return error.code
    except DomainError:
        return None
    return None


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("act", MAY)
def test_every_act_by_every_role(act: str, status: str) -> None:
    for role in Role:
        answer = code_for(PEOPLE[role], act, life_in(status))
        if role not in MAY[act]:
            assert answer == "not_your_role", (role, status)
        elif (act, role, status) == ("sign_off", Role.OFFICE, SIGNING):
            assert answer == "paper_record_required"
        else:
            assert answer is None, (role, status)


@pytest.mark.parametrize("act", MAY)
def test_people_of_other_units_may_nothing(act: str) -> None:
    for status in STATUSES:
        for stranger in (OTHER_UNIT, CO_UNIT, OTHER_DEPUTY):
            code = "not_your_unit" if stranger.role in MAY[act] else "not_your_role"
            assert code_for(stranger, act, life_in(status)) == code, (stranger.username, status)


@pytest.mark.parametrize("act", [act for act, roles in MAY.items() if Role.OFFICE in roles])
def test_staff_prepare_and_the_head_decides(act: str) -> None:
    """domain.md §6: 督查室 head and staff."""
    for status in STATUSES:
        answer = code_for(STAFF, act, life_in(status))
        if (act, status) == ("terminate_item", DRAFT):
            assert answer is None  # R8: what was never issued
        elif act in HEADS:
            assert answer == "head_required"
        else:
            assert answer == code_for(OFFICE, act, life_in(status))
    refusing = command("review", STAFF, accepted=False)
    decide(life_in(REVIEWING).item, refusing, life_in(REVIEWING).now)


def test_the_role_table_is_complete() -> None:
    assert set(MAY) == set(ACTS)
    assert set(PEOPLE) == set(Role)


def test_a_signal_acts_in_a_role_that_may() -> None:
    for act, spec in ACTS.items():
        assert set(spec.roles) == MAY[act]
        assert ACTORS[act].role in MAY[act]


@pytest.mark.parametrize("act", ["suspend_item", "terminate_item"])
def test_what_a_leader_ordered_only_the_chief_puts_off_or_ends(act: str) -> None:
    """T28: approved by who ordered it."""
    leaders = Life("ordinary", source=Source(type="directive", leader="张区长"))
    for life in (life_in(WORKING, "directive"), leaders):
        assert life.refused(act, OFFICE) == "not_the_orderer"
        life.do(act, CHIEF)
    life_in(WORKING, "ordinary").do(act, OFFICE)
