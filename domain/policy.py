"""The settings of the rules: one frozen, validated record with an edition (design §3.19).

Every field names its clause in ``metadata['clause']``; ``[D]`` marks a default of ours where the
source gives none. What the source fixes itself (5个工作日, 5日, 次日, 复核的30日) is not a
setting: see :mod:`domain.clocks`.
"""

from dataclasses import Field, dataclass, field, fields, replace
from datetime import date, time
from typing import Any

from domain.errors import Invalid
from domain.stated import LATER

MOST_DAYS = 366
EXTRA_URGENT = "extra_urgent"
MAY_BE_ZERO = frozenset(
    {
        "reminder_days",
        "extensions_most",
        "week_slot_weekday",
        "target_yellow_points",
        "late_rung_minutes",
    }
)


def _setting(default: Any, clause: str, *, later: bool = False) -> Any:  # noqa: ANN401 - any type
    return field(default=default, metadata={"clause": clause, **(LATER if later else {})})


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Raises ``Invalid('bad_policy')`` when a value cannot be a rule."""

    edition: str = _setting("2021-07-16", "办法 七(二)")
    effective_on: date = _setting(date(2021, 7, 16), "办法 七(二) R55")
    reminder_days: tuple[int, ...] = _setting((3, 1, 0), "办法 四(三) R33 [D]")
    reminder_time: time = _setting(time(9, 0), "办法 四(三) R33 [D]")
    receipt_working_days: int = _setting(1, "办法 四(二) R27 [D]")
    roll_next_day: bool = _setting(True, "办法 五(三) 次日 O4 [D]")
    roll_next_day_extra_urgent: bool = _setting(True, "办法 二(四) 五(三) 次日 O4 [D]")
    roll_calendar_days: bool = _setting(True, "办法 五(三) 5日 O3 [D]")
    directive_in_working_days: bool = _setting(False, "办法 五(三) 5日 O3 [D]")
    close_of_business: time | None = _setting(None, "domain.md §3 rule 10 [D]")
    late_issue_counts_next_day: bool = _setting(False, "domain.md §3 rule 2 [D]")
    explanation_working_days: int = _setting(1, "办法 四(二) R28 [D]")
    chief_after_working_days: int = _setting(3, "办法 六(三) [D]")
    chief_grace_working_days: int = _setting(1, "design §3.2 [D]")
    return_working_days: int = _setting(1, "办法 六(二) R49 T7 [D]", later=True)
    ratification_working_days: int = _setting(1, "办法 二(四) R13 T5u [D]", later=True)
    rework_working_days: int = _setting(3, "办法 四(四) T22 [D]")
    after_circular_working_days: int = _setting(5, "办法 六(三) R53 O11 [D]")
    leader_report_working_days: int = _setting(1, "办法 六(三) R53 [D]", later=True)
    handling_working_days: int = _setting(5, "办法 六(三) R53 T27 [D]", later=True)
    criticism_needs_chief: bool = _setting(True, "domain.md §6 R51 [D]", later=True)
    answer_working_days: int = _setting(5, "办法 六(三) R52 [D]", later=True)
    held_for_recheck: bool = _setting(True, "条例 复核 C14 [D]", later=True)
    held_for_obstacle: bool = _setting(False, "办法 四(二) R52 [D]", later=True)
    extension_enabled: bool = _setting(True, "O7 [D]")
    extensions_most: int = _setting(1, "O7 [D]")
    new_date_most_days: int = _setting(366, "办法 四(三) R31 O7 [D]")
    leader_delay_spared: bool = _setting(True, "办法 四(四) O6 [D]")
    leader_delay_working_days: int = _setting(1, "办法 四(四) O6 [D]")
    slow_issue_working_days: int = _setting(1, "办法 五(三) R42 [D]")
    yellow_working_days: int = _setting(3, "domain.md §4 lights [D]")
    week_slot_weekday: int = _setting(4, "办法 五(四) [D]")
    month_slot_day: int = _setting(25, "办法 五(四) [D]")
    slot_rolls_forward: bool = _setting(True, "办法 五(四), domain.md §3 rule 8 [D]")
    target_yellow_points: int = _setting(0, "domain.md §4 lights, 序时进度 [D]", later=True)
    target_red_points: int = _setting(30, "domain.md §4 lights, 序时进度 [D]", later=True)
    late_rung_minutes: int = _setting(5, "design §5: a rung late because of us is never silent [D]")

    def __post_init__(self) -> None:
        if not self.edition.strip():
            raise Invalid("bad_policy", "规则须有版次（edition）。")
        for setting in fields(self):
            _check(setting, getattr(self, setting.name))
        if not 0 <= self.week_slot_weekday <= 6:
            raise Invalid("bad_policy", "week_slot_weekday 须为 0（周一）至 6（周日）。")
        if not 1 <= self.month_slot_day <= 28:
            raise Invalid("bad_policy", "month_slot_day 须为 1 至 28。")
        if len(set(self.reminder_days)) < len(self.reminder_days):
            raise Invalid("bad_policy", "reminder_days 不能重复。")
        if self.target_yellow_points > self.target_red_points:
            told = "target_yellow_points 不能大于 target_red_points：先亮黄灯，再亮红灯。"
            raise Invalid("bad_policy", told)

    def for_urgency(self, urgency: str) -> "Policy":
        """These rules as they are for an item of that urgency: 特急 may be set not to roll (O4)."""
        if urgency != EXTRA_URGENT or self.roll_next_day_extra_urgent:
            return self
        return replace(self, roll_next_day=False)


def _check(setting: "Field[Any]", value: object) -> None:
    """A switch is a switch; a number is a whole one within its bounds."""
    if isinstance(setting.default, bool):
        if not isinstance(value, bool):
            raise Invalid("bad_policy", f"{setting.name} 须为 true 或 false。")
    elif isinstance(setting.default, int | tuple):
        least = 0 if setting.name in MAY_BE_ZERO else 1
        numbers = value if isinstance(value, tuple) else (value,)
        fit = all(type(n) is int and least <= n <= MOST_DAYS for n in numbers)
        if not fit or isinstance(value, tuple) is not isinstance(setting.default, tuple):
            raise Invalid("bad_policy", f"{setting.name} 须为 {least} 至 {MOST_DAYS} 之间的整数。")


def clause_of(name: str) -> str:
    """The clause a policy field rests on."""
    return {f.name: str(f.metadata["clause"]) for f in fields(Policy)}[name]
