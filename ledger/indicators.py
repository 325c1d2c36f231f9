"""The indicator columns of a row (指标, 目标值, 计量单位) as targets (A2)."""

from __future__ import annotations

import re
from itertools import zip_longest

from ledger.columns import plain_header
from ledger.entries import Entry
from ledger.measures import amount, is_measure, named_measure
from ledger.model import Column, Field, Limit, Remark, Target
from ledger.text import make_title, squeeze, without_numbering

LONGEST_NAME = 60
_YEARS_GOAL = re.compile("(?:20[0-9]{2}年)?(?:年度|全年|本年)目标")


def read_targets(
    entry: Entry, title: str, limit: Limit, category: str
) -> tuple[tuple[Target, ...], tuple[Remark, ...]]:
    """The targets of a row, and why a target column gave none: its text stays in the content."""
    column = _goal(entry)
    if column is None or category != "A2":
        return (), ()
    header, cell = plain_header(column.header), entry.cells[column.index]
    if limit.due_on is None or (limit.due_on.month, limit.due_on.day) != (12, 31):
        return (), (_said(header, "指标是全年的，本行的期限不是年底"),)
    names, values, units = _name(entry, title), _lines(cell), _lines(entry.text(Field.MEASURE))
    if len(names) != len(values) or len(units) not in (0, 1, len(values)):
        return (), (_said(header, "指标、目标值、单位的个数不一致"),)
    if len(units) < len(values):
        units = units * len(values)
    found: list[Target] = []
    for name, value, unit in zip_longest(names, values, units, fillvalue=""):
        target = _target(name, value, unit, column.header)
        if target is None:
            return (), (_said(header, f"“{value[:20]}”读不出数值和单位"),)
        found.append(target)
    if len({one.name for one in found}) < len(found):
        return (), (_said(header, "几个指标同名"),)
    return tuple(found), ()


def _goal(entry: Entry) -> Column | None:
    """The column of figures: 目标值, or 年度目标 beside 指标 and holding nothing but a figure."""
    columns = [c for c in entry.head.columns if entry.cells.get(c.index)]
    for column in columns:
        if column.field is Field.TARGET:
            return column
    if _named_by(entry) is None:
        return None
    for column in columns:
        if column.field is Field.CONTENT and _YEARS_GOAL.fullmatch(plain_header(column.header)):
            return column if all(map(amount, _lines(entry.cells[column.index]))) else None
    return None


def _named_by(entry: Entry) -> str | None:
    for column in entry.head.columns:
        named = column.field in (Field.TITLE, Field.CONTENT) and "指标" in column.header
        if named and entry.cells.get(column.index):
            return entry.cells[column.index]
    return None


def _name(entry: Entry, title: str) -> list[str]:
    named = _named_by(entry)
    return _lines(named) if named else [title]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _target(name: str, value: str, measure: str, header: str) -> Target | None:
    read = amount(value)
    if read is None or not 0 < read[0] < 1e15:
        return None
    plain, in_name = named_measure(without_numbering(name))
    stated = [read[1], squeeze(measure), in_name, named_measure(header)[1]]
    units = dict.fromkeys(unit for unit in stated if unit)
    unit = next(iter(units), "")
    if len(units) != 1 or len(unit) > 12 or not (is_measure(unit) or unit == squeeze(measure)):
        return None
    return Target(name=make_title(plain, LONGEST_NAME), unit=unit, value=read[0])


def _said(header: str, why: str) -> Remark:
    return Remark(field=header, text=f"{why}，没有列为指标，只留在事项内容里")
