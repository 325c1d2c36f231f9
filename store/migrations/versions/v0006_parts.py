"""Parts of items, their numbers, targets, and what of them shows on the lamps.

Revision 0006, follows 0005.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Widen the items; those there are have no parts and are none."""
    json = postgresql.JSONB(astext_type=sa.Text())
    for column in (
        sa.Column("sub", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("parent_id", sa.Text(), nullable=True),
        sa.Column("behind_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("step_missed_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("parts", json, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("actuals", json, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("crossed", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("unit_since", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column("items", column)
    op.drop_constraint("uq_items_year_sequence", "items", type_="unique")
    op.create_unique_constraint("uq_items_year_sequence_sub", "items", ["year", "sequence", "sub"])
    op.create_index(
        "ix_items_parent_id",
        "items",
        ["parent_id"],
        unique=False,
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
