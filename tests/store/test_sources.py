"""What the register's list counts is what a single source shows, in as many questions whatever its
size."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from domain.items import Source
from domain.origins import MeetingType, SourceType
from domain.sources import Clause, Registered, counts, uncovered
from store import sources
from store.session import Database
from store.sources import SourceFilters
from tests.store.stories import DEPUTY, OFFICE, Story

MEETING = Registered(
    type=SourceType.MEETING, title="常务会议", year=2026, meeting_type=MeetingType.STANDING
)


async def registered(database: Database, clauses: int) -> int:
    """A source with so many clauses."""
    said = [Clause(no=str(n), text="办") for n in range(1, clauses + 1)]
    async with database.write() as conn:
        return await sources.add(conn, MEETING, said, "office")


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    sent: list[str] = []

    def keep(*said: object) -> None:
        sent.append(str(said[2]))

    engine = database._engine.sync_engine
    event.listen(engine, "before_cursor_execute", keep)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", keep)


async def whole(database: Database, source_id: int):
    """A source as the office reads it."""
    async with database.read() as conn:
        row = await sources.one(conn, OFFICE, source_id)
        clauses = await sources.clauses_of(conn, source_id)
        return row, clauses, await sources.items_of(conn, OFFICE, source_id)


async def test_as_many_questions_for_a_large_source_as_for_a_small_one(database, store):
    asked = {}
    for size in (1, 12):
        source_id = await registered(database, size)
        for n in range(1, size + 1):
            source = Source(type="会议", id=source_id, clause=str(n))
            await Story(source=source).record(store)
            async with database.write() as conn:
                said = {"reason": "并入", "made_by": "office"}
                await sources.decide(conn, source_id, str(n), needed=False, **said)
        with counted(database) as sent:
            row, clauses, items = await whole(database, source_id)
        assert (row.items, row.clauses, len(clauses), len(items)) == (size,) * 4
        asked[size] = len(sent)
    assert asked == {1: 3, 12: 3}
    with counted(database) as sent:
        async with database.read() as conn:
            page = await sources.find(conn, OFFICE, SourceFilters(), 50)
    assert (len(page.items), len(sent)) == (2, 1)


async def test_the_list_counts_what_a_single_source_shows(database, store):
    for size, covered, decided in ((0, 0, 0), (1, 0, 0), (5, 2, 2), (3, 3, 0), (4, 0, 4)):
        source_id = await registered(database, size)
        for n in range(1, covered + 1):
            await Story(source=Source(type="会议", id=source_id, clause=str(n))).record(store)
        for n in range(size - decided + 1, size + 1):
            async with database.write() as conn:
                said = {"reason": "并入", "made_by": "office"}
                await sources.decide(conn, source_id, str(n), needed=True, **said)
                await sources.decide(conn, source_id, str(n), needed=False, **said)
        row, clauses, items = await whole(database, source_id)
        settled = [clause.said.no for clause in clauses if clause.not_needed]
        missing = uncovered([clause.said.no for clause in clauses], settled, items)
        assert counts(items, len(missing)).uncovered == row.uncovered == size - covered - decided
        async with database.read() as conn:
            page = await sources.find(conn, OFFICE, SourceFilters(uncovered=True), 50)
        assert (source_id in [one.id for one in page.items]) is bool(missing)


async def test_items_say_in_columns_by_which_clause_they_came(database, store):
    source_id = await registered(database, 1)
    story = await Story(source=Source(type="会议", id=source_id, clause="1")).record(store)
    plain = await Story().record(store)
    async with database.read() as conn:
        rows = await conn.exec_driver_sql("SELECT id, source_id, source_clause FROM items")
        assert {tuple(row) for row in rows} == {(story.id, source_id, "1"), (plain.id, None, None)}
        seen = await sources.one(conn, DEPUTY, source_id)
    assert seen is not None
    assert (seen.items, seen.clauses, seen.uncovered) == (1, 1, None)


async def test_an_item_of_a_source_that_is_lost_is_recorded_all_the_same(database, store):
    story = await Story(source=Source(type="会议", id=77, clause="1")).record(store)
    async with database.read() as conn:
        assert await sources.one(conn, OFFICE, 77) is None
    assert story.item.number == "政督〔2026〕1号"
