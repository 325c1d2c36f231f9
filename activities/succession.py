"""A leader's successor takes over: the directory first, then every open item that waits."""

from dataclasses import asdict
from typing import Protocol

from temporalio import activity
from temporalio.client import Client

from activities.item_ids import item_id_of
from activities.messages import RolledOut, Succession
from activities.open_items import Messenger, tell_each
from domain.items import ENDED, UNISSUED
from domain.seal import SealedAct, Seals

# Why an item may refuse, and that is well: it waits for no deputy leader, has ended, or is not
# issued.
NEEDLESS = {"nothing_to_hand_over", *ENDED, *UNISSUED}


class Directory(Protocol):
    """What a succession needs of the store."""

    async def succeed(self, succession: Succession) -> list[str]:
        """Record it once, in one transaction; the codes of the units that passed on."""
        ...

    async def open_items_of(self, units: list[str]) -> list[str]:
        """The workflows of the open items that one of these units leads."""
        ...


class SuccessionActivities:
    """The activities of the ``LeaderSuccession`` workflow; repeating them changes nothing."""

    def __init__(self, client: Client, store: Directory, seals: Seals) -> None:
        self._messenger = Messenger(client, seals)
        self._store = store

    @activity.defn(name="record_succession")
    async def record(self, succession: Succession) -> list[str]:
        """End the predecessor's fields and give them to the successor; the units concerned."""
        return await self._store.succeed(succession)

    @activity.defn(name="hand_over_items")
    async def hand_over(self, succession: Succession, units: list[str]) -> RolledOut:
        """Send ``hand_over`` to every open item of these units; those that do not wait for the
        deputy leader refuse it without a trace."""
        change = succession.change
        body = {**asdict(change), "on": change.on.isoformat()}

        async def tell(workflow: str) -> bool:
            # The same for ever: whatever is repeated, an item is handed over once.
            request_id = f"succession/{succession.id}/{item_id_of(workflow)}"
            act = SealedAct(body=body, actor=succession.actor, request_id=request_id)
            return await self._messenger.send(workflow, "hand_over", act, NEEDLESS)

        return await tell_each(await self._store.open_items_of(units), tell, "移交继任的分管领导")
