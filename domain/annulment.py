"""Taking back an unverified act: what it changed goes back, unless something later rests on it."""

from dataclasses import fields, replace
from datetime import datetime

from domain.clocks import Clock
from domain.errors import Refused
from domain.items import Changes, Item, Unverified

SCALARS = ("status", "escalation", "coordination", "extension", "handed_in", "returns", "facts")


def before_of(item: Item, changes: Changes) -> Changes:
    """The values that ``changes`` is about to replace (a clock it starts has none)."""
    scalars = {name: getattr(item, name) for name in SCALARS if getattr(changes, name) is not None}
    clocks = tuple(c for new in changes.clocks if (c := item.clock(new.key)) is not None)
    return Changes(clocks=clocks, **scalars)


def take_back(item: Item, act: Unverified, now: datetime) -> Changes:
    """The changes that undo ``act``.

    Raises ``Refused('act_superseded')`` when the item has since moved on from what it left.
    """
    scalars = {}
    for name in SCALARS:
        left = getattr(act.after, name)
        if left is None:
            continue
        if getattr(item, name) != left:
            raise Refused("act_superseded")
        scalars[name] = getattr(act.before, name)
    before = {clock.key: clock for clock in act.before.clocks}
    clocks = tuple(_restore(item, before.get(c.key), c, now) for c in act.after.clocks)
    return Changes(clocks=clocks, **scalars)


def _restore(item: Item, before: Clock | None, after: Clock, now: datetime) -> Clock:
    current = item.clock(after.key)
    assert current is not None
    if before is None:
        return replace(current, stopped_at=now, lapsed_at=None)
    restored = {}
    for name in (f.name for f in fields(Clock) if f.name != "rungs"):
        was, left = getattr(before, name), getattr(after, name)
        if was == left:
            continue
        if getattr(current, name) != left:
            raise Refused("act_superseded")
        restored[name] = was
    added = set(after.rungs) - set(before.rungs)
    rungs = tuple(rung for rung in current.rungs if rung not in added)
    return replace(current, rungs=rungs, **restored)
