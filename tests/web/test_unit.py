"""What units and leaders have of their own: standing and its reasons, reports pre-filled,
attachments, a leader's phone, and who acts in whose place."""

import re
import uuid
from datetime import datetime, timedelta

import pytest
from playwright.async_api import Browser, FilePayload, expect

from domain.items import Role
from embedded import Stack
from store import units
from store.session import Database
from tests.api.accounts import Somebody, somebody
from tests.people import ZONE, People, dated, ordinary
from tests.web.desk import PHONE, Person

PDF = b"%PDF-1.7 ok"


def _file(name: str, content: bytes = PDF) -> FilePayload:
    return FilePayload(name=name, mimeType="application/octet-stream", buffer=content)


async def _unit(desk: People, database: Database) -> tuple[str, Somebody, Somebody]:
    """A unit of this test's own, its clerk and its leader."""
    leader = await somebody(desk, database, Role.DEPUTY)
    code = f"UN{uuid.uuid4().hex[:6].upper()}"
    async with database.write() as connection:
        await units.put_unit(connection, code, f"自查单位 {code}", [leader.username])
    clerk = await somebody(desk, database, Role.UNIT, code)
    await desk.sign_in(clerk.username, leader.username)
    return code, clerk, leader


@pytest.mark.timeout(120)
async def test_a_unit_reports_and_sees_how_it_stands(
    browser: Browser, stack: Stack, desk: People, database: Database
) -> None:
    code, clerk, _ = await _unit(desk, database)
    item = await desk.issue(dated(lead_unit=code, title="自查一"))
    late = await desk.issue(ordinary(lead_unit=code, title="自查二"))
    await desk.forward(late, days=40)
    await desk.act("office", item, "reminders", form="phone", said="进度如何", to="某人")
    async with Person.at(browser, stack.api_url, clerk.username, size=PHONE, script=False) as unit:
        await unit.go("/")
        await expect(unit.page.locator("#desk")).to_contain_text("本单位今年")
        await unit.follow("本单位情况：逾期、扣分和理由")
        figures = unit.page.locator(".figures")
        for name, figure in (("下达", 2), ("现在逾期", 1), ("被催办", 1), ("办结", 0)):
            one = figures.locator("div").filter(has=unit.page.get_by_text(name, exact=True))
            await expect(one.locator("dd")).to_have_text(re.compile(rf"^{figure}(（|$)"))
        await expect(unit.page.get_by_role("link", name="自查二", exact=True)).to_be_visible()
        await unit.sees("没有扣分")
        await unit.page.get_by_role("link", name="现在逾期的明细").click()
        await expect(unit.page.get_by_role("heading", name="所计各项")).to_be_visible()
        await unit.sees("自查二")
        await unit.go("/standing?year=2020")
        await unit.sees("2020年没有下达给本单位牵头承办的事项。")

        await unit.go(f"/items/{item['id']}")
        await unit.press("签收")
        to = f"/items/{item['id']}/acts/submit_feedback"
        await unit.go(to)
        hint = unit.page.get_by_text("每个最多 20 MB，合计不超过 60 MB")
        await expect(hint).to_contain_text("PDF、PNG、PPT")
        await unit.fill(正文="一、进展；二、下一步。")
        field = unit.page.locator("#f-attachments")
        # What may not be uploaded is said at the field, and takes nothing along.
        await field.set_input_files([_file("图纸.exe")])
        await unit.press("反馈办理情况")
        await expect(unit.page.locator(".bad .error")).to_contain_text("不能上传这种文件")
        await expect(unit.page.get_by_label("正文")).to_have_value("一、进展；二、下一步。")
        await field.set_input_files([_file("大.pdf", b"%PDF-1.7" + bytes(21 << 20))])
        await unit.press("反馈办理情况")
        await expect(unit.page.locator(".bad .error")).to_contain_text("20 MB")
        # Several files; they stay when something else is wrong with the form.
        await field.set_input_files([_file("甲.pdf"), _file("乙.pdf", PDF + b"2")])
        await unit.fill(正文=" ")
        await unit.press("反馈办理情况")
        await unit.sees("已上传：甲.pdf、乙.pdf")
        await unit.fill(正文="一、进展；二、下一步。")
        await unit.press("反馈办理情况")
        await unit.sees("已反馈办理情况。")
        async with unit.page.expect_download() as saved:
            await unit.follow("下载附件 乙.pdf")
        assert (await saved.value).suggested_filename == "乙.pdf"
        # The next report opens with the last.
        await unit.go(to)
        await expect(unit.page.get_by_label("正文")).to_have_value("一、进展；二、下一步。")
        assert unit.heard == []
    answer = await desk.get("office", "/stats", group_by="unit", unit=code)
    assert answer.json()["items"][0]["overdue_now"] == 1


@pytest.mark.timeout(120)
async def test_a_leaders_phone_and_who_signs_in_whose_place(
    browser: Browser, stack: Stack, desk: People, database: Database
) -> None:
    code, clerk, leader = await _unit(desk, database)
    other = await somebody(desk, database, Role.DEPUTY)
    item = await desk.issue(dated(lead_unit=code, title="请领导阅签"))
    await desk.act(clerk.username, item, "receipt")
    await desk.act(clerk.username, item, "feedback", text="完成。", final=True)
    today = datetime.now(ZONE).date()
    away = {
        "stand_in": other.username,
        "absent": leader.username,
        "since": today.isoformat(),
        "until": (today + timedelta(days=3)).isoformat(),
        "reason": "出差",
    }
    made = await desk.post("office", "/stand-ins", away)
    assert made.status_code == 201, made.text
    async with Person.at(browser, stack.api_url, leader.username, size=PHONE) as chief:
        # What waits comes first, then a few figures.
        headings = await chief.page.locator("main h2").all_inner_texts()
        assert headings[0].startswith("待我阅签")
        assert headings[-1] == "分管的事项今年"
        assert chief.heard == []
    async with Person.at(browser, stack.api_url, other.username, size=PHONE) as stand_in:
        page = stand_in.page
        await expect(page.locator("header")).to_contain_text("代 某人")
        await stand_in.follow("请领导阅签")
        await stand_in.sees("代 某人 办理")
        assert leader.username not in await page.locator("main").inner_text()
        await stand_in.fill(意见="同意，抓紧收尾。")
        await stand_in.press("同意")
        await stand_in.sees("分管领导已阅签，报送督查室审核")
        await expect(page.locator("#record")).to_contain_text("（代 某人）")
        assert stand_in.heard == []
    entry = next(one for one in await desk.timeline(item) if one["act"] == "sign_off")
    assert entry["on_behalf_of"] == "某人"
    assert entry["actor"]["username"] == other.username
