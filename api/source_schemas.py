"""Requests and answers of the register of sources (来源)."""

import datetime as dt
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from api.schemas import Day, OptionalText, Strict, Text
from domain.clocks import EARLIEST_YEAR, LATEST_YEAR
from domain.items import Status
from domain.origins import MeetingType, ProposalRole, SourceLevel, SourceType

Year = Annotated[int, Field(ge=EARLIEST_YEAR, le=LATEST_YEAR, description="年度")]
No = Annotated[str, Field(description="在该来源中的序号，不能重复", examples=["三"])]


class ClauseIn(Strict):
    """One thing that a source asks for."""

    no: No
    text: Text
    note: OptionalText = ""


class SourceBase(Strict):
    """What is registered of a source."""

    type: SourceType = Field(
        description="meeting 会议，document 文件，directive 批示，temporary 临时交办，"
        "suggestion 人大代表建议，proposal 政协委员提案，upper 上级部署，plan 年度计划，other 其他"
    )
    title: str = Field(description="标题，最多 200 字", examples=["区政府第12次常务会议"])
    reference: str = Field(
        "",
        description="文号、纪要号、建议提案编号；同类来源中不能重复",
        examples=["区政府常务会议纪要〔2026〕12号"],
    )
    date: Day | None = Field(None, description="会议召开、文件成文或批示的日期")
    year: Year | None = Field(None, description="年度；不填的按日期，日期也不填的为今年")
    meeting_type: MeetingType | None = Field(
        None,
        description="会议必填：standing 常务会议，mayor 区长办公会议，special 专题会议，other 其他",
    )
    leader: str = Field("", description="作批示、交办或主持会议的领导")
    level: SourceLevel | None = Field(
        None, description="级别：state 国家，province 省，city 市，district 区"
    )
    proposer: str = Field("", description="建议、提案的提出人")
    role: ProposalRole | None = Field(None, description="建议、提案：host 主办，joint 会办")
    reply_due_on: Day | None = Field(None, description="建议、提案的答复期限")
    upstream_due_on: Day | None = Field(None, description="上级要求的期限")


class SourceIn(SourceBase):
    """A source to register, with its clauses as far as they are known."""

    clauses: list[ClauseIn] = Field([], description="条款；可以以后再加")


class ClausesIn(Strict):
    """More clauses of a source."""

    clauses: list[ClauseIn] = Field(description="要增加的条款", min_length=1)


class ClauseChangeIn(Strict):
    """What is left out stays as it is."""

    text: str | None = Field(None, description="更正条款内容；不填的不改")
    note: str | None = Field(None, description="更正备注；不填的不改")
    needed: bool | None = Field(
        None, description="false 决定不立项（须写明 reason），true 恢复为须立项；不填的不改"
    )
    reason: OptionalText = Field("", description="决定的理由，最多 20000 字")


class SourceHeadOut(BaseModel):
    """A source as a list shows it. Counted is what the reader sees."""

    id: int
    type: SourceType
    type_name: str
    title: str
    reference: str
    date: dt.date | None
    year: int
    meeting_type: MeetingType | None
    meeting_type_name: str | None
    leader: str
    level: SourceLevel | None
    level_name: str | None
    proposer: str
    role: ProposalRole | None
    role_name: str | None
    reply_due_on: dt.date | None
    upstream_due_on: dt.date | None
    made_by: str = Field(description="登记人的用户名")
    made_at: datetime
    clause_count: int = Field(description="条款数；分管领导只计分管单位有事项的")
    item_count: int = Field(description="本人可见的事项数")
    uncovered_count: int | None = Field(
        description="既无事项、又未决定不立项的条款数（漏办）；不能看全部事项的人为 null"
    )


class SourceList(BaseModel):
    """A page of sources, the newest first."""

    items: list[SourceHeadOut]
    next_cursor: str | None


class DecisionOut(BaseModel):
    """Whether a clause needs an item, and who decided so."""

    needed: bool
    reason: str
    made_by: str
    made_at: datetime


class SourceItemOut(BaseModel):
    """An item that came of a source."""

    id: str
    number: str
    title: str
    clause: str | None
    lead_unit: str
    lead_unit_name: str
    status: Status
    status_name: str
    lamp: Literal["green", "yellow", "red", "grey"]
    has_result: bool = Field(description="有结果：已办结销号")
    handed_in: bool = Field(description="已报结果，待阅签或审核")
    has_feedback: bool = Field(
        description="有反馈：承办单位至少反馈过一次（未予受理、已撤销的不计）"
    )


class ClauseOut(BaseModel):
    """A clause, and the items it was handed out by."""

    no: str
    text: str
    note: str
    not_needed: DecisionOut | None = Field(description="不立项的决定；须立项的为 null")
    decisions: list[DecisionOut] = Field(description="历次决定，先后为序")
    items: list[SourceItemOut]


class CountsOut(BaseModel):
    """件件有结果，事事有反馈 (办法 二(二)) in figures, of the items the reader sees."""

    items: int
    with_result: int = Field(description="有结果（办结销号）的件数")
    handed_in: int = Field(description="已报结果、待阅签或审核的件数")
    with_feedback: int = Field(description="有反馈的件数")
    terminated: int = Field(description="经批准终止的件数")
    uncovered: int | None = Field(description="未立项的条款数；不能看全部事项的人为 null")


class SourceOfItemsOut(SourceHeadOut):
    """A source with its clauses, their items, and how far these have come."""

    clauses: list[ClauseOut]
    without_clause: list[SourceItemOut] = Field(description="未指明条款的事项")
    uncovered: list[str] = Field(description="未立项、又未决定不立项的条款序号（漏办）")
    without_feedback: list[SourceItemOut] = Field(description="尚无反馈的事项（终止的不计）")
    counts: CountsOut
    sentence: str = Field(description="例如“共12项，9项有结果，11项有反馈；3条未立项。”")
