"""通报 and 落实不力: what a circular says, and the ledger of what it costs (R50–R53, T24–T27).

Points are whole hundredths, never fractions. The ledger is only ever added to: what is held back,
changed or revoked stands there as one more line, so that the plain sum of a unit's lines is its
deduction at any moment, and every step of it can be read.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from enum import StrEnum

from domain.errors import Invalid, within

MOST_POINTS = 10_000
"""One hundred points: more is a slip of the pen."""


class Stage(StrEnum):
    """How far a circular has come: drafted, approved by somebody else, issued by a person."""

    DRAFT = "draft"
    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    ISSUED = "issued"
    WITHDRAWN = "withdrawn"
    DISCARDED = "discarded"


STAGE_NAMES = {
    Stage.DRAFT: "拟稿",
    Stage.AWAITING_APPROVAL: "待批",
    Stage.APPROVED: "已批准",
    Stage.ISSUED: "已印发",
    Stage.WITHDRAWN: "已撤销",
    Stage.DISCARDED: "作废",
}
UNISSUED = frozenset({Stage.DRAFT, Stage.AWAITING_APPROVAL, Stage.APPROVED})
PUBLISHED = frozenset({Stage.ISSUED, Stage.WITHDRAWN})
"""What has gone out to all units; a withdrawn one stays readable, as withdrawn."""


class Tone(StrEnum):
    """What a circular does with an item (办法 四(四), 六(三)): only criticism costs points."""

    PRAISE = "praise"
    INFORM = "inform"
    CRITICISE = "criticise"


TONE_NAMES = {Tone.PRAISE: "表扬", Tone.INFORM: "情况通报", Tone.CRITICISE: "通报批评"}


class Ground(StrEnum):
    """情形 (办法 六(三), R50); ``STILL_OPEN`` is that of the further deduction (R53)."""

    G1 = "G1"
    G2 = "G2"
    G3 = "G3"
    G4 = "G4"
    G5 = "G5"
    STILL_OPEN = "still_open"


GROUND_NAMES = {
    Ground.G1: "抓得不紧",
    Ground.G2: "工作不力",
    Ground.G3: "敷衍应付",
    Ground.G4: "未按规定时限报送",
    Ground.G5: "未按质量要求完成",
    Ground.STILL_OPEN: "通报后仍未办理",
}
ENTRY_GROUNDS = frozenset(set(Ground) - {Ground.STILL_OPEN})
"""The five for which an item is criticised."""


class Publication(StrEnum):
    """公开属性, decided each time a circular goes out (R57)."""

    PUBLIC = "public"
    ON_REQUEST = "on_request"
    NONE = "none"


PUBLICATION_NAMES = {
    Publication.PUBLIC: "公开",
    Publication.ON_REQUEST: "依申请公开",
    Publication.NONE: "不公开",
}


def _points(default: int, clause: str) -> int:
    made: int = field(default=default, metadata={"clause": clause})
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsTable:
    """扣分标准 of a year (O9), in hundredths of a point. Raises ``Invalid('bad_points')``."""

    g1: int = _points(50, "办法 六(三) G1 [D]")
    g2: int = _points(50, "办法 六(三) G2 [D]")
    g3: int = _points(50, "办法 六(三) G3 [D]")
    g4: int = _points(20, "办法 六(三) G4 [D]")
    g5: int = _points(50, "办法 六(三) G5 [D]")
    still_open: int = _points(100, "办法 六(三) R53 [D]")

    def __post_init__(self) -> None:
        for one in fields(self):
            check_points(getattr(self, one.name))

    def of(self, ground: Ground) -> int:
        """What a deduction on that ground costs."""
        found: int = getattr(self, ground.value.lower())
        return found


def check_points(points: int) -> None:
    """Raises ``Invalid('bad_points')`` for what cannot be a deduction."""
    if type(points) is not int or not 0 <= points <= MOST_POINTS:
        raise Invalid("bad_points")


def points_of(text: str) -> int:
    """``"0.5"`` is 50. Raises ``Invalid('bad_points')``."""
    if not re.fullmatch(r"\d{1,3}(\.\d{1,2})?", text, re.ASCII):
        raise Invalid("bad_points")
    whole, _, rest = text.partition(".")
    points = int(whole) * 100 + int(rest.ljust(2, "0") or 0)
    check_points(points)
    return points


def points_text(points: int) -> str:
    """``0.50``, ``-0.20``."""
    whole, rest = divmod(abs(points), 100)
    return f"{'-' if points < 0 else ''}{whole}.{rest:02}"


def circular_number(name: str, year: int, sequence: int) -> str:
    """``督查通报〔2026〕第1期``: what circulars are called, and the issue (O13)."""
    return f"{name}〔{year}〕第{sequence}期"


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """What a circular's number is made of."""

    name: str
    year: int
    sequence: int


def numbered(number: str) -> Numbered:
    """The parts of a :func:`circular_number`."""
    found = re.fullmatch(r"(.*)〔(\d+)〕第(\d+)期", number, re.ASCII | re.DOTALL)
    assert found is not None, number
    return Numbered(name=found[1], year=int(found[2]), sequence=int(found[3]))


@dataclass(frozen=True, slots=True, kw_only=True)
class CircularEntry:
    """One item in a circular: the unit, what is said of it, on which ground, what is required and
    by when (R51). ``proposal`` is the number of the proposal it takes up."""

    no: int
    item_id: str
    item_number: str
    item_title: str
    unit: str
    unit_name: str
    tone: Tone
    facts: str
    ground: Ground | None = None
    requirement: str = ""
    new_due_on: date | None = None
    proposal: int | None = None

    @property
    def criticises(self) -> bool:
        """Whether it counts against its unit (R52)."""
        return self.tone is Tone.CRITICISE


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a circular says."""

    title: str
    opening: str = ""
    entries: tuple[CircularEntry, ...] = ()

    @property
    def criticises(self) -> bool:
        """Whether it says anything critical of anybody."""
        return any(entry.criticises for entry in self.entries)

    def entry(self, no: int) -> CircularEntry | None:
        """The entry of that number."""
        return next((entry for entry in self.entries if entry.no == no), None)


def check_draft(draft: Draft, today: date) -> None:
    """Raises :class:`Invalid` for what no circular can say."""
    counted: set[tuple[str, str]] = set()
    for n, entry in enumerate(draft.entries):
        with within(f"entries.{n}"):
            _check_entry(entry, today)
            if (about := (entry.item_id, entry.unit)) in counted:
                raise Invalid("same_entry")
            counted.add(about)


def _check_entry(entry: CircularEntry, today: date) -> None:
    if entry.criticises and entry.ground not in ENTRY_GROUNDS:
        raise Invalid("ground_required")
    if not entry.criticises and (entry.ground or entry.new_due_on):
        raise Invalid("ground_not_applicable")
    if entry.new_due_on and entry.new_due_on < today:
        raise Invalid("due_not_after_now", "要求办结的日期（new_due_on）不能早于今天。")


class LineKind(StrEnum):
    """Why a line stands in the ledger."""

    DEDUCTED = "deducted"
    HELD = "held"
    RELEASED = "released"
    CHANGED = "changed"
    REVOKED = "revoked"
    WITHDRAWN = "withdrawn"


LINE_NAMES = {
    LineKind.DEDUCTED: "扣分",
    LineKind.HELD: "暂缓计入",
    LineKind.RELEASED: "恢复计入",
    LineKind.CHANGED: "复核变更",
    LineKind.REVOKED: "复核撤销",
    LineKind.WITHDRAWN: "通报撤销冲销",
}


class Hold(StrEnum):
    """Why a deduction does not count for the time being."""

    RECHECK = "recheck"
    OBSTACLE = "obstacle"


HOLD_NAMES = {
    Hold.RECHECK: "复核期间",
    Hold.OBSTACLE: "提请协调事项尚待领导答复",
}


class RecheckOutcome(StrEnum):
    """维持、变更、撤销 (C14)."""

    UPHELD = "upheld"
    CHANGED = "changed"
    REVOKED = "revoked"


OUTCOME_NAMES = {
    RecheckOutcome.UPHELD: "维持",
    RecheckOutcome.CHANGED: "变更",
    RecheckOutcome.REVOKED: "撤销",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """陈述意见 of the unit; ``late``: after the time it had."""

    text: str
    at: datetime
    by_name: str
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recheck:
    """复核 (C14): asked for by the unit, decided by somebody who had no part in the circular."""

    reason: str
    asked_at: datetime
    by_name: str
    decide_by: date
    late: bool = False
    overdue: bool = False
    outcome: RecheckOutcome | None = None
    opinion: str = ""
    decided_at: datetime | None = None
    decided_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deduction:
    """扣分: one for each (通报, item, unit), and one more where the item stays open (R52, R53).
    ``points`` as they were first set, ``standing`` as they stand now, held back or not."""

    no: int
    entry_no: int
    item_id: str
    unit: str
    unit_name: str
    ground: Ground
    year: int
    points: int
    standing: int
    made_at: datetime
    answer_due_on: date
    proposal: int | None = None
    holds: tuple[Hold, ...] = ()
    answer: Answer | None = None
    answer_missed: bool = False
    recheck: Recheck | None = None
    ended: bool = False

    @property
    def counted(self) -> int:
        """What it costs at this moment: the sum of its lines."""
        return 0 if self.holds else self.standing

    @property
    def recheck_pending(self) -> bool:
        """Whether a 复核 is asked for and not decided."""
        return self.recheck is not None and self.recheck.outcome is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the ledger, as it is added; ``points`` may be negative, or nothing."""

    deduction: int
    kind: LineKind
    points: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A deduction after a step, and the lines the step adds."""

    deduction: Deduction
    lines: tuple[Line, ...]


def deducted(new: Deduction, reason: str) -> Changed:
    """A new deduction, which counts at once."""
    return _step(new, replace(new, standing=0, holds=()), LineKind.DEDUCTED, reason)


def held(deduction: Deduction, why: Hold) -> Changed:
    """``deduction`` as long as it does not count."""
    if why in deduction.holds:
        return Changed(deduction=deduction, lines=())
    after = replace(deduction, holds=(*deduction.holds, why))
    return _step(after, deduction, LineKind.HELD, HOLD_NAMES[why])


def released(deduction: Deduction, why: Hold) -> Changed:
    """``deduction`` once the reason to hold it back is gone; another may be left."""
    if why not in deduction.holds:
        return Changed(deduction=deduction, lines=())
    after = replace(deduction, holds=tuple(one for one in deduction.holds if one is not why))
    return _step(after, deduction, LineKind.RELEASED, f"{HOLD_NAMES[why]}结束")


def settled(deduction: Deduction, points: int, kind: LineKind, reason: str) -> Changed:
    """``deduction`` set to ``points`` by a decision; nothing once it is ``ended``."""
    check_points(points)
    ended = deduction.ended or kind in {LineKind.REVOKED, LineKind.WITHDRAWN}
    after = replace(deduction, standing=points, ended=ended)
    return _step(after, deduction, kind, reason)


def _step(after: Deduction, before: Deduction, kind: LineKind, reason: str) -> Changed:
    points = after.counted - before.counted
    line = Line(deduction=after.no, kind=kind, points=points, reason=reason)
    return Changed(deduction=after, lines=(line,))


def running(points: Iterable[int]) -> tuple[int, ...]:
    """The sums after each line of a sheet; the last is its total (R52: it adds up)."""
    sums: list[int] = []
    for one in points:
        sums.append((sums[-1] if sums else 0) + one)
    return tuple(sums)
