"""What stands in the head of every page, by who looks at it."""

from dataclasses import dataclass

from domain.items import Actor
from domain.permissions import Right, has_right
from web.sessions import Visitor


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the menu."""

    title: str
    address: str
    here: bool = False


ENTRIES: tuple[tuple[str, str, Right], ...] = (
    ("办公桌", "/", Right.SIGNED_IN),
    ("事项台账", "/items", Right.SIGNED_IN),
    ("登记事项", "/items/new", Right.REGISTER),
    ("消息", "/inbox", Right.SIGNED_IN),
    ("全年", "/year", Right.SIGNED_IN),
    ("本单位情况", "/standing", Right.ANSWER_CIRCULARS),
    ("来源", "/sources", Right.READ_SOURCES),
    ("统计", "/stats", Right.SIGNED_IN),
    ("文书", "/documents", Right.READ_CIRCULARS),
    ("通报", "/circulars", Right.READ_CIRCULARS),
    ("扣分", "/deductions", Right.READ_DEDUCTIONS),
    ("单位", "/units", Right.READ_RULES),
    ("代理", "/stand-ins", Right.READ_RULES),
    ("账号", "/accounts", Right.ACCOUNTS),
    ("工作日历", "/calendar", Right.READ_RULES),
    ("设置", "/settings", Right.READ_RULES),
    ("规则落实", "/rules", Right.READ_RULES),
    ("运行情况", "/health", Right.RUNNING),
)


def menu_of(visitor: Visitor, path: str) -> list[Entry]:
    """The entries that lead somewhere for this visitor; the longest that fits is where he is."""
    if visitor.actor is None or visitor.must_change:
        return []
    shown = [(title, to) for title, to, right in ENTRIES if _has(visitor.actor, right)]
    fitting = [to for _, to in shown if path == to or (to != "/" and path.startswith(f"{to}/"))]
    here = max(fitting, key=len, default="")
    return [Entry(title=title, address=to, here=to == here) for title, to in shown]


def _has(actor: Actor, right: Right) -> bool:
    return has_right(right, actor)
