"""What is to be sent outside, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update

from domain.channels import (
    CHANNEL_NAMES,
    OFF_PERSON,
    Channel,
    Owed,
    Plan,
    Rules,
    Sent,
    next_sending_time,
    plan,
)
from domain.policy import EXTRA_URGENT
from store import channels, reads
from store.calendars import calendar
from store.cursors import from_cursor, to_cursor
from store.filters import Scope, scope_of
from store.notices import put_on_desk
from store.rows import Page
from store.session import ReadConnection, WriteConnection
from store.tables import ENDED, deliveries, item_clocks, items, notices, sendings, users

SORT = "sendings"
NO_ACCOUNT = "该账号已停用"
UNSENT_TITLE = "消息未能送达，请以其他方式告知"
_ABOUT = items.alias("about")
_CLOCK = and_(item_clocks.c.item_id == notices.c.item_id, item_clocks.c.key == notices.c.clock)


async def lines(conn: ReadConnection, now: datetime, rules: Rules) -> list[tuple[str, str]]:
    """The people and channels that something may be sent to now; outside working time only those
    to whom something 特急 is owed. ``now`` is in the district's time zone."""
    working = next_sending_time(now, "normal", await calendar(conn), rules.hours) <= now
    query = (
        select(sendings.c.username, sendings.c.channel)
        .where(sendings.c.state == Sent.WAITING.value)
        .distinct()
        .order_by(sendings.c.username, sendings.c.channel)
    )
    if not working:
        query = (
            query.join(deliveries, deliveries.c.id == sendings.c.delivery_id)
            .join(notices, notices.c.id == deliveries.c.notice_id)
            .join(items, items.c.id == notices.c.item_id)
            .where(items.c.urgency == EXTRA_URGENT)
        )
    return [(row.username, row.channel) for row in await conn.execute(query)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What is sent next, and to which (sealed) address."""

    username: str
    channel: Channel
    address: str
    plan: Plan


async def prepare(
    conn: WriteConnection, username: str, channel: Channel, now: datetime, rules: Rules
) -> Prepared | None:
    """Settle what need not be sent to a person on a channel, and count the attempt at the next
    message; ``None`` when nothing may go now."""
    setting = (await channels.settings_of(conn, username)).get(channel)
    actor = await reads.actor(conn, username)
    if setting is None or actor is None:
        why = NO_ACCOUNT if actor is None else OFF_PERSON
        await _settle(conn, _waits(username, channel), state=Sent.QUIET, remark=why)
        return None
    owed = await _owed(conn, username, channel, scope_of(actor), now)
    found = plan(owed, now, await calendar(conn), rules)
    for number, why in found.quiet.items():
        await _settle(conn, sendings.c.id == number, state=Sent.QUIET, remark=why)
    for number, later in found.collapsed.items():
        await _settle(conn, sendings.c.id == number, state=Sent.COLLAPSED, carried_by=later)
    if found.message is None:
        return None
    parts = [one.id for one in found.message.parts]
    tried = {"attempts": sendings.c.attempts + 1, "tried_at": now}
    await _settle(conn, sendings.c.id.in_(parts), **tried)
    return Prepared(username=username, channel=channel, address=setting.address, plan=found)


async def sent(conn: WriteConnection, prepared: Prepared, now: datetime) -> None:
    """The message has been taken."""
    message = prepared.plan.message
    assert message is not None
    first, *others = (one.id for one in message.parts)
    taken = {"state": Sent.SENT, "sent_at": now, "late": message.late, "remark": ""}
    await _settle(conn, sendings.c.id == first, **taken)
    await _settle(conn, sendings.c.id.in_(others), **taken, carried_by=first)


async def failed(conn: WriteConnection, prepared: Prepared, why: str, now: datetime) -> None:
    """The message has not been taken, ``why`` without address or secret. What has been tried for
    too long is given up, and lies on the office's desk."""
    found = prepared.plan
    await _settle(conn, and_(sendings.c.id.in_(found.held), _WAITING), held=True, remark=why)
    if not found.given_up:
        return
    given_up = and_(sendings.c.id.in_(found.given_up), _WAITING)
    await _settle(conn, given_up, state=Sent.FAILED)
    name = await conn.scalar(select(users.c.name).where(users.c.username == prepared.username))
    await put_on_desk(
        conn,
        "",
        rung=f"unsent@{prepared.channel}@{prepared.username}",
        version=now.date().toordinal(),
        title=UNSENT_TITLE,
        text=f"发给{name or prepared.username}的消息经{CHANNEL_NAMES[prepared.channel]}未能送达"
        f"（{why}），不再重试。站内消息不受影响。请以电话等方式告知，并核对该渠道的设置；"
        "今日未能送达的各条见发送记录（GET /sendings）。",
        outside=False,
    )


_WAITING = sendings.c.state == Sent.WAITING.value


def _waits(username: str, channel: Channel) -> ColumnElement[bool]:
    return and_(_WAITING, sendings.c.username == username, sendings.c.channel == channel.value)


async def _settle(
    conn: WriteConnection,
    which: ColumnElement[bool],
    **values: Any,  # noqa: ANN401 - whatever the columns take
) -> None:
    await conn.execute(update(sendings).where(which).values(**values))


async def _owed(
    conn: ReadConnection, username: str, channel: Channel, scope: Scope, now: datetime
) -> list[Owed]:
    """Everything not sent yet. Of an item that is there for its reader no more nothing is said."""
    there = and_(items.c.id == notices.c.item_id, scope.condition)
    query = (
        select(
            sendings.c.id,
            sendings.c.made_at,
            sendings.c.held,
            notices.c.title,
            notices.c.late,
            notices.c.clock,
            notices.c.rung,
            notices.c.item_id,
            func.coalesce(items.c.number, "").label("number"),
            func.coalesce(items.c.title, "").label("item_title"),
            func.coalesce(_ABOUT.c.urgency, "normal").label("urgency"),
            func.coalesce(_ABOUT.c.status.in_(ENDED), False).label("ended"),
            func.coalesce(item_clocks.c.due_at, items.c.due_at).label("due_at"),
            func.coalesce(
                or_(
                    item_clocks.c.stopped_at.is_not(None),
                    item_clocks.c.due_version != notices.c.due_version,
                ),
                False,
            ).label("stopped"),
        )
        .select_from(sendings)
        .join(deliveries, deliveries.c.id == sendings.c.delivery_id)
        .join(notices, notices.c.id == deliveries.c.notice_id)
        .outerjoin(items, there)
        .outerjoin(_ABOUT, _ABOUT.c.id == notices.c.item_id)
        .outerjoin(item_clocks, _CLOCK)
        .where(_waits(username, channel))
        .order_by(sendings.c.id)
    )
    return [_read(row, now) for row in (await conn.execute(query)).mappings()]


def _read(row: Mapping[Any, Any], now: datetime) -> Owed:
    zone = now.tzinfo
    due_at = row["due_at"]
    local = {"made_at": row["made_at"].astimezone(zone), "due_at": due_at}
    if due_at is not None:
        local["due_at"] = due_at.astimezone(zone)
    return Owed(**{**row, **local})


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingRow:
    """What became of one message on one channel."""

    id: int
    delivery_id: int
    username: str
    name: str
    channel: str
    state: str
    title: str
    item_id: str
    number: str
    attempts: int
    remark: str
    late: bool
    carried_by: int | None
    made_at: datetime
    tried_at: datetime | None
    sent_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which sendings to list."""

    username: str | None = None
    channel: Channel | None = None
    state: Sent | None = None
    item_id: str | None = None


async def page(
    conn: ReadConnection, wanted: Wanted, *, limit: int, cursor: str | None = None
) -> Page[SendingRow]:
    """Sendings, the newest first. Raises ``Invalid('bad_cursor')``."""
    query = (
        select(
            *(sendings.c[name] for name in SendingRow.__dataclass_fields__ if name in sendings.c),
            notices.c.title,
            notices.c.item_id,
            func.coalesce(items.c.number, "").label("number"),
            func.coalesce(users.c.name, sendings.c.username).label("name"),
        )
        .select_from(sendings)
        .outerjoin(users, users.c.username == sendings.c.username)
        .join(deliveries, deliveries.c.id == sendings.c.delivery_id)
        .join(notices, notices.c.id == deliveries.c.notice_id)
        .outerjoin(items, items.c.id == notices.c.item_id)
        .where(*_conditions(wanted))
        .order_by(sendings.c.id.desc())
        .limit(limit + 1)
    )
    if cursor is not None:
        query = query.where(sendings.c.id < from_cursor(SORT, cursor, 1)[0])
    rows = [SendingRow(**row) for row in (await conn.execute(query)).mappings()]
    shown: Sequence[SendingRow] = rows[:limit]
    more = to_cursor(SORT, shown[-1].id) if len(rows) > limit else None
    return Page(items=tuple(shown), next_cursor=more)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    given = (
        (sendings.c.username, wanted.username),
        (sendings.c.channel, wanted.channel),
        (sendings.c.state, wanted.state),
        (notices.c.item_id, wanted.item_id),
    )
    return [column == value for column, value in given if value is not None]
