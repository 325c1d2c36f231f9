"""Requests and answers about circulars (通报) and deductions (落实不力)."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from api.schemas import ActorOut, Day, OptionalText, Strict, Text, TimeLedgerOut
from domain.circulars import (
    Ground,
    Hold,
    LineKind,
    Publication,
    RecheckOutcome,
    Stage,
    Tone,
)
from domain.text import POINTS

Points = Annotated[str, Field(description="分，两位小数", examples=["0.50"])]
PointsIn = Annotated[str, Field(pattern=POINTS, examples=["0.50"])]
GroundIn = Literal["G1", "G2", "G3", "G4", "G5"]
ProposalNo = Annotated[int, Field(ge=1, le=2**62)]
LongId = Annotated[str, Field(min_length=1, max_length=60)]
GROUNDS = (
    "G1 抓得不紧，G2 工作不力，G3 敷衍应付，G4 未按规定时限报送，G5 未按质量要求完成（办法 六(三)）"
)


class CircularEntryIn(Strict):
    """一条：哪个事项、哪个单位，说什么."""

    item_id: LongId = Field(description="事项的编号（id）")
    tone: Tone = Field(
        description="praise 表扬，inform 情况通报，criticise 通报批评；只有批评计入“落实不力”"
    )
    facts: Text
    unit: str = Field(
        "", description="单位的代码或全称，须是该事项的牵头或协办单位；不填为牵头单位"
    )
    ground: GroundIn | None = Field(None, description=f"通报批评必填：{GROUNDS}")
    requirement: OptionalText = Field("", description="要求")
    new_due_on: Day | None = Field(
        None, description="通报批评：要求办结的日期；不填按规则（印发后 5 个工作日）"
    )
    proposal: ProposalNo | None = Field(None, description="据以列入的建议的编号")


class CircularIn(Strict):
    """通报稿，填写的为全部."""

    title: str = Field("", max_length=200, description="标题；不填为通报的通用名称")
    opening: OptionalText = Field("", description="导语")
    entries: list[CircularEntryIn] = Field(max_length=200, description="各条")


class InAnothersPlace(Strict):
    """What a stand-in may do, too."""

    on_behalf_of: str | None = Field(
        None, max_length=200, description="代何人办理：被代理人的用户名或姓名，须在登记的代理期内"
    )


class WithdrawalIn(InAnothersPlace):
    """撤销、作废."""

    reason: Text


class CorrectionIn(InAnothersPlace):
    """更正一条的文字."""

    entry: int = Field(ge=1, le=200, description="第几条")
    facts: Text | None = Field(None, description="更正后的事实")
    requirement: OptionalText | None = Field(None, description="更正后的要求")
    reason: Text


class ApprovalIn(InAnothersPlace):
    """审批."""

    approved: bool = Field(description="批准与否；不批准即退回修改")
    comment: Text


class IssueIn(Strict):
    """印发."""

    publication: Publication = Field(
        description="公开属性，逐次确定：public 公开，on_request 依申请公开，none 不公开"
    )
    publication_reason: OptionalText = Field("", description="不公开或依申请公开的理由，必填")


class ReasonIn(Strict):
    """理由."""

    reason: Text


class AnswerIn(Strict):
    """陈述意见."""

    text: Text


class RecheckDecisionIn(InAnothersPlace):
    """复核决定."""

    outcome: RecheckOutcome = Field(description="upheld 维持，changed 变更，revoked 撤销")
    opinion: Text
    points: PointsIn | None = Field(None, description="变更后的扣分；只有变更时填写")


class ProposalIn(Strict):
    """建议列入通报."""

    item_id: LongId = Field(description="事项的编号（id）")
    ground: GroundIn = Field(description=GROUNDS)
    text: Text
    unit: str = Field("", description="单位的代码或全称；不填为牵头单位")
    attachments: list[LongId] = Field([], max_length=50, description="佐证：已上传附件的编号")


class PointsTableIn(Strict):
    """扣分标准; what is left out keeps the value of ours."""

    g1: PointsIn = Field("0.50", description="抓得不紧")
    g2: PointsIn = Field("0.50", description="工作不力")
    g3: PointsIn = Field("0.50", description="敷衍应付")
    g4: PointsIn = Field("0.20", description="未按规定时限报送")
    g5: PointsIn = Field("0.50", description="未按质量要求完成")
    still_open: PointsIn = Field("1.00", description="通报后仍未办理，另扣")
    reason: Text


class PointsTableOut(BaseModel):
    """The points of a year, and what they rest on."""

    year: int
    edition: int = Field(description="该年度第几版；0 为未另定的通用标准")
    of_year: int = Field(description="取自哪一年度的标准")
    g1: Points
    g2: Points
    g3: Points
    g4: Points
    g5: Points
    still_open: Points
    clauses: dict[str, str]
    reason: str
    loaded_by: str
    loaded_at: datetime | None


class CircularEntryOut(BaseModel):
    """One entry of a circular."""

    no: int
    item_id: str
    item_number: str
    item_title: str
    unit: str
    unit_name: str
    tone: Tone
    tone_name: str
    ground: Ground | None
    ground_name: str | None
    facts: str
    requirement: str
    new_due_on: date | None
    proposal: int | None


class ReceiptOut(BaseModel):
    """签收 of one unit."""

    unit: str
    at: datetime | None = Field(description="尚未签收的为 null")
    by_name: str | None


class CircularHeadOut(BaseModel):
    """A circular as a list shows it."""

    id: str
    number: str | None = Field(description="期号，印发时编定")
    title: str
    stage: Stage
    stage_name: str
    made_by: str
    made_at: datetime
    issued_at: datetime | None
    publication: Publication | None
    entries_count: int
    critical_count: int
    sent_to: int = Field(description="发至多少个单位")
    received_by: int = Field(description="多少个单位已签收")
    seq: int


class CircularActOut(BaseModel):
    """An act that is open to the reader."""

    name: str
    title: str
    on_behalf_of: str | None = Field(description="代何人办理；以自己名义办理的为 null")


class CircularOut(CircularHeadOut):
    """A circular, whole."""

    opening: str
    publication_reason: str
    approved_by: str
    entries: list[CircularEntryOut]
    receipts: list[ReceiptOut] = Field(description="各单位的签收；单位只看到自己的")
    acts: list[CircularActOut] = Field(description="现在可由本人办理的")


class CircularList(BaseModel):
    """Circulars, the newest first."""

    items: list[CircularHeadOut]
    next_cursor: str | None


class CircularEventOut(BaseModel):
    """One entry of a circular's record."""

    seq: int
    act: str
    title: str
    at: datetime
    summary: str
    actor: ActorOut | None


class CircularTimeline(BaseModel):
    """The whole record, oldest first."""

    items: list[CircularEventOut]


class DraftedEntryOut(BaseModel):
    """The entry that a proposal comes to, ready to be put into a draft."""

    item_id: str
    unit: str
    tone: Tone
    ground: Ground
    facts: str
    proposal: int


class ProposalOut(BaseModel):
    """A proposal, and what became of it."""

    id: int
    item_id: str
    item_number: str
    item_title: str
    unit: str
    ground: Ground
    ground_name: str
    text: str
    attachments: list[str]
    made_by: str | None = Field(description="系统按期限提出的为 null")
    at: datetime
    entry: DraftedEntryOut | None = Field(
        description="据以拟稿的一条，可直接放进通报稿；“通报后仍未办理”的为 null"
    )
    time_ledger: TimeLedgerOut = Field(description="该事项在各方手中的时间，供判断责任")
    decided: bool
    circular_id: str | None = Field(description="列入的通报，或据以扣分的通报")
    refused_because: str | None = Field(description="不予通报的理由")
    refused_by: str | None


class ProposalList(BaseModel):
    """Proposals, the newest first."""

    items: list[ProposalOut]
    next_cursor: str | None


class AnswerOut(BaseModel):
    """What the unit said."""

    text: str
    at: datetime
    by_name: str
    late: bool


class RecheckOut(BaseModel):
    """复核."""

    reason: str
    asked_at: datetime
    by_name: str
    late: bool = Field(description="是否超过自收到之日起 30 日申请")
    decide_by: date
    overdue: bool
    outcome: RecheckOutcome | None
    outcome_name: str | None
    opinion: str
    decided_at: datetime | None
    decided_by: str


class DeductionOut(BaseModel):
    """A deduction as it stands."""

    id: str
    circular_id: str
    circular_number: str | None
    entry_no: int
    item_id: str
    item_number: str
    unit: str
    unit_name: str
    ground: Ground
    ground_name: str
    year: int
    points: Points = Field(description="最初的扣分")
    standing: Points = Field(description="现在应扣的分")
    counted: Points = Field(description="此刻计入的分；暂缓计入的为 0.00")
    holds: list[Hold] = Field(description="暂缓计入的原因：recheck 复核期间，obstacle 待领导答复")
    ended: bool = Field(description="是否已经撤销或冲销")
    made_at: datetime
    answer_due_on: date
    answer: AnswerOut | None
    answer_missed: bool
    recheck_until: date | None = Field(description="申请复核的最后一日；尚未签收通报的为 null")
    recheck: RecheckOut | None
    acts: list[CircularActOut] = Field(description="现在可由本人办理的")
    seq: int


class DeductionList(BaseModel):
    """Deductions, the newest first."""

    items: list[DeductionOut]
    next_cursor: str | None


class SheetLinks(BaseModel):
    """Where a line opens to."""

    circular: str
    deduction: str
    item: str
    timeline: str


class SheetLineOut(BaseModel):
    """One line of the annual sheet; ``sum`` is the sum of all lines up to it."""

    at: datetime
    kind: LineKind
    kind_name: str
    points: Points
    sum: Points = Field(description="至本行的合计")
    reason: str
    ground: Ground
    ground_name: str
    deduction_id: str
    circular_id: str
    circular_number: str | None
    entry_no: int
    item_id: str
    item_number: str | None
    item_title: str | None
    links: SheetLinks


class SheetOut(BaseModel):
    """落实不力 of a unit in a year: the total is the sum of the lines."""

    unit: str
    unit_name: str
    year: int
    lines: list[SheetLineOut]
    total: Points
    held: Points = Field(description="其中暂缓计入、恢复后将计入的分")
