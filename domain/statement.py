"""The daily statement: every open item is watched by a clock, and every limit that passed rang.

It shows that nothing was missed (办法 六(二): 坚决杜绝延办、误办、漏办) instead of asking to be
believed; what it cannot show it names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.alarms import happen_next, next_alarm
from domain.clocks import Clock
from domain.items import RESTING, STATUS_NAMES, Item, Status
from domain.ladder import CHIEF, LEADER_WAITING
from domain.text import instant_text


class Fault(StrEnum):
    """What can be wrong with an item, or with the record of it."""

    NO_WORKFLOW = "no_workflow"
    NO_RECORD = "no_record"
    BEHIND = "behind"
    EDITED = "edited"
    UNWATCHED = "unwatched"
    SILENT = "silent"
    NOT_TOLD = "not_told"
    HISTORY = "history"


FAULT_NAMES = {
    Fault.NO_WORKFLOW: "流程已不在运行",
    Fault.NO_RECORD: "记录被删除",
    Fault.BEHIND: "记录落后于流程，或流程没有应答",
    Fault.EDITED: "记录被改动",
    Fault.UNWATCHED: "没有在走的时限",
    Fault.SILENT: "时限已过而没有提示",
    Fault.NOT_TOLD: "应发的通知不在",
    Fault.HISTORY: "时间线或访问记录与校验值不符",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong, in a sentence; ``item_id`` is empty where it is no item's, and
    ``number`` where the item has none on record."""

    fault: Fault
    item_id: str
    number: str
    text: str


Marks = Mapping[str, Mapping[str, str]]
"""What is kept to be held against the record later, by what it is about: place → hash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What was seen in the record by itself. ``limits`` of open items have passed, each with its
    rung; ``entries`` of all items are linked to each other."""

    open_items: int
    ended_items: int
    limits: int
    entries: int
    findings: tuple[Finding, ...]
    marks: Marks


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What was looked at, when, and all that was wrong with it."""

    at: datetime
    examined: Examined
    findings: tuple[Finding, ...]


WAITING = {
    Status.AWAITING_SIGN_OFF: "等待分管领导阅签",
    Status.AWAITING_REVIEW: "等待督查室审核",
}


def watch(item: Item) -> str | None:
    """What sees to it that an open item is not forgotten, in words: its next alarm, whom it waits
    for, or that the last of the leaders has been told; ``None`` when nothing does."""
    if alarm := next_alarm(item):
        return f"{alarm.summary}：{instant_text(alarm.at, item.as_of)}"
    if item.status in RESTING:
        return STATUS_NAMES[item.status]
    if item.status in WAITING:
        return WAITING[item.status]
    if any(clock.is_result and CHIEF in clock.rungs for clock in item.running_clocks):
        return "逾期已报区政府主要领导"
    return None


def unrung(item: Item, now: datetime) -> tuple[str, ...]:
    """What should have happened by itself and has not, in words: what is due now, allowing for
    what is late by a moment, and limits that were met after they had passed without a sound."""
    allowed = timedelta(minutes=item.policy.late_rung_minutes)
    event = happen_next(item, now - allowed)
    owed = (event.title,) if event else ()
    return (*owed, *(f"{clock.name}到期" for clock in item.clocks if _passed_unheard(clock)))


def _passed_unheard(clock: Clock) -> bool:
    if clock.remaining is not None:
        return False  # it stood still, the item was suspended (T28)
    heard = clock.lapsed or clock.withdrawn or LEADER_WAITING in clock.rungs
    return clock.stopped_at is not None and clock.stopped_at > clock.lapses_at and not heard


def findings_of(item: Item, now: datetime) -> tuple[Finding, ...]:
    """What is wrong with an open item as it stands on record."""
    found = [(Fault.SILENT, f"应有“{what}”而没有") for what in unrung(item, now)]
    if watch(item) is None:
        found.append((Fault.UNWATCHED, f"{STATUS_NAMES[item.status]}，但没有在走的时限"))
    return tuple(
        Finding(fault=fault, item_id=item.id, number=item.number or "", text=f"{text}。")
        for fault, text in found
    )
