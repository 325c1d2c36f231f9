"""What the source of an item should say, by its category (督查重点, 办法 一). What is missing stops
nothing, and is said."""

from domain.clocks import Warned
from domain.items import Category, Facts
from domain.text import is_blank

NAMES = {
    "reference": "文号或编号",
    "date": "来源日期",
    "clause": "条款序号",
    "leader": "批示领导",
    "level": "级别",
    "original_text": "批示的原文",
    "upstream_due_on": "上级要求的期限",
    "proposer": "提出人",
    "role": "主办或会办",
    "reply_due_on": "答复期限",
}
ASKED: dict[Category, tuple[str, ...]] = {
    Category.B1: ("reference", "upstream_due_on"),
    Category.C1: ("leader", "level", "date", "original_text"),
    Category.D1: ("reference", "clause"),
    Category.D2: ("reference", "date", "clause"),
    Category.E: ("level", "reference", "proposer", "role", "reply_due_on"),
    Category.F: ("reference",),
}
"""R3–R7, O24: what each category asks for; the others ask for nothing."""


def gaps(facts: Facts) -> list[Warned]:
    """The warning that names what the source of an item lacks, if it lacks anything. A part has
    its parent's source, of which that was said already."""
    if facts.parent_id:
        return []
    missing = [NAMES[name] for name in ASKED.get(facts.category, ()) if _lacks(facts, name)]
    if facts.category is Category.E and not (facts.due_on or facts.due_at or facts.scheme_due_on):
        missing.append("按答复期限确定的明确时限（due_on）")
    if not missing:
        return []
    detail = f"{facts.category} 类事项的来源尚缺：{'、'.join(missing)}，请核对原件。"
    return [Warned(code="source_incomplete", detail=detail)]


def _lacks(facts: Facts, name: str) -> bool:
    value = facts.original_text if name == "original_text" else getattr(facts.source, name)
    return value is None or (isinstance(value, str) and is_blank(value))
