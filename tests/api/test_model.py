"""The same sequences of acts on a small model and on the API: both must agree on every answer.

The model is written out from the table of domain.md §4, not taken from the code.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.people import Json, People, dated

ISSUED, WORKING, SIGNING, REVIEWING = (
    "issued",
    "in_progress",
    "awaiting_sign_off",
    "awaiting_review",
)
SUSPENDED, CLOSED, ENDED = "suspended", "closed", "terminated"
DRAFT, APPROVING = "draft", "awaiting_approval"
UNIT, OFFICE, DEPUTY, CHIEF = {"zjj"}, {"office"}, {"deputy"}, {"chief"}
SEEING = ("office", "zjj", "deputy", "chief")
BLIND = ("mzj", "admin")
LATE = dict.fromkeys((ISSUED, WORKING, SIGNING, REVIEWING), "already_issued")


@dataclass(frozen=True)
class Step:
    """An act: its route and body, who may do it, where it leads from each status that allows it,
    and what it is refused with in the other open ones."""

    route: str
    body: Json
    may: set[str]
    leads: dict[str, str]
    otherwise: dict[str, str]


def _anywhere_open(route: str, body: Json, may: set[str]) -> Step:
    open_ones = (ISSUED, WORKING, SIGNING, REVIEWING)
    return Step(route, body, may, {status: status for status in open_ones}, {})


NOT_WORKING = {
    ISSUED: "not_received",
    SIGNING: "awaiting_sign_off",
    REVIEWING: "awaiting_review",
}
NOT_SIGNED = dict.fromkeys((ISSUED, WORKING, SIGNING), "sign_off_required")
NOTHING_TO_SIGN = {
    ISSUED: "not_received",
    WORKING: "nothing_to_sign",
    REVIEWING: "nothing_to_sign",
}
RECEIVED = dict.fromkeys((WORKING, SIGNING, REVIEWING), "already_received")
SAID = {"comment": "模型"}
STEPS = {
    "revise": Step("draft", {"content": "另定内容"}, OFFICE, {DRAFT: DRAFT}, LATE),
    "submit": Step("submission", {}, OFFICE, {DRAFT: APPROVING}, LATE),
    "approve": Step(
        "approval", {**SAID, "approved": True}, OFFICE | DEPUTY | CHIEF, {APPROVING: ISSUED}, LATE
    ),
    "refuse": Step(
        "approval", {**SAID, "approved": False}, OFFICE | DEPUTY | CHIEF, {APPROVING: DRAFT}, LATE
    ),
    "take back": Step(
        "return/decision",
        {**SAID, "accepted": True},
        OFFICE,
        {},
        dict.fromkeys((ISSUED, WORKING, SIGNING, REVIEWING), "no_return_pending"),
    ),
    "receive": Step("receipt", {}, UNIT, {ISSUED: WORKING}, RECEIVED),
    "progress": Step("feedback", {"text": "进展"}, UNIT, {WORKING: WORKING}, NOT_WORKING),
    "result": Step(
        "feedback", {"text": "结果", "final": True}, UNIT, {WORKING: SIGNING}, NOT_WORKING
    ),
    "sign": Step(
        "sign-off", {**SAID, "approved": True}, DEPUTY, {SIGNING: REVIEWING}, NOTHING_TO_SIGN
    ),
    "decline": Step(
        "sign-off", {**SAID, "approved": False}, DEPUTY, {SIGNING: WORKING}, NOTHING_TO_SIGN
    ),
    "accept": Step("review", {**SAID, "accepted": True}, OFFICE, {REVIEWING: CLOSED}, NOT_SIGNED),
    "return": Step("review", {**SAID, "accepted": False}, OFFICE, {REVIEWING: WORKING}, NOT_SIGNED),
    "remind": _anywhere_open(
        "reminders", {"form": "phone", "to": "李强", "said": "请抓紧"}, OFFICE
    ),
    "explain": _anywhere_open(
        "delay-explanation", {"reason": "雨季", "next_step": "倒排工期"}, UNIT
    ),
    "suspend": Step(
        "suspension",
        {"reason": "暂缓"},
        OFFICE | CHIEF,
        dict.fromkeys((ISSUED, WORKING, SIGNING, REVIEWING), SUSPENDED),
        {},
    ),
    "resume": Step(
        "resumption",
        {"reason": "恢复"},
        OFFICE | CHIEF,
        {SUSPENDED: "as before"},
        dict.fromkeys((ISSUED, WORKING, SIGNING, REVIEWING), "not_suspended"),
    ),
    "terminate": Step(
        "termination",
        {"reason": "终止"},
        OFFICE | CHIEF,
        dict.fromkeys((DRAFT, APPROVING, ISSUED, WORKING, SIGNING, REVIEWING, SUSPENDED), ENDED),
        {},
    ),
}
FORWARD = ("submit", "approve", "receive", "result", "sign")
"""Drawn more often, so that sequences get somewhere."""


@dataclass
class Model:
    """What an item's status must be."""

    status: str = ISSUED
    before: str = ISSUED
    done: int = 1
    handed_out: bool = True

    def answer(self, who: str, step: Step) -> tuple[int, str]:
        """The status code, and the item's status or the code of the refusal."""
        if who in BLIND or (who in UNIT and not self.handed_out):
            return 404, "not_found"
        if self.status in {CLOSED, ENDED}:
            return 409, self.status
        if who not in step.may:
            may_not = "paper_record_required" if self._signs_for(who, step) else "not_your_role"
            if may_not == "not_your_role" or self.status == SIGNING:
                return 403, may_not
        if self.status not in step.leads:
            return 409, step.otherwise.get(self.status, self.status)
        leads = step.leads[self.status]
        if leads == SUSPENDED:
            self.before = self.status
        self.handed_out = self.handed_out or leads == ISSUED
        self.status = self.before if leads == "as before" else leads
        self.done += 1
        return 200, self.status

    @staticmethod
    def _signs_for(who: str, step: Step) -> bool:
        """The office may record a signature, from the paper only."""
        return who == "office" and step.route == "sign-off"


SEQUENCES = st.lists(
    st.tuples(
        st.sampled_from((*SEEING, *SEEING, *BLIND, "right")),
        st.one_of(st.sampled_from(FORWARD), st.sampled_from(sorted(STEPS))),
    ),
    min_size=6,
    max_size=14,
)


async def test_the_api_answers_as_the_model_does(desk: People) -> None:
    loop, seen = asyncio.get_running_loop(), set[Any]()

    async def lives(sequence: list[tuple[str, str]], *, draft: bool) -> None:
        item = await desk.issue(dated(draft=draft))
        model = Model(status=DRAFT, handed_out=False) if draft else Model()
        for who, name in sequence:
            step = STEPS[name]
            who = sorted(step.may)[0] if who == "right" else who
            expected = model.answer(who, step)
            answer = await desk.post(who, f"/items/{item['id']}/{step.route}", step.body)
            told = answer.json()
            said = told["status"] if answer.status_code == 200 else told["code"]
            assert (answer.status_code, said) == expected, (who, name, sequence)
            seen.add((name, expected))
        row = await desk.read(item)
        assert (row["status"], row["seq"]) == (model.status, model.done)

    @settings(
        max_examples=25,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(SEQUENCES, st.booleans())
    def agree(sequence: list[tuple[str, str]], draft: bool) -> None:
        asyncio.run_coroutine_threadsafe(lives(sequence, draft=draft), loop).result()

    await asyncio.to_thread(agree)
    assert len(seen) > 40, "the sequences get nowhere"
