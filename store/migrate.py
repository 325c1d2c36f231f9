"""Bringing the database to the current schema, with the rights of the application's role."""

from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from store.locks import MIGRATION
from store.session import Database

SCRIPTS = Path(__file__).parent / "migrations"
VERSION_TABLE = "alembic_version"

GRANTS = {
    "units": "SELECT, INSERT, UPDATE",
    "unit_deputies": "SELECT, INSERT, UPDATE (since, until)",
    "persons": "SELECT, INSERT, UPDATE",
    "unit_posts": "SELECT, INSERT, UPDATE (since, until)",
    "leader_subjects": "SELECT, INSERT, UPDATE (since, until)",
    "stand_ins": "SELECT, INSERT, UPDATE (until)",
    "unit_regulations": "SELECT, INSERT, UPDATE (withdrawn_on)",
    "successions": "SELECT, INSERT",
    "sources": "SELECT, INSERT, UPDATE",
    "source_clauses": "SELECT, INSERT, UPDATE (text, note)",
    "source_decisions": "SELECT, INSERT",
    "users": "SELECT, INSERT, UPDATE",
    "service_accounts": "SELECT, INSERT, UPDATE (revoked_at)",
    "sessions": "SELECT, INSERT, UPDATE (last_used_at, revoked_at, revoked_because), DELETE",
    "refresh_tokens": "SELECT, INSERT, UPDATE (used_at)",
    "sign_in_attempts": "SELECT, INSERT, UPDATE, DELETE",
    "oidc_requests": "SELECT, INSERT, DELETE",
    "calendar_years": "SELECT, INSERT",
    "policies": "SELECT, INSERT",
    "number_sequences": "SELECT, INSERT, UPDATE",
    "items": "SELECT, INSERT, UPDATE",
    "item_search": "SELECT, INSERT, UPDATE",
    "item_clocks": "SELECT, INSERT, UPDATE",
    "circulars": "SELECT, INSERT, UPDATE",
    "circular_entries": "SELECT, INSERT",
    "circular_events": "SELECT, INSERT",
    "circular_proposals": "SELECT, INSERT",
    "circular_refusals": "SELECT, INSERT",
    "deductions": "SELECT, INSERT",
    "deduction_lines": "SELECT, INSERT",
    "points_tables": "SELECT, INSERT",
    "audit_events": "SELECT, INSERT",
    "notices": "SELECT, INSERT",
    "deliveries": "SELECT, INSERT, UPDATE (read_at, read_by)",
    "channel_switches": "SELECT, INSERT, UPDATE",
    "channel_settings": "SELECT, INSERT, UPDATE, DELETE",
    "views": "SELECT, INSERT, UPDATE, DELETE",
    "sendings": "SELECT, INSERT, UPDATE (state, attempts, remark, held, late, carried_by, tried_at,"
    " sent_at)",
    "files": "SELECT, INSERT",
    "office_settings": "SELECT, INSERT",
    "document_templates": "SELECT, INSERT",
    "documents": "SELECT, INSERT",
    "document_publications": "SELECT, INSERT",
    "drift_reports": "SELECT, INSERT",
    "statements": "SELECT, INSERT",
    "statement_marks": "SELECT, INSERT",
    "access_events": "SELECT, INSERT",
    VERSION_TABLE: "SELECT",
}
"""What the application may do with each table: what is history it can only add to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaState:
    """Which schema the database has and which this program wants."""

    present: str | None
    wanted: str

    @property
    def current(self) -> bool:
        """Whether they are the same."""
        return self.present == self.wanted


async def migrate(owner_url: str, app_role: str | None) -> SchemaState:
    """Upgrade to the newest schema and grant the application's role its rights, in one
    transaction; one run at a time, and again does no harm."""
    engine = create_async_engine(owner_url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade, app_role)
            return await connection.run_sync(_state)
    finally:
        await engine.dispose()


async def migrate_check(database: Database) -> SchemaState:
    """Whether the schema is current, for readiness and ``duban doctor``."""
    async with database.read() as connection:
        return await connection.run_sync(_state)


def config(connection: Connection) -> Config:
    """Alembic's settings, without a file."""
    settings = Config()
    settings.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    return settings


def _upgrade(connection: Connection, app_role: str | None) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION})
    # A running system holds no lock for that long; better to fail whole than to stop it.
    connection.execute(text("SET LOCAL lock_timeout = '30s'"))
    command.upgrade(config(connection), "head")
    if app_role is not None:
        _grant(connection, app_role)


def _grant(connection: Connection, app_role: str) -> None:
    role = connection.dialect.identifier_preparer.quote(app_role)
    connection.execute(text(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}"))
    connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {role}"))
    for table, rights in GRANTS.items():
        connection.execute(text(f"GRANT {rights} ON {table} TO {role}"))


def _state(connection: Connection) -> SchemaState:
    wanted = ScriptDirectory.from_config(config(connection)).get_current_head()
    assert wanted is not None
    there = inspect(connection).has_table(VERSION_TABLE)
    present = MigrationContext.configure(connection).get_current_revision() if there else None
    return SchemaState(present=present, wanted=wanted)
