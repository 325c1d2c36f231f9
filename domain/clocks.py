"""Clocks: a rule, its unit of days, its anchor, and the derivation of its date line by line.

A clock answers "why this date?" by itself (domain.md §3 rule 12). It keeps its original date beside
every moved one, and a lapse on it is a permanent fact (design §3.7).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from domain.calendar import ONE_DAY, WorkingCalendar, days_after
from domain.errors import Invalid
from domain.policy import Policy
from domain.text import day_text

ORDINARY_WORKING_DAYS = 5  # 办法 五(一): 一般应在5个工作日内
DIRECTIVE_DAYS = 5  # 办法 五(三): 一般在5日内
NEXT_DAY = 1  # 办法 五(三): 次日
RECHECK_DAYS = 30  # 条例 复核 (C14), domain.md §3.9
LONGEST_LISTED = 62  # a count of more days shows its two ends only
EARLIEST_YEAR = 2000
LATEST_YEAR = 2100
PROVISIONAL = "provisional"  # the code of the warning
LAPSE = "lapse"  # the rung at the limit
WITHDRAWN = "withdrawn"  # marks a clock that should never have started
UNREPORTED = "unreported"  # marks the clock of a node that ended with its item, not reached
END_OF_DAY = time(23, 59, 59)
CLOSE_OF_BUSINESS = time(17, 30)  # domain.md §3.10


class DayKind(StrEnum):
    """What a rule counts: working days, calendar days, or nothing (a named date)."""

    WORKING = "working"
    CALENDAR = "calendar"
    NAMED = "named"


class Rule(StrEnum):
    """Where a clock's date comes from."""

    ORDINARY_RESULT = "ordinary_result"
    DIRECTIVE_PLAN = "directive_plan"
    DIRECTIVE_RESULT = "directive_result"
    NAMED_DATE = "named_date"
    RECEIPT = "receipt"
    EXPLANATION = "explanation"
    REWORK = "rework"
    RECHECK_30D = "recheck_30d"
    SLOT_WEEK = "slot_week"
    SLOT_MONTH = "slot_month"
    SLOT_QUARTER = "slot_quarter"
    SLOT_YEAR = "slot_year"
    YEAR_END = "year_end"
    AFTER_CIRCULAR = "after_circular"
    MILESTONE = "milestone"
    RATIFICATION = "ratification"
    LEADER_REPORT = "leader_report"
    HANDLING = "handling"


NAMES = {
    Rule.ORDINARY_RESULT: "办理结果",
    Rule.DIRECTIVE_PLAN: "办理方案",
    Rule.DIRECTIVE_RESULT: "办理意见或结果",
    Rule.NAMED_DATE: "办理结果",
    Rule.RECEIPT: "签收",
    Rule.EXPLANATION: "未办结说明",
    Rule.REWORK: "退回补办",
    Rule.RECHECK_30D: "申请复核",
    Rule.SLOT_WEEK: "周调度报告",
    Rule.SLOT_MONTH: "月调度报告",
    Rule.SLOT_QUARTER: "季调度报告",
    Rule.SLOT_YEAR: "年度报告",
    Rule.YEAR_END: "年底前报告",
    Rule.AFTER_CIRCULAR: "通报后办理",
    Rule.MILESTONE: "时间节点",
    Rule.RATIFICATION: "补批",
    Rule.LEADER_REPORT: "向区领导报告",
    Rule.HANDLING: "落实处理要求",
}

CLAUSES = {
    Rule.ORDINARY_RESULT: "办法五（一）",
    Rule.DIRECTIVE_PLAN: "办法五（三）",
    Rule.DIRECTIVE_RESULT: "办法五（三）",
    Rule.NAMED_DATE: "办法五（一）",
    Rule.RECEIPT: "办法四（二）",
    Rule.EXPLANATION: "办法四（二）",
    Rule.REWORK: "办法四（四）",
    Rule.RECHECK_30D: "条例第十七条",
    Rule.SLOT_WEEK: "办法五（四）",
    Rule.SLOT_MONTH: "办法五（四）",
    Rule.SLOT_QUARTER: "办法五（四）",
    Rule.SLOT_YEAR: "办法五（四）",
    Rule.YEAR_END: "办法五（四）",
    Rule.AFTER_CIRCULAR: "办法六（三）",
    Rule.MILESTONE: "办法五（二）",
    Rule.RATIFICATION: "办法四（三）",
    Rule.LEADER_REPORT: "办法六（三）",
    Rule.HANDLING: "办法六（三）",
}
"""By which clause each date is owed."""

# The clocks whose passing is the item's own lateness: both ladders of design §3.2 hang on these.
SLOT_RULES = frozenset({Rule.SLOT_WEEK, Rule.SLOT_MONTH, Rule.SLOT_QUARTER, Rule.SLOT_YEAR})
# The dates that follow the calendar by the period they lie in, not by a count of days.
PERIOD_RULES = SLOT_RULES | {Rule.YEAR_END}
RESULT_RULES = PERIOD_RULES | {
    Rule.ORDINARY_RESULT,
    Rule.DIRECTIVE_RESULT,
    Rule.NAMED_DATE,
    Rule.REWORK,
}
# The clocks the unit is reminded of beforehand (R33).
REMINDED_RULES = RESULT_RULES | {Rule.DIRECTIVE_PLAN, Rule.MILESTONE, Rule.AFTER_CIRCULAR}


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLine:
    """One line of a derivation: what a date counted as, and why."""

    date: date
    counted: int | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A date and how it was arrived at.

    ``count`` and ``count_from`` say how to count it again when the calendar changes; a period's
    date has no ``count`` (its ``count_from`` lies in the period), a date that was named neither.
    """

    day_kind: DayKind
    due_on: date
    derivation: tuple[DayLine, ...]
    provisional: bool = False
    count_from: date | None = None
    count: int | None = None
    roll: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One running, stopped or lapsed limit of an item.

    ``due_at`` is shown; ``lapses_at`` is the instant at which the alarm rings: for a day the
    first instant after it, for an instant that instant itself.
    """

    key: str
    name: str
    rule: Rule
    unit: str
    started_at: datetime
    day_kind: DayKind
    due_on: date
    due_at: datetime
    lapses_at: datetime
    original_due_at: datetime
    derivation: tuple[DayLine, ...]
    provisional: bool = False
    count_from: date | None = None
    count: int | None = None
    roll: bool = True
    due_version: int = 1
    set_at: datetime | None = None
    moved_because: str = ""
    rungs: tuple[str, ...] = ()
    told_at: datetime | None = None
    remaining: int | None = None
    stopped_at: datetime | None = None
    lapsed_at: datetime | None = None

    @property
    def running(self) -> bool:
        """Neither met nor withdrawn."""
        return self.stopped_at is None

    @property
    def lapsed(self) -> bool:
        """Whether a limit of it was ever missed; nothing done later changes that."""
        return self.lapsed_at is not None

    @property
    def passed(self) -> bool:
        """Whether its present limit was missed: ``lapsed``, and not moved since."""
        return LAPSE in self.rungs

    @property
    def withdrawn(self) -> bool:
        """Whether the act that started it was annulled: it says nothing of the item."""
        return WITHDRAWN in self.rungs

    @property
    def met(self) -> bool:
        """Whether somebody did what it asked for."""
        return not (self.running or self.withdrawn or self.unreported)

    @property
    def unreported(self) -> bool:
        """Whether it ended only because its item did: nobody said that the node was reached."""
        return UNREPORTED in self.rungs

    @property
    def counts(self) -> bool:
        """Whether its date still follows the calendar: counted, and neither met, missed nor
        frozen."""
        counted = self.count_from is not None and self.remaining is None
        return counted and self.running and not self.passed

    @property
    def rolls(self) -> bool:
        """Whether a last day of rest moves it: never a date somebody named (domain.md §3.7)."""
        return self.day_kind is DayKind.WORKING or (self.day_kind is DayKind.CALENDAR and self.roll)

    @property
    def is_result(self) -> bool:
        """Whether the item itself is late when this clock is."""
        return self.rule in RESULT_RULES

    def stop(self, at: datetime) -> "Clock":
        """Met (or withdrawn) at ``at``."""
        return replace(self, stopped_at=at)

    def with_rung(self, *rungs: str) -> "Clock":
        """With further rungs of the ladder behind it."""
        return replace(self, rungs=(*self.rungs, *(r for r in rungs if r not in self.rungs)))


def count_working(calendar: WorkingCalendar, start: date, days: int) -> Counted:
    """``days`` working days after ``start``; the start day is never counted (domain.md §3.4)."""
    lines = [DayLine(date=start, counted=0, reason="起算日，不计入")]
    counted, provisional, last = 0, False, start
    for last in days_after(start):
        day = calendar.day(last)
        provisional |= day.provisional
        counted += day.working
        lines.append(
            DayLine(date=last, counted=counted if day.working else None, reason=day.reason)
        )
        if counted == days:
            break
    return Counted(
        day_kind=DayKind.WORKING,
        due_on=last,
        derivation=tuple(lines),
        provisional=provisional,
        count_from=start,
        count=days,
    )


def count_calendar(calendar: WorkingCalendar, start: date, days: int, *, roll: bool) -> Counted:
    """``days`` calendar days after ``start``; a last day of rest rolls forward if ``roll``
    (domain.md §3.5, §3.6)."""
    lines = [DayLine(date=start, counted=0, reason="起算日，不计入")]
    for n in range(1 if days <= LONGEST_LISTED else days, days + 1):
        day = calendar.day(start + ONE_DAY * n)
        lines.append(DayLine(date=day.on, counted=n, reason=f"第{n}日（{day.reason}）"))
    last = calendar.day(start + ONE_DAY * days)
    provisional = roll and last.provisional
    while roll and not last.working:
        last = calendar.day(last.on + ONE_DAY)
        provisional |= last.provisional
        told = "期限末日逢休息日，顺延至此" if last.working else f"顺延（{last.reason}）"
        lines.append(DayLine(date=last.on, counted=None, reason=told))
    return Counted(
        day_kind=DayKind.CALENDAR,
        due_on=last.on,
        derivation=tuple(lines),
        provisional=provisional,
        count_from=start,
        count=days,
        roll=roll,
    )


def named(calendar: WorkingCalendar, on: date, reason: str) -> Counted:
    """A date that somebody named: it is not a period and never moves (domain.md §3.7)."""
    day = calendar.day(on)
    rest = "" if day.working else f"；当日为{day.reason}，指定日期不顺延"
    return Counted(
        day_kind=DayKind.NAMED,
        due_on=on,
        derivation=(DayLine(date=on, counted=None, reason=f"{reason}{rest}"),),
    )


def count_again(calendar: WorkingCalendar, clock: Clock, policy: Policy) -> Counted:
    """The same count on another calendar. Only for a clock with ``count_from``."""
    assert clock.count_from is not None
    if clock.rule in PERIOD_RULES:
        return _slot(clock.rule, clock.count_from, calendar, policy)
    assert clock.count is not None
    if clock.day_kind is DayKind.WORKING:
        return count_working(calendar, clock.count_from, clock.count)
    return count_calendar(calendar, clock.count_from, clock.count, roll=clock.roll)


WORKING_DAYS: dict[Rule, Callable[[Policy], int]] = {
    Rule.ORDINARY_RESULT: lambda _: ORDINARY_WORKING_DAYS,
    Rule.RECEIPT: lambda policy: policy.receipt_working_days,
    Rule.EXPLANATION: lambda policy: policy.explanation_working_days,
    Rule.REWORK: lambda policy: policy.rework_working_days,
    Rule.AFTER_CIRCULAR: lambda policy: policy.after_circular_working_days,
    Rule.RATIFICATION: lambda policy: policy.ratification_working_days,
    Rule.LEADER_REPORT: lambda policy: policy.leader_report_working_days,
    Rule.HANDLING: lambda policy: policy.handling_working_days,
}


def count_rule(rule: Rule, start: date, calendar: WorkingCalendar, policy: Policy) -> Counted:
    """The date a rule gives when its day 0 is ``start`` (for ``named_date`` ``start`` is it)."""
    if rule is Rule.DIRECTIVE_RESULT and policy.directive_in_working_days:
        return count_working(calendar, start, DIRECTIVE_DAYS)
    if days := WORKING_DAYS.get(rule):
        return count_working(calendar, start, days(policy))
    match rule:
        case Rule.DIRECTIVE_PLAN:
            return count_calendar(calendar, start, NEXT_DAY, roll=policy.roll_next_day)
        case Rule.DIRECTIVE_RESULT:
            return count_calendar(calendar, start, DIRECTIVE_DAYS, roll=policy.roll_calendar_days)
        case Rule.RECHECK_30D:
            return count_calendar(calendar, start, RECHECK_DAYS, roll=True)
        case Rule.NAMED_DATE | Rule.MILESTONE:
            return named(calendar, start, "指定日期，含当日")
        case _:
            return _slot(rule, start, calendar, policy)


def _slot(rule: Rule, start: date, calendar: WorkingCalendar, policy: Policy) -> Counted:
    """The slot of the period in which ``start`` lies (办法 五(四), domain.md §3.8)."""
    if rule is Rule.SLOT_WEEK:
        monday = start - ONE_DAY * start.weekday()
        due = monday + ONE_DAY * policy.week_slot_weekday
        worked = [
            monday + ONE_DAY * n for n in range(7) if calendar.is_working(monday + ONE_DAY * n)
        ]
        if not worked:
            raise Invalid("slot_skipped")
        landed = due if calendar.is_working(due) else worked[-1]
        return _slot_on(calendar, start, due, landed, "逢休息日，改为本周最后一个工作日")
    if rule in {Rule.YEAR_END, Rule.SLOT_YEAR}:
        due = date(start.year, 12, 31)
        return _slot_on(calendar, start, due, calendar.on_or_before(due), "逢休息日，提前至此")
    month = start.month if rule is Rule.SLOT_MONTH else (start.month - 1) // 3 * 3 + 3
    due = date(start.year, month, policy.month_slot_day)
    if policy.slot_rolls_forward:
        return _slot_on(calendar, start, due, calendar.on_or_after(due), "逢休息日，顺延至此")
    return _slot_on(calendar, start, due, calendar.on_or_before(due), "逢休息日，提前至此")


def _slot_on(
    calendar: WorkingCalendar, start: date, due: date, landed: date, moved: str
) -> Counted:
    step = 1 if landed >= due else -1
    passed = [due + ONE_DAY * step * n for n in range(abs((landed - due).days))]
    lines = [DayLine(date=day, counted=None, reason=calendar.day(day).reason) for day in passed]
    lines.append(DayLine(date=landed, counted=None, reason=moved if passed else "调度日"))
    return Counted(
        day_kind=DayKind.NAMED,
        due_on=landed,
        derivation=tuple(lines),
        provisional=any(calendar.day(day).provisional for day in (*passed, landed)),
        count_from=start,
    )


def due_instant(on: date, policy: Policy, now: datetime) -> tuple[datetime, datetime]:
    """``(due_at, lapses_at)`` of a day: its last second and the first instant after it, or both
    the close of business where the policy has one."""
    if policy.close_of_business is not None:
        closing = datetime.combine(on, policy.close_of_business, now.tzinfo)
        return closing, closing
    midnight = datetime.combine(on + ONE_DAY, time(0), now.tzinfo)
    return datetime.combine(on, END_OF_DAY, now.tzinfo), midnight


def day_zero(
    issued_at: datetime, policy: Policy, calendar: WorkingCalendar = WorkingCalendar()
) -> date:
    """Day 0 of every count: the date of 下达, whatever the hour; where the policy says so, what
    is issued after close of business counts as issued on the next working day (domain.md §3.2)."""
    closed = policy.close_of_business or CLOSE_OF_BUSINESS
    if policy.late_issue_counts_next_day and issued_at.time() > closed:
        return calendar.add_working(issued_at.date(), 1)
    return issued_at.date()


def start_clock(
    *,
    key: str,
    rule: Rule,
    unit: str,
    started_at: datetime,
    counted: Counted,
    policy: Policy,
    at: datetime | None = None,
    name: str | None = None,
) -> Clock:
    """A clock that starts now with the date ``counted``; ``at`` makes its limit an instant."""
    due_at, lapses_at = (at, at) if at else due_instant(counted.due_on, policy, started_at)
    return Clock(
        key=key,
        name=name or NAMES[rule],
        rule=rule,
        unit=unit,
        started_at=started_at,
        day_kind=counted.day_kind,
        due_on=counted.due_on,
        due_at=due_at,
        lapses_at=lapses_at,
        original_due_at=due_at,
        derivation=counted.derivation,
        provisional=counted.provisional,
        count_from=counted.count_from,
        count=counted.count,
        roll=counted.roll,
    )


def move(
    clock: Clock,
    counted: Counted,
    *,
    because: str,
    now: datetime,
    policy: Policy,
    at: datetime | None = None,
) -> Clock:
    """``clock`` with a new date: a new due version whose ladder starts from the foot; the
    original date and a lapse that happened stay (T14)."""
    due_at, lapses_at = (at, at) if at else due_instant(counted.due_on, policy, now)
    return replace(
        clock,
        day_kind=counted.day_kind,
        due_on=counted.due_on,
        due_at=due_at,
        lapses_at=lapses_at,
        derivation=counted.derivation,
        provisional=counted.provisional,
        count_from=counted.count_from,
        count=counted.count,
        roll=counted.roll,
        due_version=clock.due_version + 1,
        set_at=now,
        moved_because=because,
        rungs=(),
        told_at=None,
        remaining=None,
    )


def recount(
    clock: Clock, counted: Counted, *, because: str, now: datetime, policy: Policy
) -> Clock:
    """``clock`` after its date was counted again: a new due version where it differs, and only a
    new derivation where it does not (domain.md §3.11)."""
    due_at, _ = due_instant(counted.due_on, policy, now)
    if due_at != clock.due_at:
        return move(clock, counted, because=because, now=now, policy=policy)
    return replace(
        clock,
        day_kind=counted.day_kind,
        derivation=counted.derivation,
        provisional=counted.provisional,
        count_from=counted.count_from,
        count=counted.count,
        roll=counted.roll,
    )


def first_open_day(policy: Policy, now: datetime) -> date:
    """The first day whose end is still to come."""
    _, ends = due_instant(now.date(), policy, now)
    return now.date() if now < ends else now.date() + ONE_DAY


def _counts_from(clock: Clock, now: datetime) -> date:
    """Today, or day 0 of a clock that is still to start."""
    return max(now.date(), clock.count_from or clock.started_at.date())


def freeze(clock: Clock, calendar: WorkingCalendar, now: datetime) -> Clock:
    """Suspended: how many of its days are left is kept (T28)."""
    today = _counts_from(clock, now)
    if clock.day_kind is DayKind.WORKING:
        left = calendar.working_days_between(today, clock.due_on)
    else:
        left = max((clock.due_on - today).days, 0)
    return replace(clock, remaining=left)


def thaw(clock: Clock, calendar: WorkingCalendar, policy: Policy, now: datetime) -> Clock:
    """Resumed: the days that were left, counted anew from today (T29). Where none was lost the
    date stays; where some were, a limit that was an instant gets the whole of its last day."""
    if clock.rule in PERIOD_RULES and clock.count_from is not None:
        return _period_again(clock, calendar, policy, now)
    counted = _given_back(clock, calendar, policy, now)
    none_lost = not clock.remaining or counted.due_on == clock.due_on
    if none_lost and now < clock.lapses_at:
        return _as_counted(replace(clock, remaining=None, set_at=now), calendar, policy)
    return move(clock, counted, because="暂缓后恢复，按剩余天数计算", now=now, policy=policy)


def _period_again(clock: Clock, calendar: WorkingCalendar, policy: Policy, now: datetime) -> Clock:
    """A period's date does not wait: 年底前 stays 年底前. Passed meanwhile, today is the limit."""
    kept = replace(clock, remaining=None, set_at=now)
    if now < clock.lapses_at:
        return _as_counted(kept, calendar, policy)
    today = calendar.on_or_after(first_open_day(policy, now))
    counted = named(calendar, today, "暂缓期间期限已过，以恢复当日为限")
    return move(clock, counted, because="暂缓后恢复", now=now, policy=policy)


def _given_back(clock: Clock, calendar: WorkingCalendar, policy: Policy, now: datetime) -> Counted:
    assert clock.remaining is not None
    today, left = _counts_from(clock, now), clock.remaining
    if not left:
        last, rolls = max(today, first_open_day(policy, now)), clock.rolls
        last = calendar.on_or_after(last) if rolls else last
        told = "（逢休息日顺延）" if rolls else ""
        return named(calendar, last, f"暂缓时期限当日届满，以恢复当日{told}为限")
    if clock.day_kind is DayKind.WORKING:
        return count_working(calendar, today, left)
    if clock.day_kind is DayKind.CALENDAR:
        return count_calendar(calendar, today, left, roll=clock.roll)
    due = today + ONE_DAY * left
    return named(calendar, due, f"指定日期，暂缓时剩余{left}日，自{today:%m-%d}起续算，含当日")


def _as_counted(clock: Clock, calendar: WorkingCalendar, policy: Policy) -> Clock:
    """``clock`` with the lines of its count as they are on the calendar of now, which may have
    been loaded while it was frozen."""
    if not clock.counts:
        return clock
    counted = count_again(calendar, clock, policy)
    if counted.due_on != clock.due_on:
        return clock
    return replace(clock, derivation=counted.derivation, provisional=counted.provisional)


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """Something a person should look at; it stops nothing."""

    code: str
    detail: str


def date_warnings(counted: Counted, calendar: WorkingCalendar) -> list[Warned]:
    """What there is to say of a computed or named date."""
    warnings = []
    if counted.day_kind is DayKind.NAMED and not calendar.is_working(counted.due_on):
        detail = f"{day_text(counted.due_on)}是休息日；指定日期不顺延，请确认。"
        warnings.append(Warned(code="rest_day", detail=detail))
    if counted.provisional:
        detail = "所涉年度的放假通知尚未录入，该日期为暂定，录入后重新计算。"
        warnings.append(Warned(code=PROVISIONAL, detail=detail))
    return warnings


def collapse_warning(plan_on: date, result_on: date) -> list[Warned]:
    """E6, E9: the plan and the result fall on one day."""
    if plan_on != result_on:
        return []
    detail = f"办理方案与办理结果的期限同为{day_text(result_on)}，建议另行指定日期。"
    return [Warned(code="timers_collapse", detail=detail)]


def reminder_at(clock: Clock, days: int, calendar: WorkingCalendar, policy: Policy) -> datetime:
    """The instant of the reminder ``days`` working days before the limit."""
    on = calendar.back_working(clock.due_on, days)
    return datetime.combine(on, policy.reminder_time, clock.due_at.tzinfo)


def end_of(on: date, tz_of: datetime) -> datetime:
    """The first instant after the day ``on``."""
    return datetime.combine(on, time(0), tz_of.tzinfo) + timedelta(days=1)
