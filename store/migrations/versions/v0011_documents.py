"""Official documents: made from frozen facts; the office's settings and templates for them.

Revision 0011, follows 0010.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
KINDS = (
    "'notice', 'order', 'reminder', 'explanation', 'extension', 'coordination', 'result', "
    "'closing', 'briefing', 'summary'"
)
PUBLICATIONS = "'public', 'on_request', 'withheld'"


def upgrade() -> None:
    """Add the tables; nothing that is there changes."""
    _settings()
    _templates()
    _documents()
    _publications()


def _id() -> "sa.Column[Any]":
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False)


def _text(name: str, *, nullable: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, sa.Text(), nullable=nullable)


def _recorded(name: str) -> "sa.Column[Any]":
    now = sa.text("clock_timestamp()")
    return sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=False)


def _json(name: str) -> "sa.Column[Any]":
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), nullable=False)


def _settings() -> None:
    op.create_table(
        "office_settings",
        sa.Column("edition", sa.Integer(), autoincrement=False, nullable=False),
        _json("settings"),
        _json("changed"),
        _text("set_by"),
        _recorded("set_at"),
        sa.PrimaryKeyConstraint("edition", name="pk_office_settings"),
    )


def _templates() -> None:
    op.create_table(
        "document_templates",
        _id(),
        _text("kind"),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        _text("note"),
        _text("made_by"),
        _recorded("made_at"),
        sa.CheckConstraint(f"kind IN ({KINDS})", name="ck_document_templates_kind"),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_document_templates_file_id"),
        sa.PrimaryKeyConstraint("id", name="pk_document_templates"),
        sa.UniqueConstraint("kind", "edition", name="uq_document_templates_kind_edition"),
    )
    op.create_index("ix_document_templates_file_id", "document_templates", ["file_id"])


def _documents() -> None:
    op.create_table(
        "documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        _text("kind"),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        _text("number"),
        _text("title"),
        sa.Column("item_ids", postgresql.ARRAY(sa.Text()), nullable=False),
        _json("facts"),
        _text("facts_sha256"),
        _text("file_sha256"),
        sa.Column("file_size", sa.BigInteger(), nullable=False),
        sa.Column("holds_original", sa.Boolean(), nullable=False),
        sa.Column("template_edition", sa.Integer(), nullable=True),
        _text("publication"),
        _text("publication_reason"),
        _text("made_by"),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        _text("request_id"),
        _text("body_hash"),
        sa.CheckConstraint(f"kind IN ({KINDS})", name="ck_documents_kind"),
        sa.CheckConstraint(f"publication IN ({PUBLICATIONS})", name="ck_documents_publication"),
        sa.PrimaryKeyConstraint("id", name="pk_documents"),
        sa.UniqueConstraint("place", name="uq_documents_place"),
        sa.UniqueConstraint("kind", "year", "sequence", name="uq_documents_kind_year_sequence"),
        sa.UniqueConstraint("made_by", "request_id", name="uq_documents_made_by_request_id"),
    )
    op.create_index("ix_documents_item_ids", "documents", ["item_ids"], postgresql_using="gin")


def _publications() -> None:
    op.create_table(
        "document_publications",
        _id(),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        _text("publication"),
        _text("reason"),
        _text("decided_by"),
        _recorded("decided_at"),
        sa.CheckConstraint(
            f"publication IN ({PUBLICATIONS})", name="ck_document_publications_publication"
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name="fk_document_publications_document_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_document_publications"),
    )
    op.create_index(
        "ix_document_publications_document_id", "document_publications", ["document_id"]
    )
