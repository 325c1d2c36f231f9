"""Text as PostgreSQL can keep it, and as it can be searched without an extension."""

import re
import unicodedata
from typing import Any

DEEPEST = 60
LONGEST_NUMBER = 4096
WORD = re.compile(r"\w+")


def storable(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """JSON that PostgreSQL takes: what arrives by a signal from outside may hold anything, and a
    record that could never be written would hold up its item for ever."""
    return _storable(value, 0)


def storable_text(value: str) -> str:
    """``value`` without NUL and lone surrogates, which PostgreSQL cannot keep."""
    if "\0" in value:
        value = value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def _storable(value: Any, depth: int) -> Any:  # noqa: ANN401
    if depth > DEEPEST:
        return "…"
    match value:
        case str():
            return storable_text(value)
        case dict():
            return {storable_text(str(k)): _storable(v, depth + 1) for k, v in value.items()}
        case list() | tuple():
            return [_storable(part, depth + 1) for part in value]
        case None | bool():
            return value
        case int() if value.bit_length() <= LONGEST_NUMBER:
            return value
        case float() if value - value == 0:  # neither infinite nor no number
            return value
        case int():
            return "…"
        case _:
            return storable_text(str(value))


def searchable(*texts: str) -> str:
    """Texts as search compares them: full-width forms, case and spacing make no difference."""
    joined = "\n".join(" ".join(text.split()) for text in texts)
    return unicodedata.normalize("NFKC", joined).casefold()


def grams(words: str) -> list[str]:
    """Every letter, digit or character of ``words`` (from `searchable`), and every two that are
    neighbours: what a text is indexed by."""
    runs = WORD.findall(words)
    return sorted({run[i : i + n] for run in runs for n in (1, 2) for i in range(len(run) - n + 1)})


def wanted_grams(term: str) -> set[str]:
    """The grams that every text containing ``term`` has; the reverse is checked with ``LIKE``."""
    runs = WORD.findall(term)
    return {run[i : i + 2] for run in runs for i in range(max(len(run) - 1, 1))}


def terms(query: str) -> list[str]:
    """The parts of a query, every one of which a hit must contain."""
    return searchable(storable_text(query)).split()
