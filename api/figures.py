"""Figures that open to their lines (R58), 三必 (R12), 延办、误办、漏办 (R49), the burden of units
(R59), and the time ledger by holder (O6)."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import date, timedelta
from typing import Annotated, TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query

from api.context import Context, ContextDep
from api.figure_schemas import (
    AskList,
    AskOut,
    BurdenLinesQuery,
    BurdenOut,
    BurdenQuery,
    BurdenRow,
    CheckOut,
    FaultLine,
    FaultLines,
    FaultLinesQuery,
    FaultsOf,
    FaultsOut,
    FaultsRow,
    FigureLine,
    FigureLines,
    IntegrityOut,
    LinesQuery,
    PointsLine,
    PointsLines,
    PointsQuery,
    ShareOut,
    SpanOut,
    StatsOut,
    StatsQuery,
    StatsRow,
    TimeLine,
    TimeLines,
    TimeLinesQuery,
    TimeOf,
    TimeOut,
    TimeQuery,
    TimeRow,
)
from api.items import FilterQuery
from api.present import Numbering, head_out
from api.rights import ActorDep
from domain.burden import ASKED_NAMES, weeks
from domain.circulars import LINE_NAMES, points_text
from domain.errors import Invalid
from domain.figures import (
    FAULT_NAMES,
    FIGURE_NAMES,
    Case,
    Fault,
    FaultKind,
    Figure,
    faults,
    proof,
    told,
)
from domain.items import HOLDER_NAMES, KIND_NAMES, STATUS_NAMES, Actor, Kind, Status
from domain.permissions import sight
from domain.spans import NOBODY, Share, Span, WorkingDays, shares, spans
from ledger.sources import CATEGORY_NAMES
from store import burden, circular_ledgers, figures, reads, sources
from store.figures import FAULTY, GROUPS, Found, GroupBy, GroupRow, led_by
from store.filters import Filters, scope_of
from store.session import ReadConnection

Of = TypeVar("Of")
Line = TypeVar("Line")
router = APIRouter(tags=["统计"])
PREFIX = "/api/v1"
CHECKS = {
    Figure.UNSIGNED: "交必办",
    Figure.NO_RESULT: "办必果",
    Figure.NO_REPORT: "果必报",
}
COUNTED = [figure for figure in Figure if figure not in CHECKS]
NOT_SUMS = {"limit", "cursor", "format", "figure", "group_by", "group", "at_fault", "fault"}
NO_LEADER = "（没有登记分管领导）"
WEEKS_SHOWN = 4
LONGEST_BURDEN = 400


def wanted(query: FilterQuery) -> Filters:
    """The items that a query asks for."""
    return Filters(**query.model_dump(exclude=NOT_SUMS))


def address(path: str, query: FilterQuery, **more: str | None) -> str:
    """Where the lines of a figure are read, under the same filters."""
    given = query.model_dump(mode="json", exclude=NOT_SUMS, exclude_none=True)
    given |= {name: value for name, value in more.items() if value is not None}
    plain = {n: str(v).lower() if isinstance(v, bool) else v for n, v in given.items()}
    return f"{PREFIX}{path}?{urlencode(plain)}"


@router.get(
    "/stats",
    summary="统计",
    description="本人可见的、已下达的事项，按单位、分管领导、类别、时限类型、状态或下达月份分组；"
    "查询条件同 GET /items。下达 = 在办 + 办结 + 终止；每个数都可凭 lines 中的地址列出所计各项。",
)
async def stats(
    query: Annotated[StatsQuery, Query()], context: ContextDep, actor: ActorDep
) -> StatsOut:
    """Figures of the items the signed-in person may see; issued = open + closed + terminated."""
    async with context.database.read() as connection:
        rows = await figures.groups(
            connection, scope_of(actor), wanted(query), query.group_by, COUNTED
        )
        points = await circular_ledgers.points_by_group(
            connection, actor, scope_of(actor), wanted(query), query.group_by
        )
    sums = {figure: sum(row.figures[figure] for row in rows) for figure in COUNTED}
    total = GroupRow(key="", name="合计", figures=sums)
    return StatsOut(
        group_by=query.group_by,
        items=[_stats_row(row, query, row.key, points.get(row.key, 0)) for row in rows],
        total=_stats_row(total, query, None, sum(points.values())),
    )


def _stats_row(row: GroupRow, query: StatsQuery, group: str | None, points: int) -> StatsRow:
    found = row.figures
    settled, closed = found[Figure.SETTLED], found[Figure.CLOSED]
    days = found[Figure.CLOSED_SECONDS] / 86_400
    where = {} if group is None else {"group_by": query.group_by, "group": group}
    return StatsRow(
        key=row.key,
        name=_group_name(query.group_by, row) if group is not None else row.name,
        **{figure.value: count for figure, count in found.items()},
        on_time_rate=round(found[Figure.CLOSED_ON_TIME] / settled, 4) if settled else None,
        mean_days=round(days / closed, 2) if closed else None,
        points=points_text(points),
        points_lines=address("/stats/points", query, **where),
        lines={f: address("/stats/lines", query, figure=f.value, **where) for f in found},
    )


def _group_name(group_by: str, row: GroupRow) -> str:
    match group_by:
        case "kind":
            return KIND_NAMES[Kind(row.key)]
        case "status":
            return STATUS_NAMES[Status(row.key)]
        case "category":
            return CATEGORY_NAMES[row.key]
        case "leader":
            return row.key or NO_LEADER
        case _:
            return row.name


@router.get(
    "/stats/lines",
    summary="统计数的明细",
    description="某个数（figure）所计的各项、各计多少、以办理过程的哪几条为据；"
    "group_by 与 group 同时给出时只列该组。",
)
async def stats_lines(
    query: Annotated[LinesQuery, Query()], context: ContextDep, actor: ActorDep
) -> FigureLines:
    """Exactly the items that a figure counts."""
    group = _group(query.group_by, query.group)
    async with context.database.read() as connection:
        page = await figures.lines(
            connection,
            scope_of(actor),
            wanted(query),
            query.figure,
            query.limit,
            query.cursor,
            group,
        )
    lines = []
    for row in page.items:
        entries = proof(query.figure, told(row.case), row.head.now).entries
        numbering = Numbering.of(row.head, actor)
        head = head_out(row.head, actor, context.settings.zone)
        seen = [numbering.shown(seq) for seq in entries]
        lines.append(FigureLine(item=head, amount=row.amount, entries=seen))
    return FigureLines(
        figure=query.figure,
        name=FIGURE_NAMES[query.figure],
        items=lines,
        next_cursor=page.next_cursor,
    )


def _group(group_by: GroupBy | None, group: str | None) -> tuple[GroupBy, str] | None:
    if (group_by is None) is not (group is None):
        raise Invalid("group_incomplete", "group_by 与 group 须同时给出，或都不给。")
    return (group_by, group) if group_by and group is not None else None


@router.get(
    "/stats/points",
    summary="扣分的明细",
    description="因符合条件的事项记入落实不力台账的各行，先后为序；"
    "各行之和即 GET /stats 中的 points。本单位只看本单位的，分管领导看分管单位的。",
)
async def stats_points(
    query: Annotated[PointsQuery, Query()], context: ContextDep, actor: ActorDep
) -> PointsLines:
    """Exactly the lines of deductions that the figure adds up."""
    group, zone = _group(query.group_by, query.group), context.settings.zone
    async with context.database.read() as connection:
        page = await circular_ledgers.points_lines(
            connection,
            actor,
            scope_of(actor),
            wanted(query),
            query.limit,
            query.cursor,
            group,
        )
    lines = [
        PointsLine(
            **asdict(line)
            | {
                "kind": LINE_NAMES[line.kind],
                "points": points_text(line.points),
                "at": line.at.astimezone(zone),
            }
        )
        for line in page.items
    ]
    return PointsLines(items=lines, next_cursor=page.next_cursor)


@router.get(
    "/integrity",
    summary="三必检查",
    description="本人可见的、已下达的事项（可用 issued_from、issued_until 限定下达的时期）："
    "交而未签收，签收后到期无结果，办结而无书面材料（结果没有附件、阅签也没有纸质扫描件）。"
    "三项都为零才是 clean。",
)
async def integrity(
    query: Annotated[FilterQuery, Query()], context: ContextDep, actor: ActorDep
) -> IntegrityOut:
    """The three checks of 交必办、办必果、果必报 (R12), as things stand now."""
    async with context.database.read() as connection:
        rows = await figures.groups(
            connection, scope_of(actor), wanted(query), "category", list(CHECKS)
        )
    checks = [
        CheckOut(
            figure=figure,
            duty=duty,
            name=FIGURE_NAMES[figure],
            count=sum(row.figures[figure] for row in rows),
            lines=address("/stats/lines", query, figure=figure.value),
        )
        for figure, duty in CHECKS.items()
    ]
    return IntegrityOut(clean=not any(check.count for check in checks), checks=checks)


def _of_whom(actor: Actor, unit: str) -> bool:
    """Whether what a unit did is for ``actor`` to read: of an item that others have joined, they
    see the item, and not the faults of its leading unit (domain.md §6)."""
    seen = sight(actor)
    return seen.everything or unit in seen.units


@router.get(
    "/faults",
    summary="延办、误办、漏办",
    description="按当时承办的单位（办法 六(二)）；查询条件同 GET /items。本单位只看本单位的，"
    "分管领导看分管单位的。",
)
async def faults_by_unit(
    query: Annotated[FilterQuery, Query()], context: ContextDep, actor: ActorDep
) -> FaultsOut:
    """What went wrong, counted by the unit that had the item then."""
    async with context.database.read() as connection:
        return await fault_table(connection, actor, query)


async def fault_table(conn: ReadConnection, actor: Actor, query: FilterQuery) -> FaultsOut:
    """The units, each with its faults."""
    sums: dict[str, dict[FaultKind, int]] = {}
    names = await _unit_names(conn)
    found = figures.cases(conn, scope_of(actor), wanted(query), FAULTY)
    async for _, case in found:
        for fault in faults(case):
            if _of_whom(actor, fault.unit):
                own = sums.setdefault(fault.unit, dict.fromkeys(FaultKind, 0))
                own[fault.kind] += 1
    everything = sight(actor).everything
    missing = await sources.uncovered_clauses(conn) if everything else None
    return FaultsOut(
        items=[
            FaultsRow(
                unit=unit,
                unit_name=names.get(unit, unit),
                **{kind.value: count for kind, count in own.items()},
                lines=address("/faults/lines", query, at_fault=unit),
            )
            for unit, own in sorted(sums.items())
        ],
        uncovered_clauses=missing,
        uncovered_lines=f"{PREFIX}/sources?uncovered=true",
    )


@router.get(
    "/faults/lines",
    summary="延办、误办、漏办的明细",
    description="每一次各是哪个事项、当时哪个单位承办、以办理过程的哪一条为据；事项编号新的在前。"
    "一页按事项计。",
)
async def fault_lines(
    query: Annotated[FaultLinesQuery, Query()], context: ContextDep, actor: ActorDep
) -> FaultLines:
    """Each fault with its proof."""
    zone = context.settings.zone
    async with context.database.read() as connection:
        return await fault_page(connection, actor, query, zone, query.limit, query.cursor)


async def fault_page(
    conn: ReadConnection,
    actor: Actor,
    query: FaultsOf,
    zone: ZoneInfo,
    limit: int,
    cursor: str | None,
) -> FaultLines:
    """The faults of at most ``limit`` items. Raises ``Invalid('bad_cursor')``."""

    def asked_for(_: Found, case: Case) -> list[Fault]:
        return [
            fault
            for fault in faults(case)
            if query.at_fault in {None, fault.unit}
            and query.fault in {None, fault.kind}
            and _of_whom(actor, fault.unit)
        ]

    found = figures.cases(conn, scope_of(actor), wanted(query), FAULTY, cursor=cursor)
    chosen, end = await _first(found, limit, asked_for)
    heads = await figures.heads(conn, [item_id for item_id, _ in chosen])
    lines = []
    for item_id, own in chosen:
        row = heads[item_id]
        numbering = Numbering.of(row, actor)
        lines += [
            FaultLine(
                item=head_out(row, actor, zone),
                unit=fault.unit,
                kind=fault.kind,
                name=FAULT_NAMES[fault.kind],
                at=fault.at.astimezone(zone),
                entry=numbering.shown(fault.seq),
            )
            for fault in own
        ]
    return FaultLines(items=lines, next_cursor=end)


@router.get(
    "/burden",
    summary="基层负担",
    description="每个单位每周须书面报送的件数、收到的催办和提醒（办法 二；减负）。"
    "本单位只看本单位的。",
)
async def burden_by_week(
    query: Annotated[BurdenQuery, Query()], context: ContextDep, actor: ActorDep
) -> BurdenOut:
    """What was asked of each unit, week by week (R59)."""
    days = days_of(query, context)
    async with context.database.read() as connection:
        return await burden_table(connection, actor, days, query.unit)


async def burden_table(
    conn: ReadConnection, actor: Actor, days: tuple[date, date], unit: str | None
) -> BurdenOut:
    """The units, each with its weeks, from the first of ``days`` to the last."""
    first, last = days
    names = await _unit_names(conn)
    asks = await burden.totals(conn, scope_of(actor), first, last, unit)
    return BurdenOut(
        since=first,
        until=last,
        items=[
            BurdenRow(
                unit=week.unit,
                unit_name=names.get(week.unit, week.unit),
                week=week.monday,
                reports=week.reports,
                reminders=week.reminders,
                asked=week.asked,
                lines=_week_address(week.unit, max(week.monday, first), last),
            )
            for week in weeks(asks)
            if _of_whom(actor, week.unit)
        ],
    )


def days_of(query: BurdenQuery, context: Context) -> tuple[date, date]:
    """The first day and the last that are asked for. Raises ``Invalid('bad_period')``."""
    last = query.until or context.now().astimezone(context.settings.zone).date()
    monday = last.toordinal() - last.weekday() - 7 * WEEKS_SHOWN
    first = query.since or date.fromordinal(max(monday, 1))
    if not 0 <= (last - first).days <= LONGEST_BURDEN:
        raise Invalid("bad_period", f"止日不早于起日，最多查 {LONGEST_BURDEN} 天。")
    return first, last


def _week_address(unit: str, first: date, last: date) -> str:
    sunday = first.toordinal() + 6 - first.weekday()
    until = date.fromordinal(min(sunday, last.toordinal()))
    asked = {"unit": unit, "since": first.isoformat(), "until": until.isoformat()}
    return f"{PREFIX}/burden/lines?{urlencode(asked)}"


@router.get(
    "/burden/lines",
    summary="基层负担的明细",
    description="该单位在这些天里每一件应报送的、每一次催办和提醒，按日先后。",
)
async def burden_lines(
    query: Annotated[BurdenLinesQuery, Query()], context: ContextDep, actor: ActorDep
) -> AskList:
    """Each thing asked of a unit."""
    days = days_of(query, context)
    async with context.database.read() as connection:
        return await burden_page(connection, actor, days, query.unit, query.limit, query.cursor)


async def burden_page(
    conn: ReadConnection,
    actor: Actor,
    days: tuple[date, date],
    unit: str,
    limit: int,
    cursor: str | None,
) -> AskList:
    """A page of it. Raises ``Invalid('bad_cursor')``."""
    if not _of_whom(actor, unit):
        return AskList(items=[], next_cursor=None)
    page = await burden.lines(conn, scope_of(actor), *days, unit, limit, cursor)
    return AskList(
        items=[
            AskOut(
                on=row.on,
                what=row.what,
                what_name=ASKED_NAMES[row.what],
                name=row.name,
                item_id=row.item_id,
                item_number=row.number,
                item_title=row.title,
            )
            for row in page.items
        ],
        next_cursor=page.next_cursor,
    )


@router.get(
    "/time-ledger",
    summary="各环节用时",
    description="事项在承办单位、分管领导、督查室手中各多久，暂缓多久，按当时承办的单位或分管领导"
    "汇总，日历日和工作日；查询条件同 GET /items，不填 slots 时不含周期报告。",
)
async def time_ledger(
    query: Annotated[TimeQuery, Query()], context: ContextDep, actor: ActorDep
) -> TimeOut:
    """How long items lay with whom; what each holder had adds up to the whole."""
    async with context.database.read() as connection:
        return await time_table(connection, actor, query, context.settings.zone)


async def time_table(
    conn: ReadConnection, actor: Actor, query: TimeQuery, zone: ZoneInfo
) -> TimeOut:
    """The groups, each with its holders."""
    sums: dict[str, dict[str, Share]] = {}
    counts: dict[str, set[str]] = {}
    names = await _unit_names(conn)
    days = WorkingDays(await reads.calendar(conn))
    found = figures.cases(conn, scope_of(actor), timed(query))
    async for head, own in _parted(found, actor, zone):
        for key, spans_of in _by_group(own, head, query.group_by).items():
            counts.setdefault(key, set()).add(head.id)
            so_far = sums.setdefault(key, {})
            for holder, share in shares(spans_of, days).items():
                so_far[holder] = so_far.get(holder, Share()) + share
    whole: dict[str, Share] = {}
    for of_group in sums.values():
        for holder, share in of_group.items():
            whole[holder] = whole.get(holder, Share()) + share
    everything = set[str]().union(*counts.values())
    by_unit = query.group_by == "unit"
    return TimeOut(
        group_by=query.group_by,
        items=[
            _time_row(
                key,
                names.get(key, key) if by_unit else key or NO_LEADER,
                len(counts[key]),
                sums[key],
                address("/time-ledger/lines", query, group_by=query.group_by, group=key),
            )
            for key in sorted(sums)
        ],
        total=_time_row(
            "",
            "合计",
            len(everything),
            whole,
            address("/time-ledger/lines", query, group_by=query.group_by),
        ),
    )


@router.get(
    "/time-ledger/lines",
    summary="各环节用时的明细",
    description="各事项先后在谁手中、从何时到何时；各段首尾相接，秒数之和即该事项（在该组的）全部时间。",
)
async def time_lines(
    query: Annotated[TimeLinesQuery, Query()], context: ContextDep, actor: ActorDep
) -> TimeLines:
    """Items with their spans, the newest first."""
    zone = context.settings.zone
    async with context.database.read() as connection:
        return await time_page(connection, actor, query, zone, query.limit, query.cursor)


async def time_page(
    conn: ReadConnection,
    actor: Actor,
    query: TimeOf,
    zone: ZoneInfo,
    limit: int,
    cursor: str | None,
) -> TimeLines:
    """The spans of at most ``limit`` items. Raises ``Invalid('bad_cursor')``."""
    only = None
    if query.group is not None:
        by_unit = query.group_by == "unit"
        only = led_by(query.group) if by_unit else GROUPS["leader"] == query.group
    days = WorkingDays(await reads.calendar(conn))
    found = figures.cases(conn, scope_of(actor), timed(query), only, cursor=cursor)

    def asked_for(head: Found, whole: list[Span]) -> list[Span]:
        if query.group is None:
            return whole
        return list(_by_group(whole, head, query.group_by).get(query.group, ()))

    chosen, end = await _first(_parted(found, actor, zone), limit, asked_for)
    heads = await figures.heads(conn, [item_id for item_id, _ in chosen])
    lines = [
        TimeLine(
            item=head_out(heads[item_id], actor, zone),
            spans=[_span_out(span, days) for span in own],
            total=_share_out(_sum(shares(own, days).values())),
        )
        for item_id, own in chosen
    ]
    return TimeLines(items=lines, next_cursor=end)


async def _first(
    found: AsyncIterator[tuple[Found, Of]], limit: int, asked_for: Callable[[Found, Of], list[Line]]
) -> tuple[list[tuple[str, list[Line]]], str | None]:
    """The first ``limit`` items that have anything that is asked for, each with it; and the cursor
    of what follows, where anything does."""
    chosen: list[tuple[str, list[Line]]] = []
    end = None
    async for head, of in found:
        own = asked_for(head, of)
        if not own:
            continue
        if len(chosen) == limit:
            return chosen, end
        chosen.append((head.id, own))
        end = head.place
    return chosen, None


def timed(query: TimeQuery) -> Filters:
    """The reports of year-round tasks are part of their task's time already."""
    given = query.model_dump(exclude=NOT_SUMS)
    return Filters(**given | {"slots": False if query.slots is None else query.slots})


async def _parted(
    found: AsyncIterator[tuple[Found, Case]], actor: Actor, zone: ZoneInfo
) -> AsyncIterator[tuple[Found, list[Span]]]:
    """Each item's time as far as it is for ``actor`` to read, without what was nobody's."""
    async for head, case in found:
        parted = spans(case, head.now.astimezone(zone))
        own = [s for s in parted if s.holder != NOBODY and _of_whom(actor, s.unit)]
        if own:
            yield head, own


def _by_group(whole: Iterable[Span], head: Found, group_by: str) -> Mapping[str, list[Span]]:
    found: dict[str, list[Span]] = {}
    for span in whole:
        found.setdefault(span.unit if group_by == "unit" else head.leader, []).append(span)
    return found


def _sum(found: Iterable[Share]) -> Share:
    return sum(found, Share())


def _time_row(key: str, name: str, count: int, of: Mapping[str, Share], lines: str) -> TimeRow:
    return TimeRow(
        key=key,
        name=name,
        count=count,
        **{holder: _share_out(of.get(holder, Share())) for holder in HOLDER_NAMES},
        total=_share_out(_sum(of.values())),
        lines=lines,
    )


def _share_out(share: Share) -> ShareOut:
    return ShareOut(
        seconds=share.seconds,
        working_seconds=share.working,
        days=round(timedelta(seconds=share.seconds) / timedelta(days=1), 2),
        working_days=round(timedelta(seconds=share.working) / timedelta(days=1), 2),
    )


def _span_out(span: Span, days: WorkingDays) -> SpanOut:
    own = Share(seconds=span.seconds, working=days.seconds(span.start, span.end))
    return SpanOut(
        holder=span.holder,
        holder_name=HOLDER_NAMES[span.holder],
        unit=span.unit,
        start=span.start,
        end=span.end,
        share=_share_out(own),
    )


async def _unit_names(conn: ReadConnection) -> dict[str, str]:
    return {unit.code: unit.name for unit in await reads.units(conn)}
