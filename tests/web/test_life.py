"""The whole life of an item by pages alone: five people, a desk's screen and a phone's, with script
and without."""

import re
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Browser, expect

from embedded import Stack
from tests.people import People, days_ahead
from tests.web.desk import DESKTOP, PHONE, Person

WHO = ("office", "zjj", "deputy", "chief", "jtj")


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("size", "script"),
    [(DESKTOP, True), (PHONE, False), (PHONE, True), (DESKTOP, False)],
    ids=["desktop", "phone-no-script", "phone", "desktop-no-script"],
)
async def test_from_registration_to_striking_off(
    browser: Browser, stack: Stack, desk: People, size: dict[str, int], script: bool
) -> None:
    async with AsyncExitStack() as opened:
        office, zjj, deputy, chief, jtj = [
            await opened.enter_async_context(
                Person.at(browser, stack.api_url, who, size=size, script=script)
            )
            for who in WHO
        ]
        item = await registered(office)

        await zjj.go("/")
        await zjj.sees("待签收")
        await zjj.go(f"/items/{item}")
        await zjj.press("签收")
        await zjj.sees("已签收。")
        await zjj.act(item, "报送办理方案", 正文="一、摸底；二、施工。")
        await zjj.act(item, "申请延期", 原因="招标流标。", 新的期限=days_ahead(120))

        await deputy.go(f"/items/{item}")
        await deputy.press("同意延期")
        await deputy.sees("分管领导对延期的意见：分管领导同意延期")
        # The limit is a leader's own: the office may not move it, and is not offered to.
        assert (await office.go(f"/items/{item}/acts/decide_extension")).status == 409
        await office.sees("现在不能办理此项操作")
        await chief.go(f"/items/{item}/acts/decide_extension")
        await chief.fill(意见="同意延期。")
        await chief.press("同意")
        await chief.sees("延期批复：同意延期")

        asked = {
            "存在的问题": "管线迁改。",
            "已采取的措施": "三次对接。",
            "请求协调的事项": "请协调。",
        }
        await zjj.go(f"/items/{item}")
        await zjj.follow("提请协调")
        await zjj.fill(**asked)
        await zjj.page.get_by_label("属重大事项").check()
        await zjj.press("提请协调")
        await deputy.go(f"/items/{item}")
        await deputy.follow("协调答复")
        await deputy.page.get_by_label("协调结果").select_option("unresolved")
        await deputy.fill(意见="请区长决策。")
        await deputy.press("协调答复")
        await zjj.go(f"/items/{item}/acts/request_coordination")
        await zjj.fill(**asked)
        await zjj.page.get_by_label("提请何人").select_option("chief")
        await zjj.press("提请协调")
        await zjj.sees("已提请协调。")
        await chief.go("/")
        await chief.sees("提请决策")
        await chief.go(f"/items/{item}/acts/answer_coordination")
        await chief.page.get_by_label("协调结果").select_option("resolved")
        await chief.fill(意见="由区政府办牵头，限期迁改。")
        await chief.press("协调答复")
        await chief.sees("已协调答复。")

        await zjj.go(f"/items/{item}/acts/submit_feedback")
        await zjj.fill(正文="已全部完成。")
        await zjj.page.get_by_label(re.compile("这是办理结果")).check()
        await zjj.page.get_by_label("附件").set_input_files(
            {"name": "验收单.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 ok"}
        )
        await zjj.press("反馈办理情况")
        await zjj.sees("已反馈办理情况。")
        # Two taps: the item, and 同意.
        await deputy.go(f"/items/{item}")
        await deputy.press("同意")
        await deputy.sees("分管领导阅签：分管领导已阅签")
        await office.go(f"/items/{item}")
        await office.fill(意见="情况属实。")
        await office.press("同意")
        await office.sees("督查室审核：审核通过")
        await expect(office.page.locator("#now")).to_contain_text("办结销号")

        assert (await jtj.go(f"/items/{item}")).status == 404
        for person in (office, zjj, deputy, chief):
            assert person.heard == []
    record = [entry["act"] for entry in await desk.timeline({"id": item})]
    assert record.count("review") == record.count("receive") == 1


async def registered(office: Person) -> str:
    """An item issued by the page; its id."""
    await office.go("/items/new")
    await office.fill(标题="老旧小区改造（页面）", 内容和要求="摸清底数，按期完成。")
    page = office.page
    await page.get_by_label("督查重点类别").select_option("C1")
    await page.get_by_label("时限类型").select_option("directive")
    await page.get_by_label("牵头承办单位").select_option("ZJJ")
    await page.locator("#f-source\\.type").select_option("批示")
    await page.locator("#f-source\\.leader").fill("区长")
    await office.press("先看期限")
    await office.sees("如现在下达，期限如下")
    await office.press("登记并下达")
    await office.sees("已登记。")
    return page.url.split("/items/")[1].split("?")[0]
