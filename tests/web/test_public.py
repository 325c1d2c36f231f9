"""What everybody reads without signing in: what was made public, and nothing else of it."""

import httpx

from embedded import Stack
from tests.people import People, ordinary


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
