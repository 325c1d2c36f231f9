"""Dates with words of their own (3月底前完成立项，6月底前开工): what each is, and whether they are
the nodes of one item (五(二), R41)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from ledger.model import Milestone, MilestoneKind
from ledger.moments import Point
from ledger.text import make_title, without_numbering
from ledger.units import looks_like_unit

LONGEST_NAME = 40
_STARTS = re.compile("^起|动工|开工|启动|开始|进场|破土|开建|动土|奠基|着手")
_FINISHES = re.compile(
    "完成|完工|竣工|建成|投入使用|投用|交付|验收|办结|通车|运行|运营|开业|开放|出台|印发|"
    "上线|结束|到位|"
    "落实|销号|达到|实现|报送|报告|上报|封顶|投产|使用|启用|挂牌|发放|通过"
)
_PARTIAL = re.compile(
    r"\d{1,2}(?:\.\d+)?%|过半|一半|主体|阶段|初步|招标|前期|基础|征地|拆迁|审批|方案"
)
LASTING = re.compile("全年|长期|持续|常年|常态|贯穿|日常|经常性|长效|动态|不间断|常抓不懈|一以贯之")
_BEFORE = "(?:之前|以前|前)?"
_JOINTS = re.compile(
    r"^(?:之前|以前|前|底前|止|内)?[,，、:：;；。\n()（）\-]*(?:争取|力争|确保|计划|预计|"
    r"全面|基本|要|须|应)?"
)
_LEADING = re.compile(
    r"(?:[并且和及,，、]|(?<=.)(?:时间|时限|期限|日期)|争取|力争|确保|计划|预计|拟|截至|截止|务必|于|在|到|至|从|自)+$|"
    r"^(?:争取|力争|确保|计划)"
)
_EDGES = " ,，、;；。\n:：-"
_NEXT = re.compile(r"\(\d{1,2}\)$")  # the number of the next stage of a list
_CLAUSE = r"[;；。\n]"
_SPAN = re.compile("^[起始止到至]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """The dates of one wording, each with its name; ``why_not`` says why they are no nodes."""

    milestones: tuple[Milestone, ...]
    why_not: str = ""


def find_stages(text: str, points: Sequence[Point]) -> Stages:
    """What is due on each date of a text."""
    found, named = [], True
    for index, point in enumerate(points):
        after, before = _label(text, points, index)
        cutoff = text[: point.start].endswith("截至")
        kind = _kind(after, before, alone=len(points) == 1, cutoff=cutoff)
        said = _written(without_numbering(after or before))
        said = said if re.search(r"\w", said) else ""
        named = named and bool(said)
        name = said or {"start": "开工", "cutoff": "统计截止"}.get(kind, "完成")
        found.append(
            Milestone(
                name=make_title(name, LONGEST_NAME), due_on=point.due_on, kind=kind, output=name
            )
        )
    return Stages(milestones=tuple(found), why_not=_why_not(found, named=named))


def does_something(milestone: Milestone) -> bool:
    """Whether the name of a date says what begins or is done then."""
    return any(words.search(milestone.name) for words in (_STARTS, _FINISHES, _PARTIAL))


def _why_not(found: Sequence[Milestone], *, named: bool) -> str:
    if not named:
        return "没有逐个写明到期要完成什么"
    if any(mark.kind is MilestoneKind.CUTOFF for mark in found):
        return "其中有统计截止日"
    if any(a.due_on > b.due_on for a, b in pairwise(found)):
        return "几个时间的先后次序与书写次序不一致"
    if len({mark.due_on for mark in found}) < 2:
        return "不是两个以上不同的日期"
    if len({mark.name for mark in found}) < len(found):
        return "几个时间写的是同一件事"
    if any(_is_somebody(mark) for mark in found):
        return "像是不同单位各自的期限"
    if any(_SPAN.search(mark.name) for mark in found):
        return "像是起止时间"
    return ""


def _is_somebody(mark: Milestone) -> bool:
    """县住建局6月底前, 市级12月底前: the same matter for several, not one after the other."""
    somebody = looks_like_unit(mark.name) or bool(re.search("(?:单位|部门|级)$", mark.name))
    return somebody and not does_something(mark)


def _label(text: str, points: Sequence[Point], index: int) -> tuple[str, str]:
    """The words after an expression (what is due then), and the few words before it."""
    here = points[index]
    until = points[index + 1].start if index + 1 < len(points) else len(text)
    since = points[index - 1].end if index else 0
    tail = text[here.end : until]
    *earlier, clause = re.split(_CLAUSE, text[since : here.start])
    before = _trimmed(re.split("[,，]", clause)[-1])
    ended = re.match(rf"{_BEFORE}[)）]?(?:{_CLAUSE}|$)", tail)
    if ended and not before and (earlier or index == 0):
        before = _trimmed(re.split("[,，]", clause.strip(_EDGES))[-1])
    after = _trimmed(re.split(_CLAUSE, _JOINTS.sub("", tail).lstrip(_EDGES))[0])
    if before and after and re.match(rf"{_BEFORE}[)）]:", tail):
        return f"{before}:{after}", before
    if ended or (before and re.match(rf"{_BEFORE}[)）]?[,，、]|{_BEFORE}[)）]", tail)):
        return "", before
    return after, before


def _trimmed(words: str) -> str:
    """The words themselves; none where they only say that something goes on."""
    bare = _NEXT.sub("", words.strip(_EDGES)).lstrip(")" + _EDGES).rstrip("(" + _EDGES)
    bare = _LEADING.sub("", bare).strip(_EDGES)
    bare = bare[:-1] if bare.endswith(")") and "(" not in bare else bare
    return "" if LASTING.search(bare) and not _FINISHES.search(bare) else bare


def _written(words: str) -> str:
    """Chinese punctuation again, as people read it."""
    text = re.sub(r"(?<!\d),|,(?!\d)", "，", words)
    return text.translate({ord("("): "（", ord(")"): "）", ord(":"): "："})


def _kind(after: str, before: str, *, alone: bool, cutoff: bool) -> MilestoneKind:
    if cutoff and not _FINISHES.search(after):
        return MilestoneKind.CUTOFF
    start = _STARTS.search(after) or (_STARTS.search(before) if not after else None)
    finish = _FINISHES.search(after)
    if start and not (finish and finish.start() < start.start()):
        return MilestoneKind.START
    if _PARTIAL.search(after) and not alone:
        return MilestoneKind.STAGE
    return MilestoneKind.FINISH


def listed(milestones: Sequence[Milestone]) -> str:
    """``完成立项 2026-03-31、开工 2026-06-30``."""
    return "、".join(f"{mark.name} {mark.due_on.isoformat()}" for mark in milestones)


def last_day(milestones: Sequence[Milestone]) -> date:
    """The day of the last of them."""
    return max(mark.due_on for mark in milestones)
