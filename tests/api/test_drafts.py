"""拟办到下达, and back: registered, revised, approved, issued at once, sent back (T1–T5u, T7)."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from temporalio.client import Client

from domain.items import OfficePost, Role
from store.session import Database
from tests.api.directory import account, stands_in, trio, unit
from tests.people import ZONE, Json, People, Trace, dated, directive, ordinary
from workflows.ids import workflow_id

COMMENT: Json = {"comment": "同意。"}
APPROVED: Json = {"approved": True, **COMMENT}
UNSEEN = ("zjj", "jtj", "admin")


@pytest_asyncio.fixture(scope="session")
async def staff(desk: People, database: Database) -> str:
    """Somebody of the office who is not its head."""
    return await account(desk, database, Role.OFFICE, "督查室科员", post=OfficePost.STAFF)


async def register(desk: People, staff: str, body: Json | None = None, **changed: Any) -> Json:
    """A draft, as answered."""
    answer = await desk.post(staff, "/items", (body or ordinary()) | {"draft": True} | changed)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def issued(desk: People, item: Json, who: str = "deputy") -> Json:
    """The draft, submitted and approved."""
    await desk.act("office", item, "submission")
    return await desk.act(who, item, "approval", **APPROVED)


async def clocks(desk: People, item: Json) -> dict[str, Json]:
    """The item's limits, by key."""
    answer = await desk.get("office", f"/items/{item['id']}/clocks")
    return {clock["key"]: clock for clock in answer.json()["items"]}


async def figures(desk: People, who: str = "office") -> Json:
    """The totals of the statistics."""
    return dict((await desk.get(who, "/stats")).json()["total"])


async def is_unseen(desk: People, item: Json, who: str) -> None:
    """Nothing of the item is there for ``who``, whichever way he looks."""
    for below in ("", "/timeline", "/state", "/clocks"):
        answer = await desk.get(who, f"/items/{item['id']}{below}")
        missing = await desk.get(who, f"/items/{uuid.uuid4()}{below}")
        assert (answer.status_code, answer.content) == (404, missing.content)
    assert await desk.refused(who, item, "receipt") == (404, "not_found")
    for query in ({"q": item["title"]}, {"q": item["number"]}, {"status": item["status"]}):
        page = (await desk.get(who, "/items", limit=200, **query)).json()
        assert item["id"] not in {found["id"] for found in page["items"]}
    table = (await desk.get(who, "/items/export", format="csv", q=item["title"])).text
    assert item["number"] not in table


async def test_from_the_draft_to_the_unit(desk: People, staff: str) -> None:
    title = f"拟办 {uuid.uuid4().hex[:8]}"
    before = await figures(desk)
    draft = await register(desk, staff, title=title, co_units=["JTJ"])
    assert (draft["status"], draft["status_name"]) == ("draft", "拟办")
    assert (draft["issued_at"], draft["due_at"], draft["clocks"]) == (None, None, [])
    assert (draft["lamp"], draft["holder"], draft["handed_out"]) == ("grey", "office", False)
    assert draft["number"].endswith("号")
    for who in UNSEEN:
        await is_unseen(desk, draft, who)
    for who in ("deputy", "deputy2", "chief", "office"):
        assert (await desk.read(draft, who))["id"] == draft["id"]
    listed = (await desk.get("chief", "/items", status="draft", q=title)).json()["items"]
    assert [found["id"] for found in listed] == [draft["id"]]
    assert await figures(desk) == before
    assert await desk.refused("office", draft, "reminders", form="phone", to="a", said="b") == (
        409,
        "draft",
    )

    revised = await desk.act(staff, draft, "draft", content="分两期完成。", co_units=[])
    assert (revised["content"], revised["co_units"]) == ("分两期完成。", [])
    assert (await desk.get("deputy2", f"/items/{draft['id']}")).status_code == 404
    waiting = await desk.act(staff, draft, "submission", approver="deputy")
    assert (waiting["status"], waiting["status_name"]) == ("awaiting_approval", "待批")
    assert (waiting["approver"], waiting["holder"]) == ("deputy", "approver")
    assert "报批" in {notice["title"] for notice in await desk.inbox("deputy", draft)}
    for who, code in ((staff, "head_required"), ("deputy2", None), ("zjj", None)):
        refused = await desk.refused(who, draft, "approval", **APPROVED)
        assert refused == ((403, code) if code else (404, "not_found"))
    assert await desk.refused(staff, draft, "draft", content="再改") == (409, "awaiting_approval")

    sent_back = await desk.act("deputy", draft, "approval", approved=False, comment="请写明依据。")
    assert sent_back["status"] == "draft"
    assert any("请写明依据。" in n["text"] for n in await desk.inbox(staff, draft))
    await desk.act(staff, draft, "draft", basis="区长办公会议定", lead_unit="区住房和城乡建设局")
    await desk.act(staff, draft, "submission")
    assert await desk.inbox("zjj", draft) == []
    for who in UNSEEN:
        await is_unseen(desk, draft | {"status": "awaiting_approval"}, who)

    item = await desk.act("deputy", draft, "approval", **APPROVED)
    assert (item["status"], item["number"]) == ("issued", draft["number"])
    assert item["issued_at"] is not None
    assert {clock["rule"] for clock in item["clocks"]} == {"ordinary_result", "receipt"}
    assert {one["unit"] for one in item["responsible"]} == {"ZJJ"}
    assert (await desk.read(item, "zjj"))["lamp"] == "green"
    (notice,) = await desk.inbox("zjj", item)
    assert (notice["rung"], notice["title"]) == ("issue", "督查事项下达")
    assert (await figures(desk))["issued"] == before["issued"] + 1
    acts = [entry["act"] for entry in await desk.timeline(item)]
    assert acts == [
        *("register", "revise_draft", "submit_for_approval", "approve_issue", "revise_draft"),
        *("submit_for_approval", "approve_issue"),
    ]
    assert (await desk.act("zjj", item, "receipt"))["status"] == "in_progress"


@pytest.mark.parametrize("body", [ordinary, dated, directive])
async def test_issued_through_approval_is_as_issued_at_once(desk: People, body: Any) -> None:
    item = await issued(desk, await register(desk, "office", body()), "chief")
    twin = await desk.issue(body())
    for name in ("status", "due_at", "warnings", "responsible", "holder", "edition", "next_alarm"):
        assert item[name] == twin[name], name
    pairs = zip(item["clocks"], twin["clocks"], strict=True)
    for one, other in pairs:
        assert (one["rule"], one["due_at"]) == (other["rule"], other["due_at"])
        assert one["derivation"] == other["derivation"]


async def test_a_revised_plan_is_as_if_registered_so(desk: People, staff: str) -> None:
    """Cycle, year and targets of a year-round task; nodes with their units by name."""
    year = datetime.now(ZONE).year + 1
    month = ordinary(kind="year_round", category="A2", cycle="month", year=year)
    targets = [{"name": "投资额", "unit": "亿元", "target": 120}]
    task = await register(desk, staff, month)
    assert await desk.refused(staff, task, "draft", year=year + 1) == (422, "bad_year")
    assert await desk.refused(staff, task, "draft", kind="ordinary") == (409, "year_round_for_good")
    wrong = [{**targets[0], "colour": "red"}]
    assert await desk.refused(staff, task, "draft", targets=wrong) == (422, "unknown_field")
    revised = await desk.act(staff, task, "draft", cycle="quarter", targets=targets)
    assert (revised["cycle"], revised["targets"][0]["target"]) == ("quarter", 120)
    item = await issued(desk, task)
    twin = await desk.issue({**month, "cycle": "quarter", "targets": targets})
    plan = [[(p["key"], p["due_on"], p["state"]) for p in one["parts"]] for one in (item, twin)]
    assert plan[0] == plan[1]
    assert (item["due_at"], item["targets"]) == (twin["due_at"], twin["targets"])

    nodes = [
        {"name": "竣工", "due_on": f"{year}-10-29"},
        {"name": "招标", "due_on": f"{year}-03-30", "unit": "区交通运输局"},
    ]
    plain = await register(desk, staff)
    unknown = [{**nodes[0], "unit": "无此单位"}]
    refused = await desk.refused(staff, plain, "draft", kind="milestones", milestones=unknown)
    assert refused == (422, "unknown_unit")
    await desk.act(staff, plain, "draft", kind="milestones", milestones=nodes)
    item = await issued(desk, plain)
    twin = await desk.issue(ordinary(kind="milestones", milestones=nodes))
    for name in ("milestones", "co_units", "due_at"):
        assert item[name] == twin[name], name


async def test_who_registers_and_who_issues(desk: People, staff: str) -> None:
    at_once = await desk.post(staff, "/items", ordinary())
    assert (at_once.status_code, at_once.json()["code"]) == (403, "head_required")
    for who in ("zjj", "deputy", "chief", "admin"):
        answer = await desk.post(who, "/items", ordinary(draft=True))
        assert (answer.status_code, answer.json()["code"]) == (403, "not_your_role")
    now = datetime.now(ZONE).isoformat()
    early = await desk.post(staff, "/items", ordinary(draft=True, issued_at=now))
    assert (early.status_code, early.json()["code"]) == (422, "issued_at_not_applicable")


async def test_a_draft_is_registered_once(desk: People, staff: str) -> None:
    key, body = str(uuid.uuid4()), ordinary(draft=True)
    first = await desk.post(staff, "/items", body, key=key)
    again = await desk.post(staff, "/items", body, key=key)
    assert again.status_code == 201
    assert again.json()["id"] == first.json()["id"]
    other = await desk.post(staff, "/items", ordinary(), key=key)
    assert other.status_code == 403
    changed = await desk.post(staff, "/items", {**body, "title": "另一件"}, key=key)
    assert changed.json()["code"] == "idempotency_conflict"


async def test_what_is_refused_leaves_no_trace(desk: People, temporal: Client, staff: str) -> None:
    draft = await register(desk, staff, source={"type": "会议"})
    before = await Trace.of(desk, temporal, draft)
    for who, route, body, refused in (
        (staff, "submission", {}, (409, "basis_required")),
        (staff, "draft", {}, (422, "nothing_revised")),
        (staff, "draft", {"colour": "red"}, (422, "unknown_field")),
        (staff, "draft", {"source": {"type": "会议", "colour": "red"}}, (422, "unknown_field")),
        (staff, "draft", {"lead_unit": "NOBODY"}, (422, "unknown_unit")),
        (staff, "draft", {"co_units": ["NOBODY"]}, (422, "unknown_unit")),
        (staff, "draft", {"kind": "dated"}, (422, "due_required")),
        (staff, "submission", {"at_once": True}, (422, "approver_required")),
        ("chief", "approval", APPROVED, (409, "draft")),
        ("office", "suspension", {"reason": "暂缓"}, (409, "draft")),
        ("office", "ratification", COMMENT, (409, "draft")),
        ("zjj", "return", {"reason": "不是"}, (404, "not_found")),
        ("office", "edition", {"edition": "2021-07-16", "reason": "改"}, (409, "draft")),
    ):
        assert await desk.refused(who, draft, route, **body) == refused, (route, body)
    await desk.act(staff, draft, "draft", basis="区政府常务会议定")
    for approver in ("deputy2", staff, "nobody"):
        refused = await desk.refused(staff, draft, "submission", approver=approver)
        assert refused == (422, "approver_cannot_approve")
    after = await Trace.of(desk, temporal, draft)
    assert (after.seq, after.entries) == (before.seq + 1, before.entries + 1)


async def test_a_paper_approval_counts_from_its_own_day(desk: People, staff: str) -> None:
    """R17."""
    draft = await register(desk, staff)
    await desk.act(staff, draft, "submission")
    signed = (datetime.now(ZONE) - timedelta(days=40)).replace(microsecond=0)
    item = await desk.act("office", draft, "approval", **APPROVED, issued_at=signed.isoformat())
    assert datetime.fromisoformat(item["issued_at"]) == signed
    assert (item["lapsed"], item["escalation"]) == (True, "deputy")


async def test_the_directives_own_words_stay_where_they_belong(
    desk: People, database: Database, staff: str
) -> None:
    draft = await register(desk, staff, directive(co_units=["JTJ"]))
    await desk.act(staff, draft, "draft", original_text="从速办理，月底报我。")
    item = await issued(desk, draft)
    assert (await desk.read(item, "zjj"))["original_text"] == "从速办理，月底报我。"
    for who in ("jtj", "zjj", "chief"):
        assert "月底报我" not in str(await desk.timeline(item, who))
    assert (await desk.read(item, "jtj"))["original_text"] is None


async def test_a_draft_given_up_is_there_for_no_unit_for_ever(desk: People, staff: str) -> None:
    """R8: the record stays, and the number is not given again."""
    draft = await register(desk, staff)
    ended = await desk.act(staff, draft, "termination", reason="重复登记。")
    assert (ended["status"], ended["issued_at"]) == ("terminated", None)
    for who in UNSEEN:
        await is_unseen(desk, ended, who)
        assert await desk.inbox(who, draft) == []
    assert (await desk.refused(staff, draft, "draft", content="再改"))[1] == "terminated"
    assert (await register(desk, staff))["number"] != draft["number"]
    waiting = await register(desk, staff)
    await desk.act(staff, waiting, "submission")
    assert await desk.refused(staff, waiting, "termination", reason="不办了") == (
        403,
        "head_required",
    )
    await desk.act("office", waiting, "termination", reason="不办了")


async def test_whoever_stands_in_for_a_leader_approves(desk: People, staff: str) -> None:
    code = await unit(desk, "deputy2")
    await trio(desk, code)
    draft = await register(desk, staff, lead_unit=code)
    await desk.act(staff, draft, "submission", approver="deputy2")
    assert await desk.refused("deputy", draft, "approval", **APPROVED) == (404, "not_found")
    made = await stands_in(desk, "deputy", "deputy2")
    item = await desk.act("deputy", draft, "approval", **APPROVED, on_behalf_of="deputy2")
    await desk.send("office", "DELETE", f"/stand-ins/{made['id']}")
    assert item["status"] == "issued"


async def test_nobody_unknown_issues_anything(desk: People, temporal: Client, staff: str) -> None:
    draft = await register(desk, staff)
    handle = temporal.get_workflow_handle(workflow_id(draft["id"]))
    await desk.act(staff, draft, "submission")
    await handle.signal("approve_issue", APPROVED)
    item = await desk.until(draft, lambda row: row["seq"] >= 3)
    assert item["status"] == "awaiting_approval"
    refused = (await desk.timeline(draft))[-1]
    assert (refused["outcome"], refused["body"]["code"]) == ("refused", "needs_verified_actor")


# 特急: 先下达，后补批


async def at_once(desk: People, staff: str, approver: str) -> Json:
    draft = await register(desk, staff, urgency="extra_urgent")
    return await desk.act(staff, draft, "submission", approver=approver, at_once=True)


async def test_issued_at_once_and_ratified(desk: People, staff: str) -> None:
    plain = await register(desk, staff)
    refused = await desk.refused(staff, plain, "submission", approver="deputy", at_once=True)
    assert refused == (409, "not_extra_urgent")
    item = await at_once(desk, staff, "deputy")
    assert (item["status"], item["ratification_owed"], item["approver"]) == (
        *("issued", True, "deputy"),
    )
    assert (await desk.read(item, "zjj"))["ratification_owed"]
    assert any("补批" in n["text"] for n in await desk.inbox("deputy", item))
    clock = (await clocks(desk, item))["ratification"]
    assert (clock["rule"], clock["name"], clock["day_kind"]) == ("ratification", "补批", "working")
    assert await desk.refused(staff, item, "ratification", **COMMENT) == (403, "head_required")
    done = await desk.act("deputy", item, "ratification", **COMMENT)
    assert not done["ratification_owed"]
    assert (await clocks(desk, item))["ratification"]["stopped_at"]
    assert await desk.refused("office", item, "ratification", **COMMENT) == (
        409,
        "nothing_to_ratify",
    )


async def test_not_ratified_in_time_it_shows(desk: People, staff: str) -> None:
    item = await at_once(desk, staff, "chief")
    assert await desk.refused("deputy", item, "ratification", **COMMENT) == (
        403,
        "not_the_named_approver",
    )
    due = datetime.fromisoformat((await clocks(desk, item))["ratification"]["due_at"])
    late = await desk.forward_to(item, due + timedelta(seconds=2))
    assert late["ratification_owed"]
    assert (await clocks(desk, item))["ratification"]["lapsed"]
    for who in ("office", "chief"):
        assert "补批到期" in {notice["title"] for notice in await desk.inbox(who, item)}
    assert "补批到期" not in {notice["title"] for notice in await desk.inbox("zjj", item)}
    done = await desk.act("chief", item, "ratification", **COMMENT)
    assert not done["ratification_owed"]


# 退件


async def test_sent_back_and_issued_to_another_unit(desk: People, staff: str) -> None:
    """O19: the date stays, and the unit that never should have had it sees it no more."""
    item = await issued(desk, await register(desk, staff, directive()))
    before, counted = await clocks(desk, item), await figures(desk)
    asked = await desk.act("zjj", item, "return", reason="属交通运输局职责。")
    assert (asked["status"], asked["return_pending"]) == ("issued", True)
    assert "退件" in {notice["title"] for notice in await desk.inbox("office", item)}
    assert await desk.refused("zjj", item, "return", reason="再退") == (409, "return_pending")
    assert await desk.refused(staff, item, "return/decision", accepted=True, **COMMENT) == (
        403,
        "head_required",
    )
    draft = await desk.act("office", item, "return/decision", accepted=True, **COMMENT)
    assert (draft["status"], draft["handed_out"], draft["misassigned"]) == ("draft", False, 1)
    assert (draft["issued_at"], draft["next_alarm_at"], draft["lamp"]) == (None, None, "grey")
    await is_unseen(desk, draft, "zjj")
    assert (await figures(desk))["issued"] == counted["issued"] - 1
    messages = await desk.inbox("zjj", item)
    assert "退件处理" in {notice["title"] for notice in messages}
    assert {notice["item_title"] for notice in messages} == {None}

    await desk.act(staff, draft, "draft", lead_unit="JTJ", title="改由交通局办理")
    again = await issued(desk, draft, "deputy2")
    assert (again["number"], again["lead_unit"]) == (item["number"], "JTJ")
    after = await clocks(desk, item)
    for name in ("due_at", "original_due_at", "started_at", "due_version"):
        assert after["result"][name] == before["result"][name]
    assert after["result"]["unit"] == "JTJ"
    assert {"plan-2", "receipt-2"} <= after.keys()
    assert await desk.refused("zjj", item, "receipt") == (404, "not_found")
    assert {n["rung"] for n in await desk.inbox("jtj", item)} == {"issue"}
    assert (await desk.act("jtj", again, "receipt"))["status"] == "in_progress"
    total = await figures(desk)
    assert total["misassigned"] == counted["misassigned"] + 1


async def test_refused_it_stays(desk: People) -> None:
    item = await desk.issue()
    await desk.act("zjj", item, "return", reason="不属本单位。")
    kept = await desk.act("office", item, "return/decision", accepted=False, comment="应由你局办。")
    assert (kept["status"], kept["return_pending"], kept["misassigned"]) == ("issued", False, 0)
    assert any("应由你局办" in n["text"] for n in await desk.inbox("zjj", item))
    await desk.act("zjj", item, "receipt")
    assert await desk.refused("zjj", item, "return", reason="不属") == (409, "already_received")
    assert await desk.refused("office", item, "return/decision", accepted=True, **COMMENT) == (
        409,
        "no_return_pending",
    )


async def test_too_late_to_send_back(desk: People) -> None:
    item = await desk.issue()
    receipt = (await clocks(desk, item))["receipt"]
    await desk.forward_to(item, datetime.fromisoformat(receipt["due_at"]) + timedelta(seconds=2))
    assert await desk.refused("zjj", item, "return", reason="不属") == (409, "too_late_to_return")


async def test_the_first_date_past_another_is_needed(desk: People) -> None:
    item = await desk.issue()
    await desk.act("zjj", item, "return", reason="不属本单位。")
    draft = await desk.act("office", item, "return/decision", accepted=True, **COMMENT)
    first = datetime.fromisoformat(draft["due_at"])
    await desk.clock.forward_to(workflow_id(item["id"]), first + timedelta(hours=8))
    await desk.act("office", draft, "submission")
    assert await desk.refused("chief", draft, "approval", **APPROVED) == (409, "new_due_required")
    await desk.act("chief", draft, "approval", approved=False, comment="请另定期限。")
    on = (first + timedelta(days=9)).date().isoformat()
    await desk.act("office", draft, "draft", due_on=on, due_reason="改由本单位办理。")
    again = await issued(desk, draft, "chief")
    assert (again["due_on"], again["lapsed"]) == (on, False)
    assert datetime.fromisoformat(again["original_due_at"]) == first
