"""The register of sources (来源): what may stand in it, and how far what it handed out has come.

One source may hand out many items, each by one of its clauses (R5, R9); a clause without an item is
漏办 (办法 六(二), R49) until a person decides that it needs none.
"""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from domain.acts import check_text, require_text
from domain.clocks import EARLIEST_YEAR, LATEST_YEAR
from domain.errors import DETAILS, Invalid, Refused
from domain.items import ENDED, Category, Facts, HandedIn, Kind, Source, Status
from domain.origins import (
    SOURCE_TYPE_NAMES,
    MeetingType,
    ProposalRole,
    SourceLevel,
    SourceType,
)
from domain.text import plain_name

MOST_CLAUSES = 500
_WAITING = frozenset({Status.AWAITING_SIGN_OFF, Status.AWAITING_REVIEW})
_PROPOSED = frozenset({SourceType.SUGGESTION, SourceType.PROPOSAL})
_ORDERED = frozenset({SourceType.DIRECTIVE, SourceType.TEMPORARY})
_SHARED = (
    *("reference", "date", "meeting_type", "level", "proposer", "role"),
    *("reply_due_on", "upstream_due_on"),
)
OWN_FIELDS = {
    "meeting_type": frozenset({SourceType.MEETING}),
    "proposer": _PROPOSED,
    "role": _PROPOSED,
    "reply_due_on": _PROPOSED,
    "upstream_due_on": frozenset({SourceType.UPPER, SourceType.DOCUMENT, SourceType.DIRECTIVE}),
}
"""Fields that only sources of these types have."""
# It stands in addresses: nothing that a path or a question is made of, and not dots alone.
_NO = re.compile(r"(?!\.+$)[^\s/\\?#%&]{1,20}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A source as registered. ``reference`` is its 文号, 纪要号 or number; ``date`` that on which
    it was held or dated; ``leader`` who gave the directive or took the chair."""

    type: SourceType
    title: str
    year: int
    reference: str = ""
    date: dt.date | None = None
    meeting_type: MeetingType | None = None
    leader: str = ""
    level: SourceLevel | None = None
    proposer: str = ""
    role: ProposalRole | None = None
    reply_due_on: dt.date | None = None
    upstream_due_on: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One thing a source asks for, by its number there (``三``, ``2.1``)."""

    no: str
    text: str
    note: str = ""


def checked(said: Registered) -> Registered:
    """``said`` as it is registered. Raises :class:`Invalid`."""
    for name, types in OWN_FIELDS.items():
        if getattr(said, name) and said.type not in types:
            kind = SOURCE_TYPE_NAMES[said.type]
            raise Invalid("field_not_for_source", f"“{kind}”没有 {name} 这一项，请不要填写。")
    if said.type is SourceType.MEETING and said.meeting_type is None:
        raise Invalid("meeting_type_required")
    for on in (said.date, said.reply_due_on, said.upstream_due_on):
        if on is not None:
            _check_year(on.year)
    _check_year(said.year)
    return replace(
        said,
        title=plain_name(said.title, "标题"),
        reference=_optional(said.reference, "文号、编号"),
        leader=_optional(said.leader, "领导姓名"),
        proposer=_optional(said.proposer, "提出人"),
    )


def _check_year(year: int) -> None:
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise Invalid("date_out_of_range")


def _optional(value: str, what: str) -> str:
    return plain_name(value, what) if value.strip() else ""


def filled(said: Source, source: Registered) -> Source:
    """``said`` of an item, what is left blank taken from its registered ``source``. A leader is
    taken only who handed it out himself: whoever is named there approves its end (T28)."""
    known = {
        "type": SOURCE_TYPE_NAMES[source.type],
        "leader": source.leader if source.type in _ORDERED else "",
        **{name: getattr(source, name) for name in _SHARED},
    }
    return replace(
        said, **{name: value for name, value in known.items() if not getattr(said, name)}
    )


def limited_by_reply(facts: Facts) -> Facts:
    """O24: a suggestion or proposal without a limit of its own has that of its reply."""
    limit = facts.due_on or facts.due_at or facts.scheme_due_on
    if facts.category is not Category.E or facts.kind is not Kind.DATED or limit:
        return facts
    return replace(facts, due_on=facts.source.reply_due_on)


def checked_clauses(said: Sequence[Clause]) -> tuple[Clause, ...]:
    """``said`` as they are registered. Raises :class:`Invalid`, also where two have one number."""
    found = tuple(checked_clause(clause) for clause in said)
    if len({clause.no for clause in found}) < len(found):
        raise Invalid("clause_repeated")
    if len(found) > MOST_CLAUSES:
        raise Invalid("too_many_clauses")
    return found


def check_room(there: Sequence[str], new: Sequence[Clause]) -> None:
    """Raises where ``new`` clauses cannot stand beside those ``there``: :class:`Refused` for a
    number that is taken, :class:`Invalid` where they are too many."""
    if {clause.no for clause in new} & set(there):
        raise Refused("clause_exists")
    if len(there) + len(new) > MOST_CLAUSES:
        raise Invalid("too_many_clauses")


def checked_clause(said: Clause) -> Clause:
    """``said`` as it is registered. Raises :class:`Invalid`."""
    no = said.no.strip()
    if not _NO.fullmatch(no) or not no.isprintable():
        raise Invalid("bad_clause_no")
    require_text(text=said.text)
    check_text(note=said.note)
    return replace(said, no=no)


def check_decision(*, needed: bool, reason: str) -> None:
    """Raises :class:`Invalid` where a clause is said to need no item, and not why (R49)."""
    if not needed and not reason.strip():
        raise Invalid("blank_text", f"reason：{DETAILS['blank_text']}")
    check_text(reason=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """An item of a source, as far as 件件有结果，事事有反馈 asks (办法 二(二), R9)."""

    clause: str | None
    status: Status
    has_feedback: bool
    hand_in: HandedIn

    @property
    def handed_in(self) -> bool:
        """A result, not an interim opinion, waits for 阅签 or 审核."""
        return self.status in _WAITING and not self.hand_in.interim

    @property
    def has_result(self) -> bool:
        """有结果: struck off (办结销号). A result handed in is not accepted yet, and what was
        terminated has none."""
        return self.status in ENDED and not self.terminated

    @property
    def terminated(self) -> bool:
        """Ended with approval and without a result: neither a result nor feedback is missed."""
        return self.status is Status.TERMINATED

    @property
    def awaits_feedback(self) -> bool:
        """Nothing was ever fed back, and something should be."""
        return not self.has_feedback and not self.terminated


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """R9 in figures. ``handed_in``: the result waits for 阅签 or 审核; ``uncovered``: clauses
    without an item, ``None`` for whoever does not see all items."""

    items: int
    with_result: int
    handed_in: int
    with_feedback: int
    terminated: int
    uncovered: int | None

    @property
    def sentence(self) -> str:
        """``共12项，9项有结果，11项有反馈；3条未立项。``"""
        said = f"共{self.items}项，{self.with_result}项有结果，{self.with_feedback}项有反馈"
        if self.handed_in:
            said += f"，{self.handed_in}项已报结果待审签"
        if self.terminated:
            said += f"，{self.terminated}项已终止"
        return f"{said}；{self.uncovered}条未立项。" if self.uncovered else f"{said}。"


def uncovered(
    clauses: Iterable[str], not_needed: Iterable[str], items: Iterable[Tracked]
) -> tuple[str, ...]:
    """The clauses that have no item, and of which nobody decided that they need none (漏办)."""
    settled = {*not_needed, *(item.clause for item in items)}
    return tuple(no for no in clauses if no not in settled)


def counts(items: Sequence[Tracked], uncovered: int | None) -> Counts:
    """The figures of a source's items."""
    return Counts(
        items=len(items),
        with_result=sum(item.has_result for item in items),
        handed_in=sum(item.handed_in for item in items),
        with_feedback=sum(item.has_feedback for item in items),
        terminated=sum(item.terminated for item in items),
        uncovered=uncovered,
    )
