"""What was asked of units, read from the record (R59): limits that fall due, messages sent."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import (
    CompoundSelect,
    Date,
    String,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONPATH

from domain.burden import ASKING, Ask, Asked
from domain.clocks import WITHDRAWN
from domain.items import Status
from store.cursors import from_cursor, to_cursor
from store.filters import Scope
from store.rows import Page
from store.session import ReadConnection
from store.standing import stands
from store.tables import audit_events, item_clocks, items

_FIRST = date(1970, 1, 1)
_SENT = cast(audit_events.c.at, Date)
"""The district's day: the connection's time zone is the district's."""
_TOLD = (
    func.jsonb_path_query(
        audit_events.c.notices, literal('$[*].audience[*] ? (@ starts with "unit:")', JSONPATH)
    )
    .table_valued("value", name="told")
    .render_derived()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskRow(Ask):
    """One thing asked, and of which item; ``name`` is that of the limit or the message."""

    item_id: str
    number: str
    title: str
    name: str


def _asks(
    scope: Scope, first: date, last: date, unit: str | None
) -> CompoundSelect[tuple[object, ...]]:
    by_limit = (
        select(
            item_clocks.c.unit.label("unit"),
            item_clocks.c.due_on.label("on"),
            case(
                *((item_clocks.c.rule == rule.value, what.value) for rule, what in ASKING.items())
            ).label("what"),
            items.c.id,
            items.c.number,
            items.c.title,
            items.c.year,
            items.c.sequence,
            items.c.sub,
            item_clocks.c.name,
            item_clocks.c.position.label("nth"),
        )
        .join(items, items.c.id == item_clocks.c.item_id)
        .where(
            scope.condition,
            items.c.handed_out,
            item_clocks.c.rule.in_([rule.value for rule in ASKING]),
            item_clocks.c.due_on.between(first, last),
            ~item_clocks.c.rungs.contains([WITHDRAWN]),
            # Neither put off, nor ended before it came.
            item_clocks.c.remaining.is_(None),
            or_(
                items.c.status != Status.TERMINATED.value,
                item_clocks.c.stopped_at.is_(None),
                item_clocks.c.stopped_at >= item_clocks.c.due_at,
            ),
        )
    )
    told = func.split_part(func.btrim(cast(_TOLD.c.value, String), '"'), ":", 2)
    by_word = (
        select(
            told,
            _SENT,
            case((audit_events.c.act == "remind", Asked.REMINDER.value), else_=Asked.NOTICE.value),
            items.c.id,
            items.c.number,
            items.c.title,
            items.c.year,
            items.c.sequence,
            items.c.sub,
            cast(audit_events.c.title, String),
            # Behind the limits of the same item and day.
            audit_events.c.seq + 100_000,
        )
        .join(items, items.c.id == audit_events.c.item_id)
        .join(_TOLD, literal(True))
        .where(
            scope.condition,
            items.c.handed_out,
            or_(
                audit_events.c.act == "remind",
                audit_events.c.act.startswith("remind_", autoescape=True),
            ),
            ~audit_events.c.covert,
            stands(audit_events),
            _SENT.between(first, last),
        )
    )
    if unit is not None:
        by_limit = by_limit.where(item_clocks.c.unit == unit)
        by_word = by_word.where(told == unit)
    return by_limit.union_all(by_word)


async def totals(
    conn: ReadConnection, scope: Scope, first: date, last: date, unit: str | None = None
) -> tuple[tuple[Ask, int], ...]:
    """What was asked from the day ``first`` to the day ``last``, counted by unit, day and sort."""
    asks = _asks(scope, first, last, unit).subquery("asks")
    keys = (asks.c.unit, asks.c.on, asks.c.what)
    rows = await conn.execute(select(*keys, func.count()).group_by(*keys))
    return tuple((Ask(unit=unit, on=on, what=Asked(what)), count) for unit, on, what, count in rows)


async def lines(
    conn: ReadConnection,
    scope: Scope,
    first: date,
    last: date,
    unit: str,
    limit: int,
    cursor: str | None = None,
) -> Page[AskRow]:
    """Each thing asked of a unit, by day. Raises ``Invalid('bad_cursor')``."""
    asks = _asks(scope, first, last, unit).subquery("asks")
    place = (asks.c.on, asks.c.year, asks.c.sequence, asks.c.sub, asks.c.nth)
    query = select(asks).order_by(*place).limit(limit + 1)
    if cursor is not None:
        day, *after = from_cursor("burden", cursor, len(place))
        on = date.fromordinal(min(_FIRST.toordinal() + day, date.max.toordinal()))
        query = query.where(tuple_(*place) > tuple_(on, *after))
    rows = (await conn.execute(query)).all()
    shown, end = rows[:limit], None
    if len(rows) > limit:
        row = shown[-1]
        day = row.on.toordinal() - _FIRST.toordinal()
        end = to_cursor("burden", day, row.year, row.sequence, row.sub, row.nth)
    return Page(
        items=tuple(
            AskRow(
                unit=row.unit,
                on=row.on,
                what=Asked(row.what),
                item_id=row.id,
                number=row.number,
                title=row.title,
                name=row.name,
            )
            for row in shown
        ),
        next_cursor=end,
    )
