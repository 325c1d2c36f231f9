"""The administrator keeps accounts, and has no business content."""

import uuid

import httpx
import pytest
import pytest_asyncio

from domain.items import Role
from store import users
from store.session import Database
from tests.api.accounts import Somebody, bearing, somebody
from tests.people import PASSWORD, Json, People

NEW = "my own 密码"


@pytest_asyncio.fixture
async def person(desk: People, database: Database) -> Somebody:
    return await somebody(desk, database)


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def change(desk: People, username: str, **changed: object) -> httpx.Response:
    return await desk.send("admin", "PATCH", f"/users/{username}", json=changed)


async def registered(desk: People, **changed: object) -> Json:
    """Somebody registered by the administrator, as answered."""
    body = {"username": f"u-{uuid.uuid4().hex[:8]}", "name": "新人", "role": "office"} | changed
    answer = await desk.post("admin", "/users", body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_one_time_password_opens_the_way_to_ones_own_alone(desk: People) -> None:
    added = await registered(desk, role="unit", unit="ZJJ")
    assert (added["must_change"], added["unit"]) == (True, "ZJJ")
    newcomer = Somebody(desk, added["username"])
    tokens = (await newcomer.sign_in(added["one_time_password"])).json()
    assert (await newcomer.send(tokens, "GET", "/me")).json()["must_change"] is True
    for method, path in (
        ("GET", "/items"),
        ("GET", f"/items/{uuid.uuid4()}"),
        ("POST", "/items"),
        ("GET", "/inbox"),
        ("GET", "/auth/sessions"),
        ("GET", "/units"),
    ):
        answer = await newcomer.send(tokens, method, path)
        assert code(answer) == (403, "password_change_required"), path
    tokens = (await newcomer.refresh(tokens)).json()
    body = {"old_password": added["one_time_password"], "new_password": NEW}
    changed = await newcomer.send(tokens, "POST", "/auth/password", json=body)
    assert (await newcomer.send(changed.json(), "GET", "/items")).status_code == 200
    listed = (await desk.get("admin", "/users")).json()["items"]
    entry = next(entry for entry in listed if entry["username"] == added["username"])
    assert (entry["must_change"], entry["one_time_password"]) == (False, None)


async def test_who_may_sign_out_with_a_one_time_password(desk: People) -> None:
    added = await registered(desk)
    newcomer = Somebody(desk, added["username"])
    tokens = await newcomer.sign_in(added["one_time_password"])
    assert (await newcomer.send(tokens.json(), "POST", "/auth/logout")).status_code == 204


async def test_accounts_are_for_the_administrator(desk: People, person: Somebody) -> None:
    body = {"username": "x", "name": "某人", "role": "admin"}
    for who in ("office", "zjj", "deputy", "chief"):
        for answer in (
            await desk.get(who, "/users"),
            await desk.post(who, "/users", body),
            await desk.send(who, "PATCH", f"/users/{person.username}", json={"role": "admin"}),
            await desk.send(who, "DELETE", f"/users/{person.username}/sessions"),
            await desk.get(who, "/service-accounts"),
            await desk.post(who, "/service-accounts", {}),
            await desk.send(who, "DELETE", "/service-accounts/svc-x"),
        ):
            assert code(answer) == (403, "not_your_role"), who


async def test_the_administrator_sees_no_business(desk: People) -> None:
    item = await desk.issue()
    assert (await desk.get("admin", f"/items/{item['id']}")).status_code == 404
    assert "password_hash" not in (await desk.get("admin", "/users")).text


async def test_somebody_deactivated_is_out_at_once_and_may_come_back(
    desk: People, person: Somebody
) -> None:
    tokens = await person.tokens()
    answer = await change(desk, person.username, active=False)
    assert (answer.status_code, answer.json()["active"]) == (200, False)
    assert not await person.works(tokens)
    assert (await person.refresh(tokens)).status_code == 401
    assert code(await person.sign_in()) == (401, "bad_credentials")
    assert (await change(desk, person.username, active=True)).json()["active"] is True
    assert not await person.works(tokens), "what was ended stays ended"
    assert await person.works(await person.tokens())


async def test_a_reset_password_is_one_time(desk: People, person: Somebody) -> None:
    tokens = await person.tokens()
    for _ in range(5):
        await person.sign_in("wrong password")
    answer = (await change(desk, person.username, reset_password=True)).json()
    assert answer["must_change"] is True
    assert not await person.works(tokens)
    given = await person.sign_in(answer["one_time_password"])
    assert given.status_code == 200, "a reset unlocks"
    assert code(await person.sign_in()) == (401, "bad_credentials")
    for new, expected in ((PASSWORD, 422), (NEW, 200)):
        body = {"old_password": answer["one_time_password"], "new_password": new}
        changed = await person.send(given.json(), "POST", "/auth/password", json=body)
        assert changed.status_code == expected


async def test_a_name_a_role_and_a_unit_are_changed(desk: People, person: Somebody) -> None:
    tokens = await person.tokens()
    assert (await change(desk, person.username, name="王敏")).json()["name"] == "王敏"
    assert await person.works(tokens)
    answer = (await change(desk, person.username, role="unit", unit="ZJJ")).json()
    assert (answer["role"], answer["unit"], answer["name"]) == ("unit", "ZJJ", "王敏")
    assert not await person.works(tokens), "with another role one signs in again"
    assert (await change(desk, person.username, unit="JTJ")).json()["unit"] == "JTJ"
    answer = (await change(desk, person.username, role="office")).json()
    assert (answer["role"], answer["unit"]) == ("office", None)
    for changed, expected in (
        ({"role": "unit"}, (422, "unit_required")),
        ({"unit": "ZJJ"}, (422, "unit_not_applicable")),
        ({"role": "unit", "unit": "NONE"}, (422, "unknown_unit")),
        ({"name": " "}, (422, "bad_name")),
        ({"role": "king"}, (422, "invalid_field")),
        ({"password": "x"}, (422, "unknown_field")),
    ):
        assert code(await change(desk, person.username, **changed)) == expected
    assert code(await change(desk, "nobody", active=False)) == (404, "not_found")
    assert (await change(desk, person.username)).status_code == 200


async def test_an_account_that_cannot_be(desk: People, person: Somebody) -> None:
    for changed, expected in (
        ({"username": person.username}, "username_taken"),
        ({"username": "svc-oa"}, "reserved_name"),
        ({"role": "unit"}, "unit_required"),
        ({"username": ""}, "bad_name"),
    ):
        body = {"username": uuid.uuid4().hex, "name": "某人", "role": "office", **changed}
        assert code(await desk.post("admin", "/users", body)) == (422, expected)


async def test_the_administrator_signs_somebody_out(desk: People, person: Somebody) -> None:
    tokens = [await person.tokens() for _ in range(2)]
    where = f"/users/{person.username}/sessions"
    assert (await desk.send("admin", "DELETE", where)).json() == {"ended": 2}
    assert not any([await person.works(each) for each in tokens])
    assert code(await desk.send("admin", "DELETE", "/users/nobody/sessions")) == (404, "not_found")


@pytest.mark.parametrize("changed", [{"active": False}, {"role": "office"}])
async def test_the_last_administrator_stays(
    desk: People, database: Database, changed: dict[str, object]
) -> None:
    second = await somebody(desk, database, Role.ADMIN)
    tokens = await second.tokens()
    others = [
        entry["username"]
        for entry in (await desk.get("admin", "/users")).json()["items"]
        if entry["role"] == "admin" and entry["active"] and entry["username"] != second.username
    ]
    async with database.write() as connection:
        for username in others:
            await users.change_user(connection, username, active=False)
    try:
        answer = await bearing(
            desk, tokens["access_token"], "PATCH", f"/users/{second.username}", json=changed
        )
        assert code(answer) == (409, "last_administrator")
        assert await second.works(tokens)
    finally:
        async with database.write() as connection:
            for username in others:
                await users.change_user(connection, username, active=True)
    assert (await change(desk, second.username, **changed)).status_code == 200
