"""阅签: the signature, on screen or on paper, and what it does to the limit (T20, T21)."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain import acts
from domain.acts import Command
from domain.annulment import lapse_withdrawn, met
from domain.audience import deputy_of, unit_of
from domain.clocks import Clock
from domain.errors import Forbidden, Invalid
from domain.items import Changes, Escalation, HandedIn, Item, Role, Status
from domain.ladder import CHIEF
from domain.moves.doing import Done, told
from domain.text import instant_text


def sign_off(item: Item, command: Command, now: datetime) -> Done:
    """T20, T21 阅签. Approved, the clock stops at the signature, or at hand-in where that came
    early enough (O6)."""
    body = command.body
    assert isinstance(body, acts.SignOff)
    check_not_own(item.handed_in, command)
    signed_at = _signed_at(item, command, body, now)
    if not body.approved:
        summary = f"分管领导退回：{body.comment}"
        changes = Changes(status=Status.IN_PROGRESS, handed_in=HandedIn())
        notices = told(item, command, summary, unit_of(item), "office")
        return Done(summary=summary, changes=changes, notices=notices)
    signed = met_by_signature(item, item.governing, item.handed_in, signed_at, now)
    paper = "（督查室代录纸质签批）" if body.recorded_from_paper else ""
    summary = f"分管领导已阅签{paper}，报送督查室审核。{signed.summary}"
    return Done(
        summary=summary,
        changes=replace(signed.changes, status=Status.AWAITING_REVIEW),
        notices=told(item, command, summary, "office", unit_of(item), *signed.readers),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What a signature does to the limit: met then, and a lapse taken back that was none."""

    changes: Changes = Changes()
    summary: str = ""
    readers: tuple[str, ...] = ()


def met_by_signature(
    item: Item, clock: Clock | None, handed: HandedIn, signed_at: datetime, now: datetime
) -> Signed:
    """The clock stops at the signature, or at hand-in where that came early enough (O6)."""
    if clock is None:
        return Signed()
    stop_at = handed.at if handed.at and handed.in_time else signed_at
    clocks = met(item, clock, stop_at, now)
    if not lapse_withdrawn(clock, clocks[0]):
        return Signed(changes=Changes(clocks=clocks))
    told_chief = ("chief",) if CHIEF in clock.rungs else ()
    governing = item.governing
    another_passed = governing and governing.key != clock.key and governing.passed
    return Signed(
        changes=Changes(clocks=clocks, escalation=None if another_passed else Escalation.NONE),
        summary=(
            f"签批时间{instant_text(signed_at, now)}早于期限，系事后补录，"
            "此前所记逾期予以撤销，不再要求未办结说明。"
        ),
        readers=(deputy_of(item), *told_chief),
    )


def _signed_at(item: Item, command: Command, body: acts.SignOff, now: datetime) -> datetime:
    paper = body.recorded_from_paper
    if command.actor.role is not Role.OFFICE:
        if paper:
            raise Invalid("paper_record_not_allowed")
        return now
    if paper is None:
        raise Forbidden("paper_record_required")
    return signed_on_paper(item.handed_in, paper, now)


def signed_on_paper(handed: HandedIn, paper: acts.PaperRecord, now: datetime) -> datetime:
    """The time on the paper; its minute may be that of the hand-in."""
    if handed.at and paper.signed_at < handed.at.replace(second=0, microsecond=0):
        raise Invalid("signed_before_hand_in")
    if paper.signed_at > now:
        raise Invalid("signed_in_future")
    return max(paper.signed_at.astimezone(now.tzinfo), handed.at or paper.signed_at)


def check_not_own(handed: HandedIn, command: Command) -> None:
    """Nobody accepts his own report (domain.md §6)."""
    if set(handed.by) & set(command.actor.usernames):
        raise Forbidden("own_report")
