"""Recording an item: the one write every act rests on."""

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.heartbeat import alive
from activities.messages import Admission
from domain.errors import DETAILS, Refused
from domain.ports import ItemStore, Overtaken
from domain.records import Projected, Projection
from domain.seal import Seals, opening_body


class ItemActivities:
    """Activities of :class:`workflows.item.ItemWorkflow`. ``record`` is idempotent."""

    def __init__(self, store: ItemStore, seals: Seals, *, operator_signals: bool) -> None:
        self._store = store
        self._seals = seals
        self._operator_signals = operator_signals

    @activity.defn(name="record_item")
    async def record(self, projection: Projection) -> Projected:
        """Record what has happened. An item, or a new run of one, that was not begun through the
        API is refused (``unsigned_command``, not retried): reaching Temporal's port is not enough.
        So is a run whose item has moved on since (``revived_meanwhile``), or would be under way
        again while the whole is not (``parent_ended``)."""
        if projection.entries and projection.entries[0].seq == 1:
            self._check_opening(projection, "issue")
        elif projection.revived_from is not None:
            self._check_opening(projection, projection.entries[0].act)
        async with alive():
            try:
                return await self._store.project(projection)
            except Overtaken as error:
                raise _not_done("revived_meanwhile", DETAILS["revived_meanwhile"]) from error
            except Refused as error:
                raise _not_done(error.code, error.detail) from error

    def _check_opening(self, projection: Projection, act: str) -> None:
        snapshot, entry = projection.snapshot, projection.entries[0]
        assert entry.actor is not None
        body = opening_body(projection.opening_digest)
        seal, request_id = projection.opening_seal or "", entry.request_id or ""
        if not self._seals.holds(seal, entry.actor, snapshot.id, act, body, request_id):
            raise _not_done("unsigned_command", "该事项未经系统接口登记。")

    @activity.defn(name="admit_operator_signals")
    async def admit(self) -> Admission:
        """Whether signals from the Temporal UI and CLI are admitted."""
        return Admission(admitted=self._operator_signals)


def _not_done(code: str, detail: str) -> ApplicationError:
    return ApplicationError(detail, type=code, non_retryable=True)
