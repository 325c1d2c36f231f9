"""The chains of hashes: they hold whatever was recorded, and notice whatever is done to it."""

from datetime import UTC, datetime, timedelta, timezone

import asyncpg
import pytest
from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import JSONB

from store.access import Access, keep
from store.chain import OF_AN_ACCESS, linked
from store.session import Database
from store.verification import Ends, Verified, verify
from store.words import storable
from tests.store.stories import OFFICE, UNIT, Story

NOON = "2026-10-08 12:00"


async def _kept(database: Database, code: str = "not_your_role") -> None:
    access = Access(
        at=datetime.now(UTC),
        event="refused",
        username="zjj",
        address="127.0.0.1",
        method="GET",
        route="/items/{item_id}",
        about="一个编号",
        status=403,
        code=code,
    )
    async with database.write() as conn:
        await keep(conn, access)


async def _verified(database: Database, earlier: Ends | None = None) -> Verified:
    async with database.read() as conn:
        return await verify(conn, earlier)


def _worked_on() -> Story:
    return (
        Story()
        .act("receive", UNIT, NOON)
        .act("remind", OFFICE, NOON, form="covert", to="工地", said="无人值守")
        .act("submit_feedback", UNIT, NOON, text="正在办理")
    )


async def test_what_is_recorded_verifies(database, store):
    story = await Story().record(store)
    await story.act("receive", UNIT, NOON).record(store)
    await _worked_on().record(store)
    await _kept(database)
    await _kept(database)
    verified = await _verified(database)
    assert verified.found == []
    assert (verified.items, verified.entries, verified.accesses) == (2, 6, 2)
    assert (await _verified(database)).digest == verified.digest
    await _kept(database)
    assert (await _verified(database)).digest != verified.digest


@pytest.mark.parametrize(
    ("done", "told"),
    [
        ("UPDATE audit_events SET summary = summary || '。' WHERE seq = 2", "第 2 项记录"),
        ("UPDATE audit_events SET at = at - interval '1 day' WHERE seq = 1", "第 1 项记录"),
        ("UPDATE audit_events SET changed = '{}' WHERE seq = 2", "第 2 项记录"),
        ("UPDATE audit_events SET actor = NULL WHERE seq = 1", "第 1 项记录"),
        ("UPDATE audit_events SET covert = false WHERE seq = 3", "第 3 项记录"),
        ("DELETE FROM audit_events WHERE seq = 1", "缺第 1 至 1 项"),
        ("DELETE FROM audit_events WHERE seq = 3", "缺第 3 至 3 项"),
        ("DELETE FROM audit_events WHERE seq = 4", "记录只到第 3 项"),
        ("DELETE FROM audit_events", "没有任何记录"),
        ("UPDATE access_events SET code = 'fine' WHERE id = 1", "访问记录第 1 条"),
        ("DELETE FROM access_events WHERE id = 1", "访问记录第 2 条"),
    ],
)
async def test_whatever_the_owner_of_the_database_does_to_it_shows(
    urls, database, store, done, told
):
    await _worked_on().record(store)
    await _kept(database)
    await _kept(database)
    owner = await asyncpg.connect(urls.plain("owner"))
    await owner.execute(done)
    await owner.close()
    found = (await _verified(database)).found
    assert any(told in line for line in found), found


@pytest.mark.parametrize(
    ("done", "told"),
    [
        ("DELETE FROM access_events WHERE id > 1", "access/2"),
        ("DELETE FROM access_events", "access/2"),
        ("DELETE FROM audit_events WHERE seq = 4; UPDATE items SET seq = 3", "/4"),
        (
            "DELETE FROM audit_events; DELETE FROM item_clocks; DELETE FROM item_search;"
            "DELETE FROM items",
            "/4",
        ),
    ],
)
async def test_what_was_kept_elsewhere_shows_what_was_cut_off(urls, database, store, done, told):
    await _worked_on().record(store)
    await _kept(database)
    await _kept(database)
    ends = (await _verified(database)).ends
    assert len(ends) == 3, "of the visible chain, the covert one, and the accesses"
    await _kept(database)
    assert (await _verified(database, ends)).found == []
    owner = await asyncpg.connect(urls.plain("owner"))
    await owner.execute(done)
    await owner.close()
    assert (await _verified(database)).found == [], "by itself it looks whole"
    assert any(told in line for line in (await _verified(database, ends)).found)


async def test_what_is_sent_again_is_linked_once(database, store):
    story = Story()
    opening = story.projection()
    await store.project(opening)
    story.act("receive", UNIT, NOON)
    received = story.projection()
    await store.project(received)
    await store.project(received)
    await store.project(opening)
    assert (await _verified(database)).found == []


@pytest.mark.parametrize(
    "value",
    [
        *(1.0, 1e16, 1e-7, -0.0, 0.1, 1e300, 10**30, "\x00\ud800", True, None, float("inf")),
        {"b": 1, "a": [2.50, {"c": ()}]},
    ],
)
async def test_a_value_has_one_hash_before_and_after_it_was_stored(database, value):
    kept = storable(value)
    async with database.read() as conn:
        query = select(bindparam("kept", kept, type_=JSONB))
        read = (await conn.execute(query)).scalar_one()
    moment = datetime(2026, 5, 1, tzinfo=UTC)
    row = dict.fromkeys(OF_AN_ACCESS) | {"about": kept, "at": moment}
    elsewhere = moment.astimezone(timezone(timedelta(hours=8)))
    again = row | {"about": read, "at": elsewhere}
    assert linked("", row, OF_AN_ACCESS) == linked("", again, OF_AN_ACCESS)
    assert linked("", row, OF_AN_ACCESS) != linked("x", again, OF_AN_ACCESS)
