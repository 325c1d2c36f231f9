"""来源: the register, what it hands out, 件件有结果、事事有反馈, and 漏办 (R5, R9, R49)."""

from typing import Any

import httpx
import pytest

from domain.items import OfficePost, Role
from store.session import Database
from tests.api.directory import account, mark
from tests.people import Json, People, days_ahead, ordinary

MEETING: Json = {
    "type": "meeting",
    "title": "区政府第12次常务会议",
    "meeting_type": "standing",
    "leader": "区长",
    "date": "2026-10-08",
}


async def source(desk: People, *clauses: str, **changed: Any) -> Json:
    """A meeting of its own with these clauses, as answered."""
    body: Json = {**MEETING, "reference": f"会议纪要 {mark()}", **changed}
    body["clauses"] = [{"no": no, "text": f"第{no}条：抓紧办理。"} for no in clauses]
    made = await desk.post("office", "/sources", body)
    assert made.status_code == 201, made.text
    return dict(made.json())


async def read(desk: People, found: Json, who: str = "office") -> Json:
    """The source as ``who`` reads it."""
    answer = await desk.get(who, f"/sources/{found['id']}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def refused(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["code"]


async def decide(desk: People, found: Json, no: str, **body: Any) -> httpx.Response:
    """A clause changed by the office."""
    return await desk.send("office", "PATCH", f"/sources/{found['id']}/clauses/{no}", json=body)


async def test_a_source_is_registered_with_its_clauses(desk: People) -> None:
    made = await source(desk, "一", "2.1")
    assert (made["type_name"], made["meeting_type_name"], made["year"]) == (
        "会议",
        "常务会议",
        2026,
    )
    assert [clause["no"] for clause in made["clauses"]] == ["一", "2.1"]
    assert made["made_by"] == "office"
    assert made["uncovered"] == ["一", "2.1"]
    assert made["sentence"] == "共0项，0项有结果，0项有反馈；2条未立项。"
    assert await read(desk, made) == made


async def test_the_staff_of_the_office_keep_sources_too(desk: People, database: Database) -> None:
    staff = await account(desk, database, Role.OFFICE, "科员", post=OfficePost.STAFF)
    made = await desk.post(staff, "/sources", {**MEETING, "reference": mark()})
    assert (made.status_code, made.json()["made_by"]) == (201, staff)


async def test_each_kind_has_its_own_fields(desk: People) -> None:
    proposed = {
        "type": "suggestion",
        "title": "关于老旧小区停车的建议",
        "reference": mark(),
        "level": "district",
        "proposer": "代表 刘洋",
        "role": "joint",
        "reply_due_on": "2026-12-31",
        "year": 2026,
    }
    made = (await desk.post("office", "/sources", proposed)).json()
    assert (made["role_name"], made["level_name"], made["reply_due_on"]) == (
        "会办",
        "区",
        "2026-12-31",
    )
    for changed, code in (
        ({"meeting_type": "mayor"}, "field_not_for_source"),
        ({"type": "plan"}, "field_not_for_source"),
        ({"type": "meeting", "proposer": "", "role": None}, "field_not_for_source"),
        ({"type": "feast"}, "invalid_field"),
        ({"title": " "}, "bad_name"),
        ({"year": 1999}, "invalid_field"),
        ({"date": "1999-01-01"}, "date_out_of_range"),
        ({"colour": "red"}, "unknown_field"),
        ({"clauses": [{"no": "一", "text": " "}]}, "blank_text"),
        ({"clauses": [{"no": "一/二", "text": "办"}]}, "bad_clause_no"),
        ({"clauses": [{"no": "..", "text": "办"}]}, "bad_clause_no"),
        ({"clauses": [{"no": "一", "text": "办"}] * 2}, "clause_repeated"),
    ):
        answer = await desk.post("office", "/sources", {**proposed, "reference": mark(), **changed})
        assert refused(answer) == (422, code), changed
    bare = {"type": "meeting", "title": "会"}
    assert refused(await desk.post("office", "/sources", bare)) == (422, "meeting_type_required")


async def test_a_reference_is_one_source_s_among_its_kind(desk: People) -> None:
    made = await source(desk)
    body = {**MEETING, "reference": f" {made['reference']} "}
    again = await desk.post("office", "/sources", body)
    assert refused(again) == (409, "source_exists")
    assert f"编号 {made['id']}" in again.json()["detail"]
    other = {"type": "document", "title": "文件", "reference": made["reference"]}
    document = await desk.post("office", "/sources", other)
    assert document.status_code == 201
    path = f"/sources/{document.json()['id']}"
    assert refused(await desk.put("office", path, body)) == (409, "source_exists")
    assert (await desk.put("office", path, other)).status_code == 200
    for _ in range(2):
        blank = await desk.post("office", "/sources", {**MEETING, "reference": " "})
        assert (blank.status_code, blank.json()["reference"]) == (201, "")


async def test_a_source_is_corrected_and_the_change_is_kept(desk: People) -> None:
    made = await source(desk, "一")
    body = {**MEETING, "reference": made["reference"], "meeting_type": "mayor", "date": None}
    put = await desk.put("office", f"/sources/{made['id']}", {**body, "year": 2025})
    assert put.status_code == 200, put.text
    changed = put.json()
    assert (changed["meeting_type"], changed["date"], changed["year"]) == ("mayor", None, 2025)
    assert [clause["no"] for clause in changed["clauses"]] == ["一"]
    kept = (await desk.get("office", "/audit", about=str(made["id"]), event="changed")).json()
    methods = [k["method"] for k in kept["items"] if "/sources" in k["route"]]
    assert methods == ["PUT", "POST"]
    assert refused(await desk.put("office", "/sources/999999999", body))[0] == 404


async def test_clauses_are_added_later_and_corrected(desk: People) -> None:
    made = await source(desk, "一")
    path = f"/sources/{made['id']}/clauses"
    more = {"clauses": [{"no": "二", "text": "办"}, {"no": "三", "text": "办", "note": "急"}]}
    added = await desk.post("office", path, more)
    assert added.status_code == 201, added.text
    assert [clause["no"] for clause in added.json()["clauses"]] == ["一", "二", "三"]
    again = {"clauses": [{"no": "四", "text": "办"}, {"no": "二", "text": "办"}]}
    assert refused(await desk.post("office", path, again)) == (409, "clause_exists")
    many = {"clauses": [{"no": str(n), "text": "办"} for n in range(498)]}
    assert refused(await desk.post("office", path, many)) == (422, "too_many_clauses")
    assert refused(await desk.post("office", path, {"clauses": []})) == (422, "invalid_field")
    missing = "/sources/999999999/clauses"
    assert refused(await desk.post("office", missing, more)) == (404, "not_found")
    corrected = (await decide(desk, made, "二", text="从速办理")).json()
    assert [c["text"] for c in corrected["clauses"]] == ["第一条：抓紧办理。", "从速办理", "办"]
    assert corrected["clauses"][2]["note"] == "急"
    assert refused(await decide(desk, made, "二", text=" ")) == (422, "blank_text")
    assert refused(await decide(desk, made, "九", text="办")) == (404, "not_found")


async def test_a_person_decides_that_a_clause_needs_no_item(desk: People) -> None:
    made = await source(desk, "一", "二")
    assert refused(await decide(desk, made, "一", needed=False)) == (422, "blank_text")
    decided = (await decide(desk, made, "一", needed=False, reason="已并入第二条。")).json()
    assert decided["uncovered"] == ["二"]
    assert (decided["counts"]["uncovered"], decided["uncovered_count"]) == (1, 1)
    (first, _) = decided["clauses"]
    assert (first["not_needed"]["reason"], first["not_needed"]["made_by"]) == (
        "已并入第二条。",
        "office",
    )
    again = (await decide(desk, made, "一", needed=True)).json()
    assert again["uncovered"] == ["一", "二"]
    (first, _) = again["clauses"]
    assert first["not_needed"] is None
    assert [one["needed"] for one in first["decisions"]] == [False, True], "both are kept"


async def listed(desk: People, who: str = "office", **filters: Any) -> list[int]:
    """The numbers of all sources listed, page by page."""
    found: list[int] = []
    cursor: Json = {}
    while True:
        answer = await desk.get(who, "/sources", limit=2, **filters, **cursor)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


async def test_the_list_has_filters_and_pages(desk: People) -> None:
    word = mark()
    open_, settled, bare = [
        (await source(desk, *clauses, title=f"会议 {word}"))["id"]
        for clauses in (("一",), ("一",), ())
    ]
    await decide(desk, {"id": settled}, "一", needed=False, reason="无须办理。")
    plan = {"type": "plan", "title": f"计划 {word}", "year": 2031}
    planned = (await desk.post("office", "/sources", plan)).json()["id"]
    assert await listed(desk, q=word) == [planned, bare, settled, open_]
    assert await listed(desk, q=word, uncovered=True) == [open_]
    assert await listed(desk, q=word, uncovered=False) == [planned, bare, settled]
    assert await listed(desk, q=word, type="plan") == [planned]
    assert await listed(desk, q=word, year=2026, type="meeting") == [bare, settled, open_]
    await desk.post(
        "office", f"/sources/{bare}/clauses", {"clauses": [{"no": "1", "text": f"改造{word}路"}]}
    )
    assert await listed(desk, q=f"改造{word}") == [bare]
    answer = await desk.get("office", "/sources", cursor="x")
    assert refused(answer) == (422, "bad_cursor")


@pytest.mark.parametrize("who", ["zjj", "admin"])
async def test_the_register_is_no_unit_s_business(desk: People, who: str) -> None:
    made = await source(desk, "一")
    for path in ("/sources", f"/sources/{made['id']}", "/sources/999999999"):
        assert refused(await desk.get(who, path)) == (403, "not_your_role")
    assert refused(await desk.post("chief", "/sources", MEETING)) == (403, "not_your_role")


async def issued(desk: People, found: Json, clause: str = "", **changed: Any) -> Json:
    """An item handed out by a clause of a source."""
    source_ = {"id": found["id"], "clause": clause, **changed.pop("source", {})}
    return await desk.issue(source=source_, **changed)


async def test_an_item_takes_what_it_leaves_blank_from_its_source(desk: People) -> None:
    made = await source(desk, "一")
    item = await issued(desk, made, " 一 ")
    said = item["source"]
    assert (said["id"], said["clause"], said["type"]) == (made["id"], "一", "会议")
    assert (said["reference"], said["date"]) == (made["reference"], "2026-10-08")
    assert (said["meeting_type"], said["leader"]) == ("standing", "")
    assert "source_incomplete" not in {w["code"] for w in item["warnings"]}
    own = await issued(desk, made, source={"reference": "另一号", "type": "纪要"})
    assert (own["source"]["reference"], own["source"]["type"]) == ("另一号", "纪要")
    (gap,) = (w for w in own["warnings"] if w["code"] == "source_incomplete")
    assert gap["detail"] == "D2 类事项的来源尚缺：条款序号，请核对原件。"
    body = {**MEETING, "reference": made["reference"], "title": "更名", "date": "2026-10-09"}
    await desk.put("office", f"/sources/{made['id']}", body)
    assert (await desk.read(item))["source"] == said, "the register changes no item"


async def test_a_source_or_clause_that_is_not_registered_is_refused(desk: People) -> None:
    made = await source(desk, "一")
    for said, code in (
        ({"id": 999_999_999}, "unknown_source"),
        ({"id": made["id"], "clause": "二"}, "unknown_clause"),
        ({"id": 0}, "invalid_field"),
        ({"id": None}, "missing_field"),
        ({"type": "会议", "level": "village"}, "invalid_field"),
        ({"type": "建议", "reply_due_on": "2101-01-01"}, "date_out_of_range"),
    ):
        answer = await desk.post("office", "/items", ordinary(source=said))
        assert refused(answer) == (422, code), said
    assert (await read(desk, made))["counts"]["items"] == 0


async def test_a_proposal_s_limit_is_that_of_its_reply(desk: People) -> None:
    proposal = {
        "type": "proposal",
        "title": "关于停车的提案",
        "reference": mark(),
        "level": "district",
        "proposer": "委员 陈晨",
        "role": "host",
        "reply_due_on": days_ahead(50),
    }
    made = (await desk.post("office", "/sources", proposal)).json()
    body = ordinary(kind="dated", category="E", source={"id": made["id"]})
    item = await desk.issue(body)
    assert item["due_on"] == days_ahead(50)
    assert {w["code"] for w in item["warnings"]} <= {"rest_day", "provisional", "trio_incomplete"}
    late = await desk.issue(body, due_on=days_ahead(51))
    assert "later_than_reply" in {w["code"] for w in late["warnings"]}


async def test_the_items_of_a_source_are_listed_and_exported(desk: People) -> None:
    made, other = await source(desk, "一"), await source(desk, "一")
    wanted = {(await issued(desk, made, clause))["id"] for clause in ("一", "")}
    await issued(desk, other, "一")
    page = (await desk.get("office", "/items", source=made["id"])).json()
    assert {item["id"] for item in page["items"]} == wanted
    table = await desk.get("office", "/items/export", source=made["id"], format="csv")
    assert len(table.text.strip().splitlines()) == 1 + len(wanted)
    assert (await desk.get("mzj", "/items", source=made["id"])).json()["items"] == []
