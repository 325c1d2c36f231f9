"""Pages of figures: how units fare, whose the time was, the tree of an item; each number leads to
the items that it counts."""

import uuid
from dataclasses import dataclass

import pytest_asyncio
from playwright.async_api import Browser, expect

from domain.items import Role
from embedded import Stack
from store import passwords, users
from store.session import Database
from tests.people import PASSWORD, Json, People, dated, ordinary
from tests.web.desk import DESKTOP, PHONE, Person
from tests.web.reader import Reader
from workflows.ids import workflow_id

UNIT, NAME = "FGP", "数字页单位"
OTHER, OTHER_NAME = "FGQ", "数字页另一单位"
PLACE = {"FGP": "figp", "FGQ": "figq"}


@dataclass(frozen=True, kw_only=True)
class World:
    """What one unit has: an item that is late and was sent back, and one that is not its own."""

    late: Json
    reworked: Json
    whole: Json


@pytest_asyncio.fixture(scope="module")
async def world(desk: People, database: Database) -> World:
    """Two units of their own, with items of which something went wrong."""
    digest = await passwords.hash_password(PASSWORD)
    for code, name in ((UNIT, NAME), (OTHER, OTHER_NAME)):
        put = await desk.put("office", f"/units/{code}", {"name": name, "deputies": ["deputy"]})
        assert put.status_code == 200, put.text
        async with database.write() as conn:
            await users.add_user(
                conn,
                PLACE[code],
                role=Role.UNIT,
                name=f"{name}某",
                password_hash=digest,
                unit_code=code,
            )
    await desk.sign_in(*PLACE.values())
    word = f"数页{uuid.uuid4().hex[:6]}"
    late = await desk.issue(
        ordinary(lead_unit=UNIT, title=f"{word}迟", issued_at="2026-10-10T09:00:00+08:00")
    )
    reworked = await desk.issue(dated(lead_unit=UNIT, title=f"{word}退"))
    await desk.act("figp", reworked, "receipt")
    await desk.act("figp", reworked, "feedback", text="办结", final=True)
    await desk.act("deputy", reworked, "sign-off", approved=True, comment="同意")
    await desk.act("office", reworked, "review", accepted=False, comment="漏项")
    whole = await desk.issue(dated(lead_unit=UNIT, title=f"{word}总"))
    parts = [
        {"title": f"{word}{name}", "lead_unit": unit}
        for name, unit in (("分甲", UNIT), ("分乙", OTHER))
    ]
    split = await desk.post("office", f"/items/{whole['id']}/parts", {"parts": parts})
    assert split.status_code == 200, split.text
    return World(late=late, reworked=reworked, whole=await desk.read(whole))


async def test_what_went_wrong_leads_to_the_items(
    browser: Browser, stack: Stack, world: World
) -> None:
    async with Person.at(browser, stack.api_url, "office", size=DESKTOP, script=False) as office:
        await office.go("/stats?unit=" + UNIT)
        await office.follow("延办、误办、漏办")
        # The filters of the statistics are kept.
        await expect(office.page.get_by_label("单位（牵头或协办）")).to_have_value(UNIT)
        row = office.page.get_by_role("row").filter(has_text=NAME)
        assert [await cell.inner_text() for cell in await row.get_by_role("cell").all()][:4] == [
            *("1", "1", "0", "1"),
        ]
        await row.get_by_role("link").nth(1).click()
        await expect(office.page.get_by_role("heading", level=1)).to_have_text(
            f"{NAME}：误办（退回补办）"
        )
        await office.sees("办理过程第")
        await office.follow(world.reworked["title"])
        await expect(office.page.get_by_role("heading", level=1)).to_have_text(
            world.reworked["title"]
        )
        assert office.heard == []
    async with Reader.at(stack.api_url, PLACE[OTHER]) as other:
        # Not the faults of others, nor clauses of sources.
        page = (await other.get("/faults")).text
        assert "没有延办、误办、漏办" in page
        assert f"{NAME}</th>" not in page
        assert "来源条款" not in page
        assert world.late["title"] not in (await other.get(f"/faults/lines?at_fault={UNIT}")).text


async def test_what_was_asked_of_a_unit(browser: Browser, stack: Stack, world: World) -> None:
    async with Person.at(browser, stack.api_url, PLACE[UNIT], size=DESKTOP) as person:
        await person.go("/stats")
        await person.follow("基层负担")
        await person.fill(自哪一天="2026-10-01")
        await person.press("查询")
        await person.sees("共须报送 1 件")
        await person.page.get_by_role("link", name="2026年10月12日").click()
        await person.sees("办理结果")
        await person.follow(world.late["title"])
        # A period that cannot be is said, and what was filled in stands.
        answer = await person.go("/burden?since=2026-12-31&until=2026-01-01")
        assert answer.status == 422
        await person.sees("止日不早于起日")
        await expect(person.page.get_by_label("自哪一天")).to_have_value("2026-12-31")
        assert person.heard == []


async def test_whose_the_time_was(stack: Stack, world: World) -> None:
    async with Reader.at(stack.api_url, "deputy") as deputy:
        page = (await deputy.get(f"/time-ledger?unit={UNIT}&group_by=unit")).text
        assert NAME in page
        assert "区政府分管领导（阅签）" in page
        assert f"group_by=unit&amp;group={UNIT}" in page
        lines = (
            await deputy.get(f"/time-ledger/lines?unit={UNIT}&group_by=unit&group={UNIT}")
        ).text
        assert world.late["title"] in lines
        assert "2026年10月10日 09:00" in lines
        assert (await deputy.get("/time-ledger?group_by=category")).status_code == 200
    async with Reader.at(stack.api_url, PLACE[OTHER]) as other:
        assert f"{NAME}</th>" not in (await other.get("/time-ledger")).text


async def test_the_tree_of_an_item(browser: Browser, stack: Stack, world: World) -> None:
    whole = world.whole
    async with Person.at(browser, stack.api_url, "office", size=PHONE) as office:
        await office.go(f"/items/{whole['id']}")
        await office.follow("事项树")
        await office.sees("共 2 项，已办结 0 项")
        await office.sees(f"{OTHER_NAME}，办理中")
        tree = office.page.locator(".tree")
        await expect(tree.locator("> ul > li")).to_have_count(2)
        assert office.heard == []
    first, second = whole["parts"]
    async with Reader.at(stack.api_url, PLACE[OTHER]) as other:
        # Who has one part sees no more of the whole than that.
        page = (await other.get(f"/items/{second['item_id']}/tree")).text
        assert second["name"] in page
        assert whole["title"] not in page
        assert first["name"] not in page
        assert (await other.get(f"/items/{whole['id']}/tree")).status_code == 404
    assert "/tree" not in await _page(stack, "office", f"/items/{world.late['id']}")


async def _page(stack: Stack, who: str, path: str) -> str:
    async with Reader.at(stack.api_url, who) as reader:
        answer = await reader.get(path)
        assert answer.status_code == 200
        return answer.text


async def test_what_the_office_finds_at_its_items_and_sources(
    stack: Stack, desk: People, world: World
) -> None:
    late = world.late
    item = await _page(stack, "office", f"/items/{late['id']}")
    assert f'href="{stack.ui_url}/namespaces/default/workflows/{workflow_id(late["id"])}"' in item
    assert stack.ui_url not in await _page(stack, PLACE[UNIT], f"/items/{late['id']}")
    # A selection of the ledger becomes a document.
    ledger = await _page(stack, "office", f"/items?unit={UNIT}&status=issued")
    for kind in ("briefing", "summary"):
        to = f"/documents/new/{kind}?unit={UNIT}&amp;status=issued"
        assert f'href="{to}"' in ledger
        assert late["title"] in await _page(stack, "office", to.replace("&amp;", "&"))
    assert "/documents/new/" not in await _page(stack, PLACE[UNIT], f"/items?unit={UNIT}")
    # What nobody took up stands first, however much was registered since.
    title = f"漏办来源 {uuid.uuid4().hex[:6]}"
    for name, clauses in ((title, [{"no": "一", "text": "没有人办"}]), (f"{title}之后", [])):
        body = {"type": "directive", "title": name, "leader": "区长", "clauses": clauses}
        made = await desk.post("office", "/sources", body)
        assert made.status_code == 201, made.text
    before, after = (await _page(stack, "office", "/sources")).split("<h2>全部来源</h2>")
    assert f"{title}</a>" in before
    assert f"{title}之后</a>" not in before
    assert after.index(f"{title}之后</a>") < after.index(f"{title}</a>")
    faults = await _page(stack, "office", "/faults")
    assert 'href="/sources?uncovered=true"' in faults
    assert "全部来源" not in await _page(stack, "office", "/sources?uncovered=true")
