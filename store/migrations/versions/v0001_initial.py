"""The first schema.

Revision 0001, follows nothing.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "calendar_years",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("rest_days", postgresql.ARRAY(sa.Date()), nullable=False),
        sa.Column("work_days", postgresql.ARRAY(sa.Date()), nullable=False),
        sa.Column(
            "loaded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("loaded_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_years"),
        sa.UniqueConstraint("year", "edition", name="uq_calendar_years_year_edition"),
    )
    op.create_table(
        "drift_reports",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("checked", sa.Integer(), nullable=False),
        sa.Column("missing_rows", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("missing_workflows", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("behind", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_drift_reports"),
    )
    op.create_table(
        "files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("uploaded_by", sa.Text(), nullable=False),
        sa.Column(
            "uploaded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_files"),
    )
    op.create_table(
        "items",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("lead_unit", sa.Text(), nullable=False),
        sa.Column("lead_unit_name", sa.Text(), nullable=False),
        sa.Column("co_units", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("units", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("source", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("original_text", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("escalation", sa.Text(), nullable=False),
        sa.Column("coordination", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("coordination_level", sa.Text(), nullable=False),
        sa.Column("extension", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("extensions", sa.Integer(), nullable=False),
        sa.Column("handed_in", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("lapsed", sa.Boolean(), nullable=False),
        sa.Column("returns", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("holder_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spent", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_alarm", sa.Text(), nullable=True),
        sa.Column("next_alarm_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unverified", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("warnings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("body_hash", sa.Text(), nullable=True),
        sa.Column("red_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("yellow_from", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_items"),
        sa.UniqueConstraint("number", name="uq_items_number"),
        sa.UniqueConstraint("year", "sequence", name="uq_items_year_sequence"),
    )
    op.create_index(
        "ix_items_category",
        "items",
        ["category", sa.literal_column("year DESC"), sa.literal_column("sequence DESC")],
        unique=False,
    )
    op.create_index("ix_items_due_on", "items", ["due_on"], unique=False)
    op.create_index(
        "ix_items_kind",
        "items",
        ["kind", sa.literal_column("year DESC"), sa.literal_column("sequence DESC")],
        unique=False,
    )
    op.create_index(
        "ix_items_lapsed",
        "items",
        [sa.literal_column("year DESC"), sa.literal_column("sequence DESC")],
        unique=False,
        postgresql_where=sa.text("lapsed"),
    )
    op.create_index(
        "ix_items_lead_unit",
        "items",
        ["lead_unit", sa.literal_column("year DESC"), sa.literal_column("sequence DESC")],
        unique=False,
    )
    op.create_index(
        "ix_items_open",
        "items",
        [sa.literal_column("year DESC"), sa.literal_column("sequence DESC")],
        unique=False,
        postgresql_where=sa.text("status NOT IN ('closed', 'archived', 'terminated')"),
    )
    op.create_index(
        "ix_items_status",
        "items",
        ["status", sa.literal_column("year DESC"), sa.literal_column("sequence DESC")],
        unique=False,
    )
    op.create_index("ix_items_units", "items", ["units"], unique=False, postgresql_using="gin")
    op.create_table(
        "notices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("clock", sa.Text(), nullable=False),
        sa.Column("rung", sa.Text(), nullable=False),
        sa.Column("due_version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.UniqueConstraint(
            "item_id",
            "clock",
            "rung",
            "due_version",
            name="uq_notices_item_id_clock_rung_due_version",
        ),
    )
    op.create_table(
        "number_sequences",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "year", name="pk_number_sequences"),
    )
    op.create_table(
        "units",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("code", name="pk_units"),
        sa.UniqueConstraint("name", name="uq_units_name"),
    )
    op.create_table(
        "audit_events",
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column(
            "actor", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("on_behalf_of", sa.Text(), nullable=True),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("body_hash", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("covert", sa.Boolean(), nullable=False),
        sa.Column("unverified", sa.Boolean(), nullable=False),
        sa.Column("settles", sa.Integer(), nullable=True),
        sa.Column("notices", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("files", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name="fk_audit_events_item_id"),
        sa.PrimaryKeyConstraint("item_id", "seq", name="pk_audit_events"),
    )
    op.create_index(
        "ix_audit_events_files", "audit_events", ["files"], unique=False, postgresql_using="gin"
    )
    op.create_index(
        "uq_audit_events_request",
        "audit_events",
        ["item_id", "request_id"],
        unique=True,
        postgresql_where=sa.text("request_id IS NOT NULL"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=True),
        sa.Column("desk", sa.Boolean(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_by", sa.Text(), nullable=True),
        sa.CheckConstraint("desk = (username IS NULL)", name="ck_deliveries_desk"),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name="fk_deliveries_notice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint(
            "notice_id",
            "audience",
            "username",
            name="uq_deliveries_notice_id_audience_username",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(
        "ix_deliveries_desk",
        "deliveries",
        [sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("desk"),
    )
    op.create_index(
        "ix_deliveries_username",
        "deliveries",
        ["username", sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "item_clocks",
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day_kind", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lapses_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("original_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("derivation", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("count_from", sa.Date(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=True),
        sa.Column("roll", sa.Boolean(), nullable=False),
        sa.Column("due_version", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("moved_because", sa.Text(), nullable=False),
        sa.Column("rungs", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remaining", sa.Integer(), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lapsed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name="fk_item_clocks_item_id"),
        sa.PrimaryKeyConstraint("item_id", "key", name="pk_item_clocks"),
    )
    op.create_table(
        "item_search",
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("grams", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name="fk_item_search_item_id"),
        sa.PrimaryKeyConstraint("item_id", name="pk_item_search"),
    )
    op.create_index(
        "ix_item_search_grams", "item_search", ["grams"], unique=False, postgresql_using="gin"
    )
    op.create_table(
        "unit_deputies",
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["unit_code"], ["units.code"], name="fk_unit_deputies_unit_code"),
        sa.PrimaryKeyConstraint("unit_code", "username", name="pk_unit_deputies"),
    )
    op.create_index("ix_unit_deputies_username", "unit_deputies", ["username"], unique=False)
    op.create_table(
        "users",
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("must_change", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("(role = 'unit') = (unit_code IS NOT NULL)", name="ck_users_unit"),
        sa.CheckConstraint(
            "role IN ('office', 'unit', 'deputy', 'chief', 'admin')", name="ck_users_role"
        ),
        sa.ForeignKeyConstraint(["unit_code"], ["units.code"], name="fk_users_unit_code"),
        sa.PrimaryKeyConstraint("username", name="pk_users"),
    )
    op.create_index("ix_users_unit_code", "users", ["unit_code"], unique=False)
