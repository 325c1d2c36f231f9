"""The rows of two ledgers (domain.md §5): what circulars said of whom (通报), and the lines of
deductions (落实不力)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from domain.circulars import PUBLISHED, LineKind
from domain.items import Actor
from store.cursors import from_cursor, to_cursor
from store.deductions import own
from store.figures import GROUPS, GroupBy
from store.filters import Filters, Scope, conditions
from store.rows import Page
from store.session import ReadConnection
from store.tables import circular_entries, circulars, deduction_lines, deductions, items


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    """One entry of a circular that has gone out, as it stands: corrected, or withdrawn, since."""

    circular_number: str
    circular_title: str
    issued_at: datetime
    stage: str
    unit_name: str
    item_number: str
    item_title: str
    tone: str
    ground: str | None
    facts: str
    requirement: str
    new_due_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeductionLine:
    """One line: points deducted, held, given back; the plain sum of them is what counts."""

    year: int
    unit: str
    unit_name: str
    circular_number: str
    item_number: str
    item_title: str
    ground: str
    kind: LineKind
    points: int
    reason: str
    at: datetime


async def entry_lines(
    conn: ReadConnection,
    actor: Actor,  # noqa: ARG001 - what has gone out is for all who read circulars
    filters: Filters,
    limit: int,
    cursor: str | None = None,
) -> Page[EntryLine]:
    """What the circulars that went out say, the newest first. Raises ``Invalid('bad_cursor')``."""
    entry = circular_entries.c
    query = (
        select(
            circulars.c.number.label("circular_number"),
            circulars.c.title.label("circular_title"),
            circulars.c.issued_at,
            circulars.c.stage,
            *(entry[name] for name in ("unit_name", "item_number", "item_title", "tone")),
            *(entry[name] for name in ("ground", "facts", "requirement", "new_due_on")),
        )
        .join(circulars, circulars.c.id == entry.circular_id)
        .where(
            circulars.c.version == entry.version,
            circulars.c.stage.in_([stage.value for stage in PUBLISHED]),
        )
        .order_by(circulars.c.issued_at.desc(), circulars.c.id, entry.no)
    )
    query = query.where(*_of(circulars.c.year, filters.year), *_of(entry.unit, filters.unit))
    rows, end = await _page(conn, query, "circular_entries", limit, cursor)
    return Page(items=tuple(EntryLine(**row) for row in rows), next_cursor=end)


async def deduction_ledger(
    conn: ReadConnection, actor: Actor, filters: Filters, limit: int, cursor: str | None = None
) -> Page[DeductionLine]:
    """The lines of the deductions that are ``actor``'s to see, in the order in which they were
    made; ``year`` and ``unit`` are those of the deduction. Raises ``Invalid('bad_cursor')``."""
    line = deduction_lines.c
    wanted = [*_of(line.year, filters.year), *_of(line.unit, filters.unit)]
    return await _deduction_page(conn, actor, wanted, limit, cursor)


async def points_by_group(
    conn: ReadConnection, actor: Actor, scope: Scope, filters: Filters, group_by: GroupBy
) -> dict[str, int]:
    """What is deducted (扣分) on account of the items of each group, in hundredths of a point, as
    far as it is ``actor``'s to see."""
    key = GROUPS[group_by]
    query = (
        select(key, func.sum(deduction_lines.c.points))
        .select_from(deduction_lines)
        .join(deductions, deductions.c.id == deduction_lines.c.deduction_id)
        .join(items, items.c.id == deductions.c.item_id)
        .where(own(actor), scope.condition, *conditions(filters))
        .group_by(key)
    )
    return {row[0]: int(row[1]) for row in await conn.execute(query)}


async def points_lines(
    conn: ReadConnection,
    actor: Actor,
    scope: Scope,
    filters: Filters,
    limit: int,
    cursor: str | None = None,
    group: tuple[GroupBy, str] | None = None,
) -> Page[DeductionLine]:
    """The lines that :func:`points_by_group` adds up. Raises ``Invalid('bad_cursor')``."""
    wanted = [scope.condition, *conditions(filters)]
    if group is not None:
        wanted.append(GROUPS[group[0]] == group[1])
    return await _deduction_page(conn, actor, wanted, limit, cursor)


async def _deduction_page(
    conn: ReadConnection,
    actor: Actor,
    wanted: Sequence[ColumnElement[bool]],
    limit: int,
    cursor: str | None,
) -> Page[DeductionLine]:
    line, made = deduction_lines.c, deductions.c
    query = (
        select(
            *(line[name] for name in ("year", "unit", "kind", "points", "reason", "at")),
            *(made[name] for name in ("unit_name", "ground")),
            circulars.c.number.label("circular_number"),
            items.c.number.label("item_number"),
            items.c.title.label("item_title"),
        )
        .select_from(deduction_lines)
        .join(deductions, made.id == line.deduction_id)
        .join(circulars, circulars.c.id == made.circular_id)
        .join(items, items.c.id == made.item_id)
        .where(own(actor), *wanted)
        .order_by(line.id)
    )
    rows, end = await _page(conn, query, "deduction_lines", limit, cursor)
    return Page(
        items=tuple(DeductionLine(**{**row, "kind": LineKind(row["kind"])}) for row in rows),
        next_cursor=end,
    )


def _of(column: ColumnElement[Any], wanted: object) -> list[ColumnElement[bool]]:
    return [] if wanted is None else [column == wanted]


async def _page(
    conn: ReadConnection, query: Select[Any], name: str, limit: int, cursor: str | None
) -> tuple[Sequence[Mapping[str, Any]], str | None]:
    skipped = from_cursor(name, cursor, 1)[0] if cursor is not None else 0
    found = (await conn.execute(query.offset(skipped).limit(limit + 1))).mappings().all()
    more = len(found) > limit
    rows = [{str(key): value for key, value in row.items()} for row in found[:limit]]
    return rows, to_cursor(name, skipped + limit) if more else None
