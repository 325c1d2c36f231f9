"""Keys change while items are open: nothing is lost, and a missing key says so."""

from collections import Counter

import pytest

from tests.people import dated
from tests.security.conftest import BOTH, K1, K2
from tests.security.histories import PLAIN, written
from tests.security.vault import VARIABLE, Vault
from tests.security.words import Words

# Every change of keys restarts two processes.
pytestmark = pytest.mark.timeout(300)
NO_KEY = "本进程的 DUBAN_PAYLOAD_KEYS 中没有这个密钥"


async def test_old_items_are_read_and_new_ones_written_under_the_new_key(vault: Vault) -> None:
    """An item needs the key of its beginning to its end: Temporal takes its memo along unchanged
    into every run."""
    desk = vault.desk
    old = await desk.issue(dated())
    assert await written(vault, old) == {"k1"}
    await vault.use(f"{K2},{K1}")
    new = await desk.issue(dated())
    assert await written(vault, new) == {"k2"}
    old = await desk.act("zjj", old, "receipt", comment="已收")
    assert await written(vault, old) == {"k1", "k2"}
    first_run = (await vault.handle(old).describe()).run_id
    assert (await desk.forward(old, days=70))["lapsed"]
    assert (await vault.handle(old).describe()).run_id != first_run, "carried on by itself"
    assert await written(vault, old) == {"k1", "k2"}


async def test_a_dropped_key_is_named_nothing_is_lost_and_all_heals(vault: Vault) -> None:
    desk = vault.desk
    old = await desk.issue(dated())
    await vault.use(K2)
    path, body, once = f"/items/{old['id']}/receipt", {"comment": "已收"}, "the same key"
    answer = await desk.post("zjj", path, body, key=once)
    # Which of the two depends on whether Temporal gives the request up before the API does.
    assert answer.status_code == 503
    assert answer.json()["code"] in {"not_accepted_in_time", "temporal_unavailable"}
    await vault.handle(old).signal("remind", {"form": "phone", "to": "李", "said": "请抓紧"})
    assert (await desk.read(old))["seq"] == 1, "rows are read all the same"
    said = log(vault, "worker-1")
    assert f"载荷由密钥“k1”加密，{NO_KEY}" in said
    assert not any(secret in said for secret in secrets_of(BOTH))
    new = await desk.act("zjj", await desk.issue(dated()), "receipt")
    assert new["status"] == "in_progress", "items under the other key go on"
    await vault.use(BOTH)
    await desk.until(old, lambda row: row["seq"] >= 2)
    assert (await desk.post("zjj", path, body, key=once)).status_code == 200
    await desk.until(old, lambda row: row["seq"] >= 3)
    done = Counter((entry["act"], entry["outcome"]) for entry in await desk.timeline(old))
    assert done == {("issue", "done"): 1, ("receive", "done"): 1, ("remind", "done"): 1}


async def test_an_api_without_the_key_answers_that_it_cannot_now(vault: Vault) -> None:
    item = await vault.desk.issue(dated())
    vault.stack.environment[VARIABLE] = K2
    await vault.stack.restart("api")
    answer = await vault.desk.get("office", f"/items/{item['id']}/state")
    assert (answer.status_code, answer.json()["code"]) == (503, "temporal_unavailable")
    assert f"载荷由密钥“k1”加密，{NO_KEY}" in log(vault, "api")


async def test_switched_on_while_items_are_open(vault: Vault) -> None:
    """Plain payloads are read beside encrypted ones. That the plain ones are found on disk also
    proves that the search of these tests finds what is there."""
    desk, before, after = vault.desk, Words(), Words()
    await vault.use("")
    item = await desk.issue(dated(title=before("标题"), content=before("内容")))
    await desk.act("zjj", item, "receipt", comment=before("签收"))
    assert await written(vault, item) == {PLAIN}
    assert before.found_in(vault.temporal_files) == set(before.made)
    await vault.use(BOTH)
    result = {"text": after("办理结果"), "final": True}
    await desk.act("zjj", item, "feedback", **result)
    await desk.act("deputy", item, "sign-off", approved=True, comment=after("阅签"))
    item = await desk.act("office", item, "review", accepted=True, comment=after("审核"))
    assert item["status"] == "closed"
    assert await written(vault, item) == {PLAIN, "k1"}
    assert after.found_in(vault.temporal_files) == set()


async def test_switched_off_with_items_open_is_refused_aloud(vault: Vault) -> None:
    """Without any key an encrypted signal must not be taken for an unreadable one."""
    desk = vault.desk
    await vault.use("")
    item = await desk.issue(dated())
    await vault.use(BOTH)
    await vault.handle(item).signal("receive", {"comment": "已收"})
    item = await desk.until(item, lambda row: row["status"] == "in_progress")
    await vault.use("")
    path, body, once = f"/items/{item['id']}/feedback", {"text": "好"}, "the same key again"
    assert (await desk.post("zjj", path, body, key=once)).status_code == 503
    assert NO_KEY in log(vault, "worker-1")
    await vault.use(BOTH)
    assert (await desk.post("zjj", path, body, key=once)).status_code == 200
    acts = [(entry["act"], entry["outcome"]) for entry in await desk.timeline(item)]
    assert acts == [("issue", "done"), ("receive", "done"), ("submit_feedback", "done")]


def log(vault: Vault, name: str) -> str:
    """What a service has printed so far."""
    return vault.stack.log(name).read_text(encoding="utf-8")


def secrets_of(keys: str) -> list[str]:
    """The keys themselves, without their ids."""
    return [entry.partition(":")[2] for entry in keys.split(",")]
