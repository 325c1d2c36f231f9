"""The console script ``duban``: names, options and help; the work is done elsewhere.

Nothing heavy is imported before a command is known, so that ``--help`` answers at once.
"""

import os
import sys
import traceback
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.account_commands import register as register_account_commands
from cli.chinese import Command, Group, usage_line
from cli.commands import attach, password_from_stdin
from cli.desk.commands import register as register_desk
from cli.errors import CliError
from embedded.errors import StackError
from embedded.options import API_PORT, TEMPORAL_PORT, TEMPORAL_UI_PORT, StackOptions

FAILED = 1
INTERRUPTED = 130


class Role(StrEnum):
    """What a user of the system may be."""

    OFFICE = "office"
    UNIT = "unit"
    DEPUTY = "deputy"
    CHIEF = "chief"
    INSPECTOR = "inspector"
    THIRD_PARTY = "third_party"
    ADMIN = "admin"


class OfficePost(StrEnum):
    """What somebody of the supervision office is there."""

    HEAD = "head"
    STAFF = "staff"


class Format(StrEnum):
    """Formats of an export."""

    CSV = "csv"
    XLSX = "xlsx"


def _group(text: str) -> typer.Typer:
    return typer.Typer(cls=Group, help=text, no_args_is_help=True, rich_markup_mode=None)


app = typer.Typer(
    cls=Group,
    help="督办：交办事项从登记到销号的全程督查系统。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
service_account_app = _group("服务账号（供其他系统对接）。")
calendar_app = _group("工作日历。")
unit_app = _group("承办单位。")
user_app = _group("用户。")
audit_app = _group("审计。")
directory_app = _group("名册：单位、责任人和区政府分管领导。")
app.add_typer(directory_app, name="directory")
app.add_typer(audit_app, name="audit")
app.add_typer(service_account_app, name="service-account")
app.add_typer(calendar_app, name="calendar")
app.add_typer(unit_app, name="unit")
app.add_typer(user_app, name="user")


@app.command(cls=Command)
def up(
    data_dir: Annotated[
        Path, typer.Option(envvar="DUBAN_DATA_DIR", metavar="目录", help="数据目录。")
    ] = Path("var"),
    api_host: Annotated[
        str, typer.Option(envvar="DUBAN_API_HOST", metavar="地址", help="API 监听的地址。")
    ] = "127.0.0.1",
    api_port: Annotated[
        int, typer.Option(envvar="DUBAN_API_PORT", min=1, max=65535, help="API 端口。")
    ] = API_PORT,
    temporal_port: Annotated[
        int, typer.Option(min=1, max=65535, help="Temporal 端口。")
    ] = TEMPORAL_PORT,
    ui_port: Annotated[
        int, typer.Option(min=1, max=65535, help="Temporal 界面端口。")
    ] = TEMPORAL_UI_PORT,
    postgres_port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, show_default=False, help="PostgreSQL 端口；不给则自选。"),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=16, help="工作进程数。")] = 1,
) -> None:
    """在本机启动整套系统（数据库、Temporal、工作进程、API），直到 Ctrl-C。"""
    from cli.up import run

    run(
        StackOptions(
            data_dir=data_dir,
            postgres_port=postgres_port,
            temporal_port=temporal_port,
            temporal_ui_port=ui_port,
            api_host=api_host,
            api_port=api_port,
            workers=workers,
        )
    )


@app.command(cls=Command)
def demo(
    hold: Annotated[bool, typer.Option("--hold", help="演示后保持运行，以便查看")] = False,
) -> None:
    """在临时的系统上用虚拟时间演示几件事项的全过程，结束后不留数据。"""
    from cli.demo import run

    run(hold=hold)


@app.command(cls=Command)
def api() -> None:
    """运行 API（生产环境；连接参数取自环境变量）。"""
    from embedded.program import await_turn

    await_turn("cli.serve", "api.app")
    from cli.serve import run_api

    run_api()


@app.command(cls=Command)
def worker() -> None:
    """运行工作进程（生产环境；连接参数取自环境变量）。"""
    from embedded.program import await_turn

    await_turn("cli.serve", "worker.main")
    from cli.serve import run_worker

    run_worker()


@app.command(cls=Command)
def migrate() -> None:
    """把数据库升级到当前版本的结构（用属主账号）。"""
    from embedded.program import await_turn

    await_turn("cli.migrate", "store.migrate")
    from cli.migrate import run

    run()


@app.command("import", cls=Command)
def import_ledger(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            readable=True,
            metavar="文件",
            help="台账（xlsx、xls、csv）。",
        ),
    ],
    yes: Annotated[bool, typer.Option("--yes", help="不再询问，核对无误后直接导入。")] = False,
    year: Annotated[
        int | None,
        typer.Option(min=2000, max=2100, show_default=False, help="台账中没有写年份时所属的年份。"),
    ] = None,
    create_units: Annotated[
        bool, typer.Option("--create-units", help="自动建立台账中尚不存在的单位。")
    ] = False,
    allow_past: Annotated[
        bool, typer.Option("--allow-past", help="允许导入时限已过的事项。")
    ] = False,
) -> None:
    """从电子表格导入督办台账：先核对、列出问题，再导入。"""
    attach()
    from api.import_plan import Options
    from cli.import_ledger import run

    options = Options(year=year, create_units=create_units, allow_past=allow_past)
    run(file, options, yes=yes)


@app.command(cls=Command)
def export(
    format: Annotated[Format, typer.Option(help="文件格式。")] = Format.CSV,
    output: Annotated[
        Path | None,
        typer.Option(dir_okay=False, metavar="文件", show_default=False, help="写入的文件。"),
    ] = None,
    ledger: Annotated[
        str,
        typer.Option(
            metavar="台账",
            help="items 总台账、directives 批示件、meetings 会议议定事项、proposals 建议提案、"
            "reminders 催办、responsible 责任人名册。",
        ),
    ] = "items",
) -> None:
    """导出台账；csv 不给 --output 时写到标准输出。"""
    attach()
    from cli.export import run

    run(format=format.value, output=output, ledger=ledger)


@calendar_app.command("load", cls=Command)
def calendar_load(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, readable=True, metavar="文件", help="JSON 文件。"
        ),
    ],
) -> None:
    """载入一年的放假调休安排（国务院办公厅通知），并重算受影响的时限。

    文件内容：{"year": 年, "notice": 文号, "rest_days": [日期…], "work_days": [日期…]}
    """
    attach()
    from cli.calendar import load

    load(file)


@directory_app.command("import", cls=Command)
def directory_import(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            readable=True,
            metavar="文件",
            help="名册（xlsx、xls、csv），列名同导出的表。",
        ),
    ],
    yes: Annotated[bool, typer.Option("--yes", help="核对无误后真正导入。")] = False,
) -> None:
    """导入名册：先逐行核对，有一行须改正就全部不导入。"""
    attach()
    from cli.directory import import_file

    import_file(file, yes=yes)


@directory_app.command("export", cls=Command)
def directory_export(
    file: Annotated[
        Path,
        typer.Argument(dir_okay=False, metavar="文件", help="写入的文件（.xlsx 或 .csv）。"),
    ],
) -> None:
    """导出名册；改动后可再导入。"""
    attach()
    from cli.directory import export_file

    export_file(file)


@unit_app.command("add", cls=Command)
def unit_add(
    code: Annotated[str, typer.Argument(metavar="代码", help="单位代码。")],
    name: Annotated[str, typer.Argument(metavar="全称", help="单位全称。")],
    deputy: Annotated[
        list[str] | None,
        typer.Option(metavar="用户名", show_default=False, help="分管领导的用户名；可多次给出。"),
    ] = None,
) -> None:
    """登记一个承办单位；已有的则改名、改分管领导（不给 --deputy 的，分管领导不变）。"""
    attach()
    from cli.people import add_unit

    add_unit(code, name, deputies=deputy)


@user_app.command("add", cls=Command)
def user_add(
    username: Annotated[str, typer.Argument(metavar="用户名", help="登录用的名字。")],
    role: Annotated[
        Role,
        typer.Option(
            help="office 督查室、unit 承办单位、deputy 分管领导、chief 主要领导、"
            "inspector 特邀督查员、third_party 第三方、admin 管理员。"
        ),
    ],
    name: Annotated[
        str | None, typer.Option(metavar="姓名", show_default=False, help="姓名。")
    ] = None,
    unit: Annotated[
        str | None, typer.Option(metavar="代码", show_default=False, help="所属单位的代码。")
    ] = None,
    post: Annotated[
        OfficePost | None,
        typer.Option(show_default=False, help="督查室：head 负责人（默认）、staff 工作人员。"),
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="从标准输入读一行作为密码；不给则自动生成。")
    ] = False,
    must_change: Annotated[
        bool, typer.Option("--must-change", help="作为一次性密码：本人登录后须先修改。")
    ] = False,
) -> None:
    """登记一个用户；自动生成的密码只显示这一次。"""
    attach()
    from cli.people import add_user

    given = password_from_stdin() if password_stdin else None
    generated = add_user(
        username,
        role=role.value,
        name=name,
        unit=unit,
        password=given,
        post=post.value if post else None,
        must_change=must_change,
    )
    if generated:
        print(f"用户 {username} 的初始密码：{generated}")


register_account_commands(user_app, service_account_app)
register_desk(app)


@audit_app.command("verify", cls=Command)
def audit_verify(
    keep: Annotated[
        Path | None,
        typer.Option(metavar="文件", show_default=False, help="把各条记录链的末端写入文件。"),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            metavar="文件",
            show_default=False,
            help="与以前写下的末端核对：截去、整体改写也可发现",
        ),
    ] = None,
) -> None:
    """核对全部办理记录、通报、扣分和访问记录：有无被改动、缺失或插入。"""
    attach()
    from cli.audit import run

    run(keep=keep, against=against)


@app.command(cls=Command)
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出，供程序读取。")] = False,
) -> None:
    """检查本机是否具备运行条件：有什么、缺什么、该做什么。"""
    from cli.doctor import run

    run(as_json=as_json)


def main() -> None:
    """Run the command line; the process ends with 0, 1 (failure), 2 (wrong usage), or 130 where
    it was interrupted."""
    code = _run(sys.argv[1:])
    if "temporalio.bridge" in sys.modules:
        # The SDK's own threads may still run, and can crash an interpreter that tidies up.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    try:
        return int(app(arguments, prog_name="duban", standalone_mode=False) or 0)
    except typer.TyperException as error:
        return _wrong_usage(error)
    except (CliError, StackError) as error:
        _tell(str(error))
    except typer.Abort:
        _tell("已取消。")
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
    except Exception as error:
        if os.environ.get("DUBAN_TRACEBACK"):
            traceback.print_exc()
        _tell(_unforeseen(error))
    return FAILED


def _wrong_usage(error: typer.TyperException) -> int:
    message = error.format_message()
    if "--help" in message and "\n" in message:  # a group named without a command
        print(message)
    else:
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else "duban"
        _tell(f"{usage_line(message)}。用法见 {command} --help。")
    return getattr(error, "exit_code", FAILED)


def _unforeseen(error: Exception) -> str:
    if type(error).__name__ == "ValidationError" and getattr(error, "title", "") == "Settings":
        return _bad_settings(error)
    if isinstance(error, ConnectionError):
        return f"连接不上数据库或 Temporal（{error}）。请确认系统已启动，可用 duban doctor 检查。"
    shown = os.environ.get("DUBAN_TRACEBACK")
    hint = "" if shown else "（设置 DUBAN_TRACEBACK=1 可看到全部细节）"
    return f"内部错误：{type(error).__name__}：{' '.join(str(error).split())[:300]}{hint}"


def _bad_settings(error: Exception) -> str:
    problems = error.errors()  # type: ignore[attr-defined]
    names = "、".join(f"DUBAN_{problem['loc'][0]}".upper() for problem in problems)
    reason = "没有设置" if all(p["type"] == "missing" for p in problems) else "的值不能使用"
    return f"环境变量 {names} {reason}。本机试用请先运行 duban up；生产环境见部署说明。"


def _tell(line: str) -> None:
    print(line, file=sys.stderr)


if __name__ == "__main__":
    main()
