"""Rounds: how often an item was handed out to be done; and who takes it over from some day on.

Revision 0009, follows 0008.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Widen the items; those that are there are in their first round."""
    op.add_column(
        "items", sa.Column("rounds", sa.Integer(), nullable=False, server_default=sa.text("1"))
    )
    op.add_column(
        "items", sa.Column("new_unit", postgresql.JSONB(astext_type=sa.Text()), nullable=True)
    )
