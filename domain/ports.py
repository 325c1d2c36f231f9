"""What the outside implements for the activities."""

from typing import Protocol

from domain.records import Projected, Projection


class NotOnRecord(Exception):
    """A later chapter of an item arrived whose beginning is not on record (a database restored
    from an older backup): nothing was written, and the whole item has to be sent."""

    def __init__(self, item_id: str) -> None:
        super().__init__(f"事项 {item_id} 的登记不在数据库中，无法续记。")


class Overtaken(Exception):
    """A new run of an ended item begins from what is not the last on record any more: nothing was
    written."""


class ItemStore(Protocol):
    """Where items, their timeline and their notices are kept."""

    async def project(self, projection: Projection) -> Projected:
        """Record a projection, once, in one transaction; the same one again changes nothing.

        Raises :class:`NotOnRecord`, :class:`Overtaken`, ``Refused('parent_ended')``.
        """
        ...
