"""What each act does to an item that may do it (domain.md §4, T6–T29).

One function an act, ``(item, command, now) -> Done``. Roles and states are checked by the gate
before; what is checked here depends on the rest of the item. Split from the gate because the
gate changes for other reasons than the rules of a single act.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from domain import acts
from domain.acts import Command
from domain.annulment import take_back
from domain.clocks import (
    LATEST_YEAR,
    Clock,
    Rule,
    count_rule,
    due_instant,
    freeze,
    move,
    named,
    start_clock,
    thaw,
)
from domain.errors import Forbidden, Invalid, Refused
from domain.items import (
    Changes,
    Escalation,
    Extension,
    HandedIn,
    Item,
    Kind,
    Level,
    Notice,
    Role,
    Status,
    Unverified,
    merge_clocks,
)
from domain.ladder import EXPLAINED
from domain.text import day_text, instant_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What an act did: one sentence, the changes, whom it tells. ``settles`` is the seq of the
    unverified act it confirms or annuls."""

    summary: str
    changes: Changes = Changes()
    notices: tuple[Notice, ...] = ()
    covert: bool = False
    settles: int | None = None


def tell(item: Item, rung: str, title: str, text: str, *audience: str) -> Notice:
    """A notice that an act (no clock) owes somebody."""
    told = f"“{item.facts.title}”：{text}"
    return Notice(clock="", rung=rung, due_version=0, audience=audience, title=title, text=told)


def _told(item: Item, command: Command, text: str, *audience: str) -> tuple[Notice, ...]:
    title = acts.ACTS[command.act].title
    return (tell(item, f"{command.act}@{item.seq + 1}", title, text, *audience),)


def _unit(item: Item) -> str:
    return f"unit:{item.facts.lead_unit}"


def _deputy(item: Item) -> str:
    return f"deputy:{item.facts.lead_unit}"


def _stopped(item: Item, rule: Rule, now: datetime) -> tuple[Clock, ...]:
    return tuple(c.stop(now) for c in item.running_clocks if c.rule is rule)


def _check_future(item: Item, on: date | None, now: datetime) -> None:
    if on is None:
        return
    if on < now.date():
        raise Invalid("due_not_after_now")
    if on.year > LATEST_YEAR:
        raise Invalid("date_out_of_range")
    _, lapses_at = due_instant(on, item.policy, now)
    if lapses_at <= now:
        raise Invalid("due_not_after_now")


def _governing(item: Item) -> Clock:
    if item.governing is None:
        raise Refused("no_running_deadline")
    return item.governing


def _moved(item: Item, clock: Clock, on: date, because: str, now: datetime) -> Clock:
    counted = named(item.calendar, on, f"{because}确定的日期，含当日")
    return move(clock, counted, because=because, now=now, policy=item.policy)


def _started(
    item: Item, key: str, rule: Rule, on: date, because: str, now: datetime, unit: str | None = None
) -> Clock:
    return start_clock(
        key=item.next_key(key),
        rule=rule,
        unit=unit or item.facts.lead_unit,
        started_at=now,
        counted=named(item.calendar, on, f"{because}确定的日期，含当日"),
        policy=item.policy,
    )


# Why a clock has the date it has; extensions of the last are the chief leader's to decide (O7).
EXTENDED = "批准延期"
ANSWERED = {Level.DEPUTY: "区政府分管领导答复", Level.CHIEF: "区政府主要领导答复"}


def _ordered_by_leader(item: Item) -> bool:
    """Whether a leader handed it out, not the office by itself (五(三))."""
    return item.facts.kind is Kind.DIRECTIVE or bool(item.facts.source.leader)


def _check_orderer(item: Item, command: Command) -> None:
    """T28: whoever ordered an item puts it off or ends it."""
    by_office = command.actor.role is Role.OFFICE and command.actor.verified
    if by_office and _ordered_by_leader(item):
        raise Forbidden("not_the_orderer")


def receive(item: Item, command: Command, now: datetime) -> Done:
    """T6 签收: stops the receipt clock; the result clock runs since 下达 and does not care."""
    changes = Changes(status=Status.IN_PROGRESS, clocks=_stopped(item, Rule.RECEIPT, now))
    summary = "承办单位已签收。"
    return Done(summary=summary, changes=changes, notices=_told(item, command, summary, "office"))


def submit_plan(item: Item, command: Command, now: datetime) -> Done:
    """T8 报方案 (kind 3). A later plan is a new version of the first."""
    if item.facts.kind is not Kind.DIRECTIVE:
        raise Refused("plan_not_required")
    changes = Changes(clocks=_stopped(item, Rule.DIRECTIVE_PLAN, now))
    late = any(c.lapsed for c in item.clocks if c.rule is Rule.DIRECTIVE_PLAN)
    summary = "承办单位迟报办理方案。" if late else "承办单位已报办理方案。"
    return Done(summary=summary, changes=changes, notices=_told(item, command, summary, "office"))


def submit_feedback(item: Item, command: Command, now: datetime) -> Done:
    """T19 提交办理结果, or progress. The signature stops the result clock, not the hand-in (O6);
    a plan is owed no more once the opinion or result is there (五(三))."""
    body = command.body
    assert isinstance(body, acts.SubmitFeedback)
    if body.interim_opinion and item.facts.kind is not Kind.DIRECTIVE:
        raise Refused("interim_not_allowed")
    if not (body.final or body.interim_opinion):
        summary = "承办单位反馈了进展情况。"
        return Done(summary=summary, notices=_told(item, command, summary, "office"))
    handed = HandedIn(at=now, interim=body.interim_opinion, in_time=_in_time(item, now))
    what = "办理意见（阶段性）" if body.interim_opinion else "办理结果"
    summary = f"承办单位提交了{what}，请区政府分管领导阅签。"
    return Done(
        summary=summary,
        changes=Changes(
            status=Status.AWAITING_SIGN_OFF,
            handed_in=handed,
            clocks=_stopped(item, Rule.DIRECTIVE_PLAN, now),
        ),
        notices=_told(item, command, summary, _deputy(item), "office"),
    )


def _in_time(item: Item, now: datetime) -> bool:
    """O6: whether the leader has whole working days left to sign in."""
    clock = item.governing
    if clock is None or not item.policy.leader_delay_spared:
        return False
    left = item.calendar.working_days_between(now.date(), clock.due_on)
    return left >= item.policy.leader_delay_working_days


def sign_off(item: Item, command: Command, now: datetime) -> Done:
    """T20, T21 阅签. Approved, the clock stops at the signature, or at hand-in where that came
    early enough (O6)."""
    body = command.body
    assert isinstance(body, acts.SignOff)
    signed_at = _signed_at(item, command, body, now)
    if not body.approved:
        summary = f"分管领导退回：{body.comment}"
        changes = Changes(status=Status.IN_PROGRESS, handed_in=HandedIn())
        notices = _told(item, command, summary, _unit(item), "office")
        return Done(summary=summary, changes=changes, notices=notices)
    assert item.handed_in.at is not None
    stop_at = item.handed_in.at if item.handed_in.in_time else signed_at
    clocks = (item.governing.stop(stop_at),) if item.governing else ()
    paper = "（督查室代录纸质签批）" if body.recorded_from_paper else ""
    summary = f"分管领导已阅签{paper}，报送督查室审核。"
    return Done(
        summary=summary,
        changes=Changes(status=Status.AWAITING_REVIEW, clocks=clocks),
        notices=_told(item, command, summary, "office", _unit(item)),
    )


def _signed_at(item: Item, command: Command, body: acts.SignOff, now: datetime) -> datetime:
    paper = body.recorded_from_paper
    if command.actor.role is not Role.OFFICE:
        if paper:
            raise Invalid("paper_record_not_allowed")
        return now
    if paper is None:
        raise Forbidden("paper_record_required")
    if item.handed_in.at and paper.signed_at < item.handed_in.at.replace(second=0, microsecond=0):
        raise Invalid("signed_before_hand_in")
    if paper.signed_at > now:
        raise Invalid("signed_in_future")
    return max(paper.signed_at.astimezone(now.tzinfo), item.handed_in.at or paper.signed_at)


def review(item: Item, command: Command, now: datetime) -> Done:
    """T22, T23, T23b 审核: strike off, accept as interim with a new date, or send back."""
    body = command.body
    assert isinstance(body, acts.Review)
    _check_future(item, body.new_due_on, now)
    if not body.accepted:
        return _send_back(item, command, body, now)
    if item.handed_in.interim:
        return _accept_interim(item, command, body, now)
    if body.new_due_on:
        raise Invalid("new_due_not_applicable")
    return _strike_off(item, command, now)


def _strike_off(item: Item, command: Command, now: datetime) -> Done:
    if not command.actor.verified:
        raise Refused("needs_verified_actor")
    if item.unverified:
        raise Refused("unverified_act")
    clocks = tuple(c.stop(now) for c in item.running_clocks)
    summary = "审核通过，办结销号（逾期办结）。" if item.lapsed else "审核通过，按期办结销号。"
    readers = (_unit(item), _deputy(item), *_chief_of(item))
    return Done(
        summary=summary,
        changes=replace(_nothing_pending(item), status=Status.CLOSED, clocks=clocks),
        notices=_told(item, command, summary, *readers),
    )


def _nothing_pending(item: Item) -> Changes:
    """What was asked for need not be answered any more: the item is at its end."""
    return Changes(
        coordination=replace(item.coordination, level=Level.NONE),
        extension=replace(item.extension, pending=False),
    )


def _chief_of(item: Item) -> tuple[str, ...]:
    return ("chief",) if item.facts.kind is Kind.DIRECTIVE else ()


def _accept_interim(item: Item, command: Command, body: acts.Review, now: datetime) -> Done:
    if body.new_due_on is None:
        raise Invalid("new_due_required")
    clock = _started(item, "result", Rule.NAMED_DATE, body.new_due_on, "接受阶段性意见时", now)
    summary = f"作为阶段性意见接受，办结期限定为{day_text(body.new_due_on)}。"
    return Done(
        summary=summary,
        changes=Changes(
            status=Status.IN_PROGRESS,
            handed_in=HandedIn(),
            clocks=(clock,),
            escalation=Escalation.NONE,
        ),
        notices=_told(item, command, summary, _unit(item)),
    )


def _send_back(item: Item, command: Command, body: acts.Review, now: datetime) -> Done:
    if body.new_due_on:
        clock = _started(item, "rework", Rule.REWORK, body.new_due_on, "退回补办时", now)
    else:
        clock = _counted(item, "rework", Rule.REWORK, item.facts.lead_unit, now)
    summary = f"退回补办：{body.comment} 请于{day_text(clock.due_on)}前重新报送。"
    return Done(
        summary=summary,
        changes=Changes(
            status=Status.IN_PROGRESS,
            handed_in=HandedIn(),
            clocks=(clock,),
            escalation=Escalation.NONE,
            returns=item.returns + 1,
        ),
        notices=_told(item, command, summary, _unit(item), _deputy(item)),
    )


def explain_delay(item: Item, command: Command, now: datetime) -> Done:
    """T12 未办结说明. It moves no date; filed before the limit, none is demanded at it."""
    clocks = _stopped(item, Rule.EXPLANATION, now)
    if item.governing and not item.governing.passed:
        clocks = (*clocks, item.governing.with_rung(EXPLAINED))
    summary = "承办单位说明了未办结原因和下一步办理意见（不改变期限）。"
    return Done(
        summary=summary,
        changes=Changes(clocks=clocks),
        notices=_told(item, command, summary, "office"),
    )


def request_extension(item: Item, command: Command, now: datetime) -> Done:
    """T13 申请延期: before the limit, once [D], to a later date."""
    body = command.body
    assert isinstance(body, acts.RequestExtension)
    if not item.policy.extension_enabled:
        raise Refused("extension_disabled")
    clock = _governing(item)
    if now >= clock.lapses_at:
        raise Refused("too_late_for_extension")
    if item.extension.pending:
        raise Refused("extension_pending")
    if item.extension.made >= item.policy.extensions_most:
        raise Refused("extension_limit_reached")
    if body.new_due_on <= clock.due_on:
        raise Invalid("not_later_than_due")
    _check_future(item, body.new_due_on, now)
    pending = Extension(pending=True, new_due_on=body.new_due_on, made=item.extension.made + 1)
    summary = f"承办单位申请延期至{day_text(body.new_due_on)}：{body.reason}"
    readers = ("office", _deputy(item), *(("chief",) if _chief_decides(item) else ()))
    return Done(
        summary=summary,
        changes=Changes(extension=pending),
        notices=_told(item, command, summary, *readers),
    )


def advise_extension(item: Item, command: Command, now: datetime) -> Done:
    """分管领导意见 on a pending extension."""
    body = command.body
    assert isinstance(body, acts.AdviseExtension)
    if not item.extension.pending:
        raise Refused("no_extension_pending")
    if item.extension.supported is not None:
        raise Refused("opinion_already_given")
    summary = f"分管领导{'同意' if body.supports else '不同意'}延期：{body.comment}"
    return Done(
        summary=summary,
        changes=Changes(extension=replace(item.extension, supported=body.supports)),
        notices=_told(item, command, summary, "office", *_chief_if_deciding(item)),
    )


def _chief_if_deciding(item: Item) -> tuple[str, ...]:
    return ("chief",) if _chief_decides(item) else ()


def _chief_decides(item: Item) -> bool:
    """O7: whoever fixed the limit decides on it: the chief for a directive, for a date that came
    with a leader's order, and for one of his own answers; else the office."""
    clock = item.last_result_clock
    if clock and clock.moved_because == ANSWERED[Level.CHIEF]:
        return True
    return _ordered_by_leader(item) and item.facts.kind is not Kind.ORDINARY


def decide_extension(item: Item, command: Command, now: datetime) -> Done:
    """T14 批复. Approved after the limit, the days already late stay late."""
    body = command.body
    assert isinstance(body, acts.DecideExtension)
    extension = item.extension
    if not extension.pending:
        raise Refused("no_extension_pending")
    if command.actor.role is Role.OFFICE:
        _check_office_may_decide(item, command)
    settled = replace(extension, pending=False)
    if not body.approved:
        summary = f"不同意延期：{body.comment}"
        changes = Changes(extension=settled)
        return Done(
            summary=summary, changes=changes, notices=_told(item, command, summary, _unit(item))
        )
    assert extension.new_due_on is not None
    before = _governing(item)
    _check_future(item, extension.new_due_on, now)
    if extension.new_due_on <= before.due_on:
        raise Refused("extension_overtaken")
    clock = _moved(item, before, extension.new_due_on, EXTENDED, now)
    summary = (
        f"同意延期：{before.name}期限由{instant_text(before.due_at)}"
        f"改为{instant_text(clock.due_at)}（原期限保留）。"
    )
    return Done(
        summary=summary,
        changes=Changes(extension=settled, clocks=(clock,), escalation=Escalation.NONE),
        notices=_told(item, command, summary, _unit(item), "office"),
    )


def _check_office_may_decide(item: Item, command: Command) -> None:
    """The office decides where it fixed the limit, and hears the deputy leader first (O7)."""
    if not _chief_decides(item):
        if item.extension.supported is None:
            raise Refused("opinion_required")
    elif command.actor.verified:
        raise Forbidden("not_the_approver")


def request_coordination(item: Item, command: Command, now: datetime) -> Done:
    """T15, T16 提请协调、提请决策. No clock stops for it (O22)."""
    body = command.body
    assert isinstance(body, acts.RequestCoordination)
    before = item.coordination
    if before.level is not Level.NONE:
        raise Refused("coordination_pending")
    asked = Level(body.level.value)
    major = body.major or (asked is Level.CHIEF and before.major)
    unresolved = before.answered_level is Level.DEPUTY and before.outcome == "unresolved"
    if asked is Level.CHIEF and not (unresolved and major):
        raise Refused("deputy_first")
    to_chief = asked is Level.CHIEF
    summary = f"提请区政府{'主要领导决策' if to_chief else '分管领导协调'}：{body.problem}"
    return Done(
        summary=summary,
        changes=Changes(coordination=replace(before, level=asked, major=major)),
        notices=_told(item, command, summary, "chief" if to_chief else _deputy(item), "office"),
    )


def answer_coordination(item: Item, command: Command, now: datetime) -> Done:
    """T16, T17 答复: an opinion, and where ordered another date, unit or content."""
    body = command.body
    assert isinstance(body, acts.AnswerCoordination)
    level = item.coordination.level
    if level is Level.NONE:
        raise Refused("no_coordination_pending")
    if command.actor.verified and command.actor.role.value != level.value:
        raise Forbidden("not_addressed")
    if body.outcome is acts.CoordinationOutcome.TRANSFERRED and not body.new_lead_unit:
        raise Invalid("new_unit_required")
    if body.new_lead_unit == item.facts.lead_unit:
        raise Invalid("same_unit")
    _check_future(item, body.new_due_on, now)
    if body.new_lead_unit and not command.actor.verified:
        raise Refused("needs_verified_actor")  # nobody has looked it up in the directory
    ordered = _ordered(item, command, body, now)
    answered = replace(
        item.coordination, level=Level.NONE, answered_level=level, outcome=body.outcome.value
    )
    outcome = {"resolved": "已解决", "unresolved": "未解决", "transferred": "转办"}[body.outcome]
    who = "主要领导" if level is Level.CHIEF else "分管领导"
    summary = f"区政府{who}答复（{outcome}）：{body.opinion}{ordered.summary}"
    readers = {_unit(item), ordered.audience or _unit(item)}
    return Done(
        summary=summary,
        changes=replace(ordered.changes, coordination=answered),
        notices=_told(item, command, summary, *sorted(readers), "office"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ordered:
    """What a leader's answer orders beside the opinion."""

    changes: Changes
    summary: str = ""
    audience: str | None = None


def _ordered(
    item: Item, command: Command, body: acts.AnswerCoordination, now: datetime
) -> _Ordered:
    told, facts, audience = "", item.facts, None
    changes = _new_limit(item, body, now)
    if body.new_due_on:
        told += f" 期限改为{day_text(body.new_due_on)}（原期限保留）。"
    if body.new_content:
        facts = replace(facts, content=body.new_content)
        told += " 办理内容有调整。"
    if body.new_lead_unit:
        name = command.unit_name or body.new_lead_unit
        audience = f"unit:{body.new_lead_unit}"
        told += f" 改由{name}承办。"
        co_units = tuple(unit for unit in facts.co_units if unit != body.new_lead_unit)
        facts = replace(
            facts,
            lead_unit=body.new_lead_unit,
            lead_unit_name=name,
            co_units=co_units,
            responsible=(*facts.responsible, *command.responsible),
        )
        changes = _handed_over(item, changes, body.new_lead_unit, now)
    if facts != item.facts:
        changes = replace(changes, facts=facts)
    return _Ordered(changes=changes, summary=told, audience=audience)


def _new_limit(item: Item, body: acts.AnswerCoordination, now: datetime) -> Changes:
    """The date a leader orders. A result that is signed already has no limit to move; handed to
    another unit, the work begins again and needs one."""
    because = ANSWERED[item.coordination.level]
    if item.governing:
        if body.new_due_on is None:
            return Changes()
        clock = _moved(item, item.governing, body.new_due_on, because, now)
    elif body.new_lead_unit:
        if body.new_due_on is None:
            raise Invalid("new_due_required")
        unit = body.new_lead_unit
        clock = _started(item, "result", Rule.NAMED_DATE, body.new_due_on, because, now, unit)
    elif body.new_due_on:
        raise Refused("no_running_deadline")
    else:
        return Changes()
    return Changes(clocks=(clock,), escalation=Escalation.NONE)


def _handed_over(item: Item, changes: Changes, unit: str, now: datetime) -> Changes:
    """O19: the item keeps its date, the new unit signs for it anew."""
    clocks = [
        clock.stop(now)
        if clock.rule in {Rule.RECEIPT, Rule.EXPLANATION}
        else replace(clock, unit=unit)
        for clock in merge_clocks(item.running_clocks, changes.clocks)
    ]
    receipt = _counted(item, "receipt", Rule.RECEIPT, unit, now)
    return replace(changes, status=Status.ISSUED, handed_in=HandedIn(), clocks=(*clocks, receipt))


def _counted(item: Item, key: str, rule: Rule, unit: str, now: datetime) -> Clock:
    return start_clock(
        key=item.next_key(key),
        rule=rule,
        unit=unit,
        started_at=now,
        counted=count_rule(rule, now.date(), item.calendar, item.policy),
        policy=item.policy,
    )


def remind(item: Item, command: Command, now: datetime) -> Done:
    """T18 催办, recorded. A covert check (暗访核查) tells the unit nothing (R24)."""
    body = command.body
    assert isinstance(body, acts.Remind)
    covert = body.form is acts.Form.COVERT
    summary = f"{acts.FORM_NAMES[body.form]}（{body.to}）：{body.said}"
    notices = () if covert else _told(item, command, summary, _unit(item))
    return Done(summary=summary, notices=notices, covert=covert)


def suspend_item(item: Item, command: Command, now: datetime) -> Done:
    """T28 暂缓: every running limit keeps the days it has left."""
    body = command.body
    assert isinstance(body, acts.SuspendItem)
    _check_orderer(item, command)
    clocks = tuple(freeze(c, item.calendar, now) for c in item.running_clocks if not c.passed)
    summary = f"暂缓办理：{body.reason}"
    return Done(
        summary=summary,
        changes=Changes(status=Status.SUSPENDED, clocks=clocks),
        notices=_told(item, command, summary, _unit(item), _deputy(item)),
    )


def resume_item(item: Item, command: Command, now: datetime) -> Done:
    """T29 恢复: the days that were left are given back, or the result gets a new date."""
    body = command.body
    assert isinstance(body, acts.ResumeItem)
    _check_future(item, body.new_due_on, now)
    if body.new_due_on:
        _governing(item)
    clocks = tuple(_resumed(item, clock, body.new_due_on, now) for clock in item.running_clocks)
    governing = next((c for c in clocks if c.is_result), None)
    until = f"，期限为{instant_text(governing.due_at)}" if governing else ""
    summary = f"恢复办理{until}：{body.reason}"
    return Done(
        summary=summary,
        changes=Changes(
            status=item.suspended_from or Status.IN_PROGRESS,
            clocks=clocks,
            escalation=Escalation.NONE if governing and not governing.passed else None,
        ),
        notices=_told(item, command, summary, _unit(item), _deputy(item)),
    )


def _resumed(item: Item, clock: Clock, new_due_on: date | None, now: datetime) -> Clock:
    if new_due_on and clock == item.governing:
        return _moved(item, clock, new_due_on, "恢复办理", now)
    if clock.passed:
        return replace(clock, told_at=now)
    return thaw(clock, item.calendar, item.policy, now)


def terminate_item(item: Item, command: Command, now: datetime) -> Done:
    """T28 终止, by whoever ordered the item."""
    body = command.body
    assert isinstance(body, acts.TerminateItem)
    if not command.actor.verified:
        raise Refused("needs_verified_actor")
    _check_orderer(item, command)
    clocks = tuple(c.stop(now) for c in item.running_clocks)
    summary = f"终止办理：{body.reason}"
    return Done(
        summary=summary,
        changes=replace(_nothing_pending(item), status=Status.TERMINATED, clocks=clocks),
        notices=_told(item, command, summary, _unit(item), _deputy(item)),
    )


def _awaiting_check(item: Item, command: Command) -> Unverified:
    if not command.actor.verified:
        raise Refused("needs_verified_actor")
    for act in item.unverified:
        if act.seq == command.target_seq:
            return act
    raise Refused("no_such_act")


def confirm_act(item: Item, command: Command, now: datetime) -> Done:
    """核实: the act that came by a signal stands as if done by a signed-in person."""
    act = _awaiting_check(item, command)
    summary = f"第{act.seq}项操作（{acts.ACTS[act.act].title}）已核实。"
    return Done(summary=summary, settles=act.seq, covert=act.covert)


def annul_act(item: Item, command: Command, now: datetime) -> Done:
    """撤销: what the act changed is put back; alarms missed through it ring now."""
    act = _awaiting_check(item, command)
    changes = take_back(item, act, now)
    summary = f"第{act.seq}项操作（{acts.ACTS[act.act].title}）已撤销，事项恢复到该操作之前。"
    if act.covert:  # the unit never knew of it (R24)
        return Done(summary=summary, changes=changes, settles=act.seq, covert=True)
    notices = _told(item, command, summary, *_concerned(item, changes))
    return Done(summary=summary, changes=changes, notices=notices, settles=act.seq)


def _concerned(item: Item, changes: Changes) -> tuple[str, ...]:
    """The unit and its deputy leader, and where the item goes back to another unit, those too."""
    units = [item.facts.lead_unit, *([changes.facts.lead_unit] if changes.facts else [])]
    return tuple(f"{sort}:{unit}" for unit in dict.fromkeys(units) for sort in ("unit", "deputy"))


MOVES: dict[str, Callable[[Item, Command, datetime], Done]] = {
    "receive": receive,
    "submit_plan": submit_plan,
    "submit_feedback": submit_feedback,
    "sign_off": sign_off,
    "review": review,
    "explain_delay": explain_delay,
    "request_extension": request_extension,
    "advise_extension": advise_extension,
    "decide_extension": decide_extension,
    "request_coordination": request_coordination,
    "answer_coordination": answer_coordination,
    "remind": remind,
    "suspend_item": suspend_item,
    "resume_item": resume_item,
    "terminate_item": terminate_item,
    "confirm_act": confirm_act,
    "annul_act": annul_act,
}
