"""Notices: made once, given to whoever can be told, and on the desk where nobody can."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from domain.items import Actor, Role
from domain.records import Projection
from store import inbox, reads, units, users
from store.session import Database
from store.tables import deliveries, notices
from tests.store.stories import ADMIN, CHIEF, OFFICE, UNIT, Story


async def directory(database: Database, *, without: tuple[str, ...] = ()) -> None:
    """Everybody but ``without``."""
    hashed = "no password"
    async with database.write() as conn:
        await units.put_unit(conn, "ZJJ", "区住房和城乡建设局", ["deputy"])
        await units.put_unit(conn, "JTJ", "区交通运输局", [])
        for username, role, unit in (
            ("office", Role.OFFICE, None),
            ("office2", Role.OFFICE, None),
            ("zjj", Role.UNIT, "ZJJ"),
            ("zjj2", Role.UNIT, "ZJJ"),
            ("jtj", Role.UNIT, "JTJ"),
            ("deputy", Role.DEPUTY, None),
            ("chief", Role.CHIEF, None),
        ):
            if username not in without:
                await users.add_user(
                    conn,
                    username,
                    role=role,
                    name=username,
                    password_hash=hashed,
                    unit_code=unit,
                )


async def told(database: Database, rung: str) -> dict[str | None, str]:
    """Who was given the notice of that rung, and the remark; ``None`` is the desk."""
    query = select(deliveries.c.username, deliveries.c.audience, deliveries.c.remark)
    query = query.join(notices, notices.c.id == deliveries.c.notice_id)
    async with database.read() as conn:
        rows = (await conn.execute(query.where(notices.c.rung == rung))).all()
    return {row.username or f"desk {row.audience}": row.remark for row in rows}


async def test_everybody_concerned_is_told_once(database, store):
    await directory(database)
    story = await Story(co_units=("JTJ",)).record(store)
    assert set(await told(database, "issue")) == {"zjj", "zjj2", "jtj"}
    await story.until("2026-10-20 00:00").record(store)
    lapsed = {"zjj", "zjj2", "deputy", "office", "office2"}
    async with database.read() as conn:
        page = await inbox.inbox(conn, OFFICE)
    assert set(await told(database, "lapse")) == lapsed
    assert {notice.desk for notice in page.items} == {False}


async def test_whose_account_is_closed_is_told_nothing(database, store):
    await directory(database)
    async with database.write() as conn:
        await users.change_user(conn, "zjj2", active=False)
    await Story().record(store)
    assert set(await told(database, "issue")) == {"zjj"}


@pytest.mark.parametrize(
    ("without", "rung", "desk", "words"),
    [
        (("zjj", "zjj2"), "issue", "desk unit:ZJJ", "区住房和城乡建设局"),
        (("deputy",), "lapse", "desk deputy:ZJJ", "分管领导"),
        (("chief",), "chief", "desk chief", "区政府主要领导"),
        (("office", "office2"), "lapse", "desk office", "督查室"),
    ],
)
async def test_what_reaches_nobody_lies_on_the_desk(database, store, without, rung, desk, words):
    await directory(database, without=without)
    story = Story()
    for until in ("2026-10-15 00:00", "2026-10-20 00:00", "2026-10-21 00:00"):
        await story.until(until).record(store)
    remarks = await told(database, rung)
    assert "未能通知" in remarks[desk]
    assert words in remarks[desk]
    assert "建立账号" in remarks[desk] or "账号" in remarks[desk]
    # An office user sees it even if the office had no account when it was put there.
    async with database.read() as conn:
        newcomer = Actor(username="newcomer", name="新来的", role=Role.OFFICE)
        seen = (await inbox.inbox(conn, newcomer)).items
        assert any(notice.desk and notice.remark == remarks[desk] for notice in seen)
        for other in (UNIT, CHIEF, ADMIN):
            assert not any(notice.desk for notice in (await inbox.inbox(conn, other)).items)


async def test_a_deputy_without_an_account_is_named_for_what_is_missing(database, store):
    await directory(database, without=("deputy",))
    await Story().until("2026-10-15 00:00").record(store)
    async with database.read() as conn:
        unit = await reads.unit(conn, "ZJJ")
    assert unit is not None
    assert unit.unreachable == ("deputy",)
    assert "（deputy）" in (await told(database, "lapse"))["desk deputy:ZJJ"]


async def test_nobody_is_told_twice(database, store):
    await directory(database)
    story = await Story().record(store)
    lapsed = story.until("2026-10-15 00:00").projection()
    await asyncio.gather(*(store.project(lapsed) for _ in range(6)))
    async with database.read() as conn:
        query = select(deliveries.c.notice_id, deliveries.c.username, func.count())
        query = query.group_by(deliveries.c.notice_id, deliveries.c.username)
        assert all(row[2] == 1 for row in await conn.execute(query))


async def test_a_rung_is_told_once_whatever_entry_it_comes_with(database, store):
    """The ladder may ring again after a reset or an annulment: the people have been told."""
    await directory(database)
    story = await Story().until("2026-10-15 00:00").record(store)
    again = story.until("2026-10-15 09:00").projection()
    (lapse,) = (
        e
        for e in Story().until("2026-10-15 00:00").projection().entries
        if e.act == "lapse" and e.notices[0].clock == "result"
    )
    repeated = replace(lapse, seq=story.item.seq + 1)
    snapshot = replace(again.snapshot, seq=repeated.seq)
    before = await told(database, "lapse")
    await store.project(Projection(snapshot=snapshot, entries=(repeated,)))
    async with database.read() as conn:
        made = select(func.count()).where(notices.c.rung == "lapse", notices.c.clock == "result")
        assert (await conn.execute(made)).scalar_one() == 1
    assert await told(database, "lapse") == before


async def test_who_belongs_to_two_audiences_is_told_once(database, store):
    """A deputy leader in charge of both units; the office named twice."""
    await directory(database)
    async with database.write() as conn:
        await units.put_unit(conn, "JTJ", "区交通运输局", ["deputy"])
    projection = Story().projection()
    (opening,) = projection.entries
    audience = ("deputy:ZJJ", "office", "deputy:JTJ", "office")
    entry = replace(opening, notices=(replace(opening.notices[0], audience=audience),))
    await store.project(replace(projection, entries=(entry,)))
    async with database.read() as conn:
        given = list((await conn.execute(select(deliveries.c.username))).scalars())
    assert sorted(given) == ["deputy", "office", "office2"]


async def test_the_inbox_pages_and_is_read(database, store):
    await directory(database)
    for _ in range(7):
        await Story().record(store)
    seen, cursor = [], None
    while True:
        async with database.read() as conn:
            page = await inbox.inbox(conn, UNIT, limit=3, cursor=cursor)
        seen += [notice.id for notice in page.items]
        if not (cursor := page.next_cursor):
            break
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 7

    async with database.write() as conn:
        assert await inbox.mark_read(conn, UNIT, seen[:2]) == 2
        assert await inbox.mark_read(conn, UNIT, seen[:3]) == 1
        # Another's notice is not his to mark.
        assert await inbox.mark_read(conn, OFFICE, seen) == 0
    async with database.read() as conn:
        assert await inbox.unread(conn, UNIT) == 4
        unread = await inbox.inbox(conn, UNIT, only_unread=True)
        every = await inbox.inbox(conn, UNIT)
    assert [notice.id for notice in unread.items] == seen[3:]
    assert every.items[0].read_by == "zjj"
    async with database.write() as conn:
        assert await inbox.mark_read(conn, UNIT) == 4


async def test_the_desk_is_cleared_by_whoever_of_the_office_takes_it(database, store):
    await directory(database, without=("zjj", "zjj2"))
    await Story().record(store)
    second = Actor(username="office2", name="第二人", role=Role.OFFICE)
    async with database.write() as conn:
        assert await inbox.mark_read(conn, UNIT) == 0
        assert await inbox.mark_read(conn, second) == 1
    async with database.read() as conn:
        (notice,) = (await inbox.inbox(conn, OFFICE)).items
        assert await inbox.unread(conn, OFFICE) == 0
    assert notice.read_by == "office2"
    assert notice.number == "政督〔2026〕1号"
