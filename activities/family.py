"""Items and their parts: issuing the item of a slot, and what the two tell each other.

What is told is read from the record, never taken from the caller, and sealed here: whoever only
reaches Temporal's port can have nothing told that is not true.
"""

from datetime import datetime
from typing import Protocol

from pydantic import TypeAdapter
from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError

from activities.item_ids import workflow_id
from activities.messages import Orders, PartNews, SlotOpening
from activities.open_items import Messenger, tell_each
from domain.family import News
from domain.issue import Issue, sealed
from domain.items import ENDED, SYSTEM
from domain.orders import Order
from domain.ports import NotOnRecord
from domain.seal import SealedAct, Seals

# Why an item may refuse, and that is well: it knows, or it has ended.
NEEDLESS = {"nothing_new", *ENDED}
NEWS = TypeAdapter(News)
ORDER = TypeAdapter(Order)


class Family(Protocol):
    """What the record knows of items and their parts."""

    async def slot_issue(self, task_id: str, key: str, now: datetime) -> Issue | None:
        """What a slot's item begins with, unsealed; ``None`` where no such slot is open."""
        ...

    async def news_of(self, item_id: str) -> PartNews | None:
        """Where a part stands, and whom it tells."""
        ...

    async def orders_of(self, item_id: str, seq: int) -> Orders | None:
        """What was done to an item by its entry ``seq``, and its parts."""
        ...


class FamilyActivities:
    """Activities of items that have parts, or are one; repeating them changes nothing."""

    def __init__(self, client: Client, family: Family, seals: Seals) -> None:
        self._messenger = Messenger(client, seals)
        self._family = family
        self._seals = seals

    @activity.defn(name="prepare_slot")
    async def prepare(self, opening: SlotOpening) -> Issue:
        """The sealed beginning of a slot's item. Raises ``NotOnRecord`` (not retried) where the
        record knows of no such slot: the task has to be recorded first."""
        issue = await self._family.slot_issue(opening.task_id, opening.key, opening.now)
        if issue is None:
            told = f"{opening.task_id} 的 {opening.key} 未入册。"
            raise ApplicationError(told, type=NotOnRecord.__name__, non_retryable=True)
        return sealed(issue, self._seals)

    @activity.defn(name="tell_parent")
    async def tell_parent(self, item_id: str) -> None:
        """Tell the item that this one is a part of where it stands."""
        told = await self._family.news_of(item_id)
        if told is None:
            return
        news = told.news
        act = SealedAct(
            body=NEWS.dump_python(news, mode="json"),
            actor=SYSTEM,
            request_id=f"part/{item_id}/{news.seq}",
        )
        workflow = workflow_id(told.parent.id, told.parent.kind)
        await self._messenger.send(workflow, "part_changed", act, NEEDLESS)

    @activity.defn(name="tell_parts")
    async def tell_parts(self, item_id: str, seq: int) -> None:
        """Have the open parts of an item follow what its entry ``seq`` did to it."""
        orders = await self._family.orders_of(item_id, seq)
        if orders is None:
            return
        children = {workflow_id(child.id, child.kind): child.id for child in orders.children}

        async def tell(workflow: str) -> bool:
            child = children[workflow]
            act = SealedAct(
                body=ORDER.dump_python(orders.order, mode="json"),
                actor=orders.actor,
                request_id=f"parent/{item_id}/{seq}/{child}",
                terms=orders.terms.get(child),
            )
            return await self._messenger.send(workflow, "follow_parent", act, NEEDLESS)

        await tell_each(children, tell, "随上级事项变动")
