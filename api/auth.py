"""Signing in and out, and one's own sessions and password."""

import base64
from typing import Annotated, Literal
from urllib.parse import unquote_plus
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from pydantic import BaseModel, Field
from structlog import get_logger

from api import sign_in
from api.account_schemas import (
    EndedOut,
    PasswordOut,
    RefreshIn,
    SessionList,
    SessionOut,
)
from api.context import Context, ContextDep
from api.errors import not_found
from api.requests import body_of, documented, not_kept
from api.rights import FOR_EVERYBODY, ActorDep, SignedInDep
from api.schemas import MeOut, PasswordIn, TokenOut
from domain.errors import Forbidden, Invalid
from domain.items import ROLE_NAMES
from domain.passwords import check_password
from store import passwords, reads, sessions
from store.sessions import Way

router = APIRouter(tags=["登录"], dependencies=[Depends(not_kept)])
log = get_logger(__name__)


class TokenForm(BaseModel):
    """How OAuth 2 asks for a token: a person by password, a machine by client credentials."""

    grant_type: Literal["password", "client_credentials"] = Field(
        "password", description="password 用户名和密码；client_credentials 服务账号"
    )
    username: str | None = Field(None, description="用户名")
    password: str | None = Field(None, description="密码")
    client_id: str | None = Field(None, description="服务账号的编号")
    client_secret: str | None = Field(None, description="服务账号的密钥")
    scope: str | None = Field(None, description="不起作用：权限范围由账号决定")


@router.post(
    "/auth/token",
    dependencies=[FOR_EVERYBODY],
    summary="登录，取得令牌",
    description="表单提交 username、password；服务账号提交 grant_type=client_credentials、"
    "client_id、client_secret。令牌放在其他请求的 Authorization 头中，到期后用 refresh_token 换取。"
    "连续 5 次输错密码的，须等待 1、2、4、8、15 分钟方可再试（429 too_many_attempts），"
    "其间密码正确也不受理。",
)
async def token(
    request: Request, context: ContextDep, form: Annotated[TokenForm, Form()]
) -> TokenOut:
    """Tokens for a username and password, or for a machine's id and secret."""
    caller = sign_in.caller_of(request)
    if form.grant_type == "client_credentials":
        client_id, secret = _basic(request) or (form.client_id, form.client_secret)
        given = _given("client_id", client_id), _given("client_secret", secret)
        return await sign_in.with_secret(context, *given, caller)
    username, password = _given("username", form.username), _given("password", form.password)
    return await sign_in.with_password(context, username, password, caller)


@router.post(
    "/auth/refresh",
    dependencies=[FOR_EVERYBODY],
    summary="换取新令牌",
    description="每个 refresh_token 只能用一次，答复中另给新的。用过的再次出现，视为被盗，"
    "该次登录随即作废（重发同一请求也是如此），须重新登录。",
    openapi_extra=documented(RefreshIn),
)
async def refresh(
    context: ContextDep, body: Annotated[RefreshIn, Depends(body_of(RefreshIn))]
) -> TokenOut:
    """New tokens for an unused refresh token."""
    return await sign_in.refreshed(context, body.refresh_token)


@router.post(
    "/auth/password",
    summary="修改自己的密码",
    description="一次性密码须先改掉，才能办理其他事项。原密码不对，答复 403 wrong_password。"
    "修改后所有登录和令牌一律失效，本次登录改用答复中的新令牌。",
    openapi_extra=documented(PasswordIn),
)
async def change_password(
    request: Request,
    context: ContextDep,
    found: SignedInDep,
    body: Annotated[PasswordIn, Depends(body_of(PasswordIn))],
) -> PasswordOut:
    """Replaces the signed-in person's password, who must know the one up to now."""
    username = found.actor.username
    if found.session.way is Way.MACHINE:
        raise Forbidden("machine_account", "服务账号没有密码；需要新密钥的，请另建服务账号。")
    if not await sign_in.check_old_password(context, username, body.old_password):
        raise Forbidden(
            "wrong_password",
            "原密码不正确，密码没有修改，请核对后重试；忘记原密码的，请联系系统管理员。",
        )
    hashed = await _new_hash(context, username, body)
    async with context.database.write() as connection:
        await passwords.set_password(connection, username, hashed)
        await sessions.end_all(connection, username, "password_changed")
        user = await reads.user(connection, username)
        assert user is not None
        tokens = await sign_in.opened(
            context, connection, user, found.session.way, sign_in.caller_of(request)
        )
    log.info("password_changed", username=username)
    me_now = await me(context, found.actor)
    return PasswordOut(**me_now.model_dump(), **tokens.model_dump())


@router.post(
    "/auth/logout",
    status_code=204,
    summary="退出登录",
    description="本次登录的令牌即刻失效；在别处的登录不受影响。",
)
async def logout(context: ContextDep, found: SignedInDep) -> None:
    """Ends the session that sends this."""
    async with context.database.write() as connection:
        await sessions.end(connection, found.session.id, "signed_out")


@router.get(
    "/auth/sessions",
    summary="自己在各处的登录",
    description="最近的在前；不认识的，用 DELETE 结束它，并修改密码。",
)
async def list_sessions(context: ContextDep, found: SignedInDep) -> SessionList:
    """Everywhere the signed-in person is signed in."""
    async with context.database.read() as connection:
        rows = await sessions.of_user(connection, found.actor.username, context.settings.idle)
    zone = context.settings.zone
    listed = [
        SessionOut(
            id=row.id,
            way=row.way,
            created_at=row.created_at.astimezone(zone),
            last_used_at=row.last_used_at.astimezone(zone),
            expires_at=row.expires_at.astimezone(zone),
            address=row.address,
            user_agent=row.user_agent,
            current=row.id == found.session.id,
        )
        for row in rows
    ]
    return SessionList(items=listed)


@router.delete(
    "/auth/sessions",
    summary="在各处退出登录",
    description="包括本次登录；所有令牌即刻失效。",
)
async def end_sessions(context: ContextDep, actor: ActorDep) -> EndedOut:
    """Signs the person out everywhere."""
    async with context.database.write() as connection:
        ended = await sessions.end_all(connection, actor.username, "signed_out")
    return EndedOut(ended=ended)


@router.delete(
    "/auth/sessions/{session_id}",
    status_code=204,
    summary="结束自己的一次登录",
    description="不是自己的、已经结束的，答复 404。",
)
async def end_session(session_id: UUID, context: ContextDep, actor: ActorDep) -> None:
    """Ends one session of the signed-in person. Raises ``NotFound``."""
    async with context.database.write() as connection:
        done = await sessions.end(connection, session_id, "signed_out", of=actor.username)
    if not done:
        raise not_found()


@router.get(
    "/me",
    summary="当前登录人",
    description="身份、单位、分管的单位；must_change 为 true 的须先修改密码。",
)
async def me(context: ContextDep, actor: ActorDep) -> MeOut:
    """Who the token stands for."""
    async with context.database.read() as connection:
        user = await reads.user(connection, actor.username)
    return MeOut(
        username=actor.username,
        name=actor.name,
        role=actor.role,
        role_name=ROLE_NAMES[actor.role],
        post=actor.post,
        unit=actor.unit,
        deputy_of=list(actor.deputy_of),
        must_change=user is not None and user.must_change,
    )


async def _new_hash(context: Context, username: str, body: PasswordIn) -> str:
    if body.new_password == body.old_password:
        raise Invalid("same_password", "新密码不能与原密码相同，请另选一个。")
    check_password(username, body.new_password)
    if await passwords.used_before(context.database, username, body.new_password):
        raise Invalid("same_password", "新密码不能与上一个用过的密码相同，请另选一个。")
    return await passwords.hash_password(body.new_password)


def _basic(request: Request) -> tuple[str, str] | None:
    """A machine's id and secret where it sends them as HTTP Basic (RFC 6749, 2.3.1)."""
    kind, _, encoded = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return None
    return unquote_plus(client_id), unquote_plus(secret)


def _given(name: str, value: str | None) -> str:
    if value is None:
        raise Invalid("missing_field", f"{name}：请填写。")
    return value
