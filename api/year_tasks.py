"""Year-round tasks with the periods of their year (R45)."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.context import ContextDep
from api.present import head_out, part_out
from api.rights import ActorDep
from api.schemas import HeadOut, PartOut, Strict
from domain.clocks import EARLIEST_YEAR, LATEST_YEAR
from domain.cycles import CYCLE_NAMES, Cycle
from domain.parts import in_order
from store import reads
from store.filters import Filters

router = APIRouter(prefix="/year-tasks", tags=["事项"])


class YearTasksQuery(Strict):
    """Which tasks."""

    year: Annotated[int, Field(ge=EARLIEST_YEAR, le=LATEST_YEAR, description="任务的年度")]
    unit: Annotated[str | None, Field(description="单位代码（牵头或协办）")] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str | None, Field(description="上一页的 next_cursor")] = None


class YearTaskOut(HeadOut):
    """A task, and every period of its year."""

    cycle: Cycle | None
    cycle_name: str
    parts: list[PartOut] = Field(description="各期报告，先后为序")


class YearTaskList(BaseModel):
    """A page of them, the newest number first."""

    items: list[YearTaskOut]
    next_cursor: str | None


@router.get(
    "",
    summary="全年任务一览",
    description="本人可见的某年度全年任务，各有哪些期、各期情况如何。",
)
async def year_tasks(
    query: Annotated[YearTasksQuery, Query()], context: ContextDep, actor: ActorDep
) -> YearTaskList:
    """The year-round tasks of a year, each with its periods."""
    async with context.database.read() as connection:
        page = await reads.year_tasks(
            connection,
            reads.scope_of(actor),
            Filters(unit=query.unit, plan_year=query.year),
            query.limit,
            query.cursor,
        )
    zone = context.settings.zone
    return YearTaskList(
        items=[
            YearTaskOut(
                **head_out(row, actor, zone).model_dump(),
                cycle=row.facts.cycle,
                cycle_name=CYCLE_NAMES[row.facts.cycle] if row.facts.cycle else "",
                parts=[part_out(part, zone) for part in in_order(row.parts)],
            )
            for row in page.items
        ],
        next_cursor=page.next_cursor,
    )
