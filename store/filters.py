"""Which items: whom they concern, and what is asked for. Lamps are decided here, in SQL."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Select,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    true,
)

from domain.calendar import ONE_DAY
from domain.desk import Waiting
from domain.items import Actor, Escalation, Kind, Level
from domain.permissions import sight
from store.rows import Lamp
from store.tables import ENDED, GREY, item_search, items
from store.words import terms, wanted_grams

NOW = func.greatest(func.now(), items.c.as_of)
"""The moment a row is read as of: never before its own last event (design §3.7)."""
IS_SLOT = items.c.kind == Kind.SLOT
IS_GREY = items.c.status.in_(GREY)
IS_OVERDUE = and_(~IS_GREY, func.coalesce(items.c.red_from <= NOW, false()))
IS_RED = or_(IS_OVERDUE, and_(~IS_GREY, items.c.behind_since.is_not(None)))
IS_YELLOW = and_(
    ~IS_GREY,
    ~IS_RED,
    or_(
        items.c.step_missed_since.is_not(None),
        func.coalesce(items.c.yellow_from <= NOW, false()),
    ),
)
LAMPS: dict[Lamp, ColumnElement[bool]] = {
    Lamp.GREY: IS_GREY,
    Lamp.RED: IS_RED,
    Lamp.YELLOW: IS_YELLOW,
    Lamp.GREEN: and_(~IS_GREY, ~IS_RED, ~IS_YELLOW),
}
_ASKED = items.c.extension["pending"].as_boolean()
WAITING: dict[Waiting, ColumnElement[bool]] = {
    Waiting.RATIFICATION: items.c.approval["owed"].as_boolean(),
    Waiting.RETURN: items.c.sent_back["pending"].as_boolean(),
    Waiting.OPINION: and_(_ASKED, items.c.extension["supported"].as_string().is_(None)),
    Waiting.DECISION: _ASKED,
    Waiting.COORDINATION: items.c.coordination_level == Level.DEPUTY.value,
    Waiting.CHIEF: items.c.coordination_level == Level.CHIEF.value,
    Waiting.REPORT: items.c.aftermath["report_owed"].as_boolean(),
    Waiting.VERIFICATION: func.cardinality(items.c.unverified) > 0,
    Waiting.ESCALATED: items.c.escalation == Escalation.CHIEF.value,
}
LAMP = case(*((LAMPS[lamp], lamp.value) for lamp in Lamp if lamp is not Lamp.GREEN), else_="green")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The items that exist for somebody; made by :func:`scope_of` only."""

    condition: ColumnElement[bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What is asked for; ``None`` asks for nothing. ``due_after`` ≤ 期限 < ``due_before``;
    ``issued_from`` ≤ the day of the 下达 ≤ ``issued_until``, of what is handed out; ``waiting``
    is of what is open; ``lead`` are codes of units, with commas, one of which leads; ``plan_year``
    is that of a year-round task."""

    status: str | None = None
    lamp: str | None = None
    unit: str | None = None
    category: str | None = None
    kind: str | None = None
    lapsed: bool | None = None
    due_before: date | None = None
    due_after: date | None = None
    q: str | None = None
    year: int | None = None
    source: int | None = None
    parent_id: str | None = None
    top: bool | None = None
    slots: bool | None = None
    issued_from: date | None = None
    issued_until: date | None = None
    waiting: str | None = None
    lead: str | None = None
    plan_year: int | None = None


def scope_of(actor: Actor) -> Scope:
    """What :func:`domain.permissions.sight` reaches, as a condition on rows."""
    seen = sight(actor)
    if seen.everything:
        return Scope(condition=true())
    if not seen.units:
        return Scope(condition=false())
    of_units = items.c.units.overlap(sorted(seen.units))
    if seen.drafts == seen.units:
        return Scope(condition=of_units)
    drafts = [items.c.units.overlap(sorted(seen.drafts))] if seen.drafts else []
    return Scope(condition=and_(of_units, or_(items.c.handed_out, *drafts)))


def conditions(filters: Filters) -> list[ColumnElement[bool]]:
    """The conditions of ``filters``, all of which hold."""
    found: list[ColumnElement[bool]] = []
    for column, value in (
        (items.c.status, filters.status),
        (items.c.category, filters.category),
        (items.c.kind, filters.kind),
        (items.c.year, filters.year),
        (items.c.source_id, filters.source),
        (items.c.parent_id, filters.parent_id),
    ):
        if value is not None:
            found.append(column == value)
    if filters.unit is not None:
        found.append(items.c.units.contains([filters.unit]))
    for condition, wanted in (
        (items.c.lapsed, filters.lapsed),
        (items.c.parent_id.is_(None), filters.top),
        (IS_SLOT, filters.slots),
    ):
        if wanted is not None:
            found.append(condition if wanted else ~condition)
    found += _due(filters.due_after, filters.due_before)
    found += _issued(filters.issued_from, filters.issued_until)
    found += _waiting(filters.waiting, filters.lead)
    if filters.plan_year is not None:
        found.append(items.c.facts["year"].as_integer() == filters.plan_year)
    if filters.lamp is not None:
        found += _lamp(filters.lamp)
    if filters.q is not None:
        found += _search(filters.q)
    return found


def _due(first: date | None, before: date | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if first is not None:
        found.append(items.c.due_on >= first)
    if before is not None:
        found.append(items.c.due_on < before)
    return found


def _waiting(name: str | None, lead: str | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if name is not None:
        found += [items.c.status.not_in(ENDED), WAITING[Waiting(name)]]
    if lead is not None:
        found.append(items.c.lead_unit.in_(lead.split(",")))
    return found


def _issued(first: date | None, last: date | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if first is not None:
        found.append(items.c.issued_at >= _beginning(first))
    if last is not None and last < date.max:
        found.append(items.c.issued_at < _beginning(last + ONE_DAY))
    return [items.c.handed_out, *found] if found else []


def _beginning(day: date) -> ColumnElement[Any]:
    """A day begins when the connection's time zone says so: in the district. Bound as a date: an
    instant would be taken for one of UTC."""
    return cast(literal(day, Date), DateTime(timezone=True))


def _lamp(name: str) -> list[ColumnElement[bool]]:
    if name not in set(Lamp):
        return [false()]
    lamp = Lamp(name)
    # Said twice, so that the index on open items serves.
    is_open = [] if lamp is Lamp.GREY else [items.c.status.not_in(ENDED)]
    return [*is_open, LAMPS[lamp]]


def _search(query: str) -> list[ColumnElement[bool]]:
    parts = terms(query)
    if not parts:
        return []
    wanted = {part: wanted_grams(part) for part in parts}
    # A term that is a gram itself needs no second look.
    found = _holds(part for part in parts if part not in wanted[part])
    if every := sorted(set[str]().union(*wanted.values())):
        found.append(item_search.c.grams.contains(every))
    return [items.c.id.in_(select(item_search.c.item_id).where(*found))]


def _holds(parts: Iterable[str]) -> list[ColumnElement[bool]]:
    return [item_search.c.words.contains(part, autoescape=True) for part in parts]


def searched_among(item_ids: Select[tuple[str]], query: str) -> ColumnElement[bool]:
    """What :func:`conditions` asks of a search, of few items: looked at one by one."""
    few = item_ids.subquery("few")
    found = select(few.c.id).join(item_search, item_search.c.item_id == few.c.id)
    return items.c.id.in_(found.where(*_holds(terms(query))))
