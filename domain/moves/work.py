"""The work itself: received, planned, reported, explained, and urged (T6, T8, T12, T18, T19)."""

from dataclasses import replace
from datetime import datetime

from domain import acts
from domain.acts import Command
from domain.audience import deputy_of, unit_of
from domain.clocks import Rule
from domain.errors import Invalid, Refused
from domain.items import Changes, HandedIn, Item, Kind, Status
from domain.ladder import EXPLAINED
from domain.moves.doing import Done, check_parts, not_sent_back, nothing_pending, stopped, told
from domain.moves.milestones import reach_milestone
from domain.parts import Reported
from domain.targets import check_actuals, with_reported


def receive(item: Item, command: Command, now: datetime) -> Done:
    """T6 签收: stops the receipt clock; the result clock runs since 下达 and does not care. Who
    signs for it sends it back no more (T7)."""
    changes = Changes(
        status=Status.IN_PROGRESS,
        clocks=stopped(item, Rule.RECEIPT, now),
        sent_back=not_sent_back(item),
    )
    summary = "承办单位已签收。"
    return Done(summary=summary, changes=changes, notices=told(item, command, summary, "office"))


def submit_plan(item: Item, command: Command, now: datetime) -> Done:
    """T8 报方案 (kind 3). A later plan is a new version of the first."""
    if item.facts.kind is not Kind.DIRECTIVE:
        raise Refused("plan_not_required")
    body = command.body
    assert isinstance(body, acts.SubmitPlan)
    if body.expected_done_on and body.expected_done_on < now.date():
        raise Invalid("expected_in_past")
    changes = Changes(clocks=stopped(item, Rule.DIRECTIVE_PLAN, now))
    late = any(c.lapsed for c in item.clocks if c.rule is Rule.DIRECTIVE_PLAN)
    summary = "承办单位迟报办理方案。" if late else "承办单位已报办理方案。"
    return Done(summary=summary, changes=changes, notices=told(item, command, summary, "office"))


def submit_feedback(item: Item, command: Command, now: datetime) -> Done:
    """T19 提交办理结果, or progress. The signature stops the result clock, not the hand-in (O6);
    a plan is owed no more once the opinion or result is there (五(三))."""
    body = command.body
    assert isinstance(body, acts.SubmitFeedback)
    if body.interim_opinion and item.facts.kind is not Kind.DIRECTIVE:
        raise Refused("interim_not_allowed")
    check_actuals(item.facts, body.actuals)
    reached = with_reported(item.actuals, body.actuals, now.date()) if body.actuals else None
    if item.facts.period:
        return _slot_report(item, command, reached, now)
    if body.milestone is not None:
        done = reach_milestone(item, command, body.milestone, now)
        return replace(done, changes=replace(done.changes, actuals=reached))
    if not (body.final or body.interim_opinion):
        summary = "承办单位反馈了进展情况。"
        notices = told(item, command, summary, "office")
        return Done(summary=summary, changes=Changes(actuals=reached), notices=notices)
    handed = HandedIn(
        at=now,
        interim=body.interim_opinion,
        in_time=_in_time(item, now),
        by=command.actor.usernames if command.actor.verified else (),
    )
    what = "办理意见（阶段性）" if body.interim_opinion else "办理结果"
    summary = f"承办单位提交了{what}，请区政府分管领导阅签。"
    return Done(
        summary=summary,
        changes=Changes(
            status=Status.AWAITING_SIGN_OFF,
            handed_in=handed,
            clocks=stopped(item, Rule.DIRECTIVE_PLAN, now),
            actuals=reached,
        ),
        notices=told(item, command, summary, deputy_of(item), "office"),
    )


def _slot_report(
    item: Item, command: Command, reached: tuple[Reported, ...] | None, now: datetime
) -> Done:
    """T9 周期反馈: the report of a slot closes it, without 阅签 or review (R59)."""
    if not command.actor.verified:
        raise Refused("needs_verified_actor")
    if item.unverified:
        raise Refused("unverified_act")
    check_parts(item)
    clocks = tuple(clock.stop(now) for clock in item.running_clocks)
    summary = "承办单位逾期报送本期情况。" if item.lapsed else "承办单位按期报送本期情况。"
    changes = replace(nothing_pending(item), status=Status.CLOSED, clocks=clocks, actuals=reached)
    return Done(summary=summary, changes=changes, notices=told(item, command, summary, "office"))


def _in_time(item: Item, now: datetime) -> bool:
    """O6: whether the leader has whole working days left to sign in."""
    clock = item.governing
    if clock is None or not item.policy.leader_delay_spared:
        return False
    left = item.calendar.working_days_between(now.date(), clock.due_on)
    return left >= item.policy.leader_delay_working_days


def explain_delay(item: Item, command: Command, now: datetime) -> Done:
    """T12 未办结说明. It moves no date; filed before the limit, none is demanded at it."""
    clocks = stopped(item, Rule.EXPLANATION, now)
    if item.governing and not item.governing.passed:
        clocks = (*clocks, item.governing.with_rung(EXPLAINED))
    summary = "承办单位说明了未办结原因和下一步办理意见（不改变期限）。"
    return Done(
        summary=summary,
        changes=Changes(clocks=clocks),
        notices=told(item, command, summary, "office"),
    )


def remind(item: Item, command: Command, now: datetime) -> Done:
    """T18 催办, recorded. A covert check (暗访核查) tells the unit nothing (R24)."""
    body = command.body
    assert isinstance(body, acts.Remind)
    covert = body.form is acts.Form.COVERT
    summary = f"{acts.FORM_NAMES[body.form]}（{body.to}）：{body.said}"
    notices = () if covert else told(item, command, summary, unit_of(item))
    return Done(summary=summary, notices=notices, covert=covert)
