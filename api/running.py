"""How the system runs: its parts, the workers' queue and what is late in it, and its versions."""

import asyncio
import platform
from collections.abc import Awaitable
from datetime import datetime
from importlib.metadata import version
from typing import TypeVar

from fastapi import APIRouter
from pydantic import BaseModel, Field
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    DescribeTaskQueueResponse,
    GetSystemInfoRequest,
)

from api.context import Context, ContextDep
from api.rights import RunningDep
from runtime.settings import Settings
from store.migrate import migrate_check

router = APIRouter(tags=["运行"])
PATIENCE = 2.0
T = TypeVar("T")


class QueueOut(BaseModel):
    """One sort of work, and who does it."""

    kind: str = Field(description="workflow 流程，activity 读写")
    workers: int = Field(description="最近五分钟内来取任务的工作进程")
    seen_at: datetime | None = Field(description="最近一次有工作进程来取任务")
    waiting: int = Field(description="排队等待的任务，约数")
    lag_seconds: float = Field(description="排在最前的任务已等待多久")


class VersionsOut(BaseModel):
    """What runs."""

    duban: str
    python: str
    temporal: str = Field(description="没有应答的为空")


class RunningOut(BaseModel):
    """How the system runs at this moment."""

    at: datetime
    database: bool = Field(description="能应答")
    schema_current: bool = Field(description="结构为最新")
    temporal: bool = Field(description="能应答")
    queues: list[QueueOut]
    versions: VersionsOut
    temporal_ui: str = Field(description="流程界面中各流程的地址，末尾加流程编号；没有设置的为空")


@router.get(
    "/running",
    summary="运行情况",
    description="督查室或系统管理员看。数据库和流程引擎能否应答，工作进程和积压，各部分的版本。",
)
async def running(context: ContextDep, _: RunningDep) -> RunningOut:
    """Every part is asked, and none is waited for longer than a moment."""
    schema, server, flows, works = await asyncio.gather(
        _answer(migrate_check(context.database)),
        _answer(context.client.workflow_service.get_system_info(GetSystemInfoRequest())),
        _answer(_queue(context, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW)),
        _answer(_queue(context, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY)),
    )
    return RunningOut(
        at=context.now(),
        database=schema is not None,
        schema_current=schema is not None and schema.current,
        temporal=server is not None,
        queues=[
            _queue_out(context, kind, found)
            for kind, found in (("workflow", flows), ("activity", works))
            if found is not None
        ],
        versions=VersionsOut(
            duban=version("duban"),
            python=platform.python_version(),
            temporal=server.server_version if server else "",
        ),
        temporal_ui=flows_at(context.settings),
    )


def flows_at(settings: Settings) -> str:
    """Where Temporal's own pages show a workflow, its id to be added; empty if nobody said."""
    ui = settings.temporal_ui_url.rstrip("/")
    return f"{ui}/namespaces/{settings.temporal_namespace}/workflows/" if ui else ""


async def _queue(context: Context, kind: "TaskQueueType.ValueType") -> DescribeTaskQueueResponse:
    return await context.client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=context.client.namespace,
            task_queue=TaskQueue(name=context.settings.task_queue),
            task_queue_type=kind,
            report_stats=True,
        )
    )


def _queue_out(context: Context, kind: str, found: DescribeTaskQueueResponse) -> QueueOut:
    seen = [one.last_access_time.ToDatetime(context.settings.zone) for one in found.pollers]
    age = found.stats.approximate_backlog_age
    return QueueOut(
        kind=kind,
        workers=len(found.pollers),
        seen_at=max(seen, default=None),
        waiting=found.stats.approximate_backlog_count,
        lag_seconds=age.seconds + age.nanos / 1e9,
    )


async def _answer(question: Awaitable[T]) -> T | None:
    try:
        return await asyncio.wait_for(question, PATIENCE)
    except Exception:
        return None
