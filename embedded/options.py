"""What the caller may choose about an embedded stack."""

from dataclasses import dataclass
from pathlib import Path

MEBIBYTE = 1024 * 1024
FREE_FOR_FIRST_START = 512 * MEBIBYTE
"""Room asked for before a new database is made (an empty one takes about 80 MiB)."""
FREE_FOR_START = 64 * MEBIBYTE
"""Room asked for before an existing database is started."""

API_PORT = 8000
TEMPORAL_PORT = 7233
TEMPORAL_UI_PORT = 8233
"""Where ``duban up`` listens unless told otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackOptions:
    """Where the stack keeps its data and where it listens; ``None`` is any free port."""

    data_dir: Path
    postgres_port: int | None = None
    temporal_port: int | None = None
    temporal_ui_port: int | None = None
    api_host: str = "127.0.0.1"
    api_port: int | None = None
    virtual_time: bool = False
    """Let the Temporal server skip time (demonstrations only, never with real items)."""
    workers: int = 1
    free_for_first_start: int = FREE_FOR_FIRST_START
    free_for_start: int = FREE_FOR_START
