"""How each document looks (domain.md §5; GB/T 9704-2012)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from documents.circular import circular
from documents.facts import (
    Briefing,
    Circular,
    Closing,
    Coordination,
    Explanation,
    Extension,
    Handled,
    Matter,
    Notice,
    Order,
    Paper,
    Reminder,
    Result,
    Summary,
)
from documents.page import KAI, Column, Sheet
from documents.pieces import COUNTS, PUBLIC, counted, numeral
from documents.text import day, joined, moment

MOST_IN_TABLE = 200


def notice(facts: Notice) -> bytes:
    """《督查通知》."""
    sheet = Sheet(facts.title, facts.made_on)
    sheet.masthead(f"{facts.issuer}文件", facts.number)
    sheet.title(facts.title)
    sheet.addressee(facts.recipients)
    matter = facts.matter
    sheet.body(facts.cause)
    sheet.section("一、督查事项")
    sheet.body(f"{matter.title}（编号：{matter.number}）。\n{matter.content}")
    sheet.section("二、责任单位")
    joining = f"协办单位：{matter.co_units}。" if matter.co_units else ""
    sheet.body(f"牵头承办单位：{matter.lead_unit}。{joining}")
    sheet.section("三、办理时限")
    sheet.body(f"{matter.due}前办结并报告。" if matter.due else "按下列时间节点办理。")
    for node in facts.nodes:
        sheet.body(f"{node}。")
    sheet.section("四、报送要求")
    sheet.body(facts.reporting)
    sheet.body(f"联系人：{facts.contact}，联系电话：{facts.phone}。")
    sheet.signature(facts.issuer, facts.made_on)
    if facts.publication == PUBLIC:
        sheet.note("此件公开发布")
    sheet.colophon(facts.copies, facts.printed_by, facts.made_on)
    return sheet.bytes()


def order(facts: Order) -> bytes:
    """《督办单》: the upper half is the order, the lower the slip that comes back."""
    sheet = _form(f"{facts.issuer}督办单", facts)
    matter = facts.matter
    sheet.form(
        [
            [("事项", matter.title)],
            [("事项编号", matter.number), ("紧急程度", facts.urgency)],
            [("交办领导", facts.leader), ("交办日期", day(facts.directed_on))],
            [("收到时间", moment(facts.received_at)), ("下达时间", moment(facts.issued_at))],
            [("批示（交办）原文", facts.original)],
            [("承办单位", matter.lead_unit), ("协办单位", matter.co_units)],
            [("办理要求", matter.content)],
            [("依据", matter.basis)],
            [("方案报送期限", facts.plan_due), ("结果报送期限", facts.result_due)],
            [("签发人", facts.signed_by), ("联系人", f"{facts.contact}　{facts.phone}")],
        ]
    )
    sheet.cut("回　执")
    sheet.form(
        [
            [("签收人", facts.receipt_by), ("签收时间", moment(facts.receipt_at))],
            [("办理方案", facts.plan)],
            [("办理结果", facts.result)],
            [("单位负责人签字（盖章）", ""), ("区政府分管领导阅签", "")],
            [("报送日期", "")],
        ],
        tall=("单位负责人签字（盖章）",),
        together=True,
    )
    return sheet.bytes()


def reminder(facts: Reminder) -> bytes:
    """催办通知."""
    sheet = _form(f"{facts.issuer}催办通知", facts)
    matter = facts.matter
    sheet.addressee((matter.lead_unit,))
    late = f"，已逾期{facts.days_late}天" if facts.days_late else ""
    sheet.body(
        f"你单位承办的“{matter.title}”（{matter.number}），应于{matter.due}前办结{late}，"
        f"至今尚未办结。已催办{facts.times}次，现再次催办，请抓紧办理。"
    )
    sheet.form(
        [
            [("原交办单号", matter.number), ("原期限", facts.original_due)],
            [("现期限", matter.due), ("逾期天数", f"{facts.days_late}天")],
            [("催办形式", facts.form), ("已催办次数", f"{facts.times}次")],
            [("催办时间", moment(facts.reminded_at)), ("催办对象", facts.told)],
            [("催办内容", facts.words)],
            [("要求", facts.requirement)],
            [("新的报送时间", facts.report_by), ("经办人", facts.handler)],
            [("联系人", facts.contact), ("联系电话", facts.phone)],
        ]
    )
    sheet.signature(facts.issuer, facts.made_on, below=1)
    return sheet.bytes()


def explanation(facts: Explanation) -> bytes:
    """未办结说明."""
    sheet = _form("督查事项未办结说明", facts)
    sheet.form(
        [
            *_matter(facts.matter),
            [("原期限", facts.original_due), ("现期限", facts.matter.due)],
            [("逾期天数", f"{facts.days_late}天"), ("说明时间", moment(facts.explained_at))],
            [("未办结原因", facts.reason)],
            [("下一步办理意见", facts.next_step)],
            [("预计办结日期", day(facts.proposed_due))],
            [("单位负责人签字（盖章）", "")],
        ],
        tall=("单位负责人签字（盖章）",),
    )
    sheet.signature(facts.issuer, facts.made_on, below=1)
    return sheet.bytes()


def extension(facts: Extension) -> bytes:
    """延期申请表."""
    sheet = _form("督查事项延期申请表", facts)
    sheet.form(
        [
            *_matter(facts.matter),
            [("原期限", facts.original_due), ("申请延至", facts.asked_due)],
            [("申请时间", moment(facts.asked_at)), ("单位主要负责人", facts.principal)],
            [("延期理由", facts.reason)],
            [("已完成情况", facts.done_so_far)],
            [("区政府分管领导意见", _signed(facts.opinion, facts.deputy, None))],
            [("批复", _signed(facts.decision, facts.decided_by, facts.decided_at))],
            [("单位盖章", "")],
        ],
        tall=("区政府分管领导意见", "批复", "单位盖章"),
    )
    sheet.signature(facts.issuer, facts.made_on, below=1)
    return sheet.bytes()


def coordination(facts: Coordination) -> bytes:
    """提请协调单, 提请决策单."""
    name = "提请决策单" if facts.level.endswith("决策") else "提请协调单"
    sheet = _form(name, facts)
    sheet.form(
        [
            *_matter(facts.matter),
            [("提请层级", facts.level), ("重大事项", facts.major)],
            [("提请时间", moment(facts.asked_at)), ("现期限", facts.matter.due)],
            [("存在问题", facts.problem)],
            [("已采取的措施", facts.tried)],
            [("请求事项", facts.asked)],
            [("领导意见", _signed(facts.opinion, facts.answered_by, facts.answered_at))],
            [("协调（决策）结果", facts.outcome)],
        ],
        tall=("领导意见",),
    )
    sheet.signature(facts.issuer, facts.made_on, below=1)
    return sheet.bytes()


def result(facts: Result) -> bytes:
    """办理结果报告; the 阅签 has a page of its own."""
    sheet = Sheet(facts.title, facts.made_on)
    sheet.masthead(f"{facts.issuer}文件", facts.number)
    sheet.title(facts.title)
    sheet.addressee((facts.recipient,))
    matter = facts.matter
    sheet.body(f"按照“{matter.title}”（{matter.number}）的办理要求，现将{facts.stage}报告如下：")
    sheet.section("一、办理情况")
    sheet.body(facts.text)
    if facts.targets:
        sheet.section("二、指标完成情况")
        for target in facts.targets:
            sheet.body(f"{target}。")
    if facts.attachments:
        sheet.body(f"附件：佐证材料{facts.attachments}件（随件报送）")
    sheet.signature(facts.issuer, facts.made_on)
    sheet.new_page()
    sheet.title("阅　签　页")
    sheet.form(
        [
            *_matter(matter),
            [("报告文号", facts.number), ("提交时间", moment(facts.handed_in_at))],
            [("单位签发人", facts.issued_by), ("现期限", matter.due)],
            [("区政府分管领导阅签意见", facts.opinion)],
            [("阅签领导", facts.signed_by), ("阅签时间", moment(facts.signed_at))],
            *(
                [[("代录人", f"{facts.recorded_by}（据纸质签批代录，附扫描件）")]]
                if facts.recorded_by
                else []
            ),
        ],
        tall=("区政府分管领导阅签意见",),
    )
    return sheet.bytes()


def closing(facts: Closing) -> bytes:
    """销号单."""
    sheet = _form("督查事项销号单", facts)
    sheet.form(
        [
            *_matter(facts.matter),
            [("下达时间", moment(facts.issued_at)), ("原期限", facts.original_due)],
            [("现期限", facts.matter.due), ("销号时间", moment(facts.closed_at))],
            [("办结情况", facts.on_time), ("催办次数", f"{facts.reminders}次")],
            [("延期次数", f"{facts.extensions}次"), ("退回补办次数", f"{facts.returns}次")],
            [("办理结果", facts.result)],
            [("阅签领导", facts.signed_by), ("阅签时间", moment(facts.signed_at))],
            [("审核意见", _signed(facts.opinion, facts.reviewed_by, None))],
        ],
        tall=("审核意见",),
    )
    sheet.signature(facts.issuer, facts.made_on, below=1)
    return sheet.bytes()


def briefing(facts: Briefing) -> bytes:
    """《督查专报》, with the box for what leaders write on it."""
    sheet = Sheet(facts.title, facts.made_on)
    sheet.periodical("督查专报", facts.number, facts.issuer, facts.made_on)
    sheet.title(facts.title)
    sheet.section("一、交办情况")
    for n, one in enumerate(facts.items, start=1):
        sheet.body(f"{_place(n, facts.items)}{_assigned(one)}")
    sheet.section("二、办理情况")
    for n, one in enumerate(facts.items, start=1):
        if len(facts.items) > 1:
            sheet.subsection(f"（{numeral(n)}）{one.matter.title}")
        sheet.body(one.progress)
        sheet.body(f"目前状态：{one.status}，{one.late}。")
    sheet.section("三、存在问题")
    sheet.body(facts.problems)
    sheet.section("四、下一步打算和建议")
    sheet.body(facts.next_steps)
    _to_leaders(sheet, facts.recipients, facts.signed_by)
    sheet.box("领导批示")
    return sheet.bytes()


def summary(facts: Summary) -> bytes:
    """督查情况汇总: figures, then item by item."""
    sheet = _form("督查情况汇总", facts)
    sheet.title(facts.title)
    sheet.body(f"{facts.period}。{facts.remark}")
    sheet.section("一、总体情况")
    sheet.table(COUNTS, counted(facts.counts))
    sheet.section("二、各事项办理情况")
    sheet.table(
        (
            Column(heading="序号", width=14, centred=True),
            Column(heading="事项", width=32),
            Column(heading="牵头单位", width=25),
            Column(heading="期限", width=23, centred=True),
            Column(heading="状态", width=16, centred=True),
            Column(heading="最新办理情况", width=46),
        ),
        [
            (
                str(n),
                f"{one.matter.title}\n{one.matter.number}",
                one.matter.lead_unit,
                one.matter.due,
                one.status if one.late == "未逾期" else f"{one.status}\n（{one.late}）",
                _excerpt(one.progress),
            )
            for n, one in enumerate(facts.items, start=1)
        ],
    )
    _to_leaders(sheet, facts.recipients, facts.signed_by)
    sheet.signature(facts.issuer, facts.made_on, below=1)
    return sheet.bytes()


LAYOUTS: dict[type[Paper], Callable[[Any], bytes]] = {
    Notice: notice,
    Order: order,
    Reminder: reminder,
    Explanation: explanation,
    Extension: extension,
    Coordination: coordination,
    Result: result,
    Closing: closing,
    Briefing: briefing,
    Summary: summary,
    Circular: circular,
}


def laid_out(facts: Paper) -> bytes:
    """The document that says ``facts``, in our layout."""
    return LAYOUTS[type(facts)](facts)


def _form(name: str, facts: Paper) -> Sheet:
    sheet = Sheet(facts.title, facts.made_on)
    sheet.masthead(name, facts.number, formal=False)
    return sheet


def _matter(matter: Matter) -> list[list[tuple[str, str]]]:
    return [
        [("事项", matter.title)],
        [("事项编号", matter.number), ("承办单位", matter.lead_unit)],
    ]


def _signed(opinion: str, by: str, at: datetime | None) -> str:
    """An opinion with the name and the time under it; nothing where there is none yet."""
    if not opinion:
        return ""
    return f"{opinion}\n{by}　{moment(at)}".rstrip("　\n")


def _place(n: int, of: Sequence[Handled]) -> str:
    return f"（{numeral(n)}）" if len(of) > 1 else ""


def _excerpt(text: str) -> str:
    """As much as a table has room for; the whole stands in the facts and in the item's record."""
    return text if len(text) <= MOST_IN_TABLE else f"{text[:MOST_IN_TABLE]}……"


def _assigned(one: Handled) -> str:
    by = f"{one.leader}交办" if one.leader else "下达"
    due = f"，要求{one.matter.due}前报送办理结果" if one.matter.due else ""
    return (
        f"{day(one.assigned_on)}，{by}“{one.matter.title}”（{one.matter.number}），"
        f"由{one.matter.lead_unit}承办{due}。"
    )


def _to_leaders(sheet: Sheet, recipients: Sequence[str], signed_by: str) -> None:
    sheet.line(f"报送：{joined(recipients)}", font=KAI)
    if signed_by:
        sheet.line(f"签发人：{signed_by}", font=KAI)
