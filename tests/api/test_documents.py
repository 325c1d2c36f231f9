"""Official documents over the API: made from the record, numbered, seen by whom they are for."""

import asyncio
import io
import uuid
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from docx import Document
from sqlalchemy import update
from sqlalchemy.exc import ProgrammingError

from domain.items import OfficePost, Role
from embedded import Stack
from store.session import Database
from store.tables import documents
from tests.api.accounts import somebody
from tests.documents.records import OFFICE
from tests.documents.test_template import template
from tests.people import Json, People, dated, days_ahead, directive

SETTINGS: Json = {
    name: list(value) if isinstance(value := getattr(OFFICE, name), tuple) else value
    for name in OFFICE.__dataclass_fields__
}


async def _make(desk: People, who: str, item: Json, key: str | None = None, **body: Any) -> Json:
    answer = await desk.post(who, f"/items/{item['id']}/documents", body, key)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def _refused(desk: People, who: str, path: str, **body: Any) -> tuple[int, str]:
    answer = await desk.post(who, path, body)
    return answer.status_code, answer.json()["code"]


def words_of(answer: httpx.Response) -> str:
    document = Document(io.BytesIO(answer.content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(line.text for line in document.paragraphs), *cells])


async def test_the_office_says_who_it_is_before_it_writes(desk: People) -> None:
    item = await desk.issue(dated())
    path = f"/items/{item['id']}/documents"
    blank = await desk.put("office", "/settings/office", {})
    assert blank.status_code == 200
    assert set(blank.json()["missing"]["order"]) >= {"government_office", "number_prefix"}
    refused = await desk.post("office", path, {"kind": "order"})
    assert (refused.status_code, refused.json()["code"]) == (409, "office_not_set")
    assert "number_prefix" in refused.json()["detail"]
    before = blank.json()["edition"]
    put = await desk.put("office", "/settings/office", SETTINGS)
    again = await desk.put("office", "/settings/office", SETTINGS)
    assert put.json() == again.json()
    told = put.json()["history"][0]
    assert (told["edition"], told["set_by"]) == (before + 1, "office")
    assert told["changed"]["number_prefix"] == ["", "周政督"]
    assert put.json()["missing"] == {}
    assert (await desk.put("zjj", "/settings/office", SETTINGS)).status_code == 403
    longest = {**SETTINGS, "copies": ["单位"] * 101}
    assert (await desk.put("office", "/settings/office", longest)).status_code == 422
    assert (await desk.get("zjj", "/settings/office")).json()["contact"] == OFFICE.contact


async def test_a_document_end_to_end(desk: People) -> None:
    await desk.put("office", "/settings/office", SETTINGS)
    item = await desk.issue(directive(original_text="请速办。", co_units=["JTJ"]))
    key = str(uuid.uuid4())
    made = await _make(desk, "office", item, key, kind="order", signed_by="孙立")
    assert made["number"].startswith("周政督办〔")
    assert await _make(desk, "office", item, key, kind="order", signed_by="孙立") == made
    other = await desk.post("office", f"/items/{item['id']}/documents", {"kind": "notice"}, key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")
    whole = (await desk.get("office", f"/documents/{made['id']}")).json()
    assert (whole["facts_intact"], whole["file_intact"]) == (True, True)
    assert whole["facts"]["original"] == "请速办。"
    assert whole["facts"]["number"] == made["number"]
    file = await desk.get("office", f"/documents/{made['id']}/file")
    assert file.headers["content-type"].endswith("wordprocessingml.document")
    assert file.headers["x-content-type-options"] == "nosniff"
    named = file.headers["content-disposition"]
    assert named.startswith('attachment; filename="order-')
    assert f"filename*=UTF-8''{quote('督办单 ' + made['number'])}.docx" in named
    assert "请速办。" in words_of(file)
    listed = (await desk.get("zjj", f"/items/{item['id']}/documents")).json()["items"]
    assert [one["id"] for one in listed] == [made["id"]]


async def test_numbers_are_given_once(desk: People) -> None:
    await desk.put("office", "/settings/office", SETTINGS)
    item = await desk.issue(dated())
    made = await asyncio.gather(*(_make(desk, "office", item, kind="order") for _ in range(4)))
    key = str(uuid.uuid4())
    same = await asyncio.gather(*(_make(desk, "office", item, key, kind="order") for _ in range(3)))
    assert len({one["id"] for one in same}) == 1
    failed = await _refused(desk, "office", f"/items/{item['id']}/documents", kind="reminder")
    assert failed == (409, "not_reminded")
    sequence = sorted(int(one["number"].split("〕")[1][:-1]) for one in (*made, same[0]))
    assert sequence == list(range(sequence[0], sequence[0] + 5))


async def _seen(desk: People, made: Json) -> set[str]:
    """Who finds the document: by its id, its file, in the list and under its item alike."""
    found = set()
    for who in ("office", "staff", "zjj", "jtj", "mzj", "deputy", "deputy2", "chief", "admin"):
        paths = (f"/documents/{made['id']}", f"/documents/{made['id']}/file")
        there = [(await desk.get(who, path)).status_code == 200 for path in paths]
        page = await desk.get(who, "/documents", limit=200, kind=made["kind"])
        there.append(made["id"] in {one["id"] for one in page.json()["items"]})
        assert len(set(there)) == 1, (who, there)
        found |= {who} if all(there) else set()
    return found


async def test_who_makes_and_who_sees(desk: People, database: Database) -> None:
    await desk.put("office", "/settings/office", SETTINGS)
    if "staff" not in desk.tokens:
        staff = await somebody(desk, database, Role.OFFICE, None, OfficePost.STAFF)
        desk.tokens["staff"] = (await staff.tokens())["access_token"]
    item = await desk.issue(directive(original_text="只给牵头单位看。", co_units=["JTJ"]))
    path = f"/items/{item['id']}/documents"
    whole = await _make(desk, "office", item, kind="order")
    assert whole["holds_original"] is True
    assert await _seen(desk, whole) == {"office", "zjj", "deputy", "chief"}
    by_staff = await _make(desk, "staff", item, kind="order")
    without = await _make(desk, "office", item, kind="order", original=False)
    joined = {"office", "staff", "zjj", "jtj", "deputy", "deputy2", "chief"}
    for made in (by_staff, without):
        assert made["holds_original"] is False
        assert await _seen(desk, made) == joined
        assert "只给牵头" not in words_of(await desk.get("jtj", f"/documents/{made['id']}/file"))
    # What is not there for somebody, and what is not there at all, answer alike.
    hidden = await desk.get("jtj", f"/documents/{whole['id']}")
    nothing = await desk.get("jtj", f"/documents/{uuid.uuid4()}")
    assert (hidden.status_code, hidden.content) == (404, nothing.content)
    assert await _refused(desk, "mzj", path, kind="explanation") == (404, "not_found")
    assert await _refused(desk, "jtj", path, kind="explanation") == (403, "not_your_unit")
    assert await _refused(desk, "zjj", path, kind="order") == (403, "not_your_role")
    assert await _refused(desk, "office", path, kind="explanation") == (403, "not_your_role")
    assert await _refused(desk, "deputy", path, kind="order") == (403, "not_your_role")
    assert await _refused(desk, "office", path, kind="briefing") == (422, "invalid_field")
    wrong = await _refused(desk, "office", path, kind="order", report_by="2099-01-01")
    assert wrong == (422, "not_for_this_kind")
    # Reading a leader's own words is kept.
    audit = (await desk.get("office", "/audit", event="original_read", about=whole["id"])).json()
    assert {one["username"] for one in audit["items"]} == {"office", "zjj", "deputy", "chief"}


async def test_every_document_of_a_life(desk: People) -> None:
    """What the record has not yet, no document says; what it has, they do."""
    await desk.put("office", "/settings/office", SETTINGS)
    item = await desk.issue(dated(co_units=["JTJ"]), title="关于城区积水点整治的工作")
    path = f"/items/{item['id']}/documents"
    draft = await desk.issue(dated(draft=True))
    early = await _refused(desk, "office", f"/items/{draft['id']}/documents", kind="notice")
    assert early == (409, "draft")
    notice = await _make(desk, "office", item, kind="notice")
    assert notice["title"] == "关于城区积水点整治的工作的督查通知"
    for who, kind, code in (
        ("office", "reminder", "not_reminded"),
        ("office", "closing", "not_closed"),
        ("zjj", "explanation", "not_explained"),
        ("zjj", "extension", "extension_not_requested"),
        ("zjj", "coordination", "coordination_not_requested"),
        ("zjj", "result", "not_signed_off"),
    ):
        assert await _refused(desk, who, path, kind=kind) == (409, code)
    await desk.act("zjj", item, "receipt")
    covert = {"form": "covert", "to": "现场", "said": "暗访所见：工地无人。"}
    await desk.act("office", item, "reminders", **covert)
    assert await _refused(desk, "office", path, kind="reminder") == (409, "not_reminded")
    await desk.act("office", item, "reminders", form="item", to="住建局", said="请抓紧。")
    reminder = await _make(desk, "office", item, kind="reminder")
    told = words_of(await desk.get("zjj", f"/documents/{reminder['id']}/file"))
    assert "已催办1次" in told
    assert "暗访" not in told
    await desk.act("zjj", item, "delay-explanation", reason="雨天多。", next_step="加派人手。")
    await desk.act("zjj", item, "extension", reason="管线迁改。", new_due_on=days_ahead(80))
    await desk.act(
        "zjj", item, "coordination", problem="缺资金。", tried="协商。", asked="请协调。"
    )
    for kind in ("explanation", "extension", "coordination"):
        assert (await _make(desk, "zjj", item, kind=kind))["kind"] == kind
    await desk.act("zjj", item, "feedback", text="全部完成。", final=True)
    assert await _refused(desk, "zjj", path, kind="result") == (409, "not_signed_off")
    await desk.act("deputy", item, "sign-off", approved=True, comment="同意报送。")
    await desk.act("office", item, "review", accepted=True, comment="符合要求。")
    result = await _make(desk, "zjj", item, kind="result")
    facts = (await desk.get("zjj", f"/documents/{result['id']}")).json()["facts"]
    assert (facts["signed_by"], facts["opinion"]) == ("副区长 赵刚", "同意报送。")
    assert (await _make(desk, "office", item, kind="closing"))["kind_name"] == "销号单"
    pages = []
    cursor: Json = {}
    while True:
        page = (await desk.get("jtj", path, limit=3, **cursor)).json()
        pages.append([one["kind"] for one in page["items"]])
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert pages == [
        ["closing", "result", "coordination"],
        ["extension", "explanation", "reminder"],
        ["notice"],
    ]
    await _compiled(desk, item, await desk.issue(dated()))


async def _compiled(desk: People, done: Json, other: Json) -> None:
    """专报 and 汇总 of that item and of another without a result; only for leaders to read."""
    assert await _refused(desk, "zjj", "/documents", kind="briefing") == (403, "not_your_role")
    both = {"item_ids": [done["id"], other["id"], done["id"]]}
    assert await _refused(desk, "office", "/documents", kind="briefing", **both) == (
        409,
        "no_result",
    )
    strange = {"item_ids": [done["id"], str(uuid.uuid4())]}
    assert await _refused(desk, "office", "/documents", kind="summary", **strange) == (
        404,
        "not_found",
    )
    for body in ({}, {**both, "since": "2026-01-01"}):
        refused = await _refused(desk, "office", "/documents", kind="summary", **body)
        assert refused == (422, "items_or_period")
    long_ago = {"since": "2001-01-01", "until": "2001-12-31"}
    assert await _refused(desk, "office", "/documents", kind="summary", **long_ago) == (
        409,
        "no_items",
    )
    briefing = await desk.post(
        "office", "/documents", {"kind": "briefing", "item_ids": [done["id"]]}
    )
    summary = await desk.post("office", "/documents", {"kind": "summary", **both})
    assert briefing.json()["number"].endswith("期")
    assert summary.json()["item_ids"] == [done["id"], other["id"]]
    leaders = {"office", "chief", "deputy", "deputy2"}
    for made in (briefing.json(), summary.json()):
        seen = {
            who
            for who in ("office", "zjj", "jtj", "deputy", "deputy2", "chief")
            if (await desk.get(who, f"/documents/{made['id']}")).status_code == 200
        }
        # The second leader is in charge of one of the two items only.
        assert seen == (leaders if made["kind"] == "briefing" else leaders - {"deputy2"})
    told = words_of(await desk.get("chief", f"/documents/{summary.json()['id']}/file"))
    assert "共2件" in told
    assert "全部完成。" in told


async def test_publication_is_decided_and_kept(desk: People) -> None:
    await desk.put("office", "/settings/office", SETTINGS)
    item = await desk.issue(dated())
    path = f"/items/{item['id']}/documents"
    why = await _refused(desk, "office", path, kind="notice", publication="withheld")
    assert why == (422, "reason_required")
    made = await _make(desk, "office", item, kind="notice")
    assert (made["publication"], made["publication_name"]) == ("withheld", "不公开")
    mark = f"/documents/{made['id']}/publication"
    assert (await desk.put("zjj", mark, {"publication": "public"})).status_code == 403
    done = await desk.put("office", mark, {"publication": "public"})
    assert done.status_code == 200, done.text
    assert (done.json()["publication"], done.json()["file_sha256"]) == (
        "public",
        made["file_sha256"],
    )
    assert [one["decided_by"] for one in done.json()["decisions"]] == ["office"]


async def test_a_changed_file_or_fact_shows(desk: People, stack: Stack, database: Database) -> None:
    await desk.put("office", "/settings/office", SETTINGS)
    made = await _make(desk, "office", await desk.issue(dated()), kind="order")
    path = stack.options.data_dir / "files" / made["file_sha256"]
    whole = path.read_bytes()
    path.write_bytes(whole + b"x")
    read = (await desk.get("office", f"/documents/{made['id']}")).json()
    assert (read["facts_intact"], read["file_intact"]) == (True, False)
    file = await desk.get("office", f"/documents/{made['id']}/file")
    assert (file.status_code, file.json()["code"]) == (503, "file_missing")
    path.write_bytes(whole)
    assert (await desk.get("office", f"/documents/{made['id']}/file")).content == whole
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with database.write() as connection:
            await connection.execute(update(documents).values(title="改过的"))


async def test_a_template_of_the_offices_own(desk: People) -> None:
    await desk.put("office", "/settings/office", SETTINGS)
    item = await desk.issue(dated())
    path = "/document-templates/closing"
    wrong = await desk.upload("office", "错.docx", template("{{ colour }}"))
    refused = await desk.post("office", path, {"file_id": wrong["id"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_placeholder")
    assert "colour" in refused.json()["detail"]
    unknown = await desk.post("office", path, {"file_id": str(uuid.uuid4())})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_file")
    own = await desk.upload("office", "督办单.docx", template("本机关式样 {{ number }}"))
    put = await desk.post(
        "office", "/document-templates/order", {"file_id": own["id"], "note": "新式样"}
    )
    assert put.status_code == 201, put.text
    edition = put.json()["edition"]
    made = await _make(desk, "office", item, kind="order")
    assert made["template_edition"] == edition
    told = await desk.get("office", f"/documents/{made['id']}/file")
    assert words_of(told) == f"本机关式样 {made['number']}"
    listed = (await desk.get("zjj", "/document-templates")).json()["items"]
    order = next(one for one in listed if one["kind"] == "order")
    assert {"matter", "leader"} <= {one["name"] for one in order["placeholders"]}
    assert order["editions"][0]["note"] == "新式样"
    back = await desk.post("office", "/document-templates/order", {"file_id": None})
    assert (back.json()["edition"], len(back.json()["editions"])) == (None, edition + 1)
    assert (await _make(desk, "office", item, kind="order"))["template_edition"] is None
