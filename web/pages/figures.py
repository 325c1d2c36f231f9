"""Figures that open to their lines (R58), 三必 (R12), and the ledgers."""

from starlette.responses import Response

from web.registers import units
from web.visits import Visit, passed_on, route
from web.words import NAMES

GROUPS = {
    "unit": "牵头单位",
    "leader": "区政府分管领导",
    "category": "督查重点类别",
    "kind": "时限类型",
    "status": "状态",
    "period": "下达的月份",
}
SHOWN = {
    "issued": "下达",
    "open": "在办",
    "closed": "办结",
    "overdue_now": "现在逾期",
    "lapsed": "曾逾期",
    "extensions": "延期",
    "returns": "退回",
    "circulars": "通报",
}
FILTERS = ("group_by", "unit", "category", "kind", "year", "issued_from", "issued_until")
LINES = ("figure", "group_by", "group", "cursor", *FILTERS[1:])


async def stats(visit: Visit) -> Response:
    """``GET /stats``."""
    asked = {name: said for name, said in visit.asked().items() if name in FILTERS}
    asked.setdefault("group_by", "unit")
    found = await visit.api.get("/stats", **asked)
    checks = {name: said for name, said in asked.items() if name != "group_by"}
    return visit.page(
        "stats",
        asked=asked,
        groups=GROUPS,
        shown=SHOWN,
        stats=found,
        most=max((row["issued"] for row in found["items"]), default=0),
        checks=await visit.api.get("/integrity", **checks),
        ledgers=(await visit.api.get("/ledgers"))["items"],
        units=await units(visit),
        names=NAMES,
    )


async def lines(visit: Visit) -> Response:
    """``GET /stats/lines``: the items that a figure counts."""
    asked = {name: said for name, said in visit.asked().items() if name in LINES}
    return visit.page(
        "stats_lines", lines=await visit.api.get("/stats/lines", **asked), asked=asked
    )


async def points(visit: Visit) -> Response:
    """``GET /stats/points``: the lines of deductions that add up to a figure."""
    asked = {name: said for name, said in visit.asked().items() if name in LINES}
    return visit.page(
        "stats_points", lines=await visit.api.get("/stats/points", **asked), asked=asked
    )


async def ledger(visit: Visit) -> Response:
    """``GET /ledgers/{name}.{format}``: a whole ledger as a file."""
    return passed_on(
        await visit.api.answer(
            "GET", f"/ledgers/{visit.part('name')}/export", query={"format": visit.path("format")}
        )
    )


ROUTES = [
    route("/stats", stats),
    route("/stats/lines", lines),
    route("/stats/points", points),
    route("/ledgers/{name}.{format}", ledger),
]
