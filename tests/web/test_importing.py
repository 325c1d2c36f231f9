"""A ledger imported by pages: judged row by row with its dates, issued by and by, never twice, by
whichever way it comes again."""

import csv
import io
import uuid
from datetime import datetime

import pytest
from playwright.async_api import Browser, FilePayload, expect

from domain.items import OfficePost, Role
from embedded import Stack
from store.session import Database
from tests.api.directory import account
from tests.people import UNITS, ZONE, People
from tests.web.desk import DESKTOP, PHONE, Person

YEAR = datetime.now(ZONE).year + 1
LEAD = UNITS[0][1]


def ledger(word: str, more: int = 0) -> bytes:
    """A ledger of several kinds of rows; ``more`` of the plainest kind."""
    lines = [
        [f"{YEAR}年重点工作任务分解"],
        ["序号", "工作任务", "责任单位", "完成时限"],
        ["1", f"建设人行天桥{word}", LEAD, "6月底前"],
        ["2", f"每周调度清欠{word}", LEAD, "每周五前"],
        ["3", f"没有这个单位{word}", f"区某某局{word}", "6月底前"],
        ["4", f"去年的事{word}", LEAD, f"{YEAR - 2}年6月底前"],
        ["5", f"<b>没有写时限</b>{word}", LEAD, ""],
        *([str(n), f"第{n}处积水点{word}", LEAD, "9月底前"] for n in range(6, 6 + more)),
    ]
    out = io.StringIO()
    csv.writer(out).writerows(lines)
    return out.getvalue().encode()


@pytest.mark.timeout(120)
async def test_a_ledger_is_read_first_and_issued_after(
    browser: Browser, stack: Stack, desk: People
) -> None:
    word = uuid.uuid4().hex[:6]
    file = {"name": "任务分解.csv", "mimeType": "text/csv", "buffer": ledger(word, more=22)}
    async with Person.at(browser, stack.api_url, "office", size=DESKTOP) as office:
        page = office.page
        await office.go("/items")
        await office.follow("导入台账")
        await office.press("试读")
        await office.sees("请选择台账文件")
        await page.get_by_label("台账文件").set_input_files(
            {"name": "空表.csv", "mimeType": "text/csv", "buffer": "甲,乙\n1,2\n".encode()}
        )
        await office.press("试读")
        await office.sees("没有找到表头")
        await page.get_by_label("台账文件").set_input_files(file)  # type: ignore[arg-type]
        await office.press("试读")
        await office.sees("将登记并下达 25 项")
        row = page.locator("tr", has_text=f"建设人行天桥{word}")
        await expect(row).to_contain_text(f"{YEAR}年6月30日")
        await expect(page.locator("tr", has_text=f"每周调度清欠{word}")).to_contain_text(
            "全年任务，每周调度"
        )
        await expect(page.locator("tr", has_text=f"没有这个单位{word}")).to_contain_text("退回")
        late = page.locator("tr", has_text=f"去年的事{word}")
        await expect(late).to_contain_text("时限已过")
        assert "allow_past" not in await page.content()
        # A row without a limit has five working days, and its words are words.
        await expect(page.locator("tr", has_text=f"<b>没有写时限</b>{word}")).to_contain_text("年")
        found = (await desk.get("office", "/items", q=word)).json()["items"]
        assert found == [], "a look issues nothing"
        async with page.expect_download() as saved:
            await office.follow("下载退回的行，改正后再导入")
        assert (await saved.value).suggested_filename == "rejected.xlsx"
        await office.follow("退回 2")
        await expect(page.locator(".imported tbody tr")).to_have_count(2)
        await page.get_by_label("我已核对").check()
        await office.press("导入 25 项")
        await office.sees("本次导入 25 项，退回 2 行")
        found = (await desk.get("office", "/items", q=word, limit=100, slots="false")).json()
        assert len(found["items"]) == 25
        one = await desk.read(found["items"][0])
        timeline = (await desk.get("office", f"/items/{one['id']}/timeline")).json()["items"]
        assert timeline[0]["actor"]["username"] == "office", "the one who did it stands on record"

        # The same file again, and by another hand with one row more: nothing twice.
        await office.go("/import")
        await page.get_by_label("台账文件").set_input_files(
            {**file, "buffer": ledger(word, more=23)}  # type: ignore[arg-type]
        )
        await office.press("试读")
        await office.sees("将登记并下达 1 项")
        await office.follow("已有此事项 25")
        assert await page.locator(".imported tbody tr td:nth-child(3) a").count() == 25
        assert office.heard == []


@pytest.mark.timeout(120)
async def test_staff_register_only_and_without_script_a_button_goes_on(
    browser: Browser, stack: Stack, desk: People, database: Database
) -> None:
    word = uuid.uuid4().hex[:6]
    staff = await account(desk, database, Role.OFFICE, "督查室科员", post=OfficePost.STAFF)
    file = {"name": "分解.csv", "mimeType": "text/csv", "buffer": ledger(word, more=20)}
    async with Person.at(browser, stack.api_url, staff, size=PHONE, script=False) as person:
        page = person.page
        await person.go("/import")
        await expect(page.get_by_label("只登记为拟办，不下达")).to_have_count(0)
        await expect(page.get_by_label("一并登记台账中的新单位")).to_have_count(0)
        await page.get_by_label("台账文件").set_input_files(
            FilePayload(name="分解.pdf", mimeType="application/pdf", buffer=b"%PDF-1.7")
        )
        await page.get_by_label("允许时限已过的事项").check()
        await person.press("试读")
        await person.sees("不能用这种文件，请选择 XLSX、XLS、CSV 文件。")
        await expect(page.get_by_label("允许时限已过的事项")).to_be_checked()
        await page.get_by_label("台账文件").set_input_files(file)  # type: ignore[arg-type]
        await person.press("试读")
        await person.sees("将登记为拟办 24 项")
        address = page.url
        await page.get_by_label("我已核对").check()
        await person.press("导入 24 项")
        await person.sees("已导入 20 项，还有 4 项")
        # Left, and come back to: it goes on where it stood.
        await page.goto(address)
        await person.sees("将登记为拟办 4 项")
        await page.get_by_label("我已核对").check()
        await person.press("导入 4 项")
        await person.sees("本次导入 4 项，退回 1 行")
        found = (await desk.get("office", "/items", q=word, limit=100, slots="false")).json()
        assert {item["status"] for item in found["items"]} == {"draft"}
        assert len(found["items"]) == 24
        # What only the head may do is refused, whatever a made-up address or body says.
        to = f"/imports/{page.url.split('/import/')[1].split('?')[0]}/issue"
        for body in ({"draft": False}, {"draft": True, "create_units": True}):
            refused = await desk.post(staff, to, body)
            assert (refused.status_code, refused.json()["code"]) == (403, "head_required")
        # And nobody reads a ledger that somebody else has uploaded.
        assert (await desk.post("office", to, {"draft": True})).status_code == 404
        await person.go(f"/import/{uuid.uuid4()}")
        await person.sees("没有")
