"""Amounts: 120亿元, ≥5000人, 6%. Only what can mean nothing else is read."""

from __future__ import annotations

import re

from ledger.text import squeeze

_MEASURE = re.compile(
    "[%‰]|个百分点|[十百千万亿]*(?:元|美元|人次?|户次?|家次?|个|项|件|所|座|处|公里|千米|米|"
    "平方(?:公里|千米|米)|立方米|亩|公顷|吨(?:标准煤)?|公斤|千瓦时?|兆瓦|度|套|辆|台|条|名|次|天|张|"
    "床|株|分|篇|场|期|批|宗|件次|间|栋|幢|只|头|微克/立方米|毫克/升)"
)
_AMOUNT = re.compile(
    r"(?:>=|>|≥|不低于|不少于|达到|达)?(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?P<unit>\D*?)(?:左右|(?:及)?以上)?"
)
_NAMED = re.compile(r"(?P<name>.+)[(（](?:单位[:：])?(?P<unit>[^()（）]+)[)）]")


def is_measure(text: str) -> bool:
    """Whether a text is a unit of measure and nothing else."""
    return bool(_MEASURE.fullmatch(squeeze(text)))


def amount(text: str) -> tuple[float, str] | None:
    """Number and unit (may be empty) of a cell that holds one amount to be reached; ``None`` for
    anything else, also for 不超过 and 控制在, which are not reached but kept."""
    found = _AMOUNT.fullmatch(squeeze(text))
    if found is None or (found["unit"] and not is_measure(found["unit"])):
        return None
    return float(found["number"].replace(",", "")), found["unit"]


def named_measure(text: str) -> tuple[str, str]:
    """``固定资产投资（亿元）`` as its name and unit; without a unit the name alone."""
    found = _NAMED.fullmatch("".join(text.split()))
    if found is None or not is_measure(found["unit"]):
        return text.strip(), ""
    return found["name"], squeeze(found["unit"])
