"""Who had an item, from when to when (O6; the time ledger): a partition of its life.

The spans of an item follow one another without gap or overlap, in whole seconds, so that they add
up to its life exactly, in calendar days and in working days alike.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from domain.calendar import ONE_DAY, WorkingCalendar
from domain.figures import Case, Line, first_unit, standing, unit_after
from domain.items import ENDED, HOLDERS, UNISSUED, Status

DAY_SECONDS = 86_400
NOBODY = ""
"""Struck off, or issued with a day that is still to come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One holder's time: one of :data:`domain.items.HOLDERS`, or nobody. ``unit`` led it then."""

    holder: str
    unit: str
    start: datetime
    end: datetime

    @property
    def seconds(self) -> int:
        """How long, in calendar time."""
        return int((self.end - self.start).total_seconds())


class WorkingDays:
    """Counts on one calendar, many times over: each year is walked once."""

    def __init__(self, calendar: WorkingCalendar) -> None:
        self._calendar = calendar
        self._years: dict[int, list[int]] = {}

    def between(self, start: date, end: date) -> int:
        """How many working days lie after ``start`` up to and including ``end`` (0 if none)."""
        if end <= start:
            return 0
        if start.year == end.year:
            return self._up_to(end) - self._up_to(start)
        whole = sum(self._of(year)[-1] for year in range(start.year + 1, end.year))
        return self._of(start.year)[-1] - self._up_to(start) + whole + self._up_to(end)

    def is_working(self, on: date) -> bool:
        """Whether ``on`` is a 工作日."""
        return self.between(on - ONE_DAY, on) == 1

    def seconds(self, start: datetime, end: datetime) -> int:
        """The seconds from ``start`` to ``end`` that lie on working days."""
        if end <= start:
            return 0
        first, last = start.date(), end.date()
        before, after = _of_day(start), _of_day(end)
        if first == last:
            return (after - before) * self.is_working(first)
        whole = self.between(first, last - ONE_DAY) * DAY_SECONDS
        opening = (DAY_SECONDS - before) * self.is_working(first)
        return opening + whole + after * self.is_working(last)

    def _up_to(self, on: date) -> int:
        return self._of(on.year)[on.timetuple().tm_yday - 1]

    def _of(self, year: int) -> list[int]:
        if year not in self._years:
            day, counted, sums = date(year, 1, 1), 0, []
            while day.year == year:
                counted += self._calendar.is_working(day)
                sums.append(counted)
                day += ONE_DAY
            self._years[year] = sums
        return self._years[year]


def _of_day(at: datetime) -> int:
    return at.hour * 3600 + at.minute * 60 + at.second


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How long somebody had something: in all, and of that on working days."""

    seconds: int = 0
    working: int = 0

    def __add__(self, other: "Share") -> "Share":
        return Share(seconds=self.seconds + other.seconds, working=self.working + other.working)


def shares(found: Iterable[Span], days: WorkingDays) -> dict[str, Share]:
    """What each holder's spans come to; nobody's are left out."""
    sums: dict[str, Share] = {}
    for span in found:
        if span.holder != NOBODY:
            own = Share(seconds=span.seconds, working=days.seconds(span.start, span.end))
            sums[span.holder] = sums.get(span.holder, Share()) + own
    return sums


def spans(case: Case, now: datetime) -> tuple[Span, ...]:
    """The whole life of an item up to ``now``, or to where it ended. Instants are put into the
    zone of ``now``; what was annulled has moved nothing."""
    found, unit = list[Span](), first_unit(case)
    present, status, floor = None, Status.DRAFT, _first_issue(case, now)
    for line in standing(case.lines):
        if line.act == "annul_act":
            continue
        after = _status_after(line, status, first=present is None)
        unit_now = unit_after(line, unit)
        if present is None:
            floor = floor if after not in UNISSUED else line.at
            present = _begin(after, unit_now, floor, now)
        elif after is not status or (unit_now != unit and after not in UNISSUED):
            at = (_said_day(line, now) if _hands_out(line) else None) or line.at
            at = at if status in UNISSUED else max(at, floor)  # a 下达 may lie ahead
            floor = max(floor, at) if status in UNISSUED else floor
            found.append(replace(present, end=max(_whole(min(at, line.at), now), present.start)))
            found = _cut(found, _whole(at, now))
            present = _begin(after, unit_now, at, now)
        status, unit = after, unit_now
    if present is None:
        return ()
    end = present.start if status in ENDED else max(_whole(now, now), present.start)
    return _joined((*found, replace(present, end=end)))


def _first_issue(case: Case, now: datetime) -> datetime:
    """The day of the first 下达: the row knows the last one only, where it was issued again."""
    first, *others = case.lines
    again = any(_hands_out(line) for line in others)
    if first.act != "issue" or not again:
        return case.issued_at
    return _said_day(first, now) or first.at


def _hands_out(line: Line) -> bool:
    before, after = line.changed.get("status", (None, None))
    return before in UNISSUED and after == Status.ISSUED


def _said_day(line: Line, now: datetime) -> datetime | None:
    """The day that a 下达 names; without a zone it is the district's."""
    said = line.body.get("issued_at")
    at = datetime.fromisoformat(said) if said else None
    return at.replace(tzinfo=now.tzinfo) if at and at.tzinfo is None else at


def _status_after(line: Line, before: Status, *, first: bool) -> Status:
    if first:
        return Status(line.status)
    return Status(line.changed["status"][1]) if "status" in line.changed else before


def _begin(status: Status, unit: str, at: datetime, now: datetime) -> Span:
    start = _whole(at, now)
    return Span(holder=HOLDERS.get(status, NOBODY), unit=unit, start=start, end=start)


def _whole(at: datetime, now: datetime) -> datetime:
    return at.astimezone(now.tzinfo).replace(microsecond=0)


def _cut(before: list[Span], at: datetime) -> list[Span]:
    """The spans up to ``at``: of what was issued with an earlier day the unit had it since then."""
    return [replace(span, end=min(span.end, at)) for span in before if span.start < at]


def _joined(found: Iterable[Span]) -> tuple[Span, ...]:
    """With nobody in the gaps, and one span as long as the holder stays the same."""
    whole: list[Span] = []
    for span in found:
        if whole and whole[-1].end < span.start:
            whole.append(replace(span, holder=NOBODY, start=whole[-1].end, end=span.start))
        if span.end <= span.start:
            continue
        last = whole[-1] if whole else None
        if last and (last.holder, last.unit) == (span.holder, span.unit):
            whole[-1] = replace(last, end=span.end)
        else:
            whole.append(span)
    return tuple(whole)
