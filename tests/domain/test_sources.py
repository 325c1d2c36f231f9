"""The rules of sources: what an item takes from its source, what it lacks, how far it has come."""

from dataclasses import replace
from typing import Any

import pytest

from domain.errors import Invalid
from domain.items import Category, HandedIn, Kind, Source, Status
from domain.opening import check_facts
from domain.origins import MeetingType, ProposalRole, SourceLevel, SourceType
from domain.sources import (
    Clause,
    Registered,
    Tracked,
    checked,
    checked_clause,
    counts,
    filled,
    limited_by_reply,
    uncovered,
)
from domain.stated import stated
from tests.domain.life import Life, at, facts_of, on

NOW = at(11, 2, 9)
PROPOSED = Source(
    type="建议",
    reference="区人大2026年第8号",
    proposer="刘洋",
    role=ProposalRole.HOST,
    level=SourceLevel.DISTRICT,
    reply_due_on=on(11, 20),
)


def gaps(category: str, kind: str = "ordinary", **facts: Any) -> str:
    """What is said to be missing; nothing where nothing is."""
    item = Life(kind, NOW, category=Category(category), **facts).item
    return "；".join(w.detail for w in item.warnings if w.code == "source_incomplete")


@pytest.mark.parametrize(
    ("category", "missing"),
    [
        ("A1", ""),
        ("A2", ""),
        ("B1", "文号或编号、上级要求的期限"),
        ("B2", ""),
        ("C1", "批示领导、级别、来源日期、批示的原文"),
        ("C2", ""),
        ("D1", "文号或编号、条款序号"),
        ("D2", "文号或编号、来源日期、条款序号"),
        (
            "E",
            "级别、文号或编号、提出人、主办或会办、答复期限、按答复期限确定的明确时限（due_on）",
        ),
        ("F", "文号或编号"),
    ],
)
def test_what_a_category_asks_of_its_source(category: str, missing: str) -> None:
    said = f"{category} 类事项的来源尚缺：{missing}，请核对原件。" if missing else ""
    assert gaps(category) == said
    every = Source(
        type="x",
        reference="8号",
        leader="张区长",
        date=on(11, 1),
        clause="三",
        level=SourceLevel.CITY,
        proposer="刘洋",
        role=ProposalRole.JOINT,
        reply_due_on=on(11, 30),
        upstream_due_on=on(11, 30),
    )
    assert gaps(category, "dated", source=every, original_text="请速办") == ""


def test_a_part_does_not_say_again_what_its_parent_said() -> None:
    assert gaps("D2")
    assert gaps("D2", parent_id="8") == ""


def test_what_only_looks_like_words_is_missing() -> None:
    blank = Source(type="x", reference=" \u200b", clause="\u3000")
    assert "文号或编号、条款序号" in gaps("D1", source=blank)


def test_an_item_due_after_the_reply_is_warned_of() -> None:
    for due, codes in ((19, []), (23, ["later_than_reply"])):
        life = Life("dated", NOW, category=Category.E, source=PROPOSED, due_on=on(11, due))
        assert [w.code for w in life.item.warnings] == codes


def test_a_proposal_is_limited_by_its_reply() -> None:
    facts = facts_of(Kind.DATED, category=Category.E, source=PROPOSED, due_on=None)
    assert limited_by_reply(facts).due_on == on(11, 20)
    for changed in (
        {"due_on": on(11, 12)},
        {"due_at": at(11, 12, 9)},
        {"scheme_due_on": on(11, 12)},
        {"category": Category.D1},
        {"kind": Kind.ORDINARY},
    ):
        other = replace(facts, **changed)
        assert limited_by_reply(other) is other


@pytest.mark.parametrize(
    ("code", "source"),
    [
        ("text_too_long", Source(type="x", clause="长" * 20_001)),
        ("text_too_long", Source(type="x", proposer="长" * 20_001)),
        ("date_out_of_range", Source(type="x", reply_due_on=on(1, 1, 2101))),
    ],
)
def test_what_a_source_cannot_be(code: str, source: Source) -> None:
    with pytest.raises(Invalid) as caught:
        check_facts(facts_of(Kind.ORDINARY, source=source), NOW, NOW)
    assert caught.value.code == code


DIRECTIVE = Registered(
    type=SourceType.DIRECTIVE,
    title="关于校舍安全的批示",
    year=2026,
    reference="周政批〔2026〕9号",
    date=on(11, 1),
    leader="张区长",
    level=SourceLevel.DISTRICT,
    upstream_due_on=on(12, 1),
)


def test_what_an_item_leaves_blank_is_taken_from_the_register() -> None:
    said = filled(Source(type="", id=7, reference="另一号"), DIRECTIVE)
    assert (said.type, said.reference, said.leader) == ("批示", "另一号", "张区长")
    assert (said.date, said.level, said.upstream_due_on) == (
        on(11, 1),
        SourceLevel.DISTRICT,
        on(12, 1),
    )
    assert (said.id, said.received_at) == (7, None)


def test_who_took_the_chair_did_not_hand_it_out() -> None:
    """Whoever is named as the leader approves its end (T28)."""
    meeting = replace(DIRECTIVE, type=SourceType.MEETING, meeting_type=MeetingType.MAYOR)
    said = filled(Source(type=""), meeting)
    assert (said.type, said.leader, said.meeting_type) == ("会议", "", MeetingType.MAYOR)


def test_a_source_of_a_former_release_is_sealed_as_it_was() -> None:
    former = {"type", "reference", "leader", "date", "received_at", "upstream_due_on"}
    assert stated(Source(type="会议")).keys() == former
    assert stated(Source(type="会议", clause="三")).keys() == {*former, "clause"}


@pytest.mark.parametrize("no", ["", " ", "一 二", "a/b", "a\\b", "?", "#1", "5%", "...", "长" * 21])
def test_a_clause_number_stands_in_addresses(no: str) -> None:
    with pytest.raises(Invalid, match="bad_clause_no"):
        checked_clause(Clause(no=no, text="办"))


@pytest.mark.parametrize("no", ["三", "2.1", "（二）", "第3条", "1-2", " 四 "])
def test_a_clause_number_may_be(no: str) -> None:
    assert checked_clause(Clause(no=no, text="办")).no == no.strip()


def test_texts_are_registered_without_blanks_around_them() -> None:
    said = checked(replace(DIRECTIVE, title=" 批示 ", reference=" 9号 ", leader=" "))
    assert (said.title, said.reference, said.leader) == ("批示", "9号", "")


def tracked(status: Status, *, fed: bool = True, clause: str | None = "一") -> Tracked:
    return Tracked(clause=clause, status=status, has_feedback=fed, hand_in=HandedIn())


def test_what_counts_as_a_result() -> None:
    found = {
        status: (one.has_result, one.handed_in, one.awaits_feedback)
        for status in Status
        for one in [tracked(status, fed=False)]
    }
    neither, waiting = (False, False, True), (False, True, True)
    assert found == {
        **dict.fromkeys(Status, neither),
        Status.AWAITING_SIGN_OFF: waiting,
        Status.AWAITING_REVIEW: waiting,
        Status.CLOSED: (True, False, True),
        Status.ARCHIVED: (True, False, True),
        Status.TERMINATED: (False, False, False),
    }
    interim = replace(tracked(Status.AWAITING_REVIEW), hand_in=HandedIn(interim=True))
    assert not interim.handed_in


def test_the_figures_and_their_sentence() -> None:
    every = [tracked(Status.CLOSED)] * 9 + [tracked(Status.IN_PROGRESS)] * 2
    every.append(tracked(Status.ISSUED, fed=False))
    assert counts(every, 3).sentence == "共12项，9项有结果，11项有反馈；3条未立项。"
    assert counts(every, 0).sentence == "共12项，9项有结果，11项有反馈。"
    assert counts(every, None).sentence == "共12项，9项有结果，11项有反馈。"
    more = [tracked(Status.AWAITING_REVIEW), tracked(Status.TERMINATED, fed=False)]
    assert counts(more, 0).sentence == (
        "共2项，0项有结果，1项有反馈，1项已报结果待审签，1项已终止。"
    )


def test_a_clause_is_uncovered_until_an_item_or_a_decision_settles_it() -> None:
    items = [tracked(Status.TERMINATED, clause="一"), tracked(Status.ISSUED, clause=None)]
    assert uncovered(["一", "二", "三"], ["三"], items) == ("二",)
    assert uncovered([], [], items) == ()
