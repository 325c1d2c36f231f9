"""指标 (A2, R2): what is to be reached, what has been, and whether that keeps up with the year
(序时进度)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from domain.clocks import Rule
from domain.errors import Invalid
from domain.items import Facts
from domain.parts import (
    MOST_TARGETS,
    Actual,
    Part,
    PartState,
    Period,
    Target,
    year_of_period,
)

WHOLE = 100.0
LONGEST_NAME = 200
LONGEST_UNIT = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a target stands: the last figure and the period it is of, in per cent of the target;
    ``expected`` is 序时进度 at the end of that period, ``behind`` the points below it."""

    target: Target
    actual: float | None = None
    as_of: str = ""
    completion: float | None = None
    expected: float | None = None
    behind: float = 0.0


def check_targets(facts: Facts) -> None:
    """Raises ``Invalid`` for targets named twice, at too great length, or too many."""
    names = [target.name for target in facts.targets]
    if len(names) > MOST_TARGETS:
        raise Invalid("too_many_targets")
    check_names("targets.name", names)
    check_names("targets.unit", [target.unit for target in facts.targets], LONGEST_UNIT)
    if len(set(names)) < len(names):
        raise Invalid("same_target")


def check_names(where: str, names: Iterable[str], longest: int = LONGEST_NAME) -> None:
    """Raises ``Invalid('name_too_long')``."""
    if any(len(name) > longest for name in names):
        raise Invalid("name_too_long", f"{where}：名称过长，不能超过 {longest} 字。")


def check_actuals(facts: Facts, actuals: Iterable[Actual]) -> None:
    """Raises ``Invalid('unknown_target')`` for a figure of something that is no target, and
    ``Invalid('repeated_target')`` for two of the same."""
    known, said = {target.name for target in facts.targets}, set[str]()
    for actual in actuals:
        if actual.name in said:
            raise Invalid("repeated_target", f"指标“{actual.name[:40]}”填写了两次。")
        said.add(actual.name)
        if actual.name not in known:
            raise Invalid("unknown_target", f"该事项没有“{actual.name[:40]}”这项指标。")


def standings(
    facts: Facts, parts: Iterable[Part], actuals: Iterable[Actual]
) -> tuple[Standing, ...]:
    """How each target of an item stands, by the last report that says so: its own, or the last
    period's."""
    reported = [part for part in parts if part.state is PartState.CLOSED and part.period]
    reported.sort(key=_end, reverse=True)
    own = tuple(actuals)
    return tuple(_standing(facts, target, reported, own) for target in facts.targets)


def most_behind(facts: Facts, parts: Iterable[Part], actuals: Iterable[Actual]) -> float:
    """The points by which the target farthest behind 序时进度 is behind it; 0 if none is."""
    if not facts.targets:
        return 0.0
    return max(one.behind for one in standings(facts, parts, actuals))


def _standing(
    facts: Facts, target: Target, reported: list[Part], own: tuple[Actual, ...]
) -> Standing:
    figure = _figure(own, target)
    if figure is not None:
        expected = _expected(facts.period) if facts.period else WHOLE
        return _judged(target, figure, facts.period.name if facts.period else "本项报告", expected)
    for part in reported:
        figure = _figure(part.actuals, target)
        if figure is not None:
            return _judged(target, figure, part.name, _expected(_period(part)))
    return Standing(target=target)


def _judged(target: Target, actual: float, as_of: str, expected: float) -> Standing:
    completion = round(actual / target.target * WHOLE, 2)
    return Standing(
        target=target,
        actual=actual,
        as_of=as_of,
        completion=completion,
        expected=round(expected, 2),
        behind=round(max(expected - completion, 0.0), 2),
    )


def _expected(period: Period) -> float:
    """序时进度 at the end of a period by whole months, but by days where the reports are weekly:
    of the year that the period belongs to, at most the whole of it."""
    end = min(period.ends_on, date(year_of_period(period), 12, 31))
    if period.rule is Rule.SLOT_WEEK:
        return end.timetuple().tm_yday / date(end.year, 12, 31).timetuple().tm_yday * WHOLE
    return end.month / 12 * WHOLE


def _period(part: Part) -> Period:
    assert part.period is not None
    return part.period


def _end(part: Part) -> date:
    return _period(part).ends_on


def _figure(actuals: Iterable[Actual], target: Target) -> float | None:
    return next((one.value for one in actuals if one.name == target.name), None)
