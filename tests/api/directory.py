"""Units, people and stand-ins of the directory's own tests: nobody else's are touched."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta

from domain.items import OfficePost, Role
from store import passwords, users
from store.session import Database
from tests.people import PASSWORD, ZONE, Json, People

TRIO = ("principal", "supervisor", "handler")


def today() -> date:
    """The district's day."""
    return datetime.now(ZONE).date()


def day(distance: int = 0) -> str:
    """A day from today on."""
    return (today() + timedelta(days=distance)).isoformat()


def mark() -> str:
    """Something no other test is called."""
    return uuid.uuid4().hex[:8]


async def unit(desk: People, *deputies: str, **said: object) -> str:
    """A new unit's code."""
    code = f"D-{mark()}"
    body = {"name": f"名册单位 {code}", "deputies": list(deputies), **said}
    put = await desk.put("office", f"/units/{code}", body)
    assert put.status_code == 200, put.text
    return code


async def account(
    desk: People,
    database: Database,
    role: Role,
    name: str,
    unit_code: str | None = None,
    post: OfficePost | None = None,
) -> str:
    """A new person's username, signed in."""
    username = f"p-{mark()}"
    hashed = await passwords.hash_password(PASSWORD)
    async with database.write() as connection:
        await users.add_user(
            connection,
            username,
            role=role,
            name=name,
            password_hash=hashed,
            unit_code=unit_code,
            post=post,
        )
    form = {"username": username, "password": PASSWORD}
    answer = await desk.client.post("/auth/token", data=form)
    desk.tokens[username] = answer.json()["access_token"]
    return username


async def appoint(desk: People, code: str, post: str, **body: object) -> Json:
    """Somebody in a post, as answered."""
    put = await desk.put("office", f"/units/{code}/posts/{post}", body)
    assert put.status_code == 200, put.text
    return dict(put.json())


async def trio(desk: People, code: str) -> None:
    """A whole trio."""
    for number, post in enumerate(TRIO):
        await appoint(desk, code, post, name=f"{'甲乙丙'[number]}{code}", phone="0533-6181234")


async def stands_in(desk: People, stand_in: str, absent: str, **said: object) -> Json:
    """A stand-in from today to tomorrow, as answered."""
    body: Json = {"stand_in": stand_in, "absent": absent, "reason": "因公出差"}
    body |= {"since": day(), "until": day(1)} | said
    made = await desk.post("office", "/stand-ins", body)
    assert made.status_code == 201, made.text
    return dict(made.json())


@asynccontextmanager
async def standing_in(desk: People, stand_in: str, absent: str) -> AsyncIterator[Json]:
    """A stand-in that is over when the block is."""
    made = await stands_in(desk, stand_in, absent)
    try:
        yield made
    finally:
        await desk.send("office", "DELETE", f"/stand-ins/{made['id']}")
