"""Whether an item's rows are what its workflow says they are: nobody else writes them (§3.16)."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from domain.records import Snapshot
from store.calendars import calendar
from store.chain import plain
from store.codec import clock_row, facts_row, head_row, parts_row
from store.lamps import lamps
from store.session import ReadConnection
from store.tables import item_clocks, items

NAMES = {
    "status": "状态",
    "title": "标题",
    "content": "事项内容",
    "lead_unit": "牵头单位",
    "due_at": "现期限",
    "due_on": "现期限",
    "closed_at": "办结时间",
    "lapsed": "曾逾期",
    "number": "编号",
}


async def differences(
    conn: ReadConnection, snapshot: Snapshot, zone: ZoneInfo
) -> tuple[str, ...] | None:
    """What of an open item's rows is not as its workflow has it, in words; ``None`` where the two
    are not at the same act, or there is no row, which is another fault. ``snapshot`` is whole."""
    found = await conn.execute(select(items).where(items.c.id == snapshot.id))
    row = found.mappings().one_or_none()
    if row is None or row["seq"] != snapshot.seq or snapshot.facts is None:
        return None
    lit = lamps(
        snapshot.clocks,
        snapshot.status,
        snapshot.handed_in,
        await calendar(conn),
        zone,
        snapshot.yellow_working_days,
    )
    wanted = {
        **head_row(snapshot),
        **facts_row(snapshot.facts),
        **parts_row([], snapshot.parts),
        "red_from": lit.red_from,
        "yellow_from": lit.yellow_from,
    }
    if snapshot.number is not None:
        wanted["number"] = snapshot.number
    different = [NAMES.get(name, name) for name in _differing(row, wanted)]
    return tuple(dict.fromkeys([*different, *await _clocks(conn, snapshot)]))


async def _clocks(conn: ReadConnection, snapshot: Snapshot) -> list[str]:
    query = select(item_clocks).where(item_clocks.c.item_id == snapshot.id)
    rows = {row["key"]: row for row in (await conn.execute(query)).mappings()}
    different = [f"多出的时限 {key}" for key in rows.keys() - {c.key for c in snapshot.clocks}]
    for clock in snapshot.clocks:
        row = rows.get(clock.key)
        wanted = clock_row(snapshot.id, 0, clock)
        del wanted["position"]
        if row is None or _differing(row, wanted):
            different.append(f"时限“{clock.name}”")
    return different


def _differing(row: Mapping[Any, Any], wanted: Mapping[str, Any]) -> list[str]:
    return [name for name, value in wanted.items() if plain(row[name]) != plain(value)]
