"""The lamps say what the rules say, in any life: red is what the ladder calls missed (O6)."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant

from domain.items import Status, is_spared
from domain.records import snapshot_of
from store.lamps import lamp_of
from store.rows import Lamp
from store.tables import GREY
from tests.domain.life import ZONE, Life, at, on
from tests.domain.test_machine import AnyLife


def lamp(life: Life) -> Lamp:
    return lamp_of(snapshot_of(life.item), life.item.calendar, ZONE, life.now)[0]


class LampsOfAnyLife(AnyLife):
    @invariant()
    def red_is_what_the_ladder_calls_missed(self) -> None:
        item = self.life.item
        missed = item.governing is not None and item.governing.passed
        red = lamp(self.life) is Lamp.RED
        assert red is (missed and item.status.value not in GREY)

    @invariant()
    def what_is_spared_is_not_missed(self) -> None:
        item = self.life.item
        if is_spared(item.status, item.handed_in) and item.governing:
            assert not item.governing.passed


TestLampsOfAnyLife = pytest.mark.timeout(60)(LampsOfAnyLife.TestCase)
TestLampsOfAnyLife.settings = settings(
    max_examples=40,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def test_moved_after_a_lapse_and_handed_in_early_the_leader_s_delay_is_not_red() -> None:
    life = Life("dated", at(11, 2, 9)).at(at(11, 23, 9))
    life.do("request_coordination")
    life.do("answer_coordination", new_due_on=on(12, 4))
    life.at(at(12, 1, 9)).hand_in()
    life.at(at(12, 8))
    assert (life.item.status, lamp(life)) == (Status.AWAITING_SIGN_OFF, Lamp.YELLOW)
