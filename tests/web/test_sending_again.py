"""Forms that were interrupted: by a session's end, by a system that did not answer, by a key used
twice. Nothing is lost, nothing is done that was not meant, no secret is shown."""

import uuid
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.async_api import Browser, expect

from domain.items import OfficePost, Role
from embedded import Stack
from store import units
from store.session import Database
from tests.api.accounts import somebody
from tests.api.directory import account
from tests.api.test_waits import no_worker
from tests.people import PASSWORD, People, dated, days_ahead, ordinary
from tests.web.desk import DESKTOP, PHONE, Person
from tests.web.reader import Reader, key_of
from tests.web.test_importing import ledger
from tests.web.test_safety import inputs_of

UNIT = "AGAIN"


async def _signed_out(desk: People, username: str) -> None:
    await desk.send("admin", "DELETE", f"/users/{username}/sessions")


async def test_an_address_with_a_question_is_kept_whole(
    stack: Stack, desk: People, database: Database
) -> None:
    head = await account(desk, database, Role.OFFICE, "督查室负责人")
    word = uuid.uuid4().hex[:6]
    kept = await desk.upload(head, "分解.csv", ledger(word))
    async with Reader.at(stack.api_url, head) as reader:
        to = f"/import/{kept['id']}?draft=true"
        await _signed_out(desk, head)
        evening = await reader.post(to, sure="true")
        form = inputs_of(evening) | {"username": head, "password": PASSWORD}
        morning = await reader.send("/sign-in", form)
        assert f'action="{to}"' in morning.text
        sent = await reader.send(to, inputs_of(morning))
        assert sent.status_code == 200, sent.text
    found = (await desk.get("office", "/items", q=word, slots="false")).json()["items"]
    assert {item["status"] for item in found} == {"draft"}, "what was to be registered only"


@pytest.mark.parametrize("path", ["/password", "/sign-out"])
async def test_no_secret_is_kept_for_sending_again(
    stack: Stack, desk: People, database: Database, path: str
) -> None:
    async with database.write() as connection:
        await units.put_unit(connection, UNIT, "再次提交单位", ["deputy"])
    clerk = await somebody(desk, database, Role.UNIT, UNIT)
    async with Reader.at(stack.api_url, clerk.username) as reader:
        await _signed_out(desk, clerk.username)
        said = {
            "old_password": PASSWORD,
            "new_password": "秘密的新密码-1",
            "again": "秘密的新密码-1",
        }
        answer = await reader.post(path, **said)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
        assert "秘密" not in answer.text


async def test_a_link_alone_issues_nothing(
    browser: Browser, stack: Stack, desk: People, database: Database
) -> None:
    word = uuid.uuid4().hex[:6]
    own = await desk.upload("office", "分解.csv", ledger(word, more=21))
    theirs = await desk.upload("zjj", "分解.csv", ledger(word))
    item = await desk.issue(dated(title=f"附有台账{word}"))
    await desk.act("zjj", item, "receipt")
    await desk.act("zjj", item, "feedback", text="见附件。", attachments=[theirs["id"]])
    assert (await desk.get("office", f"/files/{theirs['id']}")).status_code == 200
    async with Person.at(browser, stack.api_url, "office", size=DESKTOP) as office:
        # What a unit attached is to be read, not to be imported.
        answer = await office.go(f"/import/{theirs['id']}?going=true&create_units=true&sure=true")
        assert answer.status == 404
        await office.go(f"/import/{own['id']}?going=true&offset=0&sure=true")
        await expect(office.page.get_by_label("我已核对")).not_to_be_checked()
        # What an address says is no is no: to look at and to do.
        await office.go(f"/import/{own['id']}?draft=true&allow_past=false")
        await office.page.get_by_label("我已核对").check()
        await office.press("导入 24 项")
        await office.sees("本次导入 24 项")
        await office.sees("退回 2 行")
        assert office.heard == []
    found = (await desk.get("office", "/items", q=word, slots="false", limit=50)).json()["items"]
    assert len([one for one in found if one["status"] == "draft"]) == 24
    assert {one["id"] for one in found if one["status"] != "draft"} == {item["id"]}


async def test_what_did_not_get_through_is_sent_again_from_the_same_page(
    browser: Browser, stack: Stack, desk: People
) -> None:
    item = await desk.issue(dated(title="没有受理"))
    await desk.act("zjj", item, "receipt")
    to = f"/items/{item['id']}/acts/request_extension"
    async with Person.at(browser, stack.api_url, "zjj", size=PHONE) as zjj:
        await zjj.go(to)
        await zjj.fill(原因="招标流标。", 新的期限=days_ahead(90))
        async with no_worker(stack):
            await zjj.press("申请延期")
            await zjj.sees("不会重复办理")
            assert "Idempotency" not in await zjj.page.content()
            await expect(zjj.page.get_by_label("原因")).to_have_value("招标流标。")
        await zjj.press("申请延期")
        await zjj.sees("已申请延期。")
        assert zjj.heard == []
    acts = [entry["act"] for entry in await desk.timeline(item)]
    assert acts.count("request_extension") == 1


async def test_nobody_else_is_shown_what_somebody_left_unfinished(
    stack: Stack, desk: People, database: Database
) -> None:
    async with database.write() as connection:
        await units.put_unit(connection, UNIT, "再次提交单位", ["deputy"])
    one, other = [(await somebody(desk, database, Role.UNIT, UNIT)).username for _ in range(2)]
    item = await desk.issue(dated(lead_unit=UNIT))
    to = f"/items/{item['id']}/acts/return_assignment"
    for who, shown in ((other, False), (one, True)):
        async with Reader.at(stack.api_url, one) as reader:
            await _signed_out(desk, one)
            evening = await reader.post(to, reason="只给我看")
            form = inputs_of(evening) | {"username": who, "password": PASSWORD}
            morning = await reader.send("/sign-in", form)
            assert ("只给我看" in morning.text, "退件" in morning.text) == (shown, shown)
            assert (morning.status_code == 303) is not shown


def _own(answer: httpx.Response) -> dict[str, str]:
    """What a form says of itself, without what stands in its fields."""
    said = inputs_of(answer)
    return {name: said[name] for name in ("csrf", "key", "seen")}


async def test_nobody_writes_over_what_somebody_else_has_changed_meanwhile(
    stack: Stack, desk: People
) -> None:
    code = f"OVER-{uuid.uuid4().hex[:4]}"
    await desk.put("office", f"/units/{code}", {"name": f"原名{code}", "deputies": []})
    draft = await desk.issue(ordinary(draft=True))
    async with (
        Reader.at(stack.api_url, "office") as early,
        Reader.at(stack.api_url, "office") as late,
    ):
        for path, field, mine, theirs in (
            (f"/units/{code}/edit", "name", f"甲改{code}", f"乙改{code}"),
            (f"/items/{draft['id']}/acts/revise_draft", "title", "甲改的标题", "乙改的标题"),
        ):
            opened = _own(await early.get(path))
            seen = _own(await late.get(path))
            written = await late.send(path, seen | {field: theirs})
            assert written.status_code == 303, written.text
            refused = await early.send(path, opened | {field: mine})
            assert (refused.status_code, "内容已有改动" in refused.text) == (409, True)
            assert mine in refused.text
            again = await early.send(path, _own(refused) | {field: mine})
            assert again.status_code == 303, again.text
    assert (await desk.get("office", f"/units/{code}")).json()["name"] == f"甲改{code}"
    assert (await desk.read(draft))["title"] == "甲改的标题"


async def test_more_rows_are_asked_for_by_a_button_and_nothing_is_done(
    stack: Stack, desk: People
) -> None:
    item = await desk.issue(ordinary())
    async with Reader.at(stack.api_url, "office") as office:
        path = f"/items/{item['id']}/split"
        rows = {f"parts.{n}.title": f"分项{n}" for n in range(3)}
        more = await office.post(path, more="parts", **rows)
        assert more.status_code == 200
        assert 'name="parts.5.title"' in more.text
        assert inputs_of(more).items() >= rows.items()
        empty = await office.post(path)
        assert "分项：至少填写 1 项。" in empty.text
    assert (await desk.read(item))["parts"] == []


async def test_a_key_that_was_used_is_no_dead_end(stack: Stack, desk: People) -> None:
    word = uuid.uuid4().hex[:6]
    async with Reader.at(stack.api_url, "office") as office:
        key = key_of(await office.get("/items/new"))
        said = {
            "content": "同一页再登记。",
            "category": "D1",
            "kind": "ordinary",
            "lead_unit": "ZJJ",
            "source.type": "其他",
            "wants": "draft",
        }
        first = await office.post("/items/new", key=key, title=f"第一件{word}", **said)
        assert first.status_code == 303, first.text
        # Back, changed, and sent: said once, with what to do; sent again it is done.
        again = await office.post("/items/new", key=key, title=f"第二件{word}", **said)
        assert again.status_code == 409
        assert "核对是否已办理" in again.text
        assert "Idempotency" not in again.text
        fresh = key_of(again)
        assert fresh != key
        done = await office.post("/items/new", key=fresh, title=f"第二件{word}", **said)
        assert done.status_code == 303
    found = (await desk.get("office", "/items", q=word)).json()["items"]
    assert len(found) == 2


async def test_a_new_unit_takes_nobodys_code(stack: Stack, desk: People) -> None:
    before = (await desk.get("office", "/units/ZJJ")).json()
    async with Reader.at(stack.api_url, "office") as office:
        taken = await office.post("/units/new", code="ZJJ", name="另一个单位")
        assert taken.status_code == 409
        assert "ZJJ" in taken.text
        for code in ("", "ZJJ#x", "ZJJ?x=1", "ZJJ/posts/handler", ".."):
            wrong = await office.post("/units/new", code=code, name="另一个单位")
            assert wrong.status_code in {404, 422}, code
    assert (await desk.get("office", "/units/ZJJ")).json() == before
    assert (await desk.get("office", f"/units/{quote('-')}")).status_code == 404


async def test_every_kind_of_field_that_is_being_filled_in_stays(
    browser: Browser, stack: Stack, desk: People, database: Database
) -> None:
    staff = await account(desk, database, Role.OFFICE, "督查室科员", post=OfficePost.STAFF)
    item = await desk.issue(dated(title="只选了日期"))
    await desk.act("zjj", item, "receipt")
    await desk.act("zjj", item, "feedback", text="全部完成。", final=True)
    async with Person.at(browser, stack.api_url, "office", size=DESKTOP) as office:
        await office.go(f"/items/{item['id']}")
        panel = office.page.locator(".panel")
        moment = panel.locator("input[type=datetime-local]").first
        await moment.fill("2026-11-20T09:30")
        await desk.act(staff, item, "reminders", form="phone", said="等签字", to="赵刚")
        await office.sees("本事项刚刚有变化")
        await expect(moment).to_have_value("2026-11-20T09:30")
        assert office.heard == []


async def test_drafts_are_of_one_person(browser: Browser, stack: Stack, desk: People) -> None:
    async with Person.at(browser, stack.api_url, "office", size=DESKTOP) as office:
        page = office.page
        await office.go("/items/new")
        await page.get_by_label("内容和要求").fill("只有我知道的话")
        # Refused, it is still there; so it is after looking elsewhere.
        await office.go("/items")
        await office.go("/items/new")
        await expect(page.get_by_label("内容和要求")).to_have_value("只有我知道的话")
        await office.press("退出")
        await expect(page.get_by_role("heading", name="登录")).to_be_visible()
        assert await page.evaluate("Object.keys(sessionStorage).length") == 0
        assert office.heard == []


@pytest.mark.parametrize("more", [{}, {"files": {"attachments": ("", b"")}}])
async def test_too_long_a_text_is_refused_and_kept(
    stack: Stack, desk: People, more: dict[str, Any]
) -> None:
    """Far more than the API takes, in either way of sending a form; what is larger still is not
    read to its end."""
    item = await desk.issue(ordinary())
    path = f"/items/{item['id']}/acts/request_coordination"
    async with Reader.at(stack.api_url, "zjj") as unit:
        before = await desk.timeline(item)
        long = "长" * 600_000
        form = {"csrf": unit.mark, "key": str(uuid.uuid4()), "problem": long}
        answer = await unit.send(path, form, **more)
        assert answer.status_code in {413, 422}
        assert long in answer.text
        assert "内容过大" in answer.text
        huge = {**form, "problem": "长" * 3_000_000}
        answer = await unit.send(path, huge, **more)
        assert (answer.status_code, "填写的内容过多" in answer.text) == (413, True)
        assert await desk.timeline(item) == before
