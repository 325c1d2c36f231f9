"""An item as its workflow had it, rebuilt from what is on record: what a new run begins with."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, datetime, tzinfo
from typing import Any

from sqlalchemy import any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.calendar import YEARS_AHEAD, WorkingCalendar
from domain.items import Escalation, Item, Status
from domain.policy import Policy
from store import policies, reads
from store.calendars import calendar
from store.codec import NEW_UNIT
from store.rows import ItemRow
from store.session import ReadConnection
from store.tables import Words, items

AT_ONCE = 200


async def item_of(conn: ReadConnection, item_id: str, now: datetime) -> Item:
    """An item on record that has ended, in the time zone of ``now``. It counts on the calendar as
    that is now: what has stopped is not counted again.

    Of an item under way its workflow knows more than the record, which has its kind, status,
    units and nodes.
    """
    row = await reads.item_row(conn, item_id)
    assert row is not None
    new_unit = await conn.scalar(select(items.c.new_unit).where(items.c.id == item_id))
    return _rebuilt(row, new_unit, await _rules(conn), now)


async def open_items(conn: ReadConnection, now: datetime) -> AsyncIterator[Item]:
    """Every item on record that has not ended, as far as the record knows it."""
    rules, last = await _rules(conn), ""
    while rows := await reads.open_items(conn, last, AT_ONCE):
        ids = literal([row.id for row in rows], ARRAY(Words))
        query = select(items.c.id, items.c.new_unit).where(items.c.id == any_(ids))
        new_units = {row.id: row.new_unit for row in await conn.execute(query)}
        for row in rows:
            yield _rebuilt(row, new_units[row.id], rules, now)
        last = rows[-1].id


@dataclass(frozen=True, slots=True)
class _Rules:
    """What items are counted by."""

    editions: tuple[Policy, ...]
    calendar: WorkingCalendar

    def of(self, row: ItemRow, issued_on: date) -> Policy:
        named = [known for known in self.editions if known.edition == row.edition]
        return named[0] if named else policies.in_force_of(self.editions, issued_on)


async def _rules(conn: ReadConnection) -> _Rules:
    return _Rules(await policies.editions(conn), await calendar(conn))


def _rebuilt(row: ItemRow, new_unit: Any, rules: _Rules, now: datetime) -> Item:  # noqa: ANN401
    issued_on = row.issued_at.astimezone(now.tzinfo).date()
    item = Item(
        id=row.id,
        number=row.number,
        seq=row.seq,
        status=Status(row.status),
        facts=row.facts,
        policy=rules.of(row, issued_on),
        calendar=rules.calendar.slice(issued_on.year, now.year + YEARS_AHEAD),
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
