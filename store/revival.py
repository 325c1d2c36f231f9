"""An item as its workflow had it, rebuilt from what is on record: what a new run begins with."""

from dataclasses import fields, is_dataclass, replace
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import select

from domain.calendar import YEARS_AHEAD
from domain.items import Escalation, Item, Status
from store import policies, reads
from store.calendars import calendar
from store.codec import NEW_UNIT
from store.session import ReadConnection
from store.tables import items


async def item_of(conn: ReadConnection, item_id: str, now: datetime) -> Item:
    """An item on record that has ended, in the time zone of ``now``. It counts on the calendar as
    that is now: what has stopped is not counted again.

    Of an item under way its workflow knows more than the record.
    """
    row = await reads.item_row(conn, item_id)
    assert row is not None
    new_unit = await conn.scalar(select(items.c.new_unit).where(items.c.id == item_id))
    issued_on = row.issued_at.astimezone(now.tzinfo).date()
    policy = await policies.edition(conn, row.edition)
    item = Item(
        id=row.id,
        number=row.number,
        seq=row.seq,
        status=Status(row.status),
        facts=row.facts,
        policy=policy or await policies.in_force(conn, issued_on),
        calendar=(await calendar(conn)).slice(issued_on.year, now.year + YEARS_AHEAD),
        issued_at=row.issued_at,
        entered_at=row.entered_at,
        as_of=row.as_of,
        clocks=tuple(one.clock for one in row.clocks),
        escalation=Escalation(row.escalation),
        coordination=row.coordination,
        extension=row.extension,
        handed_in=row.handed_in,
        returns=row.returns,
        warnings=row.warnings,
        spent=row.spent,
        holder_since=row.holder_since,
        closed_at=row.closed_at,
        parts=row.parts,
        actuals=row.actuals,
        crossed=row.crossed,
        unit_since=row.unit_since,
        new_unit=NEW_UNIT.validate_python(new_unit),
        handed_out=row.handed_out,
        misassigned=row.misassigned,
        approval=row.approval,
        sent_back=row.sent_back,
        rounds=row.rounds,
        aftermath=row.aftermath,
    )
    located: Item = _located(item, now.tzinfo)
    return located


def _located(value: Any, zone: tzinfo | None) -> Any:  # noqa: ANN401 - any value made of dataclasses
    """``value`` with every instant in ``zone``."""
    if isinstance(value, datetime):
        return value.astimezone(zone)
    if isinstance(value, tuple):
        return tuple(_located(one, zone) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        found = {f.name: _located(getattr(value, f.name), zone) for f in fields(value)}
        return replace(value, **found)
    return value
