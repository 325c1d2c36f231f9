"""People's accounts."""

from sqlalchemy import exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.errors import Invalid, Refused
from domain.items import OfficePost, Role
from domain.machines import CLIENT_PREFIX
from domain.text import check_username, plain_name
from store import reads
from store.locks import ADMINISTRATORS, exclusively
from store.rows import UserRow
from store.session import ReadConnection, WriteConnection
from store.tables import units, users


async def add_user(
    conn: WriteConnection,
    username: str,
    *,
    role: Role,
    name: str,
    password_hash: str,
    unit_code: str | None = None,
    must_change: bool = False,
    post: OfficePost | None = None,
) -> UserRow:
    """A new person, with a hash from :func:`store.passwords.hash_password`. Raises ``Invalid``."""
    username, name = plain_name(username, "用户名"), plain_name(name, "姓名")
    if username.startswith(CLIENT_PREFIX):
        raise Invalid("reserved_name", f"{CLIENT_PREFIX} 开头的名字留给服务账号，请另选用户名。")
    check_username(username)
    if await conn.scalar(select(exists().where(func.lower(users.c.username) == username.lower()))):
        raise _taken(username)
    await check_unit(conn, role, unit_code)
    _check_post(role, post)
    row = {
        "username": username,
        "role": role.value,
        "name": name,
        "unit_code": unit_code,
        "password_hash": password_hash,
        "must_change": must_change,
        "post": post.value if post else None,
    }
    new = insert(users).values(row).on_conflict_do_nothing().returning(users.c.username)
    if (await conn.execute(new)).scalar_one_or_none() is None:
        raise _taken(username)
    added = await reads.user(conn, username)
    assert added is not None
    return added


def _taken(username: str) -> Invalid:
    return Invalid("username_taken", f"用户名（username）“{username}”已被使用，请另选用户名。")


async def any_users(conn: ReadConnection) -> bool:
    """Whether there is any account at all."""
    return bool(await conn.scalar(select(exists().select_from(users))))


async def all_users(conn: ReadConnection) -> list[UserRow]:
    """Everybody with an account, by username."""
    rows = await conn.execute(select(*reads.USER).order_by(users.c.username))
    return [UserRow(**row) for row in rows.mappings()]


async def change_user(
    conn: WriteConnection,
    username: str,
    *,
    name: str | None = None,
    role: Role | None = None,
    unit_code: str | None = None,
    active: bool | None = None,
    post: OfficePost | None = None,
) -> UserRow | None:
    """Change what is given of a person; ``None`` where there is none. With a role goes its unit.

    Raises ``Invalid``, and ``Refused('last_administrator')`` when nobody could keep accounts
    afterwards.
    """
    await exclusively(conn, ADMINISTRATORS)
    before = await reads.user(conn, username)
    if before is None:
        return None
    if unit_code is None and role in {None, before.role}:
        unit_code = before.unit_code
    role = role or Role(before.role)
    await check_unit(conn, role, unit_code)
    if post is None and role == before.role and before.post:
        post = OfficePost(before.post)
    _check_post(role, post)
    values = {
        "name": before.name if name is None else plain_name(name, "姓名"),
        "role": role.value,
        "unit_code": unit_code,
        "post": post.value if post else None,
        "active": before.active if active is None else active,
    }
    await conn.execute(update(users).where(users.c.username == username).values(values))
    if before.role == Role.ADMIN and before.active:
        await _check_administrators(conn)
    return await reads.user(conn, username)


async def _check_administrators(conn: ReadConnection) -> None:
    left = select(exists().where(users.c.role == Role.ADMIN, users.c.active))
    if not await conn.scalar(left):
        raise Refused(
            "last_administrator",
            "这是最后一个可用的系统管理员账号，不能停用或改任；请先登记另一名系统管理员。",
        )


async def check_unit(conn: ReadConnection, role: Role, unit_code: str | None) -> None:
    """Whether an account of that role belongs to that unit. Raises ``Invalid``."""
    if role is not Role.UNIT:
        if unit_code is not None:
            raise Invalid(
                "unit_not_applicable", "只有承办单位的账号才属于某个单位，请不要填写单位。"
            )
        return
    if unit_code is None:
        raise Invalid("unit_required", "承办单位的账号须写明所属单位，请填写单位代码。")
    if await conn.scalar(select(units.c.code).where(units.c.code == unit_code)) is None:
        raise Invalid("unknown_unit", f"没有代码为“{unit_code}”的单位，请先登记单位。")


def _check_post(role: Role, post: OfficePost | None) -> None:
    if post is not None and role is not Role.OFFICE:
        raise Invalid(
            "post_not_applicable", "只有督查室的账号才分负责人和工作人员，其他账号请不要填写 post。"
        )
