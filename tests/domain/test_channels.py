"""What goes out on the channels outside, and when: for any instant and any order of events."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.channels import (
    ENDED,
    MOST_LISTED,
    STOPPED,
    URGENCIES,
    Channel,
    Hours,
    Message,
    Owed,
    Plan,
    Rules,
    check_address,
    hint_of,
    is_allowed,
    next_sending_time,
    plan,
    read_hours,
    word,
)
from domain.errors import Invalid
from tests.domain.life import CALENDAR, ZONE

many = settings(max_examples=200, deadline=None)
few = settings(max_examples=25, deadline=None)
RULES = Rules()
INSTANTS = st.datetimes(
    min_value=datetime(2026, 1, 1), max_value=datetime(2026, 12, 31, 23, 59)
).map(lambda at: at.replace(tzinfo=ZONE))
TUESDAY = datetime(2026, 10, 13, 9, 0, tzinfo=ZONE)


def within(at: datetime) -> bool:
    """Written out by hand: 08:30–12:00 and 14:00–17:30 of a working day."""
    minute = at.hour * 60 + at.minute
    return CALENDAR.is_working(at.date()) and (510 <= minute < 720 or 840 <= minute < 1050)


def owed(n: int, made_at: datetime = TUESDAY, **other) -> Owed:
    named = {"item_id": f"i{n}", "number": f"政督〔2026〕{n}号", "item_title": "改造"}
    return Owed(id=n, made_at=made_at, title="督查事项下达", **(named | other))


def decided(waiting: list[Owed], now: datetime, rules: Rules = RULES) -> Plan:
    return plan(waiting, now, CALENDAR, rules)


def ids(message: Message | None) -> list[int]:
    return [one.id for one in message.parts] if message else []


@many
@given(INSTANTS, st.sampled_from(["normal", "urgent"]))
def test_nothing_ordinary_goes_outside_working_time(at: datetime, urgency: str) -> None:
    """For any instant of 2026; what may not go now goes at the next moment it may."""
    goes = next_sending_time(at, urgency, CALENDAR, RULES.hours)
    assert within(goes)
    assert (goes == at) is within(at)
    between = [at + (goes - at) * n / 50 for n in range(50)]
    assert within(at) or not any(within(moment) for moment in between)
    message = decided([owed(1, at - timedelta(days=20), urgency=urgency)], at).message
    assert (message is not None) is within(at)


@many
@given(INSTANTS)
def test_what_is_extra_urgent_goes_at_once(at: datetime) -> None:
    assert next_sending_time(at, "extra_urgent", CALENDAR, RULES.hours) == at


@pytest.mark.parametrize(
    "at", ["2026-10-13 02:00", "2026-10-01 10:00", "2026-11-28 10:00", "2026-10-13 12:00"]
)
def test_nights_holidays_weekends_and_noon_are_quiet(at: str) -> None:
    now = datetime.fromisoformat(at).replace(tzinfo=ZONE)
    ordinary, urgent = owed(1, now), owed(2, now, urgency="extra_urgent")
    assert ids(decided([ordinary, urgent], now).message) == [2]
    assert decided([ordinary], now).message is None


def test_a_working_saturday_is_a_working_day() -> None:
    now = datetime(2026, 10, 10, 9, 0, tzinfo=ZONE)
    assert ids(decided([owed(1, now)], now).message) == [1]


@st.composite
def _lives(draw: st.DrawFn) -> list[tuple[Owed, bool]]:
    """Messages of a few days, one after the other; whether the sink refuses at that moment."""
    at = draw(INSTANTS)
    out = []
    for number in range(1, draw(st.integers(1, 25)) + 1):
        at += timedelta(minutes=draw(st.sampled_from([0, 1, 5, 45, 700])))
        one = owed(number, at, urgency=draw(st.sampled_from(URGENCIES)))
        out.append((one, draw(st.booleans())))
    return out


@few
@given(_lives())
def test_everything_arrives_once_and_in_order(life: list[tuple[Owed, bool]]) -> None:
    """Whenever the sink refuses for a while, and whenever the sender looks."""
    waiting: dict[int, Owed] = {}
    arrived: list[tuple[datetime, Owed]] = []
    now = life[0][0].made_at

    def send(*, refuses: bool) -> None:
        while message := decided(list(waiting.values()), now).message:
            if refuses:
                for one in message.parts:
                    waiting[one.id] = replace(waiting[one.id], held=True)
                return
            for one in message.parts:
                assert within(now) or one.urgency == "extra_urgent"
                assert message.late or not one.held
                arrived.append((now, waiting.pop(one.id)))

    for one, refuses in life:
        now = one.made_at
        waiting[one.id] = one
        send(refuses=refuses)
    for _ in range(24 * 20):
        now += timedelta(hours=0.5)
        send(refuses=False)
    assert waiting == {}
    assert sorted(one.id for _, one in arrived) == [one.id for one, _ in life]
    for urgent in (True, False):
        alike = [one.id for _, one in arrived if (one.urgency == "extra_urgent") is urgent]
        assert alike == sorted(alike)


def test_what_lay_through_an_outage_goes_as_one_message_that_lists_it() -> None:
    lying = [owed(n, TUESDAY + timedelta(minutes=n)) for n in range(1, 5)]
    fresh = owed(9, TUESDAY + timedelta(minutes=119))
    first = decided([*lying, fresh], TUESDAY + timedelta(minutes=120)).message
    assert first is not None
    assert (ids(first), first.late) == ([1, 2, 3, 4], True)
    said = word(first, Channel.WECOM)
    assert said.title == "【补发】督办消息4条"
    assert said.text.splitlines()[3].startswith("4. 政督〔2026〕4号“改造”：督查事项下达")
    then = decided([fresh], TUESDAY + timedelta(minutes=120)).message
    assert then is not None
    assert (ids(then), then.late) == ([9], False)


def test_what_rang_late_because_of_us_goes_as_one_and_says_so() -> None:
    rang = [owed(n, late=True) for n in (1, 2, 3)]
    message = decided([*rang, owed(4)], TUESDAY).message
    assert message is not None
    assert (ids(message), message.late) == ([1, 2, 3], True)
    alone = decided([owed(1, late=True), owed(2)], TUESDAY).message
    assert alone is not None
    assert (ids(alone), alone.late) == ([1], True)


def test_one_message_lists_no_more_than_a_robot_takes() -> None:
    lying = [owed(n) for n in range(1, MOST_LISTED + 4)]
    message = decided(lying, TUESDAY + timedelta(hours=2)).message
    assert ids(message) == list(range(1, MOST_LISTED + 1))


def test_what_waited_for_the_morning_is_not_late() -> None:
    made = datetime(2026, 10, 13, 2, 0, tzinfo=ZONE)
    message = decided([owed(1, made)], datetime(2026, 10, 13, 8, 30, tzinfo=ZONE)).message
    assert message is not None
    assert not message.late


def test_what_two_minutes_held_up_is_late() -> None:
    message = decided([owed(1)], TUESDAY + timedelta(minutes=2, seconds=1)).message
    assert message is not None
    assert message.late
    assert word(message, Channel.SMS).text.startswith("【补发】")


def test_what_has_lost_its_point_is_not_sent() -> None:
    clock: dict[str, Any] = {"clock": "c1", "rung": "remind-3"}
    found = decided(
        [
            owed(1, ended=True, **clock),
            owed(2, stopped=True, **clock),
            owed(3, stopped=True, clock="c1", rung="lapse"),
            owed(4, ended=True, rung="review@9"),
        ],
        TUESDAY,
    )
    assert found.quiet == {1: ENDED, 2: STOPPED}
    assert found.held == (3, 4)


def test_a_reminder_gives_way_to_a_later_rung_of_its_clock() -> None:
    one: dict[str, Any] = {"item_id": "i", "clock": "c1"}
    found = decided(
        [
            owed(1, rung="remind-3", **one),
            owed(2, rung="remind-1", **one),
            owed(3, rung="lapse", **one),
            owed(4, rung="remind-1", item_id="other", clock="c1"),
        ],
        TUESDAY,
    )
    assert found.collapsed == {1: 3, 2: 3}
    assert found.held == (3, 4)


def test_what_failed_too_long_is_given_up_after_one_more_try() -> None:
    friday = datetime(2026, 10, 16, 17, 0, tzinfo=ZONE)
    monday = datetime(2026, 10, 19, 8, 30, tzinfo=ZONE)
    assert decided([owed(1, friday)], friday + timedelta(minutes=20)).given_up == ()
    found = decided([owed(1, friday)], monday)
    assert (ids(found.message), found.given_up) == ([1], (1,))


@pytest.mark.parametrize("channel", Channel)
def test_the_words_name_the_item_and_its_limit(channel: Channel) -> None:
    one = owed(7, item_title="老" * 60, due_at=datetime(2026, 10, 19, 23, 59, 59, tzinfo=ZONE))
    message = Message(parts=(one,), late=False, now=TUESDAY)
    said = word(message, channel, "https://duban.example/")
    assert "政督〔2026〕7号" in said.text
    assert "期限10月19日24时" in said.text
    assert ("老" * 60 in said.text) is (channel is not Channel.SMS)
    assert ("https://duban.example/items/i7" in said.text) is (channel is not Channel.SMS)


def test_what_is_about_no_item_one_may_read_names_none() -> None:
    message = Message(parts=(owed(7, number="", item_title=""),), late=False, now=TUESDAY)
    assert word(message, Channel.EMAIL, "https://d").text == "督查事项下达，请登录督办系统查看。"


def test_hours_are_read_and_checked() -> None:
    assert read_hours("08:30-12:00, 14:00-17:30") == Hours()
    assert read_hours("09:00-10:00").spans == ((time(9), time(10)),)
    for wrong in ("", "08:30", "12:00-08:30", "08:30-12:00,11:00-13:00", "8-9-10", "x-y"):
        with pytest.raises(Invalid):
            read_hours(wrong)


HOSTS = frozenset({"hooks.example.cn", "127.0.0.1:8080"})


@pytest.mark.parametrize(
    ("channel", "address", "hint"),
    [
        (Channel.EMAIL, "li.qiang@zhoucun.gov.cn", "l…@zhoucun.gov.cn"),
        (Channel.WECOM, "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa", "…5aaa"),
        (Channel.DINGTALK, "SEC0123456789abcdef@0123456789abcdef", "…cdef"),
        (Channel.FEISHU, "1d5f9c2e-0000-4000-8000-2f1b6a7c8d9e", "…8d9e"),
        (Channel.WEBHOOK, "https://hooks.example.cn/in?token=secret", "https://hooks.example.cn/…"),
        (Channel.WEBHOOK, "http://127.0.0.1:8080/in", "http://127.0.0.1:8080/…"),
        (Channel.SMS, "13805330000", "…0000"),
    ],
)
def test_an_address_is_taken_and_never_shown_whole(
    channel: Channel, address: str, hint: str
) -> None:
    assert check_address(channel, f" {address} ", HOSTS) == address
    assert hint_of(channel, address) == hint


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        (Channel.EMAIL, "nobody"),
        (Channel.EMAIL, "a@b.cn&cc=c@d.cn"),
        (Channel.WECOM, "key/../other?x=1"),
        (Channel.DINGTALK, "a@b@c"),
        (Channel.FEISHU, ""),
        (Channel.SMS, "053361"),
        (Channel.SMS, "１３８０５３３００００"),
        (Channel.WEBHOOK, "https://intranet.example.cn/"),
        (Channel.WEBHOOK, "https://127.0.0.1:9090/"),
        (Channel.WEBHOOK, "https://hooks.example.cn@127.0.0.1:9090/"),
        (Channel.WEBHOOK, "ftp://hooks.example.cn/"),
        (Channel.WEBHOOK, "https://[/"),
        (Channel.WEBHOOK, "https://127.0.0.1:8080@elsewhere.cn/"),
        (Channel.WEBHOOK, "https://hooks.example.cn\\@elsewhere.cn/"),
        (Channel.WEBHOOK, "https://hooks.example.cn/\r\nX: y"),
        (Channel.WEBHOOK, "https://hooks.example.cn#@elsewhere.cn"),
    ],
)
def test_an_address_that_may_lead_elsewhere_is_refused(channel: Channel, address: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_address(channel, address, HOSTS)
    assert refused.value.code == "bad_address"
    assert address not in refused.value.detail or not address


def test_a_host_named_without_a_port_is_allowed_on_any() -> None:
    assert is_allowed("http://hooks.example.cn:81/", HOSTS)
    assert not is_allowed("http://127.0.0.1/", HOSTS)
