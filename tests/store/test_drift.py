"""Reports of reconciliation, and the alarms they put on the desk."""

from activities.messages import Drift
from store import inbox, reads
from store.drift import record_drift
from store.notices import DESK
from store.session import Database
from tests.store.stories import OFFICE


async def alarms(database: Database) -> list[tuple[str, str]]:
    async with database.read() as conn:
        page = await inbox.inbox(conn, OFFICE, limit=200)
    return [(notice.item_id, notice.rung) for notice in page.items if notice.audience == DESK]


async def test_a_finding_is_told_once_until_it_is_gone(database):
    async with database.read() as conn:
        assert await reads.drift_latest(conn) is None
    found = Drift(checked=9, missing_rows=("a",), missing_workflows=("b",), behind=("c", "c"))
    assert await record_drift(database, found) == 3
    assert await record_drift(database, found) == 0
    assert await record_drift(database, Drift(checked=9, behind=("c", "d"))) == 1
    assert await record_drift(database, Drift(checked=9)) == 0
    assert await record_drift(database, found) == 3
    assert len(await alarms(database)) == 7
    async with database.read() as conn:
        latest = await reads.drift_latest(conn)
        page = await inbox.inbox(conn, OFFICE)
    assert latest is not None
    assert (latest.checked, latest.count) == (9, 4)
    assert "a" in page.items[2].text
    assert page.items[0].number is None


async def test_no_drift_no_alarm(database):
    assert await record_drift(database, Drift(checked=1000)) == 0
    assert await alarms(database) == []
