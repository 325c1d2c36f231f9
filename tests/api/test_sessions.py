"""A sign-in is a session: renewed by refresh tokens, listed, and ended at the next request."""

import asyncio

import httpx
import pytest
import pytest_asyncio

from domain.items import Role
from embedded import Stack
from store.session import Database
from tests.api.accounts import Somebody, earlier, somebody
from tests.people import PASSWORD, People


@pytest_asyncio.fixture
async def person(desk: People, database: Database) -> Somebody:
    return await somebody(desk, database)


def code(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


async def test_signing_in_answers_what_the_contract_says_and_a_refresh_token(
    person: Somebody,
) -> None:
    tokens = await person.tokens()
    assert tokens["token_type"] == "bearer"
    assert tokens["expires_in"] >= 30 * 60
    assert tokens["refresh_expires_in"] > tokens["expires_in"]
    assert await person.works(tokens)


async def test_a_refresh_token_is_good_once(person: Somebody) -> None:
    first = await person.tokens()
    second = (await person.refresh(first)).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert await person.works(second)
    assert await person.works(first), "the access token is not used up"
    third = (await person.refresh(second)).json()
    assert await person.works(third)


async def test_a_refresh_token_that_comes_again_ends_the_session(person: Somebody) -> None:
    elsewhere, first = await person.tokens(), await person.tokens()
    second = (await person.refresh(first)).json()
    assert code(await person.refresh(first)) == (401, "bad_refresh_token")
    assert not await person.works(second)
    assert code(await person.refresh(second)) == (401, "bad_refresh_token")
    assert await person.works(elsewhere)


async def test_of_many_at_once_one_is_renewed(person: Somebody) -> None:
    tokens = await person.tokens()
    answers = await asyncio.gather(*(person.refresh(tokens) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401, 401]
    assert not await person.works(tokens)


async def test_what_was_never_a_refresh_token(person: Somebody) -> None:
    tokens = await person.tokens()
    for wrong in ("", "x", tokens["access_token"], "x" * 5000):
        answer = await person.refresh({"refresh_token": wrong})
        assert code(answer) == (401, "bad_refresh_token")
    assert code(await person.desk.client.post("/auth/refresh", json={})) == (422, "missing_field")
    assert await person.works(tokens)


async def test_signing_out_is_for_this_session_alone(person: Somebody) -> None:
    here, there = await person.tokens(), await person.tokens()
    assert (await person.send(here, "POST", "/auth/logout")).status_code == 204
    assert not await person.works(here)
    assert (await person.refresh(here)).status_code == 401
    assert await person.works(there)
    assert code(await person.send(here, "POST", "/auth/logout")) == (401, "not_signed_in")


async def test_signing_out_everywhere(person: Somebody, database: Database) -> None:
    other = await somebody(person.desk, database)
    theirs = await other.tokens()
    mine = [await person.tokens() for _ in range(3)]
    answer = await person.send(mine[0], "DELETE", "/auth/sessions")
    assert (answer.status_code, answer.json()) == (200, {"ended": 3})
    assert not any([await person.works(tokens) for tokens in mine])
    assert await other.works(theirs)


async def test_ones_sessions_are_listed_and_ended_one_by_one(
    person: Somebody, database: Database
) -> None:
    old = await person.tokens(**{"User-Agent": "Firefox/140.0"})
    new = await person.tokens()
    listed = (await person.send(new, "GET", "/auth/sessions")).json()["items"]
    assert [entry["current"] for entry in listed] == [True, False]
    assert {entry["way"] for entry in listed} == {"password"}
    assert {entry["address"] for entry in listed} == {person.address}
    assert listed[0]["created_at"] > listed[1]["created_at"]
    assert "+08:00" in listed[0]["expires_at"]
    assert listed[1]["user_agent"] == "Firefox/140.0"

    stranger = await somebody(person.desk, database)
    theirs = await stranger.tokens()
    where = f"/auth/sessions/{listed[1]['id']}"
    assert code(await stranger.send(theirs, "DELETE", where)) == (404, "not_found")
    assert await person.works(old)
    assert (await person.send(new, "DELETE", where)).status_code == 204
    assert not await person.works(old)
    assert code(await person.send(new, "DELETE", where)) == (404, "not_found")
    assert len((await person.send(new, "GET", "/auth/sessions")).json()["items"]) == 1


@pytest.mark.parametrize(
    ("column", "interval"), [("last_used_at", "12 hours"), ("expires_at", "168 hours")]
)
async def test_a_session_ends_by_itself(
    person: Somebody, stack: Stack, column: str, interval: str
) -> None:
    tokens = await person.tokens()
    await earlier(stack, "sessions", column, interval, f"username = '{person.username}'")
    assert not await person.works(tokens)
    assert code(await person.refresh(tokens)) == (401, "bad_refresh_token")
    assert await person.works(await person.tokens())


async def test_use_keeps_a_session_alive(person: Somebody, stack: Stack) -> None:
    tokens = await person.tokens()
    for _ in range(2):
        where = f"username = '{person.username}'"
        await earlier(stack, "sessions", "last_used_at", "11 hours", where)
        assert await person.works(tokens)


async def test_a_changed_password_ends_every_session_and_every_token(person: Somebody) -> None:
    here, there = await person.tokens(), await person.tokens()
    body = {"old_password": PASSWORD, "new_password": "another horse 督办"}
    answer = await person.send(here, "POST", "/auth/password", json=body)
    assert answer.status_code == 200, answer.text
    assert not await person.works(here)
    assert not await person.works(there)
    assert (await person.refresh(here)).status_code == 401
    assert await person.works(answer.json())
    assert (await person.refresh(answer.json())).status_code == 200
    assert code(await person.sign_in()) == (401, "bad_credentials")


async def test_the_password_before_is_not_used_again(person: Somebody) -> None:
    tokens = await person.tokens()
    body = {"old_password": PASSWORD, "new_password": "another horse 督办"}
    tokens = (await person.send(tokens, "POST", "/auth/password", json=body)).json()
    back = {"old_password": "another horse 督办", "new_password": PASSWORD}
    answer = await person.send(tokens, "POST", "/auth/password", json=back)
    assert code(answer) == (422, "same_password")
    assert await person.works(tokens)


async def test_no_token_is_kept(person: Somebody, database: Database) -> None:
    tokens = await person.tokens()
    async with database.read() as connection:
        for table in ("sessions", "refresh_tokens", "sign_in_attempts"):
            rows = await connection.exec_driver_sql(f"SELECT * FROM {table}")
            kept = repr(rows.all())
            assert tokens["refresh_token"] not in kept
            assert tokens["access_token"] not in kept


async def test_a_role_is_what_the_directory_says_now(desk: People, database: Database) -> None:
    office = await somebody(desk, database, Role.OFFICE)
    tokens = await office.tokens()
    assert (await office.send(tokens, "GET", "/drift")).status_code == 200
    async with database.write() as connection:
        await connection.exec_driver_sql(
            f"UPDATE users SET role = 'chief' WHERE username = '{office.username}'"
        )
    assert code(await office.send(tokens, "GET", "/drift")) == (403, "not_your_role")
