"""The workflows of items: their types and ids, both relied on from outside."""

from domain.items import Kind

ITEM_WORKFLOW = "SupervisionItem"
YEAR_WORKFLOW = "YearTask"
CIRCULAR_WORKFLOW = "Circular"
CIRCULAR_PREFIX = "circular-"
ITEM_PREFIX = "item-"
YEAR_PREFIX = "year-"


def workflow_id(item_id: str, kind: str = "") -> str:
    """The workflow id of an item of that kind."""
    return f"{YEAR_PREFIX if kind == Kind.YEAR_ROUND else ITEM_PREFIX}{item_id}"


def workflow_type(kind: str) -> str:
    """The workflow type of an item of that kind."""
    return YEAR_WORKFLOW if kind == Kind.YEAR_ROUND else ITEM_WORKFLOW


def circular_id_of(workflow: str) -> str | None:
    """The circular whose workflow that is; ``None`` where it is no circular's."""
    if workflow.startswith(CIRCULAR_PREFIX):
        return workflow.removeprefix(CIRCULAR_PREFIX)
    return None


def item_id_of(workflow: str) -> str | None:
    """The item whose workflow that is; ``None`` where it is no item's."""
    for prefix in (ITEM_PREFIX, YEAR_PREFIX):
        if workflow.startswith(prefix):
            return workflow.removeprefix(prefix)
    return None
