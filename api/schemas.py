"""Requests and answers of the API."""

import datetime as dt
import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
)
from pydantic_core import PydanticCustomError

from domain.clocks import DayKind, Rule
from domain.coverage import By
from domain.cycles import Cycle
from domain.directory import ObjectType, Post, Sort
from domain.items import Category, Escalation, Kind, Level, OfficePost, Outcome, Role, Status
from domain.origins import MeetingType, ProposalRole, SourceLevel
from domain.parts import PartState

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _day(value: object) -> object:
    """A day as people write it: not the seconds since 1970 that pydantic takes as well."""
    if not isinstance(value, str):
        return value
    try:
        if DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise PydanticCustomError("date_parsing", "no date")


Day = Annotated[date, BeforeValidator(_day)]
Text = Annotated[str, Field(description="不能为空，最多 20000 字")]
OptionalText = Annotated[str, Field(description="最多 20000 字")]


class Strict(BaseModel):
    """Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class Problem(BaseModel):
    """An error, RFC 9457, with a stable ``code`` and a Chinese ``detail``."""

    type: str
    title: str
    status: int
    code: str = Field(description="稳定的错误代码，供程序判断")
    detail: str = Field(description="原因和下一步怎么办，供人阅读")


class SourceIn(Strict):
    """来源."""

    id: Annotated[int, Field(ge=1, le=2**62)] | None = Field(
        None, description="已登记来源的编号（GET /sources）；填写后，下面未填的各项取自登记的内容"
    )
    clause: OptionalText = Field(
        "", description="条款序号；填写 id 的，须是该来源已登记的条款（422 unknown_clause）"
    )
    type: str | None = Field(
        None,
        description="文件、会议、批示、临时交办、建议提案……；未填 id 的必填",
        examples=["会议"],
    )
    reference: OptionalText = Field("", description="文号、纪要号、建议提案编号")
    leader: OptionalText = Field("", description="交办领导；填写后暂缓、终止由主要领导批准")
    date: Day | None = Field(None, description="来文、会议或批示的日期")
    received_at: AwareDatetime | None = Field(
        None, description="督查室收到的时间；超过一个工作日才下达的会提示"
    )
    upstream_due_on: Day | None = Field(None, description="上级要求的期限；本级期限晚于它会提示")
    meeting_type: MeetingType | None = Field(
        None, description="standing 常务会议，mayor 区长办公会议，special 专题会议，other 其他"
    )
    level: SourceLevel | None = Field(
        None, description="级别：state 国家，province 省，city 市，district 区"
    )
    proposer: OptionalText = Field("", description="建议、提案的提出人")
    role: ProposalRole | None = Field(None, description="建议、提案：host 主办，joint 会办")
    reply_due_on: Day | None = Field(
        None,
        description="建议、提案的答复期限；E 类明确时限事项未填 due_on、due_at 的，即为其期限",
    )


class TargetIn(Strict):
    """指标 (A2): what is to be reached by the end of the year."""

    name: str = Field(description="指标名称", max_length=200, examples=["固定资产投资"])
    unit: str = Field("", max_length=40, description="计量单位", examples=["亿元"])
    target: float = Field(gt=0, lt=1e15, description="全年目标值", examples=[120])


class MilestoneIn(Strict):
    """时间节点 (R41)."""

    name: str = Field(max_length=200, description="节点名称", examples=["完成招标"])
    due_on: Day = Field(description="完成日期，含当日")
    unit: str = Field("", description="责任单位的代码或全称；不填为牵头承办单位")
    output: OptionalText = Field("", description="应形成的成果")


class PartIn(Strict):
    """One part of an item that is split; what is left out is as in the item itself."""

    title: str = Field(description="标题，最多 200 字")
    content: OptionalText = Field("", description="内容和要求；不填同上级事项")
    lead_unit: str = Field(description="牵头承办单位的代码或全称")
    co_units: list[str] = Field([], description="协办单位的代码或全称")
    due_on: Day | None = Field(None, description="期限；不填按一般事项，5 个工作日")
    due_at: AwareDatetime | None = Field(None, description="期限为一个时刻；与 due_on 只填一个")


class SplitIn(Strict):
    """分解: an item into parts, each with its own unit, limit and record."""

    parts: list[PartIn] = Field(min_length=1, max_length=50, description="各分项")


class ItemIn(Strict):
    """登记一个事项并下达，或只登记 (T1, T5)."""

    title: str = Field(description="标题，最多 200 字", examples=["老旧小区改造"])
    content: Text = Field(description="事项内容和要求", examples=["摸清底数，按期完成。"])
    category: str = Field(
        description="督查重点（办法 一）", json_schema_extra={"enum": [*Category]}
    )
    kind: Literal["dated", "ordinary", "directive", "milestones", "year_round"] = Field(
        description="dated 明确时限（须填 due_on 或 due_at）；ordinary 一般事项，5 个工作日；"
        "directive 批示交办，次日报方案、5 日内报意见或结果；"
        "year_round 全年任务（须填 cycle），按周期报告，年底前报告落实完成情况；"
        "milestones 时间节点（须填 milestones），以最后一个节点为期限"
    )
    lead_unit: str = Field(description="牵头承办单位的代码或全称", examples=["ZJJ"])
    co_units: list[str] = Field([], description="协办单位的代码或全称")
    source: SourceIn
    basis: OptionalText = Field("", description="立项依据")
    issuing_name: Literal["government", "office"] = Field(
        "office", description="以区政府（government）或区政府办公室（office）名义下达"
    )
    due_on: Day | None = Field(None, description="期限为一天：到当日 24:00 止；与 due_at 只填一个")
    due_at: AwareDatetime | None = Field(None, description="期限为一个时刻；与 due_on 只填一个")
    due_reason: OptionalText = Field("", description="一般事项另定期限的理由（办法 五(一)）")
    plan_due_on: Day | None = Field(
        None, description="批示交办事项另定的方案报送日期；另定结果期限而不填它，则不要求方案"
    )
    scheme_due_on: Day | None = Field(
        None, description="实施方案确定的完成日期；与通知的期限不一致时以早者为准"
    )
    milestones: list[MilestoneIn] = Field(
        [], max_length=50, description="时间节点：逐个考核，最后一个节点即办理期限（办法 五(二)）"
    )
    cycle: Literal["week", "month", "quarter", "year"] | None = Field(
        None, description="全年任务的调度周期：周、月、季、年（办法 五(四)）"
    )
    year: int | None = Field(None, description="全年任务的年度，不填即下达的当年")
    targets: list[TargetIn] = Field([], max_length=50, description="指标，随各期反馈填报完成数")
    urgency: Literal["normal", "urgent", "extra_urgent"] = Field(
        "normal", description="平件、加急、特急"
    )
    original_text: OptionalText = Field(
        "", description="批示原文：只给督查室负责人、牵头单位及其分管领导和主要领导看"
    )
    parent_id: str | None = Field(None, description="上级事项：新事项作为它的分项")
    issued_at: AwareDatetime | None = Field(
        None,
        description="下达时间，不填即为现在；纸质下达事后补录的填实际时间，各期限自它起算",
    )
    public: bool = Field(False, description="是否可以公开")
    draft: bool = Field(False, description="true 为只登记（拟办），报批后下达；issued_at 不填")


class DerivationOut(BaseModel):
    """One line of the count: what the date counted as, and why."""

    date: dt.date
    counted: int | None = Field(description="计为第几日；不计入的为 null，起算日为 0")
    reason: str


class WarningOut(BaseModel):
    """Something to look at; it stopped nothing."""

    code: str
    detail: str


class ClockOut(BaseModel):
    """One limit with its derivation (design §4)."""

    key: str
    name: str
    rule: Rule
    unit: str = Field(description="责任单位代码；补批的为所下达的单位")
    day_kind: DayKind = Field(description="working 工作日，calendar 自然日，named 指定日期")
    started_at: datetime
    due_on: date
    due_at: datetime
    original_due_at: datetime = Field(description="最初的期限；期限改动后仍保留")
    due_version: int = Field(description="期限改过几次加一")
    moved_because: str = Field(description="最近一次改动期限的原因")
    provisional: bool = Field(description="暂定：所涉年度的放假安排尚未录入")
    derivation: list[DerivationOut] = Field(description="逐日推算")
    stopped_at: datetime | None = Field(description="完成或撤销的时间")
    lapsed: bool = Field(description="是否曾经逾期；事后办结或改期都不改变")
    lapsed_at: datetime | None


class TimeLedgerOut(BaseModel):
    """Seconds the item has lain with each holder (the present one up to now)."""

    approver: int = Field(description="等待批准下达的秒数")
    unit: int = Field(description="在承办单位手中的秒数")
    deputy: int = Field(description="等待分管领导阅签的秒数")
    office: int = Field(description="督查室拟办、审核的秒数")
    suspended: int = Field(description="暂缓的秒数")


class ExtensionOut(BaseModel):
    """The request for an extension, if there is or was one."""

    pending: bool
    new_due_on: date | None
    supported: bool | None = Field(description="分管领导是否同意；尚无意见为 null")
    made: int = Field(description="已申请的次数")


class HeadOut(BaseModel):
    """An item as a list shows it."""

    id: str
    number: str | None = Field(description="编号；刚受理、尚未登记入册时为 null")
    status: Status
    status_name: str
    kind: Kind
    kind_name: str
    category: Category
    title: str
    lead_unit: str
    lead_unit_name: str
    co_units: list[str]
    urgency: str
    public: bool
    issued_at: datetime | None = Field(
        description="下达时间，各期限自它起算；尚未下达、或退件后尚未重新下达的为 null"
    )
    entered_at: datetime = Field(description="登记或下达的录入时间")
    due_on: date | None = Field(description="现期限")
    due_at: datetime | None
    original_due_at: datetime | None = Field(description="最初的期限")
    lamp: Literal["green", "yellow", "red", "grey"] = Field(
        description="green 正常；yellow 临期、阶段性期限已误或进度落后；red 逾期或进度严重落后；"
        "grey 已办结、终止或暂缓"
    )
    overdue: bool = Field(description="此刻是否逾期")
    lapsed: bool = Field(description="是否曾经逾期；逾期办结的永远为 true")
    escalation: Escalation = Field(description="因逾期已报到哪一级")
    coordination: Level = Field(description="提请正在哪一级协调")
    extension: ExtensionOut
    returns: int = Field(description="退回补办的次数")
    rounds: int = Field(description="第几轮交办：下达为 1，每重新交办一次加 1")
    handed_out: bool = Field(description="是否已交承办单位；为 false 的单位看不到，不计入统计")
    misassigned: int = Field(description="误办：退件获同意的次数")
    return_pending: bool = Field(description="承办单位已提出退件，待督查室处理")
    ratification_owed: bool = Field(description="特急先行下达，尚待补批")
    circulars: list[str] = Field(description="被哪几期通报列入（已撤销的除外）")
    report_owed: bool = Field(description="通报后仍未办理，督查室应向区领导报告")
    holder: str | None = Field(
        description="现在在谁手中：unit 承办单位，deputy 分管领导（阅签），"
        "office 督查室（拟办、审核），approver 待批准下达，suspended 暂缓；已办结、终止的为 null"
    )
    holder_since: datetime
    unverified: list[int] = Field(description="经运维界面录入、尚待核实的操作的序号")
    next_alarm: str | None = Field(description="下一次提醒或到期")
    next_alarm_at: datetime | None
    warnings: list[WarningOut] = Field(description="需要留意的情况，不影响下达")
    seq: int = Field(description="最近一项记录的序号")
    as_of: datetime
    closed_at: datetime | None
    parent_id: str | None = Field(description="上级事项")


class SourceOut(BaseModel):
    """来源."""

    type: str
    reference: str
    leader: str
    date: dt.date | None
    received_at: datetime | None
    upstream_due_on: dt.date | None
    id: int | None = Field(description="登记的来源的编号（GET /sources/{id}）")
    clause: str = Field(description="条款序号")
    meeting_type: MeetingType | None
    level: SourceLevel | None
    proposer: str
    role: ProposalRole | None
    reply_due_on: dt.date | None


class ResponsibleOut(BaseModel):
    """Who answered for the lead unit when the item was issued."""

    post: Post
    post_name: str = Field(description="第一责任人、单位分管负责人、具体责任人、区政府分管领导")
    name: str
    unit: str


class PeriodOut(BaseModel):
    """What a slot's report is on."""

    key: str
    name: str
    starts_on: date
    ends_on: date


class TargetOut(BaseModel):
    """A target, and how it stands by the last report."""

    name: str
    unit: str
    target: float
    actual: float | None = Field(description="最近一次填报的完成数")
    as_of: str = Field(description="来自哪一期")
    completion: float | None = Field(description="完成率，%")
    expected: float | None = Field(description="序时进度，%")
    behind: float = Field(description="落后序时进度的百分点")


class MilestoneOut(BaseModel):
    """A node, and whether it has been reached."""

    name: str
    due_on: date
    unit: str = Field(description="责任单位代码")
    output: str
    state: Literal["open", "met", "unreported"] = Field(
        description="unreported：事项已结束，而无人报送该节点完成"
    )
    state_name: str
    met_at: datetime | None = Field(description="完成的时间；最后一个节点以阅签为准")
    lapsed: bool = Field(description="是否曾经逾期")


class PartOut(BaseModel):
    """A part of an item, as the item knows it."""

    key: str
    name: str
    item_id: str
    unit: str
    unit_name: str
    state: PartState
    state_name: str
    due_on: date | None
    provisional: bool
    opens_at: datetime | None = Field(description="本期开启的时间")
    late: bool = Field(description="逾期未报")
    lapsed: bool = Field(description="是否曾经逾期")
    reason: str = Field(description="不要求报告的原因")


class SlotOut(BaseModel):
    """A report of a period that a year-round task would owe."""

    name: str
    due_on: date | None
    provisional: bool
    reason: str = Field(description="不要求报告的原因")


class ItemPreviewOut(BaseModel):
    """What an item would begin with if it were issued now."""

    due_on: date | None = Field(description="办理期限")
    due_at: datetime | None
    clocks: list[ClockOut]
    slots: list[SlotOut] = Field(description="全年任务各期报告")
    warnings: list[WarningOut]


class ItemOut(HeadOut):
    """An item, whole. ``original_text`` (批示原文) only to those who may read it."""

    content: str
    source: SourceOut
    basis: str
    issuing_name: str
    due_reason: str
    original_text: str | None = Field(description="批示原文；无权阅读的为 null")
    approver: str | None = Field(description="报批时指定的批准人（用户名）；没有指定的为 null")
    approver_name: str | None
    coordination_answer: str = Field(description="最近一次协调的结果")
    time_ledger: TimeLedgerOut
    edition: str = Field(description="适用的规则版次")
    cycle: Cycle | None = Field(description="全年任务的调度周期")
    plan_year: int | None = Field(description="全年任务的年度")
    crossed: bool = Field(description="已批准跨年办理")
    unit_since: datetime = Field(description="现承办单位承办的起始时间")
    period: PeriodOut | None = Field(description="周期报告所报的时期")
    targets: list[TargetOut] = Field(description="指标及完成情况")
    milestones: list[MilestoneOut] = Field(description="时间节点")
    parts: list[PartOut] = Field(description="分项：各期报告、分解出的事项")
    parts_open: int = Field(description="未办结的分项数；不为零时不能办结")
    clocks: list[ClockOut]
    responsible: list[ResponsibleOut] = Field(
        [], description="下达时的责任人姓名；名册以后改动不影响"
    )


class ItemList(BaseModel):
    """A page of items, newest first."""

    items: list[HeadOut]
    next_cursor: str | None


class Clocks(BaseModel):
    """All limits of an item, the governing one's sort first."""

    items: list[ClockOut]
    next_cursor: str | None = None


class ActorOut(BaseModel):
    """Who acted."""

    username: str = Field(description="经运维界面录入的为空")
    name: str
    role: Role
    unit: str | None


class EntryOut(BaseModel):
    """One entry of the timeline."""

    seq: int
    act: str = Field(description="操作的英文名；到期、提醒等由系统记录的为 lapse、remind_1 等")
    title: str
    at: datetime
    summary: str
    actor: ActorOut | None = Field(description="系统自动记录的为 null")
    on_behalf_of: str | None = Field(description="代何人办理")
    body: dict[str, Any] = Field(description="提交的原文")
    changed: dict[str, list[Any]] = Field(description="改变了什么：字段 → [之前, 之后]")
    outcome: Outcome
    status: Status
    unverified: bool = Field(description="是否经运维界面录入")
    settles: int | None = Field(description="本项核实或撤销的是第几项")


class TreeNode(HeadOut):
    """An item and those of its parts that the reader may see."""

    period: str | None = Field(description="周期报告所报的时期")
    parts_open: int = Field(description="未办结的分项数")
    waits_for: list[str] = Field(description="未办结的分项：名称（单位，状态）；有则不能办结")
    planned: list[PartOut] = Field(description="尚未开启或不要求报告的各期")
    children: list["TreeNode"]


class Tree(BaseModel):
    """The whole tree an item belongs to, as far as the reader may see it."""

    item_id: str = Field(description="所查的事项")
    root: TreeNode


class FieldOut(BaseModel):
    """A field of an act's body."""

    name: str
    required: bool
    description: str


class ActOut(BaseModel):
    """An act that is open to the reader."""

    name: str = Field(description="操作的英文名")
    title: str
    route: str = Field(description="POST /items/{item_id}/ 之后的路径")
    on_behalf_of: str | None = Field(description="只能代其办理的人的用户名；本人可以办的为 null")
    fields: list[FieldOut] = Field(description="填写的内容")


class Acts(BaseModel):
    """The acts open to the reader now, in the order of the contract."""

    items: list[ActOut]
    next_cursor: str | None = None


class Timeline(BaseModel):
    """All entries, oldest first."""

    items: list[EntryOut]
    files: dict[str, str] = Field(description="各项附件的文件名：{编号: 文件名}")
    next_cursor: str | None = None


class TokenOut(BaseModel):
    """A bearer token, and what it can be renewed with."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"
    expires_in: int = Field(description="有效的秒数")
    refresh_token: str | None = Field(None, description="换取新令牌用，只能用一次；服务账号没有")
    refresh_expires_in: int | None = Field(None, description="不使用时，登录保持的秒数")
    scope: str | None = Field(None, description="服务账号的权限范围，以空格分隔")


class MeOut(BaseModel):
    """Who is signed in."""

    username: str
    name: str
    role: Role
    role_name: str
    post: OfficePost | None = Field(
        description="督查室：head 负责人、staff 工作人员；不填的按负责人"
    )
    unit: str | None
    deputy_of: list[str] = Field(description="分管的单位")
    must_change: bool = Field(description="仍在用一次性密码，须先修改密码")


class PasswordIn(Strict):
    """The password up to now, and the one from now on."""

    old_password: str
    new_password: str = Field(
        description="至少 8 个字符，不能与用户名、原密码或上一个密码相同，不能太常见"
    )


class UnitIn(Strict):
    """A unit and the usernames of the deputy leaders in charge of it."""

    name: str = Field(description="单位全称", examples=["区住房和城乡建设局"])
    deputies: list[str] = Field([], description="区政府分管领导的用户名；不填的不改")
    sort: Sort = Field(
        Sort.OTHER,
        description="类别：town 镇，subdistrict 街道，zone 开发区，department 部门，other 其他；"
        "不填的不改",
    )
    object_type: ObjectType | None = Field(
        None,
        description="督查对象类型（条例 5）：department 本级部门，"
        "lower_government 下级政府及其部门，authorised 授权组织，entrusted 受委托组织；不填的不改",
    )
    active_from: Day | None = Field(None, description="启用日期，含当日；不填的不改")
    active_until: Day | None = Field(None, description="停用前的最后一日；不填的不改")


class UnitOut(BaseModel):
    """A unit as the directory has it; ``warnings`` say who of its deputies cannot be told, and
    who holds two posts."""

    code: str
    name: str
    deputies: list[str] = Field(description="现任区政府分管领导，按任职先后")
    warnings: list[WarningOut] = []
    sort: Sort
    sort_name: str
    object_type: ObjectType | None
    object_type_name: str | None
    active_from: date | None
    active_until: date | None
    vacant: list[Post] = Field(
        description="无人担任的：principal 第一责任人，supervisor 单位分管负责人，"
        "handler 具体责任人，deputy 区政府分管领导"
    )
    regulations: int = Field(description="已报备的办理工作制度份数")


class UnitList(BaseModel):
    """All units."""

    items: list[UnitOut]
    next_cursor: str | None = None


class CalendarYearIO(Strict):
    """A year's 放假安排: all official rest days, and the weekend days that are worked."""

    year: int
    notice: str = Field(description="放假通知的文号", examples=["国办发明电〔2026〕7号"])
    rest_days: list[Day] = Field(description="放假的日子，含其中的周末")
    work_days: list[Day] = Field(description="调休上班的周末")


class CalendarYearOut(BaseModel):
    """A year as loaded; ``provisional`` when no notice has been loaded."""

    year: int
    notice: str
    rest_days: list[date]
    work_days: list[date]
    edition: int = Field(description="第几次录入")
    provisional: bool = Field(description="尚未录入放假安排")
    moving: int = Field(default=0, description="正在按此核对期限的在办事项数")
    warnings: list[WarningOut] = []


class MoveOut(BaseModel):
    """A date that would move."""

    name: str = Field(description="哪一项期限")
    before: date | None
    after: date | None = Field(description="null 为不再安排")


class MovingOut(BaseModel):
    """An open item whose dates would move."""

    item_id: str
    number: str | None
    title: str
    moves: list[MoveOut]


class CalendarTrialOut(BaseModel):
    """What loading a year would do; nothing was done."""

    year: int
    moving: int = Field(description="期限会变动的在办事项数")
    items: list[MovingOut] = Field(description="其中可见的，最多 200 件")
    warnings: list[WarningOut]


def _day_or_instant(value: object) -> str:
    return "instant" if isinstance(value, str) and len(value) > len("2026-10-01") else "day"


Start = Annotated[
    Annotated[Day, Tag("day")] | Annotated[AwareDatetime, Tag("instant")],
    Discriminator(_day_or_instant),
]


class PreviewIn(Strict):
    """``start`` is day 0 (for ``named_date`` the date itself)."""

    rule: Rule
    start: Start = Field(
        description="起算日（下达当日，不计入）；rule 为 named_date 时即指定的日期",
        examples=["2026-09-30"],
    )


class PreviewOut(BaseModel):
    """A date and its derivation."""

    rule: Rule
    due_on: date
    due_at: datetime
    provisional: bool
    derivation: list[DerivationOut]
    warnings: list[WarningOut]


class NoticeOut(BaseModel):
    """One message of the inbox."""

    id: int
    item_id: str = Field(description="事项的编号；关于通报的为通报的编号")
    item_number: str | None
    item_title: str | None
    circular_id: str | None = Field(description="关于哪份通报；关于事项的为 null")
    circular_number: str | None
    rung: str = Field(description="提醒的种类：issue、remind-1、lapse、chief……")
    title: str
    text: str
    at: datetime
    late: bool = Field(description="系统补发的")
    desk: bool = Field(description="无人可送达，留在督查室案头")
    remark: str = Field(description="无人可送达的原因和办法；代理人收到的注明“代 某某”")
    read_at: datetime | None


class Inbox(BaseModel):
    """A page of messages, newest first."""

    items: list[NoticeOut]
    next_cursor: str | None
    unread: int


class ReadIn(Strict):
    """Which messages have been read; all of mine when left out."""

    ids: list[Annotated[int, Field(ge=1, le=2**62)]] | None = Field(None, description="不填即全部")


class ReadOut(BaseModel):
    """How many were unread until now."""

    marked: int = Field(description="其中原先未读的条数")


class FileOut(BaseModel):
    """An uploaded file; its id goes into ``attachments[]``."""

    id: str
    name: str
    size: int
    sha256: str
    content_type: str


class DriftOut(BaseModel):
    """The last comparison of workflows with rows."""

    at: datetime | None
    checked: int
    drift: int
    missing_rows: list[str]
    missing_workflows: list[str]
    behind: list[str]


class ReadyOut(BaseModel):
    """Whether the process can work, and which part cannot."""

    database: bool
    temporal: bool
    ready: bool


class PolicyIn(Strict):
    """A new edition of the rules; settings left out keep the source's own values."""

    effective_on: Day = Field(description="施行日期：该日起下达的事项适用")
    settings: dict[str, Any] = Field({}, description="规则参数；不填的按办法原文")


class PolicyOut(BaseModel):
    """An edition: its settings, and the clause each rests on."""

    edition: str
    effective_on: date
    settings: dict[str, Any]
    clauses: dict[str, str]


class PolicyList(BaseModel):
    """All editions, by the day from which they are in force."""

    items: list[PolicyOut]
    next_cursor: str | None = None


class CoveredOut(BaseModel):
    """A requirement of the 办法, and how it is kept."""

    number: int
    clause: str = Field(description="办法的条款", examples=["四(二)"])
    phrase: str = Field(description="原文")
    by: By = Field(description="machine 系统把关，person 由人把关，not_yet 尚未实现")
    by_name: str
    how: str = Field(description="怎样把关")


class CoverageOut(BaseModel):
    """All of them, in order."""

    items: list[CoveredOut]
    next_cursor: str | None = None


class ChangeEditionIn(Strict):
    """To which edition, and why."""

    edition: str
    reason: Text


class AccessOut(BaseModel):
    """One request that was refused, read what is restricted, or changed a register."""

    id: int
    at: datetime
    event: str
    event_name: str
    username: str | None = Field(description="未登录时为 null")
    address: str
    method: str
    route: str
    about: str = Field(description="路由中写明的事项、单位、附件等")
    status: int
    code: str


class AccessList(BaseModel):
    """A page of them, the newest first."""

    items: list[AccessOut]
    next_cursor: str | None
