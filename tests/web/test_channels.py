"""Pages of channels: one's own and somebody else's, a test message, and the record of what went
out."""

import pytest_asyncio
from playwright.async_api import Browser, expect

from domain.items import Role
from embedded import Stack
from store import units
from store.session import Database
from tests.api.accounts import somebody
from tests.people import Json, People
from tests.sink import sink
from tests.web.desk import PHONE, Person

UNIT = "CH-PAGE"


@pytest_asyncio.fixture(scope="module")
async def who(desk: People, database: Database) -> str:
    """Somebody of a unit of his own, who has set nothing yet."""
    async with database.write() as connection:
        await units.put_unit(connection, UNIT, "渠道页单位", ["deputy"])
    return (await somebody(desk, database, Role.UNIT, UNIT)).username


async def _set(desk: People, who: str) -> dict[str, Json]:
    """The channels that are set, by name."""
    every = (await desk.get("admin", f"/users/{who}/channels")).json()["items"]
    return {one["channel"]: one for one in every if one["address"]}


async def test_somebody_sets_tries_and_gives_up_his_channels(
    browser: Browser, stack: Stack, desk: People, who: str
) -> None:
    async with (
        sink(refusals=1) as receiver,
        Person.at(browser, stack.api_url, who, size=PHONE) as person,
    ):
        await person.go("/inbox")
        await person.page.locator("main").get_by_role("link", name="消息渠道").click()
        rows = person.page.get_by_role("row")
        await expect(rows.filter(has_text="电子邮件")).to_contain_text("系统没有开通")
        await rows.filter(has_text="短信").get_by_role("link", name="设置").click()
        # What cannot be is said at its field, and what was filled in stands; no draft is kept.
        await person.fill(地址="110")
        await person.page.get_by_label("平件").uncheck()
        await person.press("保存")
        await person.sees("短信的地址应为11 位手机号码")
        await expect(person.page.get_by_label("地址")).to_have_value("110")
        await expect(person.page.get_by_label("平件")).not_to_be_checked()
        assert "110" not in await person.page.evaluate("JSON.stringify(sessionStorage)")
        await person.fill(地址="13805330000")
        await person.press("保存")
        await person.sees("已保存。")
        callback = rows.filter(has_text="网络回调")
        await callback.get_by_role("link", name="设置").click()
        await person.fill(地址=receiver.url)
        for urgency in ("平件", "加急", "特急"):
            await person.page.get_by_label(urgency).uncheck()
        await person.press("保存")
        await person.sees("收哪些紧急程度事项的消息：")
        await person.page.get_by_label("特急").check()
        await person.page.get_by_label("启用").uncheck()
        await person.press("保存")
        await person.sees("暂不启用")
        assert "geheim" not in await person.page.content()
        # The other one stays as it was, and so does an address that is not filled in again.
        await callback.get_by_role("link", name="修改").click()
        await person.page.get_by_label("启用").check()
        await person.press("保存")
        await person.sees("已保存。")
        found = await _set(desk, who)
        assert {name: one["urgencies"] for name, one in found.items()} == {
            "sms": ["urgent", "extra_urgent"],
            "webhook": ["extra_urgent"],
        }
        for told in ("没有送达：对方答复 503。", "对方已经收下。"):
            await callback.get_by_role("button", name="发一条测试消息").click()
            await person.sees(f"网络回调测试消息：{told}")
        assert [body["title"] for body in receiver.bodies] == ["督办测试消息"]
        await rows.filter(has_text="短信").get_by_role("link", name="不再使用").click()
        await person.page.get_by_label("我确认").check()
        await person.press("不再使用")
        await person.sees("已不再使用该渠道。")
        assert (await _set(desk, who)).keys() == {"webhook"}
        assert person.heard == []
