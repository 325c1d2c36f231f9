"""Documents that were made: their numbers, their frozen facts, who may see them. Only ever added
to; the bytes lie in the data folder, under their hash."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    and_,
    any_,
    bindparam,
    cast,
    exists,
    false,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import insert

from domain.circulars import Stage
from domain.documents import FOR_LEADERS, DocumentKind, Mark, Publication, Record
from domain.items import Actor, Json, Status
from domain.permissions import (
    Sight,
    may_read_circulars,
    may_read_compilations,
    original_sight,
    sight,
)
from store import reads
from store.cursors import from_cursor, to_cursor
from store.filters import Scope, scope_of
from store.rows import ItemRow, Page
from store.session import ReadConnection, WriteConnection
from store.tables import (
    circulars,
    document_publications,
    documents,
    items,
    number_sequences,
    units,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A document, as it is recorded."""

    id: uuid.UUID
    kind: str
    year: int
    sequence: int
    number: str
    title: str
    item_ids: tuple[str, ...]
    facts_sha256: str
    file_sha256: str
    file_size: int
    holds_original: bool
    template_edition: int | None
    publication: str
    publication_reason: str
    made_by: str
    made_at: datetime
    circular_id: str | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRow(Made):
    """A document as it is read: ``publication`` as last decided; ``corrected`` and ``withdrawn``:
    what has become since of the circular that it is of."""

    place: int
    corrected: bool
    withdrawn: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFilters:
    """Which documents; ``None`` asks for nothing."""

    kind: DocumentKind | None = None
    year: int | None = None
    item: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """What was decided of a document's publication."""

    publication: str
    reason: str
    decided_by: str
    decided_at: datetime


async def earlier(
    conn: WriteConnection, made_by: str, request_id: str
) -> tuple[uuid.UUID, str] | None:
    """The document that a request made before, and the hash of what it asked. Two of the same
    request at once come one after the other."""
    key = func.hashtextextended(f"document:{made_by}:{request_id}", 0)
    await conn.execute(select(func.pg_advisory_xact_lock(key)))
    query = select(documents.c.id, documents.c.body_hash).where(
        documents.c.made_by == made_by, documents.c.request_id == request_id
    )
    row = (await conn.execute(query)).one_or_none()
    return (row.id, row.body_hash) if row else None


async def of_circular(conn: WriteConnection, circular_id: str, version: int) -> uuid.UUID | None:
    """The document of that version of a circular. Whoever asks for the same one meanwhile waits."""
    key = func.hashtextextended(f"document:circular:{circular_id}", 0)
    await conn.execute(select(func.pg_advisory_xact_lock(key)))
    query = select(documents.c.id).where(
        documents.c.circular_id == circular_id, documents.c.version == version
    )
    found: uuid.UUID | None = await conn.scalar(query)
    return found


_TAKEN = insert(number_sequences).values(kind=bindparam("series"), year=bindparam("of"), last=1)
_NEXT = _TAKEN.on_conflict_do_update(
    index_elements=["kind", "year"], set_={"last": number_sequences.c.last + 1}
).returning(number_sequences.c.last)


async def next_in_sequence(conn: WriteConnection, kind: DocumentKind, year: int) -> int:
    """The next number of that kind and year (O13), this transaction's own: the row stays locked to
    its end, and what is rolled back was given to nobody."""
    taken = await conn.execute(_NEXT, {"series": f"document:{kind.value}", "of": year})
    return int(taken.scalar_one())


async def add(
    conn: WriteConnection, made: Made, facts: Json, request_id: str, body_hash: str
) -> None:
    """Record a document whose bytes are stored."""
    row = {name: getattr(made, name) for name in Made.__dataclass_fields__}
    row |= {"item_ids": list(made.item_ids), "facts": facts}
    kept = insert(documents).values(**row, request_id=request_id, body_hash=body_hash)
    await conn.execute(kept)


_DECIDED = document_publications.c.document_id == documents.c.id


def _last(name: str, otherwise: ColumnElement[str]) -> ColumnElement[str]:
    newest = select(document_publications.c[name]).where(_DECIDED)
    newest = newest.order_by(document_publications.c.id.desc()).limit(1)
    return func.coalesce(newest.correlate(documents).scalar_subquery(), otherwise)


_CORRECTED = func.coalesce(circulars.c.version > documents.c.version, false())
_WITHDRAWN = func.coalesce(circulars.c.stage == Stage.WITHDRAWN.value, false())
_ROW = select(
    *(
        documents.c[name]
        for name in DocumentRow.__dataclass_fields__
        if name not in {"publication", "publication_reason", "corrected", "withdrawn"}
    ),
    _last("publication", documents.c.publication).label("publication"),
    _last("reason", documents.c.publication_reason).label("publication_reason"),
    _CORRECTED.label("corrected"),
    _WITHDRAWN.label("withdrawn"),
).select_from(documents.outerjoin(circulars, circulars.c.id == documents.c.circular_id))


def _visible(actor: Actor) -> Select[Any]:
    """Documents all of whose items exist for ``actor``, who may read what they hold (domain.md
    §6); a circular's is for all who read circulars, for it has gone out to all units."""
    of_circular = documents.c.kind == DocumentKind.CIRCULAR.value
    query = _ROW
    if not may_read_circulars(actor):
        query = query.where(~of_circular)
    if not sight(actor).everything:
        query = query.where(or_(of_circular, _covers(scope_of(actor))))
    original = original_sight(actor)
    if not original.everything:
        query = query.where(or_(~documents.c.holds_original, _covers(_led(original))))
    if not may_read_compilations(actor):
        query = query.where(documents.c.kind.not_in(FOR_LEADERS))
    return query


def _led(seen: Sight) -> Scope:
    return Scope(condition=items.c.lead_unit.in_(sorted(seen.units)))


def _covers(scope: Scope) -> ColumnElement[bool]:
    """Whether each of a document's items is in ``scope``."""
    inside = select(func.count()).select_from(items)
    inside = inside.where(items.c.id == any_(documents.c.item_ids), scope.condition)
    number: ColumnElement[int] = inside.correlate(documents).scalar_subquery()
    return number == func.cardinality(documents.c.item_ids)


async def one(conn: ReadConnection, actor: Actor, document_id: uuid.UUID) -> DocumentRow | None:
    """A document; ``None`` where there is none, or not for ``actor``."""
    query = _visible(actor).where(documents.c.id == document_id)
    row = (await conn.execute(query)).mappings().one_or_none()
    return None if row is None else _document(row)


async def find(
    conn: ReadConnection,
    actor: Actor,
    filters: DocumentFilters,
    limit: int,
    cursor: str | None = None,
) -> Page[DocumentRow]:
    """Documents, the newest first. Raises ``Invalid('bad_cursor')``."""
    query = _visible(actor)
    if filters.kind is not None:
        query = query.where(documents.c.kind == filters.kind.value)
    if filters.year is not None:
        query = query.where(documents.c.year == filters.year)
    if filters.item is not None:
        query = query.where(documents.c.item_ids.contains([filters.item]))
    return await _page(conn, query, "documents", limit, cursor)


async def _page(
    conn: ReadConnection, query: Select[Any], of: str, limit: int, cursor: str | None
) -> Page[DocumentRow]:
    if cursor is not None:
        query = query.where(documents.c.place < from_cursor(of, cursor, 1)[0])
    query = query.order_by(documents.c.place.desc()).limit(limit + 1)
    rows = (await conn.execute(query)).mappings().all()
    shown = tuple(_document(row) for row in rows[:limit])
    more = len(rows) > limit
    return Page(items=shown, next_cursor=to_cursor(of, shown[-1].place) if more else None)


def _document(row: Mapping[Any, Any]) -> DocumentRow:
    return DocumentRow(**{**row, "item_ids": tuple(row["item_ids"])})


def _published() -> Select[Any]:
    """What anybody may read (R20, R57): the head decided so of this very document, or of the
    circular's that he issued; it holds nothing that units do not read, and has not been overtaken;
    all of its items are public, since their 下达."""
    decided = exists(document_publications.c.id).where(_DECIDED).correlate(documents)
    by_head = or_(documents.c.kind == DocumentKind.CIRCULAR.value, decided)
    return _ROW.where(
        _last("publication", documents.c.publication) == Publication.PUBLIC.value,
        by_head,
        ~documents.c.holds_original,
        documents.c.kind.not_in(FOR_LEADERS),
        ~_CORRECTED,
        ~_WITHDRAWN,
        func.cardinality(documents.c.item_ids) > 0,
        _covers(Scope(condition=and_(items.c.public, items.c.handed_out))),
    )


async def published(conn: ReadConnection, limit: int, cursor: str | None) -> Page[DocumentRow]:
    """Published documents, the newest first. Raises ``Invalid('bad_cursor')``."""
    return await _page(conn, _published(), "published", limit, cursor)


async def published_one(conn: ReadConnection, document_id: uuid.UUID) -> DocumentRow | None:
    """A published document; ``None`` where there is none."""
    query = _published().where(documents.c.id == document_id)
    row = (await conn.execute(query)).mappings().one_or_none()
    return None if row is None else _document(row)


async def facts_of(conn: ReadConnection, document_id: uuid.UUID) -> Json:
    """The facts a document was made from."""
    query = select(documents.c.facts).where(documents.c.id == document_id)
    found: Json = (await conn.execute(query)).scalar_one()
    return found


async def decide(conn: WriteConnection, document_id: uuid.UUID, mark: Mark, by: str) -> None:
    """Whether a document is published, from now on."""
    await conn.execute(
        insert(document_publications).values(
            document_id=document_id,
            publication=mark.publication.value,
            reason=mark.reason,
            decided_by=by,
        )
    )


async def decisions(conn: ReadConnection, document_id: uuid.UUID) -> tuple[DecisionRow, ...]:
    """What was decided of it after it was made, the newest first."""
    names = DecisionRow.__dataclass_fields__
    query = select(*(document_publications.c[name] for name in names)).where(
        document_publications.c.document_id == document_id
    )
    rows = await conn.execute(query.order_by(document_publications.c.id.desc()))
    return tuple(DecisionRow(**row) for row in rows.mappings())


async def issued_between(
    conn: ReadConnection, actor: Actor, since: date | None, until: date | None, most: int
) -> tuple[str, ...]:
    """The first ``most`` of the items of ``actor`` that were issued from one day to another, in the
    order of their numbers; of a tree its top, and no report of a period."""
    issued_on = cast(items.c.issued_at, Date)
    query = select(items.c.id).where(
        scope_of(actor).condition,
        items.c.handed_out,
        items.c.parent_id.is_(None),
        true() if since is None else issued_on >= since,
        true() if until is None else issued_on <= until,
    )
    return tuple((await conn.execute(query.order_by(*reads.PLACE).limit(most))).scalars())


async def records(
    conn: ReadConnection, actor: Actor, item_ids: Sequence[str], zone: tzinfo
) -> tuple[Record, ...] | None:
    """What is on record of these items; ``None`` where one of them is not there for ``actor``.
    Covert checks are left out, whoever asks (R24)."""
    found = []
    for item_id in item_ids:
        row = await reads.item_row(conn, item_id, scope_of(actor))
        if row is None:
            return None
        found.append(await _record(conn, row, zone))
    return tuple(found)


async def _record(conn: ReadConnection, row: ItemRow, zone: tzinfo) -> Record:
    codes = {*row.co_units, *(node.unit for node in row.facts.milestones)}
    names = await conn.execute(select(units.c.code, units.c.name).where(units.c.code.in_(codes)))
    return Record(
        id=row.id,
        number=row.number,
        status=Status(row.status),
        handed_out=row.handed_out,
        facts=row.facts,
        clocks=tuple(one.clock for one in row.clocks),
        issued_at=row.issued_at,
        closed_at=row.closed_at,
        due_at=row.due_at,
        original_due_at=row.original_due_at,
        lapsed=row.lapsed,
        returns=row.returns,
        extensions=row.extension.made,
        approver=row.approval.approver_name,
        unverified=row.unverified,
        entries=await reads.timeline(conn, row.id, include_covert=False),
        names={one.code: one.name for one in names},
        zone=zone,
    )
