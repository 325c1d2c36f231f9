"""Making the daily statement: every open item, every limit that passed, every line on record."""

import asyncio
from collections.abc import Iterable
from typing import Protocol

from temporalio import activity
from temporalio.client import Client

from activities.comparison import Rows, common, compare
from activities.heartbeat import alive
from activities.messages import Stated
from domain.records import Snapshot
from domain.statement import FAULT_NAMES, Examined, Fault, Finding

SETTLE_SECONDS = 5.0


class Statements(Rows, Protocol):
    """What the statement needs of the store."""

    async def differences(self, snapshot: Snapshot) -> tuple[str, ...]:
        """What of an item's rows is not as its workflow has it, in words."""
        ...

    async def numbers(self, item_ids: list[str]) -> dict[str, str]:
        """The numbers of those that have one on record."""
        ...

    async def examine(self) -> Examined:
        """What is seen in the record by itself."""
        ...

    async def keep(self, examined: Examined, findings: tuple[Finding, ...]) -> int:
        """Keep the statement; its number. What it found lies on the supervision office's desk."""
        ...


class StatementActivities:
    """The activity of the ``DailyStatement`` workflow."""

    def __init__(self, client: Client, store: Statements) -> None:
        self._client = client
        self._store = store

    @activity.defn(name="make_statement")
    async def make(self) -> Stated:
        """State what was found wrong and still is after a moment, or that nothing was."""
        async with alive():
            found, examined = await self._look()
            if found:
                await asyncio.sleep(SETTLE_SECONDS)
                again, examined = await self._look()
                found &= again
            number = await self._store.keep(examined, _in_order(found))
            return Stated(number=number, findings=len(found))

    async def _look(self) -> tuple[set[Finding], Examined]:
        edited: list[Finding] = []

        async def look(snapshot: Snapshot) -> None:
            if different := await self._store.differences(snapshot):
                text = f"记录与流程不一致：{'、'.join(different)}。"
                edited.append(_finding(Fault.EDITED, snapshot.id, snapshot.number or "", text))

        drift = await compare(self._client, self._store, tuple, look)
        drift = common(drift, drift)
        numbers = await self._store.numbers([*drift.missing_workflows, *drift.behind])
        faults = {
            Fault.NO_RECORD: drift.missing_rows,
            Fault.NO_WORKFLOW: drift.missing_workflows,
            Fault.BEHIND: drift.behind,
        }
        found = {
            _finding(fault, item_id, numbers.get(item_id, ""), f"{FAULT_NAMES[fault]}。")
            for fault, ids in faults.items()
            for item_id in ids
        }
        examined = await self._store.examine()
        return found | set(edited) | set(examined.findings), examined


def _finding(fault: Fault, item_id: str, number: str, text: str) -> Finding:
    return Finding(fault=fault, item_id=item_id, number=number, text=text)


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda one: (one.number, one.item_id, one.fault, one.text)))
