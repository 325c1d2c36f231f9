"""Bringing a change to many open items, one sealed update each: repeated until every item has
answered, and repeating changes nothing."""

from collections.abc import Awaitable, Callable, Collection, Iterable
from datetime import timedelta

from temporalio import activity
from temporalio.client import (
    Client,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from activities.item_ids import item_id_of
from activities.messages import RolledOut
from domain.seal import SealedAct, Seals

ANSWER_WITHIN = timedelta(seconds=5)
AGAIN_AFTER = timedelta(minutes=1)


class Unanswered(Exception):
    """An item could not be brought to change; nothing is known of why."""


async def tell_each(
    workflows: Iterable[str], tell: Callable[[str], Awaitable[bool]], what: str
) -> RolledOut:
    """Tell every item, named by its workflow; how many there were, and how many did what they were
    told.

    One that does not answer keeps no other waiting: at the end the whole is tried again, and
    ``what`` says what those left could not be brought to.
    """
    items = sorted(workflows)
    done, left = 0, []
    for number, workflow in enumerate(items):
        activity.heartbeat(number)
        try:
            done += await tell(workflow)
        except Unanswered:
            left.append(workflow)
    if left:
        told = f"{len(left)} 件事项未能{what}，稍后重试：{'、'.join(left[:10])}"
        raise ApplicationError(told, type="items_left", next_retry_delay=AGAIN_AFTER)
    return RolledOut(items=len(items), applied=done)


class Messenger:
    """Sends internal updates, sealed as the API seals acts."""

    def __init__(self, client: Client, seals: Seals) -> None:
        self._client = client
        self._seals = seals

    async def send(
        self, workflow: str, name: str, act: SealedAct, needless: Collection[str]
    ) -> bool:
        """Whether the item of that workflow did it: not where it refuses for a ``needless`` reason
        or is gone.

        Raises :class:`Unanswered`.
        """
        item_id = item_id_of(workflow)
        assert item_id is not None
        sealed = self._seals.sealed(act, item_id, name)
        handle = self._client.get_workflow_handle(workflow)
        try:
            await handle.execute_update(name, sealed, id=act.request_id, rpc_timeout=ANSWER_WITHIN)
        except WorkflowUpdateFailedError as error:
            if isinstance(error.cause, ApplicationError) and error.cause.type in needless:
                return False
            raise Unanswered from error
        except WorkflowUpdateRPCTimeoutOrCancelledError as error:
            raise Unanswered from error
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            if error.status is RPCStatusCode.FAILED_PRECONDITION:
                raise Unanswered from error
            raise
        return True
