"""A deputy leader is followed by another: what waited for the one waits for the other, visibly."""

from datetime import date
from typing import Any

import pytest

from domain.directory import Post
from domain.errors import Refused
from domain.items import Changes
from domain.succession import HandOver, awaited, hand_over
from tests.domain.life import OFFICE, Life, at

CHANGE = HandOver(
    predecessor="li",
    predecessor_name="李副区长",
    successor="wu",
    successor_name="吴副区长",
    on=date(2026, 10, 12),
    reason="区政府领导分工调整。",
)


RESULT = ("submit_feedback", {"text": "已完成", "final": True})


def lived(*steps: str | tuple[str, dict[str, Any]]) -> Life:
    """An item to which these acts have been done, in order."""
    life = Life()
    for step in steps:
        act, body = (step, {}) if isinstance(step, str) else step
        life.do(act, **body)
    return life


def test_what_waits_for_the_deputy_leader_is_handed_over_by_name() -> None:
    life = lived("receive", RESULT)
    assert awaited(life.item) == ("办理结果待阅签",)
    before = life.item
    (done,) = hand_over(before, CHANGE, OFFICE, life.now)
    assert done.summary == (
        "区政府分管领导由李副区长变更为吴副区长，待签事项一并移交（办理结果待阅签）："
        "区政府领导分工调整。"
    )
    assert (done.changes, done.status, done.actor) == (Changes(), before.status, OFFICE)
    (notice,) = done.notices
    assert notice.audience == ("deputy:edu", "office")


def test_coordination_and_extension_wait_as_well_and_alarms_ring_first() -> None:
    life = lived("receive", "request_coordination", "request_extension")
    assert awaited(life.item) == ("提请待协调", "延期申请待提意见")
    events = hand_over(life.item, CHANGE, OFFICE, at(12, 1))
    assert len(events) > 1
    assert [event.act for event in events].index("hand_over") == len(events) - 1
    life.do("advise_extension")
    life.do("answer_coordination")
    assert awaited(life.item) == ()


def test_a_suspended_item_still_waits() -> None:
    life = lived("receive", RESULT, "suspend_item")
    assert awaited(life.item) == ("办理结果待阅签",)


def test_what_waits_for_nobody_or_is_over_is_left_alone() -> None:
    with pytest.raises(Refused, match="nothing_to_hand_over"):
        hand_over(Life().item, CHANGE, OFFICE, at(10, 12))
    ended = lived("terminate_item")
    with pytest.raises(Refused, match="terminated"):
        hand_over(ended.item, CHANGE, OFFICE, ended.now)


def test_vacant_posts_are_warned_of_at_issue() -> None:
    codes = [w.code for w in Life(vacant=(Post.HANDLER, Post.DEPUTY)).item.warnings]
    assert codes == ["trio_incomplete", "no_deputy"]
    assert Life(vacant=()).item.warnings == ()
