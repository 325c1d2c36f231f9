"""Signing in."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.security import OAuth2PasswordRequestForm

from api.context import ActorDep, ContextDep
from api.errors import Unauthorized
from api.schemas import MeOut, TokenOut
from api.tokens import LIFETIME
from domain.items import ROLE_NAMES
from store import people

router = APIRouter(tags=["登录"])


@router.post("/auth/token", summary="登录，取得令牌")
async def token(
    context: ContextDep, form: Annotated[OAuth2PasswordRequestForm, Depends()]
) -> TokenOut:
    """A bearer token for a username and password."""
    user = await people.verify_password(context.database, form.username, form.password)
    if user is None:
        raise Unauthorized("bad_credentials", "用户名或密码不正确。")
    issued = context.tokens.issue(user.username, context.now())
    return TokenOut(access_token=issued, expires_in=int(LIFETIME.total_seconds()))


@router.get("/me", summary="当前登录人")
async def me(actor: ActorDep) -> MeOut:
    """Who the token stands for."""
    return MeOut(
        username=actor.username,
        name=actor.name,
        role=actor.role.value,
        role_name=ROLE_NAMES[actor.role],
        unit=actor.unit,
        deputy_of=list(actor.deputy_of),
    )
