"""Signing in."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.security import OAuth2PasswordRequestForm

from api.access import FOR_EVERYBODY, ActorDep
from api.context import ContextDep
from api.errors import Unauthorized
from api.requests import body_of, documented
from api.schemas import MeOut, PasswordIn, TokenOut
from api.tokens import LIFETIME
from domain.errors import Forbidden, Invalid
from domain.items import ROLE_NAMES
from store import people, reads

router = APIRouter(tags=["登录"])


@router.post(
    "/auth/token",
    dependencies=[FOR_EVERYBODY],
    summary="登录，取得令牌",
    description="表单提交 username、password。令牌 8 小时有效，放在其他请求的 Authorization 头中。",
)
async def token(
    context: ContextDep, form: Annotated[OAuth2PasswordRequestForm, Depends()]
) -> TokenOut:
    """A bearer token for a username and password."""
    user = await people.verify_password(context.database, form.username, form.password)
    if user is None:
        raise Unauthorized("bad_credentials", "用户名或密码不正确。")
    issued = context.tokens.issue(user.username, context.now())
    return TokenOut(access_token=issued, expires_in=int(LIFETIME.total_seconds()))


@router.post(
    "/auth/password",
    summary="修改自己的密码",
    description="一次性密码须尽快改掉。原密码不对，答复 403 wrong_password。",
    openapi_extra=documented(PasswordIn),
)
async def change_password(
    context: ContextDep,
    actor: ActorDep,
    body: Annotated[PasswordIn, Depends(body_of(PasswordIn))],
) -> MeOut:
    """Replaces the signed-in person's password, who must know the one up to now."""
    if await people.verify_password(context.database, actor.username, body.old_password) is None:
        raise Forbidden("wrong_password", "原密码不正确，密码没有修改。")
    if body.new_password == body.old_password:
        raise Invalid("same_password", "新密码不能与原密码相同。")
    hashed = await people.hash_password(body.new_password)
    async with context.database.write() as connection:
        await people.set_password(connection, actor.username, hashed)
    return await me(context, actor)


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
