"""The examples of the rules for counting days (E1–E14), asked for and issued."""

from dataclasses import dataclass
from datetime import datetime

import pytest

from tests.people import ZONE, Json, People, dated, days_ahead, directive, ordinary

OCTOBER = "10-01:- 10-02:- 10-03:- 10-04:- 10-05:- 10-06:- 10-07:-"
AFTER = "10-08:1 10-09:2 10-10:3 10-11:- 10-12:4 10-13:5"


@dataclass(frozen=True, kw_only=True)
class Example:
    """A rule, its day 0, the date it gives, and the days it counted (``-``: not counted)."""

    rule: str
    start: str
    due: str
    days: str
    warned: tuple[str, ...] = ()


PLAN, RESULT = "directive_plan", "directive_result"
EXAMPLES = {
    "E1": Example(
        rule="ordinary_result",
        start="2026-09-30T16:00",
        due="2026-10-13",
        days=f"09-30:0 {OCTOBER} {AFTER}",
    ),
    "E2": Example(
        rule="ordinary_result",
        start="2026-10-03T09:00",
        due="2026-10-13",
        days=f"10-03:0 10-04:- 10-05:- 10-06:- 10-07:- {AFTER}",
    ),
    "E3": Example(
        rule="ordinary_result",
        start="2026-10-10T09:00",
        due="2026-10-16",
        days="10-10:0 10-11:- 10-12:1 10-13:2 10-14:3 10-15:4 10-16:5",
    ),
    "E4": Example(
        rule="ordinary_result",
        start="2026-09-18T09:00",
        due="2026-09-24",
        days="09-18:0 09-19:- 09-20:1 09-21:2 09-22:3 09-23:4 09-24:5",
    ),
    "E5 plan": Example(
        rule=PLAN, start="2026-09-29T10:00", due="2026-09-30", days="09-29:0 09-30:1"
    ),
    "E5 result": Example(
        rule=RESULT,
        start="2026-09-29T10:00",
        due="2026-10-08",
        days="09-29:0 09-30:1 10-01:2 10-02:3 10-03:4 10-04:5 10-05:- 10-06:- 10-07:- 10-08:-",
    ),
    "E6 plan": Example(
        rule=PLAN,
        start="2026-09-30T16:00",
        due="2026-10-08",
        days="09-30:0 10-01:1 10-02:- 10-03:- 10-04:- 10-05:- 10-06:- 10-07:- 10-08:-",
        warned=("timers_collapse",),
    ),
    "E6 result": Example(
        rule=RESULT,
        start="2026-09-30T16:00",
        due="2026-10-08",
        days="09-30:0 10-01:1 10-02:2 10-03:3 10-04:4 10-05:5 10-06:- 10-07:- 10-08:-",
        warned=("timers_collapse",),
    ),
    "E7 plan": Example(
        rule=PLAN,
        start="2026-11-27T09:00",
        due="2026-11-30",
        days="11-27:0 11-28:1 11-29:- 11-30:-",
    ),
    "E7 result": Example(
        rule=RESULT,
        start="2026-11-27T09:00",
        due="2026-12-02",
        days="11-27:0 11-28:1 11-29:2 11-30:3 12-01:4 12-02:5",
    ),
    "E8 plan": Example(
        rule=PLAN, start="2026-11-23T09:00", due="2026-11-24", days="11-23:0 11-24:1"
    ),
    "E8 result": Example(
        rule=RESULT,
        start="2026-11-23T09:00",
        due="2026-11-30",
        days="11-23:0 11-24:1 11-25:2 11-26:3 11-27:4 11-28:5 11-29:- 11-30:-",
    ),
    "E9 plan": Example(
        rule=PLAN,
        start="2026-10-03T09:00",
        due="2026-10-08",
        days="10-03:0 10-04:1 10-05:- 10-06:- 10-07:- 10-08:-",
        warned=("timers_collapse",),
    ),
    "E9 result": Example(
        rule=RESULT,
        start="2026-10-03T09:00",
        due="2026-10-08",
        days="10-03:0 10-04:1 10-05:2 10-06:3 10-07:4 10-08:5",
        warned=("timers_collapse",),
    ),
    "E13": Example(
        rule="named_date",
        start="2026-10-03T09:00",
        due="2026-10-03",
        days="10-03:-",
        warned=("rest_day",),
    ),
}
SKIPPED = {
    "E1": {
        "10-01": "节假日休息",
        "10-10": "调休上班",
        "10-11": "周末休息",
        "09-30": "起算日，不计入",
    },
    "E4": {"09-19": "周末休息", "09-20": "调休上班"},
    "E5 result": {"10-05": "顺延（节假日休息）", "10-08": "期限末日逢休息日，顺延至此"},
    "E13": {"10-03": "指定日期，含当日；当日为节假日休息，指定日期不顺延"},
}
"""Why some of the days count as they do."""


def days_of(derivation: list[Json]) -> str:
    """``09-30:0 10-01:- 10-08:1`` …"""
    told = ((line["date"][5:], line["counted"]) for line in derivation)
    return " ".join(f"{on}:{'-' if counted is None else counted}" for on, counted in told)


def reasons(derivation: list[Json]) -> dict[str, str]:
    """Why each day counts as it does."""
    return {line["date"][5:]: line["reason"] for line in derivation}


def codes(answer: Json) -> set[str]:
    """The codes of its warnings."""
    for warning in answer["warnings"]:
        assert warning["detail"].endswith("。")
    return {warning["code"] for warning in answer["warnings"]}


def issued(example: Example) -> str:
    """When the example's item is issued: a named date stands by itself, and is issued before."""
    start = "2026-09-28T09:00" if example.rule == "named_date" else example.start
    return f"{start}:00+08:00"


@pytest.mark.parametrize("name", EXAMPLES)
async def test_the_preview_counts_the_days(desk: People, name: str) -> None:
    example = EXAMPLES[name]
    asked = [example.start[:10], f"{example.start}:00+08:00"]
    answers = [
        (await desk.post("mzj", "/calendar/preview", {"rule": example.rule, "start": start})).json()
        for start in asked
    ]
    assert answers[0] == answers[1], "a day and an instant of it count alike"
    answer = answers[0]
    assert answer["due_on"] == example.due
    assert answer["due_at"] == f"{example.due}T23:59:59+08:00"
    assert answer["provisional"] is False
    assert days_of(answer["derivation"]) == example.days
    assert codes(answer) == set(example.warned)
    assert SKIPPED.get(name, {}).items() <= reasons(answer["derivation"]).items()


async def test_an_instant_counts_by_the_districts_own_day(desk: People) -> None:
    """E1 again, asked for from another time zone: 16:00 UTC is midnight in the district."""
    late = {"rule": "ordinary_result", "start": "2026-09-29T16:00:00Z"}
    answer = (await desk.post("mzj", "/calendar/preview", late)).json()
    assert days_of(answer["derivation"]) == EXAMPLES["E1"].days


async def test_the_preview_answers_a_recheck(desk: People) -> None:
    """E12: thirty days after the conclusion was received, rolled past the holiday."""
    answers = [
        (await desk.post("office", "/calendar/preview", {"rule": "recheck_30d", "start": start}))
        for start in ("2026-09-05", "2026-09-05T10:00:00+08:00")
    ]
    answer = answers[0].json()
    assert answer == answers[1].json()
    assert (answer["due_on"], answer["due_at"]) == ("2026-10-08", "2026-10-08T23:59:59+08:00")
    lines = days_of(answer["derivation"]).split()
    assert len(lines) == 34
    assert (lines[0], lines[1]) == ("09-05:0", "09-06:1")
    assert lines[30:] == ["10-05:30", "10-06:-", "10-07:-", "10-08:-"]


@pytest.mark.parametrize("name", [name for name in EXAMPLES if not name.endswith("plan")])
async def test_an_issued_item_has_the_same_dates(desk: People, name: str) -> None:
    example = EXAMPLES[name]
    told = directive(original_text="从速办理。")
    told["source"] |= {"level": "district", "date": example.start[:10]}
    body = {RESULT: told, "named_date": dated(due_on=example.due)}
    item = await desk.issue(body.get(example.rule, ordinary()), issued_at=issued(example))
    clocks = {clock["rule"]: clock for clock in item["clocks"]}
    owed = {example.rule: example}
    if example.rule == RESULT:
        owed[PLAN] = EXAMPLES[name.replace("result", "plan")]
    for rule, expected in owed.items():
        clock = clocks[rule]
        assert clock["due_on"] == expected.due
        assert clock["due_at"] == clock["original_due_at"] == f"{expected.due}T23:59:59+08:00"
        assert days_of(clock["derivation"]) == expected.days
        assert clock["unit"] == "ZJJ"
    assert clocks.keys() == owed.keys() | {"receipt"} | _explanations(item)
    assert (item["due_on"], item["issued_at"]) == (example.due, issued(example))
    lies_ahead = datetime.fromisoformat(issued(example)) > datetime.now(ZONE)
    ahead = {"issued_in_future"} if lies_ahead else set()
    assert codes(item) == set(example.warned) | ahead
    listed = (await desk.get("zjj", f"/items/{item['id']}/clocks")).json()["items"]
    assert listed == (await desk.read(item))["clocks"]


def _explanations(item: Json) -> set[str]:
    """A limit that had passed before the item was entered is a lapse, to be explained."""
    return {"explanation"} if item["lapsed"] else set()


async def test_an_instant_is_kept_as_it_is(desk: People) -> None:
    on = days_ahead(100)
    item = await desk.issue(ordinary(kind="dated", due_at=f"{on}T09:30:00Z"))
    assert (item["due_on"], item["due_at"]) == (on, f"{on}T17:30:00+08:00")
    assert item["clocks"][0]["original_due_at"] == f"{on}T17:30:00+08:00"


async def test_of_two_dates_the_earlier_governs(desk: People) -> None:
    item = await desk.issue(dated(due_on=days_ahead(100), scheme_due_on=days_ahead(90)))
    assert item["due_on"] == days_ahead(90)
    assert "two_dates" in codes(item)


async def test_a_paper_act_entered_afterwards_opens_as_lapsed_without_a_burst(
    desk: People,
) -> None:
    item = await desk.issue(directive(), issued_at="2026-03-02T09:00:00+08:00")
    item = await desk.settled(item)
    assert (item["issued_at"], item["lapsed"]) == ("2026-03-02T09:00:00+08:00", True)
    assert item["entered_at"] > item["due_at"]
    rungs = [notice["rung"] for notice in await desk.inbox("zjj", item)]
    assert sorted(rungs) == ["issue", "lapse", "lapse", "lapse"], "receipt, plan and result, once"


@pytest.mark.parametrize(
    "body",
    [
        ordinary(),
        directive(),
        ordinary(kind="year_round", category="A2", cycle="month", year=2027),
    ],
)
async def test_the_preview_of_an_item_is_what_issuing_it_gives(desk: People, body: Json) -> None:
    before = (await desk.get("office", "/items", limit=1)).json()["items"]
    answer = await desk.post("office", "/items/preview", body)
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert (await desk.get("office", "/items", limit=1)).json()["items"] == before
    item = await desk.issue(body)

    def limits(clocks: list[Json]) -> list[tuple[str, str, str]]:
        return sorted((one["name"], one["due_at"], str(one["derivation"])) for one in clocks)

    assert (shown["due_on"], limits(shown["clocks"])) == (item["due_on"], limits(item["clocks"]))
    slots = [(one["name"], one["due_on"]) for one in shown["slots"]]
    assert slots == [(one["name"], one["due_on"]) for one in item["parts"]]
    assert shown["warnings"] == item["warnings"]


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("due_required", {"kind": "dated"}),
        ("unknown_unit", {"lead_unit": "没有这个局"}),
        ("cycle_required", {"kind": "year_round", "category": "A2"}),
        ("due_in_past", {"kind": "dated", "due_on": "2026-01-05"}),
    ],
)
async def test_the_preview_of_an_item_refuses_what_issuing_it_refuses(
    desk: People, code: str, more: Json
) -> None:
    for path in ("/items/preview", "/items"):
        answer = await desk.post("office", path, ordinary(**more))
        assert (answer.status_code, answer.json()["code"]) == (422, code)
