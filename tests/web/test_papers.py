"""Papers and publicity by pages alone: documents, a circular from draft to 复核, the sheet of
deductions, and what the public sees."""

import re
from contextlib import AsyncExitStack
from datetime import datetime

import pytest
from playwright.async_api import Browser, expect

from embedded import Stack
from tests.api.test_documents import SETTINGS
from tests.people import ZONE, People
from tests.web.desk import DESKTOP, PHONE, Person


@pytest.mark.timeout(120)
async def test_documents_of_an_item_and_of_several(
    browser: Browser, stack: Stack, desk: People
) -> None:
    item = await desk.issue(title="出具文书的事项")
    await desk.put("office", "/settings/office", {})
    async with AsyncExitStack() as opened:
        office, zjj = [
            await opened.enter_async_context(
                Person.at(browser, stack.api_url, who, size=DESKTOP, script=False)
            )
            for who in ("office", "zjj")
        ]
        await office.go(f"/items/{item['id']}")
        await office.follow("出具督办单")
        page = office.page
        await page.get_by_label("公开属性").select_option("withheld")
        await office.press("出具督办单")
        await office.sees("不公开或依申请公开的，须说明理由。")
        await office.fill(不公开或依申请公开的理由="内部工作文书", 签发人="孙立")
        await office.press("出具督办单")
        # What is missing is said as the pages call it, with where to set it.
        await office.sees("尚未设置：政府办公室名称、督查室名称")
        await office.sees("“机关设置”")
        await expect(page.get_by_label("签发人")).to_have_value("孙立")
        await office.go("/documents")
        await office.follow("机关设置")
        await office.fill(
            政府名称="试验区人民政府",
            政府办公室名称="试验区人民政府办公室",
            督查室名称="试验区政府督查室",
            文号机关代字="试政督",
            联系人="王敏",
            联系电话="0533-6180000",
            主送单位="各镇政府、街道办事处\n区政府各部门",
            抄送单位="区纪委",
        )
        await page.get_by_label("专报、汇总报送的领导").fill("孙立")
        await office.press("保存")
        await expect(page.get_by_role("heading", name="设置", exact=True)).to_be_visible()
        await office.go(f"/items/{item['id']}/documents/order")
        await page.get_by_label("公开属性").select_option("withheld")
        await office.fill(不公开或依申请公开的理由="内部工作文书")
        await office.press("出具督办单")
        await office.sees("内容和文件都与出具时一致")
        await office.follow("决定是否公开")
        await page.get_by_label("公开属性").select_option("public")
        await office.press("保存决定")
        await office.sees("历次公开决定")
        async with page.expect_download() as saved:
            await office.follow("下载文书")
        assert (await saved.value).suggested_filename.endswith(".docx")

        await office.go(f"/documents/new/summary?q={item['number']}")
        await page.get_by_label(re.compile("出具文书的事项")).check()
        await page.get_by_label("公开属性").select_option("withheld")
        await office.fill(不公开或依申请公开的理由="送领导参阅", 标题="页面汇总")
        await office.press("编写督查情况汇总")
        await expect(page.get_by_role("heading", name="页面汇总")).to_be_visible()
        await office.go("/documents?kind=summary")
        await office.sees("页面汇总")
        # A unit neither makes the office's documents nor reads what is for the leaders.
        await zjj.go(f"/items/{item['id']}")
        await expect(zjj.page.get_by_text("出具督办单")).to_have_count(0)
        # Nothing has been signed yet that could be reported.
        await expect(zjj.page.get_by_text("出具办理结果报告")).to_have_count(0)
        await zjj.go("/documents?kind=summary")
        await zjj.sees("没有符合条件的文书")
        assert office.heard == zjj.heard == []
    await desk.put("office", "/settings/office", SETTINGS)


@pytest.mark.timeout(120)
async def test_a_circular_from_draft_to_recheck(
    browser: Browser, stack: Stack, desk: People
) -> None:
    item = await desk.issue(title="被通报的事项", lead_unit="MZJ")
    await desk.put("office", "/settings/office", SETTINGS)
    async with AsyncExitStack() as opened:
        office, chief, mzj, deputy, other = [
            await opened.enter_async_context(
                Person.at(browser, stack.api_url, who, size=size, script=False)
            )
            for who, size in (
                ("office", DESKTOP),
                ("chief", PHONE),
                ("mzj", DESKTOP),
                ("deputy", PHONE),
                ("deputy2", PHONE),
            )
        ]
        page = office.page
        await office.go(f"/items/{item['id']}")
        await office.follow("建议列入通报")
        await page.get_by_label("情形").select_option("G3")
        await office.fill(事实="材料敷衍。")
        await office.press("提出建议")
        await office.go("/")
        await office.sees("列入通报的建议")
        await office.go("/circulars/proposals")
        chosen = page.get_by_role("listitem").filter(has_text="被通报的事项")
        await chosen.get_by_role("checkbox").check()
        await office.press("把选定的列入通报稿")
        await expect(page.locator("#f-entries\\.0\\.item_number")).to_have_value(item["number"])
        # A number that names nothing is said, and nothing is lost.
        await page.locator("#f-entries\\.1\\.item_number").fill("2026-9999")
        await office.fill(导语="情况如下。")
        await office.press("保存通报稿")
        await office.sees("没有编号为“2026-9999”的事项")
        await expect(page.get_by_label("导语")).to_have_value("情况如下。")
        await page.locator("#f-entries\\.1\\.item_number").fill("")
        await office.press("保存通报稿")
        await office.sees("材料敷衍。")
        at = page.url.removeprefix(stack.api_url)
        await office.follow("改稿")
        await page.locator("#f-entries\\.0\\.requirement").fill("立即整改。")
        await office.press("保存通报稿")
        await office.sees("立即整改。")
        await office.follow("报批")
        await office.press("报批通报")
        await office.sees("待批")
        # Nobody approves his own; units see nothing before the issue.
        await expect(page.get_by_role("link", name="审批", exact=True)).to_have_count(0)
        assert (await mzj.go(at)).status == 404
        await chief.go("/")
        await chief.follow("1 待批的通报")
        await chief.go(at)
        await chief.follow("审批")
        await chief.page.get_by_label("同意", exact=True).check()
        await chief.fill(意见="同意。")
        await chief.press("审批通报")
        await chief.sees("已批准")
        await office.go(at)
        await office.follow("印发")
        await page.get_by_label("公开属性").select_option("public")
        await page.get_by_role("checkbox").check()
        await office.press("印发通报")
        await office.sees("已印发")
        await office.follow("出具督查通报")
        await page.get_by_label("公开属性").select_option("public")
        await office.press("出具督查通报")
        await office.sees("内容和文件都与出具时一致")

        await mzj.go("/")
        await mzj.page.get_by_role("link", name="待签收的通报").click()
        await mzj.go(at)
        await mzj.follow("签收")
        await mzj.press("签收通报")
        await expect(mzj.page.get_by_role("link", name="签收", exact=True)).to_have_count(0)
        await mzj.follow("陈述、复核")
        await mzj.follow("陈述意见")
        await mzj.fill(陈述意见="系因管线未迁。")
        await mzj.press("陈述意见")
        await mzj.sees("系因管线未迁。")
        await mzj.follow("申请复核")
        await mzj.fill(原因="已提前报告。")
        await mzj.press("申请复核")
        await mzj.sees("复核期间暂缓计入")
        deduction = mzj.page.url.removeprefix(stack.api_url)
        # Who had a part in it, or is in charge of the unit, is not offered to decide.
        for one in (office, chief, other):
            await one.go(deduction)
            await one.sees("由没有参与该通报、也不分管该单位的")
            await expect(one.page.get_by_role("link", name="复核决定")).to_have_count(0)
        await deputy.go("/")
        await deputy.page.get_by_role("link", name="待决定的复核申请").click()
        await deputy.go(deduction)
        await deputy.follow("复核决定")
        await deputy.page.get_by_label("复核结果").select_option("upheld")
        await deputy.fill(意见="事实清楚。")
        await deputy.press("复核决定")
        await deputy.sees("已作出复核决定。")
        await mzj.go("/deductions")
        await mzj.sees("恢复计入")
        year = datetime.now(ZONE).year
        assert (await mzj.go(f"/deductions?unit=ZJJ&year={year}")).status == 404
        await office.go(f"/deductions?unit=MZJ&year={year}")
        await office.sees("扣分")
        await office.go(at)
        await office.follow("撤销")
        await office.fill(原因="事实有误。")
        await page.get_by_role("checkbox").check()
        await office.press("撤销通报")
        await office.sees("已撤销")
        for person in (office, chief, mzj):
            assert person.heard == []
