"""How a circular of the supervision office looks (R38, R51; domain.md §5)."""

from collections.abc import Sequence

from documents.facts import Circular, Mentioned, Problem
from documents.page import Column, Sheet
from documents.pieces import COUNTS, PUBLIC, counted, numeral
from documents.text import day

UNFINISHED = (
    Column(heading="序号", width=14, centred=True),
    Column(heading="事项", width=34),
    Column(heading="牵头部门", width=28),
    Column(heading="目标", width=26),
    Column(heading="现状", width=27),
    Column(heading="原因", width=27),
)
PROBLEMS = "存在问题"
NONE = "无。"


def circular(facts: Circular) -> bytes:
    """The document that says ``facts``; where it praises nobody, nothing says so."""
    sheet = Sheet(facts.title, facts.made_on)
    sheet.periodical(facts.masthead, facts.issue, facts.supervision_office, facts.made_on)
    sheet.title(facts.title)
    sheet.addressee(facts.recipients)
    sheet.body(facts.opening)
    sheet.section("一、总体情况")
    total = sum(count.number for count in facts.counts)
    sheet.body(f"截至{day(facts.as_of)}，本期通报所列{total}件事项的办理情况如下：")
    sheet.table(COUNTS, counted(facts.counts))
    sheet.section("二、未完成事项")
    _unfinished(sheet, facts)
    said: tuple[tuple[str, Sequence[Mentioned | Problem]], ...] = (
        ("情况通报", facts.informed),
        ("表扬", facts.praised),
        (PROBLEMS, facts.problems),
    )
    parts = [(name, of) for name, of in said if of or name == PROBLEMS]
    for n, (name, of) in enumerate(parts, start=3):
        sheet.section(f"{numeral(n)}、{name}")
        _listed(sheet, of)
    sheet.section(f"{numeral(len(parts) + 3)}、有关要求")
    sheet.body(facts.requirements or NONE)
    sheet.signature(facts.issuer, facts.made_on)
    if facts.publication == PUBLIC:
        sheet.note("此件公开发布")
    sheet.colophon(facts.copies, facts.printed_by, facts.made_on)
    return sheet.bytes()


def _unfinished(sheet: Sheet, facts: Circular) -> None:
    if not facts.unfinished:
        sheet.body(NONE)
        return
    lines = enumerate(facts.unfinished, start=1)
    sheet.table(
        UNFINISHED,
        [(str(n), one.title, one.unit, one.target, one.present, one.reason) for n, one in lines],
    )


def _listed(sheet: Sheet, of: Sequence[Mentioned | Problem]) -> None:
    for n, one in enumerate(of, start=1):
        sheet.body(f"{n}．{one.units}：{one.text}")
    if not of:
        sheet.body(NONE)
