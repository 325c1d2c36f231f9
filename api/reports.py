"""Figures, and the comparison of workflows with rows."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from api.context import ContextDep
from api.rights import ActorDep, RunningDep
from api.schemas import DriftOut, StatsOut, StatsRow
from store import reads

router = APIRouter(tags=["统计"])
FIGURES = StatsRow.model_fields.keys() - {"key", "name"}


@router.get(
    "/stats",
    summary="统计",
    description="本人可见的事项，按单位、类别、时限类型或状态分组；下达 = 在办 + 办结 + 终止。",
)
async def stats(
    context: ContextDep,
    actor: ActorDep,
    group_by: Literal["category", "unit", "kind", "status"] = "unit",
    year: Annotated[int | None, Query(ge=1900, le=9999, description="编号的年度")] = None,
) -> StatsOut:
    """Figures of the items the signed-in person may see; issued = open + closed + terminated."""
    async with context.database.read() as connection:
        rows = await reads.stats(connection, reads.scope_of(actor), group_by, year)
    figures = [StatsRow.model_validate(row, from_attributes=True) for row in rows]
    sums = {name: sum(getattr(row, name) for row in figures) for name in FIGURES}
    total = StatsRow(key="", name="合计", **sums)
    return StatsOut(group_by=group_by, items=figures, total=total)


@router.get(
    "/drift",
    summary="流程与台账核对结果",
    description="督查室或系统管理员看。每五分钟核对一次，drift 应为 0。",
)
async def drift(context: ContextDep, _: RunningDep) -> DriftOut:
    """The last comparison, made every five minutes; ``drift`` must be 0."""
    async with context.database.read() as connection:
        found = await reads.drift_latest(connection)
    if found is None:
        return DriftOut(
            at=None, checked=0, drift=0, missing_rows=[], missing_workflows=[], behind=[]
        )
    return DriftOut(
        at=found.at.astimezone(context.settings.zone),
        checked=found.checked,
        drift=found.count,
        missing_rows=list(found.missing_rows),
        missing_workflows=list(found.missing_workflows),
        behind=list(found.behind),
    )
