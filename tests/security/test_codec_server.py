"""The codec server: the office reads what is stored encrypted, nobody else does."""

import asyncio
import base64
import json
from typing import Any

import httpx
import pytest
import pytest_asyncio
from google.protobuf.json_format import MessageToDict
from temporalio.api.common.v1 import Payload, Payloads

from embedded import temporal
from runtime.codec import ENCODING, PayloadCipher
from tests.people import ACCOUNTS, Json
from tests.security import life
from tests.security.conftest import K1
from tests.security.vault import Vault
from tests.security.words import Words

DECODE, ENCODE, SESSION = "/codec/decode", "/codec/encode", "/codec/session"
PLAIN = Payload(metadata={"encoding": b"json/plain"}, data=b'"\xe6\x98\x8e\xe6\x96\x87"')


@pytest_asyncio.fixture
async def words(vault: Vault) -> Words:
    """The texts of :func:`item`."""
    return Words()


@pytest_asyncio.fixture
async def item(vault: Vault, words: Words) -> Json:
    """An item just issued."""
    return await life.issued(vault, words)


@pytest_asyncio.fixture
async def stored(vault: Vault, item: Json) -> Payloads:
    """What Temporal keeps of the item's beginning."""
    history = await vault.handle(item).fetch_history()
    return history.events[0].workflow_execution_started_event_attributes.input


async def decode(vault: Vault, who: str | None, sent: Any, **headers: str) -> httpx.Response:
    """The codec server's answer."""
    body = MessageToDict(sent) if isinstance(sent, Payloads) else sent
    return await vault.desk.send(who, "POST", DECODE, json=body, headers=headers)


async def test_the_office_reads_an_item(vault: Vault, words: Words, stored: Payloads) -> None:
    assert all(payload.metadata["encoding"] == ENCODING for payload in stored.payloads)
    mixed = Payloads(payloads=[*stored.payloads, PLAIN])
    answer = await decode(vault, "office", mixed)
    assert answer.status_code == 200, answer.text
    first, plain = answer.json()["payloads"]
    facts = json.loads(base64.b64decode(first["data"]))["issue"]["facts"]
    assert words.made["标题"] in facts["title"]
    assert plain == MessageToDict(PLAIN)
    assert answer.headers["content-type"] == "application/json"
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("who", [None, *(name for name, *_ in ACCOUNTS if name != "office")])
@pytest.mark.parametrize("path", [DECODE, ENCODE, SESSION])
async def test_nobody_else_does(vault: Vault, stored: Payloads, who: str | None, path: str) -> None:
    answer = await vault.desk.send(who, "POST", path, json=MessageToDict(stored))
    refused = (401, "not_signed_in") if who is None else (403, "not_your_role")
    assert (answer.status_code, answer.json()["code"]) == refused
    assert "set-cookie" not in answer.headers


async def test_it_does_not_encode(vault: Vault) -> None:
    body = MessageToDict(Payloads(payloads=[PLAIN]))
    answer = await vault.desk.send("office", "POST", ENCODE, json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "encoding_not_offered")
    nothing = await vault.desk.send("office", "POST", ENCODE, json={})
    assert (nothing.status_code, nothing.json()) == (200, {"payloads": []})


async def test_pages_of_the_temporal_ui_may_ask(vault: Vault, stored: Payloads) -> None:
    origin = vault.stack.ui_url
    asked = {"Access-Control-Request-Method": "POST", "Origin": origin}
    preflight = await vault.desk.send(None, "OPTIONS", DECODE, headers=asked)
    assert preflight.status_code == 204
    named = preflight.headers["access-control-allow-headers"].split(", ")
    assert {"authorization", "content-type", "x-namespace"} == set(named)
    for who, status in (("office", 200), ("admin", 403), (None, 401)):
        answer = await decode(vault, who, stored, Origin=origin)
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == origin
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert "Origin" in answer.headers["vary"]


@pytest.mark.parametrize(
    "origin",
    [
        "http://elsewhere.example",
        "null",
        "",
        "http://127.0.0.1",
        "https://{ui}",
        "http://{ui}.evil",
    ],
)
async def test_pages_from_elsewhere_may_not(vault: Vault, stored: Payloads, origin: str) -> None:
    origin = origin.format(ui=vault.stack.ui_url.removeprefix("http://"))
    for method in ("POST", "OPTIONS"):
        headers = {"Origin": origin}
        body = MessageToDict(stored)
        answer = await vault.desk.send("office", method, DECODE, json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "origin_not_allowed")
        assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_a_browser_keeps_the_token_for_these_routes_alone(
    vault: Vault, stored: Payloads
) -> None:
    answer = await vault.desk.send("office", "POST", SESSION)
    vault.desk.client.cookies.clear()
    assert answer.status_code == 204
    cookie, *attributes = answer.headers["set-cookie"].split("; ")
    assert {"HttpOnly", "Path=/api/v1/codec", "SameSite=strict"} <= set(attributes)
    assert not [a for a in attributes if a.startswith(("Domain", "Max-Age", "expires"))]
    kept = {"Cookie": cookie, "Origin": vault.stack.ui_url}
    assert (await decode(vault, None, stored, **kept)).status_code == 200
    assert (await vault.desk.send(None, "GET", "/me", headers=kept)).status_code == 401
    assert (await vault.desk.send(None, "POST", SESSION, headers=kept)).status_code == 401
    forged = {**kept, "Cookie": f"{cookie}x"}
    assert (await decode(vault, None, stored, **forged)).status_code == 401


@pytest.mark.parametrize(
    "junk", [[], 5, {"payloads": 5}, {"payloads": [5]}, {"payloads": [{"metadata": {"a": 5}}]}]
)
async def test_what_is_no_payload_is_refused(vault: Vault, junk: Any) -> None:
    answer = await decode(vault, "office", junk)
    assert answer.status_code == 422
    assert answer.json()["code"] in {"unreadable_payloads", "invalid_body"}


async def test_nothing_sent_is_nothing_answered(vault: Vault) -> None:
    answer = await decode(vault, "office", {"payloads": [], "preserve": "unknown fields"})
    assert (answer.status_code, answer.json()) == (200, {"payloads": []})


async def test_too_much_is_refused(vault: Vault) -> None:
    large = Payloads(payloads=[Payload(data=bytes(1024 * 1024))])
    assert (await decode(vault, "office", large)).status_code == 413


async def test_a_payload_under_an_unknown_key_or_tampered_with_is_refused(
    vault: Vault, stored: Payloads
) -> None:
    [unknown] = await PayloadCipher({"k9": bytes(32)}).encode([PLAIN])
    changed = Payload.FromString(stored.payloads[0].SerializeToString())
    changed.data = changed.data[:-1] + bytes([changed.data[-1] ^ 1])
    for payload, said in ((unknown, "k9"), (changed, "k1")):
        answer = await decode(vault, "office", Payloads(payloads=[payload]))
        assert (answer.status_code, answer.json()["code"]) == (409, "payload_unreadable")
        assert f"“{said}”" in answer.json()["detail"]
        assert K1.partition(":")[2] not in answer.text


async def test_who_decoded_is_kept_without_what(
    vault: Vault, words: Words, stored: Payloads
) -> None:
    await decode(vault, "office", stored)
    kept = await vault.desk.get("office", "/audit", event="decoded", limit=1)
    (entry,) = kept.json()["items"]
    assert (entry["username"], entry["method"]) == ("office", "POST")
    assert words.found_in(vault.logs) == set()
    assert not any(mark in kept.text for mark in words.made.values())


async def test_the_temporal_command_line_shows_the_item(
    vault: Vault, words: Words, item: Json
) -> None:
    token = f"Bearer {vault.desk.tokens['office']}"
    reading = ("--codec-endpoint", f"{vault.stack.api_url}/api/v1/codec", "--codec-auth", token)
    assert words.made["标题"] in await shown(vault, item, "show", "--detailed", *reading)
    assert words.made["标题"] not in await shown(vault, item, "show", "--detailed")
    assert "**现由**：承办单位" in await shown(vault, item, "metadata", *reading)


async def shown(vault: Vault, item: Json, command: str, *more: str) -> str:
    """What ``temporal workflow`` prints of the item."""
    process = await asyncio.create_subprocess_exec(
        *(str(temporal.binary()), "workflow", command, *more),
        *("--address", vault.stack.temporal_address, "--workflow-id", vault.handle(item).id),
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0
    return printed.decode()
