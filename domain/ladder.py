"""The failure ladder: what rings, when, whom it tells (design §3.2; 办法 四, 六(三)).

Reminders, then the lapse, then the chief leader. Everything is computed from the item and its
calendar; nothing is scheduled ahead but the one next alarm.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from domain.audience import approver_of, deputy_of, unit, unit_of
from domain.clocks import (
    LAPSE,
    REMINDED_RULES,
    Clock,
    Rule,
    count_rule,
    end_of,
    reminder_at,
    start_clock,
)
from domain.items import (
    HOLDER_NAMES,
    RESTING,
    Changes,
    Escalation,
    Event,
    Item,
    Notice,
    Status,
    is_spared,
)
from domain.text import day_text, instant_text

LEADER_WAITING = "leader_waiting"
CHIEF = "chief"
EXPLAINED = "explained"
REMIND = "remind"
STILL_OPEN = "still_open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One rung of one clock's ladder and the instant at which it rings. ``owed_at`` is the
    earliest instant of those that collapsed into it."""

    clock: Clock
    name: str
    at: datetime
    owed_at: datetime | None = None

    @property
    def is_reminder(self) -> bool:
        """Whether it only reminds."""
        return self.name.startswith(REMIND)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """The next thing that rings; ``summary`` names the timer for operators."""

    at: datetime
    summary: str


def next_rung_alarm(item: Item) -> Alarm | None:
    """The earliest rung not yet rung, or ``None`` when nothing is owed."""
    rungs = [rung for clock in item.running_clocks for rung in _rungs(item, clock)]
    if not rungs:
        return None
    first = min(rungs, key=lambda rung: rung.at)
    return Alarm(at=first.at, summary=f"{first.clock.name}{RUNG_TITLES[_sort(first)]}")


RUNG_TITLES = {
    REMIND: "到期提醒",
    LAPSE: "到期",
    LEADER_WAITING: "到期（待领导阅签）",
    CHIEF: "逾期上报主要领导",
}


def due_rungs(item: Item, now: datetime) -> list[Rung]:
    """The rungs that should have rung by ``now``, in the order of their instants."""
    rungs = [rung for clock in item.running_clocks for rung in _rungs(item, clock)]
    return sorted((rung for rung in rungs if rung.at <= now), key=lambda rung: rung.at)


def ring_next(item: Item, now: datetime) -> Event | None:
    """The event of the first rung due by ``now``; ``None`` when none is.

    Reminders missed meanwhile collapse into the last of them, or into the lapse; the one that
    rings says since when it was owed.
    """
    due = due_rungs(item, now)
    if not due:
        return None
    of_clock = [rung for rung in due if rung.clock.key == due[0].clock.key]
    rung = _last_worth_telling(of_clock)
    missed = of_clock[: of_clock.index(rung) + 1]
    clock = rung.clock.with_rung(*(r.name for r in missed))
    tell = {CHIEF: _tell_chief, LEADER_WAITING: _leader_waits, LAPSE: _lapse}.get(
        rung.name, _remind
    )
    return tell(item, replace(rung, owed_at=missed[0].at), clock, now)


def _last_worth_telling(rungs: list[Rung]) -> Rung:
    others = [rung for rung in rungs if not rung.is_reminder]
    return others[0] if others else rungs[-1]


def _sort(rung: Rung) -> str:
    return REMIND if rung.is_reminder else rung.name


def _rungs(item: Item, clock: Clock) -> list[Rung]:
    if item.ended or item.status in RESTING:
        return []
    rungs = _after_lapse(item, clock) if clock.passed else _before_limit(item, clock)
    return [rung for rung in rungs if rung.name not in clock.rungs]


def _before_limit(item: Item, clock: Clock) -> list[Rung]:
    if _spared(item, clock):
        limit = Rung(clock=clock, name=LEADER_WAITING, at=clock.lapses_at)
    elif LEADER_WAITING in clock.rungs:  # the leader sent it back after the limit
        limit = Rung(clock=clock, name=LAPSE, at=max(clock.lapses_at, item.holder_since))
    else:
        limit = Rung(clock=clock, name=LAPSE, at=clock.lapses_at)
    return [*_reminders(item, clock), limit]


def _reminders(item: Item, clock: Clock) -> list[Rung]:
    """Dropped when at or before issue, or before the limit was set; none on a day of rest."""
    if clock.rule not in REMINDED_RULES:
        return []
    known = max(clock.set_at or clock.started_at, item.entered_at)
    rungs = []
    for days in item.policy.reminder_days:
        at = reminder_at(clock, days, item.calendar, item.policy)
        wanted = days or item.calendar.is_working(clock.due_on)
        if wanted and known < at < clock.lapses_at:
            rungs.append(Rung(clock=clock, name=f"{REMIND}-{days}", at=at))
    return sorted(rungs, key=lambda rung: rung.at)


def _after_lapse(item: Item, clock: Clock) -> list[Rung]:
    if not clock.is_result or clock.told_at is None:
        return []
    start, days = _day_zero(clock, clock.told_at), item.policy.chief_after_working_days
    ordinary = end_of(item.calendar.add_working(start, days), clock.due_at)
    return [Rung(clock=clock, name=CHIEF, at=max(ordinary, _grace(item, clock.told_at)))]


def _day_zero(clock: Clock, told_at: datetime) -> date:
    """Of what follows a lapse: the due day, or where the leader was waited for, the day on which
    he sent the result back."""
    return told_at.date() if LEADER_WAITING in clock.rungs else clock.due_on


def _grace(item: Item, told: datetime) -> datetime:
    """Whole working days after the deputy was really told (design §3.2). Told on a day of rest,
    they begin with the next working day."""
    day = item.calendar.add_working(told.date(), item.policy.chief_grace_working_days)
    if not item.calendar.is_working(told.date()):
        return end_of(day, told)
    return told + (day - told.date())


def _spared(item: Item, clock: Clock) -> bool:
    return clock.is_result and is_spared(item.status, item.handed_in)


def is_late(item: Item, at: datetime, now: datetime) -> bool:
    """Late because of us: not when it was due before the item was entered."""
    allowed = timedelta(minutes=item.policy.late_rung_minutes)
    return at > item.entered_at and now - at > allowed


def _event(
    item: Item, rung: Rung, now: datetime, summary: str, changes: Changes, *audience: str
) -> Event:
    owed_at = rung.owed_at or rung.at
    late = is_late(item, owed_at, now)
    title = f"{rung.clock.name}{RUNG_TITLES[_sort(rung)]}"
    told = f"{summary}（系统补发，应于{instant_text(owed_at, now)}提示）" if late else summary
    notice = Notice(
        clock=rung.clock.key,
        rung=rung.name,
        due_version=rung.clock.due_version,
        audience=audience,
        title=title,
        text=told,
        late=late,
    )
    return Event(
        seq=item.seq + 1,
        act=rung.name.replace("-", "_"),
        title=title,
        at=now,
        summary=told,
        body={"clock": rung.clock.key, "due_at": rung.clock.due_at.isoformat(), "late": late},
        status=changes.status or item.status,
        changes=changes,
        notices=(notice,),
    )


def _remind(item: Item, rung: Rung, clock: Clock, now: datetime) -> Event:
    if item.status is Status.AWAITING_SIGN_OFF and clock.is_result:
        summary = f"“{item.facts.title}”的办理结果待阅签，期限为{instant_text(clock.due_at, now)}。"
        return _event(item, rung, now, summary, Changes(clocks=(clock,)), deputy_of(item), "office")
    summary = (
        f"“{item.facts.title}”的{clock.name}期限为{instant_text(clock.due_at, now)}，请按时报送。"
    )
    audience = _responsible(item, clock) if clock.rule is Rule.MILESTONE else (unit_of(item),)
    return _event(item, rung, now, summary, Changes(clocks=(clock,)), *audience)


def _responsible(item: Item, clock: Clock) -> tuple[str, ...]:
    """The lead unit, of a 补批 who was named for it; of a node also the unit that answers for it,
    and the deputy leader (R41)."""
    if clock.rule is Rule.RATIFICATION:
        return (approver_of(item),)
    if clock.rule is Rule.LEADER_REPORT:
        return ("office",)
    if clock.rule is not Rule.MILESTONE:
        return (unit_of(item),)
    return tuple(dict.fromkeys((unit_of(item), unit(clock.unit), deputy_of(item))))


def _leader_waits(item: Item, rung: Rung, clock: Clock, now: datetime) -> Event:
    summary = f"“{item.facts.title}”期限已到，承办单位已按时提交，正待分管领导阅签，不作逾期。"
    return _event(item, rung, now, summary, Changes(clocks=(clock,)), deputy_of(item), "office")


def _lapse(item: Item, rung: Rung, clock: Clock, now: datetime) -> Event:
    lapsed = replace(clock, lapsed_at=clock.lapsed_at or rung.at, told_at=now)
    if clock.rule is Rule.AFTER_CIRCULAR:
        return _still_open(item, rung, lapsed, now)
    if not clock.is_result:
        audience = tuple(dict.fromkeys(("office", *_responsible(item, clock))))
        summary = f"“{item.facts.title}”未在{instant_text(clock.due_at, now)}前完成{clock.name}。"
        return _event(item, rung, now, summary, Changes(clocks=(lapsed,)), *audience)
    summary = f"“{item.facts.title}”未在{instant_text(clock.due_at, now)}前办结，已逾期。"
    clocks: tuple[Clock, ...] = (lapsed,)
    if EXPLAINED not in clock.rungs:
        explanation = demand_explanation(item, _explanation_start(item, rung, clock, now), now)
        clocks = (lapsed, explanation)
        summary += f"请于{day_text(explanation.due_on)}前说明原因和下一步办理意见。"
    escalation = Escalation.DEPUTY if item.escalation is Escalation.NONE else item.escalation
    changes = Changes(clocks=clocks, escalation=escalation)
    return _event(item, rung, now, summary, changes, unit_of(item), "office", deputy_of(item))


def _still_open(item: Item, rung: Rung, clock: Clock, now: datetime) -> Event:
    """T26 通报后仍未办理: the office owes the leaders a report. Who has the item at this moment is
    said, for whoever decides on a further deduction (O6)."""
    report = start_clock(
        key=item.next_key("leader_report"),
        rule=Rule.LEADER_REPORT,
        unit="",
        started_at=now,
        counted=count_rule(Rule.LEADER_REPORT, now.date(), item.calendar, item.policy),
        policy=item.policy,
    )
    holder = HOLDER_NAMES.get(item.holder or "", "无")
    summary = (
        f"“{item.facts.title}”通报后至{instant_text(clock.due_at, now)}仍未办结（现由：{holder}），"
        f"请督查室于{day_text(report.due_on)}前将有关情况向区领导报告。"
    )
    changes = Changes(clocks=(clock, report), aftermath=replace(item.aftermath, report_owed=True))
    event = _event(item, rung, now, summary, changes, "office", unit_of(item), deputy_of(item))
    return replace(event, act=STILL_OPEN, title="通报后仍未办理")


def _explanation_start(item: Item, rung: Rung, clock: Clock, now: datetime) -> date:
    """The due day, or the day the unit was really told when that was later."""
    on_time = rung.at > item.entered_at and not is_late(item, rung.at, now)
    return _day_zero(clock, now) if on_time else now.date()


def demand_explanation(item: Item, start: date, now: datetime) -> Clock:
    """The clock of a 未办结说明 whose day 0 is ``start`` (R28)."""
    return start_clock(
        key=item.next_key("explanation"),
        rule=Rule.EXPLANATION,
        unit=item.facts.lead_unit,
        started_at=now,
        counted=count_rule(Rule.EXPLANATION, start, item.calendar, item.policy),
        policy=item.policy,
    )


def _tell_chief(item: Item, rung: Rung, clock: Clock, now: datetime) -> Event:
    summary = (
        f"“{item.facts.title}”于{instant_text(clock.due_at, now)}到期，"
        f"逾期后仍未办结，报区政府主要领导，建议列入通报（由督查室决定）。"
    )
    changes = Changes(clocks=(clock,), escalation=Escalation.CHIEF)
    return _event(item, rung, now, summary, changes, "chief", "office")
