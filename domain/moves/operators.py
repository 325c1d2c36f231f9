"""An operator's acts: confirmed by whose word they took, annulled by the office (design §3.17)."""

from datetime import datetime

from domain import acts
from domain.acts import Command
from domain.annulment import rests_on, take_back
from domain.audience import deputy, deputy_of, unit, unit_of
from domain.clocks import Clock
from domain.errors import Forbidden, Invalid, Refused
from domain.items import ROLE_NAMES, Changes, Item, Role, Unverified
from domain.moves.doing import Done, ordered_by_leader, told
from domain.moves.extension import chief_decides
from domain.moves.signing import check_not_own, met_by_signature, signed_on_paper
from domain.permissions import may_know_covert
from domain.text import instant_text


def confirmer_of(item: Item, act: str) -> Role:
    """Whose word an operator's signal took: what only a leader may do, only he can confirm."""
    match act:
        case "sign_off" | "advise_extension":
            return Role.DEPUTY
        case "answer_coordination":
            return Role(item.coordination.level.value)
        case "decide_extension" if chief_decides(item):
            return Role.CHIEF
        case "suspend_item" if ordered_by_leader(item):
            return Role.CHIEF
        case _:
            return Role.OFFICE


def confirmers(item: Item, act: Unverified) -> tuple[str, ...]:
    """Who is told that ``act`` waits: the office, and the leader whose word it took."""
    leader = {Role.DEPUTY: (deputy_of(item),), Role.CHIEF: ("chief",)}
    return ("office", *leader.get(act.confirmed_by, ()))


def _awaiting_check(item: Item, command: Command) -> Unverified:
    if not command.actor.verified:
        raise Refused("needs_verified_actor")
    for act in item.unverified:
        hidden = act.covert and not may_know_covert(command.actor)
        if act.seq == command.target_seq and not hidden:
            return act
    raise Refused("no_such_act")


def confirm_act(item: Item, command: Command, now: datetime) -> Done:
    """核实: the act that came by a signal stands as if done by a signed-in person. A leader's
    stands by his own word, a signature also by the paper he signed (代录, domain.md §6)."""
    body = command.body
    assert isinstance(body, acts.ConfirmAct)
    act = _awaiting_check(item, command)
    paper = body.recorded_from_paper
    _check_confirmer(item, act, command, paper)
    if earlier := rests_on(item, act):
        what = f"“{acts.ACTS[earlier.act].title}”"
        raise Refused(
            "earlier_act_unverified",
            f"该操作以此前尚未核实的{what}为前提，请先核实{what}；"
            f"{what}不实的，由督查室负责人先撤销该操作，再撤销{what}。",
        )
    what = f"{_named(act, now)}已核实"
    if paper is None:
        return Done(summary=f"{what}。", settles=act.seq, covert=act.covert)
    signed_at = signed_on_paper(act.hand_in(item), paper, act.at)
    signed = met_by_signature(item, _stopped_by(item, act), act.hand_in(item), signed_at, now)
    summary = (
        f"{what}（督查室代录纸质签批，签批时间{instant_text(signed_at, now)}）。{signed.summary}"
    )
    concerned = (unit_of(item), *signed.readers) if signed.readers else ()
    notices = told(item, command, summary, *concerned) if concerned else ()
    return Done(summary=summary, changes=signed.changes, notices=notices, settles=act.seq)


def _named(act: Unverified, now: datetime) -> str:
    """The act in a sentence; not by its number, which tells of covert checks before it (R24)."""
    return f"{instant_text(act.at, now)}录入的“{acts.ACTS[act.act].title}”"


def _check_confirmer(
    item: Item, act: Unverified, command: Command, paper: acts.PaperRecord | None
) -> None:
    role, signature = command.actor.role, act.act == "sign_off"
    if paper and not (role is Role.OFFICE and signature):
        raise Invalid("paper_record_not_allowed")
    if act.confirmed_by is Role.OFFICE and role is not Role.OFFICE:
        raise Forbidden("not_your_role")
    if role is not act.confirmed_by and not paper:
        who = ROLE_NAMES[act.confirmed_by]
        instead = "，或由督查室负责人凭其纸质签批代录（recorded_from_paper）" if signature else ""
        raise Forbidden(
            "leader_must_confirm", f"该操作系以{who}身份录入，须由其本人核实{instead}。"
        )
    if signature:
        check_not_own(act.hand_in(item), command)


def _stopped_by(item: Item, act: Unverified) -> Clock | None:
    """The limit that a signature met, which the paper may date otherwise."""
    met = {left.key: left.stopped_at for left in act.after.clocks if left.stopped_at}
    found = (c for c in item.result_clocks if c.stopped_at and c.stopped_at == met.get(c.key))
    return next(found, None)


def annul_act(item: Item, command: Command, now: datetime) -> Done:
    """撤销: what the act changed is put back; alarms missed through it ring now."""
    act = _awaiting_check(item, command)
    changes = take_back(item, act, now)
    summary = f"{_named(act, now)}已撤销，事项恢复到该操作之前。"
    if act.covert:  # the unit never knew of it (R24)
        return Done(summary=summary, changes=changes, settles=act.seq, covert=True)
    notices = told(item, command, summary, *_concerned(item, changes))
    return Done(summary=summary, changes=changes, notices=notices, settles=act.seq)


def _concerned(item: Item, changes: Changes) -> tuple[str, ...]:
    """The unit and its deputy leader, and where the item goes back to another unit, those too."""
    codes = [item.facts.lead_unit, *([changes.facts.lead_unit] if changes.facts else [])]
    return tuple(of(code) for code in dict.fromkeys(codes) for of in (unit, deputy))
