"""The Temporal Web UI, in a real browser, with the codec server: as an operator would set it up."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser import PATIENCE_MS, launched
from tests.security import life
from tests.security.vault import Vault
from tests.security.words import Words

# What the documentation page does when its user tries the route.
REMEMBER = """async token => (await fetch('/api/v1/codec/session', {
    method: 'POST', headers: {Authorization: 'Bearer ' + token}})).status"""

pytestmark = pytest.mark.timeout(240)


@pytest_asyncio.fixture
async def page() -> AsyncIterator[Page]:
    """A fresh browser."""
    async with launched() as browser:
        page = await browser.new_page(viewport={"width": 1400, "height": 1000})
        page.set_default_timeout(PATIENCE_MS)
        yield page


async def test_an_item_is_readable_for_who_has_signed_in(vault: Vault, page: Page) -> None:
    words = Words()
    item = await life.issued(vault, words)
    title = page.get_by_text(words.made["标题"])
    live = (await vault.desk.get("office", f"/items/{item['id']}/state")).json()
    timer = page.get_by_text(live["next_alarm"], exact=True)
    address = f"{vault.stack.ui_url}/namespaces/default/workflows/{vault.handle(item).id}"

    await page.goto(address)
    await page.get_by_test_id("data-encoder-status").click()
    dialog = page.get_by_role("dialog").filter(visible=True)
    await dialog.get_by_text("Use my browser setting").click()
    endpoint = f"{vault.stack.api_url}/api/v1/codec"
    await dialog.get_by_test_id("data-encoder-endpoint-input").fill(endpoint)
    await dialog.get_by_text("Include cross-origin credentials").click()
    async with page.expect_response(f"{endpoint}/decode*") as refused:
        await dialog.get_by_role("button", name="Apply").click()
        await page.reload()
    assert (await refused.value).status == 401
    await expect(title).to_have_count(0)
    await expect(timer).to_have_count(0)

    await page.goto(f"{vault.stack.api_url}/api/v1/docs")
    assert await page.evaluate(REMEMBER, vault.desk.tokens["office"]) == 204
    await page.goto(address)
    await title.first.wait_for()
    await timer.first.wait_for()
