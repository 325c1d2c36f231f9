"""Whether the process lives, and whether it can work."""

import asyncio
from collections.abc import Awaitable

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from api.context import Context, ContextDep
from api.rights import FOR_EVERYBODY
from api.schemas import ReadyOut
from store.migrate import migrate_check

router = APIRouter(tags=["运行"], dependencies=[FOR_EVERYBODY])
PATIENCE = 2.0


@router.get("/healthz", summary="进程存活", description="进程能应答。")
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get(
    "/readyz",
    summary="可以受理",
    description="数据库（结构为最新）和流程引擎都能应答；否则 503，说明是哪一个不能。",
    responses={200: {"model": ReadyOut}, 503: {"model": ReadyOut, "description": "暂不能受理"}},
)
async def readyz(context: ContextDep) -> JSONResponse:
    """Database (with its schema current) and Temporal answer; else 503 says which does not."""
    database, temporal = await asyncio.gather(
        _answers(_database(context)), _answers(context.client.service_client.check_health())
    )
    ready = database and temporal
    parts = ReadyOut(database=database, temporal=temporal, ready=ready)
    return JSONResponse(parts.model_dump(), status_code=200 if ready else 503)


async def _database(context: Context) -> bool:
    return (await migrate_check(context.database)).current


async def _answers(question: Awaitable[bool]) -> bool:
    try:
        return await asyncio.wait_for(question, PATIENCE)
    except Exception:
        return False
