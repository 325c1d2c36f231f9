"""Faults, burden and time (:mod:`api.figures`) as files: all that the tables and their lines show
under the same conditions."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.context import ContextDep
from api.export import AS_FILE
from api.figure_schemas import (
    BurdenFile,
    BurdenLinesFile,
    FaultLinesFile,
    ShareOut,
    TimeFile,
    TimeLinesFile,
)
from api.figures import (
    burden_page,
    burden_table,
    days_of,
    fault_page,
    fault_table,
    time_page,
    time_table,
    timed,
    wanted,
)
from api.items import ExportQuery
from api.ledger_columns import Cell, Column, Ledger, View, Width
from api.ledger_files import exported
from api.rights import ActorDep
from domain.burden import ASKED_NAMES, REPORTS, Asked
from domain.figures import FAULT_NAMES
from domain.items import HOLDER_NAMES, Actor
from ledger.own import Own
from store.filters import Filters
from store.rows import LAMP_NAMES, Lamp, Page
from store.session import ReadConnection

router = APIRouter(tags=["统计"])
GROUP_NAMES = {"unit": "当时承办的单位", "leader": "区政府分管领导"}
"""By what the time is told apart."""


def _c(
    heading: str, value: Callable[[Any, View], Cell], width: Width = Width.NORMAL
) -> Column[Any]:
    return Column(key=heading, heading=heading, value=value, width=width)


def _item(of: Callable[[Any], Any]) -> tuple[Column[Any], ...]:
    """The item of a row, and how it stands."""
    return (
        _c(Own.NUMBER, lambda row, _: of(row).number),
        _c(Own.TITLE, lambda row, _: of(row).title, Width.WIDE),
        _c(Own.STATUS, lambda row, _: of(row).status_name),
        _c(Own.LAMP, lambda row, _: LAMP_NAMES[Lamp(of(row).lamp)], Width.NARROW),
    )


def _number(heading: str, of: Callable[[Any], int]) -> Column[Any]:
    return _c(heading, lambda row, _: of(row), Width.NARROW)


def _asked(what: Asked) -> Callable[[Any], int]:
    return lambda row: int(row.asked.get(what, 0))


def _days(name: str, of: Callable[[Any], ShareOut]) -> tuple[Column[Any], ...]:
    return (
        _c(f"{name}日历日", lambda row, _: Decimal(str(of(row).days)), Width.NARROW),
        _c(f"{name}工作日", lambda row, _: Decimal(str(of(row).working_days)), Width.NARROW),
    )


FAULTS = (
    _c("当时承办的单位", lambda row, _: row.unit_name),
    *(_number(name, attrgetter(kind.value)) for kind, name in FAULT_NAMES.items()),
)
FAULT_LINES = (
    _c("当时承办的单位", lambda row, view: view.units.get(row.unit, row.unit)),
    _c("情形", lambda row, _: row.name, Width.WIDE),
    _c("时间", lambda row, _: row.at),
    _c("依据（办理过程第几条）", lambda row, _: row.entry),
    *_item(lambda row: row.item),
)
BURDEN = (
    _c("单位", lambda row, _: row.unit_name),
    _c("周（周一）", lambda row, _: row.week),
    _number("须报送", attrgetter("reports")),
    *(
        _number(f"其中{name}", _asked(what))
        for what, name in ASKED_NAMES.items()
        if what in REPORTS
    ),
    _number("催办和提醒", attrgetter("reminders")),
    *(
        _number(f"其中{name}", _asked(what))
        for what, name in ASKED_NAMES.items()
        if what not in REPORTS
    ),
)
BURDEN_LINES = (
    _c("日期", lambda row, _: row.on),
    _c("种类", lambda row, _: row.what_name),
    _c("要求", lambda row, _: row.name),
    _c(Own.NUMBER, lambda row, _: row.item_number),
    _c(Own.TITLE, lambda row, _: row.item_title, Width.WIDE),
)
TIME = (
    _number("事项数", attrgetter("count")),
    *(
        column
        for holder, name in HOLDER_NAMES.items()
        for column in _days(f"{name} ", attrgetter(holder))
    ),
    *_days("共计 ", lambda row: row.total),
)
TIME_LINES = (
    *_item(lambda row: row[0].item),
    _c("在谁手中", lambda row, _: row[1].holder_name),
    _c("当时承办的单位", lambda row, view: view.units.get(row[1].unit, row[1].unit)),
    _c("自", lambda row, view: row[1].start.astimezone(view.zone)),
    _c("至", lambda row, view: row[1].end.astimezone(view.zone)),
    *_days("", lambda row: row[1].share),
    _c("秒数", lambda row, _: row[1].share.seconds),
)
"""A row is an item's line and one of its spans."""


@router.get(
    "/faults/export",
    summary="导出延办、误办、漏办",
    description="与 GET /faults 同样的条件、同样的各行；xlsx 或 csv。",
    response_class=Response,
    responses=AS_FILE,
)
async def export_faults(
    query: Annotated[ExportQuery, Query()], context: ContextDep, actor: ActorDep
) -> Response:
    """What went wrong, by unit."""

    async def read(conn: ReadConnection, *_: Any) -> Page[Any]:  # noqa: ANN401 - of a reader
        return _whole((await fault_table(conn, actor, query)).items)

    ledger = Ledger(name="faults", title="延办、误办、漏办", read=read, columns=FAULTS)
    return await exported(context, ledger, actor, wanted(query), query.format)


@router.get(
    "/faults/lines/export",
    summary="导出延办、误办、漏办的明细",
    description="与 GET /faults/lines 同样的条件，本人可见的全部，不分页；xlsx 或 csv。",
    response_class=Response,
    responses=AS_FILE,
)
async def export_fault_lines(
    query: Annotated[FaultLinesFile, Query()], context: ContextDep, actor: ActorDep
) -> Response:
    """Each fault with its proof."""
    zone = context.settings.zone

    async def read(
        conn: ReadConnection, actor: Actor, _: Filters, limit: int, cursor: str | None
    ) -> Page[Any]:
        found = await fault_page(conn, actor, query, zone, limit, cursor)
        return Page(items=tuple(found.items), next_cursor=found.next_cursor)

    ledger = Ledger(
        name="fault-lines",
        title="延办、误办、漏办明细",
        read=read,
        columns=FAULT_LINES,
        besides=_said(当时承办的单位=query.at_fault, 情形=query.fault and FAULT_NAMES[query.fault]),
    )
    return await exported(context, ledger, actor, wanted(query), query.format)


@router.get(
    "/burden/export",
    summary="导出基层负担",
    description="与 GET /burden 同样的条件、同样的各行；xlsx 或 csv。",
    response_class=Response,
    responses=AS_FILE,
)
async def export_burden(
    query: Annotated[BurdenFile, Query()], context: ContextDep, actor: ActorDep
) -> Response:
    """What was asked of each unit, week by week."""
    days = days_of(query, context)

    async def read(conn: ReadConnection, *_: Any) -> Page[Any]:  # noqa: ANN401 - of a reader
        return _whole((await burden_table(conn, actor, days, query.unit)).items)

    ledger = Ledger(
        name="burden", title="基层负担", read=read, columns=BURDEN, besides=_from_to(days)
    )
    return await exported(context, ledger, actor, Filters(unit=query.unit), query.format)


@router.get(
    "/burden/lines/export",
    summary="导出基层负担的明细",
    description="与 GET /burden/lines 同样的条件，不分页；xlsx 或 csv。",
    response_class=Response,
    responses=AS_FILE,
)
async def export_burden_lines(
    query: Annotated[BurdenLinesFile, Query()], context: ContextDep, actor: ActorDep
) -> Response:
    """Each thing asked of a unit."""
    days = days_of(query, context)

    async def read(
        conn: ReadConnection, actor: Actor, _: Filters, limit: int, cursor: str | None
    ) -> Page[Any]:
        found = await burden_page(conn, actor, days, query.unit, limit, cursor)
        return Page(items=tuple(found.items), next_cursor=found.next_cursor)

    ledger = Ledger(
        name="burden-lines",
        title="基层负担明细",
        read=read,
        columns=BURDEN_LINES,
        besides=_from_to(days),
    )
    return await exported(context, ledger, actor, Filters(unit=query.unit), query.format)


@router.get(
    "/time-ledger/export",
    summary="导出各环节用时",
    description="与 GET /time-ledger 同样的条件、同样的各行，末行为合计；xlsx 或 csv。",
    response_class=Response,
    responses=AS_FILE,
)
async def export_time(
    query: Annotated[TimeFile, Query()], context: ContextDep, actor: ActorDep
) -> Response:
    """How long items lay with whom."""
    zone = context.settings.zone

    async def read(conn: ReadConnection, *_: Any) -> Page[Any]:  # noqa: ANN401 - of a reader
        found = await time_table(conn, actor, query, zone)
        return _whole([*found.items, found.total])

    group = _c(GROUP_NAMES[query.group_by], lambda row, _: row.name)
    ledger = Ledger(name="time-ledger", title="各环节用时", read=read, columns=(group, *TIME))
    return await exported(context, ledger, actor, timed(query), query.format)


@router.get(
    "/time-ledger/lines/export",
    summary="导出各环节用时的明细",
    description="与 GET /time-ledger/lines 同样的条件，不分页，每段一行；xlsx 或 csv。",
    response_class=Response,
    responses=AS_FILE,
)
async def export_time_lines(
    query: Annotated[TimeLinesFile, Query()], context: ContextDep, actor: ActorDep
) -> Response:
    """Items with their spans, a span a row."""
    zone = context.settings.zone

    async def read(
        conn: ReadConnection, actor: Actor, _: Filters, limit: int, cursor: str | None
    ) -> Page[Any]:
        found = await time_page(conn, actor, query, zone, limit, cursor)
        rows = ((line, span) for line in found.items for span in line.spans)
        return Page(items=tuple(rows), next_cursor=found.next_cursor)

    ledger = Ledger(
        name="time-lines",
        title="各环节用时明细",
        read=read,
        columns=TIME_LINES,
        besides=_said(**{GROUP_NAMES[query.group_by]: query.group}),
    )
    return await exported(context, ledger, actor, timed(query), query.format)


def _said(**asked: str | None) -> tuple[str, ...]:
    return tuple(f"{name}＝{value}" for name, value in asked.items() if value is not None)


def _from_to(days: tuple[date, date]) -> tuple[str, ...]:
    first, last = days
    return (f"{first}至{last}",)


def _whole(rows: Sequence[Any]) -> Page[Any]:
    """A table that has one page."""
    return Page(items=tuple(rows), next_cursor=None)
