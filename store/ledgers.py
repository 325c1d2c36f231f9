"""The rows of ledgers (domain.md §5), page by page in a stable order; nothing is kept for them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, String, cast, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import aggregate_order_by

from domain.directory import Post, Responsible
from domain.items import Actor, Facts
from domain.origins import SourceType
from domain.permissions import may_read_trio
from store.codec import FACTS
from store.cursors import from_cursor, to_cursor
from store.filters import Filters, conditions, scope_of
from store.reads import HEAD, NEWEST, PLACE, head_fields
from store.rows import HeadRow, Page
from store.session import ReadConnection
from store.standing import is_act, is_circular, stands
from store.tables import (
    audit_events,
    items,
    persons,
    sources,
    unit_deputies,
    unit_posts,
    units,
    users,
)
from store.terms import serving

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLine(HeadRow):
    """An item as a ledger shows it. ``facts`` are without 批示原文, which is in no ledger;
    ``reminders`` are those that the unit knows of (R24)."""

    facts: Facts
    progress: str | None
    progress_at: datetime | None
    reminders: int
    extensions: int
    circulars: tuple[str, ...]
    struck_by: str | None
    source_kind: str | None

    @property
    def responsible(self) -> tuple[Responsible, ...]:
        """Those who answer for the unit that leads now, by the names of their time (R47)."""
        return tuple(one for one in self.facts.responsible if one.unit == self.lead_unit)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderLine:
    """One 催办 (R33) that its unit knows of."""

    number: str
    title: str
    lead_unit_name: str
    due_on: Any
    at: datetime
    form: str
    to: str
    said: str
    reply: str
    by: str
    nth: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PostLine:
    """Who holds a post in a unit's 名册 (R47), or leads the field it belongs to."""

    unit_code: str
    unit_name: str
    post: str
    name: str
    phone: str
    since: Any


_entry = audit_events.alias("entry")
_OF_ITEM = _entry.c.item_id == items.c.id


def _last(act: str, value: ColumnElement[Any]) -> ScalarSelect[Any]:
    """Of the last standing entry of that act."""
    found = select(value).where(_OF_ITEM, _entry.c.act == act, stands(_entry))
    return found.order_by(_entry.c.seq.desc()).limit(1).scalar_subquery()


_REMINDERS = (
    select(func.count())
    .where(_OF_ITEM, is_act(_entry, "remind"), ~_entry.c.covert, stands(_entry))
    .scalar_subquery()
)
_CIRCULARS = (
    select(
        func.array_agg(
            aggregate_order_by(func.coalesce(_entry.c.body["number"].astext, ""), _entry.c.seq)
        )
    )
    .where(_OF_ITEM, is_circular(_entry))
    .scalar_subquery()
)
_STRUCK_BY = (
    select(_entry.c.actor["name"].astext)
    .where(
        _OF_ITEM,
        _entry.c.act == "review",
        _entry.c.changed["status"][1].astext == "closed",
        items.c.closed_at.is_not(None),
        stands(_entry),
    )
    .order_by(_entry.c.seq.desc())
    .limit(1)
    .scalar_subquery()
)
_source_kind = select(sources.c.type).where(sources.c.id == items.c.source_id).scalar_subquery()
_LINE = (
    *HEAD,
    items.c.facts,
    items.c.extensions,
    _last("submit_feedback", _entry.c.body["text"].astext).label("progress"),
    _last("submit_feedback", _entry.c.at).label("progress_at"),
    _REMINDERS.label("reminders"),
    _CIRCULARS.label("circulars"),
    _STRUCK_BY.label("struck_by"),
    _source_kind.label("source_kind"),
)

DIRECTIVES = or_(items.c.category.in_(("C1", "C2")), items.c.kind == "directive")
"""批示件、临时交办 (R4)."""
MEETINGS = or_(items.c.category == "D2", _source_kind == SourceType.MEETING.value)
"""会议议定事项 (R9)."""
PROPOSALS = items.c.category == "E"
"""人大代表建议、政协委员提案 (R6)."""


async def item_lines(
    conn: ReadConnection,
    actor: Actor,
    filters: Filters,
    limit: int,
    cursor: str | None = None,
    only: ColumnElement[bool] | None = None,
) -> Page[ItemLine]:
    """Items as ``GET /items`` lists them, with what ledgers add. Raises ``Invalid``."""
    wanted = [*conditions(filters), *([] if only is None else [only])]
    query = select(*_LINE, *PLACE).where(scope_of(actor).condition, *wanted)
    if cursor is not None:
        query = query.where(tuple_(*PLACE) < tuple_(*from_cursor("ledger", cursor, len(PLACE))))
    query = query.order_by(*NEWEST).limit(limit + 1)
    rows = (await conn.execute(query)).mappings().all()
    shown = rows[:limit]
    more = len(rows) > limit
    return Page(
        items=tuple(_line(row) for row in shown),
        next_cursor=to_cursor("ledger", *(shown[-1][c.name] for c in PLACE)) if more else None,
    )


def _line(row: Mapping[Any, Any]) -> ItemLine:
    return ItemLine(
        **head_fields(row),
        facts=replace(FACTS.validate_python(row["facts"]), original_text=""),
        progress=row["progress"],
        progress_at=row["progress_at"],
        reminders=row["reminders"],
        extensions=row["extensions"],
        circulars=tuple(row["circulars"] or ()),
        struck_by=row["struck_by"],
        source_kind=row["source_kind"],
    )


_earlier = audit_events.alias("earlier")
_REMINDER = is_act(_entry, "remind")
_NTH = (
    select(func.count())
    .where(
        _earlier.c.item_id == _entry.c.item_id,
        is_act(_earlier, "remind"),
        ~_earlier.c.covert,
        _earlier.c.seq <= _entry.c.seq,
        stands(_earlier),
    )
    .scalar_subquery()
)


async def reminder_lines(
    conn: ReadConnection, actor: Actor, filters: Filters, limit: int, cursor: str | None = None
) -> Page[ReminderLine]:
    """催办 on the items that fit, the newest first; covert checks are in no ledger (R24)."""
    order = (_entry.c.at, items.c.year, items.c.sequence, items.c.sub, _entry.c.seq)
    query = (
        select(
            items.c.number,
            items.c.title,
            items.c.lead_unit_name,
            items.c.due_on,
            items.c.year,
            items.c.sequence,
            items.c.sub,
            _entry.c.seq,
            _entry.c.at,
            _entry.c.body,
            _entry.c.actor["name"].astext.label("by"),
            _NTH.label("nth"),
        )
        .join(items, items.c.id == _entry.c.item_id)
        .where(
            _REMINDER,
            ~_entry.c.covert,
            stands(_entry),
            scope_of(actor).condition,
            *conditions(filters),
        )
    )
    if cursor is not None:
        at, *place = from_cursor("reminders", cursor, 5)
        query = query.where(tuple_(*order) < tuple_(EPOCH + at * MICROSECOND, *place))
    rows = (await conn.execute(query.order_by(*(c.desc() for c in order)).limit(limit + 1))).all()
    shown, end = rows[:limit], None
    if len(rows) > limit:
        last = shown[-1]
        at = (last.at - EPOCH) // MICROSECOND
        end = to_cursor("reminders", at, last.year, last.sequence, last.sub, last.seq)
    return Page(items=tuple(_reminder(row) for row in shown), next_cursor=end)


def _reminder(row: Any) -> ReminderLine:  # noqa: ANN401 - a database row
    body = row.body
    return ReminderLine(
        number=row.number,
        title=row.title,
        lead_unit_name=row.lead_unit_name,
        due_on=row.due_on,
        at=row.at,
        form=body.get("form") or "",
        to=body.get("to") or "",
        said=body.get("said") or "",
        reply=body.get("reply") or "",
        by=row.by or "",
        nth=row.nth,
    )


async def post_lines(
    conn: ReadConnection, actor: Actor, filters: Filters, limit: int, cursor: str | None = None
) -> Page[PostLine]:
    """责任人名册 of today, unit by unit: the trio, then the deputy leaders in charge. Of a unit's
    people only that unit and those above it read."""
    trio = (
        select(
            unit_posts.c.unit_code,
            unit_posts.c.post,
            persons.c.name,
            persons.c.phone,
            unit_posts.c.since,
            unit_posts.c.id,
        )
        .join(persons, persons.c.id == unit_posts.c.person_id)
        .where(serving(unit_posts))
    )
    known = func.coalesce(users.c.name, persons.c.name, unit_deputies.c.username)
    leaders = (
        select(
            unit_deputies.c.unit_code,
            cast(Post.DEPUTY.value, String),
            known,
            func.coalesce(persons.c.phone, ""),
            unit_deputies.c.since,
            unit_deputies.c.id,
        )
        .outerjoin(users, users.c.username == unit_deputies.c.username)
        .outerjoin(persons, persons.c.username == unit_deputies.c.username)
        .where(serving(unit_deputies))
    )
    held = trio.union_all(leaders).subquery("held")
    place = func.array_position([post.value for post in Post], held.c.post)
    query = select(held, units.c.name.label("unit_name")).join(
        units, units.c.code == held.c.unit_code
    )
    if filters.unit is not None:
        query = query.where(held.c.unit_code == filters.unit)
    offset = from_cursor("posts", cursor, 1)[0] if cursor is not None else 0
    query = query.order_by(held.c.unit_code, place, held.c.id).limit(limit + 1).offset(offset)
    readable = [c for c in (actor.unit,) if c and not may_read_trio(actor, "")]
    if readable:
        query = query.where(held.c.unit_code.in_(readable))
    rows = (await conn.execute(query)).all()
    return Page(
        items=tuple(
            PostLine(
                unit_code=row.unit_code,
                unit_name=row.unit_name,
                post=row.post,
                name=row.name,
                phone=row.phone,
                since=row.since,
            )
            for row in rows[:limit]
        ),
        next_cursor=to_cursor("posts", offset + limit) if len(rows) > limit else None,
    )
