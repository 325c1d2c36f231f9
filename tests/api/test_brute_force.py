"""Guessing passwords is slowed down, for names that are there and for names that are not; nobody
is kept out for ever."""

import asyncio
import uuid

import httpx
import pytest_asyncio

from embedded import Stack
from store import attempts
from store.session import Database
from tests.api.accounts import Somebody, earlier, somebody
from tests.people import PASSWORD, People


@pytest_asyncio.fixture
async def person(desk: People, database: Database) -> Somebody:
    return await somebody(desk, database)


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def waits_over(stack: Stack, key: str) -> None:
    """As if the wait had passed."""
    await earlier(stack, "sign_in_attempts", "waits_until", "16 minutes", f"key = '{key}'")


async def test_five_wrong_passwords_and_even_the_right_one_has_to_wait(
    person: Somebody, stack: Stack
) -> None:
    tokens = await person.tokens()
    for _ in range(5):
        assert code(await person.sign_in("wrong password")) == (401, "bad_credentials")
    for password in ("wrong password", PASSWORD):
        answer = await person.sign_in(password)
        assert code(answer) == (429, "too_many_attempts")
        assert 50 <= int(answer.headers["retry-after"]) <= 60
        assert "秒后再试" in answer.json()["detail"]
    assert await person.works(tokens), "who is signed in stays so"
    await waits_over(stack, attempts.account_key(person.username))
    assert (await person.sign_in()).status_code == 200


async def test_the_wait_doubles_up_to_a_quarter_of_an_hour(person: Somebody, stack: Stack) -> None:
    for _ in range(4):
        await person.sign_in("wrong password")
    for minutes in (1, 2, 4, 8, 15, 15):
        assert code(await person.sign_in("wrong password")) == (401, "bad_credentials")
        answer = await person.sign_in("wrong password")
        assert (minutes - 1) * 60 < int(answer.headers["retry-after"]) <= minutes * 60
        await waits_over(stack, attempts.account_key(person.username))


async def test_a_name_nobody_has_answers_the_same(person: Somebody) -> None:
    nobody = Somebody(person.desk, f"nobody-{uuid.uuid4().hex}", person.address)
    seen = []
    for who in (person, nobody):
        answers = [await who.sign_in("wrong password") for _ in range(6)]
        seen.append([(answer.status_code, answer.json()["code"]) for answer in answers])
        assert answers[0].json() == (await Somebody(who.desk, "x").sign_in("w")).json()
    assert seen[0] == seen[1]


async def test_success_begins_the_count_anew(person: Somebody) -> None:
    for _ in range(3):
        for _ in range(4):
            assert (await person.sign_in("wrong password")).status_code == 401
        assert (await person.sign_in()).status_code == 200


async def test_mistakes_of_yesterday_are_forgotten(person: Somebody, stack: Stack) -> None:
    for _ in range(4):
        await person.sign_in("wrong password")
    key = attempts.account_key(person.username)
    await earlier(stack, "sign_in_attempts", "since", "25 hours", f"key = '{key}'")
    assert (await person.sign_in("wrong password")).status_code == 401
    assert (await person.sign_in()).status_code == 200


async def test_the_right_password_is_never_too_often(person: Somebody) -> None:
    answers = await asyncio.gather(*(person.sign_in() for _ in range(12)))
    assert {answer.status_code for answer in answers} == {200}


async def test_guesses_at_the_same_moment_are_counted_too(person: Somebody) -> None:
    answers = await asyncio.gather(*(person.sign_in("wrong password") for _ in range(20)))
    refused = sum(answer.status_code == 429 for answer in answers)
    # Two are being checked when the fifth is counted.
    assert refused >= 13
    assert (await person.sign_in()).status_code == 429


async def test_an_address_that_tries_many_names_waits(
    desk: People, database: Database, stack: Stack
) -> None:
    known, unknown = await somebody(desk, database), await somebody(desk, database)
    address = f"2001:db8:{uuid.uuid4().hex[:4]}::1"
    await _regular(known, address)
    key = attempts.key("address", f"{address.removesuffix('1')}/64")
    async with database.write() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO sign_in_attempts (key, failures, since) "
            f"VALUES ('{key}', 99, clock_timestamp())"
        )
    stranger = Somebody(desk, uuid.uuid4().hex, address)
    assert code(await stranger.sign_in("wrong")) == (401, "bad_credentials")
    # The whole network waits, but not who has signed in from there before.
    neighbour = Somebody(desk, unknown.username, address.removesuffix("1") + "2")
    assert code(await neighbour.sign_in()) == (429, "too_many_attempts")
    assert (await Somebody(desk, known.username, neighbour.address).sign_in()).status_code == 200
    assert (await unknown.sign_in()).status_code == 200, "from elsewhere"
    await waits_over(stack, key)
    assert (await neighbour.sign_in()).status_code == 200


async def _regular(person: Somebody, address: str) -> None:
    assert (await Somebody(person.desk, person.username, address).sign_in()).status_code == 200


async def test_wrong_old_passwords_do_not_keep_the_owner_out(
    person: Somebody, database: Database
) -> None:
    stolen = await person.tokens()
    body = {"old_password": "wrong password", "new_password": "another horse 督办"}
    for _ in range(5):
        answer = await person.send(stolen, "POST", "/auth/password", json=body)
        assert code(answer) == (403, "wrong_password")
    body["old_password"] = PASSWORD
    answer = await person.send(stolen, "POST", "/auth/password", json=body)
    assert code(answer) == (429, "too_many_attempts")
    assert (await person.sign_in()).status_code == 200


async def test_the_administrator_unlocks(desk: People, person: Somebody) -> None:
    for _ in range(5):
        await person.sign_in("wrong password")
    assert (await person.sign_in()).status_code == 429
    answer = await desk.send("admin", "PATCH", f"/users/{person.username}", json={"unlock": True})
    assert answer.status_code == 200
    assert (await person.sign_in()).status_code == 200


async def test_machines_guess_no_faster(desk: People) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": f"svc-{uuid.uuid4().hex}",
        "client_secret": "wrong",
    }
    headers = {"X-Forwarded-For": "203.0.113.251"}
    answers = [await desk.client.post("/auth/token", data=form, headers=headers) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
