"""AB角: who stands in for whom."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import Field

from api.audit import Changing
from api.context import ContextDep
from api.directory_schemas import CursorField, Limit, StandInIn, StandInList, StandInOut
from api.errors import not_found
from api.paging import page, place
from api.requests import body_of, documented
from api.rights import RegistersDep, RulesReaderDep
from api.schemas import Strict
from domain.permissions import may_read_stand_ins
from store import stand_ins
from store.rows import StandInRow

router = APIRouter(prefix="/stand-ins", tags=["代理（AB角）"], route_class=Changing)
NumberPath = Annotated[int, Path(ge=1, le=2**62, description="代理的编号")]


class StandInQuery(Strict):
    """Which stand-ins."""

    in_force: Annotated[bool | None, Field(description="今日有效与否")] = None
    username: Annotated[
        str | None, Field(max_length=200, description="代理人或被代理人的用户名")
    ] = None
    limit: Limit = 50
    cursor: CursorField = None


@router.get(
    "",
    summary="代理名册",
    description="新的在前。督查室和系统管理员看全部，其他人只看与本人有关的。",
)
async def list_stand_ins(
    query: Annotated[StandInQuery, Query()], context: ContextDep, actor: RulesReaderDep
) -> StandInList:
    """Stand-ins, the newest first; to others than the office and the administrator those that
    concern them."""
    offset = place("stand-ins", query.cursor)
    username = query.username if may_read_stand_ins(actor) else actor.username
    async with context.database.read() as connection:
        found = await stand_ins.find(
            connection,
            in_force=query.in_force,
            username=username,
            limit=query.limit + 1,
            offset=offset,
        )
    shown, cursor = page("stand-ins", found, query.limit, offset)
    return StandInList(items=[_out(row) for row in shown], next_cursor=cursor)


@router.post(
    "",
    status_code=201,
    summary="登记代理",
    description="督查室负责人或系统管理员办。不能代理本人，不能层层代理，同一时段只能有一名代理人；"
    "区领导只能由区领导代理，单位人员由本单位人员代理。代理期内代理人可见被代理人可见的事项，"
    "收到同样的通知，可用 on_behalf_of 代为办理，记录双方姓名。",
    openapi_extra=documented(StandInIn),
)
async def add_stand_in(
    request: Request,
    context: ContextDep,
    actor: RegistersDep,
    body: Annotated[StandInIn, Depends(body_of(StandInIn))],
) -> StandInOut:
    """A stand-in for a time."""
    request.state.about = body.absent.strip()
    async with context.database.write() as connection:
        row = await stand_ins.add(
            connection,
            stand_in=body.stand_in.strip(),
            absent=body.absent.strip(),
            since=body.since,
            until=body.until,
            reason=body.reason,
            made_by=actor.username,
        )
    return _out(row)


@router.delete(
    "/{number}",
    summary="终止代理",
    description="督查室负责人或系统管理员办。即刻终止，记录保留。",
)
async def end_stand_in(number: NumberPath, context: ContextDep, _: RegistersDep) -> StandInOut:
    """End it at once; the record stays."""
    async with context.database.write() as connection:
        row = await stand_ins.end(connection, number)
    if row is None:
        raise not_found()
    return _out(row)


def _out(row: StandInRow) -> StandInOut:
    return StandInOut(
        id=row.id,
        stand_in=row.stand_in,
        stand_in_name=row.stand_in_name,
        absent=row.absent,
        absent_name=row.absent_name,
        since=row.since,
        until=row.until,
        reason=row.reason,
        made_by=row.made_by,
        current=row.current,
    )
