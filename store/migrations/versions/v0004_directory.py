"""The directory: posts, leaders' fields, stand-ins, lodged rules of work, successions.

Revision 0004, follows 0003.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Give units their sorts and all services their dates; nothing of a service is erased."""
    _units()
    _unit_deputies()
    _persons()
    _services()
    _stand_ins()
    _regulations()
    _successions()


def _id() -> "sa.Column[Any]":
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False)


def _text(name: str, *, nullable: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, sa.Text(), nullable=nullable)


def _recorded(name: str) -> "sa.Column[Any]":
    now = sa.text("clock_timestamp()")
    return sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=False)


def _service(table: str) -> tuple[Any, ...]:
    return (
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.CheckConstraint("until >= since - 1", name=f"ck_{table}_service"),
    )


def _of_unit(table: str) -> "sa.ForeignKeyConstraint":
    return sa.ForeignKeyConstraint(["unit_code"], ["units.code"], name=f"fk_{table}_unit_code")


def _units() -> None:
    sort = sa.Column("sort", sa.Text(), server_default=sa.text("'other'"), nullable=False)
    op.add_column("units", sort)
    op.add_column("units", _text("object_type", nullable=True))
    op.add_column("units", sa.Column("active_from", sa.Date(), nullable=True))
    op.add_column("units", sa.Column("active_until", sa.Date(), nullable=True))
    op.create_check_constraint(
        "ck_units_sort",
        "units",
        "sort IN ('town', 'subdistrict', 'zone', 'department', 'other')",
    )
    op.create_check_constraint(
        "ck_units_object_type",
        "units",
        "object_type IN ('department', 'lower_government', 'authorised', 'entrusted')",
    )
    op.create_check_constraint("ck_units_active", "units", "active_until >= active_from")


def _unit_deputies() -> None:
    op.drop_constraint("pk_unit_deputies", "unit_deputies", type_="primary")
    op.add_column("unit_deputies", _id())
    op.create_primary_key("pk_unit_deputies", "unit_deputies", ["id"])
    op.add_column("unit_deputies", sa.Column("since", sa.Date(), nullable=True))
    op.add_column("unit_deputies", sa.Column("until", sa.Date(), nullable=True))
    op.create_check_constraint("ck_unit_deputies_service", "unit_deputies", "until >= since - 1")
    op.create_index(
        "uq_unit_deputies_current",
        "unit_deputies",
        ["unit_code", "username"],
        unique=True,
        postgresql_where=sa.text("until IS NULL"),
    )


def _persons() -> None:
    op.create_table(
        "persons",
        _id(),
        _text("name"),
        _text("phone"),
        _text("note"),
        _text("username", nullable=True),
        _recorded("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_persons"),
        sa.UniqueConstraint("username", name="uq_persons_username"),
    )
    op.create_index("ix_persons_name", "persons", ["name"])


def _services() -> None:
    op.create_table(
        "unit_posts",
        _id(),
        _text("unit_code"),
        _text("post"),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        *_service("unit_posts"),
        sa.CheckConstraint(
            "post IN ('principal', 'supervisor', 'handler')", name="ck_unit_posts_post"
        ),
        _of_unit("unit_posts"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_unit_posts_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_unit_posts"),
    )
    op.create_index("ix_unit_posts_person_id", "unit_posts", ["person_id"])
    op.create_index(
        "uq_unit_posts_current",
        "unit_posts",
        ["unit_code", "post"],
        unique=True,
        postgresql_where=sa.text("until IS NULL"),
    )
    op.create_table(
        "leader_subjects",
        _id(),
        _text("username"),
        _text("subject"),
        *_service("leader_subjects"),
        sa.PrimaryKeyConstraint("id", name="pk_leader_subjects"),
    )
    op.create_index("ix_leader_subjects_username", "leader_subjects", ["username"])


def _stand_ins() -> None:
    op.create_table(
        "stand_ins",
        _id(),
        _text("stand_in"),
        _text("absent"),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        _text("reason"),
        _text("made_by"),
        _recorded("made_at"),
        sa.CheckConstraint("until >= since - 1", name="ck_stand_ins_service"),
        sa.PrimaryKeyConstraint("id", name="pk_stand_ins"),
    )
    op.create_index("ix_stand_ins_stand_in", "stand_ins", ["stand_in"])
    op.create_index("ix_stand_ins_absent", "stand_ins", ["absent"])


def _regulations() -> None:
    op.create_table(
        "unit_regulations",
        _id(),
        _text("unit_code"),
        _text("title"),
        sa.Column("adopted_on", sa.Date(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        _text("lodged_by"),
        _recorded("lodged_at"),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        _of_unit("unit_regulations"),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_unit_regulations_file_id"),
        sa.PrimaryKeyConstraint("id", name="pk_unit_regulations"),
    )
    op.create_index("ix_unit_regulations_unit_code", "unit_regulations", ["unit_code"])
    op.create_index("ix_unit_regulations_file_id", "unit_regulations", ["file_id"])


def _successions() -> None:
    op.create_table(
        "successions",
        _text("id"),
        _text("predecessor"),
        _text("successor"),
        sa.Column("on", sa.Date(), nullable=False),
        _text("reason"),
        sa.Column("units", postgresql.ARRAY(sa.Text()), nullable=False),
        _text("made_by"),
        _recorded("made_at"),
        sa.PrimaryKeyConstraint("id", name="pk_successions"),
    )
    op.create_index("ix_successions_predecessor", "successions", ["predecessor"])
