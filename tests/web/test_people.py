"""People, by pages: stand-ins, the directory from a file, and one's own sessions."""

import pytest
from playwright.async_api import Browser, FilePayload, expect

from domain.items import Role
from embedded import Stack
from store.session import Database
from tests.api.directory import account, day, mark, unit
from tests.api.test_directory import as_csv, district
from tests.people import PASSWORD, People
from tests.web.desk import DESKTOP, PHONE, Person
from tests.web.test_registers import shot
from web.pages.signed_in import UNKNOWN, device


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


async def test_a_directory_is_looked_at_row_by_row_then_imported_whole(
    browser: Browser, stack: Stack, desk: People
) -> None:
    tag = mark()
    lines = district(tag, 6)
    wrong = [dict(line) for line in lines]
    wrong[2]["类别"], wrong[4]["具体责任人电话"] = "乡村", "打不通"
    async with Person.at(browser, stack.api_url, "office", size=DESKTOP, script=False) as office:
        await office.go("/units")
        await office.follow("导入名册")
        await office.press("先看改动")
        await office.sees("请先选择名册文件。")
        await chosen(office, "名册.pdf", b"%PDF-1.7")
        await office.sees("不能用这种文件，请选择 XLSX、XLS、CSV 文件。")
        await chosen(office, "名册.csv", as_csv(wrong))
        await office.sees("名册.csv有 2 行须改正")
        row = office.page.get_by_role("row", name=f"{tag}-03")
        await expect(row).to_contain_text("须改正")
        await expect(office.page.get_by_role("row", name=f"{tag}-05")).to_contain_text("电话")
        await expect(office.page.get_by_role("button", name="导入名册")).to_have_count(0)
        await shot(office, "import-wrong")

        await chosen(office, "名册.csv", as_csv(lines))
        await office.sees("新登记 6 行，有改动 0 行")
        await shot(office, "import-trial")
        assert (await desk.get("office", f"/units/{tag}-01")).status_code == 404, "only a look"
        await office.press("导入名册")
        await office.sees("已导入名册.csv：新登记 6 行")
        await shot(office, "import-done")
        await office.go(f"/units/{tag}-06")
        await office.sees(f"甲{tag}6")

        lines[0]["第一责任人"] = f"丁{tag}"
        await office.go("/units/import")
        await chosen(office, "名册.csv", as_csv(lines))
        await office.sees(f"第一责任人：甲{tag}1改为丁{tag}")
        # Meanwhile somebody else gives the unit another name: it is judged anew.
        await desk.put("office", f"/units/{tag}-01", {"name": f"{tag}改名", "deputies": []})
        await desk.put("office", f"/units/{tag}-X", {"name": f"{tag}第1单位", "deputies": []})
        await office.press("导入名册")
        await office.sees("没有导入任何内容")
        await expect(office.page.get_by_role("row", name=f"{tag}-01")).to_contain_text("须改正")
        assert office.heard == []
    async with Person.at(browser, stack.api_url, "admin", size=PHONE) as admin:
        await admin.go("/units/import")
        await chosen(admin, "名册.csv", as_csv(wrong))
        await admin.sees("行须改正")
        await shot(admin, "import-phone")
        async with admin.page.expect_download() as found:
            await admin.page.get_by_role("link", name="导出名册（表格）").click()
        assert (await found.value).suggested_filename == "directory.xlsx"


async def chosen(person: Person, name: str, content: bytes) -> None:
    """Choose a file, and look at what it would change."""
    file = FilePayload(name=name, mimeType="application/octet-stream", buffer=content)
    await person.page.locator("#f-file").set_input_files(file)
    await person.press("先看改动")


async def test_one_ends_ones_own_sessions_elsewhere_and_nobody_else_s(
    browser: Browser, stack: Stack, desk: People, database: Database
) -> None:
    who = await account(desk, database, Role.DEPUTY, "副区长 沈岚")
    stranger = await account(desk, database, Role.DEPUTY, "副区长 石磊")
    (foreign,) = (await desk.get(stranger, "/auth/sessions")).json()["items"]
    async with (
        Person.at(browser, stack.api_url, who, size=DESKTOP, script=False) as here,
        Person.at(browser, stack.api_url, who, size=PHONE) as phone,
    ):
        await here.follow("我的登录")
        rows = here.page.locator("tbody tr")
        await expect(rows).to_have_count(3)
        await expect(rows.filter(has_text="本次登录")).to_have_count(1)
        await expect(rows.filter(has_text="谷歌浏览器")).to_have_count(2)
        await shot(here, "sessions")
        await rows.filter(has_text=UNKNOWN).get_by_role("link").click()
        await here.sees("即刻退出登录")
        assert (await desk.get(who, "/me")).status_code == 200, "only asked"
        await here.press("结束这次登录")
        await here.sees("已结束该次登录。")
        await expect(rows).to_have_count(2)
        assert (await desk.get(who, "/me")).status_code == 401
        assert (await here.go(f"/sessions/{foreign['id']}/end")).status == 404

        await here.go("/sessions")
        await here.follow("结束在别处的 1 次登录")
        await shot(here, "session-end")
        await here.press("结束在别处的登录")
        await here.sees("没有在别处登录。")
        await phone.go("/sessions")
        await expect(phone.page.get_by_role("heading", name="登录")).to_be_visible()
        await phone.sign_in(who, PASSWORD, "办公桌")
        await phone.go("/sessions")
        await phone.sees("结束在别处的 1 次登录")
        await shot(phone, "sessions-phone")
        assert here.heard == []
    assert (await desk.get(stranger, "/me")).status_code == 200


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
            "Edge 浏览器，Windows 电脑",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
            "Safari 浏览器，苹果手机",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0",
            "火狐浏览器，Linux 电脑",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/123.0.6360.12 Safari/537.36",
            "谷歌浏览器，Windows 电脑",
        ),
        ("duban-cli", "督办的命令行"),
        ("python-httpx/0.28", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_a_browser_is_called_what_people_call_it(agent: str, said: str) -> None:
    assert device(agent) == said
