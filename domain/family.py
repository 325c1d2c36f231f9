"""What an item and its parts tell each other, beside their own rules (R10, design §3.10).

A child tells its parent where it stands; what a parent orders of its children is in
:mod:`domain.orders`. Both are heard as internal updates: the worker reads what is on record and
seals it, so that nobody who reaches Temporal's port can say it in their place.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from domain.audience import unit_of
from domain.errors import DomainError, Refused
from domain.issue import Issue
from domain.items import Actor, Changes, Event, Facts, Item, Kind, Source, Status
from domain.lifecycle import evolve, evolve_all, local, ring
from domain.moves.doing import tell
from domain.parts import Actual, Part, PartState
from domain.text import instant_text

STATES = {
    Status.CLOSED: PartState.CLOSED,
    Status.ARCHIVED: PartState.CLOSED,
    Status.TERMINATED: PartState.TERMINATED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Where a child stands as of its event ``seq``: what its parent keeps of it. Of one that is not
    ``handed_out`` it keeps unit and limit as they last were: to whom it goes is not known yet."""

    item_id: str
    seq: int
    state: PartState
    unit: str
    unit_name: str
    due_on: date | None = None
    lapsed_at: datetime | None = None
    actuals: tuple[Actual, ...] = ()
    handed_out: bool = True


def news_of(item: Item) -> News:
    """What the parent of ``item`` should know of it now."""
    clock = item.last_result_clock
    missed = [c.lapsed_at for c in item.result_clocks if c.lapsed_at]
    return News(
        item_id=item.id,
        seq=item.seq,
        state=STATES.get(item.status, PartState.OPEN),
        unit=item.facts.lead_unit,
        unit_name=item.facts.lead_unit_name,
        due_on=clock.due_on if clock else None,
        lapsed_at=min(missed, default=None),
        # Figures, not their days: the same figure again is no news to a parent.
        actuals=tuple(Actual(name=one.name, value=one.value) for one in item.actuals),
        handed_out=item.handed_out,
    )


def is_worth_telling(before: News, after: News) -> bool:
    """Whether something else than the number of the last event is different."""
    return replace(before, seq=after.seq) != after


def hear(item: Item, news: News, now: datetime) -> list[Event]:
    """The events of what a child tells. Raises ``Refused('nothing_new')`` for what is known, older
    than what is known, or of a stranger; ``Refused`` with the status once the parent has ended."""
    if item.ended:
        raise Refused(item.status.value)
    now = local(item, now)
    rung = ring(item, now)
    item = evolve_all(item, rung)
    part = next((part for part in item.parts if part.item_id == news.item_id), None)
    if part is None or news.seq <= part.seq:
        raise Refused("nothing_new")
    known = news.handed_out or not item.handed_out
    after = replace(
        part,
        state=news.state,
        unit=news.unit if known else part.unit,
        unit_name=news.unit_name if known else part.unit_name,
        due_on=(news.due_on if known else None) or part.due_on,
        lapsed_at=news.lapsed_at,
        actuals=news.actuals,
        seq=news.seq,
    )
    if replace(after, seq=part.seq) == part:
        raise Refused("nothing_new")
    event = Event(
        seq=item.seq + 1,
        act="part_changed",
        title="分项情况变化",
        at=now,
        summary=f"{part.name}（{after.unit_name}）{_said(part, after, now)}。",
        body={"part": part.key, "item_id": part.item_id, "state": after.state.value},
        status=item.status,
        changes=Changes(parts=(after,)),
    )
    return [*rung, event, *ring(evolve(item, event), now)]


def not_begun(item: Item, item_id: str, error: DomainError, now: datetime) -> list[Event]:
    """The events of a part whose item cannot begin, as a slot of which no report is owed by the
    calendar of its day: it is skipped, with the reason, so that the task goes on."""
    now = local(item, now)
    rung = ring(item, now)
    item = evolve_all(item, rung)
    part = next((part for part in item.parts if part.item_id == item_id), None)
    if part is None or part.state is not PartState.OPEN:
        return rung
    summary = f"{part.name}不开启：{error.detail}"
    event = Event(
        seq=item.seq + 1,
        act="skip_part",
        title="本期不安排调度" if part.period else "分项不开启",
        at=now,
        summary=summary,
        body={"part": part.key, "item_id": part.item_id, "code": error.code},
        status=item.status,
        changes=Changes(parts=(replace(part, state=PartState.SKIPPED, reason=error.detail),)),
        notices=(tell(item, f"skip_part@{part.key}", "分项不开启", summary, "office"),),
    )
    return [*rung, event, *ring(evolve(item, event), now)]


def _said(before: Part, after: Part, now: datetime) -> str:
    late = "逾期" if after.lapsed_at else "按期"
    if after.state is not before.state:
        return {
            PartState.CLOSED: f"{late}办结",
            PartState.TERMINATED: "已终止",
            PartState.OPEN: "重新办理",
        }.get(after.state, "有变化")
    if after.lapsed_at and not before.lapsed_at:
        return f"未按期报送，已于{instant_text(after.lapsed_at, now)}逾期"
    if after.unit != before.unit:
        return "改由该单位承办"
    if after.due_on != before.due_on:
        return f"期限改为{after.due_on:%Y-%m-%d}"
    return "有新的进展"


def part_facts(
    whole_id: str,
    whole: Facts,
    *,
    title: str,
    content: str,
    lead_unit: str,
    lead_unit_name: str,
    co_units: tuple[str, ...],
    due_on: date | None,
    due_at: datetime | None,
) -> Facts:
    """What a part is issued with: its own words, unit and limit (without one it is an ordinary
    item, 五(一)), the rest as in the whole."""
    source = whole.source
    return Facts(
        title=title,
        content=content or whole.content,
        category=whole.category,
        kind=Kind.DATED if due_on or due_at else Kind.ORDINARY,
        lead_unit=lead_unit,
        lead_unit_name=lead_unit_name,
        co_units=co_units,
        source=Source(
            type=source.type, reference=source.reference, leader=source.leader, date=source.date
        ),
        basis=whole.basis,
        issuing_name=whole.issuing_name,
        urgency=whole.urgency,
        due_on=due_on,
        due_at=due_at,
        parent_id=whole_id,
    )


def add_parts(item: Item, issues: tuple[Issue, ...], actor: Actor, now: datetime) -> list[Event]:
    """The events of splitting an item (分解, T2): each part an item of its own, with its own unit,
    clock and record. Raises ``Refused`` with the status where that is too late."""
    if item.ended or item.status in {Status.SUSPENDED, Status.AWAITING_APPROVAL}:
        raise Refused(item.status.value)
    if any(issue.draft is item.handed_out for issue in issues):
        raise Refused("parts_as_whole")
    now = local(item, now)
    rung = ring(item, now)
    item = evolve_all(item, rung)
    begun = sum(part.period is None for part in item.parts)
    added = tuple(
        Part(
            key=f"part-{begun + n}",
            name=issue.facts.title,
            item_id=issue.item_id,
            unit=issue.facts.lead_unit,
            unit_name=issue.facts.lead_unit_name,
            state=PartState.OPEN,
            kind=issue.facts.kind.value,
            due_on=issue.facts.due_on,
        )
        for n, issue in enumerate(issues, start=1)
    )
    named = "；".join(f"{part.name}（{part.unit_name}）" for part in added)
    summary = f"分解为{len(added)}项：{named}。"
    notices = (tell(item, f"add_parts@{item.seq + 1}", "事项分解", summary, unit_of(item)),)
    event = Event(
        seq=item.seq + 1,
        act="add_parts",
        title="分解",
        at=now,
        summary=summary,
        actor=actor,
        body={"parts": [{"key": p.key, "item_id": p.item_id, "unit": p.unit} for p in added]},
        status=item.status,
        changes=Changes(parts=added),
        notices=notices if item.handed_out else (),
    )
    return [*rung, event, *ring(evolve(item, event), now)]
