"""Items with parts: split, closed only when every part is, seen as a tree (R10)."""

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
    return dict(answer.json()["root"])


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
    numbers = [child["number"] for child in whole["children"]]
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


async def test_parts_of_a_draft_are_drafts(desk: People) -> None:
    """T2: 分解 at 拟办; each part is approved by itself, and the whole waits for all."""
    basis: Json = {"basis": "区政府常务会议定。"}
    parent = await desk.issue(**basis, draft=True)
    path = f"/items/{parent['id']}/parts"
    part = {"title": "道路开挖协调", "lead_unit": "JTJ"}
    assert (await desk.post("office", path, {"parts": [part]})).status_code == 200
    (child,) = (await tree(desk, parent))["children"]
    assert (child["status"], child["issued_at"]) == ("draft", None)
    for who in ("jtj", "zjj"):
        assert (await desk.get(who, f"/items/{child['id']}")).status_code == 404
    whole = ordinary(parent_id=parent["id"], **basis)
    answer = await desk.post("office", "/items", whole)
    assert (answer.status_code, answer.json()["code"]) == (409, "parts_as_whole")
    for one in (parent, child):
        await desk.act("office", one, "submission")
        await desk.act("deputy", one, "approval", **APPROVED)
    assert (await desk.read(child, "jtj"))["status"] == "issued"
    answer = await desk.post("office", "/items", {**whole, "draft": True})
    assert (answer.status_code, answer.json()["code"]) == (409, "parts_as_whole")
    assert (await tree(desk, parent, "zjj"))["waits_for"] == [
        "道路开挖协调（区交通运输局，办理中）"
    ]
