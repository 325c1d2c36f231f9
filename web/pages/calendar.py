"""The working calendar: the year as months, loading a year's notice after a look at what would
move, and trying out what date a rule gives (domain.md §3)."""

import calendar as months
import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from starlette.responses import Response

from domain.calendar import CalendarYear, Day, WorkingCalendar
from domain.clocks import CLAUSES, NAMES, Rule
from domain.items import Json
from domain.permissions import Right, has_right
from web.backend import Problem
from web.complaints import Complaint, complaint
from web.forms import KEY, Field, Kind
from web.plain import REFUSED
from web.render import new_key
from web.visits import Visit, go, route

FIELDS = (
    Field(name="notice", label="放假通知的文号", kind=Kind.LINE, required=True),
    Field(
        name="rest_days",
        label="放假的日子",
        kind=Kind.TEXT,
        required=True,
        hint="含其中的周末；每行一天或一段，例如：10月1日至10月7日",
    ),
    Field(
        name="work_days",
        label="调休上班的日子",
        kind=Kind.TEXT,
        hint="只填周末改为上班的；每行一天，例如：10月10日",
    ),
)
LONGEST_SPAN = 60
TRIED = (
    Rule.ORDINARY_RESULT,
    Rule.DIRECTIVE_PLAN,
    Rule.DIRECTIVE_RESULT,
    Rule.NAMED_DATE,
    Rule.RECEIPT,
    Rule.EXPLANATION,
    Rule.REWORK,
    Rule.RECHECK_30D,
    Rule.SLOT_WEEK,
    Rule.SLOT_MONTH,
    Rule.SLOT_QUARTER,
    Rule.YEAR_END,
    Rule.AFTER_CIRCULAR,
)
RULE_NAMES = {
    str(rule): f"{'指定的日期' if rule is Rule.NAMED_DATE else NAMES[rule]}（{CLAUSES[rule]}）"
    for rule in TRIED
}


async def this_year(visit: Visit) -> Response:
    """``GET /calendar``: the present year."""
    return go(f"/calendar/{visit.context.now().astimezone(visit.zone).year}")


async def year_page(visit: Visit) -> Response:
    """``GET /calendar/{year}``."""
    found = await visit.api.get(f"/calendar/{visit.part('year')}")
    return visit.page(
        "calendar",
        year=found,
        months=_months(found),
        saved=visit.asked().get("done") == "saved",
        may_change=has_right(Right.REGISTERS, visit.visitor.person),
    )


def _months(found: Json) -> list[list[list[Day | None]]]:
    """The weeks of each month, with what kind of day each day is."""
    year = int(found["year"])
    calendar = WorkingCalendar(years=() if found["provisional"] else (_loaded(found),))
    weeks = months.Calendar().monthdatescalendar
    return [
        [
            [calendar.day(day) if day.month == month else None for day in week]
            for week in weeks(year, month)
        ]
        for month in range(1, 13)
    ]


def _loaded(found: Json) -> CalendarYear:
    return CalendarYear(
        year=found["year"],
        notice=found["notice"],
        rest_days=tuple(map(date.fromisoformat, found["rest_days"])),
        work_days=tuple(map(date.fromisoformat, found["work_days"])),
    )


async def edit_page(visit: Visit) -> Response:
    """``GET /calendar/{year}/edit``."""
    found = await visit.api.get(f"/calendar/{visit.part('year')}")
    said = {"notice": found["notice"]}
    for name in ("rest_days", "work_days"):
        said[name] = "\n".join(_spans(map(date.fromisoformat, found[name])))
    return _drawn(visit, said)


async def edit(visit: Visit) -> Response:
    """``POST /calendar/{year}/edit``: to look at what would move, or to load it."""
    said, at = await visit.form(), f"/calendar/{visit.part('year')}"
    year = visit.path("year")
    try:
        body = {
            "year": int(year) if year.isdecimal() else year,
            "notice": said.get("notice", ""),
            "rest_days": _days(said.get("rest_days", ""), year),
            "work_days": _days(said.get("work_days", ""), year),
        }
        if said.get("wants") != "save":
            return _drawn(visit, said, trial=await visit.api.post(f"{at}/preview", body))
        await visit.api.put(at, body)
    except Problem as problem:
        if problem.status not in REFUSED:
            raise
        wrong = complaint(FIELDS, problem.detail)
        return _drawn(visit, said, status=problem.status, wrong=wrong)
    return go(f"{at}?done=saved")


def _drawn(
    visit: Visit,
    said: dict[str, str],
    *,
    status: int = 200,
    trial: dict[str, Any] | None = None,
    wrong: Complaint | None = None,
) -> Response:
    return visit.page(
        "calendar_edit",
        status=status,
        year=visit.path("year"),
        fields=FIELDS,
        said=said,
        key=said.get(KEY) or new_key(),
        trial=trial,
        complaint=wrong,
    )


_ONE = r"(?:(\d{4})[-年./])?(\d{1,2})[-月./](\d{1,2})日?"
_SPAN = re.compile(rf"{_ONE}(?:\s*(?:至|到|~|～|—|－)\s*{_ONE})?")


def _days(text: str, year: str) -> list[str]:
    """The days that lines say; what cannot be read goes to the API as it stands, which says so."""
    parts = (part.strip() for part in re.split(r"[\n\r,，、;；]+", text))
    return [day for part in parts if part for day in _span(part, year)]


def _span(part: str, year: str) -> list[str]:
    found = _SPAN.fullmatch(part)
    if not found:
        return [part]
    try:
        first = date(int(found[1] or year), int(found[2]), int(found[3]))
        last = date(int(found[4] or year), int(found[5]), int(found[6])) if found[5] else first
    except ValueError:
        return [part]
    length = (last - first).days
    if length < 0:
        told = f"“{part}”的起日晚于止日，请核对。"
        raise Problem(422, "bad_span", told, {})
    if length >= LONGEST_SPAN:
        return [part]
    return [(first + timedelta(days=n)).isoformat() for n in range(length + 1)]


def _spans(days: Iterator[date]) -> Iterator[str]:
    """Days as people write them: one after the other as a span."""
    run: list[date] = []
    for day in days:
        if run and day - run[-1] != timedelta(days=1):
            yield _said(run)
            run = []
        run.append(day)
    if run:
        yield _said(run)


def _said(run: list[date]) -> str:
    first, last = (f"{day.month}月{day.day}日" for day in (run[0], run[-1]))
    return first if first == last else f"{first}至{last}"


async def trial(visit: Visit) -> Response:
    """``GET /calendar/preview``: what date a rule gives, day by day."""
    asked = visit.asked()
    found, wrong = None, None
    if "rule" in asked or "start" in asked:
        try:
            body = {"rule": asked.get("rule", ""), "start": asked.get("start", "")}
            found = await visit.api.post("/calendar/preview", body)
        except Problem as problem:
            if problem.status != 422:
                raise
            fields = (
                Field(name="rule", label="哪项期限", kind=Kind.CHOICE),
                Field(name="start", label="起算日", kind=Kind.DATE),
            )
            wrong = complaint(fields, problem.detail)
    return visit.page(
        "calendar_trial",
        status=422 if wrong else 200,
        rules=RULE_NAMES,
        asked=asked,
        found=found,
        complaint=wrong,
    )


ROUTES = [
    route("/calendar", this_year, right=Right.READ_RULES),
    route("/calendar/preview", trial, right=Right.READ_RULES),
    route("/calendar/{year}", year_page, right=Right.READ_RULES),
    route("/calendar/{year}/edit", edit_page, right=Right.REGISTERS),
    route("/calendar/{year}/edit", edit, "POST", right=Right.REGISTERS),
]
