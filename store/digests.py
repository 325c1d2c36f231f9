"""What is kept of secrets that are long and random, and of names that nobody is to read back."""

import hashlib


def digest(text: str) -> str:
    """The SHA-256 of ``text``, in hex. Not for passwords: those need a slow hash."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
