"""Saved views of the ledger: kept from the filters, opened by one press, forgotten; one's own."""

import uuid

from playwright.async_api import Browser, expect

from embedded import Stack
from store.views import MOST
from tests.people import People
from tests.web.desk import PHONE, Person


async def test_filters_are_kept_under_a_name(browser: Browser, stack: Stack, desk: People) -> None:
    word = f"查询{uuid.uuid4().hex[:6]}"
    async with Person.at(browser, stack.api_url, "deputy2", size=PHONE, script=False) as person:
        page = person.page
        await person.go("/items")
        await expect(page.get_by_text("存为常用查询")).to_have_count(0)
        await person.go("/items?status=issued&top=true&year=2026&q=%26x%3D%3Cb%3E")
        await person.follow("存为常用查询")
        await person.fill(名称="甲/乙")
        await person.press("保存")
        await person.sees("不含斜线")
        await person.fill(名称=word)
        await person.press("保存")
        await person.go("/items")
        await person.follow(word)
        await expect(page.get_by_label("检索")).to_have_value("&x=<b>")
        await expect(page.get_by_label("编号年度")).to_have_value("2026")
        await expect(page.get_by_role("link", name=word)).to_have_attribute("aria-current", "true")
        await person.follow("管理")
        await page.locator("li", has_text=word).get_by_role("link").last.click()
        await person.press("删除")
        await expect(page.get_by_role("heading", name="常用查询")).to_be_visible()
        await expect(page.get_by_text(word)).to_have_count(0)
        assert person.heard == []


async def test_each_has_his_own_and_not_too_many(desk: People) -> None:
    kept = await desk.put("mzj", "/views/本周", {"filters": {"lamp": "red", "lapsed": True}})
    assert kept.json() == {"name": "本周", "filters": {"lamp": "red", "lapsed": True}}
    assert (await desk.get("jtj", "/views")).json()["items"] == []
    assert (await desk.send("jtj", "DELETE", "/views/本周")).status_code == 404
    await desk.put("mzj", "/views/本周", {"filters": {"lamp": "green"}})
    (found,) = (await desk.get("mzj", "/views")).json()["items"]
    assert found["filters"] == {"lamp": "green"}
    for wrong in ({"filters": {"lamp": "blue"}}, {"filters": {"limit": 5}}, {}):
        assert (await desk.put("mzj", "/views/错", wrong)).status_code == 422
    for n in range(1, MOST):
        assert (await desk.put("mzj", f"/views/第{n}个", {"filters": {}})).status_code == 200
    full = await desk.put("mzj", "/views/再一个", {"filters": {}})
    assert (full.status_code, full.json()["code"]) == (422, "too_many_views")
    assert (await desk.put("mzj", "/views/本周", {"filters": {"q": "甲"}})).status_code == 200
