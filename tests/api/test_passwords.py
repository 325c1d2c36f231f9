"""One's own password: the one-time one that the command line gives out is to be changed."""

import uuid

import httpx
import pytest_asyncio

from domain.items import Role
from store import passwords, users
from store.session import Database
from tests.people import People

ONE_TIME = "one-time 督办"


@pytest_asyncio.fixture
async def newcomer(desk: People, database: Database) -> str:
    """Somebody with a one-time password, as ``duban user add`` makes them; signed in."""
    username = f"new-{uuid.uuid4().hex[:8]}"
    digest = await passwords.hash_password(ONE_TIME)
    async with database.write() as connection:
        await users.add_user(
            connection,
            username,
            role=Role.CHIEF,
            name="新来的人",
            password_hash=digest,
            must_change=True,
        )
    desk.tokens[username] = (await _sign_in(desk, username, ONE_TIME)).json()["access_token"]
    return username


async def _sign_in(desk: People, username: str, password: str) -> httpx.Response:
    form = {"username": username, "password": password}
    return await desk.client.post("/auth/token", data=form)


async def test_a_one_time_password_is_changed_by_its_owner(desk: People, newcomer: str) -> None:
    assert (await desk.get(newcomer, "/me")).json()["must_change"] is True
    assert (await desk.get("office", "/me")).json()["must_change"] is False
    new = {"old_password": ONE_TIME, "new_password": "my own 密码"}
    answer = await desk.post(newcomer, "/auth/password", new)
    assert answer.status_code == 200
    assert (await desk.get(newcomer, "/me")).status_code == 401
    desk.tokens[newcomer] = answer.json()["access_token"]
    me = (await desk.get(newcomer, "/me")).json()
    assert me.items() <= answer.json().items()
    assert me["must_change"] is False
    assert (await _sign_in(desk, newcomer, ONE_TIME)).status_code == 401
    assert (await _sign_in(desk, newcomer, "my own 密码")).status_code == 200


async def test_a_password_that_will_not_do_is_refused(desk: People, newcomer: str) -> None:
    for old, new, expected in (
        ("wrong", "my own 密码", (403, "wrong_password")),
        ("", "my own 密码", (403, "wrong_password")),
        (ONE_TIME, ONE_TIME, (422, "same_password")),
        (ONE_TIME, "short", (422, "weak_password")),
        (ONE_TIME, "x" * 1025, (422, "weak_password")),
        (ONE_TIME, newcomer.upper(), (422, "weak_password")),
        (ONE_TIME, "督" * 12, (422, "weak_password")),
        (ONE_TIME, "Qwertyuiop", (422, "weak_password")),
    ):
        body = {"old_password": old, "new_password": new}
        answer = await desk.post(newcomer, "/auth/password", body)
        assert (answer.status_code, answer.json()["code"]) == expected
    assert (await _sign_in(desk, newcomer, ONE_TIME)).status_code == 200
    assert (await desk.get(newcomer, "/me")).json()["must_change"] is True


async def test_who_is_signed_in_is_told_what_they_are(desk: People) -> None:
    assert (await desk.get("zjj", "/me")).json() == {
        "username": "zjj",
        "name": "住建局 李强",
        "role": "unit",
        "role_name": "承办单位",
        "post": None,
        "unit": "ZJJ",
        "deputy_of": [],
        "must_change": False,
    }
    assert {"JTJ", "ZJJ"} <= set((await desk.get("deputy", "/me")).json()["deputy_of"])


async def test_somebody_no_longer_active_is_nobody(
    desk: People, database: Database, newcomer: str
) -> None:
    async with database.write() as connection:
        await users.change_user(connection, newcomer, active=False)
    assert (await desk.get(newcomer, "/me")).status_code == 401
    assert (await _sign_in(desk, newcomer, ONE_TIME)).status_code == 401
