"""Dates that cross into a year without a notice are 暂定; loading the notice moves them (E14).

The year is loaded once for the whole session: what was there before is read first.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest_asyncio

from tests.api.test_dates import codes, days_of, reasons
from tests.people import ZONE, Json, People, dated, directive, ordinary

E14 = "2026-12-28"
E14_DAYS = "12-28:0 12-29:1 12-30:2 12-31:3 01-01:- 01-02:- 01-03:- 01-04:4 01-05:5"


def next_turn() -> int:
    """The year that begins after the coming 28 December."""
    today = datetime.now(ZONE).date()
    return today.year + (1 if (today.month, today.day) <= (12, 28) else 2)


YEAR = next_turn()
BEFORE = f"{YEAR - 1}-12-28T09:00:00+08:00"


def notice(number: str, last_rest_day: int) -> Json:
    """A plausible notice: rest from 1 January, the next Saturday worked for it."""
    rest = [date(YEAR, 1, day) for day in range(1, last_rest_day + 1)]
    later = [rest[-1] + timedelta(days=days) for days in range(1, 8)]
    worked = next(day for day in later if day.weekday() == 5)
    return {
        "year": YEAR,
        "notice": number,
        "rest_days": [day.isoformat() for day in rest],
        "work_days": [worked.isoformat()],
    }


FIRST = notice("国办发明电〔甲〕7号", 4)
SECOND = notice("国办发明电〔乙〕8号", 5)


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What was seen before the year was loaded, and the answer to loading it."""

    previews: list[Json]
    e14: Json
    crossing: Json
    directive: Json
    named: Json
    ended: Json
    year_before: Json
    loaded: Json


@pytest_asyncio.fixture(scope="session")
async def turn(desk: People) -> AsyncIterator[Turn]:
    """Issue, look, then load the year."""
    previews = [
        (await desk.post("jtj", "/calendar/preview", {"rule": "ordinary_result", "start": start}))
        for start in (E14, f"{E14}T09:00:00+08:00")
    ]
    e14 = await desk.issue(ordinary(issued_at=f"{E14}T09:00:00+08:00"))
    crossing = await desk.issue(ordinary(issued_at=BEFORE))
    ordered = await desk.issue(directive(issued_at=BEFORE))
    named = await desk.issue(dated(due_on=f"{YEAR}-01-04", issued_at=BEFORE))
    ended = await desk.issue(ordinary(issued_at=BEFORE))
    ended = await desk.act("office", ended, "termination", reason="并入他项")
    year_before = (await desk.get("zjj", f"/calendar/{YEAR}")).json()
    loaded = await desk.put("office", f"/calendar/{YEAR}", FIRST)
    assert loaded.status_code == 200, loaded.text
    await desk.until(crossing, _moved)
    await desk.until(ordered, _moved)
    yield Turn(
        previews=[answer.json() for answer in previews],
        e14=e14,
        crossing=crossing,
        directive=ordered,
        named=named,
        ended=ended,
        year_before=year_before,
        loaded=loaded.json(),
    )


def _moved(row: Json) -> bool:
    return bool(row["clocks"][0]["due_version"] > 1)


async def test_a_year_without_a_notice_makes_the_date_provisional(turn: Turn) -> None:
    assert (turn.year_before["provisional"], turn.year_before["edition"]) == (True, 0)
    assert turn.previews[0] == turn.previews[1]
    for shown in (turn.previews[0], turn.e14["clocks"][0]):
        assert (shown["due_on"], shown["due_at"]) == ("2027-01-05", "2027-01-05T23:59:59+08:00")
        assert shown["provisional"] is True
        assert days_of(shown["derivation"]) == E14_DAYS
        assert reasons(shown["derivation"])["01-01"] == "元旦休息（暂定）"
        assert reasons(shown["derivation"])["01-04"] == "工作日（暂定）"
    assert codes(turn.previews[0]) == {"provisional"}
    assert "provisional" in codes(turn.e14)


async def test_loading_the_notice_moves_what_was_provisional(desk: People, turn: Turn) -> None:
    assert (turn.loaded["edition"], turn.loaded["provisional"]) == (1, False)
    before, after = turn.crossing, await desk.read(turn.crossing)
    assert "provisional" in codes(before)
    assert after["due_on"] > max(before["due_on"], f"{YEAR}-01-04")
    assert after["original_due_at"] == before["due_at"]
    clock = after["clocks"][0]
    assert (clock["original_due_at"], clock["lapsed"]) == (before["due_at"], False)
    assert "放假安排" in clock["moved_because"]
    assert "国办发明电" in clock["moved_because"]
    assert reasons(clock["derivation"])["01-04"] == "节假日休息"
    last_year_known = not (await desk.get("zjj", f"/calendar/{YEAR - 1}")).json()["provisional"]
    assert clock["provisional"] is not last_year_known
    assert ("provisional" in codes(after)) is not last_year_known
    moved = next(e for e in await desk.timeline(turn.crossing) if e["act"] == "apply_calendar")
    assert before["due_on"][:4] in moved["summary"]
    assert FIRST["notice"] in moved["summary"]
    assert moved["actor"]["username"] == "office"
    if YEAR == 2027:
        assert "由2027年1月5日24时改为2027年1月6日24时" in moved["summary"]


async def test_those_concerned_are_told_of_the_move(desk: People, turn: Turn) -> None:
    for who in ("zjj", "deputy", "office"):
        told = [n for n in await desk.inbox(who, turn.crossing) if n["title"] == "录入工作日历"]
        assert told, who
        assert FIRST["notice"] in told[-1]["text"]
    assert await desk.inbox("jtj", turn.crossing) == []


async def test_a_directive_moves_as_well(desk: People, turn: Turn) -> None:
    after = await desk.read(turn.directive)
    assert after["due_on"] > f"{YEAR}-01-04"
    assert after["original_due_at"] == turn.directive["due_at"]


async def test_a_named_date_and_an_ended_item_stay_as_they_are(desk: People, turn: Turn) -> None:
    named = await desk.read(turn.named)
    assert (named["due_on"], named["due_at"]) == (turn.named["due_on"], turn.named["due_at"])
    assert named["clocks"][0]["due_version"] == 1
    ended = await desk.read(turn.ended)
    assert ended == turn.ended
    assert "apply_calendar" not in {entry["act"] for entry in await desk.timeline(ended)}


async def test_the_same_notice_again_changes_nothing_another_moves_again(
    desk: People, turn: Turn
) -> None:
    known = (await desk.get("zjj", f"/calendar/{YEAR}")).json()
    if known["edition"] == 1:
        again = await desk.put("admin", f"/calendar/{YEAR}", FIRST)
        assert (again.status_code, again.json()["edition"]) == (200, 1)
    before = await desk.read(turn.crossing)
    corrected = await desk.put("office", f"/calendar/{YEAR}", SECOND)
    assert corrected.json()["edition"] == 2
    after = await desk.until(turn.crossing, lambda row: row["clocks"][0]["due_version"] > 2)
    assert after["due_on"] > before["due_on"]
    assert after["original_due_at"] == turn.crossing["due_at"]
    acts = [entry["act"] for entry in await desk.timeline(turn.crossing)]
    assert acts == ["issue", "apply_calendar", "apply_calendar"]
    assert (await desk.read(turn.ended)) == turn.ended
