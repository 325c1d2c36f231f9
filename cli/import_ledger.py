"""``duban import``: read a real ledger, say row by row what it was taken for, and issue it."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from pathlib import Path

from rich.console import Console
from rich.progress import track

from api.context import Context
from cli.client import LEDGER_ACTOR, open_system
from cli.errors import CliError
from domain.calendar import WorkingCalendar
from domain.cycles import CYCLE_NAMES, Cycle
from domain.errors import DomainError, Invalid, Refused
from domain.items import KIND_NAMES, Category, Facts, Json, Kind, Milestone, Source
from domain.nodes import in_order
from domain.opening import check_facts
from domain.parts import Target
from ledger import Ledger, LedgerError, LedgerRow, Outcome, read_ledger
from ledger.report import write_rejected
from store import reads, units

MORNING = time(9)
PAST = "时限已过（如确需补录，请加 --allow-past）"
ON_RECORD = "本系统已有此编号的同名事项，不重复下达"
VERDICTS = {Outcome.READY: "可下达", Outcome.REJECTED: "退  回", Outcome.SKIPPED: "跳  过"}
console = Console(highlight=False, soft_wrap=True, markup=False)


def run(file: Path, *, yes: bool, year: int | None, create_units: bool, allow_past: bool) -> None:
    """Report what the ledger holds; with ``yes`` issue what can be issued.

    Raises :class:`CliError` when the file cannot be read at all.
    """

    async def work() -> None:
        async with open_system() as context:
            await import_file(
                context, file, yes=yes, year=year, create_units=create_units, allow_past=allow_past
            )

    asyncio.run(work())


async def import_file(
    context: Context,
    file: Path,
    *,
    yes: bool,
    year: int | None = None,
    create_units: bool = False,
    allow_past: bool = False,
) -> "Result":
    """Read, report, and where told so issue. The same row is never issued twice."""
    async with context.database.read() as connection:
        calendar = await reads.calendar(connection)
    ledger = _read(file, year, context.now(), calendar)
    plan = await planned(context, ledger, create_units=create_units, allow_past=allow_past)
    _report(plan)
    if yes:
        await _register(context, plan)
        await _issue(context, plan)
    _summary(plan, file, issued=yes)
    return plan.result


@dataclass(slots=True)
class Result:
    """What became of the rows."""

    issued: int = 0
    repeated: int = 0
    rejected: int = 0
    skipped: int = 0
    issued_ids: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Plan:
    """The ledger held against directory and rules: which rows go, which do not and why. ``facts``
    are those of the rows that go, by fingerprint; ``on_record`` are rows of the system's own 总台账
    whose items are here already."""

    ledger: Ledger
    ready: list[LedgerRow]
    rejected: list[tuple[LedgerRow, str]]
    units: dict[str, str]
    new_units: dict[str, str]
    unknown: dict[str, None]
    result: Result
    now: datetime
    allow_past: bool = False
    facts: dict[str, Facts] = field(default_factory=dict)
    on_record: list[LedgerRow] = field(default_factory=list)
    issued: list[LedgerRow] = field(default_factory=list)

    @property
    def names(self) -> dict[str, str]:
        """The codes of units by their names, with those that are to be registered."""
        return self.units | self.new_units

    def nodes(self, row: LedgerRow) -> tuple[Milestone, ...]:
        """The nodes to issue a row with: those past are left out unless they may be entered late.
        The last day of a row that gets this far is never left out."""
        unit = self.names[row.lead]
        return in_order(
            tuple(
                Milestone(name=node.name, due_on=node.due_on, unit=unit, output=node.output)
                for node in row.nodes
                if self.allow_past or node.due_on >= self.now.date()
            )
        )

    def issued_at(self, row: LedgerRow) -> datetime | None:
        """The day of issue that the row names."""
        if row.issued_on is None:
            return None
        return datetime.combine(row.issued_on, MORNING, self.now.tzinfo)


def _read(file: Path, year: int | None, now: datetime, calendar: WorkingCalendar) -> Ledger:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise CliError(f"无法读取 {file}：{error.strerror}。请核对路径和权限。") from None
    try:
        return read_ledger(
            data, file.name, year=year, today=now.date(), working_days=calendar.add_working
        )
    except LedgerError as error:
        raise CliError(f"{file.name}：{error.detail}") from None


async def planned(
    context: Context, ledger: Ledger, *, create_units: bool, allow_past: bool
) -> Plan:
    """What an import of ``ledger`` would do, and with which facts."""
    async with context.database.read() as connection:
        known = {unit.name: unit.code for unit in await reads.units(connection)}
        known |= {code: code for code in known.values()}
        titles = await reads.titles(connection, [r.number for r in ledger.ready if r.exact])
    plan = Plan(
        ledger=ledger,
        ready=[],
        rejected=[(row, row.reason) for row in ledger.rejected],
        units=known,
        new_units={},
        unknown={},
        result=Result(skipped=len(ledger.skipped)),
        now=context.now().astimezone(context.settings.zone),
        allow_past=allow_past,
    )
    for row in ledger.ready:
        if row.exact and titles.get(row.number) == row.title:
            plan.on_record.append(row)
        else:
            _place(plan, row, create_units=create_units)
    plan.result.repeated = len(plan.on_record)
    return plan


def _place(plan: Plan, row: LedgerRow, *, create_units: bool) -> None:
    unknown = [name for name in (row.lead, *row.co_units) if name not in plan.units]
    if row.past and not plan.allow_past:
        plan.rejected.append((row, PAST))
    elif unknown and not create_units:
        plan.unknown |= dict.fromkeys(unknown)
        names = "、".join(unknown)
        plan.rejected.append((row, f"没有登记的单位：{names}（请核对，或加 --create-units）"))
    else:
        _take(plan, row, {name: _code(name) for name in unknown})


def _take(plan: Plan, row: LedgerRow, new_units: dict[str, str]) -> None:
    """A row goes unless the rules refuse it; what they refuse registers no unit."""
    before = plan.new_units
    plan.new_units = before | new_units
    try:
        plan.facts[row.fingerprint] = _acceptable(plan, row)
    except DomainError as error:
        plan.new_units = before
        plan.rejected.append((row, error.detail))
    else:
        plan.ready.append(row)


def _acceptable(plan: Plan, row: LedgerRow) -> Facts:
    """The facts to issue a row with. Raises :class:`DomainError` where it cannot be issued."""
    facts, issued_at = _facts(plan, row), plan.issued_at(row) or plan.now
    try:
        check_facts(facts, issued_at, plan.now)
    except Invalid as error:
        if error.code != "bad_year" or facts.cycle is not Cycle.YEAR:
            raise
        # A year that tasks are not issued for: the one report at its end is a date like any other.
        facts = replace(facts, kind=Kind.DATED, cycle=None, year=None, due_on=row.due_on)
        check_facts(facts, issued_at, plan.now)
    return facts


def _code(name: str) -> str:
    """A unit's code made from its name: the same name always gets the same."""
    return "U" + hashlib.sha256(name.encode()).hexdigest()[:8].upper()


async def _register(context: Context, plan: Plan) -> None:
    async with context.database.write() as connection:
        for name, code in plan.new_units.items():
            await units.put_unit(connection, code, name, [])
    plan.units |= plan.new_units


async def _issue(context: Context, plan: Plan) -> None:
    shown = track(plan.ready, description="下达", console=console, disable=not plan.ready)
    for row in shown:
        try:
            await _issue_row(context, plan, row)
        except Refused:
            plan.result.repeated += 1
        except DomainError as error:
            plan.rejected.append((row, error.detail))


async def _issue_row(context: Context, plan: Plan, row: LedgerRow) -> None:
    known = await context.commands.issued_before(LEDGER_ACTOR, row.fingerprint)
    if known:
        plan.result.repeated += 1
        return
    done = await context.commands.create(
        actor=LEDGER_ACTOR,
        key=row.fingerprint,
        raw=_raw(row),
        facts=plan.facts[row.fingerprint],
        issued_at=plan.issued_at(row),
        now=context.now(),
    )
    plan.issued.append(row)
    plan.result.issued += 1
    plan.result.issued_ids.append(done.item_id)


def _raw(row: LedgerRow) -> Json:
    """What makes the row this row: the fingerprint stands for content, unit, limit and year."""
    return {"ledger_row": row.fingerprint}


def _facts(plan: Plan, row: LedgerRow) -> Facts:
    kind = Kind(row.kind)
    urgency = row.limit.urgency.value if row.limit else "normal"
    co_units = dict.fromkeys(plan.names[name] for name in row.co_units)
    lead = plan.names[row.lead]
    co_units.pop(lead, None)
    exact = row.exact
    stated = exact.due_on if exact else None
    return Facts(
        title=row.title,
        content=_content(row),
        category=Category(row.category),
        kind=kind,
        lead_unit=lead,
        lead_unit_name=row.lead,
        co_units=tuple(co_units),
        source=_source(plan, row),
        basis=exact.basis if exact else "",
        urgency=urgency,
        due_on=row.due_on if kind is Kind.DATED else stated,
        due_reason=exact.due_reason if exact else "",
        past_limit_accepted=plan.allow_past,
        cycle=Cycle(row.cycle) if row.cycle else None,
        year=row.due_on.year if row.cycle and row.due_on else None,
        targets=tuple(Target(name=t.name, unit=t.unit, target=t.value) for t in row.targets),
        milestones=plan.nodes(row),
    )


def _source(plan: Plan, row: LedgerRow) -> Source:
    """Where it comes from: the ledger, or what the system's own 总台账 says."""
    if row.exact is None:
        return Source(type="台账", reference=row.source or plan.ledger.filename)
    return Source(
        type=row.exact.source_type or "台账",
        reference=row.source,
        leader=row.exact.leader,
        date=row.exact.source_date,
    )


def _content(row: LedgerRow) -> str:
    """The duty as written, with what the ledger says of it elsewhere and no field holds: those who
    are no single unit (各区、县级市), the wording of a limit that is more than a date."""
    more = []
    if row.unit_phrases:
        more.append(f"台账另列：{'；'.join(row.unit_phrases)}")
    phrase = row.limit.phrase if row.limit else ""
    if phrase and (row.cycle or row.nodes) and phrase not in row.content:
        more.append(f"台账时限：{phrase}")
    return "\n".join([row.content, *(f"（{one}）" for one in more)])


def _report(plan: Plan) -> None:
    ledger = plan.ledger
    year = f"{ledger.year} 年（{ledger.year_basis}）" if ledger.year else "未定"
    console.print(f"台账：{ledger.filename}　年度：{year}")
    for note in ledger.notes:
        console.print(f"  · {note}")
    for columns in ledger.tables:
        said = "，".join(f"{column.header}→{column.taken_as}" for column in columns.columns)
        console.print(f"  · {columns.sheet}：{said}")
    reasons = {id(row): reason for row, reason in plan.rejected}
    reasons |= {id(row): ON_RECORD for row in plan.on_record}
    for row in ledger.rows:
        _say_row(plan, row, reasons.get(id(row)))
    if plan.unknown:
        console.print(
            f"  ！ 没有登记的单位 {len(plan.unknown)} 个：{'、'.join(plan.unknown)}。"
            "核对无误后可加 --create-units 一并登记。"
        )
    for name, code in plan.new_units.items():
        console.print(f"  ＋ 将登记单位：{name}（代码 {code}）")


def _say_row(plan: Plan, row: LedgerRow, reason: str | None) -> None:
    """What a row was taken for, and what was not understood."""
    lines = "-".join(dict.fromkeys(str(n) for n in (row.lines[0], row.lines[-1])))
    verdict = Outcome.REJECTED if reason else row.outcome
    shown = VERDICTS[Outcome.SKIPPED if row in plan.on_record else verdict]
    told = reason or row.reason
    matter = "　".join(part for part in (row.title, row.lead, "、".join(row.co_units)) if part)
    console.print(f"{lines:>5} 行 {shown}　{matter or told}")
    if row.limit and row.outcome is not Outcome.SKIPPED:
        console.print(f"         时限：{row.limit.taken_as}")
    if row.outcome is Outcome.READY:
        _say_kind(plan, row)
    for remark in row.doubts:
        console.print(f"         请核对 {remark.field}：{remark.text}")
    if told and matter:
        console.print(f"         原因：{told}")


def _say_kind(plan: Plan, row: LedgerRow) -> None:
    """As what a row is issued, with its cycle, nodes and targets."""
    facts = plan.facts.get(row.fingerprint)
    kind = facts.kind if facts else Kind(row.kind)
    cycle = Cycle(row.cycle) if row.cycle and kind is Kind.YEAR_ROUND else None
    often = f"，{CYCLE_NAMES[cycle]}调度" if cycle else ""
    console.print(f"         类型：{KIND_NAMES[kind]}{often}")
    for node in row.nodes:
        past = node.due_on < plan.now.date() and not plan.allow_past
        left_out = "（已过，不列入；如确需补录，请加 --allow-past）" if past else ""
        console.print(f"         节点：{node.due_on.isoformat()} {node.name}{left_out}")
    for target in row.targets:
        console.print(f"         指标：{target.name} {target.value:g} {target.unit}")


def _by_kind(plan: Plan, rows: Sequence[LedgerRow]) -> str:
    """``（明确时限 9，全年任务 2）``."""
    counts = Counter(plan.facts[row.fingerprint].kind for row in rows)
    said = "，".join(f"{name} {counts[kind]}" for kind, name in KIND_NAMES.items() if counts[kind])
    return f"（{said}）" if said else ""


def _summary(plan: Plan, file: Path, *, issued: bool) -> None:
    result = plan.result
    result.rejected = len(plan.rejected)
    if plan.rejected:
        target = file.with_name(f"{file.stem}-退回.xlsx")
        write_rejected(plan.ledger, plan.rejected, target)
        console.print(f"退回 {result.rejected} 行，已写入 {target}，改正后可重新导入。")
    if issued:
        console.print(
            f"已下达 {result.issued} 项{_by_kind(plan, plan.issued)}，"
            f"此前已下达 {result.repeated} 项，退回 {result.rejected} 行，"
            f"跳过 {result.skipped} 行。"
        )
    else:
        already = f"本系统已有 {len(plan.on_record)} 项，" if plan.on_record else ""
        console.print(
            f"试读：可下达 {len(plan.ready)} 项{_by_kind(plan, plan.ready)}，{already}"
            f"退回 {result.rejected} 行，跳过 {result.skipped} 行。核对无误后加 --yes 下达。"
        )
