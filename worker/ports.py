"""The store as the reconciliation, the calendar roll-out, successions, families and channels ask
it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from activities.item_ids import CIRCULAR_PREFIX, workflow_id
from activities.messages import Drift, Line, Orders, PartNews, Succession
from domain.channels import Channel, Message, Rules
from domain.issue import Issue
from domain.records import Snapshot
from domain.statement import Examined, Finding, Statement
from store import channels, circulars, family, reads, sendings, statements, successions
from store.comparison import differences
from store.drift import record_drift
from store.session import Database


class PostgresOpenItems:
    """Which items should be running, and where reports of drift go."""

    def __init__(self, database: Database, *, chases: bool = True) -> None:
        """``chases``: whether a daily statement is expected."""
        self._database = database
        self._chases = chases

    async def open_workflows(self) -> dict[str, int]:
        """The ``seq`` of every item that is not ended, by its workflow."""
        async with self._database.read() as connection:
            rows = await reads.open_rows(connection)
        return {workflow_id(row.id, row.kind): row.seq for row in rows}

    async def open_circulars(self) -> dict[str, int]:
        """The ``seq`` of every circular that is not ended, by its workflow."""
        async with self._database.read() as connection:
            rows = await circulars.open_rows(connection)
        return {f"{CIRCULAR_PREFIX}{circular_id}": seq for circular_id, seq in rows.items()}

    async def known(self, item_ids: list[str]) -> set[str]:
        """Which of these items and circulars have a row at all."""
        async with self._database.read() as connection:
            items = await reads.known_ids(connection, item_ids)
            return items | await circulars.known_ids(connection, item_ids)

    async def record_drift(self, drift: Drift) -> None:
        """Keep the report; what is new in it is an alarm on the supervision office's desk, and so
        is a daily statement that is overdue."""
        await record_drift(self._database, drift)
        if self._chases:
            await statements.chase(self._database, datetime.now(UTC))

    async def succeed(self, succession: Succession) -> list[str]:
        """Record it once, in one transaction; the codes of the units that passed on."""
        async with self._database.write() as connection:
            return await successions.record(connection, succession)

    async def open_items_of(self, units: list[str]) -> list[str]:
        """The workflows of the open items that one of these units leads."""
        async with self._database.read() as connection:
            rows = await successions.open_items_of(connection, units)
        return [workflow_id(row.id, row.kind) for row in rows]


class PostgresStatements:
    """The record as the daily statement looks through it. ``zone`` is the district's."""

    def __init__(self, database: Database, open_items: PostgresOpenItems, zone: ZoneInfo) -> None:
        self._database = database
        self._zone = zone
        self.open_workflows = open_items.open_workflows
        self.open_circulars = open_items.open_circulars
        self.known = open_items.known

    async def differences(self, snapshot: Snapshot) -> tuple[str, ...]:
        """What of an item's rows is not as its workflow has it, in words."""
        async with self._database.read() as connection:
            return await differences(connection, snapshot, self._zone) or ()

    async def numbers(self, item_ids: list[str]) -> dict[str, str]:
        """The numbers of those that have one on record."""
        async with self._database.read() as connection:
            return await reads.numbers(connection, item_ids)

    async def examine(self) -> Examined:
        """What is seen in the record by itself."""
        return await statements.examine(self._database, datetime.now(self._zone))

    async def keep(self, examined: Examined, findings: tuple[Finding, ...]) -> int:
        """Keep the statement; its number. What it found lies on the supervision office's desk."""
        made = Statement(at=datetime.now(self._zone), examined=examined, findings=findings)
        return await statements.keep(self._database, made)


class PostgresFamily:
    """What the record knows of items and their parts."""

    def __init__(self, database: Database, zone: ZoneInfo) -> None:
        """``zone`` says on which day a part is issued, and when a slot's day ends."""
        self._database = database
        self._zone = zone

    async def slot_issue(self, task_id: str, key: str, now: datetime) -> Issue | None:
        """What a slot's item begins with, unsealed; ``None`` where no such slot is open."""
        async with self._database.read() as connection:
            return await family.slot_issue(connection, task_id, key, now.astimezone(self._zone))

    async def news_of(self, item_id: str) -> PartNews | None:
        """Where a part stands, and whom it tells."""
        async with self._database.read() as connection:
            return await family.news_of(connection, item_id)

    async def orders_of(self, item_id: str, seq: int) -> Orders | None:
        """What was done to an item by its entry ``seq``, and its parts."""
        async with self._database.read() as connection:
            return await family.orders_of(connection, item_id, seq, self._zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message that is to go out now: prepared from the record, or a test message."""

    username: str
    channel: Channel
    address: str
    prepared: sendings.Prepared | None = None

    @property
    def message(self) -> Message | None:
        """What; ``None`` is a test message."""
        return self.prepared.plan.message if self.prepared else None


class PostgresOutbox:
    """What is to be sent outside. ``now`` is the wall clock in the district's time zone."""

    def __init__(self, database: Database, rules: Rules, now: Callable[[], datetime]) -> None:
        self._database = database
        self._rules = rules
        self._now = now

    async def lines(self) -> list[Line]:
        """To whom something may be sent now."""
        async with self._database.read() as connection:
            found = await sendings.lines(connection, self._now(), self._rules)
        return [Line(username=username, channel=channel) for username, channel in found]

    async def prepare(self, line: Line) -> Outgoing | None:
        """The next message of a line, its attempt counted; ``None`` when nothing may go now."""
        channel = Channel(line.channel)
        async with self._database.write() as connection:
            found = await sendings.prepare(
                connection, line.username, channel, self._now(), self._rules
            )
        if found is None:
            return None
        return Outgoing(
            username=found.username, channel=found.channel, address=found.address, prepared=found
        )

    async def trial(self, line: Line) -> Outgoing | None:
        """A test message; ``None`` where the channel is off or has no address."""
        async with self._database.read() as connection:
            on = await channels.switched_on(connection)
            chosen = await channels.settings_of(connection, line.username)
        setting = chosen.get(Channel(line.channel))
        if setting is None or setting.channel not in on:
            return None
        return Outgoing(username=line.username, channel=setting.channel, address=setting.address)

    async def sent(self, sending: Outgoing) -> None:
        """Taken."""
        assert sending.prepared is not None
        async with self._database.write() as connection:
            await sendings.sent(connection, sending.prepared, self._now())

    async def failed(self, sending: Outgoing, why: str) -> None:
        """Not taken."""
        assert sending.prepared is not None
        async with self._database.write() as connection:
            await sendings.failed(connection, sending.prepared, why, self._now())
