"""时间节点: each node judged by itself, the item by its last (五(二), R41)."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from domain.clocks import Rule
from domain.errors import Invalid, Refused
from domain.items import Escalation, Item, Milestone, Source, Status
from domain.lifecycle import decide
from domain.nodes import in_order, state_of
from domain.parts import Target
from tests.domain.life import (
    CHIEF,
    CO_UNIT,
    OFFICE,
    OTHER_DEPUTY,
    OTHER_UNIT,
    UNIT,
    Life,
    at,
    command,
    on,
    operator,
)


def node(name: str, due_on: date, unit: str = "edu") -> Milestone:
    return Milestone(name=name, due_on=due_on, unit=unit)


def project(**more: Any) -> Life:
    nodes = (
        node("竣工验收", on(12, 18)),
        node("完成招标", on(11, 13), "fin"),
        node("主体封顶", on(12, 4)),
    )
    return Life("milestones", at(11, 2, 9), milestones=in_order(nodes), **more)


def dates(life: Life) -> dict[str, date]:
    return {clock.name: clock.due_on for clock in life.item.running_clocks}


def test_the_item_s_date_is_the_last_node_s() -> None:
    life = project()
    assert life.item.governing is not None
    assert (life.item.governing.name, life.item.governing.due_on) == ("竣工验收", on(12, 18))
    assert {(c.name, c.rule, c.unit) for c in life.item.clocks} == {
        ("竣工验收", Rule.NAMED_DATE, "edu"),
        ("完成招标", Rule.MILESTONE, "fin"),
        ("主体封顶", Rule.MILESTONE, "edu"),
        ("签收", Rule.RECEIPT, "edu"),
    }


def test_each_node_is_judged_by_itself() -> None:
    life = project()
    life.do("receive")
    life.at(at(11, 12, 10))
    told = [e for e in life.events if e.act.startswith("remind")]
    assert {"unit:fin" in n.audience for e in told for n in e.notices} == {True}
    event = life.do("submit_feedback", CO_UNIT, milestone="完成招标")
    assert "按期完成" in event.summary
    life.at(at(12, 5, 9))
    late = life.clock("node-2")
    assert (late.name, late.lapsed) == ("主体封顶", True)
    lapse = next(e for e in life.events if e.act == "lapse" and e.body["clock"] == "node-2")
    assert set(lapse.notices[0].audience) == {"office", "unit:edu", "deputy:edu"}
    assert (life.item.lapsed, life.item.escalation) == (False, Escalation.NONE)
    assert "逾期完成" in life.do("submit_feedback", milestone="主体封顶").summary
    life.do("submit_feedback", final=True)
    life.do("sign_off")
    life.do("review")
    assert (life.item.status, life.item.lapsed) == (Status.CLOSED, False)


def test_figures_told_with_a_node_are_kept() -> None:
    life = project(targets=(Target(name="投资额", unit="万元", target=100),))
    life.do("receive")
    told = [{"name": "投资额", "value": 40.0}]
    life.do("submit_feedback", milestone="主体封顶", actuals=told)
    assert [(one.name, one.value) for one in life.item.actuals] == [("投资额", 40.0)]


def test_only_its_own_unit_or_the_lead_reports_a_node() -> None:
    life = project()
    life.do("receive")
    assert life.refused("submit_feedback", CO_UNIT) == "not_your_unit"
    assert life.refused("submit_feedback", CO_UNIT, milestone="主体封顶") == "not_your_unit"
    assert life.refused("submit_feedback", OTHER_UNIT, milestone="完成招标") == "not_your_unit"
    life.do("submit_feedback", milestone="完成招标")
    assert life.refused("submit_feedback", CO_UNIT, milestone="完成招标") == "milestone_met"
    assert life.refused("submit_feedback", milestone="竣工验收") == "last_milestone"
    assert life.refused("submit_feedback", milestone="剪彩") == "no_such_milestone"
    with pytest.raises(Invalid, match="milestone_alone"):
        life.do("submit_feedback", milestone="主体封顶", final=True)


def test_nodes_are_added_and_moved_by_logged_orders() -> None:
    life = project()
    life.do("receive")
    event = life.do(
        "set_milestones",
        milestones=[
            {"name": "主体封顶", "due_on": on(12, 11)},
            {"name": "交付使用", "due_on": on(12, 31), "unit": "road"},
        ],
        reason="雨季顺延",
    )
    assert "“主体封顶”2026年12月11日" in event.summary
    assert dates(life) == {
        "交付使用": on(12, 31),
        "完成招标": on(11, 13),
        "主体封顶": on(12, 11),
        "竣工验收": on(12, 18),
    }
    result = life.item.governing
    assert result is not None
    assert (result.name, result.original_due_at.date()) == ("交付使用", on(12, 18))
    moved = life.clock("node-2")
    assert (moved.due_version, moved.original_due_at.date()) == (2, on(12, 4))
    assert "road" in life.item.facts.co_units


def test_a_node_moved_behind_the_last_becomes_the_last() -> None:
    life = project()
    life.do("receive")
    orders = [{"name": "主体封顶", "due_on": on(12, 25)}]
    life.do("set_milestones", CHIEF, milestones=orders)
    assert dates(life) == {
        "主体封顶": on(12, 25),
        "完成招标": on(11, 13),
        "竣工验收": on(12, 18),
    }
    assert life.clock("node-2").withdrawn
    life.do("set_milestones", CHIEF, milestones=[{"name": "主体封顶", "due_on": on(12, 10)}])
    assert dates(life)["主体封顶"] == on(12, 10)
    assert life.item.governing is not None
    assert (life.item.governing.name, life.item.governing.due_on) == ("竣工验收", on(12, 18))


def limit(item: Item) -> tuple[str, date]:
    """The item's limit, by the name of its node; its last node says the same."""
    assert item.governing is not None
    last = item.facts.milestones[-1]
    assert (last.name, last.due_on) == (item.governing.name, item.governing.due_on)
    return last.name, last.due_on


def version_of(item: Item) -> int:
    assert item.governing is not None
    return item.governing.due_version


def extended(life: Life) -> None:
    life.do("request_extension", new_due_on=on(12, 25))
    life.do("advise_extension")
    life.do("decide_extension")


def answered(life: Life) -> None:
    life.do("request_coordination")
    life.do("answer_coordination", new_due_on=on(12, 25))


def reopened(life: Life) -> None:
    life.signed().do("review")
    life.do("reopen", new_due_on=on(12, 25))


def resumed(life: Life) -> None:
    life.do("suspend_item", OFFICE)
    life.at(at(11, 9, 9)).do("resume_item", new_due_on=on(12, 25))


@pytest.mark.parametrize("dated_anew", [extended, answered, reopened, resumed])
def test_a_node_ordered_between_leaves_the_item_s_new_date_alone(
    dated_anew: Callable[[Life], None],
) -> None:
    life = project()
    life.do("receive")
    dated_anew(life)
    assert limit(life.item) == ("竣工验收", on(12, 25))
    version = version_of(life.item)
    life.do("set_milestones", milestones=[{"name": "装修", "due_on": on(12, 25)}])
    assert limit(life.item) == ("竣工验收", on(12, 25))
    assert version_of(life.item) == version
    life.do("set_milestones", milestones=[{"name": "交付", "due_on": on(12, 31)}])
    assert limit(life.item) == ("交付", on(12, 31))


def test_a_limit_set_before_another_node_stays_the_item_s() -> None:
    life = project()
    life.do("receive")
    life.do("request_coordination")
    life.do("answer_coordination", new_due_on=on(12, 1))
    life.do("set_milestones", milestones=[{"name": "装修", "due_on": on(11, 30)}])
    assert limit(life.item) == ("竣工验收", on(12, 1))


def test_resumed_all_nodes_show_the_days_given_back() -> None:
    life = project()
    life.do("receive")
    life.do("suspend_item", OFFICE)
    life.at(at(11, 9, 9)).do("resume_item")
    assert limit(life.item) == ("竣工验收", on(12, 25))
    shown = {node.name: node.due_on for node in life.item.facts.milestones}
    assert shown == {"完成招标": on(11, 20), "主体封顶": on(12, 11), "竣工验收": on(12, 25)}


def test_an_unverified_date_taken_back_is_taken_back_for_the_node() -> None:
    life = project()
    life.do("receive")
    life.do("request_coordination")
    more = {"new_due_on": on(12, 25), "new_content": "另行验收"}
    answer = life.do("answer_coordination", operator("answer_coordination"), **more)
    assert limit(life.item) == ("竣工验收", on(12, 25))
    life.do("annul_act", target=answer.seq)
    assert limit(life.item) == ("竣工验收", on(12, 18))


def test_the_nodes_of_a_former_lead_are_the_new_one_s() -> None:
    life = project()
    life.do("receive")
    life.do("request_coordination")
    life.do("answer_coordination", outcome="transferred", new_lead_unit="road")
    units = {node.name: node.unit for node in life.item.facts.milestones}
    assert units == {"完成招标": "fin", "主体封顶": "road", "竣工验收": "road"}
    life.do("receive", OTHER_UNIT)
    life.do("set_milestones", milestones=[{"name": "装修", "due_on": on(12, 11)}])
    assert life.item.facts.co_units == ("fin",)
    assert life.refused("submit_feedback", UNIT, milestone="主体封顶") == "not_your_unit"
    life.do("submit_feedback", CO_UNIT, milestone="完成招标")
    life.do("set_milestones", milestones=[{"name": "装修", "due_on": on(12, 11), "unit": "fin"}])
    assert next(c.unit for c in life.item.running_clocks if c.name == "装修") == "fin"


def states(life: Life) -> list[str]:
    """Of the nodes, in order."""
    clocks = {clock.name: clock for clock in life.item.clocks if not clock.withdrawn}
    return [state_of(clocks[node.name]).value for node in life.item.facts.milestones]


def test_a_node_that_nobody_reported_is_not_met_by_the_closing() -> None:
    life = project()
    life.do("receive")
    life.do("submit_feedback", milestone="完成招标")
    assert states(life) == ["met", "open", "open"]
    event = life.signed().do("review")
    assert event.summary.endswith("未单独报送的时间节点：主体封顶。")
    assert states(life) == ["met", "unreported", "met"]


def test_in_a_new_round_the_nodes_nobody_reported_are_open_again() -> None:
    life = project()
    life.at(at(11, 16, 9)).signed().do("review")
    assert life.clock("node-1").lapsed
    assert states(life) == ["unreported", "unreported", "met"]
    later = life.copy()
    life.do("reopen", new_due_on=on(12, 25))
    assert states(life) == ["open", "open", "open"]
    assert dates(life)["主体封顶"] == on(12, 4)
    assert "逾期完成" in life.do("submit_feedback", CO_UNIT, milestone="完成招标").summary
    assert "按期完成" in life.do("submit_feedback", milestone="主体封顶").summary
    assert states(life) == ["met", "met", "open"]
    later.at(at(12, 10, 9)).do("reopen", new_due_on=on(12, 25))
    assert [node.due_on for node in later.item.facts.milestones] == [
        on(11, 13),
        on(12, 25),
        on(12, 25),
    ]
    assert not later.clock("node-2").lapsed
    assert "按期完成" in later.do("submit_feedback", milestone="主体封顶").summary


def test_no_node_is_met_by_a_termination() -> None:
    life = project()
    life.do("receive")
    life.do("submit_feedback", milestone="完成招标")
    life.do("terminate_item", OFFICE)
    assert states(life) == ["met", "unreported", "unreported"]


def sent_back(life: Life) -> Life:
    """Taken back from its unit as wrongly assigned (T7)."""
    life.do("return_assignment")
    life.do("decide_return")
    return life


def issued_again(life: Life, unit: str) -> Life:
    life.do("revise_draft", lead_unit=unit, unit_name="区交通运输局")
    life.do("submit_for_approval")
    life.do("approve_issue", OTHER_DEPUTY)
    return life


def test_sent_back_and_issued_again_its_nodes_run_on_for_the_new_unit() -> None:
    life = project(basis="区政府常务会议纪要")
    sent_back(life)
    assert set(dates(life)) == {"完成招标", "主体封顶", "竣工验收"}
    issued_again(life.at(at(11, 3, 9)), "road")
    assert dates(life) == {
        "完成招标": on(11, 13),
        "主体封顶": on(12, 4),
        "竣工验收": on(12, 18),
        "签收": on(11, 4),
    }
    units = {clock.name: clock.unit for clock in life.item.running_clocks}
    assert (units["完成招标"], units["主体封顶"], units["竣工验收"]) == ("fin", "road", "road")
    life.do("receive", OTHER_UNIT)
    life.do("submit_feedback", CO_UNIT, milestone="完成招标")
    life.at(at(12, 5, 9))
    lapse = next(e for e in life.events if e.act == "lapse" and e.body["clock"] == "node-2")
    assert set(lapse.notices[0].audience) == {"office", "unit:road", "deputy:road"}


def test_nodes_that_an_item_has_no_more_are_withdrawn_when_it_is_issued_again() -> None:
    life = project(basis="区政府常务会议纪要")
    sent_back(life)
    life.do("revise_draft", kind="dated", due_on=on(12, 18))
    life.do("submit_for_approval")
    life.do("approve_issue")
    assert dates(life) == {"竣工验收": on(12, 18), "签收": on(11, 3)}
    assert all(life.clock(key).withdrawn for key in ("node-1", "node-2"))


def test_what_passed_while_nobody_had_it_is_moved_in_the_draft_and_issued_again() -> None:
    """Neither the item's limit nor a node's lapses at the second 下达 (O19, R41)."""
    life = sent_back(project(basis="区政府常务会议纪要"))
    life.at(at(12, 21, 9)).do("submit_for_approval")
    with pytest.raises(Refused) as refused:
        decide(life.item, command("approve_issue"), life.now)
    assert refused.value.code == "new_due_required"
    assert refused.value.detail == (
        "时间节点“完成招标”2026年11月13日（周五）、“主体封顶”2026年12月4日（周五）、"
        "“竣工验收”2026年12月18日（周五）的日期已过，请先退回拟办，"
        "在修改拟办内容时另定这些节点的日期（milestones）后重新报批。"
    )
    life.do("approve_issue", approved=False)
    assert life.refused("revise_draft", due_on=on(12, 31)) == "not_for_milestones"
    orders = [("完成招标", on(12, 25)), ("主体封顶", on(12, 28)), ("竣工验收", on(12, 20))]
    given = [{"name": name, "due_on": day} for name, day in orders]
    assert life.refused("revise_draft", milestones=given) == "due_not_after_now"
    given[-1]["due_on"] = on(12, 31)
    life.do("revise_draft", lead_unit="road", unit_name="区交通运输局", milestones=given)
    life.do("submit_for_approval")
    life.do("approve_issue", OTHER_DEPUTY)
    assert limit(life.item) == ("竣工验收", on(12, 31))
    assert dates(life) == {**dict(orders), "竣工验收": on(12, 31), "签收": on(12, 22)}
    units = {node.name: node.unit for node in life.item.facts.milestones}
    assert units == {"完成招标": "fin", "主体封顶": "road", "竣工验收": "road"}
    result = life.clock("result")
    assert (result.unit, result.original_due_at.date()) == ("road", on(12, 18))
    assert not any(clock.lapsed for clock in life.item.clocks)


def test_a_node_that_passed_while_nobody_had_it_does_not_lapse_at_the_second_issue() -> None:
    life = sent_back(project(basis="区政府常务会议纪要"))
    life.at(at(11, 16, 9)).do("submit_for_approval")
    assert life.refused("approve_issue") == "new_due_required"
    life.do("approve_issue", approved=False)
    added = [
        {"name": n, "due_on": day} for n, day in {"招标": on(11, 20), "装修": on(12, 7)}.items()
    ]
    life.do("revise_draft", milestones=added)
    assert [node.name for node in life.item.facts.milestones] == [
        "完成招标",
        "招标",
        "主体封顶",
        "装修",
        "竣工验收",
    ]
    life.do("submit_for_approval")
    assert life.refused("approve_issue") == "new_due_required"
    life.do("approve_issue", approved=False)
    life.do("revise_draft", milestones=[{"name": "完成招标", "due_on": on(11, 18)}])
    life.do("submit_for_approval")
    life.do("approve_issue")
    assert dates(life)["完成招标"] == on(11, 18)
    assert dates(life)["装修"] == on(12, 7)
    assert not any(clock.lapsed for clock in life.item.clocks)


def test_a_node_that_was_reached_does_not_become_the_last() -> None:
    """Its report would count for the result of the item."""
    life = project()
    life.do("receive")
    life.do("submit_feedback", milestone="主体封顶")
    moved = [{"name": "主体封顶", "due_on": on(12, 25)}]
    assert life.refused("set_milestones", milestones=moved) == "milestone_met"


def test_with_its_last_node_moved_a_late_item_s_ladder_begins_anew() -> None:
    life = project()
    life.do("receive")
    life.at(at(12, 21, 9))
    assert life.item.escalation is Escalation.DEPUTY
    life.do("set_milestones", milestones=[{"name": "装修", "due_on": on(12, 22)}])
    assert (life.item.escalation, life.item.lapsed) == (Escalation.NONE, True)


@pytest.mark.parametrize(
    ("kind", "facts", "code"),
    [
        ("milestones", {"milestones": ()}, "milestones_required"),
        ("milestones", {"milestones": (node("一", on(11, 9)),) * 2}, "same_milestone"),
        ("milestones", {"milestones": (node(" ", on(11, 9)),)}, "blank_text"),
        ("milestones", {"milestones": (node("一", on(10, 9)),)}, "due_in_past"),
        (
            "milestones",
            {"milestones": (node("一", on(11, 9)),), "due_on": on(11, 9)},
            "not_for_milestones",
        ),
        ("ordinary", {"milestones": (node("一", on(11, 9)),)}, "only_milestones"),
    ],
)
def test_what_cannot_be_issued(kind: str, facts: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        Life(kind, at(11, 2, 9), **facts)
    assert refused.value.code == code


def test_other_items_have_no_nodes() -> None:
    life = Life()
    life.do("receive")
    assert life.refused("set_milestones", CHIEF) == "only_milestones"
    assert life.refused("submit_feedback", milestone="一") == "no_such_milestone"


def test_a_node_that_was_the_last_for_a_while_is_reached() -> None:
    life = project()
    life.do("receive")
    life.do("set_milestones", CHIEF, milestones=[{"name": "主体封顶", "due_on": on(12, 25)}])
    life.do("set_milestones", CHIEF, milestones=[{"name": "交付使用", "due_on": on(12, 31)}])
    life.do("submit_feedback", milestone="主体封顶")
    assert "主体封顶" not in dates(life)
    assert life.refused("submit_feedback", milestone="主体封顶") == "milestone_met"


def test_a_node_between_takes_back_no_extension() -> None:
    life = project()
    life.do("receive")
    life.do("request_extension", new_due_on=on(12, 30))
    life.do("advise_extension")
    life.do("decide_extension", CHIEF)
    assert [n.due_on for n in life.item.facts.milestones] == [on(11, 13), on(12, 4), on(12, 30)]
    life.do("set_milestones", CHIEF, milestones=[{"name": "装修", "due_on": on(12, 15)}])
    assert dates(life)["竣工验收"] == on(12, 30)


def test_whoever_takes_over_answers_for_the_nodes_of_the_former_lead() -> None:
    life = project()
    life.do("receive")
    life.do("request_coordination")
    life.do("answer_coordination", outcome="transferred", new_lead_unit="road")
    assert [(n.name, n.unit) for n in in_order(life.item.facts.milestones)] == [
        ("完成招标", "fin"),
        ("主体封顶", "road"),
        ("竣工验收", "road"),
    ]
    life.do("receive", OTHER_UNIT)
    life.do("set_milestones", CHIEF, milestones=[{"name": "装修", "due_on": on(12, 15)}])
    assert "edu" not in life.item.facts.co_units
    assert life.refused("submit_feedback", milestone="主体封顶") == "not_your_unit"


def test_sent_back_its_nodes_wait_for_another_unit() -> None:
    source = Source(type="document", reference="周政会〔2026〕8号")
    life = project(source=source)
    life.at(at(11, 2, 15)).do("return_assignment")
    life.do("decide_return")
    assert set(dates(life)) == {"竣工验收", "完成招标", "主体封顶"}
    life.do("revise_draft", lead_unit="road", unit_name="区交通运输局")
    life.do("submit_for_approval")
    life.at(at(11, 4, 9)).do("approve_issue", CHIEF)
    assert {(c.name, c.unit) for c in life.item.running_clocks if c.rule is Rule.MILESTONE} == {
        ("完成招标", "fin"),
        ("主体封顶", "road"),
    }
    life.do("receive", OTHER_UNIT)
    life.do("submit_feedback", OTHER_UNIT, milestone="主体封顶")


def test_nodes_nobody_reached_are_not_said_to_be_met() -> None:
    life = project()
    life.do("receive")
    life.do("submit_feedback", milestone="主体封顶")
    life.do("submit_feedback", final=True)
    life.do("sign_off")
    event = life.do("review")
    assert "未单独报送的时间节点：完成招标" in event.summary
    assert {c.name: c.met for c in life.item.clocks if c.rule is Rule.MILESTONE} == {
        "完成招标": False,
        "主体封顶": True,
    }
    life.do("reopen")
    life.do("submit_feedback", milestone="完成招标")
    assert life.clock("node-1").met
