"""Whom a notice is for, as the inboxes know them; ``office`` and ``chief`` are the other two."""

from domain.items import Item


def unit(code: str) -> str:
    """The unit of that code."""
    return f"unit:{code}"


def deputy(code: str) -> str:
    """The deputy leader in charge of the unit of that code."""
    return f"deputy:{code}"


def unit_of(item: Item) -> str:
    """The unit that leads on ``item``."""
    return unit(item.facts.lead_unit)


def deputy_of(item: Item) -> str:
    """The deputy leader in charge of it."""
    return deputy(item.facts.lead_unit)
