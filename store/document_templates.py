"""The office's own templates of documents, by kind and edition: only ever added to."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, insert, select

from domain.documents import DocumentKind
from store.locks import TEMPLATES, exclusively
from store.session import ReadConnection, WriteConnection
from store.tables import document_templates, files


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRow:
    """An edition. Without ``file_id``: from then on our own layout again."""

    kind: str
    edition: int
    file_id: uuid.UUID | None
    sha256: str | None
    note: str
    made_by: str
    made_at: datetime


_ROW = select(
    *(document_templates.c[name] for name in TemplateRow.__dataclass_fields__ if name != "sha256"),
    files.c.sha256,
).select_from(document_templates.outerjoin(files, files.c.id == document_templates.c.file_id))


async def editions(conn: ReadConnection) -> tuple[TemplateRow, ...]:
    """All of them, the newest first."""
    rows = await conn.execute(_ROW.order_by(document_templates.c.id.desc()))
    return tuple(TemplateRow(**row) for row in rows.mappings())


async def present(conn: ReadConnection, kind: DocumentKind) -> TemplateRow | None:
    """The edition by which documents of that kind are made now; ``None``: by our own layout."""
    query = _ROW.where(document_templates.c.kind == kind.value)
    newest = query.order_by(document_templates.c.edition.desc()).limit(1)
    row = (await conn.execute(newest)).mappings().one_or_none()
    return TemplateRow(**row) if row is not None and row["file_id"] else None


async def add(
    conn: WriteConnection, kind: DocumentKind, file_id: uuid.UUID | None, note: str, made_by: str
) -> None:
    """A new edition."""
    await exclusively(conn, TEMPLATES)
    known = (
        select(document_templates.c.edition)
        .where(document_templates.c.kind == kind.value)
        .order_by(document_templates.c.edition.desc())
        .limit(1)
    )
    edition = (await conn.scalar(known) or 0) + 1
    row = {"kind": kind.value, "edition": edition, "file_id": file_id}
    await conn.execute(insert(document_templates).values(**row, note=note, made_by=made_by))


async def is_template(conn: ReadConnection, file_id: uuid.UUID) -> bool:
    """Whether a file is, or was, a template."""
    return bool(await conn.scalar(select(exists().where(document_templates.c.file_id == file_id))))
