"""What is ordered of a year-round task: another cycle or unit from a day on, an early end, going on
into the next year (五(四), O18, O19)."""

from dataclasses import replace
from datetime import date, datetime

from domain import acts
from domain.acts import Command
from domain.audience import deputy, deputy_of, unit, unit_of
from domain.clocks import Rule
from domain.cycles import CYCLE_NAMES
from domain.errors import Forbidden, Invalid, Refused
from domain.items import Changes, Event, Item, NewUnit, Role
from domain.moves.doing import Done, check_new_date, handed_over, moved, started, tell, told
from domain.moves.extension import chief_decides
from domain.moves.halting import check_orderer
from domain.parts import Part, PartState
from domain.text import day_text
from domain.year import given_up, plan_text, replanned, shared_out, year_of


def change_cycle(item: Item, command: Command, now: datetime) -> Done:
    """另定调度周期: from a day on the slots are those of another cycle; what was opened stays."""
    body = command.body
    assert isinstance(body, acts.ChangeCycle)
    check_orderer(item, command)
    if body.cycle is item.facts.cycle:
        raise Invalid("same_cycle")
    first = _first_day(item, body.from_on, now, _end_of_year(item))
    facts = replace(item.facts, cycle=body.cycle)
    reason = f"{day_text(first)}起改为{CYCLE_NAMES[body.cycle]}调度"
    parts = replanned(item, facts, first, reason, now)
    summary = f"{reason}：{body.reason} {plan_text(_owed(parts), facts)}"
    return Done(
        summary=summary,
        changes=Changes(facts=facts, parts=parts),
        notices=told(item, command, summary, unit_of(item), deputy_of(item)),
    )


def change_unit(item: Item, command: Command, now: datetime) -> Done:
    """改由其他单位承办 from a day on (O19): slots that open later are the new unit's; the dates
    stay as they are."""
    body = command.body
    assert isinstance(body, acts.ChangeUnit)
    check_orderer(item, command)
    if not command.actor.verified:
        raise Refused("needs_verified_actor")  # nobody has looked it up in the directory
    if body.new_lead_unit == item.facts.lead_unit:
        return _unit_kept(item, command, body.reason)
    first = _first_day(item, body.from_on, now, _last_day(item))
    name = command.unit_name or body.new_lead_unit
    new = NewUnit(on=first, unit=body.new_lead_unit, name=name, responsible=command.responsible)
    summary = f"{day_text(first)}起改由{name}承办：{body.reason}"
    changes = Changes(parts=shared_out(item, new), new_unit=new)
    if first <= now.date():
        changes = handed_over(item, Changes(), new, now)
    readers = (unit_of(item), unit(new.unit), deputy_of(item), deputy(new.unit))
    return Done(summary=summary, changes=changes, notices=told(item, command, summary, *readers))


def _unit_kept(item: Item, command: Command, reason: str) -> Done:
    """The present unit keeps a task that another one was to take over."""
    new = item.new_unit
    if new is None:
        raise Invalid("same_unit")
    facts = item.facts
    summary = (
        f"取消{day_text(new.on)}起改由{new.name}承办，仍由{facts.lead_unit_name}承办：{reason}"
    )
    present = NewUnit(on=new.on, unit=facts.lead_unit, name=facts.lead_unit_name)
    readers = (unit_of(item), unit(new.unit), deputy_of(item), deputy(new.unit))
    return Done(
        summary=summary,
        changes=Changes(parts=shared_out(item, None), new_unit=present),
        notices=told(item, command, summary, *readers),
    )


def taken_over(item: Item, now: datetime) -> Event | None:
    """The event of the day on which another unit takes over."""
    new = item.new_unit
    if new is None:
        return None
    summary = f"自{day_text(new.on)}起，由{new.name}承办。"
    changes = handed_over(item, Changes(), new, now)
    notice = tell(
        item, f"take_over@{item.seq + 1}", "承办单位变更", summary, unit(new.unit), "office"
    )
    return Event(
        seq=item.seq + 1,
        act="take_over",
        title="承办单位变更",
        at=now,
        summary=summary,
        body={"unit": new.unit},
        status=changes.status or item.status,
        changes=changes,
        notices=(notice,),
    )


def end_early(item: Item, command: Command, now: datetime) -> Done:
    """提前结束调度: no further slot is owed; the year-end report is, earlier if so ordered."""
    body = command.body
    assert isinstance(body, acts.EndEarly)
    check_orderer(item, command)
    check_new_date(item, body.final_due_on, now)
    parts = given_up(item.parts, now.date(), "提前结束调度，不再要求")
    owed = sum(1 for part in parts if part.due_on)
    changes, due = Changes(parts=parts), ""
    if body.final_due_on:
        clock = item.governing
        if clock is None:
            raise Refused("no_running_deadline")
        if body.final_due_on > clock.due_on:
            raise Invalid("not_earlier_than_due")
        changes = replace(changes, clocks=(moved(item, clock, body.final_due_on, "提前结束", now),))
        due = f"，办理结果应于{day_text(body.final_due_on)}前报送"
    elif not owed:
        raise Refused("nothing_to_end")
    summary = f"提前结束调度，余下{owed}期不再要求{due}：{body.reason}"
    return Done(
        summary=summary,
        changes=changes,
        notices=told(item, command, summary, unit_of(item), deputy_of(item)),
    )


def carry_over(item: Item, command: Command, now: datetime) -> Done:
    """跨年 (O18): the year-end report is still owed; the task stays open after it, to a date in
    the next year that whoever decides on its limits has approved."""
    body = command.body
    assert isinstance(body, acts.CarryOver)
    check_orderer(item, command)
    if not command.actor.verified:
        raise Refused("needs_verified_actor")
    if command.actor.role is Role.OFFICE and chief_decides(item):
        raise Forbidden("not_the_approver")
    if item.crossed:
        raise Refused("already_crossed")
    check_new_date(item, body.new_due_on, now)
    year = year_of(item.facts, item.issued_at.date())
    if body.new_due_on <= date(year, 12, 31):
        raise Invalid("not_next_year")
    clock = started(item, "result", Rule.NAMED_DATE, body.new_due_on, "跨年办理", now)
    summary = (
        f"批准跨年办理，办结期限为{day_text(body.new_due_on)}；"
        f"{year}年年底前的报告仍须按期报送：{body.reason}"
    )
    return Done(
        summary=summary,
        changes=Changes(crossed=True, clocks=(clock,)),
        notices=told(item, command, summary, unit_of(item), deputy_of(item)),
    )


def _first_day(item: Item, from_on: date | None, now: datetime, last: date) -> date:
    first = from_on or now.date()
    if first < now.date():
        raise Invalid("from_in_past")
    if first > last:
        raise Invalid("from_after_year")
    return first


def _end_of_year(item: Item) -> date:
    return date(year_of(item.facts, item.issued_at.date()), 12, 31)


def _last_day(item: Item) -> date:
    """The last day on which the task is somebody's: the limit of one that goes on into the next
    year lies there (O18)."""
    owed = (clock.due_on for clock in item.result_clocks if clock.running)
    return max(_end_of_year(item), *owed)


def _owed(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    return tuple(part for part in parts if part.state is PartState.PLANNED or part.due_on is None)
