"""Registering an item (登记, T1) and issuing it (下达, T5): its facts are checked, its clocks
started, its warnings said."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from domain.acts import check_text, require_aware, require_text
from domain.audience import unit
from domain.calendar import WorkingCalendar
from domain.clocks import (
    EARLIEST_YEAR,
    LATEST_YEAR,
    Clock,
    Counted,
    Rule,
    Warned,
    collapse_warning,
    count_rule,
    date_warnings,
    day_zero,
    named,
    start_clock,
)
from domain.completeness import gaps
from domain.directory import NO_DEPUTY, Post, post_names
from domain.errors import Invalid
from domain.items import Actor, Changes, Event, Facts, Item, Json, Kind, Notice, Status
from domain.nodes import check_nodes, handed_on, node_clocks
from domain.parts import Part, PartState, Period, in_order, merge_parts
from domain.policy import Policy
from domain.targets import check_targets
from domain.text import instant_text, is_blank
from domain.year import handed_to, is_year_task, missed, plan_slots, plan_text, year_of

LONGEST_TITLE = 200
FARTHEST_AHEAD = timedelta(days=366)
IN_FORCE_SINCE = date(2021, 7, 16)  # 办法 七(二): no automatic limit for what is older (R55)


def check_facts(facts: Facts, issued_at: datetime, now: datetime) -> None:
    """Raises :class:`Invalid` when an item cannot be issued like this (R31, R39, R40)."""
    if facts.kind is Kind.SLOT:
        raise Invalid("unsupported_kind")
    _check_texts(facts)
    require_aware(issued_at)
    _check_times(facts)
    if issued_at > now + FARTHEST_AHEAD:
        raise Invalid("issued_too_far_ahead")
    if issued_at.year < EARLIEST_YEAR:
        raise Invalid("issued_before_rules")
    if facts.lead_unit in facts.co_units:
        raise Invalid("co_unit_is_lead")
    if facts.due_on and facts.due_at:
        raise Invalid("due_twice")
    _check_year_round(facts, issued_at)
    _check_milestones(facts, issued_at)
    _check_limit(facts, issued_at, stated_limit(facts, issued_at))
    _check_not_past(facts, issued_at)


def _check_limit(facts: Facts, issued_at: datetime, limit: date | None) -> None:
    if limit is None and facts.kind is Kind.DATED:
        raise Invalid("due_required")
    if limit is None and issued_at.date() < IN_FORCE_SINCE:
        raise Invalid("no_automatic_limit")
    if limit and facts.kind is Kind.ORDINARY and is_blank(facts.due_reason):
        raise Invalid("due_reason_required")
    if facts.plan_due_on and facts.kind is not Kind.DIRECTIVE:
        raise Invalid("plan_due_not_applicable")
    if limit and facts.plan_due_on and facts.plan_due_on > limit:
        raise Invalid("plan_after_result")


def _check_year_round(facts: Facts, issued_at: datetime) -> None:
    check_targets(facts)
    if facts.kind is not Kind.YEAR_ROUND:
        if facts.cycle or facts.year:
            raise Invalid("only_year_round")
        return
    if facts.cycle is None:
        raise Invalid("cycle_required")
    if year_of(facts, issued_at.date()) - issued_at.year not in {0, 1}:
        raise Invalid("bad_year")
    if facts.due_on or facts.due_at or facts.scheme_due_on or facts.plan_due_on:
        raise Invalid("not_for_year_round")


def _check_milestones(facts: Facts, issued_at: datetime) -> None:
    nodes = facts.milestones
    if facts.kind is not Kind.MILESTONES:
        if nodes:
            raise Invalid("only_milestones")
        return
    if not nodes:
        raise Invalid("milestones_required")
    if facts.due_on or facts.due_at or facts.scheme_due_on or facts.plan_due_on:
        raise Invalid("not_for_milestones")
    check_nodes(nodes)
    if not facts.past_limit_accepted and any(n.due_on < issued_at.date() for n in nodes):
        raise Invalid("due_in_past", "节点的日期（milestones）不能早于下达时间。")


def _check_times(facts: Facts) -> None:
    """Dates are ones that can be counted with, and times say in which zone they are."""
    source = facts.source
    for at in (facts.due_at, source.received_at):
        require_aware(at)
    counted = (facts.due_on, facts.plan_due_on, facts.scheme_due_on, facts.due_at)
    for on in (*counted, source.received_at, source.upstream_due_on, source.reply_due_on):
        if on is not None and not EARLIEST_YEAR <= on.year <= LATEST_YEAR:
            raise Invalid("date_out_of_range")


def _check_texts(facts: Facts) -> None:
    source = facts.source
    required = {"title": facts.title, "content": facts.content, "source.type": source.type}
    require_text(**required)
    if len(facts.title) > LONGEST_TITLE:
        raise Invalid("title_too_long")
    check_text(
        basis=facts.basis,
        due_reason=facts.due_reason,
        original_text=facts.original_text,
        **{
            f"source.{name}": getattr(source, name)
            for name in ("reference", "leader", "clause", "proposer")
        },
    )


def _check_not_past(facts: Facts, issued_at: datetime) -> None:
    if facts.past_limit_accepted:
        return
    first = issued_at.date()
    dates = (facts.due_on, facts.plan_due_on, facts.scheme_due_on)
    if any(on is not None and on < first for on in dates):
        raise Invalid("due_in_past")
    if facts.due_at and facts.due_at <= issued_at:
        raise Invalid("due_in_past")


def _named_limit(facts: Facts, issued_at: datetime) -> date | None:
    """The date in the 督查通知."""
    if facts.due_at:
        return facts.due_at.astimezone(issued_at.tzinfo).date()
    return facts.due_on


def stated_limit(facts: Facts, issued_at: datetime) -> date | None:
    """The date in the 督查通知 or in the 实施方案; of the two the earlier (R39, O17)."""
    stated = (_named_limit(facts, issued_at), facts.scheme_due_on)
    return min((on for on in stated if on is not None), default=None)


def open_item(
    *,
    item_id: str,
    facts: Facts,
    issued_at: datetime,
    now: datetime,
    actor: Actor,
    calendar: WorkingCalendar,
    policy: Policy,
    raw: Json,
    request_id: str | None = None,
    body_hash: str | None = None,
    draft: bool = False,
) -> tuple[Item, Event]:
    """The item as issued, or as registered only (``draft``), and its first event. Facts must have
    passed :func:`check_facts`.

    ``issued_at`` anchors every clock; ``now`` is when it was entered (R17, design §3.13).
    """
    now = now.astimezone(issued_at.tzinfo)
    begun = _registered(facts)
    if not draft:
        begun = issued(item_id, facts, issued_at, now, calendar, policy)
    status = Status.DRAFT if draft else first_status(facts)
    unopened = Item(
        id=item_id,
        seq=0,
        status=status,
        facts=facts,
        policy=policy,
        calendar=calendar,
        issued_at=issued_at,
        entered_at=now,
        as_of=now,
        holder_since=issued_at,
        warnings=begun.warnings,
        handed_out=not draft,
    )
    event = Event(
        seq=1,
        act="register" if draft else "issue",
        title="登记" if draft else "下达",
        at=now,
        summary=begun.summary,
        actor=actor,
        body=raw,
        request_id=request_id,
        body_hash=body_hash,
        status=status,
        changes=Changes(clocks=begun.clocks, parts=begun.parts),
        notices=begun.notices,
    )
    return unopened, event


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What a 登记 or a 下达 begins: clocks, what there is to warn of, how it reads, who is told."""

    summary: str
    clocks: tuple[Clock, ...] = ()
    parts: tuple[Part, ...] = ()
    warnings: tuple[Warned, ...] = ()
    notices: tuple[Notice, ...] = ()


def first_status(facts: Facts) -> Status:
    """The report of a slot needs no receipt: the unit has signed for its task (R59)."""
    return Status.IN_PROGRESS if facts.period else Status.ISSUED


def _registered(facts: Facts) -> Begun:
    """T1. Nothing runs and nobody is told; what is vacant is said at once."""
    return Begun(
        summary=f"“{facts.title}”已登记拟办，拟交{facts.lead_unit_name}。",
        warnings=tuple(_vacancies(facts)),
    )


def issued(
    item_id: str,
    facts: Facts,
    issued_at: datetime,
    now: datetime,
    calendar: WorkingCalendar,
    policy: Policy,
    former: Item | None = None,
) -> Begun:
    """T5. ``former`` is the item as it was handed out once before and taken back: it keeps the
    limit that runs since then, and the unit gets its own receipt and plan (O19)."""
    clocks = _first_clocks(facts, issued_at, calendar, policy, former)
    result = clocks[0]
    parts: tuple[Part, ...] = ()
    plan = ""
    if former and former.parts:
        parts = _slots_anew(former.parts, facts, issued_at.date())
        plan = _plan_anew(former.parts, parts, facts)
    elif is_year_task(facts):
        first_day = day_zero(issued_at, policy, calendar)
        parts = plan_slots(item_id, facts, calendar, policy, first_day, issued_at)
        plan = plan_text(parts, facts)
    summary = (
        f"“{facts.title}”下达{facts.lead_unit_name}，"
        f"{result.name}期限为{instant_text(result.due_at, now)}"
        f"{'（暂定）' if result.provisional else ''}。{plan}"
    )
    notice = Notice(
        clock="",
        rung="issue",
        due_version=former.misassigned if former else 0,
        audience=tuple(unit(code) for code in (facts.lead_unit, *facts.co_units)),
        title="督查事项下达",
        text=summary,
    )
    return Begun(
        summary=summary,
        clocks=tuple(clocks),
        parts=parts,
        warnings=tuple(_warnings(facts, clocks, issued_at, now, calendar, policy)),
        # Of a slot the unit was told with the task; the reminder is near (R59).
        notices=() if facts.period and policy.reminder_days else (notice,),
    )


def _slots_anew(parts: tuple[Part, ...], facts: Facts, first_day: date) -> tuple[Part, ...]:
    """The slots of a task that was taken back (T7): those to come are the new unit's; of those
    whose day passed while nobody had it no report is owed."""
    passed = missed(parts, first_day, "退件后重新下达前已过，本期不要求报告")
    to_come = merge_parts(parts, passed)
    return (*passed, *handed_to(to_come, facts.lead_unit, facts.lead_unit_name))


def _plan_anew(before: tuple[Part, ...], changed: tuple[Part, ...], facts: Facts) -> str:
    owed = [part for part in merge_parts(before, changed) if part.state is PartState.PLANNED]
    passed = sum(1 for part in changed if part.state is PartState.SKIPPED)
    text = plan_text(in_order(owed), facts)
    return f"{text}退件期间已过的{passed}期不要求报告。" if passed else text


def _first_clocks(
    facts: Facts,
    issued_at: datetime,
    calendar: WorkingCalendar,
    policy: Policy,
    former: Item | None,
) -> list[Clock]:
    start = day_zero(issued_at, policy, calendar)
    rules = policy.for_urgency(facts.urgency)
    running = former.governing if former else None

    def clock(key: str, rule: Rule, counted: Counted, at: datetime | None = None) -> Clock:
        return start_clock(
            key=former.next_key(key) if former else key,
            rule=rule,
            unit=facts.lead_unit,
            started_at=issued_at,
            counted=counted,
            policy=policy,
            at=at,
        )

    def by_rule(key: str, rule: Rule) -> Clock:
        return clock(key, rule, count_rule(rule, start, calendar, rules))

    if facts.period:
        return [_slot_clock(facts, facts.period, issued_at, calendar, policy)]
    if facts.milestones and running is None:
        nodes = node_clocks(facts, issued_at, calendar, policy)
        return [*nodes, by_rule("receipt", Rule.RECEIPT)]
    result = (
        replace(running, unit=facts.lead_unit)
        if running
        else _result_clock(facts, issued_at, calendar, policy, clock, by_rule)
    )
    clocks = [result, *handed_on(former.running_clocks if former else (), facts, issued_at)]
    # A date named for another unit's plan may have passed.
    if facts.plan_due_on and not (former and facts.plan_due_on < issued_at.date()):
        due = named(calendar, facts.plan_due_on, "指定的方案报送日期，含当日")
        clocks.append(clock("plan", Rule.DIRECTIVE_PLAN, due))
    elif result.rule is Rule.DIRECTIVE_RESULT:
        clocks.append(by_rule("plan", Rule.DIRECTIVE_PLAN))
    return [*clocks, by_rule("receipt", Rule.RECEIPT)]


def _slot_clock(
    facts: Facts, period: Period, issued_at: datetime, calendar: WorkingCalendar, policy: Policy
) -> Clock:
    """The limit of one period's report; the unit has signed for the task, not for each report."""
    return start_clock(
        key="result",
        rule=period.rule,
        name=period.name,
        unit=facts.lead_unit,
        started_at=issued_at,
        counted=count_rule(period.rule, period.starts_on, calendar, policy),
        policy=policy,
    )


def _result_clock(
    facts: Facts,
    issued_at: datetime,
    calendar: WorkingCalendar,
    policy: Policy,
    clock: Callable[[str, Rule, Counted, datetime | None], Clock],
    by_rule: Callable[[str, Rule], Clock],
) -> Clock:
    """A stated limit wins; of two stated dates the earlier governs (R39, O17)."""
    limit, notice = stated_limit(facts, issued_at), _named_limit(facts, issued_at)
    if facts.kind is Kind.YEAR_ROUND:
        start = date(year_of(facts, issued_at.date()), 1, 1)
        return clock(
            "result", Rule.YEAR_END, count_rule(Rule.YEAR_END, start, calendar, policy), None
        )
    if limit is None:
        ordinary = facts.kind is Kind.ORDINARY
        return by_rule("result", Rule.ORDINARY_RESULT if ordinary else Rule.DIRECTIVE_RESULT)
    if limit != notice:
        earlier = "早于通知时限，以此为准" if notice else "即为办理期限"
        due = named(calendar, limit, f"实施方案确定的完成时限{earlier}，含当日")
        return clock("result", Rule.NAMED_DATE, due, None)
    reason = "指定时刻" if facts.due_at else "指定日期，含当日"
    at = facts.due_at.astimezone(issued_at.tzinfo) if facts.due_at else None
    return clock("result", Rule.NAMED_DATE, named(calendar, limit, reason), at)


def _warnings(
    facts: Facts,
    clocks: list[Clock],
    issued_at: datetime,
    now: datetime,
    calendar: WorkingCalendar,
    policy: Policy,
) -> list[Warned]:
    warnings = []
    for clock in clocks[:-1] or clocks:
        counted = Counted(
            day_kind=clock.day_kind,
            due_on=clock.due_on,
            derivation=clock.derivation,
            provisional=clock.provisional,
        )
        warnings += [w for w in date_warnings(counted, calendar) if w not in warnings]
    result = clocks[0]
    plan = next((clock for clock in clocks if clock.rule is Rule.DIRECTIVE_PLAN), None)
    if plan:
        warnings += collapse_warning(plan.due_on, result.due_on)
        warnings += _plan_after_result(plan, result)
    return [
        *warnings,
        *_source_warnings(facts, result, issued_at, now, calendar, policy),
        *gaps(facts),
        *_vacancies(facts),
    ]


def _vacancies(facts: Facts) -> list[Warned]:
    """R47: what is missing in the directory stops nothing, and is said."""
    found = []
    if trio := [post for post in facts.vacant if post is not Post.DEPUTY]:
        detail = f"{facts.lead_unit_name}尚未登记{post_names(trio)}，请按办法六(一)补登。"
        found.append(Warned(code="trio_incomplete", detail=detail))
    if Post.DEPUTY in facts.vacant:
        found.append(Warned(code="no_deputy", detail=f"{facts.lead_unit_name}{NO_DEPUTY}"))
    return found


def _plan_after_result(plan: Clock, result: Clock) -> list[Warned]:
    if plan.due_on <= result.due_on:
        return []
    detail = f"办理方案的期限 {plan.due_on} 晚于办理结果的期限 {result.due_on}，请确认。"
    return [Warned(code="plan_after_result", detail=detail)]


def _source_warnings(
    facts: Facts,
    result: Clock,
    issued_at: datetime,
    now: datetime,
    calendar: WorkingCalendar,
    policy: Policy,
) -> list[Warned]:
    source, found = facts.source, []
    if source.upstream_due_on and result.due_on > source.upstream_due_on:
        found.append(("later_than_upstream", f"期限晚于上级要求的 {source.upstream_due_on}。"))
    if source.reply_due_on and result.due_on > source.reply_due_on:
        found.append(("later_than_reply", f"期限晚于建议提案的答复期限 {source.reply_due_on}。"))
    limit = _named_limit(facts, issued_at)
    if facts.scheme_due_on and limit and facts.scheme_due_on != limit:
        found.append(
            ("two_dates", f"通知时限 {limit} 与方案时限 {facts.scheme_due_on} 不一致，以早者为准。")
        )
    if source.received_at:
        received = source.received_at.astimezone(issued_at.tzinfo).date()
        taken = calendar.working_days_between(received, issued_at.date())
        if taken > policy.slow_issue_working_days:
            found.append(("slow_to_issue", f"收到后 {taken} 个工作日才下达，应第一时间分解交办。"))
    if issued_at > now:
        found.append(("issued_in_future", "下达时间晚于当前时间，各期限自该时间起算。"))
    return [Warned(code=code, detail=detail) for code, detail in found]
