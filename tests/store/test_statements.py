"""The daily statement: a clean record says so, and whatever is done to it is named."""

from datetime import datetime, timedelta

import asyncpg
import pytest

from domain.statement import Examined, Fault, Finding, Statement
from store import inbox
from store.comparison import differences
from store.items import PostgresItemStore
from store.seeding import seed_calendar
from store.session import Database
from store.statements import TITLE, chase, examine, keep, one, page
from tests.postgres import Urls
from tests.store.stories import CHIEF, OFFICE, UNIT, ZONE, Story, at

NOON = "2026-10-09 12:00"
NOW = at("2026-10-09 18:00")


@pytest.fixture(autouse=True)
async def _calendar(database: Database) -> None:
    """What is on record is counted by the calendar on record."""
    async with database.write() as conn:
        await seed_calendar(conn, ZONE)


async def owner(urls: Urls, done: str) -> None:
    """Whatever the owner of the database does to it."""
    connection = await asyncpg.connect(urls.plain("superuser"))
    async with connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute(done)
    await connection.close()


async def stated(database: Database, now: datetime = NOW) -> Examined:
    """Look through the record and keep the statement, as the activity does."""
    found = await examine(database, now)
    await keep(database, Statement(at=now, examined=found, findings=found.findings))
    return found


def faults(found: Examined) -> list[tuple[Fault, str]]:
    return [(finding.fault, finding.number) for finding in found.findings]


async def two_items(store: PostgresItemStore) -> tuple[Story, Story]:
    """One under way, one struck off."""
    going_on = await Story().until(NOON).act("receive", UNIT, NOON).record(store)
    ended = (
        Story()
        .until(NOON)
        .act("receive", UNIT, NOON)
        .act("terminate_item", CHIEF, NOON, reason="撤销")
    )
    return going_on, await ended.record(store)


async def test_a_record_in_order_says_so(database: Database, store: PostgresItemStore) -> None:
    await two_items(store)
    late = await Story(issued_at=at("2026-09-20 09:00")).until("2026-10-09 17:00").record(store)
    first = await stated(database)
    assert first.findings == ()
    assert (first.open_items, first.ended_items, first.entries) == (2, 1, 3 + 2 + late.item.seq)
    assert first.limits == sum(clock.lapsed for clock in late.item.clocks)
    assert (await stated(database, NOW + timedelta(minutes=5))).findings == ()
    async with database.read() as conn:
        assert [row.id for row in (await page(conn, limit=5)).items] == [2, 1]
        assert (await page(conn, limit=5, faulty=True)).items == ()
        told = {notice.rung for notice in (await inbox.inbox(conn, OFFICE)).items}
    assert "statement" not in told


@pytest.mark.parametrize(
    ("done", "fault", "which"),
    [
        ("UPDATE items SET lapsed = true WHERE number = '{ended}'", Fault.EDITED, "ended"),
        (
            "UPDATE item_clocks SET told_at = now() WHERE item_id = '{ended_id}'",
            Fault.EDITED,
            "ended",
        ),
        ("DELETE FROM notices WHERE item_id = '{open_id}'", Fault.NOT_TOLD, "open"),
        ("UPDATE notices SET text = '无事' WHERE item_id = '{open_id}'", Fault.NOT_TOLD, "open"),
        ("DELETE FROM deliveries", Fault.NOT_TOLD, "open"),
        ("DELETE FROM item_clocks WHERE item_id = '{open_id}'", Fault.UNWATCHED, "open"),
    ],
)
async def test_what_is_done_to_the_record_is_named(
    database: Database, store: PostgresItemStore, urls: Urls, done: str, fault: Fault, which: str
) -> None:
    going_on, ended = await two_items(store)
    assert (await stated(database)).findings == ()
    names = {"open_id": going_on.id, "ended": ended.item.number, "ended_id": ended.id}
    await owner(urls, done.format(**names))
    number = (going_on if which == "open" else ended).item.number
    assert (fault, number) in faults(await stated(database, NOW + timedelta(hours=1)))
    async with database.read() as conn:
        told = (await inbox.inbox(conn, OFFICE)).items[0]
    assert (told.title, told.desk) == (TITLE, True)
    assert str(number) in told.text


async def test_a_row_that_is_gone_is_named(
    database: Database, store: PostgresItemStore, urls: Urls
) -> None:
    _, ended = await two_items(store)
    await stated(database)
    for table in ("item_search", "item_clocks", "audit_events"):
        await owner(urls, f"DELETE FROM {table} WHERE item_id = '{ended.id}'")
    await owner(urls, f"DELETE FROM items WHERE id = '{ended.id}'")
    found = (await stated(database)).findings
    assert {Fault.NO_RECORD, Fault.HISTORY} == {finding.fault for finding in found}
    assert any(finding.item_id == ended.id for finding in found)


async def test_a_rung_that_did_not_ring_is_named(
    database: Database, store: PostgresItemStore
) -> None:
    story = await Story().until(NOON).act("receive", UNIT, NOON).record(store)
    found = await stated(database, at("2026-10-16 12:00"))
    assert faults(found) == [(Fault.SILENT, story.item.number)]
    assert "办理结果" in found.findings[0].text


async def test_a_chain_rewritten_whole_is_named(
    database: Database, store: PostgresItemStore, urls: Urls
) -> None:
    story, _ = await two_items(store)
    await stated(database)
    await owner(urls, f"UPDATE audit_events SET hash = 'x' WHERE item_id = '{story.id}'")
    assert {fault for fault, _ in faults(await stated(database))} == {Fault.HISTORY}


async def test_a_statement_rewritten_is_named(
    database: Database, store: PostgresItemStore, urls: Urls
) -> None:
    await two_items(store)
    await stated(database)
    await owner(urls, "UPDATE statements SET open_items = 7")
    found = await stated(database)
    assert "第 1 号每日核对声明" in found.findings[0].text
    assert len(found.findings) == 1


async def test_what_a_workflow_has_is_compared_with_its_row(
    database: Database, store: PostgresItemStore, urls: Urls
) -> None:
    story = await Story(lead_unit="ZJJ").act("receive", UNIT, NOON).record(store)
    before = story.whole()
    await story.act("submit_feedback", UNIT, NOON, text="正在办理").record(store)
    snapshot = story.whole()

    async def differing() -> tuple[str, ...] | None:
        async with database.read() as conn:
            return await differences(conn, snapshot, ZONE)

    assert await differing() == ()
    async with database.read() as conn:
        assert await differences(conn, before, ZONE) is None
    await owner(urls, "UPDATE items SET due_at = due_at + interval '9 days', holder = 'office'")
    assert await differing() == ("holder", "现期限")
    await owner(urls, "UPDATE item_clocks SET rungs = '{lapse}' WHERE rule = 'ordinary_result'")
    assert "时限“办理结果”" in (await differing() or ())


async def test_a_statement_that_is_not_made_is_chased_once_a_day(
    database: Database, store: PostgresItemStore
) -> None:
    assert not await chase(database, NOW)
    await stated(database)
    assert not await chase(database, NOW + timedelta(hours=26))
    for hours in (27, 28, 52):
        assert await chase(database, NOW + timedelta(hours=hours))
    async with database.read() as conn:
        told = [notice.rung for notice in (await inbox.inbox(conn, OFFICE)).items]
    assert told == ["statement_missing"] * 2


async def test_what_is_kept_reads_back(database: Database) -> None:
    finding = Finding(fault=Fault.NO_WORKFLOW, item_id="i", number="政督〔2026〕1号", text="不在。")
    examined = await examine(database, NOW)
    number = await keep(database, Statement(at=NOW, examined=examined, findings=(finding,)))
    async with database.read() as conn:
        row = await one(conn, number)
        assert await one(conn, number + 1) is None
    assert row is not None
    assert (row.findings, row.at) == ((finding,), NOW)
