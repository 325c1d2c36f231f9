"""The cipher by itself: what it writes, reads and refuses."""

import dataclasses
import traceback
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.exceptions import ApplicationError

from runtime.codec import ENCODING, KEY_ID, NONCE_BYTES, PayloadCipher, PayloadUnreadable
from runtime.codec import data_converter as converter_with
from runtime.converter import PayloadConverter

KEY, OTHER = b"1" * 32, b"2" * 32
ONE = PayloadCipher({"k1": KEY})
TEXT = "只有督查室能看的内容"
PAYLOADS = st.builds(
    Payload,
    metadata=st.dictionaries(st.text(max_size=20), st.binary(max_size=50), max_size=4),
    data=st.binary(max_size=500),
)


@given(st.lists(PAYLOADS, max_size=4))
@settings(max_examples=100, deadline=None)
async def test_what_is_encoded_is_decoded_whole(payloads: list[Payload]) -> None:
    encoded = await ONE.encode(payloads)
    assert [set(payload.metadata) for payload in encoded] == [{"encoding", KEY_ID}] * len(payloads)
    assert all(payload.metadata["encoding"] == ENCODING for payload in encoded)
    assert await ONE.decode(encoded) == payloads


async def test_nothing_of_a_payload_shows_and_no_two_are_alike() -> None:
    payload = Payload(metadata={"encoding": b"json/plain"}, data=TEXT.encode())
    first, second = await ONE.encode([payload, payload])
    assert first.data != second.data
    assert first.data[:NONCE_BYTES] != second.data[:NONCE_BYTES]
    for encoded in (first, second):
        assert b"json/plain" not in encoded.SerializeToString()
        assert TEXT.encode() not in encoded.SerializeToString()


async def test_the_first_key_encrypts_and_all_decrypt() -> None:
    payload = Payload(data=b"x")
    old = await ONE.encode([payload])
    both = PayloadCipher({"k2": OTHER, "k1": KEY})
    new = await both.encode([payload])
    assert [found.metadata[KEY_ID] for found in (*old, *new)] == [b"k1", b"k2"]
    assert await both.decode([*old, *new, payload]) == [payload] * 3


def _changed(payload: Payload, **fields: Any) -> Payload:
    copy = Payload.FromString(payload.SerializeToString())
    for name, value in fields.items():
        if name == "data":
            copy.data = value
        else:
            copy.metadata[KEY_ID] = value
    return copy


async def test_what_was_changed_on_the_way_is_refused() -> None:
    keys = PayloadCipher({"k1": KEY, "same": KEY})
    [good] = await keys.encode([Payload(data=TEXT.encode())])
    for at in range(len(good.data)):
        data = good.data[:at] + bytes([good.data[at] ^ 1]) + good.data[at + 1 :]
        with pytest.raises(PayloadUnreadable, match="“k1”"):
            await keys.decode([_changed(good, data=data)])
    for data in (b"", good.data[:5], good.data[:NONCE_BYTES], good.data[:-1]):
        with pytest.raises(PayloadUnreadable, match="“k1”"):
            await keys.decode([_changed(good, data=data)])
    with pytest.raises(PayloadUnreadable, match="“same”"):
        await keys.decode([_changed(good, key=b"same")])  # the id is bound to the ciphertext


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({}, "没有这个密钥"),
        ({"k2": OTHER}, "没有这个密钥"),
        ({"k1": OTHER}, "不是同一个密钥"),
    ],
)
async def test_a_missing_key_is_named_and_no_key_is_told(keys: dict[str, bytes], said: str) -> None:
    encoded = await ONE.encode([Payload(data=TEXT.encode())])
    with pytest.raises(PayloadUnreadable, match=said) as raised:
        await PayloadCipher(keys).decode(encoded)
    assert "“k1”" in str(raised.value)
    assert not isinstance(raised.value, ApplicationError), "that could fail a workflow for good"
    told = "".join(traceback.format_exception(raised.value))
    assert "1" * 32 not in told
    assert "2" * 32 not in told


async def test_without_keys_every_byte_is_as_it_was() -> None:
    plain, off = pydantic_data_converter, converter_with({})
    values = [{"title": TEXT}, None, b"\0", [1, 2.5], TEXT]
    assert await off.encode(values) == await plain.encode(values)
    written = []
    for converter in (plain, off):
        failure = Failure()
        error = ApplicationError(TEXT, {"x": 1}, type="refused")
        error.__cause__ = ValueError(TEXT)
        await converter.encode_failure(error, failure)
        written.append(failure.SerializeToString(deterministic=True))
    assert written[0] == written[1]
    same = dataclasses.replace(off, payload_codec=None)
    first, second = same.payload_converter_class(), same.payload_converter_class()
    assert first.to_payload(values) == plain.payload_converter.to_payload(values)
    assert isinstance(first, PayloadConverter)
    assert isinstance(second, PayloadConverter)
    json = b"json/plain"
    assert first.converters[json] is second.converters[json], "schemas are derived once a process"
    assert same.failure_converter_class is plain.failure_converter_class


async def test_failures_are_encrypted_with_their_causes_and_read_back() -> None:
    converter = converter_with({"k1": KEY})
    failure = Failure()
    try:
        raise ValueError(TEXT)
    except ValueError as cause:
        error = ApplicationError(f"最外层：{TEXT}", {"text": TEXT}, type="refused")
        error.__cause__ = cause
    await converter.encode_failure(error, failure)
    assert TEXT.encode() not in failure.SerializeToString()
    assert failure.message == failure.cause.message == "Encoded failure"
    assert failure.application_failure_info.type == "refused"
    read = await converter.decode_failure(failure)
    assert isinstance(read, ApplicationError)
    assert (read.message, read.type, list(read.details)) == (
        f"最外层：{TEXT}",
        "refused",
        [{"text": TEXT}],
    )
    assert TEXT in str(read.__cause__)
