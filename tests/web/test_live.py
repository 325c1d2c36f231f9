"""What is open in a browser while others work: it shows what they did, and loses nothing that is
being written."""

import time
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from domain.items import Role
from embedded import Stack
from store import units
from store.session import Database
from tests.api.accounts import Somebody, somebody
from tests.people import People, dated, days_ahead, ordinary
from tests.web.desk import DESKTOP, PHONE, Person
from tests.web.reader import Reader

WITHIN_MS = 5_000
"""Generous for a machine that is busy: two seconds are asked for."""
COUNTING = """
  const made = []; window.made = made;
  const Plain = window.EventSource;
  window.EventSource = function (address) {
    const one = new Plain(address);
    made.push(one);
    return one;
  };
"""


async def test_an_open_page_shows_what_others_do(
    browser: Browser, stack: Stack, desk: People, database: Database
) -> None:
    clerk = await _clerk(desk, database)
    item = await desk.issue(dated(title="实时一"))
    at = f"/items/{item['id']}"
    async with (
        Person.at(browser, stack.api_url, "zjj", size=DESKTOP) as zjj,
        Person.at(browser, stack.api_url, clerk.username, size=PHONE) as idle,
        Person.at(browser, stack.api_url, "office", size=DESKTOP, script=False) as plain,
    ):
        for person in (zjj, idle):
            await person.page.add_init_script(COUNTING)
        await zjj.go(at)
        await idle.go("/")
        await plain.go(at)
        record = zjj.page.locator("#record")
        await expect(zjj.page.get_by_role("button", name="签收", exact=True)).to_be_visible()

        begun = time.monotonic()
        await desk.act("office", item, "reminders", form="phone", said="请尽快签收", to="李强")
        await expect(record).to_contain_text("请尽快签收", timeout=WITHIN_MS)
        assert time.monotonic() - begun < WITHIN_MS / 1000
        # What can be done follows, too: received elsewhere, it is not offered here any more.
        await desk.act("zjj", item, "receipt")
        await expect(zjj.page.get_by_role("button", name="签收", exact=True)).to_have_count(0)
        await expect(zjj.page.get_by_role("link", name="反馈办理情况")).to_be_visible()

        desks = idle.page.locator("#desk")
        await expect(desks.get_by_role("link", name="实时二", exact=True)).to_have_count(0)
        await desk.issue(ordinary(title="实时二", lead_unit="LIVE"))
        await expect(desks.get_by_role("link", name="实时二", exact=True)).to_be_visible()

        for number in range(6):
            await desk.act("zjj", item, "feedback", text=f"第{number}报")
        await expect(record).to_contain_text("第5报")
        for person in (zjj, idle):
            assert await person.page.evaluate("window.made.length") == 1
            assert await person.page.evaluate("window.made[0].readyState") == 1
            assert person.heard == []

        # Without script nothing moves by itself, and everything is there after reloading.
        assert "第5报" not in await plain.page.locator("#record").inner_text()
        await plain.page.reload()
        await plain.sees("第5报")


async def test_what_is_being_written_stays(browser: Browser, stack: Stack, desk: People) -> None:
    item = await desk.issue(dated(title="实时三"))
    await desk.act("zjj", item, "receipt")
    await desk.act("zjj", item, "feedback", text="全部完成。", final=True)
    async with Person.at(browser, stack.api_url, "deputy", size=PHONE) as deputy:
        await deputy.go(f"/items/{item['id']}")
        opinion = deputy.page.get_by_label("意见")
        await opinion.fill("写到一半")
        await desk.act("office", item, "reminders", form="phone", said="等签字", to="赵刚")
        await deputy.sees("本事项刚刚有变化")
        await expect(deputy.page.locator("#record")).to_contain_text("等签字")
        await expect(opinion).to_have_value("写到一半")
        # It is told once, however much happens, and the form works on.
        await desk.act("office", item, "reminders", form="item", said="再等签字", to="赵刚")
        await expect(deputy.page.locator("#record")).to_contain_text("再等签字")
        await expect(deputy.page.get_by_text("本事项刚刚有变化")).to_have_count(1)
        await deputy.press("同意")
        await deputy.sees("分管领导已阅签，报送督查室审核")
        assert deputy.heard == []
    record = await desk.timeline(item)
    signed = next(entry for entry in record if entry["act"] == "sign_off")
    assert signed["body"]["comment"] == "写到一半"


async def test_a_draft_is_kept_in_the_browser_until_it_is_sent(
    browser: Browser, stack: Stack, desk: People
) -> None:
    item = await desk.issue(dated(title="草稿"))
    to = f"/items/{item['id']}/acts/request_extension"
    async with Person.at(browser, stack.api_url, "zjj", size=DESKTOP) as zjj:
        await zjj.go(to)
        await zjj.fill(原因="招标流标，", 新的期限=days_ahead(90))
        # Another page, and a tab that is closed and opened again by its address.
        await zjj.go("/")
        await zjj.go(to)
        await expect(zjj.page.get_by_label("原因")).to_have_value("招标流标，")
        await expect(zjj.page.get_by_label("新的期限")).to_have_value(days_ahead(90))
        await zjj.press("申请延期")
        await zjj.sees("已申请延期。")
        assert await zjj.page.evaluate("Object.keys(sessionStorage).length") == 0
        assert zjj.heard == []


async def _clerk(desk: People, database: Database) -> Somebody:
    """Somebody of a unit of this test's own, whose desk is empty."""
    async with database.write() as connection:
        await units.put_unit(connection, "LIVE", "实时单位", ["deputy"])
    return await somebody(desk, database, Role.UNIT, "LIVE")


@pytest.mark.timeout(60)
async def test_a_stream_ends_with_its_session(
    stack: Stack, desk: People, database: Database
) -> None:
    clerk = await _clerk(desk, database)
    item = await desk.issue(dated(lead_unit="LIVE"))
    other = await desk.issue(dated())
    async with (
        Reader.at(stack.api_url, clerk.username) as reader,
        reader.client.stream("GET", "/live", timeout=30) as stream,
    ):
        lines = stream.aiter_lines()
        assert (await anext(lines)).startswith("retry:")
        # Of what he does not see he hears nothing; the next that he hears is of his own.
        await desk.act("office", other, "reminders", form="phone", said="别人的", to="李强")
        await desk.act("office", item, "reminders", form="phone", said="自己的", to="某人")
        assert await _next_event(lines) == "event: changed"
        await desk.send("admin", "DELETE", f"/users/{clerk.username}/sessions")
        await desk.act("office", item, "reminders", form="phone", said="又一次", to="某人")
        rest = [line async for line in lines if line.startswith("event:")]
        assert rest == ["event: over"]


async def _next_event(lines: AsyncIterator[str]) -> str:
    return await anext(line async for line in lines if line.startswith("event:"))
