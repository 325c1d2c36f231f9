"""Daily statements, and what they keep to be held against the record later.

Revision 0010, follows 0009.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the two tables."""
    op.create_table(
        "statements",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("open_items", "ended_items", "limits", "entries")
        ),
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        _text("marks"),
        _text("hash"),
        sa.PrimaryKeyConstraint("id", name="pk_statements"),
    )
    op.create_table(
        "statement_marks",
        sa.Column("statement_id", sa.BigInteger(), nullable=False),
        _text("place"),
        _text("about"),
        _text("hash"),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statements.id"], name="fk_statement_marks_statement_id"
        ),
        sa.PrimaryKeyConstraint("statement_id", "place", name="pk_statement_marks"),
    )
    op.create_index(
        "ix_statement_marks_about_statement_id", "statement_marks", ["about", "statement_id"]
    )


def _text(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.Text(), nullable=False)
