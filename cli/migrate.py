"""``duban migrate``: the database's structure, the application's rights, and the known calendar."""

import asyncio

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from cli.errors import CliError
from cli.serve import settings_from_environment
from runtime.settings import Settings
from store.migrate import migrate
from store.seeding import seed_calendar
from store.session import Database


def run() -> None:
    """Bring the database to the current structure and say what was done."""
    for line in asyncio.run(_migrate(settings_from_environment())):
        print(line)


async def _migrate(settings: Settings) -> list[str]:
    app_role = _app_role(settings)
    try:
        state = await migrate(settings.async_migrate_url, app_role)
    except (OSError, SQLAlchemyError) as error:
        reason = " ".join(str(getattr(error, "orig", error)).split())
        raise CliError(f"数据库结构未能升级，数据未改动：{reason}") from error
    told = [f"数据库结构为当前版本（{state.present}）。"]
    if app_role is None:
        told.append(
            "注意：应用与属主使用同一账号，数据库不能阻止改动审计记录；"
            "请另设 DUBAN_MIGRATE_DATABASE_URL。"
        )
    return [*told, *await _seed(settings)]


async def _seed(settings: Settings) -> list[str]:
    database = Database(settings.async_migrate_url, pool_size=1)
    try:
        async with database.write() as connection:
            seeding = await seed_calendar(connection, settings.zone)
    finally:
        await database.dispose()
    loaded = "、".join(map(str, seeding.loaded))
    told = [f"已载入 {loaded} 年的工作日历。"] if loaded else []
    return [*told, *(f"注意：{warning}" for warning in seeding.warnings)]


def _app_role(settings: Settings) -> str | None:
    """The application's role, where it is another than the owner's."""
    app = make_url(settings.async_database_url).username
    owner = make_url(settings.async_migrate_url).username
    return None if app == owner else app
