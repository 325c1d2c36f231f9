"""What of a circular is sealed by the API, and what is recorded outside its workflow."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol

from domain.circular_acts import Terms
from domain.circular_state import Circular, Happened
from domain.circulars import CircularEntry, Draft, Ground, Line
from domain.items import Actor, Json, Notice
from domain.ladder import CHIEF, STILL_OPEN
from domain.records import Entry
from domain.seal import Seals
from domain.stated import stated


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedCircularAct:
    """The argument of every update of a circular, and of its beginning (then with ``at``): the body
    as sent, what the API looked up for it, who acts, and the proof of it all."""

    body: Json
    actor: Actor
    request_id: str
    draft: Draft | None = None
    terms: Terms = Terms()
    at: datetime | None = None
    seal: str = ""

    def sealed(self) -> Json:
        """What the seal covers."""
        return {
            "body": self.body,
            "draft": stated(self.draft),
            "terms": stated(self.terms),
            "at": self.at.astimezone(UTC).isoformat() if self.at else None,
        }

    def sealed_by(self, seals: Seals, circular_id: str, name: str) -> "SealedCircularAct":
        """With its proof."""
        seal = seals.seal(self.actor, circular_id, name, self.sealed(), self.request_id)
        return replace(self, seal=seal)

    def holds(self, seals: Seals, circular_id: str, name: str) -> bool:
        """Whether the API sealed exactly this."""
        content = self.sealed()
        return seals.holds(self.seal, self.actor, circular_id, name, content, self.request_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class CircularLine:
    """One entry of a circular's record, kept for ever."""

    seq: int
    act: str
    title: str
    at: datetime
    summary: str
    actor: Actor | None
    body: Json = field(default_factory=dict)
    request_id: str | None = None
    body_hash: str | None = None
    notices: tuple[Notice, ...] = ()
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CircularProjection:
    """What one wake-up of a circular's workflow has to record, in one transaction. ``opening``
    proves that the API began it."""

    circular: Circular
    entries: tuple[CircularLine, ...]
    opening: SealedCircularAct | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CircularRecorded:
    """What the record answered: the circular's number, given once, at its issue."""

    number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What items are told of a circular, by whose order: that it was issued, or (``lifted``)
    withdrawn. ``kinds`` are those of the items, by their ids."""

    number: str
    actor: Actor
    lifted: bool
    reason: str
    entries: tuple[CircularEntry, ...]
    kinds: dict[str, str]


class CircularStore(Protocol):
    """Where circulars, their record and the ledger are kept."""

    async def project(self, projection: CircularProjection) -> CircularRecorded:
        """Record a projection, once, in one transaction; the same one again changes nothing."""
        ...

    async def told(self, circular_id: str, seq: int) -> Told | None:
        """What the items are to be told of a circular's entry ``seq``."""
        ...

    async def waiting(self, item_ids: tuple[str, ...]) -> tuple[str, ...]:
        """In which of these items a leader's answer is awaited."""
        ...


def line_of(happened: Happened) -> CircularLine:
    """``happened`` as an entry of the record."""
    return CircularLine(
        seq=happened.seq,
        act=happened.act,
        title=happened.title,
        at=happened.at,
        summary=happened.summary,
        actor=happened.actor,
        body=happened.body,
        request_id=happened.request_id,
        body_hash=happened.body_hash,
        notices=happened.notices,
        lines=happened.lines,
    )


PROPOSED = {CHIEF: Ground.G4, STILL_OPEN: Ground.STILL_OPEN}
"""What the clock proposes, by the alarm that rang in an item (R50, R53): a person decides."""


def proposed_by(entry: Entry) -> Ground | None:
    """On which ground an entry of an item's timeline proposes a 通报, or a further deduction."""
    return PROPOSED.get(entry.act) if entry.actor is None else None
