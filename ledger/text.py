"""Small helpers on Chinese office text: width, spaces, numbering, and where to cut a title."""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad]")
_CIRCLED = {0x2460 + i: f"({i + 1})" for i in range(20)}
_DASHES = re.compile("[‐‑‒–—―－─━﹣⸺~～〜∼]+")
_NUMBERING = re.compile(
    r"^\s*(?:第?[一二三四五六七八九十百]{1,4}[、.．，]|"
    r"[(（][一二三四五六七八九十百]{1,4}[)）][、.]?"
    r"|[(（]\d{1,3}[)）][、.]?|\d{1,3}[)）]|\d{1,3}[、．]|\d{1,3}\.(?!\d)|[①-⑳]|[●■◆▲★□◇○•·*])\s*"
)
_STOPS = "。；;！!\n"


def tidy(text: str) -> str:
    """Remove invisible characters and unify line ends; the words stay as written."""
    text = _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text.replace("\u00a0", " ").replace("\x00", "").strip()


def narrow(text: str) -> str:
    """One width for digits, letters and brackets, one dash; ① stays a number in brackets."""
    return _DASHES.sub("-", unicodedata.normalize("NFKC", text.translate(_CIRCLED)))


def squeeze(text: str) -> str:
    """`narrow` without any blank: for comparing headers and short words."""
    return re.sub(r"\s+", "", narrow(tidy(text)))


def without_numbering(text: str) -> str:
    """The text without a leading 1. / （一） / 二、 / ①."""
    stripped = _NUMBERING.sub("", text, count=1)
    return stripped if stripped.strip() else text.strip()


def make_title(content: str, limit: int = 60) -> str:
    """A title of at most `limit` characters, cut at a natural stop."""
    text = re.sub(r"(?<=[，,、])\s*\n", "", without_numbering(tidy(content)))
    first = re.split(f"[{_STOPS}]", text, maxsplit=1)[0].strip(" ，,、：:")
    if not first:
        first = re.sub(r"\s+", " ", text).strip(_STOPS + " ")
    if len(first) <= limit:
        return first
    head = first[: limit - 1]
    cut = max(head.rfind(mark) for mark in "，,：:、")
    if cut >= limit // 3:
        head = head[:cut]
    return head.rstrip("，,：:、 ") + "…"


def fingerprint_text(text: str) -> str:
    """The bare characters of a text: no blanks, no punctuation, one width, lower case."""
    text = without_numbering(tidy(text))
    text = squeeze(text).casefold()
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)
    text = re.sub(r"(?<=\d)\.(?=\d)", "\u0001", text)
    text = re.sub(r"(?<=\d)[^\w\u0001]+(?=\d)", "\u0002", text)
    return re.sub(r"[^\w\u0001\u0002]|_", "", text)
