"""What the API refuses, as a page says it: at the input in question, by the names that people
read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from web.forms import Field
from web.words import LABELS, LABELS_BELOW, LABELS_OF_QUESTIONS

_NAME = r"[A-Za-z][A-Za-z0-9_-]*"
_PATH = re.compile(r"(?P<name>[a-z][a-z0-9_]*)(\.(?P<row>\d{1,2}))?(\.(?P<below>[a-z][a-z0-9_]*))?")
_BRACKETED = re.compile(rf"（(?:用同一 |更换 )?({_NAME}(?:(?:、| 或 |：){_NAME})*)）")
"""What a text of the API's names in its own words, beside what people call it."""
_VALUES = re.compile(r"不在允许的取值之内（[^）]*）")
_OFFSET = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):00\+\d\d:00")
_BETWEEN = "；"
_ENDS = ("。", "）", "？", "！")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """One thing that is wrong, and the field it is wrong with, as far as that is known; ``place``
    is the input itself."""

    text: str
    at: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """All that is wrong with what was filled in."""

    wrongs: tuple[Wrong, ...]

    def of(self, name: str) -> tuple[str, ...]:
        """What is wrong with a field."""
        return tuple(one.text for one in self.wrongs if one.at == name)


def complaint(fields: Sequence[Field], detail: str, at: str = "") -> Complaint:
    """The API's detail of a form with these fields; ``at`` is the input in question where the
    detail does not name it."""
    if at:
        return Complaint(wrongs=(Wrong(text=in_words(detail), at=at, place=at),))
    by_name = {field.name: field for field in fields}
    return Complaint(wrongs=tuple(_wrong(by_name, one) for one in _each(detail)))


def in_words(text: str) -> str:
    """A text of the API's without its own names of things."""
    told = [_wrong({}, one).text for one in _each(text)]
    return _BETWEEN.join([*(one.removesuffix("。") for one in told[:-1]), told[-1]])


def _each(detail: str) -> list[str]:
    """The complaints that a detail strings together, each beginning with its field."""
    parts = detail.split(_BETWEEN)
    return parts if all(_PATH.fullmatch(_named(part)) for part in parts) else [detail]


def _named(part: str) -> str:
    name, colon, _ = part.partition("：")
    return name if colon else ""


def _wrong(fields: dict[str, Field], said: str) -> Wrong:
    named = _PATH.fullmatch(_named(said))
    if named is None:
        at = next((name for name in _bracketed(said) if name in fields), "")
        return Wrong(text=_plain(said), at=at, place=at)
    rest = _plain(said.partition("：")[2])
    name, row, below = named["name"], named["row"], named["below"]
    inside = {one.name for one in fields[name].fields} if name in fields else set()
    if row and not below:
        below = next((one for one in _bracketed(said) if one in inside), None)
    label = _label(fields.get(name), name)
    inner = _label_below(fields.get(name), name, below) if below else ""
    placed = f"{label}第{int(row) + 1}行" if label and row else label
    where = f"{placed}（{inner}）" if placed and inner else placed or inner
    if not where and named[0].isalpha():
        # Somebody's word, and no field of the API's.
        return Wrong(text=_plain(said))
    place = ".".join(part for part in (name, row, below if below in inside else None) if part)
    rest = rest if rest.endswith(_ENDS) else f"{rest}。"
    return Wrong(
        text=f"{where}：{rest}" if where else rest,
        at=name if name in fields else "",
        place=place if name in fields else "",
    )


def _bracketed(said: str) -> list[str]:
    return [name for found in _BRACKETED.findall(said) for name in re.split(r"、| 或 |：", found)]


def _label(field: Field | None, name: str) -> str:
    return field.label if field else LABELS.get(name) or LABELS_OF_QUESTIONS.get(name, "")


def _label_below(field: Field | None, name: str, below: str) -> str:
    known = next((one.label for one in field.fields if one.name == below), "") if field else ""
    return known or LABELS_BELOW.get(f"{name}.{below}") or LABELS.get(below, "")


def _plain(text: str) -> str:
    text = _VALUES.sub("不在可选的范围内", text)
    return _OFFSET.sub(r"\1 \2", _BRACKETED.sub("", text))
