"""Registers, rules and running, by pages: the calendar, the settings, and how the system runs."""

import os

from playwright.async_api import Browser, expect

from embedded import Stack
from tests.people import People
from tests.web.desk import DESKTOP, PHONE, Person

SHOTS = os.environ.get("DUBAN_SHOTS", "")


async def shot(person: Person, name: str) -> None:
    """A picture to look at, where one is asked for."""
    if SHOTS:
        await person.page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


async def test_a_calendar_is_loaded_after_a_look_at_what_would_move(
    browser: Browser, stack: Stack, desk: People
) -> None:
    item = await desk.issue(title="日历试录（页面）", kind="ordinary")
    due = item["clocks"][0]["due_on"]
    year = due[:4]
    loaded = (await desk.get("office", f"/calendar/{year}")).json()
    async with Person.at(browser, stack.api_url, "office", size=DESKTOP, script=False) as office:
        await office.go("/calendar/2093")
        await office.sees("以下为暂定")
        await office.go(f"/calendar/{year}")
        await shot(office, "calendar")
        await office.follow("改录放假安排")
        rest = office.page.get_by_label("放假的日子")
        await rest.fill("十月一日")
        await office.press("先看变动")
        await office.sees("没有提交成功")
        await expect(rest).to_have_value("十月一日")
        await rest.fill("\n".join([*loaded["rest_days"], f"{int(due[5:7])}月{int(due[8:])}日"]))
        await office.press("先看变动")
        await office.sees("日历试录（页面）")
        await shot(office, "calendar-edit")
        after = (await desk.get("office", f"/calendar/{year}")).json()
        assert after["edition"] == loaded["edition"], "a look loads nothing"
        assert (await desk.read(item))["clocks"][0]["due_on"] == due

        await office.go("/calendar/2094/edit")
        await office.fill(放假通知的文号="试发〔2093〕1号", 放假的日子="1月1日至1月3日")
        await office.press("先看变动")
        await office.sees("没有在办事项的期限会变动")
        await office.press("录入放假安排")
        await office.sees("已录入。")
        await office.sees("试发〔2093〕1号")

        await office.go("/calendar/preview?rule=ordinary_result&start=2026-09-30")
        await office.sees("2026年10月13日，星期二")
        await shot(office, "calendar-trial")
        assert office.heard == []
    async with Person.at(browser, stack.api_url, "admin", size=PHONE) as admin:
        # Who has no business content learns how many, not what.
        await admin.go(f"/calendar/{year}/edit")
        await admin.page.get_by_label("放假的日子").fill(
            "\n".join([*loaded["rest_days"], f"{int(due[5:7])}月{int(due[8:])}日"])
        )
        await admin.press("先看变动")
        await admin.sees("事项内容只有督查室可见")
        await expect(admin.page.get_by_text("日历试录（页面）")).to_have_count(0)
        await admin.go(f"/calendar/{year}")
        await shot(admin, "calendar-phone")
    async with Person.at(browser, stack.api_url, "zjj", size=PHONE) as zjj:
        await zjj.go(f"/calendar/{year}")
        await expect(zjj.page.get_by_role("link", name="放假安排")).to_have_count(0)


async def test_how_the_system_runs_is_said_to_those_who_run_it(
    browser: Browser, stack: Stack, desk: People
) -> None:
    await desk.issue(title="运行情况（页面）")
    async with Person.at(browser, stack.api_url, "office", size=DESKTOP, script=False) as office:
        await office.follow("运行情况")
        await office.sees("流程的工作进程")
        await expect(office.page.get_by_text("正常", exact=True)).to_have_count(2)
        await office.press("现在核对一次")
        await office.sees("已核对")
        await expect(office.page.locator("section h3").first).to_contain_text("发现")
        await shot(office, "health")
        await office.go("/rules?by=not_yet")
        await office.sees("年度督查检查考核计划的提报、审批和备案尚未实现。")
        await shot(office, "rules")
        assert office.heard == []
    async with Person.at(browser, stack.api_url, "zjj", size=PHONE) as zjj:
        assert (await zjj.go("/health")).status == 403
        await expect(zjj.page.get_by_role("link", name="运行情况")).to_have_count(0)
        await zjj.go("/rules")
        await zjj.sees("没有时限的不能下达。")
        await shot(zjj, "rules-phone")


async def test_rules_points_and_the_office_are_set_with_the_clause_beside_each_value(
    browser: Browser, stack: Stack, desk: People
) -> None:
    async with Person.at(browser, stack.api_url, "office", size=DESKTOP, script=False) as office:
        await office.follow("设置")
        row = office.page.get_by_role("row", name="退回补办期限（工作日）")
        await expect(row).to_contain_text("办法 四(四)")
        await expect(row).to_contain_text("本系统默认值")
        await shot(office, "settings")
        await office.follow("录入一版规则")
        await office.fill(版次="2099-01-01", 施行日期="2099-01-01")
        await office.page.get_by_label("退回补办期限（工作日）").fill("0")
        await office.page.get_by_label("我确认").check()
        await office.press("录入规则")
        await office.sees("没有提交成功")
        await office.sees("“退回补办期限（工作日）”")
        await office.page.get_by_label("退回补办期限（工作日）").fill("4")
        await office.page.get_by_label("我确认").check()
        await shot(office, "settings-rules")
        await office.press("录入规则")
        await office.sees("2099-01-01版")
        row = office.page.get_by_role("row", name="退回补办期限（工作日）")
        await expect(row.get_by_role("cell").first).to_have_text("4")
        await office.go("/settings/points/2098")
        await office.fill(抓得不紧="0.75", 依据和理由="年度考核办法")
        await office.press("录入扣分标准")
        await office.sees("第 1 版：年度考核办法")
        await office.sees("0.75")
        await office.go("/settings/office")
        named = office.page.get_by_label("抄送单位")
        before = await named.input_value()
        await named.fill("区人大办\n区政协办")
        await office.press("保存")
        await office.sees("区人大办、区政协办")
        await office.go("/settings/office")
        await named.fill(before)
        await office.press("保存")
        assert office.heard == []
    async with Person.at(browser, stack.api_url, "zjj", size=PHONE) as zjj:
        await zjj.go("/settings")
        await expect(zjj.page.get_by_role("link", name="录入")).to_have_count(0)
        await shot(zjj, "settings-phone")
