"""Drafts: what is handed out to units, who was asked to approve it, what was sent back.

Revision 0007, follows 0006.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Widen the items; those that are there were all issued, and none was ever sent back."""
    json = postgresql.JSONB(astext_type=sa.Text())
    for name, kind, before in (
        ("handed_out", sa.Boolean(), "true"),
        ("misassigned", sa.Integer(), "0"),
        ("approval", json, "{}"),
        ("sent_back", json, "{}"),
    ):
        op.add_column("items", sa.Column(name, kind, nullable=False, server_default=before))
        op.alter_column("items", name, server_default=None)
