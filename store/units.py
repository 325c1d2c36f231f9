"""Units, and the deputy leaders in charge of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.directory import ObjectType, Sort
from domain.errors import Invalid
from domain.text import plain_name
from store import reads
from store.locks import DIRECTORY, exclusively
from store.rows import UnitRow
from store.session import ReadConnection, WriteConnection
from store.tables import unit_deputies, units
from store.terms import TODAY, ended_at_once, serving


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitDetails:
    """What else is known of a unit; the dates are the first and last day of its being."""

    sort: Sort = Sort.OTHER
    object_type: ObjectType | None = None
    active_from: date | None = None
    active_until: date | None = None


async def put_unit(
    conn: WriteConnection,
    code: str,
    name: str,
    deputies: Sequence[str] | None,
    details: UnitDetails | None = None,
) -> UnitRow:
    """Have a unit of that code with that name and those deputy leaders in charge from today on,
    who need not have accounts yet; a service that ends is kept. ``None`` leaves deputies, or
    details, as they are. Raises ``Invalid``."""
    await exclusively(conn, DIRECTORY)
    code, name = plain_name(code, "单位代码"), plain_name(name, "单位全称")
    taken = select(units.c.code).where(units.c.name == name, units.c.code != code)
    if other := await conn.scalar(taken):
        raise Invalid(
            "unit_name_taken", f"单位全称“{name}”已属于代码 {other}，请核对代码，或先将该单位改名。"
        )
    new = insert(units).values(code=code, name=name, **_columns(details))
    put = new.on_conflict_do_update(
        index_elements=["code"], set_={"name": name, **_columns(details)}
    )
    await conn.execute(put)
    if deputies is not None:
        await _put_deputies(conn, code, deputies)
    found = await reads.unit(conn, code)
    assert found is not None
    return found


def _columns(details: UnitDetails | None) -> dict[str, object]:
    if details is None:
        return {}
    first, last = details.active_from, details.active_until
    if first and last and last < first:
        raise Invalid("bad_period", "单位的停用日期不能早于启用日期，请核对。")
    return {
        "sort": details.sort.value,
        "object_type": details.object_type.value if details.object_type else None,
        "active_from": first,
        "active_until": last,
    }


async def _put_deputies(conn: WriteConnection, code: str, deputies: Sequence[str]) -> None:
    """Those in charge today are exactly these; what is to begin later is left as it is, or begins
    today."""
    wanted = {plain_name(username, "分管领导用户名") for username in deputies}
    of_unit = unit_deputies.c.unit_code == code
    in_charge = and_(of_unit, serving(unit_deputies))
    query = select(unit_deputies.c.username).where(in_charge)
    present = set((await conn.execute(query)).scalars())
    gone = and_(in_charge, unit_deputies.c.username.not_in(wanted))
    last = ended_at_once(unit_deputies)
    await conn.execute(update(unit_deputies).where(gone).values(until=last))
    coming = and_(
        of_unit, unit_deputies.c.username.in_(wanted - present), unit_deputies.c.until.is_(None)
    )
    begun = update(unit_deputies).where(coming).values(since=TODAY)
    present |= set((await conn.execute(begun.returning(unit_deputies.c.username))).scalars())
    rows = [{"unit_code": code, "username": username} for username in sorted(wanted - present)]
    if rows:
        await conn.execute(insert(unit_deputies).values(since=TODAY), rows)


async def find_units(
    conn: ReadConnection,
    *,
    incomplete: bool | None = None,
    lodged: bool | None = None,
    sort: str | None = None,
    q: str | None = None,
) -> tuple[UnitRow, ...]:
    """Units by code. ``incomplete``: a post of the trio, or that of the deputy leader, is vacant,
    or one person holds two; ``lodged``: there is a 办理工作制度 (R48)."""
    return tuple(
        unit
        for unit in await reads.units(conn)
        if (incomplete is None or incomplete == bool(unit.vacant or unit.doubled))
        and (lodged is None or lodged == bool(unit.regulations))
        and (sort is None or sort == unit.sort)
        and (not q or q in unit.name or q in unit.code)
    )
