"""Everybody against every page: who is let in where, and that what somebody may not see answers
like what is not there. The world is that of the API's own matrix."""

import re
import uuid
from collections.abc import AsyncIterator
from collections.abc import Set as AbstractSet
from contextlib import AsyncExitStack

import httpx
import pytest
import pytest_asyncio

from embedded import Stack
from tests.web.reader import Reader
from tests.world import (
    ACCOUNTS,
    CIRCULAR_READERS,
    DEDUCTION_READERS,
    DRAFT,
    EVERYBODY,
    IN_UNITS,
    JOINED,
    KEEPERS,
    OFFICE,
    OTHER,
    OWN,
    SEES,
    TRIO,
    WORKING,
    Matrix,
)
from web.pages import ROUTES
from web.pages.signing_in import FORGOTTEN

OPEN = {
    *(("GET", "/sign-in"), ("POST", "/sign-in"), ("GET", "/sign-in/oidc"), ("GET", "/public")),
    *(("GET", "/public/documents"), ("GET", "/public/documents/{document_id}/file")),
}
"""Pages for nobody in particular."""
HEAD = frozenset({"mx-head"})
ADMIN = frozenset({"mx-admin"})
SOURCE_READERS = OFFICE | {"mx-chief", "mx-deputy"}
PAGES: dict[tuple[str, str], AbstractSet[str]] = {
    ("GET", "/"): EVERYBODY,
    ("GET", "/items"): EVERYBODY,
    ("GET", "/items/export"): EVERYBODY,
    ("GET", "/items/new"): OFFICE,
    ("POST", "/items/new"): OFFICE,
    ("GET", "/views"): EVERYBODY,
    ("GET", "/views/new"): EVERYBODY,
    ("POST", "/views/new"): EVERYBODY,
    ("GET", "/views/remove"): EVERYBODY,
    ("POST", "/views/remove"): EVERYBODY,
    ("GET", "/import"): OFFICE,
    ("POST", "/import"): OFFICE,
    ("GET", "/import/{file_id}"): OFFICE,
    ("POST", "/import/{file_id}"): OFFICE,
    ("GET", "/import/{file_id}/rejected"): OFFICE,
    ("GET", "/files/{file_id}"): EVERYBODY,
    ("GET", "/documents/{document_id}/file"): EVERYBODY,
    ("GET", "/inbox"): EVERYBODY,
    ("POST", "/inbox"): EVERYBODY,
    ("GET", "/live"): EVERYBODY,
    ("GET", "/year"): EVERYBODY,
    ("GET", "/standing"): IN_UNITS,
    ("GET", "/stats"): EVERYBODY,
    ("GET", "/stats/lines"): EVERYBODY,
    ("GET", "/stats/points"): EVERYBODY,
    ("GET", "/ledgers/{name}.{format}"): EVERYBODY,
    ("GET", "/faults"): EVERYBODY,
    ("GET", "/faults/export"): EVERYBODY,
    ("GET", "/faults/lines"): EVERYBODY,
    ("GET", "/faults/lines/export"): EVERYBODY,
    ("GET", "/burden"): EVERYBODY,
    ("GET", "/burden/export"): EVERYBODY,
    ("GET", "/burden/lines"): EVERYBODY,
    ("GET", "/burden/lines/export"): EVERYBODY,
    ("GET", "/time-ledger"): EVERYBODY,
    ("GET", "/time-ledger/export"): EVERYBODY,
    ("GET", "/time-ledger/lines"): EVERYBODY,
    ("GET", "/time-ledger/lines/export"): EVERYBODY,
    ("GET", "/sources"): SOURCE_READERS,
    ("GET", "/sources/new"): OFFICE,
    ("POST", "/sources/new"): OFFICE,
    ("GET", "/sources/{source_id}"): SOURCE_READERS,
    ("GET", "/sources/{source_id}/clauses"): OFFICE,
    ("POST", "/sources/{source_id}/clauses"): OFFICE,
    ("GET", "/sources/{source_id}/clauses/{no}"): OFFICE,
    ("POST", "/sources/{source_id}/clauses/{no}"): OFFICE,
    ("GET", "/calendar"): WORKING,
    ("GET", "/calendar/preview"): WORKING,
    ("GET", "/calendar/{year}"): WORKING,
    ("GET", "/calendar/{year}/edit"): KEEPERS,
    ("POST", "/calendar/{year}/edit"): KEEPERS,
    ("GET", "/health"): OFFICE | {"mx-admin"},
    ("POST", "/health"): OFFICE | {"mx-admin"},
    ("GET", "/rules"): WORKING,
    ("GET", "/settings"): WORKING,
    ("GET", "/settings/rules"): {"mx-head"},
    ("POST", "/settings/rules"): {"mx-head"},
    ("GET", "/settings/points/{year}"): {"mx-head"},
    ("POST", "/settings/points/{year}"): {"mx-head"},
    ("GET", "/settings/office"): {"mx-head"},
    ("POST", "/settings/office"): {"mx-head"},
    ("GET", "/documents"): EVERYBODY,
    ("GET", "/documents/{document_id}"): EVERYBODY,
    **dict.fromkeys((("GET", "/documents/new/{kind}"), ("POST", "/documents/new/{kind}")), OFFICE),
    **dict.fromkeys(
        (
            ("GET", "/documents/{document_id}/publication"),
            ("POST", "/documents/{document_id}/publication"),
        ),
        HEAD,
    ),
    ("GET", "/circulars"): CIRCULAR_READERS,
    ("GET", "/circulars/{circular_id}"): CIRCULAR_READERS,
    ("GET", "/circulars/{circular_id}/acts/{name}"): CIRCULAR_READERS,
    ("POST", "/circulars/{circular_id}/acts/{name}"): CIRCULAR_READERS,
    **dict.fromkeys(
        (
            *(("GET", "/circulars/new"), ("POST", "/circulars/new")),
            ("GET", "/circulars/proposals"),
            *(("GET", "/circulars/proposals/new"), ("POST", "/circulars/proposals/new")),
            *(("GET", "/circulars/{circular_id}/edit"), ("POST", "/circulars/{circular_id}/edit")),
        ),
        OFFICE,
    ),
    **dict.fromkeys(
        (
            ("GET", "/circulars/proposals/{number}/refusal"),
            ("POST", "/circulars/proposals/{number}/refusal"),
            ("GET", "/circulars/proposals/{number}/deduction"),
            ("POST", "/circulars/proposals/{number}/deduction"),
            ("GET", "/circulars/{circular_id}/documents"),
            ("POST", "/circulars/{circular_id}/documents"),
        ),
        HEAD,
    ),
    ("GET", "/deductions"): DEDUCTION_READERS,
    ("GET", "/deductions/{deduction_id}"): DEDUCTION_READERS,
    ("GET", "/deductions/{deduction_id}/{act}"): DEDUCTION_READERS,
    ("POST", "/deductions/{deduction_id}/{act}"): DEDUCTION_READERS,
    ("GET", "/units"): WORKING,
    ("GET", "/units/new"): KEEPERS,
    ("POST", "/units/new"): KEEPERS,
    ("GET", "/units/{code}"): WORKING,
    ("GET", "/units/{code}/edit"): KEEPERS,
    ("POST", "/units/{code}/edit"): KEEPERS,
    ("GET", "/units/{code}/posts/{post}"): KEEPERS | IN_UNITS,
    ("POST", "/units/{code}/posts/{post}"): KEEPERS | IN_UNITS,
    ("GET", "/units/{code}/posts/{post}/end"): KEEPERS | IN_UNITS,
    ("POST", "/units/{code}/posts/{post}/end"): KEEPERS | IN_UNITS,
    ("GET", "/units/import"): KEEPERS,
    ("POST", "/units/import"): KEEPERS,
    ("GET", "/units/export"): KEEPERS,
    ("GET", "/stand-ins"): WORKING,
    ("GET", "/stand-ins/new"): KEEPERS,
    ("POST", "/stand-ins/new"): KEEPERS,
    ("GET", "/stand-ins/{number}/end"): KEEPERS,
    ("POST", "/stand-ins/{number}/end"): KEEPERS,
    ("GET", "/accounts"): {"mx-admin"},
    ("GET", "/accounts/new"): {"mx-admin"},
    ("POST", "/accounts/new"): {"mx-admin"},
    ("GET", "/accounts/{username}/{change}"): {"mx-admin"},
    ("POST", "/accounts/{username}/{change}"): {"mx-admin"},
    **dict.fromkeys(
        (
            ("GET", "/channels"),
            *(("GET", "/channels/{channel}/edit"), ("POST", "/channels/{channel}/edit")),
            *(("GET", "/channels/{channel}/remove"), ("POST", "/channels/{channel}/remove")),
            *(("GET", "/channels/{channel}/test"), ("POST", "/channels/{channel}/test")),
        ),
        EVERYBODY,
    ),
    **dict.fromkeys(
        (
            ("GET", "/accounts/{username}/channels"),
            ("GET", "/accounts/{username}/channels/{channel}/edit"),
            ("POST", "/accounts/{username}/channels/{channel}/edit"),
            ("GET", "/accounts/{username}/channels/{channel}/remove"),
            ("POST", "/accounts/{username}/channels/{channel}/remove"),
            ("GET", "/accounts/{username}/channels/{channel}/test"),
            ("POST", "/accounts/{username}/channels/{channel}/test"),
        ),
        ADMIN,
    ),
    ("GET", "/sendings"): OFFICE | {"mx-admin"},
    ("GET", "/sessions"): EVERYBODY,
    ("GET", "/sessions/others"): EVERYBODY,
    ("GET", "/sessions/{session_id}/end"): EVERYBODY,
    ("POST", "/sessions/{session_id}/end"): EVERYBODY,
    ("GET", "/password"): EVERYBODY,
    ("POST", "/password"): EVERYBODY,
}
"""Who gets in, whatever he asks for; everybody else is told that he may not."""
OF_AN_ITEM = {
    ("GET", "/items/{item_id}"),
    ("GET", "/items/{item_id}/acts/{name}"),
    ("POST", "/items/{item_id}/acts/{name}"),
    ("GET", "/items/{item_id}/tree"),
    ("GET", "/items/{item_id}/split"),
    ("POST", "/items/{item_id}/split"),
    ("GET", "/items/{item_id}/documents/{kind}"),
    ("POST", "/items/{item_id}/documents/{kind}"),
}
"""Pages of an item, for those who see it."""
APART = {("POST", "/sign-out"), ("POST", "/sessions/others")}
"""They end the session that asks, or all others: tests/web/test_safety.py, test_people.py."""

WITH = {
    "/stats/lines": "/stats/lines?figure=issued",
    "/burden/lines": "/burden/lines?unit=ZJJ",
    "/burden/lines/export": "/burden/lines/export?unit=ZJJ",
}
"""What has to be asked besides."""
OF_SOMETHING = {"/circulars/proposals/new"}
"""Pages that are of an item which the question names."""
NOT_THERE = {"{number}": "999999999", "{year}": "2098", "{name}": "no-such", "{code}": "MX-NONE"}
ACTS: dict[str, tuple[dict[str, str], dict[str, set[str]]]] = {
    "return_assignment": ({}, {OWN: TRIO, JOINED: {"mx-co"}}),
    "request_extension": ({}, {OWN: TRIO, JOINED: {"mx-co"}}),
    "remind": ({}, dict.fromkeys((OWN, JOINED, OTHER), OFFICE)),
    "terminate_item": (
        {"sure": "true"},
        {
            **{name: {"mx-head", "mx-chief"} for name in (OWN, JOINED, OTHER)},
            DRAFT: {"mx-head", "mx-staff", "mx-chief"},
        },
    ),
    "revise_draft": ({"due_on": "重阳节"}, {DRAFT: OFFICE}),
}
"""Acts with what is wrong about a form of them, and who is offered which on which item."""


ODD = ("%00", "%0A", "%2e%2e", "a%3Fb=c", "a%23b", "%25", "%ED%A0%80", "%E2%80%AE", "-1", "9" * 30)
"""Parts of addresses that nothing has."""


@pytest_asyncio.fixture(scope="module")
async def readers(stack: Stack, matrix: Matrix) -> AsyncIterator[dict[str, Reader]]:
    """Everybody, signed in by the page; ``""`` is nobody."""
    async with AsyncExitStack() as opened:
        found = {
            who: await opened.enter_async_context(Reader.at(stack.api_url, who)) for who in ACCOUNTS
        }
        yield found | {"": await opened.enter_async_context(Reader.at(stack.api_url))}


def _all() -> set[tuple[str, str]]:
    return {
        (method, found.path) for found in ROUTES for method in (found.methods or set()) - {"HEAD"}
    }


def test_every_page_is_in_it() -> None:
    assert _all() == OPEN | set(PAGES) | OF_AN_ITEM | APART


async def _asked(reader: Reader, method: str, path: str, **form: str) -> httpx.Response:
    if method == "POST":
        return await reader.post(path, **form)
    async with reader.client.stream("GET", path) as answer:
        if answer.headers.get("content-type", "").startswith("text/event-stream"):
            return httpx.Response(answer.status_code, headers=answer.headers)
        await answer.aread()
    return answer


def _filled(path: str) -> str:
    """The path with something in it that is not there."""
    for name, value in NOT_THERE.items():
        path = path.replace(name, value)
    return re.sub(r"\{\w+\}", lambda _: str(uuid.uuid4()), path)


async def test_nobody_gets_further_than_the_door(
    readers: dict[str, Reader], matrix: Matrix
) -> None:
    nobody = readers[""]
    for method, path in _all() - OPEN:
        filled = _filled(path.replace("{item_id}", matrix.items[OWN]))
        answer = await _asked(nobody, method, filled)
        assert "矩阵" not in answer.text
        if method == "GET":
            assert (answer.status_code, answer.text) == (303, ""), filled
            to = answer.headers["location"]
            assert to == "/sign-in" or to.startswith("/sign-in?next=/"), filled
        elif path in FORGOTTEN:
            assert (answer.status_code, answer.text) == (303, ""), filled
            assert answer.headers["location"] == "/sign-in"
        else:
            assert answer.status_code == 200, filled
            assert "<h1>登录</h1>" in answer.text
    assert (await nobody.get("/sign-in")).status_code == 200
    assert (await readers["mx-head"].get("/sign-in")).headers["location"] == "/"


@pytest.mark.parametrize("who", ACCOUNTS)
async def test_pages(readers: dict[str, Reader], who: str) -> None:
    for (method, path), allowed in PAGES.items():
        answer = await _asked(readers[who], method, _filled(WITH.get(path, path)))
        if who not in allowed:
            assert answer.status_code == 403, (method, path, answer.status_code)
            assert "<h1>无权办理</h1>" in answer.text
        elif "{" in path or path in OF_SOMETHING:
            assert answer.status_code in {200, 404, 409, 422}, (method, path)
        else:
            expected = {200, 303} if method == "GET" else {303, 422}
            assert answer.status_code in expected, (method, path, answer.text)


@pytest.mark.parametrize("who", ["mx-head", "mx-admin"])
async def test_what_stands_in_an_address_leads_nowhere_else(
    readers: dict[str, Reader], matrix: Matrix, who: str
) -> None:
    for method, path in _all():
        for odd in ODD if "{" in path else ():
            answer = await _asked(readers[who], method, re.sub(r"\{\w+\}", odd, path))
            assert answer.status_code < 500, (method, path, odd, answer.text)
    for end in ("%00", "%23x", "%3Fx=1", "/%2e%2e", "%2F..%2F" + matrix.items[OWN]):
        answer = await readers[who].get(f"/items/{matrix.items[OWN]}{end}")
        assert answer.status_code == 404, end


@pytest.mark.parametrize("who", ACCOUNTS)
async def test_items_and_what_can_be_done_to_them(
    readers: dict[str, Reader], matrix: Matrix, who: str
) -> None:
    reader, missing = readers[who], str(uuid.uuid4())
    for name, item_id in matrix.items.items():
        at = f"/items/{item_id}"
        sees = name in SEES[who]
        answer = await reader.get(at)
        assert answer.status_code == (200 if sees else 404), name
        if not sees:
            assert await _told(reader, "GET", at, item_id) == await _told(
                reader, "GET", f"/items/{missing}", missing
            )
        for act, (wrong, by) in ACTS.items():
            to = f"{at}/acts/{act}"
            if not sees:
                for method in ("GET", "POST"):
                    told = await _told(reader, method, to, item_id, **wrong)
                    gone = f"/items/{missing}/acts/{act}"
                    assert told == await _told(reader, method, gone, missing, **wrong), to
                continue
            may = who in by.get(name, set())
            offered = await reader.get(to)
            assert offered.status_code == (200 if may else 409), (name, act)
            refused = await reader.post(to, **wrong)
            assert refused.status_code in ({422} if may else {403, 409, 422}), (name, act)
            # The item's own page leads to it, or has its form, where it may be done.
            assert (f'"{to}"' in answer.text) == may, (name, act)


@pytest.mark.parametrize("who", ACCOUNTS)
async def test_files_of_others(readers: dict[str, Reader], matrix: Matrix, who: str) -> None:
    kept = (await matrix.desk.upload("office", "秘密.pdf", b"%PDF-1.7"))["id"]
    missing = str(uuid.uuid4())
    reader = readers[who]
    told = await _told(reader, "GET", f"/files/{kept}", kept)
    assert told == await _told(reader, "GET", f"/files/{missing}", missing)
    assert told[0] == 404


@pytest.mark.parametrize("who", ACCOUNTS)
async def test_lists_show_what_exists_for_him(
    readers: dict[str, Reader], matrix: Matrix, who: str
) -> None:
    for path in ("/items?q=矩阵", "/", "/inbox", "/items/export?format=csv&q=矩阵"):
        text = (await readers[who].get(path)).text
        for name in set(matrix.items) - SEES[who]:
            assert matrix.items[name] not in text, (path, name)
            assert f"矩阵 {name}" not in text, (path, name)
    listed = (await readers[who].get("/items?q=矩阵")).text
    assert all(matrix.items[name] in listed for name in SEES[who])


async def _told(
    reader: Reader, method: str, path: str, item_id: str, **form: str
) -> tuple[int, dict[str, str], str]:
    """All that can be told of an answer but the time, the id taken out."""
    answer = await _asked(reader, method, path, **form)
    headers = {name: text for name, text in answer.headers.items() if name != "date"}
    return answer.status_code, headers, answer.text.replace(item_id, "ID")
