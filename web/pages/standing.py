"""How a unit stands: its figures of a year, its deductions and their grounds, and what is overdue;
and the few lines of that with which a desk begins."""

from typing import Any

from starlette.responses import Response

from domain.items import Role
from domain.permissions import Right
from web.visits import Visit, route

FIGURES = (
    ("issued", "下达"),
    ("open", "在办"),
    ("closed", "办结"),
    ("overdue_now", "现在逾期"),
    ("lapsed", "曾逾期"),
    ("extensions", "申请延期"),
    ("returns", "退回补办"),
    ("reminders", "被催办"),
    ("misassigned", "误办"),
    ("circulars", "列入通报"),
)
"""In the order in which a unit is asked about them."""
MOST_OVERDUE, MOST_NOTICES = 50, 5
OVERVIEWS = frozenset({Role.UNIT, Role.DEPUTY, Role.CHIEF})


async def standing(visit: Visit) -> Response:
    """``GET /standing``: of the visitor's own unit."""
    unit = str(visit.visitor.person.unit)
    this_year = visit.context.now().astimezone(visit.zone).year
    asked = visit.asked().get("year", "")
    year = int(asked) if asked.isdecimal() and len(asked) == 4 else this_year
    units = await visit.api.get(f"/units/{unit}")
    return visit.page(
        "standing",
        unit=units,
        year=year,
        years=range(this_year, this_year - 5, -1),
        figures=FIGURES,
        row=await _row(visit, unit, year),
        sheet=await visit.api.get("/deductions/sheet", unit=unit, year=year),
        overdue=await visit.api.get("/items", lamp="red", lead=unit, limit=MOST_OVERDUE),
        notices=await visit.api.get("/inbox", unread=True, limit=MOST_NOTICES),
    )


async def _row(visit: Visit, unit: str, year: int) -> dict[str, Any] | None:
    """The figures of what the unit leads, none where nothing was handed out to it."""
    found = await visit.api.get("/stats", group_by="unit", lead=unit, year=year)
    return next((row for row in found["items"] if row["key"] == unit), None)


async def overview(visit: Visit) -> dict[str, Any] | None:
    """This year's figures of what a unit leads, or of all that a leader sees."""
    person = visit.visitor.person
    if person.role not in OVERVIEWS:
        return None
    year = visit.context.now().astimezone(visit.zone).year
    if person.role is Role.UNIT:
        return await _row(visit, str(person.unit), year)
    total: dict[str, Any] = (await visit.api.get("/stats", group_by="status", year=year))["total"]
    return total if total["issued"] else None


ROUTES = [route("/standing", standing, right=Right.ANSWER_CIRCULARS)]
