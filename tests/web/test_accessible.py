"""Every page by axe: nothing serious or critical (WCAG 2.2 AA), and none is wider than a phone."""

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser

from embedded import Stack
from tests.people import People, directive, ordinary
from tests.web.desk import DESKTOP, PHONE, Person

EVERYTHING = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
WITHOUT_COLOURS = {**EVERYTHING, "rules": {"color-contrast": {"enabled": False}}}
"""On a phone, where a page has the colours it has on a desktop: they take most of the time."""
OF_ALL = ("/", "/items", "/items?status=issued&q=甲", "/inbox", "/stats", "/units", "/units/ZJJ")
PAGES = {
    "office": (
        *(*OF_ALL, "/items/new", "/import", "/sources", "/sources/new", "/year", "/units/new"),
        *("/calendar/2026", "/calendar/2027/edit", "/calendar/preview", "/settings"),
        *("/settings/office", "/rules", "/health", "/documents", "/documents/new/summary"),
        *("/faults", "/faults/lines", "/burden"),
        *("/burden/lines?unit=ZJJ", "/time-ledger", "/time-ledger/lines"),
        *("/circulars", "/circulars/new", "/circulars/proposals", "/deductions"),
        *("/stand-ins", "/stand-ins/new", "/units/import", "/sessions", "/channels"),
        *("/sendings", "/views", "/views/new?status=issued", "/stats/lines?figure=issued"),
    ),
    "zjj": (
        *OF_ALL,
        "/stand-ins",
        "/sessions",
        "/standing",
        "/year",
        "/circulars",
        "/deductions",
        "/documents",
    ),
    "deputy": OF_ALL,
    "admin": (
        "/",
        "/accounts",
        "/accounts/new",
        "/accounts/zjj/channels",
        "/units/new",
        "/password",
    ),
}
ACTS = {"office": ("remind", "terminate_item", "suspend_item"), "zjj": ("receive",), "deputy": ()}


@pytest.mark.timeout(300)
async def test_no_page_keeps_anybody_out(browser: Browser, stack: Stack, desk: People) -> None:
    item = (await desk.issue(ordinary(title="无障碍试验")))["id"]
    worked = await desk.issue(directive(title="无障碍试验二"))
    await desk.act("zjj", worked, "receipt")
    found: list[str] = []
    for who, pages in PAGES.items():
        async with Person.at(browser, stack.api_url, who, size=DESKTOP) as person:
            acts = [f"/items/{item}/acts/{act}" for act in ACTS.get(who, ())]
            items = [f"/items/{item}", f"/items/{worked['id']}"] if who != "admin" else []
            for path in (*pages, *items, *acts):
                await person.page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
                answer = await person.go(path)
                assert answer.status == 200, (who, path)
                found += await wrong(person, f"{who} {path}")
                await person.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
                found += await wrong(person, f"{who} {path} on a phone", WITHOUT_COLOURS)
            assert person.heard == []
    assert found == []


@pytest.mark.parametrize("path", ["/sign-in", "/public", "/public/documents", "/nowhere"])
async def test_nor_those_before_signing_in(browser: Browser, stack: Stack, path: str) -> None:
    page = await browser.new_page(viewport=PHONE)  # type: ignore[arg-type]
    person = Person(page=page, base=stack.api_url)
    await person.go(path)
    assert await wrong(person, path) == []
    await page.close()


async def wrong(person: Person, where: str, options: dict[str, Any] = EVERYTHING) -> list[str]:
    """What axe finds on the page, and whether it is wider than its window."""
    results: dict[str, Any] = (await Axe().run(person.page, options=options)).response
    told = [
        f"{where}: {one['id']} {node['target']}"
        for one in results["violations"]
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"][:3]
    ]
    wide = "document.documentElement.scrollWidth - window.innerWidth"
    if (over := await person.page.evaluate(wide)) > 0:
        told.append(f"{where}: {over} px too wide")
    return told
