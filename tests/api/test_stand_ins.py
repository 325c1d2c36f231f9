"""AB角: who acts for another does so visibly, sees what the other sees, and only for the time."""

import pytest

from domain.items import OfficePost, Role
from store.session import Database
from tests.api.directory import account, appoint, day, standing_in, stands_in, unit
from tests.people import Json, People


async def handed_in(desk: People, code: str, who: str) -> Json:
    """An item of a unit that waits for its deputy leader's signature."""
    item = await desk.issue(lead_unit=code)
    await desk.act(who, item, "receipt")
    return await desk.act(who, item, "feedback", text="已完成。", final=True)


async def test_a_stand_in_signs_for_the_absent_leader_and_both_are_named(
    desk: People, database: Database
) -> None:
    leader = await account(desk, database, Role.DEPUTY, "副区长 郑远")
    other = await account(desk, database, Role.DEPUTY, "副区长 何平")
    code = await unit(desk, leader)
    clerk = await account(desk, database, Role.UNIT, "具体责任人 丙", code)
    item = await handed_in(desk, code, clerk)
    sign = {"approved": True, "comment": "同意。", "on_behalf_of": "副区长 郑远"}
    assert await desk.refused(other, item, "sign-off", **sign) == (404, "not_found")
    async with standing_in(desk, other, leader):
        assert (await desk.read(item, other))["id"] == item["id"]
        listed = (await desk.get(other, "/items", q=item["number"])).json()["items"]
        assert [row["id"] for row in listed] == [item["id"]]
        assert await desk.refused(other, item, "sign-off", approved=True, comment="同意。") == (
            403,
            "not_your_unit",
        )
        signed = await desk.post(other, f"/items/{item['id']}/sign-off", sign, key="signed")
        assert (signed.status_code, signed.json()["status"]) == (200, "awaiting_review")
        (entry,) = (e for e in await desk.timeline(item) if e["act"] == "sign_off")
        assert entry["actor"]["username"] == other
        assert (entry["actor"]["name"], entry["on_behalf_of"]) == ("副区长 何平", "副区长 郑远")
        assert entry["actor"]["role"] == "deputy"
        assert "副区长 何平代副区长 郑远" in entry["summary"]
    assert (await desk.get(other, f"/items/{item['id']}")).status_code == 404


async def test_the_same_request_is_answered_alike_when_the_stand_in_is_over(
    desk: People, database: Database
) -> None:
    code = await unit(desk, "deputy")
    first = await account(desk, database, Role.UNIT, "乙", code)
    second = await account(desk, database, Role.UNIT, "丙", code)
    item = await desk.issue(lead_unit=code)
    path, body = f"/items/{item['id']}/receipt", {"on_behalf_of": first}
    async with standing_in(desk, second, first):
        done = await desk.post(second, path, body, key="received")
        assert done.status_code == 200, done.text
    again = await desk.post(second, path, body, key="received")
    assert (again.status_code, again.json()["id"]) == (200, item["id"])
    entry = (await desk.timeline(item))[-1]
    assert entry["on_behalf_of"] == "乙", "the name, not the account"


async def test_who_is_no_stand_in_is_refused(desk: People) -> None:
    item = await desk.issue()
    for said in ("副局长 陈建", "deputy", "zjj", " "):
        assert await desk.refused("zjj", item, "receipt", on_behalf_of=said) == (
            403,
            "not_stand_in",
        )
    assert [entry["act"] for entry in await desk.timeline(item)] == ["issue"]


async def test_a_stand_in_to_come_and_one_that_is_over_are_none(
    desk: People, database: Database
) -> None:
    code = await unit(desk, "deputy")
    first = await account(desk, database, Role.UNIT, "甲", code)
    second = await account(desk, database, Role.UNIT, "乙", code)
    item = await desk.issue(lead_unit=code)
    await stands_in(desk, second, first, since=day(1), until=day(5))
    await stands_in(desk, second, first, since=day(-9), until=day(-1))
    refused = await desk.refused(second, item, "receipt", on_behalf_of=first)
    assert refused == (403, "not_stand_in")


async def test_a_chief_s_stand_in_sees_everything_and_decides(
    desk: People, database: Database
) -> None:
    chief = await account(desk, database, Role.CHIEF, "区长 马骏")
    deputy = await account(desk, database, Role.DEPUTY, "常务副区长 林海")
    item = await desk.issue()
    assert (await desk.get(deputy, f"/items/{item['id']}")).status_code == 404
    async with standing_in(desk, deputy, chief):
        done = await desk.act(deputy, item, "termination", reason="取消。", on_behalf_of=chief)
        assert done["status"] == "terminated"


async def test_notices_reach_the_stand_in_and_the_absent(desk: People, database: Database) -> None:
    leader = await account(desk, database, Role.DEPUTY, "副区长 郑远")
    other = await account(desk, database, Role.DEPUTY, "副区长 何平")
    code = await unit(desk, leader)
    clerk = await account(desk, database, Role.UNIT, "丙", code)
    async with standing_in(desk, other, leader):
        item = await handed_in(desk, code, clerk)
        (own,) = await desk.inbox(leader, item)
        (for_him,) = await desk.inbox(other, item)
    assert (own["remark"], for_him["remark"]) == ("", "代 副区长 郑远")
    assert own["title"] == for_him["title"]


@pytest.mark.parametrize(
    ("stand_in", "absent", "refusal"),
    [
        ("deputy", "deputy", "stand_in_self"),
        ("zjj", "deputy", "stand_in_role"),
        ("office", "deputy", "stand_in_role"),
        ("zjj", "jtj", "stand_in_role"),
        ("zjj", "chief", "stand_in_role"),
        ("admin", "office", "stand_in_role"),
        ("deputy", "nobody-here", "unknown_person"),
        ("nobody-here", "deputy", "no_account"),
    ],
)
async def test_who_cannot_stand_in(desk: People, stand_in: str, absent: str, refusal: str) -> None:
    body = {"stand_in": stand_in, "absent": absent, "since": day(), "until": day(), "reason": "病"}
    made = await desk.post("office", "/stand-ins", body)
    assert (made.status_code, made.json()["code"]) == (422, refusal)


async def test_no_chain_and_no_two_at_a_time(desk: People, database: Database) -> None:
    a, b, c = [await account(desk, database, Role.DEPUTY, f"领导{n}") for n in "甲乙丙"]
    await stands_in(desk, b, a, since=day(1), until=day(5))
    for stand_in, absent, since, refusal in (
        (c, a, 5, "stand_in_overlap"),
        (c, b, 5, "stand_in_chain"),
        (a, c, 5, "stand_in_chain"),
        (c, a, 6, None),
    ):
        body = {"stand_in": stand_in, "absent": absent, "reason": "出差"}
        made = await desk.post(
            "office", "/stand-ins", {**body, "since": day(since), "until": day(9)}
        )
        assert made.json().get("code") == refusal, made.text


async def test_a_period_is_checked_and_a_reason_asked_for(desk: People) -> None:
    body: Json = {"stand_in": "deputy2", "absent": "deputy", "since": day(), "until": day()}
    for changed, refusal in (
        ({"reason": " "}, "reason_required"),
        ({"reason": "病", "until": day(-1)}, "bad_period"),
        ({"reason": "病", "until": day(400)}, "bad_period"),
    ):
        made = await desk.post("office", "/stand-ins", body | changed)
        assert (made.status_code, made.json()["code"]) == (422, refusal)
    assert (await desk.post("zjj", "/stand-ins", {**body, "reason": "病"})).status_code == 403


async def test_the_list_shows_what_concerns_oneself(desk: People, database: Database) -> None:
    a, b = [await account(desk, database, Role.DEPUTY, f"领导{n}") for n in "甲乙"]
    async with standing_in(desk, b, a) as made:
        for who in (a, b):
            (row,) = (await desk.get(who, "/stand-ins", in_force=True)).json()["items"]
            assert row == made
        others = (await desk.get("zjj", "/stand-ins", username=a)).json()["items"]
        assert made not in others
        every = (await desk.get("office", "/stand-ins", username=a)).json()["items"]
        assert every == [made]
    assert (await desk.get(a, "/stand-ins", in_force=True)).json()["items"] == []
    assert (await desk.get(a, "/stand-ins")).json()["items"][0]["current"] is False


async def test_a_person_of_the_trio_without_an_account_can_be_stood_in_for(
    desk: People, database: Database
) -> None:
    code = await unit(desk, "deputy")
    clerk = await account(desk, database, Role.UNIT, "丙", code)
    await appoint(desk, code, "principal", name="甲局长", username=f"none-{code}")
    item = await desk.issue(lead_unit=code)
    async with standing_in(desk, clerk, f"none-{code}"):
        await desk.act(clerk, item, "receipt", on_behalf_of="甲局长")
    assert (await desk.timeline(item))[-1]["on_behalf_of"] == "甲局长"


async def test_a_stand_in_of_the_offices_staff_does_not_become_its_head(
    desk: People, database: Database
) -> None:
    first = await account(desk, database, Role.OFFICE, "科员甲", post=OfficePost.STAFF)
    second = await account(desk, database, Role.OFFICE, "科员乙", post=OfficePost.STAFF)
    head = await account(desk, database, Role.OFFICE, "主任丁", post=OfficePost.HEAD)
    item = await desk.issue(original_text="从速办理。")
    async with standing_in(desk, second, first):
        stopped = {"reason": "暂停", "on_behalf_of": "科员甲"}
        assert await desk.refused(second, item, "suspension", **stopped) == (403, "head_required")
        assert (await desk.read(item, second))["original_text"] is None
    async with standing_in(desk, second, head):
        stopped = {"reason": "暂停", "on_behalf_of": "主任丁"}
        assert (await desk.act(second, item, "suspension", **stopped))["status"] == "suspended"
