"""件件有结果，事事有反馈 (办法 二(二), R9) and 漏办 (R49): worked out of the items each time, as
far as they exist for the reader."""

import asyncio
from typing import Any

import pytest_asyncio
from temporalio.client import Client

from domain.items import Role
from embedded import Stack
from store.session import Database
from tests.api.directory import account, unit
from tests.api.test_signals import signal
from tests.api.test_sources import decide, issued, listed, read, refused, source
from tests.people import Json, People

DONE = {"approved": True, "comment": "同意。"}


@pytest_asyncio.fixture(scope="session")
async def operator(stack: Stack) -> Client:
    """A client that knows nothing of our types, as Temporal's own command line."""
    return await Client.connect(stack.temporal_address)


async def fed_back(desk: People, item: Json, **body: Any) -> Json:
    """The item after its first feedback."""
    await desk.act("zjj", item, "receipt")
    return await desk.act("zjj", item, "feedback", text="进展顺利。", **body)


async def closed(desk: People, item: Json) -> Json:
    """The item struck off."""
    await fed_back(desk, item, final=True)
    await desk.act("deputy", item, "sign-off", **DONE)
    return await desk.act("office", item, "review", accepted=True, comment="属实。")


def named(items: list[Json]) -> set[str]:
    """Which items they are."""
    return {item["id"] for item in items}


async def test_a_meeting_shows_how_far_each_of_its_items_has_come(desk: People) -> None:
    made = await source(desk, "一", "二", "三", "四")
    struck = await closed(desk, await issued(desk, made, "一"))
    waiting = await fed_back(desk, await issued(desk, made, "一"), final=True)
    going = await fed_back(desk, await issued(desk, made, "二"))
    silent = await issued(desk, made, "")
    ended = await issued(desk, made, "三")
    await desk.act("office", ended, "termination", reason="政策调整。")
    found = await read(desk, made)
    assert found["sentence"] == (
        "共5项，1项有结果，3项有反馈，1项已报结果待审签，1项已终止；1条未立项。"
    )
    assert found["counts"] == {
        "items": 5,
        "with_result": 1,
        "handed_in": 1,
        "with_feedback": 3,
        "terminated": 1,
        "uncovered": 1,
    }
    by_clause = {clause["no"]: named(clause["items"]) for clause in found["clauses"]}
    assert by_clause == {
        "一": {struck["id"], waiting["id"]},
        "二": {going["id"]},
        "三": {ended["id"]},
        "四": set(),
    }
    assert named(found["without_clause"]) == named(found["without_feedback"]) == {silent["id"]}
    assert found["uncovered"] == ["四"]
    (first, second) = found["clauses"][0]["items"]
    assert (first["status_name"], first["lamp"], first["lead_unit_name"]) == (
        "办结销号",
        "grey",
        "区住房和城乡建设局",
    )
    assert (first["has_result"], first["handed_in"], first["has_feedback"]) == (True, False, True)
    assert (second["has_result"], second["handed_in"]) == (False, True)
    assert (found["clause_count"], found["item_count"], found["uncovered_count"]) == (4, 5, 1)


async def test_a_feedback_that_was_refused_or_annulled_is_none(
    desk: People, operator: Client
) -> None:
    made = await source(desk, "一")
    item = await issued(desk, made, "一")
    await signal(operator, desk, item, "submit_feedback", {"text": "未签收即反馈。"})
    assert (await desk.timeline(item))[-1]["outcome"] == "refused"
    assert (await read(desk, made))["counts"]["with_feedback"] == 0
    await desk.act("zjj", item, "receipt")
    unverified = await signal(operator, desk, item, "submit_feedback", {"text": "代录的进展。"})
    assert (await read(desk, made))["counts"]["with_feedback"] == 1
    (seq,) = unverified["unverified"]
    await desk.act("office", item, f"acts/{seq}/annulment", comment="系误操作。")
    found = await read(desk, made)
    assert found["counts"]["with_feedback"] == 0
    assert named(found["without_feedback"]) == {item["id"]}
    await desk.act("zjj", item, "feedback", text="确有进展。")
    assert (await read(desk, made))["without_feedback"] == []


async def test_a_result_sent_back_is_none_and_the_feedback_remains(desk: People) -> None:
    made = await source(desk, "一")
    item = await fed_back(desk, await issued(desk, made, "一"), final=True)
    await desk.act("deputy", item, "sign-off", approved=False, comment="不全。")
    found = await read(desk, made)
    assert (found["counts"]["handed_in"], found["counts"]["with_feedback"]) == (0, 1)


async def test_what_nobody_took_up_is_found(desk: People) -> None:
    made = await source(desk, "一", "二", title="漏办检查")
    assert made["id"] in await listed(desk, q="漏办检查", uncovered=True)
    await issued(desk, made, "一")
    assert made["id"] in await listed(desk, q="漏办检查", uncovered=True)
    await decide(desk, made, "二", needed=False, reason="已办结。")
    assert made["id"] not in await listed(desk, q="漏办检查", uncovered=True)
    assert made["id"] in await listed(desk, q="漏办检查", uncovered=False)
    await decide(desk, made, "二", needed=True)
    assert made["id"] in await listed(desk, q="漏办检查", uncovered=True)
    item = await issued(desk, made, "二")
    await desk.act("office", item, "termination", reason="政策调整。")
    assert (await read(desk, made))["uncovered"] == [], "ended with approval, not forgotten"
    # The same clause of another source is another clause.
    other = await source(desk, "二")
    assert (await read(desk, other))["uncovered"] == ["二"]


async def test_a_deputy_leader_sees_what_concerns_him_and_no_more(
    desk: People, database: Database
) -> None:
    leader = await account(desk, database, Role.DEPUTY, "副区长 郑远")
    code = await unit(desk, leader)
    made = await source(desk, "一", "二", "三", title="涉密条款在其他条")
    mine = await issued(desk, made, "一", lead_unit=code)
    joined = await issued(desk, made, "二", co_units=[code])
    other = await issued(desk, made, "二")
    await fed_back(desk, other)
    found = await read(desk, made, leader)
    assert found["sentence"] == "共2项，0项有结果，0项有反馈。"
    by_clause = {clause["no"]: named(clause["items"]) for clause in found["clauses"]}
    assert by_clause == {"一": {mine["id"]}, "二": {joined["id"]}}
    assert (found["uncovered"], found["uncovered_count"], found["counts"]["uncovered"]) == (
        [],
        None,
        None,
    )
    assert (found["clause_count"], found["item_count"]) == (2, 2)
    unseen = await source(desk, "一")
    await issued(desk, unseen, "一")
    for path in (f"/sources/{unseen['id']}", "/sources/999999999"):
        assert refused(await desk.get(leader, path)) == (404, "not_found")
    assert await listed(desk, leader) == [made["id"]]
    for asked in ({"uncovered": True}, {"uncovered": False}, {"q": "第三条"}):
        assert await listed(desk, leader, **asked) == []
    assert await listed(desk, leader, q="涉密条款") == [made["id"]]
    assert len((await read(desk, made, "chief"))["clauses"]) == 3


async def test_what_is_handed_to_another_unit_moves_with_it(desk: People) -> None:
    made = await source(desk, "一")
    item = await issued(desk, made, "一")
    await desk.act("zjj", item, "receipt")
    asked = {"problem": "不属本单位职责。", "tried": "已对接。", "asked": "请转办。"}
    await desk.act("zjj", item, "coordination", **asked)
    answered = {"outcome": "transferred", "opinion": "转交通局。", "new_lead_unit": "JTJ"}
    await desk.act("deputy", item, "coordination/answer", **answered)
    (shown,) = (await read(desk, made))["clauses"][0]["items"]
    assert (shown["id"], shown["lead_unit"]) == (item["id"], "JTJ")


async def test_parts_of_an_item_do_not_count_beside_it(desk: People) -> None:
    made = await source(desk, "一")
    item = await issued(desk, made, "一")
    parts = [{"title": f"分项{n}", "content": "办。", "lead_unit": "JTJ"} for n in (1, 2)]
    await desk.act("office", item, "parts", parts=parts)
    while (
        len(shown := (await desk.get("office", "/items", parent_id=item["id"])).json()["items"]) < 2
    ):
        await asyncio.sleep(0.02)
    for part in shown:
        whole = await desk.read(part)
        assert (whole["source"]["reference"], whole["source"]["id"]) == (made["reference"], None)
        assert "source_incomplete" not in {w["code"] for w in whole["warnings"]}
    found = await read(desk, made)
    assert [named(clause["items"]) for clause in found["clauses"]] == [{item["id"]}]
    assert found["counts"]["items"] == 1


async def test_a_draft_takes_a_clause_up_until_it_is_withdrawn(desk: People) -> None:
    made = await source(desk, "一")
    draft = await issued(desk, made, "一", draft=True)
    assert (await read(desk, made))["uncovered"] == []
    await desk.act("office", draft, "termination", reason="重复登记。")
    found = await read(desk, made)
    assert found["uncovered"] == ["一"]
    assert found["counts"]["items"] == 0
