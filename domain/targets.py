"""指标 (A2, R2): what is to be reached, what has been, and whether that keeps up with the year
(序时进度)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from domain.clocks import Rule
from domain.errors import Invalid
from domain.items import Facts
from domain.parts import (
    MOST_TARGETS,
    Actual,
    Part,
    PartState,
    Period,
    Reported,
    Target,
    year_of_period,
)
from domain.text import day_text

Said = TypeVar("Said", Actual, Reported)

WHOLE = 100.0
LONGEST_NAME = 200
LONGEST_UNIT = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a target stands: the last figure and the period it is of, in per cent of the target;
    ``expected`` is 序时进度 of then, ``None`` for what has no year to keep up with, ``behind`` the
    points below it."""

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


def with_reported(
    known: Iterable[Reported], actuals: Iterable[Actual], on: date
) -> tuple[Reported, ...]:
    """What is ``known`` of an item's targets once ``actuals`` are reported on a day: a target not
    spoken of keeps its last figure."""
    by_name = {one.name: one for one in known}
    by_name |= {one.name: Reported(name=one.name, value=one.value, on=on) for one in actuals}
    return tuple(by_name.values())


def standings(
    facts: Facts, parts: Iterable[Part], actuals: Iterable[Reported]
) -> tuple[Standing, ...]:
    """How each target of an item stands, by the last figure of it: what the item itself reported,
    or what the report of a period said."""
    slots = [part for part in parts if part.period]
    own = tuple(actuals)
    return tuple(_standing(facts, target, slots, own) for target in facts.targets)


def most_behind(facts: Facts, parts: Iterable[Part], actuals: Iterable[Reported]) -> float:
    """The points by which the target farthest behind 序时进度 is behind it; 0 if none is."""
    if not facts.targets:
        return 0.0
    return max(one.behind for one in standings(facts, parts, actuals))


def _standing(
    facts: Facts, target: Target, slots: list[Part], own: tuple[Reported, ...]
) -> Standing:
    told = (p for p in slots if p.state is PartState.CLOSED and _figure(p.actuals, target))
    part = max(told, key=_owed_on, default=None)
    said = _figure(own, target)
    if said and (part is None or (said.on and said.on >= _owed_on(part))):
        as_of, expected = _own(facts, slots, said.on)
        return _judged(target, said.value, as_of, expected)
    figure = _figure(part.actuals, target) if part else None
    if part is None or figure is None:
        return Standing(target=target)
    return _judged(target, figure.value, part.name, _expected(_period(part)))


def _own(facts: Facts, slots: list[Part], on: date | None) -> tuple[str, float | None]:
    """Of when an item's own figure is, and what is expected by then: of a slot by the end of its
    period, of a year-round task on the day of the report."""
    if facts.period:
        return facts.period.name, _expected(facts.period)
    year = facts.year or next((year_of_period(_period(part)) for part in slots), None)
    expected = _by_days(year, on) if year and on else None
    return (f"{day_text(on)}报告" if on else "本项报告"), expected


def _judged(target: Target, actual: float, as_of: str, expected: float | None) -> Standing:
    completion = round(actual / target.target * WHOLE, 2)
    return Standing(
        target=target,
        actual=actual,
        as_of=as_of,
        completion=completion,
        expected=None if expected is None else round(expected, 2),
        behind=0.0 if expected is None else round(max(expected - completion, 0.0), 2),
    )


def _expected(period: Period) -> float:
    """序时进度 at the end of a period by whole months, but by days where the reports are weekly:
    of the year that the period belongs to, at most the whole of it."""
    year = year_of_period(period)
    if period.rule is Rule.SLOT_WEEK:
        return _by_days(year, period.ends_on)
    return min(period.ends_on, date(year, 12, 31)).month / 12 * WHOLE


def _by_days(year: int, on: date) -> float:
    """序时进度 of a year on a day: nothing before it, the whole of it afterwards."""
    days = (on - date(year, 1, 1)).days + 1
    return min(max(days / date(year, 12, 31).timetuple().tm_yday, 0.0), 1.0) * WHOLE


def _period(part: Part) -> Period:
    assert part.period is not None
    return part.period


def _owed_on(part: Part) -> date:
    return part.due_on or _period(part).ends_on


def _figure(said: Iterable[Said], target: Target) -> Said | None:
    return next((one for one in said if one.name == target.name), None)
