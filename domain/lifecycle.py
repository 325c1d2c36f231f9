"""The life of an item: open it, decide an act, ring an alarm, evolve its state.

Everything an item may do passes one gate, :func:`decide`. The workflow calls it with its own time
and records the events; tests call it with any time they like.
"""

from dataclasses import replace
from datetime import datetime

from domain.acts import ACTS, ActSpec, Command, check_text
from domain.alarms import happen_next, next_alarm
from domain.annulment import before_of
from domain.clocks import PROVISIONAL, Clock, Warned
from domain.errors import DomainError, Invalid, Refused
from domain.items import (
    ENDED,
    RESTING,
    Actor,
    Changes,
    Event,
    Item,
    Json,
    NewUnit,
    Outcome,
    Status,
    Unverified,
    merge_clocks,
    spend,
)
from domain.moves import MOVES
from domain.moves.doing import Done, tell
from domain.moves.operators import confirmer_of, confirmers
from domain.nodes import with_node_days
from domain.parts import merge_parts
from domain.permissions import check_actor

__all__ = ["decide", "evolve", "next_alarm", "refuse", "ring"]

ORIGINAL = "original_text"


def decide(item: Item, command: Command, now: datetime) -> list[Event]:
    """The events of an act done at ``now``, with the alarms due before and because of it.

    Raises :class:`Refused`, ``Forbidden`` or ``Invalid``; then nothing has happened.
    """
    now = local(item, now)
    events = ring(item, now)
    item = evolve_all(item, events)
    spec = _spec(command.act)
    check_actor(item, spec, command.actor, command.body)
    check_open(item, spec, now)
    check_text(on_behalf_of=command.body.on_behalf_of)
    done = MOVES[command.act](item, command, now)
    done = replace(done, changes=with_node_days(item, done.changes))
    event = _event(item, command, spec, done, now)
    return [*events, event, *ring(evolve(item, event), now)]


def ring(item: Item, now: datetime) -> list[Event]:
    """The events of all that happens by itself by ``now``, missed reminders collapsed."""
    now = local(item, now)
    events: list[Event] = []
    while event := happen_next(item, now):
        events.append(event)
        item = evolve(item, event)
    return events


def refuse(
    item: Item,
    act: str,
    raw: object,
    actor: Actor,
    error: DomainError,
    now: datetime,
) -> Event:
    """The timeline's entry for a signal that could not be done: refused, never lost."""
    title = ACTS[act].title if act in ACTS else act[:60]
    notice = tell(
        item, f"refused@{item.seq + 1}", "拒绝了一项经运维界面录入的操作", error.detail, "office"
    )
    return Event(
        seq=item.seq + 1,
        act=act[:60],
        title=title,
        at=local(item, now),
        summary=f"经运维界面录入的操作未予受理：{error.detail}",
        actor=actor,
        body={"code": error.code, "received": raw},
        outcome=Outcome.REFUSED,
        status=item.status,
        notices=(notice,),
        # Its words may be those of a covert check, which the unit must not read (R24).
        covert=act == "remind",
    )


def evolve(item: Item, event: Event) -> Item:
    """``item`` after ``event``."""
    changes = event.changes
    status = changes.status or item.status
    moved = status is not item.status
    clocks = merge_clocks(item.clocks, changes.clocks)
    return replace(
        item,
        seq=event.seq,
        as_of=event.at,
        status=status,
        facts=changes.facts or item.facts,
        escalation=changes.escalation or item.escalation,
        coordination=changes.coordination or item.coordination,
        extension=changes.extension or item.extension,
        handed_in=changes.handed_in or item.handed_in,
        clocks=clocks,
        calendar=changes.calendar or item.calendar,
        policy=changes.policy or item.policy,
        returns=item.returns if changes.returns is None else changes.returns,
        handed_out=item.handed_out if changes.handed_out is None else changes.handed_out,
        misassigned=item.misassigned if changes.misassigned is None else changes.misassigned,
        approval=changes.approval or item.approval,
        sent_back=changes.sent_back or item.sent_back,
        issued_at=changes.issued_at or item.issued_at,
        entered_at=changes.entered_at or item.entered_at,
        warnings=_warnings(item.warnings if changes.warnings is None else changes.warnings, clocks),
        spent=changes.spent or (spend(item, event.at) if moved else item.spent),
        holder_since=changes.holder_since or (event.at if moved else item.holder_since),
        suspended_from=_suspended_from(item, status),
        closed_at=_closed_at(item, event, status),
        unverified=_unverified(item, event),
        parts=merge_parts(item.parts, changes.parts) if changes.parts else item.parts,
        actuals=item.actuals if changes.actuals is None else changes.actuals,
        crossed=item.crossed if changes.crossed is None else changes.crossed,
        with_parent=item.with_parent if changes.with_parent is None else changes.with_parent,
        parent_suspended=item.parent_suspended
        if changes.parent_suspended is None
        else changes.parent_suspended,
        unit_since=changes.unit_since or item.unit_since,
        new_unit=_new_unit(item, changes),
        rounds=changes.rounds or item.rounds,
        aftermath=changes.aftermath or item.aftermath,
    )


def evolve_all(item: Item, events: list[Event]) -> Item:
    """``item`` after all ``events``, in order."""
    for event in events:
        item = evolve(item, event)
    return item


def local(item: Item, now: datetime) -> datetime:
    """``now`` in the item's own time zone; never before its last event (clocks may be skewed)."""
    return max(now.astimezone(item.issued_at.tzinfo), item.as_of)


def _spec(act: str) -> ActSpec:
    if act not in ACTS:
        raise Invalid("unknown_act")
    return ACTS[act]


def check_open(item: Item, spec: ActSpec, now: datetime) -> None:
    """Raises :class:`Refused` when nobody can do the act to such an item, in its status, by
    ``now``."""
    if item.status not in spec.allowed_in:
        resting = item.ended or item.status in RESTING
        raise Refused(item.status.value if resting else dict(spec.otherwise)[item.status])
    if now < item.issued_at and not spec.before_issue:
        raise Refused("not_yet_issued")
    if spec.only_for is not None and item.facts.kind is not spec.only_for[0]:
        raise Refused(spec.only_for[1])


def _event(item: Item, command: Command, spec: ActSpec, done: Done, now: datetime) -> Event:
    seq = item.seq + 1
    unverified, notices, summary = None, done.notices, done.summary
    if command.actor.acts_for and command.body.on_behalf_of:
        summary = f"{command.actor.name}代{command.body.on_behalf_of}办理。{summary}"
    if not command.actor.verified:
        summary = f"{summary}（经运维界面录入，未核实）"
        unverified = Unverified(
            seq=seq,
            act=command.act,
            at=now,
            before=before_of(item, done.changes),
            after=done.changes,
            covert=done.covert,
            confirmed_by=confirmer_of(item, command.act),
        )
        readers = confirmers(item, unverified)
        notices = (
            *notices,
            tell(item, f"unverified@{seq}", "有一项操作待核实", summary, *readers),
        )
    return Event(
        seq=seq,
        act=command.act,
        title=spec.title,
        at=now,
        summary=summary,
        actor=command.actor,
        on_behalf_of=command.body.on_behalf_of,
        body=_recorded(command.raw),
        request_id=command.request_id,
        body_hash=command.body_hash,
        status=done.changes.status or item.status,
        changes=done.changes,
        notices=notices,
        covert=done.covert,
        unverified=unverified,
        settles=done.settles,
    )


def _recorded(raw: Json) -> Json:
    """What was sent, as the timeline keeps it: 批示原文 is not for everybody who reads that."""
    return {**raw, ORIGINAL: "（略）"} if raw.get(ORIGINAL) else raw


def _warnings(warnings: tuple[Warned, ...], clocks: tuple[Clock, ...]) -> tuple[Warned, ...]:
    """A date that has become firm needs no warning any more."""
    if any(clock.provisional and clock.running for clock in clocks):
        return warnings
    return tuple(warned for warned in warnings if warned.code != PROVISIONAL)


def _new_unit(item: Item, changes: Changes) -> NewUnit | None:
    """Once it has taken over it is new no more; nor is the unit that has the item."""
    new = None if changes.unit_since else changes.new_unit or item.new_unit
    return None if new and new.unit == item.facts.lead_unit else new


def _closed_at(item: Item, event: Event, status: Status) -> datetime | None:
    """When it was struck off, the last time; what is under way again is not (T30)."""
    if status is Status.CLOSED and item.status is not status:
        return event.at
    return item.closed_at if status in ENDED else None


def _suspended_from(item: Item, status: Status) -> Status | None:
    if status is not Status.SUSPENDED:
        return None
    return item.suspended_from or item.status


def _unverified(item: Item, event: Event) -> tuple[Unverified, ...]:
    kept = tuple(_rested_on(u, event) for u in item.unverified if u.seq != event.settles)
    return (*kept, event.unverified) if event.unverified else kept


def _rested_on(earlier: Unverified, event: Event) -> Unverified:
    """``earlier`` with a later act that its former status would not have let happen; an annulled
    act rests on nothing any more."""
    if event.act == "annul_act":
        left = tuple(seq for seq in earlier.rested_on if seq != event.settles)
        return replace(earlier, rested_on=left)
    spec = ACTS.get(event.act)
    if spec is None or event.outcome is Outcome.REFUSED or not earlier.moved_status:
        return earlier
    if earlier.before.status in spec.allowed_in:
        return earlier
    return replace(earlier, rested_on=(*earlier.rested_on, event.seq))
