"""Whom every act tells, and in what words (domain.md §4, column "Notify")."""

from typing import Any

import pytest

from domain.items import Kind
from tests.domain.life import CHIEF, OFFICE, Life, at, on

UNIT, DEPUTY = "unit:edu", "deputy:edu"


def ready(kind: str, *steps: str) -> Life:
    life = Life(kind, at(11, 2, 9)).at(at(11, 2, 10))
    said: dict[str, dict[str, Any]] = {
        "submit_feedback": {"final": True},
        "interim": {"interim_opinion": True},
        "unresolved": {"outcome": "unresolved"},
    }
    acts = {"interim": "submit_feedback", "unresolved": "answer_coordination"}
    for step in steps:
        life.do(acts.get(step, step), **said.get(step, {}))
    return life


R, F, S = "receive", "submit_feedback", "sign_off"
ASK, EXT, ADV = "request_coordination", "request_extension", "advise_extension"
NO: dict[str, Any] = {"approved": False}
TO_CHIEF: dict[str, Any] = {"level": "chief", "major": True}

# kind, steps before, act, what is said → whom it tells
TOLD: list[tuple[str, tuple[str, ...], str, dict[str, Any], tuple[str, ...]]] = [
    ("ordinary", (), R, {}, ("office",)),
    ("directive", (R,), "submit_plan", {}, ("office",)),
    ("ordinary", (R,), F, {}, ("office",)),
    ("ordinary", (R,), F, {"final": True}, (DEPUTY, "office")),
    ("directive", (R,), F, {"interim_opinion": True}, (DEPUTY, "office")),
    ("ordinary", (R, F), S, {}, ("office", UNIT)),
    ("ordinary", (R, F), S, NO, (UNIT, "office")),
    ("ordinary", (R, F, S), "review", {}, (UNIT, DEPUTY)),
    ("directive", (R, F, S), "review", {}, (UNIT, DEPUTY, "chief")),
    ("ordinary", (R, F, S), "review", {"accepted": False}, (UNIT, DEPUTY)),
    ("directive", (R, "interim", S), "review", {"new_due_on": on(11, 27)}, (UNIT,)),
    ("ordinary", (R,), "explain_delay", {}, ("office",)),
    ("ordinary", (R,), EXT, {}, ("office", DEPUTY)),
    ("directive", (R,), EXT, {}, ("office", DEPUTY, "chief")),
    ("ordinary", (R, EXT), ADV, {}, ("office",)),
    ("directive", (R, EXT), ADV, {}, ("office", "chief")),
    ("ordinary", (R, EXT, ADV), "decide_extension", {}, (UNIT, "office")),
    ("ordinary", (R, EXT, ADV), "decide_extension", NO, (UNIT,)),
    ("ordinary", (R,), ASK, {}, (DEPUTY, "office")),
    (
        "ordinary",
        (R, ASK, "unresolved"),
        ASK,
        {"level": "chief", "major": True},
        ("chief", "office"),
    ),
    ("ordinary", (R, ASK), "answer_coordination", {}, (UNIT, "office")),
    ("ordinary", (R,), "remind", {}, (UNIT,)),
    ("ordinary", (R,), "suspend_item", {}, (UNIT, DEPUTY)),
    ("ordinary", (R, "suspend_item"), "resume_item", {}, (UNIT, DEPUTY)),
    ("ordinary", (R,), "terminate_item", {}, (UNIT, DEPUTY)),
]


@pytest.mark.parametrize(("kind", "steps", "act", "said", "audience"), TOLD)
def test_whom_an_act_tells(
    kind: str, steps: tuple[str, ...], act: str, said: dict[str, Any], audience: tuple[str, ...]
) -> None:
    life = ready(kind, *steps)
    done = life.do(act, **said)
    assert not done.covert
    (notice,) = done.notices
    assert notice.audience == audience
    assert (notice.clock, notice.rung, notice.due_version) == ("", f"{act}@{done.seq}", 0)
    assert (notice.title, notice.late) == (done.title, False)
    assert notice.text == f"“校舍安全改造”：{done.summary}"


def test_every_act_tells_once_whatever_comes_with_it() -> None:
    life = ready("ordinary", R, ASK)
    done = life.do("answer_coordination", outcome="unresolved", new_due_on=on(11, 27))
    assert "未解决" in done.summary
    assert "分管领导答复" in done.summary
    life.do("request_coordination", level="chief", major=True)
    done = life.do("answer_coordination", CHIEF, new_content="只改造东区")
    assert "主要领导答复（已解决）：已协调 办理内容有调整。" in done.summary


WORDS = [
    (R, {}, "承办单位已签收。"),
    ("submit_plan", {}, "承办单位已报办理方案。"),
    (F, {}, "承办单位反馈了进展情况。"),
    (F, {"final": True}, "承办单位提交了办理结果，请区政府分管领导阅签。"),
    (F, {"interim_opinion": True}, "承办单位提交了办理意见（阶段性），请区政府分管领导阅签。"),
    (EXT, {}, "承办单位申请延期至2026年11月27日（周五）：雨季停工"),
    (ASK, {}, "提请区政府分管领导协调：用地"),
    ("remind", {}, "电话催报（王科长）：请抓紧"),
    ("suspend_item", {}, "暂缓办理：政策调整"),
    ("terminate_item", {}, "终止办理：政策调整"),
]


@pytest.mark.parametrize(("act", "said", "words"), WORDS)
def test_what_the_timeline_says(act: str, said: dict[str, Any], words: str) -> None:
    life = ready("directive", *(() if act == R else (R,)))
    assert life.do(act, **said).summary == words


def test_what_the_leader_and_the_office_say_is_quoted() -> None:
    life = ready("ordinary", R, F)
    assert life.copy().do(S).summary == "分管领导已阅签，报送督查室审核。"
    assert life.copy().do(S, approved=False, comment="数据不实").summary == "分管领导退回：数据不实"
    life.do(S)
    sent_back = life.copy().do("review", accepted=False, comment="缺材料。").summary
    assert sent_back == "退回补办：缺材料。 请于2026年11月5日（周四）前重新报送。"
    life = ready("ordinary", R, EXT)
    assert life.do(ADV, supports=False).summary == "分管领导不同意延期：情况属实"
    assert life.do("decide_extension", OFFICE, approved=False).summary == "不同意延期：同意"
    assert life.do("explain_delay").summary.startswith("承办单位说明了未办结原因")


def test_the_clock_s_own_words() -> None:
    life = Life(Kind.DATED, at(11, 2, 9)).at(at(11, 30))
    texts = {n.rung: n.text for e in life.events for n in e.notices if n.clock == "result"}
    assert texts == {
        "remind-3": "“校舍安全改造”的办理结果期限为11月20日24时，请按时报送。",
        "remind-1": "“校舍安全改造”的办理结果期限为11月20日24时，请按时报送。",
        "remind-0": "“校舍安全改造”的办理结果期限为11月20日24时，请按时报送。",
        "lapse": "“校舍安全改造”未在11月20日24时前办结，已逾期。"
        "请于2026年11月23日（周一）前说明原因和下一步办理意见。",
        "chief": "“校舍安全改造”于11月20日24时到期，逾期后仍未办结，报区政府主要领导，"
        "建议列入通报（由督查室决定）。",
    }
    missed = next(n for e in life.events for n in e.notices if n.clock == "receipt")
    assert missed.text == "“校舍安全改造”未在11月3日24时前完成签收。"
    assert missed.title == "签收到期"


def test_a_late_plan_is_called_late_from_its_lapse_on() -> None:
    life = Life("directive", at(11, 2, 9)).at(at(11, 4, 9))
    life.do(R)
    assert life.do("submit_plan").summary == "承办单位迟报办理方案。"
    assert life.do("submit_plan").summary == "承办单位迟报办理方案。"


def test_across_the_turn_of_the_year_the_year_is_said() -> None:
    """E14: issued on 28 December, due in January; lapsed in January, read in January."""
    life = Life("ordinary", at(12, 28, 9))
    assert life.events[0].summary.endswith("办理结果期限为2027年1月5日24时（暂定）。")
    life.do("receive")
    life.do("request_extension", new_due_on=on(1, 8, 2027))
    life.at(at(1, 4, 10, year=2027))
    assert life.notices("remind-1")[0].text.endswith("期限为1月5日24时，请按时报送。")
    late = Life("ordinary", at(12, 24, 9)).at(at(1, 1, 0, year=2027))
    lapse = next(n for n in late.notices("lapse") if n.clock == "result")
    assert "未在2026年12月31日24时前办结" in lapse.text
