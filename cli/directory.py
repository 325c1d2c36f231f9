"""``duban directory import`` and ``export``: the directory as one table."""

import asyncio
from pathlib import Path

from rich.console import Console

from api.directory_files import export_roster, import_roster, outcome_of, read_file
from cli.client import open_system
from cli.errors import CliError
from domain.errors import DomainError
from store.roster import Plan, Verdict

OUTCOMES = {"new": "新登记", "changed": "有改动", "unchanged": "无改动", "wrong": "须改正"}
console = Console(highlight=False, soft_wrap=True, markup=False)


def import_file(file: Path, *, yes: bool) -> None:
    """Report row by row what the file would change; with ``yes`` import it.

    Raises :class:`CliError` where a row is wrong; then nothing is imported.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise CliError(f"无法读取 {file}：{error.strerror}。请核对路径和权限。") from None

    async def work() -> Plan:
        async with open_system() as context:
            read = read_file(data, file.name)
            planned = await import_roster(context.database, read, commit=False)
            _say(planned, read.notes)
            if planned.good and yes:
                return await import_roster(context.database, read, commit=True)
            return planned

    try:
        planned = asyncio.run(work())
    except DomainError as error:
        raise CliError(f"{file.name}：{error.detail}") from error
    wrong = sum(bool(verdict.problems) for verdict in planned.verdicts)
    if wrong:
        raise CliError(f"有 {wrong} 行须改正，没有导入任何内容；改正后请重新导入。")
    console.print("已全部导入。" if yes else "试读：可以导入。核对无误后加 --yes 导入。")


def export_file(file: Path) -> None:
    """Write the directory to ``file``, in the format its name ends with."""
    format = file.suffix.lower().removeprefix(".")
    if format not in {"xlsx", "csv"}:
        raise CliError("文件名须以 .xlsx 或 .csv 结尾。")

    async def work() -> bytes:
        async with open_system() as context:
            return await export_roster(context.database, format)

    data = asyncio.run(work())
    try:
        file.write_bytes(data)
    except OSError as error:
        raise CliError(f"无法写入 {file}：{error.strerror}。请核对路径和权限。") from None
    console.print(f"已导出名册到 {file}。")


def _say(planned: Plan, notes: tuple[str, ...]) -> None:
    for note in notes:
        console.print(f"  · {note}")
    for verdict in planned.verdicts:
        _say_row(verdict)


def _say_row(verdict: Verdict) -> None:
    name = f"{verdict.code} {verdict.name}".strip()
    console.print(f"{verdict.row:>5} 行 {OUTCOMES[outcome_of(verdict)]}　{name}")
    for change in () if verdict.new else verdict.changes:
        console.print(f"         {change}")
    for problem in verdict.problems:
        console.print(f"         须改正：{problem.detail}")
    for remark in verdict.remarks:
        console.print(f"         请留意：{remark.detail}")
