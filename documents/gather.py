"""From an item's record to the facts of a document. Raises ``Refused`` where the record has not
what the document rests on: nothing is left to be filled in by hand that the record should say."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from documents.facts import (
    Briefing,
    Closing,
    Coordination,
    Count,
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
from documents.text import about, day, figure, joined, moment
from domain.acts import FORM_NAMES, Form
from domain.clocks import Rule
from domain.directory import Post
from domain.documents import (
    PUBLICATION_NAMES,
    DocumentKind,
    Mark,
    Record,
    Told,
    check_issued,
    in_season,
)
from domain.errors import Refused
from domain.items import STATUS_NAMES, Kind
from domain.office import Office
from domain.text import day_text, is_blank

URGENCY_NAMES = {"normal": "平件", "urgent": "加急", "extra_urgent": "特急"}
OUTCOME_NAMES = {"resolved": "已解决", "unresolved": "未解决", "transferred": "转办"}
NO_ORIGINAL = "（另附）"
REPORTING = (
    "请按期办结，办理结果经区政府分管领导阅签后，以书面形式报送{to}；"
    "未能按期办结的，及时说明原因和下一步办理意见。"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """What a document has from whoever makes it: its number and day, the office, its mark."""

    number: str
    made_on: date
    now: datetime
    office: Office
    mark: Mark

    def paper(self, title: str, issuer: str) -> dict[str, Any]:
        """The facts that every document has."""
        return {
            "number": self.number,
            "title": title,
            "issuer": issuer,
            "made_on": self.made_on,
            "publication": PUBLICATION_NAMES[self.mark.publication],
            "publication_reason": self.mark.reason,
            "supervision_office": self.office.supervision_office,
            "contact": self.office.contact,
            "phone": self.office.phone,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person says of a document beside the record."""

    recipients: tuple[str, ...] = ()
    signed_by: str = ""
    report_by: date | None = None
    requirement: str = ""
    original: bool = False
    title: str = ""
    problems: str = ""
    next_steps: str = ""
    remark: str = ""
    since: date | None = None
    until: date | None = None


Gather = Callable[[Record, Asked, Letterhead], Paper]


def notice(record: Record, asked: Asked, head: Letterhead) -> Notice:
    """《督查通知》 (R32): in the name of the government or of its office, never of the 督查室."""
    facts, office = record.facts, head.office
    of_government = facts.issuing_name == "government"
    issuer = office.government if of_government else office.government_office
    return Notice(
        **head.paper(about(facts.title, "的督查通知"), issuer),
        recipients=asked.recipients or office.recipients,
        copies=office.copies,
        printed_by=office.government_office,
        cause=_cause(record),
        matter=_matter(record),
        nodes=tuple(
            f"{node.name}：{day(node.due_on)}前完成，责任单位{_unit(record, node.unit)}"
            + (f"，形成{node.output}" if node.output else "")
            for node in facts.milestones
        ),
        reporting=asked.requirement or REPORTING.format(to=office.supervision_office),
    )


def order(record: Record, asked: Asked, head: Letterhead) -> Order:
    """《督办单》 (R42, R43): what a leader ordered, word for word where the maker may read it."""
    facts, source = record.facts, record.facts.source
    receipt, plan, result = record.last("receive"), record.last("submit_plan"), record.hand_in()
    plan_clock = next((c for c in record.clocks if c.rule is Rule.DIRECTIVE_PLAN), None)
    return Order(
        **head.paper(about(facts.title, "的督办单"), head.office.government_office),
        matter=_matter(record),
        urgency=URGENCY_NAMES.get(facts.urgency, facts.urgency),
        leader=source.leader,
        original=_original(record, asked),
        directed_on=source.date,
        received_at=record.local(source.received_at) if source.received_at else None,
        issued_at=record.local(record.issued_at),
        plan_due=moment(record.local(plan_clock.due_at)) if plan_clock else "",
        result_due=due_of(record),
        signed_by=asked.signed_by or record.approver,
        receipt_by=_who(receipt),
        receipt_at=_at(record, receipt),
        plan=said_in(plan, "text"),
        result=said_in(result, "text"),
    )


def reminder(record: Record, asked: Asked, head: Letterhead) -> Reminder:
    """催办通知 of the last reminder (R33) of what is not done yet; a covert check is none."""
    if not in_season(DocumentKind.REMINDER, record.status):
        raise Refused(record.status.value)
    last = record.subject(DocumentKind.REMINDER)
    by = asked.report_by
    return Reminder(
        **head.paper(about(record.facts.title, "的催办通知"), head.office.supervision_office),
        matter=_matter(record),
        original_due=_original_due(record),
        days_late=days_late(record, head.now),
        times=len(list(record.acts("remind"))),
        form=FORM_NAMES[Form(said_in(last, "form"))],
        reminded_at=record.local(last.at),
        told=said_in(last, "to"),
        words=said_in(last, "said"),
        requirement=asked.requirement or "请抓紧办理，按时书面报送办理情况；未办结的说明原因。",
        report_by=day_text(by) if by else "",
        handler=_who(last),
    )


def explanation(record: Record, _: Asked, head: Letterhead) -> Explanation:
    """未办结说明 (R28)."""
    last = record.subject(DocumentKind.EXPLANATION)
    return Explanation(
        **head.paper(about(record.facts.title, "未办结情况的说明"), record.facts.lead_unit_name),
        matter=_matter(record),
        original_due=_original_due(record),
        days_late=days_late(record, head.now),
        explained_at=record.local(last.at),
        reason=said_in(last, "reason"),
        next_step=said_in(last, "next_step"),
        proposed_due=_day(last, "proposed_due_on"),
    )


def extension(record: Record, _: Asked, head: Letterhead) -> Extension:
    """延期申请表 (T13, T14, O7), as far as the request has come."""
    request = record.subject(DocumentKind.EXTENSION)
    advice = record.last("advise_extension", after=request.seq)
    decision = record.last("decide_extension", after=request.seq)
    progress = record.last("submit_feedback", "submit_plan")
    return Extension(
        **head.paper(about(record.facts.title, "的延期申请"), record.facts.lead_unit_name),
        matter=_matter(record),
        original_due=_original_due(record),
        asked_due=day(_day(request, "new_due_on")),
        asked_at=record.local(request.at),
        reason=said_in(request, "reason"),
        done_so_far=said_in(progress, "text"),
        principal=_post(record, Post.PRINCIPAL),
        deputy=_who(advice),
        opinion=_verdict(advice, "supports", "同意延期", "不同意延期"),
        decided_by=_who(decision),
        decided_at=_at(record, decision),
        decision=_verdict(decision, "approved", "同意延期", "不同意延期"),
    )


def coordination(record: Record, _: Asked, head: Letterhead) -> Coordination:
    """提请协调单 to the 分管领导, 提请决策单 to the 主要领导 (R29, R30): the last request."""
    request = record.subject(DocumentKind.COORDINATION)
    answer = record.last("answer_coordination", after=request.seq)
    to_chief = request.body.get("level") == "chief"
    ending = "提请决策的请示" if to_chief else "提请协调的请示"
    return Coordination(
        **head.paper(about(record.facts.title, ending), record.facts.lead_unit_name),
        matter=_matter(record),
        level="区政府主要领导决策" if to_chief else "区政府分管领导协调",
        major="是" if to_chief or request.body.get("major") else "否",
        asked_at=record.local(request.at),
        problem=said_in(request, "problem"),
        tried=said_in(request, "tried"),
        asked=said_in(request, "asked"),
        answered_by=_who(answer),
        answered_at=_at(record, answer),
        outcome=OUTCOME_NAMES.get(said_in(answer, "outcome"), ""),
        opinion=said_in(answer, "opinion"),
    )


def result(record: Record, _: Asked, head: Letterhead) -> Result:
    """办理结果报告: only of what the 分管领导 has signed (R36)."""
    handed_in, signed = record.signed()
    paper = signed.body.get("recorded_from_paper")
    signed_at = datetime.fromisoformat(paper["signed_at"]) if paper else signed.at
    interim = bool(handed_in.body.get("interim_opinion"))
    leader = _post(record, Post.DEPUTY) if paper else _who(signed)
    return Result(
        **head.paper(
            about(record.facts.title, "办理意见的报告" if interim else "办理结果的报告"),
            record.facts.lead_unit_name,
        ),
        recipient=head.office.supervision_office,
        matter=_matter(record),
        stage="阶段性办理意见" if interim else "办理结果",
        text=said_in(handed_in, "text"),
        targets=_targets(record, handed_in),
        attachments=len(handed_in.body.get("attachments") or ()),
        handed_in_at=record.local(handed_in.at),
        issued_by=said_in(handed_in, "issued_by"),
        signed_by=leader,
        signed_at=record.local(signed_at),
        opinion=said_in(signed, "comment"),
        recorded_by=_who(signed) if paper else "",
    )


def closing(record: Record, _: Asked, head: Letterhead) -> Closing:
    """销号单 of an item that is struck off (T23)."""
    review = record.last("review")
    if not in_season(DocumentKind.CLOSING, record.status) or record.closed_at is None:
        raise Refused("not_closed")
    handed_in = record.hand_in() or record.last("submit_feedback")
    signed = record.last("sign_off", after=handed_in.seq) if handed_in else None
    return Closing(
        **head.paper(about(record.facts.title, "的销号单"), head.office.supervision_office),
        matter=_matter(record),
        issued_at=record.local(record.issued_at),
        original_due=_original_due(record),
        closed_at=record.local(record.closed_at),
        on_time="逾期办结" if record.lapsed else "按期办结",
        result=said_in(handed_in, "text"),
        signed_by=_who(signed),
        signed_at=_at(record, signed),
        reviewed_by=_who(review),
        opinion=said_in(review, "comment"),
        reminders=len(list(record.acts("remind"))),
        extensions=record.extensions,
        returns=record.returns,
    )


def briefing(records: Sequence[Record], asked: Asked, head: Letterhead) -> Briefing:
    """《督查专报》 from the results of 督办单 (R44). Raises ``Refused('no_result')``, saying of
    which items there is none."""
    if without := [record.number for record in records if record.hand_in() is None]:
        raise Refused(
            "no_result", f"还没有报送办理意见或结果，不能编入督查专报：{joined(without[:10])}。"
        )
    first = records[0].facts.title
    title = asked.title or about(
        first, "办理情况的报告" if len(records) == 1 else "等事项办理情况的报告"
    )
    return Briefing(
        **head.paper(title, head.office.supervision_office),
        recipients=asked.recipients or head.office.leaders,
        signed_by=asked.signed_by,
        items=tuple(_handled(record) for record in records),
        problems=asked.problems or "暂无需要报告的问题。",
        next_steps=asked.next_steps or "继续跟踪督办，重要情况及时报告。",
    )


def summary(records: Sequence[Record], asked: Asked, head: Letterhead) -> Summary:
    """汇总 of chosen items, or of a period (R37)."""
    since, until = day(asked.since), day(asked.until)
    period = f"{since or '……'}至{until or '……'}下达的事项" if since or until else "选定的事项"
    return Summary(
        **head.paper(asked.title or "督查事项办理情况汇总", head.office.supervision_office),
        recipients=asked.recipients or head.office.leaders,
        signed_by=asked.signed_by,
        period=f"{period}，共{len(records)}件",
        counts=counts_of(records),
        items=tuple(_handled(record) for record in records),
        remark=asked.remark,
    )


def counts_of(records: Sequence[Record]) -> tuple[Count, ...]:
    """How many of these items are in each status."""
    found = Counter(record.status for record in records)
    return tuple(
        Count(name=STATUS_NAMES[status], number=n, share=f"{n / len(records):.2%}")
        for status, n in found.items()
    )


OF_ITEM: dict[DocumentKind, Gather] = {
    DocumentKind.NOTICE: notice,
    DocumentKind.ORDER: order,
    DocumentKind.REMINDER: reminder,
    DocumentKind.EXPLANATION: explanation,
    DocumentKind.EXTENSION: extension,
    DocumentKind.COORDINATION: coordination,
    DocumentKind.RESULT: result,
    DocumentKind.CLOSING: closing,
}


def gathered(
    kind: DocumentKind, records: Sequence[Record], asked: Asked, head: Letterhead
) -> Paper:
    """The facts of a document of that kind. Raises ``Refused``."""
    for record in records:
        check_issued(record)
    if not records:
        raise Refused("no_items")
    match kind:
        case DocumentKind.BRIEFING:
            return briefing(records, asked, head)
        case DocumentKind.SUMMARY:
            return summary(records, asked, head)
        case _:
            return OF_ITEM[kind](records[0], asked, head)


def holds_original(paper: Paper) -> bool:
    """Whether a document has the restricted words of a leader (批示原文)."""
    return isinstance(paper, Order) and paper.original not in {"", NO_ORIGINAL}


def _matter(record: Record) -> Matter:
    facts = record.facts
    return Matter(
        number=record.number,
        title=facts.title,
        content=facts.content,
        lead_unit=facts.lead_unit_name,
        co_units=joined(_unit(record, code) for code in facts.co_units),
        due=due_of(record),
        basis=_basis(record),
    )


def _basis(record: Record) -> str:
    """依据 (R1): as registered, else the source it came from."""
    facts, source = record.facts, record.facts.source
    if not is_blank(facts.basis):
        return facts.basis
    clause = f"第{source.clause}项" if source.clause else ""
    return f"{source.reference}{clause}" or source.type


def _cause(record: Record) -> str:
    source = record.facts.source
    on = f"{day(source.date)}，" if source.date else ""
    basis = _basis(record)
    if source.leader:
        return f"{on}{source.leader}就有关工作作出{source.type or '批示'}。现将有关事项通知如下："
    return f"根据{basis}要求，现将有关事项通知如下："


def _original(record: Record, asked: Asked) -> str:
    text = record.facts.original_text
    if is_blank(text):
        return ""
    return text if asked.original else NO_ORIGINAL


def _handled(record: Record) -> Handled:
    last = record.last("submit_feedback")
    at = _at(record, last)
    return Handled(
        matter=_matter(record),
        leader=record.facts.source.leader,
        assigned_on=record.local(record.issued_at).date(),
        status=STATUS_NAMES[record.status],
        late="曾逾期" if record.lapsed else "未逾期",
        progress=said_in(last, "text") or "尚未反馈。",
        reported_on=at.date() if at else None,
    )


def _unit(record: Record, code: str) -> str:
    return record.names.get(code, code)


def due_of(record: Record) -> str:
    return moment(record.local(record.due_at)) if record.due_at else ""


def _original_due(record: Record) -> str:
    at = record.original_due_at or record.due_at
    return moment(record.local(at)) if at else ""


def days_late(record: Record, now: datetime) -> int:
    """Whole days past the present limit, as of ``now``."""
    if record.due_at is None or record.facts.kind is Kind.SLOT:
        return 0
    return max((record.local(now).date() - record.local(record.due_at).date()).days, 0)


def said_in(entry: Told | None, name: str) -> str:
    text = entry.body.get(name) if entry else None
    return text if isinstance(text, str) else ""


def _day(entry: Told, name: str) -> date | None:
    text = said_in(entry, name)
    return date.fromisoformat(text[:10]) if text else None


def _at(record: Record, entry: Told | None) -> datetime | None:
    return record.local(entry.at) if entry else None


def _who(entry: Told | None) -> str:
    """Who did it, and for whom: both names."""
    if entry is None or entry.actor is None:
        return ""
    name = entry.actor.name
    return f"{name}（代{entry.on_behalf_of}）" if entry.on_behalf_of else name


def _verdict(entry: Told | None, name: str, yes: str, no: str) -> str:
    if entry is None:
        return ""
    return f"{yes if entry.body.get(name) is True else no}。{said_in(entry, 'comment')}"


def _post(record: Record, post: Post) -> str:
    return joined(one.name for one in record.facts.responsible if one.post is post)


def _targets(record: Record, handed_in: Told) -> tuple[str, ...]:
    reached = {one["name"]: one["value"] for one in handed_in.body.get("actuals") or ()}
    return tuple(
        f"{target.name}：目标{figure(target.target)}{target.unit}，"
        f"完成{figure(reached[target.name])}{target.unit}"
        for target in record.facts.targets
        if target.name in reached
    )
