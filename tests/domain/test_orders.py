"""Parts registered at 拟办 follow the whole through 报批, 下达, 退回 and 补批 (T2–T5u, R10)."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from domain.acts import IssueTerms
from domain.clocks import Rule
from domain.directory import Post, Responsible
from domain.errors import DomainError
from domain.items import Actor, Approval, Event, Item, Outcome, Role, Status
from domain.lifecycle import decide, refuse
from domain.orders import FOLLOW, Order, follow, is_order, order_of
from tests.domain.life import (
    CHIEF,
    DEPUTY,
    OFFICE,
    OTHER_DEPUTY,
    TERMS,
    Life,
    at,
    command,
    on,
    operator,
)

BASIS = "区政府常务会议决定"
ROAD: dict[str, Any] = {"lead_unit": "road", "lead_unit_name": "区交通运输局", "co_units": ()}
ROAD_TERMS = replace(
    TERMS,
    responsible=(Responsible(post=Post.PRINCIPAL, name="甲", unit="road"),),
    vacant=(Post.DEPUTY,),
)


class Family:
    """A whole at 拟办 and a part of it, of another unit, at the same time."""

    def __init__(self, **whole: Any) -> None:
        self.whole = Life(draft=True, basis=BASIS, **whole)
        self.part = Life(draft=True, basis=BASIS, **ROAD)

    def at(self, when: datetime) -> "Family":
        self.whole.at(when)
        self.part.at(when)
        return self

    def do(self, act: str, actor: Actor | None = None, **more: Any) -> Order:
        """What was ordered of the whole, as it is read from its timeline."""
        event = self.whole.do(act, actor, **more)
        self.ordered_by = event.actor or OFFICE
        return order_of(event.act, event.body, event.at, event.seq, self.whole.item.approval)

    def follow(self, order: Order, terms: IssueTerms | None = ROAD_TERMS) -> Event:
        """The part's own entry of following it."""
        done = follow(self.part.item, order, self.ordered_by, self.part.now, terms)
        self.part.happened(done)
        return next(event for event in done if event.act == FOLLOW)

    def followed(self, act: str, actor: Actor | None = None, **more: Any) -> Event:
        return self.follow(self.do(act, actor, **more))

    def left(self, order: Order, terms: IssueTerms | None = ROAD_TERMS) -> str:
        """The code with which the part says that there is nothing to follow."""
        with pytest.raises(DomainError) as caught:
            follow(self.part.item, order, self.ordered_by, self.part.now, terms)
        return caught.value.code


def readers(event: Event) -> set[str]:
    return {who for notice in event.notices for who in notice.audience}


def begun(item: Item) -> tuple[Any, ...]:
    return item.clocks, item.parts, item.warnings, item.issued_at, item.holder_since


def test_submitted_with_the_whole() -> None:
    family = Family()
    event = family.followed("submit_for_approval", approved_by=CHIEF)
    assert family.part.item.status is Status.AWAITING_APPROVAL
    assert family.part.item.approval == family.whole.item.approval
    assert (event.title, event.actor) == ("随上级事项报批", family.ordered_by)
    assert "请张区长批准" in event.summary
    assert readers(event) == set(), "they are told of the whole"


@pytest.mark.parametrize("issued", [None, at(11, 4, 9)])
def test_approved_with_the_whole_it_is_as_if_issued_by_itself(issued: datetime | None) -> None:
    """T5: its own clocks from the same 下达, its own warnings, its own unit told."""
    family = Family().at(at(11, 5, 10))
    family.followed("submit_for_approval")
    order = family.do("approve_issue", issued_at=issued)
    family.part.at(at(11, 5, 10, 3))
    event = family.follow(order)
    twin = Life(draft=True, basis=BASIS, **ROAD).at(at(11, 5, 10))
    twin.do("submit_for_approval")
    twin.do(
        "approve_issue", CHIEF, terms=ROAD_TERMS, issued_at=issued or family.whole.item.issued_at
    )
    assert begun(family.part.item) == begun(twin.item)
    assert family.part.item.issued_at == family.whole.item.issued_at
    assert [w.code for w in family.part.item.warnings] == ["no_deputy"]
    assert family.part.item.handed_out
    assert event.title == "随上级事项批准下达"
    assert "李副区长批准" in event.summary
    assert "区交通运输局" in event.summary
    assert readers(event) == {"unit:road"}


def test_refused_with_the_whole_it_is_a_draft_again() -> None:
    family = Family()
    family.followed("submit_for_approval")
    # An instant that a refusal happens to name issues nothing.
    event = family.followed(
        "approve_issue", approved=False, comment="请补充要求", issued_at=at(11, 2, 9)
    )
    assert (family.part.item.status, family.part.item.clocks) == (Status.DRAFT, ())
    assert event.title == "随上级事项退回拟办"
    assert "请补充要求" in event.summary
    family.followed("submit_for_approval")
    assert family.followed("approve_issue").status is Status.ISSUED


def test_issued_at_once_and_ratified_with_the_whole() -> None:
    """T5u."""
    family = Family(urgency="extra_urgent")
    order = family.do("submit_for_approval", approved_by=CHIEF, at_once=True)
    family.part.at(at(11, 2, 9, 2))
    event = family.follow(order)
    assert event.title == "随上级事项特急下达"
    assert family.part.item.status is Status.ISSUED
    owed = family.part.clock("ratification")
    of_whole = family.whole.clock("ratification")
    assert (owed.rule, owed.due_at) == (Rule.RATIFICATION, of_whole.due_at)
    assert family.part.item.issued_at == family.whole.item.issued_at
    assert family.part.item.approval.owed
    event = family.followed("ratify", CHIEF)
    assert (event.title, event.actor) == ("随上级事项补批", CHIEF)
    assert "张区长" in event.summary
    assert not family.part.item.approval.owed
    assert not family.part.clock("ratification").running
    assert family.left(order_of("ratify", {"comment": "再"}, at(11, 2), 9, Approval())) == (
        "nothing_new"
    )


def test_what_another_is_to_ratify_the_whole_does_not_cover() -> None:
    family = Family(urgency="extra_urgent")
    family.part.do("revise_draft", content=None, urgency="extra_urgent")
    family.part.do("submit_for_approval", approved_by=OTHER_DEPUTY, at_once=True, terms=ROAD_TERMS)
    order = family.do("submit_for_approval", approved_by=DEPUTY, at_once=True)
    assert family.left(order) == "nothing_new"
    assert family.left(family.do("ratify")) == "nothing_new"
    assert family.part.item.approval.owed


def test_issued_by_itself_first_it_keeps_its_own_dates() -> None:
    family = Family()
    family.part.do("submit_for_approval")
    family.part.do("approve_issue", CHIEF, terms=ROAD_TERMS)
    before = family.part.item
    for act in ("submit_for_approval", "approve_issue"):
        assert family.left(family.do(act)) == "nothing_new"
    assert family.part.item == before


def test_withdrawn_it_stays_as_it_is() -> None:
    family = Family()
    order = family.do("submit_for_approval")
    family.part.do("terminate_item")
    assert family.left(order) == "terminated"
    assert family.left(family.do("approve_issue")) == "terminated"


def test_what_is_under_way_already_is_not_submitted_twice() -> None:
    family = Family()
    family.part.do("submit_for_approval", approved_by=OTHER_DEPUTY, terms=ROAD_TERMS)
    assert family.left(family.do("submit_for_approval")) == "nothing_new"
    assert family.part.item.approval.approver == "wu"
    family.followed("approve_issue")
    assert family.part.item.approval == Approval(), "whose word it was"


def test_sent_back_by_itself_it_is_not_issued_with_the_whole() -> None:
    """It was not before the approver; the office learns that it was left behind."""
    family = Family()
    family.followed("submit_for_approval")
    family.part.do("approve_issue", CHIEF, approved=False, comment="承办单位不妥")
    event = family.followed("approve_issue")
    assert (event.outcome, event.body["code"]) == (Outcome.REFUSED, "draft")
    assert readers(event) == {"office"}
    assert family.part.item.status is Status.DRAFT


def test_what_came_back_from_its_unit_is_not_handed_out_with_the_whole() -> None:
    """T7: another unit has to be found first."""
    family = Family()
    family.part.do("submit_for_approval")
    family.part.do("approve_issue", CHIEF, terms=ROAD_TERMS)
    family.part.do("return_assignment", Actor(username="r", name="", role=Role.UNIT, unit="road"))
    family.part.do("decide_return")
    assert family.left(family.do("submit_for_approval")) == "nothing_new"
    assert family.left(family.do("approve_issue")) == "nothing_new"


@pytest.mark.parametrize(
    ("facts", "code"), [({"basis": ""}, "basis_required"), ({"due_on": on(11, 4)}, "due_in_past")]
)
def test_what_cannot_follow_says_so_and_the_office_is_told(
    facts: dict[str, Any], code: str
) -> None:
    """Nothing waits for it for ever: it stays where it is."""
    family = Family()
    kind = "dated" if "due_on" in facts else "ordinary"
    family.part = Life(kind, draft=True, **{"basis": BASIS, **ROAD, **facts})
    if code == "due_in_past":
        family.followed("submit_for_approval")
    before = family.part.item.status
    family.at(at(11, 6, 9))
    act = "approve_issue" if code == "due_in_past" else "submit_for_approval"
    event = family.followed(act)
    assert (event.outcome, event.body["code"]) == (Outcome.REFUSED, code)
    assert family.part.item.status is before
    assert readers(event) == {"office"}
    assert "未办成" in event.summary
    assert not is_order(event)


def test_looked_up_for_another_unit_it_is_looked_up_again() -> None:
    family = Family()
    family.followed("submit_for_approval")
    order = family.do("approve_issue")
    other = replace(
        TERMS, responsible=(Responsible(post=Post.PRINCIPAL, name="乙", unit="health"),)
    )
    assert family.left(order, other) == "terms_required"
    assert family.left(order, None) == "terms_required"


def test_a_part_of_a_part_follows_too() -> None:
    """What a part follows is an order to its own parts: the same 下达."""
    family = Family()
    for act in ("submit_for_approval", "approve_issue"):
        order = family.do(act)
        event = family.follow(order)
        assert is_order(event)
        again = order_of(event.act, event.body, event.at, event.seq, family.part.item.approval)
        assert replace(again, parent_seq=order.parent_seq) == order


def test_a_draft_put_an_end_to_with_the_whole_is_no_news_to_its_unit() -> None:
    family = Family()
    event = family.followed("terminate_item", OFFICE)
    assert family.part.item.status is Status.TERMINATED
    assert readers(event) == {"office"}


def test_what_was_refused_of_the_whole_is_no_order() -> None:
    whole = Life()
    someone = operator("terminate_item")
    with pytest.raises(DomainError) as caught:
        decide(whole.item, command("terminate_item", someone), whole.now)
    event = refuse(whole.item, "terminate_item", {}, someone, caught.value, whole.now)
    assert not is_order(event)
    assert is_order(whole.do("terminate_item"))
