"""What goes into and comes out of workflows."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.calendar import CalendarYear, WorkingCalendar
from domain.items import Actor, Facts, Item
from domain.policy import Policy
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A request that has been done: its id, the body's hash, the act's seq."""

    request_id: str
    body_hash: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """An item carried into its next run."""

    item: Item
    seen: tuple[Seen, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemInput:
    """The argument of ``SupervisionItem``: exactly one of ``issue`` and ``carried``."""

    issue: Issue | None = None
    carried: Carried | None = None
    most_events: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActResult:
    """The answer of an update: the seq that covers the act, and the hash of the body that did."""

    seq: int
    body_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyCalendar:
    """Body of the internal update ``apply_calendar``."""

    year: CalendarYear


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """The argument of ``CalendarRollout``: the year as loaded, and who loaded it."""

    year: CalendarYear
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeEdition:
    """Body of the internal update ``change_edition``."""

    policy: Policy
    reason: str
