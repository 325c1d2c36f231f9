"""区政府领导: what is in their charge, and who follows whom."""

from datetime import datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from api.audit import Changing
from api.context import ContextDep
from api.directory_schemas import (
    ChargeIn,
    CodePath,
    FieldOut,
    LeaderList,
    LeaderOut,
    SubjectOut,
    SubjectsIn,
    SuccessionIn,
    SuccessionList,
    SuccessionOut,
)
from api.errors import not_found
from api.requests import body_of, documented
from api.rights import RegistersDep, RulesReaderDep
from api.schemas import Day
from domain.acts import require_text
from domain.errors import Invalid
from domain.items import Role
from domain.succession import HandOver
from store import leaders, persons, reads, successions
from store.rows import LeaderRow, SuccessionRow
from store.session import ReadConnection
from workflows.ids import succession_id_for

router = APIRouter(prefix="/leaders", tags=["区政府领导"], route_class=Changing)
UsernamePath = Annotated[str, Path(min_length=1, max_length=200, description="区政府领导的用户名")]
UntilQuery = Annotated[Day | None, Query(description="分管的最后一日；不填即刻终止")]
FARTHEST = timedelta(days=366)
UNDER_WAY = 202


@router.get(
    "",
    summary="区政府领导及分管",
    description="每位领导分管的单位和事项；history=true 连同已终止的。一个单位可有几位分管领导，"
    "其中一位阅签即可。",
)
async def list_leaders(
    context: ContextDep,
    _: RulesReaderDep,
    history: Annotated[bool, Query(description="连同已终止的")] = False,
) -> LeaderList:
    """All leaders, and what is in their charge."""
    async with context.database.read() as connection:
        found = await leaders.all_leaders(connection, history=history)
    return LeaderList(items=[_out(row) for row in found])


@router.put(
    "/{username}/units/{code}",
    summary="登记分管的单位",
    description="督查室负责人或系统管理员办。不影响该单位的其他分管领导。",
    openapi_extra=documented(ChargeIn),
)
async def put_charge(
    username: UsernamePath,
    code: CodePath,
    context: ContextDep,
    _: RegistersDep,
    body: Annotated[ChargeIn, Depends(body_of(ChargeIn))],
) -> LeaderOut:
    """Have a leader in charge of one more unit."""
    async with context.database.write() as connection:
        unit = await reads.unit(connection, code)
        if unit is None or unit.code != code:
            raise not_found()
        await leaders.put_charge(connection, code, username, body.since)
        return await _one(connection, username)


@router.delete(
    "/{username}/units/{code}",
    summary="终止分管一个单位",
    description="督查室负责人或系统管理员办。只记终止日期，不删除记录；"
    "待签事项须移交的，用 succession。",
)
async def end_charge(
    username: UsernamePath,
    code: CodePath,
    context: ContextDep,
    _: RegistersDep,
    until: UntilQuery = None,
) -> LeaderOut:
    """End a leader's charge of a unit; the record stays."""
    async with context.database.write() as connection:
        if not await leaders.end_charge(connection, code, username, until):
            raise not_found()
        return await _one(connection, username)


@router.put(
    "/{username}/subjects",
    summary="登记分管的事项",
    description="督查室负责人或系统管理员办。文字说明；不再列入的即行终止，记录保留。",
    openapi_extra=documented(SubjectsIn),
)
async def put_subjects(
    username: UsernamePath,
    context: ContextDep,
    _: RegistersDep,
    body: Annotated[SubjectsIn, Depends(body_of(SubjectsIn))],
) -> LeaderOut:
    """Have a leader in charge of exactly these subjects."""
    async with context.database.write() as connection:
        await leaders.put_subjects(connection, username, body.subjects)
        return await _one(connection, username)


@router.post(
    "/{username}/succession",
    status_code=201,
    summary="领导离任，移交分管和待签事项",
    description="督查室负责人或系统管理员办。自继任之日起由继任者分管原任的全部单位和事项；待阅签、待协调、"
    "待提延期意见的在办事项逐件记入办理过程，并通知继任者和督查室。同一移交再发一次没有影响。",
    responses={
        UNDER_WAY: {"model": SuccessionOut, "description": "已受理，正在移交"},
    },
    openapi_extra=documented(SuccessionIn),
)
async def succession(
    username: UsernamePath,
    response: Response,
    context: ContextDep,
    actor: RegistersDep,
    body: Annotated[SuccessionIn, Depends(body_of(SuccessionIn))],
) -> SuccessionOut:
    """A leader's fields and what waits for him pass to his successor: a workflow of its own does
    that, whatever happens to this process."""
    require_text(reason=body.reason)
    today = context.now().date()
    if not today - FARTHEST <= body.on <= today + FARTHEST:
        raise Invalid("date_out_of_range", "继任之日须在今日前后一年之内，请核对。")
    successor = body.successor.strip()
    async with context.database.read() as connection:
        await _check(connection, username, successor)
        names = await persons.leader_names(connection, [username, successor])
    change = HandOver(
        predecessor=username,
        predecessor_name=names[username],
        successor=successor,
        successor_name=names[successor],
        on=body.on,
        reason=body.reason,
    )
    begins_at = datetime.combine(body.on, time(0), context.settings.zone)
    done = await context.commands.succeed(change=change, begins_at=begins_at, actor=actor)
    if done is None:
        response.status_code = UNDER_WAY
        return _unrecorded(change, actor.username)
    return _succession_out(done)


async def _check(connection: ReadConnection, predecessor: str, successor: str) -> None:
    if predecessor == successor:
        raise Invalid("same_leader", "继任领导不能是本人，请另选。")
    leader = await leaders.one(connection, predecessor, history=True)
    if leader is None or not (leader.fields or leader.subjects):
        raise Invalid("unknown_leader", f"“{predecessor[:60]}”没有分管的单位或事项，无需移交。")
    account = await reads.actor(connection, successor)
    if account is None or account.role is not Role.DEPUTY:
        raise Invalid(
            "unknown_leader",
            f"“{successor[:60]}”没有可用的区政府分管领导账号，请先建立账号。",
        )


@router.get(
    "/{username}/successions",
    summary="领导的移交记录",
    description="作为原任或继任的，新的在前。",
)
async def list_successions(
    username: UsernamePath, context: ContextDep, _: RulesReaderDep
) -> SuccessionList:
    """Whom a leader followed, and who followed him."""
    async with context.database.read() as connection:
        found = await successions.of_leader(connection, username)
    return SuccessionList(items=[_succession_out(row) for row in found])


async def _one(connection: ReadConnection, username: str) -> LeaderOut:
    found = await leaders.one(connection, username)
    if found is None:
        return LeaderOut(username=username, name=username, reachable=False, fields=[], subjects=[])
    return _out(found)


def _out(row: LeaderRow) -> LeaderOut:
    return LeaderOut(
        username=row.username,
        name=row.name,
        reachable=row.reachable,
        fields=[
            FieldOut(
                unit=field.unit_code,
                unit_name=field.unit_name,
                since=field.since,
                until=field.until,
                current=field.current,
            )
            for field in row.fields
        ],
        subjects=[
            SubjectOut(subject=one.subject, since=one.since, until=one.until, current=one.current)
            for one in row.subjects
        ],
    )


def _succession_out(row: SuccessionRow) -> SuccessionOut:
    return SuccessionOut(
        id=row.id,
        predecessor=row.predecessor,
        predecessor_name=row.predecessor_name,
        successor=row.successor,
        successor_name=row.successor_name,
        on=row.on,
        reason=row.reason,
        units=list(row.units),
        made_by=row.made_by,
    )


def _unrecorded(change: HandOver, made_by: str) -> SuccessionOut:
    return SuccessionOut(
        id=succession_id_for(change.predecessor, change.successor, change.on),
        predecessor=change.predecessor,
        predecessor_name=change.predecessor_name,
        successor=change.successor,
        successor_name=change.successor_name,
        on=change.on,
        reason=change.reason,
        units=[],
        made_by=made_by,
    )
