"""What each document says. Frozen with the document when it is made; the same names are the
placeholders of the office's own templates."""

from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from datetime import date, datetime
from typing import Any, get_args, get_origin, get_type_hints

from domain.documents import DocumentKind


def said(what: str, default: Any = MISSING) -> Any:  # noqa: ANN401 - any type
    """A fact, and ``what`` it is for whoever writes a template."""
    return field(default=default, metadata={"says": what})


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What every document says of itself and of the office."""

    number: str = said("文号、期号")
    title: str = said("标题")
    issuer: str = said("落款机关（单位）")
    made_on: date = said("成文日期")
    publication: str = said("公开属性")
    publication_reason: str = said("不公开、依申请公开的理由")
    supervision_office: str = said("督查室名称")
    contact: str = said("联系人", "")
    phone: str = said("联系电话", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """An item, as a document names it."""

    number: str = said("事项编号")
    title: str = said("事项")
    content: str = said("内容和要求")
    lead_unit: str = said("牵头承办单位")
    co_units: str = said("协办单位")
    due: str = said("现期限")
    basis: str = said("依据")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(Paper):
    """《督查通知》."""

    recipients: tuple[str, ...] = said("主送")
    copies: tuple[str, ...] = said("抄送")
    printed_by: str = said("印发机关")
    cause: str = said("缘由")
    matter: Matter = said("督查事项")
    nodes: tuple[str, ...] = said("时间节点")
    reporting: str = said("报送要求")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Paper):
    """《督办单》, with the 回执 in its lower half."""

    matter: Matter = said("交办事项")
    urgency: str = said("紧急程度")
    leader: str = said("交办领导")
    original: str = said("批示（交办）原文")
    directed_on: date | None = said("批示（交办）日期")
    received_at: datetime | None = said("收到时间")
    issued_at: datetime = said("下达时间")
    plan_due: str = said("方案报送期限")
    result_due: str = said("结果报送期限")
    signed_by: str = said("签发人")
    receipt_by: str = said("签收人")
    receipt_at: datetime | None = said("签收时间")
    plan: str = said("办理方案")
    result: str = said("办理结果")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder(Paper):
    """催办通知."""

    matter: Matter = said("原交办事项")
    original_due: str = said("原期限")
    days_late: int = said("逾期天数（未逾期为 0）")
    times: int = said("已催办次数")
    form: str = said("催办形式")
    reminded_at: datetime = said("催办时间")
    told: str = said("催办对象")
    words: str = said("催办内容")
    requirement: str = said("要求")
    report_by: str = said("新的报送时间")
    handler: str = said("经办人")


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation(Paper):
    """未办结说明."""

    matter: Matter = said("事项")
    original_due: str = said("原期限")
    days_late: int = said("逾期天数（未逾期为 0）")
    explained_at: datetime = said("说明时间")
    reason: str = said("未办结原因")
    next_step: str = said("下一步办理意见")
    proposed_due: date | None = said("预计办结日期")


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension(Paper):
    """延期申请表."""

    matter: Matter = said("事项")
    original_due: str = said("原期限")
    asked_due: str = said("申请延至")
    asked_at: datetime = said("申请时间")
    reason: str = said("延期理由")
    done_so_far: str = said("已完成情况")
    principal: str = said("单位主要负责人")
    deputy: str = said("提出意见的区政府分管领导")
    opinion: str = said("区政府分管领导意见")
    decided_by: str = said("批准人")
    decided_at: datetime | None = said("批复时间")
    decision: str = said("批复意见")


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordination(Paper):
    """提请协调单, 提请决策单."""

    matter: Matter = said("事项")
    level: str = said("提请层级")
    major: str = said("是否重大事项")
    asked_at: datetime = said("提请时间")
    problem: str = said("存在问题")
    tried: str = said("已采取的措施")
    asked: str = said("请求事项")
    answered_by: str = said("答复的领导")
    answered_at: datetime | None = said("答复时间")
    outcome: str = said("协调（决策）结果")
    opinion: str = said("领导意见")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result(Paper):
    """办理结果报告, with its 阅签 page."""

    recipient: str = said("报送单位")
    matter: Matter = said("事项")
    stage: str = said("办理结果，或阶段性办理意见")
    text: str = said("办理情况")
    targets: tuple[str, ...] = said("指标完成情况")
    attachments: int = said("附件数")
    handed_in_at: datetime = said("提交时间")
    issued_by: str = said("单位签发人")
    signed_by: str = said("阅签的区政府分管领导")
    signed_at: datetime = said("阅签时间")
    opinion: str = said("阅签意见")
    recorded_by: str = said("代录人（领导在纸上签批的）")


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing(Paper):
    """销号单."""

    matter: Matter = said("事项")
    issued_at: datetime = said("下达时间")
    original_due: str = said("原期限")
    closed_at: datetime = said("办结销号时间")
    on_time: str = said("是否按期")
    result: str = said("办理结果")
    signed_by: str = said("阅签的区政府分管领导")
    signed_at: datetime | None = said("阅签时间")
    reviewed_by: str = said("审核人")
    opinion: str = said("审核意见")
    reminders: int = said("催办次数")
    extensions: int = said("延期次数")
    returns: int = said("退回补办次数")


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """An item and how far it has come."""

    matter: Matter = said("事项")
    leader: str = said("交办领导")
    assigned_on: date = said("下达日期")
    status: str = said("状态")
    late: str = said("是否逾期")
    progress: str = said("最新办理情况")
    reported_on: date | None = said("最新情况的日期")


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """One line of a table of figures."""

    name: str = said("名称")
    number: int = said("件数")
    share: str = said("占比")


@dataclass(frozen=True, slots=True, kw_only=True)
class Briefing(Paper):
    """《督查专报》."""

    recipients: tuple[str, ...] = said("报送领导")
    signed_by: str = said("签发人")
    items: tuple[Handled, ...] = said("各事项及办理情况")
    problems: str = said("存在问题")
    next_steps: str = said("下一步打算、建议")


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary(Paper):
    """督查情况汇总."""

    recipients: tuple[str, ...] = said("报送领导")
    signed_by: str = said("签发人")
    period: str = said("汇总的期间或范围")
    counts: tuple[Count, ...] = said("按状态的件数、占比")
    items: tuple[Handled, ...] = said("各事项及办理情况")
    remark: str = said("说明")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """An item that a circular names as not done."""

    title: str = said("事项")
    unit: str = said("牵头部门")
    target: str = said("目标")
    present: str = said("现状")
    reason: str = said("原因")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What a circular criticises, and whom."""

    units: str = said("单位")
    text: str = said("事项、情形、问题")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentioned:
    """What a circular says of a unit without criticising it."""

    units: str = said("单位")
    text: str = said("事项、情况")


@dataclass(frozen=True, slots=True, kw_only=True)
class Circular(Paper):
    """A circular of the supervision office (督查通报): ``number`` is its own, ``masthead`` the name
    of the series that stands in it. It goes to all units: nothing restricted is among its facts."""

    masthead: str = said("通报名称")
    issue: str = said("期号")
    opening: str = said("开头")
    as_of: date = said("各事项情况截至的日期")
    counts: tuple[Count, ...] = said("总体情况：按状态的件数、占比")
    unfinished: tuple[Unfinished, ...] = said("未完成事项")
    informed: tuple[Mentioned, ...] = said("情况通报")
    praised: tuple[Mentioned, ...] = said("表扬")
    problems: tuple[Problem, ...] = said("问题及单位")
    requirements: str = said("要求与期限")
    recipients: tuple[str, ...] = said("主送")
    copies: tuple[str, ...] = said("抄送")
    printed_by: str = said("印发机关")


FACTS: dict[DocumentKind, type[Paper]] = {
    DocumentKind.NOTICE: Notice,
    DocumentKind.ORDER: Order,
    DocumentKind.REMINDER: Reminder,
    DocumentKind.EXPLANATION: Explanation,
    DocumentKind.EXTENSION: Extension,
    DocumentKind.COORDINATION: Coordination,
    DocumentKind.RESULT: Result,
    DocumentKind.CLOSING: Closing,
    DocumentKind.BRIEFING: Briefing,
    DocumentKind.SUMMARY: Summary,
    DocumentKind.CIRCULAR: Circular,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Placeholder:
    """A fact that a template may show, what it is, and the facts within it where it is a record or
    a list of them."""

    name: str
    meaning: str
    within: tuple["Placeholder", ...] = ()

    @property
    def names_within(self) -> frozenset[str]:
        """All names below it."""
        below = (part.names_within | {part.name} for part in self.within)
        return frozenset[str]().union(*below)


def placeholders(of: type[Any]) -> tuple[Placeholder, ...]:
    """The facts of such a document, in their order."""
    hints = get_type_hints(of)
    found = []
    for fact in fields(of):
        inner = _record_in(hints[fact.name])
        within = placeholders(inner) if inner else ()
        meaning = str(fact.metadata["says"])
        found.append(Placeholder(name=fact.name, meaning=meaning, within=within))
    return tuple(found)


def _record_in(hint: Any) -> Any:  # noqa: ANN401 - a type
    if is_dataclass(hint):
        return hint
    if get_origin(hint) is tuple:
        return _record_in(get_args(hint)[0])
    return None
