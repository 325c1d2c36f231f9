"""The workflow of an item: its type and its id, both relied on from outside."""

ITEM_WORKFLOW = "SupervisionItem"
PREFIX = "item-"


def workflow_id(item_id: str) -> str:
    """The workflow id of an item."""
    return f"{PREFIX}{item_id}"


def item_id_of(workflow: str) -> str | None:
    """The item whose workflow that is; ``None`` where it is no item's."""
    return workflow.removeprefix(PREFIX) if workflow.startswith(PREFIX) else None
