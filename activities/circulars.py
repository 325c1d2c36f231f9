"""Recording circulars, and telling the items that stand in them (T24, R52).

What is told is read from the record and sealed here: whoever only reaches Temporal's port can have
no item told of a circular that was not issued.
"""

from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError

from activities.item_ids import workflow_id
from activities.open_items import Messenger, tell_each
from domain.circular_records import CircularProjection, CircularRecorded, CircularStore, Told
from domain.circulars import CircularEntry
from domain.items import ENDED, UNISSUED, Json
from domain.seal import SealedAct, Seals

# Why an item may refuse, and that is well: it knows, it has ended, or is not handed out.
NEEDLESS = {"circular_recorded", "not_circulated", "not_yet_issued", *ENDED, *UNISSUED}
# Why it may refuse the date named in the circular, drafted days before: it counts its own.
NO_DATE = {"due_not_after_now", "new_date_too_far", "date_out_of_range"}


class CircularActivities:
    """Activities of the ``Circular`` workflow; repeating them changes nothing."""

    def __init__(self, client: Client, store: CircularStore, seals: Seals) -> None:
        self._messenger = Messenger(client, seals)
        self._store = store
        self._seals = seals

    @activity.defn(name="record_circular_events")
    async def record(self, projection: CircularProjection) -> CircularRecorded:
        """Record what has happened. A circular that was not begun through the API is refused
        (``unsigned_command``, not retried)."""
        if projection.entries and projection.entries[0].seq == 1:
            begun = projection.opening
            circular_id = projection.circular.id
            if begun is None or not begun.holds(self._seals, circular_id, "draft_circular"):
                detail = "该通报未经系统接口拟稿。"
                raise ApplicationError(detail, type="unsigned_command", non_retryable=True)
        return await self._store.project(projection)

    @activity.defn(name="tell_circulated_items")
    async def tell(self, circular_id: str, seq: int) -> int:
        """Tell each item criticised in a circular that it is, or is no more: once, whatever is
        repeated. How many heard it."""
        told = await self._store.told(circular_id, seq)
        if told is None:
            return 0
        entries: dict[str, CircularEntry] = {}
        for entry in told.entries:
            entries.setdefault(workflow_id(entry.item_id, told.kinds[entry.item_id]), entry)

        async def tell(workflow: str) -> bool:
            return await self._tell(circular_id, workflow, told, entries[workflow])

        return (await tell_each(entries, tell, "记入通报")).applied

    async def _tell(
        self, circular_id: str, workflow: str, told: Told, entry: CircularEntry
    ) -> bool:
        name = "lift_circular" if told.lifted else "record_circular"
        request_id = f"circular/{circular_id}/{name}/{entry.item_id}"
        bodies = _bodies(circular_id, told, entry)
        for body in bodies:
            act = SealedAct(body=body, actor=told.actor, request_id=request_id)
            needless = NEEDLESS if body is bodies[-1] else NEEDLESS | NO_DATE
            if await self._messenger.send(workflow, name, act, needless):
                return True
            request_id = f"{request_id}/undated"
        return False

    @activity.defn(name="obstacles_waiting")
    async def waiting(self, item_ids: tuple[str, ...]) -> tuple[str, ...]:
        """In which of these items a leader's answer is awaited."""
        return await self._store.waiting(tuple(item_ids))


def _bodies(circular_id: str, told: Told, entry: CircularEntry) -> list[Json]:
    """What an item is told; and without its date, should it refuse that."""
    if told.lifted:
        return [{"number": told.number, "reason": told.reason}]
    body: Json = {
        "number": told.number,
        "ground": entry.ground.value if entry.ground else None,
        "requirement": entry.requirement,
        "circular_id": circular_id,
    }
    if entry.new_due_on is None:
        return [body]
    return [body | {"new_due_on": entry.new_due_on.isoformat()}, body]
