"""Reading what arrives from outside into the domain's values, with errors people can act on."""

import json
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from domain.acts import ACTS, Body
from domain.errors import Invalid
from domain.text import PATTERNS

T = TypeVar("T")

# Of all texts of a body together: more than three of the longest texts there may be.
MOST_CHARACTERS = 100_000

BODIES: dict[str, TypeAdapter[Body]] = {name: TypeAdapter(spec.body) for name, spec in ACTS.items()}

_CODES = {
    "missing": ("missing_field", "请填写"),
    "missing_keyword_only_argument": ("missing_field", "请填写"),
    "extra_forbidden": ("unknown_field", "没有这个字段"),
    "unexpected_keyword_argument": ("unknown_field", "没有这个字段"),
    "timezone_aware": ("naive_datetime", "时间须带时区，例如 2026-10-01T09:00:00+08:00"),
    "json_invalid": ("malformed_json", "不是合法的 JSON"),
}
# Where the error lies, but no name that the caller gave: the part of the request, the form chosen.
_NO_FIELDS = frozenset({"body", "query", "path", "header", "day", "instant"})
_REASONS = {
    "string_type": "须为文字",
    "string_too_short": "不能少于 {min_length} 个字符",
    "string_too_long": "不能超过 {max_length} 个字符",
    "bool_type": "须为 true 或 false",
    "bool_parsing": "须为 true 或 false",
    "dict_type": "须为对象",
    "dataclass_type": "须为对象",
    "model_type": "须为对象",
    "model_attributes_type": "须为对象",
    "list_type": "须为数组",
    "too_short": "至少填写 {min_length} 项",
    "too_long": "最多填写 {max_length} 项",
    "tuple_type": "须为数组",
    "float_type": "须为数字",
    "float_parsing": "须为数字",
    "finite_number": "须为数字",
    "int_type": "须为整数",
    "int_parsing": "须为整数",
    "int_parsing_size": "数字过大",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "greater_than": "须大于 {gt}",
    "less_than": "须小于 {lt}",
    "uuid_parsing": "不是有效的编号（UUID）",
    "enum": "不在允许的取值之内（{expected}）",
    "literal_error": "不在允许的取值之内（{expected}）",
}


def read_body(act: str, raw: object) -> Body:
    """The body of ``act``. Raises :class:`Invalid` saying which field is wrong, and how."""
    if act not in BODIES:
        raise Invalid("unknown_act", f"没有这项操作：{act[:60]}")
    return read(BODIES[act], raw)


def read(adapter: TypeAdapter[T], raw: object) -> T:
    """``raw`` (decoded JSON) as the adapter's type, read strictly: ``"yes"`` is not ``true``, a
    number is no date. Raises :class:`Invalid`."""
    try:
        if _check_characters(raw) > MOST_CHARACTERS:
            raise Invalid("body_too_large", f"内容过大，合计不能超过 {MOST_CHARACTERS} 字。")
        return adapter.validate_json(json.dumps(raw), strict=True)
    except ValidationError as error:
        raise invalid(error.errors(include_url=False)) from None
    except RecursionError:
        raise Invalid("unreadable_body") from None


def invalid(errors: list[Any]) -> Invalid:
    """The first of pydantic's errors gives the code; the detail names every field."""
    first = str(errors[0]["type"])
    code, _ = _CODES.get(first, ("invalid_field", ""))
    return Invalid(code, "；".join(_said(error) for error in errors[:10]) + "。")


def _said(error: dict[str, Any]) -> str:
    kind = str(error["type"])
    where = ".".join(str(part) for part in error["loc"] if part not in _NO_FIELDS)
    reason = _CODES[kind][1] if kind in _CODES else _reason(kind, error)
    return f"{where}：{reason}" if where else reason


def _reason(kind: str, error: dict[str, Any]) -> str:
    if kind == "string_pattern_mismatch":
        return PATTERNS.get(str(error["ctx"]["pattern"]), "格式不符")
    if kind.startswith(("datetime", "time")):
        return "不是有效的时间（如 2026-10-01T09:00:00+08:00）"
    if kind.startswith("date"):
        return "不是有效的日期（如 2026-10-01）"
    found = {name: str(said) for name, said in (error.get("ctx") or {}).items()}
    if "expected" in found:
        found["expected"] = found["expected"].replace(" or ", ", ").replace(", ", "、")
    return _REASONS.get(kind, "填写有误").format_map(found)


def _check_characters(raw: object) -> int:
    """How many characters there are. No text may hold what the record cannot store: NUL, other
    controls, lone surrogates."""
    if isinstance(raw, str):
        if any((ord(c) < 32 and c not in "\n\r\t") or 0xD800 <= ord(c) <= 0xDFFF for c in raw):
            raise Invalid("control_character")
        return len(raw)
    if isinstance(raw, dict):
        return sum(_check_characters(k) + _check_characters(v) for k, v in raw.items())
    if isinstance(raw, (list, tuple)):
        return sum(_check_characters(value) for value in raw)
    return 0
