"""Values come back from JSON as they were: that is how Temporal and the database carry them."""

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from domain.calendar import WorkingCalendar
from domain.items import Event, Facts, Item, Json, Source
from domain.lifecycle import evolve_all, next_alarm
from domain.policy import Policy
from domain.recalculation import apply_calendar, change_edition
from domain.records import Entry, Projection, Snapshot, entry_of, snapshot_of
from domain.seal import Seals, body_hash, canonical, opening_body, opening_digest
from tests.domain.life import (
    CHIEF,
    DEPUTY,
    OFFICE,
    UNIT,
    YEAR_2026,
    YEAR_2027,
    Life,
    at,
    on,
    operator,
)

KEY = "k" * 32
ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {
    kind: TypeAdapter(kind)
    for kind in (Item, Event, Entry, Snapshot, Projection, Policy, WorkingCalendar, Facts)
}


def carried(value: Any) -> Any:
    adapter = ADAPTERS[type(value)]
    return adapter.validate_json(adapter.dump_json(value))


def eventful() -> Life:
    """A directive to which everything happens."""
    source = Source(
        type="directive",
        reference="周政批〔2026〕9号",
        leader="张区长",
        date=on(11, 1),
        received_at=at(11, 1, 9),
        upstream_due_on=on(12, 1),
    )
    policy = Policy(close_of_business=time(17, 30), reminder_days=(5, 1))
    life = Life(
        "directive", at(11, 2, 9, 30), source=source, original_text="请速办", policy=policy
    ).at(at(11, 4, 10))
    life.do("receive", operator("receive"))
    life.do("submit_plan", attachments=("a", "b"), expected_done_on=on(11, 9))
    life.do("request_extension", on_behalf_of="王局长")
    life.do("advise_extension")
    life.do("decide_extension", CHIEF)
    life.do("request_coordination", major=True)
    life.do("answer_coordination", outcome="unresolved", new_content="只改造东区")
    life.at(at(11, 6, 9)).do("suspend_item")
    life.happened(apply_calendar(life.item, YEAR_2027, OFFICE, life.now))
    life.at(at(11, 9, 9)).do("resume_item")
    life.do("submit_feedback", interim_opinion=True)
    paper = {"signed_at": at(11, 9, 9), "file_id": "扫描件"}
    life.do("sign_off", OFFICE, recorded_from_paper=paper)
    life.do("review", new_due_on=on(12, 31))
    life.happened(change_edition(life.item, Policy(edition="2"), "修订", OFFICE, life.now))
    life.at(at(12, 31, 12)).do("explain_delay")
    life.at(at(1, 3, 9, year=2027)).do("submit_feedback", UNIT, final=True)
    life.do("sign_off", DEPUTY, approved=False)
    return life


def test_item_events_and_records() -> None:
    life = eventful()
    assert carried(life.item) == life.item
    for event in life.events:
        assert carried(event) == event
        assert carried(entry_of(event)) == entry_of(event)
    snapshot = snapshot_of(life.item)
    assert carried(snapshot) == snapshot
    projection = Projection(
        snapshot=snapshot, entries=tuple(entry_of(e) for e in life.events), opening_seal="x"
    )
    assert carried(projection) == projection


def test_a_carried_item_goes_on_as_the_other_would() -> None:
    """Continue-as-new: the zone comes back as an offset, and nothing else is different."""
    life = Life("dated", at(11, 2, 9)).at(at(11, 3, 9))
    twin = life.copy()
    twin.item = carried(twin.item)
    for one in (life, twin):
        one.do("receive", operator("receive"))
        one.item = carried(one.item)
        one.at(at(11, 19, 9)).do("suspend_item")
        one.at(at(11, 25, 9)).do("resume_item")
        one.at(at(12, 31))
    assert twin.rung == life.rung
    assert twin.item == life.item
    assert next_alarm(twin.item) == next_alarm(life.item)


def test_the_state_is_the_sum_of_its_events() -> None:
    life = eventful()
    assert evolve_all(life.unopened, life.events) == life.item
    assert evolve_all(life.unopened, [carried(event) for event in life.events]) == life.item


def test_small_values() -> None:
    for value in (
        Policy(close_of_business=time(17, 30)),
        WorkingCalendar(years=(YEAR_2026, YEAR_2027)),
        Life("dated", due_on=None, due_at=at(11, 20, 15)).item.facts,
    ):
        assert carried(value) == value


def test_a_snapshot_leaves_out_what_is_on_record() -> None:
    life = Life("directive")
    known = life.item
    life.do("receive")
    snapshot = snapshot_of(life.item, known_facts=known.facts, known=known.clocks)
    assert snapshot.facts is None
    assert [c.key for c in snapshot.clocks] == ["receipt"]
    whole = snapshot_of(life.item)
    assert (whole.facts, len(whole.clocks)) == (life.item.facts, 3)
    assert (whole.due_on, whole.next_alarm) == (on(11, 9), "办理方案到期提醒")
    assert (whole.holder, whole.lapsed, whole.unverified) == ("unit", False, ())


def test_a_seal_survives_the_journey() -> None:
    """The activity checks it over facts that have been JSON meanwhile."""
    life = Life("dated", due_on=None, due_at=at(11, 20, 15), source=Source(type="x", date=on(1, 1)))
    seals = Seals(KEY)
    seal = seals.seal(OFFICE, "7", "issue", _opening(life.item), "r")
    again = carried(life.item)
    assert seals.holds(seal, OFFICE, "7", "issue", _opening(again), "r")
    for changed in (
        replace(again, facts=replace(again.facts, title="另一件")),
        replace(again, policy=replace(again.policy, extensions_most=9)),
        replace(again, calendar=WorkingCalendar()),
        replace(again, entered_at=again.entered_at + timedelta(seconds=1)),
    ):
        assert not seals.holds(seal, OFFICE, "7", "issue", _opening(changed), "r")


def _opening(item: Item) -> Json:
    return opening_body(
        opening_digest(item.facts, item.issued_at, item.entered_at, item.calendar, item.policy)
    )


@pytest.mark.parametrize(
    "forged",
    [
        ("actor", UNIT),
        ("item", "8"),
        ("act", "review"),
        ("body", {"a": 2}),
        ("request", "q"),
        ("key", "x" * 32),
    ],
    ids=lambda pair: pair[0],
)
def test_a_seal_holds_for_exactly_what_was_sealed(forged: tuple[str, Any]) -> None:
    name, other = forged
    said: dict[str, Any] = {
        "actor": OFFICE,
        "item": "7",
        "act": "sign_off",
        "body": {"a": 1},
        "request": "r",
        "key": KEY,
    }

    def parts(told: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(told[k] for k in ("actor", "item", "act", "body", "request"))

    seal = Seals(KEY).seal(*parts(said))
    assert Seals(KEY).holds(seal, *parts(said))
    said[name] = other
    assert not Seals(said["key"]).holds(seal, *parts(said))


def test_one_spelling_of_a_body() -> None:
    assert canonical({"b": 1, "a": "督"}) == '{"a":"督","b":1}'.encode()
    assert body_hash({"a": 1, "b": 2}) == body_hash({"b": 2, "a": 1})
    assert body_hash({"a": 1}) != body_hash({"a": "1"})
