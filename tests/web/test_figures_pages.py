"""Pages of figures: how units fare, whose the time was, the tree of an item; each number leads to
the items that it counts."""

import uuid
from dataclasses import dataclass

import httpx
import pytest_asyncio
from playwright.async_api import Browser

from domain.items import Role
from embedded import Stack
from store import passwords, users
from store.session import Database
from tests.people import PASSWORD, Json, People, dated, ordinary
from tests.web.desk import DESKTOP, Person
from tests.web.reader import Reader

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
    parts = [{"title": f"{word}{name}", "lead_unit": unit} for name, unit in (("分甲", UNIT), ("分乙", OTHER))]
    split = await desk.post("office", f"/items/{whole['id']}/parts", {"parts": parts})
    assert split.status_code == 200, split.text
    return World(late=late, reworked=reworked, whole=await desk.read(whole))
