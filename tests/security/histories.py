"""What Temporal keeps of an item, looked at without our data converter."""

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload

from runtime.codec import ENCODING, KEY_ID
from tests.people import Json
from tests.security.vault import Vault

PLAIN = "plain"


async def written(vault: Vault, item: Json) -> set[str]:
    """Under which keys the item's present run is written."""
    history = await vault.handle(item).fetch_history()
    return {_key_of(payload) for event in history.events for payload in payloads(event)}


def payloads(message: Message) -> list[Payload]:
    """Every payload anywhere in a message, but those that Temporal itself must read."""
    if isinstance(message, Payload):
        return [message]
    found: list[Payload] = []
    for field, value in message.ListFields():
        if field.message_type is None or field.name == "search_attributes":
            continue
        if field.message_type.GetOptions().map_entry:
            parts = [value[name] for name in value]
        else:
            parts = value if field.is_repeated else [value]
        for part in parts:
            if isinstance(part, Message):
                found += payloads(part)
    return found


def _key_of(payload: Payload) -> str:
    encrypted = payload.metadata.get("encoding") == ENCODING
    return payload.metadata[KEY_ID].decode() if encrypted else PLAIN
