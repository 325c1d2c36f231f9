"""Daily statements: that nothing was missed, or what was (办法 六(二))."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field
from temporalio.common import WorkflowIDConflictPolicy

from api.context import Context, ContextDep
from api.errors import not_found
from api.rights import RunningDep
from api.schemas import Strict
from domain.statement import FAULT_NAMES, Fault
from store import statements
from store.cursors import from_cursor, to_cursor
from store.rows import StatementRow
from workflows.ids import STATEMENT_NOW_ID
from workflows.statement import DailyStatementWorkflow

router = APIRouter(prefix="/statements", tags=["运行"])
SORT = "statements"
# Longer than the moment after which what was found is looked at again.
WAIT = 30.0
LARGEST = 2**63 - 1


class FindingOut(BaseModel):
    """One thing that was wrong."""

    fault: Fault
    fault_name: str
    item_id: str = Field(description="与事项无关的为空")
    number: str
    text: str


class StatementOut(BaseModel):
    """What was looked at, and what was wrong with it."""

    id: int
    at: str
    clean: bool = Field(description="没有发现问题")
    open_items: int = Field(description="未办结事项，每件都有在走的时限或明确的原因")
    ended_items: int = Field(description="已办结、归档和终止的事项")
    limits: int = Field(description="未办结事项中已经过期的时限，每个都有相应的提示")
    entries: int = Field(description="核对过的办理记录")
    findings: list[FindingOut]
    hash: str = Field(description="本声明与以前各次声明的校验值")


class StatementList(BaseModel):
    """A page of statements."""

    items: list[StatementOut]
    next_cursor: str | None


class StatementQuery(Strict):
    """Which statements to list."""

    faulty: Annotated[bool, Field(description="只列发现问题的")] = False
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str | None, Field(description="上一页的 next_cursor")] = None


@router.get(
    "",
    summary="每日核对声明",
    description="督查室或系统管理员看，新的在前。每天一次：每件未办结事项都有在走的时限，每个已过的"
    "时限都有相应的提示，流程与记录一致，时间线没有被改动；不是这样的逐项列明。",
)
async def list_statements(
    query: Annotated[StatementQuery, Query()], context: ContextDep, _: RunningDep
) -> StatementList:
    """Statements, the newest first."""
    before = from_cursor(SORT, query.cursor, 1)[0] if query.cursor is not None else None
    async with context.database.read() as connection:
        page = await statements.page(
            connection, limit=query.limit, before=before, faulty=query.faulty
        )
    return StatementList(
        items=[_out(context, row) for row in page.items],
        next_cursor=to_cursor(SORT, int(page.next_cursor)) if page.next_cursor else None,
    )


@router.get("/{number}", summary="一次声明", description="督查室或系统管理员看。")
async def read_statement(
    number: Annotated[int, Path(ge=1, le=LARGEST)], context: ContextDep, _: RunningDep
) -> StatementOut:
    """One statement."""
    return await _one(context, number)


@router.post(
    "",
    status_code=201,
    summary="立即核对",
    description="不等到明天，现在就核对一次；正在核对时等那一次。三十秒内没有完成的答 202，"
    "稍后在列表中查看。",
    responses={202: {"description": "正在核对"}},
)
async def state_now(context: ContextDep, response: Response, _: RunningDep) -> StatementOut | None:
    """Make a statement now."""
    handle = await context.client.start_workflow(
        DailyStatementWorkflow.run,
        id=STATEMENT_NOW_ID,
        task_queue=context.settings.task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    try:
        stated = await asyncio.wait_for(handle.result(), WAIT)
    except TimeoutError:
        response.status_code = 202
        return None
    return await _one(context, stated.number)


async def _one(context: Context, number: int) -> StatementOut:
    async with context.database.read() as connection:
        row = await statements.one(connection, number)
    if row is None:
        raise not_found()
    return _out(context, row)


def _out(context: Context, row: StatementRow) -> StatementOut:
    return StatementOut(
        id=row.id,
        at=row.at.astimezone(context.settings.zone).isoformat(),
        clean=not row.findings,
        open_items=row.open_items,
        ended_items=row.ended_items,
        limits=row.limits,
        entries=row.entries,
        findings=[
            FindingOut(
                fault=finding.fault,
                fault_name=FAULT_NAMES[finding.fault],
                item_id=finding.item_id,
                number=finding.number,
                text=finding.text,
            )
            for finding in row.findings
        ],
        hash=row.hash,
    )
