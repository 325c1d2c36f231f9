"""``duban export``: a ledger as a table, in an open format."""

import asyncio
import shutil
import tempfile
from pathlib import Path

from api.export import Format, write
from api.ledger_columns import LEDGERS, Ledger
from cli.client import open_system
from cli.errors import CliError
from domain.items import Actor, Role
from store.filters import Filters

EVERYBODY = Actor(username="export", name="导出（命令行）", role=Role.OFFICE)


def run(*, format: str, output: Path | None, ledger: str = "items") -> None:
    """Write a whole ledger to ``output``, or for csv to standard output."""
    if ledger not in LEDGERS:
        known = "，".join(f"{one.name} {one.title}" for one in LEDGERS.values())
        raise CliError(f"没有“{ledger}”这个台账（可用：{known}）。")
    if output is None and format == Format.XLSX:
        raise CliError("导出 xlsx 须用 --output 指定文件。")
    with tempfile.TemporaryDirectory(prefix="duban-export-") as folder:
        path = Path(folder) / f"ledger.{format}"
        count = asyncio.run(_written(LEDGERS[ledger], Format(format), path))
        if output is None:
            with path.open(encoding="utf-8-sig", newline="") as lines:
                for line in lines:
                    print(line, end="")
            return
        try:
            shutil.copyfile(path, output)
        except OSError as error:
            raise CliError(f"无法写入 {output}：{error.strerror}。请核对路径和权限。") from None
    print(f"已导出 {count} 项到 {output}。")


async def _written(ledger: Ledger, format: Format, path: Path) -> int:
    async with open_system() as context:
        return await write(
            context.database,
            ledger,
            EVERYBODY,
            Filters(),
            format=format,
            path=path,
            now=context.now(),
            zone=context.settings.zone,
        )
