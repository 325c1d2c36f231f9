"""通报 and 落实不力: circulars with all their versions, proposals, the ledger of deductions, the
points of each year; what followed a circular in an item.

Revision 0012, follows 0011.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
GROUNDS = "'G1', 'G2', 'G3', 'G4', 'G5', 'still_open'"
KINDS = "'deducted', 'held', 'released', 'changed', 'revoked', 'withdrawn'"


def upgrade() -> None:
    """Add them all. What the clock has told a chief leader of before is proposed now (O23)."""
    op.add_column("items", sa.Column("aftermath", _json(), nullable=False, server_default="{}"))
    _circulars()
    _entries()
    _events()
    _proposals()
    _deductions()
    _points()
    op.execute(
        "INSERT INTO circular_proposals (item_id, seq, unit, ground, text, files, at) "
        "SELECT e.item_id, e.seq, i.lead_unit, 'G4', e.summary, '{}', e.at "
        "FROM audit_events e JOIN items i ON i.id = e.item_id WHERE e.act = 'chief'"
    )


def _json() -> "postgresql.JSONB":
    return postgresql.JSONB(astext_type=sa.Text())


def _id() -> "sa.Column[Any]":
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False)


def _text(name: str, *, nullable: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, sa.Text(), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _recorded(name: str) -> "sa.Column[Any]":
    now = sa.text("clock_timestamp()")
    return sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=False)


def _circulars() -> None:
    op.create_table(
        "circulars",
        _text("id"),
        _text("number", nullable=True),
        _number("year", nullable=True),
        _text("title"),
        _text("stage"),
        _number("seq"),
        _instant("as_of"),
        _instant("made_at"),
        _text("made_by"),
        _instant("issued_at", nullable=True),
        _number("version"),
        sa.Column("state", _json(), nullable=False),
        _text("request_id", nullable=True),
        _text("body_hash", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_circulars"),
        sa.UniqueConstraint("number", name="uq_circulars_number"),
    )
    op.create_index("ix_circulars_stage", "circulars", ["stage", sa.text("made_at DESC")])
    op.create_index("ix_circulars_made_at_id", "circulars", [sa.text("made_at DESC"), "id"])


def _entries() -> None:
    op.create_table(
        "circular_entries",
        _text("circular_id"),
        _number("version"),
        _number("no"),
        _text("item_id"),
        _text("item_number"),
        _text("item_title"),
        _text("unit"),
        _text("unit_name"),
        _text("tone"),
        _text("ground", nullable=True),
        _text("facts"),
        _text("requirement"),
        sa.Column("new_due_on", sa.Date(), nullable=True),
        sa.Column("proposal", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["circular_id"], ["circulars.id"], name="fk_circular_entries_circular_id"
        ),
        sa.PrimaryKeyConstraint("circular_id", "version", "no", name="pk_circular_entries"),
    )
    op.create_index("ix_circular_entries_item_id", "circular_entries", ["item_id"])
    op.create_index("ix_circular_entries_proposal", "circular_entries", ["proposal"])


def _events() -> None:
    op.create_table(
        "circular_events",
        _text("circular_id"),
        _number("seq"),
        _text("act"),
        _text("title"),
        _instant("at"),
        _text("summary"),
        sa.Column("actor", _json(), nullable=True),
        sa.Column("body", _json(), nullable=False),
        _text("request_id", nullable=True),
        _text("body_hash", nullable=True),
        sa.Column("notices", _json(), nullable=False),
        sa.Column("lines", _json(), nullable=False),
        _text("hash"),
        _recorded("recorded_at"),
        sa.ForeignKeyConstraint(
            ["circular_id"], ["circulars.id"], name="fk_circular_events_circular_id"
        ),
        sa.PrimaryKeyConstraint("circular_id", "seq", name="pk_circular_events"),
    )
    op.create_index(
        "uq_circular_events_request",
        "circular_events",
        ["circular_id", "request_id"],
        unique=True,
        postgresql_where=sa.text("request_id IS NOT NULL"),
    )


def _proposals() -> None:
    op.create_table(
        "circular_proposals",
        _id(),
        _text("item_id"),
        _number("seq", nullable=True),
        _text("unit"),
        _text("ground"),
        _text("text"),
        sa.Column("files", postgresql.ARRAY(sa.Text()), nullable=False),
        _text("made_by", nullable=True),
        _instant("at"),
        _text("request_id", nullable=True),
        _text("body_hash", nullable=True),
        sa.CheckConstraint(f"ground IN ({GROUNDS})", name="ck_circular_proposals_ground"),
        sa.CheckConstraint(
            "(seq IS NULL) = (made_by IS NOT NULL)", name="ck_circular_proposals_origin"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_circular_proposals"),
        sa.UniqueConstraint("item_id", "seq", name="uq_circular_proposals_item_id_seq"),
        sa.UniqueConstraint("request_id", name="uq_circular_proposals_request_id"),
    )
    op.create_table(
        "circular_refusals",
        _id(),
        sa.Column("proposal", sa.BigInteger(), nullable=False),
        _text("reason"),
        _text("made_by"),
        _recorded("made_at"),
        _text("request_id"),
        _text("body_hash"),
        sa.ForeignKeyConstraint(
            ["proposal"], ["circular_proposals.id"], name="fk_circular_refusals_proposal"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_circular_refusals"),
        sa.UniqueConstraint("proposal", name="uq_circular_refusals_proposal"),
    )


def _deductions() -> None:
    op.create_table(
        "deductions",
        _text("id"),
        _text("circular_id"),
        _number("no"),
        _number("entry_no"),
        _text("item_id"),
        _text("unit"),
        _text("unit_name"),
        _text("ground"),
        _number("year"),
        _number("points"),
        sa.Column("proposal", sa.BigInteger(), nullable=True),
        _instant("made_at"),
        sa.ForeignKeyConstraint(
            ["circular_id"], ["circulars.id"], name="fk_deductions_circular_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_deductions"),
        sa.UniqueConstraint("circular_id", "no", name="uq_deductions_circular_id_no"),
    )
    op.create_index("ix_deductions_unit_year", "deductions", ["unit", "year"])
    op.create_index("ix_deductions_proposal", "deductions", ["proposal"])
    op.create_table(
        "deduction_lines",
        _id(),
        _text("deduction_id"),
        _text("unit"),
        _number("year"),
        _text("kind"),
        _number("points"),
        _text("reason"),
        _instant("at"),
        _number("seq"),
        _number("place"),
        sa.CheckConstraint(f"kind IN ({KINDS})", name="ck_deduction_lines_kind"),
        sa.ForeignKeyConstraint(
            ["deduction_id"], ["deductions.id"], name="fk_deduction_lines_deduction_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_deduction_lines"),
        sa.UniqueConstraint(
            "deduction_id", "seq", "place", name="uq_deduction_lines_deduction_id_seq_place"
        ),
    )
    op.create_index("ix_deduction_lines_unit_year_id", "deduction_lines", ["unit", "year", "id"])


def _points() -> None:
    op.create_table(
        "points_tables",
        _id(),
        _number("year"),
        _number("edition"),
        sa.Column("points", _json(), nullable=False),
        _text("reason"),
        _text("loaded_by"),
        _recorded("loaded_at"),
        sa.PrimaryKeyConstraint("id", name="pk_points_tables"),
        sa.UniqueConstraint("year", "edition", name="uq_points_tables_year_edition"),
    )
