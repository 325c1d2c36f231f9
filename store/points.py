"""扣分标准 of each year: an edition once loaded is never changed, the last one of a year holds."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import func, insert, select

from domain.circulars import PointsTable
from store.locks import POINTS, exclusively
from store.session import ReadConnection, WriteConnection
from store.tables import points_tables


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsRow:
    """An edition of a year's points; ``edition`` 0 is what holds where none is loaded."""

    year: int
    edition: int
    points: PointsTable
    reason: str
    loaded_by: str
    loaded_at: datetime | None

    @property
    def name(self) -> str:
        """How a deduction names it."""
        return f"{self.year}-{self.edition}"


async def in_force(conn: ReadConnection, year: int) -> PointsRow:
    """The points of a year: its last edition, else that of the last year before which has one."""
    c = points_tables.c
    query = select(points_tables).where(c.year <= year).order_by(c.year.desc(), c.edition.desc())
    row = (await conn.execute(query.limit(1))).mappings().one_or_none()
    if row is None:
        return PointsRow(
            year=year, edition=0, points=PointsTable(), reason="", loaded_by="", loaded_at=None
        )
    return _row(dict(row))


async def editions(conn: ReadConnection, year: int) -> Sequence[PointsRow]:
    """Every edition of that year, in order."""
    c = points_tables.c
    query = select(points_tables).where(c.year == year).order_by(c.edition)
    return [_row(dict(row)) for row in (await conn.execute(query)).mappings()]


async def put(
    conn: WriteConnection, year: int, points: PointsTable, *, reason: str, loaded_by: str
) -> None:
    """Load another edition of a year's points; the same as the last changes nothing."""
    await exclusively(conn, POINTS)
    known = await editions(conn, year)
    if known and known[-1].points == points:
        return
    c = points_tables.c
    last = await conn.scalar(select(func.max(c.edition)).where(c.year == year))
    said = {"reason": reason, "loaded_by": loaded_by}
    await conn.execute(
        insert(points_tables).values(
            year=year, edition=(last or 0) + 1, points=asdict(points), **said
        )
    )


def _row(row: dict[str, object]) -> PointsRow:
    row.pop("id")
    points = row.pop("points")
    assert isinstance(points, dict)
    return PointsRow(**row, points=PointsTable(**points))  # type: ignore[arg-type]
