"""The acts people do on a circular: one table for updates, titles, roles and stages.

A body is a frozen dataclass; building one checks it and raises :class:`domain.errors.Invalid`.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar

from domain.acts import STRICT, check_text, require_text
from domain.calendar import WorkingCalendar
from domain.circulars import (
    UNISSUED,
    Draft,
    Ground,
    PointsTable,
    Publication,
    RecheckOutcome,
    Stage,
    Tone,
    check_points,
)
from domain.errors import Invalid, within
from domain.items import Actor, Json, Role
from domain.policy import Policy

MOST_ENTRIES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CircularBody:
    """What every act takes: the person acted for, when a stand-in acts."""

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    on_behalf_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryBody:
    """One item to be put into a circular. A blank ``unit`` is the item's lead unit."""

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    item_id: str
    tone: Tone
    facts: str
    unit: str = ""
    ground: Ground | None = None
    requirement: str = ""
    new_due_on: date | None = None
    proposal: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftCircular(CircularBody):
    """拟稿、改稿: the whole of it. A blank ``title`` is the office's usual one."""

    entries: tuple[EntryBody, ...]
    title: str = ""
    opening: str = ""

    def __post_init__(self) -> None:
        check_text(title=self.title, opening=self.opening)
        if len(self.title) > 200:
            raise Invalid("title_too_long")
        if len(self.entries) > MOST_ENTRIES:
            raise Invalid("too_many_entries")
        for n, entry in enumerate(self.entries):
            with within(f"entries.{n}"):
                require_text(facts=entry.facts)
                check_text(unit=entry.unit, requirement=entry.requirement)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitCircular(CircularBody):
    """报批."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveCircular(CircularBody):
    """批准 or 退回 (domain.md §6)."""

    approved: bool
    comment: str

    def __post_init__(self) -> None:
        require_text(comment=self.comment)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueCircular(CircularBody):
    """印发 (T24); how far it is public is decided each time (R57)."""

    publication: Publication
    publication_reason: str = ""

    def __post_init__(self) -> None:
        check_text(publication_reason=self.publication_reason)
        if self.publication is not Publication.PUBLIC:
            require_text(publication_reason=self.publication_reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawCircular(CircularBody):
    """作废 of a draft; 撤销 of what was issued, which takes back every deduction (R52)."""

    reason: str

    def __post_init__(self) -> None:
        require_text(reason=self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectCircular(CircularBody):
    """更正: the words of one entry. Ground and points are changed by 复核 or withdrawal alone."""

    entry: int
    reason: str
    facts: str | None = None
    requirement: str | None = None

    def __post_init__(self) -> None:
        require_text(reason=self.reason)
        if self.facts is not None:
            require_text(facts=self.facts)
        check_text(requirement=self.requirement)
        if self.facts is None and self.requirement is None:
            raise Invalid("nothing_revised")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveCircular(CircularBody):
    """签收 by a unit (R51)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDeduction(CircularBody):
    """陈述意见 by the unit."""

    deduction: int
    text: str

    def __post_init__(self) -> None:
        require_text(text=self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRecheck(CircularBody):
    """申请复核 (C14)."""

    deduction: int
    reason: str

    def __post_init__(self) -> None:
        require_text(reason=self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideRecheck(CircularBody):
    """复核决定 (C14); ``points`` in hundredths, where it is changed."""

    deduction: int
    outcome: RecheckOutcome
    opinion: str
    points: int | None = None

    def __post_init__(self) -> None:
        require_text(opinion=self.opinion)
        changed = self.outcome is RecheckOutcome.CHANGED
        if changed and self.points is None:
            raise Invalid("points_required")
        if not changed and self.points is not None:
            raise Invalid("points_not_applicable")
        if self.points is not None:
            check_points(self.points)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeductFurther(CircularBody):
    """通报后仍未办理: a further deduction, proposed by the clock, made by a person (R53)."""

    entry: int
    proposal: int
    reason: str

    def __post_init__(self) -> None:
        require_text(reason=self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an act needs from outside the circular, looked up by the API and sealed with it: the
    years it counts on, the rules and points in force, all units, and the items in which a leader's
    answer is awaited."""

    calendar: WorkingCalendar = WorkingCalendar()
    policy: Policy = Policy()
    points: PointsTable = PointsTable()
    points_edition: str = ""
    units: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CircularAct:
    """One row of the table. Of the office ``head`` alone may where it says so; in a stage outside
    ``stages`` it is refused with the stage's own code."""

    name: str
    title: str
    body: type[CircularBody]
    roles: frozenset[Role]
    stages: frozenset[Stage]
    head: bool = False


_OFFICE, _UNIT = frozenset({Role.OFFICE}), frozenset({Role.UNIT})
_APPROVING = frozenset({Role.OFFICE, Role.CHIEF})
_ISSUED = frozenset({Stage.ISSUED})

CIRCULAR_ACTS: dict[str, CircularAct] = {
    act.name: act
    for act in (
        CircularAct(
            name="draft_circular",
            title="拟稿",
            body=DraftCircular,
            roles=_OFFICE,
            stages=frozenset(),
        ),
        CircularAct(
            name="revise_circular",
            title="改稿",
            body=DraftCircular,
            roles=_OFFICE,
            stages=frozenset({Stage.DRAFT}),
        ),
        CircularAct(
            name="submit_circular",
            title="报批",
            body=SubmitCircular,
            roles=_OFFICE,
            stages=frozenset({Stage.DRAFT}),
        ),
        CircularAct(
            name="approve_circular",
            title="审批",
            body=ApproveCircular,
            roles=_APPROVING,
            stages=frozenset({Stage.AWAITING_APPROVAL}),
            head=True,
        ),
        CircularAct(
            name="issue_circular",
            title="印发",
            body=IssueCircular,
            roles=_OFFICE,
            stages=frozenset({Stage.APPROVED}),
            head=True,
        ),
        CircularAct(
            name="withdraw_circular",
            title="撤销",
            body=WithdrawCircular,
            roles=_APPROVING,
            stages=UNISSUED | _ISSUED,
            head=True,
        ),
        CircularAct(
            name="correct_circular",
            title="更正",
            body=CorrectCircular,
            roles=_APPROVING,
            stages=_ISSUED,
            head=True,
        ),
        CircularAct(
            name="receive_circular",
            title="签收",
            body=ReceiveCircular,
            roles=_UNIT,
            stages=_ISSUED,
        ),
        CircularAct(
            name="answer_deduction",
            title="陈述意见",
            body=AnswerDeduction,
            roles=_UNIT,
            stages=_ISSUED,
        ),
        CircularAct(
            name="request_recheck",
            title="申请复核",
            body=RequestRecheck,
            roles=_UNIT,
            stages=_ISSUED,
        ),
        CircularAct(
            name="decide_recheck",
            title="复核决定",
            body=DecideRecheck,
            roles=frozenset({Role.OFFICE, Role.DEPUTY, Role.CHIEF}),
            stages=_ISSUED,
            head=True,
        ),
        CircularAct(
            name="deduct_further",
            title="通报后仍未办理扣分",
            body=DeductFurther,
            roles=_OFFICE,
            stages=_ISSUED,
            head=True,
        ),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CircularCommand:
    """An act somebody wants done. ``raw`` is the body as it was sent, kept for the record;
    ``draft`` is what it names, as the registers have it."""

    act: str
    body: CircularBody
    actor: Actor
    raw: Json = field(default_factory=dict)
    request_id: str | None = None
    body_hash: str | None = None
    draft: Draft | None = None
    terms: Terms = Terms()
