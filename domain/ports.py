"""What the outside implements for the activities."""

from typing import Protocol

from domain.records import Projected, Projection


class ItemStore(Protocol):
    """Where items, their timeline and their notices are kept."""

    async def project(self, projection: Projection) -> Projected:
        """Record a projection, once, in one transaction; the same one again changes nothing."""
        ...
