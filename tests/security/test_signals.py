"""Signals that come past our own processes while payloads are encrypted."""

import asyncio

import pytest_asyncio
from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.common import RawValue

from embedded import temporal
from runtime.codec import PayloadCipher
from tests.people import dated
from tests.security.life import recorded
from tests.security.vault import Vault
from tests.security.words import Words


@pytest_asyncio.fixture
async def operator(vault: Vault) -> Client:
    """A client that knows nothing of our keys, as Temporal's own command line."""
    return await Client.connect(vault.stack.temporal_address)


async def test_a_signal_sent_in_plain_is_taken_and_stays_plain(
    vault: Vault, operator: Client
) -> None:
    """The one way in which words still get into Temporal's database unencrypted (operations.md).
    What our processes then write of it is encrypted."""
    words = Words()
    item = await vault.desk.issue(dated())
    handle = operator.get_workflow_handle(vault.handle(item).id)
    await handle.signal("receive", {"comment": words("明文信号")})
    item = await recorded(vault, item, 2)
    assert (item["status"], item["unverified"]) == ("in_progress", [2])
    assert words.found_in(vault.temporal_files) == {"明文信号"}


async def test_a_signal_under_a_foreign_key_holds_an_item_up_until_it_is_taken_out(
    vault: Vault, operator: Client
) -> None:
    """It cannot be told from one whose key is missing by mistake, and that one must not be lost."""
    desk = vault.desk
    item = await desk.act("zjj", await desk.issue(dated()), "receipt")
    [foreign] = await PayloadCipher({"foreign": bytes(32)}).encode([Payload(data=b"{}")])
    handle = operator.get_workflow_handle(vault.handle(item).id)
    await handle.signal("remind", RawValue(foreign))
    path, body, once = f"/items/{item['id']}/feedback", {"text": "进展"}, "the same key"
    assert (await desk.post("zjj", path, body, key=once)).status_code == 503
    assert "载荷由密钥“foreign”加密" in vault.stack.log("worker-1").read_text(encoding="utf-8")
    await _take_out_signals(vault, handle.id)
    assert (await desk.post("zjj", path, body, key=once)).status_code == 200
    acts = [entry["act"] for entry in await desk.timeline(item)]
    assert acts == ["issue", "receive", "submit_feedback"]


async def _take_out_signals(vault: Vault, workflow_id: str) -> None:
    """As operations.md says."""
    process = await asyncio.create_subprocess_exec(
        *(str(temporal.binary()), "workflow", "reset", "--type", "LastWorkflowTask"),
        *("--reapply-exclude", "Signal", "--reason", "foreign", "--workflow-id", workflow_id),
        *("--address", vault.stack.temporal_address),
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert await process.wait() == 0
