"""What reconciliation found: kept for ever, and put on the office's desk once each time it
appears."""

from sqlalchemy import insert, select

from activities.messages import Drift
from store.locks import DRIFT, exclusively
from store.notices import put_on_desk
from store.session import Database, WriteConnection
from store.tables import drift_reports

TITLE = "对账发现差异"
KINDS = {
    "missing_rows": "流程正在运行，但数据库中没有它的记录",
    "missing_workflows": "未办结，却没有对应的流程在运行，期限到了不会有人得到提醒",
    "behind": "数据库中的记录落后于流程，页面显示的可能不是最新情况",
}
WHAT_TO_DO = "请通知系统管理员核查（duban doctor）。"


async def record_drift(database: Database, drift: Drift) -> int:
    """Keep a report; how many alarms it put on the desk. What the report before it found as well
    is not told again."""
    async with database.write() as conn:
        await exclusively(conn, DRIFT)
        before = await _latest(conn)
        report = insert(drift_reports).values(
            checked=drift.checked,
            missing_rows=list(drift.missing_rows),
            missing_workflows=list(drift.missing_workflows),
            behind=list(drift.behind),
        )
        number = (await conn.execute(report.returning(drift_reports.c.id))).scalar_one()
        new = [
            (kind, item_id)
            for kind in KINDS
            for item_id in dict.fromkeys(getattr(drift, kind))
            if (kind, item_id) not in before
        ]
        for kind, item_id in new:
            await put_on_desk(
                conn,
                item_id,
                rung=f"drift:{kind}",
                version=number,
                title=TITLE,
                text=f"{KINDS[kind]}（事项或通报 {item_id}）。{WHAT_TO_DO}",
            )
    return len(new)


async def _latest(conn: WriteConnection) -> set[tuple[str, str]]:
    query = select(drift_reports).order_by(drift_reports.c.id.desc()).limit(1)
    row = (await conn.execute(query)).mappings().one_or_none()
    return {(kind, item_id) for kind in KINDS for item_id in row[kind]} if row else set()
