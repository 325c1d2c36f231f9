"""The fields of a body as options of a command, made from what the API itself says of the body."""

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from cli.errors import CliError
from domain.items import Json

Sort = Literal["text", "integer", "number", "switch", "texts", "objects"]
TEXT, NUMBER = "<文字>", "<数>"
SEPARATOR = re.compile("[、|]")
NEXT_FIELD = re.compile(r"[,，](?=\w+=)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One option: where its value goes in the body. ``parts`` are the fields of an object in a
    list, with the JSON type of each; ``called`` is its name where the body's own is taken."""

    path: tuple[str, ...]
    sort: Sort
    required: bool
    help: str
    parts: tuple[tuple[str, str], ...] = ()
    called: str = ""

    @property
    def name(self) -> str:
        """The parameter's name; the option's, but for dashes."""
        return self.called or "_".join(self.path)

    @property
    def option(self) -> str:
        """As it is written on the command line."""
        return f"--{self.name.replace('_', '-')}"


def fields_of(schema: Json, said: Mapping[str, str]) -> list[Field]:
    """The fields of a JSON schema; ``said`` tells what those are for of which it does not."""
    return list(_fields(schema, schema.get("$defs", {}), said))


def _fields(
    schema: Json,
    known: Json,
    said: Mapping[str, str],
    above: tuple[str, ...] = (),
    *,
    within: bool = True,
    of: str = "",
) -> Iterator[Field]:
    for name, described in schema["properties"].items():
        path = (*above, name)
        found = _resolved(described, known)
        text = described.get("description") or ("" if above else said.get(name, ""))
        required = within and name in schema.get("required", ())
        text = text or (f"{of}（{name}）" if of else name)
        if "properties" in found:
            yield from _fields(found, known, {}, path, within=required, of=text)
            continue
        parts = _parts(found, known)
        yield Field(path=path, sort=_sort(found, parts), required=required, help=text, parts=parts)


def _resolved(described: Json, known: Json) -> Json:
    """What a property is when it is given: references followed, ``null`` left out."""
    for one in described.get("anyOf", ()):
        if one.get("type") != "null":
            return _resolved(one, known)
    if "$ref" in described:
        return _resolved(known[described["$ref"].rsplit("/", 1)[1]], known)
    return described


def _parts(found: Json, known: Json) -> tuple[tuple[str, str], ...]:
    """The fields of the objects in a list, and their types; none where it is a list of texts."""
    within = _resolved(found.get("items", {}), known).get("properties", {})
    return tuple(
        (name, str(_resolved(prop, known).get("type", "string"))) for name, prop in within.items()
    )


def _sort(found: Json, parts: tuple[tuple[str, str], ...]) -> Sort:
    sorts: dict[str, Sort] = {"integer": "integer", "number": "number", "boolean": "switch"}
    if found.get("type") == "array":
        return "objects" if parts else "texts"
    return sorts.get(found.get("type", ""), "text")


def parameter(field: Field) -> Any:  # noqa: ANN401 - an annotation that typer reads
    """The annotation of the option for ``field``. What must be filled in the API says."""
    text = f"{field.help}{'（必填）' if field.required else ''}"
    shown: dict[str, Any] = {"help": text, "show_default": False}
    match field.sort:
        case "switch":
            no = f"--no-{field.option.removeprefix('--')}"
            return Annotated[bool | None, typer.Option(f"{field.option}/{no}", **shown)]
        case "integer":
            return Annotated[int | None, typer.Option(field.option, **shown)]
        case "number":
            return Annotated[float | None, typer.Option(field.option, metavar=NUMBER, **shown)]
        case "texts":
            shown["help"] = f"{text}；可多次给出"
            return Annotated[list[str] | None, typer.Option(field.option, metavar=TEXT, **shown)]
        case "objects":
            example = ",".join(f"{name}=…" for name, _ in field.parts)
            shown["help"] = f"{text}；可多次给出，写作 {example} 或 JSON"
            return Annotated[list[str] | None, typer.Option(field.option, metavar=TEXT, **shown)]
        case _:
            return Annotated[str | None, typer.Option(field.option, **shown)]


def body(fields: Sequence[Field], given: Mapping[str, Any], source: str | None) -> Json:
    """The body: the JSON that was given, and over it the options. Raises :class:`CliError`."""
    found = _json(source) if source is not None else {}
    for field in fields:
        value = given.get(field.name)
        if value is None or value == []:
            continue
        if field.sort == "objects":
            value = [_object(field, text) for text in value]
        _put(found, field.path, value)
    return found


def _put(found: Json, path: tuple[str, ...], value: object) -> None:
    *above, last = path
    for name in above:
        below = found.get(name)
        if not isinstance(below, dict):
            below = found[name] = {}
        found = below
    found[last] = value


def _json(source: str) -> Json:
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8-sig")
        found = json.loads(text)
    except OSError as error:
        raise CliError(f"无法读取 {source}：{error.strerror}。请核对路径和权限。") from None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise CliError(f"{'标准输入' if source == '-' else source} 的内容不是 JSON 对象，请核对。")
    return found


def _object(field: Field, text: str) -> Json:
    """``name=主体封顶,due_on=2026-12-11`` or JSON. Raises ``typer.BadParameter``."""
    types = dict(field.parts)
    try:
        if text.lstrip().startswith("{"):
            return dict(json.loads(text))
        pairs = (one.partition("=") for one in NEXT_FIELD.split(text))
        found = {name.strip(): _typed(types[name.strip()], value) for name, _, value in pairs}
    except (KeyError, ValueError):
        known = "、".join(types)
        raise typer.BadParameter(
            f"“{text[:60]}”应写作 字段=值,字段=值（可用：{known}）或 JSON",
            param_hint=f"'{field.option}'",
        ) from None
    return found


def _typed(sort: str, value: str) -> object:
    if sort in {"number", "integer"}:
        return int(value) if value.lstrip("-").isdigit() else float(value)
    return SEPARATOR.split(value) if sort == "array" else value
