"""What all moves are made of: what an act did, whom it tells, and how it sets a limit."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from domain import acts
from domain.acts import Command
from domain.clocks import (
    LATEST_YEAR,
    Clock,
    Rule,
    count_rule,
    due_instant,
    move,
    named,
    start_clock,
)
from domain.errors import Invalid, Refused
from domain.items import (
    Aftermath,
    Changes,
    HandedIn,
    Item,
    Kind,
    Level,
    NewUnit,
    Notice,
    SentBack,
    Status,
    merge_clocks,
)
from domain.nodes import nodes_of_another
from domain.parts import part_text
from domain.text import day_text
from domain.year import handed_to, is_year_task, year_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What an act did: one sentence, the changes, whom it tells. ``settles`` is the seq of the
    unverified act it confirms or annuls."""

    summary: str
    changes: Changes = Changes()
    notices: tuple[Notice, ...] = ()
    covert: bool = False
    settles: int | None = None


# Why a clock has the date it has; extensions of the last are the chief leader's to decide (O7).
EXTENDED = "批准延期"
ANSWERED = {Level.DEPUTY: "区政府分管领导答复", Level.CHIEF: "区政府主要领导答复"}


def tell(item: Item, rung: str, title: str, text: str, *audience: str) -> Notice:
    """A notice that an act (no clock) owes somebody."""
    text = f"“{item.facts.title}”：{text}"
    return Notice(clock="", rung=rung, due_version=0, audience=audience, title=title, text=text)


def told(item: Item, command: Command, text: str, *audience: str) -> tuple[Notice, ...]:
    """The notice of the act itself, under its own title."""
    title = acts.ACTS[command.act].title
    return (tell(item, f"{command.act}@{item.seq + 1}", title, text, *audience),)


def stopped(item: Item, rule: Rule, now: datetime) -> tuple[Clock, ...]:
    """The running clocks of a rule, met now."""
    return tuple(c.stop(now) for c in item.running_clocks if c.rule is rule)


def governing_of(item: Item) -> Clock:
    """The limit by which the result is owed. Raises ``Refused('no_running_deadline')``."""
    if item.governing is None:
        raise Refused("no_running_deadline")
    return item.governing


def check_new_date(item: Item, on: date | None, now: datetime) -> None:
    """Raises :class:`Invalid` for a new limit that is past, beyond counting, or out of sight."""
    if on is None:
        return
    if on < now.date():
        raise Invalid("due_not_after_now")
    if on.year > LATEST_YEAR:
        raise Invalid("date_out_of_range")
    _, lapses_at = due_instant(on, item.policy, now)
    if lapses_at <= now:
        raise Invalid("due_not_after_now")
    latest = _latest_new_date(item, now)
    if on > latest:
        raise Invalid("new_date_too_far", f"新期限（new_due_on）最迟可定为{day_text(latest)}。")


def check_result_date(item: Item, on: date | None, now: datetime) -> None:
    """:func:`check_new_date` and :func:`check_year`, for a limit of the result."""
    check_new_date(item, on, now)
    check_year(item, on, now)


def check_year(item: Item, on: date | None, now: datetime) -> None:
    """Raises :class:`Refused`: into the next year a task goes by 跨年 alone (五(四), O18). Once its
    year is over, there is no earlier day left to name."""
    if on is None or item.crossed or not is_year_task(item.facts):
        return
    year = year_of(item.facts, item.issued_at.date())
    if on.year > year >= now.year:
        raise Refused("needs_carry_over")


def _latest_new_date(item: Item, now: datetime) -> date:
    """A limit is moved within sight, from the present one or from today where that has passed."""
    clock = item.last_result_clock
    present = max(now.date(), clock.due_on) if clock else now.date()
    return present + timedelta(days=item.policy.new_date_most_days)


def moved(
    item: Item, clock: Clock, on: date, because: str, now: datetime, at: datetime | None = None
) -> Clock:
    """``clock`` with a date that somebody named, or the instant ``at`` on it."""
    counted = named(item.calendar, on, f"{because}确定的{'时刻' if at else '日期，含当日'}")
    return move(clock, counted, because=because, now=now, policy=item.policy, at=at)


def started(
    item: Item, key: str, rule: Rule, on: date, because: str, now: datetime, unit: str | None = None
) -> Clock:
    """A clock that starts now, with a date that somebody named. That of a result bears the name of
    the last node, where the item has nodes."""
    nodes = item.facts.milestones
    return start_clock(
        key=item.next_key(key),
        rule=rule,
        unit=unit or item.facts.lead_unit,
        started_at=now,
        counted=named(item.calendar, on, f"{because}确定的日期，含当日"),
        policy=item.policy,
        name=nodes[-1].name if nodes and rule is Rule.NAMED_DATE else None,
    )


def counted(item: Item, key: str, rule: Rule, unit: str, now: datetime) -> Clock:
    """A clock that starts now, with the date that its rule gives."""
    return start_clock(
        key=item.next_key(key),
        rule=rule,
        unit=unit,
        started_at=now,
        counted=count_rule(rule, now.date(), item.calendar, item.policy),
        policy=item.policy,
    )


def handed_over(item: Item, changes: Changes, new: NewUnit, now: datetime) -> Changes:
    """O19: the item keeps its dates; the new unit signs for it anew, and its own time begins. The
    slots still to come are its own, and the nodes of the former unit; those of co-units stay theirs
    (R41)."""
    facts = changes.facts or item.facts
    former = item.facts.lead_unit
    clocks = [
        clock.stop(now)
        if clock.rule in {Rule.RECEIPT, Rule.EXPLANATION}
        else replace(clock, unit=new.unit if clock.unit == former else clock.unit)
        for clock in merge_clocks(item.running_clocks, changes.clocks)
    ]
    receipt = counted(item, "receipt", Rule.RECEIPT, new.unit, now)
    return replace(
        changes,
        status=Status.ISSUED,
        handed_in=HandedIn(),
        sent_back=not_sent_back(item),
        clocks=(*clocks, receipt),
        unit_since=now,
        parts=handed_to(item.parts, new.unit, new.name),
        facts=replace(
            facts,
            lead_unit=new.unit,
            lead_unit_name=new.name,
            co_units=tuple(code for code in facts.co_units if code != new.unit),
            milestones=nodes_of_another(facts.milestones, former, new.unit),
            responsible=(*facts.responsible, *new.responsible),
        ),
    )


def ordered_by_leader(item: Item) -> bool:
    """Whether a leader handed it out, not the office by itself (五(三))."""
    return item.facts.kind is Kind.DIRECTIVE or bool(item.facts.source.leader)


def nothing_pending(item: Item) -> Changes:
    """What was asked for need not be answered any more: the item is at its end."""
    return Changes(
        coordination=replace(item.coordination, level=Level.NONE),
        extension=replace(item.extension, pending=False),
        sent_back=not_sent_back(item),
        aftermath=no_report_owed(item),
    )


def no_report_owed(item: Item) -> Aftermath | None:
    """The change that ends the duty to report to the leaders, where there is one (T26)."""
    return replace(item.aftermath, report_owed=False) if item.aftermath.report_owed else None


def not_sent_back(item: Item) -> SentBack | None:
    """The change that ends a 退件 under way, where there is one."""
    return SentBack() if item.sent_back.pending else None


def check_verified(command: Command) -> None:
    """Raises ``Refused('needs_verified_actor')`` for what nobody signed in has done."""
    if not command.actor.verified:
        raise Refused("needs_verified_actor")


def check_parts(item: Item) -> None:
    """R10: no parent closes while a part of it is open; which, is said."""
    left = item.unfinished_parts
    if not left:
        return
    named = "、".join(part_text(part) for part in left[:5])
    more = f"等{len(left)}项" if len(left) > 5 else ""
    raise Refused("parts_open", f"还有未办结的分项，不能办结：{named}{more}。")
