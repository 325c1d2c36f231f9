"""Types and ids of the workflows that activities name, all relied on from outside."""

import uuid

from domain.items import Kind

ITEM_WORKFLOW = "SupervisionItem"
YEAR_WORKFLOW = "YearTask"
CIRCULAR_WORKFLOW = "Circular"
CIRCULAR_PREFIX = "circular-"
ITEM_PREFIX = "item-"
YEAR_PREFIX = "year-"
SENDER_WORKFLOW = "NoticeSender"
_PEOPLE = uuid.UUID("0b8a7f54-6d8e-4a6e-9a53-6475706c6531")


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


def sender_id(username: str, channel: str) -> str:
    """The workflow that sends to somebody on a channel: one at a time. Names of people stand in no
    workflow's id, which is never encrypted."""
    return f"sender-{channel}-{uuid.uuid5(_PEOPLE, username)}"


def trial_id(username: str, channel: str) -> str:
    """The workflow that sends somebody a test message on a channel."""
    return f"trial-{channel}-{uuid.uuid5(_PEOPLE, username)}"
