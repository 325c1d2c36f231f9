"""Channels outside the system: who is called on which, and what became of each message.

Revision 0014, follows 0013.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the three tables."""
    op.create_table(
        "channel_switches",
        _text("channel"),
        sa.Column("active", sa.Boolean(), nullable=False),
        _recorded("changed_at"),
        sa.PrimaryKeyConstraint("channel", name="pk_channel_switches"),
    )
    op.create_table(
        "channel_settings",
        *(_text(name) for name in ("username", "channel", "address", "hint")),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("urgencies", postgresql.ARRAY(sa.Text()), nullable=False),
        _recorded("changed_at"),
        sa.CheckConstraint(
            "channel IN ('email', 'wecom', 'dingtalk', 'feishu', 'webhook', 'sms')",
            name="ck_channel_settings_channel",
        ),
        sa.ForeignKeyConstraint(
            ["username"], ["users.username"], name="fk_channel_settings_username"
        ),
        sa.PrimaryKeyConstraint("username", "channel", name="pk_channel_settings"),
    )
    _sendings()


def _sendings() -> None:
    op.create_table(
        "sendings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        *(_text(name) for name in ("username", "channel", "state")),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("remark", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("held", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("late", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("carried_by", sa.BigInteger(), nullable=True),
        _recorded("made_at"),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'failed', 'quiet', 'collapsed')",
            name="ck_sendings_state",
        ),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name="fk_sendings_delivery_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sendings"),
        sa.UniqueConstraint(
            "delivery_id",
            "username",
            "channel",
            name="uq_sendings_delivery_id_username_channel",
        ),
    )
    op.create_index(
        "ix_sendings_waiting",
        "sendings",
        ["username", "channel", "id"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index("ix_sendings_username", "sendings", ["username", sa.text("id DESC")])


def _text(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.Text(), nullable=False)


def _recorded(name: str) -> "sa.Column[Any]":
    return sa.Column(
        name,
        sa.DateTime(timezone=True),
        server_default=sa.text("clock_timestamp()"),
        nullable=False,
    )
