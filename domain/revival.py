"""An item called back after 销号 (T30, T31): what its new run begins with, and the proof that it
was ordered here."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from domain.errors import Refused
from domain.items import ENDED, Item, Status
from domain.seal import SealedAct, Seals, body_hash, opening_body
from domain.stated import stated


@dataclass(frozen=True, slots=True, kw_only=True)
class Revival:
    """A new run (design §3.16): the item as it stands on record, and the act, named ``name``, that
    calls it back at ``at``. The act's seal covers all of it."""

    item: Item
    name: str
    act: SealedAct
    at: datetime


def check_parent(after: Status, parent: Status | None) -> None:
    """Raises ``Refused('parent_ended')`` where an item would be under way again, in the status
    ``after``, while the one that it is a part of is not (R10)."""
    if after not in ENDED and parent in ENDED:
        raise Refused("parent_ended")


def digest_of(revival: Revival) -> str:
    """The hash of all that the run begins with; the seal covers it."""
    at = revival.at.astimezone(UTC).isoformat()
    return body_hash([stated(revival.item), revival.name, revival.act.sealed(), at])


def sealed(revival: Revival, seals: Seals) -> Revival:
    """``revival`` with its proof."""
    act, body = revival.act, opening_body(digest_of(revival))
    seal = seals.seal(act.actor, revival.item.id, revival.name, body, act.request_id)
    return replace(revival, act=replace(act, seal=seal))
