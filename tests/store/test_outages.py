"""A database that goes away and comes back."""

import asyncio

import asyncpg
import pytest

from store import reads
from tests.store.stories import UNIT, Story

CUT_IF_WORKING = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE usename = 'duban_app' AND EXISTS (
    SELECT FROM pg_stat_activity WHERE usename = 'duban_app' AND xact_start IS NOT NULL
)"""


async def kill_everybody(urls) -> None:
    superuser = await asyncpg.connect(urls.plain("superuser"))
    await superuser.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'duban_app'"
    )
    await superuser.close()


async def test_connections_that_were_cut_are_replaced(urls, database, store):
    story = await Story().record(store)
    await kill_everybody(urls)
    await story.act("receive", UNIT, "2026-10-08 11:00").record(store)
    await kill_everybody(urls)
    async with database.read() as conn:
        read = await reads.item_row(conn, story.id)
    assert read is not None
    assert read.status == "in_progress"


async def test_cut_off_at_any_moment_and_tried_again_nothing_is_lost_or_doubled(
    urls, database, store
):
    """What the workflow does: repeat the same projection until it is answered. Everybody is cut
    off in the midst of it, and again as soon as one more has got through."""
    stories = [Story() for _ in range(12)]
    one_more = asyncio.Event()
    cuts = 0

    async def until_recorded(story: Story) -> None:
        for when in ("2026-10-08 11:00", "2026-10-12 09:00", "2026-10-15 00:00", None):
            projection = story.projection()
            while True:
                try:
                    await store.project(projection)
                    one_more.set()
                    break
                except Exception:
                    await asyncio.sleep(0.02)
            if when:
                story.until(when)

    async def cutting() -> None:
        nonlocal cuts
        superuser = await asyncpg.connect(urls.plain("superuser"))
        try:
            while True:
                one_more.clear()
                while not await superuser.fetchval(CUT_IF_WORKING):
                    await asyncio.sleep(0)
                cuts += 1
                await one_more.wait()
        finally:
            await superuser.close()

    cut = asyncio.create_task(cutting())
    try:
        await asyncio.gather(*(until_recorded(story) for story in stories))
    finally:
        cut.cancel()
        await asyncio.gather(cut, return_exceptions=True)

    assert cuts > len(stories)
    async with database.read() as conn:
        numbers = set()
        for story in stories:
            read = await reads.item_row(conn, story.id)
            assert read is not None
            assert tuple(clock.clock for clock in read.clocks) == story.item.clocks
            entries = await reads.timeline(conn, story.id, include_covert=True)
            assert [entry.seq for entry in entries] == list(range(1, story.item.seq + 1))
            numbers.add(read.number)
    assert numbers == {f"政督〔2026〕{n}号" for n in range(1, 13)}


async def test_a_statement_that_hangs_is_ended(database):
    async with database.write() as conn:
        await conn.exec_driver_sql("SET LOCAL statement_timeout = '100ms'")
        with pytest.raises(Exception, match="statement timeout"):
            await conn.exec_driver_sql("SELECT pg_sleep(5)")
