"""What waits for whom: each list has exactly the items that wait, and no others."""

import itertools

import pytest

from domain.desk import GROUPS, Waiting, groups_of, units_led
from domain.items import Actor, Role
from store.filters import WAITING


def test_every_way_to_wait_has_its_condition_and_a_list() -> None:
    assert set(WAITING) == set(Waiting)
    shown = {group.filters["waiting"] for group in GROUPS if "waiting" in group.filters}
    assert shown == set(Waiting)
    assert len({group.key for group in GROUPS}) == len(GROUPS)


@pytest.mark.parametrize("role", [Role.OFFICE, Role.UNIT, Role.DEPUTY, Role.CHIEF])
def test_everybody_who_works_has_a_desk(role: Role) -> None:
    assert groups_of(Actor(username="a", name="甲", role=role))


def test_who_stands_in_has_the_others_lists_and_units_too() -> None:
    absent = Actor(username="b", name="乙", role=Role.DEPUTY, deputy_of=("JTJ",))
    here = Actor(username="a", name="甲", role=Role.UNIT, unit="ZJJ", stands_in_for=(absent,))
    assert {"sign_off", "receipt"} <= {group.key for group in groups_of(here)}
    assert units_led(here) == ("JTJ", "ZJJ")


def test_lists_are_named_once_for_each_role() -> None:
    for role in Role:
        titles = [group.title for group in GROUPS if role in group.roles]
        assert all(a != b for a, b in itertools.combinations(titles, 2))
