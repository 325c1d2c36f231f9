"""The commands that keep accounts: names, options and help; the work is in ``cli.accounts``."""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

import typer

from cli.chinese import Command
from cli.commands import attach, password_from_stdin


class MachineRole(StrEnum):
    """As whom a machine may act: never as a leader."""

    OFFICE = "office"
    UNIT = "unit"
    ADMIN = "admin"


Username = Annotated[str, typer.Argument(metavar="用户名", help="登录用的名字。")]
ClientId = Annotated[str, typer.Argument(metavar="编号", help="服务账号的编号，svc- 开头。")]


def register(user: typer.Typer, service_account: typer.Typer) -> None:
    """Put the commands into their groups."""
    for name, command in USER.items():
        user.command(name, cls=Command)(command)
    for name, command in SERVICE_ACCOUNT.items():
        service_account.command(name, cls=Command)(command)


def user_list() -> None:
    """列出全部账号：用户名、姓名、身份、单位、状态。"""
    attach()
    from cli.accounts import list_users

    list_users()


def user_deactivate(username: Username) -> None:
    """停用一个账号，其所有登录即刻失效。"""
    attach()
    from cli.accounts import set_active

    set_active(username, active=False)


def user_activate(username: Username) -> None:
    """重新启用一个账号。"""
    attach()
    from cli.accounts import set_active

    set_active(username, active=True)


def user_password(
    username: Username,
    password_stdin: Annotated[
        bool,
        typer.Option("--password-stdin", help="从标准输入读一行作为密码；不给则发一次性密码。"),
    ] = False,
) -> None:
    """重设密码，其所有登录即刻失效；一次性密码只显示这一次，本人登录后须先修改。"""
    attach()
    from cli.accounts import set_password

    made_up = set_password(username, password_from_stdin() if password_stdin else None)
    print(f"用户 {username} 的一次性密码：{made_up}" if made_up else f"已重设 {username} 的密码。")


def user_unlock(username: Username) -> None:
    """解除输错密码后的等待。"""
    attach()
    from cli.accounts import unlock

    unlock(username)


def user_sessions(
    username: Username,
    end: Annotated[bool, typer.Option("--end", help="结束其所有登录。")] = False,
) -> None:
    """列出一个账号在各处的登录：编号、方式、登录和最近使用的时间、地址。"""
    attach()
    from cli.accounts import show_sessions

    show_sessions(username, end=end)


def service_account_add(
    client_id: ClientId,
    role: Annotated[MachineRole, typer.Option(help="office 督查室、unit 承办单位、admin 管理员。")],
    scope: Annotated[
        list[str],
        typer.Option(metavar="范围", help="权限范围，如 items:read、acts:receive；可多次给出。"),
    ],
    name: Annotated[
        str | None, typer.Option(metavar="名称", show_default=False, help="名称。")
    ] = None,
    unit: Annotated[
        str | None, typer.Option(metavar="代码", show_default=False, help="所属单位的代码。")
    ] = None,
    days: Annotated[
        int | None,
        typer.Option(min=1, max=3650, show_default=False, help="有效的天数；不给则长期有效。"),
    ] = None,
) -> None:
    """登记一个服务账号，供其他系统对接；密钥只显示这一次。"""
    attach()
    from cli.accounts import add_service_account

    secret = add_service_account(
        client_id, role=role.value, name=name, unit=unit, scopes=scope, days=days
    )
    print(f"服务账号 {client_id} 的密钥：{secret}")


def service_account_list() -> None:
    """列出全部服务账号：编号、名称、身份、单位、状态、权限范围。"""
    attach()
    from cli.accounts import list_service_accounts

    list_service_accounts()


def service_account_revoke(client_id: ClientId) -> None:
    """撤销一个服务账号，其令牌即刻失效；编号不再使用。"""
    attach()
    from cli.accounts import revoke_service_account

    revoke_service_account(client_id)


USER: dict[str, Callable[..., None]] = {
    "list": user_list,
    "deactivate": user_deactivate,
    "activate": user_activate,
    "password": user_password,
    "unlock": user_unlock,
    "sessions": user_sessions,
}
SERVICE_ACCOUNT: dict[str, Callable[..., None]] = {
    "add": service_account_add,
    "list": service_account_list,
    "revoke": service_account_revoke,
}
