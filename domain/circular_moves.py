"""What each act does to a circular that may do it (R38, R51–R53, C14).

Roles and stages are checked by the gate before; what is checked here depends on the rest.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

from domain.audience import deputy, unit
from domain.circular_acts import (
    AnswerDeduction,
    ApproveCircular,
    CircularCommand,
    CorrectCircular,
    DecideRecheck,
    DeductFurther,
    IssueCircular,
    RequestRecheck,
    WithdrawCircular,
)
from domain.circular_state import Circular, Done, Receipt, tell_of, with_deduction
from domain.circulars import (
    GROUND_NAMES,
    OUTCOME_NAMES,
    PUBLICATION_NAMES,
    UNISSUED,
    Answer,
    Changed,
    CircularEntry,
    Deduction,
    Draft,
    Ground,
    Hold,
    Line,
    LineKind,
    Recheck,
    RecheckOutcome,
    Stage,
    check_draft,
    deducted,
    held,
    points_text,
    released,
    settled,
)
from domain.clocks import Rule, count_rule, count_working
from domain.errors import Forbidden, Invalid, Refused
from domain.items import Actor, Notice, Role
from domain.text import day_text


def draft_of(command: CircularCommand, now: datetime) -> Draft:
    """What is to be said. Raises :class:`Invalid`."""
    assert command.draft is not None
    check_draft(command.draft, now.date())
    return command.draft


def drafted(draft: Draft) -> str:
    """What there is to tell of a draft."""
    critical = sum(entry.criticises for entry in draft.entries)
    return f"拟稿《{draft.title}》，共{len(draft.entries)}条，其中通报批评{critical}条。"


def _took_part(circular: Circular, actor: Actor) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*circular.took_part, *actor.usernames)))


def _revise(circular: Circular, command: CircularCommand, now: datetime) -> Done:
    draft = draft_of(command, now)
    after = replace(
        circular,
        draft=draft,
        version=circular.version + 1,
        drafters=tuple(dict.fromkeys((*circular.drafters, *command.actor.usernames))),
        took_part=_took_part(circular, command.actor),
    )
    return Done(after=after, summary=drafted(draft))


def _submit(circular: Circular, command: CircularCommand, now: datetime) -> Done:
    if not circular.draft.entries:
        raise Refused("no_entries")
    critical = circular.draft.criticises and command.terms.policy.criticism_needs_chief
    readers = ("chief",) if critical else ("office", "chief")
    summary = f"报批：共{len(circular.draft.entries)}条。"
    return Done(
        after=replace(
            circular,
            stage=Stage.AWAITING_APPROVAL,
            took_part=_took_part(circular, command.actor),
        ),
        summary=summary,
        notices=(tell_of(circular, command.act, "通报待审批", summary, *readers),),
    )


def _approve(circular: Circular, command: CircularCommand, now: datetime) -> Done:
    """Never by whoever wrote it; criticism by the chief leader, as the rules are set."""
    body = command.body
    assert isinstance(body, ApproveCircular)
    if set(command.actor.usernames) & set(circular.drafters):
        raise Forbidden("own_circular")
    needs_chief = circular.draft.criticises and command.terms.policy.criticism_needs_chief
    if needs_chief and command.actor.role is not Role.CHIEF:
        raise Forbidden("chief_must_approve")
    stage = Stage.APPROVED if body.approved else Stage.DRAFT
    said = "批准" if body.approved else "退回修改"
    summary = f"{command.actor.name}{said}：{body.comment}"
    return Done(
        after=replace(
            circular,
            stage=stage,
            took_part=_took_part(circular, command.actor),
            approved_by=command.actor.name if body.approved else "",
        ),
        summary=summary,
        notices=(tell_of(circular, command.act, f"通报已{said}", summary, "office"),),
    )


def _issue(circular: Circular, command: CircularCommand, now: datetime) -> Done:
    """T24, T25 印发: all units are told, each critical entry is a deduction of its unit."""
    body, terms = command.body, command.terms
    assert isinstance(body, IssueCircular)
    draft = circular.draft
    issued = replace(
        circular,
        stage=Stage.ISSUED,
        took_part=_took_part(circular, command.actor),
        issued_at=now,
        publication=body.publication,
        publication_reason=body.publication_reason,
        units=terms.units,
        calendar=terms.calendar,
        policy=terms.policy,
    )
    made: list[Deduction] = []
    lines: list[Line] = []
    for entry in draft.entries:
        if not entry.criticises:
            continue
        assert entry.ground is not None
        waits = terms.policy.held_for_obstacle and entry.item_id in terms.waiting
        new = _new_deduction(issued, entry, entry.ground, command, now)
        step = _counted(new, f"{GROUND_NAMES[entry.ground]}：{entry.facts}", waits=waits)
        made.append(step.deduction)
        lines += step.lines
        issued = replace(issued, deductions=tuple(made))
    summary = (
        f"印发，发至{len(terms.units)}个单位，通报批评{len(made)}条；"
        f"公开属性：{PUBLICATION_NAMES[body.publication]}。"
    )
    everybody = (*(unit(code) for code in terms.units), "chief", "office")
    notices = (
        tell_of(circular, command.act, f"印发{draft.title}", f"{summary}请签收。", *everybody),
        *(_tell_of_deduction(circular, one) for one in made),
    )
    return Done(after=issued, summary=summary, notices=notices, lines=tuple(lines))


def _new_deduction(
    circular: Circular,
    entry: CircularEntry,
    ground: Ground,
    command: CircularCommand,
    now: datetime,
) -> Deduction:
    days = circular.policy.answer_working_days
    points = command.terms.points.of(ground)
    return Deduction(
        no=len(circular.deductions) + 1,
        entry_no=entry.no,
        item_id=entry.item_id,
        unit=entry.unit,
        unit_name=entry.unit_name,
        ground=ground,
        year=now.year,
        points=points,
        standing=points,
        made_at=now,
        answer_due_on=count_working(circular.calendar, now.date(), days).due_on,
    )


def _counted(new: Deduction, reason: str, *, waits: bool) -> Changed:
    """A new deduction, held at once where its unit waits for a leader's answer."""
    first = deducted(new, reason)
    if not waits:
        return first
    then = held(first.deduction, Hold.OBSTACLE)
    return Changed(deduction=then.deduction, lines=(*first.lines, *then.lines))


def _tell_of_deduction(circular: Circular, made: Deduction) -> Notice:
    text = (
        f"{made.unit_name}“{GROUND_NAMES[made.ground]}”，计入“落实不力”考核项，"
        f"扣{points_text(made.points)}分。可在{day_text(made.answer_due_on)}前陈述意见；"
        "有异议的，可自收到之日起30日内申请复核。"
    )
    what = f"deduction-{made.no}"
    return tell_of(circular, what, "落实不力扣分告知", text, unit(made.unit), deputy(made.unit))


def _withdraw(circular: Circular, command: CircularCommand, now: datetime) -> Done:
    """作废, or 撤销: each deduction is taken back by a line of its own (R52)."""
    body = command.body
    assert isinstance(body, WithdrawCircular)
    took_part = _took_part(circular, command.actor)
    if circular.stage in UNISSUED:
        after = replace(circular, stage=Stage.DISCARDED, took_part=took_part)
        return Done(after=after, summary=f"作废：{body.reason}")
    steps = [
        settled(one, 0, LineKind.WITHDRAWN, body.reason)
        for one in circular.deductions
        if not one.ended
    ]
    summary = f"撤销通报，冲销扣分{len(steps)}项：{body.reason}"
    everybody = (*(unit(code) for code in circular.units), "chief", "office")
    after = replace(circular, stage=Stage.WITHDRAWN, took_part=took_part)
    for step in steps:
        after = with_deduction(after, step.deduction)
    return Done(
        after=after,
        summary=summary,
        notices=(tell_of(circular, command.act, "撤销通报", summary, *everybody),),
        lines=tuple(line for step in steps for line in step.lines),
    )


def _correct(circular: Circular, command: CircularCommand, now: datetime) -> Done:
    """更正: another version, told to all units; what stood there before is kept."""
    body = command.body
    assert isinstance(body, CorrectCircular)
    entry = circular.draft.entry(body.entry)
    if entry is None:
        raise Refused("no_such_entry")
    to = replace(
        entry,
        facts=entry.facts if body.facts is None else body.facts,
        requirement=entry.requirement if body.requirement is None else body.requirement,
    )
    if to == entry:
        raise Refused("nothing_revised")
    entries = tuple(to if one.no == to.no else one for one in circular.draft.entries)
    said = [
        f"“{was}”更正为“{is_}”"
        for was, is_ in ((entry.facts, to.facts), (entry.requirement, to.requirement))
        if was != is_
    ]
    summary = f"更正第{entry.no}条：{'；'.join(said)}。{body.reason}"
    everybody = (*(unit(code) for code in circular.units), "chief", "office")
    return Done(
        after=replace(
            circular,
            draft=replace(circular.draft, entries=entries),
            version=circular.version + 1,
            took_part=_took_part(circular, command.actor),
        ),
        summary=summary,
        notices=(tell_of(circular, command.act, "通报更正", summary, *everybody),),
    )


def _receive(circular: Circular, command: CircularCommand, now: datetime) -> Done:
    code = command.actor.unit
    if code is None or code not in circular.units:
        raise Forbidden("not_your_unit")
    if circular.received(code):
        raise Refused("circular_received")
    receipt = Receipt(unit=code, at=now, by_name=command.actor.name)
    after = replace(circular, receipts=(*circular.receipts, receipt))
    return Done(after=after, summary=f"{command.actor.name}签收。")


def _own(circular: Circular, command: CircularCommand, no: int) -> Deduction:
    """The unit's own deduction, which still stands."""
    one = circular.deduction(no)
    if one.unit != command.actor.unit:
        raise Forbidden("not_your_unit")
    if one.ended:
        raise Refused("deduction_ended")
    return one


def _answer(circular: Circular, command: CircularCommand, now: datetime) -> Done:
    body = command.body
    assert isinstance(body, AnswerDeduction)
    one = _own(circular, command, body.deduction)
    if one.answer:
        raise Refused("already_answered")
    late = now.date() > one.answer_due_on
    answer = Answer(text=body.text, at=now, by_name=command.actor.name, late=late)
    summary = f"{one.unit_name}{'逾期' if late else ''}陈述意见：{body.text}"
    return Done(
        after=with_deduction(circular, replace(one, answer=answer)),
        summary=summary,
        notices=(tell_of(circular, command.act, "落实不力扣分：单位陈述意见", summary, "office"),),
    )


def _request_recheck(circular: Circular, command: CircularCommand, now: datetime) -> Done:
    """C14: late ones are taken and marked, a person decides; meanwhile the deduction is held."""
    body = command.body
    assert isinstance(body, RequestRecheck)
    one = _own(circular, command, body.deduction)
    if one.recheck:
        raise Refused("recheck_pending" if one.recheck_pending else "recheck_decided")
    until = recheck_until(circular, one)
    recheck = Recheck(
        reason=body.reason,
        asked_at=now,
        by_name=command.actor.name,
        decide_by=_thirty_days(circular, now.date()),
        late=until is not None and now.date() > until,
    )
    asked = replace(one, recheck=recheck)
    step = Changed(deduction=asked, lines=())
    if circular.policy.held_for_recheck:
        step = held(asked, Hold.RECHECK)
    summary = (
        f"{one.unit_name}{'逾期' if recheck.late else ''}申请复核"
        f"（{day_text(recheck.decide_by)}前作出决定）：{body.reason}"
    )
    title = "落实不力扣分：申请复核"
    return Done(
        after=with_deduction(circular, step.deduction),
        summary=summary,
        notices=(tell_of(circular, command.act, title, summary, "office", "chief"),),
        lines=step.lines,
    )


def recheck_until(circular: Circular, deduction: Deduction) -> date | None:
    """The last day on which a 复核 is asked for in time: 30 days from receipt; ``None`` where the
    unit has not signed for it."""
    receipt = circular.received(deduction.unit)
    if receipt is None:
        return None
    return _thirty_days(circular, max(receipt.at, deduction.made_at).date())


def _thirty_days(circular: Circular, start: date) -> date:
    return count_rule(Rule.RECHECK_30D, start, circular.calendar, circular.policy).due_on


def check_rechecker(circular: Circular, deduction: Deduction, actor: Actor) -> None:
    """Raises ``Forbidden`` for who may not decide on a 复核 of it."""
    if set(actor.usernames) & set(circular.took_part):
        raise Forbidden("took_part")
    if actor.role is Role.DEPUTY and deduction.unit in actor.deputy_of:
        raise Forbidden("in_charge_of_the_unit")


def _decide_recheck(circular: Circular, command: CircularCommand, now: datetime) -> Done:
    """C14: by nobody who had a part in the circular, nor the leader in charge of the unit. Who asks
    for a 复核 is not worse off for it: the deduction may be lessened, not raised."""
    body, actor = command.body, command.actor
    assert isinstance(body, DecideRecheck)
    one = circular.deduction(body.deduction)
    if one.recheck is None or not one.recheck_pending:
        raise Refused("no_recheck_pending")
    check_rechecker(circular, one, actor)
    if body.points is not None and body.points == one.standing:
        raise Invalid("same_points")
    if body.points is not None and body.points > one.standing:
        raise Invalid("recheck_not_heavier")
    recheck = replace(
        one.recheck,
        outcome=body.outcome,
        opinion=body.opinion,
        decided_at=now,
        decided_by=actor.name,
    )
    step = _settled(replace(one, recheck=recheck), body)
    summary = (
        f"复核决定：{OUTCOME_NAMES[body.outcome]}，"
        f"扣{points_text(step.deduction.standing)}分。{body.opinion}"
    )
    readers = (unit(one.unit), deputy(one.unit), "office")
    return Done(
        after=with_deduction(circular, step.deduction),
        summary=summary,
        notices=(tell_of(circular, command.act, "落实不力扣分：复核决定", summary, *readers),),
        lines=step.lines,
    )


def _settled(one: Deduction, body: DecideRecheck) -> Changed:
    back = released(one, Hold.RECHECK)
    if body.outcome is RecheckOutcome.UPHELD:
        return back
    revoked = body.outcome is RecheckOutcome.REVOKED
    kind = LineKind.REVOKED if revoked else LineKind.CHANGED
    then = settled(back.deduction, body.points or 0, kind, body.opinion)
    return Changed(deduction=then.deduction, lines=(*back.lines, *then.lines))


def _deduct_further(circular: Circular, command: CircularCommand, now: datetime) -> Done:
    """R53: once for each critical entry, on a person's word."""
    body = command.body
    assert isinstance(body, DeductFurther)
    entry = circular.draft.entry(body.entry)
    if entry is None or not entry.criticises:
        raise Refused("no_such_entry")
    before = [one for one in circular.deductions if one.entry_no == entry.no]
    if any(one.ground is Ground.STILL_OPEN for one in before):
        raise Refused("further_deducted")
    if all(one.ended for one in before):
        raise Refused("deduction_ended")
    waits = circular.policy.held_for_obstacle and entry.item_id in command.terms.waiting
    new = _new_deduction(circular, entry, Ground.STILL_OPEN, command, now)
    new = replace(new, proposal=body.proposal)
    step = _counted(new, f"{GROUND_NAMES[Ground.STILL_OPEN]}：{body.reason}", waits=waits)
    summary = f"{entry.unit_name}通报后仍未办理，再扣{points_text(new.points)}分：{body.reason}"
    return Done(
        after=with_deduction(circular, step.deduction),
        summary=summary,
        notices=(_tell_of_deduction(circular, step.deduction),),
        lines=step.lines,
    )


MOVES: dict[str, Callable[[Circular, CircularCommand, datetime], Done]] = {
    "revise_circular": _revise,
    "submit_circular": _submit,
    "approve_circular": _approve,
    "issue_circular": _issue,
    "withdraw_circular": _withdraw,
    "correct_circular": _correct,
    "receive_circular": _receive,
    "answer_deduction": _answer,
    "request_recheck": _request_recheck,
    "decide_recheck": _decide_recheck,
    "deduct_further": _deduct_further,
}
