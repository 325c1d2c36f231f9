"""Which passwords will do, how long guessing waits, and what no machine may be allowed."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.acts import ACTS
from domain.errors import Invalid
from domain.items import Role
from domain.machines import ACTS_BY_MACHINES, SCOPES, check_machine
from domain.passwords import ACCOUNT, ADDRESS, COMMON, SHORTEST_PASSWORD, check_password, wait_after

NOW = datetime(2026, 11, 25, tzinfo=UTC)


GOOD = ("correct horse", "督查室王敏的密码", "a1b2c3d4", " 12345678x")
SHORT_OR_LONG = ("", "1234567", "x" * 1025)
THE_NAME = ("wangminw", "WangMinW", " wangminw ")
ALIKE = ("aaaaaaaa", "AaAaAaAa", "督督督督督督督督")
USUAL = ("12345678", "PASSWORD", "Qwertyuiop", "woaini1314 ")


@pytest.mark.parametrize("password", GOOD)
def test_a_password_that_will_do(password: str) -> None:
    check_password("wangminw", password)


@pytest.mark.parametrize("password", [*SHORT_OR_LONG, *THE_NAME, *ALIKE, *USUAL])
def test_a_password_that_will_not_do(password: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_password("wangminw", password)
    assert caught.value.code == "weak_password"


def test_only_what_is_long_enough_need_be_listed() -> None:
    assert min(map(len, COMMON)) >= SHORTEST_PASSWORD
    assert all(word == word.casefold() for word in COMMON)


def test_the_wait_doubles_and_has_an_end() -> None:
    minutes = [wait_after(failures, ACCOUNT) // timedelta(minutes=1) for failures in range(12)]
    assert minutes == [0, 0, 0, 0, 0, 1, 2, 4, 8, 15, 15, 15]
    assert wait_after(10**6, ACCOUNT) == timedelta(minutes=15)
    assert not wait_after(99, ADDRESS)
    assert wait_after(100, ADDRESS) == timedelta(minutes=1)


def test_a_machine_may_be_allowed_no_more_than_its_role_does() -> None:
    for name in ACTS_BY_MACHINES:
        for role in (Role.OFFICE, Role.UNIT):
            if role in ACTS[name].roles:
                check_machine("svc-x", role, [f"acts:{name}"], None, NOW)
            else:
                with pytest.raises(Invalid, match="scope_not_for_role"):
                    check_machine("svc-x", role, [f"acts:{name}"], None, NOW)


def test_no_machine_does_what_a_leader_does() -> None:
    for name, spec in ACTS.items():
        if {Role.DEPUTY, Role.CHIEF} & set(spec.roles):
            assert f"acts:{name}" not in SCOPES
            with pytest.raises(Invalid, match="scope_not_for_machines"):
                check_machine("svc-x", Role.OFFICE, [f"acts:{name}"], None, NOW)
