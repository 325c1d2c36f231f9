"""Which acts are open to somebody, as far as can be told before he says what exactly he wants."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from domain.acts import ACTS, ActSpec, Body, SubmitFeedback, TerminateItem
from domain.errors import Forbidden, Refused
from domain.items import Actor, Item
from domain.lifecycle import check_open, local
from domain.permissions import check_actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An act, and in whose place: ``None`` in one's own, else the username of somebody absent."""

    spec: ActSpec
    on_behalf_of: str | None


def offers(item: Item, actor: Actor, now: datetime) -> tuple[Offer, ...]:
    """What the item's kind and status and the rights of ``actor``, or of those he stands in for,
    leave open. What else an act asks for is judged when it is done (``domain.lifecycle.decide``).
    """
    places = [
        (None, actor),
        *((one.username, actor.acting_for(one)) for one in actor.stands_in_for),
    ]
    return tuple(
        Offer(spec=spec, on_behalf_of=whom)
        for spec in ACTS.values()
        if _is_open(item, spec, local(item, now))
        for whom, place in _first(places, item, spec)
    )


def _first(
    places: list[tuple[str | None, Actor]], item: Item, spec: ActSpec
) -> list[tuple[str | None, Actor]]:
    """In one's own place where one has the right; else in that of each who has."""
    having = [(whom, place) for whom, place in places if _may(item, spec, place)]
    return having[:1] if having and having[0][0] is None else having


def _is_open(item: Item, spec: ActSpec, now: datetime) -> bool:
    try:
        check_open(item, spec, now)
    except Refused:
        return False
    return True


def _may(item: Item, spec: ActSpec, actor: Actor) -> bool:
    """Whether there is something that ``actor`` may want of the act."""
    return any(_passes(item, spec, actor, body) for body in _wishes(item, spec))


def _passes(item: Item, spec: ActSpec, actor: Actor, body: Body) -> bool:
    try:
        check_actor(item, spec, actor, body)
    except Forbidden:
        return False
    return True


def _wishes(item: Item, spec: ActSpec) -> Iterator[Body]:
    """Bodies on which a right to the act may depend (:func:`domain.permissions.check_actor`)."""
    yield Body()
    if spec.body is TerminateItem:
        yield TerminateItem(reason=spec.title)
    if spec.body is SubmitFeedback:
        for node in item.facts.milestones:
            yield SubmitFeedback(text=spec.title, milestone=node.name)
