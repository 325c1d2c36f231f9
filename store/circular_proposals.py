"""Proposals of 通报: the clock's and people's, each taken up in a circular or refused with a reason
(O23). Nothing here is ever changed or taken away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, not_, or_, select
from sqlalchemy.dialects.postgresql import insert

from domain.circular_records import proposed_by
from domain.circulars import Ground, Stage
from domain.errors import Refused
from domain.items import Actor, TimeSpent
from domain.records import Entry
from store.codec import SPENT, Row
from store.cursors import from_cursor, to_cursor
from store.filters import NOW, scope_of
from store.locks import PROPOSALS, exclusively
from store.rows import Page
from store.session import ReadConnection, WriteConnection
from store.tables import (
    circular_entries,
    circular_proposals,
    circular_refusals,
    circulars,
    deductions,
    items,
)
from store.words import storable_text


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRow:
    """One proposal, and what became of it. ``made_by`` is ``None`` where the clock proposed it;
    ``spent`` is with whom the item has lain how long, up to ``holder_since``."""

    id: int
    item_id: str
    item_number: str
    item_title: str
    unit: str
    ground: Ground
    text: str
    files: tuple[str, ...]
    made_by: str | None
    at: datetime
    spent: TimeSpent
    holder: str | None
    holder_since: datetime
    now: datetime
    circular_id: str | None
    refused_because: str | None
    refused_by: str | None
    request_id: str | None
    body_hash: str | None
    refusal_request_id: str | None

    @property
    def decided(self) -> bool:
        """Whether it stands in a circular, led to a deduction, or was refused."""
        return self.circular_id is not None or self.refused_because is not None


async def propose(conn: WriteConnection, item_id: str, entries: Sequence[Entry]) -> None:
    """Put down what the clock proposes by ``entries``, each once."""
    found = [(entry, ground) for entry in entries if (ground := proposed_by(entry))]
    if not found:
        return
    unit = await conn.scalar(select(items.c.lead_unit).where(items.c.id == item_id))
    rows: list[Row] = [
        {
            "item_id": item_id,
            "seq": entry.seq,
            "unit": unit,
            "ground": ground.value,
            "text": storable_text(entry.summary),
            "files": [],
            "at": entry.at,
        }
        for entry, ground in found
    ]
    await conn.execute(insert(circular_proposals).on_conflict_do_nothing(), rows)


async def add(
    conn: WriteConnection,
    *,
    item_id: str,
    unit: str,
    ground: Ground,
    text: str,
    files: Sequence[str],
    made_by: str,
    at: datetime,
    request_id: str,
    body_hash: str,
) -> int:
    """A person's proposal, once for each ``request_id``; its number. Raises
    ``Refused('idempotency_conflict')``."""
    row = {
        "item_id": item_id,
        "unit": unit,
        "ground": ground.value,
        "text": text,
        "files": list(files),
        "made_by": made_by,
        "at": at,
        "request_id": request_id,
        "body_hash": body_hash,
    }
    await conn.execute(insert(circular_proposals).values(row).on_conflict_do_nothing())
    c = circular_proposals.c
    known = (await conn.execute(select(c.id, c.body_hash).where(c.request_id == request_id))).one()
    if known.body_hash != body_hash:
        raise Refused("idempotency_conflict")
    return int(known.id)


async def refuse(
    conn: WriteConnection,
    proposal: int,
    *,
    reason: str,
    made_by: str,
    request_id: str,
    body_hash: str,
) -> None:
    """不予通报, with its reason; the same request again changes nothing.

    Raises ``Refused('proposal_decided')``, ``Refused('idempotency_conflict')``.
    """
    await exclusively(conn, PROPOSALS)
    c = circular_refusals.c
    known = (
        await conn.execute(select(c.request_id, c.body_hash).where(c.proposal == proposal))
    ).one_or_none()
    if known and known.request_id == request_id:
        if known.body_hash != body_hash:
            raise Refused("idempotency_conflict")
        return
    row = await one(conn, None, proposal)
    if row is None or row.decided:
        raise Refused("proposal_decided")
    said = {"reason": reason, "made_by": made_by, "request_id": request_id}
    await conn.execute(
        insert(circular_refusals).values(proposal=proposal, body_hash=body_hash, **said)
    )


_TAKEN_UP = (
    select(circular_entries.c.circular_id)
    .join(
        circulars,
        and_(
            circulars.c.id == circular_entries.c.circular_id,
            circulars.c.version == circular_entries.c.version,
        ),
    )
    .where(
        circular_entries.c.proposal == circular_proposals.c.id,
        circulars.c.stage != Stage.DISCARDED.value,
    )
    .order_by(circulars.c.made_at)
    .limit(1)
    .correlate(circular_proposals)
    .scalar_subquery()
)
_DEDUCTED = (
    select(deductions.c.circular_id)
    .where(deductions.c.proposal == circular_proposals.c.id)
    .limit(1)
    .correlate(circular_proposals)
    .scalar_subquery()
)
_COLUMNS = (
    *(circular_proposals.c[name] for name in ("id", "item_id", "unit", "ground", "text", "files")),
    *(circular_proposals.c[name] for name in ("made_by", "at", "request_id", "body_hash")),
    items.c.number.label("item_number"),
    items.c.title.label("item_title"),
    *(items.c[name] for name in ("spent", "holder", "holder_since")),
    NOW.label("now"),
    func.coalesce(_TAKEN_UP, _DEDUCTED).label("circular_id"),
    circular_refusals.c.reason.label("refused_because"),
    circular_refusals.c.made_by.label("refused_by"),
    circular_refusals.c.request_id.label("refusal_request_id"),
)
_DECIDED = or_(_TAKEN_UP.is_not(None), _DEDUCTED.is_not(None), circular_refusals.c.id.is_not(None))


async def find(
    conn: ReadConnection,
    actor: Actor,
    *,
    decided: bool | None = None,
    ground: Ground | None = None,
    unit: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[ProposalRow]:
    """Proposals, the newest first. Raises ``Invalid('bad_cursor')``."""
    query = _all(actor)
    if decided is not None:
        query = query.where(_DECIDED if decided else not_(_DECIDED))
    if ground is not None:
        query = query.where(circular_proposals.c.ground == ground.value)
    if unit is not None:
        query = query.where(circular_proposals.c.unit == unit)
    if cursor is not None:
        query = query.where(circular_proposals.c.id < from_cursor("proposals", cursor, 1)[0])
    query = query.order_by(circular_proposals.c.id.desc()).limit(limit + 1)
    found = [_row(row) for row in (await conn.execute(query)).mappings()]
    shown, more = found[:limit], len(found) > limit
    return Page(
        items=tuple(shown), next_cursor=to_cursor("proposals", shown[-1].id) if more else None
    )


async def one(conn: ReadConnection, actor: Actor | None, number: int) -> ProposalRow | None:
    """A proposal about an item that exists for ``actor`` (``None``: for the system)."""
    query = _all(actor).where(circular_proposals.c.id == number)
    row = (await conn.execute(query)).mappings().one_or_none()
    return None if row is None else _row(row)


def _all(actor: Actor | None) -> Select[Any]:
    query = (
        select(*_COLUMNS)
        .join(items, items.c.id == circular_proposals.c.item_id)
        .outerjoin(circular_refusals, circular_refusals.c.proposal == circular_proposals.c.id)
    )
    return query if actor is None else query.where(scope_of(actor).condition)


def _row(row: Mapping[Any, Any]) -> ProposalRow:
    known = {name: row[name] for name in ProposalRow.__dataclass_fields__}
    return ProposalRow(
        **known
        | {
            "ground": Ground(row["ground"]),
            "files": tuple(row["files"]),
            "spent": SPENT.validate_python(row["spent"]),
        }
    )
