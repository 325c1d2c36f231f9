"""How dates read in Chinese sentences, whether a text says anything, and names."""

import re
import unicodedata
from datetime import date, datetime

from domain.errors import Invalid

WEEKDAYS = "一二三四五六日"
CODE = r"^[A-Za-z0-9_\-]+$"
EDITION_NAME = r"^\w[\w.()（）-]*$"
POINTS = r"^[0-9]{1,3}(\.[0-9]{1,2})?$"
PATTERNS = {
    CODE: "只能用字母、数字和 - _",
    EDITION_NAME: "只能用文字、数字和 . - _，首位须为文字或数字",
    POINTS: "须为不小于零的数，最多两位小数，例如 0.50",
}
"""How a text has to look, and how that is said."""
_USERNAME = re.compile(r"\w([\w.@-]{0,62}\w)?")

INVISIBLE = frozenset({"Cf", "Zs"})  # zero-width and other format characters, spaces of any width


def is_blank(text: str) -> bool:
    """Whether nothing of ``text`` can be seen."""
    return all(c.isspace() or unicodedata.category(c) in INVISIBLE for c in text)


def day_text(on: date) -> str:
    """``2026年10月13日（周二）``."""
    return f"{on.year}年{on.month}月{on.day}日（周{WEEKDAYS[on.weekday()]}）"


def instant_text(at: datetime, now: datetime | None = None) -> str:
    """``10月13日09:00``; the last second of a day reads as 24时. Said in another year (``now``), it
    names its own: ``2027年1月5日24时``."""
    year = f"{at.year}年" if now and now.astimezone(at.tzinfo).year != at.year else ""
    if (at.hour, at.minute, at.second) == (23, 59, 59):
        return f"{year}{at.month}月{at.day}日24时"
    return f"{year}{at.month}月{at.day}日{at:%H:%M}"


def check_username(username: str) -> None:
    """Raises ``Invalid('bad_username')``: it stands in addresses, and people read it out."""
    if not _USERNAME.fullmatch(username):
        raise Invalid(
            "bad_username",
            "用户名（username）只能用文字、数字和 . _ - @，首尾须为文字或数字，不超过 64 字。",
        )


def plain_name(value: str, what: str) -> str:
    """``value`` without blanks around it. Raises ``Invalid('bad_name')``."""
    plain = value.strip()
    if not plain or not plain.isprintable() or len(plain) > 200:
        raise Invalid("bad_name", f"{what}不能为空，不能含控制字符，不能超过 200 字。")
    return plain
