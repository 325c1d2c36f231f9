"""The outbox: nothing lost, nothing doubled, nothing at night, whatever fails in between."""

from dataclasses import dataclass, field
from datetime import datetime

import asyncpg
import pytest
from sqlalchemy import update

from activities.messages import Line
from domain import acts
from domain.channels import (
    ENDED,
    OFF_PERSON,
    OFF_SYSTEM,
    STOPPED,
    Channel,
    Message,
    Rules,
    word,
)
from domain.items import Category, Kind, Source
from store import channels, inbox, sendings
from store.items import PostgresItemStore
from store.notices import put_on_desk
from store.seeding import seed_calendar
from store.sendings import NO_ACCOUNT, UNSENT_TITLE, SendingRow, Wanted
from store.session import Database
from store.tables import users
from tests.postgres import Urls
from tests.store.stories import OFFICE, UNIT, ZONE, Story, at
from tests.store.test_notices import directory
from worker.ports import PostgresOutbox

MORNING = "2026-10-09 09:00"
LINE = Line(username="zjj", channel="webhook")


@dataclass
class Sender:
    """The outbox at an hour of the test's choosing, and a sink in memory."""

    database: Database
    urls: Urls
    now: datetime = at(MORNING)
    refuses: bool = False
    dated: int = 0
    taken: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.outbox = PostgresOutbox(self.database, Rules(), lambda: self.now)

    async def send(self, line: Line = LINE) -> list[int]:
        """Everything that may go now; the ids of what was taken, those taken at once together."""
        before = len(self.taken)
        while sending := await self.outbox.prepare(line):
            if self.refuses:
                await self.outbox.failed(sending, "对方答复 503")
                break
            assert sending.message is not None
            self.taken.append(sending.message)
            await self.outbox.sent(sending)
        return [one.id for message in self.taken[before:] for one in message.parts]

    async def at(self, when: str) -> list[int]:
        """The same at another hour."""
        self.now = at(when)
        return await self.send()

    async def made(self, when: str) -> None:
        """As though what was made since the last time had been made then: the application itself
        cannot change it."""
        owner = await asyncpg.connect(self.urls.plain("owner"))
        made = "UPDATE sendings SET made_at = $1 WHERE id > $2 RETURNING id"
        changed = await owner.fetch(made, at(when), self.dated)
        self.dated = max([self.dated, *(row["id"] for row in changed)])
        await owner.close()

    async def rows(self, username: str = "zjj") -> list[SendingRow]:
        """All of somebody's, the oldest first."""
        async with self.database.read() as conn:
            found = await sendings.page(conn, Wanted(username=username), limit=100)
        return list(reversed(found.items))


async def wants(database: Database, username: str, *chosen: Channel, active: bool = True) -> None:
    """Somebody asks to be called on these channels."""
    settings = [
        channels.Setting(
            channel=one,
            address="sealed",
            hint="…",
            active=active,
            urgencies=("normal", "urgent", "extra_urgent"),
        )
        for one in chosen
    ]
    async with database.write() as conn:
        await channels.put(conn, username, settings)


async def switch(database: Database, *on: Channel) -> None:
    """As a worker does that starts."""
    async with database.write() as conn:
        await channels.switch(conn, on)


@pytest.fixture
async def sender(database: Database, urls: Urls) -> Sender:
    await directory(database)
    async with database.write() as conn:
        await seed_calendar(conn, ZONE)
    await switch(database, Channel.WEBHOOK)
    await wants(database, "zjj", Channel.WEBHOOK)
    return Sender(database, urls)


async def issued(sender: Sender, store: PostgresItemStore, when: str, **other) -> Story:
    story = await Story(lead_unit="ZJJ", **other).record(store)
    await sender.made(when)
    return story


def states(rows: list[SendingRow]) -> list[tuple[str, str]]:
    return [(row.state, row.remark) for row in rows]


async def test_a_night_and_days_of_rest_are_quiet(sender: Sender, store: PostgresItemStore) -> None:
    """From the Friday evening over the weekend to the Monday morning; 特急 goes at once."""
    await issued(sender, store, "2026-10-16 17:31")
    urgent = await issued(sender, store, "2026-10-17 02:00", urgency="extra_urgent")
    for hour in ("2026-10-16 17:31", "2026-10-17 01:59"):
        async with sender.database.read() as conn:
            lines = await sendings.lines(conn, at(hour), Rules())
        assert lines == [("zjj", "webhook")]  # something 特急 waits
    assert await sender.at("2026-10-17 02:00") == [2]
    assert sender.taken[0].parts[0].item_id == urgent.id
    assert not sender.taken[0].late
    for hour in ("2026-10-17 10:00", "2026-10-18 15:00", "2026-10-19 08:29"):
        assert await sender.at(hour) == []
        async with sender.database.read() as conn:
            assert await sendings.lines(conn, at(hour), Rules()) == []
    async with sender.database.read() as conn:
        assert await sendings.lines(conn, at("2026-10-19 08:30"), Rules()) == [("zjj", "webhook")]
    assert await sender.at("2026-10-19 08:30") == [1]
    assert not sender.taken[1].late


async def test_two_minutes_of_failing_lose_and_double_nothing(
    sender: Sender, store: PostgresItemStore
) -> None:
    sender.refuses = True
    for minute in range(4):
        await issued(sender, store, f"2026-10-09 09:0{minute}")
        assert await sender.at(f"2026-10-09 09:0{minute}") == []
    sender.refuses = False
    assert await sender.at("2026-10-09 09:04") == [1, 2, 3, 4]
    assert [message.late for message in sender.taken] == [True] * 4
    assert await sender.at("2026-10-09 09:05") == []
    rows = await sender.rows()
    assert states(rows) == [("sent", "")] * 4
    assert [row.attempts for row in rows] == [5, 1, 1, 1]
    assert all(row.late for row in rows)


async def test_after_an_outage_one_message_lists_what_lay(
    sender: Sender, store: PostgresItemStore
) -> None:
    for minute in (0, 1, 59):
        await issued(sender, store, f"2026-10-09 09:{minute:02}")
    assert await sender.at("2026-10-09 10:00") == [1, 2, 3]
    assert [len(message.parts) for message in sender.taken] == [2, 1]
    assert [row.carried_by for row in await sender.rows()] == [None, 1, None]


async def test_dying_between_sending_and_noting_repeats_the_same_message(
    sender: Sender, store: PostgresItemStore
) -> None:
    await issued(sender, store, MORNING)
    first = await sender.outbox.prepare(LINE)
    assert first is not None
    assert first.message is not None
    await sender.send()
    assert [message.key for message in sender.taken] == [first.message.key]
    assert (await sender.rows())[0].attempts == 2


async def test_what_is_over_is_not_told_but_its_end_is(
    sender: Sender, store: PostgresItemStore
) -> None:
    """A reminder waits for Monday; the item is received, reminded of and ended before."""
    story = Story(lead_unit="ZJJ").act("receive", UNIT, "2026-10-08 12:00")
    await story.until("2026-10-14 09:00").record(store)
    await story.act("terminate_item", OFFICE, "2026-10-14 18:00", reason="撤销").record(store)
    await sender.made("2026-10-14 18:00")
    await sender.at("2026-10-15 08:30")
    rows = await sender.rows()
    assert {row.title: (row.state, row.remark) for row in rows} == {
        "督查事项下达": ("sent", ""),
        "办理结果到期提醒": ("quiet", ENDED),
        "终止": ("sent", ""),
    }


async def test_a_reminder_gives_way_to_the_next(sender: Sender, store: PostgresItemStore) -> None:
    story = Story(lead_unit="ZJJ").act("receive", UNIT, "2026-10-08 12:00")
    await story.until("2026-10-12 09:00").record(store)
    await story.until("2026-10-14 09:00").record(store)
    await sender.made("2026-10-14 18:00")
    await sender.at("2026-10-15 08:30")
    rows = {row.id: row for row in await sender.rows()}
    first, second = (row for row in rows.values() if row.title == "办理结果到期提醒")
    assert (first.state, first.carried_by, second.state) == ("collapsed", second.id, "sent")


async def test_a_reminder_dies_with_its_limit(sender: Sender, store: PostgresItemStore) -> None:
    """The plan was handed in after its reminder, before working time."""
    source = Source(type="批示", leader="区长")
    story = Story(lead_unit="ZJJ", kind=Kind.DIRECTIVE, category=Category.C1, source=source)
    story.act("receive", UNIT, "2026-10-08 12:00").until("2026-10-09 09:00")
    await story.act("submit_plan", UNIT, "2026-10-09 09:10", text="方案").record(store)
    await sender.made("2026-10-09 12:10")
    await sender.at("2026-10-09 14:00")
    rows = {row.title: (row.state, row.remark) for row in await sender.rows()}
    assert rows["办理方案到期提醒"] == ("quiet", STOPPED)


async def test_what_fails_too_long_is_given_up_and_lies_on_the_desk_once_a_day(
    sender: Sender, store: PostgresItemStore
) -> None:
    await switch(sender.database, Channel.WEBHOOK)
    await wants(sender.database, "office", Channel.WEBHOOK)
    sender.refuses = True
    for minute in (0, 40):
        await issued(sender, store, f"2026-10-09 09:{minute:02}")
        await sender.at(f"2026-10-09 09:{minute:02}")
    assert await sender.at("2026-10-10 09:30") == []  # a working Saturday
    assert states(await sender.rows()) == [
        ("failed", "对方答复 503"),
        ("waiting", "对方答复 503"),
    ]
    await sender.at("2026-10-10 09:41")
    assert [row.state for row in await sender.rows()] == ["failed", "failed"]
    async with sender.database.read() as conn:
        told = (await inbox.inbox(conn, OFFICE)).items
    (on_desk,) = [notice for notice in told if notice.title == UNSENT_TITLE]
    assert "网络回调未能送达（对方答复 503）" in on_desk.text
    assert UNSENT_TITLE not in {row.title for row in await sender.rows("office")}


async def test_what_lies_on_the_desk_calls_everybody_in_the_office_who_asked(
    sender: Sender,
) -> None:
    await wants(sender.database, "office", Channel.WEBHOOK)
    async with sender.database.write() as conn:
        assert await put_on_desk(conn, "", rung="x", version=1, title="核查", text="不外传")
    await sender.made(MORNING)
    sender.now = at(MORNING)
    await sender.send(Line(username="office", channel="webhook"))
    assert [row.title for row in await sender.rows("office")] == ["核查"]
    assert await sender.rows("office2") == await sender.rows("zjj") == []
    assert sender.taken[0].parts[0].number == ""


async def test_chasing_by_hand_calls_too_but_a_covert_check_does_not(
    sender: Sender, store: PostgresItemStore
) -> None:
    """The five forms of 催办 (R33); of 暗访核查 the unit hears nothing (R24)."""
    story = await issued(sender, store, MORNING)
    for minute, form in enumerate(acts.Form):
        said = {"to": "李强", "said": f"不外传-{form}"}
        story.act("remind", OFFICE, f"2026-10-09 09:1{minute}", form=form, **said)
    await story.record(store)
    await sender.made("2026-10-09 09:15")
    await sender.at("2026-10-09 09:15")
    assert [row.title for row in await sender.rows()] == ["督查事项下达", *["催办"] * 4]
    words = [word(message, channel).text for message in sender.taken for channel in Channel]
    assert not any("不外传" in text for text in words)


async def test_the_same_projection_again_owes_nothing_more(
    sender: Sender, store: PostgresItemStore
) -> None:
    story = await Story(lead_unit="ZJJ").record(store)
    await story.record(store)
    assert len(await sender.rows()) == 1


async def test_with_all_of_them_off_nothing_is_owed(
    sender: Sender, store: PostgresItemStore
) -> None:
    await issued(sender, store, MORNING)
    await switch(sender.database)
    assert states(await sender.rows()) == [("quiet", OFF_SYSTEM)]
    story = await issued(sender, store, MORNING)
    assert len(await sender.rows()) == 1
    async with sender.database.read() as conn:
        told = [notice.item_id for notice in (await inbox.inbox(conn, UNIT)).items]
    assert story.id in told
    await switch(sender.database, Channel.WEBHOOK)
    assert await sender.at(MORNING) == []


async def test_who_gives_a_channel_up_is_owed_nothing_on_it(
    sender: Sender, store: PostgresItemStore
) -> None:
    await wants(sender.database, "zjj", Channel.WEBHOOK, Channel.SMS)
    await issued(sender, store, MORNING)
    assert [row.channel for row in await sender.rows()] == ["webhook"]  # no SMS here
    await wants(sender.database, "zjj", Channel.WEBHOOK, active=False)
    assert states(await sender.rows()) == [("quiet", OFF_PERSON)]


async def test_an_account_that_is_closed_is_called_no_more(
    sender: Sender, store: PostgresItemStore
) -> None:
    await issued(sender, store, MORNING)
    async with sender.database.write() as conn:
        closed = update(users).where(users.c.username == "zjj")
        await conn.execute(closed.values(active=False))
    assert await sender.at(MORNING) == []
    assert states(await sender.rows()) == [("quiet", NO_ACCOUNT)]
