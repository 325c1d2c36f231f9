"""The comparison of workflows with rows."""

from fastapi import APIRouter

from api.context import ContextDep
from api.rights import RunningDep
from api.schemas import DriftOut
from store import reads

router = APIRouter(tags=["统计"])


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
