"""How rows, snapshots and entries are shown: local times, Chinese names, what may be read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Response

from api.commands import CommandResult
from api.schemas import (
    ActorOut,
    ClockOut,
    DerivationOut,
    EntryOut,
    ExtensionOut,
    HeadOut,
    ItemOut,
    ItemPreviewOut,
    MilestoneOut,
    NoticeOut,
    PartOut,
    PeriodOut,
    ResponsibleOut,
    SlotOut,
    SourceOut,
    TargetOut,
    TimeLedgerOut,
    TreeNode,
    WarningOut,
)
from domain.calendar import WorkingCalendar
from domain.clocks import Clock, DayLine, Warned
from domain.directory import POST_NAMES
from domain.items import (
    KIND_NAMES,
    STATUS_NAMES,
    Actor,
    Category,
    Escalation,
    Extension,
    Facts,
    Kind,
    Outcome,
    Status,
    TimeSpent,
)
from domain.nodes import NODE_STATE_NAMES, NodeState, state_of
from domain.parts import PART_STATE_NAMES, Part, PartState, Reported, in_order, part_text
from domain.permissions import may_know_covert, may_read_original
from domain.records import Snapshot
from domain.targets import standings
from store.lamps import lamp_of
from store.rows import EntryRow, HeadRow, InboxRow, ItemRow

ACCEPTED = 202


def answer(done: CommandResult, actor: Actor, response: Response, zone: ZoneInfo) -> ItemOut:
    """The item after a command; 202 where the record does not cover it yet."""
    response.headers["Location"] = f"/api/v1/items/{done.item_id}"
    if not done.covered:
        response.status_code = ACCEPTED
    if done.row is not None:
        return _without_original(item_out(done.row, actor, zone))
    assert done.preview is not None
    preview = done.preview
    unrecorded = snapshot_out(preview, actor, done.calendar, preview.as_of, zone)
    return _without_original(unrecorded.model_copy(update={"number": None, "clocks": []}))


def _without_original(item: ItemOut) -> ItemOut:
    """批示原文 is for whoever asks for the item itself; that reading is kept (api/audit.py)."""
    return item.model_copy(update={"original_text": None}) if item.original_text else item


@dataclass(frozen=True, slots=True)
class Numbering:
    """The numbers of an item's entries as ``actor`` may know them: whoever may not know of covert
    checks (暗访) finds no gap where one lies (R24)."""

    hidden: frozenset[int]

    @classmethod
    def of(cls, row: HeadRow, actor: Actor) -> "Numbering":
        """How the entries of ``row`` are numbered for ``actor``."""
        return cls(frozenset() if may_know_covert(actor) else row.covert)

    @classmethod
    def without_gaps(cls, seqs: Iterable[int]) -> "Numbering":
        """How the entries with these numbers, and no others, are numbered."""
        known = set(seqs)
        return cls(frozenset(range(1, max(known, default=0))) - known)

    def shown(self, seq: int) -> int:
        """The number shown for an entry, or for the last one before a hidden entry."""
        return seq - sum(hidden <= seq for hidden in self.hidden)

    def shows(self, seq: int) -> bool:
        """Whether the entry is shown at all."""
        return seq not in self.hidden


def head_out(row: HeadRow, actor: Actor, zone: ZoneInfo) -> HeadOut:
    """A row as a list shows it to ``actor``."""
    status, kind = Status(row.status), Kind(row.kind)
    numbering = Numbering.of(row, actor)
    as_of = row.as_of if numbering.shows(row.seq) else row.last_seen_at
    return HeadOut(
        id=row.id,
        number=row.number,
        status=status,
        status_name=STATUS_NAMES[status],
        kind=kind,
        kind_name=KIND_NAMES[kind],
        category=Category(row.category),
        title=row.title,
        lead_unit=row.lead_unit,
        lead_unit_name=row.lead_unit_name,
        co_units=list(row.co_units),
        urgency=row.urgency,
        public=row.public,
        issued_at=row.issued_at.astimezone(zone) if row.handed_out else None,
        entered_at=row.entered_at.astimezone(zone),
        due_on=row.due_on,
        due_at=_local(row.due_at, zone),
        original_due_at=_local(row.original_due_at, zone),
        lamp=row.lamp.value,
        overdue=row.overdue,
        lapsed=row.lapsed,
        escalation=Escalation(row.escalation),
        coordination=row.coordination.level,
        extension=_extension(row.extension),
        returns=row.returns,
        rounds=row.rounds,
        handed_out=row.handed_out,
        misassigned=row.misassigned,
        return_pending=row.sent_back.pending,
        ratification_owed=row.approval.owed,
        circulars=list(row.aftermath.circulars),
        report_owed=row.aftermath.report_owed,
        holder=row.holder,
        holder_since=row.holder_since.astimezone(zone),
        unverified=[numbering.shown(seq) for seq in row.unverified if numbering.shows(seq)],
        next_alarm=row.next_alarm,
        next_alarm_at=_local(row.next_alarm_at, zone),
        warnings=warnings_out(row.warnings),
        seq=numbering.shown(row.seq),
        as_of=as_of.astimezone(zone),
        closed_at=_local(row.closed_at, zone),
        parent_id=row.parent_id,
    )


def item_out(row: ItemRow, actor: Actor, zone: ZoneInfo) -> ItemOut:
    """A row, whole, for ``actor``."""
    clocks = [clock.clock for clock in row.clocks]
    return ItemOut(
        **head_out(row, actor, zone).model_dump(),
        **_facts_out(row.facts, actor, zone),
        approver=row.approval.approver or None,
        approver_name=row.approval.approver_name or None,
        coordination_answer=row.coordination.outcome,
        time_ledger=ledger(row.spent, row.holder, row.holder_since, row.now),
        edition=row.edition,
        crossed=row.crossed,
        unit_since=(row.unit_since or row.issued_at).astimezone(zone),
        **_parts_out(row.facts, row.parts, row.actuals, zone),
        milestones=_milestones(row.facts, clocks, zone),
        clocks=[clock_out(clock, zone) for clock in clocks],
    )


def snapshot_out(
    snapshot: Snapshot, actor: Actor, calendar: WorkingCalendar, now: datetime, zone: ZoneInfo
) -> ItemOut:
    """A whole snapshot (of the live workflow) in the same form as a row."""
    lamp, overdue = lamp_of(snapshot, calendar, zone, now)
    facts = snapshot.facts
    assert facts is not None
    return ItemOut(
        id=snapshot.id,
        number=snapshot.number,
        status=snapshot.status,
        status_name=STATUS_NAMES[snapshot.status],
        kind=facts.kind,
        kind_name=KIND_NAMES[facts.kind],
        category=facts.category,
        title=facts.title,
        lead_unit=facts.lead_unit,
        lead_unit_name=facts.lead_unit_name,
        co_units=list(facts.co_units),
        urgency=facts.urgency,
        public=facts.public,
        issued_at=snapshot.issued_at.astimezone(zone) if snapshot.handed_out else None,
        entered_at=snapshot.entered_at.astimezone(zone),
        due_on=snapshot.due_on,
        due_at=_local(snapshot.due_at, zone),
        lamp=lamp.value,
        overdue=overdue,
        lapsed=snapshot.lapsed,
        escalation=snapshot.escalation,
        coordination=snapshot.coordination.level,
        extension=_extension(snapshot.extension),
        returns=snapshot.returns,
        rounds=snapshot.rounds,
        handed_out=snapshot.handed_out,
        misassigned=snapshot.misassigned,
        return_pending=snapshot.sent_back.pending,
        ratification_owed=snapshot.approval.owed,
        circulars=list(snapshot.aftermath.circulars),
        report_owed=snapshot.aftermath.report_owed,
        holder=snapshot.holder,
        holder_since=snapshot.holder_since.astimezone(zone),
        unverified=list(snapshot.unverified),
        next_alarm=snapshot.next_alarm,
        next_alarm_at=_local(snapshot.next_alarm_at, zone),
        warnings=warnings_out(snapshot.warnings),
        seq=snapshot.seq,
        as_of=snapshot.as_of.astimezone(zone),
        closed_at=_local(snapshot.closed_at, zone),
        **_facts_out(facts, actor, zone),
        approver=snapshot.approval.approver or None,
        approver_name=snapshot.approval.approver_name or None,
        original_due_at=_original(snapshot.clocks, zone),
        coordination_answer=snapshot.coordination.outcome,
        time_ledger=ledger(snapshot.spent, snapshot.holder, snapshot.holder_since, now),
        edition=snapshot.edition,
        parent_id=facts.parent_id,
        crossed=snapshot.crossed,
        unit_since=(snapshot.unit_since or snapshot.issued_at).astimezone(zone),
        **_parts_out(facts, snapshot.parts, snapshot.actuals, zone),
        milestones=_milestones(facts, snapshot.clocks, zone),
        clocks=[clock_out(clock, zone) for clock in snapshot.clocks],
    )


def preview_out(snapshot: Snapshot, zone: ZoneInfo) -> ItemPreviewOut:
    """What an item that is not there would begin with."""
    return ItemPreviewOut(
        due_on=snapshot.due_on,
        due_at=_local(snapshot.due_at, zone),
        clocks=[clock_out(clock, zone) for clock in snapshot.clocks],
        slots=[
            SlotOut(
                name=part.name,
                due_on=part.due_on,
                provisional=part.provisional,
                reason=part.reason,
            )
            for part in in_order(snapshot.parts)
        ],
        warnings=warnings_out(snapshot.warnings),
    )


def _parts_out(
    facts: Facts, parts: Sequence[Part], actuals: Sequence[Reported], zone: ZoneInfo
) -> dict[str, Any]:
    period = facts.period
    return {
        "cycle": facts.cycle,
        "plan_year": facts.year,
        "period": PeriodOut(
            key=period.key, name=period.name, starts_on=period.starts_on, ends_on=period.ends_on
        )
        if period
        else None,
        "targets": [
            TargetOut(
                name=one.target.name,
                unit=one.target.unit,
                target=one.target.target,
                actual=one.actual,
                as_of=one.as_of,
                completion=one.completion,
                expected=one.expected,
                behind=one.behind,
            )
            for one in standings(facts, parts, actuals)
        ],
        "parts": [part_out(part, zone) for part in in_order(parts)],
        "parts_open": sum(part.unfinished for part in parts),
    }


def _milestones(facts: Facts, clocks: Sequence[Clock], zone: ZoneInfo) -> list[MilestoneOut]:
    of_nodes = {clock.name: clock for clock in clocks if not clock.withdrawn}
    found = []
    for node in facts.milestones:
        clock = of_nodes.get(node.name)
        state = state_of(clock)
        found.append(
            MilestoneOut(
                name=node.name,
                due_on=node.due_on,
                unit=node.unit,
                output=node.output,
                state=state,
                state_name=NODE_STATE_NAMES[state],
                met_at=_local(clock.stopped_at, zone) if clock and state is NodeState.MET else None,
                lapsed=bool(clock and clock.lapsed),
            )
        )
    return found


def part_out(part: Part, zone: ZoneInfo) -> PartOut:
    """A part, as its parent knows it."""
    return PartOut(
        key=part.key,
        name=part.name,
        item_id=part.item_id,
        unit=part.unit,
        unit_name=part.unit_name,
        state=part.state,
        state_name=PART_STATE_NAMES[part.state],
        due_on=part.due_on,
        provisional=part.provisional,
        opens_at=_local(part.opens_at, zone),
        late=part.late,
        lapsed=part.lapsed_at is not None,
        reason=part.reason,
    )


def tree_out(
    row: ItemRow, children: Mapping[str | None, Sequence[ItemRow]], actor: Actor, zone: ZoneInfo
) -> TreeNode:
    """An item with the parts of it that there are for ``actor``."""
    waiting = {PartState.PLANNED, PartState.SKIPPED}
    return TreeNode(
        **head_out(row, actor, zone).model_dump(),
        period=row.facts.period.name if row.facts.period else None,
        parts_open=len(row.unfinished_parts),
        waits_for=[part_text(part) for part in in_order(row.unfinished_parts)],
        planned=[part_out(part, zone) for part in in_order(row.parts) if part.state in waiting],
        children=[tree_out(child, children, actor, zone) for child in children.get(row.id, ())],
    )


def clock_out(clock: Clock, zone: ZoneInfo) -> ClockOut:
    """One limit with its derivation."""
    return ClockOut(
        key=clock.key,
        name=clock.name,
        rule=clock.rule,
        unit=clock.unit,
        day_kind=clock.day_kind,
        started_at=clock.started_at.astimezone(zone),
        due_on=clock.due_on,
        due_at=clock.due_at.astimezone(zone),
        original_due_at=clock.original_due_at.astimezone(zone),
        due_version=clock.due_version,
        moved_because=clock.moved_because,
        provisional=clock.provisional,
        derivation=clock_lines(clock.derivation),
        stopped_at=_local(clock.stopped_at, zone),
        lapsed=clock.lapsed,
        lapsed_at=_local(clock.lapsed_at, zone),
    )


def clock_lines(lines: Sequence[DayLine]) -> list[DerivationOut]:
    """A derivation, line by line."""
    return [
        DerivationOut(date=line.date, counted=line.counted, reason=line.reason) for line in lines
    ]


def warnings_out(warnings: Sequence[Warned]) -> list[WarningOut]:
    """Warnings as they are answered."""
    return [WarningOut(code=warning.code, detail=warning.detail) for warning in warnings]


def entry_out(entry: EntryRow, numbering: Numbering, zone: ZoneInfo) -> EntryOut:
    """One entry of the timeline."""
    actor = entry.actor
    return EntryOut(
        seq=numbering.shown(entry.seq),
        act=entry.act,
        title=entry.title,
        at=entry.at.astimezone(zone),
        summary=entry.summary,
        actor=ActorOut(username=actor.username, name=actor.name, role=actor.role, unit=actor.unit)
        if actor
        else None,
        on_behalf_of=entry.on_behalf_of,
        body=entry.body,
        changed=entry.changed,
        outcome=Outcome(entry.outcome),
        status=Status(entry.status),
        unverified=entry.unverified,
        settles=None if entry.settles is None else numbering.shown(entry.settles),
    )


def notice_out(notice: InboxRow, zone: ZoneInfo) -> NoticeOut:
    """One message of the inbox."""
    return NoticeOut(
        id=notice.id,
        item_id=notice.item_id,
        item_number=notice.number,
        item_title=notice.item_title,
        circular_id=notice.circular_id,
        circular_number=notice.circular_number,
        rung=notice.rung,
        title=notice.title,
        text=notice.text,
        at=notice.at.astimezone(zone),
        late=notice.late,
        desk=notice.desk,
        remark=notice.remark,
        read_at=_local(notice.read_at, zone),
    )


def _extension(extension: Extension) -> ExtensionOut:
    return ExtensionOut(**asdict(extension))


def _facts_out(facts: Facts, actor: Actor, zone: ZoneInfo) -> dict[str, Any]:
    source = asdict(facts.source)
    source["received_at"] = _local(facts.source.received_at, zone)
    return {
        "content": facts.content,
        "source": SourceOut(**source),
        "basis": facts.basis,
        "issuing_name": facts.issuing_name,
        "due_reason": facts.due_reason,
        "original_text": facts.original_text if may_read_original(actor, facts.lead_unit) else None,
        "responsible": [
            ResponsibleOut(
                post=one.post, post_name=POST_NAMES[one.post], name=one.name, unit=one.unit
            )
            for one in facts.responsible
        ],
    }


def _original(clocks: Sequence[Clock], zone: ZoneInfo) -> datetime | None:
    results = [clock for clock in clocks if clock.is_result]
    return results[0].original_due_at.astimezone(zone) if results else None


def ledger(spent: TimeSpent, holder: str | None, since: datetime, now: datetime) -> TimeLedgerOut:
    """The time ledger up to now, the present holder's running time included."""
    seconds = asdict(spent)
    if holder is not None:
        seconds[holder] += max((now - since).total_seconds(), 0.0)
    return TimeLedgerOut(**{name: round(taken) for name, taken in seconds.items()})


def _local(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    return at.astimezone(zone) if at else None
