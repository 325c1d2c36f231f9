"""Official documents made from the record: their kinds, who makes which, their numbers and
publication marks, and what of an item's record they rest on (domain.md §5, O13, R57)."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Protocol

from domain.clocks import Clock
from domain.errors import Invalid, Refused
from domain.items import ENDED, Actor, Facts, Json, Outcome, Role, Status
from domain.text import is_blank

MOST_ITEMS = 200


class DocumentKind(StrEnum):
    """文书 (domain.md §5)."""

    NOTICE = "notice"
    ORDER = "order"
    REMINDER = "reminder"
    EXPLANATION = "explanation"
    EXTENSION = "extension"
    COORDINATION = "coordination"
    RESULT = "result"
    CLOSING = "closing"
    BRIEFING = "briefing"
    SUMMARY = "summary"
    CIRCULAR = "circular"


class Publication(StrEnum):
    """公开属性 (R57)."""

    PUBLIC = "public"
    ON_REQUEST = "on_request"
    WITHHELD = "withheld"


PUBLICATION_NAMES = {
    Publication.PUBLIC: "公开",
    Publication.ON_REQUEST: "依申请公开",
    Publication.WITHHELD: "不公开",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Whether a document is published, and why not. Raises ``Invalid('reason_required')``."""

    publication: Publication = Publication.WITHHELD
    reason: str = "政务督查内部工作文书"

    def __post_init__(self) -> None:
        if self.publication is not Publication.PUBLIC and is_blank(self.reason):
            raise Invalid("reason_required")


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentSpec:
    """One kind: ``word`` stands in its 文号 after the office's prefix, ``maker`` is who makes it,
    ``for_leaders`` says that units do not read it, ``needs`` which of the office's settings it
    prints; ``takes`` is what a person may add to the record, ``tells_of`` the act without which
    there is nothing to tell, ``untold`` the code of what is then refused."""

    kind: DocumentKind
    name: str
    word: str
    maker: Role = Role.OFFICE
    for_leaders: bool = False
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    tells_of: str = ""
    untold: str = ""


_NUMBER = "number_prefix"
_OFFICE = ("government_office", "supervision_office", _NUMBER, "contact", "phone")
_UNIT = ("supervision_office", _NUMBER)
_LEADERS = ("government_office", "supervision_office", _NUMBER, "leaders")

DOCUMENTS: dict[DocumentKind, DocumentSpec] = {
    spec.kind: spec
    for spec in (
        DocumentSpec(
            kind=DocumentKind.NOTICE,
            name="督查通知",
            word="通",
            needs=("government", *_OFFICE, "recipients", "copies"),
            takes=("recipients", "requirement"),
        ),
        DocumentSpec(
            kind=DocumentKind.ORDER,
            name="督办单",
            word="办",
            needs=_OFFICE,
            takes=("signed_by", "original"),
        ),
        DocumentSpec(
            kind=DocumentKind.REMINDER,
            name="催办通知",
            word="催",
            needs=_OFFICE,
            takes=("requirement", "report_by"),
            tells_of="remind",
            untold="not_reminded",
        ),
        DocumentSpec(
            kind=DocumentKind.EXPLANATION,
            name="未办结说明",
            word="说",
            maker=Role.UNIT,
            needs=_UNIT,
            tells_of="explain_delay",
            untold="not_explained",
        ),
        DocumentSpec(
            kind=DocumentKind.EXTENSION,
            name="延期申请表",
            word="延",
            maker=Role.UNIT,
            needs=_UNIT,
            tells_of="request_extension",
            untold="extension_not_requested",
        ),
        DocumentSpec(
            kind=DocumentKind.COORDINATION,
            name="提请协调（决策）单",
            word="协",
            maker=Role.UNIT,
            needs=_UNIT,
            tells_of="request_coordination",
            untold="coordination_not_requested",
        ),
        DocumentSpec(
            kind=DocumentKind.RESULT,
            name="办理结果报告",
            word="报",
            maker=Role.UNIT,
            needs=_UNIT,
            tells_of="sign_off",
            untold="not_signed_off",
        ),
        DocumentSpec(kind=DocumentKind.CLOSING, name="销号单", word="销", needs=_UNIT),
        DocumentSpec(
            kind=DocumentKind.BRIEFING,
            name="督查专报",
            word="",
            for_leaders=True,
            needs=_LEADERS,
            takes=("item_ids", "title", "recipients", "signed_by", "problems", "next_steps"),
        ),
        DocumentSpec(
            kind=DocumentKind.SUMMARY,
            name="督查情况汇总",
            word="汇",
            for_leaders=True,
            needs=_LEADERS,
            takes=("item_ids", "since", "until", "title", "recipients", "signed_by", "remark"),
        ),
        # Its number is the circular's own (domain.circulars.circular_number).
        DocumentSpec(
            kind=DocumentKind.CIRCULAR,
            name="督查通报",
            word="",
            needs=("government_office", "supervision_office", "recipients", "copies"),
        ),
    )
}
FOR_LEADERS = tuple(spec.kind for spec in DOCUMENTS.values() if spec.for_leaders)


def in_season(kind: DocumentKind, status: Status) -> bool:
    """Whether an item in that status can have a document of that kind: 销号单 once it is struck
    off (T23), 催办通知 until it has ended."""
    match kind:
        case DocumentKind.CLOSING:
            return status in {Status.CLOSED, Status.ARCHIVED}
        case DocumentKind.REMINDER:
            return status not in ENDED
        case _:
            return True


def is_offered(kind: DocumentKind, status: Status, done: Collection[str]) -> bool:
    """Whether to offer it, of an item with that status to which the acts ``done`` were done."""
    tells_of = DOCUMENTS[kind].tells_of
    return in_season(kind, status) and (not tells_of or tells_of in done)


def check_taken(kind: DocumentKind, given: Iterable[str]) -> None:
    """Raises ``Invalid('not_for_this_kind')`` for what documents of that kind do not say."""
    strange = sorted(set(given) - set(DOCUMENTS[kind].takes))
    if strange:
        name, named = DOCUMENTS[kind].name, "、".join(strange)
        raise Invalid("not_for_this_kind", f"{name}不填写 {named}。")


def number_of(kind: DocumentKind, prefix: str, year: int, sequence: int) -> str:
    """The 文号: year in six-cornered brackets, number neither padded nor with 第 (GB/T 9704);
    a periodical's 期号 has 第…期 (O13: each kind has a sequence of its own)."""
    if kind is DocumentKind.BRIEFING:
        return f"〔{year}〕第{sequence}期"
    return f"{prefix}{DOCUMENTS[kind].word}〔{year}〕{sequence}号"


class Told(Protocol):
    """An entry of an item's timeline, as far as a document tells of it."""

    @property
    def seq(self) -> int: ...
    @property
    def act(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def actor(self) -> Actor | None: ...
    @property
    def on_behalf_of(self) -> str | None: ...
    @property
    def body(self) -> Json: ...
    @property
    def outcome(self) -> str: ...
    @property
    def covert(self) -> bool: ...
    @property
    def settles(self) -> int | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is on record of an item when a document is made of it; ``names`` are those of the units
    it names by code, ``zone`` is the district's."""

    id: str
    number: str
    status: Status
    handed_out: bool
    facts: Facts
    clocks: tuple[Clock, ...]
    issued_at: datetime
    closed_at: datetime | None
    due_at: datetime | None
    original_due_at: datetime | None
    lapsed: bool
    returns: int
    extensions: int
    approver: str
    unverified: tuple[int, ...]
    entries: Sequence[Told]
    names: Mapping[str, str]
    zone: tzinfo

    def local(self, at: datetime) -> datetime:
        """``at`` in the district's time."""
        return at.astimezone(self.zone)

    def acts(self, *names: str) -> Iterator[Told]:
        """The acts of these names that stand, the first first: done, not annulled, not waiting to
        be confirmed. A covert check (暗访) is in no document (R24)."""
        annulled = {
            entry.settles
            for entry in self.entries
            if entry.act == "annul_act" and entry.outcome == Outcome.DONE
        }
        for entry in self.entries:
            done = entry.outcome == Outcome.DONE and not entry.covert
            if entry.act in names and done and entry.seq not in annulled.union(self.unverified):
                yield entry

    def last(self, *names: str, after: int = 0) -> Told | None:
        """The last of them, if it came ``after`` that entry."""
        found = [entry for entry in self.acts(*names) if entry.seq > after]
        return found[-1] if found else None

    def subject(self, kind: DocumentKind) -> Told:
        """The last act that a document of that kind tells of. Raises ``Refused``."""
        spec = DOCUMENTS[kind]
        found = self.last(spec.tells_of)
        if found is None:
            raise Refused(spec.untold)
        return found

    def hand_in(self) -> Told | None:
        """The last result or opinion that was handed in (R35)."""
        found = [e for e in self.acts("submit_feedback") if _is_result(e.body)]
        return found[-1] if found else None

    def signed(self) -> tuple[Told, Told]:
        """The last hand-in and the 阅签 that it has (R36). Raises ``Refused('not_signed_off')``."""
        handed_in = self.hand_in()
        signed = self.last("sign_off", after=handed_in.seq) if handed_in else None
        if handed_in is None or signed is None or signed.body.get("approved") is not True:
            raise Refused("not_signed_off")
        return handed_in, signed


def _is_result(body: Json) -> bool:
    return bool(body.get("final") or body.get("interim_opinion"))


def check_issued(record: Record) -> None:
    """Raises ``Refused`` for an item that no unit has been given yet (T5)."""
    if not record.handed_out:
        code = "awaiting_approval" if record.status is Status.AWAITING_APPROVAL else "draft"
        raise Refused(code)
