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
    Clock,
    Rule,
    count_rule,
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


def _check_future(on: date | None, now: datetime) -> None:
    if on is not None and on < now.date():
        raise Invalid("due_not_after_now")


def _governing(item: Item) -> Clock:
    if item.governing is None:
        raise Refused("no_running_deadline")
    return item.governing


def _moved(item: Item, clock: Clock, on: date, because: str, now: datetime) -> Clock:
    counted = named(item.calendar, on, f"{because}确定的日期，含当日")
    return move(clock, counted, because=because, now=now, policy=item.policy)


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
    """T19 提交办理结果, or progress. Handing in stops no clock: the signature does (O6)."""
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
        changes=Changes(status=Status.AWAITING_SIGN_OFF, handed_in=handed),
        notices=_told(item, command, summary, _deputy(item), "office"),
    )


def _in_time(item: Item, now: datetime) -> bool:
    clock = item.governing
    if clock is None or clock.lapsed:
        return False
    spare = item.policy.leader_delay_working_days
    return now.date() <= item.calendar.back_working(clock.due_on, spare)


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
    return max(paper.signed_at, item.handed_in.at or paper.signed_at)


def review(item: Item, command: Command, now: datetime) -> Done:
    """T22, T23, T23b 审核: strike off, accept as interim with a new date, or send back."""
    body = command.body
    assert isinstance(body, acts.Review)
    _check_future(body.new_due_on, now)
    if not body.accepted:
        return _send_back(item, command, body, now)
    if item.handed_in.interim:
        return _accept_interim(item, command, body, now)
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
        changes=Changes(status=Status.CLOSED, clocks=clocks),
        notices=_told(item, command, summary, *readers),
    )


def _chief_of(item: Item) -> tuple[str, ...]:
    return ("chief",) if item.facts.kind is Kind.DIRECTIVE else ()


def _accept_interim(item: Item, command: Command, body: acts.Review, now: datetime) -> Done:
    if body.new_due_on is None:
        raise Invalid("new_due_required")
    clock = start_clock(
        key=item.next_key("result"),
        rule=Rule.NAMED_DATE,
        unit=item.facts.lead_unit,
        started_at=now,
        counted=named(item.calendar, body.new_due_on, "接受阶段性意见时确定的办结日期，含当日"),
        policy=item.policy,
    )
    summary = f"作为阶段性意见接受，办结期限定为{day_text(body.new_due_on)}。"
    return Done(
        summary=summary,
        changes=Changes(status=Status.IN_PROGRESS, handed_in=HandedIn(), clocks=(clock,)),
        notices=_told(item, command, summary, _unit(item)),
    )


def _send_back(item: Item, command: Command, body: acts.Review, now: datetime) -> Done:
    if body.new_due_on:
        counted = named(item.calendar, body.new_due_on, "退回补办时确定的日期，含当日")
    else:
        counted = count_rule(Rule.REWORK, now.date(), item.calendar, item.policy)
    clock = start_clock(
        key=item.next_key("rework"),
        rule=Rule.REWORK,
        unit=item.facts.lead_unit,
        started_at=now,
        counted=counted,
        policy=item.policy,
    )
    summary = f"退回补办：{body.comment} 请于{day_text(clock.due_on)}前重新报送。"
    return Done(
        summary=summary,
        changes=Changes(
            status=Status.IN_PROGRESS,
            handed_in=HandedIn(),
            clocks=(clock,),
            returns=item.returns + 1,
        ),
        notices=_told(item, command, summary, _unit(item), _deputy(item)),
    )


def explain_delay(item: Item, command: Command, now: datetime) -> Done:
    """T12 未办结说明. It moves no date; filed before the limit, none is demanded at it."""
    clocks = _stopped(item, Rule.EXPLANATION, now)
    if item.governing and not item.governing.lapsed:
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
    clock = item.last_result_clock
    if clock is None or clock.lapsed or now >= clock.lapses_at:
        raise Refused("too_late_for_extension")
    if not clock.running:
        raise Refused("no_running_deadline")
    if item.extension.pending:
        raise Refused("extension_pending")
    if item.extension.made >= item.policy.extensions_most:
        raise Refused("extension_limit_reached")
    if body.new_due_on <= clock.due_on:
        raise Invalid("not_later_than_due")
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
    """O7: whoever fixed the limit decides on it."""
    return item.facts.kind is Kind.DIRECTIVE or bool(item.facts.source.leader)


def decide_extension(item: Item, command: Command, now: datetime) -> Done:
    """T14 批复. Approved after the limit, the days already late stay late."""
    body = command.body
    assert isinstance(body, acts.DecideExtension)
    extension = item.extension
    if not extension.pending:
        raise Refused("no_extension_pending")
    if command.actor.role is Role.OFFICE:
        if _chief_decides(item):
            raise Forbidden("not_the_approver")
        if extension.supported is None:
            raise Refused("opinion_required")
    settled = replace(extension, pending=False)
    if not body.approved:
        summary = f"不同意延期：{body.comment}"
        changes = Changes(extension=settled)
        return Done(
            summary=summary, changes=changes, notices=_told(item, command, summary, _unit(item))
        )
    assert extension.new_due_on is not None
    before = _governing(item)
    clock = _moved(item, before, extension.new_due_on, "批准延期", now)
    summary = (
        f"同意延期：{before.name}期限由{instant_text(before.due_at)}"
        f"改为{instant_text(clock.due_at)}（原期限保留）。"
    )
    return Done(
        summary=summary,
        changes=Changes(extension=settled, clocks=(clock,), escalation=Escalation.NONE),
        notices=_told(item, command, summary, _unit(item), "office"),
    )


def request_coordination(item: Item, command: Command, now: datetime) -> Done:
    """T15, T16 提请协调、提请决策. No clock stops for it (O22)."""
    body = command.body
    assert isinstance(body, acts.RequestCoordination)
    before = item.coordination
    if before.level is not Level.NONE:
        raise Refused("coordination_pending")
    major = body.major or before.major
    asked = Level(body.level.value)
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
    _check_future(body.new_due_on, now)
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
    changes, told, facts, audience = Changes(), "", item.facts, None
    if body.new_due_on:
        clock = _moved(item, _governing(item), body.new_due_on, "领导答复", now)
        changes = replace(changes, clocks=(clock,), escalation=Escalation.NONE)
        told += f" 期限改为{day_text(body.new_due_on)}（原期限保留）。"
    if body.new_content:
        facts = replace(facts, content=body.new_content)
        told += " 办理内容有调整。"
    if body.new_lead_unit:
        if body.new_lead_unit == facts.lead_unit:
            raise Invalid("same_unit")
        name = command.unit_name or body.new_lead_unit
        audience = f"unit:{body.new_lead_unit}"
        told += f" 改由{name}承办。"
        co_units = tuple(unit for unit in facts.co_units if unit != body.new_lead_unit)
        facts = replace(facts, lead_unit=body.new_lead_unit, lead_unit_name=name, co_units=co_units)
        changes = _handed_over(item, changes, body.new_lead_unit, now)
    if facts != item.facts:
        changes = replace(changes, facts=facts)
    return _Ordered(changes=changes, summary=told, audience=audience)


def _handed_over(item: Item, changes: Changes, unit: str, now: datetime) -> Changes:
    """O19: the item keeps its date, the new unit signs for it anew."""
    moved = {clock.key: clock for clock in changes.clocks}
    clocks = []
    for clock in item.running_clocks:
        current = moved.get(clock.key, clock)
        ends = clock.rule in {Rule.RECEIPT, Rule.EXPLANATION}
        clocks.append(current.stop(now) if ends else replace(current, unit=unit))
    receipt = start_clock(
        key=item.next_key("receipt"),
        rule=Rule.RECEIPT,
        unit=unit,
        started_at=now,
        counted=count_rule(Rule.RECEIPT, now.date(), item.calendar, item.policy),
        policy=item.policy,
    )
    return replace(changes, status=Status.ISSUED, handed_in=HandedIn(), clocks=(*clocks, receipt))


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
    clocks = tuple(c if c.lapsed else freeze(c, item.calendar, now) for c in item.running_clocks)
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
    _check_future(body.new_due_on, now)
    clocks = tuple(_resumed(item, clock, body.new_due_on, now) for clock in item.running_clocks)
    governing = next((c for c in clocks if c.is_result), None)
    until = f"，期限为{instant_text(governing.due_at)}" if governing else ""
    summary = f"恢复办理{until}：{body.reason}"
    return Done(
        summary=summary,
        changes=Changes(status=item.suspended_from or Status.IN_PROGRESS, clocks=clocks),
        notices=_told(item, command, summary, _unit(item), _deputy(item)),
    )


def _resumed(item: Item, clock: Clock, new_due_on: date | None, now: datetime) -> Clock:
    if new_due_on and clock == item.governing:
        return _moved(item, clock, new_due_on, "恢复办理", now)
    if clock.lapsed:
        return replace(clock, told_at=now)
    return thaw(clock, item.calendar, item.policy, now)


def terminate_item(item: Item, command: Command, now: datetime) -> Done:
    """T28 终止, by whoever ordered the item."""
    body = command.body
    assert isinstance(body, acts.TerminateItem)
    if not command.actor.verified:
        raise Refused("needs_verified_actor")
    clocks = tuple(c.stop(now) for c in item.running_clocks)
    summary = f"终止办理：{body.reason}"
    return Done(
        summary=summary,
        changes=Changes(status=Status.TERMINATED, clocks=clocks),
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
    return Done(summary=summary, settles=act.seq)


def annul_act(item: Item, command: Command, now: datetime) -> Done:
    """撤销: what the act changed is put back; alarms missed through it ring now."""
    act = _awaiting_check(item, command)
    changes = take_back(item, act, now)
    summary = f"第{act.seq}项操作（{acts.ACTS[act.act].title}）已撤销，事项恢复到该操作之前。"
    notices = _told(item, command, summary, _unit(item), _deputy(item))
    return Done(summary=summary, changes=changes, notices=notices, settles=act.seq)


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
