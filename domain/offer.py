"""Which acts are open to somebody, as far as can be told before he says what exactly he wants."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from domain.acts import (
    ACTS,
    ActSpec,
    AdviseExtension,
    AnnulAct,
    AnswerCoordination,
    AskLevel,
    Body,
    CarryOver,
    Command,
    ConfirmAct,
    CoordinationOutcome,
    DecideExtension,
    DecideReturn,
    LiftCircular,
    OrderHandling,
    Ratify,
    ReportHandling,
    ReportToLeaders,
    RequestCoordination,
    RequestExtension,
    ResumeItem,
    SubmitFeedback,
    SuspendItem,
    TerminateItem,
)
from domain.calendar import ONE_DAY
from domain.errors import DomainError, Forbidden, Refused
from domain.items import Actor, Item
from domain.lifecycle import check_open, decide, local
from domain.permissions import check_actor

POINTLESS = frozenset(
    {
        *("nothing_to_ratify", "no_return_pending", "no_report_owed", "not_reported"),
        *("extension_disabled", "too_late_for_extension", "extension_pending"),
        *("extension_limit_reached", "no_extension_pending", "opinion_already_given"),
        *("opinion_required", "coordination_pending", "no_coordination_pending"),
        *("no_running_deadline", "not_circulated", "no_demand_open", "no_such_act"),
        *("not_your_role", "head_required", "not_the_named_approver", "not_the_approver"),
        *("not_the_orderer", "not_addressed"),
    }
)
"""What an act is refused with whatever its body says: there is nothing for it to be done to, or
somebody else's is the decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An act, and in whose place: ``None`` in one's own, else the username of somebody absent."""

    spec: ActSpec
    on_behalf_of: str | None


def offers(item: Item, actor: Actor, now: datetime) -> tuple[Offer, ...]:
    """What the item as it is and the rights of ``actor``, or of those he stands in for, leave open.
    What depends on the act's body is judged when it is done (``domain.lifecycle.decide``)."""
    places = [
        (None, actor),
        *((one.username, actor.acting_for(one)) for one in actor.stands_in_for),
    ]
    return tuple(
        Offer(spec=spec, on_behalf_of=whom)
        for spec in ACTS.values()
        if _is_open(item, spec, local(item, now))
        for whom, place in _first(places, item, spec)
        if _has_a_point(item, spec, place, now)
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


def _has_a_point(item: Item, spec: ActSpec, actor: Actor, now: datetime) -> bool:
    """Whether the act, tried out, is not refused for a reason that no body mends."""
    body = _trial(item, spec, now)
    if body is None:
        return True
    target = item.unverified[0].seq if item.unverified else None
    wish = Command(act=spec.name, body=body, actor=actor, raw={}, target_seq=target)
    try:
        decide(item, wish, now)
    except DomainError as error:
        return error.code not in POINTLESS
    return True


def _trial(item: Item, spec: ActSpec, now: datetime) -> Body | None:
    """A body to try an act with that may be refused because of the item alone; ``None`` for any
    other."""
    word, day = spec.title, now.date() + ONE_DAY
    circulated = item.aftermath.circulars
    bodies: tuple[Body, ...] = (
        Ratify(comment=word),
        DecideReturn(accepted=False, comment=word),
        RequestExtension(reason=word, new_due_on=day),
        AdviseExtension(supports=True, comment=word),
        DecideExtension(approved=False, comment=word),
        RequestCoordination(problem=word, tried=word, asked=word, level=AskLevel.DEPUTY),
        AnswerCoordination(outcome=CoordinationOutcome.RESOLVED, opinion=word),
        SuspendItem(reason=word),
        ResumeItem(reason=word),
        TerminateItem(reason=word),
        CarryOver(reason=word, new_due_on=day),
        LiftCircular(number=circulated[0] if circulated else word, reason=word),
        ReportToLeaders(text=word),
        OrderHandling(text=word),
        ReportHandling(text=word),
        ConfirmAct(comment=word),
        AnnulAct(comment=word),
    )
    return next((body for body in bodies if type(body) is spec.body), None)


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
