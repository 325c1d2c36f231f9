"""Answers as tables for people, or as the API's own JSON for machines."""

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.tree import Tree

from domain.clocks import END_OF_DAY
from domain.items import Json

LAMPS = {"green": "正常", "yellow": "临期", "red": "进度落后", "grey": "—"}
OUTCOMES = {"refused": "（未予受理）"}
MINUTE = "%Y-%m-%d %H:%M"
WIDE = 160
"""Columns of what is not read on a terminal: nothing is broken there."""


def as_json(content: Json) -> None:
    """Print the API's answer."""
    print(json.dumps(content, ensure_ascii=False, indent=2))


def item_list(page: Json) -> None:
    """Items, one a line."""
    rows = [
        (
            item["number"] or "",
            item["title"],
            item["lead_unit_name"],
            item["kind_name"],
            item["status_name"],
            _due(item),
            _lamp(item),
        )
        for item in page["items"]
    ]
    _table(("编号", "标题", "承办单位", "类型", "状态", "期限", "灯色"), rows)
    _more(page, len(rows), "件")


def item(found: Json) -> None:
    """An item, whole, but for what has commands of its own."""
    _pairs(
        ("编号", found["number"]),
        ("标识", found["id"]),
        ("标题", found["title"]),
        ("状态", f"{found['status_name']}　{_lamp(found)}{_lapsed(found)}"),
        ("类型", f"{found['kind_name']}（{found['category']}）"),
        ("承办单位", "、".join([found["lead_unit_name"], *found["co_units"]])),
        ("期限", _due(found)),
        ("下达时间", moment(found["issued_at"])),
        ("来源", _source(found["source"])),
        ("立项依据", found["basis"]),
        ("内容", found["content"]),
        ("批示原文", found["original_text"]),
        ("下一次提醒", f"{found['next_alarm'] or ''} {moment(found['next_alarm_at'])}".strip()),
        ("办结时间", moment(found["closed_at"])),
        ("第几轮", found["rounds"] if found["rounds"] > 1 else ""),
        ("退件", "承办单位已提出退件，待处理" if found["return_pending"] else ""),
        ("补批", "尚待补批" if found["ratification_owed"] else ""),
        ("待核实的操作", "、".join(str(seq) for seq in found["unverified"])),
        ("责任人", "、".join(f"{one['post_name']} {one['name']}" for one in found["responsible"])),
    )
    _section("指标", ("指标", "全年目标", "完成", "完成率%", "序时%", "截至"), _targets(found))
    _section("时间节点", ("节点", "期限", "责任单位", "状态", "完成时间", "曾逾期"), _nodes(found))
    _section("分项", ("分项", "承办单位", "状态", "期限", "曾逾期"), _parts(found))
    warnings(found)


def done(found: Json, title: str, *, recorded: bool) -> None:
    """What an act has made of an item, in a few lines."""
    number = found["number"] or found["id"]
    if not recorded:
        print(f"已受理：{title}。{number} 尚未入册，请稍后查看：duban item show {found['id']}")
        return
    due = f"，期限 {_due(found)}" if _due(found) else ""
    print(f"已办理：{title}。{number} {found['title']}：{found['status_name']}{due}。")
    warnings(found)


def warnings(found: Json) -> None:
    """What to look at."""
    for warning in found["warnings"]:
        print(f"请留意：{warning['detail']}[{warning['code']}]")


def tree(found: Json) -> None:
    """A tree of items."""
    _console().print(_node(found["root"], found["item_id"]))


def timeline(found: Json) -> None:
    """What has happened, oldest first."""
    rows = [
        (
            str(entry["seq"]),
            moment(entry["at"]),
            _who(entry),
            f"{entry['title']}{OUTCOMES.get(entry['outcome'], '')}",
            f"{entry['summary']}{'（待核实）' if entry['unverified'] else ''}",
        )
        for entry in found["items"]
    ]
    _table(("序号", "时间", "何人", "操作", "摘要"), rows)


def clocks(found: Json) -> None:
    """Every limit, and how it was counted."""
    for clock in found["items"]:
        _pairs(
            ("期限", f"{clock['name']}（{clock['unit']}）"),
            ("到期", f"{limit(clock['due_at'])}{'（暂定）' if clock['provisional'] else ''}"),
            ("原定", _if_other(clock["original_due_at"], clock["due_at"])),
            ("改动原因", clock["moved_because"]),
            ("完成", moment(clock["stopped_at"])),
            ("逾期", moment(clock["lapsed_at"])),
        )
        rows = [
            (line["date"], "" if line["counted"] is None else str(line["counted"]), line["reason"])
            for line in clock["derivation"]
        ]
        _table(("日期", "第几日", "说明"), rows)
        print()


def acts(found: Json) -> None:
    """What may be done now."""
    rows = [
        (
            act["name"].replace("_", "-"),
            act["title"] + (f"（代 {act['on_behalf_of']}）" if act["on_behalf_of"] else ""),
            "、".join(f"{f['name']}{'*' if f['required'] else ''}" for f in act["fields"]),
        )
        for act in found["items"]
    ]
    _table(("操作", "名称", "填写（* 必填）"), rows)
    print("办理：duban item act 操作 事项 …；各项怎么填见 duban item act 操作 --help。")


def source_list(page: Json) -> None:
    """Sources, one a line."""
    rows = [
        (
            str(one["id"]),
            one["type_name"],
            one["title"],
            one["reference"],
            one["date"] or "",
            str(one["clause_count"]),
            str(one["item_count"]),
            "" if one["uncovered_count"] is None else str(one["uncovered_count"]),
        )
        for one in page["items"]
    ]
    names = ("编号", "类别", "标题", "文号", "日期", "条款", "事项", "未立项")
    _table(names, rows)
    _more(page, len(rows), "个来源")


def source(found: Json) -> None:
    """A source, with its clauses and their items."""
    _pairs(
        ("编号", found["id"]),
        ("类别", "　".join(filter(None, (found["type_name"], found["meeting_type_name"])))),
        ("标题", found["title"]),
        ("文号", found["reference"]),
        ("日期", found["date"]),
        ("年度", found["year"]),
        ("领导", found["leader"]),
        ("级别", found["level_name"]),
        ("提出人", "　".join(filter(None, (found["proposer"], found["role_name"])))),
        ("答复期限", found["reply_due_on"]),
        ("上级期限", found["upstream_due_on"]),
        ("落实情况", found["sentence"]),
    )
    rows = [(clause["no"], clause["text"], _taken_up(found, clause)) for clause in found["clauses"]]
    _section("条款", ("条款", "内容", "事项"), rows)
    others = [(i["number"], i["title"], i["status_name"]) for i in found["without_clause"]]
    _section("未指明条款的事项", ("编号", "标题", "状态"), others)


def coverage(found: Json) -> None:
    """Whether everything a source asks for has been taken up, and what has had no answer."""
    print(f"{found['title']}：{found['sentence']}")
    text = {clause["no"]: clause["text"] for clause in found["clauses"]}
    missing = [(no, text.get(no, "")) for no in found["uncovered"]]
    _section("未立项的条款（漏办）", ("条款", "内容"), missing)
    silent = [
        (i["number"], i["title"], i["lead_unit_name"], i["status_name"])
        for i in found["without_feedback"]
    ]
    _section("尚无反馈的事项", ("编号", "标题", "承办单位", "状态"), silent)


def moment(at: str | None) -> str:
    """A time as people write it."""
    return datetime.fromisoformat(at).strftime(MINUTE) if at else ""


def limit(at: str) -> str:
    """A time by which something is due: the last second of a day is that day's 24:00."""
    due = datetime.fromisoformat(at)
    if due.time() == END_OF_DAY:
        return f"{due.date().isoformat()} 24:00"
    return due.strftime(MINUTE)


def _due(found: Json) -> str:
    """A limit of a whole day as that day, any other to the minute."""
    return limit(found["due_at"]).removesuffix(" 24:00") if found["due_at"] else ""


def _lamp(found: Json) -> str:
    return "逾期" if found["overdue"] else LAMPS[found["lamp"]]


def _lapsed(found: Json) -> str:
    return "（曾逾期）" if found["lapsed"] and not found["overdue"] else ""


def _source(said: Json) -> str:
    clause = f"第{said['clause']}条" if said["clause"] else ""
    return " ".join(filter(None, (said["type"], said["reference"], said["leader"], clause)))


def _targets(found: Json) -> list[tuple[str, ...]]:
    return [
        (
            one["name"],
            f"{one['target']:g} {one['unit']}",
            *("" if one[name] is None else f"{one[name]:g}" for name in _FIGURES),
            one["as_of"],
        )
        for one in found["targets"]
    ]


_FIGURES = ("actual", "completion", "expected")


def _nodes(found: Json) -> list[tuple[str, ...]]:
    return [
        (
            *(one[name] for name in ("name", "due_on", "unit", "state_name")),
            moment(one["met_at"]),
            _yes(one["lapsed"]),
        )
        for one in found["milestones"]
    ]


def _parts(found: Json) -> list[tuple[str, ...]]:
    return [
        (
            one["name"],
            one["unit_name"],
            one["state_name"],
            one["due_on"] or "",
            _yes(one["lapsed"]),
        )
        for one in found["parts"]
    ]


def _taken_up(found: Json, clause: Json) -> str:
    if clause["items"]:
        return "、".join(f"{i['number']}（{i['status_name']}）" for i in clause["items"])
    if clause["not_needed"]:
        return f"不立项：{clause['not_needed']['reason']}"
    return "未立项" if clause["no"] in found["uncovered"] else ""


def _who(entry: Json) -> str:
    if entry["actor"] is None:
        return "系统"
    absent = f"（代{entry['on_behalf_of']}）" if entry["on_behalf_of"] else ""
    return f"{entry['actor']['name']}{absent}"


def _node(found: Json, asked: str) -> Tree:
    mark = " ←" if found["id"] == asked else ""
    waits = f"，待办结分项 {found['parts_open']}" if found["parts_open"] else ""
    line = (
        f"{found['number'] or '（未编号）'} {found['title']}　{found['lead_unit_name']}　"
        f"{found['status_name']}　{_due(found)}{waits}{mark}"
    )
    branch = Tree(line)
    for child in found["children"]:
        branch.children.append(_node(child, asked))
    for part in found["planned"]:
        branch.add(f"{part['name']}　{part['unit_name']}　{part['state_name']}")
    return branch


def _if_other(at: str, than: str) -> str:
    return "" if at == than else limit(at)


def _yes(value: bool) -> str:
    return "是" if value else ""


def _more(page: Json, shown: int, unit: str) -> None:
    if page["next_cursor"]:
        print(f"共列出 {shown} {unit}，还有更多：加 --all，或 --cursor {page['next_cursor']}")
    else:
        print(f"共 {shown} {unit}。")


def _pairs(*pairs: tuple[str, Any]) -> None:
    table = Table(box=None, show_header=False, padding=(0, 1))
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for name, value in pairs:
        if value is not None and value != "":
            table.add_row(name, str(value))
    _console().print(table)


def _section(title: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    if rows:
        print(f"{title}：")
        _table(names, rows)


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    for name in names:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*row)
    _console().print(table)


def _console() -> Console:
    """Made anew: the window may have been resized, and standard output replaced."""
    width = None if sys.stdout.isatty() else WIDE
    return Console(highlight=False, markup=False, width=width)
