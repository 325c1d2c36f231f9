"""Reading what arrives from outside into the domain's values, with errors people can act on."""

from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from domain.acts import ACTS, Body
from domain.errors import Invalid

T = TypeVar("T")

BODIES: dict[str, TypeAdapter[Body]] = {name: TypeAdapter(spec.body) for name, spec in ACTS.items()}

_CODES = {
    "missing": ("missing_field", "缺少该字段"),
    "missing_keyword_only_argument": ("missing_field", "缺少该字段"),
    "extra_forbidden": ("unknown_field", "没有这个字段"),
    "unexpected_keyword_argument": ("unknown_field", "没有这个字段"),
    "timezone_aware": ("naive_datetime", "时间须带时区，例如 2026-10-01T09:00:00+08:00"),
    "json_invalid": ("malformed_json", "不是合法的 JSON"),
}
_REASONS = {
    "string_type": "须为文字",
    "bool_type": "须为 true 或 false",
    "bool_parsing": "须为 true 或 false",
    "dict_type": "须为对象",
    "dataclass_type": "须为对象",
    "model_attributes_type": "须为对象",
    "list_type": "须为数组",
    "tuple_type": "须为数组",
    "int_type": "须为整数",
    "int_parsing": "须为整数",
    "enum": "不在允许的取值之内",
    "literal_error": "不在允许的取值之内",
}


def read_body(act: str, raw: object) -> Body:
    """The body of ``act``. Raises :class:`Invalid` saying which field is wrong, and how."""
    if act not in BODIES:
        raise Invalid("unknown_act", f"没有这项操作：{act[:60]}")
    return read(BODIES[act], raw)


def read(adapter: TypeAdapter[T], raw: object) -> T:
    """``raw`` (decoded JSON) as the adapter's type. Raises :class:`Invalid`."""
    _check_characters(raw)
    try:
        return adapter.validate_python(raw)
    except ValidationError as error:
        raise invalid(error.errors(include_url=False)) from None


def invalid(errors: list[Any]) -> Invalid:
    """The first of pydantic's errors gives the code; the detail names every field."""
    first = str(errors[0]["type"])
    code, _ = _CODES.get(first, ("invalid_field", ""))
    return Invalid(code, "；".join(_said(error) for error in errors[:10]) + "。")


def _said(error: dict[str, Any]) -> str:
    kind = str(error["type"])
    where = ".".join(str(part) for part in error["loc"] if part not in {"body", "query", "path"})
    reason = _CODES[kind][1] if kind in _CODES else _reason(kind, error)
    return f"{where}：{reason}" if where else reason


def _reason(kind: str, error: dict[str, Any]) -> str:
    if kind.startswith(("date", "time")):
        return "不是有效的日期或时间（日期如 2026-10-01，时间须带时区）"
    expected = (error.get("ctx") or {}).get("expected")
    reason = _REASONS.get(kind, "填写有误")
    return f"{reason}（{expected}）" if expected else reason


def _check_characters(raw: object) -> None:
    """No text may hold what the record cannot store: NUL, other controls, lone surrogates."""
    if isinstance(raw, str):
        if any((ord(c) < 32 and c not in "\n\r\t") or 0xD800 <= ord(c) <= 0xDFFF for c in raw):
            raise Invalid("control_character")
    elif isinstance(raw, dict):
        for key, value in raw.items():
            _check_characters(key)
            _check_characters(value)
    elif isinstance(raw, (list, tuple)):
        for value in raw:
            _check_characters(value)
