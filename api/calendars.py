"""The working calendar: read, load, and ask what date a rule gives."""

from dataclasses import replace
from datetime import date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request

from api.audit import Changing
from api.context import Context, ContextDep
from api.present import clock_lines, warnings_out
from api.requests import body_of, documented, local
from api.rights import RegistersDep, RulesReaderDep
from api.schemas import (
    CalendarTrialOut,
    CalendarYearIO,
    CalendarYearOut,
    MoveOut,
    MovingOut,
    PreviewIn,
    PreviewOut,
    WarningOut,
)
from domain.calendar import FIXED_HOLIDAYS, CalendarYear, WorkingCalendar
from domain.clocks import (
    Rule,
    Warned,
    collapse_warning,
    count_rule,
    date_warnings,
    day_zero,
    due_instant,
)
from domain.errors import Invalid
from domain.items import Actor, Item
from domain.permissions import sight
from domain.policy import Policy
from domain.recalculation import Move, foreseen
from store import calendars, policies, reads, revival

router = APIRouter(prefix="/calendar", tags=["工作日历"], route_class=Changing)
MOST_SHOWN = 200
YearPath = Annotated[int, Path(ge=2000, le=2100)]


@router.post(
    "/preview",
    summary="试算一个期限",
    description="某项规则自某日起算得到的日期，逐日推算，以及需要留意的情况。不登记任何事项。",
    openapi_extra=documented(PreviewIn),
)
async def preview(
    context: ContextDep, _: RulesReaderDep, body: Annotated[PreviewIn, Depends(body_of(PreviewIn))]
) -> PreviewOut:
    """The date a rule gives, line by line, and what there is to say about it."""
    day = body.start.date() if isinstance(body.start, datetime) else body.start
    async with context.database.read() as connection:
        calendar = await reads.calendar(connection)
        policy = await policies.in_force(connection, day)
    start = _start(body, context, policy, calendar)
    counted = count_rule(body.rule, start, calendar, policy)
    midnight = datetime.combine(start, time(0), context.settings.zone)
    due_at, _lapses_at = due_instant(counted.due_on, policy, midnight)
    warnings = [*date_warnings(counted, calendar), *_collapse(body.rule, start, calendar, policy)]
    return PreviewOut(
        rule=body.rule,
        due_on=counted.due_on,
        due_at=due_at,
        provisional=counted.provisional,
        derivation=clock_lines(counted.derivation),
        warnings=warnings_out(warnings),
    )


def _start(body: PreviewIn, context: Context, policy: Policy, calendar: WorkingCalendar) -> date:
    if not isinstance(body.start, datetime):
        start = body.start
    elif body.rule is Rule.NAMED_DATE:
        start = local(body.start, context.settings.zone).date()
    else:
        start = day_zero(local(body.start, context.settings.zone), policy, calendar)
    if not 2000 <= start.year <= 2100:
        raise Invalid("date_out_of_range", "日期须在 2000 年至 2100 年之间。")
    return start


def _collapse(rule: Rule, start: date, calendar: WorkingCalendar, policy: Policy) -> list[Warned]:
    if rule not in {Rule.DIRECTIVE_PLAN, Rule.DIRECTIVE_RESULT}:
        return []
    plan = count_rule(Rule.DIRECTIVE_PLAN, start, calendar, policy)
    result = count_rule(Rule.DIRECTIVE_RESULT, start, calendar, policy)
    return collapse_warning(plan.due_on, result.due_on)


@router.get(
    "/{year}",
    summary="某年的放假安排",
    description="最近一次录入的；尚未录入的年度 provisional 为 true，涉及它的期限为暂定。",
)
async def calendar_year(year: YearPath, context: ContextDep, _: RulesReaderDep) -> CalendarYearOut:
    """The year as loaded; a year without a notice is provisional."""
    async with context.database.read() as connection:
        loaded = await reads.calendar_year(connection, year)
    return _out(year, loaded)


@router.put(
    "/{year}",
    summary="录入放假安排",
    description="督查室负责人或系统管理员办。在办事项的期限随即重新计算：保留原期限和原因，变动的通知承办单位、"
    "分管领导和督查室；已办结的不变。同样的内容再录一次没有影响。",
    openapi_extra=documented(CalendarYearIO),
)
async def put_calendar_year(
    year: YearPath,
    context: ContextDep,
    actor: RegistersDep,
    body: Annotated[CalendarYearIO, Depends(body_of(CalendarYearIO))],
) -> CalendarYearOut:
    """A new edition of the year. Open items move, keep both dates and the reason, and tell the
    units concerned: a workflow of its own does that, whatever happens to this process."""
    loaded = await load_year(context, _announced(year, body), actor)
    async with context.database.read() as connection:
        items = await reads.open_item_ids(connection)
    return _out(year, loaded).model_copy(update={"moving": len(items)})


@router.post(
    "/{year}/preview",
    summary="试录放假安排",
    description="督查室负责人或系统管理员办。如果现在录入，哪些在办事项的期限会变动；不录入，也不通知任何人。"
    "系统管理员看不到事项，只得到件数。",
    openapi_extra=documented(CalendarYearIO),
)
async def try_calendar_year(
    request: Request,
    year: YearPath,
    context: ContextDep,
    actor: RegistersDep,
    body: Annotated[CalendarYearIO, Depends(body_of(CalendarYearIO))],
) -> CalendarTrialOut:
    """What would move, counted by what the roll-out counts by."""
    request.state.trial = True
    announced = _announced(year, body)
    now = context.now().astimezone(context.settings.zone)
    found: list[MovingOut] = []
    moving = 0
    async with context.database.read() as connection:
        loaded = await reads.calendar_year(connection, year)
        announced = replace(announced, edition=loaded.edition + 1 if loaded else 1)
        async for item in revival.open_items(connection, now):
            moves = foreseen(item, announced, actor, now)
            moving += bool(moves)
            if moves and len(found) < MOST_SHOWN and sight(actor).everything:
                found.append(_moving(item, moves))
    return CalendarTrialOut(
        year=year, moving=moving, items=found, warnings=_missing_holidays(announced)
    )


def _moving(item: Item, moves: tuple[Move, ...]) -> MovingOut:
    return MovingOut(
        item_id=item.id,
        number=item.number,
        title=item.facts.title,
        moves=[MoveOut(name=one.name, before=one.before, after=one.after) for one in moves],
    )


def _announced(year: int, body: CalendarYearIO) -> CalendarYear:
    if body.year != year:
        raise Invalid(
            "year_mismatch", "内容中的年度与地址中的年度不一致，请核对，两处填写同一年度。"
        )
    return CalendarYear(
        year=body.year,
        notice=body.notice,
        rest_days=tuple(body.rest_days),
        work_days=tuple(body.work_days),
    )


async def load_year(context: Context, year: CalendarYear, actor: Actor) -> CalendarYear:
    """Store one year's notice as its newest edition and roll it out to the open items."""
    async with context.database.write() as connection:
        loaded = await calendars.put_calendar_year(
            connection, year, actor.username, context.settings.zone
        )
    await context.commands.roll_out(loaded, actor)
    return loaded


def _missing_holidays(year: CalendarYear) -> list[WarningOut]:
    """Holidays that stand in every year's notice: one without them shortens everybody's limits."""
    days = [date(year.year, month, day) for month, day in FIXED_HOLIDAYS]
    worked = [day for day in days if WorkingCalendar(years=(year,)).is_working(day)]
    if not worked:
        return []
    named = "、".join(f"{day:%m-%d}" for day in worked)
    detail = f"{named} 是法定节假日，却按工作日计算，请核对放假通知后重新录入。"
    return [WarningOut(code="holiday_missing", detail=detail)]


def _out(year: int, loaded: CalendarYear | None) -> CalendarYearOut:
    if loaded is None:
        return CalendarYearOut(
            year=year, notice="", rest_days=[], work_days=[], edition=0, provisional=True
        )
    return CalendarYearOut(
        year=year,
        notice=loaded.notice,
        rest_days=list(loaded.rest_days),
        work_days=list(loaded.work_days),
        edition=loaded.edition,
        provisional=False,
        warnings=_missing_holidays(loaded),
    )
