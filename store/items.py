"""Recording items: the one write every act rests on (design §3.5)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Integer,
    ScalarSelect,
    any_,
    bindparam,
    cast,
    func,
    literal,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from domain.calendar import WorkingCalendar
from domain.clocks import Rule
from domain.items import Status
from domain.ports import NotOnRecord, Overtaken
from domain.records import Entry, Projected, Projection, Snapshot
from domain.revival import check_parent
from store.calendars import calendar
from store.chain import BEGINNING, chained
from store.circular_proposals import propose
from store.codec import Row, audit_row, clock_row, facts_row, head_row, parts_row, search_words
from store.lamps import YELLOW_WORKING_DAYS, Limit, lamps
from store.listen import CHANNEL
from store.locks import CALENDAR
from store.notices import deliver, tell_of_fork
from store.policies import edition
from store.session import Database, WriteConnection
from store.tables import (
    Words,
    audit_events,
    calendar_years,
    item_clocks,
    item_search,
    items,
    number_sequences,
)
from store.words import grams

ITEM_SERIES = "item"


@dataclass(frozen=True, slots=True, kw_only=True)
class _KnownLimit:
    """What the lamps depend on in a clock on record."""

    rule: Rule
    due_on: date
    lapses_at: datetime
    stopped_at: datetime | None
    lapsed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is on record of an item before a projection; ``limits`` by key, in their order.
    ``requests`` are those of the projection's requests that have their entries already."""

    number: str | None
    seq: int
    calendar_version: int
    limits: dict[str, Limit]
    last_entry: int
    seen_hash: str
    covert_hash: str
    requests: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an item stands in the ledger: its number, and what orders the list."""

    number: str
    year: int
    sequence: int
    sub: int


def _place_of(number: str) -> _Place:
    """What an item's number says by itself; ``sub`` only that it is a part's."""
    year, sequence, part = re.search(r"〔(\d+)〕(\d+)号(-?)", number).groups()  # type: ignore[union-attr]
    return _Place(number, int(year), int(sequence), 1 if part else 0)


class PostgresItemStore:
    """:class:`domain.ports.ItemStore` on PostgreSQL."""

    def __init__(self, database: Database, number_prefix: str, zone: ZoneInfo) -> None:
        """``zone`` says in which year an item is issued, and when a day begins."""
        self._database = database
        self._prefix = number_prefix
        self._zone = zone
        self._calendar = WorkingCalendar()
        self._calendar_version = -1
        self._yellow_days: dict[str, int] = {}

    async def project(self, projection: Projection) -> Projected:
        """Record a projection in one transaction. The same again, or an older one that arrives
        late, changes nothing. Raises :class:`NotOnRecord`, :class:`Overtaken`,
        ``Refused('parent_ended')``."""
        snapshot = projection.snapshot
        async with self._database.write() as conn:
            await _begin(conn, snapshot)
            known = await _known(conn, snapshot.id, projection.entries)
            number = known.number
            if projection.revived_from is not None:
                await _check_last(conn, projection, projection.revived_from, known)
            if number is None:
                number = await self._insert(conn, projection, known)
            elif known.seq < snapshot.seq:
                await self._update(conn, snapshot, number, known)
            await _append(conn, snapshot.id, projection.entries, known)
        return Projected(number=number)

    async def _insert(self, conn: WriteConnection, projection: Projection, known: _Known) -> str:
        snapshot = projection.snapshot
        if snapshot.facts is None:
            raise NotOnRecord(snapshot.id)
        opening = projection.entries[0] if projection.entries else None
        year = snapshot.issued_at.astimezone(self._zone).year
        place = await self._place(conn, snapshot, year)
        row: Row = {
            **head_row(snapshot),
            **facts_row(snapshot.facts),
            **parts_row([], snapshot.parts),
            **await self._lamps(conn, snapshot, known),
            "id": snapshot.id,
            "number": place.number,
            "year": place.year,
            "sequence": place.sequence,
            "sub": place.sub,
            "request_id": opening.request_id if opening else None,
            "body_hash": opening.body_hash if opening else None,
        }
        await conn.execute(NEW_ITEM, row)
        await _put_clocks(conn, snapshot, known)
        await _put_search(conn, snapshot, place.number)
        return place.number

    async def _place(self, conn: WriteConnection, snapshot: Snapshot, year: int) -> _Place:
        """The next number of the year, or that of a part of its parent's (7号-1); the one it had,
        for an item whose row was lost."""
        if snapshot.number is not None:
            known = _place_of(snapshot.number)
            await conn.execute(AT_LEAST, {"of_year": known.year, "taken": known.sequence})
            if not known.sub:
                return known
            taken = {"of_year": known.year, "of_sequence": known.sequence}
            return replace(known, sub=(await conn.execute(NEXT_SUB, taken)).scalar_one())
        assert snapshot.facts is not None
        if snapshot.facts.parent_id:
            parent = (
                await conn.execute(PARENT, {"of_parent": snapshot.facts.parent_id})
            ).one_or_none()
            if parent is not None:
                taken = {"of_year": parent.year, "of_sequence": parent.sequence}
                sub = int((await conn.execute(NEXT_SUB, taken)).scalar_one())
                number = f"{parent.number}-{parent.children + 1}"
                return _Place(number, parent.year, parent.sequence, sub)
        sequence = int((await conn.execute(NEXT_IN_SEQUENCE, {"of_year": year})).scalar_one())
        return _Place(f"{self._prefix}〔{year}〕{sequence}号", year, sequence, 0)

    async def _update(
        self, conn: WriteConnection, snapshot: Snapshot, number: str, known: _Known
    ) -> None:
        row: Row = {
            **head_row(snapshot),
            **(facts_row(snapshot.facts) if snapshot.facts else {}),
            **await _parts(conn, snapshot),
            **await self._lamps(conn, snapshot, known),
            "of_item": snapshot.id,
        }
        await conn.execute(CHANGED_ITEM, row)
        await _put_clocks(conn, snapshot, known)
        await _put_search(conn, snapshot, number)

    async def _lamps(self, conn: WriteConnection, snapshot: Snapshot, known: _Known) -> Row:
        if known.calendar_version != self._calendar_version:
            self._calendar = await calendar(conn)
            self._calendar_version = known.calendar_version
        lit = lamps(
            (known.limits | {clock.key: clock for clock in snapshot.clocks}).values(),
            snapshot.status,
            snapshot.handed_in,
            self._calendar,
            self._zone,
            await self._yellow(conn, snapshot.edition),
        )
        return {"red_from": lit.red_from, "yellow_from": lit.yellow_from}

    async def _yellow(self, conn: WriteConnection, name: str) -> int:
        """From how many working days before the limit an item of that edition is yellow."""
        if name not in self._yellow_days:
            known = await edition(conn, name)
            if known is None:
                return YELLOW_WORKING_DAYS
            self._yellow_days[name] = known.yellow_working_days
        return self._yellow_days[name]


# The statements, built once: building them costs more than PostgreSQL takes to run them.

BEGIN = select(
    # Locks in this order everywhere: no calendar is loaded meanwhile, and no two projections of
    # one item run at once. The notification goes out with the commit, or not at all.
    func.pg_advisory_xact_lock_shared(CALENDAR),
    func.pg_advisory_xact_lock(func.hashtextextended(bindparam("of_item", type_=Words), 0)),
    func.pg_notify(bindparam("channel"), bindparam("told", type_=Words)),
)
REQUESTS = bindparam("requests", type_=ARRAY(Words))
_OF_ITEM = audit_events.c.item_id == bindparam("of_item")


def _last_hash(*, covert: bool) -> ScalarSelect[str]:
    newest = select(audit_events.c.hash).where(_OF_ITEM, audit_events.c.covert.is_(covert))
    return newest.order_by(audit_events.c.seq.desc()).limit(1).scalar_subquery()


KNOWN = (
    select(
        select(func.coalesce(func.max(calendar_years.c.id), 0)).scalar_subquery().label("version"),
        items.c.number,
        items.c.seq,
        select(func.max(audit_events.c.seq)).where(_OF_ITEM).scalar_subquery().label("last_entry"),
        _last_hash(covert=False).label("seen_hash"),
        _last_hash(covert=True).label("covert_hash"),
        select(func.array_agg(audit_events.c.request_id))
        .where(_OF_ITEM, audit_events.c.request_id == any_(REQUESTS))
        .scalar_subquery()
        .label("requests"),
        item_clocks.c.key,
        item_clocks.c.rule,
        item_clocks.c.due_on,
        item_clocks.c.lapses_at,
        item_clocks.c.stopped_at,
        item_clocks.c.lapsed_at,
    )
    .select_from(
        select(literal(1))
        .subquery()
        .outerjoin(items, (items.c.id == bindparam("of_item")) & true())
        .outerjoin(item_clocks, item_clocks.c.item_id == items.c.id)
    )
    .order_by(item_clocks.c.position)
)
# The row of the year stays locked to the end, so that no number is ever left out.
FIRST_IN_SEQUENCE = insert(number_sequences).values(
    kind=ITEM_SERIES, year=bindparam("of_year"), last=1
)
NEXT_IN_SEQUENCE = FIRST_IN_SEQUENCE.on_conflict_do_update(
    index_elements=["kind", "year"], set_={"last": number_sequences.c.last + 1}
).returning(number_sequences.c.last)
TAKEN = insert(number_sequences).values(
    kind=ITEM_SERIES, year=bindparam("of_year"), last=bindparam("taken")
)
AT_LEAST = TAKEN.on_conflict_do_update(
    index_elements=["kind", "year"],
    set_={"last": func.greatest(number_sequences.c.last, TAKEN.excluded.last)},
)
# The parent's row stays locked to the end: its parts are numbered one after the other.
_CHILDREN = items.alias()
_NUMBERED = cast(func.split_part(_CHILDREN.c.number, "-", -1), Integer)
PARENT = (
    select(
        items.c.number,
        items.c.year,
        items.c.sequence,
        select(func.coalesce(func.max(_NUMBERED), 0))
        .where(_CHILDREN.c.parent_id == items.c.id, _CHILDREN.c.number.contains("号-"))
        .scalar_subquery()
        .label("children"),
    )
    .where(items.c.id == bindparam("of_parent"))
    .with_for_update()
)
NEXT_SUB = select(func.coalesce(func.max(items.c.sub), 0) + 1).where(
    items.c.year == bindparam("of_year"), items.c.sequence == bindparam("of_sequence")
)
NEW_ITEM = insert(items)
CHANGED_ITEM = update(items).where(items.c.id == bindparam("of_item"))
NEW_CLOCK = insert(item_clocks)
PUT_CLOCK = NEW_CLOCK.on_conflict_do_update(
    index_elements=["item_id", "key"],
    set_={c.name: c for c in NEW_CLOCK.excluded if c.name not in {"item_id", "key"}},
)
NEW_SEARCH = insert(item_search)
PUT_SEARCH = NEW_SEARCH.on_conflict_do_update(
    index_elements=["item_id"],
    set_={"words": NEW_SEARCH.excluded.words, "grams": NEW_SEARCH.excluded.grams},
)
ADD_AUDIT = insert(audit_events)


async def _parts(conn: WriteConnection, snapshot: Snapshot) -> Row:
    """Parts keep their places; new ones stand behind them."""
    if not snapshot.parts:
        return {}
    query = select(items.c.parts).where(items.c.id == snapshot.id)
    return parts_row(await conn.scalar(query), snapshot.parts)


async def _begin(conn: WriteConnection, snapshot: Snapshot) -> None:
    told = f"{snapshot.id}:{snapshot.seq}"
    await conn.execute(BEGIN, {"of_item": snapshot.id, "channel": CHANNEL, "told": told})


async def _known(conn: WriteConnection, item_id: str, entries: Sequence[Entry]) -> _Known:
    requests = [entry.request_id for entry in entries if entry.request_id]
    rows = (await conn.execute(KNOWN, {"of_item": item_id, "requests": requests})).all()
    limits: dict[str, Limit] = {
        row.key: _KnownLimit(
            rule=Rule(row.rule),
            due_on=row.due_on,
            lapses_at=row.lapses_at,
            stopped_at=row.stopped_at,
            lapsed_at=row.lapsed_at,
        )
        for row in rows
        if row.key is not None
    }
    item = rows[0]
    return _Known(
        number=item.number,
        seq=item.seq or 0,
        calendar_version=item.version,
        limits=limits,
        last_entry=item.last_entry or 0,
        seen_hash=item.seen_hash or BEGINNING,
        covert_hash=item.covert_hash or BEGINNING,
        requests=frozenset(item.requests or ()),
    )


_PARENTS = items.alias()
# Locked: no whole ends while a part of it is called back.
WHOLE = (
    select(_PARENTS.c.status)
    .join(items, items.c.parent_id == _PARENTS.c.id)
    .where(items.c.id == bindparam("of_item", type_=Words))
    .with_for_update(read=True, of=_PARENTS)
)


async def _check_last(
    conn: WriteConnection, projection: Projection, begins_from: int, known: _Known
) -> None:
    """A new run of an ended item begins from the last on record (T30, T31), or has begun already
    with this very projection. Raises :class:`Overtaken`; ``Refused`` where the whole has ended."""
    if known.seq == begins_from:
        whole = await conn.scalar(WHOLE, {"of_item": projection.snapshot.id})
        check_parent(projection.snapshot.status, Status(whole) if whole else None)
        return
    first = projection.entries[0]
    entry = select(audit_events.c.at, audit_events.c.request_id).where(
        audit_events.c.item_id == projection.snapshot.id, audit_events.c.seq == first.seq
    )
    there = (await conn.execute(entry)).one_or_none()
    if there is None or (there.at, there.request_id) != (first.at, first.request_id):
        raise Overtaken(projection.snapshot.id)


async def _put_clocks(conn: WriteConnection, snapshot: Snapshot, known: _Known) -> None:
    """Clocks keep their places; new ones stand behind them."""
    keys = dict.fromkeys([*known.limits, *(clock.key for clock in snapshot.clocks)])
    place = {key: n for n, key in enumerate(keys)}
    rows = [clock_row(snapshot.id, place[clock.key], clock) for clock in snapshot.clocks]
    if rows:
        await conn.execute(PUT_CLOCK, rows)


async def _put_search(conn: WriteConnection, snapshot: Snapshot, number: str) -> None:
    if snapshot.facts is not None:
        words = search_words(number, snapshot.facts)
        row = {"item_id": snapshot.id, "words": words, "grams": grams(words)}
        await conn.execute(PUT_SEARCH, row)


async def _append(
    conn: WriteConnection, item_id: str, entries: Sequence[Entry], known: _Known
) -> None:
    """Timeline and notices. Of what is there already nothing is touched, and nobody told twice."""
    rows = [audit_row(item_id, entry) for entry in entries]
    if there := [row for row in rows if row["seq"] <= known.last_entry]:
        await _check_same(conn, item_id, there)
    # One that repeats a request long forgotten by its workflow is added without that request's id.
    new = [
        row | {"request_id": None} if row["request_id"] in known.requests else row
        for row in rows
        if row["seq"] > known.last_entry
    ]
    if new:
        await conn.execute(ADD_AUDIT, chained(new, known.seen_hash, known.covert_hash))
        newer = [entry for entry in entries if entry.seq > known.last_entry]
        await deliver(conn, item_id, newer)
        await propose(conn, item_id, newer)


async def _check_same(conn: WriteConnection, item_id: str, rows: list[Row]) -> None:
    """An entry whose place is taken by another means that the workflow was reset: the office is
    told."""
    seqs = [row["seq"] for row in rows]
    query = select(audit_events.c.seq, audit_events.c.at, audit_events.c.act)
    query = query.where(audit_events.c.item_id == item_id, audit_events.c.seq.in_(seqs))
    there = {row.seq: (row.at, row.act) for row in await conn.execute(query)}
    if lost := [row for row in rows if there.get(row["seq"]) != (row["at"], row["act"])]:
        await tell_of_fork(conn, item_id, lost)
