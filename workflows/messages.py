"""What goes into and comes out of workflows."""

from dataclasses import dataclass

from domain.calendar import CalendarYear
from domain.circular_records import SealedCircularAct
from domain.circular_state import Circular
from domain.issue import Issue
from domain.items import Actor, Item, Json
from domain.policy import Policy
from domain.revival import Revival


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
    """The argument of ``SupervisionItem``: exactly one of ``issue``, ``carried``, ``revived``."""

    issue: Issue | None = None
    carried: Carried | None = None
    revived: Revival | None = None
    most_events: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedCircular:
    """A circular carried into its next run."""

    circular: Circular
    seen: tuple[Seen, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CircularInput:
    """The argument of ``Circular``: exactly one of ``begin`` and ``carried``."""

    circular_id: str
    begin: SealedCircularAct | None = None
    carried: CarriedCircular | None = None
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
class AddParts:
    """Body of the internal update ``add_parts``: what was asked for, and the items that one is
    split into, each as the API would have issued it alone."""

    asked: Json
    parts: tuple[Issue, ...]


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
