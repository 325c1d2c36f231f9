"""What the words of a task say themselves: who leads and by when, where the columns are silent."""

from __future__ import annotations

import re
from dataclasses import replace

from ledger.model import Limit, LimitKind
from ledger.moments import Frame
from ledger.stages import does_something
from ledger.text import narrow, tidy
from ledger.units import Units, read_units
from ledger.wordings import read_limit

_BRACKET = re.compile(
    r"[(（【\[]((?:[^()（）【】\[\]]|[(（][^()（）]*[)）])*)[)）】\]]\s*[。.;；]?\s*$"
)
_DUTY = re.compile("牵头|负责|责任单位|责任部门|主办|承办单位|配合|协办|参与")
_LIMIT_LABEL = re.compile(
    r"(?:完成时限|完成时间|办结时限|整改时限|时限|时间节点|完成期限|"
    r"时间要求)\s*[:：为]\s*([^;；。\n)）】]+)"
)
_BY = re.compile(
    r"(?:20\d{2}年)?(?:\d{1,2}月(?:份)?(?:\d{1,2}[日号]|底|末|上旬|中旬|下旬)?|"
    r"第?[1-4一二三四]季度(?:末|底)?|上半年|年)"
    r"(?:底|末)?(?:之前|以前|前)(?!期|后|三|置|列)|20\d{2}年底|(?<!\d)20\d{2}年\d{1,2}月底"
)


def units_inside(content: str) -> Units | None:
    """（市教育局牵头，市财政局配合） at the end of a task."""
    text = tidy(content)
    bracket = _BRACKET.search(text)
    if bracket and _DUTY.search(bracket[1]):
        inner = re.sub(r"[;；,，]?\s*" + _LIMIT_LABEL.pattern, "", bracket[1])
        inner = re.sub(rf"[;；,，、]?\s*(?:{_BY.pattern})[^;；,，、]*", "", inner)
        units = read_units(inner, lead_said=False)
        return units if units.lead else None
    lines = [
        line for line in text.split("\n") if re.match(r"\s*\S{2,6}(?:单位|部门|科室)\s*[:：]", line)
    ]
    if lines:
        units = read_units("\n".join(lines), lead_said=False)
        return units if units.lead else None
    return None


def limit_inside(content: str, frame: Frame) -> Limit | None:
    """6月底前 in the words of a task; taken only where it reads as a date without question."""
    text = narrow(tidy(content))
    labelled = _LIMIT_LABEL.search(text)
    if labelled:
        limit = read_limit(labelled[1], frame)
        return (
            _doubted(limit, labelled.group()) if limit.kind is not LimitKind.UNREADABLE else limit
        )
    found = list(_BY.finditer(text))
    if not found:
        return None
    pieces = []
    for index, match in enumerate(found):
        until = found[index + 1].start() if index + 1 < len(found) else match.end() + 20
        tail = re.split(r"[;；。\n,，(（]", text[match.end() : until])[0]
        pieces.append(match.group() + tail)
    limit = read_limit("；".join(pieces), frame)
    if limit.kind is LimitKind.MILESTONES and not all(map(does_something, limit.milestones)):
        limit = replace(limit, kind=LimitKind.DATE)
    if limit.kind in (LimitKind.DATE, LimitKind.MILESTONES, LimitKind.UNREADABLE):
        return _doubted(limit, "；".join(match.group() for match in found))
    return None


def _doubted(limit: Limit, phrase: str) -> Limit:
    doubt = f"时限栏没有写，取自事项内容里的“{phrase}”，请核对"
    return replace(limit, doubts=(doubt, *limit.doubts))
