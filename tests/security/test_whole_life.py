"""With payload keys nothing that people wrote about an item can be read in Temporal's database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from temporalio.api.workflow.v1 import PendingActivityInfo

from tests.people import Json
from tests.security import life
from tests.security.vault import Vault
from tests.security.words import Words

RESPONDS_WITHIN = 20.0
# The second is the server's own word where it keeps only a part of a long failure.
WITHOUT_WORDS = {"Encoded failure", "Failure exceeds size limit."}


async def test_no_text_of_an_item_is_in_temporals_database_or_in_the_logs(vault: Vault) -> None:
    words = Words()
    item = await life.begun(vault, words)
    item = await life.signalled(vault, words, item)
    item = await _recorded_after_an_outage(vault, words, item)
    item = await life.obstructed(vault, words, item)
    item = await life.late_and_closed(vault, words, item)
    assert item["status"] == "closed"
    assert {words.made[said] for said in ("标题", "内容")} <= _marks(words, item)
    assert len(words.made) >= 25
    assert words.found_in(vault.temporal_files) == set()
    assert words.found_in(vault.logs) == set()


async def test_what_the_database_says_of_a_refused_record_is_encrypted_too(vault: Vault) -> None:
    words = Words()
    item = await life.issued(vault, words)
    async with _refusing(vault, words("不能入册")) as text:
        answer = await vault.desk.post("zjj", f"/items/{item['id']}/receipt", {"comment": text})
        assert answer.status_code == 202
        failed = await _failed_record(vault, item)
        assert words.found_in(vault.temporal_files) == set()
    assert _messages(failed) <= WITHOUT_WORDS
    await vault.desk.until(item, lambda row: row["status"] == "in_progress")
    assert words.found_in(vault.temporal_files) == set()


async def test_what_the_database_says_of_a_refused_record_is_not_in_the_logs(vault: Vault) -> None:
    words = Words()
    item = await life.issued(vault, words)
    async with _refusing(vault, words("不能入册")) as text:
        await vault.desk.post("zjj", f"/items/{item['id']}/receipt", {"comment": text})
        await _failed_record(vault, item)
    await vault.desk.until(item, lambda row: row["status"] == "in_progress")
    assert words.found_in(vault.logs) == set()


def _marks(words: Words, item: Json) -> set[str]:
    """Those of our texts that the item as answered holds."""
    return {mark for mark in words.made.values() if mark in str(item)}


async def _recorded_after_an_outage(vault: Vault, words: Words, item: Json) -> Json:
    """An act whose record fails while PostgreSQL is down, and is written when it is back."""
    stack, handle = vault.stack, vault.handle(item)
    stack.pause_restart("postgres")
    await stack.kill("postgres")
    reminder = {"form": "item", "to": words("停机时对象"), "said": words("停机时催办"), "reply": ""}
    await handle.signal("remind", reminder)
    failed = await _failed_record(vault, item)
    assert _messages(failed) <= WITHOUT_WORDS
    await stack.restart("postgres")
    seq = item["seq"] + 1
    item = await life.recorded(vault, item, seq)
    confirmed = {"comment": words("停机后核实")}
    return await vault.desk.act("office", item, f"acts/{seq}/confirmation", **confirmed)


async def _failed_record(vault: Vault, item: Json) -> PendingActivityInfo:
    """The item's record once it has been tried in vain."""
    async with asyncio.timeout(RESPONDS_WITHIN):
        while True:
            described = (await vault.handle(item).describe()).raw_description
            for pending in described.pending_activities:
                if pending.HasField("last_failure"):
                    return pending
            await asyncio.sleep(0.1)


def _messages(failed: PendingActivityInfo) -> set[str]:
    """What the last failure and its causes say in plain."""
    failure = failed.last_failure
    messages = {failure.message}
    while failure.HasField("cause"):
        failure = failure.cause
        messages.add(failure.message)
    return messages


@asynccontextmanager
async def _refusing(vault: Vault, text: str) -> AsyncIterator[str]:
    """While the block runs the database takes no act with this text, and quotes it in its error."""
    owner = await asyncpg.connect(vault.stack.environment["DUBAN_MIGRATE_DATABASE_URL"])
    try:
        await owner.execute(
            "alter table audit_events add constraint refusing"
            f" check (strpos(body::text, '{text}') = 0) not valid"
        )
        try:
            yield text
        finally:
            await owner.execute("alter table audit_events drop constraint refusing")
    finally:
        await owner.close()
