"""Forms drawn from the acts' own bodies: every field has a label, and what is filled in is read
back as the API takes it."""

import re
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.guide import EXAMPLES
from api.schemas import ItemIn
from domain.acts import ACTS
from web.complaints import Wrong, complaint, in_words
from web.forms import Field, Kind, body_of, fields_of, filled, rows_shown
from web.words import HINTS, LABELS

ZONE = ZoneInfo("Asia/Shanghai")
ITEM: dict[str, Any] = {
    "title": "防汛",
    "content": "甲\n乙",
    "category": "A2",
    "kind": "year_round",
    "lead_unit": "ZJJ",
    "co_units": ["JTJ", "MZJ"],
    "source": {"type": "批示", "leader": "区长", "received_at": "2026-10-08T09:00:00+08:00"},
    "cycle": "month",
    "year": 2027,
    "targets": [{"name": "投资", "unit": "亿元", "target": 120.5}, {"name": "开工", "target": 3}],
    "public": True,
}


def every_field() -> list[Field]:
    bodies = [spec.body for spec in ACTS.values()]
    found = [field for body in (*bodies, ItemIn) for field in fields_of(body)]
    return [*found, *(below for field in found for below in field.fields)]


def test_every_field_has_a_label_and_every_choice_a_name() -> None:
    for field in every_field():
        assert field.name in LABELS, field
        for value, name in field.choices:
            assert name != value or field.name == "type", (field.name, value)
        if field.kind in {Kind.CHOICE, Kind.TICKS, Kind.YES_NO}:
            assert field.choices, field


@pytest.mark.parametrize("name", sorted(ACTS))
def test_what_is_filled_in_is_read_back(name: str) -> None:
    fields, example = fields_of(ACTS[name].body), EXAMPLES[name]
    assert body_of(fields, filled(fields, example, ZONE), ZONE) == example


def test_a_whole_item_is_read_back() -> None:
    fields = fields_of(ItemIn)
    assert body_of(fields, filled(fields, ITEM, ZONE), ZONE) == ITEM


def test_what_is_left_blank_is_not_sent_unless_it_has_to_be_there() -> None:
    fields = fields_of(ACTS["explain_delay"].body)
    assert body_of(fields, {"reason": " ", "proposed_due_on": ""}, ZONE) == {
        "reason": "",
        "next_step": "",
    }


def test_what_cannot_be_read_goes_to_the_api_as_it_stands() -> None:
    fields = fields_of(ACTS["report_handling"].body)
    said = {"text": "好", "demand": "第二项"}
    assert body_of(fields, said, ZONE) == {"text": "好", "demand": "第二项"}


def test_rows_leave_room_for_more() -> None:
    fields = {field.name: field for field in fields_of(ItemIn)}
    said = filled([fields["targets"]], ITEM, ZONE)
    assert rows_shown(fields["targets"], said) == range(5)
    assert rows_shown(fields["targets"], {}) == range(3)


def test_hints_are_of_fields_and_say_no_code() -> None:
    names = {field.name for field in every_field()}
    assert {name for name in HINTS if "." not in name} <= names
    for hint in HINTS.values():
        assert not re.search(r"[a-z]{3,}", hint), hint


def test_a_complaint_names_the_field_as_the_page_does() -> None:
    fields = fields_of(ItemIn)
    told = complaint(fields, "lead_unit：没有这个单位。")
    assert told.of("lead_unit") == ("牵头承办单位：没有这个单位。",)
    assert complaint(fields, "source.type：请填写。").of("source") == (
        "来源（来源种类）：请填写。",
    )
    (wrong,) = complaint(fields, "该事项已经办结。").wrongs
    assert (wrong.text, wrong.at) == ("该事项已经办结。", "")
    (wrong,) = complaint(fields, "有明确时限的事项须填写期限（due_on 或 due_at）。").wrongs
    assert (wrong.text, wrong.at) == ("有明确时限的事项须填写期限。", "due_on")


def test_each_of_several_complaints_is_said_at_its_own_field() -> None:
    detail = (
        "title：不能超过 200 个字符；targets.1.target：须为数字；"
        "due_at：不是有效的时间（如 2026-10-01T09:00:00+08:00）。"
    )
    told = complaint(fields_of(ItemIn), detail)
    assert [(one.place, one.text) for one in told.wrongs] == [
        ("title", "标题：不能超过 200 个字符。"),
        ("targets.1.target", "指标第2行（全年目标）：须为数字。"),
        ("due_at", "办理期限（到时刻）：不是有效的时间（如 2026-10-01 09:00）。"),
    ]
    assert complaint((), "points.g1：格式不符；no_such：格式不符。").wrongs == (
        Wrong(text="抓得不紧：格式不符。"),
        Wrong(text="格式不符。"),
    )


def test_what_is_wrong_with_a_row_is_said_of_that_row() -> None:
    told = complaint(fields_of(ItemIn), "targets.2：全年目标（target）须大于零。").wrongs
    assert [(one.at, one.place) for one in told] == [("targets", "targets.2.target")]
    assert told[0].text == "指标第3行（全年目标）：全年目标须大于零。"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("status：不在允许的取值之内（'draft'、'closed'）。", "状态：不在可选的范围内。"),
        (
            "q：文字过长；year：须为整数。",
            "查找内容：文字过长；年度：须为整数。",
        ),
        ("翻页标记（cursor）无效，请从第一页重新查询。", "翻页标记无效，请从第一页重新查询。"),
        ("会议须写明会议类型（meeting_type：standing、mayor）。", "会议须写明会议类型。"),
        ("原因：材料不齐；请补。", "原因：材料不齐；请补。"),
        ("docx：打不开。", "docx：打不开。"),
        (
            "不另定期限（due_on、due_at）。（办法 五(四)）",
            "不另定期限。（办法 五(四)）",
        ),
    ],
)
def test_no_name_of_the_api_s_is_read_on_a_page(said: str, shown: str) -> None:
    assert in_words(said) == shown


@pytest.mark.parametrize("said", ["NaN", "inf", "-Infinity", "1e400", "9" * 400, "abc"])
def test_what_is_no_number_is_left_for_the_api_to_refuse(said: str) -> None:
    fields = fields_of(ItemIn)
    told = body_of(fields, {"targets.0.name": "签约额", "targets.0.target": said}, ZONE)
    assert told["targets"] == [{"name": "签约额", "target": said}]
