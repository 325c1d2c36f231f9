"""What is owed outside the system: made in the transaction that hands a message out."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, and_, any_, bindparam, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, insert

from domain.channels import Sent
from domain.items import Role
from store.session import WriteConnection
from store.tables import (
    channel_settings,
    channel_switches,
    deliveries,
    items,
    notices,
    sendings,
    users,
)

MADE = bindparam("made", type_=ARRAY(BigInteger))
# What lies on the office's desk is everybody's there. Of nobody who asked for nothing, and of no
# channel that is off, anything is owed.
OWED = (
    select(
        deliveries.c.id,
        channel_settings.c.username,
        channel_settings.c.channel,
        literal(Sent.WAITING.value),
    )
    .select_from(channel_settings)
    .join(channel_switches, channel_switches.c.channel == channel_settings.c.channel)
    .join(users, users.c.username == channel_settings.c.username)
    .join(
        deliveries,
        or_(
            deliveries.c.username == users.c.username,
            and_(deliveries.c.desk, users.c.role == Role.OFFICE.value),
        ),
    )
    .join(notices, notices.c.id == deliveries.c.notice_id)
    .outerjoin(items, items.c.id == notices.c.item_id)
    .where(
        deliveries.c.id == any_(MADE),
        channel_settings.c.active,
        channel_switches.c.active,
        users.c.active,
        func.coalesce(items.c.urgency, "normal") == any_(channel_settings.c.urgencies),
    )
    .order_by(deliveries.c.id)
)
OWE = (
    insert(sendings)
    .from_select(["delivery_id", "username", "channel", "state"], OWED)
    .on_conflict_do_nothing()
)


async def owe(conn: WriteConnection, delivery_ids: Sequence[int]) -> None:
    """The sendings of these deliveries, one for each channel that their readers asked for."""
    await conn.execute(OWE, {"made": list(delivery_ids)})
