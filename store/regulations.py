"""办理工作制度 (办法 六(二), R48) that units have lodged."""

import uuid
from datetime import date

from sqlalchemy import and_, exists, insert, select, update

from domain.text import plain_name
from store.rows import RegulationRow
from store.session import ReadConnection, WriteConnection
from store.tables import unit_regulations
from store.terms import TODAY

_ROW = [unit_regulations.c[name] for name in RegulationRow.__dataclass_fields__]


async def of_unit(conn: ReadConnection, unit_code: str) -> tuple[RegulationRow, ...]:
    """What a unit has lodged, withdrawn ones included, the newest first."""
    query = select(*_ROW).where(unit_regulations.c.unit_code == unit_code)
    rows = await conn.execute(query.order_by(unit_regulations.c.id.desc()))
    return tuple(RegulationRow(**row) for row in rows.mappings())


async def lodge(
    conn: WriteConnection,
    unit_code: str,
    *,
    title: str,
    adopted_on: date,
    file_id: uuid.UUID,
    by: str,
) -> RegulationRow:
    """Lodge one. The file must be known. Raises ``Invalid``."""
    new = insert(unit_regulations).values(
        unit_code=unit_code,
        title=plain_name(title, "制度名称"),
        adopted_on=adopted_on,
        file_id=file_id,
        lodged_by=by,
    )
    row = (await conn.execute(new.returning(*_ROW))).mappings().one()
    return RegulationRow(**row)


async def withdraw(conn: WriteConnection, unit_code: str, number: int) -> bool:
    """Withdraw one from today on; whether it was in force."""
    lodged = and_(
        unit_regulations.c.id == number,
        unit_regulations.c.unit_code == unit_code,
        unit_regulations.c.withdrawn_on.is_(None),
    )
    done = await conn.execute(update(unit_regulations).where(lodged).values(withdrawn_on=TODAY))
    return bool(done.rowcount)


async def is_lodged(conn: ReadConnection, file_id: uuid.UUID) -> bool:
    """Whether a file is some unit's lodged rules of work: these are for everybody to read."""
    query = select(exists().where(unit_regulations.c.file_id == file_id))
    return bool(await conn.scalar(query))
