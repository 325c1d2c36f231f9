"""A small district for the access matrices: one person of each role, and an item of each kind of
concern to them."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest_asyncio

from domain.items import OfficePost, Role
from store import passwords, units, users
from store.session import Database
from tests.people import PASSWORD, People, dated

OWN, JOINED, OTHER, DRAFT = "own", "joined", "other", "draft"
UNITS = {"MX-LEAD": ["mx-deputy"], "MX-CO": [], "MX-OTHER": []}
ACCOUNTS: dict[str, tuple[Role, str | None, OfficePost | None]] = {
    "mx-head": (Role.OFFICE, None, OfficePost.HEAD),
    "mx-staff": (Role.OFFICE, None, OfficePost.STAFF),
    "mx-principal": (Role.UNIT, "MX-LEAD", None),
    "mx-supervisor": (Role.UNIT, "MX-LEAD", None),
    "mx-handler": (Role.UNIT, "MX-LEAD", None),
    "mx-co": (Role.UNIT, "MX-CO", None),
    "mx-deputy": (Role.DEPUTY, None, None),
    "mx-chief": (Role.CHIEF, None, None),
    "mx-inspector": (Role.INSPECTOR, None, None),
    "mx-third": (Role.THIRD_PARTY, None, None),
    "mx-admin": (Role.ADMIN, None, None),
}
PUBLIC = None
OFFICE, TRIO = {"mx-head", "mx-staff"}, {"mx-principal", "mx-supervisor", "mx-handler"}
EVERYBODY = set(ACCOUNTS)
WORKING = EVERYBODY - {"mx-inspector", "mx-third"}
KEEPERS = {"mx-head", "mx-admin"}
IN_UNITS = TRIO | {"mx-co"}
DEDUCTION_READERS = OFFICE | IN_UNITS | {"mx-deputy", "mx-chief"}
CIRCULAR_READERS = DEDUCTION_READERS | {"mx-inspector"}
SEES: dict[str, set[str]] = {
    **{who: {OWN, JOINED, OTHER, DRAFT} for who in ("mx-head", "mx-staff", "mx-chief")},
    **{who: {OWN, JOINED} for who in TRIO},
    "mx-deputy": {OWN, JOINED, DRAFT},
    "mx-co": {JOINED},
    **{who: set() for who in ("mx-inspector", "mx-third", "mx-admin")},
}


class Matrix:
    """The people of the matrix, its items, and how many cells were looked at."""

    def __init__(self, desk: People, items: dict[str, str], routes: list[tuple[str, str]]) -> None:
        self.desk = desk
        self.items = items
        self.routes = routes
        self.cells = 0
        self._missing: dict[tuple[str, str, str, str], tuple[int, dict[str, str], bytes]] = {}

    async def send(
        self, who: str | None, method: str, path: str, body: Any = None
    ) -> httpx.Response:
        """One cell."""
        self.cells += 1
        self.desk.client.cookies.clear()  # what the codec server gave somebody else
        return await self.desk.send(who, method, path, key=str(uuid.uuid4()), json=body)

    async def like_a_missing_one(
        self, who: str, method: str, path: str, item_id: str, body: Any = None
    ) -> None:
        """An item that is not there for somebody answers, byte for byte, like one that is not."""
        asked = (who, method, path, repr(body))
        if asked not in self._missing:
            self._missing[asked] = await self._told(who, method, path, str(uuid.uuid4()), body)
        told = await self._told(who, method, path, item_id, body)
        assert told == self._missing[asked], asked
        assert told[0] in {403, 404, 422}, asked

    async def _told(
        self, who: str, method: str, path: str, item_id: str, body: Any
    ) -> tuple[int, dict[str, str], bytes]:
        """All that can be told of an answer but the time, the item's own id taken out."""
        answer = await self.send(who, method, path.replace("{item_id}", item_id), body)
        headers = {name: text for name, text in answer.headers.items() if name != "date"}
        return answer.status_code, headers, answer.content.replace(item_id.encode(), b"ID")


@pytest_asyncio.fixture(scope="session")
async def matrix(desk: People, database: Database, figures: list[str]) -> AsyncIterator[Matrix]:
    """A district of its own, so that nobody else's lists and inboxes grow. At the end it says how
    many cells were looked at."""
    digest = await passwords.hash_password(PASSWORD)
    async with database.write() as conn:
        for code, deputies in UNITS.items():
            await units.put_unit(conn, code, f"矩阵单位 {code}", deputies)
        for username, (role, unit, post) in ACCOUNTS.items():
            await users.add_user(
                conn,
                username,
                role=role,
                name=f"矩阵 {username}",
                password_hash=digest,
                unit_code=unit,
                post=post,
            )
    await desk.sign_in(*ACCOUNTS)
    for held in ("principal", "supervisor", "handler"):
        holder = {"name": f"矩阵 mx-{held}", "username": f"mx-{held}"}
        put = await desk.put("mx-head", f"/units/MX-LEAD/posts/{held}", holder)
        assert put.status_code == 200, put.text
    items = {
        OWN: dated(lead_unit="MX-LEAD", original_text="批示原文甲"),
        JOINED: dated(lead_unit="MX-CO", co_units=["MX-LEAD"], original_text="批示原文乙"),
        OTHER: dated(lead_unit="MX-OTHER", original_text="批示原文丙"),
        DRAFT: dated(
            lead_unit="MX-LEAD", co_units=["MX-CO"], original_text="批示原文丁", draft=True
        ),
    }
    ids = {
        name: (await desk.issue(body, title=f"矩阵 {name}"))["id"] for name, body in items.items()
    }
    schema = (await desk.client.get("/openapi.json")).json()
    routes = [
        (method.upper(), path.removeprefix("/api/v1"))
        for path, methods in schema["paths"].items()
        for method in methods
    ]
    found = Matrix(desk, ids, routes)
    yield found
    figures.append(f"access matrix: {found.cells} cells, every one as expected or reported above")
