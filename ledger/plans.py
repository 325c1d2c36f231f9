"""What other columns say of the limit: stages (一季度, 二季度), a plan in words, how often."""

from __future__ import annotations

import re
from dataclasses import replace

from ledger.columns import LEVEL, plain_header
from ledger.entries import Entry
from ledger.headers import classify, says_nodes
from ledger.model import Cycle, Field, Limit, LimitKind, Milestone, MilestoneKind
from ledger.moments import Frame
from ledger.recurring import ends_year, whole_year
from ledger.stages import LONGEST_NAME, listed
from ledger.text import make_title, narrow, squeeze
from ledger.wordings import read_limit, staged

_NOTHING = ("", "/", "-", "无")


def with_plan(entry: Entry, limit: Limit, frame: Frame) -> Limit:
    """The stages of a row are the nodes on the way to its limit; without one, the last is it."""
    plan = _columns(entry, frame) or _told(entry, frame)
    if plan is None:
        return limit
    if limit.kind is LimitKind.ORDINARY and not limit.phrase:
        return plan
    if plan.kind is not LimitKind.MILESTONES or limit.due_on is None or plan.due_on is None:
        return limit
    if limit.kind is LimitKind.MILESTONES:
        return limit
    why = ""
    if limit.kind is LimitKind.YEAR_ROUND and limit.cycle is not Cycle.YEAR:
        why = "时限栏写的是调度周期"
    elif len(limit.milestones) > 1:
        why = "时限栏里另有几个时间"
    elif plan.due_on > limit.due_on:
        why = f"最后一段 {plan.due_on.isoformat()} 晚于办理时限 {limit.due_on.isoformat()}"
    if why:
        doubt = f"阶段安排没有作时间节点：{why}，请核对"
        return replace(limit, doubts=(*limit.doubts, doubt))
    return _up_to(plan, limit)


def _up_to(plan: Limit, limit: Limit) -> Limit:
    nodes = plan.milestones
    if plan.due_on != limit.due_on and limit.due_on is not None:
        own = limit.milestones[0].name if limit.milestones else "完成"
        taken = {node.name for node in nodes}
        names = (own, f"全部{own}", f"{own}（{limit.due_on.isoformat()}）")
        name = next(name for name in names if name not in taken)
        final = Milestone(name=name, due_on=limit.due_on, kind=MilestoneKind.FINISH, output=name)
        nodes = (*nodes, final)
    read = staged(limit.phrase, nodes, "节点取自阶段安排")
    doubts = (*limit.doubts, *_years_apart(plan, limit))
    return replace(read, urgency=limit.urgency, doubts=doubts)


def _years_apart(plan: Limit, limit: Limit) -> tuple[str, ...]:
    """Months without a year beside a limit of another year: whose year they are, is a guess."""
    assert plan.due_on is not None
    assert limit.due_on is not None
    if plan.due_on.year == limit.due_on.year:
        return ()
    return (f"最后一段在{plan.due_on.year}年，办理时限在{limit.due_on.year}年，请核对",)


def _columns(entry: Entry, frame: Frame) -> Limit | None:
    """Columns such as 一季度, 二季度: each is a stage, the last governs."""
    found: list[tuple[str, Milestone]] = []
    for column in entry.head.columns:
        text = entry.cells.get(column.index, "")
        if column.field is not Field.STAGE or squeeze(text) in _NOTHING:
            continue
        moment = _moment(column.header)
        limit = read_limit(moment, frame)
        if limit.due_on is None:
            return limit if limit.kind is LimitKind.UNREADABLE else None
        mark = Milestone(
            name=make_title(text, LONGEST_NAME),
            due_on=limit.due_on,
            kind=MilestoneKind.STAGE,
            output=text,
        )
        found.append((moment, mark))
    return _staged(found) if found else None


def _moment(header: str) -> str:
    year = re.search(r"20\d{2}年", narrow(header))
    moment = re.sub(
        "(?:目标|任务|计划|进度|工作|安排|节点|要求|完成|内容)+$", "", plain_header(header)
    )
    return moment if not year or year.group() in moment else f"{year.group()}{moment}"


def _staged(found: list[tuple[str, Milestone]]) -> Limit:
    marks = _told_apart(found)
    last = max(mark.due_on for mark in marks)
    doubt = f"时限取自 {len(marks)} 栏阶段安排的最后一栏，请核对"
    if len({mark.due_on for mark in marks}) > 1:
        phrase = "；".join(moment for moment, _ in found)
        return staged(phrase, marks, "没有时限栏，取自阶段安排", (doubt,))
    return Limit(
        kind=LimitKind.DATE,
        phrase="；".join(mark.due_on.isoformat() for mark in marks),
        due_on=last,
        milestones=marks,
        taken_as=f"没有时限栏，按阶段安排的最后一段读作 {last.isoformat()}",
        doubts=(doubt,),
    )


def _told_apart(found: list[tuple[str, Milestone]]) -> tuple[Milestone, ...]:
    """The same words in several columns, and bare figures, need their column's name."""
    names = [mark.name for _, mark in found]
    marks = (
        replace(mark, name=f"{moment}：{mark.name}")
        if names.count(mark.name) > 1 or not re.search("[\u4e00-\u9fff]", mark.name)
        else mark
        for moment, mark in found
    )
    return tuple({(mark.name, mark.due_on): mark for mark in marks}.values())


def _told(entry: Entry, frame: Frame) -> Limit | None:
    """进度安排 beside 完成时限: a plan in words, where it reads as nodes without question. 工作节点
    names days: where it is not two of them or more, what it says may still be the limit."""
    other = None
    for column in entry.head.columns:
        header = column.header.split(LEVEL)[-1]
        if column.field is not Field.CONTENT or classify(header)[0] is not Field.LIMIT:
            continue
        read = read_limit(entry.cells.get(column.index, ""), frame)
        if read.kind is LimitKind.MILESTONES:
            return _taken_from(column.header, listed(read.milestones), read)
        if says_nodes(header) and read.phrase and read.kind is not LimitKind.ORDINARY:
            other = other or _taken_from(column.header, read.phrase, read)
    return other


def _taken_from(header: str, said: str, read: Limit) -> Limit:
    doubt = f"时限取自“{plain_header(header)}”（{said}），请核对"
    return replace(read, doubts=(*read.doubts, doubt))


def with_frequency(entry: Entry, limit: Limit, frame: Frame) -> Limit:
    """报送频次 beside 年底前 makes it a year-round task with that cycle."""
    index = entry.head.one(Field.CYCLE)
    if index is None or not entry.cells.get(index):
        return limit
    read = read_limit(entry.cells[index], frame)
    if read.kind is not LimitKind.YEAR_ROUND or read.cycle is None or read.due_on is None:
        said = f"调度周期栏的“{entry.cells[index][:20]}”没有读出周期，没有取用"
        return replace(limit, doubts=(*limit.doubts, said)) if read.phrase else limit
    if limit.kind is LimitKind.ORDINARY and not limit.phrase:
        return read
    open_cycle = limit.kind is LimitKind.DATE or limit.cycle is Cycle.YEAR
    if not (open_cycle and ends_year(limit, frame.base_year)):
        said = f"调度周期“{read.phrase}”没有列入：本行不是当年年底到期的单一期限"
        return replace(limit, doubts=(*limit.doubts, said)) if limit.cycle != read.cycle else limit
    task = whole_year(limit.phrase, read.due_on.year, read.cycle)
    return replace(task, urgency=limit.urgency, doubts=(*limit.doubts, *read.doubts))
