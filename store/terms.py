"""Dates of service: who holds a post or a field on a day."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Table, and_, func, or_, select, update

from domain.errors import Invalid
from store.session import ReadConnection, WriteConnection

TODAY: ColumnElement[Any] = func.current_date()
"""The district's day: a connection's time zone is the district's."""

YESTERDAY: ColumnElement[Any] = TODAY - 1
"""The last day of a service that ends today."""


def serving(table: FromClause, day: Any = TODAY) -> ColumnElement[bool]:  # noqa: ANN401 - a date
    """Whether the service in a row of ``table`` lasts on ``day``; its last day counts."""
    began = or_(table.c.since.is_(None), table.c.since <= day)
    return and_(began, not_over(table, day))


def not_over(table: FromClause, day: Any = TODAY) -> ColumnElement[bool]:  # noqa: ANN401
    """Whether the service lasts on ``day`` or is still to come."""
    return or_(table.c.until.is_(None), table.c.until >= day)


def ended_at_once(table: FromClause) -> ColumnElement[Any]:
    """The last day of services of ``table`` that end now: one that never began lasted no day."""
    return func.greatest(YESTERDAY, table.c.since - 1)


async def end_service(
    conn: WriteConnection, table: Table, which: ColumnElement[bool], until: date | None
) -> bool:
    """End services of ``table``; whether there was one. Raises ``Invalid('bad_period')``."""
    early = select(func.count()).select_from(table)
    if until and await conn.scalar(early.where(which, table.c.since > until)):
        raise Invalid("bad_period", "止日早于起日，请核对。")
    last = until or ended_at_once(table)
    done = await conn.execute(update(table).where(which).values(until=last))
    return bool(done.rowcount)


async def today(conn: ReadConnection) -> date:
    """The district's day."""
    found: date = (await conn.execute(select(TODAY))).scalar_one()
    return found
