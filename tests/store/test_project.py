"""Recording an item: once, in order, whatever arrives twice, late or broken."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import func, select, text

from domain.clocks import Rule
from domain.figures import Figure
from domain.ports import NotOnRecord
from domain.records import Projection
from store import figures, inbox, reads
from store.filters import Filters
from store.items import PostgresItemStore
from store.notices import DESK
from store.rows import ItemRow
from store.session import Database
from store.tables import audit_events, deliveries, item_clocks, items, notices, number_sequences
from tests.store.stories import CHIEF, DEPUTY, OFFICE, UNIT, ZONE, Story, at, facts


async def counts(database: Database) -> tuple[int, ...]:
    async with database.read() as conn:
        return tuple(
            [
                (await conn.execute(select(func.count()).select_from(table))).scalar_one()
                for table in (items, item_clocks, audit_events, notices, deliveries)
            ]
        )


async def row(database: Database, item_id: str) -> ItemRow:
    async with database.read() as conn:
        found = await reads.item_row(conn, item_id)
    assert found is not None
    return found


async def test_an_item_reads_as_it_was_recorded(database, store):
    story = Story(request_id="request-1", co_units=("JTJ", "MZJ"), original_text="原件全文")
    await story.record(store)
    story.act("receive", UNIT, "2026-10-08 11:00").until("2026-10-15 00:00")
    await story.record(store)

    read, item = await row(database, story.id), story.item
    assert (read.id, read.number, read.seq) == (item.id, "政督〔2026〕1号", item.seq)
    assert read.facts == item.facts
    assert tuple(clock.clock for clock in read.clocks) == item.clocks
    assert (read.status, read.escalation) == (item.status, item.escalation)
    assert (read.coordination, read.extension) == (item.coordination, item.extension)
    assert (read.handed_in, read.spent) == (item.handed_in, item.spent)
    assert (read.lapsed, read.overdue, read.lamp) == (True, True, "red")
    assert (read.issued_at, read.entered_at) == (item.issued_at, item.entered_at)
    assert (read.holder, read.holder_since) == (item.holder, item.holder_since)
    governing = item.governing
    assert governing is not None
    assert (read.due_on, read.due_at) == (governing.due_on, governing.due_at)
    assert (read.request_id, read.body_hash) == ("request-1", "hash-of-creation")
    assert (read.warnings, read.unverified) == (item.warnings, ())
    assert read.as_of == item.as_of

    async with database.read() as conn:
        entries = await reads.timeline(conn, story.id, include_covert=True)
        by_request = await reads.entry_by_request(conn, story.id, "request-1")
    acts = [entry.act for entry in entries]
    assert [entry.seq for entry in entries] == list(range(1, story.item.seq + 1))
    assert (acts[:2], acts[-1]) == (["issue", "receive"], "lapse")
    assert entries[0] == by_request
    assert entries[0].actor == OFFICE
    assert (read.body_hash, read.seq) == ("hash-of-creation", item.seq)


async def test_the_same_projection_twice_changes_nothing(database, store):
    story = Story()
    first, second = story.projection(), story.until("2026-10-15 00:00").projection()
    numbers = [(await store.project(first)).number, (await store.project(second)).number]
    before, seen = await counts(database), await row(database, story.id)

    for again in (second, first, second):
        numbers.append((await store.project(again)).number)

    assert set(numbers) == {"政督〔2026〕1号"}
    assert await counts(database) == before
    after = await row(database, story.id)
    assert replace(after, now=seen.now) == seen


async def test_the_same_projection_at_once(database, store):
    projection = Story().projection()
    told = await asyncio.gather(*(store.project(projection) for _ in range(8)))
    assert {answer.number for answer in told} == {"政督〔2026〕1号"}
    assert await counts(database) == (1, 2, 1, 1, 1)
    async with database.read() as conn:
        assert (await conn.execute(select(number_sequences.c.last))).scalar_one() == 1


async def test_a_late_older_projection_damages_nothing(database, store):
    story = Story()
    await story.record(store)
    zombie = story.act("receive", UNIT, "2026-10-08 11:00").projection()
    await store.project(zombie)
    result = {"text": "已全部办结。", "final": True}
    await story.act("submit_feedback", UNIT, "2026-10-09 09:00", **result).record(store)
    before, seen = await counts(database), await row(database, story.id)

    await asyncio.gather(*(store.project(zombie) for _ in range(4)))

    assert await counts(database) == before
    assert replace(await row(database, story.id), now=seen.now) == seen
    assert seen.status == "awaiting_sign_off"


async def test_projections_of_one_item_in_any_order_end_alike(database, store):
    story = Story()
    await story.record(store)
    steps = [
        story.act("receive", UNIT, "2026-10-08 11:00").projection(),
        story.until("2026-10-12 09:00").projection(),
        story.until("2026-10-15 00:00").projection(),
    ]
    for step in steps:
        await store.project(step)
    in_order = await row(database, story.id)
    await asyncio.gather(*(store.project(step) for step in steps[::-1] * 2))
    assert replace(await row(database, story.id), now=in_order.now) == in_order


async def test_numbers_have_no_gap_and_no_twin(database, store):
    stories = [Story() for _ in range(50)]
    projections = [story.projection() for story in stories]
    broken = [
        Projection(snapshot=replace(p.snapshot, facts=None, id=f"lost-{n}"), entries=())
        for n, p in enumerate(projections[:10])
    ]
    told = await asyncio.gather(
        *(store.project(each) for each in (*projections, *broken, *projections)),
        return_exceptions=True,
    )
    numbers = {answer.number for answer in told if not isinstance(answer, BaseException)}
    assert numbers == {f"政督〔2026〕{n}号" for n in range(1, 51)}
    assert sum(isinstance(answer, NotOnRecord) for answer in told) == 10


async def test_numbers_belong_to_the_year_of_issue_in_the_local_zone(database, store):
    await Story(issued_at=at("2027-01-01 00:30")).record(store)  # still 2026 in UTC
    await Story(issued_at=at("2026-12-31 23:30")).record(store)
    await Story(issued_at=at("2027-03-01 09:00")).record(store)
    async with database.read() as conn:
        numbers = set((await conn.execute(select(items.c.number))).scalars())
    assert numbers == {"政督〔2027〕1号", "政督〔2026〕1号", "政督〔2027〕2号"}


async def test_a_new_prefix_goes_on_with_the_series(database, store):
    await Story().record(store)
    other = PostgresItemStore(database, number_prefix="淄政督", zone=ZONE)
    assert (await Story().record(other)).item.number == "淄政督〔2026〕2号"


async def test_what_did_not_change_is_not_sent_and_stays(database, store):
    story = Story(original_text="原件")
    await story.record(store)
    projection = story.act("receive", UNIT, "2026-10-08 11:00").projection()
    assert projection.snapshot.facts is None
    assert [clock.rule for clock in projection.snapshot.clocks] == [Rule.RECEIPT]
    await store.project(projection)
    read = await row(database, story.id)
    assert read.facts == story.item.facts
    assert tuple(clock.clock for clock in read.clocks) == story.item.clocks


async def test_another_unit_is_found_under_its_name(database, store):
    story = await Story(title="旧城改造").record(store)
    moved = facts(title="旧城改造", lead_unit="JTJ", lead_unit_name="区交通运输局")
    story.item = replace(story.item, facts=moved, seq=story.item.seq + 1)
    await story.record(store)
    async with database.read() as conn:
        everything = reads.scope_of(OFFICE)
        for filters, found in (
            (reads.Filters(q="交通运输"), 1),
            (reads.Filters(q="住房"), 0),
            (reads.Filters(unit="JTJ"), 1),
            (reads.Filters(unit="ZJJ"), 0),
        ):
            assert await reads.count(conn, everything, filters) == found


async def test_a_chapter_without_its_beginning_is_refused_whole(database, store):
    story = Story()
    story.projection()
    later = story.act("receive", UNIT, "2026-10-08 11:00").projection()
    with pytest.raises(NotOnRecord):
        await store.project(later)
    assert await counts(database) == (0, 0, 0, 0, 0)


async def test_a_request_repeated_after_long_is_on_the_timeline_twice(database, store):
    story = await Story(request_id="r0").record(store)
    for when in ("2026-10-08 11:00", "2026-10-09 11:00"):
        said = {"form": "phone", "to": "李强", "said": "请抓紧"}
        story.act("remind", OFFICE, when, request_id="the-same", **said)
        await story.record(store)
    async with database.read() as conn:
        entries = await reads.timeline(conn, story.id, include_covert=True)
    reminders = [entry for entry in entries if entry.act == "remind"]
    assert [entry.request_id for entry in reminders] == ["the-same", None]


async def test_a_reset_workflow_is_told_to_the_office(database, store):
    """An operator resets the run: acts happen anew under numbers that are given already."""
    await Story(item_id="forked").record(store)
    story = Story(item_id="forked")
    story.projection()
    await store.project(story.act("receive", UNIT, "2026-10-08 11:00").projection())
    again = Story(item_id="forked")
    again.projection()
    said = {"form": "phone", "to": "李强", "said": "请尽快签收"}
    reset = again.act("remind", OFFICE, "2026-10-08 15:00", **said)
    projection = reset.projection()
    for _ in range(2):
        await store.project(projection)

    async with database.read() as conn:
        entries = await reads.timeline(conn, "forked", include_covert=True)
        page = await inbox.inbox(conn, OFFICE)
    assert [entry.act for entry in entries] == ["issue", "receive"]
    alarms = [notice for notice in page.items if notice.audience == DESK]
    assert len(alarms) == 1
    assert "分叉" in alarms[0].title
    assert "请尽快签收" in alarms[0].text


async def test_what_postgres_cannot_keep_does_not_hold_up_the_item(database, store):
    story = Story(title="标题\0有空字符", content="孤立代理\ud800，表情😀")
    projection = story.projection()
    deep: dict[str, object] = {}
    for _ in range(5000):
        deep = {"more": deep}
    body = {"n\0": "\ud83d", "deep": deep, "inf": float("inf"), "nan": float("nan"), "n": 10**30}
    entry = replace(projection.entries[0], body=body, summary="\0")
    await store.project(replace(projection, entries=(entry,)))
    async with database.read() as conn:
        (kept,) = await reads.timeline(conn, story.id, include_covert=True)
    read = await row(database, story.id)
    assert read.title == "标题\N{REPLACEMENT CHARACTER}有空字符"
    assert read.content == "孤立代理\N{REPLACEMENT CHARACTER}，表情😀"
    assert kept.body["inf"] == "inf"
    assert kept.body["n"] == 10**30


async def test_covert_entries_only_where_the_reader_may_know(database, store):
    story = await Story().record(store)
    said = {"form": "covert", "to": "现场", "said": "暗访"}
    await story.act("remind", OFFICE, "2026-10-09 11:00", **said).record(store)
    async with database.read() as conn:
        open_ones = await reads.timeline(conn, story.id, include_covert=False)
        every = await reads.timeline(conn, story.id, include_covert=True)
    assert [entry.act for entry in open_ones] == ["issue"]
    assert [entry.act for entry in every] == ["issue", "remind"]


async def test_a_projection_is_whole_or_nothing(database, store, monkeypatch):
    async def broken(*_: object) -> None:
        raise RuntimeError("the last step fails")

    monkeypatch.setattr("store.items.deliver", broken)
    with pytest.raises(RuntimeError):
        await Story().record(store)
    assert await counts(database) == (0, 0, 0, 0, 0)
    monkeypatch.undo()
    assert (await Story().record(store)).item.number == "政督〔2026〕1号"


async def test_the_whole_life_of_an_item(database, store):
    story = await Story().record(store)
    for name, actor, when, body in (
        ("receive", UNIT, "2026-10-08 11:00", {}),
        ("submit_feedback", UNIT, "2026-10-10 09:00", {"text": "办结", "final": True}),
        ("sign_off", DEPUTY, "2026-10-10 15:00", {"approved": True, "comment": "同意"}),
        ("review", OFFICE, "2026-10-12 09:00", {"accepted": True, "comment": "属实"}),
    ):
        await story.act(name, actor, when, **body).record(store)
    read = await row(database, story.id)
    assert (read.status, read.lamp, read.lapsed) == ("closed", "grey", False)
    assert read.closed_at == at("2026-10-12 09:00")
    async with database.read() as conn:
        assert await reads.open_item_ids(conn) == ()
        scope = reads.scope_of(CHIEF)
        wanted = [Figure.CLOSED, Figure.CLOSED_ON_TIME]
        (row_of,) = await figures.groups(conn, scope, Filters(year=2026), "unit", wanted)
    assert (row_of.name, list(row_of.figures.values())) == (read.lead_unit_name, [1, 1])


async def test_the_database_speaks_before_the_activity_times_out(database):
    async with database.write() as conn:
        for name in ("statement_timeout", "lock_timeout"):
            assert (await conn.execute(text(f"SHOW {name}"))).scalar_one() == "10s"


async def test_an_item_whose_row_was_lost_keeps_its_number(database, store):
    story = Story()
    story.projection()
    later = story.act("receive", UNIT, "2026-10-08 11:00").projection()
    whole = replace(later.snapshot, number="政督〔2026〕7号", facts=story.item.facts)
    lost = replace(later, snapshot=replace(whole, clocks=story.item.clocks))
    assert (await store.project(lost)).number == "政督〔2026〕7号"
    following = await store.project(Story().projection())
    assert following.number.endswith("〔2026〕8号")
