"""What Temporal never encrypts, or shows to every operator, holds nothing that people wrote."""

from temporalio.api.sdk.v1 import WorkflowMetadata

from tests.people import Json
from tests.security import life
from tests.security.histories import payloads
from tests.security.vault import Vault
from tests.security.words import Words


async def test_what_operators_see_of_an_item_holds_none_of_its_texts(vault: Vault) -> None:
    words = Words()
    item = await life.begun(vault, words)
    item = await life.signalled(vault, words, item)
    seen = [await shown(vault, item)]
    item = await life.obstructed(vault, words, item)
    seen.append(await shown(vault, item))
    item = await life.late_and_closed(vault, words, item)
    seen.append(await shown(vault, item))
    for texts in seen:
        assert any("DubanUnit" in text for text in texts)
        assert any("督查事项 · 批示交办" in text for text in texts)
        assert any("**编号**" in text for text in texts)
        read = [why for why, mark in words.made.items() if any(mark in text for text in texts)]
        assert read == []


async def shown(vault: Vault, item: Json) -> list[str]:
    """Search attributes, ids, summaries and details: decrypted, as an operator gets to see them."""
    handle, codec = vault.handle(item), vault.client.data_converter.payload_codec
    described = await handle.describe()
    told = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    texts = [str(described.typed_search_attributes), handle.id, str(told.current_details)]
    texts.append(str(await described.static_summary()))
    assert codec is not None
    for event in (await handle.fetch_history()).events:
        for payload in await codec.decode(payloads(event.user_metadata)):
            texts.append(payload.data.decode())
        texts.append(names(str(event)))
    return texts


def names(event: str) -> str:
    """An event as protobuf prints it, without its payloads: types, names, ids and messages."""
    return "\n".join(line for line in event.splitlines() if not line.strip().startswith("data:"))
