"""The commands of the desk: names, options and help; the work is in ``cli.desk.work``.

They ask the API over HTTP as whoever is signed in, so that every rule and right is the API's.
What can be filled in is made from the API's own forms (``cli.desk.making``), which are read when
a command that has one is asked for.
"""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.chinese import Command, Group

if TYPE_CHECKING:
    from typer._click.core import Command as AnyCommand
    from typer._click.core import Context


class Output(StrEnum):
    """How an answer is printed."""

    TABLE = "table"
    JSON = "json"


OutputOption = Annotated[
    Output,
    typer.Option(
        "--output",
        show_default=False,
        help="table 表格（默认）；json 为接口答复的原文，供程序读取。",
    ),
]
Named = Annotated[
    str, typer.Argument(metavar="事项", help="编号（如 7号、〔2026〕7号、7号-1）或标识（UUID）。")
]
Number = Annotated[int, typer.Argument(metavar="编号", min=1, help="来源的编号。")]
Year = Annotated[
    int | None,
    typer.Option("--year", min=1900, max=9999, show_default=False, help="编号所属的年份。"),
]
Key = Annotated[
    str | None,
    typer.Option(
        "--key",
        metavar="键",
        show_default=False,
        help="Idempotency-Key：同一个键、同样的内容只办一次；不给则自动生成。",
    ),
]
Json = Annotated[
    str | None,
    typer.Option(
        "--json",
        metavar="文件",
        show_default=False,
        help="从 JSON 文件读取内容，- 为标准输入；另给的选项取代其中的同名项。",
    ),
]
Every = Annotated[bool, typer.Option("--all", help="列出全部，不分页。")]
Limit = Annotated[int, typer.Option(min=1, max=200, help="一页列出多少。")]
Cursor = Annotated[
    str | None, typer.Option(metavar="游标", show_default=False, help="接着上一页列出。")
]


class ActGroup(Group):
    """Every act of the system."""

    def list_commands(self, ctx: "Context") -> list[str]:  # noqa: ARG002 - as it is called
        """The acts, in the order of the contract."""
        from cli.desk.making import act_titles

        return list(act_titles())

    def get_command(self, ctx: "Context", cmd_name: str) -> "AnyCommand | None":  # noqa: ARG002
        """One of them."""
        from cli.desk.making import act_command

        return act_command(cmd_name)


class ItemGroup(Group):
    """What can be done with items; to register one is made from the API's form."""

    def list_commands(self, ctx: "Context") -> list[str]:
        """All of them."""
        return [*super().list_commands(ctx), "create"]

    def get_command(self, ctx: "Context", cmd_name: str) -> "AnyCommand | None":
        """One of them."""
        if found := super().get_command(ctx, cmd_name):
            return found
        from cli.desk.making import item_command

        return item_command(cmd_name)


class SourceGroup(Group):
    """What can be done with sources; changes are made from the API's forms."""

    def list_commands(self, ctx: "Context") -> list[str]:
        """All of them."""
        from cli.desk.making import SOURCES

        return [*super().list_commands(ctx), *SOURCES]

    def get_command(self, ctx: "Context", cmd_name: str) -> "AnyCommand | None":
        """One of them."""
        if found := super().get_command(ctx, cmd_name):
            return found
        from cli.desk.making import source_command

        return source_command(cmd_name)


def register(app: typer.Typer) -> None:
    """Put the commands into the command line."""
    app.command("login", cls=Command)(login)
    app.command("logout", cls=Command)(logout)
    app.command("password", cls=Command)(password)
    item = _group(ItemGroup, "事项：查询、登记下达和办理（须先 duban login）。")
    item.add_typer(_group(ActGroup, "办理：各项操作，可写英文名或中文名。"), name="act")
    source = _group(SourceGroup, "来源：登记、查询和漏办检查（须先 duban login）。")
    for name, command in ITEM.items():
        item.command(name, cls=Command)(command)
    for name, command in SOURCE.items():
        source.command(name, cls=Command)(command)
    app.add_typer(item, name="item")
    app.add_typer(source, name="source")


def _group(cls: type[Group], text: str) -> typer.Typer:
    return typer.Typer(cls=cls, help=text, no_args_is_help=True, rich_markup_mode=None)


def login(
    url: Annotated[
        str | None,
        typer.Option(metavar="地址", show_default=False, help="系统的地址；不给则为本机的系统。"),
    ] = None,
    user: Annotated[
        str | None, typer.Option(metavar="用户名", show_default=False, help="不给则询问。")
    ] = None,
) -> None:
    """登录，此后各命令以本人身份办理。

    密码在终端询问，或取自环境变量 DUBAN_PASSWORD、标准输入。
    """
    from cli.desk.work import login as sign_in

    sign_in(url, user)


def logout() -> None:
    """退出登录。"""
    from cli.desk.work import logout as sign_out

    sign_out()


def password() -> None:
    """修改自己的密码：在终端询问，或从标准输入读两行（原密码、新密码）。"""
    from cli.desk.work import change_password

    change_password()


def item_list(
    status: Annotated[
        str | None,
        typer.Option(
            show_default=False,
            help="状态：draft 拟办、awaiting_approval 待批、issued 已下达、in_progress 办理中、"
            "awaiting_sign_off 待阅签、awaiting_review 待审核、suspended 暂缓、closed 办结销号、"
            "archived 归档、terminated 终止。",
        ),
    ] = None,
    lamp: Annotated[
        str | None,
        typer.Option(
            show_default=False,
            help="灯色：green 正常、yellow 临期或误期、red 逾期或进度落后、grey 已结或暂缓。",
        ),
    ] = None,
    unit: Annotated[
        str | None, typer.Option(show_default=False, help="承办单位（牵头或协办）的代码。")
    ] = None,
    category: Annotated[
        str | None, typer.Option(show_default=False, help="督查重点，如 A2、C1、D2。")
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            show_default=False,
            help="类型：ordinary 一般事项、dated 明确时限、directive 批示交办、"
            "year_round 全年任务、milestones 时间节点、slot 周期报告。",
        ),
    ] = None,
    lapsed: Annotated[
        bool | None, typer.Option("--lapsed/--no-lapsed", show_default=False, help="曾经逾期与否。")
    ] = None,
    due_before: Annotated[
        str | None, typer.Option(metavar="日期", show_default=False, help="期限早于该日。")
    ] = None,
    due_after: Annotated[
        str | None, typer.Option(metavar="日期", show_default=False, help="期限不早于该日。")
    ] = None,
    issued_from: Annotated[
        str | None, typer.Option(metavar="日期", show_default=False, help="下达不早于该日。")
    ] = None,
    issued_until: Annotated[
        str | None, typer.Option(metavar="日期", show_default=False, help="下达不晚于该日。")
    ] = None,
    waiting: Annotated[
        str | None,
        typer.Option(
            show_default=False,
            help="在等什么：ratification 补批、return 退件处理、opinion 对延期的意见、"
            "decision 延期批复、coordination 协调、chief 决策、report 向区领导报告、"
            "verification 核实、escalated 逾期已报到主要领导。",
        ),
    ] = None,
    lead: Annotated[
        str | None,
        typer.Option(metavar="代码", show_default=False, help="牵头单位，几个用逗号分开。"),
    ] = None,
    q: Annotated[
        str | None, typer.Option(show_default=False, help="标题、内容、编号、单位中的文字。")
    ] = None,
    year: Year = None,
    source: Annotated[
        int | None, typer.Option(min=1, show_default=False, help="登记的来源的编号。")
    ] = None,
    parent: Annotated[
        str | None, typer.Option(metavar="事项", show_default=False, help="只看该事项的分项。")
    ] = None,
    top: Annotated[
        bool | None,
        typer.Option("--top/--no-top", show_default=False, help="不含分项和周期报告，或只看它们。"),
    ] = None,
    slots: Annotated[
        bool | None,
        typer.Option("--slots/--no-slots", show_default=False, help="只看周期报告，或不含。"),
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    every: Every = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """列出本人可见的事项中符合条件的，编号新的在前。"""
    from cli.desk.work import list_items

    filters = {
        "status": status,
        "lamp": lamp,
        "unit": unit,
        "category": category,
        "kind": kind,
        "lapsed": lapsed,
        "due_before": due_before,
        "due_after": due_after,
        "issued_from": issued_from,
        "issued_until": issued_until,
        "waiting": waiting,
        "lead": lead,
        "q": q,
        "year": year,
        "source": source,
        "top": top,
        "slots": slots,
        "limit": limit,
        "cursor": cursor,
    }
    list_items(filters, parent=parent, every=every, raw=output is Output.JSON)


def item_show(
    item: Named,
    year: Year = None,
    live: Annotated[
        bool, typer.Option("--live", help="督查室和主要领导：直接问流程，而不是看入册的。")
    ] = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """一件事项的详情。"""
    _read("live" if live else "show", item, year, output)


def item_tree(item: Named, year: Year = None, output: OutputOption = Output.TABLE) -> None:
    """事项所在的整棵树：上级事项、分解出的事项、各期报告。"""
    _read("tree", item, year, output)


def item_timeline(item: Named, year: Year = None, output: OutputOption = Output.TABLE) -> None:
    """办理过程：每项操作、提醒和到期，先后为序。"""
    _read("timeline", item, year, output)


def item_clocks(item: Named, year: Year = None, output: OutputOption = Output.TABLE) -> None:
    """各项期限及逐日推算。"""
    _read("clocks", item, year, output)


def item_acts(item: Named, year: Year = None, output: OutputOption = Output.TABLE) -> None:
    """现在本人可以办理的操作，和各自填写的内容。"""
    _read("acts", item, year, output)


def item_upload(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, readable=True, metavar="文件", help="要上传的文件。"
        ),
    ],
    output: OutputOption = Output.TABLE,
) -> None:
    """上传附件，答复附件编号；办理时填在 --attachments 等选项里。"""
    from cli.desk.work import upload

    upload(file, raw=output is Output.JSON)


def _read(what: str, item: str, year: int | None, output: Output) -> None:
    from cli.desk.work import read_item

    read_item(what, item, year=year, raw=output is Output.JSON)


def source_list(
    kind: Annotated[
        str | None,
        typer.Option(
            "--type",
            show_default=False,
            help="类别：meeting 会议、document 文件、directive 批示、temporary 临时交办、"
            "suggestion 建议、proposal 提案、upper 上级部署、plan 年度计划、other 其他。",
        ),
    ] = None,
    year: Annotated[int | None, typer.Option(show_default=False, help="年度。")] = None,
    q: Annotated[
        str | None,
        typer.Option(show_default=False, help="标题、文号、领导、提出人、条款中的文字。"),
    ] = None,
    uncovered: Annotated[
        bool | None,
        typer.Option(
            "--uncovered/--covered", show_default=False, help="有条款未立项的（漏办），或没有的。"
        ),
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    every: Every = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """列出来源，新登记的在前。"""
    from cli.desk.work import list_sources

    filters = {
        "type": kind,
        "year": year,
        "q": q,
        "uncovered": uncovered,
        "limit": limit,
        "cursor": cursor,
    }
    list_sources(filters, every=every, raw=output is Output.JSON)


def source_show(number: Number, output: OutputOption = Output.TABLE) -> None:
    """一个来源，各条款和由它立项的事项。"""
    _read_source("show", number, output)


def source_coverage(number: Number, output: OutputOption = Output.TABLE) -> None:
    """漏办检查：件件有结果、事事有反馈的件数，未立项的条款，尚无反馈的事项。"""
    _read_source("coverage", number, output)


def _read_source(what: str, number: int, output: Output) -> None:
    from cli.desk.work import read_source

    read_source(what, number, raw=output is Output.JSON)


ITEM: dict[str, Callable[..., None]] = {
    "list": item_list,
    "show": item_show,
    "tree": item_tree,
    "timeline": item_timeline,
    "clocks": item_clocks,
    "acts": item_acts,
    "upload": item_upload,
}
SOURCE: dict[str, Callable[..., None]] = {
    "list": source_list,
    "show": source_show,
    "coverage": source_coverage,
}
