"""Messages: who is told what, what lies on the office's desk, and what has been read."""

import pytest
from temporalio.client import Client

from tests.people import Json, People, dated, directive


async def _unread(desk: People, who: str) -> int:
    waiting: int = (await desk.get(who, "/inbox", limit=1)).json()["unread"]
    return waiting


async def test_an_issue_is_told_to_the_units_once(desk: People) -> None:
    item = await desk.issue(co_units=["MZJ"])
    for who in ("zjj", "mzj"):
        (told,) = await desk.inbox(who, item)
        assert (told["rung"], told["title"], told["desk"]) == ("issue", "督查事项下达", False)
        assert (told["item_number"], told["item_title"]) == (item["number"], item["title"])
        assert item["title"] in told["text"]
        assert (told["late"], told["read_at"], told["remark"]) == (False, None, "")
    for who in ("jtj", "deputy", "chief", "admin"):
        assert await desk.inbox(who, item) == []


async def test_what_reaches_nobody_lies_on_the_offices_desk_and_says_what_to_do(
    desk: People,
) -> None:
    """A unit without accounts and without a deputy leader, late already."""
    item = await desk.issue(lead_unit="ORPHAN", issued_at="2026-10-10T09:00:00+08:00")
    item = await desk.settled(item)
    assert item["lapsed"] is True
    told = await desk.inbox("office", item)
    on_desk = [notice for notice in told if notice["desk"]]
    assert {notice["rung"] for notice in on_desk} == {"issue", "lapse"}
    for notice in on_desk:
        assert "无分管领导单位" in notice["remark"]
        assert "请以电话等方式" in notice["remark"]
    assert any("区政府分管领导" in notice["remark"] for notice in on_desk)
    assert any(notice["rung"] == "lapse" and not notice["desk"] for notice in told)
    for who in ("zjj", "deputy", "deputy2", "chief"):
        assert await desk.inbox(who, item) == []


async def test_both_deputies_of_a_unit_are_told(desk: People) -> None:
    item = await desk.issue(lead_unit="JTJ", issued_at="2026-10-10T09:00:00+08:00")
    await desk.settled(item)
    for who in ("deputy", "deputy2", "jtj", "office"):
        assert "lapse" in {notice["rung"] for notice in await desk.inbox(who, item)}


async def test_reading_marks_ones_own_only_and_once(desk: People) -> None:
    item = await desk.issue(co_units=["MZJ"])
    (mine,) = await desk.inbox("mzj", item)
    (theirs,) = await desk.inbox("zjj", item)
    before = await _unread(desk, "mzj")
    marked = await desk.post("mzj", "/inbox/read", {"ids": [mine["id"], theirs["id"], 2**40]})
    assert marked.json() == {"marked": 1}
    assert (await desk.inbox("mzj", item))[0]["read_at"] is not None
    assert (await desk.inbox("zjj", item))[0]["read_at"] is None
    assert await _unread(desk, "mzj") == before - 1
    again = await desk.post("mzj", "/inbox/read", {"ids": [mine["id"]]})
    assert again.json() == {"marked": 0}


async def test_unread_alone_can_be_asked_for_and_all_be_marked(desk: People) -> None:
    item = await desk.issue(lead_unit="MZJ")
    waiting = (await desk.get("mzj", "/inbox", unread=True, limit=200)).json()
    assert item["id"] in {notice["item_id"] for notice in waiting["items"]}
    assert all(notice["read_at"] is None for notice in waiting["items"])
    marked = (await desk.post("mzj", "/inbox/read")).json()["marked"]
    assert marked == waiting["unread"]
    after = (await desk.get("mzj", "/inbox", unread=True)).json()
    assert (after["items"], after["unread"]) == ([], 0)


async def test_pages_of_messages_do_not_overlap(desk: People) -> None:
    for _ in range(3):
        await desk.issue(lead_unit="MZJ")
    first = (await desk.get("mzj", "/inbox", limit=2)).json()
    await desk.issue(lead_unit="MZJ")
    second = (await desk.get("mzj", "/inbox", limit=2, cursor=first["next_cursor"])).json()
    ids = [notice["id"] for notice in (*first["items"], *second["items"])]
    assert ids == sorted(set(ids), reverse=True)


@pytest.mark.parametrize("issue", [dated, directive])
async def test_acts_tell_those_who_go_on(desk: People, temporal: Client, issue: object) -> None:
    assert callable(issue)
    item = await desk.issue(issue())
    await desk.act("zjj", item, "receipt")
    await desk.act("zjj", item, "feedback", text="完成", final=True)
    assert _latest(await desk.inbox("deputy", item)) == "反馈办理情况"
    await desk.act("deputy", item, "sign-off", approved=True, comment="同意")
    assert _latest(await desk.inbox("office", item)) == "分管领导阅签"
    await desk.act("office", item, "review", accepted=True, comment="属实")
    assert _latest(await desk.inbox("zjj", item)) == "督查室审核"
    told_the_chief = [notice["title"] for notice in await desk.inbox("chief", item)]
    assert told_the_chief == (["督查室审核"] if item["kind"] == "directive" else [])


def _latest(notices: list[Json]) -> str:
    title: str = notices[0]["title"]
    return title
