"""What the office's documents say of the office itself: its names, its 文号, whom it writes to.
No name of a district stands in the code; the office says it once (domain.md R32, R56)."""

from collections.abc import Collection
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from domain.errors import Invalid, Refused
from domain.text import is_blank

LONGEST = 200
MOST_RECIPIENTS = 100


def _setting(default: Any, name: str) -> Any:  # noqa: ANN401 - any type
    return field(default=default, metadata={"name": name})


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Raises ``Invalid('bad_office')``. A blank setting has not been made."""

    government: str = _setting("", "政府名称")
    government_office: str = _setting("", "政府办公室名称")
    supervision_office: str = _setting("", "督查室名称")
    number_prefix: str = _setting("", "文号机关代字")
    circular_title: str = _setting("", "督查通报名称")
    contact: str = _setting("", "联系人")
    phone: str = _setting("", "联系电话")
    recipients: tuple[str, ...] = _setting((), "主送单位")
    copies: tuple[str, ...] = _setting((), "抄送单位")
    leaders: tuple[str, ...] = _setting((), "专报、汇总报送的领导")

    def __post_init__(self) -> None:
        for setting in fields(self):
            name, value = setting.metadata["name"], getattr(self, setting.name)
            if isinstance(value, str):
                object.__setattr__(self, setting.name, _name(value, name))
                continue
            if len(value) > MOST_RECIPIENTS:
                raise Invalid("bad_office", f"{name}不能超过 {MOST_RECIPIENTS} 个。")
            listed = tuple(_name(one, name) for one in value)
            if any(is_blank(one) for one in listed):
                raise Invalid("bad_office", f"{name}中不能有空的名称。")
            object.__setattr__(self, setting.name, listed)


def _name(value: str, what: str) -> str:
    plain = value.strip()
    if len(plain) > LONGEST or not all(c.isprintable() for c in plain):
        raise Invalid("bad_office", f"{what}不能含控制字符，不能超过 {LONGEST} 字。")
    return plain


SETTING_NAMES = {setting.name: str(setting.metadata["name"]) for setting in fields(Office)}


def check_set(office: Office, needed: Collection[str]) -> None:
    """Raises ``Refused('office_not_set')``, naming those of the ``needed`` settings that are
    blank: a document never leaves with a gap where the office should stand."""
    missing = [name for name in SETTING_NAMES if name in needed and not getattr(office, name)]
    if missing:
        named = "、".join(f"{SETTING_NAMES[name]}（{name}）" for name in missing)
        raise Refused(
            "office_not_set", f"尚未设置：{named}；请督查室负责人先设置（PUT /settings/office）。"
        )


def changes(before: Office, after: Office) -> dict[str, list[Any]]:
    """What differs: setting → ``[before, after]``."""
    was, now = asdict(before), asdict(after)
    return {name: [was[name], now[name]] for name in was if was[name] != now[name]}
