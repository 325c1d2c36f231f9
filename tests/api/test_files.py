"""Attachments: kept as they are, shown to those who see the item, never run by a browser."""

import hashlib
import uuid

import pytest

from tests.people import People, dated

PDF = b"%PDF-1.7 \x00\xff binary"


async def test_a_file_comes_back_as_it_was(desk: People) -> None:
    kept = await desk.upload("zjj", "办理情况 报告.PDF", PDF)
    assert kept["name"] == "办理情况 报告.PDF"
    assert (kept["size"], kept["sha256"]) == (len(PDF), hashlib.sha256(PDF).hexdigest())
    answer = await desk.get("zjj", f"/files/{kept['id']}")
    assert (answer.status_code, answer.content) == (200, PDF)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_file_is_its_uploaders_until_an_item_shows_it(desk: People) -> None:
    kept = await desk.upload("zjj", "方案.docx", PDF)
    path = f"/files/{kept['id']}"
    everybody = ("office", "jtj", "mzj", "deputy", "chief", "admin")
    missing = await desk.get("office", f"/files/{uuid.uuid4()}")
    for who in everybody:
        answer = await desk.get(who, path)
        assert (answer.status_code, answer.content) == (404, missing.content)
    item = await desk.issue(dated(co_units=["JTJ"]))
    await desk.act("zjj", item, "receipt")
    await desk.act("zjj", item, "feedback", text="见附件", attachments=[kept["id"]])
    seeing = {who: (await desk.get(who, path)).status_code for who in everybody}
    assert seeing == {
        "office": 200,
        "jtj": 200,
        "mzj": 404,
        "deputy": 200,
        "chief": 200,
        "admin": 404,
    }
    assert (await desk.timeline(item, "jtj"))[-1]["body"]["attachments"] == [kept["id"]]


async def test_naming_somebody_elses_file_does_not_open_it(desk: People) -> None:
    secret = await desk.upload("office", "内部材料.pdf", PDF)
    item = await desk.issue(dated())
    await desk.act("zjj", item, "receipt")
    for attachments in ([secret["id"]], [str(uuid.uuid4())], ["../secret"], [""]):
        assert await desk.refused(
            "zjj", item, "feedback", text="见附件", attachments=attachments
        ) == (422, "unknown_file")
    assert (await desk.get("zjj", f"/files/{secret['id']}")).status_code == 404


async def test_a_file_already_shown_to_somebody_may_be_named_by_him(desk: People) -> None:
    kept = await desk.upload("zjj", "方案.docx", PDF)
    item = await desk.issue(dated(co_units=["JTJ"]))
    await desk.act("zjj", item, "receipt")
    await desk.act("zjj", item, "feedback", text="见附件", attachments=[kept["id"]])
    other = await desk.issue(dated(lead_unit="JTJ"))
    await desk.act("jtj", other, "receipt")
    await desk.act("jtj", other, "feedback", text="同一方案", attachments=[kept["id"]])


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("页面.html", b"<script>", "file_not_allowed"),
        ("图.svg", b"<svg/>", "file_not_allowed"),
        ("程序.exe", b"MZ", "file_not_allowed"),
        ("没有后缀", b"x", "file_not_allowed"),
        ("报告.pdf.js", b"x", "file_not_allowed"),
        (".pdf", b"x", "file_not_allowed"),
        ("空.pdf", b"", "empty_file"),
        ("长" * 198 + ".pdf", b"x", "file_name_too_long"),
    ],
)
async def test_some_files_are_not_taken(desk: People, name: str, content: bytes, code: str) -> None:
    answer = await desk.send("zjj", "POST", "/files", files={"file": (name, content)})
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_a_name_is_a_name_and_no_path(desk: People) -> None:
    for given, kept_as in (
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\文档\\报告.pdf", "报告.pdf"),
        ("/tmp/报告.pdf", "报告.pdf"),
    ):
        assert (await desk.upload("zjj", given, PDF))["name"] == kept_as


async def test_what_is_no_form_is_refused(desk: People) -> None:
    multipart = {"content-type": "multipart/form-data; boundary=b"}
    for content, headers in (
        (b"", multipart),
        (b"--b\r\nnonsense", multipart),
        (b"--b\r\nnonsense", {"content-type": "multipart/form-data"}),
        (b"{}", {"content-type": "application/json"}),
    ):
        answer = await desk.send("zjj", "POST", "/files", content=content, headers=headers)
        assert answer.status_code in {400, 422}
        assert answer.headers["content-type"] == "application/problem+json"
