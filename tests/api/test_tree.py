"""Items with parts: split, closed only when every part is, seen as a tree (R10)."""

from collections.abc import Iterable
from typing import Any

import pytest

from domain.items import Json
from tests.people import People, dated, ordinary

REPORT: Json = {"text": "已完成。", "final": True}
APPROVED: Json = {"approved": True, "comment": "同意。"}
ACCEPTED: Json = {"accepted": True, "comment": "属实。"}


async def close(desk: People, who: str, deputy: str, item: Json) -> Json:
    await desk.act(who, item, "receipt")
    await desk.act(who, item, "feedback", **REPORT)
    await desk.act(deputy, item, "sign-off", **APPROVED)
    return await desk.act("office", item, "review", **ACCEPTED)


async def tree(desk: People, item: Json, who: str = "office") -> Json:
    answer = await desk.get(who, f"/items/{item['id']}/tree")
    assert answer.status_code == 200, answer.text
    found: Json = dict(answer.json()["root"])
    # Parts begin at once, and are numbered as they come.
    found["children"].sort(key=lambda child: child["kind"])
    return found


@pytest.fixture
def parts() -> list[Json]:
    return [
        {"title": "道路开挖协调", "lead_unit": "JTJ", "due_on": "2098-06-30"},
        {"title": "住户工作", "lead_unit": "ZJJ", "content": "逐户走访。"},
    ]


async def test_a_parent_cannot_close_while_a_part_is_open(desk: People, parts: Any) -> None:
    parent = await desk.issue()
    key = "split-1"
    answer = await desk.post("office", f"/items/{parent['id']}/parts", {"parts": parts}, key)
    assert answer.status_code == 200, answer.text
    split = answer.json()
    assert [(part["name"], part["unit"], part["state"]) for part in split["parts"]] == [
        ("道路开挖协调", "JTJ", "open"),
        ("住户工作", "ZJJ", "open"),
    ]
    again = await desk.post("office", f"/items/{parent['id']}/parts", {"parts": parts}, key)
    assert (again.status_code, len(again.json()["parts"])) == (200, 2)
    other = await desk.post("office", f"/items/{parent['id']}/parts", {"parts": parts[:1]}, key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")

    whole = await tree(desk, parent)
    assert whole["waits_for"] == [
        "道路开挖协调（区交通运输局，办理中）",
        "住户工作（区住房和城乡建设局，办理中）",
    ]
    numbers = sorted(child["number"] for child in whole["children"])
    assert numbers == [f"{parent['number']}-1", f"{parent['number']}-2"]
    assert [child["kind"] for child in whole["children"]] == ["dated", "ordinary"]

    await desk.act("zjj", parent, "receipt")
    await desk.act("zjj", parent, "feedback", **REPORT)
    await desk.act("deputy", parent, "sign-off", **APPROVED)
    answer = await desk.post("office", f"/items/{parent['id']}/review", ACCEPTED)
    assert (answer.status_code, answer.json()["code"]) == (409, "parts_open")
    assert "道路开挖协调（区交通运输局，办理中）" in answer.json()["detail"]

    first, second = whole["children"]
    await close(desk, "jtj", "deputy", first)
    await desk.until(parent, lambda row: row["parts_open"] == 1)
    await close(desk, "zjj", "deputy", second)
    row = await desk.until(parent, lambda row: row["parts_open"] == 0)
    assert {part["state"] for part in row["parts"]} == {"closed"}
    done = await desk.act("office", parent, "review", **ACCEPTED)
    assert done["status"] == "closed"
    acts = [entry["act"] for entry in await desk.timeline(parent)]
    assert acts.count("part_changed") == 2


async def test_an_item_created_under_another_is_a_part_of_it(desk: People) -> None:
    parent = await desk.issue()
    child = await desk.issue(dated(), parent_id=parent["id"], lead_unit="JTJ")
    assert child["parent_id"] == parent["id"]
    grandchild = await desk.issue(parent_id=child["id"])
    whole = await tree(desk, grandchild)
    assert whole["id"] == parent["id"]
    assert whole["children"][0]["children"][0]["id"] == grandchild["id"]
    assert grandchild["number"] == f"{parent['number']}-1-1"
    listed = (await desk.get("office", "/items", parent_id=parent["id"])).json()["items"]
    assert [item["id"] for item in listed] == [child["id"]]
    missing = ordinary(parent_id="no-such")
    answer = await desk.post("office", "/items", missing)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_each_sees_its_own_part(desk: People, parts: Any) -> None:
    parent = await desk.issue()
    await desk.post("office", f"/items/{parent['id']}/parts", {"parts": parts})
    whole = await tree(desk, parent)
    own = whole["children"][0]
    seen = await tree(desk, own, "jtj")
    assert (seen["id"], seen["children"]) == (own["id"], [])
    assert (await desk.get("jtj", f"/items/{parent['id']}/tree")).status_code == 404
    of_lead = await tree(desk, parent, "zjj")
    assert [child["id"] for child in of_lead["children"]] == [whole["children"][1]["id"]]
    assert len(of_lead["waits_for"]) == 2


async def test_parts_follow_what_is_ordered_of_the_whole(desk: People, parts: Any) -> None:
    parent = await desk.issue()
    await desk.post("office", f"/items/{parent['id']}/parts", {"parts": parts})
    first, second = (await tree(desk, parent))["children"]
    await desk.act("office", second, "suspension", reason="先停这一项。")
    await desk.act("office", parent, "suspension", reason="政策调整。")
    row = await desk.until(first, lambda row: row["status"] == "suspended")
    entry = (await desk.timeline(first))[-1]
    assert (entry["title"], entry["actor"]["username"]) == ("随上级事项暂缓", "office")
    assert "政策调整" in entry["summary"]
    await desk.act("office", parent, "resumption", reason="政策明确。")
    await desk.until(first, lambda row: row["status"] == "issued")
    assert (await desk.read(second))["status"] == "suspended"
    await desk.act("office", parent, "termination", reason="取消。")
    for child in (first, second):
        await desk.until(child, lambda row: row["status"] == "terminated")
    assert row["parent_id"] == parent["id"]


async def test_only_the_head_splits_and_bad_parts_leave_no_trace(desk: People) -> None:
    parent = await desk.issue()
    before = await desk.read(parent)
    path = f"/items/{parent['id']}/parts"
    good = {"title": "一", "lead_unit": "JTJ"}
    for body, code in (
        ({"parts": []}, "invalid_field"),
        ({"parts": [{"title": "一", "lead_unit": "无此单位"}]}, "unknown_unit"),
        ({"parts": [good, {"title": " ", "lead_unit": "JTJ"}]}, "blank_text"),
    ):
        answer = await desk.post("office", path, body)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert (await desk.post("zjj", path, {"parts": [good]})).status_code == 403
    after = await desk.read(parent)
    assert (after["seq"], after["parts"]) == (before["seq"], before["parts"])


async def test_parts_of_a_draft_are_issued_with_it(desk: People) -> None:
    """T2, T5: what is split at 拟办 is submitted, sent back and issued with the whole, each part
    with its own limits from the same 下达; one was withdrawn, one issued by itself before."""
    parent = await draft(desk)
    names = {"道路开挖协调": "JTJ", "住户工作": "ZJJ", "另行安排": "JTJ", "先行办理": "JTJ"}
    parts = [{"title": title, "lead_unit": code} for title, code in names.items()]
    parts[0]["due_on"] = "2098-06-30"
    answer = await desk.post("office", f"/items/{parent['id']}/parts", {"parts": parts})
    assert answer.status_code == 200, answer.text
    # Parts begin at once, and are numbered as they come: not in the order in which they were asked.
    children = {child["title"]: child for child in (await tree(desk, parent))["children"]}
    dated_one, ordinary_one, given_up, ahead = (children[title] for title in names)
    assert (dated_one["status"], dated_one["issued_at"]) == ("draft", None)
    for who in ("jtj", "zjj"):
        assert (await desk.get(who, f"/items/{dated_one['id']}")).status_code == 404
    whole = ordinary(parent_id=parent["id"], **BASIS)
    answer = await desk.post("office", "/items", whole)
    assert (answer.status_code, answer.json()["code"]) == (409, "parts_as_whole")
    await desk.act("office", given_up, "termination", reason="不再单列。")
    await desk.act("office", ahead, "submission")
    first = await desk.act("chief", ahead, "approval", **APPROVED)

    both = (dated_one, ordinary_one)
    await desk.act("office", parent, "submission", approver="deputy")
    await all_are(desk, both, "awaiting_approval")
    await desk.act("deputy", parent, "approval", approved=False, comment="请补充要求。")
    await all_are(desk, both, "draft")
    await desk.act("office", parent, "submission", approver="deputy")
    await all_are(desk, both, "awaiting_approval")
    issued = await desk.act("deputy", parent, "approval", **APPROVED)
    told: dict[str, set[str]] = {}
    for part, who in zip(both, ("jtj", "zjj"), strict=True):
        seen = await desk.until(part, lambda row: row["status"] == "issued")
        assert seen["issued_at"] == issued["issued_at"]
        assert {"result", "receipt"} <= {clock["key"] for clock in seen["clocks"]}
        told[who] = {notice["rung"] for notice in await desk.inbox(who, part)}
        entries = await desk.timeline(part)
        assert [entry["title"] for entry in entries[1:]] == [
            *("随上级事项报批", "随上级事项退回拟办"),
            *("随上级事项报批", "随上级事项批准下达"),
        ]
        assert {entry["actor"]["username"] for entry in entries[2::2]} == {"deputy"}
        assert f"{entries[-1]['actor']['name']}批准" in entries[-1]["summary"]
    assert (await desk.read(dated_one))["due_on"] == "2098-06-30"
    assert (await desk.read(dated_one, "jtj"))["responsible"]
    assert (await desk.read(ordinary_one))["due_at"] == issued["due_at"]
    assert (await desk.read(given_up))["status"] == "terminated"
    again = await desk.read(ahead)
    assert (again["issued_at"], again["seq"]) == (first["issued_at"], first["seq"])

    answer = await desk.post("office", "/items", {**whole, "draft": True})
    assert (answer.status_code, answer.json()["code"]) == (409, "parts_as_whole")
    assert told == {"jtj": {"issue"}, "zjj": {"issue"}}
    assert (await tree(desk, parent, "zjj"))["waits_for"][0] == (
        "道路开挖协调（区交通运输局，办理中）"
    )


async def test_parts_of_an_urgent_draft_are_issued_at_once_with_it(desk: People) -> None:
    """T5u; a part that cannot follow keeps nobody waiting, and says why."""
    parent = await draft(desk, urgency="extra_urgent")
    path = f"/items/{parent['id']}/parts"
    await desk.post("office", path, {"parts": [{"title": "住户工作", "lead_unit": "JTJ"}]})
    (part,) = (await tree(desk, parent))["children"]
    without = ordinary(draft=True, parent_id=parent["id"], source={"type": "会议"})
    baseless = (await desk.post("office", "/items", without)).json()
    done = await desk.act("office", parent, "submission", approver="deputy", at_once=True)
    seen = await desk.until(part, lambda row: row["status"] == "issued")
    assert (seen["issued_at"], seen["ratification_owed"]) == (done["issued_at"], True)
    left = await desk.until(baseless, lambda row: row["seq"] >= 2)
    assert left["status"] == "draft"
    refused = (await desk.timeline(baseless))[-1]
    assert (refused["outcome"], refused["body"]["code"]) == ("refused", "basis_required")
    assert any("立项依据" in notice["text"] for notice in await desk.inbox("office", baseless))
    await desk.act("deputy", parent, "ratification", comment="同意。")
    seen = await desk.until(part, lambda row: not row["ratification_owed"])
    assert (await desk.timeline(part))[-1]["title"] == "随上级事项补批"


BASIS: Json = {"basis": "区政府常务会议定。"}


async def draft(desk: People, **changed: Any) -> Json:
    """A whole that is registered only."""
    return await desk.issue(**BASIS, draft=True, **changed)


async def all_are(desk: People, items: Iterable[Json], status: str) -> None:
    """Wait until each of the items is in that status."""
    for item in items:
        await desk.until(item, lambda row: row["status"] == status)
