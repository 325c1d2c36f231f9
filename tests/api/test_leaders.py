"""District leaders: what is in their charge; and a leader who leaves hands what waits for him to
his successor, visibly."""

from domain.items import Role
from embedded import Stack
from store.session import Database
from tests.api.directory import account, day, unit
from tests.api.test_stand_ins import handed_in
from tests.api.test_waits import no_worker
from tests.people import Json, People

REASON = "区政府领导分工调整。"


async def leader(desk: People, username: str, **params: object) -> Json:
    found = (await desk.get("office", "/leaders", **params)).json()["items"]
    (one,) = (row for row in found if row["username"] == username)
    return dict(one)


async def succeed(desk: People, old: str, new: str, on: str) -> Json:
    body = {"successor": new, "on": on, "reason": REASON}
    done = await desk.post("office", f"/leaders/{old}/succession", body)
    assert done.status_code == 201, done.text
    return dict(done.json())


async def test_units_and_subjects_in_charge_with_their_dates(
    desk: People, database: Database
) -> None:
    username = await account(desk, database, Role.DEPUTY, "副区长 甲")
    code = await unit(desk, "deputy")
    path = f"/leaders/{username}"
    put = await desk.put("office", f"{path}/units/{code}", {"since": "2026-01-05"})
    assert put.status_code == 200, put.text
    assert put.json()["fields"][0]["since"] == "2026-01-05"
    assert (await desk.get("zjj", f"/units/{code}")).json()["deputies"] == [username, "deputy"]
    both = await desk.put("office", f"{path}/subjects", {"subjects": ["城市建设", "防汛"]})
    assert [one["subject"] for one in both.json()["subjects"]] == ["城市建设", "防汛"]
    await desk.put("office", f"{path}/subjects", {"subjects": ["防汛"]})
    assert [one["subject"] for one in (await leader(desk, username))["subjects"]] == ["防汛"]
    ended = await desk.send("office", "DELETE", f"{path}/units/{code}")
    assert ended.json()["fields"] == []
    kept = await leader(desk, username, history=True)
    assert (kept["fields"][0]["current"], len(kept["subjects"])) == (False, 2)
    assert (await desk.send("office", "DELETE", f"{path}/units/{code}")).status_code == 404
    assert (await desk.put("zjj", f"{path}/subjects", {"subjects": []})).status_code == 403


async def test_any_one_of_several_leaders_signs(desk: People, database: Database) -> None:
    a, b = [await account(desk, database, Role.DEPUTY, f"副区长 {n}") for n in "甲乙"]
    code = await unit(desk, a, b)
    clerk = await account(desk, database, Role.UNIT, "丙", code)
    item = await handed_in(desk, code, clerk)
    for who in (a, b):
        assert [notice["rung"] for notice in await desk.inbox(who, item)] == ["submit_feedback@3"]
    done = await desk.act(b, item, "sign-off", approved=True, comment="同意。")
    assert done["status"] == "awaiting_review"


async def test_a_leader_who_leaves_hands_over_what_waits_for_him(
    desk: People, database: Database
) -> None:
    old = await account(desk, database, Role.DEPUTY, "副区长 旧任")
    new = await account(desk, database, Role.DEPUTY, "副区长 新任")
    code = await unit(desk, old)
    await desk.put("office", f"/leaders/{old}/subjects", {"subjects": ["城建"]})
    clerk = await account(desk, database, Role.UNIT, "丙", code)
    waiting = await handed_in(desk, code, clerk)
    quiet = await desk.issue(lead_unit=code)
    done = await succeed(desk, old, new, day())
    assert (done["units"], done["successor_name"]) == ([code], "副区长 新任")
    after = await desk.until(waiting, lambda row: row["seq"] > waiting["seq"])
    assert after["status"] == "awaiting_sign_off"
    entry = (await desk.timeline(waiting))[-1]
    assert entry["act"] == "hand_over"
    assert "区政府分管领导由副区长 旧任变更为副区长 新任，待签事项一并移交" in entry["summary"]
    for who in (new, "office"):
        assert (await desk.inbox(who, waiting))[0]["title"] == "分管领导变更，待签事项移交"
    assert await desk.refused(old, waiting, "sign-off", approved=True, comment="同意。") == (
        404,
        "not_found",
    )
    signed = await desk.act(new, waiting, "sign-off", approved=True, comment="同意。")
    assert signed["status"] == "awaiting_review"
    assert [e["act"] for e in await desk.timeline(quiet)] == ["issue"]
    assert [one["subject"] for one in (await leader(desk, new))["subjects"]] == ["城建"]
    before = await leader(desk, old, history=True)
    assert before["fields"][0]["until"] == day(-1)
    assert await succeed(desk, old, new, day()) == done, "the same again is the same"
    listed = (await desk.get("office", f"/leaders/{new}/successions")).json()["items"]
    assert listed == [done]


async def test_a_succession_to_come_changes_nothing_today(desk: People, database: Database) -> None:
    old = await account(desk, database, Role.DEPUTY, "副区长 旧任")
    new = await account(desk, database, Role.DEPUTY, "副区长 新任")
    code = await unit(desk, old)
    clerk = await account(desk, database, Role.UNIT, "丙", code)
    item = await handed_in(desk, code, clerk)
    await succeed(desk, old, new, day(7))
    assert (await desk.get("office", f"/units/{code}")).json()["deputies"] == [old]
    assert (await leader(desk, new))["fields"][0]["since"] == day(7)
    signed = await desk.act(old, item, "sign-off", approved=True, comment="同意。")
    assert signed["status"] == "awaiting_review"


async def test_the_list_of_a_unit_s_leaders_leaves_what_is_to_come(
    desk: People, database: Database
) -> None:
    old, new = [await account(desk, database, Role.DEPUTY, f"副区长 {n}") for n in "甲乙"]
    code = await unit(desk, old)
    await succeed(desk, old, new, day(7))
    for deputies, since in (([old], day(7)), ([old, new], day())):
        body = {"name": f"名册单位 {code}", "deputies": deputies}
        put = await desk.put("office", f"/units/{code}", body)
        assert sorted(put.json()["deputies"]) == sorted(deputies)
        assert [one["since"] for one in (await leader(desk, new))["fields"]] == [since]


async def test_a_succession_that_no_worker_takes_is_accepted_and_done_later(
    desk: People, database: Database, stack: Stack
) -> None:
    old, new = [await account(desk, database, Role.DEPUTY, f"副区长 {n}") for n in "甲乙"]
    code = await unit(desk, old)
    clerk = await account(desk, database, Role.UNIT, "丙", code)
    item = await handed_in(desk, code, clerk)
    body = {"successor": new, "on": day(), "reason": REASON}
    async with no_worker(stack):
        answer = await desk.post("office", f"/leaders/{old}/succession", body)
        assert (answer.status_code, answer.json()["units"]) == (202, [])
    await desk.until(item, lambda row: row["seq"] > item["seq"])
    assert (await desk.timeline(item))[-1]["act"] == "hand_over"
    final = await desk.post("office", f"/leaders/{old}/succession", body)
    assert (final.status_code, final.json()["id"]) == (201, answer.json()["id"])
    assert final.json()["units"] == [code]


async def test_who_cannot_follow(desk: People, database: Database) -> None:
    old = await account(desk, database, Role.DEPUTY, "副区长 旧任")
    new = await account(desk, database, Role.DEPUTY, "副区长 新任")
    body = {"successor": new, "on": day(), "reason": REASON}
    path = f"/leaders/{old}/succession"
    assert (await desk.post("office", path, body)).json()["code"] == "unknown_leader"
    await unit(desk, old)
    for changed, status, refusal in (
        ({"successor": old}, 422, "same_leader"),
        ({"successor": "zjj"}, 422, "unknown_leader"),
        ({"successor": "nobody"}, 422, "unknown_leader"),
        ({"reason": " "}, 422, "blank_text"),
        ({"on": "2001-01-01"}, 422, "date_out_of_range"),
    ):
        refused = await desk.post("office", path, body | changed)
        assert (refused.status_code, refused.json()["code"]) == (status, refusal)
    assert (await desk.post("deputy", path, body)).status_code == 403
