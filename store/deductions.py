"""Reads of the ledger of deductions (R52): each of them, and the annual sheet of a unit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, false, func, literal_column, or_, select, true

from domain.circulars import LineKind
from domain.items import Actor, Role
from store.circulars import CircularRow, row_of
from store.cursors import from_cursor, to_cursor
from store.rows import Page
from store.session import ReadConnection
from store.tables import circulars, deduction_lines, deductions, items


@dataclass(frozen=True, slots=True, kw_only=True)
class DeductionRow:
    """A deduction, and the circular it comes of."""

    id: str
    row: CircularRow
    no: int
    item_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """A line of the ledger, and where it comes from."""

    id: int
    deduction_id: str
    circular_id: str
    circular_number: str | None
    item_id: str
    item_number: str | None
    item_title: str | None
    entry_no: int
    ground: str
    kind: LineKind
    points: int
    reason: str
    at: datetime
    seq: int


def own(actor: Actor | None) -> ColumnElement[bool]:
    """Deductions that are ``actor``'s to see: a unit's own, those of a leader's field, all; also as
    whom he stands in for."""
    if actor is None:
        return true()
    return or_(*(_of(one) for one in actor.capacities))


def _of(actor: Actor) -> ColumnElement[bool]:
    match actor.role:
        case Role.OFFICE | Role.CHIEF:
            return true()
        case Role.DEPUTY:
            return deductions.c.unit.in_(sorted(actor.deputy_of))
        case _:
            return deductions.c.unit == (actor.unit or "")


async def find_deductions(
    conn: ReadConnection,
    actor: Actor,
    *,
    unit: str | None = None,
    year: int | None = None,
    circular_id: str | None = None,
    pending: bool = False,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[DeductionRow]:
    """Deductions, the newest first; ``pending`` asks for those with a 复核 to be decided. Raises
    ``Invalid('bad_cursor')``."""
    c = deductions.c
    query = _deductions(actor)
    for column, value in ((c.unit, unit), (c.year, year), (c.circular_id, circular_id)):
        if value is not None:
            query = query.where(column == value)
    if pending:
        query = query.where(_PENDING)
    skipped = from_cursor("deductions", cursor, 1)[0] if cursor is not None else 0
    query = query.order_by(c.made_at.desc(), c.id).offset(skipped).limit(limit + 1)
    found = [_deduction(row) for row in (await conn.execute(query)).mappings()]
    more = len(found) > limit
    return Page(
        items=tuple(found[:limit]),
        next_cursor=to_cursor("deductions", skipped + limit) if more else None,
    )


async def one_deduction(
    conn: ReadConnection, actor: Actor | None, known_id: str
) -> DeductionRow | None:
    """A deduction; ``None`` where there is none for ``actor``, or (``None``) for the system."""
    query = _deductions(actor).where(deductions.c.id == known_id)
    row = (await conn.execute(query)).mappings().one_or_none()
    return None if row is None else _deduction(row)


def _deductions(actor: Actor | None) -> Any:  # noqa: ANN401 - a query
    return (
        select(
            circulars,
            deductions.c.id.label("deduction_id"),
            deductions.c.no,
            items.c.number.label("item_number"),
        )
        .select_from(deductions)
        .join(circulars, circulars.c.id == deductions.c.circular_id)
        .outerjoin(items, items.c.id == deductions.c.item_id)
        .where(or_(own(actor), _his_to_decide(actor)))
    )


_PENDING = func.jsonb_path_exists(
    circulars.c.state,
    literal_column(
        """'$.deductions[*] ? (@.no == $no && @.recheck.reason != null"""
        """ && @.recheck.outcome == null)'"""
    ),
    func.jsonb_build_object("no", deductions.c.no),
)
"""Whether a 复核 of the deduction is asked for and not decided."""


def _his_to_decide(actor: Actor | None) -> ColumnElement[bool]:
    """A leader reads what he may have to decide on: any deduction under 复核 (C14)."""
    decides = actor is not None and actor.role is Role.DEPUTY
    return _PENDING if decides else false()


def _deduction(row: Mapping[Any, Any]) -> DeductionRow:
    return DeductionRow(
        id=row["deduction_id"],
        row=row_of(row),
        no=row["no"],
        item_number=row["item_number"] or "",
    )


async def ledger(conn: ReadConnection, actor: Actor, unit: str, year: int) -> tuple[LedgerRow, ...]:
    """Every line of a unit's year, in order."""
    lines = deduction_lines.c
    query = (
        select(
            lines.id,
            lines.deduction_id,
            lines.kind,
            lines.points,
            lines.reason,
            lines.at,
            lines.seq,
            deductions.c.circular_id,
            deductions.c.item_id,
            deductions.c.entry_no,
            deductions.c.ground,
            circulars.c.number.label("circular_number"),
            items.c.number.label("item_number"),
            items.c.title.label("item_title"),
        )
        .select_from(deduction_lines)
        .join(deductions, deductions.c.id == lines.deduction_id)
        .join(circulars, circulars.c.id == deductions.c.circular_id)
        .outerjoin(items, items.c.id == deductions.c.item_id)
        .where(lines.unit == unit, lines.year == year, own(actor))
        .order_by(lines.id)
    )
    return tuple(
        LedgerRow(**dict(row) | {"kind": LineKind(row["kind"])})
        for row in (await conn.execute(query)).mappings()
    )


async def held(conn: ReadConnection, actor: Actor, unit: str, year: int) -> int:
    """What of a unit's year is held back, and will count again unless it is decided otherwise."""
    c = deductions.c
    query = _deductions(actor).where(c.unit == unit, c.year == year)
    found = [_deduction(row) for row in (await conn.execute(query)).mappings()]
    standing = [one.row.circular.deduction(one.no) for one in found]
    return sum(one.standing - one.counted for one in standing)
