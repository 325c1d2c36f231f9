"""What everybody reads without signing in: what was made public, and nothing else of it."""

import uuid
from typing import Any

import httpx

from embedded import Stack
from tests.api.test_documents import SETTINGS, words_of
from tests.people import Json, People, directive, ordinary


async def test_only_what_was_made_public_and_handed_out_is_there(
    stack: Stack, desk: People
) -> None:
    word = "公开页试验"
    shown = await desk.issue(
        ordinary(title=f"{word}甲", content="内部要求", public=True, original_text="批示原话")
    )
    await desk.issue(ordinary(title=f"{word}乙"))
    draft = await desk.post(
        "office", "/items", ordinary(title=f"{word}丙", public=True, draft=True)
    )
    assert draft.status_code == 201
    async with httpx.AsyncClient(base_url=stack.api_url) as nobody:
        page = (await nobody.get("/public", params={"q": word})).text
        assert f"{word}甲" in page
        assert shown["number"] in page
        for hidden in (f"{word}乙", f"{word}丙", "内部要求", "批示原话", "李强"):
            assert hidden not in page, hidden
        # Nothing can be found out by looking for what is not shown.
        assert "没有标题含" in (await nobody.get("/public", params={"q": "内部要求"})).text
        answer = (await nobody.get("/api/v1/public/items", params={"q": word})).json()
        (item,) = answer["items"]
        assert set(item) == {
            *("number", "title", "lead_unit_name", "status_name"),
            *("issued_on", "due_on", "closed_on"),
        }
        for path in ("/", "/items", f"/items/{shown['id']}", "/stats", "/live"):
            sent_away = await nobody.get(path)
            assert (sent_away.status_code, sent_away.headers["location"][:8]) == (303, "/sign-in")


async def test_only_documents_that_the_head_published_of_public_items(
    stack: Stack, desk: People
) -> None:
    await desk.put("office", "/settings/office", SETTINGS)
    word = "公开文书试验"
    shown = await desk.issue(directive(title=f"{word}甲", public=True, original_text="批示原话"))
    inside = await desk.issue(ordinary(title=f"{word}乙"))

    async def made(item: Json, decided: str | None = "public", **body: Any) -> str:
        path = f"/items/{item['id']}/documents"
        answer = await desk.post("office", path, {"publication": "public", **body})
        assert answer.status_code == 201, answer.text
        document = str(answer.json()["id"])
        if decided is not None:
            await decide(document, decided)
        return document

    async def decide(document: str, how: str) -> None:
        mark = {"publication": how, "reason": "内部工作"}
        answer = await desk.put("office", f"/documents/{document}/publication", mark)
        assert answer.status_code == 200, answer.text

    published = await made(shown, kind="notice", requirement="逐条落实")
    hidden = {
        "marked by its maker alone": await made(shown, None, kind="notice"),
        "withheld": await made(shown, "withheld", kind="notice"),
        "with a leader's own words": await made(shown, kind="order"),
        "of an item that is not public": await made(inside, kind="notice"),
        "for leaders": await compiled(desk, shown),
    }
    await decide(hidden["for leaders"], "public")
    async with httpx.AsyncClient(base_url=stack.api_url) as nobody:
        page = (await nobody.get("/public")).text
        assert 'href="/public/documents"' in page
        page = (await nobody.get("/public/documents")).text
        at = f"/public/documents/{published}/file"
        assert f'href="{at}"' in page
        file = await nobody.get(at)
        assert (file.status_code, file.headers["content-type"][:15]) == (200, "application/vnd")
        assert "attachment" in file.headers["content-disposition"]
        assert "批示原话" not in words_of(file)
        gone = (await nobody.get(f"/api/v1/public/documents/{uuid.uuid4()}/file")).json()
        for why, document in hidden.items():
            assert document not in page, why
            answer = await nobody.get(f"/api/v1/public/documents/{document}/file")
            assert (answer.status_code, answer.json()) == (404, gone), why
        # What is taken back is gone at once.
        await decide(published, "on_request")
        assert published not in (await nobody.get("/public/documents")).text
        assert (await nobody.get(at)).status_code == 404


async def compiled(desk: People, item: Json) -> str:
    body = {"kind": "summary", "item_ids": [item["id"]]}
    answer = await desk.post("office", "/documents", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])
