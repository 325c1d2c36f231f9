"""Requests and answers of signing in and of keeping accounts."""

from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from api.schemas import MeOut, Strict, TokenOut
from domain.items import OfficePost, Role
from store.sessions import Way


class RefreshIn(Strict):
    """What carries a session on, once."""

    refresh_token: str = Field(description="最近一次得到的 refresh_token")


class PasswordOut(MeOut, TokenOut):
    """Who has changed the password, with new tokens: those up to now are no longer good."""


class SessionOut(BaseModel):
    """One place where somebody is signed in."""

    id: UUID
    way: Way = Field(description="password 密码，oidc 统一身份认证，machine 服务账号")
    created_at: datetime
    last_used_at: datetime = Field(description="准确到分钟")
    expires_at: datetime
    address: str
    user_agent: str
    current: bool = Field(description="即发出本请求的登录")


class SessionList(BaseModel):
    """Everywhere somebody is signed in, the latest first."""

    items: list[SessionOut]
    next_cursor: str | None = None


class EndedOut(BaseModel):
    """How many sessions were ended."""

    ended: int


class UserIn(Strict):
    """A new account; its one-time password is made up here."""

    username: str = Field(description="登录用的名字")
    name: str = Field(description="姓名")
    role: Role = Field(description="身份")
    unit: str | None = Field(None, description="承办单位账号所属单位的代码")
    post: OfficePost | None = Field(None, description="督查室：head 负责人（默认）、staff 工作人员")


class UserChangeIn(Strict):
    """What is to change of an account; what is left out stays."""

    name: str | None = Field(None, description="姓名")
    role: Role | None = Field(None, description="身份")
    unit: str | None = Field(None, description="承办单位账号所属单位的代码")
    post: OfficePost | None = Field(None, description="督查室：head 负责人（默认）、staff 工作人员")
    active: bool | None = Field(None, description="false 停用，true 重新启用")
    reset_password: bool = Field(False, description="true：另发一次性密码，本人登录后须修改")
    unlock: bool = Field(False, description="true：解除输错密码后的等待")


class UserOut(BaseModel):
    """An account, for those who keep them."""

    username: str
    name: str
    role: Role
    role_name: str
    post: OfficePost | None
    unit: str | None
    active: bool
    must_change: bool = Field(description="仍在用一次性密码")
    created_at: datetime
    one_time_password: str | None = Field(None, description="一次性密码，只在此答复中出现一次")


class UserList(BaseModel):
    """All accounts, by username."""

    items: list[UserOut]
    next_cursor: str | None = None


class ServiceAccountIn(Strict):
    """A new account for a machine."""

    client_id: str = Field(description="编号，svc- 开头", examples=["svc-oa"])
    name: str = Field(description="名称", examples=["办公系统对接"])
    role: Role = Field(description="身份：office、unit 或 admin")
    unit: str | None = Field(None, description="身份为承办单位时，所属单位的代码")
    scopes: list[str] = Field(description="权限范围", examples=[["items:read"]])
    expires_at: AwareDatetime | None = Field(None, description="有效期，不填为长期")


class ServiceAccountOut(BaseModel):
    """An account for a machine."""

    client_id: str
    name: str
    role: Role
    role_name: str
    unit: str | None
    scopes: list[str]
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    usable: bool
    client_secret: str | None = Field(None, description="密钥，只在此答复中出现一次")


class ServiceAccountList(BaseModel):
    """All service accounts, revoked ones too."""

    items: list[ServiceAccountOut]
    next_cursor: str | None = None
