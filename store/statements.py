"""Daily statements: what the record says of itself, and what is kept to be held against it."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import any_, func, insert, literal, not_, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.statement import FAULT_NAMES, Examined, Fault, Finding, Marks, Statement, findings_of
from store.chain import BEGINNING, linked
from store.locks import STATEMENTS, exclusively
from store.notices import put_on_desk
from store.revival import open_items
from store.rows import Page, StatementRow
from store.session import Database, ReadConnection, WriteConnection
from store.tables import (
    ENDED,
    Words,
    audit_events,
    deliveries,
    drift_reports,
    item_clocks,
    items,
    notices,
    statement_marks,
    statements,
)
from store.verification import Ends, verify

AT_ONCE = 500
OF_A_STATEMENT = ("at", "open_items", "ended_items", "limits", "entries", "findings", "marks")
OF_A_ROW = "row/"
"""Marks of ended items' rows; all others are ends of chains."""
TITLE = "每日核对声明：发现问题"
MOST_NAMED = 20
NOT_MADE_TITLE = "没有作出每日核对声明"
LONGEST_WITHOUT = timedelta(hours=26)
NOT_MADE = (
    "每日核对声明已超过 26 小时没有作出，无法确认没有遗漏。请通知系统管理员核查（duban doctor）。"
)

# Columns that say what an item is and where it stands; a migration that adds some leaves the marks
# made before it as they are.
SEALED_COLUMNS = (
    *("id", "number", "year", "sequence", "sub", "facts", "original_text", "status", "escalation"),
    *("coordination", "extension", "handed_in", "lapsed", "returns", "handed_out", "misassigned"),
    *("edition", "holder", "holder_since", "spent", "issued_at", "entered_at", "closed_at"),
    *("due_on", "due_at", "seq", "as_of", "rounds"),
)
SEALED_CLOCK = (
    *("key", "rule", "unit", "started_at", "due_on", "due_at", "lapses_at", "original_due_at"),
    *("rungs", "told_at", "stopped_at", "lapsed_at"),
)


async def examine(database: Database, now: datetime) -> Examined:
    """Look through the whole record, in one unchanging state of it; ``now`` is in the district's
    time zone."""
    async with database.read() as conn:
        known = await _marks(conn)
        before = {
            place: end
            for about, ends in known.items()
            if not about.startswith(OF_A_ROW)
            for place, end in ends.items()
        }
        verified = await verify(conn, before)
        found = [_of_history(text) for text in verified.found]
        found += [_of_history(text) async for text in _broken_statements(conn)]
        opened = limits = 0
        async for item in open_items(conn, now):
            opened += 1
            limits += sum(clock.lapsed for clock in item.clocks)
            found += findings_of(item, max(now, item.as_of))
        found += [finding async for finding in _not_told(conn)]
        rows = {about: ends async for about, ends in _ended_rows(conn)}
        found += [finding async for finding in _changed(conn, known, rows)]
    return Examined(
        open_items=opened,
        ended_items=len(rows),
        limits=limits,
        entries=verified.entries,
        findings=tuple(found),
        marks={**_by_subject(verified.ends), **rows},
    )


def _of_history(text: str) -> Finding:
    return Finding(fault=Fault.HISTORY, item_id="", number="", text=text)


def _by_subject(ends: Ends) -> dict[str, Ends]:
    found: dict[str, Ends] = {}
    for place, end in ends.items():
        found.setdefault(place.rpartition("/")[0], {})[place] = end
    return found


async def _marks(conn: ReadConnection) -> dict[str, Ends]:
    """The last marks of whatever there are marks of."""
    newest = select(
        statement_marks,
        func.max(statement_marks.c.statement_id)
        .over(partition_by=statement_marks.c.about)
        .label("newest"),
    ).subquery()
    query = select(newest).where(newest.c.statement_id == newest.c.newest)
    found: dict[str, Ends] = {}
    async for row in await conn.stream(query.execution_options(yield_per=AT_ONCE)):
        found.setdefault(row.about, {})[row.place] = row.hash
    return found


async def _not_told(conn: ReadConnection) -> AsyncIterator[Finding]:
    """Notices that the timeline says were made and that are not there, say something else, or were
    given to nobody."""
    owed = func.jsonb_array_elements(audit_events.c.notices).table_valued("value").lateral("owed")
    notice = owed.c.value
    there = (
        select(notices.c.id)
        .join(deliveries, deliveries.c.notice_id == notices.c.id)
        .where(
            notices.c.item_id == audit_events.c.item_id,
            notices.c.clock == notice.op("->>")("clock"),
            notices.c.rung == notice.op("->>")("rung"),
            notices.c.due_version
            == notice.op("->")("due_version").cast(notices.c.due_version.type),
            notices.c.title == notice.op("->>")("title"),
            notices.c.text == notice.op("->>")("text"),
        )
        .exists()
    )
    query = (
        select(
            audit_events.c.item_id,
            audit_events.c.seq,
            items.c.number,
            notice.op("->>")("title").label("title"),
        )
        .select_from(audit_events.join(items, items.c.id == audit_events.c.item_id))
        .join(owed, literal(True))
        .order_by(audit_events.c.item_id, audit_events.c.seq)
    )
    async for ids in _pages(conn):
        for row in await conn.execute(query.where(items.c.id == any_(ids), not_(there))):
            text = f"第 {row.seq} 项记录应发的通知“{row.title}”不在、被改动或没有收件人。"
            yield Finding(fault=Fault.NOT_TOLD, item_id=row.item_id, number=row.number, text=text)


async def _pages(conn: ReadConnection) -> AsyncIterator[Any]:
    """The ids of all items, some at once: no statement outlasts the database's patience."""
    last = ""
    while True:
        query = select(items.c.id).where(items.c.id > last).order_by(items.c.id).limit(AT_ONCE)
        ids = list((await conn.execute(query)).scalars())
        if not ids:
            return
        yield literal(ids, ARRAY(Words))
        last = ids[-1]


async def _ended_rows(conn: ReadConnection) -> AsyncIterator[tuple[str, Ends]]:
    """A hash of each ended item's row and clocks: of it no workflow tells any more."""
    async for ids in _pages(conn):
        clocks: dict[str, list[Mapping[Any, Any]]] = {}
        of_items = select(item_clocks).where(item_clocks.c.item_id == any_(ids))
        for row in (await conn.execute(of_items.order_by(item_clocks.c.key))).mappings():
            clocks.setdefault(row["item_id"], []).append(row)
        ended = select(items).where(items.c.id == any_(ids), items.c.status.in_(ENDED))
        for item in (await conn.execute(ended)).mappings():
            end = linked(BEGINNING, item, SEALED_COLUMNS)
            for clock in clocks.get(item["id"], []):
                end = linked(end, clock, SEALED_CLOCK)
            about = f"{OF_A_ROW}{item['id']}"
            yield about, {f"{about}/{item['seq']}": end}


async def _changed(conn: ReadConnection, known: Marks, rows: Marks) -> AsyncIterator[Finding]:
    """Ended items whose rows are not what they were, or gone."""
    for about in sorted(known):
        if not about.startswith(OF_A_ROW):
            continue
        item_id, ends = about.removeprefix(OF_A_ROW), rows.get(about)
        query = select(items.c.number).where(items.c.id == item_id)
        number = (await conn.scalar(query)) or ""
        if ends is None and not number:
            text = f"事项 {item_id} 的记录已不存在。"
            yield Finding(fault=Fault.NO_RECORD, item_id=item_id, number="", text=text)
        if ends is not None and ends.keys() == known[about].keys() and ends != known[about]:
            text = "已办结事项的记录与以前保存的校验值不符。"
            yield Finding(fault=Fault.EDITED, item_id=item_id, number=number, text=text)


async def _broken_statements(conn: ReadConnection) -> AsyncIterator[str]:
    last = BEGINNING
    query = select(statements).order_by(statements.c.id).execution_options(yield_per=AT_ONCE)
    async for row in (await conn.stream(query)).mappings():
        if linked(last, row, OF_A_STATEMENT) != row["hash"]:
            yield f"第 {row['id']} 号每日核对声明与校验值不符。"
        last = row["hash"]


async def keep(database: Database, statement: Statement) -> int:
    """Keep a statement behind the one before it, and put what it found on the office's desk; its
    number. Of its marks only the new ones are kept."""
    async with database.write() as conn:
        await exclusively(conn, STATEMENTS)
        known = await _marks(conn)
        new = [
            {"about": about, "place": place, "hash": end}
            for about, ends in sorted(statement.examined.marks.items())
            if known.get(about) != ends
            for place, end in sorted(ends.items())
        ]
        number = await _append(conn, statement, new)
        if new:
            rows = [{"statement_id": number, **mark} for mark in new]
            for start in range(0, len(rows), AT_ONCE):
                await conn.execute(insert(statement_marks), rows[start : start + AT_ONCE])
        if statement.findings:
            await _tell(conn, number, statement)
    return number


async def _append(conn: WriteConnection, statement: Statement, new: list[dict[str, str]]) -> int:
    whole = hashlib.sha256()
    for mark in new:
        whole.update(f"{mark['place']} {mark['hash']}\n".encode())
    newest = select(statements.c.hash).order_by(statements.c.id.desc()).limit(1)
    row: dict[str, Any] = {
        "at": statement.at,
        "open_items": statement.examined.open_items,
        "ended_items": statement.examined.ended_items,
        "limits": statement.examined.limits,
        "entries": statement.examined.entries,
        "findings": [
            {
                "fault": finding.fault.value,
                "item_id": finding.item_id,
                "number": finding.number,
                "text": finding.text,
            }
            for finding in statement.findings
        ],
        "marks": whole.hexdigest(),
    }
    row["hash"] = linked((await conn.scalar(newest)) or BEGINNING, row, OF_A_STATEMENT)
    made = await conn.execute(insert(statements).values(row).returning(statements.c.id))
    return int(made.scalar_one())


async def _tell(conn: WriteConnection, number: int, statement: Statement) -> None:
    named = [
        f"{finding.number or finding.item_id}（{FAULT_NAMES[finding.fault]}）"
        for finding in statement.findings[:MOST_NAMED]
    ]
    left = len(statement.findings) - len(named)
    more = f"等 {len(statement.findings)} 项" if left else ""
    names = "、".join(dict.fromkeys(named))
    text = f"第 {number} 号声明：{names}{more}。请立即核查，并通知系统管理员。"
    await put_on_desk(conn, "", rung="statement", version=number, title=TITLE, text=text)


async def chase(database: Database, now: datetime) -> bool:
    """Whether the statement is overdue; the office is told once a day."""
    async with database.write() as conn:
        since = await conn.scalar(
            select(
                func.coalesce(
                    select(func.max(statements.c.at)).scalar_subquery(),
                    select(func.min(drift_reports.c.at)).scalar_subquery(),
                )
            )
        )
        if since is None or now - since <= LONGEST_WITHOUT:
            return False
        day = now.date().toordinal()
        await put_on_desk(
            conn, "", rung="statement_missing", version=day, title=NOT_MADE_TITLE, text=NOT_MADE
        )
    return True


async def page(
    conn: ReadConnection, *, limit: int, before: int | None = None, faulty: bool = False
) -> Page[StatementRow]:
    """Statements, the newest first; only the ``faulty`` ones where asked for."""
    query = select(statements).order_by(statements.c.id.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(statements.c.id < before)
    if faulty:
        query = query.where(func.jsonb_array_length(statements.c.findings) > 0)
    rows = [_row(row) for row in (await conn.execute(query)).mappings()]
    more = str(rows[limit - 1].id) if len(rows) > limit else None
    return Page(items=tuple(rows[:limit]), next_cursor=more)


async def one(conn: ReadConnection, number: int) -> StatementRow | None:
    """A statement by its number."""
    found = await conn.execute(select(statements).where(statements.c.id == number))
    row = found.mappings().one_or_none()
    return None if row is None else _row(row)


def _row(row: Mapping[Any, Any]) -> StatementRow:
    findings = tuple(
        Finding(**{**found, "fault": Fault(found["fault"])}) for found in row["findings"]
    )
    return StatementRow(
        id=row["id"],
        at=row["at"],
        open_items=row["open_items"],
        ended_items=row["ended_items"],
        limits=row["limits"],
        entries=row["entries"],
        findings=findings,
        hash=row["hash"],
    )
