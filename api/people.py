"""Units and the deputy leaders in charge of them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from api.access import RegistersDep, RulesReaderDep
from api.audit import Changing
from api.context import ContextDep
from api.requests import body_of, documented
from api.schemas import UnitIn, UnitList, UnitOut, WarningOut
from domain.items import Role
from store import people, reads
from store.rows import UnitRow
from store.session import ReadConnection

router = APIRouter(prefix="/units", tags=["单位"], route_class=Changing)
CodePath = Annotated[
    str, Path(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_\-]+$", description="单位代码")
]


@router.put(
    "/{code}",
    summary="登记或修改单位",
    description="督查室或系统管理员办。分管领导还没有账号的，照样登记，并在 warnings 中提示。",
    openapi_extra=documented(UnitIn),
)
async def put_unit(
    code: CodePath,
    context: ContextDep,
    _: RegistersDep,
    body: Annotated[UnitIn, Depends(body_of(UnitIn))],
) -> UnitOut:
    """A unit and its deputy leaders. A deputy without an account is kept and warned about."""
    async with context.database.write() as connection:
        unit = await people.put_unit(connection, code, body.name, body.deputies)
        return await _out(connection, unit)


@router.get("", summary="全部单位", description="按代码排列。")
async def list_units(context: ContextDep, _: RulesReaderDep) -> UnitList:
    """Every unit, by code."""
    async with context.database.read() as connection:
        units = await reads.units(connection)
        return UnitList(items=[await _out(connection, unit) for unit in units])


async def _out(connection: ReadConnection, unit: UnitRow) -> UnitOut:
    warnings = []
    for name in unit.deputies:
        deputy = await reads.actor(connection, name)
        if deputy is None or deputy.role is not Role.DEPUTY:
            detail = f"“{name}”没有可用的分管领导账户，通知无法送达。"
            warnings.append(WarningOut(code="no_account", detail=detail))
    if not unit.deputies:
        detail = "尚未登记区政府分管领导，逾期和阅签将无人可送。"
        warnings.append(WarningOut(code="no_deputy", detail=detail))
    return UnitOut(code=unit.code, name=unit.name, deputies=list(unit.deputies), warnings=warnings)
