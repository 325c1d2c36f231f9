"""Which acts on a circular are open to somebody, before he says what exactly he wants."""

from dataclasses import dataclass

from domain.circular_acts import CIRCULAR_ACTS, CircularAct
from domain.circular_life import check_role
from domain.circular_moves import check_rechecker
from domain.circular_state import Circular
from domain.circulars import Deduction
from domain.errors import Forbidden
from domain.items import Actor, Role

OF_DEDUCTIONS = frozenset(
    {"answer_deduction", "request_recheck", "decide_recheck", "deduct_further"}
)
"""Acts on one deduction or proposal, which are offered there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CircularOffer:
    """An act, and in whose place: ``None`` in one's own, else the username of somebody absent."""

    spec: CircularAct
    on_behalf_of: str | None


def offered(circular: Circular, actor: Actor) -> tuple[CircularOffer, ...]:
    """The acts open to ``actor`` in this stage; of one act his own place comes first."""
    found: dict[str, CircularOffer] = {}
    if circular.closed:
        return ()
    for spec in CIRCULAR_ACTS.values():
        if spec.name in OF_DEDUCTIONS or circular.stage not in spec.stages:
            continue
        for absent in (None, *actor.stands_in_for):
            if spec.name not in found and _open(circular, spec, actor, absent):
                behalf = absent.username if absent else None
                found[spec.name] = CircularOffer(spec=spec, on_behalf_of=behalf)
    return tuple(found.values())


def offered_on(circular: Circular, deduction: Deduction, actor: Actor) -> tuple[CircularOffer, ...]:
    """The acts on a deduction that are open to ``actor``."""
    if circular.closed or deduction.ended:
        return ()
    found: dict[str, CircularOffer] = {}
    for absent in (None, *actor.stands_in_for):
        one = actor if absent is None else actor.acting_for(absent)
        behalf = absent.username if absent else None
        for name in ("answer_deduction", "request_recheck", "decide_recheck"):
            spec = CIRCULAR_ACTS[name]
            if name not in found and _open_on(circular, deduction, spec, one):
                found[name] = CircularOffer(spec=spec, on_behalf_of=behalf)
    return tuple(found.values())


def _open_on(circular: Circular, deduction: Deduction, spec: CircularAct, actor: Actor) -> bool:
    try:
        check_role(spec, actor)
        if spec.name == "decide_recheck":
            check_rechecker(circular, deduction, actor)
    except Forbidden:
        return False
    if spec.name == "decide_recheck":
        return deduction.recheck_pending
    said = deduction.answer if spec.name == "answer_deduction" else deduction.recheck
    return actor.unit == deduction.unit and said is None


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
