"""Texts that can be recognised wherever they turn up."""

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

FIRST, LAST = 0x4E00, 0x9FA5
LENGTH = 8
"""Characters by which a text is recognised: few, so that a page's end hardly ever cuts them."""


@dataclass
class Words:
    """Every text made here, by what it was for."""

    made: dict[str, str] = field(default_factory=dict)

    def __call__(self, purpose: str) -> str:
        """A text that stands nowhere else in the world."""
        mark = "".join(chr(FIRST + secrets.randbelow(LAST - FIRST)) for _ in range(LENGTH))
        self.made[purpose] = mark
        return f"（{purpose}）{mark}。"

    def found_in(self, files: Iterable[Path]) -> set[str]:
        """The purposes of those texts that can be read in one of the files."""
        found: set[str] = set()
        for file in files:
            content = file.read_bytes()
            found |= {
                purpose
                for purpose, mark in self.made.items()
                if any(form in content for form in forms(mark))
            }
        return found


def forms(text: str) -> tuple[bytes, ...]:
    """The ways in which a text is written down: UTF-8, JSON's escapes in either case, UTF-16."""
    escaped = json.dumps(text)[1:-1]
    upper = escaped.upper().replace("\\U", "\\u")
    return (text.encode(), escaped.encode(), upper.encode(), text.encode("utf-16-le"))
