"""The gate behind updates and signals: what arrives is read, proven and decided here.

Both kinds of message take raw values, so that what cannot be read is refused aloud instead of being
dropped by a typed handler (design §3.3).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import TypeAdapter, ValidationError
from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

from domain.acts import ACTS, Command
from domain.errors import DomainError, Forbidden, Invalid, Refused
from domain.family import News, add_parts, hear
from domain.issue import Issue
from domain.items import Actor, Event, Item, Role
from domain.lifecycle import decide, refuse
from domain.orders import Order, follow
from domain.recalculation import apply_calendar, change_edition
from domain.revival import Revival
from domain.seal import SealedAct, Seals, body_hash
from domain.succession import HandOver, hand_over
from workflows.messages import AddParts, ApplyCalendar, ChangeEdition
from workflows.reading import read, read_body

FAMILY = frozenset({"part_changed", "follow_parent"})
"""What items and their parts tell each other; the worker seals it (activities/family.py)."""
INTERNAL = frozenset({"apply_calendar", "change_edition", "hand_over", "add_parts"}) | FAMILY
INTERNAL_ROLES = frozenset({Role.OFFICE, Role.ADMIN})
LONGEST_RECEIVED = 500
LONGEST_NAME = 60
# Each keeps what was there before it, and all of them go along into the next run.
MOST_UNVERIFIED = 20

CANCELLATION = "cancel"
_TOO_MANY_UNVERIFIED = f"已有 {MOST_UNVERIFIED} 项操作尚未核实，请先由督查室核实或撤销。"

_SEALED = TypeAdapter(SealedAct)
_CALENDAR = TypeAdapter(ApplyCalendar)
_EDITION = TypeAdapter(ChangeEdition)
_HAND_OVER = TypeAdapter(HandOver)
_PARTS = TypeAdapter(AddParts)
_NEWS = TypeAdapter(News)
_ORDER = TypeAdapter(Order)


class _Process:
    """This worker's seals. Only validators ask for them, and those never run in replay."""

    seals: Seals | None = None


def configure(seals: Seals) -> None:
    """Give this process's workflows the means to check seals. Called once, by the worker."""
    _Process.seals = seals


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An update as it arrived: its name, what was sealed, and the hash of its body."""

    name: str
    sealed: SealedAct
    body_hash: str


def seals() -> Seals | None:
    """This worker's seals, for a validator of another workflow."""
    return _Process.seals


def read_update(name: str, args: Sequence[RawValue]) -> Request:
    """Raises :class:`Invalid` when the update is unknown or was not sealed by the API."""
    if name not in ACTS and name not in INTERNAL:
        raise Invalid("unknown_act", f"没有这项操作：{_printable(name)[:LONGEST_NAME]}")
    try:
        sealed = _SEALED.validate_python(decoded(args))
    except (Invalid, ValidationError) as error:
        raise Forbidden("unsigned_command") from error
    return _request(name, sealed)


def _request(name: str, sealed: SealedAct) -> Request:
    # What was asked is the same whenever it is sent; what it is made into here carries its time.
    asked = sealed.body.get("asked") if name == "add_parts" else sealed.body
    return Request(name=name, sealed=sealed, body_hash=body_hash([asked, sealed.target_seq]))


def prove(item: Item, request: Request) -> None:
    """Raises ``Forbidden('unsigned_command')`` unless the API sealed exactly this."""
    sealed, seals = request.sealed, _Process.seals
    if seals is None or not seals.holds(
        sealed.seal, sealed.actor, item.id, request.name, sealed.sealed(), sealed.request_id
    ):
        raise Forbidden("unsigned_command")


def decide_update(item: Item, request: Request, now: datetime) -> list[Event]:
    """The events of an update. Raises :class:`DomainError`; then nothing has happened."""
    sealed = request.sealed
    if request.name in INTERNAL:
        return _decide_internal(item, request, now)
    command = Command(
        act=request.name,
        body=read_body(request.name, sealed.body),
        actor=sealed.actor,
        raw=sealed.body,
        request_id=sealed.request_id,
        body_hash=request.body_hash,
        target_seq=sealed.target_seq,
        unit_name=sealed.unit_name,
        responsible=sealed.responsible,
        terms=sealed.terms,
    )
    return decide(item, command, now)


def revive(revival: Revival) -> list[Event]:
    """The events of the act that calls an ended item back. Raises :class:`DomainError`."""
    if revival.name not in ACTS or not ACTS[revival.name].revives:
        raise Forbidden("unsigned_command")
    return decide_update(revival.item, _request(revival.name, revival.act), revival.at)


def _decide_internal(item: Item, request: Request, now: datetime) -> list[Event]:
    sealed = request.sealed
    if request.name in FAMILY:
        return _decide_family(item, request, now)
    if sealed.actor.role not in INTERNAL_ROLES:
        raise Forbidden("not_your_role")
    if request.name == "apply_calendar":
        return apply_calendar(item, read(_CALENDAR, sealed.body).year, sealed.actor, now)
    if request.name == "hand_over":
        events = hand_over(item, read(_HAND_OVER, sealed.body), sealed.actor, now)
    elif request.name == "add_parts":
        events = add_parts(item, issues_of(request), sealed.actor, now)
    else:
        change = read(_EDITION, sealed.body)
        events = change_edition(item, change.policy, change.reason, sealed.actor, now)
    return [
        replace(event, request_id=sealed.request_id, body_hash=request.body_hash)
        if event.act == request.name
        else event
        for event in events
    ]


def _decide_family(item: Item, request: Request, now: datetime) -> list[Event]:
    sealed = request.sealed
    if request.name == "part_changed":
        return hear(item, read(_NEWS, sealed.body), now)
    return follow(item, read(_ORDER, sealed.body), sealed.actor, now, sealed.terms)


def issues_of(request: Request) -> tuple[Issue, ...]:
    """The items that an ``add_parts`` begins."""
    return _PARTS.validate_json(json.dumps(request.sealed.body)).parts


def decide_signal(
    item: Item, name: str, args: Sequence[RawValue], admitted: bool, now: datetime
) -> list[Event]:
    """The events of a signal: the act done and marked unverified, or one refused entry."""
    name = _printable(name)[:LONGEST_NAME]
    actor = operator_for(name)
    received: object = _received(args)
    try:
        if not admitted:
            raise Refused("operator_signals_off")
        if name not in ACTS:
            raise Invalid("unknown_act", f"没有这项操作：{name}")
        raw = decoded(args)
        body = read_body(name, raw)
        received = raw
        if item.ended:
            raise Refused(item.status.value)
        if len(item.unverified) >= MOST_UNVERIFIED:
            raise Refused("unverified_act", _TOO_MANY_UNVERIFIED)
        command = Command(act=name, body=body, actor=actor, raw=dict(raw))
        return decide(item, command, now)
    except DomainError as error:
        return [refuse(item, name, received, actor, error, now)]
    except Exception as error:
        # Anybody at Temporal's port can send anything; no message may keep an item from ringing.
        workflow.logger.exception("a signal could not be decided")
        unreadable = Invalid("unreadable_body")
        unreadable.__cause__ = error
        return [refuse(item, name, received, actor, unreadable, now)]


def refuse_cancellation(item: Item, now: datetime) -> Event:
    """The timeline's entry for a cancellation asked for in the Temporal UI or CLI."""
    actor = operator_for(CANCELLATION)
    detail = "事项不能在 Temporal 界面取消；终止须由有权人员办理。"
    refused = Refused("needs_verified_actor", detail)
    event = refuse(item, CANCELLATION, "", actor, refused, now)
    return replace(event, title="取消")


def operator_for(name: str) -> Actor:
    """Whoever sends a signal from the Temporal UI or CLI: nobody signed in, in the one role the
    act needs (design §3.17)."""
    role = ACTS[name].roles[0] if name in ACTS else Role.ADMIN
    return Actor(username="", name="运维界面录入（未核实）", role=role, verified=False)


def as_failure(error: DomainError) -> ApplicationError:
    """How a refusal travels to the caller of an update: type = code, message = detail."""
    kind = type(error).__name__
    return ApplicationError(error.detail, kind, type=error.code, non_retryable=True)


def decoded(args: Sequence[RawValue]) -> dict[str, object]:
    """The single JSON object of a message; none at all reads as an empty one."""
    if not args:
        return {}
    try:
        value = workflow.payload_converter().from_payload(args[0].payload)
    except Exception as error:
        raise Invalid("unreadable_body") from error
    if value is None:
        return {}
    if not isinstance(value, dict) or len(args) > 1:
        raise Invalid("unreadable_body")
    return value


def _received(args: Sequence[RawValue]) -> str:
    data = b" ".join(arg.payload.data for arg in args)
    return _printable(data[:LONGEST_RECEIVED].decode("utf-8", "replace"))


def _printable(text: str) -> str:
    """``text`` without what the record cannot store: NUL and other controls."""
    return "".join(c if c >= " " else " " for c in text)
