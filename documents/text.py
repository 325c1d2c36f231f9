"""How texts, dates and times stand in a document."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from domain.text import is_blank

# What XML 1.0 cannot hold; a document with one of them opens nowhere.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)


def clean(text: str) -> str:
    """``text`` with one sort of line end, and nothing that a document cannot hold."""
    return _FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def lines(text: str) -> list[str]:
    """The paragraphs of ``text``, without the indents that people type."""
    found = [line.strip().lstrip("\u3000") for line in clean(text).split("\n")]
    return [line for line in found if not is_blank(line)]


def day(on: date | None) -> str:
    """``2026年10月13日``; nothing for no day."""
    return "" if on is None else f"{on.year}年{on.month}月{on.day}日"


def moment(at: datetime | None) -> str:
    """``2026年10月13日09:30``; the last second of a day is that day."""
    if at is None:
        return ""
    end_of_day = (at.hour, at.minute, at.second) == (23, 59, 59)
    return day(at) if end_of_day else f"{day(at)}{at:%H:%M}"


def joined(names: Iterable[str]) -> str:
    """Names beside each other."""
    return "、".join(names)


def figure(value: float) -> str:
    """``8``, ``1234567.5``: all its digits, and no exponent."""
    return f"{Decimal(repr(value)).normalize():f}"


def about(title: str, ending: str) -> str:
    """``关于…的督查通知``, whether or not ``title`` begins so itself."""
    plain = title.strip()
    plain = plain.removeprefix("关于").removesuffix("的通知").removesuffix("的")
    return f"关于{plain}{ending}"
