"""The year at a glance, sources and their clauses, statistics, and splitting an item, by pages."""

from datetime import datetime

from playwright.async_api import Browser, expect

from embedded import Stack
from tests.people import ZONE, People, ordinary
from tests.web.desk import DESKTOP, Person


async def test_a_year_task_shows_its_months(browser: Browser, stack: Stack, desk: People) -> None:
    year = datetime.now(ZONE).year + 1
    task = await desk.issue(
        ordinary(title="页面全年任务", kind="year_round", category="A2", cycle="month", year=year)
    )
    async with Person.at(browser, stack.api_url, "zjj", size=DESKTOP, script=False) as zjj:
        await zjj.go(f"/year?year={year}&unit=ZJJ")
        row = zjj.page.get_by_role("row").filter(has_text="页面全年任务")
        await expect(row.locator("td").nth(1).locator(".mark")).to_have_count(1)
        await expect(row.locator(".mark")).to_have_count(12)
        await row.get_by_role("link", name="页面全年任务").click()
        await expect(zjj.page.get_by_role("heading", name="页面全年任务")).to_be_visible()
        assert zjj.page.url.endswith(task["id"])
        await zjj.go(f"/year?year={year}&unit=MZJ")
        await zjj.sees("没有全年任务")


async def test_from_a_clause_to_an_item_split_in_two(
    browser: Browser, stack: Stack, desk: People
) -> None:
    async with Person.at(browser, stack.api_url, "office", size=DESKTOP, script=False) as office:
        page = office.page
        await office.go("/sources/new")
        await page.locator("#f-type").select_option(label="会议")
        await page.locator("#f-title").fill("页面常务会议")
        await page.get_by_label("会议种类").select_option(label="常务会议")
        await page.locator("#f-clauses\\.0\\.no").fill("三")
        await page.locator("#f-clauses\\.0\\.text").fill("整治占道经营。")
        await office.press("登记来源")
        await office.sees("未立项")
        await office.follow("据此登记事项")
        await expect(page.get_by_label("标题")).to_have_value("整治占道经营。")
        await page.get_by_label("督查重点类别").select_option("D2")
        await page.get_by_label("牵头承办单位").select_option("ZJJ")
        await office.press("登记并下达")
        await office.sees("已登记。")
        item = page.url.split("/items/")[1].split("?")[0]
        await office.go("/sources?uncovered=false")
        await office.follow("页面常务会议")
        await office.sees("整治占道经营。")

        await office.go(f"/items/{item}")
        await office.follow("分解")
        for n, (title, unit) in enumerate((("东片", "ZJJ"), ("西片", "JTJ"))):
            await page.locator(f"#f-parts\\.{n}\\.title").fill(title)
            await page.locator(f"#f-parts\\.{n}\\.lead_unit").select_option(unit)
        await office.press("分解")
        await office.sees("已分解。")
        await office.sees("2 个；全部办结后本事项方可办结")

        await office.go("/stats?group_by=kind&unit=ZJJ")
        await page.get_by_role("row").filter(has_text="一般事项").get_by_role("link").first.click()
        await expect(page.get_by_role("heading", name="下达：所计各项")).to_be_visible()
        assert office.heard == []
    read = await desk.read({"id": item})
    assert {part["unit"] for part in read["parts"]} == {"ZJJ", "JTJ"}
    assert read["source"]["clause"] == "三"
