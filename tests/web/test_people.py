"""People, by pages: stand-ins, the directory from a file, and one's own sessions."""

from playwright.async_api import Browser, expect

from domain.items import Role
from embedded import Stack
from store.session import Database
from tests.api.directory import account, day, unit
from tests.people import People
from tests.web.desk import DESKTOP, PHONE, Person
from tests.web.test_registers import shot


async def test_a_stand_in_is_named_by_the_head_seen_by_both_and_ended(
    browser: Browser, stack: Stack, desk: People, database: Database
) -> None:
    code = await unit(desk, "deputy")
    absent = await account(desk, database, Role.UNIT, "局长 许静", code)
    clerk = await account(desk, database, Role.UNIT, "科长 方平", code)
    async with Person.at(browser, stack.api_url, "office", size=DESKTOP, script=False) as office:
        await office.follow("代理")
        await office.follow("登记代理")
        await expect(office.page.locator("datalist option[value=deputy]")).to_have_count(2)
        await office.page.locator("#f-absent").fill(absent)
        await office.page.locator("#f-stand_in").fill("deputy")
        await office.fill(代理起日=day(), 代理止日=day(3), 原因="因公出差")
        await office.press("登记代理")
        await office.sees("没有提交成功")
        await office.sees("单位人员由本单位人员代理")
        await expect(office.page.get_by_label("原因")).to_have_value("因公出差")
        await shot(office, "stand-in-new")
        await office.page.locator("#f-stand_in").fill(clerk)
        await office.press("登记代理")
        await office.sees("已登记代理")
        await office.go(f"/stand-ins?username={clerk}&in_force=true")
        row = office.page.get_by_role("row", name="局长 许静")
        await expect(row).to_contain_text("代理中")
        await shot(office, "stand-ins")
        assert office.heard == []

    async with Person.at(browser, stack.api_url, clerk, size=PHONE) as other:
        await other.go("/stand-ins")
        await other.sees("局长 许静")
        await expect(other.page.get_by_role("link", name="终止代理")).to_have_count(0)
        await shot(other, "stand-ins-phone")
        assert (await other.go("/stand-ins/new")).status == 403
    async with Person.at(browser, stack.api_url, "mzj", size=PHONE) as stranger:
        await stranger.go("/stand-ins")
        await stranger.sees("没有与您有关的代理")

    async with Person.at(browser, stack.api_url, "office", size=DESKTOP) as office:
        await office.go(f"/stand-ins?username={clerk}")
        await office.page.get_by_role("link", name="终止代理").click()
        await office.sees("终止代理：局长 许静由科长 方平代理")
        await shot(office, "stand-in-end")
        await office.page.get_by_label("我确认").check()
        await office.press("终止代理")
        await office.sees("已终止代理")
        await office.go(f"/stand-ins?username={clerk}")
        await office.sees("已终止")
        assert (await office.go("/stand-ins/999999999/end")).status == 404
        assert office.heard == []
