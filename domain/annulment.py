"""Taking back an unverified act: what it changed goes back, unless something later rests on it.

What only the clock did since then is no such thing: reminders and lapses on a date that goes back
are taken back with it, and what the old date would have rung meanwhile rings now.
"""

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import datetime

from domain.clocks import LAPSE, WITHDRAWN, Clock, Rule, count_again, freeze, recount
from domain.errors import Refused
from domain.items import Changes, Facts, Item, Status, Unverified, is_spared
from domain.ladder import CHIEF, EXPLAINED, LEADER_WAITING, demand_explanation
from domain.parts import Part, PartState, merge_parts
from domain.year import is_replanned, missed, put_back

SCALARS = ("status", "coordination", "extension", "handed_in", "returns", "facts", "sent_back")
# What rings on a clock by itself, and what a loaded calendar refines without moving it.
BY_ITSELF = frozenset({"rungs", "told_at", "lapsed_at", "derivation", "provisional"})
BY_ACTS = frozenset(f.name for f in fields(Clock)) - BY_ITSELF


def before_of(item: Item, changes: Changes) -> Changes:
    """What ``changes`` is about to replace, with all that runs meanwhile."""
    scalars = {name: getattr(item, name) for name in SCALARS if getattr(changes, name) is not None}
    moved = changes.status not in {None, item.status}
    return Changes(
        clocks=item.running_clocks,
        escalation=item.escalation,
        spent=item.spent if moved else None,
        holder_since=item.holder_since if moved else None,
        parts=_plan_before(item, changes),
        **scalars,
    )


def _plan_before(item: Item, changes: Changes) -> tuple[Part, ...]:
    """The slots to come, and what else of the parts is about to be replaced."""
    changed = {part.key for part in changes.parts}
    planned = PartState.PLANNED
    return tuple(p for p in item.parts if changed and (p.state is planned or p.key in changed))


def take_back(item: Item, act: Unverified, now: datetime) -> Changes:
    """The changes that undo ``act``.

    Raises ``Refused('act_superseded')`` when the item has since moved on from what it left.
    """
    _check_nothing_rests_on(item, act, now)
    restored = list(_restored(item, act))
    withdrawn = list(_withdrawn(item, act, now))
    erased = _erased(item, [*restored, *withdrawn])
    scalars = {n: getattr(act.before, n) for n in SCALARS if getattr(act.after, n) is not None}
    suspended = scalars.get("status", item.status) is Status.SUSPENDED
    running = [*restored, *_missing_explanation(item, act, now)]
    running += [
        c if suspended else replace(c, remaining=None)
        for c in item.running_clocks
        if c.key not in _keys(act) and suspended is (c.remaining is None)
    ]
    clocks = [_up_to_date(item, clock, now, suspended=suspended) for clock in running]
    clocks += [*withdrawn, *_needless_explanations(item, [*restored, *withdrawn], now)]
    ladder_back = bool(erased) or act.after.escalation is not None
    return Changes(
        clocks=tuple(clock for clock in clocks if clock != item.clock(clock.key)),
        escalation=act.before.escalation if ladder_back else None,
        spent=act.before.spent,
        holder_since=act.before.holder_since,
        parts=_parts_back(item, act, scalars.get("facts", item.facts), now, suspended=suspended),
        **scalars,
    )


def _parts_back(
    item: Item, act: Unverified, facts: Facts, now: datetime, *, suspended: bool
) -> tuple[Part, ...]:
    """The slots as they were. Of one whose day passed meanwhile nobody knew: none is owed, unless
    the task is put off, and its resumption says so."""
    before = replace(item, facts=facts)
    parts = put_back(before, act.before.parts, act.after.parts, now)
    if suspended:
        return parts
    passed = missed(parts, now.date(), "有关操作撤销前本期已过，不要求报告")
    return merge_parts(parts, passed)


def met(item: Item, clock: Clock, at: datetime, now: datetime) -> tuple[Clock, ...]:
    """``clock`` met at ``at``, which may lie before its lapse: a paper entered afterwards (R17)
    shows that nothing was late (design §3.8). The lapse goes, and the explanations owed for it."""
    stopped = clock.stop(at)
    in_time = at < clock.lapses_at
    if clock.passed and in_time:
        rungs = tuple(rung for rung in clock.rungs if rung not in {LAPSE, CHIEF})
        stopped = replace(stopped, rungs=rungs, told_at=None)
    if clock.lapsed_at and at < clock.lapsed_at and not stopped.passed:
        stopped = replace(stopped, lapsed_at=None)
    if not lapse_withdrawn(clock, stopped):
        return (stopped,)
    needless = (c for c in item.running_clocks if c.rule is Rule.EXPLANATION and c.started_at > at)
    return (stopped, *(_withdraw(c, now) for c in needless))


def lapse_withdrawn(before: Clock, after: Clock) -> bool:
    """Whether a lapse was taken back between the two."""
    return (before.passed, before.lapsed) != (after.passed, after.lapsed)


def rests_on(item: Item, act: Unverified) -> Unverified | None:
    """The first earlier act, unverified too, that could be annulled no more with ``act`` there."""
    return next((u for u in item.unverified if u.seq < act.seq and _blocks(act, u)), None)


def _blocks(later: Unverified, earlier: Unverified) -> bool:
    scalars = {n for n in SCALARS if getattr(earlier.after, n) is not None}
    changed_again = any(getattr(later.after, n) is not None for n in scalars)
    slots = {p.key for p in later.after.parts} & {p.key for p in earlier.after.parts}
    fixed = _set(later) & _set(earlier)
    return changed_again or later.seq in earlier.rested_on or bool(fixed) or bool(slots)


def _set(act: Unverified) -> set[tuple[str, str]]:
    """The fields of clocks that must stand as ``act`` left them if it is to be annulled."""
    before = {clock.key: clock for clock in act.before.clocks}
    fixed = set()
    for left in act.after.clocks:
        was = before.get(left.key)
        anew = was is None or _dated_anew(was, left)
        fixed |= {(left.key, n) for n in BY_ACTS if anew or getattr(was, n) != getattr(left, n)}
    return fixed


def _keys(act: Unverified) -> set[str]:
    """The clocks that ran when the act was done, or that it started."""
    return {clock.key for clock in (*act.before.clocks, *act.after.clocks)}


def _check_nothing_rests_on(item: Item, act: Unverified, now: datetime) -> None:
    scalars = (n for n in SCALARS if getattr(act.after, n) is not None)
    changed_since = any(getattr(item, n) != getattr(act.after, n) for n in scalars)
    moved_since = act.moved_status and item.holder_since != act.at
    plan = act.before.parts
    planned_since = plan and is_replanned(item, plan, act.after.parts, now)
    if changed_since or moved_since or act.rested_on or planned_since:
        raise Refused("act_superseded")


def _restored(item: Item, act: Unverified) -> Iterator[Clock]:
    """The clocks that ran before the act, as they would be without it."""
    after = {clock.key: clock for clock in act.after.clocks}
    for was in act.before.clocks:
        current = item.clock(was.key)
        assert current is not None
        left = after.get(was.key, was)
        if _dated_anew(was, left):
            _check_same(left, current, BY_ACTS)
            yield _as_it_was(was, current)
        else:
            yield _untouched_date(act, was, left, current)


def _dated_anew(was: Clock, left: Clock) -> bool:
    """Whether an act gave the clock another date, or set a frozen one going."""
    thawed = was.remaining is not None and left.remaining is None
    return thawed or left.due_version != was.due_version


def _as_it_was(was: Clock, current: Clock) -> Clock:
    """The former date with its former ladder, as a new due version: what was said of the date
    between is said no more, and a later date is not taken for it. An explanation given stays."""
    given = tuple(rung for rung in current.rungs if rung == EXPLAINED)
    return replace(was, due_version=current.due_version + 1).with_rung(*given)


def _untouched_date(act: Unverified, was: Clock, left: Clock, current: Clock) -> Clock:
    changed = {f.name for f in fields(Clock) if getattr(was, f.name) != getattr(left, f.name)}
    _check_same(left, current, changed & BY_ACTS)
    untouched = {n for n in changed - {"rungs"} if getattr(current, n) == getattr(left, n)}
    clock = replace(current, **{name: getattr(was, name) for name in untouched})
    added = set(left.rungs) - set(was.rungs)
    if _spares(act.after) and not _spares(act.before):
        added.add(LEADER_WAITING)
    clock = replace(clock, rungs=tuple(r for r in clock.rungs if r not in added))
    lapsed_since = clock.is_result and clock.passed and not was.passed
    if lapsed_since and _spares(act.before) and clock.due_version == was.due_version:
        # It lapsed only because the act ended the waiting for the leader (O6).
        return _as_it_was(was, current)
    return clock


def _spares(changes: Changes) -> bool:
    return is_spared(changes.status, changes.handed_in)


def _check_same(left: Clock, current: Clock, names: frozenset[str] | set[str]) -> None:
    if any(getattr(current, name) != getattr(left, name) for name in names):
        raise Refused("act_superseded")


def _withdrawn(item: Item, act: Unverified, now: datetime) -> Iterator[Clock]:
    """The clocks that the act started: they should never have run."""
    before = {clock.key for clock in act.before.clocks}
    for left in act.after.clocks:
        if left.key in before:
            continue
        current = item.clock(left.key)
        assert current is not None
        _check_same(left, current, BY_ACTS)
        yield _withdraw(current, now)


def _withdraw(clock: Clock, now: datetime) -> Clock:
    return replace(clock.stop(now).with_rung(WITHDRAWN), lapsed_at=None, told_at=None)


def _erased(item: Item, clocks: list[Clock]) -> list[Clock]:
    """The result clocks whose lapse, as it stands on the item, is taken back with its date."""
    before = {clock.key: clock.passed and not clock.withdrawn for clock in clocks}
    return [c for c in item.result_clocks if c.passed and not before.get(c.key, True)]


def _needless_explanations(item: Item, clocks: list[Clock], now: datetime) -> list[Clock]:
    """The explanations demanded for lapses that were none: a former date that goes back may have
    passed too, but that was another lapse."""
    after = {clock.key: clock.told_at for clock in clocks}
    lapses = {c.told_at for c in item.result_clocks if c.told_at != after.get(c.key, c.told_at)}
    return [
        _withdraw(clock, now)
        for clock in item.running_clocks
        if clock.rule is Rule.EXPLANATION and clock.started_at in lapses
    ]


def _missing_explanation(item: Item, act: Unverified, now: datetime) -> list[Clock]:
    """The explanation that a lapse did not demand, because one seemed to be given."""
    owed = act.act == "explain_delay" and item.governing and item.governing.passed
    given_before = any(EXPLAINED in clock.rungs for clock in act.before.clocks)
    seemed_given = any(EXPLAINED in clock.rungs for clock in act.after.clocks)
    if owed and seemed_given and not given_before:
        return [demand_explanation(item, now.date(), now)]
    return []


def _up_to_date(item: Item, clock: Clock, now: datetime, *, suspended: bool) -> Clock:
    """``clock`` as the item now stands: a calendar loaded or a suspension begun meanwhile passed
    it by."""
    if clock.counts:
        because = "撤销操作后，按现行工作日历重新计算"
        counted = count_again(item.calendar, clock, item.policy)
        clock = recount(clock, counted, because=because, now=now, policy=item.policy)
    if suspended and clock.running and not clock.passed and clock.remaining is None:
        clock = freeze(clock, item.calendar, now)
    return clock
