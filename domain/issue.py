"""A new item: everything it begins with, and the proof that it was registered here."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.calendar import WorkingCalendar
from domain.items import Actor, Event, Facts, Item
from domain.lifecycle import evolve, evolve_all, ring
from domain.opening import open_item
from domain.policy import Policy
from domain.records import Snapshot, snapshot_of
from domain.seal import Seals, opening_body, opening_digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """A new item: everything it begins with (design §3.4). ``calendar`` is the slice of years it
    counts on; ``seal`` proves that the API registered it. A ``draft`` is registered only:
    ``issued_at`` is then the time of that."""

    item_id: str
    facts: Facts
    issued_at: datetime
    entered_at: datetime
    actor: Actor
    calendar: WorkingCalendar
    policy: Policy
    request_id: str
    body_hash: str
    seal: str = ""
    draft: bool = False


def digest_of(issue: Issue) -> str:
    """The hash of all that the item begins with; the seal covers it."""
    return opening_digest(
        issue.facts,
        issue.issued_at,
        issue.entered_at,
        issue.calendar,
        issue.policy,
        draft=issue.draft,
    )


def sealed(issue: Issue, seals: Seals) -> Issue:
    """``issue`` with its proof."""
    body = opening_body(digest_of(issue))
    seal = seals.seal(issue.actor, issue.item_id, "issue", body, issue.request_id)
    return replace(issue, seal=seal)


def opened(issue: Issue) -> tuple[Item, Event]:
    """The item before its first event, and that event."""
    return open_item(
        item_id=issue.item_id,
        facts=issue.facts,
        issued_at=issue.issued_at,
        now=issue.entered_at,
        actor=issue.actor,
        calendar=issue.calendar,
        policy=issue.policy,
        raw={},
        request_id=issue.request_id,
        body_hash=issue.body_hash,
        draft=issue.draft,
    )


def preview_of(issue: Issue) -> Snapshot:
    """The item as its workflow will open it: the same pure function on the same argument."""
    item, event = opened(issue)
    item = evolve(item, event)
    return snapshot_of(evolve_all(item, ring(item, issue.entered_at)))
