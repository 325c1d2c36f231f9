"""How texts, days and figures stand in a document."""

from datetime import date

import pytest

from documents.pieces import numeral
from documents.text import about, clean, day, figure, lines, moment
from tests.documents.records import NASTY, at


def test_what_no_document_can_hold_is_left_out() -> None:
    assert clean(NASTY) == "甲<乙>&丙“丁”〔戊〕己庚辛壬"
    assert clean("a\r\nb\rc\td") == "a\nb\nc\td"


def test_paragraphs_lose_the_indents_that_people_type() -> None:
    assert lines("　　一、摸底\n\n \u200b\n  二、施工 ") == ["一、摸底", "二、施工"]


def test_days() -> None:
    assert (day(date(2026, 1, 2)), day(None)) == ("2026年1月2日", "")
    assert moment(at("2026-10-13 23:59:59")) == "2026年10月13日"
    assert moment(at("2026-10-13 09:05")) == "2026年10月13日09:05"


@pytest.mark.parametrize(
    ("value", "text"),
    [(8.0, "8"), (8, "8"), (1234567.5, "1234567.5"), (1e14, "100000000000000"), (0.5, "0.5")],
)
def test_figures(value: float, text: str) -> None:
    assert figure(value) == text


@pytest.mark.parametrize("title", ["老旧小区改造", "关于老旧小区改造", "关于老旧小区改造的通知"])
def test_titles_say_about_once(title: str) -> None:
    assert about(title, "的督查通知") == "关于老旧小区改造的督查通知"


@pytest.mark.parametrize(
    ("n", "text"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (99, "九十九"), (100, "100")]
)
def test_numerals(n: int, text: str) -> None:
    assert numeral(n) == text
