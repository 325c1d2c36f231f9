"""Circulars and the ledger in PostgreSQL: recorded once, numbered without gaps, only added to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from pydantic import TypeAdapter
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError

from domain.circular_acts import CIRCULAR_ACTS, CircularBody, CircularCommand, Terms
from domain.circular_life import begin, decide
from domain.circular_records import CircularProjection, line_of
from domain.circular_state import Circular, Happened
from domain.circulars import CircularEntry, Draft, Ground, PointsTable, Tone
from domain.items import Actor, OfficePost, Role
from store import circulars, deductions, points
from store.circulars import PostgresCircularStore
from store.session import Database
from store.tables import circular_entries, circular_events, deduction_lines
from store.verification import verify
from tests.store.stories import ZONE

STAFF = Actor(username="staff", name="科员", role=Role.OFFICE, post=OfficePost.STAFF)
HEAD = Actor(username="head", name="主任", role=Role.OFFICE)
CHIEF = Actor(username="chief", name="区长", role=Role.CHIEF)
UNIT = Actor(username="zjj", name="李强", role=Role.UNIT, unit="ZJJ")
NOON = datetime(2026, 11, 2, 12, tzinfo=ZONE)
DRAFT = Draft(
    title="督查通报",
    entries=(
        CircularEntry(
            no=1,
            item_id="gone",
            item_number="政督〔2026〕1号",
            item_title="老旧小区改造",
            unit="ZJJ",
            unit_name="区住房和城乡建设局",
            tone=Tone.CRITICISE,
            ground=Ground.G1,
            facts="抓得不紧。\0",
        ),
    ),
)


class Story:
    """A circular's life, as the projections its workflow sends."""

    def __init__(self, circular_id: str = "c", now: datetime = NOON) -> None:
        self.now = now
        self.happened = [begin(circular_id, self._command("draft_circular", STAFF), now)]
        self._sent = 0

    def _command(self, act: str, who: Actor, **said: Any) -> CircularCommand:
        asked = {"entries": []} if act == "draft_circular" else said
        made: CircularBody = TypeAdapter(CIRCULAR_ACTS[act].body).validate_python(asked)
        terms = Terms(units=("ZJJ",))
        return CircularCommand(
            act=act, body=made, actor=who, raw=said, request_id=act, draft=DRAFT, terms=terms
        )

    @property
    def circular(self) -> Circular:
        return self.happened[-1].after

    def act(self, name: str, who: Actor, **said: Any) -> "Story":
        self.happened += decide(self.circular, self._command(name, who, **said), self.now)
        return self

    def issued(self) -> "Story":
        self.act("submit_circular", STAFF)
        self.act("approve_circular", CHIEF, approved=True, comment="同意。")
        return self.act("issue_circular", HEAD, publication="public")

    def projection(self) -> CircularProjection:
        """All that has happened since the last."""
        new: list[Happened] = self.happened[self._sent :]
        self._sent = len(self.happened)
        return CircularProjection(circular=self.circular, entries=tuple(map(line_of, new)))

    def numbered(self, number: str | None) -> None:
        last = self.happened[-1]
        self.happened[-1] = replace(last, after=replace(last.after, number=number))


@pytest.fixture
def store(database: Database) -> PostgresCircularStore:
    return PostgresCircularStore(database, "督查通报", ZONE)


async def counted(database: Database, table: Any) -> int:
    async with database.read() as connection:
        return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())


async def test_whatever_is_sent_again_or_late_changes_nothing(database, store):
    story = Story()
    first = story.projection()
    assert (await store.project(first)).number is None
    issued = story.issued().projection()
    number = (await store.project(issued)).number
    assert number == "督查通报〔2026〕第1期"
    for again in (issued, first, issued):
        assert (await store.project(again)).number == number
    assert await counted(database, circular_events) == 4
    assert await counted(database, deduction_lines) == 1
    assert await counted(database, circular_entries) == 1
    story.numbered(number)
    await store.project(story.act("withdraw_circular", HEAD, reason="有误。").projection())
    async with database.read() as connection:
        row = await circulars.one(connection, "c")
        lines = await deductions.ledger(connection, UNIT, "ZJJ", 2026)
        assert (await verify(connection)).found == []
    assert row is not None
    assert (row.circular.stage, row.circular.number) == ("withdrawn", number)
    assert [(line.kind, line.points) for line in lines] == [("deducted", 50), ("withdrawn", -50)]
    assert lines[0].reason == "抓得不紧：抓得不紧。\N{REPLACEMENT CHARACTER}"


async def test_numbers_have_no_gaps_and_begin_anew_each_year(database, store):
    numbers = []
    turn = datetime(2026, 12, 31, 23, 30, tzinfo=ZONE)
    for name, now in (("a", NOON), ("b", NOON), ("c", turn), ("d", turn + timedelta(hours=1))):
        story = Story(name, now)
        draft = Story(f"{name}-draft", now)
        await store.project(draft.projection())
        numbers.append((await store.project(story.issued().projection())).number)
    assert numbers == [
        *(f"督查通报〔2026〕第{n}期" for n in (1, 2, 3)),
        "督查通报〔2027〕第1期",
    ]
    async with database.read() as connection:
        for year, total in ((2026, 150), (2027, 50)):
            lines = await deductions.ledger(connection, HEAD, "ZJJ", year)
            assert sum(line.points for line in lines) == total
        page = await circulars.find(connection, UNIT, limit=3)
        rest = await circulars.find(connection, UNIT, limit=3, cursor=page.next_cursor)
    assert [len(page.items), len(rest.items)] == [3, 1], "drafts are none of a unit's business"


@pytest.mark.parametrize(
    ("done", "told"),
    [
        ("UPDATE circular_events SET summary = '' WHERE seq = 2", "第 2 项记录"),
        ("UPDATE circular_events SET lines = '[]' WHERE seq = 4", "第 4 项记录"),
        ("DELETE FROM circular_events WHERE seq = 2", "缺第 2 至 2 项"),
        ("DELETE FROM circular_events WHERE seq = 4", "记录只到第 3 项"),
        ("DELETE FROM circular_events", "没有任何记录"),
        ("UPDATE deduction_lines SET points = 10", "扣分与记录不符"),
        ("DELETE FROM deduction_lines", "扣分与记录不符"),
        (
            "INSERT INTO deduction_lines (deduction_id, unit, year, kind, points, reason, at, seq,"
            " place) SELECT deduction_id, unit, year, 'revoked', 0, '', at, 9, 0"
            " FROM deduction_lines",
            "扣分与记录不符",
        ),
    ],
)
async def test_whatever_the_owner_of_the_database_does_to_it_shows(
    urls, database, store, done, told
):
    await store.project(Story().issued().projection())
    owner = await asyncpg.connect(urls.plain("owner"))
    await owner.execute(done)
    await owner.close()
    async with database.read() as connection:
        found = (await verify(connection)).found
    assert any(told in line for line in found), found


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM deduction_lines",
        "UPDATE deduction_lines SET points = 0",
        "UPDATE deductions SET points = 0",
        "DELETE FROM circulars",
        "UPDATE circular_entries SET facts = ''",
        "UPDATE circular_refusals SET reason = ''",
        "UPDATE points_tables SET points = '{}'",
    ],
)
async def test_the_application_only_adds(database, statement):
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with database.write() as connection:
            await connection.execute(text(statement))


async def test_the_points_of_a_year_are_its_last_edition_s(database):
    async with database.write() as connection:
        await points.put(connection, 2026, PointsTable(g1=60), reason="一", loaded_by="head")
        await points.put(connection, 2026, PointsTable(g1=70), reason="二", loaded_by="head")
        await points.put(connection, 2026, PointsTable(g1=70), reason="三", loaded_by="head")
    async with database.read() as connection:
        assert [e.edition for e in await points.editions(connection, 2026)] == [1, 2]
        found = [(await points.in_force(connection, year)).points.g1 for year in (2025, 2026, 2030)]
    assert found == [50, 70, 70]
    assert NOON.astimezone(UTC).year == 2026
