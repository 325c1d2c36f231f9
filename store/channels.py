"""Who is called on which channel: settings of people, and which channels there are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.channels import OFF_PERSON, OFF_SYSTEM, Channel, Sent
from store.session import ReadConnection, WriteConnection
from store.tables import channel_settings, channel_switches, sendings


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One channel of one person; ``address`` is sealed, ``hint`` is what may be shown of it."""

    channel: Channel
    address: str
    hint: str
    active: bool
    urgencies: tuple[str, ...]


async def switch(conn: WriteConnection, active: Collection[Channel]) -> None:
    """Say which channels there are from now on. What waits on the others is not sent."""
    rows = [{"channel": one.value, "active": one in active} for one in Channel]
    new = insert(channel_switches)
    changed = {"active": new.excluded.active, "changed_at": func.clock_timestamp()}
    await conn.execute(
        new.on_conflict_do_update(
            index_elements=["channel"],
            set_=changed,
            where=channel_switches.c.active != new.excluded.active,
        ),
        rows,
    )
    off = [one.value for one in Channel if one not in active]
    await conn.execute(
        update(sendings)
        .where(sendings.c.state == Sent.WAITING.value, sendings.c.channel.in_(off))
        .values(state=Sent.QUIET.value, remark=OFF_SYSTEM)
    )


async def switched_on(conn: ReadConnection) -> frozenset[Channel]:
    """The channels there are."""
    query = select(channel_switches.c.channel).where(channel_switches.c.active)
    return frozenset(Channel(name) for name in (await conn.execute(query)).scalars())


async def settings_of(conn: ReadConnection, username: str) -> dict[Channel, Setting]:
    """A person's channels."""
    query = select(channel_settings).where(channel_settings.c.username == username)
    return {
        Channel(row.channel): Setting(
            channel=Channel(row.channel),
            address=row.address,
            hint=row.hint,
            active=row.active,
            urgencies=tuple(row.urgencies),
        )
        for row in await conn.execute(query)
    }


async def put(conn: WriteConnection, username: str, chosen: Sequence[Setting]) -> None:
    """A person's channels from now on; on others nothing is owed, nor what waits there."""
    kept = [one.channel.value for one in chosen]
    await conn.execute(
        delete(channel_settings).where(
            channel_settings.c.username == username, channel_settings.c.channel.not_in(kept)
        )
    )
    for one in chosen:
        row = {
            "address": one.address,
            "hint": one.hint,
            "active": one.active,
            "urgencies": list(one.urgencies),
        }
        await conn.execute(
            insert(channel_settings)
            .values(username=username, channel=one.channel.value, **row)
            .on_conflict_do_update(
                index_elements=["username", "channel"],
                set_=row | {"changed_at": func.clock_timestamp()},
            )
        )
    on = [one.channel.value for one in chosen if one.active]
    await conn.execute(
        update(sendings)
        .where(
            sendings.c.username == username,
            sendings.c.state == Sent.WAITING.value,
            sendings.c.channel.not_in(on),
        )
        .values(state=Sent.QUIET.value, remark=OFF_PERSON)
    )
