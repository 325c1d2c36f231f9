"""Head and staff of the supervision office; what acts changed; chains of hashes; who was refused
what and read what is restricted.

Revision 0005, follows 0004.
"""

from itertools import groupby

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from store.chain import BEGINNING, chained
from store.tables import audit_events

revision = "0005"
down_revision = "0004"
ROLES = "'office', 'unit', 'deputy', 'chief', 'inspector', 'third_party', 'admin'"


def upgrade() -> None:
    """Widen the accounts and the timeline; the entries there are get their hashes."""
    op.add_column("users", sa.Column("post", sa.Text(), nullable=True))
    op.drop_constraint("ck_users_role", "users", type_="check")
    op.create_check_constraint("ck_users_role", "users", f"role IN ({ROLES})")
    op.create_check_constraint(
        "ck_users_post",
        "users",
        "post IS NULL OR role = 'office' AND post IN ('head', 'staff')",
    )
    op.add_column(
        "audit_events",
        sa.Column(
            "changed", postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default="{}"
        ),
    )
    op.add_column("audit_events", sa.Column("hash", sa.Text(), nullable=False, server_default=""))
    _chain_what_is_there()
    op.alter_column("audit_events", "changed", server_default=None)
    op.alter_column("audit_events", "hash", server_default=None)
    op.create_table(
        "access_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_access_events"),
    )
    op.create_index(
        "ix_access_events_username",
        "access_events",
        ["username", sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_access_events_about",
        "access_events",
        ["about", sa.literal_column("id DESC")],
        unique=False,
    )


def _chain_what_is_there() -> None:
    connection = op.get_bind()
    there = sa.select(audit_events).order_by(audit_events.c.item_id, audit_events.c.seq)
    rows = [dict(row) for row in connection.execute(there).mappings()]
    for _, of_item in groupby(rows, key=lambda row: row["item_id"]):
        for row in chained(list(of_item), BEGINNING, BEGINNING):
            is_it = (audit_events.c.item_id == row["item_id"], audit_events.c.seq == row["seq"])
            connection.execute(sa.update(audit_events).where(*is_it).values(hash=row["hash"]))
