"""The whole directory as a file, for ``/directory/import`` and ``/directory/export`` and for
``duban directory``."""

import asyncio
from typing import Literal

from domain.errors import Invalid
from ledger.model import LedgerError
from ledger.roster import Roster, as_csv, as_workbook, read_roster
from store import roster
from store.locks import DIRECTORY, exclusively
from store.roster import Plan, Verdict
from store.session import Database

MOST_NAMED = 10


def read_file(data: bytes, filename: str) -> Roster:
    """A directory as read. Raises ``Invalid`` where the file as a whole cannot be."""
    try:
        return read_roster(data, filename)
    except LedgerError as error:
        raise Invalid(error.code, f"{error.detail}。") from error


async def import_roster(database: Database, read: Roster, *, commit: bool) -> Plan:
    """Judge a directory; with ``commit`` put it on record in the same transaction.

    Raises ``Invalid('directory_has_problems')``; then nothing has been changed.
    """
    if not commit:
        async with database.read() as connection:
            return await roster.plan(connection, read)
    async with database.write() as connection:
        await exclusively(connection, DIRECTORY)
        planned = await roster.plan(connection, read)
        if not planned.good:
            raise _refused(planned)
        await roster.carry_out(connection, planned)
    return planned


def _refused(planned: Plan) -> Invalid:
    wrong = [verdict for verdict in planned.verdicts if verdict.problems]
    told = "；".join(
        f"第 {verdict.row} 行：{verdict.problems[0].detail.rstrip('。')}"
        for verdict in wrong[:MOST_NAMED]
    )
    return Invalid(
        "directory_has_problems",
        f"有 {len(wrong)} 行须改正，没有导入任何内容（先试读可看全部）。{told}。",
    )


def outcome_of(verdict: Verdict) -> Literal["new", "changed", "unchanged", "wrong"]:
    """What becomes of a row."""
    if verdict.problems:
        return "wrong"
    if verdict.new:
        return "new"
    return "changed" if verdict.changes else "unchanged"


async def export_roster(database: Database, format: str) -> bytes:
    """The directory on record as a file."""
    async with database.read() as connection:
        lines = await roster.lines(connection)
    return await asyncio.to_thread(as_csv if format == "csv" else as_workbook, lines)
