"""Units: their names and sorts, the deputy leaders in charge of them, their trio (R47), and the
rules of work they have lodged (R48)."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Path, Query
from pydantic import Field

from api.audit import Changing
from api.context import ContextDep
from api.directory_schemas import (
    POSTS,
    AppointIn,
    CodePath,
    CursorField,
    PostList,
    PostOut,
    RegulationIn,
    RegulationList,
    RegulationOut,
    TrioPost,
    person_out,
)
from api.errors import NotFound, not_found
from api.paging import page, place
from api.requests import body_of, documented
from api.rights import OwnRegistersDep, RegistersDep, RulesReaderDep
from api.schemas import Day, Strict, UnitIn, UnitList, UnitOut, WarningOut
from domain.directory import (
    NO_DEPUTY,
    OBJECT_TYPE_NAMES,
    POST_NAMES,
    SORT_NAMES,
    TRIO_DOUBLED,
    ObjectType,
    Post,
    Sort,
)
from domain.errors import Forbidden, Invalid, Refused
from domain.items import Actor
from domain.permissions import Right, has_right, may_edit_trio, may_read_trio
from store import persons, posts, reads, regulations, units
from store.locks import DIRECTORY, exclusively
from store.rows import PostRow, RegulationRow, UnitRow
from store.session import ReadConnection, WriteConnection
from store.units import UnitDetails

router = APIRouter(prefix="/units", tags=["单位"], route_class=Changing)
PostPath = Annotated[TrioPost, Path(description=POSTS)]
UntilQuery = Annotated[Day | None, Query(description="任职的最后一日；不填即刻终止")]
NumberPath = Annotated[int, Path(ge=1, le=2**62, description="编号")]
DETAILS = frozenset({"sort", "object_type", "active_from", "active_until"})


@router.put(
    "/{code}",
    summary="登记或修改单位",
    description="督查室负责人或系统管理员办。分管领导还没有账号的，照样登记，并在 warnings 中提示；"
    "不再列入的分管领导任职至昨日，记录保留。",
    openapi_extra=documented(UnitIn),
)
async def put_unit(
    code: CodePath,
    context: ContextDep,
    _: RegistersDep,
    body: Annotated[UnitIn, Depends(body_of(UnitIn))],
    if_none_match: Annotated[
        Literal["*"] | None, Header(description="*：只登记新单位；代码已有的不改动，答复 409")
    ] = None,
) -> UnitOut:
    """A unit and its deputy leaders. A deputy without an account is kept and warned about. Raises
    ``Refused('unit_code_taken')``."""
    async with context.database.write() as connection:
        await exclusively(connection, DIRECTORY)
        known = await reads.unit(connection, code)
        if if_none_match and known and known.code == code:
            raise Refused(
                "unit_code_taken",
                f"代码（code）{code} 已属于“{known.name}”，请换一个，或到该单位的页面修改。",
            )
        details = _details(body, known if known and known.code == code else None)
        deputies = body.deputies if "deputies" in body.model_fields_set else None
        unit = await units.put_unit(connection, code, body.name, deputies, details)
        return _out(unit)


def _details(body: UnitIn, known: UnitRow | None) -> UnitDetails:
    """What the body says; where it says nothing, what is known."""
    before = {name: getattr(known, name) for name in DETAILS} if known else {}
    said = {**before, **{name: getattr(body, name) for name in DETAILS & body.model_fields_set}}
    object_type = said.get("object_type")
    return UnitDetails(
        sort=Sort(said.get("sort", Sort.OTHER)),
        object_type=ObjectType(object_type) if object_type else None,
        active_from=said.get("active_from"),
        active_until=said.get("active_until"),
    )


class UnitQuery(Strict):
    """Which units; every filter left out asks for everything."""

    incomplete: Annotated[
        bool | None,
        Field(description="true：三名责任人或区政府分管领导不齐，或一人兼两职的"),
    ] = None
    lodged: Annotated[bool | None, Field(description="false：没有报备办理工作制度的")] = None
    sort: Sort | None = None
    q: Annotated[str | None, Field(max_length=200, description="代码或全称中的文字")] = None
    limit: Annotated[int, Field(ge=1, le=500)] = 500
    cursor: CursorField = None


@router.get(
    "",
    summary="全部单位",
    description="按代码排列；可只看责任人不齐的（incomplete=true）、没有报备办理工作制度的"
    "（lodged=false）。",
)
async def list_units(
    query: Annotated[UnitQuery, Query()], context: ContextDep, _: RulesReaderDep
) -> UnitList:
    """Units, by code."""
    offset = place("units", query.cursor)
    async with context.database.read() as connection:
        found = await units.find_units(
            connection,
            incomplete=query.incomplete,
            lodged=query.lodged,
            sort=query.sort,
            q=query.q,
        )
        shown, cursor = page("units", found[offset : offset + query.limit + 1], query.limit, offset)
        return UnitList(items=[_out(unit) for unit in shown], next_cursor=cursor)


@router.get("/{code}", summary="一个单位", description="名称、类别、分管领导和空缺的职务。")
async def get_unit(code: CodePath, context: ContextDep, _: RulesReaderDep) -> UnitOut:
    """One unit."""
    async with context.database.read() as connection:
        return _out(await _unit(connection, code))


async def _unit(connection: ReadConnection, code: str) -> UnitRow:
    found = await reads.unit(connection, code)
    if found is None or found.code != code:
        raise not_found()
    return found


def _out(unit: UnitRow) -> UnitOut:
    object_type = ObjectType(unit.object_type) if unit.object_type else None
    sort = Sort(unit.sort)
    return UnitOut(
        code=unit.code,
        name=unit.name,
        deputies=list(unit.deputies),
        warnings=_warnings(unit),
        sort=sort,
        sort_name=SORT_NAMES[sort],
        object_type=object_type,
        object_type_name=OBJECT_TYPE_NAMES[object_type] if object_type else None,
        active_from=unit.active_from,
        active_until=unit.active_until,
        vacant=list(unit.vacant),
        regulations=unit.regulations,
    )


def _warnings(unit: UnitRow) -> list[WarningOut]:
    warnings = []
    for name in unit.unreachable:
        detail = f"“{name}”没有可用的分管领导账户，通知无法送达。"
        warnings.append(WarningOut(code="no_account", detail=detail))
    if not unit.deputies:
        warnings.append(WarningOut(code="no_deputy", detail=NO_DEPUTY))
    return [*warnings, *_doubled(unit)]


def _doubled(unit: UnitRow) -> list[WarningOut]:
    if not unit.doubled:
        return []
    return [WarningOut(code="trio_same_person", detail=TRIO_DOUBLED)]


# --- the trio -----------------------------------------------------------------------------------


@router.get(
    "/{code}/posts",
    summary="单位的三名责任人",
    description="第一责任人、单位分管负责人、具体责任人；history=true 连同历任。"
    "单位账号只能看本单位的。",
)
async def list_posts(
    code: CodePath,
    context: ContextDep,
    actor: RulesReaderDep,
    history: Annotated[bool, Query(description="连同历任")] = False,
) -> PostList:
    """Who holds a unit's posts, and who held them."""
    async with context.database.read() as connection:
        unit = await _unit(connection, code)
        if not may_read_trio(actor, code):
            raise Forbidden("not_your_unit", "只能查看本单位的责任人；其他单位的，请联系督查室。")
        return await _post_list(connection, unit, history=history)


@router.put(
    "/{code}/posts/{post}",
    summary="登记一名责任人",
    description="督查室负责人、系统管理员，或本单位的第一责任人、单位分管负责人办。"
    "原任的任职到前一日为止，记录保留；已下达的事项仍显示当时的姓名。",
    openapi_extra=documented(AppointIn),
)
async def put_post(
    code: CodePath,
    post: PostPath,
    context: ContextDep,
    actor: OwnRegistersDep,
    body: Annotated[AppointIn, Depends(body_of(AppointIn))],
) -> PostList:
    """Have somebody hold a post; whoever held it is kept with the dates of service."""
    if (body.person_id is None) == (body.name is None):
        raise Invalid("person_required", "姓名（name）、人员（person_id）须填其一，不能都填。")
    if body.username and not has_right(Right.REGISTERS, actor):
        raise Forbidden(
            "not_your_role", "账号由督查室负责人或系统管理员关联，请不要填写 username。"
        )
    async with context.database.write() as connection:
        await _editable(connection, actor, code)
        person_id = await _meant(connection, actor, code, body)
        await posts.appoint(connection, code, Post(post), person_id, body.since)
        return await _post_list(connection, await _unit(connection, code))


async def _meant(connection: WriteConnection, actor: Actor, code: str, body: AppointIn) -> int:
    """The person to hold a post. A unit finds by number only who served in it before."""
    if body.name is not None:
        said = persons.Person(name=body.name, phone=body.phone, username=body.username)
        return await persons.person_for_post(connection, code, said)
    assert body.person_id is not None
    if has_right(Right.REGISTERS, actor):
        known = await persons.one(connection, body.person_id) is not None
    else:
        served = await posts.services(connection, code, history=True)
        known = any(row.person.id == body.person_id for row in served)
    if not known:
        raise persons.unknown_person()
    return body.person_id


@router.delete(
    "/{code}/posts/{post}",
    summary="终止一名责任人的任职",
    description="督查室负责人、系统管理员，或本单位的第一责任人、单位分管负责人办。"
    "只记终止日期，不删除记录。",
)
async def end_post(
    code: CodePath,
    post: PostPath,
    context: ContextDep,
    actor: OwnRegistersDep,
    until: UntilQuery = None,
) -> PostList:
    """End a service; the record stays."""
    async with context.database.write() as connection:
        await _editable(connection, actor, code)
        if not await posts.dismiss(connection, code, Post(post), until):
            raise NotFound("not_found", f"该单位现在没有{POST_NAMES[Post(post)]}。")
        return await _post_list(connection, await _unit(connection, code))


async def _editable(connection: ReadConnection, actor: Actor, code: str) -> UnitRow:
    """The unit, where ``actor`` may change its trio. Raises ``NotFound``, ``Forbidden``."""
    unit = await _unit(connection, code)
    held = await posts.posts_of(connection, actor.username, code)
    if not may_edit_trio(actor, code, held):
        raise Forbidden(
            "not_trio_editor",
            "只有督查室负责人、系统管理员和本单位的第一责任人、单位分管负责人可以修改，请由其办理。",
        )
    return unit


async def _post_list(
    connection: ReadConnection, unit: UnitRow, *, history: bool = False
) -> PostList:
    rows = await posts.services(connection, unit.code, history=history)
    return PostList(items=[_post_out(row) for row in rows], warnings=_doubled(unit))


def _post_out(row: PostRow) -> PostOut:
    post = Post(row.post)
    return PostOut(
        post=post,
        post_name=POST_NAMES[post],
        person=person_out(row.person),
        since=row.since,
        until=row.until,
        current=row.current,
    )


# --- rules of work ------------------------------------------------------------------------------


@router.get(
    "/{code}/regulations",
    summary="单位报备的办理工作制度",
    description="连同已撤回的，新的在前。（办法 六(二)）",
)
async def list_regulations(
    code: CodePath, context: ContextDep, _: RulesReaderDep
) -> RegulationList:
    """What a unit has lodged."""
    async with context.database.read() as connection:
        await _unit(connection, code)
        found = await regulations.of_unit(connection, code)
    return RegulationList(items=[_regulation_out(row) for row in found])


@router.post(
    "/{code}/regulations",
    status_code=201,
    summary="报备办理工作制度",
    description="督查室负责人、系统管理员或本单位的账号办。文件报备后，除特邀督查员和第三方外，"
    "登录人员都可下载。",
    openapi_extra=documented(RegulationIn),
)
async def lodge_regulation(
    code: CodePath,
    context: ContextDep,
    actor: OwnRegistersDep,
    body: Annotated[RegulationIn, Depends(body_of(RegulationIn))],
) -> RegulationOut:
    """Lodge a unit's rules of work."""
    _check_own(actor, code)
    try:
        await context.references.readable_file(actor, body.file_id)
    except NotFound:
        detail = "没有这个附件，请先上传（POST /files），填写所得的 id。"
        raise Invalid("unknown_file", detail) from None
    async with context.database.write() as connection:
        await _unit(connection, code)
        row = await regulations.lodge(
            connection,
            code,
            title=body.title,
            adopted_on=body.adopted_on,
            file_id=body.file_id,
            by=actor.username,
        )
    return _regulation_out(row)


@router.delete(
    "/{code}/regulations/{number}",
    summary="撤回办理工作制度",
    description="督查室负责人、系统管理员或本单位的账号办。只记撤回日期，不删除记录。",
)
async def withdraw_regulation(
    code: CodePath, number: NumberPath, context: ContextDep, actor: OwnRegistersDep
) -> RegulationList:
    """Withdraw one; the record stays."""
    _check_own(actor, code)
    async with context.database.write() as connection:
        if not await regulations.withdraw(connection, code, number):
            raise not_found()
        found = await regulations.of_unit(connection, code)
    return RegulationList(items=[_regulation_out(row) for row in found])


def _check_own(actor: Actor, code: str) -> None:
    if not has_right(Right.REGISTERS, actor) and actor.unit != code:
        raise Forbidden(
            "not_your_unit",
            "只能报备、撤回本单位的办理工作制度；其他单位的，请由该单位或督查室负责人办理。",
        )


def _regulation_out(row: RegulationRow) -> RegulationOut:
    return RegulationOut(
        id=row.id,
        unit=row.unit_code,
        title=row.title,
        adopted_on=row.adopted_on,
        file_id=row.file_id,
        lodged_by=row.lodged_by,
        withdrawn_on=row.withdrawn_on,
    )
