"""From the record to the facts: what each document says, and what it needs to be made at all."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from documents.facts import FACTS, placeholders
from documents.frozen import ADAPTERS, facts_hash, frozen
from documents.gather import NO_ORIGINAL, Asked, gathered, holds_original
from documents.gather_circular import BY_RULE, OPENING, circular
from domain.circulars import Draft, Tone, circular_number, numbered
from domain.documents import (
    DOCUMENTS,
    DocumentKind,
    Mark,
    Publication,
    Record,
    check_taken,
    number_of,
)
from domain.errors import Invalid, Refused
from domain.items import STATUS_NAMES, Milestone, Status
from domain.office import MOST_RECIPIENTS, Office, changes, check_set
from domain.parts import Target
from tests.documents.records import (
    ADVICE,
    COORDINATION,
    ENTRY,
    EXPLAINED,
    EXTENSION,
    HEAD,
    ISSUED,
    NASTY,
    OFFICE,
    RECEIPT,
    RECORDS,
    REMINDED,
    RESULT,
    REVIEWED,
    SIGNED,
    Entry,
    at,
    facts,
    head,
    paper,
    record,
)

ANNULLED = Entry(seq=20, act="annul_act", at=at("2026-11-01 17:00"))


def said(kind: DocumentKind, of: Record | None = None, **asked: Any) -> Any:
    return paper(kind, of, **asked)


def refused(kind: DocumentKind, of: Record) -> str:
    with pytest.raises(Refused) as caught:
        said(kind, of)
    return caught.value.code


@pytest.mark.parametrize(
    ("kind", "of", "code"),
    [
        (DocumentKind.NOTICE, record(handed_out=False, status=Status.DRAFT), "draft"),
        (
            DocumentKind.ORDER,
            record(handed_out=False, status=Status.AWAITING_APPROVAL),
            "awaiting_approval",
        ),
        (DocumentKind.REMINDER, record(), "not_reminded"),
        (DocumentKind.REMINDER, record(replace(REMINDED, covert=True)), "not_reminded"),
        (DocumentKind.REMINDER, record(replace(REMINDED, outcome="refused")), "not_reminded"),
        (DocumentKind.REMINDER, record(REMINDED, status=Status.CLOSED), "closed"),
        (DocumentKind.EXPLANATION, record(), "not_explained"),
        (DocumentKind.EXPLANATION, record(EXPLAINED, unverified=(7,)), "not_explained"),
        (DocumentKind.EXTENSION, record(), "extension_not_requested"),
        (
            DocumentKind.EXTENSION,
            record(EXTENSION, replace(ANNULLED, settles=8)),
            "extension_not_requested",
        ),
        (DocumentKind.COORDINATION, record(), "coordination_not_requested"),
        (DocumentKind.RESULT, record(RECEIPT), "not_signed_off"),
        (DocumentKind.RESULT, record(RECEIPT, RESULT), "not_signed_off"),
        (
            DocumentKind.RESULT,
            record(RESULT, replace(SIGNED, body={"approved": False, "comment": "再核。"})),
            "not_signed_off",
        ),
        (
            DocumentKind.RESULT,
            record(RESULT, SIGNED, replace(RESULT, seq=12)),  # handed in again, not signed yet
            "not_signed_off",
        ),
        (DocumentKind.CLOSING, record(RESULT, SIGNED, REVIEWED), "not_closed"),
        (DocumentKind.BRIEFING, record(RECEIPT), "no_result"),
    ],
)
def test_what_the_record_has_not_no_document_says(
    kind: DocumentKind, of: Record, code: str
) -> None:
    assert refused(kind, of) == code


@pytest.mark.parametrize("kind", [DocumentKind.BRIEFING, DocumentKind.SUMMARY])
def test_nothing_is_made_of_nothing(kind: DocumentKind) -> None:
    with pytest.raises(Refused, match="no_items"):
        gathered(kind, (), Asked(), head())


def test_an_order_has_the_leaders_words_only_for_who_may_read_them() -> None:
    whole, without = said(DocumentKind.ORDER, original=True), said(DocumentKind.ORDER)
    assert (whole.original, holds_original(whole)) == ("请住建局抓紧办理，月底前报结果。", True)
    assert (without.original, holds_original(without)) == (NO_ORIGINAL, False)
    nothing = said(DocumentKind.ORDER, record(facts=facts(original_text="")), original=True)
    assert (nothing.original, holds_original(nothing)) == ("", False)
    assert (whole.leader, whole.signed_by, whole.receipt_by) == ("区长孙立", "孙立", "李强")
    assert said(DocumentKind.ORDER, signed_by="赵刚").signed_by == "赵刚"
    assert whole.matter.co_units == "区交通运输局"
    others = set(DocumentKind) - {DocumentKind.ORDER}
    assert not any(holds_original(said(kind, original=True)) for kind in others)


def test_a_notice_goes_out_in_one_of_two_names() -> None:
    """R32; never in that of the supervision office."""
    assert said(DocumentKind.NOTICE).issuer == OFFICE.government_office
    of_government = record(facts=facts(issuing_name="government"))
    assert said(DocumentKind.NOTICE, of_government).issuer == OFFICE.government
    nodes = (Milestone(name="招标", due_on=date(2026, 10, 20), unit="JTJ", output="合同"),)
    found = said(DocumentKind.NOTICE, record(facts=facts(milestones=nodes)))
    assert found.nodes == ("招标：2026年10月20日前完成，责任单位区交通运输局，形成合同",)
    assert found.recipients == OFFICE.recipients
    assert said(DocumentKind.NOTICE, recipients=("区住建局",)).recipients == ("区住建局",)


def test_a_reminder_counts_what_everybody_may_know() -> None:
    twice = record(REMINDED, replace(REMINDED, seq=11), replace(REMINDED, seq=12, covert=True))
    found = said(DocumentKind.REMINDER, twice, report_by=date(2026, 11, 6))
    assert (found.times, found.form, found.days_late) == (2, "电话催报", 3)
    assert found.report_by == "2026年11月6日（周五）"
    assert (found.original_due, found.matter.due) == ("2026年10月20日", "2026年10月30日")
    in_time = record(REMINDED, due_at=at("2026-11-02 23:59:59"))
    assert said(DocumentKind.REMINDER, in_time).days_late == 0


def test_an_extension_as_far_as_it_has_come() -> None:
    asked = said(DocumentKind.EXTENSION)
    assert asked.opinion == "同意延期。情况属实。"
    assert (asked.decision, asked.decided_at) == ("", None)
    assert (asked.principal, asked.asked_due) == ("李强", "2026年11月10日")
    decision = Entry(
        seq=13,
        act="decide_extension",
        at=at("2026-10-22 09:00"),
        body={"approved": False, "comment": "按原期限办。"},
    )
    decided = said(DocumentKind.EXTENSION, record(EXTENSION, ADVICE, decision))
    assert (decided.decision, decided.decided_by) == ("不同意延期。按原期限办。", "王敏")
    again = replace(EXTENSION, seq=14)
    assert said(DocumentKind.EXTENSION, record(EXTENSION, ADVICE, decision, again)).decision == ""


def test_a_request_names_the_level_it_goes_to() -> None:
    deputy = said(DocumentKind.COORDINATION)
    assert (deputy.level, deputy.major, deputy.outcome) == ("区政府分管领导协调", "否", "")
    to_chief = replace(COORDINATION, seq=11, body={**COORDINATION.body, "level": "chief"})
    answer = Entry(
        seq=12,
        act="answer_coordination",
        at=at("2026-10-25 09:00"),
        body={"outcome": "resolved", "opinion": "由财政解决。"},
    )
    chief = said(DocumentKind.COORDINATION, record(COORDINATION, to_chief, answer))
    assert (chief.level, chief.outcome) == ("区政府主要领导决策", "已解决")
    assert chief.title.endswith("提请决策的请示")


def test_a_result_that_was_signed_on_paper() -> None:
    paper = {"signed_at": "2026-10-28T18:00:00+08:00", "file_id": "x"}
    recorded = replace(SIGNED, actor=HEAD, body={**SIGNED.body, "recorded_from_paper": paper})
    targets = (Target(name="改造小区", unit="个", target=10),)
    reached = {**RESULT.body, "actuals": [{"name": "改造小区", "value": 8.0}]}
    found = said(
        DocumentKind.RESULT,
        record(replace(RESULT, body=reached), recorded, facts=facts(targets=targets)),
    )
    assert (found.signed_by, found.recorded_by) == ("赵刚", "王敏")
    assert found.signed_at == at("2026-10-28 18:00")
    assert found.targets == ("改造小区：目标10个，完成8个",)
    assert said(DocumentKind.RESULT).recorded_by == ""


def test_a_stand_in_signs_with_both_names() -> None:
    for_another = replace(SIGNED, on_behalf_of="赵刚", actor=HEAD)
    assert said(DocumentKind.RESULT, record(RESULT, for_another)).signed_by == "王敏（代赵刚）"


def test_late_is_late_on_the_closing_slip() -> None:
    assert said(DocumentKind.CLOSING).on_time == "按期办结"
    late = replace(RECORDS[DocumentKind.CLOSING], lapsed=True)
    assert said(DocumentKind.CLOSING, late).on_time == "逾期办结"


def test_a_summary_adds_up() -> None:
    closed = replace(RECORDS[DocumentKind.CLOSING], number="政督〔2026〕8号")
    records = (record(), closed, record(lapsed=True))
    period = Asked(since=date(2026, 10, 1), until=date(2026, 10, 31))
    found: Any = gathered(DocumentKind.SUMMARY, records, period, head())
    assert [(c.name, c.number, c.share) for c in found.counts] == [
        ("办理中", 2, "66.67%"),
        ("办结销号", 1, "33.33%"),
    ]
    assert found.period == "2026年10月1日至2026年10月31日下达的事项，共3件"
    assert [one.late for one in found.items] == ["未逾期", "未逾期", "曾逾期"]
    assert found.items[0].progress == "尚未反馈。"


@pytest.mark.parametrize("kind", DocumentKind)
def test_facts_survive_being_frozen(kind: DocumentKind) -> None:
    found = said(kind, original=True)
    kept = frozen(kind, found)
    assert ADAPTERS[kind].validate_python(kept) == found
    assert facts_hash(dict(reversed(kept.items()))) == facts_hash(kept)
    assert facts_hash({**kept, "title": "别的"}) != facts_hash(kept)


def test_what_cannot_be_kept_is_not_frozen() -> None:
    found = said(DocumentKind.NOTICE, record(facts=facts(content=NASTY)))
    kept = frozen(DocumentKind.NOTICE, found)
    assert kept["matter"]["content"] == "甲<乙>&丙“丁”〔戊〕己庚辛壬"


@pytest.mark.parametrize("kind", DocumentKind)
def test_every_fact_says_what_it_is(kind: DocumentKind) -> None:
    listed = placeholders(FACTS[kind])
    assert {"number", "title", "made_on"} <= {one.name for one in listed}
    assert all(one.meaning for one in (*listed, *(part for one in listed for part in one.within)))


def test_numbers_are_neither_padded_nor_the_nth() -> None:
    assert number_of(DocumentKind.ORDER, "周政督", 2026, 7) == "周政督办〔2026〕7号"
    assert number_of(DocumentKind.BRIEFING, "周政督", 2026, 7) == "〔2026〕第7期"
    numbers = {number_of(kind, "周政督", 2026, 7) for kind in DocumentKind}
    assert len(numbers) == len(DocumentKind)


def test_what_is_withheld_says_why() -> None:
    assert Mark().publication is Publication.WITHHELD
    assert Mark(publication=Publication.PUBLIC, reason="").reason == ""
    for kept in (Publication.WITHHELD, Publication.ON_REQUEST):
        with pytest.raises(Invalid, match="reason_required"):
            Mark(publication=kept, reason=" \u200b")


def test_a_document_takes_only_what_it_says() -> None:
    check_taken(DocumentKind.ORDER, ("signed_by", "original"))
    with pytest.raises(Invalid, match="report_by"):
        check_taken(DocumentKind.ORDER, ("signed_by", "report_by"))


def test_settings_that_are_missing_are_named() -> None:
    for spec in DOCUMENTS.values():
        check_set(OFFICE, spec.needs)
    with pytest.raises(Refused) as caught:
        check_set(replace(OFFICE, phone="", copies=()), DOCUMENTS[DocumentKind.NOTICE].needs)
    assert caught.value.code == "office_not_set"
    assert "联系电话（phone）、抄送单位（copies）" in caught.value.detail


def test_settings_are_names() -> None:
    assert Office(government="  某区人民政府 ").government == "某区人民政府"
    assert changes(Office(), Office(phone="1")) == {"phone": ["", "1"]}
    wrongs: tuple[dict[str, Any], ...] = (
        {"government": "某\n区"},
        {"contact": "x" * 201},
        {"copies": ("  ",)},
        {"leaders": ("区长",) * (MOST_RECIPIENTS + 1)},
    )
    for wrong in wrongs:
        with pytest.raises(Invalid, match="bad_office"):
            Office(**wrong)


def test_what_a_circular_says() -> None:
    closed = record(
        RESULT, id="2", status=Status.CLOSED, facts=facts(title="农村公路", original_text="秘")
    )
    praise = replace(
        ENTRY, no=2, item_title="农村公路", tone=Tone.PRAISE, ground=None, new_due_on=None
    )
    praise = replace(praise, facts="提前完成。", requirement="")
    inform = replace(praise, no=3, tone=Tone.INFORM, facts="进展正常。")
    undated = replace(ENTRY, no=4, unit_name="区交通运输局", requirement="", new_due_on=None)
    entries = (ENTRY, praise, inform, undated)
    state = replace(ISSUED, draft=Draft(title="关于重点工作的督查通报", entries=entries))
    covert = replace(EXPLAINED, seq=8, body={"reason": "暗访所见。"}, covert=True)
    late = record(
        RECEIPT,
        EXPLAINED,
        covert,
        facts=facts(targets=(Target(name="改造", unit="个", target=10),)),
    )
    found = circular(state, (late, closed), head(str(ISSUED.number)))
    assert (found.number, found.masthead, found.issue) == (
        *("周村督查〔2026〕第3期", "周村督查", "〔2026〕第3期"),
    )
    assert (found.issuer, found.opening) == (OFFICE.government_office, OPENING)
    assert (found.recipients, found.copies) == (OFFICE.recipients, OFFICE.copies)
    assert [(c.name, c.number, c.share) for c in found.counts] == [
        ("办理中", 1, "50.00%"),
        (STATUS_NAMES[Status.CLOSED], 1, "50.00%"),
    ]
    (one,) = found.unfinished
    assert (one.title, one.unit) == ("老旧小区改造", "区住房和城乡建设局")
    assert one.target == "改造10个；2026年10月30日前办结"
    assert (one.present, one.reason) == ("办理中，逾期3天", "施工期雨天多。")
    assert [(p.units, p.text) for p in found.problems] == [
        ("区住房和城乡建设局", "“老旧小区改造”抓得不紧。进度滞后。"),
        ("区交通运输局", "“老旧小区改造”抓得不紧。进度滞后。"),
    ]
    assert [p.text for p in found.praised] == ["“农村公路”：提前完成。"]
    assert [p.text for p in found.informed] == ["“农村公路”：进展正常。"]
    assert found.requirements.split("\n") == [
        "区住房和城乡建设局（老旧小区改造）：倒排工期；请于2026年11月20日前办结。",
        f"区交通运输局（老旧小区改造）：{BY_RULE}。",
    ]
    whole = str(frozen(DocumentKind.CIRCULAR, found))
    assert not any(secret in whole for secret in ("请住建局抓紧", "秘", "暗访"))


def test_a_circulars_number_has_its_name() -> None:
    parts = numbered(circular_number("某某督查", 2026, 12))
    assert (parts.name, parts.year, parts.sequence) == ("某某督查", 2026, 12)
