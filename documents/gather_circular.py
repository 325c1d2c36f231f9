"""From a circular that is issued, and the record of its items, to the facts of its document. It
goes to all units: no words of a leader, of a unit's reports its explanation alone, no
covert check."""

from collections.abc import Sequence
from datetime import datetime

from documents.facts import Circular, Mentioned, Problem, Unfinished
from documents.gather import Letterhead, counts_of, days_late, due_of, said_in
from documents.text import day, figure
from domain.circular_state import Circular as State
from domain.circulars import GROUND_NAMES, CircularEntry, Tone, numbered
from domain.documents import Record
from domain.items import ENDED, STATUS_NAMES

OPENING = "现将有关督查事项办理情况通报如下："
BY_RULE = "请按通报后的办理期限办结"


def circular(state: State, records: Sequence[Record], head: Letterhead) -> Circular:
    """《督查通报》 (R38, R51) as it stands: its entries as they were issued, or corrected
    since, and its items as they are now."""
    assert state.number is not None
    number = numbered(state.number)
    entries, office = state.draft.entries, head.office
    return Circular(
        **head.paper(state.draft.title, office.government_office),
        masthead=number.name,
        issue=state.number.removeprefix(number.name),
        opening=state.draft.opening or OPENING,
        as_of=head.now.date(),
        counts=counts_of(records),
        unfinished=tuple(
            _unfinished(record, head.now) for record in records if record.status not in ENDED
        ),
        informed=_mentioned(entries, Tone.INFORM),
        praised=_mentioned(entries, Tone.PRAISE),
        problems=tuple(_problem(entry) for entry in entries if entry.criticises),
        requirements="\n".join(filter(None, map(_required, entries))),
        recipients=office.recipients,
        copies=office.copies,
        printed_by=office.government_office,
    )


def _unfinished(record: Record, now: datetime) -> Unfinished:
    targets = [f"{one.name}{figure(one.target)}{one.unit}" for one in record.facts.targets]
    due, late = due_of(record), days_late(record, now)
    present = STATUS_NAMES[record.status] + (f"，逾期{late}天" if late else "")
    return Unfinished(
        title=record.facts.title,
        unit=record.facts.lead_unit_name,
        target="；".join([*targets, f"{due}前办结"] if due else targets),
        present=present,
        reason=said_in(record.last("explain_delay"), "reason") or "未报送说明",
    )


def _mentioned(entries: Sequence[CircularEntry], tone: Tone) -> tuple[Mentioned, ...]:
    return tuple(
        Mentioned(units=entry.unit_name, text=f"“{entry.item_title}”：{entry.facts}")
        for entry in entries
        if entry.tone is tone
    )


def _problem(entry: CircularEntry) -> Problem:
    assert entry.ground is not None
    ground = GROUND_NAMES[entry.ground]
    return Problem(units=entry.unit_name, text=f"“{entry.item_title}”{ground}。{entry.facts}")


def _required(entry: CircularEntry) -> str:
    """What an entry asks of its unit, and by when (R51); nothing where it asks nothing."""
    by = ""
    if entry.criticises:
        by = f"请于{day(entry.new_due_on)}前办结" if entry.new_due_on else BY_RULE
    asked = "；".join(part for part in (entry.requirement.rstrip("。；"), by) if part)
    return f"{entry.unit_name}（{entry.item_title}）：{asked}。" if asked else ""
