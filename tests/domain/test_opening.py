"""Issuing (下达, T5): what is refused, what starts to run, what is warned of."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from domain.errors import Invalid
from domain.items import Kind, Source, Status
from domain.lifecycle import decide
from domain.opening import check_facts
from tests.domain.life import Life, at, command, facts_of, on

NOW = at(11, 2, 9)

REFUSED: list[tuple[str, str, dict[str, Any]]] = [
    # code, kind, what is registered
    ("blank_text", "ordinary", {"title": "  "}),
    ("blank_text", "ordinary", {"content": ""}),
    ("blank_text", "ordinary", {"source": Source(type=" ")}),
    ("text_too_long", "ordinary", {"content": "长" * 20_001}),
    ("text_too_long", "ordinary", {"basis": "长" * 20_001}),
    ("text_too_long", "ordinary", {"source": Source(type="x", reference="长" * 20_001)}),
    ("title_too_long", "ordinary", {"title": "长" * 201}),
    ("co_unit_is_lead", "ordinary", {"co_units": ("fin", "edu")}),
    ("due_twice", "dated", {"due_at": at(11, 20, 15)}),
    ("due_required", "dated", {"due_on": None}),
    ("due_reason_required", "ordinary", {"due_on": on(11, 20)}),
    ("due_reason_required", "ordinary", {"due_on": on(11, 20), "due_reason": " "}),
    ("due_reason_required", "ordinary", {"scheme_due_on": on(11, 20)}),
    ("plan_due_not_applicable", "dated", {"plan_due_on": on(11, 3)}),
    ("plan_after_result", "directive", {"due_on": on(11, 9), "plan_due_on": on(11, 10)}),
    (
        "plan_after_result",
        "directive",
        {"due_on": on(11, 9), "plan_due_on": on(11, 10), "past_limit_accepted": True},
    ),
    (
        "plan_after_result",
        "directive",
        {"due_on": on(11, 20), "scheme_due_on": on(11, 9), "plan_due_on": on(11, 10)},
    ),
    ("due_in_past", "dated", {"due_on": on(11, 1)}),
    ("blank_text", "ordinary", {"title": "\u200b\u3000"}),
    ("blank_text", "ordinary", {"content": "\u2060 \u00ad"}),
    ("due_reason_required", "ordinary", {"due_on": on(11, 20), "due_reason": "\u200b"}),
    ("due_in_past", "dated", {"due_on": None, "due_at": NOW}),
    ("due_in_past", "dated", {"scheme_due_on": on(11, 1)}),
    ("due_in_past", "directive", {"plan_due_on": on(11, 1)}),
    ("naive_datetime", "dated", {"due_on": None, "due_at": datetime(2026, 11, 20, 15)}),
    (
        "naive_datetime",
        "ordinary",
        {"source": Source(type="x", received_at=datetime(2026, 11, 1))},
    ),
    ("date_out_of_range", "dated", {"due_on": date.max}),
    ("date_out_of_range", "dated", {"due_on": date.min, "past_limit_accepted": True}),
    ("date_out_of_range", "dated", {"scheme_due_on": date(2101, 1, 1)}),
    ("date_out_of_range", "dated", {"due_on": None, "due_at": datetime.max.replace(tzinfo=UTC)}),
    (
        "date_out_of_range",
        "ordinary",
        {"source": Source(type="x", received_at=datetime.min.replace(tzinfo=UTC))},
    ),
    ("date_out_of_range", "ordinary", {"source": Source(type="x", upstream_due_on=date.max)}),
]


@pytest.mark.parametrize(("code", "kind", "facts"), REFUSED)
def test_what_cannot_be_issued(code: str, kind: str, facts: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as caught:
        check_facts(facts_of(Kind(kind), **facts), NOW, NOW)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("code", "issued"),
    [
        ("naive_datetime", datetime(2026, 11, 2, 9)),
        ("issued_too_far_ahead", at(11, 4, 9, year=2027)),
        ("issued_too_far_ahead", datetime.max.replace(tzinfo=UTC)),
        ("issued_before_rules", at(12, 31, 9, year=1999)),
        ("issued_before_rules", datetime.min.replace(tzinfo=UTC)),
        ("no_automatic_limit", at(7, 15, 23, year=2021)),
    ],
)
def test_when_nothing_can_have_been_issued(code: str, issued: datetime) -> None:
    with pytest.raises(Invalid) as caught:
        check_facts(facts_of(Kind.ORDINARY), issued, NOW)
    assert caught.value.code == code


def test_older_than_the_measures_a_limit_must_be_stated() -> None:
    """R55: what was issued before 16 July 2021 follows no automatic deadline."""
    old = at(3, 1, 9, year=2020)
    for kind in (Kind.ORDINARY, Kind.DIRECTIVE):
        with pytest.raises(Invalid, match="no_automatic_limit"):
            check_facts(facts_of(kind), old, NOW)
    check_facts(facts_of(Kind.DATED, due_on=on(4, 1, 2020)), old, NOW)
    check_facts(facts_of(Kind.ORDINARY), at(7, 16, 9, year=2021), NOW)


def test_a_title_may_have_two_hundred_characters() -> None:
    check_facts(facts_of(Kind.ORDINARY, title="长" * 200), NOW, NOW)


def test_due_on_the_day_of_issue_is_no_past() -> None:
    check_facts(facts_of(Kind.DATED, due_on=on(11, 2)), NOW, NOW)


@pytest.mark.parametrize(
    ("kind", "facts", "clocks"),
    [
        ("ordinary", {}, {"result": on(11, 9), "receipt": on(11, 3)}),
        (
            "ordinary",
            {"due_on": on(11, 20), "due_reason": "工程量大"},
            {"result": on(11, 20), "receipt": on(11, 3)},
        ),
        ("dated", {}, {"result": on(11, 20), "receipt": on(11, 3)}),
        ("dated", {"scheme_due_on": on(11, 18)}, {"result": on(11, 18), "receipt": on(11, 3)}),
        ("dated", {"scheme_due_on": on(11, 30)}, {"result": on(11, 20), "receipt": on(11, 3)}),
        (
            "dated",
            {"due_on": None, "scheme_due_on": on(11, 30)},
            {"result": on(11, 30), "receipt": on(11, 3)},
        ),
        (
            "directive",
            {},
            {"result": on(11, 9), "plan": on(11, 3), "receipt": on(11, 3)},
        ),
        ("directive", {"due_on": on(11, 20)}, {"result": on(11, 20), "receipt": on(11, 3)}),
        (
            "directive",
            {"due_on": on(11, 20), "plan_due_on": on(11, 6)},
            {"result": on(11, 20), "plan": on(11, 6), "receipt": on(11, 3)},
        ),
        (
            "directive",
            {"plan_due_on": on(11, 6)},
            {"result": on(11, 9), "plan": on(11, 6), "receipt": on(11, 3)},
        ),
    ],
)
def test_what_starts_to_run(kind: str, facts: dict[str, Any], clocks: dict[str, date]) -> None:
    life = Life(kind, NOW, **facts)
    assert {c.key: c.due_on for c in life.item.clocks} == clocks
    assert all(c.unit == "edu" and c.started_at == NOW for c in life.item.clocks)
    assert life.item.status is Status.ISSUED


WARNED: list[tuple[list[str], str, datetime, dict[str, Any]]] = [
    ([], "ordinary", NOW, {}),
    (["rest_day"], "dated", at(9, 1, 9), {"due_on": on(10, 3)}),
    (["timers_collapse"], "directive", at(9, 30, 16), {}),
    (["timers_collapse"], "directive", at(10, 3, 9), {}),
    (["provisional"], "ordinary", at(12, 28, 9), {}),
    (["plan_after_result"], "directive", NOW, {"plan_due_on": on(11, 12)}),
    (["two_dates"], "dated", NOW, {"scheme_due_on": on(11, 18)}),
    (["two_dates"], "dated", NOW, {"scheme_due_on": on(11, 24)}),
    ([], "dated", NOW, {"scheme_due_on": on(11, 20)}),
    (
        ["later_than_upstream"],
        "dated",
        NOW,
        {"source": Source(type="superior", upstream_due_on=on(11, 19))},
    ),
    ([], "dated", NOW, {"source": Source(type="superior", upstream_due_on=on(11, 20))}),
    (
        ["slow_to_issue"],
        "directive",
        NOW,
        {"source": Source(type="directive", received_at=at(10, 29, 9))},
    ),
    ([], "directive", NOW, {"source": Source(type="directive", received_at=at(10, 30, 9))}),
]


@pytest.mark.parametrize(("codes", "kind", "issued", "facts"), WARNED)
def test_what_is_warned_of(
    codes: list[str], kind: str, issued: datetime, facts: dict[str, Any]
) -> None:
    assert [w.code for w in Life(kind, issued, **facts).item.warnings] == codes


def test_the_first_event_says_it_all() -> None:
    life = Life("directive", NOW, original_text="请速办")
    (event,) = life.events
    assert (event.seq, event.act, event.status) == (1, "issue", Status.ISSUED)
    assert event.notices[0].audience == ("unit:edu", "unit:fin")
    assert "“校舍安全改造”下达区教育和体育局" in event.summary
    assert "11月9日24时" in event.summary
    assert "请速办" not in event.summary + event.notices[0].text


def test_an_unknown_act_is_refused_like_any_other() -> None:
    life = Life()
    with pytest.raises(Invalid, match="unknown_act"):
        decide(life.item, replace(command("receive"), act="burn_the_file"), life.now)
