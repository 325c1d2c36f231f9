"""Bringing a newly loaded calendar year to every open item."""

from datetime import timedelta
from typing import Protocol

from temporalio import activity
from temporalio.client import (
    Client,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from activities.messages import RolledOut
from domain.calendar import CalendarYear
from domain.items import ENDED, Actor, Json
from domain.seal import SealedAct, Seals

PREFIX = "item-"
ANSWER_WITHIN = timedelta(seconds=5)
AGAIN_AFTER = timedelta(minutes=1)
# Why an item may refuse, and that is well: it counts on the year already, or has ended.
NEEDLESS = {"calendar_not_applicable", *ENDED}


class _Unanswered(Exception):
    """An item could not be brought to count on the calendar; nothing is known of why."""


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
        """Send ``apply_calendar`` to every open item.

        One that does not answer keeps no other waiting: at the end the whole is tried again.
        """
        items = sorted(await self._store.open_rows())
        body = {"year": _as_json(year)}
        moved, left = 0, []
        for done, item_id in enumerate(items):
            activity.heartbeat(done)
            try:
                moved += await self._applied(item_id, body, actor)
            except _Unanswered:
                left.append(item_id)
        if left:
            told = f"{len(left)} 件事项未能改用新的工作日历，稍后重试：{'、'.join(left[:10])}"
            raise ApplicationError(told, type="items_left", next_retry_delay=AGAIN_AFTER)
        return RolledOut(items=len(items), applied=moved)

    async def _applied(self, item_id: str, body: Json, actor: Actor) -> bool:
        # The same in every attempt, so that an item moved by an earlier one is counted again.
        info = activity.info()
        request_id = f"calendar/{info.workflow_run_id}/{info.activity_id}/{item_id}"
        act = SealedAct(body=body, actor=actor, request_id=request_id)
        sealed = self._seals.sealed(act, item_id, "apply_calendar")
        handle = self._client.get_workflow_handle(PREFIX + item_id)
        try:
            await handle.execute_update(
                "apply_calendar", sealed, id=request_id, rpc_timeout=ANSWER_WITHIN
            )
        except WorkflowUpdateFailedError as error:
            if isinstance(error.cause, ApplicationError) and error.cause.type in NEEDLESS:
                return False
            raise _Unanswered from error
        except WorkflowUpdateRPCTimeoutOrCancelledError as error:
            raise _Unanswered from error
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            if error.status is RPCStatusCode.FAILED_PRECONDITION:
                raise _Unanswered from error
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
