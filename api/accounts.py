"""Accounts of people and of machines, for the administrator who keeps them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from structlog import get_logger

from api.account_schemas import (
    EndedOut,
    ServiceAccountIn,
    ServiceAccountList,
    ServiceAccountOut,
    UserChangeIn,
    UserIn,
    UserList,
    UserOut,
)
from api.audit import Changing
from api.context import Context, ContextDep
from api.errors import not_found
from api.requests import body_of, documented, not_kept
from api.rights import AccountsDep
from domain.items import ROLE_NAMES, OfficePost, Role
from domain.machines import check_machine
from store import attempts, passwords, reads, service_accounts, sessions, users
from store.rows import UserRow
from store.service_accounts import ServiceAccountRow

router = APIRouter(tags=["账号"], dependencies=[Depends(not_kept)], route_class=Changing)
log = get_logger(__name__)
UsernamePath = Annotated[str, Path(max_length=200, description="用户名")]
ClientPath = Annotated[str, Path(max_length=200, description="服务账号的编号")]


@router.get("/users", summary="全部账号", description="系统管理员办。按用户名排列。")
async def list_users(context: ContextDep, _: AccountsDep) -> UserList:
    """Every account, active or not."""
    async with context.database.read() as connection:
        found = await users.all_users(connection)
    return UserList(items=[_user(context, user) for user in found])


@router.post(
    "/users",
    status_code=201,
    summary="登记账号",
    description="系统管理员办。答复中有一次性密码，只出现这一次；本人登录后须先修改。",
    openapi_extra=documented(UserIn),
)
async def add_user(
    request: Request,
    context: ContextDep,
    admin: AccountsDep,
    body: Annotated[UserIn, Depends(body_of(UserIn))],
) -> UserOut:
    """A new account with a one-time password."""
    request.state.about = body.username
    password = passwords.one_time_password()
    hashed = await passwords.hash_password(password)
    async with context.database.write() as connection:
        user = await users.add_user(
            connection,
            body.username,
            role=body.role,
            name=body.name,
            password_hash=hashed,
            unit_code=body.unit,
            must_change=True,
            post=body.post,
        )
    log.info("account_added", username=user.username, role=user.role, by=admin.username)
    return _user(context, user, password)


@router.patch(
    "/users/{username}",
    summary="修改账号",
    description="系统管理员办。改姓名、身份、单位，停用或启用，另发一次性密码，解除输错密码后的等待。"
    "停用、改任、另发密码的，其所有登录随即失效。最后一名系统管理员不能停用或改任"
    "（409 last_administrator）。",
    openapi_extra=documented(UserChangeIn),
)
async def change_user(
    username: UsernamePath,
    context: ContextDep,
    admin: AccountsDep,
    body: Annotated[UserChangeIn, Depends(body_of(UserChangeIn))],
) -> UserOut:
    """Changes what is given. Raises ``NotFound``, ``Invalid`` and ``Refused``."""
    password = passwords.one_time_password() if body.reset_password else None
    hashed = await passwords.hash_password(password) if password else None
    async with context.database.write() as connection:
        if hashed is not None:
            await passwords.set_password(connection, username, hashed, must_change=True)
        if hashed is not None or body.unlock:
            await attempts.unlock(connection, username)
        user = await users.change_user(
            connection,
            username,
            name=body.name,
            role=body.role,
            unit_code=body.unit,
            active=body.active,
            post=body.post,
        )
        if user is None:
            raise not_found()
        if hashed is not None or body.role or body.unit or body.post or body.active is False:
            await sessions.end_all(connection, username, "account_changed")
    changed = sorted(body.model_fields_set)
    log.info("account_changed", username=username, by=admin.username, fields=changed)
    return _user(context, user, password)


@router.delete(
    "/users/{username}/sessions",
    summary="结束某人的所有登录",
    description="系统管理员办。该账号在各处的令牌即刻失效，须重新登录。",
)
async def end_sessions(username: UsernamePath, context: ContextDep, admin: AccountsDep) -> EndedOut:
    """Signs somebody out everywhere. Raises ``NotFound``."""
    async with context.database.write() as connection:
        if await reads.user(connection, username) is None:
            raise not_found()
        ended = await sessions.end_all(connection, username, "ended_by_administrator")
    log.info("sessions_ended", username=username, by=admin.username, sessions=ended)
    return EndedOut(ended=ended)


@router.get(
    "/service-accounts",
    summary="全部服务账号",
    description="系统管理员办。撤销和过期的也在内；密钥无处可查。",
)
async def list_service_accounts(context: ContextDep, _: AccountsDep) -> ServiceAccountList:
    """Every service account there ever was."""
    async with context.database.read() as connection:
        rows = await service_accounts.all_accounts(connection)
    return ServiceAccountList(items=[_machine(context, row) for row in rows])


@router.post(
    "/service-accounts",
    status_code=201,
    summary="登记服务账号",
    description="系统管理员办。供其他系统对接使用；只能在权限范围内办理，不能具有领导身份，不能代人决定或签批。"
    "答复中的密钥只出现这一次；取得令牌见 POST /auth/token。",
    openapi_extra=documented(ServiceAccountIn),
)
async def add_service_account(
    request: Request,
    context: ContextDep,
    admin: AccountsDep,
    body: Annotated[ServiceAccountIn, Depends(body_of(ServiceAccountIn))],
) -> ServiceAccountOut:
    """A new account for a machine, and its secret."""
    request.state.about = body.client_id
    check_machine(body.client_id, body.role, body.scopes, body.expires_at, context.now())
    async with context.database.write() as connection:
        row, secret = await service_accounts.add(
            connection,
            body.client_id,
            name=body.name,
            role=body.role,
            unit_code=body.unit,
            scopes=body.scopes,
            expires_at=body.expires_at,
            created_by=admin.username,
        )
    log.info("service_account_added", client_id=row.client_id, by=admin.username)
    return _machine(context, row, secret)


@router.delete(
    "/service-accounts/{client_id}",
    status_code=204,
    summary="撤销服务账号",
    description="系统管理员办。其令牌即刻失效；编号不再使用。",
)
async def revoke_service_account(
    client_id: ClientPath, context: ContextDep, admin: AccountsDep
) -> None:
    """Ends an account for ever. Raises ``NotFound``."""
    async with context.database.write() as connection:
        if not await service_accounts.revoke(connection, client_id):
            raise not_found()
    log.info("service_account_revoked", client_id=client_id, by=admin.username)


def _user(context: Context, row: UserRow, password: str | None = None) -> UserOut:
    role = Role(row.role)
    return UserOut(
        username=row.username,
        name=row.name,
        role=role,
        role_name=ROLE_NAMES[role],
        post=OfficePost(row.post) if row.post else None,
        unit=row.unit_code,
        active=row.active,
        must_change=row.must_change,
        created_at=row.created_at.astimezone(context.settings.zone),
        one_time_password=password,
    )


def _machine(
    context: Context, row: ServiceAccountRow, secret: str | None = None
) -> ServiceAccountOut:
    zone = context.settings.zone
    return ServiceAccountOut(
        client_id=row.client_id,
        name=row.name,
        role=row.role,
        role_name=ROLE_NAMES[row.role],
        unit=row.unit_code,
        scopes=list(row.scopes),
        created_by=row.created_by,
        created_at=row.created_at.astimezone(zone),
        expires_at=row.expires_at and row.expires_at.astimezone(zone),
        revoked_at=row.revoked_at and row.revoked_at.astimezone(zone),
        usable=row.usable,
        client_secret=secret,
    )
