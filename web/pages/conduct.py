"""How units fare: 延办、误办、漏办 (R49), what is asked of them (R59), whose the time was (O6)."""

from typing import Any

from starlette.responses import Response

from api.figure_files import GROUP_NAMES
from domain.burden import ASKED_NAMES, REPORTS
from domain.figures import FAULT_NAMES
from domain.items import HOLDER_NAMES
from web.backend import Problem
from web.complaints import in_words
from web.registers import units
from web.visits import View, Visit, passed_on, route
from web.words import NAMES

OF_ITEMS = ("unit", "category", "kind", "year", "issued_from", "issued_until")
"""The filters of the statistics page: each of these pages is reached from it, and keeps them."""
OF_FAULTS, OF_WEEKS, OF_GROUP = (
    ("at_fault", "fault"),
    ("since", "until", "unit"),
    ("group_by", "group"),
)


def _asked(visit: Visit, *names: str) -> dict[str, str]:
    return {name: said for name, said in visit.asked().items() if name in names}


def _file(path: str, *names: str) -> View:
    """All that the page at ``path`` shows under the same filters, as a file."""

    async def file(visit: Visit) -> Response:
        asked = _asked(visit, *names, "format")
        return passed_on(await visit.api.answer("GET", f"{path}/export", query=asked))

    return file


async def faults(visit: Visit) -> Response:
    """``GET /faults``."""
    asked = _asked(visit, *OF_ITEMS)
    return visit.page(
        "faults",
        asked=asked,
        faults=await visit.api.get("/faults", **asked),
        kinds=FAULT_NAMES,
        units=await units(visit),
        names=NAMES,
    )


async def fault_lines(visit: Visit) -> Response:
    """``GET /faults/lines``: each fault with what proves it."""
    asked = _asked(visit, *OF_ITEMS, *OF_FAULTS, "cursor")
    return visit.page(
        "fault_lines",
        asked=asked,
        lines=await visit.api.get("/faults/lines", **asked),
        kinds=FAULT_NAMES,
        units=dict(await units(visit)),
    )


async def burden(visit: Visit) -> Response:
    """``GET /burden``; a period that cannot be is said above the form."""
    asked = _asked(visit, *OF_WEEKS)
    found: dict[str, Any] = {"items": []}
    wrong = ""
    try:
        found = await visit.api.get("/burden", **asked)
    except Problem as problem:
        if problem.status != 422:
            raise
        wrong = in_words(problem.detail)
    return visit.page(
        "burden",
        status=422 if wrong else 200,
        asked=asked,
        complaint=wrong,
        found=found,
        by_unit=_by_unit(found["items"]),
        reports={str(what): name for what, name in ASKED_NAMES.items() if what in REPORTS},
        reminders={str(what): name for what, name in ASKED_NAMES.items() if what not in REPORTS},
        units=await units(visit),
    )


def _by_unit(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The weeks of each unit, in the order in which the API has them."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["unit"], []).append(row)
    return list(found.values())


async def burden_lines(visit: Visit) -> Response:
    """``GET /burden/lines``: each thing that was asked of a unit."""
    asked = _asked(visit, *OF_WEEKS, "cursor")
    return visit.page(
        "burden_lines",
        asked=asked,
        lines=await visit.api.get("/burden/lines", **asked),
        units=dict(await units(visit)),
    )


async def time(visit: Visit) -> Response:
    """``GET /time-ledger``."""
    asked = _asked(visit, *OF_ITEMS, "group_by")
    if asked.get("group_by") not in GROUP_NAMES:
        asked["group_by"] = "unit"
    found = await visit.api.get("/time-ledger", **asked)
    return visit.page(
        "time_ledger",
        asked=asked,
        groups=GROUP_NAMES,
        times=found,
        most=max((row["total"]["seconds"] for row in found["items"]), default=0),
        holders=HOLDER_NAMES,
        units=await units(visit),
        names=NAMES,
    )


async def time_lines(visit: Visit) -> Response:
    """``GET /time-ledger/lines``: each item, in whose hands it was from when to when."""
    asked = _asked(visit, *OF_ITEMS, *OF_GROUP, "cursor")
    return visit.page(
        "time_lines",
        asked=asked,
        lines=await visit.api.get("/time-ledger/lines", **asked),
        units=dict(await units(visit)),
    )


ROUTES = [
    route("/faults", faults),
    route("/faults/export", _file("/faults", *OF_ITEMS)),
    route("/faults/lines", fault_lines),
    route("/faults/lines/export", _file("/faults/lines", *OF_ITEMS, *OF_FAULTS)),
    route("/burden", burden),
    route("/burden/export", _file("/burden", *OF_WEEKS)),
    route("/burden/lines", burden_lines),
    route("/burden/lines/export", _file("/burden/lines", *OF_WEEKS)),
    route("/time-ledger", time),
    route("/time-ledger/export", _file("/time-ledger", *OF_ITEMS, "group_by")),
    route("/time-ledger/lines", time_lines),
    route("/time-ledger/lines/export", _file("/time-ledger/lines", *OF_ITEMS, *OF_GROUP)),
]
