"""``duban import``: read a real ledger, say row by row what it was taken for, and issue it."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import track

from api.context import Context
from api.import_plan import (
    FATE_NAMES,
    OPTION,
    Fate,
    Options,
    Plan,
    Verdict,
    issue_row,
    planned,
    read_file,
    register_units,
)
from cli.client import LEDGER_ACTOR, open_system
from cli.errors import CliError
from domain.cycles import CYCLE_NAMES, Cycle
from domain.items import KIND_NAMES, Kind
from ledger import Ledger, LedgerError, Outcome, write_rejected

console = Console(highlight=False, soft_wrap=True, markup=False)


def run(file: Path, options: Options, *, yes: bool) -> None:
    """Report what the ledger holds; with ``yes`` issue what can be issued.

    Raises :class:`CliError` when the file cannot be read at all.
    """

    async def work() -> None:
        async with open_system() as context:
            await import_file(context, file, options, yes=yes)

    asyncio.run(work())


async def import_file(context: Context, file: Path, options: Options, *, yes: bool) -> None:
    """Read, report, and where told so issue. The same row is never issued twice."""
    plan = await planned(context, await _read(context, file, options), options)
    _report(plan)
    if yes:
        await register_units(context, plan)
        ready = plan.of(Fate.READY)
        for one in track(ready, description="下达", console=console, disable=not ready):
            await issue_row(context, plan, one, LEDGER_ACTOR)
    _summary(plan, file, issued=yes)


async def _read(context: Context, file: Path, options: Options) -> Ledger:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise CliError(f"无法读取 {file}：{error.strerror}。请核对路径和权限。") from None
    try:
        return await read_file(context, data, file.name, options)
    except LedgerError as error:
        raise CliError(f"{file.name}：{_by_options(error.detail)}") from None


def _by_options(text: str) -> str:
    """What would help, as the command line calls it."""
    return OPTION.sub(lambda found: f"（--{found[1].replace('_', '-')}）", text)


def _report(plan: Plan) -> None:
    ledger = plan.ledger
    year = f"{ledger.year} 年（{ledger.year_basis}）" if ledger.year else "未定"
    console.print(f"台账：{ledger.filename}　年度：{year}")
    for note in ledger.notes:
        console.print(f"  · {_by_options(note)}")
    for columns in ledger.tables:
        said = "，".join(f"{column.header}→{column.taken_as}" for column in columns.columns)
        console.print(f"  · {columns.sheet}：{said}")
    for verdict in plan.verdicts:
        _say_row(plan, verdict)
    if plan.unknown:
        console.print(
            f"  ！ 没有登记的单位 {len(plan.unknown)} 个：{'、'.join(plan.unknown)}。"
            "核对无误后可加 --create-units 一并登记。"
        )
    for name, code in plan.new_units.items():
        console.print(f"  ＋ 将登记单位：{name}（代码 {code}）")


def _say_row(plan: Plan, verdict: Verdict) -> None:
    """What a row was taken for, and what was not understood."""
    row, told = verdict.row, _by_options(verdict.reason)
    lines = "-".join(dict.fromkeys(str(n) for n in (row.lines[0], row.lines[-1])))
    matter = "　".join(part for part in (row.title, row.lead, "、".join(row.co_units)) if part)
    console.print(f"{lines:>5} 行 {FATE_NAMES[verdict.fate]}　{matter or told}")
    if row.limit and row.outcome is not Outcome.SKIPPED:
        console.print(f"         时限：{row.limit.taken_as}")
    if row.outcome is Outcome.READY:
        _say_kind(plan, verdict)
    for remark in row.doubts:
        console.print(f"         请核对 {remark.field}：{_by_options(remark.text)}")
    if told and matter:
        console.print(f"         原因：{told}")


def _say_kind(plan: Plan, verdict: Verdict) -> None:
    """As what a row is issued, with its cycle, nodes and targets."""
    row = verdict.row
    kind = verdict.facts.kind if verdict.facts else Kind(row.kind)
    cycle = Cycle(row.cycle) if row.cycle and kind is Kind.YEAR_ROUND else None
    often = f"，{CYCLE_NAMES[cycle]}调度" if cycle else ""
    console.print(f"         类型：{KIND_NAMES[kind]}{often}")
    for node in row.nodes:
        past = node.due_on < plan.now.date() and not plan.options.allow_past
        left_out = "（已过，不列入；如确需补录，请加 --allow-past）" if past else ""
        console.print(f"         节点：{node.due_on.isoformat()} {node.name}{left_out}")
    for target in row.targets:
        console.print(f"         指标：{target.name} {target.value:g} {target.unit}")


def _by_kind(verdicts: Sequence[Verdict]) -> str:
    """``（明确时限 9，全年任务 2）``."""
    counts = Counter(one.facts.kind for one in verdicts if one.facts)
    said = "，".join(f"{name} {counts[kind]}" for kind, name in KIND_NAMES.items() if counts[kind])
    return f"（{said}）" if said else ""


def _summary(plan: Plan, file: Path, *, issued: bool) -> None:
    rejected, skipped = plan.of(Fate.REJECTED), len(plan.of(Fate.SKIPPED))
    before = len(plan.of(Fate.ON_RECORD))
    if rejected:
        target = file.with_name(f"{file.stem}-退回.xlsx")
        told = [(one.row, _by_options(one.reason)) for one in rejected]
        write_rejected(plan.ledger, told, target)
        console.print(f"退回 {len(rejected)} 行，已写入 {target}，改正后可重新导入。")
    if issued:
        done = plan.of(Fate.ISSUED)
        console.print(
            f"已下达 {len(done)} 项{_by_kind(done)}，此前已下达 {before} 项，"
            f"退回 {len(rejected)} 行，跳过 {skipped} 行。"
        )
    else:
        ready = plan.of(Fate.READY)
        already = f"本系统已有 {before} 项，" if before else ""
        console.print(
            f"试读：可下达 {len(ready)} 项{_by_kind(ready)}，{already}"
            f"退回 {len(rejected)} 行，跳过 {skipped} 行。核对无误后加 --yes 下达。"
        )
