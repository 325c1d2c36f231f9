"""Between the domain's values and the columns that hold them."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from domain.clocks import Clock, Warned
from domain.items import (
    Actor,
    Aftermath,
    Approval,
    Coordination,
    Extension,
    Facts,
    HandedIn,
    NewUnit,
    Notice,
    Outcome,
    SentBack,
    Source,
    TimeSpent,
)
from domain.parts import Part, Reported, merge_parts
from domain.records import Entry, Snapshot
from store.words import searchable, storable, storable_text

Row = dict[str, Any]

ACTOR = TypeAdapter(Actor)
APPROVAL = TypeAdapter(Approval)
CLOCK = TypeAdapter(Clock)
COORDINATION = TypeAdapter(Coordination)
EXTENSION = TypeAdapter(Extension)
FACTS = TypeAdapter(Facts)
HANDED_IN = TypeAdapter(HandedIn)
PARTS = TypeAdapter(tuple[Part, ...])
ACTUALS = TypeAdapter(tuple[Reported, ...])
NEW_UNIT = TypeAdapter(NewUnit | None)
NOTICES = TypeAdapter(tuple[Notice, ...])
AFTERMATH = TypeAdapter(Aftermath)
SENT_BACK = TypeAdapter(SentBack)
SOURCE = TypeAdapter(Source)
SPENT = TypeAdapter(TimeSpent)
WARNINGS = TypeAdapter(tuple[Warned, ...])
DERIVATION = TypeAdapter(tuple[Any, ...])


def _plain(adapter: TypeAdapter[Any], value: Any) -> Any:  # noqa: ANN401 - any JSON
    return storable(adapter.dump_python(value, mode="json"))


def head_row(snapshot: Snapshot) -> Row:
    """The columns of ``items`` that every newer snapshot replaces."""
    return {
        "status": snapshot.status.value,
        "escalation": snapshot.escalation.value,
        "coordination": _plain(COORDINATION, snapshot.coordination),
        "coordination_level": snapshot.coordination.level.value,
        "extension": _plain(EXTENSION, snapshot.extension),
        "extensions": snapshot.extension.made,
        "handed_in": _plain(HANDED_IN, snapshot.handed_in),
        "lapsed": snapshot.lapsed,
        "returns": snapshot.returns,
        "handed_out": snapshot.handed_out,
        "misassigned": snapshot.misassigned,
        "approval": _plain(APPROVAL, snapshot.approval),
        "sent_back": _plain(SENT_BACK, snapshot.sent_back),
        "edition": snapshot.edition,
        "holder": snapshot.holder,
        "holder_since": snapshot.holder_since,
        "spent": _plain(SPENT, snapshot.spent),
        "issued_at": snapshot.issued_at,
        "entered_at": snapshot.entered_at,
        "closed_at": snapshot.closed_at,
        "due_on": snapshot.due_on,
        "due_at": snapshot.due_at,
        "next_alarm": snapshot.next_alarm,
        "next_alarm_at": snapshot.next_alarm_at,
        "unverified": list(snapshot.unverified),
        "warnings": _plain(WARNINGS, snapshot.warnings),
        "seq": snapshot.seq,
        "as_of": snapshot.as_of,
        "behind_since": snapshot.behind_since,
        "step_missed_since": snapshot.step_missed_since,
        "actuals": _plain(ACTUALS, snapshot.actuals),
        "crossed": snapshot.crossed,
        "unit_since": snapshot.unit_since,
        "rounds": snapshot.rounds,
        "new_unit": _plain(NEW_UNIT, snapshot.new_unit),
        "aftermath": _plain(AFTERMATH, snapshot.aftermath),
    }


def facts_row(facts: Facts) -> Row:
    """The columns of ``items`` that hold what was handed out."""
    whole = _plain(FACTS, facts)
    original_text = whole.pop("original_text")
    co_units = whole["co_units"]
    return {
        **{name: whole[name] for name in ("title", "content", "category", "kind", "urgency")},
        "lead_unit": whole["lead_unit"],
        "lead_unit_name": whole["lead_unit_name"],
        "co_units": co_units,
        "units": list(dict.fromkeys([whole["lead_unit"], *co_units])),
        "public": facts.public,
        "parent_id": facts.parent_id,
        "source": whole["source"],
        "source_id": facts.source.id,
        "source_clause": whole["source"]["clause"] or None,
        "facts": whole,
        "original_text": original_text,
    }


def parts_row(known: Any, changed: tuple[Part, ...]) -> Row:  # noqa: ANN401 - any JSON
    """The column that holds an item's parts, ``changed`` since what is ``known``; empty where
    nothing is."""
    if not changed:
        return {}
    return {"parts": _plain(PARTS, merge_parts(PARTS.validate_python(known), changed))}


def search_words(number: str, facts: Facts) -> str:
    """What a search looks through. The restricted original text is not part of it."""
    texts = (facts.title, facts.content, number, facts.lead_unit_name)
    return searchable(*map(storable_text, texts))


def facts_of(row: Mapping[Any, Any]) -> Facts:
    """The facts of an ``items`` row, the restricted original text included."""
    return FACTS.validate_python({**row["facts"], "original_text": row["original_text"]})


CLOCK_COLUMNS = tuple(Clock.__dataclass_fields__)


def clock_row(item_id: str, position: int, clock: Clock) -> Row:
    """A row of ``item_clocks``."""
    row: Row = {name: getattr(clock, name) for name in CLOCK_COLUMNS}
    return row | {
        "item_id": item_id,
        "position": position,
        "rule": clock.rule.value,
        "day_kind": clock.day_kind.value,
        "derivation": _plain(DERIVATION, clock.derivation),
        "rungs": list(clock.rungs),
    }


def clock_of(row: Mapping[Any, Any]) -> Clock:
    """The clock of an ``item_clocks`` row."""
    return CLOCK.validate_python({name: row[name] for name in CLOCK_COLUMNS})


def audit_row(item_id: str, entry: Entry) -> Row:
    """A row of ``audit_events``."""
    return {
        "item_id": item_id,
        "seq": entry.seq,
        "act": entry.act,
        "title": entry.title,
        "at": entry.at,
        "summary": entry.summary,
        "actor": None if entry.actor is None else _plain(ACTOR, entry.actor),
        "on_behalf_of": entry.on_behalf_of,
        "body": storable(entry.body),
        "request_id": entry.request_id,
        "body_hash": entry.body_hash,
        "outcome": entry.outcome.value,
        "status": entry.status.value,
        "covert": entry.covert,
        "unverified": entry.unverified,
        "settles": entry.settles,
        "notices": _plain(NOTICES, entry.notices),
        "files": _files(entry),
        "changed": storable(entry.changed),
    }


def _files(entry: Entry) -> list[str]:
    """The uploaded files an act names: attachments, and the scan of a paper."""
    if entry.outcome is not Outcome.DONE:
        return []
    named = entry.body.get("attachments")
    found = list(named) if isinstance(named, list | tuple) else []
    paper = entry.body.get("recorded_from_paper")
    if isinstance(paper, dict):
        found.append(paper.get("file_id"))
    return sorted({file for file in found if isinstance(file, str)})
