"""From an administrator's first page to the first item, by what the pages say alone."""

import re

from playwright.async_api import Browser, expect

from embedded import Stack
from tests.people import People
from tests.web.desk import DESKTOP, Person

CHOSEN = "我的第一个长密码"


async def test_an_administrator_begins_and_the_office_issues_its_first_item(
    browser: Browser, stack: Stack, desk: People
) -> None:
    base = stack.api_url
    async with Person.at(browser, base, "admin", size=DESKTOP, script=False) as admin:
        await admin.sees("系统管理员的事")
        leader = await registered(admin, "webleader", "副区长 周岩", "区政府分管领导")
        head = await registered(admin, "webhead", "督查室 林静", "督查室")
        await admin.go("/")
        await admin.follow("登记单位")
        await admin.fill(单位代码="WEBU", 单位全称="区页面试验局")
        await admin.page.get_by_label("副区长 周岩").check()
        await admin.press("登记单位")
        await expect(admin.page.get_by_role("heading", name="区页面试验局")).to_be_visible()
        await admin.follow("登记 第一责任人")
        await admin.fill(姓名="张局长", 电话="0533-6180001")
        await admin.press("保存")
        await admin.sees("张局长")
        assert leader != head
        # What is wrong is said, and nothing that was filled in is lost.
        await admin.go("/accounts/new")
        await admin.fill(用户名="webleader", 姓名="又一人")
        await admin.page.get_by_label("身份").select_option(label="督查室")
        await admin.press("登记账号")
        await admin.sees("没有提交成功")
        await expect(admin.page.get_by_label("姓名")).to_have_value("又一人")
        assert admin.heard == []

    async with Person.at(
        browser, base, "webhead", size=DESKTOP, script=False, password=head, lands="修改密码"
    ) as office:
        await office.go("/items")
        await office.sees("请先改为自己的密码")
        await office.page.get_by_label("原密码").fill(head)
        await office.page.get_by_label("新密码", exact=True).fill(CHOSEN)
        await office.page.get_by_label("再填一次新密码").fill(CHOSEN)
        await office.press("修改密码")
        await expect(office.page.get_by_role("heading", name="办公桌")).to_be_visible()
        await office.follow("登记事项")
        await office.fill(标题="第一个事项", 内容和要求="摸清底数。")
        page = office.page
        await page.get_by_label("督查重点类别").select_option("D2")
        await page.get_by_label("牵头承办单位").select_option(label="区页面试验局")
        await page.locator("#f-source\\.type").select_option("会议")
        await office.press("登记并下达")
        await office.sees("已登记。")
        await expect(page.locator("#now")).to_contain_text(re.compile("已下达"))


async def registered(admin: Person, username: str, name: str, role: str) -> str:
    """The one-time password of a new account."""
    await admin.go("/")
    await admin.page.get_by_role("main").get_by_role("link", name="登记账号").click()
    await admin.fill(用户名=username, 姓名=name)
    await admin.page.get_by_label("身份").select_option(label=role)
    await admin.press("登记账号")
    await admin.sees("密码只显示这一次")
    return str(await admin.page.locator("dd strong").text_content())
