"""The register of sources: what handed out work, by which clauses, and the items that came of it.

Items name their source and clause themselves (``items.source_id``, ``source_clause``): what is read
here is worked out of them each time, and nothing of it is kept twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    exists,
    false,
    func,
    insert,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from domain.errors import Refused
from domain.items import Actor, Status
from domain.origins import MeetingType, ProposalRole, SourceLevel, SourceType
from domain.permissions import sight
from domain.sources import (
    Clause,
    Registered,
    check_decision,
    check_room,
    checked,
    checked_clause,
    checked_clauses,
)
from store.codec import HANDED_IN
from store.cursors import from_cursor, to_cursor
from store.filters import LAMP, scope_of
from store.locks import SOURCES, exclusively
from store.rows import ClauseRow, DecisionRow, Lamp, Page, SourceItemRow, SourceRow
from store.session import ReadConnection, WriteConnection
from store.standing import stands
from store.tables import audit_events, items, source_clauses, source_decisions, sources

_COLUMNS = tuple(field.name for field in fields(Registered))
# A draft that was withdrawn covers nothing (R49).
_TAKEN_UP = or_(items.c.handed_out, items.c.status != Status.TERMINATED)
_OF_SOURCE = and_(items.c.source_id == sources.c.id, _TAKEN_UP)
_OF_CLAUSE = and_(_OF_SOURCE, items.c.source_clause == source_clauses.c.no)
_NEEDED = func.coalesce(
    select(source_decisions.c.needed)
    .where(source_decisions.c.clause_id == source_clauses.c.id)
    .order_by(source_decisions.c.id.desc())
    .limit(1)
    .correlate(source_clauses)
    .scalar_subquery(),
    true(),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFilters:
    """Which sources; ``None`` asks for nothing."""

    type: SourceType | None = None
    year: int | None = None
    q: str | None = None
    uncovered: bool | None = None


async def find(
    conn: ReadConnection,
    actor: Actor,
    filters: SourceFilters,
    limit: int,
    cursor: str | None = None,
) -> Page[SourceRow]:
    """Sources, the newest first. Raises ``Invalid('bad_cursor')``."""
    query = _visible(actor).where(*_conditions(filters, actor))
    if cursor is not None:
        query = query.where(sources.c.id < from_cursor("sources", cursor, 1)[0])
    rows = (await conn.execute(query.order_by(sources.c.id.desc()).limit(limit + 1))).mappings()
    found = [_source(row) for row in rows]
    shown, more = found[:limit], len(found) > limit
    return Page(
        items=tuple(shown), next_cursor=to_cursor("sources", shown[-1].id) if more else None
    )


async def one(conn: ReadConnection, actor: Actor, source_id: int) -> SourceRow | None:
    """A source; ``None`` where there is none, or none of its items exists for ``actor``."""
    query = _visible(actor).where(sources.c.id == source_id)
    row = (await conn.execute(query)).mappings().one_or_none()
    return None if row is None else _source(row)


async def registered(conn: ReadConnection, source_id: int) -> Registered | None:
    """What is registered of a source, for whoever keeps the register."""
    query = select(sources).where(sources.c.id == source_id)
    row = (await conn.execute(query)).mappings().one_or_none()
    return None if row is None else _registered(row)


async def has_clause(conn: ReadConnection, source_id: int, no: str) -> bool:
    """Whether a source has a clause of that number."""
    return await _clause_id(conn, source_id, no) is not None


async def uncovered_clauses(conn: ReadConnection) -> int:
    """How many clauses of the whole register have no item and should (R49)."""
    each = select(_UNCOVERED.label("missing")).select_from(sources).subquery()
    found = await conn.scalar(select(func.coalesce(func.sum(each.c.missing), 0)))
    return int(found or 0)


async def clauses_of(conn: ReadConnection, source_id: int) -> tuple[ClauseRow, ...]:
    """The clauses of a source in their order, each with all that was decided of it."""
    query = (
        select(
            source_clauses,
            *(
                func.array_agg(aggregate_order_by(source_decisions.c[name], source_decisions.c.id))
                .filter(source_decisions.c.id.is_not(None))
                .label(f"all_{name}")
                for name in _DECISION
            ),
        )
        .outerjoin(source_decisions, source_decisions.c.clause_id == source_clauses.c.id)
        .where(source_clauses.c.source_id == source_id)
        .group_by(source_clauses.c.id)
        .order_by(source_clauses.c.id)
    )
    return tuple(_clause(row) for row in (await conn.execute(query)).mappings())


_DECISION = tuple(field.name for field in fields(DecisionRow))


def _clause(row: Mapping[Any, Any]) -> ClauseRow:
    decided = zip(*(row[f"all_{name}"] or () for name in _DECISION), strict=True)
    return ClauseRow(
        said=Clause(no=row["no"], text=row["text"], note=row["note"]),
        decisions=tuple(DecisionRow(**dict(zip(_DECISION, one, strict=True))) for one in decided),
    )


_feedback = audit_events.alias()
_HAS_FEEDBACK = exists().where(
    _feedback.c.item_id == items.c.id,
    _feedback.c.act == "submit_feedback",
    stands(_feedback),
)
_ITEM = (
    *(items.c[name] for name in ("id", "number", "title", "lead_unit", "lead_unit_name", "status")),
    items.c.source_clause,
    items.c.handed_in,
    LAMP.label("lamp"),
    _HAS_FEEDBACK.label("has_feedback"),
)


async def items_of(conn: ReadConnection, actor: Actor, source_id: int) -> tuple[SourceItemRow, ...]:
    """The items of a source that exist for ``actor``, by number."""
    of_source = and_(items.c.source_id == source_id, _TAKEN_UP)
    query = select(*_ITEM).where(of_source, scope_of(actor).condition)
    rows = await conn.execute(query.order_by(items.c.year, items.c.sequence))
    return tuple(
        SourceItemRow(
            id=row.id,
            number=row.number,
            title=row.title,
            lead_unit=row.lead_unit,
            lead_unit_name=row.lead_unit_name,
            lamp=Lamp(row.lamp),
            clause=row.source_clause,
            status=Status(row.status),
            has_feedback=row.has_feedback,
            hand_in=HANDED_IN.validate_python(row.handed_in),
        )
        for row in rows
    )


def _visible(actor: Actor) -> Select[Any]:
    """Sources as ``actor`` sees them: all with everything, or those of which he sees an item, with
    what concerns that (domain.md §6)."""
    scope = scope_of(actor).condition
    everything = sight(actor).everything
    covered = exists(items.c.id).where(_OF_CLAUSE, scope).correlate(source_clauses, sources)
    of_clauses = source_clauses.c.source_id == sources.c.id
    clauses = select(func.count()).where(of_clauses)
    query = select(
        sources,
        (clauses if everything else clauses.where(covered)).scalar_subquery().label("clauses"),
        select(func.count(items.c.id)).where(_OF_SOURCE, scope).scalar_subquery().label("items"),
        (_UNCOVERED if everything else null()).label("uncovered"),
    )
    return query if everything else query.where(exists(items.c.id).where(_OF_SOURCE, scope))


_UNCOVERED = (
    select(func.count())
    .where(
        source_clauses.c.source_id == sources.c.id,
        _NEEDED,
        ~exists(items.c.id).where(_OF_CLAUSE).correlate(source_clauses, sources),
    )
    .correlate(sources)
    .scalar_subquery()
)
"""How many clauses have no item and should: :func:`domain.sources.uncovered`, in SQL."""


def _conditions(filters: SourceFilters, actor: Actor) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.type is not None:
        found.append(sources.c.type == filters.type.value)
    if filters.year is not None:
        found.append(sources.c.year == filters.year)
    if filters.q:
        texts = (sources.c.title, sources.c.reference, sources.c.leader, sources.c.proposer)
        says = source_clauses.c.text.contains(filters.q, autoescape=True)
        of_clauses = source_clauses.c.source_id == sources.c.id
        found.append(
            or_(
                *(text.contains(filters.q, autoescape=True) for text in texts),
                exists(source_clauses.c.id).where(of_clauses, says)
                if sight(actor).everything
                else false(),
            )
        )
    if filters.uncovered is not None:
        asked = _UNCOVERED > 0 if filters.uncovered else _UNCOVERED == 0
        found.append(asked if sight(actor).everything else false())
    return found


def _registered(row: Mapping[Any, Any]) -> Registered:
    return Registered(
        **{name: row[name] for name in _COLUMNS if name not in _WORDS},
        type=SourceType(row["type"]),
        meeting_type=MeetingType(row["meeting_type"]) if row["meeting_type"] else None,
        level=SourceLevel(row["level"]) if row["level"] else None,
        role=ProposalRole(row["role"]) if row["role"] else None,
    )


_WORDS = frozenset({"type", "meeting_type", "level", "role"})


def _source(row: Mapping[Any, Any]) -> SourceRow:
    return SourceRow(
        id=row["id"],
        said=_registered(row),
        made_by=row["made_by"],
        made_at=row["made_at"],
        clauses=row["clauses"],
        items=row["items"],
        uncovered=row["uncovered"],
    )


async def add(
    conn: WriteConnection, new: Registered, clauses: Sequence[Clause], made_by: str
) -> int:
    """A new source's number. Raises ``Invalid``, and ``Refused('source_exists')``."""
    new, clauses = checked(new), checked_clauses(clauses)
    await exclusively(conn, SOURCES)
    await _check_free(conn, new, None)
    row = insert(sources).values(**asdict(new), made_by=made_by).returning(sources.c.id)
    source_id = int((await conn.execute(row)).scalar_one())
    await _insert_clauses(conn, source_id, clauses)
    return source_id


async def change(conn: WriteConnection, source_id: int, to: Registered) -> bool:
    """A source as it is from now on; its items keep what they were issued with. Whether there is
    one. Raises ``Invalid``, and ``Refused('source_exists')``."""
    to = checked(to)
    await exclusively(conn, SOURCES)
    if await registered(conn, source_id) is None:
        return False
    await _check_free(conn, to, source_id)
    await conn.execute(update(sources).where(sources.c.id == source_id).values(**asdict(to)))
    return True


async def _check_free(conn: ReadConnection, said: Registered, source_id: int | None) -> None:
    if not said.reference:
        return
    query = select(sources.c.id, sources.c.title).where(
        sources.c.type == said.type.value,
        sources.c.reference == said.reference,
        sources.c.id != (source_id or 0),
    )
    if other := (await conn.execute(query)).one_or_none():
        raise Refused(
            "source_exists",
            f"“{said.reference}”已登记为“{other.title}”（编号 {other.id}），"
            "请直接使用，或核对文号、编号。",
        )


async def add_clauses(conn: WriteConnection, source_id: int, new: Sequence[Clause]) -> None:
    """More clauses of a source. Raises ``Invalid``, and ``Refused('clause_exists')``."""
    new = checked_clauses(new)
    await exclusively(conn, SOURCES)
    query = select(source_clauses.c.no).where(source_clauses.c.source_id == source_id)
    check_room((await conn.execute(query)).scalars().all(), new)
    await _insert_clauses(conn, source_id, new)


async def _insert_clauses(conn: WriteConnection, source_id: int, clauses: Sequence[Clause]) -> None:
    rows = [asdict(clause) | {"source_id": source_id} for clause in clauses]
    if rows:
        await conn.execute(insert(source_clauses), rows)


async def change_clause(
    conn: WriteConnection,
    source_id: int,
    no: str,
    *,
    text: str | None = None,
    note: str | None = None,
) -> bool:
    """Correct what is given of a clause. Whether there is one. Raises ``Invalid``."""
    query = select(source_clauses).where(
        source_clauses.c.source_id == source_id, source_clauses.c.no == no
    )
    row = (await conn.execute(query.with_for_update())).one_or_none()
    if row is None:
        return False
    to = checked_clause(
        Clause(
            no=no,
            text=row.text if text is None else text,
            note=row.note if note is None else note,
        )
    )
    done = update(source_clauses).where(source_clauses.c.id == row.id)
    await conn.execute(done.values(text=to.text, note=to.note))
    return True


async def decide(
    conn: WriteConnection, source_id: int, no: str, *, needed: bool, reason: str, made_by: str
) -> bool:
    """Put on record whether a clause needs an item (R49). Whether there is one. Raises
    ``Invalid``."""
    check_decision(needed=needed, reason=reason)
    clause_id = await _clause_id(conn, source_id, no)
    if clause_id is None:
        return False
    decided = {"needed": needed, "reason": reason.strip(), "made_by": made_by}
    await conn.execute(insert(source_decisions).values(**decided, clause_id=clause_id))
    return True


async def _clause_id(conn: ReadConnection, source_id: int, no: str) -> int | None:
    query = select(source_clauses.c.id).where(
        source_clauses.c.source_id == source_id, source_clauses.c.no == no
    )
    found: int | None = await conn.scalar(query)
    return found
