"""Bringing a newly loaded calendar year to every open item."""

from typing import Protocol

from temporalio import activity
from temporalio.client import Client

from activities.item_ids import item_id_of
from activities.messages import RolledOut
from activities.open_items import Messenger, tell_each
from domain.calendar import CalendarYear
from domain.items import ENDED, UNISSUED, Actor, Json
from domain.seal import SealedAct, Seals

# Why an item may refuse, and that is well: it counts on the year already, has ended, or is not
# issued.
NEEDLESS = {"calendar_not_applicable", *ENDED, *UNISSUED}


class OpenItemIds(Protocol):
    """What the roll-out needs of the store."""

    async def open_workflows(self) -> dict[str, int]:
        """The ``seq`` of every item that is not ended, by its workflow."""
        ...


class CalendarActivities:
    """The activity of the ``CalendarRollout`` workflow; repeating it changes nothing."""

    def __init__(self, client: Client, store: OpenItemIds, seals: Seals) -> None:
        self._messenger = Messenger(client, seals)
        self._store = store

    @activity.defn(name="apply_calendar_to_items")
    async def apply(self, year: CalendarYear, actor: Actor) -> RolledOut:
        """Send ``apply_calendar`` to every open item."""
        body = {"year": _as_json(year)}

        async def tell(workflow: str) -> bool:
            # The same in every attempt, so that an item moved by an earlier one is counted again.
            info = activity.info()
            request_id = (
                f"calendar/{info.workflow_run_id}/{info.activity_id}/{item_id_of(workflow)}"
            )
            act = SealedAct(body=body, actor=actor, request_id=request_id)
            return await self._messenger.send(workflow, "apply_calendar", act, NEEDLESS)

        return await tell_each(await self._store.open_workflows(), tell, "改用新的工作日历")


def _as_json(year: CalendarYear) -> Json:
    return {
        "year": year.year,
        "notice": year.notice,
        "rest_days": [day.isoformat() for day in year.rest_days],
        "work_days": [day.isoformat() for day in year.work_days],
        "edition": year.edition,
    }
