"""Text as PostgreSQL can keep it, and as it can be searched without an extension."""

import re
import unicodedata
from typing import Any

DEEPEST = 60
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
        case float() if value - value != 0:  # infinite, or no number
            return str(value)
        case _:
            return value


def searchable(*texts: str) -> str:
    """Texts as search compares them: full-width forms, case and spacing make no difference."""
    joined = "\n".join(" ".join(text.split()) for text in texts)
    return unicodedata.normalize("NFKC", joined).casefold()


def grams(words: str) -> list[str]:
    """Every two neighbouring letters, digits or characters of ``words`` (from `searchable`).

    A text that contains a term has all the term's grams; the reverse is checked with ``LIKE``.
    """
    found = {run[i : i + 2] for run in WORD.findall(words) for i in range(len(run) - 1)}
    return sorted(found)


def terms(query: str) -> list[str]:
    """The parts of a query, every one of which a hit must contain."""
    return searchable(storable_text(query)).split()
