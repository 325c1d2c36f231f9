"""重新交办、归档: what may still be done to an item that was struck off (T30, T31)."""

from dataclasses import replace

import pytest

from domain.errors import DomainError
from domain.items import ENDED, Escalation, HandedIn, Status
from domain.parts import Part, PartState
from domain.revival import check_parent
from tests.domain.life import CHIEF, DEPUTY, OFFICE, STAFF, UNIT, Life, at, on


def closed(life: Life | None = None) -> Life:
    """Struck off, a day late."""
    life = life or Life()
    life.do("receive")
    life.at(at(11, 10, 9))
    life.do("submit_feedback", final=True)
    life.do("sign_off")
    life.do("review")
    return life


def test_no_part_is_under_way_again_under_a_whole_that_has_ended() -> None:
    """R10; it may be archived, and a whole that is under way may have it back."""
    for ended in ENDED:
        with pytest.raises(DomainError, match="parent_ended"):
            check_parent(Status.IN_PROGRESS, ended)
        check_parent(Status.ARCHIVED, ended)
    for whole in (None, *(set(Status) - ENDED)):
        check_parent(Status.IN_PROGRESS, whole)


def test_a_new_round_has_its_own_limit_and_late_stays_late() -> None:
    life = closed()
    assert life.item.lapsed
    before = life.item.spent
    life.at(at(11, 20, 9))
    event = life.do("reopen", new_due_on=on(12, 4), reason="反弹")
    item = life.item
    assert (item.status, item.rounds, item.escalation) == (
        Status.IN_PROGRESS,
        2,
        Escalation.NONE,
    )
    assert "第2轮" in event.summary
    assert item.governing is not None
    assert (item.governing.key, item.governing.due_on) == ("result-2", on(12, 4))
    assert item.lapsed
    assert (item.spent, item.handed_in) == (before, HandedIn())
    life.at(at(12, 5, 9))
    assert life.clock("result-2").lapsed
    life.do("submit_feedback", final=True)
    life.do("sign_off")
    life.do("review")
    assert life.item.closed_at == at(12, 5, 9)


@pytest.mark.parametrize("actor", [UNIT, DEPUTY, CHIEF, STAFF])
@pytest.mark.parametrize("act", ["reopen", "archive"])
def test_only_the_head_of_the_office_does_it(act: str, actor: object) -> None:
    code = closed().refused(act, actor)  # type: ignore[arg-type]
    assert code == ("head_required" if actor is STAFF else "not_your_role")


def test_archived_it_is_over() -> None:
    life = closed()
    life.do("archive")
    assert (life.item.status, life.item.ended) == (Status.ARCHIVED, True)
    for act in ("reopen", "archive", "remind"):
        assert life.refused(act, OFFICE) == "archived"


@pytest.mark.parametrize("act", ["reopen", "archive"])
def test_only_what_was_struck_off_is_called_back(act: str) -> None:
    assert Life().refused(act, OFFICE) == "not_closed"
    life = Life()
    life.do("terminate_item", OFFICE)
    assert life.refused(act, OFFICE) == "terminated"


def test_a_file_that_lacks_something_is_not_archived() -> None:
    part = Part(
        key="part-1",
        name="分项",
        item_id="a",
        unit="road",
        unit_name="区交通运输局",
        state=PartState.OPEN,
    )
    life = closed()
    life.item = replace(life.item, handed_in=HandedIn(), parts=(part,))
    with pytest.raises(DomainError) as refused:
        life.do("archive")
    assert refused.value.code == "file_incomplete"
    assert "没有经阅签、审核的办理结果" in refused.value.detail
    assert "分项（区交通运输局，办理中）" in refused.value.detail
