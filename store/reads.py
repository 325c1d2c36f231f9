"""Reads for the API; nothing here changes anything."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    and_,
    any_,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from domain.clocks import RESULT_RULES
from domain.items import RESTING, Actor, Kind, OfficePost, Role, Status
from store.calendars import calendar, calendar_year
from store.codec import (
    ACTOR,
    ACTUALS,
    AFTERMATH,
    APPROVAL,
    COORDINATION,
    EXTENSION,
    HANDED_IN,
    NOTICES,
    PARTS,
    SENT_BACK,
    SPENT,
    WARNINGS,
    clock_of,
    facts_of,
)
from store.cursors import from_cursor, to_cursor
from store.filters import (
    IS_OVERDUE,
    LAMP,
    NOW,
    Filters,
    Scope,
    conditions,
    scope_of,
    searched_among,
)
from store.lamps import is_spared, overdue_from
from store.rows import (
    ClockRow,
    DriftRow,
    EntryRow,
    FileRow,
    HeadRow,
    ItemRow,
    Lamp,
    OpenRow,
    Page,
    UnitRow,
    UserRow,
)
from store.session import ReadConnection
from store.tables import (
    ENDED,
    Words,
    audit_events,
    drift_reports,
    files,
    item_clocks,
    items,
    persons,
    stand_ins,
    unit_deputies,
    unit_posts,
    unit_regulations,
    users,
)
from store.tables import units as unit_table
from store.terms import serving

__all__ = [
    "Filters",
    "Scope",
    "actor",
    "calendar",
    "calendar_year",
    "capacity",
    "count",
    "deputy_of",
    "drift_latest",
    "entry_by_request",
    "file",
    "item_row",
    "known_ids",
    "list_items",
    "numbers",
    "open_item_ids",
    "open_items",
    "open_rows",
    "provisional_item_ids",
    "scope_of",
    "timeline",
    "titles",
    "unit",
    "units",
    "user",
    "year_tasks",
]

ORIGINAL_DUE_AT = (
    select(item_clocks.c.original_due_at)
    .where(item_clocks.c.item_id == items.c.id, item_clocks.c.rule.in_(sorted(RESULT_RULES)))
    .order_by(item_clocks.c.position)
    .limit(1)
    .scalar_subquery()
)
_OF_ITEM = audit_events.c.item_id == items.c.id
COVERT = select(func.array_agg(audit_events.c.seq)).where(_OF_ITEM, audit_events.c.covert)
LAST_SEEN_AT = select(func.max(audit_events.c.at)).where(_OF_ITEM, ~audit_events.c.covert)
DERIVED = {
    "original_due_at": ORIGINAL_DUE_AT,
    "covert": COVERT.scalar_subquery(),
    "last_seen_at": LAST_SEEN_AT.scalar_subquery(),
    "lamp": LAMP,
    "overdue": IS_OVERDUE,
    "now": NOW,
}
HEAD_COLUMNS = [items.c[name] for name in HeadRow.__dataclass_fields__ if name not in DERIVED]
HEAD = [*HEAD_COLUMNS, *(column.label(name) for name, column in DERIVED.items())]
WHOLE = [
    *HEAD,
    *(
        items.c[name]
        for name in (
            "content",
            "facts",
            "original_text",
            "handed_in",
            "spent",
            "edition",
            "request_id",
            "body_hash",
            "parts",
            "actuals",
            "crossed",
            "unit_since",
        )
    ),
]


PLACE = (items.c.year, items.c.sequence, items.c.sub)
NEWEST = tuple(column.desc() for column in PLACE)
"""What orders the list of items: the newest number first."""
LOOKED_THROUGH = 2000
"""Among as many of the newest a search looks first: enough for a page of a word that one item in
forty has."""


async def item_row(
    conn: ReadConnection, item_id: str, scope: Scope | None = None
) -> ItemRow | None:
    """One item, whole; ``None`` where there is none, or ``scope`` does not reach it."""
    query = select(*WHOLE).where(items.c.id == item_id)
    if scope is not None:
        query = query.where(scope.condition)
    row = (await conn.execute(query)).mappings().one_or_none()
    return None if row is None else await _whole(conn, row)


async def _whole(conn: ReadConnection, row: Mapping[Any, Any], *, clocks: bool = True) -> ItemRow:
    return ItemRow(
        **head_fields(row),
        content=row["content"],
        facts=facts_of(row),
        handed_in=HANDED_IN.validate_python(row["handed_in"]),
        spent=SPENT.validate_python(row["spent"]),
        edition=row["edition"],
        request_id=row["request_id"],
        body_hash=row["body_hash"],
        parts=PARTS.validate_python(row["parts"]),
        actuals=ACTUALS.validate_python(row["actuals"]),
        crossed=row["crossed"],
        unit_since=row["unit_since"],
        clocks=await _clocks(conn, row) if clocks else (),
    )


def head_fields(row: Mapping[Any, Any]) -> dict[str, Any]:
    """The fields of a :class:`HeadRow`, of a row with :data:`HEAD`."""
    return {
        **{name: row[name] for name in HeadRow.__dataclass_fields__},
        "co_units": tuple(row["co_units"]),
        "lamp": Lamp(row["lamp"]),
        "coordination": COORDINATION.validate_python(row["coordination"]),
        "extension": EXTENSION.validate_python(row["extension"]),
        "approval": APPROVAL.validate_python(row["approval"]),
        "sent_back": SENT_BACK.validate_python(row["sent_back"]),
        "aftermath": AFTERMATH.validate_python(row["aftermath"]),
        "unverified": tuple(row["unverified"]),
        "covert": frozenset(row["covert"] or ()),
        "warnings": WARNINGS.validate_python(row["warnings"]),
    }


async def _clocks(conn: ReadConnection, item: Mapping[Any, Any]) -> tuple[ClockRow, ...]:
    query = select(item_clocks).where(item_clocks.c.item_id == item["id"])
    rows = await conn.execute(query.order_by(item_clocks.c.position))
    spared = is_spared(Status(item["status"]), HANDED_IN.validate_python(item["handed_in"]))
    return tuple(
        _clock(row, item["now"], spared=spared, resting=item["status"] in RESTING)
        for row in rows.mappings()
    )


def _clock(row: Mapping[Any, Any], now: datetime, *, spared: bool, resting: bool) -> ClockRow:
    clock = clock_of(row)
    excused = resting or (spared and clock.is_result and not clock.passed)
    return ClockRow(
        clock=clock, overdue=clock.running and not excused and overdue_from(clock) <= now
    )


async def tree(conn: ReadConnection, scope: Scope, item_id: str) -> tuple[ItemRow, ...]:
    """All items of the tree that ``item_id`` belongs to, in the order of their numbers."""
    above = select(items.c.id, items.c.parent_id).where(items.c.id == item_id).cte(recursive=True)
    above = above.union(
        select(items.c.id, items.c.parent_id).join(above, items.c.id == above.c.parent_id)
    )
    below = select(above.c.id).cte(recursive=True)
    below = below.union(select(items.c.id).join(below, items.c.parent_id == below.c.id))
    query = select(*WHOLE).where(items.c.id.in_(select(below.c.id)), scope.condition)
    rows = (await conn.execute(query.order_by(*PLACE))).mappings().all()
    return tuple([await _whole(conn, row, clocks=False) for row in rows])


async def year_tasks(
    conn: ReadConnection,
    scope: Scope,
    filters: Filters,
    limit: int,
    cursor: str | None = None,
) -> Page[ItemRow]:
    """Year-round tasks with their parts, without their clocks, the newest number first. Raises
    ``Invalid('bad_cursor')``."""
    query = select(*WHOLE, *PLACE).where(
        items.c.kind == Kind.YEAR_ROUND.value, scope.condition, *conditions(filters)
    )
    if cursor is not None:
        query = query.where(tuple_(*PLACE) < tuple_(*from_cursor("tasks", cursor, len(PLACE))))
    query = query.order_by(*NEWEST).limit(limit + 1)
    rows = (await conn.execute(query)).mappings().all()
    shown = rows[:limit]
    return Page(
        items=tuple([await _whole(conn, row, clocks=False) for row in shown]),
        next_cursor=to_cursor("tasks", *(shown[-1][c.name] for c in PLACE))
        if len(rows) > limit
        else None,
    )


async def list_items(
    conn: ReadConnection,
    scope: Scope,
    filters: Filters,
    limit: int,
    cursor: str | None = None,
) -> Page[HeadRow]:
    """Items, the newest number first. Raises ``Invalid('bad_cursor')``."""
    within = [scope.condition]
    if cursor is not None:
        within.append(tuple_(*PLACE) < tuple_(*from_cursor("items", cursor, len(PLACE))))
    rows = await _searched_newest(conn, within, filters, limit + 1) if filters.q else ()
    if len(rows) <= limit:
        query = select(*HEAD, *PLACE).where(*within, *conditions(filters))
        rows = (await conn.execute(query.order_by(*NEWEST).limit(limit + 1))).mappings().all()
    shown = rows[:limit]
    more = len(rows) > limit
    return Page(
        items=tuple(HeadRow(**head_fields(row)) for row in shown),
        next_cursor=to_cursor("items", *(shown[-1][c.name] for c in PLACE)) if more else None,
    )


async def _searched_newest(
    conn: ReadConnection, within: Sequence[ColumnElement[bool]], filters: Filters, most: int
) -> Sequence[RowMapping]:
    """What is found among the newest only: of a frequent word that fills a page, and spares the
    index from counting up everything that has it."""
    await _plan_for_the_words(conn)
    newest = select(items.c.id).where(*within, *conditions(replace(filters, q=None)))
    newest = newest.order_by(*NEWEST).limit(LOOKED_THROUGH)
    query = select(*HEAD, *PLACE).where(searched_among(newest, str(filters.q)))
    return (await conn.execute(query.order_by(*NEWEST).limit(most))).mappings().all()


async def _plan_for_the_words(conn: ReadConnection) -> None:
    """Lets PostgreSQL plan each search of this transaction anew: a plan for words in general is
    one for words that hardly any item has."""
    await conn.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))


async def count(conn: ReadConnection, scope: Scope, filters: Filters) -> int:
    """How many items there are."""
    if filters.q:
        await _plan_for_the_words(conn)
    query = select(func.count()).select_from(items).where(scope.condition, *conditions(filters))
    return int((await conn.execute(query)).scalar_one())


ENTRY = [audit_events.c[name] for name in EntryRow.__dataclass_fields__]


async def timeline(
    conn: ReadConnection, item_id: str, *, include_covert: bool
) -> tuple[EntryRow, ...]:
    """The entries of an item in order; covert ones (暗访) only where the reader may know."""
    query = select(*ENTRY).where(audit_events.c.item_id == item_id)
    if not include_covert:
        query = query.where(~audit_events.c.covert)
    rows = await conn.execute(query.order_by(audit_events.c.seq))
    return tuple(_entry(row) for row in rows.mappings())


async def entry_by_request(conn: ReadConnection, item_id: str, request_id: str) -> EntryRow | None:
    """The entry that a request made."""
    query = select(*ENTRY).where(
        audit_events.c.item_id == item_id, audit_events.c.request_id == request_id
    )
    row = (await conn.execute(query)).mappings().one_or_none()
    return None if row is None else _entry(row)


def _entry(row: Mapping[Any, Any]) -> EntryRow:
    actor = row["actor"]
    return EntryRow(
        **{
            **row,
            "actor": None if actor is None else ACTOR.validate_python(actor),
            "notices": NOTICES.validate_python(row["notices"]),
        }
    )


async def open_rows(conn: ReadConnection) -> tuple[OpenRow, ...]:
    """Items whose workflow should be running."""
    query = select(items.c.id, items.c.seq, items.c.kind).where(items.c.status.not_in(ENDED))
    return tuple(OpenRow(**row) for row in (await conn.execute(query)).mappings())


async def open_items(conn: ReadConnection, after: str, limit: int) -> tuple[ItemRow, ...]:
    """Items that have not ended, whole, by id, those behind ``after``."""
    query = select(*WHOLE).where(items.c.status.not_in(ENDED), items.c.id > after)
    rows = (await conn.execute(query.order_by(items.c.id).limit(limit))).mappings().all()
    return tuple([await _whole(conn, row) for row in rows])


async def open_item_ids(conn: ReadConnection) -> tuple[str, ...]:
    """The ids of the items that are open."""
    return tuple(row.id for row in await open_rows(conn))


async def known_ids(conn: ReadConnection, item_ids: Sequence[str]) -> set[str]:
    """Which of these items have a row at all."""
    query = select(items.c.id).where(items.c.id == any_(literal(list(item_ids), ARRAY(Words))))
    return set((await conn.execute(query)).scalars())


async def titles(conn: ReadConnection, numbers: Sequence[str]) -> dict[str, str]:
    """The titles of the items with these numbers, by number."""
    wanted = items.c.number == any_(literal(list(numbers), ARRAY(Words)))
    rows = await conn.execute(select(items.c.number, items.c.title).where(wanted))
    return {row.number: row.title for row in rows}


async def numbers(conn: ReadConnection, item_ids: Sequence[str]) -> dict[str, str]:
    """The numbers of these items, of those that have a row."""
    query = select(items.c.id, items.c.number)
    found = await conn.execute(
        query.where(items.c.id == any_(literal(list(item_ids), ARRAY(Words))))
    )
    return {row.id: row.number for row in found}


async def provisional_item_ids(conn: ReadConnection) -> tuple[str, ...]:
    """Open items with a running clock whose date is 暂定."""
    query = (
        select(items.c.id)
        .join(item_clocks, item_clocks.c.item_id == items.c.id)
        .where(
            items.c.status.not_in(ENDED),
            item_clocks.c.stopped_at.is_(None),
            item_clocks.c.provisional,
        )
        .distinct()
    )
    return tuple((await conn.execute(query)).scalars())


USER = [users.c[name] for name in UserRow.__dataclass_fields__]


async def user(conn: ReadConnection, username: str) -> UserRow | None:
    """A person, active or not."""
    row = (await conn.execute(select(*USER).where(users.c.username == username))).mappings()
    found = row.one_or_none()
    return None if found is None else UserRow(**found)


async def actor(conn: ReadConnection, username: str) -> Actor | None:
    """A person as who acts; ``None`` where there is none, or no longer."""
    found = await user(conn, username)
    return None if found is None or not found.active else await actor_of(conn, found)


async def actor_of(conn: ReadConnection, found: UserRow) -> Actor:
    """Somebody who has been read, as who acts."""
    leads = found.role == Role.DEPUTY
    fields = await deputy_of(conn, found.username) if leads else ()
    stands_in_for = await _stands_in_for(conn, found.username)
    return replace(_as_actor(found, fields), stands_in_for=stands_in_for)


def _as_actor(found: UserRow, fields: tuple[str, ...]) -> Actor:
    role = Role(found.role)
    return Actor(
        username=found.username,
        name=found.name,
        role=role,
        unit=found.unit_code,
        deputy_of=fields if role is Role.DEPUTY else (),
        post=OfficePost(found.post) if found.post else None,
    )


async def deputy_of(conn: ReadConnection, username: str) -> tuple[str, ...]:
    """The codes of the units a deputy leader is in charge of today."""
    query = select(unit_deputies.c.unit_code).where(
        unit_deputies.c.username == username, serving(unit_deputies)
    )
    return tuple(
        dict.fromkeys((await conn.execute(query.order_by(unit_deputies.c.unit_code))).scalars())
    )


async def capacity(conn: ReadConnection, username: str) -> Actor | None:
    """In what capacity a person acts, whether he has an account or not: what somebody who stands
    in for him may do. ``None`` for a stranger."""
    found = await user(conn, username)
    fields = await deputy_of(conn, username)
    name = await conn.scalar(select(persons.c.name).where(persons.c.username == username))
    if found is not None:
        return _as_actor(found, fields)
    if fields:
        return Actor(username=username, name=name or username, role=Role.DEPUTY, deputy_of=fields)
    unit_code = await conn.scalar(_UNIT_OF.where(persons.c.username == username).limit(1))
    if name is None or unit_code is None:
        return None
    return Actor(username=username, name=name, role=Role.UNIT, unit=unit_code)


_UNIT_OF = (
    select(unit_posts.c.unit_code)
    .join(persons, persons.c.id == unit_posts.c.person_id)
    .where(serving(unit_posts))
    .order_by(unit_posts.c.id)
)


async def _stands_in_for(conn: ReadConnection, username: str) -> tuple[Actor, ...]:
    """Those for whom a person stands in today."""
    query = select(stand_ins.c.absent).where(stand_ins.c.stand_in == username, serving(stand_ins))
    absent = (await conn.execute(query.order_by(stand_ins.c.id))).scalars().all()
    found = [await capacity(conn, one) for one in dict.fromkeys(absent)]
    return tuple(one for one in found if one is not None)


def _units() -> Select[Any]:
    of_unit = and_(unit_deputies.c.unit_code == unit_table.c.code, serving(unit_deputies))
    lead = and_(
        users.c.username == unit_deputies.c.username, users.c.active, users.c.role == Role.DEPUTY
    )
    since = unit_deputies.c.since.asc().nulls_first()
    by_service = aggregate_order_by(unit_deputies.c.username, since, unit_deputies.c.username)
    deputies = select(func.array_agg(by_service)).where(of_unit)
    reachable = select(func.array_agg(users.c.username)).where(of_unit, lead)
    held = and_(unit_posts.c.unit_code == unit_table.c.code, serving(unit_posts))
    posts = select(func.array_agg(unit_posts.c.post)).where(held)
    holders = select(func.count(unit_posts.c.person_id.distinct())).where(held)
    lodged = select(func.count()).where(
        unit_regulations.c.unit_code == unit_table.c.code,
        unit_regulations.c.withdrawn_on.is_(None),
    )
    return select(
        unit_table.c.code,
        unit_table.c.name,
        unit_table.c.sort,
        unit_table.c.object_type,
        unit_table.c.active_from,
        unit_table.c.active_until,
        deputies.scalar_subquery().label("deputies"),
        reachable.scalar_subquery().label("reachable"),
        posts.scalar_subquery().label("held"),
        holders.scalar_subquery().label("holders"),
        lodged.scalar_subquery().label("regulations"),
    )


def _unit(row: Any) -> UnitRow:  # noqa: ANN401 - a database row
    deputies = tuple(dict.fromkeys(row.deputies or ()))
    reachable = set(row.reachable or ())
    return UnitRow(
        code=row.code,
        name=row.name,
        deputies=deputies,
        unreachable=tuple(name for name in deputies if name not in reachable),
        sort=row.sort,
        object_type=row.object_type,
        active_from=row.active_from,
        active_until=row.active_until,
        held=tuple(row.held or ()),
        holders=row.holders,
        regulations=row.regulations,
    )


async def unit(conn: ReadConnection, code_or_name: str) -> UnitRow | None:
    """A unit by its code or its exact full name; a code wins."""
    query = _units().where(
        or_(unit_table.c.code == code_or_name, unit_table.c.name == code_or_name)
    )
    row = (
        await conn.execute(query.order_by(unit_table.c.code != code_or_name).limit(1))
    ).one_or_none()
    return None if row is None else _unit(row)


async def units(conn: ReadConnection) -> tuple[UnitRow, ...]:
    """Every unit, by code."""
    return tuple(_unit(row) for row in await conn.execute(_units().order_by(unit_table.c.code)))


FILE = [files.c[name] for name in FileRow.__dataclass_fields__]


async def file(conn: ReadConnection, file_id: uuid.UUID) -> FileRow | None:
    """What is known of an uploaded file."""
    row = (await conn.execute(select(*FILE).where(files.c.id == file_id))).mappings()
    found = row.one_or_none()
    return None if found is None else FileRow(**found)


async def drift_latest(conn: ReadConnection) -> DriftRow | None:
    """The last reconciliation's report."""
    query = select(drift_reports).order_by(drift_reports.c.id.desc()).limit(1)
    row = (await conn.execute(query)).one_or_none()
    if row is None:
        return None
    return DriftRow(
        at=row.at,
        checked=row.checked,
        missing_rows=tuple(row.missing_rows),
        missing_workflows=tuple(row.missing_workflows),
        behind=tuple(row.behind),
    )
