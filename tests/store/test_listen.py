"""Waiting for a record: at once when told, soon when nobody can be told, never for ever."""

import asyncio
import time

import asyncpg
import pytest

from store.listen import Commits
from store.session import Database
from tests.store.stories import UNIT, Story


@pytest.fixture
async def commits(database):
    async with Commits(database) as running:
        async with asyncio.timeout(5):
            while not running.listening:
                await asyncio.sleep(0.01)
        yield running


async def _kill_listeners(urls) -> int:
    superuser = await asyncpg.connect(urls.plain("superuser"))
    try:
        killed = await superuser.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'duban-listen'"
        )
    finally:
        await superuser.close()
    return len(killed)


async def test_it_returns_when_the_record_is_written(commits, store):
    story = Story()
    waiting = asyncio.create_task(commits.wait_for(story.id, 1, 5))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    await store.project(story.projection())
    written = time.monotonic()
    assert await waiting is True
    assert time.monotonic() - written < 0.1


async def test_what_is_there_already_is_not_waited_for(commits, store, database):
    story = await Story().record(store)
    assert await commits.wait_for(story.id, 1, 5)
    async with Commits(database) as fresh:  # has heard nothing
        await asyncio.sleep(0.3)
        begun = time.monotonic()
        assert await fresh.wait_for(story.id, 1, 5)
        assert time.monotonic() - begun < 0.4


async def test_an_earlier_record_does_not_wake(commits, store):
    story = await Story().record(store)
    assert await commits.wait_for(story.id, 2, 0.3) is False
    waiting = asyncio.create_task(commits.wait_for(story.id, 3, 5))
    await story.act("receive", UNIT, "2026-10-08 11:00").record(store)
    await asyncio.sleep(0.1)
    assert not waiting.done()
    await story.until("2026-10-12 09:00").record(store)
    assert await waiting is True


async def test_no_wake_up_is_lost(commits: Commits, store):
    """Records written while waiters come in, at whatever instant."""
    stories = [Story() for _ in range(40)]

    async def wait(story: Story, pause: float) -> bool:
        await asyncio.sleep(pause)
        return await commits.wait_for(story.id, 1, 10)

    waits = [wait(story, n % 7 / 50) for n, story in enumerate(stories) for _ in range(3)]
    told = await asyncio.gather(*waits, *(story.record(store) for story in stories))
    assert all(told[: len(waits)])


async def test_thousands_wait_on_few_connections(commits, store):
    story = Story()
    others = [asyncio.create_task(commits.wait_for(f"no-{n}", 1, 1)) for n in range(1000)]
    waiting = [asyncio.create_task(commits.wait_for(story.id, 1, 10)) for _ in range(2000)]
    await asyncio.sleep(0.2)
    await story.record(store)
    begun = time.monotonic()
    assert all(await asyncio.gather(*waiting))
    assert time.monotonic() - begun < 5
    assert not any(await asyncio.gather(*others))
    assert commits.waiting == 0


async def test_it_goes_on_when_the_listener_is_killed(urls, commits, store):
    assert await _kill_listeners(urls) == 1
    story = Story()
    waiting = asyncio.create_task(commits.wait_for(story.id, 1, 5))
    await store.project(story.projection())
    begun = time.monotonic()
    assert await waiting is True
    assert time.monotonic() - begun < 1.0
    async with asyncio.timeout(5):
        while not commits.listening:
            await asyncio.sleep(0.01)
    other = Story()
    waiting = asyncio.create_task(commits.wait_for(other.id, 1, 5))
    await asyncio.sleep(0.05)
    await store.project(other.projection())
    assert await waiting is True


async def test_it_works_by_looking_alone(commits, store, monkeypatch):
    """A listener that is connected but deaf (a half-dead network)."""
    monkeypatch.setattr("store.items.CHANNEL", "another_channel")
    story = Story()
    waiting = asyncio.create_task(commits.wait_for(story.id, 1, 5))
    await asyncio.sleep(0.05)
    await store.project(story.projection())
    assert await waiting is True
    assert commits.listening


async def test_a_database_that_is_away_is_a_no_in_time():
    nowhere = Database("postgresql+asyncpg://nobody:x@127.0.0.1:1/nothing", pool_size=1)
    async with Commits(nowhere) as deaf:
        begun = time.monotonic()
        assert await deaf.wait_for("any", 1, 0.5) is False
        assert time.monotonic() - begun < 1.5
        assert not deaf.listening
    await nowhere.dispose()


async def test_newcomers_do_not_keep_others_from_being_looked_for(commits, store, monkeypatch):
    story = Story()
    waiting = asyncio.create_task(commits.wait_for(story.id, 1, 5))

    async def newcomers() -> None:
        for n in range(10_000):
            await asyncio.sleep(0.01)
            coming.append(asyncio.create_task(commits.wait_for(f"newcomer-{n}", 1, 0.05)))

    coming: list[asyncio.Task[bool]] = []
    crowd = asyncio.create_task(newcomers())
    await asyncio.sleep(0.1)
    # As if the notification had been lost.
    monkeypatch.setattr("store.items.CHANNEL", "another_channel")
    await store.project(story.projection())
    begun = time.monotonic()
    assert await waiting is True
    assert time.monotonic() - begun < 2
    crowd.cancel()
    await asyncio.gather(crowd, *coming, return_exceptions=True)


async def test_a_waiter_that_gives_up_leaves_nothing(commits):
    waiting = asyncio.create_task(commits.wait_for("nothing", 1, 30))
    await asyncio.sleep(0.05)
    assert commits.waiting == 1
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert commits.waiting == 0
