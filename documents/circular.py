"""How a circular of the supervision office looks (R38, R51; domain.md §5)."""

from documents.facts import Circular
from documents.layouts import COUNTS, PUBLIC, counted
from documents.page import Column, Sheet

UNFINISHED = (
    Column(heading="序号", width=14, centred=True),
    Column(heading="事项", width=34),
    Column(heading="牵头部门", width=28),
    Column(heading="目标", width=26),
    Column(heading="现状", width=27),
    Column(heading="原因", width=27),
)


def circular(facts: Circular) -> bytes:
    """The document that says ``facts``."""
    sheet = Sheet(facts.title, facts.made_on)
    sheet.periodical(facts.masthead, facts.number, facts.supervision_office, facts.made_on)
    sheet.title(facts.title)
    sheet.addressee(facts.recipients)
    sheet.body(facts.opening)
    sheet.section("一、总体情况")
    sheet.table(COUNTS, counted(facts.counts))
    sheet.section("二、未完成事项")
    if facts.unfinished:
        lines = enumerate(facts.unfinished, start=1)
        sheet.table(
            UNFINISHED,
            [
                (str(n), one.title, one.unit, one.target, one.present, one.reason)
                for n, one in lines
            ],
        )
    else:
        sheet.body("无。")
    sheet.section("三、存在问题")
    for n, problem in enumerate(facts.problems, start=1):
        sheet.body(f"{n}．{problem.units}：{problem.text}")
    if not facts.problems:
        sheet.body("无。")
    sheet.section("四、有关要求")
    sheet.body(facts.requirements)
    sheet.signature(facts.issuer, facts.made_on)
    if facts.publication == PUBLIC:
        sheet.note("此件公开发布")
    sheet.colophon(facts.copies, facts.printed_by, facts.made_on)
    return sheet.bytes()
