"""The acts people do on an item: one table for routes, updates, signals, roles and states.

A body is a frozen dataclass; building one checks it and raises :class:`domain.errors.Invalid`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Literal

from domain.calendar import WorkingCalendar
from domain.circulars import Ground
from domain.cycles import Cycle
from domain.directory import Post, Responsible
from domain.errors import DETAILS, Invalid
from domain.items import UNISSUED, Actor, Category, Json, Kind, Role, Source, Status
from domain.parts import Actual, Target
from domain.policy import Policy
from domain.text import is_blank

LONGEST_TEXT = 20_000
STRICT = {"extra": "forbid"}


def require_text(**texts: str) -> None:
    """Raises ``Invalid`` when one of ``texts`` is blank, or too long; it is named in the detail."""
    for name, text in texts.items():
        if is_blank(text):
            raise Invalid("blank_text", f"{name}：{DETAILS['blank_text']}")
    check_text(**texts)


def check_text(**texts: str | None) -> None:
    """Raises ``Invalid`` when one of ``texts`` is too long; it is named in the detail."""
    for name, text in texts.items():
        if text is not None and len(text) > LONGEST_TEXT:
            raise Invalid("text_too_long", f"{name}：{DETAILS['text_too_long']}")


def require_aware(value: datetime | None) -> None:
    """Raises ``Invalid('naive_datetime')`` for a time without an offset."""
    if value is not None and value.tzinfo is None:
        raise Invalid("naive_datetime")


class Form(StrEnum):
    """催办的形式 (办法 四(三))."""

    PHONE = "phone"
    ITEM = "item"
    ONSITE = "onsite"
    COVERT = "covert"
    OTHER = "other"


FORM_NAMES = {
    Form.PHONE: "电话催报",
    Form.ITEM: "逐件催办",
    Form.ONSITE: "实地督办",
    Form.COVERT: "暗访核查",
    Form.OTHER: "其他形式",
}


class AskLevel(StrEnum):
    """Whom a unit asks (办法 四(二))."""

    DEPUTY = "deputy"
    CHIEF = "chief"


class CoordinationOutcome(StrEnum):
    """How a leader answers a request for coordination."""

    RESOLVED = "resolved"
    UNRESOLVED = "unresolved"
    TRANSFERRED = "transferred"


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What every act takes: the person acted for, when a stand-in acts."""

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    on_behalf_of: str | None = None

    def __post_init__(self) -> None:
        check_text(on_behalf_of=self.on_behalf_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receive(Body):
    """签收 (R27)."""

    comment: str = ""

    def __post_init__(self) -> None:
        check_text(comment=self.comment)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitPlan(Body):
    """报办理方案 (R43)."""

    text: str
    expected_done_on: date | None = None
    attachments: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_text(text=self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitFeedback(Body):
    """反馈 (R35): a result (``final``), an interim opinion, or progress (neither). ``actuals`` is
    what has been reached of the item's targets since the beginning of the year; ``milestone`` is
    the node that has been reached."""

    text: str
    final: bool = False
    interim_opinion: bool = False
    issued_by: str | None = None
    attachments: tuple[str, ...] = ()
    actuals: tuple[Actual, ...] = ()
    milestone: str | None = None

    def __post_init__(self) -> None:
        require_text(text=self.text)
        check_text(issued_by=self.issued_by, milestone=self.milestone)
        if self.final and self.interim_opinion:
            raise Invalid("final_or_interim")
        if self.milestone is not None and (self.final or self.interim_opinion):
            raise Invalid("milestone_alone")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperRecord:
    """代录: when the leader signed on paper, and the scan of it."""

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    signed_at: datetime
    file_id: str

    def __post_init__(self) -> None:
        require_aware(self.signed_at)
        require_text(file_id=self.file_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOff(Body):
    """阅签 (R36)."""

    approved: bool
    comment: str
    recorded_from_paper: PaperRecord | None = None

    def __post_init__(self) -> None:
        require_text(comment=self.comment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Review(Body):
    """审核 (R37)."""

    accepted: bool
    comment: str
    new_due_on: date | None = None

    def __post_init__(self) -> None:
        require_text(comment=self.comment)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainDelay(Body):
    """未办结说明 (R28)."""

    reason: str
    next_step: str
    proposed_due_on: date | None = None

    def __post_init__(self) -> None:
        require_text(reason=self.reason, next_step=self.next_step)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestExtension(Body):
    """申请延期 (T13, O7)."""

    reason: str
    new_due_on: date

    def __post_init__(self) -> None:
        require_text(reason=self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviseExtension(Body):
    """分管领导对延期的意见."""

    supports: bool
    comment: str

    def __post_init__(self) -> None:
        require_text(comment=self.comment)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideExtension(Body):
    """延期批复 (T14)."""

    approved: bool
    comment: str

    def __post_init__(self) -> None:
        require_text(comment=self.comment)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCoordination(Body):
    """提请协调、提请决策 (R29, R30)."""

    problem: str
    tried: str
    asked: str
    major: bool = False
    level: AskLevel = AskLevel.DEPUTY

    def __post_init__(self) -> None:
        require_text(problem=self.problem, tried=self.tried, asked=self.asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCoordination(Body):
    """协调结果、决策 (T16, T17)."""

    outcome: CoordinationOutcome
    opinion: str
    new_due_on: date | None = None
    new_lead_unit: str | None = None
    new_content: str | None = None

    def __post_init__(self) -> None:
        require_text(opinion=self.opinion)
        check_text(new_lead_unit=self.new_lead_unit)
        if self.new_content is not None:
            require_text(new_content=self.new_content)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remind(Body):
    """催办 (R33)."""

    form: Form
    to: str
    said: str
    reply: str | None = None

    def __post_init__(self) -> None:
        require_text(to=self.to, said=self.said)
        check_text(reply=self.reply)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspendItem(Body):
    """暂缓 (T28)."""

    reason: str

    def __post_init__(self) -> None:
        require_text(reason=self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeItem(Body):
    """恢复 (T29)."""

    reason: str
    new_due_on: date | None = None

    def __post_init__(self) -> None:
        require_text(reason=self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminateItem(Body):
    """终止 (T28)."""

    reason: str

    def __post_init__(self) -> None:
        require_text(reason=self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeCycle(Body):
    """另定全年任务的调度周期 (R45)."""

    cycle: Cycle
    reason: str
    from_on: date | None = None

    def __post_init__(self) -> None:
        require_text(reason=self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeUnit(Body):
    """全年任务改由其他单位承办 (O19)."""

    new_lead_unit: str
    reason: str
    from_on: date | None = None

    def __post_init__(self) -> None:
        require_text(new_lead_unit=self.new_lead_unit, reason=self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndEarly(Body):
    """提前结束全年任务的调度 (R45)."""

    reason: str
    final_due_on: date | None = None

    def __post_init__(self) -> None:
        require_text(reason=self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryOver(Body):
    """跨年办理 (O18)."""

    reason: str
    new_due_on: date

    def __post_init__(self) -> None:
        require_text(reason=self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class MilestoneOrder:
    """A node to be added, or moved to another day; a blank ``unit`` is the lead unit."""

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    name: str
    due_on: date
    unit: str = ""
    output: str = ""

    def __post_init__(self) -> None:
        require_text(name=self.name)
        check_text(unit=self.unit, output=self.output)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMilestones(Body):
    """增加、调整时间节点 (R41)."""

    milestones: tuple[MilestoneOrder, ...]
    reason: str

    def __post_init__(self) -> None:
        require_text(reason=self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen(Body):
    """重新交办 (T30)."""

    reason: str
    new_due_on: date

    def __post_init__(self) -> None:
        require_text(reason=self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive(Body):
    """归档 (T31)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmAct(Body):
    """核实一项经运维界面录入的操作 (design §3.17); a signature also from the paper (代录)."""

    comment: str
    recorded_from_paper: PaperRecord | None = None

    def __post_init__(self) -> None:
        require_text(comment=self.comment)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnulAct(Body):
    """撤销一项经运维界面录入的操作 (design §3.17)."""

    comment: str

    def __post_init__(self) -> None:
        require_text(comment=self.comment)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCircular(Body):
    """通报入册 (T24): the item stands in a circular, criticised on ``ground``; ``circular_id`` is
    that of the system's own."""

    number: str
    new_due_on: date | None = None
    ground: Ground | None = None
    requirement: str = ""
    circular_id: str | None = None

    def __post_init__(self) -> None:
        require_text(number=self.number)
        check_text(requirement=self.requirement, circular_id=self.circular_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftCircular(Body):
    """撤销通报 (R52): the circular was withdrawn."""

    number: str
    reason: str

    def __post_init__(self) -> None:
        require_text(number=self.number, reason=self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportToLeaders(Body):
    """情况汇报 (T26): to the deputy leader in charge and the chief leader, unless said otherwise
    (O12)."""

    text: str
    leaders: tuple[AskLevel, ...] = (AskLevel.DEPUTY, AskLevel.CHIEF)
    attachments: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_text(text=self.text)
        if not self.leaders:
            raise Invalid("leaders_required")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderHandling(Body):
    """处理要求 of a leader (T27)."""

    text: str
    due_on: date | None = None

    def __post_init__(self) -> None:
        require_text(text=self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportHandling(Body):
    """处理要求的落实情况 (T27); ``demand`` is the number of the entry that made it, of several."""

    text: str
    demand: int | None = None
    attachments: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_text(text=self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenSource(Source):
    """来源, as somebody gives it: the whole of it, and nothing else."""

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenTarget(Target):
    """指标, as somebody gives it."""

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviseDraft(Body):
    """修改拟办内容: only what is given changes. A limit is part of its kind, as are cycle, year and
    milestones: who gives the kind gives them anew, too; of ``due_on`` and ``due_at`` the one given
    takes the other's place. ``targets`` and ``milestones`` are all there are from then on; of
    an item that was handed out before, ``milestones`` are added or moved.
    """

    title: str | None = None
    content: str | None = None
    category: Category | None = None
    kind: Kind | None = None
    lead_unit: str | None = None
    co_units: tuple[str, ...] | None = None
    source: GivenSource | None = None
    basis: str | None = None
    issuing_name: Literal["government", "office"] | None = None
    urgency: Literal["normal", "urgent", "extra_urgent"] | None = None
    public: bool | None = None
    original_text: str | None = None
    due_on: date | None = None
    due_at: datetime | None = None
    due_reason: str | None = None
    plan_due_on: date | None = None
    scheme_due_on: date | None = None
    cycle: Cycle | None = None
    year: int | None = None
    targets: tuple[GivenTarget, ...] | None = None
    milestones: tuple[MilestoneOrder, ...] | None = None

    def __post_init__(self) -> None:
        check_text(lead_unit=self.lead_unit)
        require_aware(self.due_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitForApproval(Body):
    """报批 (T3); ``at_once``: 特急, issued now and approved afterwards (T5u)."""

    approver: str | None = None
    at_once: bool = False

    def __post_init__(self) -> None:
        check_text(approver=self.approver)
        if self.at_once and not self.approver:
            raise Invalid("approver_required")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveIssue(Body):
    """批准下达 or 退回 (T4, T5)."""

    approved: bool
    comment: str
    issued_at: datetime | None = None

    def __post_init__(self) -> None:
        require_text(comment=self.comment)
        require_aware(self.issued_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratify(Body):
    """补批 (T5u)."""

    comment: str

    def __post_init__(self) -> None:
        require_text(comment=self.comment)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnAssignment(Body):
    """退件 (T7): not this unit's business."""

    reason: str

    def __post_init__(self) -> None:
        require_text(reason=self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideReturn(Body):
    """退件的处理 (T7)."""

    accepted: bool
    comment: str

    def __post_init__(self) -> None:
        require_text(comment=self.comment)


OPEN = frozenset(
    {Status.ISSUED, Status.IN_PROGRESS, Status.AWAITING_SIGN_OFF, Status.AWAITING_REVIEW}
)
LIVE = OPEN | {Status.SUSPENDED}


@dataclass(frozen=True, slots=True, kw_only=True)
class ActSpec:
    """One row of the contract's act table.

    ``name`` is the Temporal update and signal, ``route`` the HTTP path below the item. ``roles``
    may do it (the first is the one an operator's signal acts in). ``allowed_in`` are the states;
    in an open state outside them it is refused with ``otherwise[state]``, and before the 下达 with
    that status where ``otherwise`` says nothing. ``before_issue`` may be
    done while the 下达 still lies ahead, too. What ``revives`` is done to an item whose run is
    over: it begins a new one, and is no update or signal of the old. ``only_for`` is the one kind
    of item it can be done to, and what it is refused with on any other.
    """

    name: str
    route: str
    title: str
    body: type[Body]
    roles: tuple[Role, ...]
    allowed_in: frozenset[Status] = OPEN
    otherwise: tuple[tuple[Status, str], ...] = ()
    before_issue: bool = False
    revives: bool = False
    only_for: tuple[Kind, str] | None = None


_NOT_YET_HANDED = ((Status.ISSUED, "not_received"), (Status.IN_PROGRESS, "nothing_to_sign"))
_NOT_SIGNED = tuple(
    (status, "sign_off_required")
    for status in (Status.ISSUED, Status.IN_PROGRESS, Status.AWAITING_SIGN_OFF)
)
_WORKING_ONLY = (
    (Status.ISSUED, "not_received"),
    (Status.AWAITING_SIGN_OFF, "awaiting_sign_off"),
    (Status.AWAITING_REVIEW, "awaiting_review"),
)
_RECEIVED = tuple(
    (status, "already_received")
    for status in (Status.IN_PROGRESS, Status.AWAITING_SIGN_OFF, Status.AWAITING_REVIEW)
)
_ISSUED_ALREADY = tuple((status, "already_issued") for status in OPEN)
_WORKING = frozenset({Status.IN_PROGRESS})
_CLOSED = frozenset({Status.CLOSED})
_NOT_CLOSED = tuple((status, "not_closed") for status in sorted(OPEN))
_DRAFT = frozenset({Status.DRAFT})
_JUST_ISSUED = frozenset({Status.ISSUED})
_UNIT, _OFFICE, _DEPUTY = (Role.UNIT,), (Role.OFFICE,), (Role.DEPUTY,)
_ORDERING = (Role.OFFICE, Role.CHIEF)
_YEAR_TASK = (Kind.YEAR_ROUND, "not_year_round")
_APPROVING = (Role.OFFICE, Role.DEPUTY, Role.CHIEF)

ACTS: dict[str, ActSpec] = {
    spec.name: spec
    for spec in (
        ActSpec(
            name="revise_draft",
            route="draft",
            title="修改拟办内容",
            body=ReviseDraft,
            roles=_OFFICE,
            allowed_in=_DRAFT,
            otherwise=_ISSUED_ALREADY,
        ),
        ActSpec(
            name="submit_for_approval",
            route="submission",
            title="报批",
            body=SubmitForApproval,
            roles=_OFFICE,
            allowed_in=_DRAFT,
            otherwise=_ISSUED_ALREADY,
        ),
        ActSpec(
            name="approve_issue",
            route="approval",
            title="批准下达",
            body=ApproveIssue,
            roles=_APPROVING,
            allowed_in=frozenset({Status.AWAITING_APPROVAL}),
            otherwise=_ISSUED_ALREADY,
        ),
        ActSpec(
            name="ratify",
            route="ratification",
            title="补批",
            body=Ratify,
            roles=_APPROVING,
            allowed_in=LIVE,
            before_issue=True,
        ),
        ActSpec(
            name="return_assignment",
            route="return",
            title="退件",
            body=ReturnAssignment,
            roles=_UNIT,
            allowed_in=_JUST_ISSUED,
            otherwise=_RECEIVED,
        ),
        ActSpec(
            name="decide_return",
            route="return/decision",
            title="退件处理",
            body=DecideReturn,
            roles=_OFFICE,
            allowed_in=_JUST_ISSUED,
            otherwise=tuple((status, "no_return_pending") for status in OPEN),
        ),
        ActSpec(
            name="receive",
            route="receipt",
            title="签收",
            body=Receive,
            roles=_UNIT,
            allowed_in=frozenset({Status.ISSUED}),
            otherwise=_RECEIVED,
        ),
        ActSpec(
            name="submit_plan",
            route="plan",
            title="报送办理方案",
            body=SubmitPlan,
            roles=_UNIT,
            allowed_in=_WORKING,
            otherwise=_WORKING_ONLY,
        ),
        ActSpec(
            name="submit_feedback",
            route="feedback",
            title="反馈办理情况",
            body=SubmitFeedback,
            roles=_UNIT,
            allowed_in=_WORKING,
            otherwise=_WORKING_ONLY,
        ),
        ActSpec(
            name="sign_off",
            route="sign-off",
            title="分管领导阅签",
            body=SignOff,
            roles=(Role.DEPUTY, Role.OFFICE),
            allowed_in=frozenset({Status.AWAITING_SIGN_OFF}),
            otherwise=(*_NOT_YET_HANDED, (Status.AWAITING_REVIEW, "nothing_to_sign")),
        ),
        ActSpec(
            name="review",
            route="review",
            title="督查室审核",
            body=Review,
            roles=_OFFICE,
            allowed_in=frozenset({Status.AWAITING_REVIEW}),
            otherwise=_NOT_SIGNED,
        ),
        ActSpec(
            name="explain_delay",
            route="delay-explanation",
            title="未办结说明",
            body=ExplainDelay,
            roles=_UNIT,
        ),
        ActSpec(
            name="request_extension",
            route="extension",
            title="申请延期",
            body=RequestExtension,
            roles=_UNIT,
        ),
        ActSpec(
            name="advise_extension",
            route="extension/opinion",
            title="分管领导对延期的意见",
            body=AdviseExtension,
            roles=_DEPUTY,
        ),
        ActSpec(
            name="decide_extension",
            route="extension/decision",
            title="延期批复",
            body=DecideExtension,
            roles=_ORDERING,
        ),
        ActSpec(
            name="request_coordination",
            route="coordination",
            title="提请协调",
            body=RequestCoordination,
            roles=_UNIT,
        ),
        ActSpec(
            name="answer_coordination",
            route="coordination/answer",
            title="协调答复",
            body=AnswerCoordination,
            roles=(Role.DEPUTY, Role.CHIEF),
        ),
        ActSpec(name="remind", route="reminders", title="催办", body=Remind, roles=_OFFICE),
        ActSpec(
            name="suspend_item",
            route="suspension",
            title="暂缓",
            body=SuspendItem,
            roles=_ORDERING,
            before_issue=True,
        ),
        ActSpec(
            name="resume_item",
            route="resumption",
            title="恢复办理",
            body=ResumeItem,
            roles=_ORDERING,
            allowed_in=frozenset({Status.SUSPENDED}),
            otherwise=tuple((status, "not_suspended") for status in OPEN),
            before_issue=True,
        ),
        ActSpec(
            name="terminate_item",
            route="termination",
            title="终止",
            body=TerminateItem,
            roles=_ORDERING,
            allowed_in=LIVE | UNISSUED,
            before_issue=True,
        ),
        ActSpec(
            name="change_cycle",
            route="cycle",
            title="调整调度周期",
            body=ChangeCycle,
            roles=_ORDERING,
            only_for=_YEAR_TASK,
        ),
        ActSpec(
            name="change_unit",
            route="unit",
            title="变更承办单位",
            body=ChangeUnit,
            roles=_ORDERING,
            only_for=_YEAR_TASK,
        ),
        ActSpec(
            name="end_early",
            route="early-end",
            title="提前结束调度",
            body=EndEarly,
            roles=_ORDERING,
            only_for=_YEAR_TASK,
        ),
        ActSpec(
            name="carry_over",
            route="carry-over",
            title="跨年办理",
            body=CarryOver,
            roles=_ORDERING,
            only_for=_YEAR_TASK,
        ),
        ActSpec(
            name="set_milestones",
            route="milestones",
            title="调整时间节点",
            body=SetMilestones,
            roles=_ORDERING,
            only_for=(Kind.MILESTONES, "only_milestones"),
        ),
        ActSpec(
            name="record_circular",
            route="circular",
            title="通报",
            body=RecordCircular,
            roles=_OFFICE,
            allowed_in=LIVE,
        ),
        ActSpec(
            name="lift_circular",
            route="circular/withdrawal",
            title="撤销通报",
            body=LiftCircular,
            roles=_ORDERING,
            allowed_in=LIVE,
        ),
        ActSpec(
            name="report_to_leaders",
            route="leader-report",
            title="情况汇报",
            body=ReportToLeaders,
            roles=_OFFICE,
            allowed_in=LIVE,
        ),
        ActSpec(
            name="order_handling",
            route="handling",
            title="处理要求",
            body=OrderHandling,
            roles=(Role.CHIEF, Role.DEPUTY),
            allowed_in=LIVE,
        ),
        ActSpec(
            name="report_handling",
            route="handling/result",
            title="处理要求落实情况",
            body=ReportHandling,
            roles=_UNIT,
            allowed_in=LIVE,
        ),
        ActSpec(
            name="reopen",
            route="reopening",
            title="重新交办",
            body=Reopen,
            roles=_OFFICE,
            allowed_in=_CLOSED,
            otherwise=_NOT_CLOSED,
            revives=True,
        ),
        ActSpec(
            name="archive",
            route="archive",
            title="归档",
            body=Archive,
            roles=_OFFICE,
            allowed_in=_CLOSED,
            otherwise=_NOT_CLOSED,
            revives=True,
        ),
        ActSpec(
            name="confirm_act",
            route="acts/{seq}/confirmation",
            title="核实操作",
            body=ConfirmAct,
            roles=(Role.OFFICE, Role.DEPUTY, Role.CHIEF),
            allowed_in=LIVE,
            before_issue=True,
        ),
        ActSpec(
            name="annul_act",
            route="acts/{seq}/annulment",
            title="撤销操作",
            body=AnnulAct,
            roles=_OFFICE,
            allowed_in=LIVE,
            before_issue=True,
        ),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueTerms:
    """What a 下达 needs from outside the item, as of its day: the years it counts on, the rules in
    force, who answers for the lead unit, which posts nobody holds; and who was named to approve
    it. Looked up by the API, sealed with the act."""

    calendar: WorkingCalendar
    policy: Policy
    responsible: tuple[Responsible, ...] = ()
    vacant: tuple[Post, ...] = ()
    approver: Actor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """An act somebody wants done. ``raw`` is the body as it was sent, kept for the timeline;
    ``target_seq`` is the act that a confirmation or annulment means; ``unit_name`` is the
    directory's name of a new lead unit, and ``responsible`` are those who answer for it;
    ``terms`` come with what issues a draft."""

    act: str
    body: Body
    actor: Actor
    raw: Json
    request_id: str | None = None
    body_hash: str | None = None
    target_seq: int | None = None
    unit_name: str | None = None
    responsible: tuple[Responsible, ...] = ()
    terms: IssueTerms | None = None
