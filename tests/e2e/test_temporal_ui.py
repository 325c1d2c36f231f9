"""What an operator finds, reads and does in the Temporal Web UI, in a real browser."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
import pytest_asyncio
from playwright.async_api import Page
from temporalio.client import Client

from domain.items import Kind
from embedded import Stack
from tests.browser import PATIENCE_MS, launched
from tests.people import ZONE, Json, People, ordinary
from workflows.ids import workflow_id

UNIT, NAME = "UIJ", "区界面试验局"
OVERDUE = f'DubanUnit = "{UNIT}" AND DubanLapsed = true AND ExecutionStatus = "Running"'

pytestmark = pytest.mark.timeout(240)


@pytest_asyncio.fixture
async def page() -> AsyncIterator[Page]:
    """A fresh browser."""
    async with launched() as browser:
        page = await browser.new_page(viewport={"width": 1400, "height": 1000})
        page.set_default_timeout(PATIENCE_MS)
        yield page


@pytest_asyncio.fixture
async def items(desk: People, temporal: Client) -> tuple[Json, Json]:
    """An overdue item of one unit, and one of the same unit in good time."""
    unit = {"name": NAME, "deputies": ["deputy"]}
    assert (await desk.put("office", f"/units/{UNIT}", unit)).is_success
    long_ago = datetime.now(ZONE) - timedelta(days=30)
    late = await desk.issue(ordinary(lead_unit=UNIT, issued_at=long_ago.isoformat()))
    in_time = await desk.issue(ordinary(lead_unit=UNIT))
    # The list of workflows lags behind the workflows.
    async with asyncio.timeout(30):
        while late["id"] not in await overdue(temporal):
            await asyncio.sleep(0.1)
    return late, in_time


async def overdue(temporal: Client) -> list[str]:
    """The overdue items of the unit, as the list has them."""
    return [found.id.removeprefix("item-") async for found in temporal.list_workflows(OVERDUE)]


async def open_item(page: Page, stack: Stack, item: Json) -> None:
    """From the list of overdue items to the page of one."""
    await page.goto(f"{stack.ui_url}/namespaces/default/workflows?query={quote(OVERDUE)}")
    link = page.get_by_role("link", name=workflow_id(item["id"]))
    await link.first.wait_for()
    await link.first.click()
    await page.get_by_role("tab", name="User Metadata").wait_for()


async def details(page: Page, wanted: str) -> str:
    """The current details as displayed, once they have ``wanted`` in them."""
    await page.get_by_role("tab", name="User Metadata").click()
    shown = page.frame_locator("iframe").last.locator("body").filter(has_text=wanted)
    await shown.wait_for()
    return await shown.inner_text()


async def test_an_operator_finds_the_overdue_items_of_a_unit(
    page: Page,
    stack: Stack,
    items: tuple[Json, Json],
    tmp_path: Path,
) -> None:
    late, in_time = items
    await page.goto(f"{stack.ui_url}/namespaces/default/workflows?query={quote(OVERDUE)}")
    await page.get_by_role("link", name=workflow_id(late["id"])).first.wait_for()
    await page.screenshot(path=tmp_path / "overdue.png")
    assert await page.get_by_role("link", name=workflow_id(in_time["id"])).count() == 0


async def test_an_operator_reads_status_holder_and_next_alarm(
    page: Page,
    stack: Stack,
    desk: People,
    items: tuple[Json, Json],
    tmp_path: Path,
) -> None:
    late, _ = items
    await open_item(page, stack, late)
    live = (await desk.get("office", f"/items/{late['id']}/state")).json()
    alarm = live["next_alarm"]

    await page.screenshot(path=tmp_path / "timeline.png", full_page=True)
    await page.get_by_text(alarm, exact=True).first.wait_for()

    told = await details(page, "下一提醒")
    await page.screenshot(path=tmp_path / "details.png")
    assert f"编号：{late['number']}" in told
    assert "状态：已下达（已逾期）" in told
    assert f"承办单位：{NAME}" in told
    assert "现由：承办单位" in told
    assert alarm in told.split("下一提醒：")[1].splitlines()[0]
    assert "逾期上报：已报分管领导" in told
    assert late["title"] not in told


async def test_an_operator_sends_a_signal_that_is_marked_unverified(
    page: Page,
    stack: Stack,
    desk: People,
    items: tuple[Json, Json],
    tmp_path: Path,
) -> None:
    late, _ = items
    await open_item(page, stack, late)
    await page.get_by_role("button", name="More Actions").click()
    await page.get_by_role("menuitem", name="Send a Signal").click()
    dialog = page.get_by_role("dialog").filter(has_text="Send a Signal").filter(visible=True)
    await dialog.get_by_test_id("signal-select-button").click()
    await dialog.get_by_text("receive（签收）").wait_for()
    await page.screenshot(path=tmp_path / "signals.png")
    await dialog.get_by_role("option", name="Input Signal name").click()
    await dialog.get_by_test_id("signal-name").fill("receive")
    await dialog.locator(".cm-content").fill('{"comment": "电话告知已收到"}')
    await page.screenshot(path=tmp_path / "signal.png")
    await dialog.get_by_role("button", name="Submit").click()
    row = await desk.until(late, lambda row: row["seq"] > late["seq"])
    entry = (await desk.timeline(late))[-1]
    assert (row["status"], entry["act"], entry["unverified"]) == ("in_progress", "receive", True)


async def test_an_operator_cannot_cancel_an_item(
    page: Page,
    stack: Stack,
    desk: People,
    items: tuple[Json, Json],
) -> None:
    late, _ = items
    await open_item(page, stack, late)
    await page.get_by_role("button", name="Request Cancellation").click()
    await (
        page.get_by_role("dialog")
        .filter(visible=True)
        .get_by_role("button", name="Confirm")
        .click()
    )
    row = await desk.until(late, lambda row: row["seq"] > late["seq"])
    entry = (await desk.timeline(late))[-1]
    assert (row["status"], entry["title"], entry["outcome"]) == ("issued", "取消", "refused")
    reminded = await desk.act("office", late, "reminders", form="phone", to="李强", said="催")
    assert reminded["seq"] == row["seq"] + 1


@pytest_asyncio.fixture
async def family(desk: People, temporal: Client) -> tuple[str, str]:
    """The workflows of a year-round task and of its first slot, opened by the clock."""
    year = datetime.now(ZONE).year + 1
    body = ordinary(kind="year_round", category="A1", cycle="quarter", year=year)
    task = await desk.issue(body)
    await desk.act("zjj", task, "receipt")
    workflow = workflow_id(task["id"], Kind.YEAR_ROUND)
    await desk.clock.forward_to(workflow, datetime.fromisoformat(task["parts"][0]["opens_at"]))
    row = await desk.until(task, lambda row: row["parts"][0]["state"] == "open")
    slot = workflow_id(row["parts"][0]["item_id"], Kind.SLOT)
    # The page asks the list of workflows for those begun by one, and that lags behind.
    begun = f'ParentWorkflowId = "{workflow}"'
    async with asyncio.timeout(30):
        while [found.id async for found in temporal.list_workflows(begun)] != [slot]:
            await asyncio.sleep(0.1)
    return workflow, slot


async def test_an_operator_goes_from_a_year_task_to_its_slot_and_back(
    page: Page,
    stack: Stack,
    temporal: Client,
    family: tuple[str, str],
    tmp_path: Path,
) -> None:
    """五(四): each is linked from the Relationships of the other."""
    task, slot = family
    described = (await temporal.get_workflow_handle(slot).describe()).raw_description
    run = described.workflow_execution_info.parent_execution.run_id
    await page.goto(f"{stack.ui_url}/namespaces/default/workflows/{task}/{run}")
    await related(page, task, slot)
    await page.screenshot(path=tmp_path / "task.png", full_page=True)
    await related(page, slot, task)
    await page.screenshot(path=tmp_path / "slot.png", full_page=True)


async def related(page: Page, here: str, there: str) -> None:
    """From the page of one workflow, by the link among its relationships, to that of another."""
    await page.get_by_role("heading", name=here).wait_for()
    await page.get_by_role("tab", name="Relationships").click()
    await page.get_by_role("link", name=there).first.click()
    await page.wait_for_url(f"**/workflows/{there}/**")
