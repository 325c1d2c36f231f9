"""The register of sources; by which clause of which source an item was handed out.

Revision 0008, follows 0007.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
TYPES = (
    "'meeting', 'document', 'directive', 'temporary', 'suggestion', 'proposal', 'upper', 'plan', "
    "'other'"
)


def upgrade() -> None:
    """Add the register; the items that are there name no source of it."""
    _sources()
    _clauses()
    op.add_column("items", sa.Column("source_id", sa.BigInteger(), nullable=True))
    op.add_column("items", _text("source_clause", nullable=True))
    op.create_index("ix_items_source", "items", ["source_id", "source_clause"], unique=False)


def _id() -> "sa.Column[Any]":
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False)


def _text(name: str, *, nullable: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, sa.Text(), nullable=nullable)


def _recorded(name: str) -> "sa.Column[Any]":
    now = sa.text("clock_timestamp()")
    return sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=False)


def _sources() -> None:
    op.create_table(
        "sources",
        _id(),
        _text("type"),
        _text("title"),
        _text("reference"),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=False),
        _text("meeting_type", nullable=True),
        _text("leader"),
        _text("level", nullable=True),
        _text("proposer"),
        _text("role", nullable=True),
        sa.Column("reply_due_on", sa.Date(), nullable=True),
        sa.Column("upstream_due_on", sa.Date(), nullable=True),
        _text("made_by"),
        _recorded("made_at"),
        sa.CheckConstraint(f"type IN ({TYPES})", name="ck_sources_type"),
        sa.CheckConstraint(
            "meeting_type IN ('standing', 'mayor', 'special', 'other')",
            name="ck_sources_meeting_type",
        ),
        sa.CheckConstraint(
            "level IN ('state', 'province', 'city', 'district')", name="ck_sources_level"
        ),
        sa.CheckConstraint("role IN ('host', 'joint')", name="ck_sources_role"),
        sa.PrimaryKeyConstraint("id", name="pk_sources"),
    )
    op.create_index("ix_sources_year", "sources", ["year"], unique=False)
    op.create_index(
        "uq_sources_reference",
        "sources",
        ["type", "reference"],
        unique=True,
        postgresql_where=sa.text("reference <> ''"),
    )


def _clauses() -> None:
    op.create_table(
        "source_clauses",
        _id(),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        _text("no"),
        _text("text"),
        _text("note"),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name="fk_source_clauses_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_source_clauses"),
        sa.UniqueConstraint("source_id", "no", name="uq_source_clauses_source_id_no"),
    )
    op.create_table(
        "source_decisions",
        _id(),
        sa.Column("clause_id", sa.BigInteger(), nullable=False),
        sa.Column("needed", sa.Boolean(), nullable=False),
        _text("reason"),
        _text("made_by"),
        _recorded("made_at"),
        sa.ForeignKeyConstraint(
            ["clause_id"], ["source_clauses.id"], name="fk_source_decisions_clause_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_source_decisions"),
    )
    op.create_index("ix_source_decisions_clause_id", "source_decisions", ["clause_id"])
