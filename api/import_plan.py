"""A ledger held against directory, record and rules: what becomes of each row; rows issued.

One place for ``duban import`` and ``/imports``. Reasons name the option that would help in
brackets, ``（allow_past）``: the command line and the pages each say it in their own words.
"""

import asyncio
import hashlib
import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from enum import StrEnum

from api.context import Context
from api.references import check_active
from domain.calendar import WorkingCalendar
from domain.clocks import Rule, count_rule, day_zero
from domain.cycles import Cycle
from domain.errors import DomainError, Invalid, Refused
from domain.items import Actor, Category, Facts, Json, Kind, Milestone, Source
from domain.nodes import in_order
from domain.opening import check_facts, stated_limit
from domain.parts import Target
from domain.policy import Policy
from ledger import Ledger, LedgerRow, Outcome, read_ledger
from store import policies, reads, units
from store.rows import UnitRow
from workflows.ids import item_id_for

KEPT_UNDER = "ledger-import"
"""The keys of rows are kept under this name: whoever imports a row again means the same item."""
MORNING = time(9)
PAST = "时限已过；如确需补录，请允许时限已过的事项（allow_past）"
ON_RECORD = "本系统已有此事项，不重复下达"
OPTION = re.compile("（(year|allow_past|create_units)）")
"""The option that would help, as it stands in reasons and remarks."""
_COUNTED = {Kind.ORDINARY: Rule.ORDINARY_RESULT, Kind.DIRECTIVE: Rule.DIRECTIVE_RESULT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a ledger is to be read and issued. ``year`` is that of limits without one;
    ``create_units`` registers units that the directory has not; ``allow_past`` enters what is late
    already; ``draft`` registers only (拟办)."""

    year: int | None = None
    create_units: bool = False
    allow_past: bool = False
    draft: bool = False


class Fate(StrEnum):
    """What becomes of a row."""

    READY = "ready"
    ISSUED = "issued"
    ON_RECORD = "on_record"
    REJECTED = "rejected"
    SKIPPED = "skipped"


FATE_NAMES = {
    Fate.READY: "可以导入",
    Fate.ISSUED: "已导入",
    Fate.ON_RECORD: "已有此事项",
    Fate.REJECTED: "退回",
    Fate.SKIPPED: "不是事项",
}


@dataclass(slots=True)
class Verdict:
    """A row and what becomes of it: with which ``facts`` and by which day, or for what ``reason``
    not. ``item_id`` is that of the item it has become."""

    row: LedgerRow
    fate: Fate
    reason: str = ""
    facts: Facts | None = None
    due_on: date | None = None
    item_id: str | None = None


@dataclass(slots=True)
class Plan:
    """What an import does with a ledger. ``registered`` are the units of the directory by name and
    by code, ``new_units`` the codes of those that it registers and ``unknown`` those that nobody
    knows, by name."""

    ledger: Ledger
    options: Options
    now: datetime
    registered: dict[str, UnitRow]
    verdicts: list[Verdict] = field(default_factory=list)
    new_units: dict[str, str] = field(default_factory=dict)
    unknown: dict[str, None] = field(default_factory=dict)

    def of(self, *fates: Fate) -> list[Verdict]:
        """The rows that fare so, in the order of the file."""
        return [one for one in self.verdicts if one.fate in fates]

    @property
    def names(self) -> dict[str, str]:
        """The codes of units by their names, with those that are to be registered."""
        return {name: unit.code for name, unit in self.registered.items()} | self.new_units

    def nodes(self, row: LedgerRow) -> tuple[Milestone, ...]:
        """The nodes to issue a row with: those past are left out unless they may be entered late.
        The last day of a row that gets this far is never left out."""
        unit = self.names[row.lead]
        return in_order(
            tuple(
                Milestone(name=node.name, due_on=node.due_on, unit=unit, output=node.output)
                for node in row.nodes
                if self.options.allow_past or node.due_on >= self.now.date()
            )
        )

    def issued_at(self, row: LedgerRow) -> datetime | None:
        """The day of issue that the row names; a draft is not issued."""
        if row.issued_on is None or self.options.draft:
            return None
        return datetime.combine(row.issued_on, MORNING, self.now.tzinfo)


async def read_file(context: Context, data: bytes, name: str, options: Options) -> Ledger:
    """A ledger, read with the calendar on record. Raises :class:`ledger.LedgerError` when the file
    cannot be read as a whole."""
    async with context.database.read() as connection:
        calendar = await reads.calendar(connection)
    return await asyncio.to_thread(
        read_ledger,
        data,
        name,
        year=options.year,
        today=context.now().date(),
        working_days=calendar.add_working,
    )


async def planned(context: Context, ledger: Ledger, options: Options) -> Plan:
    """What an import of ``ledger`` would do, and with which facts."""
    ids = {row.fingerprint: _item_id(row) for row in ledger.ready}
    async with context.database.read() as connection:
        every = await reads.units(connection)
        titles = await reads.titles(connection, [r.number for r in ledger.ready if r.exact])
        begun = await reads.numbers(connection, list(ids.values()))
        calendar = await reads.calendar(connection)
        policy = await policies.in_force(connection, context.now().date())
    now = context.now().astimezone(context.settings.zone)
    known = {unit.code: unit for unit in every} | {unit.name: unit for unit in every}
    plan = Plan(ledger=ledger, options=options, now=now, registered=known)
    for row in ledger.rows:
        if row.outcome is Outcome.READY and ids[row.fingerprint] in begun:
            found = Verdict(row, Fate.ON_RECORD, ON_RECORD, item_id=ids[row.fingerprint])
        elif row.exact and row.outcome is Outcome.READY and titles.get(row.number) == row.title:
            found = Verdict(row, Fate.ON_RECORD, ON_RECORD)
        elif row.outcome is Outcome.READY:
            found = _judged(plan, row)
        else:
            rejected = row.outcome is Outcome.REJECTED
            found = Verdict(row, Fate.REJECTED if rejected else Fate.SKIPPED, row.reason)
        if found.facts is not None:
            found.due_on = _due_on(plan, found.row, found.facts, calendar, policy)
        plan.verdicts.append(found)
    return plan


def _item_id(row: LedgerRow) -> str:
    return item_id_for(KEPT_UNDER, row.fingerprint)


def _judged(plan: Plan, row: LedgerRow) -> Verdict:
    unknown = [name for name in (row.lead, *row.co_units) if name not in plan.registered]
    if row.past and not plan.options.allow_past:
        return Verdict(row, Fate.REJECTED, PAST)
    if unknown and not plan.options.create_units:
        plan.unknown |= dict.fromkeys(unknown)
        named = "、".join(unknown)
        reason = f"没有登记的单位：{named}；请核对，或一并登记台账中的单位（create_units）"
        return Verdict(row, Fate.REJECTED, reason)
    before = plan.new_units
    plan.new_units = before | {name: _code(name) for name in unknown}
    try:
        return Verdict(row, Fate.READY, facts=_acceptable(plan, row))
    except DomainError as error:
        # What the rules refuse registers no unit.
        plan.new_units = before
        return Verdict(row, Fate.REJECTED, error.detail)


def _acceptable(plan: Plan, row: LedgerRow) -> Facts:
    """The facts to issue a row with. Raises :class:`DomainError` where it cannot be issued."""
    facts, issued_at = _facts(plan, row), plan.issued_at(row) or plan.now
    for code in (facts.lead_unit, *facts.co_units):
        if unit := plan.registered.get(code):
            check_active(unit, issued_at.date())
    try:
        check_facts(facts, issued_at, plan.now)
    except Invalid as error:
        if error.code != "bad_year" or facts.cycle is not Cycle.YEAR:
            raise
        # A year that tasks are not issued for: the one report at its end is a date like any other.
        facts = replace(facts, kind=Kind.DATED, cycle=None, year=None, due_on=row.due_on)
        check_facts(facts, issued_at, plan.now)
    return facts


def _due_on(
    plan: Plan, row: LedgerRow, facts: Facts, calendar: WorkingCalendar, policy: Policy
) -> date | None:
    """The last day that the item would have."""
    issued_at = plan.issued_at(row) or plan.now
    stated = stated_limit(facts, issued_at) or row.due_on
    rule = _COUNTED.get(facts.kind)
    if stated or rule is None:
        return stated
    return count_rule(rule, day_zero(issued_at, policy, calendar), calendar, policy).due_on


def _code(name: str) -> str:
    """A unit's code made from its name: the same name always gets the same."""
    return "U" + hashlib.sha256(name.encode()).hexdigest()[:8].upper()


async def register_units(context: Context, plan: Plan) -> None:
    """Register the units that the plan is to."""
    async with context.database.write() as connection:
        for name, code in plan.new_units.items():
            await units.put_unit(connection, code, name, [])


async def issue_row(context: Context, plan: Plan, ready: Verdict, actor: Actor) -> None:
    """Issue a row that is ready, once whoever does it how often; the verdict says what came of
    it. Raises ``Unavailable``."""
    assert ready.facts is not None
    try:
        done = await context.commands.create(
            actor=actor,
            key=ready.row.fingerprint,
            kept_under=KEPT_UNDER,
            raw=_raw(ready.row),
            facts=ready.facts,
            issued_at=plan.issued_at(ready.row),
            now=context.now(),
            draft=plan.options.draft,
        )
    except Refused:
        ready.fate, ready.reason = Fate.ON_RECORD, ON_RECORD
    except Invalid as error:
        ready.fate, ready.reason = Fate.REJECTED, error.detail
    else:
        ready.fate, ready.item_id = Fate.ISSUED, done.item_id


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
        past_limit_accepted=plan.options.allow_past,
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
