"""The tables. The migrations build them; a test holds the two to be the same."""

from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    Uuid,
    desc,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from domain.channels import Channel, Sent
from domain.circulars import Ground, LineKind
from domain.documents import DocumentKind, Publication
from domain.items import OfficePost, Role
from domain.origins import MeetingType, ProposalRole, SourceLevel, SourceType
from store.words import storable_text

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMES)

ENDED = ("closed", "archived", "terminated")
"""Statuses in which an item's run is over."""
GREY = (*ENDED, "suspended", "draft", "awaiting_approval")
"""Statuses whose lamp is grey."""


class Words(TypeDecorator[str]):
    """Text. What PostgreSQL cannot keep in it is replaced, in rows and in questions alike."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """``value`` as it can be stored."""
        return None if value is None else storable_text(value)


def _in(statuses: tuple[str, ...]) -> str:
    return ", ".join(f"'{status}'" for status in statuses)


IS_OPEN = text(f"status NOT IN ({_in(ENDED)})")


def _instant(name: str, *, required: bool = False) -> "Column[Any]":
    return Column(name, DateTime(timezone=True), nullable=not required)


def _recorded(name: str) -> "Column[Any]":
    return Column(
        name, DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()
    )


def _is_one_of(name: str, words: type[StrEnum]) -> str:
    return f"{name} IN ({_in(tuple(words))})"


def _text(name: str, *, required: bool = True) -> "Column[Any]":
    return Column(name, Words, nullable=not required)


def _id() -> "Column[Any]":
    return Column("id", BigInteger, Identity(always=True), primary_key=True)


def _service() -> "tuple[Any, ...]":
    """First and last day of a service. NULL: since nobody knows when; until further notice. Ended
    before it began, it never was (the last day is the one before the first)."""
    return (
        Column("since", Date),
        Column("until", Date),
        CheckConstraint("until >= since - 1", name="service"),
    )


units = Table(
    "units",
    metadata,
    Column("code", Words, primary_key=True),
    Column("name", Words, nullable=False, unique=True),
    _recorded("created_at"),
    Column("sort", Words, nullable=False, server_default=text("'other'")),
    _text("object_type", required=False),
    # First and last day on which items may be issued to it; NULL: not limited.
    Column("active_from", Date),
    Column("active_until", Date),
    CheckConstraint("sort IN ('town', 'subdistrict', 'zone', 'department', 'other')", name="sort"),
    CheckConstraint(
        "object_type IN ('department', 'lower_government', 'authorised', 'entrusted')",
        name="object_type",
    ),
    CheckConstraint("active_until >= active_from", name="active"),
)

policies = Table(
    "policies",
    metadata,
    Column("edition", Words, primary_key=True),
    Column("effective_on", Date, nullable=False, unique=True),
    Column("settings", JSONB, nullable=False),
    _text("loaded_by"),
    _recorded("loaded_at"),
)

unit_deputies = Table(
    "unit_deputies",
    metadata,
    _id(),
    Column("unit_code", Words, ForeignKey("units.code"), nullable=False),
    # No key to users: a deputy leader without an account is allowed, and alarms the office.
    _text("username"),
    *_service(),
    Index(None, "username"),
    Index(
        "uq_unit_deputies_current",
        "unit_code",
        "username",
        unique=True,
        postgresql_where=text("until IS NULL"),
    ),
)

users = Table(
    "users",
    metadata,
    Column("username", Words, primary_key=True),
    _text("name"),
    _text("role"),
    Column("unit_code", Words, ForeignKey("units.code")),
    _text("password_hash"),
    # The password before this one, which is not to be used again.
    _text("previous_hash", required=False),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("must_change", Boolean, nullable=False, server_default=text("false")),
    _recorded("created_at"),
    # 'head' or 'staff' of the supervision office; nobody else has one.
    _text("post", required=False),
    CheckConstraint(_is_one_of("role", Role), name="role"),
    CheckConstraint("(role = 'unit') = (unit_code IS NOT NULL)", name="unit"),
    CheckConstraint(
        f"post IS NULL OR role = 'office' AND {_is_one_of('post', OfficePost)}", name="post"
    ),
    Index(None, "unit_code"),
)

persons = Table(
    "persons",
    metadata,
    _id(),
    _text("name"),
    _text("phone"),
    _text("note"),
    # No key to users: a person may be registered before there is an account, or have none.
    Column("username", Words, unique=True),
    _recorded("created_at"),
    Index(None, "name"),
)

unit_posts = Table(
    "unit_posts",
    metadata,
    _id(),
    Column("unit_code", Words, ForeignKey("units.code"), nullable=False),
    _text("post"),
    Column("person_id", BigInteger, ForeignKey("persons.id"), nullable=False),
    *_service(),
    CheckConstraint("post IN ('principal', 'supervisor', 'handler')", name="post"),
    Index(None, "person_id"),
    Index(
        "uq_unit_posts_current",
        "unit_code",
        "post",
        unique=True,
        postgresql_where=text("until IS NULL"),
    ),
)

leader_subjects = Table(
    "leader_subjects",
    metadata,
    _id(),
    _text("username"),
    _text("subject"),
    *_service(),
    Index(None, "username"),
)

stand_ins = Table(
    "stand_ins",
    metadata,
    _id(),
    _text("stand_in"),
    _text("absent"),
    Column("since", Date, nullable=False),
    Column("until", Date, nullable=False),
    _text("reason"),
    _text("made_by"),
    _recorded("made_at"),
    CheckConstraint("until >= since - 1", name="service"),
    Index(None, "stand_in"),
    Index(None, "absent"),
)

unit_regulations = Table(
    "unit_regulations",
    metadata,
    _id(),
    Column("unit_code", Words, ForeignKey("units.code"), nullable=False),
    _text("title"),
    Column("adopted_on", Date, nullable=False),
    Column("file_id", Uuid, ForeignKey("files.id"), nullable=False),
    _text("lodged_by"),
    _recorded("lodged_at"),
    Column("withdrawn_on", Date),
    Index(None, "unit_code"),
    Index(None, "file_id"),
)

successions = Table(
    "successions",
    metadata,
    Column("id", Words, primary_key=True),
    _text("predecessor"),
    _text("successor"),
    Column("on", Date, nullable=False),
    _text("reason"),
    # The units whose fields passed on: whose waiting items are handed over.
    Column("units", ARRAY(Words), nullable=False),
    _text("made_by"),
    _recorded("made_at"),
    Index(None, "predecessor"),
)

sources = Table(
    "sources",
    metadata,
    _id(),
    _text("type"),
    _text("title"),
    _text("reference"),
    Column("date", Date),
    Column("year", Integer, nullable=False),
    _text("meeting_type", required=False),
    _text("leader"),
    _text("level", required=False),
    _text("proposer"),
    _text("role", required=False),
    Column("reply_due_on", Date),
    Column("upstream_due_on", Date),
    _text("made_by"),
    _recorded("made_at"),
    CheckConstraint(_is_one_of("type", SourceType), name="type"),
    CheckConstraint(_is_one_of("meeting_type", MeetingType), name="meeting_type"),
    CheckConstraint(_is_one_of("level", SourceLevel), name="level"),
    CheckConstraint(_is_one_of("role", ProposalRole), name="role"),
    Index(
        "uq_sources_reference",
        "type",
        "reference",
        unique=True,
        postgresql_where=text("reference <> ''"),
    ),
    Index(None, "year"),
)

source_clauses = Table(
    "source_clauses",
    metadata,
    _id(),
    Column("source_id", BigInteger, ForeignKey("sources.id"), nullable=False),
    _text("no"),
    _text("text"),
    _text("note"),
    UniqueConstraint("source_id", "no"),
)

source_decisions = Table(
    "source_decisions",
    metadata,
    # Whether a clause needs an item; the last one holds.
    _id(),
    Column("clause_id", BigInteger, ForeignKey("source_clauses.id"), nullable=False),
    Column("needed", Boolean, nullable=False),
    _text("reason"),
    _text("made_by"),
    _recorded("made_at"),
    Index(None, "clause_id"),
)

calendar_years = Table(
    "calendar_years",
    metadata,
    _id(),
    Column("year", Integer, nullable=False),
    Column("edition", Integer, nullable=False),
    _text("notice"),
    Column("rest_days", ARRAY(Date), nullable=False),
    Column("work_days", ARRAY(Date), nullable=False),
    _recorded("loaded_at"),
    # NULL: seeded from the library, not loaded by a person.
    _text("loaded_by", required=False),
    UniqueConstraint("year", "edition"),
)

number_sequences = Table(
    "number_sequences",
    metadata,
    Column("kind", Words, primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
)

items = Table(
    "items",
    metadata,
    Column("id", Words, primary_key=True),
    Column("number", Words, nullable=False, unique=True),
    Column("year", Integer, nullable=False),
    Column("sequence", Integer, nullable=False),
    # Of the parts of an item, which share its sequence: 7号-1, 7号-2.
    Column("sub", Integer, nullable=False, server_default=text("0")),
    _text("parent_id", required=False),
    _text("title"),
    _text("content"),
    _text("category"),
    _text("kind"),
    _text("lead_unit"),
    _text("lead_unit_name"),
    Column("co_units", ARRAY(Words), nullable=False),
    # Lead and co-units together: who sees it, and what the filter by unit finds.
    Column("units", ARRAY(Words), nullable=False),
    _text("urgency"),
    Column("public", Boolean, nullable=False),
    Column("source", JSONB, nullable=False),
    Column("facts", JSONB, nullable=False),
    _text("original_text"),
    _text("status"),
    _text("escalation"),
    Column("coordination", JSONB, nullable=False),
    _text("coordination_level"),
    Column("extension", JSONB, nullable=False),
    Column("extensions", Integer, nullable=False),
    Column("handed_in", JSONB, nullable=False),
    Column("lapsed", Boolean, nullable=False),
    Column("returns", Integer, nullable=False),
    # Whether units see it, and whether figures count it: since its 下达, and not after a 退件.
    Column("handed_out", Boolean, nullable=False),
    Column("misassigned", Integer, nullable=False),
    Column("approval", JSONB, nullable=False),
    Column("sent_back", JSONB, nullable=False),
    Column("rounds", Integer, nullable=False, server_default=text("1")),
    _text("edition"),
    _text("holder", required=False),
    _instant("holder_since", required=True),
    Column("spent", JSONB, nullable=False),
    _instant("issued_at", required=True),
    _instant("entered_at", required=True),
    _instant("closed_at"),
    Column("due_on", Date),
    _instant("due_at"),
    _text("next_alarm", required=False),
    _instant("next_alarm_at"),
    Column("unverified", ARRAY(Integer), nullable=False),
    Column("warnings", JSONB, nullable=False),
    Column("seq", Integer, nullable=False),
    _instant("as_of", required=True),
    _text("request_id", required=False),
    _text("body_hash", required=False),
    # From when the lamp is red, and from when yellow; NULL: never, as things are.
    _instant("red_from"),
    _instant("yellow_from"),
    # By which clause of which registered source it was handed out. No key to sources: the record of
    # an item waits for no register.
    Column("source_id", BigInteger),
    _text("source_clause", required=False),
    # Since when a target is far behind (red, though not overdue), and a part or target missed.
    _instant("behind_since"),
    _instant("step_missed_since"),
    Column("parts", JSONB, nullable=False, server_default=text("'[]'")),
    Column("actuals", JSONB, nullable=False, server_default=text("'[]'")),
    Column("crossed", Boolean, nullable=False, server_default=text("false")),
    _instant("unit_since"),
    # Who takes over from some day on. Of no interest but to a new run of the item.
    Column("new_unit", JSONB(none_as_null=True)),
    # 已通报, and what followed (T24–T27).
    Column("aftermath", JSONB, nullable=False, server_default=text("'{}'")),
    UniqueConstraint("year", "sequence", "sub"),
    # Lists are shown newest first, that is by number from the last one down.
    Index("ix_items_status", "status", desc("year"), desc("sequence")),
    Index("ix_items_category", "category", desc("year"), desc("sequence")),
    Index("ix_items_kind", "kind", desc("year"), desc("sequence")),
    Index("ix_items_lead_unit", "lead_unit", desc("year"), desc("sequence")),
    Index("ix_items_due_on", "due_on"),
    Index("ix_items_parent_id", "parent_id", postgresql_where=text("parent_id IS NOT NULL")),
    Index("ix_items_units", "units", postgresql_using="gin"),
    Index("ix_items_open", desc("year"), desc("sequence"), postgresql_where=IS_OPEN),
    Index("ix_items_source", "source_id", "source_clause"),
    Index("ix_items_lapsed", desc("year"), desc("sequence"), postgresql_where=text("lapsed")),
)

item_search = Table(
    "item_search",
    metadata,
    # Apart from items: it is written when the words change, not with every act.
    Column("item_id", Words, ForeignKey("items.id"), primary_key=True),
    _text("words"),
    Column("grams", ARRAY(Words), nullable=False),
    Index("ix_item_search_grams", "grams", postgresql_using="gin"),
)

circulars = Table(
    "circulars",
    metadata,
    Column("id", Words, primary_key=True),
    # Given when it is issued: 〔2026〕第3期.
    Column("number", Words, unique=True),
    Column("year", Integer),
    _text("title"),
    _text("stage"),
    Column("seq", Integer, nullable=False),
    _instant("as_of", required=True),
    _instant("made_at", required=True),
    _text("made_by"),
    _instant("issued_at"),
    # The present version of what it says, in circular_entries.
    Column("version", Integer, nullable=False),
    Column("state", JSONB, nullable=False),
    _text("request_id", required=False),
    _text("body_hash", required=False),
    Index("ix_circulars_stage", "stage", desc("made_at")),
    Index("ix_circulars_made_at_id", desc("made_at"), "id"),
)

circular_entries = Table(
    "circular_entries",
    metadata,
    # Each revision of a draft adds its own entries under a new version; none is ever taken away.
    Column("circular_id", Words, ForeignKey("circulars.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("no", Integer, primary_key=True, autoincrement=False),
    _text("item_id"),
    _text("item_number"),
    _text("item_title"),
    _text("unit"),
    _text("unit_name"),
    _text("tone"),
    _text("ground", required=False),
    _text("facts"),
    _text("requirement"),
    Column("new_due_on", Date),
    Column("proposal", BigInteger),
    Index(None, "item_id"),
    Index(None, "proposal"),
)

circular_events = Table(
    "circular_events",
    metadata,
    Column("circular_id", Words, ForeignKey("circulars.id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    _text("act"),
    _text("title"),
    _instant("at", required=True),
    _text("summary"),
    Column("actor", JSONB(none_as_null=True)),
    Column("body", JSONB, nullable=False),
    _text("request_id", required=False),
    _text("body_hash", required=False),
    Column("notices", JSONB, nullable=False),
    Column("lines", JSONB, nullable=False),
    # Of this entry and the hash of the one before it (store/chain.py).
    _text("hash"),
    _recorded("recorded_at"),
    Index(
        "uq_circular_events_request",
        "circular_id",
        "request_id",
        unique=True,
        postgresql_where=text("request_id IS NOT NULL"),
    ),
)

circular_proposals = Table(
    "circular_proposals",
    metadata,
    _id(),
    _text("item_id"),
    # The entry of the item's timeline by which the clock proposed it; NULL: a person did.
    Column("seq", Integer),
    _text("unit"),
    _text("ground"),
    _text("text"),
    Column("files", ARRAY(Words), nullable=False),
    _text("made_by", required=False),
    _instant("at", required=True),
    _text("request_id", required=False),
    _text("body_hash", required=False),
    CheckConstraint(_is_one_of("ground", Ground), name="ground"),
    CheckConstraint("(seq IS NULL) = (made_by IS NOT NULL)", name="origin"),
    UniqueConstraint("item_id", "seq"),
    UniqueConstraint("request_id"),
)

circular_refusals = Table(
    "circular_refusals",
    metadata,
    # 不予通报, with its reason (O23): at most one for each proposal.
    _id(),
    Column(
        "proposal", BigInteger, ForeignKey("circular_proposals.id"), nullable=False, unique=True
    ),
    _text("reason"),
    _text("made_by"),
    _recorded("made_at"),
    _text("request_id"),
    _text("body_hash"),
)

deductions = Table(
    "deductions",
    metadata,
    Column("id", Words, primary_key=True),
    Column("circular_id", Words, ForeignKey("circulars.id"), nullable=False),
    Column("no", Integer, nullable=False),
    Column("entry_no", Integer, nullable=False),
    _text("item_id"),
    _text("unit"),
    _text("unit_name"),
    _text("ground"),
    Column("year", Integer, nullable=False),
    Column("points", Integer, nullable=False),
    Column("proposal", BigInteger),
    _instant("made_at", required=True),
    UniqueConstraint("circular_id", "no"),
    Index(None, "unit", "year"),
    Index(None, "proposal"),
)

deduction_lines = Table(
    "deduction_lines",
    metadata,
    # The ledger (R52): the plain sum of a unit's lines of a year is its deduction.
    _id(),
    Column("deduction_id", Words, ForeignKey("deductions.id"), nullable=False),
    _text("unit"),
    Column("year", Integer, nullable=False),
    _text("kind"),
    Column("points", Integer, nullable=False),
    _text("reason"),
    _instant("at", required=True),
    # By which entry of the circular's record, and in which place there.
    Column("seq", Integer, nullable=False),
    Column("place", Integer, nullable=False),
    UniqueConstraint("deduction_id", "seq", "place"),
    CheckConstraint(_is_one_of("kind", LineKind), name="kind"),
    Index(None, "unit", "year", "id"),
)

points_tables = Table(
    "points_tables",
    metadata,
    _id(),
    Column("year", Integer, nullable=False),
    Column("edition", Integer, nullable=False),
    Column("points", JSONB, nullable=False),
    _text("reason"),
    _text("loaded_by"),
    _recorded("loaded_at"),
    UniqueConstraint("year", "edition"),
)

item_clocks = Table(
    "item_clocks",
    metadata,
    Column("item_id", Words, ForeignKey("items.id"), primary_key=True),
    Column("key", Words, primary_key=True),
    Column("position", Integer, nullable=False),
    _text("name"),
    _text("rule"),
    _text("unit"),
    _instant("started_at", required=True),
    _text("day_kind"),
    Column("due_on", Date, nullable=False),
    _instant("due_at", required=True),
    _instant("lapses_at", required=True),
    _instant("original_due_at", required=True),
    Column("derivation", JSONB, nullable=False),
    Column("provisional", Boolean, nullable=False),
    Column("count_from", Date),
    Column("count", Integer),
    Column("roll", Boolean, nullable=False),
    Column("due_version", Integer, nullable=False),
    _instant("set_at"),
    _text("moved_because"),
    Column("rungs", ARRAY(Words), nullable=False),
    _instant("told_at"),
    Column("remaining", Integer),
    _instant("stopped_at"),
    _instant("lapsed_at"),
)

audit_events = Table(
    "audit_events",
    metadata,
    Column("item_id", Words, ForeignKey("items.id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    _text("act"),
    _text("title"),
    _instant("at", required=True),
    _text("summary"),
    Column("actor", JSONB(none_as_null=True)),
    _text("on_behalf_of", required=False),
    Column("body", JSONB, nullable=False),
    _text("request_id", required=False),
    _text("body_hash", required=False),
    _text("outcome"),
    _text("status"),
    Column("covert", Boolean, nullable=False),
    Column("unverified", Boolean, nullable=False),
    Column("settles", Integer),
    Column("notices", JSONB, nullable=False),
    # The uploaded files that the act names: who may see the item may see them.
    Column("files", ARRAY(Words), nullable=False),
    # What the act changed: field → [before, after].
    Column("changed", JSONB, nullable=False),
    # Of this entry and the hash of the one before it in the same chain (store/chain.py).
    _text("hash"),
    _recorded("recorded_at"),
    Index(
        "uq_audit_events_request",
        "item_id",
        "request_id",
        unique=True,
        postgresql_where=text("request_id IS NOT NULL"),
    ),
    Index("ix_audit_events_files", "files", postgresql_using="gin"),
    # Few items have any, and every figure asks each for its own.
    Index(
        "ix_audit_events_counted",
        "item_id",
        postgresql_where=text("act IN ('remind', 'record_circular')"),
    ),
)

notices = Table(
    "notices",
    metadata,
    _id(),
    # No key to items: what the reconciler finds may have no row.
    _text("item_id"),
    _text("clock"),
    _text("rung"),
    Column("due_version", Integer, nullable=False),
    _text("title"),
    _text("text"),
    Column("late", Boolean, nullable=False),
    _instant("at", required=True),
    _recorded("recorded_at"),
    UniqueConstraint("item_id", "clock", "rung", "due_version"),
)

deliveries = Table(
    "deliveries",
    metadata,
    _id(),
    Column("notice_id", BigInteger, ForeignKey("notices.id"), nullable=False),
    _text("audience"),
    # NULL: on the supervision office's desk, because nobody else could be told.
    _text("username", required=False),
    Column("desk", Boolean, nullable=False),
    _text("remark"),
    _instant("read_at"),
    _text("read_by", required=False),
    CheckConstraint("desk = (username IS NULL)", name="desk"),
    UniqueConstraint("notice_id", "audience", "username", postgresql_nulls_not_distinct=True),
    Index("ix_deliveries_username", "username", desc("id")),
    Index("ix_deliveries_desk", desc("id"), postgresql_where=text("desk")),
)

channel_switches = Table(
    "channel_switches",
    metadata,
    # As the workers last started have it: nothing is owed on a channel that is off.
    Column("channel", Words, primary_key=True),
    Column("active", Boolean, nullable=False),
    _recorded("changed_at"),
)

channel_settings = Table(
    "channel_settings",
    metadata,
    Column("username", Words, ForeignKey("users.username"), primary_key=True),
    Column("channel", Words, primary_key=True),
    # Sealed under the secret key (runtime/vault.py); the hint is all that is shown again.
    _text("address"),
    _text("hint"),
    Column("active", Boolean, nullable=False),
    Column("urgencies", ARRAY(Words), nullable=False),
    _recorded("changed_at"),
    CheckConstraint(_is_one_of("channel", Channel), name="channel"),
)

views = Table(
    "views",
    metadata,
    Column("username", Words, ForeignKey("users.username"), primary_key=True),
    Column("name", Words, primary_key=True),
    Column("filters", JSONB, nullable=False),
    _recorded("changed_at"),
)

sendings = Table(
    "sendings",
    metadata,
    _id(),
    Column("delivery_id", BigInteger, ForeignKey("deliveries.id"), nullable=False),
    _text("username"),
    _text("channel"),
    _text("state"),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    # Why it is not sent (yet), without address or secret.
    Column("remark", Words, nullable=False, server_default=text("''")),
    # An attempt failed while it might have gone.
    Column("held", Boolean, nullable=False, server_default=text("false")),
    Column("late", Boolean, nullable=False, server_default=text("false")),
    # The first of those it was sent together with, or the later one that said more.
    Column("carried_by", BigInteger),
    _recorded("made_at"),
    _instant("tried_at"),
    _instant("sent_at"),
    CheckConstraint(_is_one_of("state", Sent), name="state"),
    UniqueConstraint("delivery_id", "username", "channel"),
    Index(
        "ix_sendings_waiting",
        "username",
        "channel",
        "id",
        postgresql_where=text("state = 'waiting'"),
    ),
    Index("ix_sendings_username", "username", desc("id")),
)

files = Table(
    "files",
    metadata,
    Column("id", Uuid, primary_key=True),
    _text("name"),
    _text("content_type"),
    Column("size", BigInteger, nullable=False),
    _text("sha256"),
    _text("uploaded_by"),
    _recorded("uploaded_at"),
)

office_settings = Table(
    "office_settings",
    metadata,
    Column("edition", Integer, primary_key=True, autoincrement=False),
    Column("settings", JSONB, nullable=False),
    # What the edition made different: setting → [before, after].
    Column("changed", JSONB, nullable=False),
    _text("set_by"),
    _recorded("set_at"),
)

document_templates = Table(
    "document_templates",
    metadata,
    _id(),
    _text("kind"),
    Column("edition", Integer, nullable=False),
    # NULL: from this edition on our own layout again.
    Column("file_id", Uuid, ForeignKey("files.id")),
    _text("note"),
    _text("made_by"),
    _recorded("made_at"),
    CheckConstraint(_is_one_of("kind", DocumentKind), name="kind"),
    UniqueConstraint("kind", "edition"),
    Index(None, "file_id"),
)

documents = Table(
    "documents",
    metadata,
    Column("id", Uuid, primary_key=True),
    # The order of lists.
    Column("place", BigInteger, Identity(always=True), nullable=False, unique=True),
    _text("kind"),
    Column("year", Integer, nullable=False),
    Column("sequence", Integer, nullable=False),
    _text("number"),
    _text("title"),
    # No key to items: what was made stays, whatever becomes of their rows.
    Column("item_ids", ARRAY(Words), nullable=False),
    Column("facts", JSONB, nullable=False),
    _text("facts_sha256"),
    _text("file_sha256"),
    Column("file_size", BigInteger, nullable=False),
    # Whether it has the restricted words of a leader (批示原文).
    Column("holds_original", Boolean, nullable=False),
    # NULL: in our own layout.
    Column("template_edition", Integer),
    # The circular it is of, and which version of it; no key, as for items.
    Column("circular_id", Words),
    Column("version", Integer, nullable=False, server_default=text("1")),
    _text("publication"),
    _text("publication_reason"),
    _text("made_by"),
    _instant("made_at", required=True),
    _text("request_id"),
    _text("body_hash"),
    CheckConstraint(_is_one_of("kind", DocumentKind), name="kind"),
    CheckConstraint(_is_one_of("publication", Publication), name="publication"),
    # A circular that was corrected keeps its number.
    UniqueConstraint("kind", "year", "sequence", "version"),
    UniqueConstraint("made_by", "request_id"),
    Index("ix_documents_item_ids", "item_ids", postgresql_using="gin"),
)

document_publications = Table(
    "document_publications",
    metadata,
    # What was decided of a document after it was made; the last one holds.
    _id(),
    Column("document_id", Uuid, ForeignKey("documents.id"), nullable=False),
    _text("publication"),
    _text("reason"),
    _text("decided_by"),
    _recorded("decided_at"),
    CheckConstraint(_is_one_of("publication", Publication), name="publication"),
    Index(None, "document_id"),
)

drift_reports = Table(
    "drift_reports",
    metadata,
    _id(),
    _recorded("at"),
    Column("checked", Integer, nullable=False),
    Column("missing_rows", ARRAY(Words), nullable=False),
    Column("missing_workflows", ARRAY(Words), nullable=False),
    Column("behind", ARRAY(Words), nullable=False),
)

statements = Table(
    "statements",
    metadata,
    _id(),
    _instant("at", required=True),
    Column("open_items", Integer, nullable=False),
    Column("ended_items", Integer, nullable=False),
    # How many limits of open items have passed, each with its rung.
    Column("limits", Integer, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("findings", JSONB, nullable=False),
    # A hash over the marks kept with it.
    _text("marks"),
    # Of this row and the hash of the one before it.
    _text("hash"),
)

statement_marks = Table(
    "statement_marks",
    metadata,
    # Where chains of the timeline ended, and what rows of ended items were, when they changed last.
    Column("statement_id", BigInteger, ForeignKey("statements.id"), primary_key=True),
    Column("place", Words, primary_key=True),
    _text("about"),
    _text("hash"),
    Index(None, "about", "statement_id"),
)

access_events = Table(
    "access_events",
    metadata,
    _id(),
    _instant("at", required=True),
    # What happened: somebody was refused, or read what is restricted (store/access.py).
    _text("event"),
    _text("username", required=False),
    _text("address"),
    _text("method"),
    _text("route"),
    # What the route names: ids of items, files, units.
    _text("about"),
    Column("status", Integer, nullable=False),
    _text("code"),
    # Of this row and the hash of the one before it.
    _text("hash"),
    Index("ix_access_events_username", "username", desc("id")),
    Index("ix_access_events_about", "about", desc("id")),
)

service_accounts = Table(
    "service_accounts",
    metadata,
    # Not in users: a message to the office is not delivered by telling a machine.
    Column("client_id", Words, primary_key=True),
    _text("name"),
    _text("role"),
    Column("unit_code", Words, ForeignKey("units.code")),
    Column("scopes", ARRAY(Words), nullable=False),
    _text("secret_hash"),
    _text("created_by"),
    _recorded("created_at"),
    _instant("expires_at"),
    _instant("revoked_at"),
    # A machine never signs for a leader.
    CheckConstraint("role IN ('office', 'unit', 'admin')", name="role"),
    CheckConstraint("(role = 'unit') = (unit_code IS NOT NULL)", name="unit"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Uuid, primary_key=True),
    # No key to users: machines have sessions too.
    _text("username"),
    _text("way"),
    _text("address"),
    _text("user_agent"),
    _recorded("created_at"),
    _recorded("last_used_at"),
    _instant("expires_at", required=True),
    _instant("revoked_at"),
    _text("revoked_because", required=False),
    CheckConstraint("way IN ('password', 'oidc', 'machine')", name="way"),
    Index("ix_sessions_username", "username", desc("created_at")),
)

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    # SHA-256. Used ones are kept as long as their session: one that comes again was stolen.
    Column("hash", Words, primary_key=True),
    Column("session_id", Uuid, ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    _recorded("issued_at"),
    _instant("used_at"),
    Index(None, "session_id"),
)

sign_in_attempts = Table(
    "sign_in_attempts",
    metadata,
    # SHA-256 of what is counted: people type passwords where a username belongs.
    Column("key", Words, primary_key=True),
    Column("failures", Integer, nullable=False),
    _instant("since", required=True),
    _instant("waits_until"),
    Index(None, "since"),
)

oidc_requests = Table(
    "oidc_requests",
    metadata,
    # SHA-256 of the state; a row goes when its answer comes.
    Column("hash", Words, primary_key=True),
    _text("nonce"),
    _text("verifier"),
    _recorded("created_at"),
)
