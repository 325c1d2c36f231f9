"""Facts as they are kept with a document: plain JSON, and the hash by which it is seen that nobody
changed them."""

from typing import Any

from pydantic import TypeAdapter

from documents.facts import FACTS, Paper
from documents.text import clean
from domain.documents import DocumentKind
from domain.items import Json
from domain.seal import body_hash

ADAPTERS: dict[DocumentKind, TypeAdapter[Paper]] = {
    kind: TypeAdapter(of) for kind, of in FACTS.items()
}


def frozen(kind: DocumentKind, facts: Paper) -> Json:
    """``facts`` as JSON, without characters that no document can hold."""
    plain: Json = _cleaned(ADAPTERS[kind].dump_python(facts, mode="json"))
    return plain


def facts_hash(kept: Json) -> str:
    """SHA-256 of the facts, whatever the order of their names."""
    return body_hash(kept)


def _cleaned(value: Any) -> Any:  # noqa: ANN401 - any JSON
    match value:
        case str():
            return clean(value)
        case dict():
            return {name: _cleaned(part) for name, part in value.items()}
        case list() | tuple():
            return [_cleaned(part) for part in value]
        case _:
            return value
