"""``duban export``: every item as a table, in an open format."""

import asyncio
from pathlib import Path

from api.export import Format, as_table, exported
from cli.client import open_system
from cli.errors import CliError
from domain.items import Actor, Role
from store.filters import Filters, scope_of

EVERYBODY = Actor(username="export", name="导出（命令行）", role=Role.OFFICE)


def run(*, format: str, output: Path | None) -> None:
    """Write all items to ``output``, or for csv to standard output."""
    if output is None and format == Format.XLSX:
        raise CliError("导出 xlsx 须用 --output 指定文件。")
    data, count = asyncio.run(_table(Format(format)))
    if output is None:
        print(data.decode("utf-8-sig"), end="")
        return
    try:
        output.write_bytes(data)
    except OSError as error:
        raise CliError(f"无法写入 {output}：{error.strerror}。请核对路径和权限。") from None
    print(f"已导出 {count} 项到 {output}。")


async def _table(format: Format) -> tuple[bytes, int]:
    async with open_system() as context:
        rows = await exported(context.database, scope_of(EVERYBODY), Filters())
        return as_table(rows, format, context.settings.zone), len(rows)
