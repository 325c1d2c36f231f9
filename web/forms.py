"""Forms that are drawn from the API's own bodies, and what people fill into them, read back.

Names of inputs are paths: ``milestones.0.due_on`` is the date in the first row. What is left blank
is not sent.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from domain.items import Json
from web.words import CHOICES, HINTS, LABELS, LABELS_BELOW, LONG, YES_NO

BLANK_ROWS = 3
MOST_ROWS = 60
KEY = "key"
SEEN = "seen"
"""What a form that changes something was opened with."""
MORE = "more"
"""The button that asks for more rows of a field: the form is drawn again, and nothing is done."""


OWN = frozenset({"csrf", KEY, SEEN, "seq", "sure"})
"""What a form says of itself, beside what is filled in."""


class Kind(StrEnum):
    """How a field is drawn."""

    LINE = "line"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    MOMENT = "moment"
    CHOICE = "choice"
    YES_NO = "yes_no"
    TICK = "tick"
    TICKS = "ticks"
    FILES = "files"
    FILE = "file"
    UNIT = "unit"
    UNITS = "units"
    NAMES = "names"
    ROWS = "rows"
    GROUP = "group"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a form. ``fields`` are those of a row or a group, their names without the path
    to it; ``options`` are what a line may say, with what each means; ``given`` names what each row
    is of, which nobody fills in: there are no other rows, and by itself it makes none; ``accept``
    are the kinds of files taken, where not all are."""

    name: str
    label: str
    kind: Kind
    required: bool = False
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    fields: "tuple[Field, ...]" = ()
    options: tuple[tuple[str, str], ...] = ()
    given: str = ""
    accept: tuple[str, ...] = ()


def fields_of(
    body: Any,  # noqa: ANN401 - a dataclass or model that pydantic reads
    *,
    above: str = "",
    without: Sequence[str] = (),
) -> tuple[Field, ...]:
    """The fields of a body, in its order; ``above`` is what the body is of, where its fields mean
    something else than elsewhere."""
    schema = TypeAdapter(body).json_schema()
    nested = schema.get("$defs", {})
    asked = set(schema.get("required", ()))
    return tuple(
        _field(name, found, nested, required=name in asked, above=above)
        for name, found in schema["properties"].items()
        if name not in without
    )


def _field(name: str, schema: Json, nested: Json, *, required: bool, above: str = "") -> Field:
    schema = _plain(schema, nested)
    named = f"{above}.{name}"
    known = named if named in CHOICES or named in _BY_NAME else name
    field = Field(
        name=name,
        label=LABELS_BELOW.get(named) or LABELS.get(name, name),
        kind=_kind(known, schema, nested, required=required),
        required=required,
        hint=_hint(named if above else name, required=required),
        choices=_choices(known, schema),
    )
    if field.kind is Kind.TICKS:
        return replace(field, choices=_choices(known, _plain(schema["items"], nested)))
    inner = _plain(schema["items"], nested) if field.kind is Kind.ROWS else schema
    if field.kind not in {Kind.ROWS, Kind.GROUP}:
        return field
    needed = set(inner.get("required", ()))
    return replace(
        field,
        fields=tuple(
            _field(below, found, nested, required=below in needed, above=name)
            for below, found in inner["properties"].items()
        ),
    )


def _hint(name: str, *, required: bool) -> str:
    """What is left blank where it may be is not said of what has to be filled in."""
    hint = HINTS.get(name, "")
    return "" if required and hint.endswith("不填") else hint


def _plain(schema: Json, nested: Json) -> Json:
    """The schema itself, without what merely says that it may be left out."""
    if "$ref" in schema:
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        return {**nested[schema["$ref"].rsplit("/", 1)[1]], **beside}
    for one in schema.get("anyOf", ()):
        if one.get("type") != "null":
            beside = {key: value for key, value in schema.items() if key != "anyOf"}
            return {**_plain(one, nested), **beside}
    return schema


_BY_FORMAT = {"date": Kind.DATE, "date-time": Kind.MOMENT}
_BY_NAME = {
    "attachments": Kind.FILES,
    "file_id": Kind.FILE,
    "lead_unit": Kind.UNIT,
    "new_lead_unit": Kind.UNIT,
    "co_units": Kind.UNITS,
    "account.unit": Kind.UNIT,
}


def _kind(name: str, schema: Json, nested: Json, *, required: bool) -> Kind:
    if found := _BY_NAME.get(name) or _BY_FORMAT.get(schema.get("format", "")):
        return found
    if name in CHOICES or "enum" in schema:
        return Kind.CHOICE if schema.get("type") != "array" else Kind.TICKS
    match schema.get("type"):
        case "boolean":
            return Kind.YES_NO if required else Kind.TICK
        case "integer" | "number":
            return Kind.NUMBER
        case "array":
            inner = _plain(schema["items"], nested)
            if "properties" in inner:
                return Kind.ROWS
            return Kind.TICKS if "enum" in inner else Kind.NAMES
        case "object":
            return Kind.GROUP
    return Kind.TEXT if name in LONG else Kind.LINE


def _choices(name: str, schema: Json) -> tuple[tuple[str, str], ...]:
    if schema.get("type") == "boolean":
        yes, no = YES_NO.get(name, ("是", "否"))
        return (("true", yes), ("false", no))
    names = CHOICES.get(name, {})
    values = [value for value in schema.get("enum", names) if value in names]
    return tuple((str(value), names[value]) for value in values)


def body_of(fields: Sequence[Field], form: Mapping[str, str], zone: ZoneInfo) -> Json:
    """What somebody filled in, as the API takes it. ``form`` has the last value of each name; of
    ticks and units the values with commas between."""
    body: Json = {}
    for field in fields:
        value = _value(field, field.name, form, zone)
        if value is not None:
            body[field.name] = value
    return body


def _value(field: Field, path: str, form: Mapping[str, str], zone: ZoneInfo) -> Any:  # noqa: ANN401
    if field.kind is Kind.ROWS:
        return _rows(field, path, form, zone)
    if field.kind is Kind.GROUP:
        found = _row(field, path, form, zone)
        return found or None
    said = form.get(path, "").strip() if field.kind is not Kind.TEXT else form.get(path, "")
    if field.kind is Kind.TICK:
        return True if said == "true" else None
    if not said.strip():
        return "" if field.required and field.kind in {Kind.LINE, Kind.TEXT, Kind.UNIT} else None
    return _read(field.kind, said, zone)


def _read(kind: Kind, said: str, zone: ZoneInfo) -> Any:  # noqa: ANN401
    """What one input says; what cannot be read goes to the API as it stands, which says so."""
    match kind:
        case Kind.YES_NO:
            return said == "true"
        case Kind.NUMBER:
            return _number(said)
        case Kind.NAMES:
            return [line.strip() for line in said.splitlines() if line.strip()]
        case Kind.TICKS | Kind.UNITS | Kind.FILES:
            return [part for part in re.split(r"[,，、\n\r]+", said) if part.strip()]
        case Kind.MOMENT:
            return _moment(said, zone)
        case Kind.FILE:
            # Chosen anew, it takes the place of what was uploaded before.
            return said.rsplit(",", 1)[-1]
    return said.replace("\r\n", "\n")


def _number(said: str) -> int | float | str:
    """What is no number, or none that JSON has, is left for the API to refuse."""
    try:
        number = int(said) if re.fullmatch(r"-?\d+", said) else float(said)
        return number if isfinite(number) else said
    except (ValueError, OverflowError):
        return said


def _moment(said: str, zone: ZoneInfo) -> str:
    """A browser's local time, as one with its offset."""
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        return said
    return (found if found.tzinfo else found.replace(tzinfo=zone)).isoformat()


def _rows(field: Field, path: str, form: Mapping[str, str], zone: ZoneInfo) -> Any:  # noqa: ANN401
    rows = (_row(field, f"{path}.{n}", form, zone) for n in range(MOST_ROWS))
    return [row for row in rows if row.keys() - {field.given}] or None


def _row(field: Field, path: str, form: Mapping[str, str], zone: ZoneInfo) -> Json:
    found: Json = {}
    for below in field.fields:
        value = _value(replace(below, required=False), f"{path}.{below.name}", form, zone)
        if value is not None:
            found[below.name] = value
    return found


def filled(fields: Sequence[Field], body: Mapping[str, Any], zone: ZoneInfo) -> dict[str, str]:
    """The values of a form's inputs that say ``body``: the other way about."""
    form: dict[str, str] = {}
    for field in fields:
        if (value := body.get(field.name)) is not None:
            form.update(_shown(field, field.name, value, zone))
    return form


def _shown(field: Field, path: str, value: Any, zone: ZoneInfo) -> dict[str, str]:  # noqa: ANN401
    if field.kind is Kind.ROWS:
        found: dict[str, str] = {}
        for n, row in enumerate(value):
            for below in field.fields:
                if (one := row.get(below.name)) is not None:
                    found.update(_shown(below, f"{path}.{n}.{below.name}", one, zone))
        return found
    if field.kind is Kind.GROUP:
        inner = ((below, value.get(below.name)) for below in field.fields)
        shown = [
            _shown(below, f"{path}.{below.name}", one, zone)
            for below, one in inner
            if one is not None
        ]
        return {name: said for part in shown for name, said in part.items()}
    if isinstance(value, bool):
        return {path: "true" if value else "false"}
    if field.kind is Kind.NAMES:
        return {path: "\n".join(map(str, value))}
    if isinstance(value, list | tuple):
        return {path: ",".join(map(str, value))}
    if field.kind is Kind.MOMENT:
        return {path: _local(str(value), zone)}
    return {path: f"{value:g}" if isinstance(value, float) else str(value)}


def _local(said: str, zone: ZoneInfo) -> str:
    return datetime.fromisoformat(said).astimezone(zone).strftime("%Y-%m-%dT%H:%M")


def rows_shown(field: Field, form: Mapping[str, str]) -> range:
    """The rows of a field to be drawn: those that are filled in, and some that are not, unless
    what there is to fill in is given."""
    taken = [
        int(found[1])
        for name, said in form.items()
        if said and (found := re.match(rf"{re.escape(field.name)}\.(\d+)\.", name))
    ]
    more = 0 if field.given else BLANK_ROWS
    return range(min(max(taken, default=-1) + 1 + more, MOST_ROWS))
