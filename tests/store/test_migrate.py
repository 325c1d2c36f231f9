"""The schema: from nothing, once, the same as the tables; and what the application may not do."""

import asyncio

import asyncpg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, inspect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from domain.items import Approval, SentBack
from embedded.postgres import APP_ROLE
from store import reads
from store.codec import facts_row, head_row
from store.migrate import GRANTS, config, migrate, migrate_check
from store.session import Database
from store.tables import items, metadata
from tests.store.stories import Story

APPEND_ONLY = (
    "audit_events",
    "notices",
    "drift_reports",
    "access_events",
    "source_decisions",
    "office_settings",
    "document_templates",
    "documents",
    "document_publications",
    "circular_entries",
    "circular_events",
    "circular_proposals",
    "circular_refusals",
    "deductions",
    "deduction_lines",
    "points_tables",
)


@pytest.fixture
async def empty(server):
    """Another database, with nothing in it."""
    superuser = await asyncpg.connect(server.plain("superuser"))
    await superuser.execute("CREATE DATABASE blank OWNER duban_owner")
    await superuser.execute(f"GRANT CONNECT ON DATABASE blank TO {APP_ROLE}")
    yield tuple(url.rpartition("/")[0] + "/blank" for url in (server.owner, server.app))
    await superuser.execute("DROP DATABASE blank WITH (FORCE)")
    await superuser.close()


async def test_from_nothing_many_times_at_once(empty):
    owner, app = empty
    database = Database(app, pool_size=1)
    before = await migrate_check(database)
    states = await asyncio.gather(*(migrate(owner, APP_ROLE) for _ in range(4)))
    after = await migrate_check(database)
    again = await migrate(owner, APP_ROLE)
    await database.dispose()
    assert (before.present, before.current) == (None, False)
    assert all(state.current for state in (*states, after, again))


async def test_the_migrations_make_the_tables(urls):
    def differences(connection):
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        return compare_metadata(context, metadata)

    engine = create_async_engine(urls.owner, poolclass=NullPool)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


def test_every_table_has_its_rights():
    assert set(GRANTS) == {*metadata.tables, "alembic_version"}
    for table in APPEND_ONLY:
        assert GRANTS[table] == "SELECT, INSERT"
    assert all("TRUNCATE" not in rights for rights in GRANTS.values())


@pytest.mark.parametrize(
    "statement",
    [
        *(f"DELETE FROM {table}" for table in APPEND_ONLY),
        *(f"TRUNCATE {table}" for table in APPEND_ONLY),
        "UPDATE notices SET late = true",
        "UPDATE drift_reports SET checked = 0",
        "UPDATE audit_events SET summary = 'nothing happened'",
        "DELETE FROM items",
        "DELETE FROM item_clocks",
        "UPDATE deliveries SET remark = ''",
        "UPDATE calendar_years SET notice = 'x'",
        "DELETE FROM calendar_years",
        "UPDATE files SET sha256 = ''",
        "ALTER TABLE audit_events DROP COLUMN summary",
        "UPDATE audit_events SET hash = ''",
        "UPDATE access_events SET code = ''",
        "DROP TABLE audit_events",
        "CREATE TABLE mine (a int)",
        "CREATE TEMP TABLE mine (a int)",
        "UPDATE alembic_version SET version_num = 'x'",
    ],
)
async def test_the_application_can_only_add_to_what_is_history(urls, database, store, statement):
    await Story().record(store)
    app = await asyncpg.connect(urls.plain("app"))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute(statement)
    finally:
        await app.close()


async def test_a_read_cannot_write(database):
    async with database.read() as conn:
        with pytest.raises(Exception, match="read-only"):
            await conn.exec_driver_sql("INSERT INTO units (code, name) VALUES ('A', 'B')")


async def test_a_write_that_fails_leaves_nothing(database):
    insert = "INSERT INTO units (code, name) VALUES ('A', 'B')"
    with pytest.raises(IntegrityError):  # noqa: PT012 - the block is what is tested
        async with database.write() as conn:
            await conn.exec_driver_sql(insert)
            await conn.exec_driver_sql(insert)
    async with database.read() as conn:
        assert (await conn.exec_driver_sql("SELECT count(*) FROM units")).scalar_one() == 0


async def test_what_a_migration_did_not_finish_is_not_there(empty, monkeypatch):
    owner, app = empty

    def broken(*_: object) -> None:
        raise RuntimeError("the rights cannot be granted")

    monkeypatch.setattr("store.migrate._grant", broken)
    with pytest.raises(RuntimeError):
        await migrate(owner, APP_ROLE)
    database = Database(app, pool_size=1)
    assert (await migrate_check(database)).present is None
    await database.dispose()


async def test_what_was_issued_before_there_were_drafts_is_handed_out(empty):
    owner, app = empty
    snapshot = Story(item_id="old").projection().snapshot
    assert snapshot.facts is not None
    row = head_row(snapshot) | facts_row(snapshot.facts) | {"id": "old", "number": "1"}
    row |= {"year": 2026, "sequence": 1}
    engine = create_async_engine(owner, poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(lambda here: command.upgrade(config(here), "0006"))
        there = await connection.run_sync(lambda here: inspect(here).get_columns("items"))
        old = {column["name"] for column in there} & row.keys()
        assert "handed_out" not in old
        await connection.execute(insert(items).values({name: row[name] for name in old}))
    await engine.dispose()
    await migrate(owner, APP_ROLE)
    database = Database(app, pool_size=1)
    async with database.read() as conn:
        item = await reads.item_row(conn, "old")
    await database.dispose()
    assert item is not None
    assert (item.handed_out, item.misassigned) == (True, 0)
    assert (item.approval, item.sent_back) == (Approval(), SentBack())


async def test_what_was_registered_before_the_directory_had_dates_stays_in_force(empty):
    owner, app = empty
    engine = create_async_engine(owner, poolclass=NullPool)

    def to_the_former(connection):
        command.upgrade(config(connection), "0003")

    async with engine.begin() as connection:
        await connection.run_sync(to_the_former)
        await connection.exec_driver_sql("INSERT INTO units (code, name) VALUES ('A', '甲局')")
        await connection.exec_driver_sql("INSERT INTO unit_deputies VALUES ('A', 'wu')")
    await engine.dispose()
    await migrate(owner, APP_ROLE)
    database = Database(app, pool_size=1)
    async with database.read() as conn:
        unit = await reads.unit(conn, "A")
    await database.dispose()
    assert unit is not None
    assert (unit.deputies, unit.sort) == (("wu",), "other")
