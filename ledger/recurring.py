"""Periods in a wording (每周, 按月调度, 每季度末月20日前): which cycle is meant, where clear."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from ledger.model import Cycle, Limit, LimitKind, MilestoneKind
from ledger.moments import Unreadable

_ONE_EACH = re.compile(
    "一(月|季度?|周|半年|年)(?=一(?:报|调度|通报|督查|研判|总结|分析|汇总|更新|次))"
)
_CYCLE = re.compile(
    r"(?:每(?P<n>[23456])?个?|按|逐)"
    r"(?P<u>工作日|半月|月|季度?|半年|周|星期|年度?|日|天|旬)(?!程|期|常)"
    # where in the cycle: 末月20日前, 12月底前, 25日前, 五前
    r"(?P<at>(?:[末首初底]月?|第?\d个?月|[一二三四五六日天])?(?:\d{1,2}月)?"
    r"(?:上旬|中旬|下旬|年?[底末]|初)?"
    r"(?:\d{1,2}[日号])?(?:[、,和及]\d{1,2}[日号])*(?:之前|以前|前|内)?)"
    r"(?:[1一](?:报|调度|通报|督查|次|总结|汇总))?"
    r"|(?P<w>(?<!\d)月月(?![底末初])|季季|月报|季报|半年报|周报)"
)
_CYCLES = {
    "周": Cycle.WEEK, "星期": Cycle.WEEK, "周报": Cycle.WEEK,
    "月": Cycle.MONTH, "月月": Cycle.MONTH, "月报": Cycle.MONTH,
    "季": Cycle.QUARTER, "季度": Cycle.QUARTER, "季季": Cycle.QUARTER, "季报": Cycle.QUARTER,
    "半年": Cycle.HALF_YEAR, "半年报": Cycle.HALF_YEAR,
    "年": Cycle.YEAR, "年度": Cycle.YEAR,
}  # fmt: skip
_NAMES = {
    Cycle.WEEK: "每周", Cycle.MONTH: "每月", Cycle.QUARTER: "每季度",
    Cycle.HALF_YEAR: "每半年", Cycle.YEAR: "每年",
}  # fmt: skip
_BY_PLAN = re.compile("度?(?:工作|既定|实施|推进)*(?:计划|目标|任务|方案|安排|要求|指标|时序|进度)")
_AT_YEAR_END = re.compile("(?:12月)?(?:年?[底末])?(?:31[日号])?(?:之前|以前|前|内)?")

Found = Sequence[re.Match[str]]


def each(text: str) -> str:
    """一月一调度 as 每月调度; to be done before numerals become digits."""
    return _ONE_EACH.sub(r"每\1", text)


def find_cycles(text: str) -> tuple[Found, str]:
    """The periods named in a text, and the text without them."""
    return list(_CYCLE.finditer(text)), _CYCLE.sub(";", text)


def one_cycle(found: Found) -> Cycle:
    """The cycle that is meant. Raises :class:`Unreadable` where that cannot be told, or no
    year-round task has it."""
    cycles = dict.fromkeys(_cycle(match) for match in found)
    if len(cycles) > 1:
        cycles.pop(Cycle.YEAR, None)  # 每年…，按月调度: a task of the year, reported on monthly
    if len(cycles) > 1:
        names = "、".join(_NAMES[cycle] for cycle in cycles)
        raise Unreadable(f"写了几种周期（{names}），请只留一种")
    return next(iter(cycles))


def _cycle(match: re.Match[str]) -> Cycle:
    said, cycle = match.group(), _sort(match)
    if cycle is None or cycle is Cycle.HALF_YEAR:
        raise Unreadable(
            f"“{said}”不是全年任务的调度周期（周、月、季、年，办法五（四）），"
            "请改写成其中一种或具体日期"
        )
    if said[0] in "按逐" and _BY_PLAN.match(match.string, match.end()):
        raise Unreadable(f"“{said}”说的是按计划办理，没有写多久一次，请写明周期或具体日期")
    if cycle is Cycle.YEAR and not (said[0] != "逐" and _AT_YEAR_END.fullmatch(match["at"] or "")):
        raise Unreadable(f"“{said}”不等于年底前，请改写成当年的具体日期")
    return cycle


def _sort(match: re.Match[str]) -> Cycle | None:
    return None if match["n"] else _CYCLES.get(match["w"] or match["u"])


def recurring(phrase: str, found: Found, year: int) -> Limit:
    """A wording that is nothing but a period: a task of the whole year."""
    try:
        cycle = one_cycle(found)
    except Unreadable as error:
        said = found[0].group()
        return Limit(
            kind=LimitKind.CYCLE,
            phrase=phrase,
            cycle=_sort(found[0]),
            taken_as=f"“{phrase}”写的是周期（{said}）",
            doubts=(str(error),),
        )
    return replace(whole_year(phrase, year, cycle), doubts=_days_within(found))


def whole_year(phrase: str, year: int, cycle: Cycle | None = None) -> Limit:
    """A task of one year. Without a cycle it is reported on once, at the end (五(四))."""
    how = f"{_NAMES[cycle]}报告一次" if cycle else "没有写调度周期，按每年（年底报告一次）办理"
    due_on = date(year, 12, 31)
    return Limit(
        kind=LimitKind.YEAR_ROUND,
        phrase=phrase,
        due_on=due_on,
        cycle=cycle or Cycle.YEAR,
        taken_as=f"“{phrase}”是全年任务，{how}，{due_on.isoformat()} 到期（办法五（四））",
    )


def with_cycle(limit: Limit, found: Found, base_year: int | None) -> Limit:
    """A date beside a period: by the end of the year it is a year-round task, else the date
    stands and the period is pointed out."""
    try:
        cycle = one_cycle(found)
    except Unreadable as error:
        return _left_out(limit, str(error))
    if limit.due_on is None or not ends_year(limit, base_year):
        return _left_out(limit, f"期限不是当年年底的单一日期，不能作全年任务（{_NAMES[cycle]}）")
    task = whole_year(limit.phrase, limit.due_on.year, cycle)
    return replace(task, urgency=limit.urgency, doubts=(*limit.doubts, *_days_within(found)))


def ends_year(limit: Limit, base_year: int | None) -> bool:
    """Whether a limit is one date only, the last of the year it is read in."""
    due = limit.due_on
    if limit.kind not in (LimitKind.DATE, LimitKind.YEAR_ROUND) or due is None:
        return False
    single = len(limit.milestones) < 2 and all(
        mark.kind is not MilestoneKind.CUTOFF for mark in limit.milestones
    )
    return single and due == date(base_year or due.year, 12, 31)


def _left_out(limit: Limit, why: str) -> Limit:
    doubt = f"同时写了按周期办理的要求，没有列入：{why}"
    return replace(limit, doubts=(*limit.doubts, doubt))


def _days_within(found: Found) -> tuple[str, ...]:
    """Each period's report has its day from the measures; a day written here is not kept."""
    said = [m.group() for m in found if _names_a_day(m) and _sort(m) is not Cycle.YEAR]
    return tuple(
        f"“{one}”里的日子没有列入，各期报告的期限按办法五（四）推算，请核对" for one in said
    )


def _names_a_day(match: re.Match[str]) -> bool:
    """每月25日前, 每周五; the one of 每月一次 is no day."""
    at = match["at"] or ""
    return len(at) > 1 or (bool(at) and match["u"] in ("周", "星期"))
