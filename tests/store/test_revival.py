"""An item rebuilt from the record is the one its workflow had, whatever led to 销号 (T30, T31)."""

import asyncio
import uuid
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from domain.errors import DomainError
from domain.family import News, hear
from domain.items import Item, Kind, Status
from domain.lifecycle import evolve
from domain.parts import Actual, Part, PartState, Target
from domain.policy import Policy
from domain.ports import Overtaken
from domain.recalculation import change_edition
from domain.records import Entry, Projection, changed_between, entry_of, snapshot_of
from store import calendars, policies
from store.items import PostgresItemStore
from store.revival import item_of
from store.session import Database
from tests.domain.life import CHIEF, OFFICE, YEAR_2026, ZONE, Life, at, confirmer, on, operator
from tests.domain.test_machine import right_actor, said, usual
from tests.domain.test_year import slot_life

EDITION = Policy(edition="b", effective_on=on(7, 1), reminder_days=(5, 2))
KINDS = [Kind.ORDINARY, Kind.DIRECTIVE, Kind.DATED, Kind.MILESTONES, Kind.YEAR_ROUND, Kind.SLOT]
TARGETS = (Target(name="投资额", unit="亿元", target=100),)
NEXT: dict[Status, str] = {
    Status.DRAFT: "submit_for_approval",
    Status.AWAITING_APPROVAL: "approve_issue",
    Status.ISSUED: "receive",
    Status.IN_PROGRESS: "submit_feedback",
    Status.AWAITING_SIGN_OFF: "sign_off",
    Status.AWAITING_REVIEW: "review",
    Status.SUSPENDED: "resume_item",
}


def begun(kind: Kind, *, draft: bool) -> Life:
    """An item of that kind, issued on a Monday."""
    if kind is Kind.SLOT:
        return slot_life(Life(Kind.YEAR_ROUND, at(11, 2, 9), targets=TARGETS), "month-11")
    more: dict[str, Any] = {"targets": TARGETS} if kind is Kind.YEAR_ROUND else {}
    return Life(kind, at(11, 2, 9), draft=draft, basis="区政府常务会议决定", **more)


def lived(life: Life, data: st.DataObject) -> None:
    """Whatever people do, with time between."""
    for _ in range(data.draw(st.integers(0, 12))):
        life.at(life.now + timedelta(hours=data.draw(st.sampled_from([0, 1, 30, 100]))))
        act = data.draw(st.sampled_from(usual(life.item)))
        words = said(life, act, data)
        paper = OFFICE if "recorded_from_paper" in words else None
        signalled = data.draw(st.integers(0, 4)) == 0
        who = operator(act) if signalled else paper or right_actor(life.item, act)
        with suppress(DomainError):
            life.do(act, who, **words)
    if data.draw(st.booleans()) and not life.item.ended:
        with suppress(DomainError):
            life.happened(change_edition(life.item, EDITION, "修订", OFFICE, life.now))
    if data.draw(st.booleans()):
        with suppress(DomainError):
            life.do("change_unit", from_on=on(12, 30))


def struck_off(life: Life) -> None:
    """All that is left is done."""
    for _ in range(20):
        item = life.item
        if item.ended:
            return
        if item.unverified:
            pending = item.unverified[0]
            life.do("confirm_act", confirmer(pending), target=pending.seq)
            continue
        if item.sent_back.pending:
            life.do("decide_return", accepted=False)
        with suppress(DomainError):
            life.do("end_early")
        for part in life.item.unfinished_parts:
            life.happened(hear(life.item, reported(part), life.now))
        act, more = NEXT[item.status], dict[str, Any]()
        if act == "submit_feedback":
            more["final"] = True
            more["actuals"] = [Actual(name=t.name, value=5.5) for t in item.facts.targets]
        if act == "review" and item.approval.owed:
            life.do("ratify", CHIEF)
        if act == "review" and item.handed_in.interim:
            more["accepted"] = False
        life.do(act, right_actor(item, act), **more)


def reported(part: Part) -> News:
    """What a part tells once it is done."""
    return News(
        item_id=part.item_id,
        seq=part.seq + 5,
        state=PartState.CLOSED,
        unit=part.unit,
        unit_name=part.unit_name,
        lapsed_at=at(12, 1),
        actuals=(Actual(name="投资额", value=3.25),),
    )


def chapters(life: Life, item_id: str, cuts: set[int]) -> tuple[Item, list[Projection]]:
    """The item, and what its workflow records of it when it wakes after each of ``cuts``."""
    item = replace(life.unopened, id=item_id)
    told: Item | None = None
    found: list[Projection] = []
    entries: list[Entry] = []
    for event in life.events:
        before, item = item, evolve(item, event)
        entries.append(entry_of(event, changed_between(before, item)))
        if event.seq in cuts or event is life.events[-1]:
            snapshot = (
                snapshot_of(item, known_facts=told.facts, known=told.clocks, known_parts=told.parts)
                if told
                else snapshot_of(item)
            )
            found.append(Projection(snapshot=snapshot, entries=tuple(entries)))
            told, entries = item, []
    return item, found


@pytest.mark.timeout(240)
async def test_it_is_the_item_its_workflow_had(
    database: Database, store: PostgresItemStore
) -> None:
    loop = asyncio.get_running_loop()
    async with database.write() as connection:
        await policies.put_edition(connection, EDITION, "admin")
        await calendars.put_calendar_year(connection, YEAR_2026, "admin", ZONE)

    async def rebuilt(item: Item, projections: list[Projection]) -> tuple[str, Item]:
        for projection in projections:
            number = (await store.project(projection)).number
        async with database.read() as connection:
            return number, await item_of(connection, item.id, datetime.now(ZONE))

    seen: set[tuple[Kind, int, bool, str]] = set()

    @settings(
        max_examples=80,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data(), kind=st.sampled_from(KINDS), draft=st.booleans())
    def holds(data: st.DataObject, kind: Kind, draft: bool) -> None:
        life = begun(kind, draft=draft and kind is not Kind.YEAR_ROUND)
        lived(life, data)
        struck_off(life)
        assume(life.item.ended)
        for _ in range(data.draw(st.integers(0, 2))):
            if life.item.status is Status.CLOSED:
                life.do("reopen", new_due_on=life.now.date() + timedelta(days=9))
                lived(life, data)
                struck_off(life)
        if data.draw(st.booleans()) and life.item.status is Status.CLOSED:
            life.do("archive")
        cuts = set(data.draw(st.lists(st.integers(1, 40), max_size=5)))
        item, projections = chapters(life, str(uuid.uuid4()), cuts)
        work = asyncio.run_coroutine_threadsafe(rebuilt(item, projections), loop)
        number, found = work.result()
        # The calendar is the present one; a stopped clock is not counted again.
        assert found == replace(item, number=number, calendar=found.calendar)
        assert found.calendar.years
        assert found.as_of.utcoffset() == item.as_of.utcoffset()
        seen.add((kind, item.rounds, item.new_unit is not None, item.status.value))

    await asyncio.to_thread(holds)
    assert {kind for kind, *_ in seen} == set(KINDS)
    assert {rounds for _, rounds, *_ in seen} >= {1, 2, 3}
    assert {pending for _, _, pending, _ in seen} == {True, False}
    assert {status for *_, status in seen} >= {"closed", "archived"}


async def test_a_new_run_begins_from_the_last_on_record_or_not_at_all(
    database: Database, store: PostgresItemStore
) -> None:
    life = begun(Kind.ORDINARY, draft=False)
    struck_off(life)
    seq = life.item.seq
    last, (before,) = chapters(life, str(uuid.uuid4()), set())
    await store.project(before)
    life.do("reopen")
    item, (whole,) = chapters(life, last.id, set())
    event = whole.entries[-1]
    again = Projection(
        snapshot=snapshot_of(item, known_facts=item.facts, known=last.clocks),
        entries=(replace(event, request_id="request-2"),),
        revived_from=seq,
    )

    async def on_record() -> tuple[int, int]:
        async with database.read() as connection:
            found = await item_of(connection, item.id, datetime.now(ZONE))
        return found.seq, found.rounds

    with pytest.raises(Overtaken):
        await store.project(replace(again, revived_from=seq - 1))
    assert await on_record() == (seq, 1)
    await store.project(again)
    await store.project(again)  # the answer was lost
    assert await on_record() == (seq + 1, 2)
    later = replace(again.entries[0], at=event.at + timedelta(seconds=1))
    for other in (replace(event, request_id="request-3"), later):
        with pytest.raises(Overtaken):
            await store.project(replace(again, entries=(other,)))
    with pytest.raises(Overtaken):
        await store.project(replace(again, snapshot=replace(again.snapshot, id=str(uuid.uuid4()))))
    assert await on_record() == (seq + 1, 2)
