"""Part 5: listing, filtering, searching and counting a hundred thousand items."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Engine, event, select

from bench import archive
from bench.archive import RARE
from bench.figures import Figure, at_most, figure
from bench.sizes import Sizes
from bench.system import System
from bench.ways import timed
from domain.items import Actor, Role
from store import reads
from store.cursors import to_cursor
from store.filters import Filters
from store.session import ReadConnection
from store.tables import items
from workflows.ids import RECONCILIATION_ID

LIST_GOAL = at_most(50)
PAGE, LARGEST_PAGE = 50, 200
OFFICE = Actor(username="office", name="", role=Role.OFFICE)
UNIT = Actor(username="unit", name="", role=Role.UNIT, unit="U07")
DEPUTY = Actor(username="deputy", name="", role=Role.DEPUTY, deputy_of=("U03", "U07", "U11"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One question asked of the record."""

    key: str
    title: str
    filters: Filters = Filters()
    actor: Actor = OFFICE
    limit: int = PAGE
    skipped: float | None = None
    """Where the page begins: after this share of all items."""
    counts: bool = False

    def params(self, cursor: str | None) -> dict[str, str]:
        """As a request carries it."""
        given = {**asdict(self.filters), "limit": self.limit, "cursor": cursor}
        return {
            name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in given.items()
            if value is not None
        }


@dataclass(slots=True)
class Captured:
    """The last statement sent, and with what."""

    statement: str = ""
    parameters: Any = None


def cases(today: date) -> list[Case]:
    """The plain list, every filter alone and some together, searches, deep pages, counts."""
    old, near = today - timedelta(days=4 * 365), today + timedelta(days=3)
    year = today.year - 2

    def of(key: str, title: str, **wanted: Any) -> Case:  # noqa: ANN401
        return Case(key=key, title=title, filters=Filters(**wanted))

    return [
        Case(key="plain", title="不加条件"),
        Case(key="plain_200", title="不加条件，200 件一页", limit=LARGEST_PAGE),
        Case(key="deep", title="翻到一半", skipped=0.5),
        Case(key="last", title="翻到最后", skipped=0.999),
        Case(key="as_unit", title="承办单位所见", actor=UNIT),
        Case(key="as_deputy", title="分管领导所见", actor=DEPUTY),
        of("status", "状态：办理中", status="in_progress"),
        of("status_closed", "状态：办结", status="closed"),
        of("status_rare", "状态：暂缓", status="suspended"),
        of("lamp_green", "绿灯", lamp="green"),
        of("lamp_yellow", "黄灯", lamp="yellow"),
        of("lamp_red", "红灯", lamp="red"),
        of("lamp_grey", "灰灯", lamp="grey"),
        of("unit", "单位", unit="U07"),
        of("category", "类别", category="C2"),
        of("kind", "时限类型", kind="directive"),
        of("lapsed", "曾逾期", lapsed=True),
        of("not_lapsed", "未逾期", lapsed=False),
        of("due_before", "期限早于四年前", due_before=old),
        of("due_after", "期限在三天后", due_after=near),
        of("due_between", "期限在某一周", due_after=old, due_before=old + timedelta(days=7)),
        of("year", "年度", year=year),
        of("unit_lapsed", "单位、曾逾期", unit="U07", lapsed=True),
        of("unit_year_kind", "单位、年度、类型", unit="U07", year=year, kind="dated"),
        of("red_of_unit", "单位、红灯", unit="U07", lamp="red"),
        of("q_common", "检索：老旧小区", q="老旧小区"),
        of("q_two", "检索：两词", q="养老服务 青年路"),
        of("q_rare", "检索：少见", q=RARE),
        of("q_number", "检索：文号", q=f"政督〔{year}〕1234号"),
        of("q_one", "检索：一个字", q="闸"),
        of("q_everywhere", "检索：件件都有的词", q="分管领导"),
        of("q_none", "检索：没有的词", q="航天发射"),
        of("q_filtered", "检索加单位、逾期", q="道路大中修", unit="U07", lapsed=True),
        Case(key="count", title="计数：全部", counts=True),
        Case(key="count_red", title="计数：红灯", filters=Filters(lamp="red"), counts=True),
        Case(key="count_unit", title="计数：单位", filters=Filters(unit="U07"), counts=True),
        Case(key="count_lapsed", title="计数：曾逾期", filters=Filters(lapsed=True), counts=True),
        Case(key="count_q", title="计数：检索", filters=Filters(q="老旧小区"), counts=True),
    ]


async def measure(system: System, sizes: Sizes) -> list[Figure]:
    """Fill the record, then ask every question in turn, round after round; what takes too long is
    explained by the database."""
    await fill(system, sizes)
    asked = cases(system.context.now().date())
    reader = _Reader(system)
    cursors = {case.key: await reader.cursor(case) for case in asked}
    out = await _rounds("reads", asked, sizes, lambda case: reader.read(case, cursors[case.key]))
    slow = {one.key.rpartition(".")[2] for one in out if one.met is False}
    for case in asked:
        if case.key in slow:
            system.explained[case.key] = await reader.explain(case, cursors[case.key])
    shown = [case for case in asked if not case.counts and case.actor is OFFICE]
    out += await _rounds("http", shown, sizes, lambda case: reader.get(case, cursors[case.key]))
    return out


async def fill(system: System, sizes: Sizes) -> None:
    """Write the record of past years, unless it is there. The reconciliation rests from then on:
    the rows have no workflows."""
    if system.filled:
        return
    system.filled = True
    schedule = system.context.client.get_schedule_handle(RECONCILIATION_ID)
    await schedule.pause()
    settings = system.context.settings
    owner = settings.async_migrate_url.replace("+asyncpg", "")
    now = system.context.now()
    await archive.fill(system.context.database, owner, sizes.records, settings.zone, now)


async def _rounds(
    way: str, asked: list[Case], sizes: Sizes, ask: Callable[[Case], Awaitable[None]]
) -> list[Figure]:
    for case in asked:
        await ask(case)
    took: dict[str, list[float]] = {case.key: [] for case in asked}
    for _ in range(sizes.reads):
        for case in asked:
            took[case.key].append(await timed(ask(case)))
    title = {"reads": "经 store.reads", "http": "经 HTTP"}[way]
    return [
        figure(
            f"lists.{way}.{case.key}",
            f"{sizes.records} 件，{title}：{case.title}，p95",
            "毫秒",
            took[case.key],
            statistic="p95",
            goal=LIST_GOAL,
        )
        for case in asked
    ]


class _Reader:
    """Asks."""

    def __init__(self, system: System) -> None:
        self._system = system

    async def read(self, case: Case, cursor: str | None) -> None:
        """Through :mod:`store.reads`, a transaction of its own as for a request."""
        async with self._system.context.database.read() as connection:
            await _ask(connection, case, cursor)

    async def get(self, case: Case, cursor: str | None) -> None:
        """Through HTTP, by the office."""
        http = self._system.http
        answer = await http.client.get(
            "/items", params=case.params(cursor), headers=http.headers("office")
        )
        answer.raise_for_status()

    async def cursor(self, case: Case) -> str | None:
        """The cursor of the page before the case's."""
        if case.skipped is None:
            return None
        async with self._system.context.database.read() as connection:
            count = await reads.count(connection, reads.scope_of(OFFICE), Filters())
            place = select(items.c.year, items.c.sequence).order_by(
                items.c.year.desc(), items.c.sequence.desc()
            )
            row = (await connection.execute(place.offset(int(count * case.skipped)).limit(1))).one()
        return to_cursor("items", row.year, row.sequence, 0)

    async def explain(self, case: Case, cursor: str | None) -> str:
        """How the database answers it, with the plan for these values and with the plan for any,
        which it may take once a statement has been prepared for long."""
        captured = Captured()
        async with self._system.context.database.read() as connection:
            with _capturing(captured):
                await _ask(connection, case, cursor)
            plans = []
            for mode in ("force_custom_plan", "force_generic_plan"):
                await connection.exec_driver_sql(f"SET LOCAL plan_cache_mode = {mode}")
                rows = await connection.exec_driver_sql(
                    f"EXPLAIN (ANALYZE, BUFFERS) {captured.statement}", captured.parameters
                )
                plans.append(f"-- {mode}\n" + "\n".join(rows.scalars()))
        return "\n\n".join((captured.statement, repr(captured.parameters), *plans))


async def _ask(connection: ReadConnection, case: Case, cursor: str | None) -> None:
    scope = reads.scope_of(case.actor)
    if case.counts:
        await reads.count(connection, scope, case.filters)
    else:
        await reads.list_items(connection, scope, case.filters, case.limit, cursor)


@contextmanager
def _capturing(captured: Captured) -> Iterator[None]:
    def note(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:  # noqa: ANN401
        captured.statement, captured.parameters = statement, parameters

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", note)
