"""``duban user …`` and ``duban service-account …``: the administrator's work, on the machine."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cli.errors import CliError
from cli.people import on_database, warn_if_weak
from cli.serve import settings_from_environment
from domain.items import ROLE_NAMES, Role
from domain.machines import check_machine
from store import attempts, passwords, reads, service_accounts, sessions, users
from store.rows import UserRow
from store.service_accounts import ServiceAccountRow
from store.session import Database, ReadConnection

BY = "operator"
"""By whom accounts are made on the command line."""


def list_users() -> None:
    """Print every account, one a line."""

    async def read(database: Database) -> list[UserRow]:
        async with database.read() as connection:
            return await users.all_users(connection)

    for user in on_database(settings_from_environment(), read):
        print("  ".join(_user_columns(user)))


def set_active(username: str, *, active: bool) -> None:
    """Let somebody sign in again, or no longer; then all sessions end."""

    async def change(database: Database) -> int:
        async with database.write() as connection:
            if await users.change_user(connection, username, active=active) is None:
                raise _nobody(username)
            if active:
                return 0
            return await sessions.end_all(connection, username, "account_changed")

    ended = on_database(settings_from_environment(), change)
    print(f"已启用账号 {username}。" if active else f"已停用账号 {username}，{ended} 处登录失效。")


def set_password(username: str, given: str | None) -> str | None:
    """Replace somebody's password and end all sessions; the password where one was made up, to be
    changed by its owner."""
    made_up = None if given else passwords.one_time_password()

    async def change(database: Database) -> None:
        hashed = await passwords.hash_password(given or made_up or "")
        async with database.write() as connection:
            once = made_up is not None
            if not await passwords.set_password(connection, username, hashed, must_change=once):
                raise _nobody(username)
            await attempts.unlock(connection, username)
            await sessions.end_all(connection, username, "password_changed")

    on_database(settings_from_environment(), change)
    if given:
        warn_if_weak(username, given)
    return made_up


def unlock(username: str) -> None:
    """Let somebody try again at once after wrong passwords."""

    async def change(database: Database) -> bool:
        async with database.write() as connection:
            await _check_user(connection, username)
            return await attempts.unlock(connection, username)

    counted = on_database(settings_from_environment(), change)
    print(f"账号 {username} 可以立即再试。" if counted else f"账号 {username} 没有输错密码的记录。")


def show_sessions(username: str, *, end: bool) -> None:
    """Print where somebody is signed in, or end all of it."""
    settings = settings_from_environment()

    async def read(database: Database) -> list[sessions.SessionRow]:
        async with database.read() as connection:
            await _check_user(connection, username)
            return await sessions.of_user(connection, username, settings.idle)

    async def close(database: Database) -> int:
        async with database.write() as connection:
            await _check_user(connection, username)
            return await sessions.end_all(connection, username, "ended_by_operator")

    if end:
        print(f"已结束 {username} 的 {on_database(settings, close)} 处登录。")
        return
    for row in on_database(settings, read):
        at, used = (t.astimezone(settings.zone) for t in (row.created_at, row.last_used_at))
        print(f"{row.id}  {row.way}  {at:%Y-%m-%d %H:%M}  {used:%Y-%m-%d %H:%M}  {row.address}")


def add_service_account(
    client_id: str,
    *,
    role: str,
    name: str | None,
    unit: str | None,
    scopes: Sequence[str],
    days: int | None,
) -> str:
    """Register a machine; its secret, which nobody can read again."""
    now = datetime.now(UTC)
    expires_at = None if days is None else now + timedelta(days=days)

    async def add(database: Database) -> str:
        check_machine(client_id, Role(role), scopes, expires_at, now)
        async with database.write() as connection:
            _, secret = await service_accounts.add(
                connection,
                client_id,
                name=name or client_id,
                role=Role(role),
                unit_code=unit,
                scopes=scopes,
                expires_at=expires_at,
                created_by=BY,
            )
        return secret

    return on_database(settings_from_environment(), add)


def list_service_accounts() -> None:
    """Print every service account, one a line."""

    async def read(database: Database) -> list[ServiceAccountRow]:
        async with database.read() as connection:
            return await service_accounts.all_accounts(connection)

    for row in on_database(settings_from_environment(), read):
        print("  ".join(_machine_columns(row)))


def revoke_service_account(client_id: str) -> None:
    """End a machine's account for ever."""

    async def end(database: Database) -> None:
        async with database.write() as connection:
            if not await service_accounts.revoke(connection, client_id):
                raise CliError(
                    f"没有可撤销的服务账号“{client_id}”，可用 service-account list 查看。"
                )

    on_database(settings_from_environment(), end)
    print(f"已撤销服务账号 {client_id}，其令牌即刻失效。")


async def _check_user(connection: ReadConnection, username: str) -> None:
    if await reads.user(connection, username) is None:
        raise _nobody(username)


def _nobody(username: str) -> CliError:
    return CliError(f"没有用户“{username}”，可用 duban user list 查看。")


def _user_columns(user: UserRow) -> list[str]:
    state = "已停用" if not user.active else "一次性密码未改" if user.must_change else "正常"
    return [user.username, user.name, ROLE_NAMES[Role(user.role)], user.unit_code or "-", state]


def _machine_columns(row: ServiceAccountRow) -> list[str]:
    until = "长期" if row.expires_at is None else f"至 {row.expires_at:%Y-%m-%d}"
    state = until if row.usable else "已撤销" if row.revoked_at else "已过期"
    role = ROLE_NAMES[row.role]
    return [row.client_id, row.name, role, row.unit_code or "-", state, " ".join(row.scopes)]
