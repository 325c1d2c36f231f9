"""What is counted of an item, and which entries of its timeline say so (R12, R49, R58).

Every figure is worked out of the timeline alone, beside what never changes after the 下达. The
database adds the same figures up in SQL (:mod:`store.figures`); a test holds the two to be one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from domain.items import ENDED, UNISSUED, Kind, Outcome, Status

CIRCULAR = "record_circular"
"""The act by which a 通报 is put on an item's record (T24)."""
LIFTED = "lift_circular"
"""The act by which it is taken off again, for it was withdrawn (R52)."""
RESULT_CLOCKS = ("result", "rework")
"""How the keys of the clocks begin by which a result is owed."""
RECEIPT_CLOCK = "receipt"
_STRUCK_OFF = frozenset({Status.CLOSED, Status.ARCHIVED})
_MISSING_RESULT = frozenset({Status.ISSUED, Status.IN_PROGRESS, Status.AWAITING_SIGN_OFF})
_WAITING = frozenset({Status.AWAITING_SIGN_OFF, Status.AWAITING_REVIEW})


class Line(Protocol):
    """An entry of a timeline, as far as figures look at it."""

    @property
    def seq(self) -> int:
        """Its number."""
        ...

    @property
    def act(self) -> str:
        """What was done, or rang."""
        ...

    @property
    def at(self) -> datetime:
        """When."""
        ...

    @property
    def outcome(self) -> str:
        """Whether it was done or refused."""
        ...

    @property
    def status(self) -> str:
        """The item's after it."""
        ...

    @property
    def covert(self) -> bool:
        """Whether the unit must not know (R24)."""
        ...

    @property
    def settles(self) -> int | None:
        """The entry it confirms or annuls."""
        ...

    @property
    def body(self) -> Mapping[str, Any]:
        """As it was sent."""
        ...

    @property
    def changed(self) -> Mapping[str, Any]:
        """Field → before, after."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An item for counting: what it was handed out as, and its whole timeline in order.

    ``issued_at`` is the last 下达; ``first_due_at`` is its limit as first set, where no entry has
    said another since. ``waits_for_parts``: some part of it is unfinished; that is the one thing
    its own timeline does not tell.
    """

    id: str
    kind: str
    lead_unit: str
    issued_at: datetime
    first_due_at: datetime | None
    lines: tuple[Line, ...]
    waits_for_parts: bool = False

    @property
    def is_slot(self) -> bool:
        """Whether it is the report of a period: those are counted apart (R45)."""
        return self.kind == Kind.SLOT


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """How much an item adds to a figure, and the entries that say so."""

    amount: int = 0
    entries: tuple[int, ...] = ()


NOTHING = Proof()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a timeline says by its end. The numbers are those of the entries that say so; 0 where
    none does."""

    case: Case
    status: Status
    handed_out: int
    closed: int
    closed_at: datetime | None
    lapsed: bool
    lapses: tuple[int, ...]
    due_at: datetime | None
    overdue: int
    standing: tuple[Line, ...]

    def acts(self, name: str) -> tuple[Line, ...]:
        """The standing entries of that act."""
        return tuple(line for line in self.standing if line.act == name)


def standing(lines: Iterable[Line]) -> tuple[Line, ...]:
    """The entries that were done, and that nobody annulled since."""
    done = [line for line in lines if line.outcome == Outcome.DONE]
    annulled = {line.settles for line in done if line.act == "annul_act"}
    return tuple(line for line in done if line.seq not in annulled)


def told(case: Case) -> Told:
    """What the timeline of ``case`` says."""
    handed_out, closed, closed_at = 0, 0, None
    lapsed, due_at, lapses = False, case.first_due_at, list[Line]()
    status = Status.DRAFT
    for line in case.lines:
        if line.outcome != Outcome.DONE:
            continue
        before, status = status, Status(line.status)
        handed_out = _handed_out(line, before, status, handed_out)
        if status is Status.CLOSED and before is not Status.CLOSED:
            closed, closed_at = line.seq, line.at
        if "due_at" in line.changed:
            due_at = _instant(line.changed["due_at"][1])
        if _is_lapse(line, *RESULT_CLOCKS):
            lapses.append(line)
        lapsed = line.changed["lapsed"][1] if "lapsed" in line.changed else lapsed
        if not lapsed:
            lapses.clear()  # a paper entered afterwards showed that nothing was late
    present = [line.seq for line in lapses if _instant(line.body.get("due_at")) == due_at]
    return Told(
        case=case,
        status=status,
        handed_out=handed_out,
        closed=closed if status in _STRUCK_OFF else 0,
        closed_at=closed_at if status in _STRUCK_OFF else None,
        lapsed=lapsed,
        lapses=tuple(line.seq for line in lapses),
        due_at=due_at,
        overdue=present[-1] if present and status in _MISSING_RESULT else 0,
        standing=standing(case.lines),
    )


def _handed_out(line: Line, before: Status, after: Status, so_far: int) -> int:
    """A unit has it from its 下达 on, until the office takes a wrongly assigned one back (T7)."""
    if line.act == "decide_return" and after in UNISSUED:
        return 0
    issued = line.act == "issue" or (before in UNISSUED and after is Status.ISSUED)
    return line.seq if issued else so_far


def _is_lapse(line: Line, *clocks: str) -> bool:
    return line.act == "lapse" and str(line.body.get("clock", "")).startswith(clocks)


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


# --- figures --------------------------------------------------------------------------------------


class Figure(StrEnum):
    """What is counted (R58, R12)."""

    ISSUED = "issued"
    OPEN = "open"
    DUE = "due"
    CLOSED = "closed"
    TERMINATED = "terminated"
    CLOSED_ON_TIME = "closed_on_time"
    SETTLED = "settled"
    LAPSED = "lapsed"
    OVERDUE_NOW = "overdue_now"
    CLOSED_SECONDS = "closed_seconds"
    EXTENSIONS = "extensions"
    RETURNS = "returns"
    REMINDERS = "reminders"
    CIRCULARS = "circulars"
    WAITING = "waiting"
    WAITING_FOR_PARTS = "waiting_for_parts"
    SLOTS = "slots"
    SLOTS_LAPSED = "slots_lapsed"
    MISASSIGNED = "misassigned"
    UNSIGNED = "unsigned"
    NO_RESULT = "no_result"
    NO_REPORT = "no_report"


FIGURE_NAMES = {
    Figure.ISSUED: "下达",
    Figure.OPEN: "在办",
    Figure.DUE: "已到期",
    Figure.CLOSED: "办结",
    Figure.TERMINATED: "终止",
    Figure.CLOSED_ON_TIME: "按期办结",
    Figure.SETTLED: "已见分晓（办结的，和未办结而逾期过的）",
    Figure.LAPSED: "曾经逾期",
    Figure.OVERDUE_NOW: "现在逾期",
    Figure.CLOSED_SECONDS: "办结用时（秒）",
    Figure.EXTENSIONS: "申请延期",
    Figure.RETURNS: "退回补办",
    Figure.REMINDERS: "催办",
    Figure.CIRCULARS: "通报",
    Figure.WAITING: "结果待阅签、待审核",
    Figure.WAITING_FOR_PARTS: "待分项办结",
    Figure.SLOTS: "周期报告",
    Figure.SLOTS_LAPSED: "逾期的周期报告",
    Figure.MISASSIGNED: "退件获同意",
    Figure.UNSIGNED: "交而未签收",
    Figure.NO_RESULT: "到期无结果",
    Figure.NO_REPORT: "有结果无书面材料",
}


def proof(figure: Figure, of: Told, now: datetime) -> Proof:
    """What an item adds to ``figure`` at ``now``; only what a unit has counts (``handed_out``)."""
    if figure in _OF_SLOTS_TOO:
        counts = bool(of.handed_out)
    elif figure in _OF_SLOTS:
        counts = bool(of.handed_out) and of.case.is_slot
    elif figure is Figure.MISASSIGNED:
        counts = True  # of all that was ever handed out
    else:
        counts = bool(of.handed_out) and not of.case.is_slot
    return _PROOFS[figure](of, now) if counts else NOTHING


_OF_SLOTS = frozenset({Figure.SLOTS, Figure.SLOTS_LAPSED})
_OF_SLOTS_TOO = frozenset({Figure.UNSIGNED, Figure.NO_RESULT})


def _once(fact: object, *entries: int) -> Proof:
    return Proof(amount=1, entries=tuple(e for e in entries if e)) if fact else NOTHING


def _each(lines: Iterable[Line]) -> Proof:
    seqs = tuple(line.seq for line in lines)
    return Proof(amount=len(seqs), entries=seqs)


def _last(of: Told) -> int:
    """The entry that brought it where it is."""
    moves = [line.seq for line in of.standing if "status" in line.changed or line.seq == 1]
    return moves[-1] if moves else 0


def _due(of: Told, now: datetime) -> Proof:
    off = of.status in {Status.TERMINATED, Status.SUSPENDED}
    return _once(not off and of.due_at is not None and of.due_at < now, of.handed_out)


def _settled(of: Told, _: datetime) -> Proof:
    if of.closed:
        return _once(of.closed, of.closed)
    return _once(of.lapsed and of.status is not Status.TERMINATED, *of.lapses)


def _closed_seconds(of: Told, _: datetime) -> Proof:
    if of.closed_at is None:
        return NOTHING
    spent = int((of.closed_at - of.case.issued_at).total_seconds())
    return Proof(amount=max(spent, 0), entries=(of.handed_out, of.closed))


def _no_result(of: Told, now: datetime) -> Proof:
    """办必果: signed for, its limit past, and nothing handed in."""
    past = of.due_at is not None and of.due_at < now
    return _once(past and of.status is Status.IN_PROGRESS, *of.lapses[-1:])


def _no_report(of: Told, _: datetime) -> Proof:
    """果必报: struck off, and neither the result has an attachment nor its 阅签 a scanned paper.
    Only the last result counts: the one that was accepted."""
    if not of.closed:
        return NOTHING
    results = [line for line in of.acts("submit_feedback") if line.body.get("final")]
    written = bool(results and results[-1].body.get("attachments"))
    signed = [line for line in of.acts("sign_off") if line.body.get("approved")]
    on_paper = bool(signed and signed[-1].body.get("recorded_from_paper"))
    return _once(not written and not on_paper, *(r.seq for r in results[-1:]), of.closed)


_PROOFS: dict[Figure, Callable[[Told, datetime], Proof]] = {
    Figure.ISSUED: lambda of, _: _once(of.handed_out, of.handed_out),
    Figure.OPEN: lambda of, _: _once(of.status not in ENDED, _last(of)),
    Figure.DUE: _due,
    Figure.CLOSED: lambda of, _: _once(of.closed, of.closed),
    Figure.TERMINATED: lambda of, _: _once(of.status is Status.TERMINATED, _last(of)),
    Figure.CLOSED_ON_TIME: lambda of, _: _once(of.closed and not of.lapsed, of.closed),
    Figure.SETTLED: _settled,
    Figure.LAPSED: lambda of, _: _once(of.lapsed, *of.lapses),
    Figure.OVERDUE_NOW: lambda of, _: _once(of.overdue, of.overdue),
    Figure.CLOSED_SECONDS: _closed_seconds,
    Figure.EXTENSIONS: lambda of, _: _each(of.acts("request_extension")),
    Figure.RETURNS: lambda of, _: _each(_reworks(of.standing)),
    Figure.REMINDERS: lambda of, _: _each(x for x in of.acts("remind") if not x.covert),
    Figure.CIRCULARS: lambda of, _: _each(_circulars(of)),
    Figure.WAITING: lambda of, _: _once(of.status in _WAITING, _last(of)),
    Figure.WAITING_FOR_PARTS: lambda of, _: _once(
        of.status is Status.AWAITING_REVIEW and of.case.waits_for_parts, _last(of)
    ),
    Figure.SLOTS: lambda of, _: _once(of.handed_out, of.handed_out),
    Figure.SLOTS_LAPSED: lambda of, _: _once(of.lapsed, *of.lapses),
    Figure.MISASSIGNED: lambda of, _: _each(_taken_back(of.standing)),
    Figure.UNSIGNED: lambda of, _: _once(of.status is Status.ISSUED, of.handed_out),
    Figure.NO_RESULT: _no_result,
    Figure.NO_REPORT: _no_report,
}


def _circulars(of: Told) -> Iterator[Line]:
    """The 通报 that were not withdrawn since."""
    lifted = [(line.body.get("number"), line.seq) for line in of.acts(LIFTED)]
    for line in of.acts(CIRCULAR):
        number = line.body.get("number")
        if not any(number == other and line.seq < later for other, later in lifted):
            yield line


def _raised(lines: Iterable[Line], field: str) -> Iterator[Line]:
    for line in lines:
        before, after = line.changed.get(field, (0, 0))
        if after > before:
            yield line


def _reworks(lines: Iterable[Line]) -> Iterator[Line]:
    """退回补办 (T22)."""
    return (line for line in _raised(lines, "returns") if line.act == "review")


def _taken_back(lines: Iterable[Line]) -> Iterator[Line]:
    """退件 that the office agreed to (T7)."""
    return _raised(lines, "misassigned")


# --- 延办、误办、漏办 -----------------------------------------------------------------------------


class FaultKind(StrEnum):
    """What 办法 六(二) calls 延办, 误办, 漏办 (R49). Of a wrong assignment the unit that had it is
    named; the error is the office's."""

    LATE = "late"
    REWORK = "rework"
    MISASSIGNED = "misassigned"
    MISSED = "missed"


FAULT_NAMES = {
    FaultKind.LATE: "延办（到期未办结）",
    FaultKind.REWORK: "误办（退回补办）",
    FaultKind.MISASSIGNED: "误办（交办有误，改由其他单位承办）",
    FaultKind.MISSED: "漏办（到期未签收）",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault, with the unit that had the item then and the entry that says so."""

    kind: FaultKind
    unit: str
    seq: int
    at: datetime


def faults(case: Case) -> tuple[Fault, ...]:
    """What went wrong with an item, in order. Late is counted once for each unit that had it."""
    of, stand = told(case), {line.seq for line in standing(case.lines)}
    reworks = {line.seq for line in _reworks(of.standing)}
    unit, found = first_unit(case), list[Fault]()
    for line in case.lines:
        kind = None
        if line.seq in of.lapses:
            kind = FaultKind.LATE
        elif line.seq in reworks:
            kind = FaultKind.REWORK
        elif line.seq in stand and _is_lapse(line, RECEIPT_CLOCK):
            kind = FaultKind.MISSED
        elif line.seq in stand and _wrongly_assigned(line):
            kind = FaultKind.MISASSIGNED
        known = kind is FaultKind.LATE and any((f.kind, f.unit) == (kind, unit) for f in found)
        if kind and not known:
            found.append(Fault(kind=kind, unit=unit, seq=line.seq, at=line.at))
        unit = unit_after(line, unit)
    return tuple(found)


def _wrongly_assigned(line: Line) -> bool:
    """退件 agreed to, or a leader's answer that gives it to another unit. A year-round task that
    is handed on (O19) was not wrongly assigned."""
    if line.act == "answer_coordination":
        return "lead_unit" in line.changed
    return any(True for _ in _taken_back([line]))


def first_unit(case: Case) -> str:
    """Who led it first."""
    moves = (line.changed["lead_unit"][0] for line in case.lines if "lead_unit" in line.changed)
    first: str = next(moves, case.lead_unit)
    return first


def unit_after(line: Line, before: str) -> str:
    """Who leads it after that entry."""
    after: str = line.changed["lead_unit"][1] if "lead_unit" in line.changed else before
    return after
