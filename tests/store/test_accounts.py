"""Units, people and their passwords."""

import asyncio
import time

import pytest

from domain.errors import Invalid
from domain.items import Actor, Role
from store import passwords, reads, units, users
from store.rows import UnitRow, UserRow
from store.session import Database


async def add(
    database: Database, username: str, role=Role.OFFICE, password="a long password", **more
) -> UserRow:
    hashed = await passwords.hash_password(password)
    async with database.write() as conn:
        return await users.add_user(
            conn, username, role=role, name=f"{username}先生", password_hash=hashed, **more
        )


async def unit(database: Database, code="ZJJ", name="区住房和城乡建设局", deputies=()) -> UnitRow:
    async with database.write() as conn:
        return await units.put_unit(conn, code, name, deputies)


async def test_a_unit_is_put_again_with_other_deputies(database):
    first = await unit(database, deputies=["zhao", "wu", "zhao"])
    assert (first.deputies, first.unreachable) == (("wu", "zhao"), ("wu", "zhao"))
    await add(database, "wu", Role.DEPUTY)
    second = await unit(database, name="区住建局", deputies=["wu"])
    assert (second.name, second.deputies, second.unreachable) == ("区住建局", ("wu",), ())
    async with database.read() as conn:
        assert await reads.unit(conn, "区住建局") == second
        assert await reads.unit(conn, "ZJJ") == second
        assert await reads.unit(conn, "区住房和城乡建设局") is None
        assert await reads.unit(conn, "\0") is None
        assert await reads.units(conn) == (second,)
        assert await reads.deputy_of(conn, "wu") == ("ZJJ",)


@pytest.mark.parametrize(
    ("code", "name", "refused"),
    [
        ("JTJ", "区住房和城乡建设局", "unit_name_taken"),
        ("", "名", "bad_name"),
        ("A", " ", "bad_name"),
        ("A", "甲\n乙", "bad_name"),
        ("A", "甲" * 201, "bad_name"),
    ],
)
async def test_a_unit_that_cannot_be(database, code, name, refused):
    await unit(database)
    with pytest.raises(Invalid) as caught:
        await unit(database, code, name)
    assert caught.value.code == refused


async def test_who_a_username_is(database):
    await unit(database, deputies=["wu"])
    await add(database, "zjj", Role.UNIT, unit_code="ZJJ")
    await add(database, "wu", Role.DEPUTY)
    async with database.read() as conn:
        assert await reads.actor(conn, "zjj") == Actor(
            username="zjj", name="zjj先生", role=Role.UNIT, unit="ZJJ"
        )
        deputy = await reads.actor(conn, "wu")
        assert deputy is not None
        assert deputy.deputy_of == ("ZJJ",)
        assert await reads.actor(conn, "nobody") is None
    async with database.write() as conn:
        assert await users.change_user(conn, "wu", active=False)
        assert await users.change_user(conn, "nobody", active=False) is None
    async with database.read() as conn:
        assert await reads.actor(conn, "wu") is None
        known = await reads.unit(conn, "ZJJ")
        assert known is not None
        assert known.unreachable == ("wu",)


@pytest.mark.parametrize(
    ("more", "refused"),
    [
        ({"role": Role.UNIT}, "unit_required"),
        ({"role": Role.UNIT, "unit_code": "NONE"}, "unknown_unit"),
        ({"role": Role.OFFICE, "unit_code": "ZJJ"}, "unit_not_applicable"),
        ({"username": "taken"}, "username_taken"),
        ({"username": " "}, "bad_name"),
        ({"password": "short"}, "weak_password"),
        ({"password": "x" * 2000}, "weak_password"),
    ],
)
async def test_a_user_that_cannot_be(database, more, refused):
    await unit(database)
    await add(database, "taken")
    with pytest.raises(Invalid) as caught:
        await add(database, **({"username": "somebody"} | more))
    assert caught.value.code == refused


async def test_passwords(database):
    await add(database, "office", password="correct horse")
    found = await passwords.verify_password(database, "office", "correct horse")
    assert found is not None
    assert found.username == "office"
    assert not hasattr(found, "password_hash")
    for username, password in (
        ("office", "wrong horse"),
        ("office", ""),
        ("nobody", "correct horse"),
        ("off\0ice", "correct horse"),
        ("office", "\ud800"),
    ):
        assert await passwords.verify_password(database, username, password) is None
    async with database.write() as conn:
        changed = await passwords.hash_password("another horse")
        assert await passwords.set_password(conn, "office", changed, must_change=True)
        assert not await passwords.set_password(conn, "nobody", changed)
    assert await passwords.verify_password(database, "office", "correct horse") is None
    found = await passwords.verify_password(database, "office", "another horse")
    assert found is not None
    assert found.must_change
    async with database.write() as conn:
        await users.change_user(conn, "office", active=False)
    assert await passwords.verify_password(database, "office", "another horse") is None


async def test_a_name_nobody_has_takes_as_long(database):
    await add(database, "office", password="correct horse")

    async def seconds(username: str) -> float:
        best = 9.0
        for _ in range(3):
            begun = time.perf_counter()
            await passwords.verify_password(database, username, "wrong horse")
            best = min(best, time.perf_counter() - begun)
        return best

    await seconds("nobody")
    known, unknown = await seconds("office"), await seconds("nobody")
    assert known / 3 < unknown < known * 3


async def test_the_loop_goes_on_while_passwords_are_checked(database):
    await add(database, "office", password="correct horse")
    checks = [
        asyncio.create_task(passwords.verify_password(database, "office", "wrong"))
        for _ in range(6)
    ]
    longest, last = 0.0, time.perf_counter()
    while not all(check.done() for check in checks):
        await asyncio.sleep(0.005)
        longest, last = max(longest, time.perf_counter() - last), time.perf_counter()
    assert longest < 0.5
