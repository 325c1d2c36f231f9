"""The bytes of files and documents, stored once under their hash in the data folder."""

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

from api.context import Context


def folder(context: Context) -> Path:
    """Where they lie."""
    return context.settings.data_dir / "files"


def path_of(context: Context, sha256: str) -> Path:
    """Where the bytes with that hash lie, if they are there."""
    return folder(context) / sha256


def keep(context: Context, content: bytes) -> str:
    """Write aside, then rename to the hash: half a file is never found under its name. The hash.
    Raises ``OSError``."""
    within = folder(context)
    within.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest = hashlib.sha256(content).hexdigest()
    handle, part = tempfile.mkstemp(dir=within, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as target:
            target.write(content)
        os.replace(part, within / digest)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(part)
        raise
    return digest


def found(context: Context, sha256: str) -> bytes | None:
    """The bytes with that hash; ``None`` where they are not there, or are no longer the same."""
    try:
        content = path_of(context, sha256).read_bytes()
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == sha256 else None
