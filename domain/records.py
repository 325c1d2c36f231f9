"""What of an item is recorded outside the workflow: its snapshot and the entries of its timeline.

The same :class:`Snapshot` is the row in the database, the answer of the ``state`` query, and what
the API shows.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from domain.alarms import next_alarm
from domain.clocks import Clock, Warned
from domain.items import (
    Actor,
    Aftermath,
    Approval,
    Coordination,
    Escalation,
    Event,
    Extension,
    Facts,
    HandedIn,
    Item,
    Json,
    NewUnit,
    Notice,
    Outcome,
    SentBack,
    Status,
    TimeSpent,
)
from domain.parts import Part, Reported
from domain.policy import Policy
from domain.targets import most_behind


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """An item as of ``seq``. In a projection ``facts`` is ``None``, and ``clocks`` and ``parts``
    hold only the changed ones, when the rest is on record already.

    ``step_missed_since``: a part of it is late, or a target somewhat behind; ``behind_since``: a
    target is far behind (the lamps, domain.md §4).
    """

    id: str
    number: str | None
    seq: int
    as_of: datetime
    status: Status
    facts: Facts | None
    clocks: tuple[Clock, ...]
    issued_at: datetime
    entered_at: datetime
    escalation: Escalation
    coordination: Coordination
    extension: Extension
    handed_in: HandedIn
    lapsed: bool
    returns: int
    edition: str
    holder: str | None
    holder_since: datetime
    spent: TimeSpent
    closed_at: datetime | None
    due_on: date | None
    due_at: datetime | None
    next_alarm: str | None
    next_alarm_at: datetime | None
    unverified: tuple[int, ...]
    warnings: tuple[Warned, ...]
    yellow_working_days: int = Policy().yellow_working_days
    parts: tuple[Part, ...] = ()
    actuals: tuple[Reported, ...] = ()
    crossed: bool = False
    unit_since: datetime | None = None
    behind_since: datetime | None = None
    step_missed_since: datetime | None = None
    handed_out: bool = True
    misassigned: int = 0
    approval: Approval = Approval()
    sent_back: SentBack = SentBack()
    rounds: int = 1
    new_unit: NewUnit | None = None
    aftermath: Aftermath = Aftermath()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the timeline, as recorded for ever. ``changed`` is what it made different, for
    the audit: field → ``[before, after]``."""

    seq: int
    act: str
    title: str
    at: datetime
    summary: str
    actor: Actor | None
    on_behalf_of: str | None
    body: Json
    request_id: str | None
    body_hash: str | None
    outcome: Outcome
    status: Status
    covert: bool
    unverified: bool
    settles: int | None
    notices: tuple[Notice, ...]
    changed: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """What one wake-up of a workflow has to record, in one transaction. ``opening_seal`` proves
    that the API began the item, or its new run, with what has ``opening_digest``; ``revived_from``
    is the seq from which a new run begins."""

    snapshot: Snapshot
    entries: tuple[Entry, ...]
    opening_seal: str | None = None
    opening_digest: str | None = None
    revived_from: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Projected:
    """What the record answered: the item's number, given once."""

    number: str


def snapshot_of(
    item: Item,
    *,
    known_facts: Facts | None = None,
    known: tuple[Clock, ...] = (),
    known_parts: tuple[Part, ...] = (),
) -> Snapshot:
    """``item`` as recorded, leaving out what is on record already."""
    on_record = {clock.key: clock for clock in known}
    parts_on_record = {part.key: part for part in known_parts}
    governing = item.last_result_clock
    alarm = next_alarm(item)
    return Snapshot(
        id=item.id,
        number=item.number,
        seq=item.seq,
        as_of=item.as_of,
        status=item.status,
        facts=None if item.facts == known_facts else item.facts,
        clocks=tuple(c for c in item.clocks if on_record.get(c.key) != c),
        issued_at=item.issued_at,
        entered_at=item.entered_at,
        escalation=item.escalation,
        coordination=item.coordination,
        extension=item.extension,
        handed_in=item.handed_in,
        lapsed=item.lapsed,
        returns=item.returns,
        edition=item.policy.edition,
        holder=item.holder,
        holder_since=item.holder_since,
        spent=item.spent,
        closed_at=item.closed_at,
        due_on=governing.due_on if governing else None,
        due_at=governing.due_at if governing else None,
        next_alarm=alarm.summary if alarm else None,
        next_alarm_at=alarm.at if alarm else None,
        unverified=tuple(u.seq for u in item.unverified),
        warnings=item.warnings,
        yellow_working_days=item.policy.yellow_working_days,
        parts=tuple(p for p in item.parts if parts_on_record.get(p.key) != p),
        actuals=item.actuals,
        crossed=item.crossed,
        unit_since=item.unit_since,
        behind_since=_behind_since(item),
        step_missed_since=_step_missed_since(item),
        handed_out=item.handed_out,
        misassigned=item.misassigned,
        approval=item.approval,
        sent_back=item.sent_back,
        rounds=item.rounds,
        new_unit=item.new_unit,
        aftermath=item.aftermath,
    )


def _step_missed_since(item: Item) -> datetime | None:
    """Since when a part of it is late; of a target that is behind, since it was last reported."""
    late = [part.lapsed_at for part in item.parts if part.late and part.lapsed_at]
    if _behind(item) > item.policy.target_yellow_points:
        late.append(item.as_of)
    return min(late, default=None)


def _behind_since(item: Item) -> datetime | None:
    return item.as_of if _behind(item) > item.policy.target_red_points else None


def _behind(item: Item) -> float:
    return most_behind(item.facts, item.parts, item.actuals)


def changed_between(before: Item, after: Item) -> Json:
    """What is different in ``after``: field → ``[before, after]``, as plain JSON."""
    was, now = _audited(before), _audited(after)
    return {name: [was[name], now[name]] for name in was if was[name] != now[name]}


def _audited(item: Item) -> Json:
    governing = item.last_result_clock
    extension = item.extension.new_due_on
    return {
        "status": item.status.value,
        "title": item.facts.title,
        "lead_unit": item.facts.lead_unit,
        "content": item.facts.content,
        "due_at": governing.due_at.isoformat() if governing else None,
        "escalation": item.escalation.value,
        "coordination": item.coordination.level.value,
        "extension_to": extension.isoformat() if item.extension.pending and extension else None,
        "returns": item.returns,
        "misassigned": item.misassigned,
        "rounds": item.rounds,
        "lapsed": item.lapsed,
        "edition": item.policy.edition,
        "cycle": item.facts.cycle.value if item.facts.cycle else None,
        "circulars": list(item.aftermath.circulars),
    }


def entry_of(event: Event, changed: Json | None = None) -> Entry:
    """``event``, and what it ``changed``, as a line of the timeline."""
    return Entry(
        seq=event.seq,
        act=event.act,
        title=event.title,
        at=event.at,
        summary=event.summary,
        actor=event.actor,
        on_behalf_of=event.on_behalf_of,
        body=event.body,
        request_id=event.request_id,
        body_hash=event.body_hash,
        outcome=event.outcome,
        status=event.status,
        covert=event.covert,
        unverified=event.unverified is not None,
        settles=event.settles,
        notices=event.notices,
        changed=changed or {},
    )
