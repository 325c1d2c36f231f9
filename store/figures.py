"""Figures in SQL, where there are too many items to read each: the same as :mod:`domain.figures`
works out of timelines (a test holds the two to be one), and the timelines to prove a single one."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Integer,
    ScalarSelect,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH

from domain.clocks import Rule
from domain.figures import Case, Figure
from domain.items import Status
from domain.parts import UNFINISHED
from store.cursors import from_cursor, to_cursor
from store.filters import IS_OVERDUE, IS_SLOT, NOW, Filters, Scope, conditions
from store.reads import HEAD, NEWEST, ORIGINAL_DUE_AT, PLACE, head_fields
from store.rows import HeadRow, Page
from store.session import ReadConnection
from store.standing import is_act, is_circular, stands
from store.tables import ENDED, audit_events, item_clocks, items

GroupBy = Literal["category", "unit", "leader", "kind", "status", "period"]

_entry = audit_events.alias("entry")
_OF_ITEM = _entry.c.item_id == items.c.id
_STATES = " || ".join(f'@.state == "{state}"' for state in sorted(UNFINISHED))
HAS_UNFINISHED = items.c.parts.op("@?")(literal(f"$[*] ? ({_STATES})", JSONPATH))


def _count(*wanted: ColumnElement[bool]) -> ScalarSelect[int]:
    """How many standing entries of an item fit."""
    return select(func.count()).where(_OF_ITEM, stands(_entry), *wanted).scalar_subquery()


def _last(act: str, said: str, *, text: str = "true") -> ScalarSelect[Any]:
    """The body of an item's last standing entry of that act that says so."""
    newest = (
        select(_entry.c.body)
        .where(_OF_ITEM, _entry.c.act == act, _entry.c.body[said].astext == text, stands(_entry))
        .order_by(_entry.c.seq.desc())
        .limit(1)
    )
    return newest.scalar_subquery()


_CLOSED = items.c.status.in_((Status.CLOSED.value, Status.ARCHIVED.value))
_TERMINATED = items.c.status == Status.TERMINATED.value
_PAST = func.coalesce(items.c.due_at < NOW, literal(False))
_WITHOUT_PAPER = and_(
    func.coalesce(
        func.jsonb_array_length(_last("submit_feedback", "final")["attachments"]), literal(0)
    )
    == 0,
    func.coalesce(func.jsonb_typeof(_last("sign_off", "approved")["recorded_from_paper"]), "null")
    == "null",
)
_HELD = items.c.handed_out
_ITEM = and_(_HELD, ~IS_SLOT)


def _once(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


def _if(condition: ColumnElement[bool], amount: Any) -> ColumnElement[int]:  # noqa: ANN401
    return case((condition, amount), else_=0)


AMOUNTS: Mapping[Figure, ColumnElement[int]] = {
    Figure.ISSUED: _once(_ITEM),
    Figure.OPEN: _once(and_(_ITEM, items.c.status.not_in(ENDED))),
    Figure.DUE: _once(
        and_(_ITEM, _PAST, items.c.status.not_in((Status.TERMINATED, Status.SUSPENDED)))
    ),
    Figure.CLOSED: _once(and_(_ITEM, _CLOSED)),
    Figure.TERMINATED: _once(and_(_ITEM, _TERMINATED)),
    Figure.CLOSED_ON_TIME: _once(and_(_ITEM, _CLOSED, ~items.c.lapsed)),
    Figure.SETTLED: _once(and_(_ITEM, or_(_CLOSED, and_(items.c.lapsed, not_(_TERMINATED))))),
    Figure.LAPSED: _once(and_(_ITEM, items.c.lapsed)),
    Figure.OVERDUE_NOW: _once(and_(_ITEM, IS_OVERDUE)),
    Figure.CLOSED_SECONDS: _if(
        and_(_ITEM, _CLOSED),
        func.greatest(
            cast(func.trunc(func.extract("epoch", items.c.closed_at - items.c.issued_at)), Integer),
            0,
        ),
    ),
    Figure.EXTENSIONS: _if(_ITEM, items.c.extensions),
    Figure.RETURNS: _if(_ITEM, items.c.returns),
    Figure.REMINDERS: _if(_ITEM, _count(is_act(_entry, "remind"), ~_entry.c.covert)),
    Figure.CIRCULARS: _if(_ITEM, _count(is_circular(_entry))),
    Figure.WAITING: _once(
        and_(_ITEM, items.c.status.in_((Status.AWAITING_SIGN_OFF, Status.AWAITING_REVIEW)))
    ),
    Figure.WAITING_FOR_PARTS: _once(
        and_(_ITEM, items.c.status == Status.AWAITING_REVIEW, HAS_UNFINISHED)
    ),
    Figure.SLOTS: _once(and_(_HELD, IS_SLOT)),
    Figure.SLOTS_LAPSED: _once(and_(_HELD, IS_SLOT, items.c.lapsed)),
    Figure.MISASSIGNED: _if(true(), items.c.misassigned),
    Figure.UNSIGNED: _once(and_(_HELD, items.c.status == Status.ISSUED)),
    Figure.NO_RESULT: _once(and_(_HELD, items.c.status == Status.IN_PROGRESS, _PAST)),
    Figure.NO_REPORT: _once(and_(_ITEM, _CLOSED, _WITHOUT_PAPER)),
}
"""What an item adds to a figure: :func:`domain.figures.proof`, in SQL."""

_DEPUTY = func.jsonb_path_query_first(
    items.c.facts,
    literal('$.responsible[*] ? (@.post == "deputy" && @.unit == $unit)', JSONPATH),
    func.jsonb_build_object("unit", items.c.lead_unit),
    type_=JSONB,
)
LEADER = func.coalesce(_DEPUTY["name"].astext, "")
"""The first of the deputy leaders in charge of the unit when it was handed out (R47)."""
PERIOD = func.to_char(items.c.issued_at, "YYYY-MM")
"""The month of the 下达, in the district (the connection's time zone)."""
GROUPS: Mapping[GroupBy, ColumnElement[Any]] = {
    "category": items.c.category,
    "unit": items.c.lead_unit,
    "leader": LEADER,
    "kind": items.c.kind,
    "status": items.c.status,
    "period": PERIOD,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """The figures of one group."""

    key: str
    name: str
    figures: Mapping[Figure, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """An item that is counted in a figure, how much it adds, and its timeline to prove it."""

    head: HeadRow
    amount: int
    case: Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An item among others: the ``leader`` it counts with, the moment it was read as of, and the
    cursor of its ``place``."""

    id: str
    leader: str
    now: datetime
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """An entry of a timeline, as far as figures look at it; ``body`` holds what they need."""

    seq: int
    act: str
    at: Any
    outcome: str
    status: str
    covert: bool
    settles: int | None
    body: Mapping[str, Any]
    changed: Mapping[str, Any]


async def groups(
    conn: ReadConnection,
    scope: Scope,
    filters: Filters,
    group_by: GroupBy,
    figures: Sequence[Figure],
) -> tuple[GroupRow, ...]:
    """``figures`` by group, of what ``scope`` reaches and ``filters`` ask for."""
    each = select(
        GROUPS[group_by].label("key"),
        (items.c.lead_unit_name if group_by == "unit" else GROUPS[group_by]).label("name"),
        *(AMOUNTS[figure].label(figure.value) for figure in figures),
    ).where(scope.condition, *_counted(figures), *conditions(filters))
    of_item = each.subquery("counted")
    sums = [func.coalesce(func.sum(of_item.c[f.value]), 0).label(f.value) for f in figures]
    query = select(of_item.c.key, func.max(of_item.c.name).label("name"), *sums)
    rows = await conn.execute(query.group_by(of_item.c.key).order_by(of_item.c.key))
    return tuple(
        GroupRow(
            key=row["key"],
            name=row["name"],
            figures={figure: int(row[figure.value]) for figure in figures},
        )
        for row in rows.mappings()
    )


def _counted(figures: Sequence[Figure]) -> list[ColumnElement[bool]]:
    """What no figure counts makes no group."""
    misassigned = items.c.misassigned > 0
    return [or_(_HELD, misassigned) if Figure.MISASSIGNED in figures else _HELD]


async def lines(
    conn: ReadConnection,
    scope: Scope,
    filters: Filters,
    figure: Figure,
    limit: int,
    cursor: str | None = None,
    group: tuple[GroupBy, str] | None = None,
) -> Page[FigureRow]:
    """The items that a figure counts, the newest first. Raises ``Invalid('bad_cursor')``."""
    amount = AMOUNTS[figure]
    query = select(*HEAD, *PLACE, *_CASE, amount.label("amount"))
    query = query.where(scope.condition, *conditions(filters), amount > 0)
    if group is not None:
        query = query.where(GROUPS[group[0]] == group[1])
    if cursor is not None:
        query = query.where(tuple_(*PLACE) < tuple_(*from_cursor("figure", cursor, len(PLACE))))
    query = query.order_by(*NEWEST).limit(limit + 1)
    rows = (await conn.execute(query)).mappings().all()
    shown = rows[:limit]
    told = await _timelines(conn, [row["id"] for row in shown])
    return Page(
        items=tuple(
            FigureRow(
                head=HeadRow(**head_fields(row)),
                amount=row["amount"],
                case=_case(row, told.get(row["id"], ())),
            )
            for row in shown
        ),
        next_cursor=to_cursor("figure", *(shown[-1][c.name] for c in PLACE))
        if len(rows) > limit
        else None,
    )


_FOUND = (
    *(items.c[name] for name in ("id", "kind", "lead_unit", "issued_at")),
    LEADER.label("leader"),
    NOW.label("now"),
)
_CASE = (ORIGINAL_DUE_AT.label("first_due_at"), HAS_UNFINISHED.label("waits_for_parts"))
_BODY_KEYS = (
    *("clock", "due_at", "issued_at", "final", "attachments"),
    *("approved", "recorded_from_paper", "number"),
)
_LINE = [_entry.c[name] for name in LineRow.__dataclass_fields__ if name != "body"]
_BODY = func.jsonb_build_object(
    *(part for key in _BODY_KEYS for part in (literal(key), _entry.c.body[key]))
)
_BESIDE = ("part_changed", "confirm_act")
"""Entries that no figure looks at; reminders of the clock neither."""


FAULTY = or_(
    items.c.lapsed,
    items.c.returns > 0,
    items.c.misassigned > 0,
    exists(literal(1)).where(
        item_clocks.c.item_id == items.c.id,
        item_clocks.c.rule == Rule.RECEIPT.value,
        item_clocks.c.lapsed_at.is_not(None),
    ),
    exists(literal(1)).where(
        _OF_ITEM, _entry.c.act == "answer_coordination", _entry.c.changed.has_key("lead_unit")
    ),
)
"""Items without which no fault is missed (:func:`domain.figures.faults`)."""


def led_by(unit: str) -> ColumnElement[bool]:
    """The items that a unit leads, or ever led."""
    moved = _entry.c.changed["lead_unit"].contains([unit])
    return or_(items.c.lead_unit == unit, exists(literal(1)).where(_OF_ITEM, moved))


async def cases(
    conn: ReadConnection,
    scope: Scope,
    filters: Filters,
    only: ColumnElement[bool] | None = None,
    page: int = 500,
    cursor: str | None = None,
) -> AsyncIterator[tuple[Found, Case]]:
    """The items that are, or were, with units, each with its timeline; the newest first. Raises
    ``Invalid('bad_cursor')``."""
    held = or_(_HELD, items.c.misassigned > 0)
    wanted = [scope.condition, held, *conditions(filters), *([] if only is None else [only])]
    last = None if cursor is None else from_cursor("case", cursor, len(PLACE))
    while True:
        query = select(*_FOUND, *PLACE, *_CASE).where(*wanted)
        if last is not None:
            query = query.where(tuple_(*PLACE) < tuple_(*last))
        query = query.order_by(*NEWEST).limit(page)
        rows = (await conn.execute(query)).mappings().all()
        told = await _timelines(conn, [row["id"] for row in rows])
        for row in rows:
            place = to_cursor("case", *(row[column.name] for column in PLACE))
            found = Found(id=row["id"], leader=row["leader"], now=row["now"], place=place)
            yield found, _case(row, told.get(row["id"], ()))
        if len(rows) < page:
            return
        last = tuple(rows[-1][column.name] for column in PLACE)


async def heads(conn: ReadConnection, item_ids: Sequence[str]) -> Mapping[str, HeadRow]:
    """These items as lists show them."""
    rows = await conn.execute(select(*HEAD).where(items.c.id.in_(item_ids)))
    return {row["id"]: HeadRow(**head_fields(row)) for row in rows.mappings()}


async def _timelines(
    conn: ReadConnection, item_ids: Sequence[str]
) -> Mapping[str, tuple[LineRow, ...]]:
    query = (
        select(_entry.c.item_id, *_LINE, _BODY.label("body"))
        .where(
            _entry.c.item_id.in_(item_ids),
            _entry.c.act.not_in(_BESIDE),
            ~_entry.c.act.startswith("remind_", autoescape=True),
        )
        .order_by(_entry.c.item_id, _entry.c.seq)
    )
    found: dict[str, list[LineRow]] = {}
    for row in (await conn.execute(query)).mappings():
        fields = {name: row[name] for name in LineRow.__dataclass_fields__}
        found.setdefault(row["item_id"], []).append(LineRow(**fields))
    return {item_id: tuple(told) for item_id, told in found.items()}


def _case(row: Mapping[Any, Any], told: tuple[LineRow, ...]) -> Case:
    return Case(
        id=row["id"],
        kind=row["kind"],
        lead_unit=row["lead_unit"],
        issued_at=row["issued_at"],
        first_due_at=row["first_due_at"],
        lines=told,
        waits_for_parts=row["waits_for_parts"],
    )
