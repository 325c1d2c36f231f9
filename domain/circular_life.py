"""The life of a circular: drafted, approved, issued, answered, checked again, withdrawn.

Everything a circular may do passes one gate, :func:`decide`. The workflow calls it with its own
time and records what happened; tests call it with any time they like.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from domain.audience import unit
from domain.circular_acts import CIRCULAR_ACTS, CircularAct, CircularCommand
from domain.circular_moves import MOVES, draft_of, drafted
from domain.circular_state import Circular, Done, Happened, tell_of, with_deduction
from domain.circulars import Hold, Stage, released
from domain.clocks import end_of
from domain.errors import Forbidden, Invalid, Refused
from domain.items import Actor, Role
from domain.ladder import Alarm
from domain.permissions import is_head

STAGE_CODES = {
    Stage.DRAFT: "circular_draft",
    Stage.AWAITING_APPROVAL: "circular_awaiting_approval",
    Stage.APPROVED: "circular_approved",
    Stage.ISSUED: "circular_issued",
    Stage.WITHDRAWN: "circular_withdrawn",
    Stage.DISCARDED: "circular_discarded",
}
YEARS_KEPT = 2
"""A deduction may be spoken of until the year after its own is over."""
TELLING = frozenset({"issue_circular", "withdraw_circular"})
"""What the items concerned are told of."""


def begin(circular_id: str, command: CircularCommand, now: datetime) -> Happened:
    """A new draft. Raises :class:`Invalid`, :class:`Forbidden`."""
    spec = CIRCULAR_ACTS["draft_circular"]
    check_role(spec, command.actor)
    draft = draft_of(command, now)
    names = command.actor.usernames
    new = Circular(
        id=circular_id,
        seq=0,
        as_of=now,
        stage=Stage.DRAFT,
        draft=draft,
        drafters=names,
        took_part=names,
    )
    return _happened(new, spec, command, Done(after=new, summary=drafted(draft)), now)


def decide(circular: Circular, command: CircularCommand, now: datetime) -> list[Happened]:
    """What comes of an act done at ``now``, with what was due before.

    Raises :class:`Refused`, :class:`Forbidden` or :class:`Invalid`; then nothing has happened.
    """
    now = max(now.astimezone(circular.as_of.tzinfo), circular.as_of)
    before = ring(circular, now)
    circular = before[-1].after if before else circular
    spec = CIRCULAR_ACTS.get(command.act)
    if spec is None or command.act not in MOVES:
        raise Invalid("unknown_act")
    check_role(spec, command.actor)
    if circular.closed:
        raise Refused("circular_closed")
    if circular.stage not in spec.stages:
        raise Refused(STAGE_CODES[circular.stage])
    done = MOVES[command.act](circular, command, now)
    return [*before, _happened(circular, spec, command, done, now)]


def check_role(spec: CircularAct, actor: Actor) -> None:
    """Raises :class:`Forbidden` for whoever does not do such acts."""
    if actor.role not in spec.roles:
        raise Forbidden("not_your_role")
    if spec.head and actor.role is Role.OFFICE and not is_head(actor):
        raise Forbidden("head_required")


def _happened(
    circular: Circular, spec: CircularAct, command: CircularCommand, done: Done, now: datetime
) -> Happened:
    seq, summary = circular.seq + 1, done.summary
    if command.actor.acts_for and command.body.on_behalf_of:
        summary = f"{command.actor.name}代{command.body.on_behalf_of}办理。{summary}"
    return Happened(
        seq=seq,
        act=command.act,
        title=spec.title,
        at=now,
        summary=summary,
        actor=command.actor,
        body=command.raw,
        request_id=command.request_id,
        body_hash=command.body_hash,
        notices=done.notices,
        lines=done.lines,
        after=replace(done.after, seq=seq, as_of=now),
    )


def answered(circular: Circular, waiting: tuple[str, ...], now: datetime) -> list[Happened]:
    """What comes of leaders having answered: deductions held for that count again. ``waiting`` are
    the items in which an answer is still awaited."""
    now = max(now.astimezone(circular.as_of.tzinfo), circular.as_of)
    found: list[Happened] = []
    for one in circular.held_for_obstacles:
        if one.item_id in waiting:
            continue
        step = released(one, Hold.OBSTACLE)
        summary = f"{one.unit_name}提请协调的事项已有答复，扣分恢复计入。"
        title = "落实不力扣分恢复计入"
        done = Done(
            after=with_deduction(circular, step.deduction),
            summary=summary,
            notices=(tell_of(circular, "released", title, summary, unit(one.unit), "office"),),
            lines=step.lines,
        )
        found.append(_rung(circular, "release_deduction", title, done, now))
        circular = found[-1].after
    return found


def next_alarm(circular: Circular) -> Alarm | None:
    """The next that happens by itself; ``None`` where nothing is to come."""
    alarms = [alarm for alarm, _ in _alarms(circular)]
    return min(alarms, key=lambda alarm: alarm.at, default=None)


def ring(circular: Circular, now: datetime) -> list[Happened]:
    """What happens by itself by ``now``, in order."""
    now = max(now.astimezone(circular.as_of.tzinfo), circular.as_of)
    found: list[Happened] = []
    while due := [(alarm, rung) for alarm, rung in _alarms(circular) if alarm.at <= now]:
        _, rung = min(due, key=lambda one: one[0].at)
        found.append(rung(circular, now))
        circular = found[-1].after
    return found


Rung = Callable[[Circular, datetime], Happened]


def _alarms(circular: Circular) -> list[tuple[Alarm, Rung]]:
    if circular.stage is not Stage.ISSUED or circular.closed or circular.issued_at is None:
        return []
    found: list[tuple[Alarm, Rung]] = []
    if not any(one.recheck_pending for one in circular.deductions):
        found.append((_closing(circular.issued_at), _close))
    for one in circular.deductions:
        if one.ended:
            continue
        if not one.answer and not one.answer_missed:
            at = end_of(one.answer_due_on, circular.issued_at)
            found.append((Alarm(at=at, summary="陈述意见期满"), _missed_answer(one.no)))
        if one.recheck and one.recheck_pending and not one.recheck.overdue:
            at = end_of(one.recheck.decide_by, circular.issued_at)
            found.append((Alarm(at=at, summary="复核决定到期"), _recheck_overdue(one.no)))
    return found


def _closing(issued_at: datetime) -> Alarm:
    """The end of the year after: the year's assessment is over."""
    at = datetime(issued_at.year + YEARS_KEPT, 1, 1, tzinfo=issued_at.tzinfo)
    return Alarm(at=at, summary="通报归档")


def _rung(circular: Circular, act: str, title: str, done: Done, now: datetime) -> Happened:
    seq = circular.seq + 1
    return Happened(
        seq=seq,
        act=act,
        title=title,
        at=now,
        summary=done.summary,
        actor=None,
        notices=done.notices,
        lines=done.lines,
        after=replace(done.after, seq=seq, as_of=now),
    )


def _missed_answer(no: int) -> Rung:
    def rung(circular: Circular, now: datetime) -> Happened:
        one = circular.deduction(no)
        summary = f"{one.unit_name}未在期限内陈述意见。"
        title = "陈述意见期满"
        done = Done(
            after=with_deduction(circular, replace(one, answer_missed=True)),
            summary=summary,
            notices=(tell_of(circular, "answer_missed", title, summary, "office", unit(one.unit)),),
        )
        return _rung(circular, "answer_missed", title, done, now)

    return rung


def _recheck_overdue(no: int) -> Rung:
    def rung(circular: Circular, now: datetime) -> Happened:
        one = circular.deduction(no)
        assert one.recheck is not None
        summary = f"{one.unit_name}的复核申请已满30日，尚未作出决定，请抓紧办理。"
        title = "复核决定到期"
        overdue = replace(one, recheck=replace(one.recheck, overdue=True))
        done = Done(
            after=with_deduction(circular, overdue),
            summary=summary,
            notices=(tell_of(circular, "recheck_overdue", title, summary, "office", "chief"),),
        )
        return _rung(circular, "recheck_overdue", title, done, now)

    return rung


def _close(circular: Circular, now: datetime) -> Happened:
    done = Done(after=replace(circular, closed=True), summary="年度考评已过，通报归档。")
    return _rung(circular, "close_circular", "归档", done, now)
