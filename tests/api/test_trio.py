"""A unit's trio (R47): one in each post, three persons, dates kept; what is missing is said."""

from domain.items import Role
from store.session import Database
from tests.api.directory import TRIO, account, appoint, day, mark, trio, unit
from tests.people import Json, People


async def posts(desk: People, code: str, who: str = "office", **params: object) -> list[Json]:
    found = await desk.get(who, f"/units/{code}/posts", **params)
    assert found.status_code == 200, found.text
    return list(found.json()["items"])


async def test_a_unit_gets_its_sort_and_keeps_it(desk: People) -> None:
    code = await unit(desk, "deputy", sort="town", object_type="lower_government")
    body = {"name": f"更名 {code}", "deputies": ["deputy"]}
    put = (await desk.put("office", f"/units/{code}", body)).json()
    assert (put["sort_name"], put["object_type_name"]) == ("镇", "下级政府及其部门")
    assert put["vacant"] == list(TRIO)
    assert put["warnings"] == []
    assert (await desk.get("zjj", f"/units/{code}")).json() == put
    assert (await desk.get("zjj", "/units/no-such-unit")).status_code == 404
    wrong = await desk.put("office", f"/units/{code}", {**body, "sort": "village"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid_field")


async def test_one_holds_a_post_and_who_held_it_is_kept(desk: People) -> None:
    code = await unit(desk)
    await appoint(desk, code, "principal", name="甲", phone="13800000001", since="2024-03-01")
    await appoint(desk, code, "principal", name="乙", since="2025-06-01")
    (now,) = await posts(desk, code)
    assert (now["person"]["name"], now["since"], now["until"]) == ("乙", "2025-06-01", None)
    before = (await posts(desk, code, history=True))[1]
    assert (before["person"]["name"], before["until"]) == ("甲", "2025-05-31")
    early = await desk.put(
        "office", f"/units/{code}/posts/principal", {"name": "丙", "since": "2020-01-01"}
    )
    assert (early.status_code, early.json()["code"]) == (422, "bad_period")
    again = await appoint(desk, code, "principal", name="乙", phone="13800000002")
    assert again["items"][0]["person"]["phone"] == "13800000002"
    assert len(await posts(desk, code, history=True)) == 2, "the same person is no new service"
    ended = await desk.send("office", "DELETE", f"/units/{code}/posts/principal")
    assert ended.status_code == 200
    assert await posts(desk, code) == []
    assert (
        await desk.send("office", "DELETE", f"/units/{code}/posts/principal")
    ).status_code == 404


async def test_services_of_a_post_never_overlap(desk: People) -> None:
    code = await unit(desk)
    path = f"/units/{code}/posts/principal"
    await appoint(desk, code, "principal", name="甲", since="2025-01-01")
    await appoint(desk, code, "principal", name="乙", since=day(9))
    assert [row["person"]["name"] for row in await posts(desk, code)] == ["甲"]
    for since in (None, day()):
        put = await desk.put("office", path, {"name": "丙", "since": since})
        assert (put.status_code, put.json()["code"]) == (422, "bad_period")
    await desk.send("office", "DELETE", path)
    assert await posts(desk, code) == []
    await appoint(desk, code, "principal", name="丙")
    (now,) = await posts(desk, code)
    assert (now["person"]["name"], now["until"]) == ("丙", None)
    over = await desk.put("office", path, {"name": "丁", "since": "2025-06-01"})
    assert over.json()["code"] == "bad_period", "丁 cannot have served while 甲 did"


async def test_three_persons_or_a_warning(desk: People) -> None:
    code = await unit(desk)
    await trio(desk, code)
    assert (await desk.get("office", f"/units/{code}")).json()["vacant"] == ["deputy"]
    (first,) = (row for row in await posts(desk, code) if row["post"] == "principal")
    answer = await appoint(desk, code, "handler", person_id=first["person"]["id"])
    assert [warning["code"] for warning in answer["warnings"]] == ["trio_same_person"]


async def test_who_may_change_a_trio(desk: People, database: Database) -> None:
    code = await unit(desk)
    head = await account(desk, database, Role.UNIT, "第一责任人甲", code)
    hand = await account(desk, database, Role.UNIT, "具体责任人丙", code)
    await appoint(desk, code, "principal", name="第一责任人甲", username=head)
    await appoint(desk, code, "handler", name="具体责任人丙", username=hand)
    body = {"name": "分管负责人乙", "phone": "0533-6180000"}
    own = await desk.put(head, f"/units/{code}/posts/supervisor", body)
    assert own.status_code == 200, own.text
    for who, status, refusal in (
        (hand, 403, "not_trio_editor"),
        ("zjj", 403, "not_trio_editor"),
        ("deputy", 403, "not_your_role"),
    ):
        put = await desk.put(who, f"/units/{code}/posts/supervisor", body)
        assert (put.status_code, put.json()["code"]) == (status, refusal)
    linked = await desk.put(head, f"/units/{code}/posts/supervisor", {**body, "username": "deputy"})
    assert linked.json()["code"] == "not_your_role"
    assert len(await posts(desk, code, hand)) == 3
    assert (await desk.get("zjj", f"/units/{code}/posts")).status_code == 403


async def test_a_mistake_is_put_right_on_the_same_day_as_often_as_need_be(desk: People) -> None:
    code = await unit(desk)
    await appoint(desk, code, "handler", name="前任", since=day(-30))
    for name in ("误录", "再误录", "正确的人"):
        await appoint(desk, code, "handler", name=name)
    (held,) = (row for row in await posts(desk, code) if row["post"] == "handler")
    assert held["person"]["name"] == "正确的人"
    history = await desk.get("office", f"/units/{code}/posts", history="true")
    served = [row["person"]["name"] for row in history.json()["items"] if row["post"] == "handler"]
    assert {"前任", "正确的人"} <= set(served)


async def test_a_phone_is_one_and_a_person_is_named_once(desk: People) -> None:
    code = await unit(desk)
    path = f"/units/{code}/posts/principal"
    for body, refusal in (
        ({"name": "甲", "phone": "请咨询办公室"}, "bad_phone"),
        ({"name": " "}, "bad_name"),
        ({}, "person_required"),
        ({"name": "甲", "person_id": 1}, "person_required"),
        ({"person_id": 2**61}, "unknown_person"),
    ):
        put = await desk.put("office", path, body)
        assert (put.status_code, put.json()["code"]) == (422, refusal)


async def test_units_that_are_incomplete_are_listed(desk: People) -> None:
    whole, lacking = await unit(desk, "deputy"), await unit(desk)
    await trio(desk, whole)
    await trio(desk, lacking)
    listed = (await desk.get("office", "/units", incomplete=True)).json()["items"]
    codes = {row["code"] for row in listed}
    assert lacking in codes
    assert whole not in codes
    rest = (await desk.get("office", "/units", incomplete=False)).json()["items"]
    assert whole in {row["code"] for row in rest}
    first = (await desk.get("office", "/units", limit=1)).json()
    second = (await desk.get("office", "/units", limit=1, cursor=first["next_cursor"])).json()
    assert first["items"] != second["items"]


async def test_issuing_to_an_incomplete_unit_warns_and_does_not_block(desk: People) -> None:
    code = await unit(desk)
    item = await desk.issue(lead_unit=code)
    said = {warning["code"]: warning["detail"] for warning in item["warnings"]}
    assert said.keys() == {"trio_incomplete", "no_deputy"}
    assert "第一责任人、单位分管负责人、具体责任人" in said["trio_incomplete"]
    assert "区政府分管领导" in said["no_deputy"]
    whole = await unit(desk, "deputy")
    await trio(desk, whole)
    assert (await desk.issue(lead_unit=whole))["warnings"] == []


async def test_a_unit_is_issued_nothing_before_and_after_its_time(desk: People) -> None:
    gone = await unit(desk, active_until=day(-1))
    coming = await unit(desk, active_from=day(1))
    body: Json = {"title": "甲", "content": "乙", "category": "D2", "kind": "ordinary"}
    body |= {"source": {"type": "会议"}}
    for units in ({"lead_unit": gone}, {"lead_unit": coming}):
        refused = await desk.post("office", "/items", {**body, **units})
        assert (refused.status_code, refused.json()["code"]) == (422, "unit_not_active")
    helping = await desk.post("office", "/items", {**body, "lead_unit": "ZJJ", "co_units": [gone]})
    assert helping.json()["code"] == "unit_not_active"
    assert (await desk.issue(lead_unit=gone, issued_at=f"{day(-1)}T09:00:00+08:00"))["id"]


async def test_past_items_keep_the_names_of_their_time(desk: People) -> None:
    code = await unit(desk, "deputy")
    await trio(desk, code)
    item = await desk.issue(lead_unit=code)
    names = {one["post_name"]: one["name"] for one in item["responsible"]}
    assert names == {
        "第一责任人": f"甲{code}",
        "单位分管负责人": f"乙{code}",
        "具体责任人": f"丙{code}",
        "区政府分管领导": "副区长 赵刚",
    }
    await appoint(desk, code, "principal", name=f"丁{mark()}")
    await desk.put("office", f"/units/{code}", {"name": f"换人 {code}", "deputies": ["deputy2"]})
    assert (await desk.read(item))["responsible"] == item["responsible"]
    state = (await desk.get("office", f"/items/{item['id']}/state")).json()
    assert state["responsible"] == item["responsible"]
    newer = await desk.issue(lead_unit=code)
    assert {one["name"] for one in newer["responsible"]} & {f"甲{code}", "副区长 赵刚"} == set()


async def test_units_lodge_their_rules_of_work(desk: People) -> None:
    file = await desk.upload("zjj", "制度.pdf", b"%PDF-1.7 rules")
    body = {"title": "督查事项办理工作制度", "adopted_on": "2026-03-01", "file_id": file["id"]}
    assert (await desk.post("jtj", "/units/ZJJ/regulations", body)).status_code == 403
    without = await desk.get("office", "/units", lodged=False)
    assert "ZJJ" in {row["code"] for row in without.json()["items"]}
    lodged = await desk.post("zjj", "/units/ZJJ/regulations", body)
    assert lodged.status_code == 201, lodged.text
    assert (await desk.get("jtj", f"/files/{file['id']}")).status_code == 200
    without = await desk.get("office", "/units", lodged=False)
    assert "ZJJ" not in {row["code"] for row in without.json()["items"]}
    path = f"/units/ZJJ/regulations/{lodged.json()['id']}"
    gone = await desk.send("zjj", "DELETE", path)
    assert gone.json()["items"][0]["withdrawn_on"] == day()
    assert (await desk.send("zjj", "DELETE", path)).status_code == 404
    unknown = {**body, "file_id": "00000000-0000-4000-8000-000000000000"}
    assert (await desk.post("zjj", "/units/ZJJ/regulations", unknown)).json()["code"] == (
        "unknown_file"
    )


async def test_an_item_handed_to_another_unit_names_those_who_answer_for_it_then(
    desk: People, database: Database
) -> None:
    first, second = await unit(desk, "deputy"), await unit(desk, "deputy2")
    for code in (first, second):
        await trio(desk, code)
    clerk = await account(desk, database, Role.UNIT, "丙", first)
    item = await desk.issue(lead_unit=first)
    await desk.act(
        clerk, item, "coordination", problem="不属本单位。", tried="已核。", asked="转办。"
    )
    answer = {"outcome": "transferred", "opinion": "转办。", "new_lead_unit": second}
    moved = await desk.act("deputy", item, "coordination/answer", **answer)
    names = {(one["unit"], one["name"]) for one in moved["responsible"]}
    assert {(first, f"甲{first}"), (second, f"甲{second}"), (second, "副区长 吴洁")} <= names
    await appoint(desk, second, "principal", name="后来的人")
    assert (await desk.read(item))["responsible"] == moved["responsible"]
