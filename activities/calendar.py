"""Bringing a newly loaded calendar year to every open item."""

from typing import Protocol

from temporalio import activity
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.service import RPCError, RPCStatusCode

from activities.messages import RolledOut
from domain.calendar import CalendarYear
from domain.items import Actor, Json
from domain.seal import SealedAct, Seals

PREFIX = "item-"


class OpenItemIds(Protocol):
    """What the roll-out needs of the store."""

    async def open_rows(self) -> dict[str, int]:
        """The ``seq`` of every item that is not ended, by id."""
        ...


class CalendarActivities:
    """The activity of the ``CalendarRollout`` workflow; repeating it changes nothing."""

    def __init__(self, client: Client, store: OpenItemIds, seals: Seals) -> None:
        self._client = client
        self._store = store
        self._seals = seals

    @activity.defn(name="apply_calendar_to_items")
    async def apply(self, year: CalendarYear, actor: Actor) -> RolledOut:
        """Send ``apply_calendar`` to every open item. An item that already counts on the year,
        or has ended meanwhile, refuses, and that is well."""
        items = sorted(await self._store.open_rows())
        body = {"year": _as_json(year)}
        moved = 0
        for done, item_id in enumerate(items):
            activity.heartbeat(done)
            moved += await self._applied(item_id, year, body, actor)
        return RolledOut(items=len(items), applied=moved)

    async def _applied(self, item_id: str, year: CalendarYear, body: Json, actor: Actor) -> bool:
        request_id = f"calendar-{year.year}-{year.edition}-{item_id}"
        act = SealedAct(body=body, actor=actor, request_id=request_id)
        sealed = self._seals.sealed(act, item_id, "apply_calendar")
        handle = self._client.get_workflow_handle(PREFIX + item_id)
        try:
            await handle.execute_update("apply_calendar", sealed, id=request_id)
        except WorkflowUpdateFailedError:
            return False
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise
        return True


def _as_json(year: CalendarYear) -> Json:
    return {
        "year": year.year,
        "notice": year.notice,
        "rest_days": [day.isoformat() for day in year.rest_days],
        "work_days": [day.isoformat() for day in year.work_days],
        "edition": year.edition,
    }
