"""``duban calendar load``: one year's notice from a file."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from cli.client import load_calendar
from cli.errors import CliError
from domain.calendar import CalendarYear
from domain.errors import Invalid

FIELDS = {"year", "notice", "rest_days", "work_days"}


def load(file: Path) -> None:
    """Load the year in ``file`` in the same way as ``PUT /calendar/{year}``."""
    loaded = load_calendar(read_year(file))
    print(f"{loaded.year} 年的放假安排已载入（第 {loaded.edition} 版），正在重算受影响的期限。")


def read_year(file: Path) -> CalendarYear:
    """The year in a JSON file. Raises :class:`CliError` saying what is wrong with it."""
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise CliError(f"不能读取 {file}：{error.strerror}。") from error
    except ValueError as error:
        raise CliError(f"{file} 不是 UTF-8 编码的 JSON 文件：{error}。") from error
    if not isinstance(content, dict) or content.keys() != FIELDS:
        raise CliError(f"{file} 须恰有 {'、'.join(sorted(FIELDS))} 四项。")
    year, notice = content["year"], content["notice"]
    if type(year) is not int or not isinstance(notice, str):
        raise CliError(f"{file} 的 year 须为整数，notice 须为文字。")
    try:
        return CalendarYear(
            year=year,
            notice=notice,
            rest_days=_days(content, "rest_days"),
            work_days=_days(content, "work_days"),
        )
    except Invalid as error:
        raise CliError(f"{file}：{error.detail}") from error


def _days(content: dict[str, Any], name: str) -> tuple[date, ...]:
    days = content[name]
    try:
        return tuple(sorted({date.fromisoformat(day) for day in days}))
    except (TypeError, ValueError):
        raise CliError(f'{name} 须为日期的列表，形如 ["2027-01-01"]。') from None
