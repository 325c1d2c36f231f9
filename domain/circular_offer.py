"""Which acts on a circular are open to somebody, before he says what exactly he wants."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from domain.circular_acts import CIRCULAR_ACTS, CircularAct
from domain.circular_life import check_role
from domain.circular_moves import check_rechecker
from domain.circular_state import Circular
from domain.circulars import Deduction
from domain.errors import Forbidden
from domain.items import Actor, Role

ON_ONE = ("answer_deduction", "request_recheck", "decide_recheck")
OF_DEDUCTIONS = frozenset({*ON_ONE, "deduct_further"})
"""Acts on one deduction or proposal, which are offered there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CircularOffer:
    """An act, and in whose place: ``None`` in one's own, else the username of somebody absent."""

    spec: CircularAct
    on_behalf_of: str | None


def offered(circular: Circular, actor: Actor) -> tuple[CircularOffer, ...]:
    """The acts open to ``actor`` in this stage; of one act his own place comes first."""
    if circular.closed:
        return ()
    in_stage = (spec for spec in CIRCULAR_ACTS.values() if circular.stage in spec.stages)
    specs = (spec for spec in in_stage if spec.name not in OF_DEDUCTIONS)
    return _offers(specs, actor, lambda spec, absent: _open(circular, spec, actor, absent))


def offered_on(circular: Circular, deduction: Deduction, actor: Actor) -> tuple[CircularOffer, ...]:
    """The acts on a deduction that are open to ``actor``; likewise."""
    if circular.closed or deduction.ended:
        return ()
    specs = (CIRCULAR_ACTS[name] for name in ON_ONE)
    return _offers(
        specs, actor, lambda spec, absent: _open_on(circular, deduction, spec, actor, absent)
    )


def _offers(
    specs: Iterable[CircularAct],
    actor: Actor,
    is_open: Callable[[CircularAct, Actor | None], bool],
) -> tuple[CircularOffer, ...]:
    found = []
    for spec in specs:
        for absent in (None, *actor.stands_in_for):
            if is_open(spec, absent):
                behalf = absent.username if absent else None
                found.append(CircularOffer(spec=spec, on_behalf_of=behalf))
                break
    return tuple(found)


def _open_on(
    circular: Circular,
    deduction: Deduction,
    spec: CircularAct,
    actor: Actor,
    absent: Actor | None,
) -> bool:
    one = actor if absent is None else actor.acting_for(absent)
    try:
        check_role(spec, one)
        if spec.name == "decide_recheck":
            check_rechecker(circular, deduction, one)
    except Forbidden:
        return False
    if spec.name == "decide_recheck":
        return deduction.recheck_pending
    said = deduction.answer if spec.name == "answer_deduction" else deduction.recheck
    return one.unit == deduction.unit and said is None


def _open(circular: Circular, spec: CircularAct, actor: Actor, absent: Actor | None) -> bool:
    one = actor if absent is None else actor.acting_for(absent)
    try:
        check_role(spec, one)
    except Forbidden:
        return False
    if spec.name == "approve_circular":
        return not set(one.usernames) & set(circular.drafters)
    if spec.name == "receive_circular":
        mine = one.unit is not None and one.unit in circular.units
        return one.role is Role.UNIT and mine and circular.received(str(one.unit)) is None
    if absent is not None:
        return spec.name == "withdraw_circular"
    return True
