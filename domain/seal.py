"""Who acted is proven: an HMAC over actor, role, item, act, body and request id (design §3.17)."""

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime

from domain.acts import IssueTerms
from domain.calendar import WorkingCalendar
from domain.directory import Responsible
from domain.items import Actor, Facts, Json
from domain.policy import Policy


def canonical(value: object) -> bytes:
    """One spelling of a JSON value, whatever the order of its keys."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return text.encode("utf-8", "surrogatepass")


def body_hash(body: object) -> str:
    """The hash by which a repeated request is told from another with the same key."""
    return hashlib.sha256(canonical(body)).hexdigest()


def opening_body(digest: str | None) -> Json:
    """What the seal of a new item covers: the digest of all that it begins with."""
    return {"opening": digest}


ADDED_LATER = frozenset({"return_working_days", "ratification_working_days"})
"""Settings that no seal covers while they are as the source has them: what was sealed before there
were such settings, and is not on record yet, holds (tests/replay)."""


def _sealed_policy(policy: Policy) -> Json:
    usual = {setting.name: setting.default for setting in fields(policy)}
    return {
        name: value
        for name, value in asdict(policy).items()
        if name not in ADDED_LATER or value != usual[name]
    }


def opening_digest(
    facts: Facts,
    issued_at: datetime,
    entered_at: datetime,
    calendar: WorkingCalendar,
    policy: Policy,
    *,
    draft: bool = False,
) -> str:
    """The hash of all that a new item begins with."""
    begun: list[object] = [asdict(facts), asdict(calendar), _sealed_policy(policy)]
    begun += ["draft"] if draft else []
    return body_hash([*begun, *(at.astimezone(UTC).isoformat() for at in (issued_at, entered_at))])


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedAct:
    """The argument of every update: the act's body as sent, who acts, and the proof of it."""

    body: Json
    actor: Actor
    request_id: str
    seal: str = ""
    target_seq: int | None = None
    unit_name: str | None = None
    responsible: tuple[Responsible, ...] = ()
    terms: IssueTerms | None = None

    def sealed(self) -> Json:
        """What the seal covers."""
        covered: Json = {
            "body": self.body,
            "target_seq": self.target_seq,
            "unit_name": self.unit_name,
            "responsible": [asdict(one) for one in self.responsible],
        }
        return covered if self.terms is None else {**covered, "terms": asdict(self.terms)}


class Seals:
    """Makes and checks seals with the system's secret key."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def seal(self, actor: Actor, item_id: str, act: str, body: Json, request_id: str) -> str:
        """The seal of one act by one actor."""
        content = canonical([asdict(actor), item_id, act, body, request_id])
        return hmac.new(self._key, content, hashlib.sha256).hexdigest()

    def sealed(self, act: SealedAct, item_id: str, name: str) -> SealedAct:
        """``act`` with its proof."""
        seal = self.seal(act.actor, item_id, name, act.sealed(), act.request_id)
        return replace(act, seal=seal)

    def holds(
        self, seal: str, actor: Actor, item_id: str, act: str, body: Json, request_id: str
    ) -> bool:
        """Whether ``seal`` was made with the key for exactly this."""
        expected = self.seal(actor, item_id, act, body, request_id)
        return hmac.compare_digest(seal, expected)
