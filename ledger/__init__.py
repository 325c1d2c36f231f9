"""Reads the ledgers that offices really have (csv, xls, xlsx): no clock, no network, no SQL.

    >>> from datetime import date
    >>> data = "序号,工作任务,责任单位,完成时限\\n1,新建人行天桥2座,县住建局,6月底前\\n".encode()
    >>> ledger = read_ledger(data, "台账.csv", year=2026, today=date(2026, 1, 5))
    >>> row = ledger.ready[0]
    >>> row.title, row.lead, row.kind, row.due_on.isoformat()
    ('新建人行天桥2座', '县住建局', 'dated', '2026-06-30')

For the command line: `read_ledger` raises `LedgerError(code, detail)` when the file as a whole
cannot be read. `ledger.ready` are the rows to issue (`kind`, `due_on`, `cycle`, `nodes`, `targets`,
`title`, `content`, `lead`, `co_units`, `category`, `source`, `issued_on`, `limit.urgency`);
`row.past` marks a limit before `today` (issue only where past limits are allowed);
`row.fingerprint` is the same for the same row in a corrected file (use it in the Idempotency-Key).
`report(ledger)` is the whole row-by-row report as data. `write_rejected(ledger, [(row, reason), …],
path)` writes .xlsx or .csv that can be corrected and read again; `reason` is `row.reason` for rows
rejected here, or the caller's own.

The way of a file, one module a step: `files` (bytes to sheets; `ole`, `page` for old and web
formats) → `columns` (find the header; `headers` is its vocabulary) → `lines` (what each line is;
`blocks` for lists without a table) → `entries` (merged and left-out cells filled) → `rows` (judged;
`units`, `wordings` over `moments`, `recurring` (周、月、季、年) and `stages` (nodes), `inside`,
`sources` read one cell each; `plans` and `indicators` several columns together) → `report`.
The system's own 总台账 takes a short way: `own` reads it by the names of its columns.
A new column name goes into `headers._RULES`, a new deadline wording into `moments._PATTERNS`,
`recurring` or the word lists of `wordings`, a new way of naming units into `units`, a new unit of
measure into `measures`; each with a line in its test.
"""

from ledger.model import (
    Column,
    Cycle,
    Field,
    Ledger,
    LedgerError,
    LedgerRow,
    Limit,
    LimitKind,
    Milestone,
    MilestoneKind,
    Outcome,
    Remark,
    Table,
    Target,
    Urgency,
)
from ledger.read import WorkingDays, read_ledger
from ledger.report import rejected_file, report, write_rejected

__all__ = [
    "Column",
    "Cycle",
    "Field",
    "Ledger",
    "LedgerError",
    "LedgerRow",
    "Limit",
    "LimitKind",
    "Milestone",
    "MilestoneKind",
    "Outcome",
    "Remark",
    "Table",
    "Target",
    "Urgency",
    "WorkingDays",
    "read_ledger",
    "rejected_file",
    "report",
    "write_rejected",
]
