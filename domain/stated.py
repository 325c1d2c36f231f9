"""What a seal covers of a value: every field that says something.

Fields that came with a later release are left out while they say nothing, so that what an earlier
release has sealed, and its successor records, still holds.
"""

from collections.abc import Mapping
from dataclasses import Field, fields, is_dataclass
from typing import Any

LATER: Mapping[str, bool] = {"later": True}
"""Metadata of a field that an earlier release did not have."""


def stated(value: Any) -> Any:  # noqa: ANN401 - any value made of dataclasses
    """``value`` as plain dicts, lists and leaves, as :func:`dataclasses.asdict` gives them."""
    if is_dataclass(value):
        return {
            f.name: stated(getattr(value, f.name))
            for f in fields(value)
            if not _says_nothing(f, getattr(value, f.name))
        }
    if isinstance(value, list | tuple):
        return type(value)(stated(one) for one in value)
    if isinstance(value, dict):
        return {key: stated(one) for key, one in value.items()}
    return value


def _says_nothing(field: "Field[Any]", value: object) -> bool:
    return bool(field.metadata.get("later")) and value == field.default
