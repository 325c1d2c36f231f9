"""A year-round task: its slots planned, opened, planned anew and given up (五(四), R45).

Each slot's report is an item of its own; the year-end report is the task's own result, so that no
slot report can stand for it. What people order of a task is in :mod:`domain.moves.yearly`.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time

from domain.audience import unit
from domain.calendar import WorkingCalendar
from domain.cycles import CYCLE_NAMES, CYCLE_OF, NO_WORKING_DAY, Slot, outside, slots_of
from domain.items import (
    RESTING,
    Changes,
    Event,
    Facts,
    Item,
    Kind,
    NewUnit,
    Notice,
    Source,
)
from domain.ladder import is_late
from domain.parts import Part, PartState, merge_parts, part_item_id, period_of
from domain.policy import Policy
from domain.text import day_text, instant_text

OPEN_SLOT = "open_slot"


def is_year_task(facts: Facts) -> bool:
    """Whether it has slots."""
    return facts.kind is Kind.YEAR_ROUND


def year_of(facts: Facts, issued_on: date) -> int:
    """The year a task runs through: as said, or that of its issue."""
    return facts.year or issued_on.year


def plan_slots(
    item_id: str,
    facts: Facts,
    calendar: WorkingCalendar,
    policy: Policy,
    first_day: date,
    issued_at: datetime,
) -> tuple[Part, ...]:
    """The slots owed from ``first_day`` on; the ones that fall away are kept with the reason."""
    if facts.cycle is None:
        return ()
    year = year_of(facts, issued_at.date())
    return tuple(
        _planned(item_id, facts, slot, calendar, policy, issued_at)
        for slot in slots_of(facts.cycle, year, calendar, policy)
        if (slot.due_on or slot.ends_on) >= first_day
    )


def _planned(
    item_id: str,
    facts: Facts,
    slot: Slot,
    calendar: WorkingCalendar,
    policy: Policy,
    issued_at: datetime,
) -> Part:
    counted = slot.counted
    return Part(
        key=slot.key,
        name=slot.name,
        item_id=part_item_id(item_id, slot.key),
        unit=facts.lead_unit,
        unit_name=facts.lead_unit_name,
        state=PartState.PLANNED if counted else PartState.SKIPPED,
        period=period_of(slot),
        due_on=counted.due_on if counted else None,
        opens_at=_opens_at(counted.due_on, calendar, policy, issued_at) if counted else None,
        provisional=bool(counted and counted.provisional),
        reason=slot.skipped,
    )


def _opens_at(
    due_on: date, calendar: WorkingCalendar, policy: Policy, issued_at: datetime
) -> datetime:
    """In time for the first reminder: the beginning of its day, not before the task is issued."""
    first_reminder = max(policy.reminder_days, default=0) or 1
    on = calendar.back_working(due_on, first_reminder)
    return max(datetime.combine(on, time(0), issued_at.tzinfo), issued_at)


def slot_facts(task_id: str, task: Facts, part: Part) -> Facts:
    """What the item of a slot is issued with. The names of its time are added by who issues it."""
    assert part.period is not None
    return Facts(
        title=f"{task.title}（{part.name}）",
        content=task.content,
        category=task.category,
        kind=Kind.SLOT,
        lead_unit=part.unit,
        lead_unit_name=part.unit_name,
        source=Source(type=task.source.type, reference=task.source.reference),
        co_units=task.co_units,
        basis=task.basis,
        issuing_name=task.issuing_name,
        urgency=task.urgency,
        past_limit_accepted=True,
        parent_id=task_id,
        period=part.period,
        targets=task.targets,
    )


def next_opening(item: Item) -> Part | None:
    """The next slot to be opened; ``None`` when there is none, or the task is put off."""
    planned = [part for part in item.parts if part.state is PartState.PLANNED]
    if item.ended or item.status in RESTING or not planned:
        return None
    return min(planned, key=lambda part: part.opens_at or item.issued_at)


def open_next(item: Item, now: datetime) -> Event | None:
    """The event of opening the next slot, if its time has come. One that opens late because of us
    says so (design §5)."""
    part = next_opening(item)
    if part is None or part.opens_at is None or part.opens_at > now:
        return None
    assert part.due_on is not None
    owed_at = max(part.opens_at, item.holder_since)  # put off, nothing opens
    late = is_late(item, owed_at, now)
    told = f"（系统补开，应于{instant_text(owed_at, now)}开启）" if late else ""
    summary = f"{part.name}开启，应于{day_text(part.due_on)}前报送{told}。"
    notices = (_tell_late(item, part, summary),) if late else ()
    return Event(
        seq=item.seq + 1,
        act=OPEN_SLOT,
        title="开启本期调度",
        at=now,
        summary=summary,
        body={"slot": part.key, "item_id": part.item_id, "late": late},
        status=item.status,
        changes=Changes(parts=(replace(part, state=PartState.OPEN),)),
        notices=notices,
    )


def _tell_late(item: Item, part: Part, summary: str) -> Notice:
    return Notice(
        clock="",
        rung=f"open_slot@{part.key}",
        due_version=0,
        audience=(unit(part.unit), "office"),
        title="调度任务补开",
        text=f"“{item.facts.title}”：{summary}",
        late=True,
    )


def takes_over_at(item: Item) -> datetime | None:
    """The first instant of the day on which another unit takes over."""
    new = item.new_unit
    if new is None or item.ended or item.status in RESTING:
        return None
    return datetime.combine(new.on, time(0), item.issued_at.tzinfo)


def unit_on(item: Item, day: date) -> tuple[str, str]:
    """Whose a slot due on ``day`` is, and that unit's name: the lead's, or the one's that takes
    over by then."""
    new = item.new_unit
    if new is not None and day >= new.on:
        return new.unit, new.name
    return item.facts.lead_unit, item.facts.lead_unit_name


def handed_to(parts: Iterable[Part], unit: str, name: str) -> tuple[Part, ...]:
    """The planned slots that are another unit's from now on."""
    return tuple(
        replace(part, unit=unit, unit_name=name)
        for part in parts
        if part.state is PartState.PLANNED and part.unit != unit
    )


def shared_out(item: Item, new: NewUnit | None) -> tuple[Part, ...]:
    """The planned slots that become another unit's where ``new`` is who takes over, or nobody."""
    after = replace(item, new_unit=new)
    planned = (part for part in item.parts if part.period is not None)
    return tuple(
        handed for part in planned for handed in handed_to((part,), *unit_on(after, _due(part)))
    )


def skipped(parts: Iterable[Part], reason: str) -> tuple[Part, ...]:
    """Planned slots given up, for that reason."""
    return tuple(
        replace(part, state=PartState.SKIPPED, reason=reason)
        for part in parts
        if part.state is PartState.PLANNED
    )


def given_up(parts: Iterable[Part], first_day: date, reason: str) -> tuple[Part, ...]:
    """The slots from ``first_day`` on given up for good: those planned, and the weeks of rest, so
    that no correction of the calendar brings one back."""
    slots = [part for part in parts if part.period is not None and _due(part) >= first_day]
    resting = (replace(part, reason=reason) for part in slots if is_week_of_rest(part))
    return (*skipped(slots, reason), *resting)


def missed_while_suspended(item: Item, now: datetime) -> tuple[Part, ...]:
    """The slots whose day passed while the task was put off: no report is owed for them."""
    return missed(item.parts, now.date(), "暂缓期间，本期不要求报告")


def missed(parts: Iterable[Part], first_day: date, reason: str) -> tuple[Part, ...]:
    """The slots due before ``first_day`` that nobody was there to report: skipped."""
    return skipped((part for part in parts if part.due_on and part.due_on < first_day), reason)


def replanned(
    item: Item, facts: Facts, first_day: date, reason: str, now: datetime
) -> tuple[Part, ...]:
    """The slots of another cycle from ``first_day`` on, each of the unit that has the task by then:
    those planned so far fall away, what has been opened stays as it is. Parts that were split off
    have no cycle."""
    fresh = plan_slots(item.id, facts, item.calendar, item.policy, first_day, item.issued_at)
    begun = {p.key for p in item.parts if p.state not in {PartState.PLANNED, PartState.SKIPPED}}
    slots = (
        *given_up(item.parts, first_day, reason),
        *(_known(_of_unit(item, part), now) for part in fresh),
    )
    return tuple({part.key: part for part in slots if part.key not in begun}.values())


def recounted(
    item: Item, calendar: WorkingCalendar, policy: Policy, now: datetime
) -> tuple[Part, ...]:
    """The planned slots that another calendar or edition moves, confirms or lets fall away, each
    by the cycle it was planned with; and the weeks of rest to come that are none by it. A week at
    the turn of the year may become one of the other year's."""
    rules = {part.period.rule for part in item.parts if part.period}
    by_key = {
        part.key: part
        for cycle in sorted(CYCLE_OF[rule] for rule in rules)
        for part in plan_slots(
            item.id, replace(item.facts, cycle=cycle), calendar, policy, date.min, item.issued_at
        )
    }
    moved = []
    for part in item.parts:
        if part.period is None:
            continue
        new = _of_unit(item, by_key.get(part.key) or _of_another_year(item, part))
        if not (part.state is PartState.PLANNED or _may_return(part, new, now)):
            continue
        if new != part:
            moved.append(_known(new, now))
    return tuple(moved)


def put_back(
    item: Item, before: Iterable[Part], after: Iterable[Part], now: datetime
) -> tuple[Part, ...]:
    """The slots that an act changed, as they were ``before`` it and as ``item`` would now count
    them; those that it planned itself are given up. What has opened meanwhile stays as it is."""
    resting = {PartState.PLANNED, PartState.SKIPPED}
    was = {part.key: part for part in before}
    left = [p for one in after if (p := item.part(one.key)) and p.state in resting]
    back = (_known(was[part.key], now) for part in left if part.key in was)
    planned = [part for part in left if part.key not in was]
    restored = (*back, *given_up(planned, date.min, "有关操作已撤销，不再要求"))
    counted = recounted(replace(item, parts=restored), item.calendar, item.policy, now)
    return merge_parts(restored, counted)


def is_replanned(item: Item, before: Iterable[Part], after: Iterable[Part], now: datetime) -> bool:
    """Whether a later act planned slots, or gave up some, that were otherwise after an act."""
    left = {part.key for part in after if part.state is PartState.PLANNED}
    known = left | {part.key for part in before if part.state is PartState.PLANNED}
    given_up_since = any(
        part.state is PartState.SKIPPED and part.due_on and part.due_on >= now.date()
        for part in item.parts
        if part.key in left
    )
    planned = {part.key for part in item.parts if part.state is PartState.PLANNED}
    return given_up_since or not planned <= known


def _of_another_year(item: Item, part: Part) -> Part:
    return replace(
        part,
        state=PartState.SKIPPED,
        due_on=None,
        opens_at=None,
        provisional=False,
        reason=outside(year_of(item.facts, item.issued_at.date())),
    )


def _of_unit(item: Item, part: Part) -> Part:
    unit, name = unit_on(item, _due(part))
    return replace(part, unit=unit, unit_name=name)


def _known(part: Part, now: datetime) -> Part:
    """A slot planned just now does not open late for having had no earlier date."""
    if part.state is not PartState.PLANNED or part.opens_at is None:
        return part
    return replace(part, opens_at=max(part.opens_at, now))


def _may_return(part: Part, new: Part, now: datetime) -> bool:
    return is_week_of_rest(part) and not (new.due_on and new.due_on < now.date())


def is_week_of_rest(part: Part) -> bool:
    """Whether it fell away by the calendar alone."""
    if part.state is not PartState.SKIPPED or part.period is None or part.due_on is not None:
        return False
    years = {part.period.starts_on.year, part.period.ends_on.year}
    return part.reason in {NO_WORKING_DAY, *(outside(year) for year in years)}


def _due(part: Part) -> date:
    assert part.period is not None
    return part.due_on or part.period.ends_on


def plan_text(item_parts: tuple[Part, ...], facts: Facts) -> str:
    """How a plan reads in one sentence."""
    if facts.cycle is None:
        return ""
    owed = [part for part in item_parts if part.state is PartState.PLANNED]
    without = [part.name for part in item_parts if part.reason == NO_WORKING_DAY]
    first = f"，首期{day_text(owed[0].due_on)}" if owed and owed[0].due_on else ""
    fallen = f"；{'、'.join(without)}全为休息日，不安排" if without else ""
    return f"{CYCLE_NAMES[facts.cycle]}调度，共{len(owed)}期{first}{fallen}。"
