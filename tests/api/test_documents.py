"""Official documents over the API: made from the record, numbered, seen by whom they are for."""

import asyncio
import io
import uuid
from typing import Any

import httpx
from docx import Document

from tests.documents.records import OFFICE
from tests.people import Json, People, dated, directive

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


def _words(answer: httpx.Response) -> str:
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
    assert "filename*=utf-8''%E7%9D%A3%E5%8A%9E%E5%8D%95" in file.headers["content-disposition"]
    assert "请速办。" in _words(file)
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
