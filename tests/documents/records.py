"""An item's record, as far as documents are made of it."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from documents.facts import Paper
from documents.gather import Asked, Letterhead, gathered
from documents.gather_circular import circular
from documents.layouts import laid_out
from domain.circular_state import Circular
from domain.circulars import CircularEntry, Draft, Ground, Stage, Tone
from domain.directory import Post, Responsible
from domain.documents import DocumentKind, Mark, Record
from domain.items import Actor, Category, Facts, Json, Kind, Role, Source, Status
from domain.office import Office

ZONE = ZoneInfo("Asia/Shanghai")
OFFICE = Office(
    government="周村区人民政府",
    government_office="周村区人民政府办公室",
    supervision_office="周村区政府督查室",
    number_prefix="周政督",
    circular_title="周村督查",
    contact="王敏",
    phone="0533-6195000",
    recipients=("各镇政府、街道办事处", "周村经济开发区管委会", "区政府各部门", "有关单位"),
    copies=(
        *("区委各部门", "区人大办", "区政协办", "区人武部", "区法院", "区检察院"),
        "各人民团体",
    ),
    leaders=("区委书记", "区长", "区委、区政府分管领导"),
)
UNIT = Actor(username="zjj", name="李强", role=Role.UNIT, unit="ZJJ")
DEPUTY = Actor(username="deputy", name="赵刚", role=Role.DEPUTY, deputy_of=("ZJJ",))
HEAD = Actor(username="office", name="王敏", role=Role.OFFICE)
NASTY = "甲<乙>&丙“丁”〔戊〕\x0b己\x00庚\ufffe辛\ud800壬"


def at(text: str) -> datetime:
    """A moment in the district."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of a timeline."""

    seq: int
    act: str
    at: datetime
    actor: Actor | None = HEAD
    on_behalf_of: str | None = None
    body: Json = field(default_factory=dict)
    outcome: str = "done"
    covert: bool = False
    settles: int | None = None


def facts(**changed: Any) -> Facts:
    """An item led by one unit and joined by another."""
    given: Json = {
        "title": "老旧小区改造",
        "content": "摸清底数，制定方案，按期完成全部改造任务。",
        "category": Category.C1,
        "kind": Kind.DATED,
        "lead_unit": "ZJJ",
        "lead_unit_name": "区住房和城乡建设局",
        "co_units": ("JTJ",),
        "source": Source(type="批示", leader="区长孙立", date=date(2026, 10, 8)),
        "basis": "《政府督查工作条例》第十一条",
        "original_text": "请住建局抓紧办理，月底前报结果。",
        "due_on": date(2026, 10, 30),
        "responsible": (
            Responsible(post=Post.PRINCIPAL, name="李强", unit="ZJJ"),
            Responsible(post=Post.DEPUTY, name="赵刚", unit="ZJJ"),
        ),
        **changed,
    }
    return Facts(**given)


def record(*entries: Entry, **changed: Any) -> Record:
    """The item with these entries."""
    given: Json = {
        "id": "11111111-1111-4111-8111-111111111111",
        "number": "政督〔2026〕7号",
        "status": Status.IN_PROGRESS,
        "handed_out": True,
        "facts": facts(),
        "clocks": (),
        "issued_at": at("2026-10-09 10:00"),
        "closed_at": None,
        "due_at": at("2026-10-30 23:59:59"),
        "original_due_at": at("2026-10-20 23:59:59"),
        "lapsed": False,
        "returns": 0,
        "extensions": 0,
        "approver": "",
        "unverified": (),
        "entries": entries,
        "names": {"JTJ": "区交通运输局"},
        "zone": ZONE,
        **changed,
    }
    return Record(**given)


def head(number: str = "周政督办〔2026〕3号", **changed: Any) -> Letterhead:
    """What a document has from whoever makes it."""
    given: Json = {
        "number": number,
        "made_on": date(2026, 11, 2),
        "now": at("2026-11-02 09:30"),
        "office": OFFICE,
        "mark": Mark(),
        **changed,
    }
    return Letterhead(**given)


RECEIPT = Entry(seq=2, act="receive", at=at("2026-10-09 11:00"), actor=UNIT)
RESULT = Entry(
    seq=3,
    act="submit_feedback",
    at=at("2026-10-28 16:00"),
    actor=UNIT,
    body={"text": "已完成全部改造任务。\n居民满意。", "final": True, "issued_by": "李强"},
)
SIGNED = Entry(
    seq=4,
    act="sign_off",
    at=at("2026-10-29 09:00"),
    actor=DEPUTY,
    body={"approved": True, "comment": "同意报送。"},
)
REVIEWED = Entry(
    seq=5,
    act="review",
    at=at("2026-10-30 10:00"),
    body={"accepted": True, "comment": "符合要求，予以销号。"},
)
REMINDED = Entry(
    seq=6,
    act="remind",
    at=at("2026-11-01 10:00"),
    body={"form": "phone", "to": "住建局 李强 0533-6180000", "said": "请尽快报送。"},
)
EXPLAINED = Entry(
    seq=7,
    act="explain_delay",
    at=at("2026-11-01 15:00"),
    actor=UNIT,
    body={"reason": "施工期雨天多。", "next_step": "加派人手。", "proposed_due_on": "2026-11-10"},
)
EXTENSION = Entry(
    seq=8,
    act="request_extension",
    at=at("2026-10-20 10:00"),
    actor=UNIT,
    body={"reason": "管线迁改未完。", "new_due_on": "2026-11-10"},
)
ADVICE = Entry(
    seq=9,
    act="advise_extension",
    at=at("2026-10-21 10:00"),
    actor=DEPUTY,
    body={"supports": True, "comment": "情况属实。"},
)
COORDINATION = Entry(
    seq=10,
    act="request_coordination",
    at=at("2026-10-22 10:00"),
    actor=UNIT,
    body={"problem": "资金缺口。", "tried": "已两次协商。", "asked": "请协调财政。"},
)
RECORDS: dict[DocumentKind, Record] = {
    DocumentKind.NOTICE: record(),
    DocumentKind.ORDER: record(RECEIPT, approver="孙立"),
    DocumentKind.REMINDER: record(RECEIPT, REMINDED),
    DocumentKind.EXPLANATION: record(RECEIPT, EXPLAINED),
    DocumentKind.EXTENSION: record(RECEIPT, EXTENSION, ADVICE),
    DocumentKind.COORDINATION: record(RECEIPT, COORDINATION),
    DocumentKind.RESULT: record(RECEIPT, RESULT, SIGNED),
    DocumentKind.CLOSING: record(
        *(RECEIPT, RESULT, SIGNED, REVIEWED),
        status=Status.CLOSED,
        closed_at=at("2026-10-30 10:00"),
    ),
    DocumentKind.BRIEFING: record(RECEIPT, RESULT),
    DocumentKind.SUMMARY: record(RECEIPT, RESULT),
    DocumentKind.CIRCULAR: record(RECEIPT, EXPLAINED),
}
ENTRY = CircularEntry(
    no=1,
    item_id=RECORDS[DocumentKind.CIRCULAR].id,
    item_number="政督〔2026〕7号",
    item_title="老旧小区改造",
    unit="ZJJ",
    unit_name="区住房和城乡建设局",
    tone=Tone.CRITICISE,
    ground=Ground.G1,
    facts="进度滞后。",
    requirement="倒排工期。",
    new_due_on=date(2026, 11, 20),
)
ISSUED = Circular(
    id="c",
    seq=4,
    as_of=at("2026-11-01 10:00"),
    stage=Stage.ISSUED,
    draft=Draft(title="关于重点工作的督查通报", entries=(ENTRY,)),
    number="周村督查〔2026〕第3期",
    issued_at=at("2026-11-01 10:00"),
)


def paper(kind: DocumentKind, of: Record | None = None, **asked: Any) -> Paper:
    """What a document of that kind says, of its usual record or another."""
    of = of or RECORDS[kind]
    if kind is DocumentKind.CIRCULAR:
        return circular(ISSUED, (of,), head(ISSUED.number or ""))
    return gathered(kind, (of,), Asked(**asked), head())


def made(kind: DocumentKind, **asked: Any) -> bytes:
    """A document of that kind, of its usual record."""
    return laid_out(paper(kind, **asked))
