"""拟办、报批、批准下达、特急下达与补批 (T3–T5u)."""

from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from domain import acts
from domain.acts import Command, IssueTerms
from domain.audience import approver_of
from domain.clocks import Clock, Rule, count_again, count_rule, recount, start_clock
from domain.directory import Responsible
from domain.errors import Forbidden, Invalid, Refused
from domain.items import (
    Approval,
    Changes,
    Escalation,
    Facts,
    Item,
    Kind,
    Milestone,
    Role,
    Source,
    Status,
    spend,
)
from domain.moves.doing import Done, check_new_date, check_verified, moved, stopped, told
from domain.moves.milestones import nodes_moved, ordered
from domain.nodes import in_order, nodes_of_another, running_nodes
from domain.opening import check_facts, issued, stated_limit
from domain.parts import Target
from domain.permissions import may_approve
from domain.policy import EXTRA_URGENT
from domain.text import day_text, instant_text, is_blank

NO_LIMIT: dict[str, Any] = {
    "due_on": None,
    "due_at": None,
    "due_reason": "",
    "plan_due_on": None,
    "scheme_due_on": None,
    "cycle": None,
    "year": None,
    "milestones": (),
}
OF_THE_FIRST_ISSUE = ("cycle", "year")
"""What was planned with the first 下达, and is moved by an act of its own."""


def revise_draft(item: Item, command: Command, now: datetime) -> Done:
    """修改拟办内容. Of an item that was handed out before, a new limit moves the one that runs on
    since then: its first date stays beside it (O19). So do the nodes that are given: they are
    added or moved, as by :func:`set_milestones`."""
    body = command.body
    assert isinstance(body, acts.ReviseDraft)
    check_verified(command)
    facts = _revised(item, body, command)
    _check(item, facts, now, now)
    another = facts.lead_unit != item.facts.lead_unit
    return Done(
        summary=f"修改拟办内容，拟交{facts.lead_unit_name}。",
        changes=replace(
            _revised_limits(item, facts, body, now),
            warnings=() if another else None,  # they were of the former unit's posts
        ),
    )


def _revised(item: Item, body: acts.ReviseDraft, command: Command) -> Facts:
    names = (f.name for f in fields(body) if f.name != "on_behalf_of")
    given = {name: value for name in names if (value := getattr(body, name)) is not None}
    if not given:
        raise Invalid("nothing_revised")
    _check_plan(item, body)
    if body.kind:
        given = {**NO_LIMIT, **given}
    if body.due_on:
        given.setdefault("due_at", None)
    if body.due_at:
        given.setdefault("due_on", None)
    if body.source:
        given["source"] = Source(**{f.name: getattr(body.source, f.name) for f in fields(Source)})
    if body.lead_unit:
        given |= _of_unit(item, body.lead_unit, command)
        others = (code for code in item.facts.co_units if code != body.lead_unit)
        given.setdefault("co_units", tuple(others))
    if body.targets is not None:
        given["targets"] = tuple(
            Target(name=one.name, unit=one.unit, target=one.target) for one in body.targets
        )
    return _with_nodes(item, replace(item.facts, **given), body)


def _check_plan(item: Item, body: acts.ReviseDraft) -> None:
    """A year-round task is a workflow of its own sort; and what was handed out before keeps what
    runs since then (O19). Raises ``Refused``."""
    kinds = {body.kind or item.facts.kind, item.facts.kind}
    if len(kinds) > 1 and Kind.YEAR_ROUND in kinds:
        raise Refused("year_round_for_good")
    if item.never_issued:
        return
    given = any(getattr(body, name) is not None for name in OF_THE_FIRST_ISSUE)
    if given or Kind.MILESTONES in kinds - {item.facts.kind}:
        raise Refused("planned_at_first_issue")


def _with_nodes(item: Item, facts: Facts, body: acts.ReviseDraft) -> Facts:
    """``facts`` with the nodes as given, or handed on with the lead; their units join the item.
    What was handed out before keeps its nodes: those given are orders to add or to move them."""
    before, lead, nodes = item.facts, facts.lead_unit, facts.milestones
    if facts.kind is Kind.MILESTONES and not item.never_issued:
        kept = nodes_of_another(before.milestones, before.lead_unit, lead)
        nodes = ordered(replace(facts, milestones=kept), body.milestones or ()).milestones
    elif body.milestones is not None:
        nodes = in_order(
            tuple(
                Milestone(
                    name=one.name, due_on=one.due_on, unit=one.unit or lead, output=one.output
                )
                for one in body.milestones
            )
        )
    elif body.lead_unit:
        nodes = nodes_of_another(nodes, before.lead_unit, lead)
    joined = (node.unit for node in nodes if node.unit != lead)
    co_units = tuple(dict.fromkeys((*facts.co_units, *joined)))
    return replace(facts, milestones=nodes, co_units=co_units)


def _of_unit(item: Item, code: str, command: Command) -> dict[str, Any]:
    """What else changes with the lead unit."""
    return {
        "lead_unit_name": command.unit_name or code,
        "responsible": (*_names_before(item, code), *command.responsible),
        "vacant": (),
    }


def _names_before(item: Item, lead_unit: str) -> tuple[Responsible, ...]:
    """Those who answered for the units that had it before (R47)."""
    if item.never_issued:
        return ()
    return tuple(one for one in item.facts.responsible if one.unit != lead_unit)


def _check(item: Item, facts: Facts, issued_at: datetime, now: datetime) -> None:
    """Raises ``Invalid``. The limit of an item that was handed out before may have passed: that is
    looked at when it is issued again."""
    accepted = facts.past_limit_accepted or not item.never_issued
    check_facts(replace(facts, past_limit_accepted=accepted), issued_at, now)


def _revised_limits(item: Item, facts: Facts, body: acts.ReviseDraft, now: datetime) -> Changes:
    """``facts``, with the limits that run on since the first 下达 and are given anew."""
    if body.milestones and not item.never_issued:
        return nodes_moved(item, facts, body.milestones, now)
    clock, limit = item.governing, stated_limit(facts, now)
    given = body.due_on or body.due_at or body.scheme_due_on
    if clock is None or limit is None or not given:
        return Changes(facts=facts)
    check_new_date(item, limit, now)
    at = facts.due_at.astimezone(now.tzinfo) if facts.due_at else None
    at = at if at and at.date() == limit else None
    if at and at <= now:
        raise Invalid("due_not_after_now")
    clock = moved(item, clock, limit, "退件后重新下达", now, at)
    return Changes(facts=facts, clocks=(clock,), escalation=Escalation.NONE)


def submit_for_approval(item: Item, command: Command, now: datetime) -> Done:
    """T3 报批: no basis, no issue (C7). T5u 特急下达: issued now, approved afterwards."""
    body = command.body
    assert isinstance(body, acts.SubmitForApproval)
    check_verified(command)
    check_submittable(item, now)
    approval = _approval(item, command, body)
    if body.at_once:
        return _issue_at_once(item, command, approval, now)
    done = submitted(item, approval)
    readers = dict.fromkeys((approver_of(replace(item, approval=approval)), "office"))
    return replace(done, notices=told(item, command, done.summary, *readers))


def check_submittable(item: Item, now: datetime) -> None:
    """Raises ``Refused`` or ``Invalid`` for what cannot be issued as it stands."""
    _check_basis(item.facts)
    _check(item, item.facts, now, now)


def submitted(item: Item, approval: Approval) -> Done:
    """What a 报批 changes; who is told is not said here."""
    asked = f"，请{approval.approver_name}批准" if approval.approver else ""
    return Done(
        summary=f"报请批准下达{item.facts.lead_unit_name}{asked}。",
        changes=Changes(status=Status.AWAITING_APPROVAL, approval=approval),
    )


def _check_basis(facts: Facts) -> None:
    source = facts.source
    said = (facts.basis, source.reference, source.leader)
    if source.date is None and all(is_blank(text) for text in said):
        raise Refused("basis_required")


def _approval(item: Item, command: Command, body: acts.SubmitForApproval) -> Approval:
    """Who is asked. Raises ``Invalid`` where he may not approve it."""
    if not body.approver:
        return Approval()
    approver = _terms(item, command.terms).approver
    if approver is None or not may_approve(approver, item.facts.lead_unit):
        raise Invalid("approver_cannot_approve")
    return Approval(
        approver=approver.username,
        approver_name=approver.name,
        approver_role=approver.role,
        owed=body.at_once,
    )


def _issue_at_once(item: Item, command: Command, approval: Approval, now: datetime) -> Done:
    if item.facts.urgency != EXTRA_URGENT:
        raise Refused("not_extra_urgent")
    done = issued_at_once(item, command.terms, approval, now, now)
    summary = f"特急，先行下达。{done.summary}"
    readers = dict.fromkeys((approver_of(replace(item, approval=approval)), "office"))
    return replace(
        done,
        summary=summary,
        notices=(*done.notices, *told(item, command, summary, *readers)),
    )


def issued_at_once(
    item: Item, terms: IssueTerms | None, approval: Approval, issued_at: datetime, now: datetime
) -> Done:
    """What a 特急下达 changes: the approval is owed, within its own limit."""
    done = handed_out(item, terms, issued_at, now)
    changes = done.changes
    calendar, policy = changes.calendar or item.calendar, changes.policy or item.policy
    owed = start_clock(
        key=item.next_key("ratification"),
        rule=Rule.RATIFICATION,
        unit=item.facts.lead_unit,
        started_at=issued_at,
        counted=count_rule(Rule.RATIFICATION, issued_at.date(), calendar, policy),
        policy=policy,
    )
    asked = f"请{approval.approver_name}于{instant_text(owed.due_at, now)}前补批。"
    return replace(
        done,
        summary=f"{done.summary}{asked}",
        changes=replace(changes, approval=approval, clocks=(*changes.clocks, owed)),
    )


def approve_issue(item: Item, command: Command, now: datetime) -> Done:
    """T4 退回拟办, T5 批准并下达."""
    body = command.body
    assert isinstance(body, acts.ApproveIssue)
    check_verified(command)
    if not body.approved:
        summary = f"不同意下达，退回拟办：{body.comment}"
        changes = Changes(status=Status.DRAFT)
        notices = told(item, command, summary, "office")
        return Done(summary=summary, changes=changes, notices=notices)
    issued_at = (body.issued_at or now).astimezone(now.tzinfo)
    done = handed_out(item, command.terms, issued_at, now)
    summary = f"批准下达。{done.summary}"
    notices = (*done.notices, *told(item, command, summary, "office"))
    return replace(done, summary=summary, notices=notices)


def _terms(item: Item, terms: IssueTerms | None) -> IssueTerms:
    """What was looked up for the unit that leads now. Raises ``Refused('terms_required')``."""
    lead = item.facts.lead_unit
    if terms is None or any(one.unit != lead for one in terms.responsible):
        raise Refused("terms_required")
    return terms


def handed_out(
    item: Item, looked_up: IssueTerms | None, issued_at: datetime, now: datetime
) -> Done:
    """What a 下达 changes and who is told, as of an item that is issued at once; the time before it
    was the office's."""
    terms, former = _terms(item, looked_up), None
    policy, lead = terms.policy, item.facts.lead_unit
    facts = replace(
        item.facts,
        responsible=(*_names_before(item, lead), *terms.responsible),
        vacant=terms.vacant,
    )
    _check(item, facts, issued_at, now)
    if item.governing:
        policy = item.policy
        former = _with_limit(item, _still_running(item, item.governing, terms, issued_at, now))
    begun = issued(item.id, facts, issued_at, now, terms.calendar, policy, former)
    changes = Changes(
        status=Status.ISSUED,
        handed_out=True,
        issued_at=issued_at,
        entered_at=now,
        facts=facts,
        calendar=terms.calendar,
        policy=policy,
        clocks=begun.clocks,
        parts=begun.parts,
        unit_since=issued_at,
        warnings=begun.warnings,
        spent=spend(item, min(now, issued_at)),
        holder_since=issued_at,
    )
    return Done(summary=begun.summary, changes=changes, notices=begun.notices)


def _still_running(
    item: Item, clock: Clock, terms: IssueTerms, issued_at: datetime, now: datetime
) -> Clock:
    """The limit of the first 下达, which stays (O19); counted on the calendar of now, which may
    have been loaded while nothing was issued. Raises ``Refused`` where it has passed, or that of a
    node that the item still has (R41)."""
    if issued_at < item.issued_at:
        raise Invalid("issued_before_return")
    if clock.counts:
        because = "重新下达时，按现行工作日历重新计算"
        counted = count_again(terms.calendar, clock, item.policy)
        clock = recount(clock, counted, because=because, now=now, policy=item.policy)
    passed = [c for c in (clock, *running_nodes(item)) if c.lapses_at <= max(issued_at, now)]
    if passed:
        raise Refused("new_due_required", _new_due_required(item, passed, now))
    return clock


def _new_due_required(item: Item, passed: list[Clock], now: datetime) -> str:
    """Which limits have passed, and what can be done."""
    if not item.facts.milestones:
        due = instant_text(passed[0].due_at, now)
        return f"原定期限（{due}）已过，请先退回拟办，另定期限（due_on）后重新报批。"
    by_day = sorted(passed, key=lambda clock: clock.due_on)
    named = "、".join(f"“{clock.name}”{day_text(clock.due_on)}" for clock in by_day)
    return (
        f"时间节点{named}的日期已过，请先退回拟办，"
        "在修改拟办内容时另定这些节点的日期（milestones）后重新报批。"
    )


def _with_limit(item: Item, clock: Clock) -> Item:
    return replace(item, clocks=tuple(clock if c.key == clock.key else c for c in item.clocks))


def ratify(item: Item, command: Command, now: datetime) -> Done:
    """T5u 补批, by whoever was named, or by the office's head or the chief leader."""
    body = command.body
    assert isinstance(body, acts.Ratify)
    check_verified(command)
    approval = item.approval
    if not approval.owed:
        raise Refused("nothing_to_ratify")
    if command.actor.role is Role.DEPUTY and approval.approver not in command.actor.usernames:
        raise Forbidden("not_the_named_approver")
    summary = f"补批同意下达：{body.comment}"
    return Done(
        summary=summary,
        changes=ratified(item, now),
        notices=told(item, command, summary, "office"),
    )


def ratified(item: Item, now: datetime) -> Changes:
    """What a 补批 changes."""
    return Changes(
        approval=replace(item.approval, owed=False), clocks=stopped(item, Rule.RATIFICATION, now)
    )
