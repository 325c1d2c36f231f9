"""What is known of uploaded files; their bytes lie in the data folder."""

import uuid
from collections.abc import Iterable

from sqlalchemy import String, cast, insert, select

from store import reads
from store.rows import FileRow
from store.session import ReadConnection, WriteConnection
from store.tables import audit_events, files


async def add_file(
    conn: WriteConnection,
    *,
    file_id: uuid.UUID,
    name: str,
    content_type: str,
    size: int,
    sha256: str,
    uploaded_by: str,
) -> FileRow:
    """Note a file that has been stored."""
    new = insert(files).values(
        id=file_id,
        name=name,
        content_type=content_type,
        size=size,
        sha256=sha256,
        uploaded_by=uploaded_by,
    )
    row = (await conn.execute(new.returning(*reads.FILE))).mappings().one()
    return FileRow(**row)


async def names_of(conn: ReadConnection, file_ids: Iterable[str]) -> dict[str, str]:
    """What these files are called, by id; of those that are there."""
    wanted = sorted(set(file_ids))
    if not wanted:
        return {}
    query = select(files.c.id, files.c.name).where(cast(files.c.id, String).in_(wanted))
    return {str(row.id): row.name for row in await conn.execute(query)}


async def items_with_file(conn: ReadConnection, file_id: uuid.UUID) -> tuple[str, ...]:
    """The items one of whose entries carries the file: who may see one of them may see it."""
    query = (
        select(audit_events.c.item_id)
        .where(audit_events.c.files.contains([str(file_id)]))
        .distinct()
    )
    return tuple((await conn.execute(query)).scalars())
