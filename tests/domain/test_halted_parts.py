"""Parts that are put off, and taken up again, with the whole (R10, T28, T29); and what the whole
hears of a part that goes back to 拟办."""

from dataclasses import replace

import pytest

from domain.errors import DomainError
from domain.family import hear, news_of
from domain.items import Event, Status
from domain.lifecycle import evolve_all
from domain.orders import follow, is_order, order_of, ordered
from domain.parts import Part, PartState
from tests.domain.life import OFFICE, Life, operator


def followed(whole: Life, part: Life, event: Event) -> str:
    """The part's status once it has followed; the code where there is nothing to follow."""
    assert is_order(event)
    act = ordered(event.act, whole.item.status)
    order = order_of(act, event.body, event.at, event.seq, whole.item.approval)
    try:
        part.happened(follow(part.item, order, OFFICE, whole.now))
    except DomainError as error:
        return error.code
    return part.item.status


def test_a_part_put_off_with_the_whole_is_taken_up_with_it_alone() -> None:
    whole, part = Life(), Life()
    assert followed(whole, part, whole.do("suspend_item")) == "suspended"
    assert part.refused("resume_item") == "suspended_with_parent"
    assert followed(whole, part, whole.do("resume_item")) == "issued"
    part.do("suspend_item")
    part.do("resume_item")


def test_a_part_put_off_by_itself_stays_so() -> None:
    whole, part = Life(), Life()
    part.do("suspend_item")
    assert followed(whole, part, whole.do("suspend_item")) == "suspended"
    assert part.refused("resume_item") == "suspended_with_parent"
    assert followed(whole, part, whole.do("resume_item")) == "suspended"
    part.do("resume_item")
    assert part.item.status is Status.ISSUED


def test_annulling_a_suspension_of_the_whole_takes_its_parts_up_again() -> None:
    whole, part = Life(), Life()
    put_off = whole.do("suspend_item", operator("suspend_item"))
    assert followed(whole, part, put_off) == "suspended"
    assert followed(whole, part, whole.do("annul_act", target=put_off.seq)) == "issued"


def test_annulling_a_resumption_of_the_whole_puts_its_parts_off_again() -> None:
    whole, part = Life(), Life()
    followed(whole, part, whole.do("suspend_item"))
    taken_up = whole.do("resume_item", operator("resume_item"))
    assert followed(whole, part, taken_up) == "issued"
    assert followed(whole, part, whole.do("annul_act", target=taken_up.seq)) == "suspended"


def test_annulling_anything_else_means_nothing_to_parts() -> None:
    whole, part = Life(), Life()
    received = whole.do("receive", operator("receive"))
    assert followed(whole, part, whole.do("annul_act", target=received.seq)) == "nothing_new"


@pytest.mark.parametrize("handed_out", [True, False])
def test_to_whom_a_part_sent_back_goes_is_not_known_before_its_issue(handed_out: bool) -> None:
    whole, part = Life(), Life()
    held = Part(
        key="part-1",
        name="分项",
        item_id=part.item.id,
        unit=part.item.facts.lead_unit,
        unit_name=part.item.facts.lead_unit_name,
        state=PartState.OPEN,
    )
    item = replace(whole.item, parts=(held,), handed_out=handed_out)
    part.do("return_assignment")
    part.do("decide_return")
    part.do("revise_draft", lead_unit="road", unit_name="区交通运输局")
    news = news_of(part.item)
    assert (news.unit, news.handed_out) == ("road", False)
    if handed_out:
        with pytest.raises(DomainError) as nothing:
            hear(item, replace(news, due_on=held.due_on), whole.now)
        assert nothing.value.code == "nothing_new"
    after = evolve_all(item, hear(item, replace(news, handed_out=True), whole.now))
    assert after.parts[0].unit == "road"
