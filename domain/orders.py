"""What is ordered of an item, and its parts follow (R10; T2–T5u, T28, T29).

An order is read from the record and sealed by the worker (activities/family.py); each part decides
for itself what it means there, and puts it on its own timeline.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from domain.acts import IssueTerms
from domain.audience import unit_of
from domain.errors import DomainError, Refused
from domain.items import (
    UNISSUED,
    Actor,
    Approval,
    Changes,
    Event,
    Item,
    Json,
    Notice,
    Outcome,
    Status,
)
from domain.lifecycle import evolve, evolve_all, local, ring
from domain.moves.doing import Done, tell
from domain.moves.drafting import (
    check_submittable,
    handed_out,
    issued_at_once,
    ratified,
    submitted,
)
from domain.moves.halting import resumed, suspended, terminated
from domain.nodes import with_node_days
from domain.parts import Part, PartState

FOLLOW = "follow_parent"
ANNUL = "annul_act"
HALTING = frozenset({"suspend_item", "resume_item", "terminate_item"})
DRAFTING = frozenset({"submit_for_approval", "approve_issue", "ratify"})
ORDERS = HALTING | DRAFTING
"""The acts on a whole that its open parts follow; a part that follows is followed by its own."""
TITLES = {
    "suspend_item": "随上级事项暂缓",
    "resume_item": "随上级事项恢复",
    "terminate_item": "随上级事项终止",
    "submit_for_approval": "随上级事项报批",
    "approve_issue": "随上级事项退回拟办",
    "ratify": "随上级事项补批",
}
ISSUING_TITLES = {
    "submit_for_approval": "随上级事项特急下达",
    "approve_issue": "随上级事项批准下达",
}
RETRIED = frozenset({"nothing_new", "terms_required"})
"""Refusals that leave no entry: it is so already, or what was looked up is out of date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What was done to the whole (one of :data:`ORDERS`), by whom and why. ``issued_at`` is the
    下达 where it was one, ``approval`` whose word that was or is to be."""

    act: str
    reason: str
    parent_seq: int
    issued_at: datetime | None = None
    approval: Approval | None = None

    @property
    def title(self) -> str:
        """How following it reads."""
        return (ISSUING_TITLES if self.issued_at else TITLES)[self.act]


def is_order(event: Event) -> bool:
    """Whether the parts of an item follow what has just happened to it. An annulment may take a
    suspension back, or a resumption."""
    halts = event.act == ANNUL and event.changes.status is not None
    return event.outcome is Outcome.DONE and (halts or event.act in {*ORDERS, FOLLOW})


def ordered(act: str, status: Status) -> str:
    """What an entry of the whole's timeline, after which it had ``status``, is to its parts."""
    if act != ANNUL:
        return act
    return "suspend_item" if status is Status.SUSPENDED else "resume_item"


def followers(parts: Iterable[Part]) -> tuple[Part, ...]:
    """The parts that an order may concern: those that are open, and those an item has just ended
    with itself."""
    return tuple(p for p in parts if p.state in {PartState.OPEN, PartState.TERMINATED})


def order_of(act: str, body: Json, at: datetime, seq: int, approval: Approval) -> Order:
    """The order that an entry of the whole's timeline is; ``approval`` is that of the whole."""
    ordered = str(body["act"]) if act == FOLLOW else act
    return Order(
        act=ordered,
        reason=str(body.get("reason") or body.get("comment") or ""),
        parent_seq=seq,
        issued_at=_issued_at(act, body, at) if ordered in DRAFTING else None,
        approval=approval if ordered in DRAFTING else None,
    )


def _issued_at(act: str, body: Json, at: datetime) -> datetime | None:
    """When the 下达 was that an entry made, if it made one."""
    said = body.get("issued_at")
    # The entry of a part that followed says when, and nothing else.
    done = said if act == FOLLOW else body.get("approved") or body.get("at_once")
    if not done:
        return None
    return datetime.fromisoformat(said) if said else at


def follow(
    item: Item, order: Order, actor: Actor, now: datetime, terms: IssueTerms | None = None
) -> list[Event]:
    """The events of following what was ordered of the whole; ``terms`` are the part's own, for a
    下达. What it cannot follow it says on its timeline, and the office is told.

    Raises ``Refused('nothing_new')`` where there is nothing to follow (it is suspended already, or
    was not because of the whole; it was issued by itself before), ``Refused('terms_required')``
    where ``terms`` are those of another unit."""
    if item.ended:
        raise Refused(item.status.value)
    now = local(item, now)
    rung = ring(item, now)
    item = evolve_all(item, rung)
    if order.issued_at:
        order = replace(order, issued_at=order.issued_at.astimezone(now.tzinfo))
    outcome, body = Outcome.DONE, {"act": order.act, "reason": order.reason}
    try:
        done = _followed(item, order, terms, actor, now)
        done = replace(done, changes=with_node_days(item, done.changes))
    except DomainError as error:
        if error.code in RETRIED:
            raise
        outcome, body = Outcome.REFUSED, {**body, "code": error.code}
        done = Done(summary=f"{order.title}未办成：{error.detail}")
        done = replace(done, notices=(_notice(item, order, done.summary, "office"),))
    event = Event(
        seq=item.seq + 1,
        act=FOLLOW,
        title=order.title,
        at=now,
        summary=done.summary,
        actor=actor,
        body={**body, "parent_seq": order.parent_seq, **_stated(order)},
        outcome=outcome,
        status=done.changes.status or item.status,
        changes=done.changes,
        notices=done.notices,
    )
    return [*rung, event, *ring(evolve(item, event), now)]


def _stated(order: Order) -> Json:
    return {"issued_at": order.issued_at.isoformat()} if order.issued_at else {}


def _followed(
    item: Item, order: Order, terms: IssueTerms | None, actor: Actor, now: datetime
) -> Done:
    if order.act in HALTING:
        return _halted(item, order, now)
    if order.act == "ratify":
        return _ratified(item, order, actor, now)
    if not item.never_issued or item.status not in UNISSUED or order.approval is None:
        raise Refused("nothing_new")
    if order.act == "submit_for_approval":
        return _submitted(item, order, order.approval, terms, now)
    return _decided(item, order, order.approval, terms, actor, now)


def _halted(item: Item, order: Order, now: datetime) -> Done:
    summary = f"{order.title}：{order.reason}"
    if item.status is Status.SUSPENDED and not item.with_parent:
        summary = f"{summary}（本事项此前已单独暂缓，另行恢复）"
    reader = unit_of(item) if item.handed_out else "office"
    notices = (_notice(item, order, summary, reader),)
    return Done(summary=summary, changes=_halt(item, order, now), notices=notices)


def _halt(item: Item, order: Order, now: datetime) -> Changes:
    halted = item.status is Status.SUSPENDED
    if order.act == "suspend_item" and not halted:
        return replace(suspended(item, now), with_parent=True, parent_suspended=True)
    if order.act == "suspend_item" and not item.parent_suspended:
        return Changes(parent_suspended=True)
    if order.act == "resume_item" and halted and item.with_parent:
        return replace(resumed(item, None, now), parent_suspended=False)
    if order.act == "resume_item" and item.parent_suspended:
        return Changes(parent_suspended=False)
    if order.act == "terminate_item":
        return terminated(item, now)
    raise Refused("nothing_new")


def _submitted(
    item: Item, order: Order, approval: Approval, terms: IssueTerms | None, now: datetime
) -> Done:
    """T3, T5u. Office and approver have been told of the whole."""
    if order.issued_at is None and item.status is not Status.DRAFT:
        raise Refused("nothing_new")
    check_submittable(item, order.issued_at or now)
    if order.issued_at:
        owed = replace(approval, owed=True)
        done = issued_at_once(item, terms, owed, order.issued_at, now)
    else:
        done = submitted(item, replace(approval, owed=False))
    return replace(done, summary=f"{order.title}。{done.summary}")


def _decided(
    item: Item,
    order: Order,
    approval: Approval,
    terms: IssueTerms | None,
    actor: Actor,
    now: datetime,
) -> Done:
    """T4, T5. What was sent back by itself stays a draft: it was not before the approver."""
    if order.issued_at is None:
        if item.status is Status.DRAFT:
            raise Refused("nothing_new")
        summary = f"{order.title}（{actor.name}）：{order.reason}"
        return Done(summary=summary, changes=Changes(status=Status.DRAFT))
    if item.status is Status.DRAFT:
        raise Refused("draft", "该分项尚在拟办，没有一并报批；请另行报批。")
    done = handed_out(item, terms, order.issued_at, now)
    return replace(
        done,
        summary=f"{order.title}（{actor.name}批准）。{done.summary}",
        changes=replace(done.changes, approval=replace(approval, owed=False)),
    )


def _ratified(item: Item, order: Order, actor: Actor, now: datetime) -> Done:
    """T5u 补批, of what was issued on the same approver's word to come."""
    named = order.approval.approver if order.approval else None
    if not item.approval.owed or item.approval.approver != named:
        raise Refused("nothing_new")
    summary = f"{order.title}（{actor.name}）：{order.reason}"
    return Done(summary=summary, changes=ratified(item, now))


def _notice(item: Item, order: Order, text: str, reader: str) -> Notice:
    return tell(item, f"{FOLLOW}@{item.seq + 1}", order.title, text, reader)
