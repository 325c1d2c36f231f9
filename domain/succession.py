"""A deputy leader leaves office: what waits for him passes to his successor, visibly (六(一))."""

from dataclasses import dataclass
from datetime import date, datetime

from domain.audience import deputy_of
from domain.errors import Refused
from domain.items import UNISSUED, Actor, Changes, Event, Item, Level, Status
from domain.lifecycle import evolve_all, local, ring
from domain.moves.doing import tell


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """Body of the internal update ``hand_over``: who follows whom, from which day on, and why."""

    predecessor: str
    predecessor_name: str
    successor: str
    successor_name: str
    on: date
    reason: str


def hand_over(item: Item, change: HandOver, actor: Actor, now: datetime) -> list[Event]:
    """The events of handing an item that waits for the deputy leader to his successor.

    Raises ``Refused('nothing_to_hand_over')`` where it does not wait for him, and ``Refused`` with
    the status when it has ended or is not issued.
    """
    if item.ended or item.status in UNISSUED:
        raise Refused(item.status.value)
    now = local(item, now)
    rung = ring(item, now)
    item = evolve_all(item, rung)
    waiting = awaited(item)
    if not waiting:
        raise Refused("nothing_to_hand_over")
    summary = (
        f"区政府分管领导由{change.predecessor_name}变更为{change.successor_name}，"
        f"待签事项一并移交（{'、'.join(waiting)}）：{change.reason}"
    )
    seq = item.seq + 1
    title = "分管领导变更，待签事项移交"
    notice = tell(item, f"hand_over@{seq}", title, summary, deputy_of(item), "office")
    event = Event(
        seq=seq,
        act="hand_over",
        title="移交待签事项",
        at=now,
        summary=summary,
        actor=actor,
        body={
            "predecessor": change.predecessor,
            "successor": change.successor,
            "on": change.on.isoformat(),
            "reason": change.reason,
        },
        status=item.status,
        changes=Changes(),
        notices=(notice,),
    )
    return [*rung, event]


def awaited(item: Item) -> tuple[str, ...]:
    """What of an item waits for the deputy leader in charge, by name."""
    found = []
    if Status.AWAITING_SIGN_OFF in {item.status, item.suspended_from}:
        found.append("办理结果待阅签")
    if item.coordination.level is Level.DEPUTY:
        found.append("提请待协调")
    if item.extension.pending and item.extension.supported is None:
        found.append("延期申请待提意见")
    return tuple(found)
