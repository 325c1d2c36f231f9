"""Payload encryption: what Temporal keeps of an item cannot be read without our keys.

The first key encrypts, all of them decrypt, and every encrypted payload names its key. Payloads
that are not marked as encrypted pass as they are, so that encryption can be switched on while items
are open. Temporal does not pass search attributes, workflow ids and names through a codec: nothing
that people wrote may stand there.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from google.protobuf.message import DecodeError
from temporalio.api.common.v1 import Payload
from temporalio.converter import (
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    PayloadCodec,
)
from temporalio.exceptions import TemporalError

from runtime.converter import PLAIN

ENCODING = b"binary/encrypted"
KEY_ID = "encryption-key-id"
NONCE_BYTES = 12


class PayloadUnreadable(TemporalError):
    """A payload is encrypted, and not under a key that this process has.

    Deliberately no ``ApplicationError``: a workflow or activity task that meets it is tried again
    until the key is there, and no item fails or loses anything meanwhile.
    """


class PayloadCipher(PayloadCodec):
    """AES-256-GCM over whole payloads, their metadata included."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        """``keys``: 32 bytes each, by id, the encrypting one first. With none, payloads are written
        as they are, and encrypted ones are still refused aloud."""
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._current = next(iter(keys), None)

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """The payloads encrypted under the first key."""
        if self._current is None:
            return list(payloads)
        return [self._closed(payload, self._current) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """The payloads as they were given to :meth:`encode`. Raises :class:`PayloadUnreadable`."""
        return [self._opened(payload) for payload in payloads]

    def _closed(self, payload: Payload, key_id: str) -> Payload:
        nonce = os.urandom(NONCE_BYTES)
        cipher = self._ciphers[key_id]
        sealed = cipher.encrypt(nonce, payload.SerializeToString(), _bound(key_id))
        metadata = {"encoding": ENCODING, KEY_ID: key_id.encode()}
        return Payload(metadata=metadata, data=nonce + sealed)

    def _opened(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != ENCODING:
            return payload
        key_id = payload.metadata.get(KEY_ID, b"").decode("utf-8", "replace")
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise PayloadUnreadable(
                f"载荷由密钥“{key_id[:40]}”加密，本进程的 DUBAN_PAYLOAD_KEYS 中没有这个密钥。"
                "请补上后重启本进程；数据没有丢失，补上后自动继续。"
            )
        nonce, sealed = payload.data[:NONCE_BYTES], payload.data[NONCE_BYTES:]
        try:
            return Payload.FromString(cipher.decrypt(nonce, sealed, _bound(key_id)))
        except (InvalidTag, ValueError, DecodeError):
            raise PayloadUnreadable(
                f"载荷不能用 DUBAN_PAYLOAD_KEYS 中的密钥“{key_id}”解密："
                "它与加密时的不是同一个密钥，或者载荷已被改动。请核对密钥。"
            ) from None


def data_converter(keys: Mapping[str, bytes]) -> DataConverter:
    """How every Duban process writes to Temporal and reads from it. Without keys exactly the bytes
    of ``pydantic_data_converter`` are written; with keys the words of failures, which are not
    payloads otherwise, are encrypted too."""
    converter = replace(PLAIN, payload_codec=PayloadCipher(keys))
    if not keys:
        return converter
    return replace(converter, failure_converter_class=DefaultFailureConverterWithEncodedAttributes)


def _bound(key_id: str) -> bytes:
    """What is authenticated beside the ciphertext: its form and the key it names."""
    return ENCODING + b"\0" + key_id.encode()
