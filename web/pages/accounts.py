"""Accounts, kept by the system's administrator."""

from starlette.responses import Response

from api.account_schemas import UserIn
from domain.items import Json
from domain.permissions import Right
from web.backend import Problem
from web.forms import fields_of
from web.plain import Plain, drawn, sent
from web.registers import units
from web.visits import Visit, go, route

FIELDS = fields_of(UserIn, above="account")
CHANGES: dict[str, tuple[str, Json]] = {
    "reset": ("重置密码", {"reset_password": True}),
    "unlock": ("解除登录限制", {"unlock": True}),
    "deactivate": ("停用", {"active": False}),
    "activate": ("启用", {"active": True}),
}


async def accounts(visit: Visit) -> Response:
    """``GET /accounts``."""
    found = (await visit.api.get("/users"))["items"]
    wanted = visit.asked().get("q", "")
    shown = [one for one in found if wanted in one["username"] or wanted in one["name"]]
    return visit.page("accounts", accounts=shown, wanted=wanted, units=dict(await units(visit)))


async def _form(visit: Visit) -> Plain:
    return Plain(
        title="登记账号",
        button="登记账号",
        address="/accounts/new",
        back="/accounts",
        fields=FIELDS,
        also=("登记后显示一次性密码，请交给本人；本人首次登录须改为自己的密码。",),
        units=await units(visit),
    )


async def new_page(visit: Visit) -> Response:
    """``GET /accounts/new``."""
    return drawn(visit, await _form(visit))


async def new(visit: Visit) -> Response:
    """``POST /accounts/new``."""

    async def send(body: Json, key: str) -> Response:
        made = await visit.api.post("/users", body, key=key)
        return visit.page("account_made", account=made)

    return await sent(visit, await _form(visit), send)


async def change_page(visit: Visit) -> Response:
    """``GET /accounts/{username}/{change}``: asks once more."""
    return drawn(visit, _change(visit))


def _wanted(visit: Visit) -> tuple[str, Json]:
    found = CHANGES.get(visit.path("change"))
    if found is None:
        raise Problem(404, "not_found", "没有这个地址，请从菜单重新进入。", {})
    return found


def _change(visit: Visit) -> Plain:
    username, (title, _) = visit.path("username"), _wanted(visit)
    return Plain(
        title=f"{title}：{username}",
        button=title,
        address=f"/accounts/{visit.part('username')}/{visit.part('change')}",
        back="/accounts",
        fields=(),
        asks_again=True,
    )


async def change(visit: Visit) -> Response:
    """``POST /accounts/{username}/{change}``."""
    _, body = _wanted(visit)

    async def send(_: Json, __: str) -> Response:
        changed = await visit.api.patch(f"/users/{visit.part('username')}", body)
        if changed["one_time_password"] is None:
            return go("/accounts")
        return visit.page("account_made", account=changed)

    return await sent(visit, _change(visit), send)


ROUTES = [
    route("/accounts", accounts, right=Right.ACCOUNTS),
    route("/accounts/new", new_page, right=Right.ACCOUNTS),
    route("/accounts/new", new, "POST", right=Right.ACCOUNTS),
    route("/accounts/{username}/{change}", change_page, right=Right.ACCOUNTS),
    route("/accounts/{username}/{change}", change, "POST", right=Right.ACCOUNTS),
]
