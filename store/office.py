"""The office's settings: each edition is kept with who set it and what it made different."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import insert, select

from domain.office import Office, changes
from store.locks import OFFICE, exclusively
from store.session import ReadConnection, WriteConnection
from store.tables import office_settings

SETTINGS = TypeAdapter(Office)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeRow:
    """An edition; ``changed``: setting → ``[before, after]``."""

    edition: int
    office: Office
    changed: dict[str, list[Any]]
    set_by: str
    set_at: datetime


async def editions(conn: ReadConnection) -> tuple[OfficeRow, ...]:
    """All of them, the newest first."""
    rows = await conn.execute(select(office_settings).order_by(office_settings.c.edition.desc()))
    return tuple(
        OfficeRow(
            edition=row.edition,
            office=SETTINGS.validate_python(row.settings),
            changed=row.changed,
            set_by=row.set_by,
            set_at=row.set_at,
        )
        for row in rows
    )


async def present(conn: ReadConnection) -> Office:
    """The settings in force; blank ones before anybody made them."""
    newest = select(office_settings.c.settings).order_by(office_settings.c.edition.desc()).limit(1)
    found = await conn.scalar(newest)
    return Office() if found is None else SETTINGS.validate_python(found)


async def circular_name(conn: ReadConnection, initial: str) -> str:
    """What circulars are called: the office's setting; ``initial`` until the office has set it."""
    return (await present(conn)).circular_title or initial


async def put(conn: WriteConnection, office: Office, set_by: str) -> None:
    """A new edition; the same settings again make none."""
    await exclusively(conn, OFFICE)
    changed = changes(await present(conn), office)
    if not changed:
        return
    known = select(office_settings.c.edition).order_by(office_settings.c.edition.desc()).limit(1)
    edition = (await conn.scalar(known) or 0) + 1
    await conn.execute(
        insert(office_settings).values(
            edition=edition,
            settings=asdict(office),
            changed=changed,
            set_by=set_by,
        )
    )
