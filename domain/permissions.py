"""Who may do what, and on which items: the one place that decides it (domain.md §6; R46).

Routes ask :func:`check_right`, the gate of every act :func:`check_actor`; lists, details, counts
and files ask :func:`sight`, which the store puts into its queries.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from domain.acts import ActSpec, Body, Review, SubmitFeedback, TerminateItem
from domain.directory import EDITORS
from domain.documents import DOCUMENTS, DocumentKind
from domain.errors import Forbidden
from domain.items import Actor, Item, OfficePost, Role, Status


class Right(StrEnum):
    """What a route asks of whoever calls it, beside the rules of the item it is about."""

    OPEN = "open"
    """Nobody need sign in."""
    SIGNED_IN = "signed_in"
    """Anybody with an account: what is his own, and the items that exist for him."""
    READ_RULES = "read_rules"
    """The registers, the calendar and the editions of the rules."""
    REGISTER = "register"
    """To register items (登记), as drafts that somebody else issues."""
    ISSUE = "issue"
    """To register and issue items (下达)."""
    RULES = "rules"
    """To load an edition of the rules, and move items to it."""
    REGISTERS = "registers"
    """To change the directory and the calendar."""
    OWN_REGISTERS = "own_registers"
    """To change what one's own unit keeps of itself in the directory."""
    RUNNING = "running"
    """To see how the system runs."""
    DECODE = "decode"
    """To read what Temporal stores encrypted: whole items, whomever they concern."""
    AUDIT = "audit"
    """To read who was refused what, and who read what is restricted."""
    ACCOUNTS = "accounts"
    """To keep the accounts of others."""
    SOURCES = "sources"
    """To keep the register of sources (来源)."""
    READ_SOURCES = "read_sources"
    """To read the register of sources, as far as its items exist for the reader."""
    DOCUMENTS = "documents"
    """To make official documents of an item (文书); which ones, :func:`check_maker` says."""
    COMPILATIONS = "compilations"
    """To make those that gather several items (督查专报, 汇总)."""
    LETTERHEAD = "letterhead"
    """To say how the office's documents name it, how they look and which are published."""
    READ_CIRCULARS = "read_circulars"
    """To read the circulars that have gone out; before that they are the office's, and the chief
    leader's who approves them."""
    WATCH_CIRCULARS = "watch_circulars"
    """To read how a circular came about, and what was said of it since."""
    CIRCULARS = "circulars"
    """To propose and draft circulars."""
    APPROVE_CIRCULARS = "approve_circulars"
    """To approve and withdraw circulars, in one's own place or another's."""
    ISSUE_CIRCULARS = "issue_circulars"
    """To issue circulars, refuse proposals, and deduct further."""
    ANSWER_CIRCULARS = "answer_circulars"
    """To receive circulars for one's unit, and answer for it."""
    READ_DEDUCTIONS = "read_deductions"
    """To read deductions, as far as they are one's own."""
    RECHECK = "recheck"
    """To decide on a 复核."""


_WORKING = frozenset({Role.OFFICE, Role.UNIT, Role.DEPUTY, Role.CHIEF, Role.ADMIN})
_OFFICE = frozenset({Role.OFFICE})
_KEEPERS = frozenset({Role.OFFICE, Role.ADMIN})

RIGHTS: dict[Right, frozenset[Role]] = {
    Right.OPEN: frozenset(Role),
    Right.SIGNED_IN: frozenset(Role),
    Right.READ_RULES: _WORKING,
    Right.REGISTER: _OFFICE,
    Right.ISSUE: _OFFICE,
    Right.RULES: _OFFICE,
    Right.REGISTERS: _KEEPERS,
    Right.OWN_REGISTERS: _KEEPERS | {Role.UNIT},
    Right.RUNNING: _KEEPERS,
    Right.DECODE: _OFFICE,
    Right.AUDIT: frozenset({Role.OFFICE, Role.CHIEF}),
    Right.ACCOUNTS: frozenset({Role.ADMIN}),
    Right.SOURCES: _OFFICE,
    Right.READ_SOURCES: frozenset({Role.OFFICE, Role.CHIEF, Role.DEPUTY}),
    Right.DOCUMENTS: _OFFICE | {Role.UNIT},
    Right.COMPILATIONS: _OFFICE,
    Right.LETTERHEAD: _OFFICE,
    Right.READ_CIRCULARS: _WORKING - {Role.ADMIN} | {Role.INSPECTOR},
    Right.WATCH_CIRCULARS: frozenset({Role.OFFICE, Role.CHIEF}),
    Right.CIRCULARS: _OFFICE,
    # A deputy leader in the chief leader's place (AB角) alone: the gate of the act sees to that.
    Right.APPROVE_CIRCULARS: frozenset({Role.OFFICE, Role.CHIEF, Role.DEPUTY}),
    Right.ISSUE_CIRCULARS: _OFFICE,
    Right.ANSWER_CIRCULARS: frozenset({Role.UNIT}),
    Right.READ_DEDUCTIONS: _WORKING - {Role.ADMIN},
    Right.RECHECK: frozenset({Role.OFFICE, Role.CHIEF, Role.DEPUTY}),
}
HEADS_RIGHTS = frozenset(
    {
        Right.ISSUE,
        Right.RULES,
        Right.REGISTERS,
        Right.OWN_REGISTERS,
        Right.DECODE,
        Right.AUDIT,
        Right.LETTERHEAD,
        Right.APPROVE_CIRCULARS,
        Right.ISSUE_CIRCULARS,
        Right.RECHECK,
    }
)
"""Of the office, its head alone has these (domain.md §6: 督查室 head and staff)."""
HEADS_ACTS = frozenset(
    {
        "decide_extension",
        "suspend_item",
        "resume_item",
        "terminate_item",
        "change_cycle",
        "change_unit",
        "end_early",
        "carry_over",
        "set_milestones",
        "reopen",
        "archive",
        "confirm_act",
        "annul_act",
        "approve_issue",
        "ratify",
        "decide_return",
        "record_circular",
        "lift_circular",
        "report_to_leaders",
    }
)
"""The office's acts that its head alone does; staff prepare them."""


def has_right(right: Right, actor: Actor) -> bool:
    """Whether ``actor`` has that right."""
    return actor.role in RIGHTS[right] and not _lacks_head(actor, right in HEADS_RIGHTS)


def check_right(right: Right, actor: Actor) -> None:
    """Raises :class:`Forbidden` when ``actor`` has not that right."""
    if not has_right(right, actor):
        lacks_head = actor.role in RIGHTS[right]
        raise Forbidden("head_required" if lacks_head else "not_your_role")


def check_actor(item: Item, spec: ActSpec, actor: Actor, body: Body) -> None:
    """Raises :class:`Forbidden` when ``actor`` has not the role for the act, or has it for other
    units only. An unverified actor acts in the one role the act needs, for the item's own unit."""
    if actor.role not in spec.roles:
        raise Forbidden("not_your_role")
    if not actor.verified:
        return
    lead = item.facts.lead_unit
    if actor.role is Role.UNIT and actor.unit != lead and not _own_node(item, actor, body):
        raise Forbidden("not_your_unit")
    if actor.role is Role.DEPUTY and lead not in actor.deputy_of:
        raise Forbidden("not_your_unit")
    decides = spec.name in HEADS_ACTS or (isinstance(body, Review) and body.accepted)
    withdraws = isinstance(body, TerminateItem) and item.status is Status.DRAFT
    if withdraws and item.never_issued:
        return
    if _lacks_head(actor, decides):
        raise Forbidden("head_required")


def _own_node(item: Item, actor: Actor, body: Body) -> bool:
    """Whether a unit that does not lead says that a node of its own has been reached (R41)."""
    if not isinstance(body, SubmitFeedback) or body.milestone is None:
        return False
    nodes = {node.name: node.unit for node in item.facts.milestones}
    return nodes.get(body.milestone) == actor.unit


def _lacks_head(actor: Actor, needed: bool) -> bool:
    """Whether somebody of the office is not its head, where it ``needed`` its head."""
    return needed and actor.role is Role.OFFICE and not is_head(actor)


def is_head(actor: Actor) -> bool:
    """Whether ``actor`` speaks for the supervision office."""
    return actor.role is Role.OFFICE and actor.post is not OfficePost.STAFF


def may_approve(actor: Actor, lead_unit: str) -> bool:
    """Whether ``actor`` may approve the 下达 of an item led by that unit (domain.md §6)."""
    match actor.role:
        case Role.OFFICE:
            return is_head(actor)
        case Role.DEPUTY:
            return lead_unit in actor.deputy_of
        case _:
            return actor.role is Role.CHIEF


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """The items that exist for somebody: all, or those that one of ``units`` leads or joins; of
    what is not handed out only those of ``drafts``, which are some of the same units."""

    everything: bool = False
    units: frozenset[str] = frozenset()
    drafts: frozenset[str] = frozenset()

    def reaches(
        self, lead_unit: str, co_units: tuple[str, ...], *, handed_out: bool = True
    ) -> bool:
        """Whether an item of these units exists for him."""
        units = self.units if handed_out else self.drafts
        return self.everything or not units.isdisjoint((lead_unit, *co_units))


def sight(actor: Actor) -> Sight:
    """The items that exist for ``actor``, as himself or for somebody he stands in for. What is not
    handed out exists for no unit: for the office and the leaders only. An inspector
    and a third party see the inspections they are invited to, and no item; the administrator has
    no business content."""
    seen = [_sight(one) for one in actor.capacities]
    return Sight(
        everything=any(one.everything for one in seen),
        units=frozenset[str]().union(*(one.units for one in seen)),
        drafts=frozenset[str]().union(*(one.drafts for one in seen)),
    )


def _sight(actor: Actor) -> Sight:
    match actor.role:
        case Role.OFFICE | Role.CHIEF:
            return Sight(everything=True)
        case Role.UNIT if actor.unit is not None:
            return Sight(units=frozenset({actor.unit}))
        case Role.DEPUTY:
            fields = frozenset(actor.deputy_of)
            return Sight(units=fields, drafts=fields)
        case _:
            return Sight()


def may_read_original(actor: Actor, lead_unit: str) -> bool:
    """批示原文 of an item: not for a co-organising unit, nor for its deputy leader; of the office
    its head (domain.md §6); for no machine."""
    seen = original_sight(actor)
    return seen.everything or lead_unit in seen.units


def original_sight(actor: Actor) -> Sight:
    """The items of which ``actor`` may read the 批示原文: all, or those led by one of ``units``;
    so that the store can ask for them."""
    seen = [_original_sight(one) for one in actor.capacities]
    return Sight(
        everything=any(one.everything for one in seen),
        units=frozenset[str]().union(*(one.units for one in seen)),
    )


def _original_sight(actor: Actor) -> Sight:
    if actor.machine:
        return Sight()
    match actor.role:
        case Role.UNIT if actor.unit is not None:
            return Sight(units=frozenset({actor.unit}))
        case Role.DEPUTY:
            return Sight(units=frozenset(actor.deputy_of))
        case Role.OFFICE:
            return Sight(everything=is_head(actor))
        case _:
            return Sight(everything=actor.role is Role.CHIEF)


def may_know_covert(actor: Actor) -> bool:
    """Whether ``actor`` may know of covert checks (暗访) at all (R24); no machine may."""
    knowing = (one.role in {Role.OFFICE, Role.CHIEF} for one in actor.capacities)
    return any(knowing) and not actor.machine


def check_maker(actor: Actor, kind: DocumentKind, lead_unit: str) -> None:
    """Raises :class:`Forbidden` when ``actor`` does not make documents of that kind of an item led
    by that unit: the office makes what it sends out, a unit what it reports of its own."""
    if actor.role is not DOCUMENTS[kind].maker:
        raise Forbidden("not_your_role")
    if actor.role is Role.UNIT and actor.unit != lead_unit:
        raise Forbidden("not_your_unit")


def may_read_compilations(actor: Actor) -> bool:
    """Whether ``actor`` may read what is written for the leaders (专报, 汇总; domain.md §6)."""
    readers = {Role.OFFICE, Role.DEPUTY, Role.CHIEF}
    return any(one.role in readers for one in actor.capacities)


def may_read_circulars(actor: Actor) -> bool:
    """Whether ``actor`` may read what has gone out to all units (domain.md §6)."""
    return any(one.role in RIGHTS[Right.READ_CIRCULARS] for one in actor.capacities)


def may_read_deductions(actor: Actor, unit: str) -> bool:
    """落实不力 of a unit (domain.md §6): the office's and the chief leader's to read, of a leader
    that of his field, of a unit its own; for somebody else in his place, too."""
    return any(_reads_deductions(one, unit) for one in actor.capacities)


def _reads_deductions(actor: Actor, unit: str) -> bool:
    match actor.role:
        case Role.OFFICE | Role.CHIEF:
            return True
        case Role.DEPUTY:
            return unit in actor.deputy_of
        case _:
            return actor.role is Role.UNIT and actor.unit == unit


def may_read_trio(actor: Actor, unit: str) -> bool:
    """Whether ``actor`` may read who holds a unit's posts, and their phones."""
    return actor.role is not Role.UNIT or actor.unit == unit


def may_read_stand_ins(actor: Actor) -> bool:
    """Whether ``actor`` may read of every stand-in, not only of those that concern him."""
    return actor.role in _KEEPERS


def may_edit_trio(actor: Actor, unit: str, posts: Collection[str]) -> bool:
    """Whether ``actor``, who holds ``posts`` in his own unit, may change a unit's trio: whoever
    keeps the registers any, a unit's first two their own, its handler none."""
    if has_right(Right.REGISTERS, actor):
        return True
    return actor.role is Role.UNIT and actor.unit == unit and bool(EDITORS & set(posts))
