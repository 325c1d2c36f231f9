"""A record kept in memory, with the promises of the one in PostgreSQL."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from activities.family import Family
from activities.messages import Child, Orders, PartNews
from domain.acts import IssueTerms
from domain.calendar import WorkingCalendar
from domain.circular_records import (
    CircularLine,
    CircularProjection,
    CircularRecorded,
    CircularStore,
    Told,
)
from domain.circular_state import Circular
from domain.circulars import PUBLISHED
from domain.family import STATES, News
from domain.issue import Issue
from domain.items import SYSTEM, merge_clocks
from domain.orders import followers, order_of, ordered
from domain.parts import PartState, merge_parts
from domain.policy import Policy
from domain.ports import ItemStore, NotOnRecord
from domain.records import Entry, Projected, Projection, Snapshot
from domain.seal import body_hash
from domain.year import slot_facts


class MemoryStore:
    """:class:`domain.ports.ItemStore` whose database can be taken down and brought back."""

    def __init__(self) -> None:
        self.rows: dict[str, Snapshot] = {}
        self.entries: dict[str, dict[int, Entry]] = defaultdict(dict)
        self.projections: list[Projection] = []
        self.failed = 0
        self._up = True
        self._changed = asyncio.Condition()

    async def project(self, projection: Projection) -> Projected:
        """Record a projection; the same again, or an older one, changes nothing."""
        async with self._changed:
            self._changed.notify_all()
            if not self._up:
                self.failed += 1
                raise ConnectionError("the database is down")
            self.projections.append(projection)
            return self._recorded(projection)

    def take_down(self) -> None:
        """Let every projection fail from now on."""
        self._up = False

    def bring_back(self) -> None:
        """Let projections succeed again."""
        self._up = True

    def lose(self, item_id: str) -> None:
        """Forget an item, as a database restored from an older backup has."""
        del self.rows[item_id]
        self.entries.pop(item_id)

    async def until(self, condition: Callable[[], bool], seconds: float = 30.0) -> None:
        """Wait until what is on record makes ``condition`` true."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(condition)

    def timeline(self, item_id: str) -> list[Entry]:
        """The recorded entries of an item, in order."""
        return [entry for _, entry in sorted(self.entries[item_id].items())]

    def covers(self, item_id: str, seq: int) -> bool:
        """Whether the record has everything of an item up to ``seq``."""
        row = self.rows.get(item_id)
        return row is not None and row.seq >= seq and len(self.entries[item_id]) >= seq

    def _recorded(self, projection: Projection) -> Projected:
        snapshot, known = projection.snapshot, self.rows.get(projection.snapshot.id)
        number = known.number if known else f"督〔2030〕{len(self.rows) + 1}号"
        assert number is not None
        if known is None:
            if snapshot.facts is None:
                raise NotOnRecord(snapshot.id)
            number = snapshot.number or number
            self.rows[snapshot.id] = replace(snapshot, number=number)
        elif known.seq < snapshot.seq:
            self.rows[snapshot.id] = replace(
                snapshot,
                number=number,
                facts=snapshot.facts or known.facts,
                clocks=merge_clocks(known.clocks, snapshot.clocks),
                parts=merge_parts(known.parts, snapshot.parts),
            )
        for entry in projection.entries:
            self.entries[snapshot.id].setdefault(entry.seq, entry)
        return Projected(number=number)


_keeps_the_promise: type[ItemStore] = MemoryStore


class MemoryFamily:
    """:class:`activities.family.Family` on a record in memory."""

    def __init__(self, store: MemoryStore, calendar: Callable[[], WorkingCalendar]) -> None:
        self._store = store
        self._calendar = calendar

    async def slot_issue(self, task_id: str, key: str, now: datetime) -> Issue | None:
        """What a slot's item begins with, unsealed."""
        row = self._store.rows.get(task_id)
        part = next((p for p in (row.parts if row else ()) if p.key == key), None)
        if row is None or row.facts is None or part is None or part.opens_at is None:
            return None
        request_id = f"slot/{part.item_id}"
        return Issue(
            item_id=part.item_id,
            facts=slot_facts(task_id, row.facts, part),
            issued_at=part.opens_at,
            entered_at=max(now.astimezone(part.opens_at.tzinfo), part.opens_at),
            actor=SYSTEM,
            calendar=self._calendar(),
            policy=Policy(),
            request_id=request_id,
            body_hash=body_hash(request_id),
        )

    async def news_of(self, item_id: str) -> PartNews | None:
        """Where a part stands, and whom it tells."""
        row = self._store.rows[item_id]
        assert row.facts is not None
        parent = self._store.rows.get(row.facts.parent_id or "")
        if parent is None or parent.facts is None:
            return None
        missed = [c.lapsed_at for c in row.clocks if c.is_result and c.lapsed_at]
        news = News(
            item_id=item_id,
            seq=row.seq,
            state=STATES.get(row.status, PartState.OPEN),
            unit=row.facts.lead_unit,
            unit_name=row.facts.lead_unit_name,
            due_on=row.due_on,
            lapsed_at=min(missed, default=None),
            actuals=row.actuals,
            handed_out=row.handed_out,
        )
        return PartNews(parent=Child(id=parent.id, kind=parent.facts.kind), news=news)

    async def orders_of(self, item_id: str, seq: int) -> Orders | None:
        """What was done to an item by its entry ``seq``, and its parts."""
        entry = self._store.entries[item_id][seq]
        assert entry.actor is not None
        row = self._store.rows[item_id]
        parts = followers(row.parts)
        terms = IssueTerms(calendar=self._calendar(), policy=Policy())
        return Orders(
            order=order_of(
                ordered(entry.act, entry.status), entry.body, entry.at, seq, row.approval
            ),
            actor=entry.actor,
            children=tuple(Child(id=p.item_id, kind=p.kind) for p in parts),
            terms={part.item_id: terms for part in parts},
        )


class MemoryCirculars:
    """:class:`domain.circular_records.CircularStore` in memory, with the items of a house."""

    def __init__(self, store: MemoryStore) -> None:
        self._items = store
        self.rows: dict[str, Circular] = {}
        self.entries: dict[str, dict[int, CircularLine]] = defaultdict(dict)
        self.waits: tuple[str, ...] = ()
        self.down = False
        self.asked = 0

    async def project(self, projection: CircularProjection) -> CircularRecorded:
        """Record a projection; the same again, or an older one, changes nothing."""
        circular = projection.circular
        known = self.rows.get(circular.id)
        number = circular.number or (known.number if known else None)
        if number is None and circular.stage in PUBLISHED:
            number = f"督查通报〔2030〕第{len(self.rows)}期"
        if known is None or known.seq < circular.seq:
            self.rows[circular.id] = replace(circular, number=number)
        for entry in projection.entries:
            self.entries[circular.id].setdefault(entry.seq, entry)
        return CircularRecorded(number=number)

    async def told(self, circular_id: str, seq: int) -> Told | None:
        """What the items are to be told."""
        self.asked += 1
        if self.down:
            raise ConnectionError("the database is down")
        circular, entry = self.rows[circular_id], self.entries[circular_id][seq]
        assert entry.actor is not None
        assert circular.number is not None
        criticised = tuple(one for one in circular.draft.entries if one.criticises)
        return Told(
            number=circular.number,
            actor=entry.actor,
            lifted=entry.act == "withdraw_circular",
            reason=str(entry.body.get("reason", "")),
            entries=criticised,
            kinds={one.item_id: "ordinary" for one in criticised},
        )

    async def waiting(self, item_ids: tuple[str, ...]) -> tuple[str, ...]:
        """In which of these items a leader's answer is awaited."""
        return tuple(one for one in item_ids if one in self.waits)


_keeps_circulars: type[CircularStore] = MemoryCirculars
_knows_the_family: type[Family] = MemoryFamily
