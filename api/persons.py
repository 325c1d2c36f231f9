"""Persons of the directory: names, phones, and the accounts some of them have."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import Field

from api.audit import Changing
from api.context import ContextDep
from api.directory_schemas import CursorField, Limit, PersonIn, PersonList, PersonOut, person_out
from api.errors import not_found
from api.paging import page, place
from api.requests import body_of, documented
from api.rights import OwnRegistersDep, RegistersDep, RulesReaderDep
from api.schemas import Strict
from domain.errors import Forbidden
from domain.items import Actor, Role
from domain.permissions import Right, has_right, may_edit_trio
from store import persons, posts
from store.rows import PersonRow
from store.session import ReadConnection

router = APIRouter(prefix="/persons", tags=["人员"], route_class=Changing)
PersonPath = Annotated[int, Path(ge=1, le=2**62, description="人员的编号")]


class PersonQuery(Strict):
    """Which persons."""

    q: Annotated[str | None, Field(max_length=200, description="姓名、电话、用户名中的文字")] = None
    unit: Annotated[str | None, Field(max_length=40, description="在该单位任职的")] = None
    limit: Limit = 50
    cursor: CursorField = None


@router.get(
    "",
    summary="人员名册",
    description="按登记先后。单位账号只能看本单位的责任人。",
)
async def list_persons(
    query: Annotated[PersonQuery, Query()], context: ContextDep, actor: RulesReaderDep
) -> PersonList:
    """Persons, in the order of registration; to a unit those of its own trio."""
    offset = place("persons", query.cursor)
    unit = actor.unit if actor.role is Role.UNIT else query.unit
    async with context.database.read() as connection:
        found = await persons.find_persons(
            connection, q=query.q, unit=unit, limit=query.limit + 1, offset=offset
        )
    shown, cursor = page("persons", found, query.limit, offset)
    return PersonList(items=[person_out(row) for row in shown], next_cursor=cursor)


@router.post(
    "",
    status_code=201,
    summary="登记人员",
    description="督查室负责人或系统管理员办。没有账号的人也可登记；账号相同，或姓名电话都相同的，不再登记。",
    openapi_extra=documented(PersonIn),
)
async def add_person(
    request: Request,
    context: ContextDep,
    _: RegistersDep,
    body: Annotated[PersonIn, Depends(body_of(PersonIn))],
) -> PersonOut:
    """Somebody new."""
    async with context.database.write() as connection:
        added = await persons.add_person(connection, _person(body))
        request.state.about = added.id
        return person_out(added)


@router.get("/{person_id}", summary="一名人员", description="姓名、电话、账号和现任的职务。")
async def get_person(
    person_id: PersonPath, context: ContextDep, actor: RulesReaderDep
) -> PersonOut:
    """Somebody; to a unit only those of its own trio."""
    async with context.database.read() as connection:
        return person_out(await _visible(connection, actor, person_id))


@router.put(
    "/{person_id}",
    summary="修改人员",
    description="督查室负责人、系统管理员，或其所在单位的第一责任人、单位分管负责人办（账号除外）。"
    "已下达的事项仍显示当时的姓名。",
    openapi_extra=documented(PersonIn),
)
async def put_person(
    person_id: PersonPath,
    context: ContextDep,
    actor: OwnRegistersDep,
    body: Annotated[PersonIn, Depends(body_of(PersonIn))],
) -> PersonOut:
    """Name, phone, note and account as they are from now on."""
    async with context.database.write() as connection:
        known = await _visible(connection, actor, person_id)
        await _check_editor(connection, actor, known)
        if not has_right(Right.REGISTERS, actor) and (body.username or None) != known.username:
            detail = "账号由督查室负责人或系统管理员关联，请照原样填写 username。"
            raise Forbidden("not_your_role", detail)
        return person_out(await persons.change_person(connection, person_id, _person(body)))


def _person(body: PersonIn) -> persons.Person:
    return persons.Person(name=body.name, phone=body.phone, note=body.note, username=body.username)


async def _visible(connection: ReadConnection, actor: Actor, person_id: int) -> PersonRow:
    found = await persons.one(connection, person_id)
    if found is None:
        raise not_found()
    if actor.role is Role.UNIT and actor.unit not in {unit for unit, _ in found.posts}:
        raise not_found()
    return found


async def _check_editor(connection: ReadConnection, actor: Actor, known: PersonRow) -> None:
    held = await posts.posts_of(connection, actor.username, actor.unit or "")
    if any(may_edit_trio(actor, unit, held) for unit, _ in known.posts) or has_right(
        Right.REGISTERS, actor
    ):
        return
    raise Forbidden(
        "not_trio_editor",
        "只有督查室负责人、系统管理员和本单位的第一责任人、单位分管负责人可以修改，请由其办理。",
    )
