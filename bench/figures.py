"""A figure: what was measured, how often, how it spread, and whether it reaches its goal."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Literal

Statistic = Literal["median", "p95", "p99", "max"]


@dataclass(frozen=True, slots=True)
class Goal:
    """The limit that a figure should keep."""

    sense: Literal["≤", "≥"]
    limit: float

    @property
    def said(self) -> str:
        """As it is shown."""
        return f"{self.sense} {self.limit:g}"

    def met_by(self, value: float) -> bool:
        """Whether ``value`` keeps it."""
        return value <= self.limit if self.sense == "≤" else value >= self.limit


def at_most(limit: float) -> Goal:
    """A goal from above."""
    return Goal("≤", limit)


def at_least(limit: float) -> Goal:
    """A goal from below."""
    return Goal("≥", limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table. ``value`` is what the goal is asked of: the ``statistic`` of the
    ``n`` values, which lay between ``least`` and ``most``."""

    key: str
    title: str
    unit: str
    n: int
    least: float
    median: float
    p95: float
    p99: float
    most: float
    statistic: Statistic
    value: float
    goal: Goal | None = None
    met: bool | None = None
    remark: str = ""

    def as_json(self) -> dict[str, Any]:
        """For the file of results."""
        shown = asdict(self)
        return shown | {"goal": self.goal.said if self.goal else None}


def figure(
    key: str,
    title: str,
    unit: str,
    values: Sequence[float],
    *,
    statistic: Statistic = "median",
    goal: Goal | None = None,
    remark: str = "",
) -> Figure:
    """The figure of these values, of which there is at least one."""
    statistics = {
        "median": median(values),
        "p95": quantile(values, 0.95),
        "p99": quantile(values, 0.99),
        "max": max(values),
    }
    value = statistics[statistic]
    return Figure(
        key=key,
        title=title,
        unit=unit,
        n=len(values),
        least=min(values),
        median=statistics["median"],
        p95=statistics["p95"],
        p99=statistics["p99"],
        most=statistics["max"],
        statistic=statistic,
        value=value,
        goal=goal,
        met=None if goal is None else goal.met_by(value),
        remark=remark,
    )


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least ``share`` of them do not exceed."""
    return sorted(values)[max(math.ceil(share * len(values)) - 1, 0)]
