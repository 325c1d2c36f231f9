"""What follows a 通报 in the item: its limit, the report to the leaders, what they ask for
(T24–T27, R53)."""

from datetime import date

import pytest

from domain.circular_records import proposed_by
from domain.circulars import Ground
from domain.errors import Refused
from domain.items import Status
from domain.lifecycle import next_alarm
from domain.records import entry_of
from domain.statement import findings_of
from tests.domain.life import CHIEF, DEPUTY, OFFICE, STAFF, UNIT, Life, at, on, operator

NUMBER = "督查通报〔2026〕第3期"


def late() -> Life:
    """E1: a chief leader has been told on 17 October, nobody has done anything."""
    return Life("ordinary", at(9, 30, 16)).at(at(10, 19, 10))


def circulated(due_on: date | None = None) -> Life:
    life = late()
    life.do("record_circular", ground="G4", requirement="立即办结。", new_due_on=due_on)
    return life


def owed() -> Life:
    return circulated().at(at(10, 27, 10))


def test_the_clock_proposes_and_nothing_else() -> None:
    life = late()
    proposed = [g for e in life.events if (g := proposed_by(entry_of(e)))]
    assert proposed == [Ground.G4]
    assert life.item.aftermath.circulars == ()
    life = owed()
    proposed = [g for e in life.events if (g := proposed_by(entry_of(e)))]
    assert proposed == [Ground.G4, Ground.STILL_OPEN]


def test_five_working_days_after_or_the_day_that_it_names() -> None:
    """O11."""
    counted = circulated().clock("after_circular")
    assert (counted.due_on, counted.rule) == (on(10, 26), "after_circular")
    assert circulated(on(10, 30)).clock("after_circular").due_on == on(10, 30)
    assert late().refused("record_circular", new_due_on=on(10, 16)) == "due_not_after_now"


def test_still_open_the_leaders_are_to_be_told() -> None:
    """T26."""
    life = owed()
    (event,) = [e for e in life.events if e.act == "still_open"]
    assert (event.at, event.title) == (at(10, 27, 0), "通报后仍未办理")
    assert "现由：承办单位" in event.summary
    assert [n.audience for n in event.notices] == [("office", "unit:edu", "deputy:edu")]
    assert life.item.aftermath.report_owed
    assert life.clock("leader_report").due_on == on(10, 28)
    life.at(at(10, 29, 9))
    (missed,) = [n for n in life.notices("lapse") if n.clock == "leader_report"]
    assert missed.audience == ("office",)


def test_reported_ordered_carried_out() -> None:
    """T26, T27, O12: both leaders receive it, and it is tracked to done."""
    life = owed()
    assert life.refused("order_handling") == "not_reported"
    event = life.do("report_to_leaders")
    assert event.notices[0].audience == ("deputy:edu", "chief")
    assert not life.item.aftermath.report_owed
    assert life.refused("report_to_leaders") == "no_report_owed"
    first = life.do("order_handling", CHIEF, due_on=on(10, 30))
    second = life.do("order_handling", DEPUTY)
    assert life.clock(f"handling@{first.seq}").due_on == on(10, 30)
    assert life.clock(f"handling@{second.seq}").due_on == on(11, 3)
    assert life.refused("report_handling") == "which_demand"
    assert life.refused("report_handling", demand=1) == "no_demand_open"
    life.do("report_handling", demand=first.seq)
    life.signed()
    assert life.refused("review") == "demands_open"
    life.do("report_handling")
    assert life.refused("report_handling") == "no_demand_open"
    life.do("review")
    assert life.item.status is Status.CLOSED


def test_closed_in_time_nothing_more_is_owed() -> None:
    life = circulated()
    life.signed().do("review")
    assert life.item.running_clocks == ()
    assert next_alarm(life.item) is None
    life = owed()
    life.signed().do("review")
    assert not life.item.aftermath.report_owed
    assert life.item.aftermath.circulars == (NUMBER,)


def test_a_later_circular_takes_the_place_of_an_earlier_one() -> None:
    life = circulated()
    assert life.refused("record_circular") == "circular_recorded"
    life.do("record_circular", number="第4期", new_due_on=on(10, 30))
    running = [c.key for c in life.item.running_clocks if c.rule == "after_circular"]
    assert running == ["after_circular-2"]
    life.do("lift_circular")
    assert life.clock("after_circular-2").running
    assert life.item.aftermath.circulars == ("第4期",)


def test_withdrawn_it_never_was() -> None:
    """R52."""
    life = owed()
    assert life.refused("lift_circular", number="第9期") == "not_circulated"
    life.do("lift_circular", CHIEF)
    after = life.item.aftermath
    assert (after.circulars, after.report_owed) == ((), False)
    for key in ("after_circular", "leader_report"):
        assert (life.clock(key).withdrawn, life.clock(key).lapsed) == (True, False)
    assert life.item.lapsed, "late is late for ever"


def test_suspended_its_days_wait_too() -> None:
    life = late()
    life.do("suspend_item")
    life.do("record_circular")
    assert life.clock("after_circular").remaining == 5
    replaced = life.copy().at(at(11, 23, 9))
    replaced.do("record_circular", number="第4期")
    assert findings_of(replaced.item, replaced.now) == ()  # its limit stood still, none passed
    life.at(at(11, 9, 10)).do("resume_item")
    assert life.clock("after_circular").due_on == on(11, 16)


@pytest.mark.parametrize(
    "act",
    ["record_circular", "lift_circular", "report_to_leaders", "order_handling", "report_handling"],
)
def test_only_people_who_are_signed_in(act: str) -> None:
    assert owed().refused(act, operator(act)) == "needs_verified_actor"


def test_staff_do_not_decide_and_a_report_has_readers() -> None:
    assert late().refused("record_circular", STAFF) == "head_required"
    assert late().refused("record_circular", UNIT) == "not_your_role"
    with pytest.raises(Exception, match="leaders_required"):
        owed().do("report_to_leaders", leaders=[])
    event = owed().do("report_to_leaders", OFFICE, leaders=["chief", "chief"])
    assert event.notices[0].audience == ("chief",)
    assert Refused("demands_open").detail
