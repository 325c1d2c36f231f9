"""The settings: each names its clause, and what cannot be a rule is refused."""

from dataclasses import fields
from datetime import date, time
from typing import Any

import pytest

from domain.errors import Invalid
from domain.policy import Policy, clause_of

DEFAULTS = {
    "target_yellow_points": 0,
    "target_red_points": 30,  # as domain.md [D] and design §3 have them
    "edition": "2021-07-16",
    "effective_on": date(2021, 7, 16),
    "reminder_days": (3, 1, 0),
    "reminder_time": time(9),
    "receipt_working_days": 1,
    "roll_next_day": True,
    "roll_next_day_extra_urgent": True,
    "roll_calendar_days": True,
    "directive_in_working_days": False,
    "close_of_business": None,
    "late_issue_counts_next_day": False,
    "explanation_working_days": 1,
    "chief_after_working_days": 3,
    "chief_grace_working_days": 1,
    "return_working_days": 1,
    "ratification_working_days": 1,
    "rework_working_days": 3,
    "after_circular_working_days": 5,
    "leader_report_working_days": 1,
    "handling_working_days": 5,
    "criticism_needs_chief": True,
    "answer_working_days": 5,
    "held_for_recheck": True,
    "held_for_obstacle": False,
    "extension_enabled": True,
    "extensions_most": 1,
    "new_date_most_days": 366,
    "leader_delay_spared": True,
    "leader_delay_working_days": 1,
    "slow_issue_working_days": 1,
    "yellow_working_days": 3,
    "week_slot_weekday": 4,
    "month_slot_day": 25,
    "slot_rolls_forward": True,
    "late_rung_minutes": 5,
}


def test_the_defaults() -> None:
    assert {f.name: getattr(Policy(), f.name) for f in fields(Policy)} == DEFAULTS


@pytest.mark.parametrize("name", DEFAULTS)
def test_every_setting_names_its_clause(name: str) -> None:
    clause = clause_of(name)
    assert any(word in clause for word in ("办法", "条例", "O7", "domain.md", "design"))
    fixed_by_the_source = {"edition", "effective_on"}
    assert ("[D]" in clause) is (name not in fixed_by_the_source)


@pytest.mark.parametrize(
    "wrong",
    [
        {"edition": " "},
        {"reminder_days": (3, -1)},
        {"reminder_days": (3, 3)},
        {"reminder_days": (3, True)},
        {"reminder_days": 3},
        {"reminder_days": (367,)},
        {"receipt_working_days": 0},
        {"receipt_working_days": True},
        {"receipt_working_days": (1,)},
        {"receipt_working_days": 1.0},
        {"receipt_working_days": "1"},
        {"rework_working_days": 367},
        {"explanation_working_days": 0},
        {"chief_after_working_days": 0},
        {"chief_grace_working_days": 0},
        {"leader_delay_working_days": 0},
        {"new_date_most_days": 0},
        {"new_date_most_days": 367},
        {"extensions_most": -1},
        {"roll_next_day": 1},
        {"extension_enabled": "yes"},
        {"week_slot_weekday": 7},
        {"week_slot_weekday": -1},
        {"month_slot_day": 0},
        {"month_slot_day": 29},
        {"late_rung_minutes": -1},
    ],
    ids=str,
)
def test_what_cannot_be_a_rule(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as caught:
        Policy(**wrong)
    assert caught.value.code == "bad_policy"


def test_what_can() -> None:
    Policy(reminder_days=(), extensions_most=0, week_slot_weekday=0, late_rung_minutes=0)
