"""Addresses of people as the database keeps them: sealed under the secret key, each bound to whom
and what it is for. A dump of the database alone tells none."""

import base64
import binascii
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12


class Unopened(Exception):
    """It was sealed under another secret key, or has been changed since."""


class Vault:
    """AES-256-GCM under a key derived from ``DUBAN_SECRET_KEY``."""

    def __init__(self, secret: str) -> None:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"duban channel addresses")
        self._cipher = AESGCM(derived.derive(secret.encode()))

    def seal(self, plain: str, *about: str) -> str:
        """``plain``, to be opened for the same ``about`` only."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, plain.encode(), _bound(about))
        return base64.b64encode(sealed).decode()

    def open(self, sealed: str, *about: str) -> str:
        """What was sealed. Raises :class:`Unopened`."""
        try:
            raw = base64.b64decode(sealed, validate=True)
            nonce, rest = raw[:NONCE_BYTES], raw[NONCE_BYTES:]
            return self._cipher.decrypt(nonce, rest, _bound(about)).decode()
        except (binascii.Error, InvalidTag, ValueError):
            raise Unopened from None


def _bound(about: tuple[str, ...]) -> bytes:
    return "\0".join(about).encode()
