"""Whom a notice is for, as the inboxes know them; ``office`` and ``chief`` are the other two."""

from domain.items import Item, Role


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


def approver_of(item: Item) -> str:
    """Whoever is asked to approve its 下达: a leader as the leader in charge, so that a successor
    learns of it too; nobody named, the deputy leader in charge."""
    match item.approval.approver_role:
        case Role.CHIEF:
            return "chief"
        case Role.OFFICE:
            return "office"
        case _:
            return deputy_of(item)
