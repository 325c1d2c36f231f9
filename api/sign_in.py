"""Signing in and staying so: what the routes of a person, a machine and a provider share."""

import ipaddress
from datetime import timedelta
from uuid import UUID

from fastapi import Request

from api.context import Context
from api.errors import TooMany, Unauthorized
from api.rights import address_of
from api.schemas import TokenOut
from domain.passwords import ACCOUNT, ADDRESS
from store import attempts, passwords, reads, service_accounts, sessions
from store.rows import UserRow
from store.session import WriteConnection
from store.sessions import Caller, SessionRow, Way

# Behind a proxy on this machine that does not say for whom it asks, everybody would be this one.
LOOPBACK = "127.0.0.1"
OIDC_COOKIE = "duban_oidc"
"""Ties what the identity provider answers to the browser that began to sign in."""
OIDC_PAGE = "/sign-in/oidc"
"""Where a browser, which wants a page, is sent on to with what the provider said."""


def wrong() -> Unauthorized:
    """Not that person, or not that password."""
    return Unauthorized(
        "bad_credentials",
        "用户名或密码不正确，请核对后重试；忘记密码或账号已停用的，请联系系统管理员。",
    )


def wrong_secret() -> Unauthorized:
    """Not that machine, or not that secret."""
    return Unauthorized(
        "bad_credentials",
        "服务账号的编号或密钥不正确，或该账号已失效，请核对后重试，或联系系统管理员另建账号。",
    )


def used_up() -> Unauthorized:
    """Not a refresh token that is good now."""
    return Unauthorized(
        "bad_refresh_token", "该 refresh_token 无效、已用过或登录已结束，请重新登录。"
    )


def caller_of(request: Request) -> Caller:
    """From where the request comes; of IPv6 the network, since one machine has all of it."""
    agent = request.headers.get("user-agent", "")
    return Caller(address=_network(address_of(request)), user_agent=agent)


async def with_password(context: Context, username: str, password: str, caller: Caller) -> TokenOut:
    """A session for who knows the password. Raises ``Unauthorized``, or ``TooMany`` while the
    account or the address has to wait, whatever the password."""
    counted = attempts.account_key(username)
    await _check_waits(context, counted, username, caller)
    async with context.database.read() as reading:
        before = await passwords.password_mark(reading, username)
    user = await passwords.verify_password(context.database, username, password)
    async with context.database.write() as connection:
        # Others may have guessed in the same moment: what they used up is used up.
        waiting = await attempts.wait(connection, counted)
        if not waiting and user is None:
            await _failed(connection, counted, caller)
        # The owner may have changed the password meanwhile, and ended all sessions but this.
        held = await passwords.password_mark(connection, username, hold=True)
        if not waiting and user is not None and held == before:
            await attempts.cleared(connection, counted)
            return await opened(context, connection, user, Way.PASSWORD, caller)
    raise _wait(waiting) if waiting else wrong()


async def with_secret(
    context: Context, client_id: str, client_secret: str, caller: Caller
) -> TokenOut:
    """A session for a machine, without a refresh token. Raises as :func:`with_password`."""
    counted = attempts.key("client", client_id)
    await _check_waits(context, counted, client_id, caller)
    async with context.database.write() as connection:
        machine = await service_accounts.verify(connection, client_id, client_secret)
        if machine is None:
            await _failed(connection, counted, caller)
        else:
            lasts = context.tokens.lifetime
            await attempts.cleared(connection, counted)
            session = await sessions.begin(connection, client_id, Way.MACHINE, caller, lasts)
            return TokenOut(
                access_token=context.tokens.issue(client_id, session, context.now()),
                expires_in=_seconds(lasts),
                scope=" ".join(machine.scopes),
            )
    raise wrong_secret()


async def opened(
    context: Context, connection: WriteConnection, user: UserRow, way: Way, caller: Caller
) -> TokenOut:
    """A new session of somebody who has proven who they are."""
    lasts = timedelta(hours=context.settings.session_hours)
    session = await sessions.begin(connection, user.username, way, caller, lasts)
    return await _tokens(context, connection, user.username, session)


async def refreshed(context: Context, refresh_token: str) -> TokenOut:
    """New tokens for the session that an unused refresh token carries on. Raises
    ``Unauthorized``; a token that comes twice ends its session."""
    async with context.database.write() as connection:
        idle = context.settings.idle
        session = await sessions.take_refresh_token(connection, refresh_token, idle)
        if session is not None and await _is_active(connection, session):
            await sessions.used(connection, session.id)
            return await _tokens(context, connection, session.username, session.id)
    raise used_up()


async def check_old_password(context: Context, username: str, password: str) -> bool:
    """Whether somebody signed in knows the password up to now. Raises ``TooMany``."""
    counted = attempts.change_key(username)
    async with context.database.read() as reading:
        if waiting := await attempts.wait(reading, counted):
            raise _wait(waiting)
    right = await passwords.verify_password(context.database, username, password) is not None
    async with context.database.write() as connection:
        if waiting := await attempts.wait(connection, counted):
            raise _wait(waiting)
        if right:
            await attempts.cleared(connection, counted)
        else:
            await attempts.failed(connection, counted, ACCOUNT)
    return right


async def _tokens(
    context: Context, connection: WriteConnection, username: str, session: UUID
) -> TokenOut:
    return TokenOut(
        access_token=context.tokens.issue(username, session, context.now()),
        expires_in=_seconds(context.tokens.lifetime),
        refresh_token=await sessions.give_refresh_token(connection, session),
        refresh_expires_in=_seconds(context.settings.idle),
    )


async def _is_active(connection: WriteConnection, session: SessionRow) -> bool:
    return await reads.actor(connection, session.username) is not None


async def _check_waits(context: Context, counted: str, username: str, caller: Caller) -> None:
    async with context.database.read() as connection:
        waiting = await attempts.wait(connection, counted)
        if not waiting and not await sessions.seen_from(connection, username, caller.address):
            waiting = await attempts.wait(connection, _address_key(caller))
    if waiting:
        raise _wait(waiting)


async def _failed(connection: WriteConnection, counted: str, caller: Caller) -> None:
    await attempts.failed(connection, counted, ACCOUNT)
    if caller.address != LOOPBACK:
        await attempts.failed(connection, _address_key(caller), ADDRESS)


def _address_key(caller: Caller) -> str:
    return attempts.key("address", caller.address)


def _wait(seconds: int) -> TooMany:
    detail = f"连续输错次数过多，请 {seconds} 秒后再试；忘记密码的，请联系系统管理员。"
    return TooMany("too_many_attempts", detail, seconds)


def _network(host: str) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host[:100]
    if address.is_loopback:
        return LOOPBACK
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _seconds(lasts: timedelta) -> int:
    return int(lasts.total_seconds())
