"""What the importer hands over: a read ledger, its rows, its limits, and its one error."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class LedgerError(Exception):
    """The file as a whole cannot be read; `detail` says in Chinese what to do next."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class LimitKind(StrEnum):
    """What a deadline wording was taken for."""

    DATE = "date"
    MILESTONES = "milestones"
    ORDINARY = "ordinary"
    CYCLE = "cycle"
    YEAR_ROUND = "year_round"
    UNREADABLE = "unreadable"


class Cycle(StrEnum):
    """How often a recurring duty is due; half years are read, but no item has them."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"


class Urgency(StrEnum):
    """The urgency as the API names it."""

    NORMAL = "normal"
    URGENT = "urgent"
    EXTRA_URGENT = "extra_urgent"


class MilestoneKind(StrEnum):
    """What happens on a named date: work starts, work ends, or figures are cut off."""

    START = "start"
    FINISH = "finish"
    CUTOFF = "cutoff"
    STAGE = "stage"


class Outcome(StrEnum):
    """What becomes of a line: issued, sent back, or no item at all (titles, totals, notes)."""

    READY = "ready"
    REJECTED = "rejected"
    SKIPPED = "skipped"


class Field(StrEnum):
    """The meaning of a column."""

    NUMBER = "number"
    TITLE = "title"
    CONTENT = "content"
    LEAD = "lead"
    CO_UNITS = "co_units"
    PERSON = "person"
    LIMIT = "limit"
    START = "start"
    STAGE = "stage"
    CYCLE = "cycle"
    TARGET = "target"
    MEASURE = "measure"
    ISSUED_ON = "issued_on"
    CATEGORY = "category"
    SOURCE = "source"
    REMARKS = "remarks"
    PROGRESS = "progress"
    REASON = "reason"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """One named date inside a limit; ``output`` is what is to be there then, in full."""

    name: str
    due_on: date
    kind: MilestoneKind
    output: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An indicator: what is to be reached by the end of the year, in ``unit``."""

    name: str
    unit: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A deadline wording, what it was taken for, and why.

    ``due_on`` is the last day: of nodes that of the last, of a year-round task the end of the year.
    """

    kind: LimitKind
    phrase: str
    taken_as: str
    due_on: date | None = None
    urgency: Urgency = Urgency.NORMAL
    cycle: Cycle | None = None
    milestones: tuple[Milestone, ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One sentence of the report about one field of a row (`field` is a column name in Chinese)."""

    field: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table: its header as written and what it was taken for."""

    index: int
    header: str
    field: Field
    taken_as: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table of a sheet; `header_lines` are row numbers as Excel shows them."""

    sheet: str
    header_lines: tuple[int, ...]
    columns: tuple[Column, ...]
    title: str = ""
    year: int | None = None
    published_on: date | None = None


_KINDS = {LimitKind.MILESTONES: "milestones", LimitKind.YEAR_ROUND: "year_round"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exact:
    """What only the system's own 总台账 says, and no other ledger: nothing of it was guessed.
    ``due_on`` is the limit stated for an item whose kind has one by itself."""

    kind: str
    source_type: str = ""
    leader: str = ""
    source_date: date | None = None
    basis: str = ""
    due_on: date | None = None
    due_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """One line of the ledger (or several that make one item), read and judged.

    `lines` are row numbers as Excel shows them. `cells` are the original texts under the columns
    of `Ledger.tables[table]`, merged cells filled. `doubts` must be shown but do not stop the row;
    `problems` are why a row is rejected, or what kind of line a skipped one is.
    """

    sheet: str
    lines: tuple[int, ...]
    outcome: Outcome
    table: int | None = None
    cells: tuple[str, ...] = ()
    number: str = ""
    title: str = ""
    content: str = ""
    lead: str = ""
    co_units: tuple[str, ...] = ()
    unit_phrases: tuple[str, ...] = ()
    person: str = ""
    limit: Limit | None = None
    targets: tuple[Target, ...] = ()
    category: str = ""
    source: str = ""
    issued_on: date | None = None
    remarks: str = ""
    progress: str = ""
    past: bool = False
    taken_as: tuple[Remark, ...] = ()
    doubts: tuple[Remark, ...] = ()
    problems: tuple[Remark, ...] = ()
    fingerprint: str = ""
    exact: Exact | None = None

    @property
    def kind(self) -> str:
        """The item kind this row is issued as: `ordinary` without any date."""
        if self.exact is not None:
            return self.exact.kind
        if self.limit is None or self.limit.due_on is None:
            return "ordinary"
        return _KINDS.get(self.limit.kind, "dated")

    @property
    def due_on(self) -> date | None:
        """The last day; None for an ordinary item (five working days)."""
        return self.limit.due_on if self.limit is not None else None

    @property
    def cycle(self) -> Cycle | None:
        """How often a year-round task is reported on."""
        return self.limit.cycle if self.limit and self.kind == "year_round" else None

    @property
    def nodes(self) -> tuple[Milestone, ...]:
        """The nodes of an item that has them; dates that are only told of are none."""
        return self.limit.milestones if self.limit and self.kind == "milestones" else ()

    @property
    def reason(self) -> str:
        """Why the row is not issued, in one line."""
        return "；".join(f"{p.field}：{p.text}" if p.field else p.text for p in self.problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """A whole file, read. `notes` concern the file; `year_basis` says where the year came from."""

    filename: str
    rows: tuple[LedgerRow, ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...]
    year: int | None
    year_basis: str
    published_on: date | None = None

    @property
    def ready(self) -> tuple[LedgerRow, ...]:
        """The rows that can be issued."""
        return tuple(row for row in self.rows if row.outcome is Outcome.READY)

    @property
    def rejected(self) -> tuple[LedgerRow, ...]:
        """The rows that a person must correct first."""
        return tuple(row for row in self.rows if row.outcome is Outcome.REJECTED)

    @property
    def skipped(self) -> tuple[LedgerRow, ...]:
        """The lines that are no items: titles, totals, notes, blank lines."""
        return tuple(row for row in self.rows if row.outcome is Outcome.SKIPPED)
